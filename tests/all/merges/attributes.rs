//! Attributes in the tree of a target: what comes of a merge that hangs on them is unknown where somebody else merges.

use lanekeeper::git::Forecast;
use lanekeeper::git::Pick;
use lanekeeper::git::Repo;
use lanekeeper::model::CommitId;
use lanekeeper::model::PredictionOutcome;

use super::beside;
use super::forecasts;
use super::lines;
use crate::support::repository::World;
use crate::support::repository::all_gits;

/// Lines are added to the first and the third on both sides; the target's attributes are about all but the last.
const FILES: [&str; 4] = ["CHANGELOG", "lock", "docs/notes", "code"];

/// Makes a target without attributes, the same one with them, and a fix of each file.
fn lanes(world: &World) -> ([CommitId; 2], [CommitId; 4]) {
    for file in FILES {
        world.write(file, lines(20));
    }
    world.commit("base");
    world.switch("plain", Some("main"));
    world.write("CHANGELOG", lines(20) + "BUILD\n");
    world.write("docs/notes", lines(20) + "BUILD\n");
    for file in ["lock", "code"] {
        world.write(file, lines(20).replace("line 2\n", "two\n"));
    }
    let plain = world.commit("BUILD");
    world.write(".gitattributes", "CHANGELOG merge=union\nlock -merge\n");
    world.write("docs/.gitattributes", "notes merge=union\n");
    let told = world.commit("attributes");
    world.switch("main", None);
    let fixes = FILES.map(|file| {
        let end = if ["lock", "code"].contains(&file) {
            ""
        } else {
            "RUN\n"
        };
        let text = lines(20).replace("line 17\n", "17\n") + end;
        world.change(file, text, file)
    });
    ([plain, told], fixes)
}

fn onto_each(repo: &Repo, fixes: &[CommitId], onto: &CommitId) -> Vec<Forecast> {
    let pick = |commit: &CommitId| Pick {
        commit: commit.clone(),
        onto: onto.clone(),
    };
    let picks: Vec<Pick> = fixes.iter().map(pick).collect();
    forecasts(repo, &picks)
}

#[test]
fn an_answer_that_hangs_on_attributes_of_the_target_is_unknown_where_somebody_else_merges() {
    for git in all_gits() {
        let world = World::with(&git);
        let ([plain, onto], fixes) = lanes(&world);
        let repo = beside(&world);
        assert!(matches!(
            &onto_each(&repo, &fixes, &plain)[..],
            [
                Forecast::Conflict { .. },
                Forecast::Clean { .. },
                Forecast::Conflict { .. },
                Forecast::Clean { .. }
            ]
        ));
        let answers = onto_each(&repo, &fixes, &onto);
        let doubts: Vec<Option<&str>> = answers
            .iter()
            .map(|answer| match answer {
                Forecast::Unknown { why } => FILES.into_iter().find(|file| why.contains(file)),
                _told => None,
            })
            .collect();
        // An older git can only be told what stands in the root.
        let knows_folders = world.executable().version().minor >= 41;
        let notes = knows_folders.then_some("docs/notes");
        assert_eq!(
            doubts,
            [Some("CHANGELOG"), Some("lock"), notes, None],
            "{}: {answers:?}",
            git.display()
        );
        assert!(matches!(answers[3], Forecast::Clean { .. }));
        // Another process knows it from the shelf.
        drop(repo);
        assert_eq!(onto_each(&beside(&world), &fixes[..1], &onto), answers[..1]);
    }
}

#[test]
fn what_we_build_ourselves_is_as_it_is_and_a_promotion_is_merged_by_the_forge() {
    for git in all_gits() {
        let world = World::with(&git);
        let ([_, onto], fixes) = lanes(&world);
        let repo = beside(&world);
        let base = world.id("main~4");
        let built = repo.predict_pick(&fixes[0], &base, &onto).expect("asked");
        assert!(matches!(built.outcome, PredictionOutcome::Conflict { .. }));
        let promoted = repo.predict_promotion(&fixes[0], &onto).expect("asked");
        let PredictionOutcome::Unknown { why } = &promoted.outcome else {
            panic!("{promoted:?}");
        };
        assert!(why.contains("CHANGELOG"), "{why}");
    }
}

#[test]
fn attributes_are_found_where_the_target_has_moved_what_is_fixed() {
    for git in all_gits() {
        let world = World::with(&git);
        if world.executable().version().minor < 41 {
            // It can only be told what stands in the root.
            continue;
        }
        world.write("docs/notes", lines(20));
        world.commit("base");
        world.switch("moved", Some("main"));
        world.git(&["rm", "--quiet", "docs/notes"]);
        world.write("manual/notes", lines(20) + "BUILD\n");
        let plain = world.commit("moved");
        world.write("manual/.gitattributes", "notes merge=union\n");
        let told = world.commit("attributes");
        world.switch("main", None);
        let fix = world.change("docs/notes", lines(20) + "RUN\n", "fix");
        let repo = beside(&world);
        let fixes = [fix];
        let [Forecast::Conflict { .. }] = &onto_each(&repo, &fixes, &plain)[..] else {
            panic!("without attributes both add a line at the end");
        };
        let answers = onto_each(&repo, &fixes, &told);
        let [Forecast::Unknown { why }] = &answers[..] else {
            panic!("{}: {answers:?}", git.display());
        };
        assert!(why.contains("notes"), "{why}");
    }
}
