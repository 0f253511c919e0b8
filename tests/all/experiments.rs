//! The experiments of flows.md section 6 on real repositories: what keeps a hotfix through the next promotion, what
//! loses it, and that we can tell.

mod drivers;
mod promotions;

use std::path::PathBuf;

use lanekeeper::git::ConflictPolicy;
use lanekeeper::git::PickOrder;
use lanekeeper::git::Pushed;
use lanekeeper::git::RefUpdate;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::CommitId;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::Person;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Presence;
use lanekeeper::model::Rule;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Verdict;

use super::support::repository::LINES;
use super::support::repository::World;

/// Unlike every other file, so that nothing looks renamed to it.
const ADDED: &str = "what the fix adds\n";

fn wait<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("runtime")
        .block_on(body)
}

/// Pushes everything and returns our own repository after a fetch.
fn fetched(world: &World) -> Repo {
    world.push();
    let git = world.executable();
    let clone = UserClone::discover(&git, &world.clone()).expect("clone");
    let origin = world.origin();
    let url = origin.to_str().expect("UTF-8");
    let repo = Repo::ensure(&git, &world.own(), &clone, url).expect("own repository");
    wait(repo.fetch()).expect("the remote is there");
    repo
}

fn ana() -> Person {
    Person::from_email("Ana", "ana@example.org")
}

fn picked(repo: &Repo, onto: &CommitId, commit: &CommitId) -> lanekeeper::git::Built {
    let order = PickOrder {
        onto: onto.clone(),
        commits: vec![commit.clone()],
        policy: ConflictPolicy::DraftWithMarkers,
        trailers: vec![("Hotfix-Id".into(), "hf-1".into())],
        committer: Person::from_email("Ben", "ben@example.org"),
        at: Timestamp::from_second(1_800_000_000),
    };
    repo.build_picks(&order).expect("built")
}

/// `main` is RUN with the fix in its tip, `develop` is BUILD, cut before the fix, and has a line of work of its own.
struct Story {
    world: World,
    /// What production was before the fix.
    base: CommitId,
    fix: CommitId,
}

impl Story {
    fn new() -> Self {
        let world = World::empty();
        world.write("app.txt", LINES);
        world.write("other.txt", LINES);
        let base = world.commit("base");
        world.switch("develop", Some("main"));
        world.change("next.txt", "the next version\n", "work on the next version");
        world.switch("main", None);
        world.write("app.txt", LINES.replace('5', "five"));
        world.write("fix.txt", ADDED);
        let fix = world.commit("fix: five");
        Self { world, base, fix }
    }

    fn on_develop(&self) -> &World {
        self.world.switch("develop", None);
        &self.world
    }

    /// Tells whether the fix is in BUILD's tip.
    fn in_build(&self, repo: &Repo) -> Presence {
        let tip = self.world.id("develop");
        repo.presence(&self.base, &self.fix, &tip).expect("judged")
    }

    /// Promotes BUILD into RUN in memory, and tells whether that is clean and the fix still there.
    fn promoted(&self, repo: &Repo) -> (bool, Verdict) {
        let (build, run) = (self.world.id("develop"), self.world.id("main"));
        let prediction = repo.predict_merge(&build, &run).expect("predicted");
        let is_clean = matches!(
            prediction.outcome,
            PredictionOutcome::Clean | PredictionOutcome::Already
        );
        let tree = prediction.tree.expect("a tree came out");
        let judged = repo.presence_in_tree(&self.base, &self.fix, &tree);
        (is_clean, judged.expect("judged").0)
    }
}

