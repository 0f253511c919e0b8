//! Topologies of the lane graph as drawings. The worlds are made by `lane_world`; look at the snapshots.

#[path = "lane_world.rs"]
pub(crate) mod lane_world;

#[path = "lane_properties.rs"]
mod lane_properties;

use lane_world::World;
use lane_world::in_utc;
use lanekeeper::engine::lanes::EventKey;
use lanekeeper::engine::lanes::Glyphs;
use lanekeeper::engine::lanes::LaneModel;
use lanekeeper::engine::lanes::Outlook;
use lanekeeper::engine::lanes::RowKey;
use lanekeeper::engine::lanes::StandingWord;
use lanekeeper::engine::lanes::Unfolded;
use lanekeeper::engine::lanes::View;
use lanekeeper::engine::lanes::layout;
use lanekeeper::engine::lanes::model_with;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Verdict;

/// Draws a model at several widths, then says it in sentences.
fn drawn(model: &LaneModel, widths: &[usize], glyphs: &Glyphs) -> String {
    let mut text = String::new();
    for width in widths {
        let drawing = layout(model, &View::new(*width), glyphs);
        assert!(drawing.rows.iter().all(|row| row.len() == *width));
        text.push_str(&format!("== {width} ==\n{}", drawing.to_text()));
    }
    text.push_str("== words ==\n");
    for row in &model.rows {
        text.push_str(&format!("{}\n", row.sentence));
    }
    text.extend(model.summary.first().map(|summary| format!("{summary}\n")));
    in_utc(&text)
}

fn both(world: &World) -> String {
    drawn(&world.model(), &[120, 80], &Glyphs::unicode())
}

/// The sample project of `demo`: two release branches cut from uat, the fix in production next, a conflict ahead.
fn demo() -> World {
    let mut world = World::new(&[
        ("integration", "build", &["uat"]),
        ("uat", "build", &["preprod"]),
        ("release/4.13", "release", &[]),
        ("release/4.14", "release", &[]),
        ("preprod", "run", &["production"]),
        ("production", "run", &[]),
    ]);
    for version in ["v4.11.0", "v4.12.0"] {
        world.commits("integration", 5).merge("integration", "uat");
        world.commits("integration", 5).merge("integration", "uat");
        world.merge("uat", "preprod").merge("preprod", "production");
        world.tag("production", version);
    }
    world
        .commits("preprod", 1)
        .merge("preprod", "production")
        .tag("production", "v4.12.1")
        .deploy("production");
    world
        .commits("integration", 4)
        .merge("integration", "uat")
        .branch("uat", "release/4.13")
        .commits("release/4.13", 1);
    world
        .commits("integration", 5)
        .merge("integration", "uat")
        .branch("uat", "release/4.14")
        .commits("release/4.14", 1);
    world.wait(86_400 * 3).commits("integration", 2);
    world.cut("preprod").fix(1).open(1, "hotfix", "preprod");
    world.land(1).deploy("preprod");
    world
        .open(2, "preprod", "production")
        .approve(2, "tech-lead");
    world.verdict("integration", Verdict::Changed);
    world.predict("retrofit", "integration", &["src/refund.rs"]);
    world
}

#[test]
fn the_sample_project() {
    insta::assert_snapshot!(drawn(&demo().model(), &[118, 78, 198], &Glyphs::unicode()));
}

#[test]
fn the_sample_project_on_a_small_screen() {
    let model = demo().model();
    let view = View {
        height: Some(9),
        ..View::new(78)
    };
    let mut text = layout(&model, &view, &Glyphs::unicode()).to_text();
    text.extend(model.summary(77));
    assert!(
        text.lines()
            .last()
            .is_some_and(|line| line.chars().count() <= 77)
    );
    insta::assert_snapshot!(in_utc(&text));
}

#[test]
fn a_lane_that_the_fix_never_reached_is_missing_it_even_if_its_files_differ() {
    let model = demo().model();
    let word = |model: &LaneModel| {
        let standing = model.rows[0].standing.as_ref().expect("a lane");
        (standing.word, standing.reason.clone())
    };
    let conflicts = "would conflict".to_owned();
    assert_eq!(word(&model), (StandingWord::Missing, conflicts));
    let mut arrived = demo();
    arrived
        .pick("integration")
        .verdict("integration", Verdict::Changed);
    assert_eq!(word(&arrived.model()).0, StandingWord::Changed);
}

