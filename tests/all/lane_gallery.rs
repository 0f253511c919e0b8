//! The lane graph as drawings: what becomes of a fix, and how a screen shows it. The worlds are made by `lane_world`;
//! look at the snapshots.

#[path = "lane_world.rs"]
pub(crate) mod lane_world;

#[path = "lane_properties.rs"]
mod lane_properties;

#[path = "lane_same.rs"]
mod lane_same;

#[path = "lane_selection.rs"]
mod lane_selection;

#[path = "lane_stories.rs"]
pub(crate) mod lane_stories;

#[path = "lane_topologies.rs"]
mod lane_topologies;

use lane_stories::demo;
use lane_stories::main_and_develop;
use lane_stories::mid_flight;
use lane_stories::promised;
use lane_world::World;
use lane_world::in_utc;
use lanekeeper::engine::Observation;
use lanekeeper::engine::lanes::Glyphs;
use lanekeeper::engine::lanes::LaneModel;
use lanekeeper::engine::lanes::Outlook;
use lanekeeper::engine::lanes::RowKey;
use lanekeeper::engine::lanes::StandingWord;
use lanekeeper::engine::lanes::Unfolded;
use lanekeeper::engine::lanes::View;
use lanekeeper::engine::lanes::layout;
use lanekeeper::engine::lanes::model_with;
use lanekeeper::model::Seen;
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
fn an_acknowledged_change_counts_as_the_fix() {
    let mut world = main_and_develop();
    world
        .pick("develop")
        .acknowledge("develop", "src/refund.rs");
    insta::assert_snapshot!(both(&world));
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
fn a_fix_without_commits_is_due_nowhere_though_nobody_asks_where_it_is() {
    let mut world = World::build_run();
    world.commits("preprod", 3).cut("preprod");
    let mut seen = world.observation();
    seen.presence.clear();
    let says = |seen: &Observation| {
        let made = model_with(
            &world.book(),
            world.record().as_ref(),
            seen,
            &Unfolded::default(),
        );
        let rows = made.rows.iter().map(|row| row.sentence.clone());
        rows.collect::<Vec<_>>().join("\n")
    };
    let shown = says(&seen);
    assert!(shown.contains("production: does not need"), "{shown}");
    assert!(!shown.contains("unknown"), "{shown}");
    // Whoever has not seen the fix cannot tell.
    seen.fix = Seen::unknown("no answer");
    let shown = says(&seen);
    assert!(shown.contains("production: unknown whether"), "{shown}");
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
fn a_lane_whose_conflict_was_solved_without_the_fix_stands_as_one_that_it_never_came_into() {
    let mut world = main_and_develop();
    world.pick("develop").verdict("develop", Verdict::Changed);
    let mut seen = world.observation();
    let word = |seen: &Observation| {
        let drawn = model_with(
            &world.book(),
            world.record().as_ref(),
            seen,
            &Unfolded::default(),
        );
        let row = drawn.rows.iter().find(|row| row.name == "develop");
        let standing = row.and_then(|row| row.standing.as_ref());
        standing.expect("it is a lane").word
    };
    assert_eq!(word(&seen), StandingWord::Changed);
    seen.dropped.insert("develop".parse().expect("static name"));
    assert_eq!(word(&seen), StandingWord::Missing);
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
fn after_a_go_live_that_was_cut_off_nobody_knows_what_runs() {
    let mut world = main_and_develop();
    world.commits("main", 1).deploy_cut_off("main");
    let drawn = both(&world);
    for words in ["deploy cancelled", "cancelled: what runs is not known"] {
        assert!(drawn.contains(words), "{drawn}");
    }
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