fn files_of(world: &World) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![world.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let content = std::fs::read(&path).expect("readable");
                files.push((path, content));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn x1_a_prediction_is_exact_and_touches_no_worktree() {
    let story = Story::new();
    let world = story.on_develop();
    world.switch("rival", Some("develop"));
    world.change("app.txt", LINES.replace('5', "V"), "the same line");
    let repo = fetched(world);
    let before = files_of(world);
    let onto = |branch: &str| {
        let onto = world.id(branch);
        repo.predict_pick(&story.fix, &story.base, &onto)
            .expect("predicted")
            .outcome
    };
    assert_eq!(onto("develop"), PredictionOutcome::Clean);
    let PredictionOutcome::Conflict { paths } = onto("rival") else {
        panic!("the same line was changed");
    };
    let named: Vec<_> = paths
        .iter()
        .map(|path| (path.path.as_str(), path.kind))
        .collect();
    assert_eq!(named, [("app.txt", ConflictKind::Content)]);
    assert!(files_of(world) == before);
    // The pick that is built is the pick that was predicted.
    world.switch("develop", None);
    world.git(&["cherry-pick", story.fix.as_str()]);
    let built = picked(&repo, &world.id("develop^"), &story.fix);
    assert_eq!(built.tree, world.id("develop^{tree}"));
}

#[test]
fn x2_a_squash_is_picked_like_a_merge_against_its_first_parent() {
    let story = Story::new();
    let repo = fetched(story.on_develop());
    let built = picked(&repo, &story.world.id("develop"), &story.fix);
    let commit = repo.commit(&built.head).expect("stored");
    assert_eq!(commit.parents, [story.world.id("develop")]);
    assert_eq!(built.conflicts, []);
}

#[test]
fn x3_what_is_there_already_is_not_picked_again() {
    let story = Story::new();
    let world = story.on_develop();
    world.git(&["cherry-pick", story.fix.as_str()]);
    let repo = fetched(world);
    let tip = world.id("develop");
    let predicted = repo
        .predict_pick(&story.fix, &story.base, &tip)
        .expect("predicted");
    assert_eq!(predicted.outcome, PredictionOutcome::Already);
    assert_eq!(picked(&repo, &tip, &story.fix).head, tip);
}

#[test]
fn x4_a_request_picked_as_one_commit_is_found_by_its_trailer_and_without_one_by_its_content() {
    let world = World::empty();
    world.write("app.txt", LINES);
    let base = world.commit("base");
    for branch in ["develop", "bare"] {
        world.switch(branch, Some("main"));
        world.change(branch, "own work\n", "own work");
    }
    world.switch("hotfix", Some("main"));
    world.change("app.txt", LINES.replace('1', "one"), "first");
    world.change(
        "app.txt",
        LINES.replace('1', "one").replace('9', "nine"),
        "second",
    );
    world.switch("main", None);
    world.git(&["merge", "-q", "--no-ff", "-m", "Merge hotfix", "hotfix"]);
    let merge = world.id("main");
    world.switch("develop", None);
    world.git(&["cherry-pick", "-x", "-m", "1", merge.as_str()]);
    world.switch("bare", None);
    world.git(&["cherry-pick", "-m", "1", merge.as_str()]);
    world.git(&["commit", "-q", "--amend", "-m", "by hand"]);
    let repo = fetched(&world);
    let judged = |branch: &str| {
        let tip = world.id(branch);
        assert!(!repo.is_ancestor(&merge, &tip).expect("known"));
        repo.presence(&base, &merge, &tip).expect("judged")
    };
    let (named, by_hand) = (judged("develop"), judged("bare"));
    assert_eq!(
        (named.verdict, named.rule),
        (Verdict::Present, Some(Rule::Trailer))
    );
    assert_eq!(by_hand.verdict, Verdict::Present);
    assert!(!matches!(
        by_hand.rule,
        Some(Rule::Ancestor | Rule::Trailer) | None
    ));
}

#[test]
fn x10_of_four_conflicted_paths_only_one_has_markers() {
    let world = World::empty();
    let [_, fix, develop] = world.four_conflicts("fix: all of it\n\nIt was broken.");
    let repo = fetched(&world);
    let built = picked(&repo, &develop, &fix);
    let named: Vec<_> = built
        .conflicts
        .iter()
        .map(|path| (path.path.as_str(), path.kind))
        .collect();
    assert_eq!(
        named,
        [
            ("gone", ConflictKind::ModifyDelete),
            ("kept", ConflictKind::ModifyDelete),
            ("picture", ConflictKind::Binary),
            ("text", ConflictKind::Content),
        ]
    );
    let has_markers = |path: &&lanekeeper::model::ConflictPath| {
        let file = repo.read_file(&built.head, &path.path).expect("readable");
        file.is_some_and(|bytes| bytes.windows(8).any(|window| window == b"<<<<<<< "))
    };
    assert_eq!(built.conflicts.iter().filter(has_markers).count(), 1);
    // So the list is the gate: all four are undecided.
    let open = repo.undecided(&built.head, &built.conflicts).expect("read");
    assert_eq!(open.len(), 4);
}

#[test]
fn x11_a_draft_with_conflicts_keeps_message_author_and_trailer() {
    let world = World::empty();
    let [_, fix, develop] = world.four_conflicts("fix: all of it\n\nIt was broken.");
    let repo = fetched(&world);
    let built = picked(&repo, &develop, &fix);
    let (draft, source) = (
        repo.commit(&built.head).expect("stored"),
        repo.commit(&fix).expect("stored"),
    );
    let text = draft.message.raw();
    assert!(
        text.starts_with("fix: all of it\n\nIt was broken."),
        "{text}"
    );
    assert!(
        text.contains(&format!("(cherry picked from commit {fix})")),
        "{text}"
    );
    assert!(text.contains("Hotfix-Id: hf-1"), "{text}");
    assert_eq!(draft.author, source.author);
    assert_eq!(draft.authored_at, source.authored_at);
}

#[test]
fn x13_a_lock_by_refs_refuses_the_second_claimant_and_the_stale_updater() {
    let story = Story::new();
    let repo = fetched(&story.world);
    let lock = |new: &CommitId, expected: Option<&CommitId>| {
        let update = RefUpdate {
            name: "refs/heads/hotfix/lock/shop".parse().expect("a ref name"),
            new: Some(new.clone()),
            expected: expected.cloned(),
            replaces: true,
        };
        wait(repo.push(&[update])).expect("answered").remove(0)
    };
    let (first, second) = (&story.base, &story.fix);
    let third = story.world.id("develop");
    assert_eq!(lock(first, None), Pushed::Done);
    assert_eq!(lock(second, None), Pushed::Stale);
    assert_eq!(lock(second, Some(first)), Pushed::Done);
    assert_eq!(lock(&third, Some(first)), Pushed::Stale);
    let held = story.world.remote_id("refs/heads/hotfix/lock/shop");
    assert_eq!(held.as_ref(), Some(second));
}
