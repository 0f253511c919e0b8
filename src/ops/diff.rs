//! The diff of what is to be approved, and what is remembered of having looked at it. Made off the caller's thread.

use std::collections::BTreeMap;

use sha2::Digest;
use sha2::Sha256;

use crate::engine::Board;
use crate::engine::Comparison;
use crate::engine::DiffOf;
use crate::engine::DiffSize;
use crate::engine::Glance;
use crate::engine::Looked;
use crate::engine::Observation;
use crate::engine::comparison;
use crate::model::CommitId;
use crate::model::DeploymentState;
use crate::model::Diff;
use crate::model::Subject;
use crate::model::hidden_in;
use crate::model::reveal;
use crate::store::Papers;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::workspace::Workspace;

impl Workspace {
    /// Returns the diff of something on the board, with what was compared.
    ///
    /// # Errors
    /// When it is not there, or its commits are not here.
    pub async fn diff(&self, board: &Board, of: &DiffOf) -> Result<(Comparison, Diff), Fault> {
        let compared = comparison(&board.seen, &board.book.project, of).map_err(|refusal| {
            let fault = Fault::new(
                FaultKind::User,
                format!("cannot {}: {}", refusal.wanted, refusal.reasons.join("; ")),
            );
            match refusal.hint {
                Some(hint) => fault.hint(hint),
                None => fault,
            }
        })?;
        let diff = self.diff_of(&compared).await?;
        Ok((compared, diff))
    }

    /// Makes the diff of a comparison.
    pub async fn diff_of(&self, compared: &Comparison) -> Result<Diff, Fault> {
        let (against, head) = (compared.against.clone(), compared.head.clone());
        let made = self.git(move |repo| repo.diff(&against, &head)).await;
        let mut diff = made.map_err(|mut fault| {
            fault.summary = format!("cannot show the diff of {}", compared.of);
            fault.hint("Look again; commits that only the forge has cannot be compared here.")
        })?;
        diff.names.clone_from(&compared.names);
        let deceiving = compared
            .names
            .iter()
            .filter(|name| hidden_in(name.raw()) > 0);
        for name in deceiving {
            let shown: String = reveal(name.raw())
                .into_iter()
                .map(|piece| piece.shown)
                .collect();
            diff.notes
                .push(format!("a name that is not what it looks like: {shown}"));
        }
        Ok(diff)
    }

    /// Returns the commit that a revision names, to be shown as a diff.
    pub async fn commit_named(&self, rev: &str) -> Result<CommitId, Fault> {
        self.resolve(rev).await
    }

    /// Remembers that a diff was opened now, and returns what is remembered.
    pub fn look_at_diff(&self, subject: &Subject, diff: &Diff) -> Result<Glance, Fault> {
        let mut looked = Looked::new(self.glance(subject));
        looked.take(Glance::of(subject.clone(), diff, clock::now()));
        let glance = looked.glance(subject).cloned();
        let glance = glance.unwrap_or_else(|| Glance::of(subject.clone(), diff, clock::now()));
        self.keep_glance(&glance)?;
        Ok(glance)
    }

    /// Remembers a look at a diff.
    pub fn keep_glance(&self, glance: &Glance) -> Result<(), Fault> {
        let text = serde_json::to_string(glance).map_err(|error| unkept(&error))?;
        let papers = Papers::open(self.state_dir(), "diffs").map_err(|error| unkept(&error))?;
        papers
            .write(&name(&glance.subject), &text)
            .map_err(|error| unkept(&error))
    }

    fn glance(&self, subject: &Subject) -> Option<Glance> {
        let papers = Papers::open(self.state_dir(), "diffs").ok()?;
        let text = papers.read(&name(subject)).ok()??;
        // A paper of another version, or a damaged one, is as if nobody had looked.
        let glance: Glance = serde_json::from_str(&text).ok()?;
        (&glance.subject == subject).then_some(glance)
    }

    /// Returns what was looked at of everything that waits for a decision. What cannot be read was not looked at.
    pub(in crate::ops) fn looked(&self, seen: &Observation) -> Looked {
        Looked::new(
            waiting(seen)
                .iter()
                .filter_map(|subject| self.glance(subject)),
        )
    }

    /// Returns how much each of these changes; what cannot be compared is left out.
    pub async fn diff_sizes(
        &self,
        board: &Board,
        subjects: &[Subject],
    ) -> BTreeMap<Subject, DiffSize> {
        let project = &board.book.project;
        let wanted = subjects.iter().filter_map(|subject| {
            comparison(&board.seen, project, &DiffOf::Subject(subject.clone())).ok()
        });
        let sizes = self.measure(wanted.collect()).await.into_iter();
        sizes.map(|(subject, _, size)| (subject, size)).collect()
    }

    /// Returns how much each comparison of a subject changes, at its head.
    pub async fn measure(&self, wanted: Vec<Comparison>) -> Vec<(Subject, CommitId, DiffSize)> {
        let sizes = self.git(move |repo| {
            let one = |compared: Comparison| {
                let DiffOf::Subject(subject) = compared.of else {
                    return None;
                };
                let (files, added, removed) =
                    repo.diff_size(&compared.against, &compared.head).ok()?;
                let size = DiffSize {
                    files,
                    added,
                    removed,
                };
                Some((subject, compared.head, size))
            };
            Ok(wanted.into_iter().filter_map(one).collect())
        });
        sizes.await.unwrap_or_default()
    }
}

/// Returns everything that can be decided now.
fn waiting(seen: &Observation) -> Vec<Subject> {
    let requests = seen.requests.value().into_iter().flatten();
    let requests = requests
        .filter(|request| request.is_open())
        .map(|request| Subject::Request(request.id));
    let deployments = seen.deployments.value().into_iter().flatten();
    let deployments = deployments
        .filter(|deployment| match deployment.state {
            DeploymentState::Blocked | DeploymentState::Approved => true,
            DeploymentState::Rejected
            | DeploymentState::Running
            | DeploymentState::Succeeded
            | DeploymentState::Failed
            | DeploymentState::Cancelled => false,
        })
        .map(|deployment| Subject::Deployment(deployment.id.clone()));
    requests.chain(deployments).collect()
}

/// Returns the file name of a subject's paper. A forge's ids may hold any character.
fn name(subject: &Subject) -> String {
    match subject {
        Subject::Request(id) => format!("request-{id}.json"),
        Subject::Deployment(id) => {
            let digest = Sha256::digest(id.to_string().as_bytes());
            let short: String = digest
                .iter()
                .take(12)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("deployment-{short}.json")
        }
    }
}

fn unkept(error: &(dyn std::error::Error + 'static)) -> Fault {
    Fault::caused(
        FaultKind::Internal,
        "cannot remember that the diff was opened",
        error,
    )
    .hint("Look at the permissions and the free space of the state directory.")
}
