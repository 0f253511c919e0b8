//! `prove` as a document, and one line of its batch.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::PathVerdict;
use crate::model::Rule;
use crate::ops::PromotionProof;
use crate::ops::Proof;
use crate::ops::Proofs;

/// Where fixes are, and whether the next promotions keep them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProveDocument {
    #[schemars(extend("const" = "lanekeeper/prove/v1"))]
    pub schema: &'static str,
    pub proofs: Vec<ProofRow>,
    pub promotions: Vec<PromotionRow>,
    /// Commits of a range that change nothing: they are in every place and in none.
    pub left_out: Vec<String>,
    /// What could not be had, such as the remote; null where everything was there.
    pub doubt: Option<String>,
}

/// One fix in one place; a line of a batch is one of these.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProofRow {
    pub commit: String,
    pub target: String,
    /// `present`, `absent`, `changed` or `unknown`.
    pub verdict: String,
    /// `ancestor`, `trailer`, `patch-id`, `merge-commit` or `tree`.
    pub rule: Option<&'static str>,
    /// Where it is `changed`: each path of the fix.
    pub paths: Vec<PathRow>,
    /// A person accepted the fix as it stands there; it counts as present until those files change again.
    pub acknowledged: bool,
    /// Who accepted it, and on which record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    /// `false` where the hotfix is `changed` though nothing of it ever came into the lane; left out everywhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried: Option<bool>,
    /// Why it is unknown, or present without anything to look for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotfix: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PathRow {
    pub path: String,
    pub verdict: String,
    /// The blob that was judged; null where the file is not there.
    pub blob: Option<String>,
    /// The name that the file has there, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PromotionRow {
    /// The commit, or the hotfix.
    pub fix: String,
    pub from: String,
    pub into: String,
    /// `clean`, `conflict` or `unknown`.
    pub merge: &'static str,
    /// The verdict about the result; `unknown` where the merge is not clean.
    pub verdict: String,
    pub acknowledged: bool,
    /// The lane has the fix now and would lose it.
    pub lost: bool,
}

impl ProveDocument {
    /// Makes the document.
    pub fn new(proofs: &Proofs, doubt: Option<String>) -> Self {
        Self {
            schema: "lanekeeper/prove/v1",
            proofs: proofs.proofs.iter().map(ProofRow::new).collect(),
            promotions: proofs.promotions.iter().map(PromotionRow::new).collect(),
            left_out: proofs.left_out.iter().map(ToString::to_string).collect(),
            doubt,
        }
    }
}

impl ProofRow {
    /// Makes the row of one proof.
    pub fn new(proof: &Proof) -> Self {
        Self {
            commit: proof.commit.clone(),
            target: proof.target.clone(),
            verdict: proof.verdict.word().to_lowercase(),
            rule: proof.rule.map(Rule::word),
            paths: proof.paths.iter().map(PathRow::new).collect(),
            acknowledged: proof.acknowledged.is_some(),
            acknowledged_by: proof.acknowledged.clone(),
            carried: proof.is_unreached.then_some(false),
            why: proof.why.clone(),
            hotfix: proof.hotfix.clone(),
        }
    }
}

impl PathRow {
    fn new(path: &PathVerdict) -> Self {
        Self {
            path: path.path.clone(),
            verdict: path.verdict.word().to_lowercase(),
            blob: path.blob.as_ref().map(ToString::to_string),
            at: path.at.clone(),
        }
    }
}

impl PromotionRow {
    fn new(promotion: &PromotionProof) -> Self {
        Self {
            fix: promotion.fix.clone(),
            from: promotion.edge.from.to_string(),
            into: promotion.edge.into.to_string(),
            merge: promotion.merge.word(),
            verdict: promotion.verdict.word().to_lowercase(),
            acknowledged: promotion.is_acknowledged,
            lost: promotion.is_lost,
        }
    }
}
