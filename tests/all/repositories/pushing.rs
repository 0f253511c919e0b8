//! What is pushed, and the chains that are appended to: never over what somebody else did.

use std::collections::BTreeMap;
use std::path::Path;

use lanekeeper::git::Chains;
use lanekeeper::git::CommandEnvironment;
use lanekeeper::git::Error;
use lanekeeper::git::Git;
use lanekeeper::git::NewLink;
use lanekeeper::git::Pushed;
use lanekeeper::git::RefUpdate;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::Carrier;
use lanekeeper::model::CommitId;

use super::at;
use super::begin_with_sha256;
use super::ben;
use super::fetched;
use super::fix_and_develop;
use super::merge;
use super::name;
use super::wait;
use crate::support::repository::World;
use crate::support::repository::first_git;
use crate::support::repository::script;

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
fn no_configuration_names_the_program_that_answers_on_the_other_side() {
    let world = World::empty();
    let (_, fix) = fix_and_develop(&world);
    world.push();
    let fired = world.path().join("fired");
    let address = format!("file://{}", world.origin().display());
    for (key, program) in [
        ("uploadpack", "git-upload-pack"),
        ("receivepack", "git-receive-pack"),
    ] {
        let canary = world.path().join(key);
        let body = format!("echo {key} >> '{}'; exec {program} \"$@\"", fired.display());
        script(&canary, &body);
        let file = world.home().join("gitconfig");
        let key = format!("remote.{address}.{key}");
        let (file, canary) = (file.to_string_lossy(), canary.to_string_lossy());
        world.git(&["config", "--file", &file, &key, &canary]);
    }
    let git = world.executable();
    let clone = UserClone::discover(&git, &world.clone()).expect("a clone");
    let repo = Repo::ensure(&git, &world.own(), &clone, &address).expect("our own");
    wait(repo.fetch()).expect("the remote is there");
    // Something that the clone does not have, so that it cannot be taken over from there.
    world.grow("main", 1);
    wait(repo.fetch()).expect("the remote is there");
    let update = RefUpdate {
        name: name("refs/heads/x"),
        new: Some(fix),
        expected: None,
        replaces: false,
    };
    assert_eq!(wait(repo.push(&[update])).expect("ran"), [Pushed::Done]);
    assert!(!fired.exists(), "{:?}", std::fs::read_to_string(&fired));
    // It is what git itself would run.
    world.git(&["ls-remote", &address]);
    world.git(&["push", "-q", &address, "main:refs/heads/y"]);
    let said = std::fs::read_to_string(&fired).expect("both ran");
    assert!(
        said.contains("uploadpack") && said.contains("receivepack"),
        "{said}"
    );
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
        let chains = Chains::within(&repo, Carrier::default());
        wait(chains.push(&chain, head, seen)).expect("ran")
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
fn a_long_chain_is_kept_as_it_was_read_and_told_as_its_objects_tell_it() {
    let world = World::empty();
    fix_and_develop(&world);
    let repo = fetched(&world);
    let chain = name("refs/lanekeeper/v1/hotfixes/x");
    let grow = |head: Option<CommitId>, from: usize, to: usize| {
        (from..to).fold(head, |head, number| {
            let link = NewLink {
                author: ben(),
                at: at(),
                message: number.to_string(),
                files: BTreeMap::from([("event.json".to_owned(), vec![b'x'; number])]),
            };
            Some(repo.chain_build(head.as_ref(), &link).expect("built"))
        })
    };
    let same = |head: &Option<CommitId>| {
        let head = head.as_ref().expect("a chain");
        let whole = repo.chain_whole(&chain, head).expect("read");
        assert_eq!(whole, repo.chain_read(head, None).expect("read"));
    };
    let folder = repo.dir().join("chains");
    let kept = || -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(&folder).into_iter().flatten();
        let path = |file: std::io::Result<std::fs::DirEntry>| file.expect("a file").path();
        files
            .map(|file| std::fs::read(path(file)).expect("read"))
            .collect()
    };
    let short = grow(None, 0, 200);
    same(&short);
    assert!(kept().is_empty(), "a short chain is read from its objects");
    let long = grow(short, 200, 300);
    same(&long);
    let first = kept();
    assert_eq!(first.len(), 1);
    let longer = grow(long.clone(), 300, 310);
    same(&longer);
    // Shorter again, and another one of the same name.
    same(&long);
    assert_eq!(
        kept(),
        first,
        "a few links more are read from their objects"
    );
    let other = grow(None, 1, 400);
    same(&other);
    assert_ne!(kept(), first);
    let file = std::fs::read_dir(&folder).expect("there").next();
    let file = file.expect("one").expect("a file").path();
    std::fs::write(file, b"damaged").expect("written");
    same(&other);
}

