//! The git room on real repositories of every kind.

mod commit_graph;
mod fixes;
mod looks;

use std::collections::BTreeMap;
use std::path::Path;

use lanekeeper::git::Built;
use lanekeeper::git::CommandEnvironment;
use lanekeeper::git::ConflictPolicy;
use lanekeeper::git::Error;
use lanekeeper::git::Git;
use lanekeeper::git::MergeBuild;
use lanekeeper::git::NewLink;
use lanekeeper::git::PickOrder;
use lanekeeper::git::Pushed;
use lanekeeper::git::RefUpdate;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::CommitId;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::Person;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::RefName;
use lanekeeper::model::Rule;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Verdict;

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

const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

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
    wait(repo.chain_push(&chain, &head, None)).expect("pushed");
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
        let (base, fix) = fix_and_develop(&world);
        world.push();
        world.git_in(
            &world.origin(),
            &["config", "uploadpack.allowFilter", "true"],
        );
        let mut from = world.clone();
        if kind != "sha256" {
            from = world.path().join("narrow");
            let url = format!("file://{}", world.origin().display());
            let target = from.to_str().expect("UTF-8");
            let arguments = ["clone", "-q", "--no-checkout", kind, &url, target];
            world.git_in(world.path(), &arguments);
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

#[test]
fn a_fetch_says_what_moved() {
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    world.git(&["tag", "v1", "-m", "first", "main"]);
    world.git_in(&world.origin(), &["branch", "-D", "develop"]);
    world.git(&["branch", "-q", "-D", "develop"]);
    let second = world.change("new", "x", "second");
    world.push();
    let moved = wait(repo.fetch()).expect("fetched").moved;
    let told: Vec<_> = moved
        .iter()
        .map(|m| (m.name.as_str(), m.from.as_ref(), m.to.as_ref()))
        .collect();
    assert_eq!(told[0], ("refs/heads/develop", Some(&base), None));
    assert_eq!(told[1], ("refs/heads/main", Some(&fix), Some(&second)));
    assert_eq!(told[2].0, "refs/tags/v1");
    assert_eq!(repo.tags().expect("tags")[&fix], vec!["v1".to_owned()]);
    assert!(wait(repo.fetch()).expect("fetched").moved.is_empty());
    let listed = wait(repo.ls_remote()).expect("listed");
    assert_eq!(listed[&name("refs/heads/main")], second);
}

#[test]
fn history_is_answered_by_full_ids_names_and_abbreviations() {
    with_each_git(|world| {
        let (base, fix) = fix_and_develop(&world);
        world.switch("develop", None);
        let work = world.change("src/other.txt", "work\n", "work on develop");
        let repo = fetched(&world);
        assert_eq!(repo.resolve("main").expect("branch"), fix);
        assert_eq!(repo.resolve("main~1").expect("parent"), base);
        assert_eq!(repo.resolve(fix.as_str()).expect("full"), fix);
        assert_eq!(repo.resolve(&fix.as_str()[..12]).expect("short"), fix);
        for bad in ["", "nothing", "-x", "main..develop", "main:src", "@{-1}"] {
            let answer = repo.resolve(bad);
            assert!(matches!(answer, Err(Error::NoSuchRevision { .. })), "{bad}");
        }
        assert_eq!(
            repo.merge_base(&fix, &work).expect("base"),
            Some(base.clone())
        );
        assert_eq!(repo.ahead_behind(&fix, &work).expect("counts"), (1, 1));
        assert!(!repo.is_ancestor(&fix, &work).expect("graph"));
        let between = repo
            .between(std::slice::from_ref(&base), &fix, 10)
            .expect("range");
        assert_eq!(between.len(), 1);
        assert_eq!(between[0].subject(), "fix: five");
        assert_eq!(between[0].author, Person::from_email("", "ana@example.org"));
        assert_eq!(repo.first_parents(&[], &fix, 1).expect("limited").len(), 1);
        let text = repo.read_file(&fix, "src/app.txt").expect("readable");
        assert_eq!(text, Some(LINES.replace('5', "five").into_bytes()));
        assert_eq!(repo.read_file(&fix, "src").expect("a folder"), None);
        assert_eq!(repo.read_file(&fix, "src/app.txt/x").expect("none"), None);
    });
}

#[test]
fn of_two_pushes_from_the_same_view_one_is_told_that_it_is_stale() {
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    let update = |name_: &str, new: &CommitId, expected: Option<&CommitId>| RefUpdate {
        name: name(name_),
        new: Some(new.clone()),
        expected: expected.cloned(),
        replaces: false,
    };
    let first = update("refs/heads/develop", &fix, Some(&base));
    assert_eq!(
        wait(repo.push(std::slice::from_ref(&first))).expect("ran"),
        [Pushed::Done]
    );
    assert_eq!(repo.resolve("develop").expect("noted"), fix);
    assert_eq!(wait(repo.push(&[first])).expect("ran"), [Pushed::UpToDate]);
    let other = repo.build_merge(&merge(&base, &fix, false)).expect("built");
    let late = update("refs/heads/develop", &other.head, Some(&base));
    assert_eq!(
        wait(repo.push(std::slice::from_ref(&late))).expect("ran"),
        [Pushed::Stale]
    );
    let fresh = update("refs/heads/new", &fix, None);
    let both = wait(repo.push(&[late, fresh.clone()])).expect("ran");
    assert_eq!(both, [Pushed::Stale, Pushed::Stale]);
    assert_eq!(world.remote_id("refs/heads/new"), None);
    assert_eq!(wait(repo.push(&[fresh])).expect("ran"), [Pushed::Done]);
    let taken = update("refs/heads/new", &base, None);
    assert_eq!(wait(repo.push(&[taken])).expect("ran"), [Pushed::Stale]);
}

#[test]
fn a_push_never_loses_commits_unless_it_says_so() {
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    let mut update = RefUpdate {
        name: name("refs/heads/main"),
        new: Some(base.clone()),
        expected: Some(fix.clone()),
        replaces: false,
    };
    let refused = wait(repo.push(std::slice::from_ref(&update)));
    assert!(matches!(refused, Err(Error::WouldRewind { .. })));
    assert_eq!(world.remote_id("refs/heads/main"), Some(fix));
    update.replaces = true;
    assert_eq!(wait(repo.push(&[update])).expect("ran"), [Pushed::Done]);
    assert_eq!(world.remote_id("refs/heads/main"), Some(base));
}

#[test]
fn a_hook_that_refuses_is_quoted() {
    let world = World::empty();
    let (_, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    let hook = world.origin().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().expect("in hooks")).expect("made");
    script(&hook, "echo 'freeze until monday' >&2; exit 1");
    let update = RefUpdate {
        name: name("refs/heads/x"),
        new: Some(fix),
        expected: None,
        replaces: false,
    };
    let answers = wait(repo.push(&[update])).expect("ran");
    let Pushed::Rejected(why) = &answers[0] else {
        panic!("{answers:?}");
    };
    assert!(why.show().contains("freeze until monday"), "{}", why.show());
}

#[test]
fn a_chain_takes_one_of_two_writers_and_reads_back_what_was_written() {
    let world = World::empty();
    fix_and_develop(&world);
    let repo = fetched(&world);
    let chain = name("refs/lanekeeper/v1/hotfixes/x");
    let link = |text: &str| NewLink {
        author: ben(),
        at: at(),
        message: format!("note {text}"),
        files: BTreeMap::from([
            ("event.json".to_owned(), text.as_bytes().to_vec()),
            ("att/log".to_owned(), vec![0, 255]),
        ]),
    };
    assert_eq!(wait(repo.chain_fetch(&chain)).expect("asked"), None);
    let one = repo.chain_build(None, &link("1")).expect("built");
    assert_eq!(repo.chain_build(None, &link("1")).expect("same"), one);
    let push = |head: &CommitId, seen: Option<&CommitId>| {
        wait(repo.chain_push(&chain, head, seen)).expect("ran")
    };
    assert_eq!(push(&one, None), Pushed::Done);
    let ours = repo.chain_build(Some(&one), &link("ours")).expect("built");
    let theirs = repo
        .chain_build(Some(&one), &link("theirs"))
        .expect("built");
    assert_eq!(push(&theirs, Some(&one)), Pushed::Done);
    assert_eq!(push(&ours, Some(&one)), Pushed::Stale);
    let head = wait(repo.chain_fetch(&chain)).expect("asked");
    assert_eq!(head.as_ref(), Some(&theirs));
    assert_eq!(repo.chain(&chain).expect("kept"), head);
    let links = repo.chain_read(&theirs, None).expect("linear");
    assert_eq!(links.len(), 2);
    assert_eq!(links[0].files, link("1").files);
    assert_eq!((&links[1].author, links[1].at), (&ben(), at()));
    assert_eq!(repo.chain_read(&theirs, Some(&one)).expect("rest").len(), 1);
    let rewritten = repo.chain_read(&ours, Some(&theirs));
    assert!(matches!(rewritten, Err(Error::NotLinear { .. })));
    let bad = NewLink {
        files: BTreeMap::from([("../x".to_owned(), Vec::new())]),
        ..link("bad")
    };
    assert!(matches!(
        repo.chain_build(None, &bad),
        Err(Error::BadPath { .. })
    ));
}

#[test]
fn predictions_are_the_same_with_every_git() {
    let mut trees: Vec<Option<CommitId>> = Vec::new();
    with_each_git(|world| {
        let (base, fix) = fix_and_develop(&world);
        world.switch("develop", None);
        let clean = world.change("src/other.txt", "work\n", "work");
        let repo_clash = world.change("src/app.txt", LINES.replace('5', "V"), "clash");
        let repo = fetched(&world);
        let prediction = repo.predict_pick(&fix, &base, &clean).expect("predicted");
        assert_eq!(prediction.outcome, PredictionOutcome::Clean);
        let already = repo.predict_pick(&fix, &base, &fix).expect("predicted");
        assert_eq!(already.outcome, PredictionOutcome::Already);
        let conflict = repo
            .predict_pick(&fix, &base, &repo_clash)
            .expect("predicted");
        let PredictionOutcome::Conflict { paths } = &conflict.outcome else {
            panic!("{conflict:?}");
        };
        assert_eq!(paths[0].path, "src/app.txt");
        assert_eq!(paths[0].kind, ConflictKind::Content);
        assert_eq!(paths[0].last_authors.len(), 2);
        let merged = repo.predict_merge(&fix, &clean).expect("predicted");
        assert_eq!(merged.outcome, PredictionOutcome::Clean);
        let unrelated = repo
            .chain_build(
                None,
                &NewLink {
                    author: ben(),
                    at: at(),
                    message: "alone".into(),
                    files: BTreeMap::from([("f".to_owned(), vec![1])]),
                },
            )
            .expect("built");
        let odd = repo.predict_merge(&unrelated, &clean).expect("answered");
        assert!(matches!(odd.outcome, PredictionOutcome::Unknown { .. }));
        assert!(!conflict.is_approximate);
    });
    for git in all_gits() {
        let world = World::with(&git);
        let (base, fix) = fix_and_develop(&world);
        world.switch("develop", None);
        let clash = world.change("src/app.txt", LINES.replace('5', "V"), "clash");
        let repo = fetched(&world);
        trees.push(
            repo.predict_pick(&fix, &base, &clash)
                .expect("predicted")
                .tree,
        );
    }
    assert!(
        trees.iter().all(|tree| tree.is_some() && *tree == trees[0]),
        "{trees:?}"
    );
}

/// One fix that conflicts in four ways on develop, of which one leaves markers.
fn four_conflicts(world: &World) -> (CommitId, CommitId, CommitId) {
    world.write("text", LINES);
    world.write("picture", [0, 1, 2, 0]);
    world.write("kept", LINES);
    world.write("gone", LINES);
    let base = world.commit("base");
    world.switch("develop", Some("main"));
    world.write("text", LINES.replace('5', "V"));
    world.write("picture", [0, 9, 9, 0]);
    world.write("kept", LINES.replace('1', "I"));
    std::fs::remove_file(world.clone().join("gone")).expect("removed");
    let develop = world.commit("develop goes on");
    world.switch("main", None);
    world.write("text", LINES.replace('5', "five"));
    world.write("picture", [0, 7, 7, 0]);
    std::fs::remove_file(world.clone().join("kept")).expect("removed");
    world.write("gone", LINES.replace('1', "one"));
    let fix = world.commit("fix: all [skip ci]\n\nIt was broken.");
    (base, fix, develop)
}

#[test]
fn a_conflicting_pick_becomes_a_draft_that_lists_every_path_and_kind() {
    with_each_git(|world| {
        let (_, fix, develop) = four_conflicts(&world);
        let repo = fetched(&world);
        let order = picks(&develop, &[&fix], ConflictPolicy::DraftWithMarkers);
        let built = repo.build_picks(&order).expect("built");
        let kinds: Vec<_> = built
            .conflicts
            .iter()
            .map(|c| (c.path.as_str(), c.kind))
            .collect();
        assert_eq!(
            kinds,
            [
                ("gone", ConflictKind::ModifyDelete),
                ("kept", ConflictKind::ModifyDelete),
                ("picture", ConflictKind::Binary),
                ("text", ConflictKind::Content),
            ]
        );
        let commit = repo.commit(&built.head).expect("stored");
        assert_eq!(commit.parents, std::slice::from_ref(&develop));
        assert_eq!(commit.author, Person::from_email("Ana", "ana@example.org"));
        assert_eq!(commit.authored_at, Timestamp::from_second(1_700_000_000));
        assert_eq!(commit.committed_at, at());
        let expected = format!(
            "fix: all\n\nIt was broken.\n\nConflicts:\n\tgone (modify-delete)\n\tkept (modify-delete)\n\tpicture (binary)\n\ttext (content)\n\n(cherry picked from commit {fix})\nHotfix-Id: hf-1\n"
        );
        assert_eq!(commit.message.raw(), expected);
        let open = repo.undecided(&built.head, &built.conflicts).expect("gate");
        assert_eq!(open.len(), 4, "nobody decided anything yet");
        let text = repo
            .read_file(&built.head, "text")
            .expect("read")
            .expect("there");
        let text = String::from_utf8(text).expect("text");
        assert!(text.contains(&format!(">>>>>>> {fix}")), "{text}");
    });
}

#[test]
fn a_path_is_decided_by_another_content_without_markers() {
    let world = World::empty();
    let (_, fix, develop) = four_conflicts(&world);
    let repo = fetched(&world);
    let order = picks(&develop, &[&fix], ConflictPolicy::DraftWithMarkers);
    let built = repo.build_picks(&order).expect("built");
    let marked = repo
        .read_file(&built.head, "text")
        .expect("read")
        .expect("there");
    world.switch("resolve", Some("develop"));
    world.write("text", [&marked[..], b"one more line\n"].concat());
    world.write("picture", [0, 5, 0]);
    let half = world.commit("half way");
    world.write("text", LINES.replace('5', "FIVE"));
    let all = world.commit("all of it");
    world.push();
    wait(repo.fetch()).expect("fetched");
    let open = |head: &CommitId| -> Vec<String> {
        let open = repo.undecided(head, &built.conflicts).expect("gate");
        open.into_iter().map(|conflict| conflict.path).collect()
    };
    assert!(open(&half).contains(&"text".to_owned()));
    assert!(!open(&half).contains(&"picture".to_owned()));
    assert!(!open(&all).contains(&"text".to_owned()));
    assert!(open(&all).contains(&"kept".to_owned()));
}

#[test]
fn a_later_pick_onto_an_open_conflict_waits_and_an_independent_one_goes_on() {
    with_each_git(|world| {
        let (base, first) = fix_and_develop(&world);
        let second = world.change("src/app.txt", LINES.replace('5', "fünf"), "again");
        let third = world.change("src/other.txt", LINES.replace('9', "nine"), "other");
        world.switch("develop", None);
        let develop = world.change("src/app.txt", LINES.replace('5', "V"), "clash");
        let repo = fetched(&world);
        let commits = [&first, &second, &third];
        let order = picks(&develop, &commits, ConflictPolicy::DraftWithMarkers);
        let built = repo.build_picks(&order).expect("built");
        assert_eq!(built.pending, std::slice::from_ref(&second));
        assert_eq!(built.conflicts.len(), 1);
        let other = repo.read_file(&built.head, "src/other.txt").expect("read");
        assert_eq!(other, Some(LINES.replace('9', "nine").into_bytes()));
        assert_eq!(
            repo.ahead_behind(&built.head, &develop).expect("counts"),
            (2, 0)
        );

        let fail = picks(&develop, &commits, ConflictPolicy::Fail);
        assert!(matches!(
            repo.build_picks(&fail),
            Err(Error::Conflicts { commit, .. }) if commit == first
        ));

        let empty = picks(&develop, &commits, ConflictPolicy::EmptyCommit);
        let empty = repo.build_picks(&empty).expect("built");
        assert_eq!(
            empty.tree,
            repo.build_merge(&merge(&develop, &base, false))
                .expect("same")
                .tree
        );
        assert_eq!(empty.pending.len(), 3);
        assert_eq!(
            repo.undecided(&empty.head, &empty.conflicts)
                .expect("gate")
                .len(),
            1
        );
    });
}

#[test]
fn clean_picks_keep_order_and_what_changes_nothing_is_left_out() {
    with_each_git(|world| {
        let (base, first) = fix_and_develop(&world);
        let second = world.change("src/app.txt", LINES.replace('5', "fünf"), "again");
        let repo = fetched(&world);
        let order = picks(&base, &[&first, &second], ConflictPolicy::Fail);
        let built: Built = repo.build_picks(&order).expect("built");
        let log = repo
            .between(std::slice::from_ref(&base), &built.head, 9)
            .expect("range");
        assert_eq!(log.len(), 2);
        assert_eq!(log[0].subject(), "again");
        let again = picks(&second, &[&second], ConflictPolicy::Fail);
        assert_eq!(repo.build_picks(&again).expect("nothing").head, second);
        let root = picks(&base, &[&base], ConflictPolicy::Fail);
        assert_eq!(repo.build_picks(&root).expect("nothing").head, base);
    });
}

#[test]
fn a_merge_commit_is_picked_against_its_first_parent() {
    with_each_git(|world| {
        let (base, fix) = fix_and_develop(&world);
        let repo = fetched(&world);
        let merged = repo.build_merge(&merge(&base, &fix, false)).expect("built");
        let parents = repo.commit(&merged.head).expect("stored").parents;
        assert_eq!(parents, [base.clone(), fix.clone()]);
        let order = picks(&base, &[&merged.head], ConflictPolicy::Fail);
        let built = repo.build_picks(&order).expect("built");
        assert_eq!(built.tree, merged.tree);
        let squashed = repo
            .build_squash(&merge(&base, &fix, false))
            .expect("built");
        assert_eq!(
            repo.commit(&squashed.head).expect("stored").parents,
            std::slice::from_ref(&base)
        );
        let nothing = repo
            .build_merge(&merge(&fix, &base, false))
            .expect("nothing");
        assert_eq!(nothing.head, fix);
    });
}

#[test]
fn a_merge_with_conflicts_is_refused_or_kept_as_asked() {
    let world = World::empty();
    let (_, fix) = fix_and_develop(&world);
    world.switch("develop", None);
    let develop = world.change("src/app.txt", LINES.replace('5', "V"), "clash");
    let repo = fetched(&world);
    let refused = repo.build_merge(&merge(&develop, &fix, false));
    assert!(matches!(refused, Err(Error::Conflicts { .. })));
    let kept = repo
        .build_merge(&merge(&develop, &fix, true))
        .expect("kept");
    assert_eq!(kept.conflicts.len(), 1);
    assert_eq!(repo.commit(&kept.head).expect("stored").parents.len(), 2);
}

#[test]
fn signing_that_fails_commits_nothing() {
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    let config = "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = /bin/false\n";
    std::fs::write(world.home().join("gitconfig"), config).expect("written");
    let order = picks(&base, &[&fix], ConflictPolicy::Fail);
    assert!(matches!(
        repo.build_picks(&order),
        Err(Error::Signing { .. })
    ));
}

#[test]
fn the_verdict_follows_the_tree_and_the_rule_explains_it() {
    with_each_git(|world| {
        let (base, fix) = fix_and_develop(&world);
        let pick = |branch: &str, extra: &[&str]| {
            world.switch(branch, Some("develop"));
            world.change("work", branch, "work goes on");
            world.git(&[&["cherry-pick", "-x", fix.as_str()][..], extra].concat());
            world.id("HEAD")
        };
        world.switch("never", Some("develop"));
        let never = world.change("work", "never", "work goes on");
        let picked = pick("picked", &[]);
        let reverted = {
            pick("reverted", &[]);
            world.git(&["revert", "--no-edit", "HEAD"]);
            world.id("HEAD")
        };
        world.switch("merged", Some("develop"));
        world.change("work", "merged", "work goes on");
        world.git(&["merge", "-q", "--no-ff", "-m", "retrofit", "main"]);
        let merged = world.id("HEAD");
        world.switch("ours", Some("develop"));
        world.change("work", "ours", "work goes on");
        world.git(&["merge", "-q", "-s", "ours", "-m", "retrofit", "main"]);
        let ours = world.id("HEAD");
        world.switch("renamed", Some("develop"));
        world.git(&["mv", "src/app.txt", "src/core.txt"]);
        world.commit("rename");
        world.git(&["cherry-pick", fix.as_str()]);
        let renamed = world.id("HEAD");
        let repo = fetched(&world);
        let told = |tip: &CommitId| {
            let presence = repo.presence(&base, &fix, tip).expect("judged");
            (presence.verdict, presence.rule)
        };
        assert_eq!(told(&merged), (Verdict::Present, Some(Rule::Ancestor)));
        assert_eq!(told(&picked), (Verdict::Present, Some(Rule::Trailer)));
        assert_eq!(told(&renamed), (Verdict::Present, Some(Rule::Tree)));
        assert_eq!(told(&reverted), (Verdict::Absent, Some(Rule::Tree)));
        assert_eq!(told(&ours), (Verdict::Absent, Some(Rule::Tree)));
        assert_eq!(told(&never), (Verdict::Absent, Some(Rule::Tree)));
        let empty = repo.presence(&fix, &fix, &never).expect("judged");
        assert_eq!((empty.verdict, empty.rule), (Verdict::Unknown, None));
    });
}

#[test]
fn a_fix_of_two_files_with_one_gone_is_changed_and_says_which() {
    with_each_git(|world| {
        let (base, _) = fix_and_develop(&world);
        let fix = world.change("src/other.txt", LINES.replace('5', "five"), "fix: more");
        world.switch("develop", None);
        world.git(&["merge", "-q", "--no-ff", "-m", "retrofit", "main"]);
        std::fs::remove_file(world.clone().join("src/other.txt")).expect("removed");
        let tip = world.commit("drop the other");
        let repo = fetched(&world);
        let presence = repo.presence(&base, &fix, &tip).expect("judged");
        assert_eq!(presence.verdict, Verdict::Changed);
        let paths: Vec<_> = presence
            .paths
            .iter()
            .map(|p| (p.path.as_str(), p.verdict))
            .collect();
        assert_eq!(
            paths,
            [
                ("src/app.txt", Verdict::Present),
                ("src/other.txt", Verdict::Changed),
            ]
        );
    });
}

#[test]
fn a_worktree_holds_the_files_of_its_commit_and_leaves_nothing_behind() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    let one = repo.worktree(&fix).expect("made");
    let two = repo.worktree(&base).expect("made beside it");
    let text = std::fs::read_to_string(one.path().join("src/app.txt")).expect("a file");
    assert!(text.contains("five"));
    let around = one.path().parent().expect("a folder around");
    let mode = around.metadata().expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let (path, other) = (one.path().to_owned(), two.path().to_owned());
    drop(one);
    assert!(!path.exists() && other.exists());
    drop(two);
    let left = std::fs::read_dir(world.own().join("worktrees"));
    assert_eq!(left.map_or(0, Iterator::count), 0);
}

