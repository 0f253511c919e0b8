//! Merging: the target branch and the chain move in one atomic push, or neither does.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::MergeOrder;
use crate::forge::Written;
use crate::git::MergeBuild;
use crate::git::RefUpdate;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Mergeability;
use crate::model::Merged;
use crate::model::Subject;
use crate::model::Timestamp;

use super::event::Event;
use super::ledger::Step;
use super::ledger::View;
use super::ledger::writing;
use super::options::Local;
use super::request::find;
use super::state::Request;
use super::view::Standing;

const WHAT: &str = "the merge";

impl Local {
    pub(super) async fn merge(
        self: &Arc<Self>,
        order: &MergeOrder,
    ) -> Result<Written<Merged>, Error> {
        let stamp = self.stamp();
        let at = stamp.at;
        let (local, order) = (Arc::clone(self), order.clone());
        let decide = move |view: &View| local.decide_merge(view, &order, at);
        self.ledger.act(WHAT, stamp, decide).await
    }

    fn decide_merge(
        &self,
        view: &View,
        order: &MergeOrder,
        at: Timestamp,
    ) -> Result<Step<Merged>, Error> {
        let request = find(view, order.request)?;
        if let Some(merged) = &request.merged {
            return Ok(Step::Settled(Written::AlreadyDone(merged.clone())));
        }
        let refused = |why| Ok(Step::Settled(Written::Refused(why)));
        let head = Self::head(view, request);
        let Some(target) = view.tips.get(&request.into) else {
            return refused(format!("the remote has no branch `{}`", request.into));
        };
        match self.standing(request, head, target)? {
            Standing::MergedOutside(merged) if !request.is_closed => {
                return Ok(Step::Settled(Written::AlreadyDone(merged)));
            }
            Standing::MergedOutside(_) | Standing::Open(Mergeability::Clean) => {}
            Standing::Open(Mergeability::Conflicts(paths)) => {
                return refused(format!("it conflicts in {}", paths.join(", ")));
            }
            Standing::Open(Mergeability::Checking) => {
                return refused("it is not known yet whether it merges".to_owned());
            }
            Standing::Open(Mergeability::Blocked(why)) => return refused(why),
        }
        if let Some(why) = self.merge_obstacle(view, request, order, (head, target)) {
            return refused(why);
        }
        let build = MergeBuild {
            onto: order.onto.clone(),
            other: head.clone(),
            message: message(order, request),
            committer: self.options.me.clone(),
            at,
            keep_conflicts: false,
        };
        let repo = &self.options.repo;
        let built = match order.method {
            MergeMethod::Merge => repo.build_merge(&build),
            MergeMethod::Squash => repo.build_squash(&build),
            MergeMethod::Rebase => {
                let why = "the local forge merges and squashes; it cannot rebase";
                return refused(why.to_owned());
            }
        };
        let commit = match built {
            Ok(built) => built.head,
            Err(crate::git::Error::Conflicts { conflicts, .. }) => {
                let paths: Vec<String> = conflicts.into_iter().map(|path| path.path).collect();
                return refused(format!("it conflicts in {}", paths.join(", ")));
            }
            Err(source) => return Err(writing(WHAT)(source)),
        };
        if commit == order.onto {
            return refused(format!("`{}` brings nothing new", request.from));
        }
        Ok(Step::Append {
            event: Box::new(Event::RequestMerged {
                request: request.id,
                commit: commit.clone(),
                head: head.clone(),
                onto: order.onto.clone(),
                method: order.method,
            }),
            moves: vec![RefUpdate {
                name: request.into.to_ref(),
                new: Some(commit.clone()),
                expected: Some(order.onto.clone()),
                replaces: false,
            }],
            answer: Merged {
                commit,
                head: head.clone(),
                by: Some(self.options.me.clone()),
                at,
                method: Some(order.method),
            },
        })
    }

    /// Says what forbids the merge: the request's state, moved branches, checks, seats, a running deployment.
    fn merge_obstacle(
        &self,
        view: &View,
        request: &Request,
        order: &MergeOrder,
        (head, target): (&CommitId, &CommitId),
    ) -> Option<String> {
        if request.is_closed {
            return Some(format!("request {} is closed", request.id));
        }
        if request.is_draft {
            return Some(format!("request {} is a draft", request.id));
        }
        if *head != order.head {
            return Some(moved(request.from.as_str(), head, &order.head));
        }
        if *target != order.onto {
            return Some(moved(request.into.as_str(), target, &order.onto));
        }
        self.check_obstacle(view, request, head)
            .or_else(|| {
                let pusher = self.last_pusher(head);
                let lifted = self.lifted(&Subject::Request(request.id), head);
                self.request_seats(request, head, pusher.as_ref())
                    .obstacle(&lifted)
            })
            .or_else(|| self.deployment_obstacle(view, request))
    }

    fn check_obstacle(&self, view: &View, request: &Request, head: &CommitId) -> Option<String> {
        let checks = self.checks(&view.state, request, head);
        let bad = checks
            .iter()
            .find(|check| check.is_required && check.state != CheckState::Passed)?;
        let rules = &self.options.project.checks;
        let has_command = rules
            .iter()
            .any(|rule| rule.name == bad.name && rule.command.is_some());
        Some(if has_command {
            format!("check `{}` is {}", bad.name, bad.state.word())
        } else {
            format!(
                "check `{}` is required and has no `command`: without a forge's CI nothing can run it; add one in lanekeeper.toml",
                bad.name
            )
        })
    }

    /// A merge into production while a deployment to it runs would change what is being deployed.
    fn deployment_obstacle(&self, view: &View, request: &Request) -> Option<String> {
        let project = &self.options.project;
        let lane = project.lane_of_branch(&request.into)?;
        let environment = project.environment(lane.environment.as_ref()?)?;
        if !environment.is_production {
            return None;
        }
        let running = view.state.running_in(&environment.name)?;
        Some(format!(
            "deployment {} to {} runs; wait until it has ended",
            running.deployment.id, environment.name
        ))
    }
}

/// Says that a branch is elsewhere.
pub(super) fn moved(branch: &str, now: &CommitId, expected: &CommitId) -> String {
    format!(
        "`{branch}` moved to {} since {} was looked at: look again",
        now.short(),
        expected.short()
    )
}

fn message(order: &MergeOrder, request: &Request) -> String {
    format!("{}\n\nChange-Request: {}\n", order.subject, request.id)
}
