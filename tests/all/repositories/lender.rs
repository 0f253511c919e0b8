//! What the clone has fetched is not fetched again; everything else is.

use std::path::Path;

use lanekeeper::git::CommandEnvironment;
use lanekeeper::git::Error;
use lanekeeper::git::Git;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;

use super::begin_with_sha256;
use super::fetched;
use super::fix_and_develop;
use super::name;
use super::narrow;
use super::wait;
use crate::support::repository::World;
use crate::support::repository::first_git;
use crate::support::repository::script;

/// Our repository of a clone, with a git that does everything but fetch.
fn without_fetch(world: &World, from: &Path) -> Repo {
    before_a_fetch(world, from, "echo no fetch today >&2; exit 9")
}

/// Our repository of a clone, with a git that runs these words of the shell before each fetch.
fn before_a_fetch(world: &World, from: &Path, words: &str) -> Repo {
    let bin = world.path().join("own-fetch");
    std::fs::create_dir_all(&bin).expect("made");
    let body = format!(
        "case \"$*\" in *' fetch '*) {words};; esac; exec '{}' \"$@\"",
        first_git().display()
    );
    script(&bin.join("git"), &body);
    let environment = CommandEnvironment {
        git: Some(bin.join("git")),
        ..world.environment()
    };
    let git = Git::find(environment).expect("the script says its version");
    let clone = UserClone::discover(&git, from).expect("a clone");
    let origin = world.origin();
    Repo::ensure(&git, &world.own(), &clone, origin.to_str().expect("UTF-8")).expect("our own")
}

#[test]
fn what_the_clone_has_is_taken_over_without_a_fetch_and_what_is_gone_goes() {
    let world = World::empty();
    let (_, fix) = fix_and_develop(&world);
    world.git(&["tag", "v1", "-m", "first", "main"]);
    world.push();
    // The first time, with nothing here yet.
    let repo = without_fetch(&world, &world.clone());
    wait(repo.fetch()).expect("everything is here");
    assert_eq!(repo.resolve("v1").expect("a tag"), world.id("v1^{commit}"));
    // Later: one branch moves, one comes, one goes.
    world.switch("main", None);
    let next = world.change("next.txt", "next\n", "next");
    world.git(&["branch", "hotfix/two", "main"]);
    world.push();
    world.git(&["push", "-q", "origin", ":develop"]);
    let moved = wait(repo.fetch()).expect("everything is here").moved;
    let moved: Vec<_> = moved
        .iter()
        .map(|one| (one.name.as_str(), one.to.as_ref()))
        .collect();
    assert_eq!(
        moved,
        [
            ("refs/heads/develop", None),
            ("refs/heads/hotfix/two", Some(&next)),
            ("refs/heads/main", Some(&next)),
        ]
    );
    assert!(repo.is_ancestor(&world.id("main~1"), &next).expect("whole"));
    assert!(repo.is_ancestor(&fix, &next).expect("whole"));
    assert_eq!(wait(repo.fetch()).expect("nothing is new").moved, []);
}

#[test]
fn what_the_clone_lacks_is_fetched_even_where_its_object_lies_about() {
    let world = World::empty();
    fix_and_develop(&world);
    drop(fetched(&world));
    // The object is in the clone, but no ref of it leads there: what is below may be gone already.
    world.switch("main", None);
    let next = world.change("next.txt", "next\n", "next");
    world.push();
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let repo = without_fetch(&world, &world.clone());
    let error = wait(repo.fetch()).expect_err("no ref leads to it");
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_ne!(repo.resolve("main").expect("as before"), next);
    drop(repo);
    assert_eq!(fetched_anew(&world, &world.clone()), next);
}

#[test]
fn a_clone_that_is_not_whole_lends_nothing() {
    for kind in ["--depth=1", "--filter=blob:none"] {
        let world = World::empty();
        fix_and_develop(&world);
        world.push();
        world.git_in(
            &world.origin(),
            &["config", "uploadpack.allowFilter", "true"],
        );
        let repo = without_fetch(&world, &narrow(&world, kind));
        let error = wait(repo.fetch()).expect_err(kind);
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        assert_eq!(
            repo.remote_ref(&name("refs/heads/main")).expect("read"),
            None
        );
    }
}

#[test]
fn a_poll_of_an_unchanged_remote_opens_no_packs_until_they_change() {
    let world = World::empty();
    fix_and_develop(&world);
    let repo = fetched(&world);
    let polled = || {
        repo.rest();
        wait(repo.fetch()).expect("the remote is there");
        repo.times_opened()
    };
    let opened = polled();
    for _ in 0..3 {
        assert_eq!(polled(), opened);
    }
    // Whoever packs a clone anew may have dropped what was borrowed.
    world.git(&["repack", "-a", "-d", "-q"]);
    assert_eq!(polled(), opened + 1);
    assert_eq!(polled(), opened + 1);
}

#[test]
fn where_only_git_can_find_objects_an_unchanged_poll_fetches_once() {
    let world = World::empty();
    begin_with_sha256(&world);
    fix_and_develop(&world);
    world.push();
    let told = world.path().join("told");
    let words = format!("echo fetched >>'{}'", told.display());
    let repo = before_a_fetch(&world, &world.clone(), &words);
    let fetches = || {
        wait(repo.fetch()).expect("the remote is there");
        std::fs::read_to_string(&told).map_or(0, |text| text.lines().count())
    };
    assert_eq!([fetches(), fetches(), fetches()], [1, 1, 1]);
    world.switch("main", None);
    let next = world.change("next.txt", "next\n", "next");
    world.push();
    assert_eq!([fetches(), fetches()], [2, 2]);
    assert_eq!(repo.resolve("main").expect("a branch"), next);
}

/// Fetches with a whole git; returns where main is then.
fn fetched_anew(world: &World, from: &Path) -> lanekeeper::model::CommitId {
    let repo = super::own(world, from).expect("our own");
    wait(repo.fetch()).expect("the remote is there");
    repo.resolve("main").expect("a branch")
}
