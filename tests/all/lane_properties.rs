//! What holds for every lane drawing, whatever happened in the repository.

use std::collections::BTreeMap;

use lanekeeper::engine::lanes::Drawing;
use lanekeeper::engine::lanes::EventKey;
use lanekeeper::engine::lanes::Glyphs;
use lanekeeper::engine::lanes::LaneModel;
use lanekeeper::engine::lanes::Role;
use lanekeeper::engine::lanes::RowKind;
use lanekeeper::engine::lanes::Unfolded;
use lanekeeper::engine::lanes::View;
use lanekeeper::engine::lanes::layout;
use lanekeeper::engine::lanes::model_with;
use proptest::prelude::*;

use super::lane_world::World;

/// One thing that happens: what, on which lane, towards which.
type Deed = (u8, usize, usize);

/// Lets deeds happen on `count` lanes; the hotfix begins after a third of them.
fn world(count: usize, deeds: &[Deed], cut_at: usize) -> World {
    let names: Vec<String> = (0..count).map(|lane| format!("lane{lane}")).collect();
    let layer = |lane: usize| match lane * 3 / count.max(1) {
        0 => "build",
        1 if count > 4 => "release",
        _ => "run",
    };
    let lanes: Vec<(&str, &str, &[&str])> = (0..count)
        .map(|lane| (names[lane].as_str(), layer(lane), &[][..]))
        .collect();
    let mut world = World::new(&lanes);
    for (number, (deed, at, to)) in deeds.iter().enumerate() {
        let (at, to) = (&names[at % count], &names[to % count]);
        let request = number as u64 + 1;
        if number == cut_at {
            world.cut(at).fix(1);
        }
        let has_fix = number >= cut_at;
        match deed % 12 {
            0 | 1 => world.commits(at, 3),
            2 | 3 if at != to => world.merge(at, to),
            4 => world.tag(at, "v1.2.3"),
            5 => world.deploy(at),
            6 => world.skew(if *to > *at { 86_400 } else { -86_400 }),
            7 if has_fix => world.fix(1),
            8 if has_fix => world.open(request, "hotfix", at),
            9 if has_fix => world.open(request, "hotfix", at).land(request),
            10 if has_fix => world.pick(at),
            11 if at != to => world.open(request, at, to),
            _ => &mut world,
        };
    }
    world
}

/// Where each event's column is: the cells that all of its hits share, by the node's row.
fn columns(drawing: &Drawing) -> BTreeMap<EventKey, Vec<usize>> {
    let mut columns: BTreeMap<EventKey, Vec<usize>> = BTreeMap::new();
    for hit in drawing.hits.iter().filter(|hit| hit.columns.len() == 1) {
        columns
            .entry(hit.event.clone())
            .or_default()
            .push(hit.columns.start);
    }
    columns
}

fn check(model: &LaneModel, view: &View) -> Result<(), TestCaseError> {
    let drawing = layout(model, view, &Glyphs::unicode());
    let ascii = layout(model, view, &Glyphs::ascii());
    let is_exact = |drawing: &Drawing| drawing.rows.iter().all(|row| row.len() == view.width);
    prop_assert!(is_exact(&drawing) && is_exact(&ascii));
    let roles = |drawing: &Drawing| -> Vec<Vec<Role>> {
        let rows = drawing.rows.iter();
        rows.map(|row| row.iter().map(|cell| cell.role).collect())
            .collect()
    };
    prop_assert_eq!(roles(&drawing), roles(&ascii));
    prop_assert_eq!(&drawing.hits, &ascii.hits);
    prop_assert!(ascii.to_text().is_ascii());
    for hit in &drawing.hits {
        prop_assert!(hit.row < drawing.rows.len() && hit.columns.end <= view.width);
        prop_assert!(hit.columns.start < hit.columns.end);
    }
    // A connector's upright part is in its event's column and in no other event's.
    let mut taken: BTreeMap<usize, EventKey> = BTreeMap::new();
    for (event, at) in columns(&drawing) {
        let upright = *at.iter().max().expect("an event has a cell");
        let other = taken.insert(upright, event.clone());
        prop_assert!(
            other.is_none(),
            "{event:?} and {other:?} share column {upright}"
        );
    }
    prop_assert_eq!(taken.len(), drawing.shown.len());
    prop_assert!(
        drawing.shown.iter().eq(taken.values()),
        "columns are not in event order"
    );
    check_rows(model, &drawing)?;
    check_hits(&drawing)
}

/// Every row is on one line, in order; captions and rows share none.
fn check_rows(model: &LaneModel, drawing: &Drawing) -> Result<(), TestCaseError> {
    prop_assert_eq!(drawing.lines.len(), model.rows.len());
    prop_assert!(drawing.lines.windows(2).all(|pair| pair[0] < pair[1]));
    prop_assert!(drawing.lines.iter().all(|line| *line < drawing.rows.len()));
    let captions = || drawing.captions.iter().map(|(line, _)| *line);
    for line in captions() {
        prop_assert_eq!(drawing.row_at(line), None);
        prop_assert_eq!(captions().filter(|other| *other == line).count(), 1);
    }
    for (row, line) in drawing.lines.iter().enumerate() {
        prop_assert_eq!(drawing.row_at(*line), Some(row));
    }
    Ok(())
}

