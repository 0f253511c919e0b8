//! `resume`: what was left open here, and what was kept here.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Board;
use crate::engine::Found;
use crate::engine::HotfixSummary;
use crate::engine::Interrupted;
use crate::engine::Place;
use crate::engine::Resuming;
use crate::model::HotfixId;
use crate::ops::HeldBack;
use crate::ops::Sharing;

/// Every intent whose process died on this machine, with what was found of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResumeDocument {
    #[schemars(extend("const" = "lanekeeper/resume/v1"))]
    pub schema: &'static str,
    pub intents: Vec<InterruptedRow>,
    /// What is on record here and not shared yet; with `--share`, what stays so.
    pub kept: Vec<KeptRow>,
    /// How many entries `--share` has just sent.
    pub shared: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct KeptRow {
    pub hotfix: String,
    pub entries: usize,
    /// Why `--share` did not or cannot send them; null where it was not asked to and may.
    pub why: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct InterruptedRow {
    pub hotfix: String,
    pub intent: String,
    /// What was wanted, as words of the command line; null where an older version kept none.
    pub words: Option<String>,
    pub since: String,
    /// Whether production is changed by it, for the page: a script has the calls.
    #[serde(skip)]
    pub touched: &'static str,
    pub calls: Vec<LeftRow>,
    pub offers: Vec<Offer>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LeftRow {
    /// What of the project it goes to, where the call does not say that, for the page.
    #[serde(skip)]
    pub place: Option<String>,
    pub call: String,
    /// How far it had come: `durable`, `shared`, `permitted`, `sending`, `applied`, `not_applied` or `unknown`.
    pub state: &'static str,
    /// `not_begun`, `kept`, `there`, `nowhere`, `untold` (nothing could tell) or `not_seen`.
    pub found: &'static str,
    pub why: String,
}

/// One way to go on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Offer {
    /// `continue`, `skip` or `undo`.
    pub how: &'static str,
    pub command: String,
    /// Why it cannot be planned now; empty where it can.
    pub why_not: Vec<String>,
}

impl Default for ResumeDocument {
    fn default() -> Self {
        Self {
            schema: "lanekeeper/resume/v1",
            intents: Vec::new(),
            kept: Vec::new(),
            shared: 0,
        }
    }
}

impl ResumeDocument {
    /// Makes the document of what `--share` did.
    pub fn of_sharing(sharing: &Sharing) -> Self {
        let mut document = Self {
            shared: sharing.shared,
            ..Self::default()
        };
        document.hold(&sharing.held);
        document
    }

    /// Adds what stays here, with why.
    pub fn hold(&mut self, held: &[HeldBack]) {
        self.kept.extend(held.iter().map(|held| KeptRow {
            hotfix: held.hotfix.to_string(),
            entries: held.entries,
            why: Some(held.why.clone()),
        }));
    }

    /// Adds what is kept here of these hotfixes.
    pub fn keep(&mut self, hotfixes: &[HotfixSummary]) {
        let kept = hotfixes.iter().filter(|hotfix| hotfix.not_shared > 0);
        self.kept.extend(kept.map(|hotfix| KeptRow {
            hotfix: hotfix.id.to_string(),
            entries: hotfix.not_shared,
            why: None,
        }));
    }

    /// Adds so many entries that are kept here of hotfixes which no list shows.
    pub fn keep_beside(&mut self, kept: &[(HotfixId, usize)]) {
        self.kept
            .extend(kept.iter().map(|(hotfix, entries)| KeptRow {
                hotfix: hotfix.to_string(),
                entries: *entries,
                why: None,
            }));
    }

    /// Adds what was left open for one hotfix.
    pub fn add(&mut self, hotfix: &HotfixId, left: &[Interrupted], board: &Board) {
        let project = &board.book.project;
        self.intents.extend(left.iter().map(|one| {
            InterruptedRow {
                hotfix: hotfix.to_string(),
                intent: one.intent.to_string(),
                words: one.words.clone(),
                since: one.since.to_string(),
                touched: one.touched(board).words(),
                calls: one
                    .calls
                    .iter()
                    .map(|call| LeftRow {
                        place: Place::of(&call.call, project)
                            .and_then(|place| place.beside(&call.call)),
                        call: call.call.clone(),
                        state: call.state,
                        found: word(&call.found),
                        why: call.found.words().to_owned(),
                    })
                    .collect(),
                offers: Resuming::ALL
                    .into_iter()
                    .map(|how| Offer {
                        how: how.word(),
                        command: format!("lanekeeper {}", one.resume(how)),
                        why_not: board.plan_resume(one, how).err().unwrap_or_default(),
                    })
                    .collect(),
            }
        }));
    }
}

fn word(found: &Found) -> &'static str {
    match found {
        Found::NotBegun => "not_begun",
        Found::Written => "kept",
        Found::There { .. } | Found::Recorded => "there",
        Found::Nowhere => "nowhere",
        Found::Untold => "untold",
        Found::NotSeen => "not_seen",
    }
}
