//! Plays a whole hotfix without a screen, from `start` to the last checklist item, everybody doing their part
//! through the same plans as in the console; a conflict is met and solved on the way.

use std::collections::BTreeMap;

use crate::engine::Board;
use crate::engine::ChangeResult;
use crate::engine::DiffOf;
use crate::engine::Intent;
use crate::engine::Prerequisite;
use crate::engine::Progress;
use crate::engine::StepState;
use crate::engine::comparison;
use crate::model::BranchName;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Verdict;
use crate::record::Record;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::start::StartWords;
use super::super::workspace::Workspace;
use super::Demo;
use super::people::Colleague;
use super::people::silent;

/// More rounds than any playbook needs; a play that has not ended by then is stuck.
const MOST_ROUNDS: usize = 120;

impl Demo {
    /// Plays `playbook` and says each step with its evidence. Returns whether every step and item is done.
    pub async fn play(
        &self,
        playbook: &str,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<bool, Fault> {
        let ana = self.workspace(Colleague::Ana).await?;
        say(&format!(
            "playbook {playbook}, project in {}",
            self.dir().display()
        ));
        let id = self.begin(&ana, playbook, say).await?;
        let mut told = BTreeMap::new();
        for _ in 0..MOST_ROUNDS {
            let board = ana.look(Some(&id)).await?;
            tell(&board, &mut told, say);
            let Some(progress) = &board.progress else {
                break;
            };
            if progress.is_complete {
                self.close(&ana, &board, say).await?;
                return Ok(true);
            }
            if self.act(&ana, &id, progress, say).await? || self.develop(&board, progress, say)? {
                continue;
            }
            say("stuck: nobody can do anything");
            return Ok(false);
        }
        say("stuck: too many rounds");
        Ok(false)
    }

    /// Starts the hotfix.
    pub(super) async fn begin(
        &self,
        ana: &Workspace,
        playbook: &str,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<HotfixId, Fault> {
        ana.look(None).await?;
        let words = StartWords {
            slug: "refund-rounding".to_owned(),
            title: "Refund rounding off by one cent".to_owned(),
            playbook: Some(playbook.to_owned()),
            from: None,
            commits: None,
            answers: answers(playbook),
            answer_rest: Some("see the incident's page".to_owned()),
            ..StartWords::default()
        };
        let (board, intent) = ana.start(&words).await?;
        let Intent::Start(order) = &intent else {
            return Err(Fault::new(FaultKind::Internal, "start is not a start"));
        };
        let id = order.id.clone();
        self.carry_out(ana, &board, &intent, Colleague::Ana, say)
            .await?;
        Ok(id)
    }

    /// Does the first thing that somebody can do; returns whether anything was done.
    pub(super) async fn act(
        &self,
        ana: &Workspace,
        id: &HotfixId,
        progress: &Progress,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<bool, Fault> {
        for action in &progress.next {
            let who = match &action.who {
                Prerequisite::Me => Colleague::Ana,
                Prerequisite::Others { ids, .. } => match Colleague::one_of(ids) {
                    Some(colleague) => colleague,
                    None => continue,
                },
            };
            // The developer pushes it, as the play goes on.
            if action.by_git.is_some() {
                continue;
            }
            // Keeping a conflicted path as it stands would ship the markers; the developer solves it instead.
            if matches!(action.intent, Intent::Decide { .. }) {
                continue;
            }
            let intent = with_words(&action.intent);
            let workspace = if who == Colleague::Ana {
                ana.clone()
            } else {
                self.workspace(who).await?
            };
            let board = workspace.look(Some(id)).await?;
            if self
                .carry_out(&workspace, &board, &intent, who, say)
                .await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Plans and carries out; returns whether something was done.
    async fn carry_out(
        &self,
        workspace: &Workspace,
        board: &Board,
        intent: &Intent,
        who: Colleague,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<bool, Fault> {
        let intent = &having_looked(intent, board);
        let planned = match intent {
            Intent::Start(order) => board.plan(intent, &Record::empty(order.id.clone())),
            _ => match &board.record {
                Some(record) => board.plan(intent, record),
                None => return Ok(false),
            },
        };
        let plan = match planned {
            Ok(plan) => plan,
            Err(refusal) => {
                say(&format!(
                    "  {}: {intent}: refused: {}",
                    who.login(),
                    refusal.reasons.join("; ")
                ));
                return Ok(false);
            }
        };
        say(&format!("  {}: {intent} [{}]", who.login(), plan.level));
        let report = workspace.execute(&plan, silent()).await?;
        for result in &report.results {
            say(&format!(
                "      {}: {} {}",
                result.outcome.word(),
                result.call,
                result.why
            ));
        }
        Ok(report.results.iter().all(ChangeResult::is_good_enough))
    }

    /// What no plan does: the developer writes the fix, and solves conflicts on built branches.
    pub(super) fn develop(
        &self,
        board: &Board,
        progress: &Progress,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<bool, Fault> {
        let opening = board
            .record
            .as_ref()
            .and_then(|record| record.opening.as_ref());
        let has_commits = board
            .seen
            .fix
            .value()
            .is_some_and(|fix| !fix.commits.is_empty());
        if let (Some(opening), false) = (opening, has_commits) {
            say(&format!("  ravi: commits the fix to {}", opening.branch));
            self.write_fix(&opening.branch)?;
            return Ok(true);
        }
        let open = progress
            .steps
            .iter()
            .flat_map(|step| &step.targets)
            .find(|target| !target.undecided.is_empty());
        if let Some((target, branch)) =
            open.and_then(|target| Some((target, target.branch.as_ref()?)))
        {
            say(&format!(
                "  ravi: solves {} conflicted path(s) on {branch}",
                target.undecided.len()
            ));
            self.solve_conflict(branch)?;
            return Ok(true);
        }
        let is_carried = progress.steps.iter().all(|step| step.state.is_over());
        let Some((from, into)) = due_promotion(board).filter(|_| is_carried) else {
            return Ok(false);
        };
        say(&format!(
            "  ravi: promotes {from} into {into}, as every week"
        ));
        self.promote(&from, &into)?;
        Ok(true)
    }

    async fn close(
        &self,
        ana: &Workspace,
        board: &Board,
        say: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Fault> {
        let intent = Intent::Close {
            note: "every step and item is done".to_owned(),
        };
        self.carry_out(ana, board, &intent, Colleague::Ana, say)
            .await?;
        say("complete: every step and every checklist item is done");
        Ok(())
    }
}

/// Returns the branches of the next BUILD promotion that brings the fix to a lane without it.
fn due_promotion(board: &Board) -> Option<(BranchName, BranchName)> {
    let project = &board.book.project;
    let verdict = |lane: &LaneName| {
        board
            .seen
            .presence
            .get(lane)?
            .value()
            .map(|presence| presence.verdict)
    };
    let is_build = |lane: &LaneName| {
        project
            .lane(lane)
            .is_some_and(|lane| lane.layer == Layer::Build)
    };
    let edge = project.edges().into_iter().find(|edge| {
        is_build(&edge.into)
            && matches!(
                verdict(&edge.from),
                Some(Verdict::Present | Verdict::Changed)
            )
            && verdict(&edge.into) == Some(Verdict::Absent)
    })?;
    let branch = |lane: &LaneName| project.lane(lane)?.branch_name();
    Some((branch(&edge.from)?, branch(&edge.into)?))
}

/// Fills in the notes that a person would type.
fn with_words(intent: &Intent) -> Intent {
    let note = || Some("done in the play of the sample project".to_owned());
    match intent.clone() {
        Intent::Do {
            step,
            target,
            note: None,
            riders,
        } => Intent::Do {
            step,
            target,
            note: note(),
            riders,
        },
        Intent::Acknowledge { lane, note: _ } => Intent::Acknowledge {
            lane,
            note: "the ledger is posted as well".to_owned(),
        },
        Intent::Tick { item, note: None } => Intent::Tick { item, note: note() },
        other => other,
    }
}

/// Names the head that is approved: the people of the sample have all seen their own small fix.
fn having_looked(intent: &Intent, board: &Board) -> Intent {
    let mut intent = intent.clone();
    if let Intent::Approve { subject, seen, .. } = &mut intent {
        let of = DiffOf::Subject(subject.clone());
        let compared = comparison(&board.seen, &board.book.project, &of);
        *seen = compared.ok().map(|compared| compared.head);
    }
    intent
}

/// Says each step, target and item that stands differently than before.
fn tell(board: &Board, told: &mut BTreeMap<String, String>, say: &mut (dyn FnMut(&str) + Send)) {
    let Some(progress) = &board.progress else {
        return;
    };
    let mut lines: Vec<(String, String)> = Vec::new();
    for step in &progress.steps {
        lines.push((step.id.to_string(), words(&step.state, board)));
        for target in &step.targets {
            let key = key(step.id.as_str(), &target.lane);
            lines.push((
                key,
                format!("{} ({})", words(&target.state, board), target.stage),
            ));
        }
    }
    for item in progress
        .checklist
        .iter()
        .filter(|item| item.state.is_over())
    {
        lines.push((format!("[x] {}", item.id), item.text.clone()));
    }
    for (name, text) in lines {
        if told.get(&name) != Some(&text) {
            say(&format!("{name}: {text}"));
            told.insert(name, text);
        }
    }
}

fn key(step: &str, lane: &LaneName) -> String {
    format!("{step} into {lane}")
}

fn words(state: &StepState, board: &Board) -> String {
    let detail = [state.evidence(), state.why(board.seen.now)]
        .concat()
        .join("; ");
    if detail.is_empty() {
        state.word().to_owned()
    } else {
        format!("{}: {detail}", state.word())
    }
}

/// What the release manager says to the questions of each playbook.
fn answers(playbook: &str) -> Vec<(String, String)> {
    let said: &[(&str, &str)] = match playbook {
        "build-run" => &[
            (
                "impact",
                "refunds of half cents are one cent off, for every customer",
            ),
            ("owner", "Ana Ferreira"),
            ("severity", "high"),
            (
                "scope",
                "every refund is wrong until then; one line in one file",
            ),
        ],
        "approve-and-backport" => &[
            (
                "critical",
                "refunds of half cents are one cent off, for every customer",
            ),
            ("cannot-wait", "the next version ships in two weeks"),
            ("scoped", "one line in one file, with a test"),
        ],
        "gitflow-sync" => &[
            (
                "impact",
                "refunds of half cents are one cent off, for every customer",
            ),
            ("owner", "Ana Ferreira"),
        ],
        _ => &[],
    };
    said.iter()
        .map(|(question, answer)| ((*question).to_owned(), (*answer).to_owned()))
        .collect()
}
