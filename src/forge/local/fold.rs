//! Entries in, state out. Total and deterministic: every console that reads the same chain gets the same state.
//!
//! Our own writers check everything before they append, and the compare-and-swap keeps it true. An event that
//! does not fit all the same (written by hand) is set aside; it stays in the chain.

mod golive;

use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Merged;
use crate::model::Proof;
use crate::model::Subject;
use crate::model::Untrusted;

use super::event::Entry;
use super::event::Event;
use super::seals::Unweighed;
use super::state::Comment;
use super::state::Request;
use super::state::State;
use super::state::Status;

/// The event does not fit the state that it came to.
struct Misfit;

impl State {
    /// Applies one entry, read from `commit`. An entry that was applied before changes nothing.
    pub(super) fn apply(&mut self, entry: &Entry, commit: &CommitId) {
        if !self.seen.insert(entry.id.clone()) {
            return;
        }
        let Some(event) = &entry.event else {
            self.is_beyond_us |= entry.is_critical;
            self.set_aside.push(entry.kind.clone());
            return;
        };
        if self.apply_event(entry, event, commit).is_err() {
            self.set_aside.push(entry.kind.clone());
        }
    }

    fn apply_event(&mut self, entry: &Entry, event: &Event, at: &CommitId) -> Result<(), Misfit> {
        match event {
            Event::RequestOpened { .. } => self.open(entry, event),
            Event::RequestEdited { .. }
            | Event::RequestCommented { .. }
            | Event::RequestMerged { .. } => self.change_request(entry, event),
            Event::StatusSet { .. } => self.set_status(entry, event),
            Event::Decided { subject, .. } => self.decide(entry, event, subject),
            Event::DeploymentCreated { .. } => self.create(entry, event),
            Event::DeploymentStarted { .. }
            | Event::DeploymentFinished { .. }
            | Event::DeploymentLost { .. } => self.change_deployment(entry, event),
            Event::JobStarted { .. } => self.start_job(entry, event),
            Event::JobFinished { .. } => self.finish_job(entry, event, at),
        }
    }

    fn open(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let Event::RequestOpened {
            request,
            from,
            into,
            head,
            onto,
            title,
            body,
            is_draft,
            labels,
            reviewers,
            hotfix,
        } = event
        else {
            return Err(Misfit);
        };
        if *request != self.next_request() {
            return Err(Misfit);
        }
        let request = Request {
            id: *request,
            from: from.clone(),
            into: into.clone(),
            title: title.clone(),
            body: body.clone(),
            is_draft: *is_draft,
            is_closed: false,
            merged: None,
            labels: labels.clone(),
            reviewers: reviewers.clone(),
            hotfix: hotfix.clone(),
            author: entry.by.clone(),
            opened_at: entry.at,
            updated_at: entry.at,
            onto: onto.clone(),
            heads: vec![head.clone()],
            decisions: Vec::new(),
            comments: Vec::new(),
        };
        self.requests.insert(request.id, request);
        Ok(())
    }

    fn change_request(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let (Event::RequestEdited { request, .. }
        | Event::RequestCommented { request, .. }
        | Event::RequestMerged { request, .. }) = event
        else {
            return Err(Misfit);
        };
        let request = self.requests.get_mut(request).ok_or(Misfit)?;
        request.updated_at = entry.at;
        match event {
            Event::RequestEdited {
                request: _,
                head,
                title,
                body,
                is_draft,
                labels,
                reviewers,
                is_open,
            } => {
                if let Some(head) = head {
                    request.saw(head);
                }
                replace(&mut request.title, title);
                replace(&mut request.body, body);
                replace(&mut request.is_draft, is_draft);
                replace(&mut request.labels, labels);
                replace(&mut request.reviewers, reviewers);
                replace(&mut request.is_closed, &is_open.map(|is_open| !is_open));
            }
            Event::RequestCommented { request: _, text } => request.comments.push(Comment {
                by: entry.by.clone(),
                at: entry.at,
                text: Untrusted::new(text.as_str()),
            }),
            Event::RequestMerged {
                request: _,
                commit,
                head,
                onto: _,
                method,
            } => {
                if !request.is_open() {
                    return Err(Misfit);
                }
                request.saw(head);
                request.merged = Some(Merged {
                    commit: commit.clone(),
                    head: head.clone(),
                    by: Some(entry.by.clone()),
                    at: entry.at,
                    method: Some(*method),
                });
            }
            Event::RequestOpened { .. }
            | Event::StatusSet { .. }
            | Event::Decided { .. }
            | Event::DeploymentCreated { .. }
            | Event::DeploymentStarted { .. }
            | Event::DeploymentFinished { .. }
            | Event::DeploymentLost { .. }
            | Event::JobStarted { .. }
            | Event::JobFinished { .. } => return Err(Misfit),
        }
        Ok(())
    }

    fn set_status(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let Event::StatusSet {
            commit,
            name,
            state,
            text,
        } = event
        else {
            return Err(Misfit);
        };
        let status = Status {
            state: *state,
            text: text.clone(),
            since: entry.at,
        };
        self.statuses.insert((commit.clone(), name.clone()), status);
        Ok(())
    }

    fn decide(&mut self, entry: &Entry, event: &Event, subject: &Subject) -> Result<(), Misfit> {
        let Event::Decided {
            subject: _,
            head,
            role,
            decision,
            comment,
        } = event
        else {
            return Err(Misfit);
        };
        let approval = Approval {
            by: entry.by.clone(),
            role: role.clone(),
            head: head.clone(),
            decision: *decision,
            at: entry.at,
            comment: comment.as_deref().map(Untrusted::new),
            proof: Proof::default(),
        };
        match subject {
            Subject::Request(id) => {
                let request = self.requests.get_mut(id).ok_or(Misfit)?;
                request.saw(head);
                request.updated_at = entry.at;
            }
            Subject::Deployment(id) => {
                self.golive_mut(id)?.deployment.updated_at = entry.at;
            }
        }
        let decisions = self.decisions_mut(subject).ok_or(Misfit)?;
        // One person, one seat: who decides again about the same head has changed their mind.
        decisions.retain(|earlier| earlier.by != approval.by || earlier.head != approval.head);
        decisions.push(approval);
        self.unweighed.push(Unweighed {
            subject: subject.clone(),
            by: entry.by.clone(),
            head: head.clone(),
            at: entry.at,
            seal: entry.seal.clone(),
        });
        Ok(())
    }
}

impl Request {
    /// Remembers a head, if it is not the last one remembered.
    fn saw(&mut self, head: &CommitId) {
        if self.last_head() != head {
            self.heads.push(head.clone());
        }
    }
}

fn replace<T: Clone>(field: &mut T, by: &Option<T>) {
    if let Some(value) = by {
        field.clone_from(value);
    }
}

#[cfg(test)]
mod tests;