#[test]
fn an_acknowledged_change_counts_as_the_fix() {
    let mut world = main_and_develop();
    world
        .pick("develop")
        .acknowledge("develop", "src/refund.rs");
    insta::assert_snapshot!(both(&world));
}

/// The story of the mock-ups: landed in preprod, waiting for production, in conflict with integration.
fn mid_flight() -> World {
    let mut world = World::build_run();
    world.commits("integration", 7).merge("integration", "uat");
    world
        .deploy("preprod")
        .merge("preprod", "production")
        .tag("production", "v4.11");
    world
        .commits("integration", 12)
        .merge("integration", "uat")
        .commits("integration", 1);
    world.cut("preprod").fix(2);
    world
        .open(911, "hotfix", "preprod")
        .land(911)
        .deploy("preprod")
        .tag("preprod", "4.12.3-rc1");
    world.open(913, "hotfix", "integration").conflict(913);
    world
        .open(912, "preprod", "production")
        .approve(912, "tech-lead");
    world
}

#[test]
fn build_run_mid_flight() {
    insta::assert_snapshot!(drawn(
        &mid_flight().model(),
        &[120, 80, 200],
        &Glyphs::unicode()
    ));
}

#[test]
fn build_run_mid_flight_in_ascii() {
    insta::assert_snapshot!(drawn(&mid_flight().model(), &[120, 80], &Glyphs::ascii()));
}

#[test]
fn narrow_screens_keep_the_presence_column() {
    insta::assert_snapshot!(drawn(
        &mid_flight().model(),
        &[60, 50, 40, 24],
        &Glyphs::unicode()
    ));
}

#[test]
fn few_rows_drop_the_gaps() {
    let model = mid_flight().model();
    let view = View {
        height: Some(6),
        ..View::new(80)
    };
    insta::assert_snapshot!(in_utc(&layout(&model, &view, &Glyphs::unicode()).to_text()));
}

#[test]
fn panning_and_zooming_in_time() {
    let model = mid_flight().model();
    let mut text = String::new();
    for (pan, zoom) in [(0, 1), (0, -1), (4, 0), (9, 0)] {
        let view = View {
            pan,
            zoom,
            ..View::new(80)
        };
        let drawing = layout(&model, &view, &Glyphs::unicode());
        text.push_str(&format!(
            "== pan {pan}, zoom {zoom} ==\n{}",
            drawing.to_text()
        ));
    }
    insta::assert_snapshot!(in_utc(&text));
}

#[test]
fn a_hotfix_just_started() {
    let mut world = World::build_run();
    world
        .commits("integration", 5)
        .merge("integration", "uat")
        .commits("preprod", 3)
        .cut("preprod");
    insta::assert_snapshot!(both(&world));
}

