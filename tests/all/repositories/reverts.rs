//! What took a fix out of a lane again is named, whatever brought it there and however the revert came.

use lanekeeper::git::Cell;
use lanekeeper::model::CommitId;
use lanekeeper::model::Verdict;

use super::fetched;
use super::fixes::judged;
use super::with_each_git;
use crate::support::repository::LINES;
use crate::support::repository::World;

/// A RUN lane `run` and a BUILD lane `develop` with a few files.
fn two_lanes(world: &World) {
    for path in ["a", "b", "c", "d", "e"] {
        world.write(path, LINES);
    }
    world.commit("first");
    for lane in ["run", "develop"] {
        world.git(&["branch", lane]);
    }
    world.switch("develop", None);
    world.change("work", "1", "work of the next version");
    world.switch("run", None);
}

/// Changes a file on the branch we are on.
fn fix(world: &World, path: &str) -> CommitId {
    world.change(path, LINES.replace('5', "five"), &format!("fix {path}"))
}

/// Merges a branch with a merge commit of its own into another, and returns that.
fn merge(world: &World, from: &str, into: &str) -> CommitId {
    world.switch(into, None);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge it", from]);
    world.id("HEAD")
}

/// Runs git in the clone and returns the commit that it made.
fn made(world: &World, arguments: &[&str]) -> CommitId {
    world.git(arguments);
    world.id("HEAD")
}

/// Returns how develop stands towards fixes of `run`.
fn in_develop(world: &World, wanted: &[&CommitId]) -> Vec<Cell> {
    world.push();
    let (fixes, rows) = judged(world, &[world.id("run"), world.id("develop")]);
    let cell = |wanted: &&CommitId| {
        let place = fixes.iter().position(|fix| &fix.id == *wanted);
        rows[place.expect("it is a fix")][1].clone()
    };
    wanted.iter().map(cell).collect()
}

fn absent(cell: &Cell) -> Option<&CommitId> {
    assert_eq!(cell.verdict, Verdict::Absent);
    cell.reverted_by.as_ref()
}

#[test]
fn a_revert_of_what_brought_a_fix_into_this_lane_only_is_named() {
    with_each_git(|world| {
        two_lanes(&world);
        world.switch("hotfix-a", Some("run"));
        fix(&world, "a");
        world.switch("hotfix-b", Some("run"));
        let inner = fix(&world, "b");
        let merged = merge(&world, "hotfix-a", "run");
        let merged_too = merge(&world, "hotfix-b", "run");
        let picked = fix(&world, "c");
        let own = merge(&world, "hotfix-a", "develop");
        merge(&world, "hotfix-b", "develop");
        let plain = made(&world, &["cherry-pick", picked.as_str()]);
        let revert =
            |arguments: &[&str]| made(&world, &[&["revert", "--no-edit"][..], arguments].concat());
        let of_merge = revert(&["-m", "1", own.as_str()]);
        let of_inner = revert(&[inner.as_str()]);
        let of_plain = revert(&[plain.as_str()]);
        let cells = in_develop(&world, &[&merged, &merged_too, &picked]);
        assert_eq!(absent(&cells[0]), Some(&of_merge));
        assert_eq!(absent(&cells[1]), Some(&of_inner));
        assert_eq!(absent(&cells[2]), Some(&of_plain));
    });
}

#[test]
fn a_revert_that_was_picked_is_named_and_so_it_is_undone() {
    with_each_git(|world| {
        two_lanes(&world);
        let gone = fix(&world, "a");
        let again = fix(&world, "b");
        let out = made(&world, &["revert", "--no-edit", gone.as_str()]);
        let out_too = made(&world, &["revert", "--no-edit", again.as_str()]);
        let back = made(&world, &["revert", "--no-edit", out_too.as_str()]);
        world.switch("develop", None);
        let pick = |id: &CommitId| made(&world, &["cherry-pick", "-x", id.as_str()]);
        pick(&gone);
        pick(&again);
        let revert = pick(&out);
        pick(&out_too);
        pick(&back);
        world.change("b", LINES.replace('5', "V"), "the same line once more");
        let cells = in_develop(&world, &[&gone, &again]);
        assert_eq!(absent(&cells[0]), Some(&revert));
        assert_eq!(cells[1].verdict, Verdict::Changed);
        assert_eq!(cells[1].reverted_by, None);
    });
}