/// A git that says its version and then, asked for anything else, writes down its process and never ends.
fn endless_git(folder: &Path) -> Git {
    let body = "[ \"$1\" = --version ] && { echo git version 2.50.0; exit; }\n\
        mkfifo \"$0.$$\"; echo $$ > \"$0.new\"; mv \"$0.new\" \"$0.pid\"; exec cat \"$0.$$\"";
    script(&folder.join("git"), body);
    let path = std::env::join_paths([folder, Path::new("/usr/bin"), Path::new("/bin")]);
    Git::find(CommandEnvironment {
        path: path.expect("no colon"),
        variables: Vec::new(),
        not_inside: None,
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
fn reading_a_long_chain_takes_no_process_per_link() {
    let world = World::empty();
    fix_and_develop(&world);
    let repo = fetched(&world);
    let mut head = None;
    for number in 0..300 {
        let link = NewLink {
            author: ben(),
            at: at(),
            message: format!("note {number}"),
            files: BTreeMap::from([("event.json".to_owned(), number.to_string().into_bytes())]),
        };
        head = Some(repo.chain_build(head.as_ref(), &link).expect("built"));
    }
    let head = head.expect("three hundred links");
    // Without a git to run, only what happens in process can answer.
    std::fs::write(world.home().join("gitconfig"), "[broken").expect("written");
    let links = repo.chain_read(&head, None).expect("read");
    assert_eq!(links.len(), 300);
    assert_eq!(links[299].files["event.json"], b"299");
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
fn git_missing_too_old_or_inside_the_repository_is_said() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let find = |not_inside: Option<&Path>| {
        Git::find(CommandEnvironment {
            path: std::env::join_paths([Path::new("relative"), folder.path()]).expect("no colon"),
            variables: Vec::new(),
            not_inside: not_inside.map(Path::to_owned),
        })
    };
    assert!(matches!(find(None), Err(Error::NoGit)));
    let program = folder.path().join("git");
    script(&program, "echo git version 2.30.1");
    let error = find(None).expect_err("too old");
    assert!(matches!(error, Error::GitTooOld { .. }), "{error}");
    assert!(error.to_string().contains("2.30.1") && error.to_string().contains("2.38"));
    assert!(matches!(find(Some(folder.path())), Err(Error::NoGit)));
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
