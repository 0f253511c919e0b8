//! Opening, editing, commenting and deciding.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::NewRequest;
use crate::forge::RequestEdit;
use crate::forge::RequestQuery;
use crate::forge::Written;
use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::DeploymentState;
use crate::model::RequestId;
use crate::model::RequestState;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Untrusted;

use super::event::Event;
use super::ledger::Step;
use super::ledger::View;
use super::ledger::reading;
use super::options::Local;
use super::seats::Seating;
use super::seats::Seats;
use super::state::Request;

/// How many closed and merged requests a list without conditions holds.
const OLD_LIMIT: usize = 100;

impl Local {
    /// Lists requests, newest first. A query without conditions leaves out all but the latest ended ones.
    /// Lists the requests whose head, merge or squash a commit is.
    pub(super) fn list_of(
        &self,
        view: &View,
        commit: &CommitId,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let mut listed = Vec::new();
        for request in view.state.requests.values().rev() {
            let seen = self.request(view, request)?;
            let merged = seen.merged();
            if seen.head == *commit || merged.is_some_and(|merged| merged.commit == *commit) {
                listed.push(seen);
            }
        }
        Ok(listed)
    }

    pub(super) fn list(
        &self,
        view: &View,
        query: &RequestQuery,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let RequestQuery {
            id,
            from,
            into,
            hotfix,
            only_open,
        } = query;
        let fits = |request: &&Request| {
            id.is_none_or(|id| id == request.id)
                && from.as_ref().is_none_or(|from| *from == request.from)
                && into.as_ref().is_none_or(|into| *into == request.into)
                && (hotfix.is_none() || *hotfix == request.hotfix)
                && (!only_open || request.is_open())
        };
        let is_limited = *query == RequestQuery::default();
        let mut old = 0;
        let mut listed = Vec::new();
        for request in view.state.requests.values().rev().filter(fits) {
            if is_limited && !request.is_open() {
                old += 1;
                if old > OLD_LIMIT {
                    continue;
                }
            }
            let seen = self.request(view, request)?;
            if !only_open || seen.is_open() {
                listed.push(seen);
            }
        }
        Ok(listed)
    }

    /// Turns an answer that names a request into one that shows it.
    pub(super) async fn show(
        self: &Arc<Self>,
        written: Written<RequestId>,
    ) -> Result<Written<ChangeRequest>, Error> {
        let id = match &written {
            Written::Done(id) | Written::AlreadyDone(id) => *id,
            Written::Refused(why) => return Ok(Written::Refused(why.clone())),
            Written::Unknown(why) => return Ok(Written::Unknown(why.clone())),
        };
        let request = self
            .ask(move |local, view| local.request(view, find(view, id)?))
            .await?;
        Ok(match written {
            Written::AlreadyDone(_) => Written::AlreadyDone(request),
            Written::Done(_) | Written::Refused(_) | Written::Unknown(_) => Written::Done(request),
        })
    }

    pub(super) async fn open_request(
        self: &Arc<Self>,
        new: &NewRequest,
    ) -> Result<Written<ChangeRequest>, Error> {
        let (local, new) = (Arc::clone(self), new.clone());
        let decide = move |view: &View| local.decide_open(view, &new);
        let written = self.ledger.act("the request", self.stamp(), decide).await?;
        self.show(written).await
    }

    fn decide_open(&self, view: &View, new: &NewRequest) -> Result<Step<RequestId>, Error> {
        let refused = |why: String| Ok(Step::Settled(Written::Refused(why)));
        let twins = view.state.requests.values().filter(|request| {
            request.is_open() && request.from == new.from && request.into == new.into
        });
        for twin in twins {
            // One that was merged by hand is over, even though nobody said so.
            if self.request(view, twin)?.is_open() {
                return Ok(Step::Settled(Written::AlreadyDone(twin.id)));
            }
        }
        if new.from == new.into {
            return refused(format!("`{}` cannot be merged into itself", new.from));
        }
        let Some(head) = view.tips.get(&new.from) else {
            return refused(format!("the remote has no branch `{}`", new.from));
        };
        let Some(onto) = view.tips.get(&new.into) else {
            return refused(format!("the remote has no branch `{}`", new.into));
        };
        let is_held = self
            .options
            .repo
            .is_ancestor(head, onto)
            .map_err(reading("the target branch"))?;
        if is_held {
            return refused(format!(
                "`{}` has nothing that `{}` does not have",
                new.from, new.into
            ));
        }
        let request = view.state.next_request();
        let event = Event::RequestOpened {
            request,
            from: new.from.clone(),
            into: new.into.clone(),
            head: head.clone(),
            onto: onto.clone(),
            title: new.title.clone(),
            body: new.body.clone(),
            is_draft: new.is_draft,
            labels: new.labels.clone(),
            reviewers: new.reviewers.clone(),
            hotfix: new.hotfix.clone(),
        };
        Ok(append(event, request))
    }

    pub(super) async fn edit_request(
        self: &Arc<Self>,
        id: RequestId,
        edit: &RequestEdit,
    ) -> Result<Written<ChangeRequest>, Error> {
        let (local, edit) = (Arc::clone(self), edit.clone());
        let decide = move |view: &View| local.decide_edit(view, id, &edit);
        let written = self.ledger.act("the request", self.stamp(), decide).await?;
        self.show(written).await
    }