#[test]
fn what_is_too_large_for_a_chain_is_left_out_and_the_rest_is_read() {
    let known = World::empty();
    let foreign = World::empty();
    begin_with_sha256(&foreign);
    for world in [known, foreign] {
        fix_and_develop(&world);
        let repo = fetched(&world);
        let file = |name: &str, size: usize| (name.to_owned(), vec![b'x'; size]);
        let link = NewLink {
            author: ben(),
            at: at(),
            message: "note".to_owned(),
            files: BTreeMap::from([
                file("att/largest", 256 * 1024),
                file("att/larger", 256 * 1024 + 1),
                file("event.json", 3),
            ]),
        };
        let head = repo.chain_build(None, &link).expect("built");
        let links = repo.chain_read(&head, None).expect("read");
        let names: Vec<&str> = links[0].files.keys().map(String::as_str).collect();
        assert_eq!(names, ["att/largest", "event.json"]);
        assert_eq!(links[0].files["att/largest"].len(), 256 * 1024);
    }
}

/// Puts a git there whose push starts another process, as the other side of a push into a folder is one, and waits for it.
/// That process does `body` first, writes down its id, and would never end.
fn git_with_another_side(folder: &Path, body: &str) -> Git {
    let (git, other) = (folder.join("git"), folder.join("other"));
    let body = format!(
        "{body}\necho $$ > '{other}.new'\nmv '{other}.new' '{other}.pid'\nsleep 600 &\nwait",
        other = other.display()
    );
    script(&other, &body);
    let body = format!(
        "case \" $* \" in\n*\" push \"*) '{}' & wait ;;\n*) exec '{}' \"$@\" ;;\nesac",
        other.display(),
        first_git().display()
    );
    script(&git, &body);
    Git::find(CommandEnvironment {
        git: Some(git),
        variables: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".into())],
    })
    .expect("the script")
}

/// Pushes, stops to wait for it once the other side is at work, and returns when that has ended.
fn push_and_leave(world: &World, folder: &Path, body: &str) {
    let (_, fix) = fix_and_develop(world);
    world.push();
    let clone = UserClone::discover(&world.executable(), &world.clone()).expect("clone");
    let git = git_with_another_side(folder, body);
    let origin = world.origin();
    let repo = Repo::ensure(&git, &world.own(), &clone, origin.to_str().expect("UTF-8"))
        .expect("own repository");
    let note = folder.join("other.pid");
    wait(async {
        let update = RefUpdate {
            name: name("refs/heads/x"),
            new: Some(fix),
            expected: None,
            replaces: false,
        };
        let pushing = tokio::spawn(async move { repo.push(&[update]).await });
        while !note.exists() {
            tokio::task::yield_now().await;
        }
        pushing.abort();
        assert!(pushing.await.is_err(), "aborted");
        let text = std::fs::read_to_string(&note).expect("written before the move");
        let process = Path::new("/proc").join(text.trim()).join("stat");
        let is_at_work = |stat: String| !stat.contains(") Z ");
        while std::fs::read_to_string(&process).is_ok_and(is_at_work) {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(world.remote_id("refs/heads/x"), None);
}

#[test]
fn who_leaves_in_the_middle_of_a_push_lets_the_other_side_take_its_locks_away() {
    let world = World::empty();
    let folder = world.path().join("tools");
    std::fs::create_dir(&folder).expect("own folder");
    let lock = folder.join("x.lock");
    let body = format!(
        "trap \"rm -f '{lock}'; exit 1\" TERM\ntouch '{lock}'",
        lock = lock.display()
    );
    push_and_leave(&world, &folder, &body);
    assert!(!lock.exists(), "git takes it away when it is asked to end");
}

#[test]
fn who_leaves_in_the_middle_of_a_push_leaves_nobody_at_work_who_does_not_listen() {
    let world = World::empty();
    let folder = world.path().join("tools");
    std::fs::create_dir(&folder).expect("own folder");
    push_and_leave(&world, &folder, "trap '' TERM");
}
