//! A place to try picks: a real repository with `main` (RUN) and `develop` (BUILD), and the git room on it.

use lanekeeper::git::Built;
use lanekeeper::git::BuiltFrom;
use lanekeeper::git::ConflictPolicy;
use lanekeeper::git::Error;
use lanekeeper::git::PickOrder;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::CommitId;
use lanekeeper::model::ConflictPath;
use lanekeeper::model::Person;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Timestamp;

pub(super) use crate::support::repository::LINES;
use crate::support::repository::World;

/// Runs an async body to its end.
pub(super) fn wait<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime")
        .block_on(body)
}

/// A repository that is not looked at yet.
pub(super) struct Ground {
    pub(super) world: World,
}

impl Ground {
    /// Makes `main` and `develop` at one commit, with these files; `main` is checked out.
    pub(super) fn with(files: &[(&str, &[u8])]) -> Self {
        let world = World::empty();
        for (path, content) in files {
            world.write(path, content);
        }
        world.commit("base");
        world.git(&["branch", "develop"]);
        Self { world }
    }

    /// The same, with `app.txt` of nine lines.
    pub(super) fn new() -> Self {
        Self::with(&[("app.txt", LINES.as_bytes())])
    }

    /// Pushes everything and returns the bench on it.
    pub(super) fn look(self) -> Bench {
        self.world.push();
        let git = self.world.executable();
        let clone = UserClone::discover(&git, &self.world.clone()).expect("a clone");
        let origin = self.world.origin();
        let url = origin.to_str().expect("UTF-8");
        let repo = Repo::ensure(&git, &self.world.own(), &clone, url).expect("own repository");
        wait(repo.fetch()).expect("the remote is there");
        Bench {
            world: self.world,
            repo,
        }
    }
}

/// A repository and the git room on it.
pub(super) struct Bench {
    pub(super) world: World,
    pub(super) repo: Repo,
}

impl Bench {
    pub(super) fn id(&self, rev: &str) -> CommitId {
        self.world.id(rev)
    }

    /// Makes what was committed since known.
    pub(super) fn refresh(&self) {
        self.world.push();
        wait(self.repo.fetch()).expect("the remote is there");
    }

    pub(super) fn try_pick(
        &self,
        commits: &[&CommitId],
        onto: &CommitId,
        policy: ConflictPolicy,
    ) -> Result<Built, Error> {
        self.repo.build_picks(&PickOrder {
            onto: onto.clone(),
            commits: commits.iter().copied().cloned().collect(),
            policy,
            trailers: vec![("Hotfix-Id".into(), "hf-1".into())],
            committer: Person::from_email("Ben", "ben@example.org"),
            at: Timestamp::from_second(1_800_000_000),
        })
    }

    /// Picks onto develop as a draft.
    pub(super) fn pick(&self, commits: &[&CommitId]) -> Built {
        let onto = self.id("develop");
        let built = self.try_pick(commits, &onto, ConflictPolicy::DraftWithMarkers);
        let built = built.expect("built");
        // What was predicted is what was built.
        let commits: Vec<CommitId> = commits.iter().copied().cloned().collect();
        let predicted = self.repo.predict_picks(&commits, &onto).expect("predicted");
        match predicted.outcome {
            PredictionOutcome::Clean => assert!(built.conflicts.is_empty()),
            PredictionOutcome::Already => {
                assert_eq!(Some(&built.tree), self.repo.tree_of(&onto).ok().as_ref());
            }
            PredictionOutcome::Conflict { paths } => assert_eq!(paths, built.conflicts),
            other => panic!("{other:?}"),
        }
        assert_eq!(predicted.tree.as_ref(), Some(&built.tree));
        built
    }

    /// Returns what git itself makes of the same pick: the tree, or none where it conflicts.
    pub(super) fn as_git_does(&self, options: &[&str], commit: &CommitId) -> Option<CommitId> {
        self.world.switch("trial", Some("develop"));
        let arguments = [&["cherry-pick"], options, &[commit.as_str()]].concat();
        let (is_done, _) = self.world.try_git_in(&self.world.clone(), &arguments);
        let tree = is_done.then(|| self.id("HEAD^{tree}"));
        if !is_done {
            self.world.git(&["cherry-pick", "--abort"]);
        }
        tree
    }

    pub(super) fn file(&self, commit: &CommitId, path: &str) -> Option<String> {
        let bytes = self.repo.read_file(commit, path).expect("readable")?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Returns the paths that are open at `head` after what was built.
    pub(super) fn open(
        &self,
        head: &CommitId,
        built: &Built,
        picks: &[CommitId],
        ignored: &[&str],
    ) -> Vec<String> {
        let ignored: Vec<String> = ignored.iter().map(|&path| path.to_owned()).collect();
        let onto = self.id("develop");
        let from = BuiltFrom {
            onto: &onto,
            picks,
            conflicts: &built.conflicts,
            pending: &built.pending,
            ignored: &ignored,
        };
        let open = self.repo.open_paths(head, &from).expect("readable");
        names(&open)
    }
}

pub(super) fn names(paths: &[ConflictPath]) -> Vec<String> {
    paths.iter().map(|path| path.path.clone()).collect()
}

/// Returns a conflict's path and kind in words.
pub(super) fn kinds(built: &Built) -> Vec<String> {
    let one = |path: &ConflictPath| format!("{} {}", path.path, path.kind.word());
    built.conflicts.iter().map(one).collect()
}