    fn decide_edit(
        &self,
        view: &View,
        id: RequestId,
        edit: &RequestEdit,
    ) -> Result<Step<RequestId>, Error> {
        let request = find(view, id)?;
        let RequestEdit {
            title,
            body,
            is_draft,
            labels,
            reviewers,
            is_open,
        } = edit.clone();
        let is_same = title.as_ref().is_none_or(|new| *new == request.title)
            && body.as_ref().is_none_or(|new| *new == request.body)
            && is_draft.is_none_or(|new| new == request.is_draft)
            && labels.as_ref().is_none_or(|new| *new == request.labels)
            && reviewers
                .as_ref()
                .is_none_or(|new| *new == request.reviewers)
            && is_open.is_none_or(|new| new != request.is_closed);
        if is_same {
            return Ok(Step::Settled(Written::AlreadyDone(id)));
        }
        if is_open.is_some() && self.request(view, request)?.merged().is_some() {
            let why = format!("request {id} is merged: it can be neither closed nor reopened");
            return Ok(Step::Settled(Written::Refused(why)));
        }
        let event = Event::RequestEdited {
            request: id,
            head: Some(Self::head(view, request).clone()),
            title,
            body,
            is_draft,
            labels,
            reviewers,
            is_open,
        };
        Ok(append(event, id))
    }

    pub(super) async fn comment(
        self: &Arc<Self>,
        id: RequestId,
        text: &str,
    ) -> Result<Written<()>, Error> {
        let text = text.to_owned();
        let decide = move |view: &View| {
            find(view, id)?;
            let event = Event::RequestCommented {
                request: id,
                text: text.clone(),
            };
            Ok(append(event, ()))
        };
        self.ledger.act("the comment", self.stamp(), decide).await
    }

    pub(super) async fn decide(
        self: &Arc<Self>,
        subject: &Subject,
        head: &CommitId,
        role: Option<&Role>,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Written<Approval>, Error> {
        let stamp = self.stamp();
        let approval = Approval {
            proof: Default::default(),
            by: stamp.by.clone(),
            role: role.cloned(),
            head: head.clone(),
            decision,
            at: stamp.at,
            comment: comment.map(Untrusted::new),
        };
        let (local, subject) = (Arc::clone(self), subject.clone());
        let decide = move |view: &View| local.decide_decision(view, &subject, &approval);
        self.ledger.act("the decision", stamp, decide).await
    }

    fn decide_decision(
        &self,
        view: &View,
        subject: &Subject,
        wanted: &Approval,
    ) -> Result<Step<Approval>, Error> {
        let seated = match subject {
            Subject::Request(id) => {
                let request = find(view, *id)?;
                let head = Self::head(view, request);
                let is_open = matches!(self.request(view, request)?.state, RequestState::Open);
                let pusher = self.last_pusher(head);
                let seats = self.request_seats(request, head, pusher.as_ref());
                seat(
                    &seats,
                    wanted,
                    is_open.then_some(()).ok_or("it is not open"),
                )
            }
            Subject::Deployment(id) => {
                let golive = view
                    .state
                    .deployment(id)
                    .ok_or_else(|| not_found(subject))?;
                let state = self.deployment(&view.state, golive).state;
                let open = match state {
                    DeploymentState::Blocked | DeploymentState::Approved => Ok(()),
                    DeploymentState::Rejected => Err("it was rejected; create a new one"),
                    DeploymentState::Running => Err("it runs already"),
                    DeploymentState::Succeeded
                    | DeploymentState::Failed
                    | DeploymentState::Cancelled => Err("it has ended"),
                };
                seat(&self.deployment_seats(golive), wanted, open)
            }
        };
        Ok(match seated {
            Err(why) => Step::Settled(Written::Refused(format!("{subject}: {why}"))),
            Ok(Seating::Already(approval)) => Step::Settled(Written::AlreadyDone(*approval)),
            Ok(Seating::Take(role)) => {
                let event = Event::Decided {
                    subject: subject.clone(),
                    head: wanted.head.clone(),
                    role: role.clone(),
                    decision: wanted.decision,
                    comment: wanted.comment.as_ref().map(|text| text.raw().to_owned()),
                };
                let answer = Approval {
                    role,
                    ..wanted.clone()
                };
                append(event, answer)
            }
        })
    }
}

/// Finds the seat for a decision about a subject that is still open for one.
fn seat(seats: &Seats<'_>, wanted: &Approval, open: Result<(), &str>) -> Result<Seating, String> {
    open?;
    if *seats.head != wanted.head {
        return Err(format!(
            "it is at {} now, and you looked at {}: look again",
            seats.head.short(),
            wanted.head.short()
        ));
    }
    seats.seat_for(&wanted.by, wanted.role.as_ref(), wanted.decision)
}

/// Returns the request of that number.
pub(super) fn find(view: &View, id: RequestId) -> Result<&Request, Error> {
    let request = view.state.requests.get(&id);
    request.ok_or_else(|| not_found(&Subject::Request(id)))
}

pub(super) fn not_found(subject: &Subject) -> Error {
    Error::NotFound {
        what: subject.to_string(),
    }
}

pub(super) fn append<T>(event: Event, answer: T) -> Step<T> {
    Step::Append {
        event: Box::new(event),
        moves: Vec::new(),
        answer,
    }
}
