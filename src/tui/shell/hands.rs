//! What the loop needs done outside of the screen.

use std::path::PathBuf;

use async_trait::async_trait;

use crate::engine::Board;
use crate::engine::Plan;
use crate::engine::Report;
use crate::engine::resolve::Session;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::tui::app::Arrangement;
use crate::tui::app::PlanAnswer;
use crate::tui::app::Trouble;
use crate::tui::app::Wish;

use crate::ops::resolve::Desk;

use super::mailbox::RunWatcher;

/// The hands behind the console: the workspace, or a fake in tests.
#[async_trait]
pub trait Hands: Send + Sync + 'static {
    /// Returns the present time.
    fn now(&self) -> Timestamp;

    /// Returns the folders whose change means that refs moved.
    fn watch_paths(&self) -> Vec<PathBuf>;

    /// Looks at what was last seen of the remote, for a first picture while it is asked; none where it never was.
    async fn glimpse(&self, _hotfix: Option<&HotfixId>) -> Option<Board> {
        None
    }

    /// Looks at everything, the remote first.
    async fn look(&self, hotfix: Option<&HotfixId>) -> Result<Board, Trouble>;

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

    /// Lays one file of a session out in a fresh folder.
    async fn desk(&self, session: &Session, file: usize) -> Result<Desk, Trouble>;

    /// Returns a job's log from `offset`: text, next offset, whether that is all.
    async fn job_log(&self, job: &JobId, offset: u64) -> Result<(Untrusted, u64, bool), Trouble>;
}
