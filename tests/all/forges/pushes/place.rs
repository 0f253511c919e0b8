//! A project whose remote is git over HTTP, one console on it, and what goes out from there as a push.

use std::path::PathBuf;
use std::sync::Arc;

use lanekeeper::engine::Board;
use lanekeeper::engine::Call;
use lanekeeper::engine::Change;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Plan;
use lanekeeper::engine::plan;
use lanekeeper::model::BranchName;
use lanekeeper::model::CommitId;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Fault;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;
use lanekeeper::playbook::ConflictPolicy;
use lanekeeper::playbook::Strategy;
use lanekeeper::record::Record;

use crate::forges::git_http::GitHttp;
use crate::forges::gitlab::play::commit;
use crate::forges::gitlab::play::shop;
use crate::forges::gitlab::play::start;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Server;
use crate::support::repository::World;
use crate::support::repository::first_git;
use crate::support::team::open_in;

const PATH: &str = "/acme/shop.git";

/// Something that is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// A branch that must not exist yet.
    Create,
    /// A branch that must be where it was seen.
    Replace,
    Delete,
    /// A branch that is built for a target.
    Build,
    /// An entry of the record; a tick is one as well.
    Note,
    /// An entry of a lock log.
    Seat,
    /// A request of the forge that is kept in the repository.
    Open,
}

impl Act {
    /// Returns which push of its plan it is: the intent goes before it, and the record after it.
    pub(super) fn own_push(self) -> usize {
        match self {
            Self::Note => 0,
            Self::Create | Self::Replace | Self::Delete | Self::Build | Self::Seat | Self::Open => {
                1
            }
        }
    }

    /// Returns how many pushes its plan has.
    pub(super) fn pushes(self) -> usize {
        match self {
            Self::Note => 1,
            Self::Create | Self::Replace | Self::Delete | Self::Build | Self::Seat | Self::Open => {
                3
            }
        }
    }
}

/// The project, with the hotfix whose fix is on its branch.
pub(super) struct Place {
    pub(super) world: Arc<World>,
    pub(super) server: Server,
    console: Workspace,
    hotfix: HotfixId,
    fix: CommitId,
    base: CommitId,
}

impl Place {
    pub(super) async fn new() -> Self {
        let world = shop("two", "");
        let git = GitHttp {
            bare: world.origin(),
            program: first_git(),
        };
        let server = Server::start(move |request: &Request| {
            let rest = request.path.strip_prefix(PATH);
            rest.map_or_else(|| Reply::empty(404), |rest| git.answer(rest, request))
        });
        world.git_in(world.path(), &["clone", "-q", "origin.git", "dana"]);
        let clone = world.path().join("dana");
        let url = format!("{}{PATH}", server.origin());
        for words in [
            ["remote", "set-url", "origin", &url].as_slice(),
            &["config", "user.name", "dana"],
            &["config", "user.email", "dana@example.org"],
        ] {
            world.git_in(&clone, words);
        }
        let console = open_in(world.path(), &clone, "state").await;
        let hotfix = start(&console).await;
        commit(&world, "hotfix/crash", "one\nTWO\nthree\n", "Fix the crash");
        let tip = |branch: &str| world.remote_id(&format!("refs/heads/{branch}"));
        let (fix, base) = (tip("hotfix/crash"), tip("main"));
        let place = Self {
            world,
            server,
            console,
            hotfix,
            fix: fix.expect("it was pushed"),
            base: base.expect("it was pushed"),
        };
        place.look().await;
        place
    }

    /// Returns the branch of an act's turn.
    fn branch(act: Act, turn: usize) -> BranchName {
        let name = format!("{act:?}").to_lowercase();
        format!("cases/{name}-{turn}").parse().expect("a branch")
    }

    fn tip(&self, branch: &BranchName) -> Option<CommitId> {
        self.world.remote_id(branch.to_ref().as_str())
    }

    /// Puts there what an act begins with.
    pub(super) fn make_ready(&self, act: Act, turn: usize) {
        let at = match act {
            Act::Replace | Act::Delete => &self.base,
            Act::Open => &self.fix,
            Act::Create | Act::Build | Act::Note | Act::Seat => return,
        };
        let name = Self::branch(act, turn).to_ref();
        let words = ["update-ref", name.as_str(), at.as_str()];
        self.world.git_in(&self.world.origin(), &words);
    }

    pub(super) async fn look(&self) -> Board {
        let looked = self.console.look(Some(&self.hotfix)).await;
        looked.expect("a look")
    }

