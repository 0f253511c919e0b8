//! Proofs: is the fix there, and will the next promotion keep it (flows.md 6.3). Nothing is changed.

mod accepted;
mod batch;
mod subject;

use crate::git::Error;
use crate::git::Question;
use crate::git::across;
use crate::model::CommitId;
use crate::model::Edge;
use crate::model::PathVerdict;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Rule;
use crate::model::Verdict;
use crate::record::Record;

use super::fault::Fault;
use super::fault::FaultKind;
use super::ground::Ground;
use super::ground::Meanings;
use super::ground::Meant;
use super::observe::promoted;
pub use accepted::Acceptances;

/// The verdict about one fix in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The commit, or the words that name none.
    pub commit: String,
    /// The place as it was named.
    pub target: String,
    pub verdict: Verdict,
    pub rule: Option<Rule>,
    /// Where it is CHANGED: the verdict about each path.
    pub paths: Vec<PathVerdict>,
    /// A person accepted what it has become, for exactly these blobs: who, and on which record.
    pub acknowledged: Option<String>,
    /// Nothing of the fix was ever carried there, whatever its files look like.
    pub is_unreached: bool,
    /// Why it could not be told, or why nothing had to be looked for.
    pub why: Option<String>,
    /// The hotfix, where one was named.
    pub hotfix: Option<String>,
}

impl Proof {
    fn unknown(commit: &str, target: &str, why: String) -> Self {
        Self {
            commit: commit.to_owned(),
            target: target.to_owned(),
            verdict: Verdict::Unknown,
            rule: None,
            paths: Vec::new(),
            acknowledged: None,
            is_unreached: false,
            why: Some(why),
            hotfix: None,
        }
    }

    /// Tells whether the fix is alive there: PRESENT, or accepted as it is.
    pub fn holds(&self) -> bool {
        self.verdict == Verdict::Present || self.acknowledged.is_some()
    }
}

/// What came of a promotion that was computed in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promoted {
    Clean,
    /// The promotion will ask, and what is chosen then counts.
    Conflict,
    Unknown,
}

impl Promoted {
    /// Returns the word in output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Conflict => "conflict",
            Self::Unknown => "unknown",
        }
    }
}

/// What the next promotion along an edge does to one fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionProof {
    pub fix: String,
    pub edge: Edge,
    pub merge: Promoted,
    /// The verdict about the result of a clean promotion.
    pub verdict: Verdict,
    pub is_acknowledged: bool,
    /// The lane has the fix now and would not have it afterwards.
    pub is_lost: bool,
    /// A lane at one of its ends has the fix now, and nobody can say whether the promotion keeps it.
    pub is_at_risk: bool,
}

/// The answers to one `prove`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proofs {
    pub proofs: Vec<Proof>,
    pub promotions: Vec<PromotionProof>,
    /// Commits of a range that change nothing: they are in every place and in none.
    pub left_out: Vec<CommitId>,
}

/// One fix as the change from `base` to `head`.
struct Subject {
    name: String,
    base: CommitId,
    head: CommitId,
    /// It is a commit that changes nothing: nothing of it is left to apply anywhere (flows.md 6.2).
    is_empty: bool,
    record: Option<Record>,
    /// What the requests of a hotfix were merged as.
    merges: Vec<CommitId>,
    /// The tips of lanes that nothing of a hotfix came into.
    unreached: Vec<CommitId>,
    /// Records of the same commit, carried without a hotfix: what was accepted there holds here too.
    alone: Vec<Record>,
}

/// One of what is asked about: a fix, or why a commit of a range cannot be judged. The others are judged all the same.
type Asked = Result<Subject, Unjudged>;

struct Unjudged {
    commit: CommitId,
    why: String,
}

/// A place to look in, as it was named.
type Somewhere = (String, Result<CommitId, String>);

