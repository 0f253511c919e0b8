//! Where the branches of the fake are and were, who moved them, and what a move does to approvals.

use serde_json::Value;
use serde_json::json;

use super::super::message::Reply;
use super::git::Bare;
use super::shapes::shape;
use super::shapes::time;
use super::shapes::user;
use super::site::Call;
use super::site::not_found;
use super::state::Review;
use super::state::State;

/// Stands for no commit.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// A branch that went from one commit to another.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub(crate) branch: String,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) at: u64,
    /// Who pushed, where a test says so; else it is who wrote the commit.
    pub(crate) by: Option<String>,
}

impl State {
    /// Notes where the branches are now. A push goes past the API, so it is noticed by the next request.
    pub(crate) fn notice(&mut self, git: &Bare) {
        let mut tips = git.tips();
        for one in &self.moves {
            tips.entry(one.branch.clone())
                .or_insert_with(|| NOTHING.to_owned());
        }
        for (branch, after) in tips {
            let mut moves = self.moves.iter().rev();
            let before = moves.find(|one| one.branch == branch);
            let before = before.map(|one| one.after.clone());
            if before.as_ref() == Some(&after) {
                continue;
            }
            // What was there before anybody looked takes no time.
            let at = if before.is_some() {
                self.tick()
            } else {
                self.ticks
            };
            let before = before.unwrap_or_else(|| NOTHING.to_owned());
            self.carry(git, &branch, &before, &after);
            self.moves.push(Move {
                branch,
                before,
                after,
                at,
                by: self.pusher.clone(),
            });
        }
    }

    /// Moves approvals along to a head that changes the same, as GitHub does after a rebase and after a merge of the base:
    /// they get its commit and keep their time. Other reviews stay where they are.
    fn carry(&mut self, git: &Bare, branch: &str, before: &str, after: &str) {
        for pull in &mut self.pulls {
            let is_of = pull.head == branch && pull.fork.is_none() && !pull.is_closed;
            let is_at = |one: &Review| one.state == "APPROVED" && one.sha == before;
            if !is_of || pull.merged.is_some() || !pull.reviews.iter().any(is_at) {
                continue;
            }
            let patch = git.patch(&pull.base, before);
            if patch.is_none() || patch != git.patch(&pull.base, after) {
                continue;
            }
            for review in pull.reviews.iter_mut().filter(|one| is_at(one)) {
                after.clone_into(&mut review.sha);
            }
        }
    }
}

impl Call<'_> {
    /// A branch, as those who may write see it.
    pub(super) fn branch(&self, state: &State, name: &str) -> Reply {
        let Some(sha) = self.git.tip(name) else {
            return not_found();
        };
        let url = "https://github.example/x";
        let classic = state.classic.get(name).filter(|_| !state.is_free_private);
        let is_protected =
            classic.is_some() || (state.required.contains_key(name) && !state.is_free_private);
        let checks: Vec<Value> = classic
            .into_iter()
            .flatten()
            .map(|name| json!({"context": name, "app_id": null}))
            .collect();
        let level = if classic.is_some() {
            "non_admins"
        } else {
            "off"
        };
        let required = json!({
            "enforcement_level": level, "contexts": classic.cloned().unwrap_or_default(), "checks": checks,
        });
        Reply::json(
            200,
            &json!({
                "name": name,
                "commit": shape("commit", json!({"sha": sha, "parents": []})),
                "_links": {"html": url, "self": url},
                "protected": is_protected,
                "protection": {"enabled": classic.is_some(), "required_status_checks": required},
                "protection_url": url,
            }),
        )
    }

    /// The moves of a branch, newest first.
    pub(super) fn activity(&self, state: &State) -> Reply {
        if state.hides_activity {
            return not_found();
        }
        let wanted = self.request.query("ref").unwrap_or_default();
        let wanted = wanted.strip_prefix("refs/heads/").unwrap_or(wanted);
        let of_branch = state.moves.iter().rev().filter(|one| one.branch == wanted);
        let items: Vec<Value> = of_branch.map(|one| self.moved(state, one)).collect();
        self.page(&items)
    }

    fn moved(&self, state: &State, one: &Move) -> Value {
        let kind = match (one.before.as_str(), one.after.as_str()) {
            (NOTHING, _) => "branch_creation",
            (_, NOTHING) => "branch_deletion",
            (before, after) if self.git.is_ancestor(before, after) => "push",
            _ => "force_push",
        };
        json!({
            "id": one.at, "node_id": "PSH_1", "before": one.before, "after": one.after,
            "ref": format!("refs/heads/{}", one.branch), "timestamp": time(one.at),
            "activity_type": kind, "actor": self.actor(state, one),
        })
    }

    fn actor(&self, state: &State, one: &Move) -> Option<Value> {
        let writer = || {
            let (email, _) = self.git.commit(&one.after)?;
            state.login(&email).map(str::to_owned)
        };
        let login = one.by.clone().or_else(writer)?;
        Some(user(state, &login))
    }

    /// The events of a request's timeline that somebody may want: forced pushes, oldest first.
    pub(super) fn timeline(&self, state: &State, branch: &str) -> Reply {
        let is_forced = |one: &&Move| {
            one.branch == branch
                && one.before != NOTHING
                && one.after != NOTHING
                && !self.git.is_ancestor(&one.before, &one.after)
        };
        let forced = state.moves.iter().filter(is_forced);
        let items: Vec<Value> = forced
            .map(|one| {
                json!({
                    "id": one.at, "node_id": "HRFPE_1", "url": "https://github.example/x",
                    "event": "head_ref_force_pushed", "commit_id": one.after,
                    "commit_url": "https://github.example/x", "created_at": time(one.at),
                    "actor": self.actor(state, one), "performed_via_github_app": null,
                })
            })
            .collect();
        self.page(&items)
    }
}
