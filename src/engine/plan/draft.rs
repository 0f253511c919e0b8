//! A plan while it is being made; `finish` adds what every plan has.

use sha2::Digest;
use sha2::Sha256;

use crate::engine::Intent;
use crate::model::EnvironmentName;
use crate::model::LaneName;
use crate::model::StepId;
use crate::record::Event;

use super::Call;
use super::Change;
use super::Desk;
use super::Expectation;
use super::Fact;
use super::FactState;
use super::Level;
use super::Plan;
use super::mirror;

pub(super) struct Draft {
    pub title: String,
    pub step: Option<StepId>,
    pub target: Option<LaneName>,
    pub level: Level,
    pub environment: Option<EnvironmentName>,
    pub changes: Vec<Change>,
    pub facts: Vec<Fact>,
    pub will_change: Vec<String>,
    pub will_not_change: Vec<String>,
    pub way_back: String,
    pub next: Option<String>,
}

impl Draft {
    pub(super) fn new(title: impl Into<String>, level: Level) -> Self {
        Self {
            title: title.into(),
            step: None,
            target: None,
            level,
            environment: None,
            changes: Vec::new(),
            facts: Vec::new(),
            will_change: Vec::new(),
            will_not_change: Vec::new(),
            way_back: "nothing to take back".to_owned(),
            next: None,
        }
    }

    /// Returns a plan that only writes into the record.
    pub(super) fn written(title: impl Into<String>, event: Event) -> Self {
        let mut draft = Self::new(title, Level::L1);
        draft.call(Call::Record { event }, Vec::new());
        draft.will_not_change = vec!["branches, change requests, environments".to_owned()];
        "the record is append-only: a later entry can correct it".clone_into(&mut draft.way_back);
        draft
    }

    /// Returns a plan that only writes into the record what nothing takes back there: it is read before it runs
    /// (console.md 2.5, L2).
    pub(super) fn lasting(title: impl Into<String>, event: Event) -> Self {
        let mut draft = Self::written(title, event);
        draft.level = Level::L2;
        draft
    }

    pub(super) fn step(mut self, step: &StepId, target: Option<&LaneName>) -> Self {
        self.step = Some(step.clone());
        self.target = target.cloned();
        self
    }

    pub(super) fn call(&mut self, call: Call, expects: Vec<Expectation>) {
        self.changes.push(Change {
            call,
            expects,
            step: None,
            target: None,
        });
    }

    pub(super) fn ok(&mut self, text: impl Into<String>) {
        self.facts.push(Fact {
            state: FactState::Ok,
            text: text.into(),
        });
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.facts.push(Fact {
            state: FactState::Warn,
            text: text.into(),
        });
    }

    /// Says, before everything else, what must not be overlooked.
    pub(super) fn risk(&mut self, text: impl Into<String>) {
        self.say_first(FactState::Risk, text.into());
    }

    /// The same of a rule that somebody lifted.
    pub(super) fn over_rule(&mut self, text: String) {
        self.say_first(FactState::OverRule, text);
    }

    fn say_first(&mut self, state: FactState, text: String) {
        self.facts.insert(0, Fact { state, text });
    }

    /// Adds another target's draft to this one.
    pub(super) fn absorb(&mut self, other: Self) {
        let target = other.target;
        let step = other.step;
        self.changes
            .extend(other.changes.into_iter().map(|change| Change {
                step: change.step.or_else(|| step.clone()),
                target: change.target.or_else(|| target.clone()),
                ..change
            }));
        self.level = self.level.max(other.level);
        self.environment = self.environment.take().or(other.environment);
        self.facts.extend(other.facts);
        self.will_change.extend(other.will_change);
        if !self.way_back.contains(&other.way_back) {
            if !self.way_back.is_empty() {
                self.way_back.push_str("; ");
            }
            self.way_back.push_str(&other.way_back);
        }
    }

