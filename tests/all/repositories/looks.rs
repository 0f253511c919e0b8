//! What a look asks again and again: refs, history, merges. Answered in process, and never otherwise than by git.

use std::collections::BTreeMap;
use std::fmt::Write;

use lanekeeper::git::NewLink;
use lanekeeper::git::Question;
use lanekeeper::git::RefUpdate;
use lanekeeper::git::Repo;
use lanekeeper::model::CommitId;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Verdict;

use super::FOUR;
use super::LINES;
use super::at;
use super::ben;
use super::fetched;
use super::fix_and_develop;
use super::merge;
use super::name;
use super::own;
use super::picks;
use super::wait;
use crate::support::repository::World;

/// From now on every git that is started fails, so only what happens in process can answer. A call that computes reads no
/// configuration but our own: that is broken too, by what libgit2 does not look at.
pub(super) fn break_git(world: &World) {
    let config = world.own().join("config");
    let text = std::fs::read_to_string(&config).expect("our own repository is made");
    std::fs::write(&config, text + "[core]\n\tabbrev = broken\n").expect("written");
    let (is_working, _) = world.try_git_in(&world.own(), &["for-each-ref"]);
    assert!(!is_working, "git must fail in our own repository as well");
    std::fs::write(world.home().join("gitconfig"), "[broken").expect("written");
    let (is_working, _) = world.try_git_in(&world.origin(), &["rev-parse", "HEAD"]);
    assert!(!is_working, "git must fail for this test to prove anything");
}

/// Commits with up to three parents, picked by a fixed sequence of numbers; most share a second.
pub(super) fn tangle(world: &World, seed: u64, count: usize) -> Vec<CommitId> {
    let mut number = seed;
    let mut next = move |below: usize| {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(number >> 33).expect("31 bits") % below
    };
    let mut stream = String::new();
    for index in 1..=count {
        let second = 1_700_000_000 + index / 3;
        let parents: std::collections::BTreeSet<usize> = (0..next(3) + 1)
            .filter(|_| index > 1)
            .map(|_| index - 1 - next((index - 1).min(9)))
            .filter(|parent| *parent > 0)
            .collect();
        writeln!(stream, "commit refs/heads/b{index}\nmark :{index}").expect("memory");
        writeln!(stream, "committer A <a@example.org> {second} +0000").expect("memory");
        writeln!(stream, "data <<E\n{seed} {index}\nE").expect("memory");
        for (place, parent) in parents.iter().enumerate() {
            let word = if place == 0 { "from" } else { "merge" };
            writeln!(stream, "{word} :{parent}").expect("memory");
        }
        stream.push('\n');
    }
    let git = world.executable();
    git.run(
        &world.origin(),
        &["fast-import", "--quiet"],
        Some(stream.as_bytes()),
    )
    .expect("imported");
    (1..=count)
        .map(|index| world.remote_id(&format!("refs/heads/b{index}")))
        .map(|id| id.expect("imported"))
        .collect()
}

fn ids(text: &str) -> Vec<CommitId> {
    text.lines().map(|id| id.parse().expect("an id")).collect()
}

#[test]
fn history_in_memory_is_the_history_of_git() {
    for seed in 1..=2 {
        let world = World::empty();
        let commits = tangle(&world, seed, 40);
        let repo = own(&world, &world.clone()).expect("own repository");
        wait(repo.fetch()).expect("the remote is there");
        let git = |arguments: &[&str]| world.try_git_in(&world.origin(), arguments);
        for (a, b) in (0..40).map(|n| (&commits[n * 7 % 40], &commits[n * 11 % 37])) {
            let (is_ancestor, _) = git(&["merge-base", "--is-ancestor", a.as_str(), b.as_str()]);
            assert_eq!(repo.is_ancestor(a, b).expect("known"), is_ancestor);
            let (_, base) = git(&["merge-base", a.as_str(), b.as_str()]);
            let found = repo.merge_base(a, b).expect("known");
            assert_eq!(found, base.trim().parse().ok(), "{a} {b}");
            let range = format!("{a}...{b}");
            let (_, counts) = git(&["rev-list", "--left-right", "--count", &range]);
            let (ahead, behind) = repo.ahead_behind(a, b).expect("known");
            assert_eq!(format!("{ahead}\t{behind}"), counts.trim());
            let third = &commits[20];
            for exclude in [vec![], vec![a.clone()], vec![a.clone(), third.clone()]] {
                let mut rest = vec![b.as_str(), "--not"];
                rest.extend(exclude.iter().map(CommitId::as_str));
                for limit in [3, 100] {
                    let max = format!("--max-count={limit}");
                    let (_, listed) =
                        git(&[&["rev-list", "--topo-order", &max], &rest[..]].concat());
                    let found = repo.between(&exclude, b, limit).expect("known");
                    let found: Vec<CommitId> = found.into_iter().map(|c| c.id).collect();
                    assert_eq!(found, ids(&listed), "{rest:?}");
                    let (_, listed) =
                        git(&[&["rev-list", "--first-parent", &max], &rest[..]].concat());
                    let found = repo.first_parents(&exclude, b, limit).expect("known");
                    let found: Vec<CommitId> = found.into_iter().map(|c| c.id).collect();
                    assert_eq!(found, ids(&listed), "{rest:?}");
                }
            }
        }
    }
}