/// Every node, connector, label and number of folded commits that is drawn says what it is.
fn check_hits(drawing: &Drawing) -> Result<(), TestCaseError> {
    for (line, row) in drawing.rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let is_drawn = match cell.role {
                Role::NodeCommit
                | Role::NodeMerge
                | Role::NodeMark
                | Role::NodeFix
                | Role::NodePending
                | Role::NodeBad
                | Role::Connector
                | Role::ConnectorPending
                | Role::Fold
                | Role::Label => true,
                Role::Blank
                | Role::Caption
                | Role::Name
                | Role::FixName
                | Role::Line
                | Role::LineContains
                | Role::LineLacks
                | Role::LineUnknown
                | Role::PresenceOk
                | Role::PresencePending
                | Role::PresenceMissing
                | Role::PresenceUnknown
                | Role::Dim => false,
            };
            prop_assert!(
                !is_drawn || drawing.event_at(line, column).is_some(),
                "nothing is said about {:?} at line {line}, column {column}:\n{}",
                cell.text,
                drawing.to_text()
            );
        }
    }
    Ok(())
}

/// Whatever is selected is drawn, wherever the picture was before; one event more to the left or right keeps it.
fn check_selection(model: &LaneModel, width: usize, pan: usize) -> Result<(), TestCaseError> {
    let mut pan = pan;
    let mut drawing = Drawing::default();
    // A few stops of many: each costs three drawings.
    let apart = 1 + model.stops.len() / 12;
    for key in model.stops.iter().rev().step_by(apart) {
        let mut view = View {
            pan,
            selected: Some(key.clone()),
            ..View::new(width)
        };
        drawing = layout(model, &view, &Glyphs::unicode());
        let is_seen =
            |drawing: &Drawing| drawing.rows.iter().flatten().any(|cell| cell.is_selected);
        if drawing.shown.is_empty() {
            return Ok(());
        }
        prop_assert!(
            is_seen(&drawing),
            "{key:?} at pan {pan}:\n{}",
            drawing.to_text()
        );
        // The picture that came of it is stable.
        view.pan = drawing.pan;
        let again = layout(model, &view, &Glyphs::unicode());
        prop_assert_eq!(&again.shown, &drawing.shown);
        view.pan = drawing.pan + 1;
        let panned = layout(model, &view, &Glyphs::unicode());
        prop_assert!(is_seen(&panned), "one event further loses {key:?}");
        pan = drawing.pan;
    }
    prop_assert!(drawing.pan < model.events.len().max(1));
    Ok(())
}

