//! What the fake remembers, and the scripts that tests write for it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::forges::limits::Limits;

use super::moves::Move;

/// One pull request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) head: String,
    pub(crate) base: String,
    /// A fork's name where the head is there.
    pub(crate) fork: Option<String>,
    /// The head as of the merge or the closing.
    pub(crate) sha: Option<String>,
    pub(crate) is_draft: bool,
    pub(crate) author: String,
    pub(crate) labels: Vec<String>,
    /// Its node id; the title follows from that.
    pub(crate) milestone: Option<String>,
    pub(crate) reviewers: Vec<String>,
    /// Teams of the owner that are asked, by their slugs.
    pub(crate) teams: Vec<String>,
    pub(crate) is_closed: bool,
    /// Commit and who.
    pub(crate) merged: Option<(String, String)>,
    /// Looks until mergeability is known.
    pub(crate) checking: usize,
    pub(crate) reviews: Vec<Review>,
    /// Who said what.
    pub(crate) comments: Vec<(String, String)>,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    /// The head that was last seen, so that a push counts as a change.
    pub(crate) last_sha: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) by: String,
    pub(crate) state: &'static str,
    pub(crate) sha: String,
    pub(crate) body: String,
    pub(crate) at: u64,
}

/// A workflow file.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub(crate) file: String,
    /// Environments that are waited at, one after the other; each with a job of its own name.
    pub(crate) gates: Vec<String>,
    /// Jobs after the last gate.
    pub(crate) jobs: Vec<String>,
    pub(crate) can_be_dispatched: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) reviewers: Vec<String>,
    pub(crate) prevents_self_review: bool,
    /// Administrators may not let a run on without a yes; by default they may.
    pub(crate) bars_admins: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) file: String,
    pub(crate) branch: String,
    pub(crate) sha: String,
    pub(crate) event: &'static str,
    pub(crate) actor: String,
    /// None while it goes on.
    pub(crate) conclusion: Option<&'static str>,
    /// Decisions: environment, state, who, comment.
    pub(crate) decisions: Vec<(String, String, String, String)>,
    /// Jobs that ran again alone, each in an attempt of its own.
    pub(crate) reruns: Vec<Rerun>,
    /// Jobs that the latest attempt took over under other numbers.
    pub(crate) clones: Vec<Value>,
    /// Jobs of earlier attempts, as they ended.
    pub(crate) past: Vec<Value>,
    /// When its latest attempt of all jobs began.
    pub(crate) began: u64,
    /// How often all of it was run again, and what was decided before.
    pub(crate) restarts: usize,
    pub(crate) before: Vec<(String, String, String, String)>,
    /// Looks until it is shown at all.
    pub(crate) hidden: usize,
    pub(crate) created: u64,
    pub(crate) updated: u64,
}

/// A job that ran again: its name, its new number, and when.
#[derive(Debug, Clone)]
pub(crate) struct Rerun {
    pub(crate) name: String,
    pub(crate) id: u64,
    pub(crate) at: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) id: u64,
    pub(crate) sha: String,
    pub(crate) name: String,
    /// None for a check run; the state for a status.
    pub(crate) status: Option<String>,
    /// What a status says.
    pub(crate) description: String,
    /// None while a check run goes on.
    pub(crate) conclusion: Option<&'static str>,
    /// Whose check run it is, where that is told.
    pub(crate) app: Option<u64>,
}

/// A merge in the background.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) uuid: String,
    pub(crate) pull: u64,
    pub(crate) who: String,
    pub(crate) body: Value,
    pub(crate) looks: usize,
    /// It got into the queue, which ends the task; the queue goes on.
    pub(crate) is_enqueued: bool,
}

