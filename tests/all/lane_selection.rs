//! What the lane graph answers: standings, outlooks, where an event is drawn, how a selection steps on.

use lanekeeper::engine::lanes::EventKey;
use lanekeeper::engine::lanes::Glyphs;
use lanekeeper::engine::lanes::LaneModel;
use lanekeeper::engine::lanes::Membership;
use lanekeeper::engine::lanes::Outlook;
use lanekeeper::engine::lanes::StandingWord;
use lanekeeper::engine::lanes::View;
use lanekeeper::engine::lanes::layout;
use lanekeeper::engine::lanes::model;
use lanekeeper::model::LaneName;
use lanekeeper::model::PathVerdict;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Seen;
use lanekeeper::model::Verdict;

use super::lane_stories::demo;
use super::lane_stories::forty;
use super::lane_stories::main_and_develop;
use super::lane_stories::mid_flight;
use super::lane_stories::promised;

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
fn a_lane_that_lost_a_part_of_the_fix_says_how_many_files_lack_it() {
    let mut world = demo();
    world
        .pick("integration")
        .verdict("integration", Verdict::Changed);
    let mut seen = world.observation();
    let integration: LaneName = "integration".parse().expect("a lane");
    let Some(Seen::Known { value, .. }) = seen.presence.get_mut(&integration) else {
        panic!("the lane is seen");
    };
    let path = |(path, verdict): (&str, Verdict)| PathVerdict {
        path: path.to_owned(),
        verdict,
        blob: None,
        made: None,
        at: None,
    };
    let paths = [
        ("src/a.rs", Verdict::Absent),
        ("src/b.rs", Verdict::Present),
    ];
    value.paths = Vec::from(paths.map(path));
    let model = model(&world.book(), world.record().as_ref(), &seen);
    let standing = model.rows[0].standing.as_ref().expect("a lane");
    assert_eq!(standing.word, StandingWord::Changed);
    assert_eq!(standing.reason, "1 file lacks it");
}

#[test]
fn a_revert_that_was_taken_back_is_not_when_a_lane_lost_the_fix() {
    let told = |model: LaneModel| {
        let standing = model.rows[0].standing.as_ref().expect("a lane");
        (standing.word, standing.reason.is_empty())
    };
    let mut world = main_and_develop();
    world.pick("develop").revert("develop");
    assert_eq!(told(world.model()), (StandingWord::Reverted, false));
    // What is missing all the same went some other way, and nobody knows when.
    world.revert_newest("develop");
    assert_eq!(told(world.model()), (StandingWord::Reverted, true));
}

#[test]
fn a_lane_that_is_accepted_without_the_fix_counts_from_now_on_and_waits_for_nothing() {
    let mut world = demo();
    let conflict = EventKey::Conflict("integration".parse().expect("a lane"));
    assert!(world.model().event(&conflict).is_some());
    world.acknowledge("integration", "src/refund.rs");
    let model = world.model();
    let row = &model.rows[0];
    let standing = row.standing.as_ref().expect("a lane");
    assert_eq!(standing.word, StandingWord::Equivalent);
    assert!(!row.sentence.contains("contains"), "{}", row.sentence);
    // Not heavy over its whole past, in which nothing came in.
    assert_eq!(row.begins, Membership::Free);
    let changes: Vec<Membership> = row.changes.iter().map(|(_, to)| *to).collect();
    assert_eq!(changes, [Membership::Contains]);
    assert!(model.event(&conflict).is_none());
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