#[test]
fn a_revert_of_a_recorded_squash_is_named_as_soon_as_the_record_is_known() {
    with_each_git(|world| {
        two_lanes(&world);
        world.switch("hotfix", Some("run"));
        fix(&world, "a");
        fix(&world, "b");
        let merged = merge(&world, "hotfix", "run");
        world.switch("develop", None);
        world.git(&["merge", "-q", "--squash", "hotfix"]);
        // Neither its subject nor its time tells that it is the same, and the lane has another file beside.
        world.write("beside", "1");
        world.git(&["add", "-A"]);
        let date = "1700000500 +0200";
        let squash = made(&world, &["commit", "-q", "--date", date, "-m", "(#7)"]);
        let revert = made(&world, &["revert", "--no-edit", squash.as_str()]);
        let cells = in_develop(&world, &[&merged]);
        assert_eq!(absent(&cells[0]), None);
        let repo = fetched(&world);
        let fixes = repo.heads(std::slice::from_ref(&merged)).expect("read");
        let records = [vec![merged, squash]];
        // Read the first time, from the shelf the second time.
        for _ in 0..2 {
            let tips = [world.id("develop")];
            let rows = repo.presence_many(&fixes, &tips, &records).expect("judged");
            assert_eq!(absent(&rows[0][0]), Some(&revert));
        }
    });
}

#[test]
fn of_a_fix_that_was_put_back_and_taken_out_once_more_the_last_revert_is_named() {
    with_each_git(|world| {
        two_lanes(&world);
        let once = fix(&world, "a");
        let twice = fix(&world, "b");
        world.switch("develop", None);
        let pick = |id: &CommitId| made(&world, &["cherry-pick", "-x", id.as_str()]);
        let revert = |id: &CommitId| made(&world, &["revert", "--no-edit", id.as_str()]);
        let first = revert(&pick(&once));
        let last = revert(&revert(&first));
        // Put back as a commit of its own, which knows nothing of the revert.
        revert(&pick(&twice));
        let last_too = revert(&pick(&twice));
        let cells = in_develop(&world, &[&once, &twice]);
        assert_eq!(absent(&cells[0]), Some(&last));
        assert_eq!(absent(&cells[1]), Some(&last_too));
        let repo = fetched(&world);
        for (fixed, last) in [(&once, &last), (&twice, &last_too)] {
            let base = world.id(&format!("{fixed}^"));
            let span = [&base, fixed, &world.id("develop")];
            let told = repo.taken_out_by(span, &[], None).expect("judged");
            assert_eq!(told.map(|told| told.revert).as_ref(), Some(last));
        }
    });
}

#[test]
fn the_revert_of_a_lane_that_was_merged_with_the_fix_further_down_is_named() {
    with_each_git(|world| {
        two_lanes(&world);
        let fixed = fix(&world, "a");
        world.git(&["branch", "integration", "develop"]);
        merge(&world, "run", "integration");
        world.change("work", "2", "more work");
        let merged = merge(&world, "integration", "develop");
        let revert = made(&world, &["revert", "--no-edit", "-m", "1", merged.as_str()]);
        let cells = in_develop(&world, &[&fixed]);
        assert_eq!(absent(&cells[0]), Some(&revert));
        // Whoever takes that back has the fix again, and nothing took it out.
        made(&world, &["revert", "--no-edit", revert.as_str()]);
        let cells = in_develop(&world, &[&fixed]);
        assert_eq!(cells[0].verdict, Verdict::Present);
        assert_eq!(cells[0].reverted_by, None);
    });
}
