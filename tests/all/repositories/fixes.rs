//! Many fixes in many lanes: each cell is what asking for it alone says, whatever way the fix took.

use std::path::Path;

use lanekeeper::git::Cell;
use lanekeeper::git::Repo;
use lanekeeper::model::Commit;
use lanekeeper::model::CommitId;
use lanekeeper::model::Rule;
use lanekeeper::model::Verdict;

use super::fetched;
use super::looks::break_git;
use super::own;
use super::with_each_git;
use crate::support::repository::World;
use crate::support::repository::all_gits;
use crate::support::repository::script;

/// A file of lines that can be edited in several places without meeting.
fn text(changed: &[(usize, &str)]) -> String {
    (1..=60)
        .map(|line| {
            let change = changed.iter().find(|(place, _)| *place == line);
            change.map_or(format!("line {line}\n"), |(_, text)| format!("{text}\n"))
        })
        .collect()
}

/// A RUN lane `run` with a fix of every kind, and lanes that took them in every way.
fn lanes(world: &World) -> Vec<CommitId> {
    let fix = |path: &str, line: usize, word: &str| {
        world.change(path, text(&[(line, word)]), &format!("fix {word}"))
    };
    for path in ["a", "b", "c", "d", "e", "f", "g", "moved"] {
        world.write(path, text(&[]));
    }
    world.commit("first");
    for lane in ["run", "old", "develop"] {
        world.git(&["branch", lane]);
    }
    world.switch("develop", None);
    world.change("work", "1", "work of the next version");
    world.switch("old", None);
    world.git(&["mv", "moved", "renamed"]);
    world.commit("an old name");

    world.switch("run", None);
    let picked = fix("a", 10, "picked with -x");
    let plain = fix("b", 10, "picked without a word");
    world.switch("hotfix", Some("run"));
    fix("c", 10, "merged, first half");
    fix("c", 40, "merged, second half");
    world.switch("run", None);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge the hotfix", "hotfix"]);
    let merged = world.id("HEAD");
    let by_hand = fix("d", 10, "done again by hand");
    let reverted = fix("e", 10, "picked and reverted");
    let twice = fix("f", 10, "reverted and back again");
    let gone = fix("g", 10, "reverted where it was made");
    world.git(&["revert", "--no-edit", gone.as_str()]);
    fix("moved", 30, "in a file with another name");
    world.change("new", "a file\n", "fix that adds a file");
    world.git(&["mv", "a", "a2"]);
    world.commit("fix by a rename");
    world.git(&["commit", "-q", "--allow-empty", "-m", "nothing"]);

    world.switch("develop", None);
    world.git(&["cherry-pick", "-x", picked.as_str()]);
    world.git(&["cherry-pick", plain.as_str()]);
    world.git(&["merge", "-q", "--squash", "hotfix"]);
    world.commit("retrofit (#7)");
    world.change(
        "d",
        text(&[(10, "done again by hand"), (50, "more")]),
        "tidy up",
    );
    world.git(&["cherry-pick", "-x", reverted.as_str()]);
    world.git(&["revert", "--no-edit", "HEAD"]);
    world.git(&["cherry-pick", "-x", twice.as_str()]);
    world.git(&["revert", "--no-edit", "HEAD"]);
    world.git(&["revert", "--no-edit", "HEAD"]);
    world.change("new", "another file\n", "the same name for something else");

    world.switch("old", None);
    world.git(&["cherry-pick", "-m", "1", merged.as_str()]);
    world.git(&["cherry-pick", by_hand.as_str()]);
    world.switch("whole", Some("develop"));
    world.git(&[
        "merge",
        "-q",
        "-s",
        "ours",
        "-m",
        "retrofit that drops everything",
        "run",
    ]);
    world.push();
    ["run", "develop", "old", "whole"]
        .map(|lane| world.id(lane))
        .to_vec()
}

fn slowly(repo: &Repo, fix: &Commit, tip: &CommitId) -> (Verdict, Option<Rule>) {
    let presence = repo
        .presence(&fix.parents[0], &fix.id, tip)
        .expect("judged");
    (presence.verdict, presence.rule)
}

/// Judges all fixes of the first of these lanes in each of them, and checks each cell by asking for it alone.
pub(super) fn judged(world: &World, tips: &[CommitId]) -> (Vec<Commit>, Vec<Vec<Cell>>) {
    let repo = fetched(world);
    let fixes = repo.fixes(&tips[..1], &tips[1..2], 500).expect("listed");
    let rows = repo.presence_many(&fixes, tips, &[]).expect("judged");
    let asked = own(world, &world.clone()).expect("own repository");
    for (fix, row) in fixes.iter().zip(&rows) {
        for (tip, cell) in tips.iter().zip(row) {
            let expected = slowly(&asked, fix, tip);
            assert_eq!(
                (cell.verdict, cell.rule),
                expected,
                "{} in {tip}",
                fix.subject()
            );
        }
    }
    (fixes, rows)
}

