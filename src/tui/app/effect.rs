//! What the shell is asked to do; `update` itself does nothing.

use crate::engine::Board;
use crate::engine::Plan;
use crate::model::HotfixId;
use crate::model::JobId;

use super::editor::Purpose;
use super::msg::Wish;

/// One thing to do, answered (where there is an answer) by a message.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Look at the world; answered by `News::Looked` of the same generation.
    Look {
        generation: u64,
        hotfix: Option<HotfixId>,
    },
    /// Look again and plan; answered by `News::Planned` of the same generation.
    Plan {
        generation: u64,
        hotfix: Option<HotfixId>,
        wish: Wish,
    },
    /// Carry a confirmed plan out. The only effect that changes the world.
    Execute {
        run: u64,
        board: Box<Board>,
        plan: Box<Plan>,
    },
    /// Stop a run after its present call.
    CancelRun {
        run: u64,
    },
    ReadLog {
        job: JobId,
        offset: u64,
    },
    /// Hand the terminal to the person's editor.
    Edit {
        purpose: Purpose,
        text: String,
    },
    /// Put a text on the clipboard.
    Copy {
        what: String,
        text: String,
    },
    /// Show a page in the person's browser.
    Browse {
        url: String,
    },
    Suspend,
    Redraw,
    Quit,
}
