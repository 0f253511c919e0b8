//! What the loop needs done outside of the screen.

use std::path::PathBuf;

use async_trait::async_trait;

use crate::engine::Board;
use crate::engine::Plan;
use crate::engine::Report;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::tui::app::Arrangement;
use crate::tui::app::PlanAnswer;
use crate::tui::app::Trouble;
use crate::tui::app::Wish;

use super::mailbox::RunWatcher;

/// The hands behind the console: the workspace, or a fake in tests.
#[async_trait]
pub trait Hands: Send + Sync + 'static {
    /// Returns the present time.
    fn now(&self) -> Timestamp;

    /// Returns the folders whose change means that refs moved.
    fn watch_paths(&self) -> Vec<PathBuf>;

    /// Looks at everything, the remote first.
    async fn look(&self, hotfix: Option<&HotfixId>) -> Result<Board, Trouble>;

    /// Looks again and plans.
    async fn plan(&self, hotfix: Option<&HotfixId>, wish: &Wish) -> Result<PlanAnswer, Trouble>;

    /// Keeps how the screen is arranged for the next console. Losing it costs nobody anything.
    fn remember(&self, _arrangement: Arrangement) {}

    /// Carries a confirmed plan out.
    async fn execute(&self, plan: &Plan, watcher: RunWatcher) -> Result<Report, Trouble>;

    /// Returns a job's log from `offset`: text, next offset, whether that is all.
    async fn job_log(&self, job: &JobId, offset: u64) -> Result<(Untrusted, u64, bool), Trouble>;
}
