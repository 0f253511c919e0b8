//! The git room on real repositories of every kind.

mod building;
mod commit_graph;
mod fixes;
mod history;
mod lender;
mod looks;
mod pushing;
mod renames;
mod reverts;
mod unseen;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use lanekeeper::git::Chains;
use lanekeeper::git::CommandEnvironment;
use lanekeeper::git::ConflictPolicy;
use lanekeeper::git::Error;
use lanekeeper::git::Git;
use lanekeeper::git::MergeBuild;
use lanekeeper::git::NewLink;
use lanekeeper::git::PickOrder;
use lanekeeper::git::RefUpdate;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::Carrier;
use lanekeeper::model::CommitId;
use lanekeeper::model::Person;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::RefName;
use lanekeeper::model::Timestamp;

use super::support::repository::LINES;
use super::support::repository::World;
use super::support::repository::all_gits;
use super::support::repository::script;

/// Runs an async body to its end.
fn wait<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("runtime")
        .block_on(body)
}

/// Runs the same case with every git that is installed.
#[expect(
    clippy::disallowed_macros,
    reason = "whoever reads the test's output must see what was left out"
)]
fn with_each_git(case: impl Fn(World)) {
    let gits = all_gits();
    if gits.len() < 2 {
        println!("only one git in PATH; the case runs with that one only");
    }
    for git in gits {
        case(World::with(&git));
    }
}

fn own(world: &World, from: &Path) -> Result<Repo, Error> {
    let git = world.executable();
    let clone = UserClone::discover(&git, from)?;
    let origin = world.origin();
    Repo::ensure(&git, &world.own(), &clone, origin.to_str().expect("UTF-8"))
}

/// Pushes everything and returns our own repository after a fetch.
fn fetched(world: &World) -> Repo {
    world.push();
    let repo = own(world, &world.clone()).expect("own repository");
    wait(repo.fetch()).expect("the remote is there");
    repo
}

/// Makes remote and clone of an empty world anew, with ids that libgit2 does not know.
fn begin_with_sha256(world: &World) {
    for folder in ["origin.git", "clone"] {
        std::fs::remove_dir_all(world.path().join(folder)).expect("removed");
    }
    let init = ["init", "-q", "-b", "main", "--object-format=sha256"];
    world.git_in(
        world.path(),
        &[&init[..], &["--bare", "origin.git"]].concat(),
    );
    world.git_in(world.path(), &[&init[..], &["clone"]].concat());
    world.git(&["remote", "add", "origin", "../origin.git"]);
    world.git(&["config", "user.name", "Ana"]);
    world.git(&["config", "user.email", "ana@example.org"]);
}

/// Clones the remote in a way that leaves objects out.
fn narrow(world: &World, kind: &str) -> PathBuf {
    let clone = world.path().join("narrow");
    let url = format!("file://{}", world.origin().display());
    let target = clone.to_str().expect("UTF-8");
    let arguments = ["clone", "-q", "--no-checkout", kind, &url, target];
    world.git_in(world.path(), &arguments);
    clone
}

fn name(text: &str) -> RefName {
    text.parse().expect("a ref name")
}

fn ben() -> Person {
    Person::from_email("Ben", "ben@example.org")
}

fn at() -> Timestamp {
    Timestamp::from_second(1_800_000_000)
}

fn picks(onto: &CommitId, commits: &[&CommitId], policy: ConflictPolicy) -> PickOrder {
    PickOrder {
        onto: onto.clone(),
        commits: commits.iter().copied().cloned().collect(),
        policy,
        trailers: vec![("Hotfix-Id".into(), "hf-1".into())],
        committer: ben(),
        at: at(),
    }
}

fn merge(onto: &CommitId, other: &CommitId, keep_conflicts: bool) -> MergeBuild {
    MergeBuild {
        onto: onto.clone(),
        other: other.clone(),
        message: "Merge the fix\n".into(),
        committer: ben(),
        at: at(),
        keep_conflicts,
    }
}