pub(super) fn cell<'a>(
    fixes: &[Commit],
    row: &'a [Vec<Cell>],
    subject: &str,
    lane: usize,
) -> &'a Cell {
    let place = fixes.iter().position(|fix| {
        let found = fix.subject();
        found.contains(subject) && !found.starts_with("Revert")
    });
    &row[place.expect("it is a fix")][lane]
}

#[test]
fn every_cell_of_many_fixes_is_what_asking_for_it_alone_says() {
    with_each_git(|world| {
        let tips = lanes(&world);
        let (fixes, rows) = judged(&world, &tips);
        assert_eq!(fixes.len(), 12, "{fixes:?}");
        let develop = |subject: &str| cell(&fixes, &rows, subject, 1).clone();
        let told = |subject: &str| {
            let cell = develop(subject);
            (cell.verdict, cell.rule)
        };
        assert_eq!(told("with -x"), (Verdict::Present, Some(Rule::Trailer)));
        assert_eq!(
            told("without a word"),
            (Verdict::Present, Some(Rule::PatchId))
        );
        assert_eq!(
            told("merge the hotfix"),
            (Verdict::Present, Some(Rule::PatchId))
        );
        assert_eq!(told("done again"), (Verdict::Present, Some(Rule::Tree)));
        assert_eq!(
            told("picked and reverted"),
            (Verdict::Absent, Some(Rule::Tree))
        );
        assert!(develop("picked and reverted").reverted_by.is_some());
        assert_eq!(told("back again"), (Verdict::Present, Some(Rule::Trailer)));
        assert_eq!(develop("back again").reverted_by, None);
        assert_eq!(told("nothing"), (Verdict::Unknown, None));
        let in_run = cell(&fixes, &rows, "fix reverted where", 0);
        assert_eq!(
            (in_run.verdict, in_run.rule),
            (Verdict::Absent, Some(Rule::Tree))
        );
        assert!(in_run.reverted_by.is_some());
        let in_old = cell(&fixes, &rows, "another name", 2);
        assert_eq!(in_old.verdict, Verdict::Absent);
        // Ancestry alone proves nothing: this merge dropped the files.
        let dropped = cell(&fixes, &rows, "picked and reverted", 3);
        assert_eq!(
            (dropped.verdict, dropped.rule),
            (Verdict::Absent, Some(Rule::Tree))
        );
        let squashed = cell(&fixes, &rows, "merge the hotfix", 2);
        assert_eq!(
            (squashed.verdict, squashed.rule),
            (Verdict::Present, Some(Rule::PatchId))
        );
    });
}

#[test]
fn a_second_process_computes_no_cell_again_and_a_recorded_merge_counts_at_once() {
    let world = World::empty();
    let tips = lanes(&world);
    let repo = fetched(&world);
    let fixes = repo.fixes(&tips[..1], &tips[1..2], 500).expect("listed");
    let first = repo.presence_many(&fixes, &tips, &[]).expect("judged");
    let later = own(&world, &world.clone()).expect("own repository");
    break_git(&world);
    let again = later
        .presence_many(&fixes, &tips, &[])
        .expect("from the shelf");
    assert_eq!(again, first);
    let place = fixes
        .iter()
        .position(|fix| fix.subject() == "fix done again by hand");
    let place = place.expect("it is a fix");
    let records = [vec![fixes[place].id.clone(), tips[1].clone()]];
    let known = later
        .presence_many(&fixes, &tips, &records)
        .expect("from the shelf");
    assert_eq!(known[place][1].rule, Some(Rule::MergeCommit));
}

#[test]
fn a_newer_fix_adds_its_own_cells_to_what_is_kept_and_no_others() {
    let world = World::empty();
    let tips = lanes(&world);
    let repo = fetched(&world);
    let fixes = repo.fixes(&tips[..1], &tips[1..2], 500).expect("listed");
    let first = repo.presence_many(&fixes[1..], &tips, &[]).expect("judged");
    let file = world.own().join("answers");
    let before = std::fs::read_to_string(&file).expect("kept");
    // In this process and in the next one.
    for repo in [repo, own(&world, &world.clone()).expect("own repository")] {
        let rows = repo.presence_many(&fixes, &tips, &[]).expect("judged");
        assert_eq!(rows[1..], first);
        let now = std::fs::read_to_string(&file).expect("kept");
        let added = now.strip_prefix(&before).expect("only added to");
        let is_added = |fix: &Commit| added.contains(&format!("\"{}\":{{", fix.id));
        assert!(
            is_added(&fixes[0]) && !fixes[1..].iter().any(is_added),
            "{added}"
        );
    }
}

