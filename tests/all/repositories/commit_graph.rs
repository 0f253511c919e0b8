//! Git's commit-graph file is used where it is right, and never believed where it is not.

use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use lanekeeper::git::Repo;
use lanekeeper::model::CommitId;

use super::fetched;
use super::looks::break_git;
use super::looks::tangle;
use super::own;
use super::wait;
use super::with_each_git;
use crate::support::repository::World;

/// A clone of a tangled history, all of it in its own objects.
fn cloned(world: &World, count: usize) -> Vec<CommitId> {
    let commits = tangle(world, 3, count);
    world.git(&["fetch", "-q", "origin"]);
    commits
}

fn file(world: &World) -> PathBuf {
    world.clone().join(".git/objects/info/commit-graph")
}

/// What git says about pairs of commits, as this repository must say it.
fn answers(commits: &[CommitId], told: impl Fn(&CommitId, &CommitId) -> String) -> Vec<String> {
    let count = commits.len();
    let pairs = (0..count).map(|n| (&commits[n * 7 % count], &commits[n * 11 % count]));
    pairs.map(|(a, b)| told(a, b)).collect()
}

fn by_git(world: &World, commits: &[CommitId]) -> Vec<String> {
    answers(commits, |a, b| {
        let range = format!("{a}...{b}");
        world.git_in(
            &world.origin(),
            &["rev-list", "--left-right", "--count", &range],
        )
    })
}

fn by_us(repo: &Repo, commits: &[CommitId]) -> Vec<String> {
    answers(commits, |a, b| {
        let (ahead, behind) = repo.ahead_behind(a, b).expect("known");
        assert_eq!(repo.is_ancestor(a, b).expect("known"), ahead == 0);
        format!("{ahead}\t{behind}")
    })
}

#[test]
fn a_file_in_the_clone_is_enough_to_know_its_history_and_newer_commits_are_added() {
    with_each_git(|world| {
        let mut commits = cloned(&world, 30);
        for way in [&["--reachable"][..], &["--reachable", "--split"]] {
            world.git(&[&["commit-graph", "write"][..], way].concat());
        }
        let newest = commits[29].to_string();
        world.switch("main", Some(&newest));
        commits.push(world.change("new", "1", "newer than the file"));
        commits.push(world.change("new", "2", "and one more"));
        world.push();
        let expected = by_git(&world, &commits);
        let repo = fetched(&world);
        let lanes: Vec<CommitId> = commits.iter().step_by(4).cloned().collect();
        break_git(&world);
        assert_eq!(by_us(&repo, &commits), expected);
        assert!(world.own().join("graph-checked").exists());
        repo.prepare_lanes(&lanes).expect("prepared");
        assert_eq!(by_us(&repo, &commits), expected);
        std::fs::write(world.home().join("gitconfig"), "").expect("mended");
    });
}

#[test]
fn a_chain_of_ours_may_stand_on_one_of_the_clone() {
    let world = World::empty();
    let mut commits = cloned(&world, 30);
    world.git(&["commit-graph", "write", "--reachable", "--split"]);
    let repo = fetched(&world);
    // Only the remote has these.
    let newest = commits[29].to_string();
    let other = world.path().join("other");
    let (origin, other_name) = (world.origin(), other.to_str().expect("UTF-8"));
    world.git_in(
        world.path(),
        &["clone", "-q", origin.to_str().expect("UTF-8"), other_name],
    );
    world.git_in(&other, &["checkout", "-q", "-B", "main", &newest]);
    for word in ["one", "two"] {
        world.git_in(&other, &["commit", "-q", "--allow-empty", "-m", word]);
    }
    world.git_in(&other, &["push", "-q", "origin", "main"]);
    commits.push(world.remote_id("refs/heads/main").expect("pushed"));
    wait(repo.fetch()).expect("the remote is there");
    repo.write_commit_graph().expect("written");
    let chain = world
        .own()
        .join("objects/info/commit-graphs/commit-graph-chain");
    let chain = std::fs::read_to_string(chain).expect("a chain of ours");
    assert_eq!(chain.lines().count(), 2, "{chain}");
    let expected = by_git(&world, &commits);
    let later = own(&world, &world.clone()).expect("own repository");
    break_git(&world);
    assert_eq!(by_us(&later, &commits), expected);
}