/// Every file below a folder with its content.
fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else {
                let content = std::fs::read(&path).unwrap_or_default();
                files.insert(path.display().to_string(), content);
            }
        }
    }
    files
}

/// The message of a fix that conflicts in four ways.
const FOUR: &str = "fix: all [skip ci]\n\nIt was broken.";

/// `main` with a fix in its tip, `develop` cut before the fix.
fn fix_and_develop(world: &World) -> (CommitId, CommitId) {
    world.write("src/app.txt", LINES);
    world.write("src/other.txt", LINES);
    let base = world.commit("base");
    world.git(&["branch", "develop"]);
    let fix = world.change("src/app.txt", LINES.replace('5', "five"), "fix: five");
    (base, fix)
}

/// Does everything that the room can do, so that a test can look whether the clone was touched.
fn exercise(world: &World, from: &Path) {
    let repo = own(world, from).expect("own repository");
    let clone = UserClone::discover(&world.executable(), from).expect("clone");
    clone.identity().expect("set by the test");
    clone.branches().expect("readable");
    clone.resolve("HEAD").expect("a commit");
    clone.watch_paths();
    wait(repo.fetch()).expect("fetch");
    let main = repo.resolve("main").expect("pushed");
    let develop = repo.resolve("develop").expect("pushed");
    repo.predict_merge(&main, &develop).expect("prediction");
    let order = picks(&develop, &[&main], ConflictPolicy::DraftWithMarkers);
    let built = repo.build_picks(&order).expect("built");
    let update = RefUpdate {
        name: name("refs/heads/backport/develop-1"),
        new: Some(built.head),
        expected: None,
        replaces: false,
    };
    wait(repo.push(&[update])).expect("pushed");
    let files = BTreeMap::from([("event.json".to_owned(), b"{}".to_vec())]);
    let link = NewLink {
        author: ben(),
        at: at(),
        message: "note".into(),
        files,
    };
    let head = repo.chain_build(None, &link).expect("link");
    let chain = name("refs/lanekeeper/v1/hotfixes/x");
    let chains = Chains::within(&repo, Carrier::default());
    wait(chains.push(&chain, &head, None)).expect("pushed");
    let worktree = repo.worktree(&main).expect("worktree");
    assert!(worktree.path().join("src/app.txt").is_file());
}

#[test]
fn a_dirty_clone_is_used_and_not_one_byte_of_it_changes() {
    let world = World::empty();
    fix_and_develop(&world);
    world.push();
    world.write("src/app.txt", "unsaved work\n");
    world.write("untracked", "mine\n");
    world.git(&["add", "src/app.txt"]);
    world.write(".git/hooks/pre-push", "#!/bin/sh\ntouch ../ran\n");
    let before = snapshot(&world.clone());
    exercise(&world, &world.clone());
    assert!(before == snapshot(&world.clone()));
}

#[test]
fn a_clone_in_the_middle_of_a_rebase_is_used_and_not_touched() {
    let world = World::empty();
    fix_and_develop(&world);
    world.push();
    world.switch("develop", None);
    world.change("src/app.txt", LINES.replace('5', "V"), "other five");
    let (rebased, _) = world.try_git_in(&world.clone(), &["rebase", "-q", "main"]);
    assert!(!rebased, "the rebase must stop at its conflict");
    let before = snapshot(&world.clone());
    exercise(&world, &world.clone());
    assert!(before == snapshot(&world.clone()));
}

#[test]
fn a_linked_worktree_and_a_bare_clone_are_used_and_not_touched() {
    for kind in ["linked", "bare"] {
        let world = World::empty();
        fix_and_develop(&world);
        world.push();
        let place = world.path().join("place");
        let path = place.to_str().expect("UTF-8");
        if kind == "linked" {
            world.git(&["worktree", "add", "-q", path, "develop"]);
        } else {
            world.git(&["clone", "-q", "--bare", ".", path]);
            world.git_in(&place, &["config", "user.name", "Ana"]);
            world.git_in(&place, &["config", "user.email", "ana@example.org"]);
        }
        let clone = UserClone::discover(&world.executable(), &place).expect("discovered");
        assert_eq!(clone.workdir().is_some(), kind == "linked");
        assert_eq!(clone.root(), place);
        let before = (snapshot(&world.clone()), snapshot(&place));
        exercise(&world, &place);
        assert!(
            before == (snapshot(&world.clone()), snapshot(&place)),
            "{kind}"
        );
    }
}

