//! The project's checks on a resolution, before it is pushed: on exactly the tree that finishing would make, in worktrees
//! outside of the clone. They are offered and never needed. Nothing of it reaches the remote or the record: what counts
//! for a merge is what runs on the pushed head.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;

use crate::deploy::Surroundings;
use crate::deploy::command;
use crate::engine::resolve::CheckEnd;
use crate::engine::resolve::CheckNews;
use crate::engine::resolve::CheckRun;
use crate::engine::resolve::CheckedResolution;
use crate::engine::resolve::Session;
use crate::git::Signing;
use crate::git::Worktree;
use crate::git::across;
use crate::git::leave_across;
use crate::model::CheckRule;
use crate::model::CommitId;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Untrusted;
use crate::model::chain_text;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::build::Readiness;
use super::build::Ready;

/// Lines of a check's output that are kept: the last ones tell why.
const LINES: usize = 200;

/// The files that a check runs on. Those of a large project take a while to go: they do so on another thread, also where the
/// check is given up.
struct LaidOut(Option<Worktree>);

impl LaidOut {
    /// Takes them away, and waits for it.
    async fn go(mut self) {
        let worktree = self.0.take();
        let _gone = across(move || drop(worktree)).await;
    }
}

impl Drop for LaidOut {
    fn drop(&mut self) {
        if let Some(worktree) = self.0.take() {
            leave_across(move || drop(worktree));
        }
    }
}

/// What the checks look at.
struct Built {
    commit: CommitId,
    /// What the commands may need to know, by the names that the local forge gives them too.
    facts: Vec<(&'static str, String)>,
}

impl Workspace {
    /// Runs the project's checks for the target on what finishing would push, one after the other, until `stop` gives a
    /// reason; or returns one more round where a commit that waited conflicts with what was decided. `on_news` hears of
    /// each that begins and ends, and of each line between.
    ///
    /// # Errors
    /// When something is not decided yet, the branch moved, or there is no check that may run here.
    pub async fn check_resolution(
        &self,
        session: &Session,
        on_news: &mut (dyn FnMut(CheckNews) + Send),
        stop: impl Future<Output = String> + Send,
    ) -> Result<CheckedResolution, Fault> {
        let ready = match self.readiness(session).await? {
            Readiness::Ready(ready) => ready,
            Readiness::Round(session) => return Ok(CheckedResolution::Round(session)),
        };
        let lane = &ready.session.subject.target;
        let rules = ready.board.book.project.checks_for(lane);
        let rules: Vec<CheckRule> = rules.cloned().collect();
        self.may_check(&rules, lane)?;
        // It is not pushed: nobody is asked for a passphrase.
        let commit = self.build_decided(&ready, Signing::Never).await?;
        let built = Built {
            facts: facts(&ready, &commit),
            commit,
        };
        let mut stop = pin!(stop);
        let mut stopped: Option<String> = None;
        let mut runs = Vec::new();
        for rule in &rules {
            let name = rule.name.clone();
            let run = match (rule.command.as_deref(), &stopped) {
                (None, _) => CheckRun::not_begun(name, CheckEnd::NoCommand),
                (Some(argv), _) if !self.settings().commands.may_run(argv) => {
                    CheckRun::not_begun(name, CheckEnd::NotTrusted)
                }
                (Some(_), Some(why)) => CheckRun::not_begun(name, CheckEnd::Stopped(why.clone())),
                (Some(argv), None) => {
                    on_news(CheckNews::Began(name));
                    self.run_check(rule, argv, &built, on_news, stop.as_mut())
                        .await?
                }
            };
            // Whoever asked to stop is not asked again.
            if let CheckEnd::Stopped(why) = &run.end {
                stopped = Some(why.clone());
            }
            on_news(CheckNews::Ended(run.clone()));
            runs.push(run);
        }
        Ok(CheckedResolution::Checked(runs))
    }

    /// Says why none of these checks can run here.
    fn may_check(&self, rules: &[CheckRule], lane: &LaneName) -> Result<(), Fault> {
        let commands = rules.iter().filter_map(|rule| rule.command.as_deref());
        let commands: Vec<&[String]> = commands.collect();
        if commands.is_empty() {
            return Err(Fault::new(
                FaultKind::Config,
                format!("no [[check]] with a command applies to {lane}"),
            )
            .hint("Add one in lanekeeper.toml."));
        }
        let may_run = |argv: &&[String]| self.settings().commands.may_run(argv);
        if !commands.iter().any(may_run) {
            return Err(Fault::new(
                FaultKind::Config,
                "the commands in lanekeeper.toml are not trusted on this machine",
            )
            .hint("Read them, then run `lanekeeper trust`."));
        }
        Ok(())
    }

    /// Runs one check in a fresh worktree of its own, so that none sees what another one left.
    async fn run_check(
        &self,
        rule: &CheckRule,
        argv: &[String],
        built: &Built,
        on_news: &mut (dyn FnMut(CheckNews) + Send),
        stop: impl Future<Output = String> + Send,
    ) -> Result<CheckRun, Fault> {
        let commit = built.commit.clone();
        let laid_out = self.git(move |repo| Ok(repo.worktree(&commit))).await?;
        let worktree = laid_out.map_err(|error| {
            Fault::caused(
                FaultKind::Internal,
                "cannot lay out what would be pushed",
                &error,
            )
            .hint("Look at the permissions and the free space of the state directory.")
        })?;
        let facts = built.facts.iter().cloned();
        let here = Surroundings::new(worktree.path(), self.variables(), facts);
        let files = LaidOut(Some(worktree));
        let mut output = VecDeque::new();
        let mut left_out = 0;
        let mut on_line = |line: &[u8]| {
            let line = Untrusted::from_bytes(line);
            if output.len() == LINES {
                output.pop_front();
                left_out += 1;
            }
            output.push_back(line.clone());
            on_news(CheckNews::Line(line));
        };
        let began = self.since_boot();
        let ended = command::run(argv, &here, rule.timeout, &mut on_line, stop).await;
        let took = self.since_boot().saturating_sub(began);
        files.go().await;
        Ok(CheckRun {
            name: rule.name.clone(),
            end: end(ended),
            took: Some(took),
            output: output.into(),
            left_out,
        })
    }
}

fn end(ended: Result<command::Ended, command::Error>) -> CheckEnd {
    match ended {
        Ok(command::Ended::Exited(0)) => CheckEnd::Passed,
        Ok(ended @ (command::Ended::Exited(_) | command::Ended::Killed(_))) => {
            CheckEnd::Failed(ended.to_string())
        }
        Ok(ended @ command::Ended::TimedOut(_)) => CheckEnd::TimedOut(ended.to_string()),
        Ok(command::Ended::Stopped(why)) => CheckEnd::Stopped(why),
        Err(error) => CheckEnd::Failed(Untrusted::new(chain_text(&error)).show()),
    }
}

fn facts(ready: &Ready, commit: &CommitId) -> Vec<(&'static str, String)> {
    let subject = &ready.session.subject;
    let lane = ready.board.book.project.lane(&subject.target);
    let branch = lane.and_then(Lane::branch_name);
    let into = branch.map_or_else(|| subject.target.to_string(), |branch| branch.to_string());
    vec![
        ("LANEKEEPER_HEAD", commit.to_string()),
        ("LANEKEEPER_BRANCH", subject.branch.to_string()),
        ("LANEKEEPER_TARGET", into),
    ]
}
