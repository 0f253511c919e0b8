//! What does not change while the console runs: the project, the keys, how often it looks, how long its guards last.

use std::collections::BTreeMap;

use crate::model::HotfixId;
use crate::model::LaneName;
use crate::playbook::Question;

use super::arrangement::Arrangement;
use super::keymap::Keymap;

/// What does not change while the console runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// The project's name, as in the header.
    pub project: String,
    /// The hotfix to open, where one was named.
    pub hotfix: Option<HotfixId>,
    pub playbooks: Vec<PlaybookChoice>,
    pub keymap: Keymap,
    /// Whether the terminal tells when a key is released.
    pub reports_releases: bool,
    /// Seconds between two looks at the remote.
    pub poll: u64,
    /// How long a dangerous question is deaf after it opens, in milliseconds.
    pub dead_for: u64,
    /// How long production stays armed, in seconds.
    pub armed_for: u64,
    /// Whether to ring for somebody who looks elsewhere.
    pub has_bell: bool,
    /// How the screen was arranged when the console was left.
    pub arrangement: Arrangement,
    /// Texts that an earlier console left unsent, each by the key that [`super::Effect::KeepDraft`] named.
    pub drafts: BTreeMap<String, String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            project: String::new(),
            hotfix: None,
            playbooks: Vec::new(),
            keymap: Keymap::default(),
            reports_releases: false,
            poll: 15,
            dead_for: 400,
            armed_for: 600,
            has_bell: true,
            arrangement: Arrangement::default(),
            drafts: BTreeMap::new(),
        }
    }
}

/// A playbook that a hotfix can be started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaybookChoice {
    pub id: String,
    pub title: String,
    /// The lanes it may be cut from, its own base first.
    pub lanes: Vec<LaneName>,
    pub questions: Vec<Question>,
}
