//! Predictions, and the branches that are built from picks and merges.

use std::collections::BTreeMap;

use lanekeeper::git::Built;
use lanekeeper::git::ConflictPolicy;
use lanekeeper::git::Error;
use lanekeeper::git::NewLink;
use lanekeeper::model::CommitId;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::Person;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Timestamp;

use super::FOUR;
use super::LINES;
use super::at;
use super::ben;
use super::fetched;
use super::fix_and_develop;
use super::merge;
use super::picks;
use super::wait;
use super::with_each_git;
use crate::support::repository::World;
use crate::support::repository::all_gits;

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
        assert_eq!(paths[0].last_authors.names().count(), 2);
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

#[test]
fn a_conflicting_pick_becomes_a_draft_that_lists_every_path_and_kind() {
    with_each_git(|world| {
        let [_, fix, develop] = world.four_conflicts(FOUR);
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
    let [_, fix, develop] = world.four_conflicts(FOUR);
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
