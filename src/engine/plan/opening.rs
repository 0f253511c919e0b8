//! The request of a target that is opened: as a draft where people resolve its conflicts in it, with the labels, the milestone
//! and the reviewers that belong to it.

use crate::engine::ours::source_request;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::playbook::Carry;

use super::Call;
use super::Desk;
use super::Expectation;
use super::RequestRef;
use super::draft::Draft;
use super::request::has_checks_to_run;
use super::target::New;
use super::target::names;
use super::told::milestone;
use super::told::reviewers;
use super::words;

/// The conflicts of a request that is opened.
#[derive(Clone, Copy)]
pub(super) enum Conflicts<'a> {
    /// People resolve them in the request, and pick what was left out because of them.
    Open {
        paths: &'a [ConflictPath],
        pending: &'a [CommitId],
    },
    /// A person resolved them before (policy `local`).
    Resolved(&'a [ConflictPath]),
}

impl<'a> Conflicts<'a> {
    pub(super) const NONE: Self = Self::Open {
        paths: &[],
        pending: &[],
    };

    pub(super) fn paths(self) -> &'a [ConflictPath] {
        match self {
            Self::Open { paths, .. } | Self::Resolved(paths) => paths,
        }
    }

    /// Returns the commits that are not on the branch.
    pub(super) fn pending(self) -> &'a [CommitId] {
        match self {
            Self::Open { pending, .. } => pending,
            Self::Resolved(_) => &[],
        }
    }
}

impl New<'_> {
    pub(super) fn open(
        &self,
        draft: &mut Draft,
        branch: &BranchName,
        head: Option<&CommitId>,
        met: Conflicts<'_>,
    ) {
        let desk = self.desk;
        let (conflicts, is_resolved_here) = match met {
            Conflicts::Open { paths, .. } => (paths, false),
            Conflicts::Resolved(paths) => (&[][..], !paths.is_empty()),
        };
        let has_conflicts = !conflicts.is_empty();
        let capabilities = &desk.look.seen.capabilities;
        let title = words::carry_title(desk, self.carry, self.lane);
        let expects = head.map(|head| Expectation::Branch {
            branch: branch.clone(),
            at: Some(head.clone()),
        });
        draft.call(
            Call::OpenRequest {
                from: branch.clone(),
                into: self.into.clone(),
                head: head.cloned(),
                title: if has_conflicts && !capabilities.has_drafts {
                    format!("Draft: {title}")
                } else {
                    title
                },
                body: words::carry_body(
                    desk,
                    self.step,
                    self.carry,
                    self.lane,
                    &self.commits,
                    words::Outlook {
                        met,
                        resolved: self.resolved,
                        earlier: self.earlier,
                    },
                ),
                is_draft: has_conflicts && capabilities.has_drafts,
                labels: self.labels(has_conflicts),
                milestone: milestone(desk),
                reviewers: reviewers(desk, self.lane, met.paths()),
            },
            expects.into_iter().collect(),
        );
        if has_conflicts && capabilities.has_statuses {
            draft.call(
                Call::SetStatus {
                    request: RequestRef::Opened {
                        from: branch.clone(),
                        into: self.into.clone(),
                    },
                    head: head.cloned(),
                    is_resolved: false,
                    text: match met.pending() {
                        [] => format!("undecided: {}", names(conflicts)),
                        left => {
                            format!("undecided: {}; left out: {}", names(conflicts), short(left))
                        }
                    },
                },
                Vec::new(),
            );
        }
        if !has_conflicts && has_checks_to_run(desk, self.lane) {
            draft.call(
                Call::RunChecks {
                    request: RequestRef::Opened {
                        from: branch.clone(),
                        into: self.into.clone(),
                    },
                    head: head.cloned(),
                },
                Vec::new(),
            );
        }
        draft.ok(format!("{} is at {}", self.lane, self.onto.short()));
        if has_conflicts {
            draft.warn(format!(
                "conflicts in {}: opened as a draft",
                names(conflicts)
            ));
            if !met.pending().is_empty() {
                draft.warn(format!(
                    "left out, since it touches what is in conflict: {}; to be picked when that is resolved",
                    short(met.pending())
                ));
            }
        } else if let Some(request) = self.resolved {
            draft.ok(format!("resolved in change request {request}"));
        } else if is_resolved_here {
            draft.ok("its conflicts were resolved before it is opened".to_owned());
        } else {
            draft.ok(format!("applies cleanly to {}", self.lane));
        }
        self.tell_beside(draft);
        draft
            .will_change
            .push(format!("one more change request into {}", self.lane));
        draft.way_back = "close the change request; no lane has changed".to_owned();
    }

    /// Returns the labels of a new request, where the forge has labels.
    pub(super) fn labels(&self, has_conflicts: bool) -> Vec<String> {
        if !self.desk.look.seen.capabilities.has_labels {
            return Vec::new();
        }
        if has_conflicts {
            with_source_labels(self.desk, self.carry, &self.carry.conflict_labels)
        } else {
            with_source_labels(self.desk, self.carry, &self.carry.labels)
        }
    }
}

/// Returns ids as people read them.
fn short(ids: &[CommitId]) -> String {
    let ids: Vec<&str> = ids.iter().map(CommitId::short).collect();
    ids.join(" ")
}

/// Returns a step's own labels, and those of the source request that are to come along.
pub(super) fn with_source_labels(desk: &Desk<'_>, carry: &Carry, own: &[String]) -> Vec<String> {
    let look = desk.look;
    let source = source_request(look.book, look.record, look.requests());
    let copied = source.into_iter().flat_map(|source| &source.labels);
    let mut labels = own.to_vec();
    for label in copied {
        // What a step says about conflicts is its own to say.
        let is_left_out = carry.exclude_labels.contains(label)
            || carry.labels.contains(label)
            || carry.conflict_labels.contains(label);
        if !is_left_out && !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    labels
}