/// Everything.
#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    pub(crate) limits: Limits,
    /// Login by e-mail address: the people of this GitHub; the number is the place in order.
    pub(crate) people: Vec<(String, String)>,
    pub(crate) pulls: Vec<Pull>,
    pub(crate) labels: Vec<String>,
    pub(crate) checks: Vec<Check>,
    pub(crate) runs: Vec<Run>,
    pub(crate) workflows: Vec<Workflow>,
    pub(crate) environments: Vec<Environment>,
    /// The environment whose timer runs before the jobs of a workflow, by its file.
    pub(crate) timers: BTreeMap<String, String>,
    pub(crate) tasks: Vec<Task>,
    /// Names that rulesets require, by branch.
    pub(crate) required: BTreeMap<String, Vec<String>>,
    /// The same by classic protection, of which those who may write are told this much.
    pub(crate) classic: BTreeMap<String, Vec<String>>,
    /// The app that has to say what is required, by name, where it is not any.
    pub(crate) required_apps: BTreeMap<String, u64>,
    /// A private repository whose plan has no rules for branches.
    pub(crate) is_free_private: bool,
    /// Everybody has a fine-grained token, and the repository is private.
    pub(crate) has_fine_tokens: bool,
    /// Approvals that a branch wants.
    pub(crate) wants_reviews: BTreeMap<String, usize>,
    pub(crate) queues: Vec<String>,
    /// The method of all queues; merge commits where it is empty.
    pub(crate) queue_method: &'static str,
    pub(crate) deletes_branches: bool,
    /// Branches about to be deleted, what they were merged into, and the looks until then.
    pub(crate) deleting: Vec<(String, String, usize)>,
    /// Branches under a rule against their deletion.
    pub(crate) kept: Vec<String>,
    /// Looks until a new run is shown.
    pub(crate) hides_runs: usize,
    /// Looks until the mergeability of a new request is known.
    pub(crate) checks_for: usize,
    /// Looks until a queued merge is made.
    pub(crate) queue_looks: usize,
    /// A server that cannot be asked for a merge in the background.
    pub(crate) has_no_async: bool,
    /// An older server, which takes no `return_run_details`.
    pub(crate) is_old: bool,
    /// The version of an Enterprise Server.
    pub(crate) installed: Option<&'static str>,
    pub(crate) squashes_only: bool,
    /// A private repository of a plan without drafts.
    pub(crate) has_no_drafts: bool,
    /// Nobody who asks may push.
    pub(crate) is_read_only: bool,
    /// Where branches went.
    pub(crate) moves: Vec<Move>,
    /// Whose token pushes, where it is not who wrote the commit.
    pub(crate) pusher: Option<String>,
    /// A server that does not tell who moved a branch and when.
    pub(crate) hides_activity: bool,
    /// Decisions about gates are listed newest first.
    pub(crate) lists_newest_first: bool,
    /// Decisions of earlier attempts are not listed any more.
    pub(crate) forgets_decisions: bool,
    /// A decision about a gate needs words.
    pub(crate) wants_comments: bool,
    /// Another attempt of one job takes the others over under new numbers.
    pub(crate) clones_jobs: bool,
    /// Of another attempt only the jobs that run again are listed, unless those of all attempts are asked for.
    pub(crate) lists_rerun_only: bool,
    /// Of several reviewers GitHub takes whom it knows, instead of nobody.
    pub(crate) takes_good_reviewers: bool,
    pub(crate) ticks: u64,
    pub(crate) numbers: u64,
}

impl State {
    /// Moves the clock on and returns it.
    pub(crate) fn tick(&mut self) -> u64 {
        self.ticks += 1;
        self.ticks
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        1000 + self.numbers
    }

    /// Tells whether a branch is not deleted after a merge, whatever the repository does with the others.
    pub(crate) fn is_held(&self, branch: &str) -> bool {
        self.required.contains_key(branch) || self.kept.iter().any(|one| one == branch)
    }

    /// Aims the open requests into a deleted branch at what that was merged into; closes one that is there already.
    pub(crate) fn aim_elsewhere(&mut self, branch: &str, into: &str) {
        let at = self.tick();
        for place in 0..self.pulls.len() {
            let pull = &self.pulls[place];
            if pull.base != branch || pull.is_closed || pull.merged.is_some() {
                continue;
            }
            let is_twin = |one: &Pull| {
                one.head == pull.head && one.base == into && !one.is_closed && one.merged.is_none()
            };
            let is_there = self.pulls.iter().any(is_twin);
            let pull = &mut self.pulls[place];
            pull.updated = at;
            if is_there || pull.head == into {
                pull.is_closed = true;
                pull.sha = Some(pull.last_sha.clone());
            } else {
                into.clone_into(&mut pull.base);
            }
        }
    }

