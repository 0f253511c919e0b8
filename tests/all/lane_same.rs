//! The same state is drawn in the same way, in every size and at every look.

use lanekeeper::engine::lanes::EventKey;
use lanekeeper::engine::lanes::Glyphs;
use lanekeeper::engine::lanes::Node;
use lanekeeper::engine::lanes::StandingWord;
use lanekeeper::engine::lanes::View;
use lanekeeper::engine::lanes::layout;
use lanekeeper::engine::lanes::model;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::ConflictPath;
use lanekeeper::model::LastAuthors;
use lanekeeper::model::Layer;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::RequestId;
use lanekeeper::model::Timestamp;
use lanekeeper::record::BuiltTarget;

use super::lane_stories::demo;
use super::lane_stories::mid_flight;
use super::lane_world::World;

#[test]
fn the_heading_of_run_stands_above_its_first_lane_in_every_size() {
    let two = World::new(&[("develop", "build", &["main"]), ("main", "run", &[])]);
    for world in [demo(), mid_flight(), World::build_run(), two] {
        let model = world.model();
        let mut rows = model.rows.iter();
        let first = rows.position(|row| row.layer() == Some(Layer::Run));
        let first = first.expect("a lane");
        for (width, height) in [(77, 11), (77, 16), (97, 14), (117, 14), (197, 30)] {
            let view = View {
                height: Some(height),
                ..View::new(width)
            };
            let drawing = layout(&model, &view, &Glyphs::unicode());
            for (line, layer) in &drawing.captions {
                let is_above = *line < drawing.lines[first];
                assert!(
                    *layer == Layer::Build || is_above,
                    "{width}x{height}:\n{}",
                    drawing.to_text()
                );
            }
        }
    }
}

#[test]
fn what_would_conflict_is_drawn_after_all_that_happened_whatever_the_clocks_said() {
    let mut world = World::build_run();
    world.cut("preprod").fix(1);
    world.predict("retrofit", "integration", &["src/a.rs"]);
    world
        .open(1, "hotfix", "preprod")
        .skew(7_200)
        .land(1)
        .commits("integration", 1);
    let model = world.model();
    let conflict = EventKey::Conflict("integration".parse().expect("a lane"));
    assert_eq!(model.events.last().map(|event| &event.key), Some(&conflict));
}

#[test]
fn a_conflict_that_nobody_decided_stays_one_when_its_draft_is_open() {
    let mut world = World::build_run();
    world.cut("preprod").fix(1).open(1, "hotfix", "preprod");
    world.land(1);
    world.predict("retrofit", "integration", &["src/a.rs"]);
    world.open(3, "hotfix", "integration").draft(3);
    let (book, mut seen) = (world.book(), world.observation());
    let mut requests = seen.requests.value().cloned().expect("seen");
    let draft = requests
        .iter_mut()
        .find(|request| request.id == RequestId(3))
        .expect("it was opened");
    draft.from = "retrofit/rounding/integration".parse().expect("a branch");
    let built = BuiltTarget {
        branch: draft.from.clone(),
        head: draft.head.clone(),
        onto: world.tip("integration").expect("it has commits"),
        picks: Vec::new(),
        conflicts: vec![ConflictPath {
            path: "src/a.rs".into(),
            kind: ConflictKind::Content,
            blob: None,
            last_authors: LastAuthors::default(),
            owners: Vec::new(),
        }],
        pending: Vec::new(),
        at: Timestamp::from_second(0),
    };
    seen.requests = seen.requests.map(|_| requests);
    let mut record = world.record().expect("a hotfix");
    let key = (
        "retrofit".parse().expect("a step"),
        "integration".parse().expect("a lane"),
    );
    record.built.insert(key, built);
    let drawn = model(&book, Some(&record), &seen);
    let standing = drawn.rows[0].standing.as_ref().expect("a lane");
    assert_eq!(standing.word, StandingWord::Missing);
    assert_eq!(standing.reason, "#3 conflict");
    let event = drawn.event(&EventKey::Request(RequestId(3)));
    assert_eq!(event.map(|event| event.node), Some(Node::Conflict));
    // Once it is decided, the draft is only a draft.
    for built in record.built.values_mut() {
        built.conflicts.clear();
    }
    let drawn = model(&book, Some(&record), &seen);
    let event = drawn.event(&EventKey::Request(RequestId(3)));
    assert_eq!(event.map(|event| event.node), Some(Node::Pending));
}

#[test]
fn a_lane_that_lacks_what_production_has_is_behind_and_not_level() {
    let mut world = World::build_run();
    world.edge("preprod", "production", 0, PredictionOutcome::Already, None);
    let forms = |world: &World| world.model().promotions[0].forms.clone();
    assert_eq!(forms(&world), ["nothing to promote", "level"]);
    world.behind("preprod", "production", 1);
    assert_eq!(forms(&world), ["nothing to promote, 1 behind", "1 behind"]);
}
