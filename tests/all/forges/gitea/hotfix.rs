//! A whole hotfix through the hands, as from the console: the playbook build-run with its requests, checks and runs on
//! the fake, and the seats of the deployment in the record.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use lanekeeper::engine::Board;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Prerequisite;
use lanekeeper::engine::plan;
use lanekeeper::forge::Forge;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;

use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::FakeGitea;
use crate::forges::fake_gitea::GITEA;
use crate::forges::fake_gitea::Protection;
use crate::forges::server::Server;
use crate::support::team::Team;

use crate::forges::looked_at;

use super::stage::PATIENT;
use super::stage::adapter;
use super::stage::serve;

/// The end of the team's file: the production environment goes on here.
const MORE: &str = r#"
seats = ["tech-lead", "product-manager"]
job = "deploy.yml"
apps = ["portal", "api"]

[roles]
tech-lead = ["@tia"]
product-manager = ["pia"]

[[app]]
name = "portal"
deploy = ["true"]

[[app]]
name = "api"
deploy = ["true"]
"#;

pub(super) struct Play {
    pub(super) team: Team,
    pub(super) fake: FakeGitea,
    pub(super) server: Server,
    others: Vec<(&'static str, Workspace)>,
    said: Vec<String>,
}

impl Play {
    pub(super) fn new(version: &str) -> Self {
        let now = Arc::new(AtomicI64::new(1_800_000_000));
        let mut made = None;
        let forge_of = |server: &Server, login: &str, workspace: &Workspace| {
            let project = Arc::new(workspace.settings().project.clone());
            Arc::new(adapter(server, login, &project, &now, PATIENT)) as Arc<dyn Forge>
        };
        let team = Team::on(MORE, |world, workspace| {
            let (fake, server) = serve(version, world);
            let forge = forge_of(&server, "ana", workspace);
            made = Some((fake, server));
            forge
        });
        let (fake, server) = made.expect("just made");
        let others = ["tia", "pia"].map(|login| {
            let forge = forge_of(&server, login, team.workspace());
            (login, team.console(login, forge))
        });
        {
            let mut state = fake.state();
            let jobs = vec!["deploy (portal)", "deploy (api)"];
            state.workflows.insert("deploy.yml".to_owned(), jobs);
            let protection = Protection {
                approvals: 0,
                contexts: vec!["ci/unit".to_owned()],
            };
            state.protections.insert("main".to_owned(), protection);
        }
        Self {
            team,
            fake,
            server,
            others: others.into(),
            said: Vec::new(),
        }
    }

    /// Does the first thing that somebody can do.
    fn act(&mut self, id: &HotfixId, board: &Board) -> bool {
        let progress = board.progress.as_ref().expect("a hotfix is selected");
        for action in &progress.next {
            let (who, workspace) = match &action.who {
                Prerequisite::Me => ("ana", self.team.workspace().clone()),
                Prerequisite::Others { ids, .. } => {
                    let is_one =
                        |login: &str| ids.iter().any(|id| id.trim_start_matches('@') == login);
                    match self.others.iter().find(|(login, _)| is_one(login)) {
                        Some((login, workspace)) => (*login, workspace.clone()),
                        None => continue,
                    }
                }
            };
            let mut intent = with_words(&action.intent);
            let board = self.team.wait(workspace.look(Some(id))).expect("a look");
            if let Intent::Approve { subject, seen, .. } = &mut intent {
                *seen = looked_at(&board, subject);
            }
            let record = board.record.as_ref().expect("a record");
            let planned = match plan(&intent, &board.book, record, &board.seen) {
                Ok(planned) => planned,
                Err(refusal) => {
                    let why = refusal.reasons.join("; ");
                    self.said.push(format!("{who}: {intent}: refused: {why}"));
                    continue;
                }
            };
            self.said.push(format!("{who}: {intent}"));
            for fact in &planned.facts {
                self.said.push(format!("  {}", fact.text));
            }
            let report = self
                .team
                .wait(workspace.execute(&planned, Arc::new(Silent)));
            let report = report.expect("it is carried out");
            for result in &report.results {
                self.said.push(format!(
                    "  {} {} {}",
                    result.outcome.word(),
                    result.call,
                    result.why
                ));
            }
            let is_done = |outcome| matches!(outcome, Outcome::Done | Outcome::Already);
            if report.results.iter().all(|result| is_done(result.outcome)) {
                return true;
            }
        }
        false
    }