#[test]
fn shallow_partial_and_sha256_clones_get_complete_answers() {
    for kind in ["--depth=1", "--filter=blob:none", "sha256"] {
        let world = World::empty();
        if kind == "sha256" {
            begin_with_sha256(&world);
        }
        let (base, fix) = fix_and_develop(&world);
        world.push();
        world.git_in(
            &world.origin(),
            &["config", "uploadpack.allowFilter", "true"],
        );
        let mut from = world.clone();
        if kind != "sha256" {
            from = narrow(&world, kind);
            world.git_in(&from, &["config", "user.name", "Ana"]);
            world.git_in(&from, &["config", "user.email", "ana@example.org"]);
        }
        exercise(&world, &from);
        let repo = own(&world, &from).expect("again");
        let develop = repo.resolve("develop").expect("pushed");
        assert_eq!(develop, base, "{kind}");
        assert!(repo.is_ancestor(&base, &fix).expect("complete"), "{kind}");
        let prediction = repo.predict_pick(&fix, &base, &develop).expect("blobs");
        assert_eq!(prediction.outcome, PredictionOutcome::Clean, "{kind}");
    }
}

#[test]
fn ensuring_twice_keeps_what_was_fetched_and_repairs_what_is_broken() {
    let world = World::empty();
    let (_, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    let tips = repo.tips().expect("fetched");
    assert_eq!(tips.len(), 2);
    let again = own(&world, &world.clone()).expect("idempotent");
    assert_eq!(again.tips().expect("kept"), tips);
    std::fs::write(world.own().join("config"), "[core]\n\tfsmonitor = evil\n").expect("written");
    let repaired = own(&world, &world.clone()).expect("repaired");
    wait(repaired.fetch()).expect("fetched again");
    assert_eq!(repaired.resolve("main").expect("there"), fix);
    std::fs::remove_dir_all(world.own().join("refs")).expect("removed");
    own(&world, &world.clone()).expect("repaired again");
}

#[test]
fn objects_that_vanish_from_the_clone_are_fetched() {
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    std::fs::remove_dir_all(world.clone().join(".git/objects")).expect("removed");
    std::fs::create_dir_all(world.clone().join(".git/objects/pack")).expect("made");
    drop(repo);
    let repo = own(&world, &world.clone()).expect("made anew");
    wait(repo.fetch()).expect("fetched");
    assert!(repo.is_ancestor(&base, &fix).expect("complete"));
}

#[test]
fn a_folder_that_is_not_ours_is_never_removed() {
    let world = World::empty();
    fix_and_develop(&world);
    std::fs::create_dir_all(world.own()).expect("made");
    std::fs::write(world.own().join("thesis.txt"), "years").expect("written");
    assert!(matches!(
        own(&world, &world.clone()),
        Err(Error::Unreadable { .. })
    ));
    assert!(world.own().join("thesis.txt").is_file());
}

/// A git that says its version and then, asked for anything else, writes down its process and never ends.
fn endless_git(folder: &Path) -> Git {
    let body = "[ \"$1\" = --version ] && { echo git version 2.50.0; exit; }\n\
        mkfifo \"$0.$$\"; echo $$ > \"$0.new\"; mv \"$0.new\" \"$0.pid\"; exec cat \"$0.$$\"";
    script(&folder.join("git"), body);
    Git::find(CommandEnvironment {
        git: Some(folder.join("git")),
        variables: vec![("PATH".to_owned(), "/usr/bin:/bin".into())],
    })
    .expect("the script")
}

#[test]
fn a_network_call_that_nobody_waits_for_any_more_is_killed() {
    let world = World::empty();
    fix_and_develop(&world);
    let clone = UserClone::discover(&world.executable(), &world.clone()).expect("clone");
    let git = endless_git(world.path());
    let origin = world.origin();
    let repo = Repo::ensure(&git, &world.own(), &clone, origin.to_str().expect("UTF-8"))
        .expect("nothing to ask git about");
    let note = world.path().join("git.pid");
    wait(async {
        let listing = tokio::spawn({
            let repo = repo.clone();
            async move { repo.ls_remote().await.map(|refs| refs.len()) }
        });
        while !note.exists() {
            tokio::task::yield_now().await;
        }
        listing.abort();
        assert!(listing.await.is_err(), "aborted");
        let text = std::fs::read_to_string(&note).expect("written before the move");
        let process = Path::new("/proc").join(text.trim());
        while process.exists() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn no_repository_and_an_empty_one_are_told_apart() {
    let world = World::empty();
    let git = world.executable();
    let nowhere = UserClone::discover(&git, &world.home());
    assert!(matches!(nowhere, Err(Error::NoRepository { .. })));
    let nowhere = UserClone::discover(&git, Path::new("/does/not/exist"));
    assert!(matches!(nowhere, Err(Error::NoRepository { .. })));
    let clone = UserClone::discover(&git, &world.clone()).expect("empty but there");
    assert!(clone.branches().expect("none").is_empty());
    assert!(matches!(
        clone.resolve("HEAD"),
        Err(Error::NoSuchRevision { .. })
    ));
    let missing = clone.remote_url("upstream").expect_err("no such remote");
    assert!(missing.to_string().contains("there is origin"), "{missing}");
    let repo = own(&world, &world.clone()).expect("own repository");
    assert!(
        wait(repo.fetch())
            .expect("an empty remote")
            .moved
            .is_empty()
    );
    assert!(repo.tips().expect("none").is_empty());
}

#[test]
fn an_unreachable_remote_is_an_error_with_its_address_and_nothing_is_unknown() {
    let world = World::empty();
    let (_, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    std::fs::rename(world.origin(), world.path().join("away")).expect("moved away");
    let error = wait(repo.fetch()).expect_err("gone");
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("origin.git"), "{error}");
    assert!(matches!(
        wait(repo.ls_remote()),
        Err(Error::Unreachable { .. })
    ));
    let update = RefUpdate {
        name: name("refs/heads/x"),
        new: Some(fix.clone()),
        expected: None,
        replaces: false,
    };
    assert!(matches!(
        wait(repo.push(&[update])),
        Err(Error::Unreachable { .. })
    ));
    assert_eq!(repo.resolve("main").expect("as last fetched"), fix);
}

#[test]
fn git_missing_or_too_old_is_said() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let find = |git: Option<PathBuf>| {
        Git::find(CommandEnvironment {
            git,
            variables: Vec::new(),
        })
    };
    assert!(matches!(find(None), Err(Error::NoGit)));
    let program = folder.path().join("git");
    script(&program, "echo git version 2.30.1");
    let error = find(Some(program)).expect_err("too old");
    assert!(matches!(error, Error::GitTooOld { .. }), "{error}");
    assert!(error.to_string().contains("2.30.1") && error.to_string().contains("2.38"));
}

#[test]
fn a_removal_that_was_cut_off_is_finished_and_stands_in_nobodys_way() {
    let world = World::empty();
    let open = || own(&world, &world.clone()).expect("own repository");
    drop(open());
    let dir = world.own();
    let removed = dir.with_extension("removed");
    // As a killed process leaves it: moved away, and half gone.
    std::fs::rename(&dir, &removed).expect("moved");
    std::fs::remove_file(removed.join("lanekeeper")).expect("the mark is gone first");
    drop(open());
    assert!(dir.join("lanekeeper").is_file());
    assert!(!removed.exists());
    // One that must be made anew is moved away as a whole before anything in it is removed.
    std::fs::write(dir.join("config"), "[core]\n").expect("written");
    drop(open());
    assert!(dir.join("lanekeeper").is_file());
    assert!(!removed.exists());
}
