//! Pictures of the lane graph for other shapes of projects: more lanes, fewer, older, with longer names.

use lanekeeper::engine::lanes::Glyphs;

use super::both;
use super::drawn;
use super::lane_stories::forty;
use super::lane_world::World;

#[test]
fn a_run_only_project() {
    let mut world = World::new(&[
        ("preprod", "run", &["production"]),
        ("production", "run", &[]),
    ]);
    world
        .commits("preprod", 4)
        .merge("preprod", "production")
        .cut("preprod")
        .fix(1);
    world.open(4, "hotfix", "preprod").land(4);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn one_single_lane() {
    let mut world = World::new(&[("main", "run", &[])]);
    world
        .commits("main", 3)
        .tag("main", "v1.0")
        .commits("main", 2);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn gitflow_with_two_release_branches() {
    let mut world = World::new(&[
        ("integration", "build", &["main"]),
        ("release/4.12", "release", &[]),
        ("release/4.13", "release", &[]),
        ("main", "run", &[]),
    ]);
    world
        .commits("integration", 6)
        .merge("integration", "release/4.12")
        .commits("integration", 9);
    world
        .merge("integration", "release/4.13")
        .merge("release/4.12", "main")
        .tag("main", "4.12.0");
    world
        .cut("main")
        .fix(1)
        .open(20, "hotfix", "main")
        .land(20)
        .deploy("main");
    world
        .open(21, "main", "integration")
        .open(22, "main", "release/4.12")
        .open(23, "main", "release/4.13");
    world.land(21);
    insta::assert_snapshot!(drawn(&world.model(), &[120, 80, 200], &Glyphs::unicode()));
}

#[test]
fn run_is_frozen_by_the_next_version() {
    let mut world = World::build_run();
    world
        .commits("integration", 20)
        .merge("integration", "uat")
        .commits("uat", 2);
    world
        .merge("uat", "preprod")
        .deploy("preprod")
        .freeze("preprod", "uat")
        .cut("production")
        .fix(1);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn no_commits_at_all() {
    insta::assert_snapshot!(both(&World::empty()));
}

#[test]
fn wrong_clocks_keep_children_right_of_their_parents() {
    let mut world = World::build_run();
    world
        .commits("integration", 2)
        .skew(-86_400 * 3)
        .merge("integration", "uat")
        .skew(86_400 * 6);
    world
        .commits("integration", 4)
        .skew(-86_400 * 3)
        .merge("integration", "uat")
        .cut("preprod");
    world
        .skew(-7_200)
        .fix(2)
        .open(5, "hotfix", "preprod")
        .land(5);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn long_and_wide_names_are_cut() {
    let mut world = World::new(&[
        (
            "integration-of-everything-that-comes-next",
            "build",
            &["メイン"],
        ),
        ("客户端-发布分支-长名称-二零二六", "build", &[]),
        ("メイン", "run", &[]),
    ]);
    world
        .commits("メイン", 3)
        .cut("メイン")
        .fix(1)
        .open(8, "hotfix", "メイン")
        .land(8);
    insta::assert_snapshot!(drawn(&world.model(), &[120, 80, 40], &Glyphs::unicode()));
}

#[test]
fn crossing_promotions() {
    let mut world = World::new(&[
        ("dev", "build", &["qa"]),
        ("qa", "build", &["uat"]),
        ("uat", "build", &["staging"]),
        ("staging", "run", &["prod"]),
        ("prod", "run", &[]),
    ]);
    for lane in ["dev", "qa", "uat", "staging"] {
        world.commits(lane, 2);
    }
    world
        .merge("dev", "qa")
        .merge("qa", "uat")
        .merge("uat", "staging")
        .merge("staging", "prod");
    world
        .commits("dev", 14)
        .merge("dev", "qa")
        .commits("dev", 2)
        .cut("staging")
        .fix(1);
    world
        .open(61, "hotfix", "staging")
        .land(61)
        .open(62, "staging", "prod")
        .land(62)
        .deploy("prod");
    world.open(63, "hotfix", "dev").land(63).merge("dev", "qa");
    insta::assert_snapshot!(drawn(&world.model(), &[120, 80, 200], &Glyphs::unicode()));
}

#[test]
fn back_merges_from_run_into_build() {
    let mut world = World::build_run();
    world
        .cut("preprod")
        .fix(1)
        .open(71, "hotfix", "preprod")
        .land(71);
    world
        .merge("preprod", "production")
        .merge("production", "uat")
        .merge("uat", "integration");
    insta::assert_snapshot!(both(&world));
}

#[test]
fn twenty_release_branches() {
    let names: Vec<String> = (1..=20).map(|minor| format!("release/7.{minor}")).collect();
    let mut lanes: Vec<(&str, &str, &[&str])> = vec![("develop", "build", &[])];
    lanes.extend(names.iter().map(|name| (name.as_str(), "release", &[][..])));
    lanes.push(("main", "run", &[]));
    let mut world = World::new(&lanes);
    for name in &names {
        world.commits("develop", 3).merge("develop", name);
    }
    world
        .cut("main")
        .fix(1)
        .open(90, "hotfix", "main")
        .land(90)
        .pick("release/7.20");
    insta::assert_snapshot!(drawn(&world.model(), &[120], &Glyphs::unicode()));
}

#[test]
fn forty_lanes() {
    insta::assert_snapshot!(drawn(&forty().model(), &[120, 80], &Glyphs::unicode()));
}

#[test]
fn forty_lanes_in_ascii() {
    insta::assert_snapshot!(drawn(&forty().model(), &[100], &Glyphs::ascii()));
}

#[test]
fn many_tags_and_go_lives() {
    let mut world = World::build_run();
    for patch in 0..14 {
        world.commits("preprod", 2).merge("preprod", "production");
        world.tag("production", &format!("v3.7.{patch}"));
        if patch % 3 == 0 {
            world
                .tag("production", &format!("crm-3.7.{patch}"))
                .deploy("production");
        }
    }
    world.deploy_failed("preprod");
    world.cut("preprod").fix(1);
    insta::assert_snapshot!(drawn(&world.model(), &[120, 80, 200], &Glyphs::unicode()));
}

#[test]
fn releases_that_live_side_by_side_for_years() {
    let mut world = World::new(&[
        ("main", "build", &[]),
        ("8-1-stable", "run", &[]),
        ("8-0-stable", "run", &[]),
        ("7-2-stable", "run", &[]),
        ("7-1-stable", "run", &[]),
    ]);
    let stable = ["7-1-stable", "7-2-stable", "8-0-stable", "8-1-stable"];
    for (at, name) in stable.iter().enumerate() {
        for patch in 0..5 {
            world
                .wait(86_400 * 90)
                .commits("main", 30)
                .commits(name, 11);
            world.tag(
                name,
                &format!("v{}.{patch}", name.trim_end_matches("-stable")),
            );
        }
        if at > 0 {
            world.commits(stable[at - 1], 3);
        }
    }
    world
        .cut("8-0-stable")
        .fix(1)
        .open(5, "hotfix", "8-0-stable")
        .land(5);
    world.pick("main").pick("8-1-stable");
    insta::assert_snapshot!(drawn(&world.model(), &[120, 80, 200], &Glyphs::unicode()));
}
