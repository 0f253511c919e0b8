//! A plan, or why there is none, and what became of it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::ChangeResult;
use crate::engine::FactState;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::ops::Fault;

use super::targets::TargetRow;

/// What `do` and every other changing command answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CarriedDocument {
    #[schemars(extend("const" = "lanekeeper/do/v1"))]
    pub schema: &'static str,
    /// Null where the intent was refused, or everything was done before.
    pub plan: Option<PlanRow>,
    /// Empty for a dry run.
    pub results: Vec<ResultRow>,
    pub refusal: Option<RefusalRow>,
    /// Plans that followed by themselves, with their results.
    pub followed_by: Vec<Followed>,
    /// What went wrong after the results above, which stand.
    pub faults: Vec<FaultRow>,
    /// Of `backport`: each lane that was asked for, as it stands now; before the plan where nothing was carried out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub targets: Vec<TargetRow>,
    /// The exit code.
    pub exit: u8,
}

/// A fault beside results.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FaultRow {
    pub summary: String,
    /// The causes, outermost first.
    pub chain: Vec<String>,
    pub hint: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanRow {
    pub hash: String,
    /// `L0` to `L4`.
    pub level: String,
    pub hotfix: String,
    /// The words after `lanekeeper`.
    pub command: String,
    pub title: String,
    /// The name to give with `--confirm`: that of an environment, or of a lane that would be left without the fix.
    pub environment: Option<String>,
    pub changes: Vec<ChangeRow>,
    pub facts: Vec<FactRow>,
    pub will_change: Vec<String>,
    pub will_not_change: Vec<String>,
    pub way_back: String,
    pub expires_at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangeRow {
    pub call: String,
    pub expects: Vec<String>,
    pub step: Option<String>,
    pub target: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct FactRow {
    /// `ok`, `warn`, or `risk` where the fix, or the rest of it, is lost in what comes of it.
    pub state: &'static str,
    pub text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ResultRow {
    /// The call, as in the plan.
    pub change: String,
    /// `done`, `already`, `refused`, `unknown` or `failed`.
    pub outcome: &'static str,
    pub why: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RefusalRow {
    pub wanted: String,
    pub reasons: Vec<String>,
    pub hint: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Followed {
    pub plan: PlanRow,
    pub results: Vec<ResultRow>,
}

impl CarriedDocument {
    /// Makes the document of a refusal.
    pub fn refused(refusal: &Refusal, exit: u8) -> Self {
        Self {
            schema: "lanekeeper/do/v1",
            plan: None,
            results: Vec::new(),
            refusal: Some(RefusalRow {
                wanted: refusal.wanted.clone(),
                reasons: refusal.reasons.clone(),
                hint: refusal.hint.clone(),
            }),
            followed_by: Vec::new(),
            faults: Vec::new(),
            targets: Vec::new(),
            exit,
        }
    }

    /// Makes the document of a command that found everything done before.
    pub fn settled(results: &[ChangeResult], exit: u8) -> Self {
        Self {
            schema: "lanekeeper/do/v1",
            plan: None,
            results: rows(results),
            refusal: None,
            followed_by: Vec::new(),
            faults: Vec::new(),
            targets: Vec::new(),
            exit,
        }
    }

    /// Makes the document of a plan and its results, none for a dry run.
    pub fn planned(plan: &Plan, results: &[ChangeResult], exit: u8) -> Self {
        Self {
            schema: "lanekeeper/do/v1",
            plan: Some(PlanRow::new(plan)),
            results: rows(results),
            refusal: None,
            followed_by: Vec::new(),
            faults: Vec::new(),
            targets: Vec::new(),
            exit,
        }
    }

    /// Returns it with the targets that were asked for.
    pub fn with(self, targets: Vec<TargetRow>) -> Self {
        Self { targets, ..self }
    }

    /// Adds a fault that came after the results.
    pub fn fault(&mut self, fault: &Fault) {
        self.faults.push(FaultRow {
            summary: fault.summary.clone(),
            chain: fault.chain.clone(),
            hint: fault.hint.clone(),
        });
    }

    /// Adds a plan that followed by itself.
    pub fn follow(&mut self, plan: &Plan, results: &[ChangeResult]) {
        self.followed_by.push(Followed {
            plan: PlanRow::new(plan),
            results: rows(results),
        });
    }
}

fn rows(results: &[ChangeResult]) -> Vec<ResultRow> {
    results
        .iter()
        .map(|result| ResultRow {
            change: result.call.clone(),
            outcome: result.outcome.word(),
            why: result.why.clone(),
        })
        .collect()
}

impl PlanRow {
    fn new(plan: &Plan) -> Self {
        let changes = plan.changes.iter().map(|change| ChangeRow {
            call: change.call.to_string(),
            expects: change.expects.iter().map(ToString::to_string).collect(),
            step: change.step.as_ref().map(ToString::to_string),
            target: change.target.as_ref().map(ToString::to_string),
        });
        let facts = plan.facts.iter().map(|fact| FactRow {
            state: match fact.state {
                FactState::Ok => "ok",
                FactState::Warn => "warn",
                FactState::Risk | FactState::OverRule => "risk",
            },
            text: fact.text.clone(),
        });
        Self {
            hash: plan.hash.clone(),
            level: plan.level.to_string(),
            hotfix: plan.hotfix.to_string(),
            command: plan.intent.to_string(),
            title: plan.title.clone(),
            environment: plan.environment.as_ref().map(ToString::to_string),
            changes: changes.collect(),
            facts: facts.collect(),
            will_change: plan.will_change.clone(),
            will_not_change: plan.will_not_change.clone(),
            way_back: plan.way_back.clone(),
            expires_at: plan.expires_at().to_string(),
        }
    }
}