    /// What CI does meanwhile; returns whether it did anything.
    fn run_ci(&self) -> bool {
        let mut state = self.fake.state();
        let heads: Vec<String> = state
            .pulls
            .iter()
            .filter(|pull| pull.merge.is_none() && !pull.is_closed)
            .filter_map(|pull| self.fake.tip(&pull.from))
            .filter(|head| !state.statuses.contains_key(head))
            .collect();
        for head in &heads {
            state.report(head, "ci/unit", "success");
        }
        let running: Vec<String> = state
            .runs
            .iter()
            .filter(|run| run.status() == "waiting")
            .map(|run| run.commit.clone())
            .collect();
        for commit in &running {
            state.finish(commit, "success");
        }
        !heads.is_empty() || !running.is_empty()
    }

    fn story(&self) -> String {
        self.said.join("\n")
    }
}

fn with_words(intent: &Intent) -> Intent {
    let note = || Some("seen and done".to_owned());
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
        Intent::Tick { item, note: None } => Intent::Tick { item, note: note() },
        other => other,
    }
}

fn plays_until_complete(version: &str) {
    let mut play = Play::new(version);
    let id = play.team.start("refund");
    play.team.fix(&[(3, "fixed")], "Fix the refund");
    let mut is_complete = false;
    for _ in 0..80 {
        let board = play.team.look(&id);
        if board
            .progress
            .as_ref()
            .is_some_and(|progress| progress.is_complete)
        {
            is_complete = true;
            break;
        }
        if !play.act(&id, &board) && !play.run_ci() {
            let progress = board.progress.expect("a hotfix is selected");
            let steps: Vec<String> = progress
                .steps
                .iter()
                .map(|step| format!("{}: {:?}", step.id, step.state))
                .collect();
            panic!("stuck:\n{}\n{}", play.story(), steps.join("\n"));
        }
    }
    assert!(is_complete, "too many rounds:\n{}", play.story());
    let board = play.team.look(&id);
    let deployments = board.seen.deployments.value().expect("seen");
    let mut people: Vec<&str> = deployments[0]
        .approvals
        .iter()
        .filter_map(|approval| approval.by.login.as_deref())
        .collect();
    people.sort_unstable();
    assert_eq!(people, ["pia", "tia"], "the record keeps the seats");
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    let mut findings = progress.findings.iter();
    assert!(
        findings.all(|one| !one.text.contains("not made by this hotfix")),
        "it was started here"
    );
    let outside = board.outside();
    assert!(
        outside.iter().any(|one| one.who() == "the forge"),
        "the record saw it start, and the story tells its end: {outside:?}"
    );
    let state = play.fake.state();
    assert_eq!(state.runs.len(), 1, "started once");
    assert!(state.pulls.iter().all(|pull| pull.merge.is_some()));
    assert!(
        play.fake.tip("hotfix/refund").is_some(),
        "the branch is kept"
    );
    let story = play.story();
    assert!(
        story.contains("only Lanekeeper asks for these seats"),
        "{story}"
    );
    drop(state);
    let is_write = |path: &str, times: usize| {
        let writes = play.server.writes();
        let found = writes.iter().filter(|one| one.path.ends_with(path)).count();
        assert_eq!(found, times, "{path}: {story}");
    };
    is_write("/merge", 3);
    is_write("/pulls", 3);
    is_write("/dispatches", 1);
}

#[test]
fn a_whole_hotfix_goes_through_forgejo() {
    plays_until_complete(FORGEJO);
}

#[test]
fn a_whole_hotfix_goes_through_gitea() {
    plays_until_complete(GITEA);
}