#[test]
fn a_second_look_starts_no_process() {
    let world = World::empty();
    let [base, fix, develop] = world.four_conflicts(FOUR);
    world.git(&["tag", "v1", "-m", "first", "main"]);
    let repo = fetched(&world);
    let look = |repo: &Repo| {
        let prediction = repo.predict_pick(&fix, &base, &develop).expect("answer");
        let merged = repo.predict_merge(&fix, &develop).expect("answer");
        let presence = repo.presence(&base, &fix, &develop).expect("answer");
        let history = repo.first_parents(&[], &develop, 300).expect("answer");
        let riders = repo.between(std::slice::from_ref(&base), &fix, 300);
        let tags = repo.tags().expect("answer");
        let distance = repo.ahead_behind(&fix, &develop).expect("answer");
        let tips = repo.tips().expect("answer");
        let riders = riders.expect("answer");
        (
            (prediction, merged, presence),
            (history, riders, tags, distance, tips),
        )
    };
    let first = look(&repo);
    // As a new process would: only the graph of commits is loaded anew.
    let later = own(&world, &world.clone()).expect("own repository");
    assert!(later.is_ancestor(&base, &fix).expect("loaded"));
    break_git(&world);
    assert!(look(&repo) == first);
    assert!(look(&later) == first);
}

#[test]
fn what_was_prepared_is_answered_the_same() {
    let world = World::empty();
    let [base, fix, develop] = world.four_conflicts(FOUR);
    let repo = fetched(&world);
    let question = Question::Merge {
        other: fix.clone(),
        onto: develop.clone(),
    };
    repo.prepare(
        &[question],
        Some((&base, &fix)),
        std::slice::from_ref(&develop),
    )
    .expect("prepared");
    let tree = repo.predict_merge(&fix, &develop).expect("answer").tree;
    let tree = tree.expect("a tree");
    let (there, _) = repo.presence_in_tree(&base, &fix, &tree).expect("answer");
    let (here, _) = repo
        .presence_in_tree(&base, &fix, &develop)
        .expect("answer");
    let fresh = World::empty();
    let [base, fix, develop] = fresh.four_conflicts(FOUR);
    let repo = fetched(&fresh);
    let slow = |tree| repo.presence_in_tree(&base, &fix, tree).expect("answer").0;
    repo.predict_merge(&fix, &develop).expect("makes the tree");
    assert_eq!([there, here], [slow(&tree), slow(&develop)]);
}

#[test]
fn a_push_of_another_process_is_seen_at_once() {
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    let other = own(&world, &world.clone()).expect("the same repository, opened again");
    assert!(
        !repo
            .is_ancestor(&fix, &repo.resolve("develop").expect("there"))
            .expect("known")
    );
    let built = other
        .build_merge(&merge(&base, &fix, false))
        .expect("built");
    let update = RefUpdate {
        name: name("refs/heads/develop"),
        new: Some(built.head.clone()),
        expected: Some(base.clone()),
        replaces: false,
    };
    wait(other.push(&[update])).expect("pushed");
    assert_eq!(repo.resolve("develop").expect("there"), built.head);
    assert!(repo.is_ancestor(&fix, &built.head).expect("read singly"));
    assert_eq!(
        repo.ahead_behind(&built.head, &base).expect("known"),
        (2, 0)
    );
    // A folder where a branch was: git itself must move the refs.
    world.git_in(&world.origin(), &["branch", "-D", "develop"]);
    let below = RefUpdate {
        name: name("refs/heads/develop/2"),
        new: Some(fix.clone()),
        expected: None,
        replaces: false,
    };
    let _noted_or_not = wait(other.push(&[below]));
    wait(repo.fetch()).expect("fetched");
    assert_eq!(repo.resolve("develop/2").expect("there"), fix);
    assert!(repo.resolve("develop").is_err());
}