#[test]
fn a_fix_with_commits_and_a_predicted_conflict() {
    let mut world = World::build_run();
    world
        .commits("integration", 5)
        .merge("integration", "uat")
        .cut("preprod")
        .fix(3);
    world.predict("retrofit", "integration", &["src/a.rs", "src/b.rs"]);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn many_fix_commits_are_folded() {
    let mut world = World::build_run();
    world.cut("preprod").fix(9).open(7, "hotfix", "preprod");
    insta::assert_snapshot!(both(&world));
}

#[test]
fn everything_done() {
    let mut world = World::build_run();
    world
        .commits("integration", 3)
        .merge("integration", "uat")
        .cut("preprod")
        .fix(1);
    world.open(1, "hotfix", "preprod").land(1).deploy("preprod");
    world
        .open(2, "preprod", "production")
        .land(2)
        .deploy("production")
        .tag("production", "v4.12.3");
    world
        .open(3, "hotfix", "integration")
        .land(3)
        .merge("integration", "uat");
    insta::assert_snapshot!(both(&world));
}

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

fn main_and_develop() -> World {
    let mut world = World::new(&[("develop", "build", &["main"]), ("main", "run", &[])]);
    world
        .commits("develop", 8)
        .merge("develop", "main")
        .tag("main", "v2.3.0")
        .commits("develop", 4);
    world
        .cut("main")
        .fix(1)
        .open(41, "hotfix", "main")
        .land(41)
        .deploy("main");
    world
}

#[test]
fn main_and_develop_with_an_open_backport() {
    let mut world = main_and_develop();
    world.open(42, "backport/develop-1", "develop");
    insta::assert_snapshot!(both(&world));
}

#[test]
fn a_backport_picked_into_develop() {
    let mut world = main_and_develop();
    world.pick("develop").commits("develop", 2);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn a_squashed_request() {
    let mut world = main_and_develop();
    world
        .open(42, "hotfix", "develop")
        .squash(42)
        .commits("develop", 3);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn the_fix_was_reverted() {
    let mut world = main_and_develop();
    world
        .pick("develop")
        .commits("develop", 2)
        .revert("develop")
        .commits("develop", 1);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn the_fix_was_changed_later() {
    let mut world = main_and_develop();
    world
        .pick("develop")
        .commits("develop", 2)
        .verdict("develop", Verdict::Changed);
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
fn several_pending_requests() {
    let mut world = World::build_run();
    world.cut("preprod").fix(2).open(31, "hotfix", "preprod");
    world
        .open(32, "hotfix", "integration")
        .open(33, "hotfix", "uat")
        .draft(33);
    insta::assert_snapshot!(both(&world));
}

#[test]
fn offline_nothing_is_known() {
    let mut world = mid_flight();
    world.forget("no route to host");
    insta::assert_snapshot!(both(&world));
}

#[test]
fn offline_the_last_look_is_marked() {
    let mut world = mid_flight();
    world.stale("no route to host");
    insta::assert_snapshot!(both(&world));
}

#[test]
fn presence_of_one_lane_is_unknown() {
    let mut world = mid_flight();
    world.blind("preprod", "branch not fetched");
    insta::assert_snapshot!(both(&world));
}

#[test]
fn no_hotfix_is_selected() {
    let mut world = World::build_run();
    world
        .commits("integration", 7)
        .merge("integration", "uat")
        .commits("integration", 3);
    world
        .merge("uat", "preprod")
        .merge("preprod", "production")
        .tag("production", "v5.0.0");
    world.commits("integration", 30).merge("integration", "uat");
    insta::assert_snapshot!(drawn(
        &world.model().with_others(2),
        &[120, 80],
        &Glyphs::unicode()
    ));
}

#[test]
fn other_hotfixes_are_a_count() {
    insta::assert_snapshot!(drawn(
        &mid_flight().model().with_others(3),
        &[120, 80],
        &Glyphs::unicode()
    ));
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
fn a_failed_and_a_waiting_deployment() {
    let mut world = main_and_develop();
    world
        .commits("main", 1)
        .deploy_failed("main")
        .commits("main", 2)
        .deploy_waits("main");
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
fn an_event_can_be_selected_and_hit() {
    let model = mid_flight().model();
    let key = model.neighbour(None, -1).expect("there are events").clone();
    let view = View {
        selected: Some(key.clone()),
        ..View::new(120)
    };
    let drawing = layout(&model, &view, &Glyphs::unicode());
    let selected = drawing
        .rows
        .iter()
        .flatten()
        .filter(|cell| cell.is_selected)
        .count();
    assert!(selected > 0);
    let hit = drawing
        .hits
        .iter()
        .find(|hit| hit.event == key)
        .expect("it is drawn");
    assert_eq!(drawing.event_at(hit.row, hit.columns.start), Some(&key));
    assert!(
        model
            .event(&key)
            .is_some_and(|event| !event.sentence.is_empty())
    );
    assert!(model.events.iter().any(|event| event.key == EventKey::Cut));
}

/// What two lanes promise each other, in every way that it can turn out.
fn promised() -> World {
    let mut world = World::new(&[
        ("integration", "build", &["uat"]),
        ("uat", "build", &["preprod"]),
        ("preprod", "run", &["staging"]),
        ("staging", "run", &["production"]),
        ("production", "run", &[]),
    ]);
    world.commits("integration", 7).merge("integration", "uat");
    world.merge("uat", "preprod").merge("preprod", "staging");
    world
        .merge("staging", "production")
        .tag("production", "v4.11");
    world.commits("integration", 3);
    world
        .cut("preprod")
        .fix(1)
        .open(1, "hotfix", "preprod")
        .land(1);
    world.merge("preprod", "staging");
    let conflict = || PredictionOutcome::Conflict { paths: Vec::new() };
    world.edge(
        "integration",
        "uat",
        3,
        PredictionOutcome::Clean,
        Some(Verdict::Absent),
    );
    world.edge(
        "uat",
        "preprod",
        1,
        PredictionOutcome::Clean,
        Some(Verdict::Absent),
    );
    world.edge(
        "preprod",
        "staging",
        0,
        PredictionOutcome::Already,
        Some(Verdict::Present),
    );
    world.edge("staging", "production", 2, conflict(), None);
    world
}

#[test]
fn each_promotion_says_what_becomes_of_the_fix() {
    let model = promised().model();
    let outlooks: Vec<Outlook> = model.promotions.iter().map(|edge| edge.outlook).collect();
    use Outlook::AtRisk;
    use Outlook::Clean;
    use Outlook::Conflict;
    use Outlook::Survives;
    assert_eq!(outlooks, [Clean, AtRisk, Survives, Conflict]);
    insta::assert_snapshot!(drawn(&model, &[120, 80], &Glyphs::unicode()));
}

#[test]
fn a_promotion_that_nobody_computed_is_not_known_and_never_safe() {
    let mut world = promised();
    let why = "the merge took too long".to_owned();
    world.edge(
        "preprod",
        "staging",
        2,
        PredictionOutcome::Unknown { why },
        None,
    );
    let model = world.model();
    assert_eq!(model.promotions[2].outlook, Outlook::Unknown);
    let stale = promised().stale("no route to host").model();
    for edge in &stale.promotions {
        assert!(
            edge.forms.iter().all(|form| form.ends_with('?')),
            "{edge:?}"
        );
    }
}

/// Forty lanes: four that stay, thirty-six releases in support, three of which need the fix.
pub(crate) fn forty() -> World {
    releases(36)
}

/// Four lanes that stay and so many releases, the newest three of which need the fix.
pub(crate) fn releases(count: usize) -> World {
    let names: Vec<String> = (1..=count)
        .map(|minor| format!("release/5.{minor}"))
        .collect();
    let mut lanes: Vec<(&str, &str, &[&str])> = vec![
        ("integration", "build", &["uat"]),
        ("uat", "build", &["preprod"]),
    ];
    lanes.extend(names.iter().map(|name| (name.as_str(), "release", &[][..])));
    lanes.push(("preprod", "run", &["production"]));
    lanes.push(("production", "run", &[]));
    let mut world = World::new(&lanes);
    for (at, name) in names.iter().enumerate() {
        world.commits("integration", 4).merge("integration", "uat");
        world
            .branch("uat", name)
            .commits(name, 2)
            .tag(name, &format!("v5.{}.0", at + 1));
    }
    world.merge("uat", "preprod").merge("preprod", "production");
    world.tag("production", "v5.36").deploy("production");
    world
        .cut("preprod")
        .fix(2)
        .open(7, "hotfix", "preprod")
        .land(7);
    world.pick(&names[count - 3]).pick(&names[count - 2]);
    world.open(8, "hotfix", &names[count - 1]);
    world
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

#[test]
fn the_runs_of_a_lane_can_be_opened() {
    let world = mid_flight();
    let row = RowKey::Lane("integration".parse().expect("a lane"));
    let model = model_with(
        &world.book(),
        world.record().as_ref(),
        &world.observation(),
        &Unfolded::from([row]),
    );
    insta::assert_snapshot!(drawn(&model, &[120], &Glyphs::unicode()));
}

#[test]
fn a_selection_steps_over_events_and_folded_runs_and_stays_in_sight() {
    let model = forty().model();
    let mut pan = 0;
    let mut key = model.neighbour(None, 0).cloned();
    for at in (0..model.stops.len()).rev() {
        assert_eq!(key.as_ref(), model.stops.get(at), "every stop once");
        let view = View {
            pan,
            selected: key.clone(),
            ..View::new(80)
        };
        let drawing = layout(&model, &view, &Glyphs::unicode());
        let mut cells = drawing.rows.iter().flatten();
        assert!(cells.any(|cell| cell.is_selected), "{key:?}");
        pan = drawing.pan;
        key = model.neighbour(key.as_ref(), -1).cloned();
    }
    let is_run = |key: &&EventKey| matches!(key, EventKey::Run(..));
    assert!(model.stops.iter().any(|key| is_run(&key)));
}