    /// Returns a login's number.
    pub(crate) fn id(&self, login: &str) -> u64 {
        let place = self.people.iter().position(|(one, _)| one == login);
        10 + place.map_or(900, |place| place as u64)
    }

    pub(crate) fn login(&self, email: &str) -> Option<&str> {
        let found = self.people.iter().find(|(_, one)| one == email);
        found.map(|(login, _)| login.as_str())
    }

    /// Returns the names that a branch requires, by whatever rule.
    pub(crate) fn wanted(&self, branch: &str) -> impl Iterator<Item = &String> {
        let both = [self.required.get(branch), self.classic.get(branch)];
        both.into_iter().flatten().flatten()
    }

    pub(crate) fn pull(&mut self, number: u64) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number == number)
    }

    pub(crate) fn workflow(&self, file: &str) -> Option<&Workflow> {
        self.workflows.iter().find(|one| one.file == file)
    }

    pub(crate) fn environment(&self, name: &str) -> Option<(u64, &Environment)> {
        let place = self.environments.iter().position(|one| one.name == name)?;
        Some((500 + place as u64, &self.environments[place]))
    }

    /// Lets a check run of a commit end.
    pub(crate) fn conclude(&mut self, sha: &str, name: &str, conclusion: Option<&'static str>) {
        let id = self.number();
        self.checks
            .retain(|check| check.sha != sha || check.name != name);
        self.checks.push(Check {
            id,
            sha: sha.to_owned(),
            name: name.to_owned(),
            status: None,
            description: String::new(),
            conclusion,
            app: None,
        });
    }

    /// Makes a run of a workflow.
    pub(crate) fn start_run(
        &mut self,
        file: &str,
        branch: &str,
        sha: &str,
        event: &'static str,
        actor: &str,
    ) -> u64 {
        let (id, at) = (self.number(), self.tick());
        self.runs.push(Run {
            id,
            file: file.to_owned(),
            branch: branch.to_owned(),
            sha: sha.to_owned(),
            event,
            actor: actor.to_owned(),
            conclusion: None,
            decisions: Vec::new(),
            reruns: Vec::new(),
            clones: Vec::new(),
            past: Vec::new(),
            began: at,
            restarts: 0,
            before: Vec::new(),
            hidden: self.hides_runs,
            created: at,
            updated: at,
        });
        id
    }

    /// Lets the runs of a commit that passed their gates end.
    pub(crate) fn finish_runs(&mut self, sha: &str, conclusion: &'static str) {
        let at = self.tick();
        for place in 0..self.runs.len() {
            let run = &self.runs[place];
            if run.sha == sha && run.conclusion.is_none() && self.gate(run).is_none() {
                self.runs[place].conclusion = Some(conclusion);
                self.runs[place].updated = at;
            }
        }
    }

    /// Returns the environment whose timer a run waits for after its gates.
    pub(crate) fn timer(&self, run: &Run) -> Option<&str> {
        let is_over = run.conclusion.is_some() || self.gate(run).is_some();
        let timer = self.timers.get(&run.file)?;
        (!is_over).then_some(timer.as_str())
    }

    /// Runs all jobs of a run again: it waits at its first gate once more.
    pub(crate) fn restart(&mut self, place: usize) {
        let at = self.tick();
        let past = super::shapes::jobs(self, &self.runs[place]);
        let run = &mut self.runs[place];
        run.past.extend(past);
        run.restarts += 1 + run.reruns.len();
        run.reruns.clear();
        run.clones.clear();
        run.before.append(&mut run.decisions);
        run.conclusion = None;
        run.began = at;
        run.updated = at;
    }

    /// Returns the gate that a run waits at.
    pub(crate) fn gate(&self, run: &Run) -> Option<&str> {
        let workflow = self.workflow(&run.file)?;
        let is_open = |name: &&String| {
            let has_reviewers = self
                .environment(name)
                .is_some_and(|(_, environment)| !environment.reviewers.is_empty());
            // Who only comments decides nothing.
            let is_decided = |(one, word, ..): &(String, String, String, String)| {
                one == *name && word != "pending"
            };
            has_reviewers && !run.decisions.iter().any(is_decided)
        };
        workflow.gates.iter().find(is_open).map(String::as_str)
    }
}