#[test]
fn tags_of_every_kind_are_followed_or_left_out() {
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    world.git(&["tag", "plain", base.as_str()]);
    world.git(&["tag", "noted", "-m", "x", fix.as_str()]);
    world.git(&["tag", "twice", "-m", "x", "noted"]);
    world.git(&["tag", "folder", "HEAD^{tree}"]);
    let repo = fetched(&world);
    let tags = repo.tags().expect("read");
    let named = |id: &CommitId| tags[id].join(" ");
    assert_eq!([named(&base), named(&fix)], ["plain", "noted twice"]);
    assert_eq!(tags.len(), 2);
    assert_eq!(repo.resolve("twice").expect("a commit"), fix);
    assert!(repo.resolve("folder").is_err());
}

#[test]
fn conflicts_of_submodules_modes_and_renames_are_told_apart() {
    let world = World::empty();
    world.write("script", LINES);
    world.write("old name", LINES);
    let link = |id: char| {
        let id = id.to_string().repeat(40);
        let info = format!("160000,{id},part");
        world.git(&["update-index", "--add", "--cacheinfo", &info]);
    };
    let commit = || {
        world.git(&["commit", "-q", "-m", "work"]);
        world.id("HEAD")
    };
    world.git(&["add", "-A"]);
    link('1');
    let base = commit();
    world.switch("develop", Some("main"));
    link('2');
    world.git(&["mv", "old name", "their name"]);
    std::fs::remove_file(world.clone().join("script")).expect("removed");
    std::os::unix::fs::symlink("elsewhere", world.clone().join("script")).expect("linked");
    world.git(&["add", "script"]);
    let develop = commit();
    world.git(&["checkout", "-q", "-f", "main"]);
    link('3');
    world.git(&["mv", "old name", "our name"]);
    world.write("script", LINES.replace('5', "five"));
    world.git(&["add", "script"]);
    let fix = commit();
    let repo = fetched(&world);
    let prediction = repo.predict_pick(&fix, &base, &develop).expect("answer");
    let PredictionOutcome::Conflict { paths } = prediction.outcome else {
        panic!("{prediction:?}");
    };
    let kind_of = |path: &str| paths.iter().find(|p| p.path == path).map(|p| p.kind);
    assert_eq!(kind_of("part"), Some(ConflictKind::Submodule), "{paths:?}");
    assert_eq!(kind_of("our name"), Some(ConflictKind::Rename), "{paths:?}");
    assert_eq!(kind_of("script"), Some(ConflictKind::Type), "{paths:?}");
    let verdict = repo
        .presence(&base, &fix, &develop)
        .expect("answer")
        .verdict;
    assert_eq!(verdict, Verdict::Changed);
}

#[test]
fn an_octopus_is_not_picked() {
    let world = World::empty();
    let (base, _) = fix_and_develop(&world);
    for branch in ["a", "b"] {
        world.switch(branch, Some(base.as_str()));
        world.change(branch, "x", branch);
    }
    world.switch("main", None);
    world.git(&["merge", "-q", "-m", "three", "a", "b"]);
    let octopus = world.id("HEAD");
    let repo = fetched(&world);
    let order = picks(
        &base,
        &[&octopus],
        lanekeeper::git::ConflictPolicy::DraftWithMarkers,
    );
    let refused = repo.build_picks(&order);
    assert!(
        matches!(
            &refused,
            Err(lanekeeper::git::Error::Octopus { parents: 3, .. })
        ),
        "{refused:?}"
    );
}

#[test]
fn a_clone_with_reftable_is_used() {
    let world = World::empty();
    let (_, fix) = fix_and_develop(&world);
    world.push();
    let origin = world.origin();
    let origin = origin.to_str().expect("UTF-8");
    let clone = ["clone", "-q", "--ref-format=reftable", origin, "tables"];
    let (is_known, _) = world.try_git_in(world.path(), &clone);
    if !is_known {
        // A git from before reftable cannot make such a clone.
        return;
    }
    let repo = own(&world, &world.path().join("tables")).expect("own repository");
    wait(repo.fetch()).expect("fetched");
    assert_eq!(repo.resolve("main").expect("there"), fix);
}

#[test]
fn a_chain_of_ten_thousand_links_is_read_whole() {
    let world = World::empty();
    fix_and_develop(&world);
    let repo = fetched(&world);
    break_git(&world);
    let mut head = None;
    for number in 0..10_000 {
        let link = NewLink {
            author: ben(),
            at: at(),
            message: number.to_string(),
            files: BTreeMap::new(),
        };
        head = Some(repo.chain_build(head.as_ref(), &link).expect("built"));
    }
    let head = head.expect("ten thousand links");
    let links = repo.chain_read(&head, None).expect("read");
    assert_eq!(links.len(), 10_000);
    assert_eq!(links[9_999].message.raw(), "9999");
}