#[test]
fn what_git_could_not_merge_is_asked_again_and_that_a_fix_changes_nothing_is_not() {
    for real in all_gits() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let broken = folder.path().join("broken");
        let body = format!(
            "case \"$*\" in *merge-tree*) [ -e '{}' ] && exit 128;; esac",
            broken.display()
        );
        let world = watched(&real, folder.path(), &body);
        let (fix, develop) = both_changed(&world, &["code"]);
        let nothing = world.commit("nothing");
        let repo = fetched(&world);
        let fixes = repo.heads(&[fix, nothing.clone()]).expect("read");
        let tips = [develop];
        let verdicts = |repo: &Repo| {
            let rows = repo.presence_many(&fixes, &tips, &[]).expect("judged");
            [0, 1].map(|place| rows[place][0].verdict)
        };
        std::fs::write(&broken, "").expect("own folder");
        assert_eq!(verdicts(&repo), [Verdict::Unknown; 2]);
        let kept = std::fs::read_to_string(world.own().join("answers")).expect("kept");
        let has = |fix: &CommitId| kept.contains(&format!("\"{fix}\":{{"));
        assert!(has(&nothing) && !has(&fixes[0].id), "{kept}");
        std::fs::remove_file(&broken).expect("own file");
        let later = own(&world, &world.clone()).expect("own repository");
        for repo in [repo, later] {
            assert_eq!(verdicts(&repo), [Verdict::Absent, Verdict::Unknown]);
        }
    }
}

#[test]
fn fixes_are_what_run_has_on_its_own_line_without_promotions() {
    let world = World::empty();
    world.change("a", "1", "first");
    world.git(&["branch", "develop"]);
    world.switch("preprod", Some("main"));
    world.change("b", "1", "fix one");
    world.switch("develop", None);
    world.change("c", "1", "work");
    world.switch("preprod", None);
    world.git(&["merge", "-q", "--no-ff", "-m", "promote develop", "develop"]);
    world.switch("production", Some("main"));
    world.change("d", "1", "fix two");
    world.git(&["merge", "-q", "--no-ff", "-m", "promote preprod", "preprod"]);
    world.change("e", "1", "fix three");
    world.push();
    let repo = fetched(&world);
    let id = |branch: &str| world.id(branch);
    let run = [id("preprod"), id("production")];
    let fixes = repo.fixes(&run, &[id("develop")], 10).expect("listed");
    let mut subjects: Vec<String> = fixes.iter().map(Commit::subject).collect();
    subjects.sort();
    assert_eq!(subjects, ["fix one", "fix three", "fix two"]);
    let newest = repo.fixes(&run[1..], &[id("develop")], 1).expect("listed");
    assert_eq!(newest[0].subject(), "fix three");
}

/// Changes files in a lane and by a fix, at other places, so that only a merge can tell; returns the fix and the lane. A
/// list of changes is long.
fn both_changed(world: &World, paths: &[&str]) -> (CommitId, CommitId) {
    let change = |changed: &[(usize, &str)], message: &str| {
        for path in paths {
            let is_long = *path == "CHANGELOG";
            let rest = "as before\n".repeat(if is_long { 500 } else { 0 });
            world.write(path, text(changed) + &rest);
        }
        world.commit(message)
    };
    change(&[], "first");
    world.git(&["branch", "run"]);
    let develop = change(&[(50, "work")], "work");
    world.switch("run", None);
    let fix = change(&[(10, "fixed")], "fix");
    (fix, develop)
}

/// A world whose git first does what `body` says with its arguments.
fn watched(real: &Path, folder: &Path, body: &str) -> World {
    let git = folder.join("git");
    script(&git, &format!("{body}; exec '{}' \"$@\"", real.display()));
    World::with(&git)
}

#[test]
fn of_several_files_the_shortest_is_asked_about_first() {
    for real in all_gits() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let asked = folder.path().join("asked");
        let body = format!(
            "case \"$*\" in *mktree*) tee -a '{}' | '{}' \"$@\"; exit;; esac",
            asked.display(),
            real.display()
        );
        let world = watched(&real, folder.path(), &body);
        if !world.executable().version().merges_trees() {
            continue;
        }
        let (fix, develop) = both_changed(&world, &["CHANGELOG", "code"]);
        let repo = fetched(&world);
        let fixes = repo.heads(std::slice::from_ref(&fix)).expect("read");
        let rows = repo.presence_many(&fixes, &[develop], &[]).expect("judged");
        assert_eq!(rows[0][0].verdict, Verdict::Absent);
        let asked = std::fs::read_to_string(&asked).expect("written down");
        let place = |path: &str| asked.find(world.id(&format!("{fix}:{path}")).as_str());
        let (code, changes) = (place("code"), place("CHANGELOG"));
        assert!(code.is_some() && code < changes, "{asked}");
    }
}

#[test]
fn an_old_git_is_asked_about_all_cells_at_once() {
    for real in all_gits() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let asked = folder.path().join("asked");
        let body = format!("printf '%s\\n' \"$*\" >> '{}'", asked.display());
        let world = watched(&real, folder.path(), &body);
        if world.executable().version().merges_trees() {
            continue;
        }
        let tips = lanes(&world);
        let repo = fetched(&world);
        let fixes = repo.fixes(&tips[..1], &tips[1..2], 500).expect("listed");
        std::fs::write(&asked, "").expect("own folder");
        repo.presence_many(&fixes, &tips, &[]).expect("judged");
        let asked = std::fs::read_to_string(&asked).expect("written down");
        let merges = asked.lines().filter(|call| call.contains("merge-tree"));
        let count = merges.count();
        assert!((1..=5).contains(&count), "{count}: {asked}");
    }
}