    /// Plans what the words mean; the reasons where that is refused.
    pub(super) async fn planned(&self, words: &str) -> Result<Plan, String> {
        let board = self.look().await;
        let intent: Intent = words.parse().expect("words of an intent");
        let record = board.record.as_ref().expect("a record");
        plan(&intent, &board.book, record, &board.seen)
            .map_err(|refusal| refusal.reasons.join("; "))
    }

    /// Plans an act, from what is there now.
    pub(super) async fn plan(&self, act: Act, turn: usize) -> Result<Plan, String> {
        let branch = Self::branch(act, turn);
        let call = match act {
            Act::Note => return self.planned(&format!("note \"turn {turn}\"")).await,
            Act::Seat => return self.planned("drive").await,
            Act::Create => Call::CreateBranch {
                branch,
                at: self.fix.clone(),
            },
            Act::Replace => Call::PushResolution {
                branch,
                previous: self.base.clone(),
                commit: self.fix.clone(),
                decided: vec![("shop.txt".to_owned(), "fix taken".to_owned())],
            },
            Act::Delete => Call::DeleteBranch {
                branch,
                at: self.base.clone(),
            },
            Act::Build => Call::BuildTarget {
                previous: self.tip(&branch),
                branch,
                onto: self.base.clone(),
                strategy: Strategy::Pick,
                commits: vec![self.fix.clone()],
                policy: ConflictPolicy::Fail,
                trailers: vec![format!("Hotfix-Id: {}", self.hotfix)],
                subject: String::new(),
            },
            Act::Open => Call::OpenRequest {
                from: branch,
                into: "main".parse().expect("a branch"),
                head: Some(self.fix.clone()),
                title: format!("turn {turn}"),
                body: String::new(),
                is_draft: false,
                labels: Vec::new(),
                milestone: None,
                reviewers: Vec::new(),
            },
        };
        // What the words of a plan are is of no matter to how it is carried out.
        let mut plan = self.planned("note \"a plan\"").await?;
        plan.changes = vec![Change {
            call,
            expects: Vec::new(),
            step: None,
            target: None,
        }];
        Ok(plan)
    }

    pub(super) async fn execute(&self, plan: &Plan) -> Result<ChangeResult, Fault> {
        let report = self.console.execute(plan, Arc::new(Silent)).await?;
        Ok(report.results.into_iter().next().expect("a change"))
    }

    /// Counts what an act has brought about.
    pub(super) async fn effects(&self, act: Act, turn: usize) -> usize {
        let branch = Self::branch(act, turn);
        match act {
            Act::Create | Act::Replace => {
                usize::from(self.tip(&branch).as_ref() == Some(&self.fix))
            }
            Act::Delete => usize::from(self.tip(&branch).is_none()),
            Act::Build => match self.tip(&branch) {
                Some(tip) => {
                    let range = format!("{}..{tip}", self.base);
                    let words = ["rev-list", "--count", &range];
                    let count = self.world.git_in(&self.world.origin(), &words);
                    count.trim().parse().expect("a number")
                }
                None => 0,
            },
            Act::Note => {
                let record = self.record().await;
                let text = format!("turn {turn}");
                let is_it = |json: &serde_json::Value| json["body"]["text"] == text.as_str();
                let entries = record.entries.iter();
                entries.filter(|entry| is_it(&entry.json())).count()
            }
            Act::Seat => {
                let log = ["log", "--format=%s", "--glob=refs/lanekeeper/v1/locks"];
                let log = self.world.git_in(&self.world.origin(), &log);
                let count = |kind: &str| log.lines().filter(|line| line.starts_with(kind)).count();
                count("lock.acquire ") - count("lock.release ")
            }
            Act::Open => {
                let seen = self.look().await.seen.requests;
                let requests = seen.value().into_iter().flatten();
                requests.filter(|request| request.from == branch).count()
            }
        }
    }

    /// Returns the record as it is on the remote.
    pub(super) async fn record(&self) -> Record {
        self.look().await.record.expect("a record")
    }

    /// Returns where the person's own configuration of git is.
    pub(super) fn gitconfig(&self) -> PathBuf {
        self.world.path().join("home/.gitconfig")
    }

    /// Returns a configuration by which every connection is refused: nobody listens on the first port.
    pub(super) fn refused(&self) -> String {
        let origin = self.server.origin();
        format!("[url \"http://127.0.0.1:1/\"]\n\tinsteadOf = {origin}/\n")
    }
}