#[test]
fn a_damaged_file_gives_no_wrong_answer() {
    let world = World::empty();
    let commits = cloned(&world, 20);
    world.git(&["commit-graph", "write", "--reachable"]);
    let expected = by_git(&world, &commits);
    let whole = std::fs::read(file(&world)).expect("written");
    std::fs::remove_file(file(&world)).expect("it is read-only, its folder is not");
    fetched(&world);
    let places = (8..whole.len()).step_by(41);
    let turned = places.map(|place| {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x15;
        bytes
    });
    let cut =
        [0, 7, 60, 1_000, whole.len() - 1].map(|length| whole[..length.min(whole.len())].to_vec());
    for bytes in turned.chain(cut) {
        std::fs::write(file(&world), bytes).expect("written");
        let repo = own(&world, &world.clone()).expect("own repository");
        assert_eq!(by_us(&repo, &commits), expected);
    }
}

#[test]
fn a_commit_that_only_the_file_still_names_is_not_there() {
    let world = World::empty();
    world.change("a", "1", "first");
    world.push();
    world.switch("gone", Some("main"));
    let gone = world.change("a", "2", "given up");
    world.switch("main", None);
    world.git(&["commit-graph", "write", "--reachable"]);
    let named = std::fs::read(file(&world)).expect("written");
    world.git(&["branch", "-D", "gone"]);
    world.git(&["reflog", "expire", "--expire=now", "--all"]);
    world.git(&["gc", "-q", "--prune=now"]);
    let _other = std::fs::remove_file(file(&world));
    std::fs::write(file(&world), named).expect("written");
    let repo = fetched(&world);
    let main = world.id("main");
    assert!(repo.is_ancestor(&gone, &main).is_err());
    assert!(repo.is_ancestor(&main, &gone).is_err());
    let after = world.change("a", "3", "work goes on");
    world.push();
    wait(repo.fetch()).expect("the remote is there");
    assert!(repo.is_ancestor(&main, &after).expect("known"));
}

#[test]
fn the_file_of_a_clone_with_another_history_is_left_alone() {
    for name in ["info/grafts", "shallow"] {
        let world = World::empty();
        let commits = cloned(&world, 10);
        world.git(&["commit-graph", "write", "--reachable"]);
        let repo = fetched(&world);
        let marker = world.clone().join(".git").join(name);
        std::fs::create_dir_all(marker.parent().expect("inside")).expect("folder");
        std::fs::write(marker, format!("{}\n", commits[5])).expect("written");
        assert_eq!(by_us(&repo, &commits), by_git(&world, &commits), "{name}");
        assert!(!world.own().join("graph-checked").exists(), "{name}");
    }
}

#[test]
fn a_file_of_long_ids_is_read_as_well() {
    let world = World::empty();
    let path = world.path();
    for folder in ["clone", "origin.git"] {
        std::fs::remove_dir_all(path.join(folder)).expect("made above");
    }
    world.git_in(
        path,
        &[
            "init",
            "-q",
            "--bare",
            "-b",
            "main",
            "--object-format=sha256",
            "origin.git",
        ],
    );
    world.git_in(path, &["clone", "-q", "origin.git", "clone"]);
    world.git(&["checkout", "-q", "-B", "main"]);
    let commits: Vec<CommitId> = (0..5)
        .map(|number| world.change("a", number.to_string(), "work"))
        .collect();
    world.push();
    world.git(&["commit-graph", "write", "--reachable"]);
    let expected = by_git(&world, &commits);
    let repo = fetched(&world);
    assert_eq!(by_us(&repo, &commits), expected);
}

#[test]
fn the_lock_of_a_git_that_died_while_it_wrote_a_file_is_in_the_way_for_a_while_only() {
    with_each_git(|world| {
        cloned(&world, 30);
        let repo = fetched(&world);
        let folder = repo.dir().join("objects/info/commit-graphs");
        std::fs::create_dir_all(&folder).expect("own folder");
        let path = folder.join("commit-graph-chain.lock");
        let lock = std::fs::File::create(&path).expect("own folder");
        repo.write_commit_graph()
            .expect_err("another may be at this work");
        assert!(path.exists());
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        lock.set_modified(long_ago).expect("own file");
        repo.write_commit_graph().expect("nobody is");
        assert!(!path.exists());
        assert!(folder.join("commit-graph-chain").exists());
    });
}