impl Ground {
    /// Judges every commit, commit of a range `A..B` (along its own line), or hotfix in every place; without places,
    /// in every lane. Promotions are judged along the edges that touch a lane that was asked about.
    pub async fn prove(&self, revs: &[String], places: &[String]) -> Result<Proofs, Fault> {
        self.check_places(places)?;
        let accepted = self.accepted().await?;
        let (mut subjects, mut left_out) = (Vec::new(), Vec::new());
        for rev in revs {
            match self.hotfix_subject(rev).await? {
                Some(subject) => subjects.push(Ok(subject)),
                None => {
                    let (asked, empty) = self.commit_subjects(rev, &accepted)?;
                    subjects.extend(asked);
                    left_out.extend(empty);
                }
            }
        }
        let places: Vec<String> = if places.is_empty() {
            self.lanes
                .iter()
                .map(|(lane, _)| lane.name.to_string())
                .collect()
        } else {
            places.to_vec()
        };
        if places.is_empty() {
            return Err(
                Fault::new(FaultKind::User, "no place to look in is named").hint(
                    "Name one with --in REV; with a lanekeeper.toml it defaults to every lane.",
                ),
            );
        }
        let ground = self.shared();
        let proofs = across(move || ground.judge(&subjects, places))
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "judging ended early", &error))?;
        Ok(Proofs { left_out, ..proofs })
    }

    fn judge(&self, subjects: &[Asked], places: Vec<String>) -> Proofs {
        let mut meanings = Meanings::default();
        let places: Vec<Somewhere> = places
            .into_iter()
            .map(|words| {
                let meant = match meanings.of(self, &words) {
                    Ok(Meant::Commit(id)) => Ok(id),
                    Ok(Meant::NoBranch { why }) | Err(why) => Err(why),
                };
                (words, meant)
            })
            .collect();
        let tips: Vec<CommitId> = places
            .iter()
            .filter_map(|(_, tip)| tip.clone().ok())
            .collect();
        let edges = self.edges_of(&places);
        let questions: Vec<Question> = edges.iter().map(|edge| edge.question()).collect();
        let mut proofs = Proofs::default();
        for subject in subjects {
            let subject = match subject {
                Ok(subject) => subject,
                Err(Unjudged { commit, why }) => {
                    let unknown = |(words, _): &Somewhere| {
                        Proof::unknown(commit.as_str(), words, why.clone())
                    };
                    proofs.proofs.extend(places.iter().map(unknown));
                    continue;
                }
            };
            let span = Some((&subject.base, &subject.head));
            // What fails here fails again where it is asked, with a place to say so.
            if let Err(error) = self.repo.prepare(&questions, span, &tips) {
                tracing::debug!(%error, "merges could not be computed ahead");
            }
            for (words, tip) in &places {
                proofs.proofs.push(match tip {
                    Ok(tip) => self.proof(subject, words, tip),
                    Err(why) => Proof {
                        hotfix: subject
                            .record
                            .as_ref()
                            .map(|record| record.hotfix.to_string()),
                        ..Proof::unknown(subject.head.as_str(), words, why.clone())
                    },
                });
            }
            for promotion in &edges {
                proofs.promotions.push(self.promotion(subject, promotion));
            }
        }
        proofs
    }

    fn proof(&self, subject: &Subject, target: &str, tip: &CommitId) -> Proof {
        let presence = self
            .repo
            .presence_by(&subject.base, &subject.head, tip, &subject.merges);
        told(subject, target, presence)
    }

    fn promotion(&self, subject: &Subject, promotion: &Promotion) -> PromotionProof {
        let (merge, after) = match promote(self, subject, promotion) {
            Ok(found) => found,
            Err(error) => {
                tracing::debug!(%error, "a promotion could not be computed");
                (Promoted::Unknown, None)
            }
        };
        let verdict = after.as_ref().map_or(Verdict::Unknown, |after| {
            if subject.is_empty {
                Verdict::Present
            } else {
                after.verdict
            }
        });
        let is_acknowledged = after.is_some_and(|after| subject.accepted(&after).is_some());
        let has_it_now = |tip: &CommitId| {
            let now = self.repo.presence(&subject.base, &subject.head, tip);
            now.is_ok_and(|now| now.verdict == Verdict::Present || subject.accepted(&now).is_some())
        };
        let is_gone = matches!(verdict, Verdict::Absent | Verdict::Changed) && !is_acknowledged;
        let is_open = verdict == Verdict::Unknown;
        PromotionProof {
            fix: subject.id(),
            edge: promotion.edge.clone(),
            merge,
            verdict,
            is_acknowledged,
            is_lost: is_gone && has_it_now(&promotion.into),
            is_at_risk: is_open
                && [&promotion.from, &promotion.into]
                    .into_iter()
                    .any(has_it_now),
        }
    }

    /// Returns the edges that touch a lane among the places, with the tips of both ends.
    fn edges_of(&self, places: &[Somewhere]) -> Vec<Promotion> {
        let is_asked = |name: &str| {
            places.iter().any(|(words, _)| {
                let lane = self.lane(words);
                lane.is_some_and(|(lane, _)| lane.name.as_str() == name)
            })
        };
        let edges = self
            .edges
            .iter()
            .filter(|edge| is_asked(edge.from.as_str()) || is_asked(edge.into.as_str()));
        edges
            .filter_map(|edge| {
                Some(Promotion {
                    from: self.lane(edge.from.as_str())?.1.clone()?,
                    into: self.lane(edge.into.as_str())?.1.clone()?,
                    edge: edge.clone(),
                })
            })
            .collect()
    }
}