/// A child comes after its parents, and each lane is on one row.
fn check_model(world: &World, model: &LaneModel) -> Result<(), TestCaseError> {
    let book = world.book();
    for lane in &book.project.lanes {
        let is_lane =
            |kind: &RowKind| matches!(kind, RowKind::Lane { lane: name, .. } if name == &lane.name);
        prop_assert_eq!(
            model.rows.iter().filter(|row| is_lane(&row.kind)).count(),
            1
        );
    }
    let seen = world.observation();
    let history = seen.history.value().expect("known");
    let place = |key: &EventKey| model.events.iter().position(|event| &event.key == key);
    for (lane, commits) in &history.lanes {
        let drawn: Vec<usize> = commits
            .iter()
            .rev()
            .filter_map(|commit| place(&EventKey::Commit(lane.clone(), commit.id.clone())))
            .collect();
        prop_assert!(drawn.is_sorted(), "{lane} runs backwards: {drawn:?}");
        for commit in commits {
            let Some(child) = place(&EventKey::Commit(lane.clone(), commit.id.clone())) else {
                continue;
            };
            for parent in &commit.parents {
                let is_parent = |key: &EventKey| match key {
                    EventKey::Commit(_, id) | EventKey::Fix(id) => id == parent,
                    EventKey::Cut
                    | EventKey::Tag(..)
                    | EventKey::Deployment(..)
                    | EventKey::Request(_)
                    | EventKey::Conflict(_)
                    | EventKey::Run(..)
                    | EventKey::Edge(..) => false,
                };
                let parent = model.events.iter().position(|event| is_parent(&event.key));
                prop_assert!(parent.is_none_or(|parent| parent < child));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_drawing_keeps_its_rules(
        count in 1usize..9,
        deeds in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 0..60),
        cut_at in 0usize..60,
        width in 40usize..241,
        pan in 0usize..8,
        zoom in -1i8..3,
        height in prop::option::of(0usize..30),
    ) {
        let world = world(count, &deeds, cut_at);
        let model = world.model().with_others(pan);
        check_model(&world, &model)?;
        check(&model, &View { width, height, pan, zoom, selected: None, is_list: false })?;
        check_selection(&model, width, pan)?;
    }

    #[test]
    fn up_to_forty_lanes_keep_the_rules(
        count in 9usize..41,
        deeds in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 0..150),
        cut_at in 0usize..90,
        width in 40usize..241,
        height in prop::option::of(0usize..60),
        unfolded in any::<prop::sample::Index>(),
    ) {
        let world = world(count, &deeds, cut_at);
        let folded = world.model();
        let row = folded.rows[unfolded.index(folded.rows.len())].key();
        let open = model_with(
            &world.book(),
            world.record().as_ref(),
            &world.observation(),
            &Unfolded::from([row.clone()]),
        );
        prop_assert_eq!(open.rows.len(), folded.rows.len());
        let left = open.rows.iter().find(|made| made.key() == row).map(|made| made.folds.len());
        prop_assert_eq!(left, Some(0), "{:?} is open and still folded", row);
        for model in [folded, open] {
            check_model(&world, &model)?;
            let view = View { height, ..View::new(width) };
            check(&model, &view)?;
        }
    }

    #[test]
    fn no_width_is_too_small(width in 0usize..40, deeds in prop::collection::vec((any::<u8>(), 0usize..4, 0usize..4), 0..30)) {
        let model = world(4, &deeds, 5).model();
        let drawing = layout(&model, &View::new(width), &Glyphs::unicode());
        prop_assert!(drawing.rows.iter().all(|row| row.len() == width));
    }
}

#[test]
fn a_label_does_not_cover_the_run_that_is_selected() {
    let deeds: Vec<Deed> = vec![
        (180, 0, 0),
        (24, 813703, 2882072068565882127),
        (3, 15383111980061257403, 12838291817792598135),
        (45, 16819482935563590333, 9147840926985895937),
        (142, 1764196172532451398, 6811918495576394418),
        (91, 2225283699449924789, 11428832473193336377),
        (204, 5008566683783213011, 16042284252951110179),
        (88, 10577332087057657134, 4136259487355812883),
        (101, 4046867758073953293, 4677044384028479747),
        (120, 10356947855155478619, 4222968659242256481),
        (237, 14245523589539626605, 6551444467922795477),
        (136, 954838048404276706, 10629231771041578484),
        (127, 9751266570441518840, 10730768856230369690),
        (107, 11846368421712847634, 12370669598966170756),
        (172, 16785238230875992413, 15647963541278452739),
        (179, 10879571789925628757, 8991334740960909929),
        (129, 13098254360435065989, 3152863475709419600),
        (201, 12908681309333492971, 8972875175589802828),
        (201, 1101856673945791165, 16811194323375577278),
        (37, 226619151166259777, 13444637566170735622),
        (218, 10986037654820456304, 16754573281653639269),
        (86, 3330446950731321744, 11372632217088456788),
        (156, 3115857702663978653, 11655445966186483889),
        (187, 9627048218323330608, 2413341650072056144),
        (91, 5997620226185445249, 4323380472784692027),
        (152, 2413792112609783597, 12549028123884438437),
        (152, 15526048634745363267, 16416997444973349456),
        (241, 13910338387456084221, 16103472892593011025),
        (37, 15865906301807739814, 4259971786234306935),
        (33, 13351050817281972970, 2869502115725516788),
        (191, 9996038195705391238, 13463887654981326855),
        (32, 11338295957585156645, 15366126447259433756),
    ];
    let world = world(5, &deeds, 22);
    let model = world.model().with_others(6);
    check_selection(&model, 71, 6).expect("what is selected is drawn");
}

#[test]
fn forty_lanes_and_five_hundred_events_are_drawn() {
    let deeds: Vec<Deed> = (0..700)
        .map(|at| ((at * 7 + at / 5) as u8, at * 13, at * 29 + 1))
        .collect();
    let world = world(40, &deeds, 400);
    let model = world.model();
    assert!(
        model.events.len() > 300,
        "only {} events",
        model.events.len()
    );
    check_model(&world, &model).expect("a correct model");
    for width in [40, 80, 120, 240] {
        check(&model, &View::new(width)).expect("a correct drawing");
    }
}

#[test]
fn facts_that_nobody_saw_draw_lanes_all_the_same() {
    let mut world = World::build_run();
    world.cut("preprod").fix(1).forget("no route to host");
    let model = world.model();
    assert_eq!(model.rows.len(), 5);
    check(&model, &View::new(80)).expect("a correct drawing");
}

#[test]
fn forty_lanes_of_three_hundred_commits_are_no_effort() {
    let names: Vec<String> = (0..40).map(|lane| format!("lane{lane}")).collect();
    let lanes: Vec<(&str, &str, &[&str])> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            (
                name.as_str(),
                if at < 20 { "build" } else { "run" },
                &[][..],
            )
        })
        .collect();
    let mut world = World::new(&lanes);
    for round in 0..75 {
        for (at, name) in names.iter().enumerate() {
            world.commits(name, 3);
            world.merge(&names[(at * 7 + round) % 40], name);
        }
    }
    world
        .cut("lane39")
        .fix(2)
        .open(1, "hotfix", "lane39")
        .land(1);
    let model = world.model();
    assert!(model.events.len() > 2_000, "{}", model.events.len());
    let drawing = layout(&model, &View::new(120), &Glyphs::unicode());
    assert!(drawing.rows.iter().all(|row| row.len() == 120));
}