    pub(super) fn finish(mut self, desk: &Desk<'_>, intent: &Intent) -> Plan {
        for change in &mut self.changes {
            change.step = change.step.take().or_else(|| self.step.clone());
            change.target = change.target.take().or_else(|| self.target.clone());
        }
        mirror::copy_along(desk, &mut self);
        if self.will_not_change.is_empty() {
            self.will_not_change = untouched(desk, &self.changes);
        }
        // Only a start is about a hotfix that has no record yet.
        let hotfix = if let Intent::Start(order) = intent {
            order.id.clone()
        } else {
            desk.look.record.hotfix.clone()
        };
        Plan {
            hash: hash(hotfix.as_str(), intent, &self.changes),
            hotfix,
            intent: intent.clone(),
            step: self.step,
            target: self.target,
            title: self.title,
            level: self.level,
            environment: self.environment,
            changes: self.changes,
            facts: self.facts,
            will_change: self.will_change,
            will_not_change: self.will_not_change,
            way_back: self.way_back,
            made_at: desk.look.seen.now,
            since_boot: desk.look.seen.since_boot,
            lasts: Plan::LASTS,
            settles: None,
            next: self.next,
            known: desk.look.record.event_ids(),
        }
    }
}

/// Returns the lanes that no call of the plan writes.
fn untouched(desk: &Desk<'_>, changes: &[Change]) -> Vec<String> {
    let written: Vec<&str> = changes
        .iter()
        .filter_map(|change| match &change.call {
            Call::Merge { into, .. } => Some(into.as_str()),
            Call::Record { .. }
            | Call::CreateBranch { .. }
            | Call::Import { .. }
            | Call::Archive { .. }
            | Call::Restore { .. }
            | Call::DeleteBranch { .. }
            | Call::CloseRequest { .. }
            | Call::BuildTarget { .. }
            | Call::BuildConflict { .. }
            | Call::BuildResolved { .. }
            | Call::SetStatus { .. }
            | Call::PushResolution { .. }
            | Call::PushLocal { .. }
            | Call::OpenRequest { .. }
            | Call::MarkReady { .. }
            | Call::RunChecks { .. }
            | Call::Decide { .. }
            | Call::CreateDeployment { .. }
            | Call::StartDeployment { .. }
            | Call::RunMigrations { .. }
            | Call::RetryJob { .. }
            | Call::Comment { .. }
            | Call::Mirror { .. }
            | Call::Drive { .. } => None,
        })
        .collect();
    let lanes: Vec<String> = desk
        .look
        .project()
        .lanes
        .iter()
        .filter(|lane| !written.contains(&lane.branch.as_str()))
        .map(|lane| lane.name.to_string())
        .collect();
    let mut untouched = Vec::new();
    if !lanes.is_empty() {
        untouched.push(lanes.join(", "));
    }
    let deletes = changes
        .iter()
        .any(|change| matches!(change.call, Call::DeleteBranch { .. }));
    untouched.push(if deletes {
        "no lane is deleted, no tag is moved".to_owned()
    } else {
        "no branch is deleted, no tag is moved".to_owned()
    });
    untouched
}

impl Plan {
    /// Returns the plan with the hash that its changes have now.
    #[must_use]
    pub fn rehashed(mut self) -> Self {
        self.hash = hash(self.hotfix.as_str(), &self.intent, &self.changes);
        self
    }

    /// Tells whether it only puts words on record: nothing else in the world changes by it.
    pub fn is_only_written(&self) -> bool {
        self.changes
            .iter()
            .all(|change| matches!(change.call, Call::Record { .. }) || change.call.is_aside())
    }
}

/// Returns the plan's identity: hex SHA-256 over hotfix, intent and changes as canonical JSON (sorted keys).
fn hash(hotfix: &str, intent: &Intent, changes: &[Change]) -> String {
    let changes: Vec<serde_json::Value> = changes
        .iter()
        .map(|change| serde_json::to_value(change).unwrap_or(serde_json::Value::Null))
        .collect();
    let whole = serde_json::json!({
        "hotfix": hotfix,
        "intent": intent.to_string(),
        "changes": changes,
    });
    Sha256::digest(whole.to_string().as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