/// An edge with the tips of both ends.
struct Promotion {
    edge: Edge,
    from: CommitId,
    into: CommitId,
}

impl Promotion {
    fn question(&self) -> Question {
        Question::Merge {
            other: self.from.clone(),
            onto: self.into.clone(),
        }
    }
}

/// Computes a promotion, and whether the fix is in its result.
fn promote(
    ground: &Ground,
    subject: &Subject,
    promotion: &Promotion,
) -> Result<(Promoted, Option<Presence>), Error> {
    let repo = &ground.repo;
    let prediction = promoted(repo, ground.forge(), &promotion.from, &promotion.into)?;
    let merge = match prediction.outcome {
        PredictionOutcome::Clean | PredictionOutcome::Already => Promoted::Clean,
        PredictionOutcome::Conflict { .. } => return Ok((Promoted::Conflict, None)),
        PredictionOutcome::Blocked { .. } | PredictionOutcome::Unknown { .. } => {
            return Ok((Promoted::Unknown, None));
        }
    };
    let Some(tree) = prediction.tree else {
        return Ok((merge, None));
    };
    let (verdict, paths) = repo.presence_in_tree(&subject.base, &subject.head, &tree)?;
    Ok((
        merge,
        Some(Presence {
            verdict,
            rule: Some(Rule::Tree),
            tip: promotion.into.clone(),
            paths,
        }),
    ))
}

impl Subject {
    /// Returns the id of the hotfix, whatever words named it, or of the commit.
    fn id(&self) -> String {
        let record = self.record.as_ref();
        record.map_or_else(|| self.name.clone(), |record| record.hotfix.to_string())
    }
}

/// Returns a verdict as a proof.
fn told(subject: &Subject, target: &str, presence: Result<Presence, Error>) -> Proof {
    let hotfix = subject
        .record
        .as_ref()
        .map(|record| record.hotfix.to_string());
    match presence {
        Err(error) => Proof {
            hotfix,
            ..Proof::unknown(subject.head.as_str(), target, format!("cannot {error}"))
        },
        Ok(_) if subject.is_empty => Proof {
            verdict: Verdict::Present,
            rule: Some(Rule::Tree),
            hotfix,
            ..Proof::unknown(
                subject.head.as_str(),
                target,
                "it changes nothing, so that nothing is left to apply".to_owned(),
            )
        },
        Ok(presence) => Proof {
            commit: subject.head.to_string(),
            target: target.to_owned(),
            verdict: presence.verdict,
            rule: presence.rule,
            acknowledged: subject.accepted(&presence),
            why: (presence.verdict == Verdict::Unknown)
                .then(|| "it changes nothing, or git could not merge it".to_owned()),
            is_unreached: presence.verdict == Verdict::Changed
                && subject.unreached.contains(&presence.tip),
            paths: presence.paths,
            hotfix,
        },
    }
}
