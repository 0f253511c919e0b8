//! What the loop needs done outside of the screen.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;

use crate::engine::Board;
use crate::engine::Comparison;
use crate::engine::DiffSize;
use crate::engine::Glance;
use crate::engine::Plan;
use crate::engine::Report;
use crate::engine::resolve::CheckNews;
use crate::engine::resolve::CheckedResolution;
use crate::engine::resolve::Session;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Diff;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::RefsMark;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::tui::app::Arrangement;
use crate::tui::app::PlanAnswer;
use crate::tui::app::Sharing;
use crate::tui::app::SignIn;
use crate::tui::app::Trouble;
use crate::tui::app::Wish;

use crate::ops::Asked;
use crate::ops::Heard;
use crate::ops::resolve::Desk;

use super::mailbox::RunWatcher;

/// The hands behind the console: the workspace, or a fake in tests.
#[async_trait]
pub trait Hands: Send + Sync + 'static {
    /// Returns the present time, for people.
    fn now(&self) -> Timestamp;

    /// Returns for how long the machine is up, sleep counted: everything that is decided by time goes by it.
    fn since_boot(&self) -> Duration;

    /// Returns the program that shows pages in the person's browser, if there is one.
    fn opener(&self) -> Option<PathBuf> {
        None
    }

    /// Returns the folders whose change means that refs moved.
    fn watch_paths(&self) -> Vec<PathBuf>;

    /// Returns until when the forge wants quiet, while that lasts. Asked with every message: nothing may be waited for.
    fn quiet_until(&self) -> Option<Timestamp> {
        None
    }

    /// Sketches the lanes as last seen of the remote, for a picture at once; none where it never was.
    async fn sketch(&self) -> Option<Board> {
        None
    }

    /// Asks the remote, for the looks that follow.
    async fn ask_remote(&self) -> Asked {
        Asked::Unseen
    }

    /// Tells whether the refs, as last fetched by whomever, are still those that a board was made from.
    async fn are_still(&self, _refs: &RefsMark) -> bool {
        true
    }

    /// Tells whether all that is looked at lies in refs of the remote, so that nothing moves while they stay.
    fn is_all_in_refs(&self) -> bool {
        false
    }

    /// Listens to colleagues on a hotfix and tells them what is selected here; none where nothing could be heard.
    /// Keeps the driver's seat meanwhile.
    async fn listen(&self, _hotfix: &HotfixId, _looks_at: &str) -> Option<Heard> {
        None
    }

    /// Says that nobody listens here any more.
    async fn leave(&self) {}

    /// Sends entries of records that are kept on this machine, where this console may write.
    async fn share_kept(&self) -> Result<Sharing, Trouble> {
        Ok(Sharing::default())
    }

    /// Looks at everything as the remote was just asked for it.
    async fn look_asked(&self, hotfix: Option<&HotfixId>) -> Result<Board, Trouble>;

    /// Looks at what was last seen of the remote, for a first picture while it is asked; none where it never was.
    async fn glimpse(&self, _hotfix: Option<&HotfixId>) -> Option<Board> {
        None
    }

    /// Looks again and plans.
    async fn plan(&self, hotfix: Option<&HotfixId>, wish: &Wish) -> Result<PlanAnswer, Trouble>;

    /// Keeps how the screen is arranged for the next console. Losing it costs nobody anything.
    fn remember(&self, _arrangement: Arrangement) {}

    /// Carries a confirmed plan out.
    async fn execute(&self, plan: &Plan, watcher: RunWatcher) -> Result<Report, Trouble>;

    /// Lays the conflicts of a target out.
    async fn conflicts(
        &self,
        hotfix: &HotfixId,
        step: &StepId,
        target: &LaneName,
    ) -> Result<Session, Trouble>;

    /// Keeps a session.
    async fn keep_resolution(&self, session: &Session) -> Result<(), Trouble>;

    /// Forgets a session.
    async fn drop_resolution(
        &self,
        hotfix: &HotfixId,
        step: &StepId,
        target: &LaneName,
    ) -> Result<(), Trouble>;

    /// Runs the project's checks on what is decided, and tells how they go meanwhile. Dropped, it ends what runs.
    async fn check_resolution(
        &self,
        _session: &Session,
        _tell: &mut (dyn FnMut(CheckNews) + Send),
    ) -> Result<CheckedResolution, Trouble> {
        Err(Trouble::new("there is nothing to run checks on"))
    }

    /// Lays one file of a session out in a fresh folder.
    async fn desk(&self, session: &Session, file: usize) -> Result<Desk, Trouble>;

    /// Makes a diff.
    async fn diff(&self, _compared: &Comparison) -> Result<Diff, Trouble> {
        Err(Trouble::new("there is nothing to compare with"))
    }

    /// Remembers that a diff was looked at.
    async fn keep_glance(&self, _glance: &Glance) -> Result<(), Trouble> {
        Ok(())
    }

    /// Keeps a text that is being written, by the line that says what it is for; none takes it away.
    async fn keep_draft(&self, _key: &str, _text: Option<&str>) -> Result<(), Trouble> {
        Ok(())
    }

    /// Counts how much each of these changes, at that head; what cannot be compared is left out.
    async fn measure(&self, _wanted: Vec<Comparison>) -> Vec<(Subject, CommitId, DiffSize)> {
        Vec::new()
    }

    /// Returns a job's log from `offset`: text, next offset, whether that is all.
    /// Tries a token on the forge and, if it is accepted, keeps it.
    async fn sign_in(&self, _token: &str, _in_file: bool) -> Result<SignIn, Trouble> {
        Err(Trouble::new("nobody signs in here"))
    }

    /// Asks which change requests have a commit.
    async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Trouble>;

    async fn job_log(&self, job: &JobId, offset: u64) -> Result<(Untrusted, u64, bool), Trouble>;
}
