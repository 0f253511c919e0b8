//! The console on a workspace: settings to options, `ops` behind [`Hands`].

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::config::Environment;
use crate::config::Theme;
use crate::engine::Board;
use crate::engine::Comparison;
use crate::engine::DiffSize;
use crate::engine::Glance;
use crate::engine::Plan;
use crate::engine::Report;
use crate::engine::resolve::CheckNews;
use crate::engine::resolve::CheckedResolution;
use crate::engine::resolve::Session;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Diff;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::RefsMark;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::ops;
use crate::ops::Asked;
use crate::ops::Fault;
use crate::ops::Heard;
use crate::ops::HeldBack;
use crate::ops::StartWords;
use crate::ops::Storage;
use crate::ops::Workspace;
use crate::ops::resolve::Desk;
use crate::ops::resolve::Finish;
use crate::playbook::resolve;
use crate::record::Record;
use crate::tui::app::Arrangement;
use crate::tui::app::Options;
use crate::tui::app::PlanAnswer;
use crate::tui::app::PlaybookChoice;
use crate::tui::app::Sharing;
use crate::tui::app::SignIn;
use crate::tui::app::StartForm;
use crate::tui::app::Trouble;
use crate::tui::app::Wish;
use crate::tui::view::ThemeName;
use crate::tui::view::Viewport;

use super::browser::OPENER;
use super::hands::Hands;
use super::mailbox::RunWatcher;
use super::probe;
use super::run::Error;
use super::run::ShellOptions;
use super::run::drive_hearing;
use super::signals::Signals;
use super::tty::OwnTty;
use super::tty::Tty;

/// Runs the console in this terminal until it is left; `hotfix` is shown first.
///
/// Call from the thread that may draw (not from a spawned task), after color-eyre's hook is in place.
pub async fn console(
    workspace: &Workspace,
    environment: &Environment,
    hotfix: Option<HotfixId>,
) -> Result<(), Error> {
    let settings = workspace.settings();
    let person = &settings.person;
    let mut tty = OwnTty::find(person.mouse).ok_or(Error::NoTerminal)?;
    // Before the terminal is taken: a signal that ended the process now would leave it as it is then.
    let signals = Signals::listen()?;
    tty.take()?;
    let is_ascii = person.ascii || !speaks_unicode(environment) || !probe::is_narrow();
    let theme = if person.colour {
        theme(person.theme)
    } else {
        ThemeName::Mono
    };
    let options = ShellOptions {
        app: Options {
            project: settings.project.name.clone(),
            hotfix,
            playbooks: playbooks(workspace),
            poll: settings.poll.as_secs(),
            arrangement: workspace
                .arrangement()
                .map_or_else(Arrangement::default, |text| Arrangement::from_text(&text)),
            drafts: workspace.drafts(),
            has_bell: person.bell,
            ..Options::default()
        },
        editor: person.editor.clone(),
    };
    let hands: Arc<dyn Hands> = Arc::new(Own {
        workspace: workspace.clone(),
        opener: environment.find_program(OPENER, workspace.user_clone().workdir()),
    });
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    Box::pin(drive_hearing(
        signals,
        &mut terminal,
        &mut tty,
        hands,
        Viewport::new(theme, is_ascii),
        options,
    ))
    .await
}

fn theme(theme: Theme) -> ThemeName {
    match theme {
        Theme::Dark => ThemeName::Dark,
        Theme::Light => ThemeName::Light,
        Theme::Mono => ThemeName::Mono,
        Theme::HighContrast => ThemeName::HighContrast,
        Theme::ColourBlind => ThemeName::ColourBlind,
    }
}

/// Tells whether the locale is UTF-8 and the terminal is no dumb one.
fn speaks_unicode(environment: &Environment) -> bool {
    if environment.get("TERM") == Some("dumb") {
        return false;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| environment.get(name).filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Returns the playbooks that fit the project, the default one first.
fn playbooks(workspace: &Workspace) -> Vec<PlaybookChoice> {
    let settings = workspace.settings();
    let mut choices: Vec<PlaybookChoice> = settings
        .books
        .iter()
        .filter_map(|schema| resolve(schema, &settings.project).ok())
        .map(|book| {
            let mut lanes = vec![book.base.clone()];
            for lane in &book.project.lanes {
                if lane.branch_name().is_some() && !lanes.contains(&lane.name) {
                    lanes.push(lane.name.clone());
                }
            }
            PlaybookChoice {
                id: book.id,
                title: book.title,
                lanes,
                questions: book.questions,
            }
        })
        .collect();
    choices.sort_by_key(|choice| choice.id != settings.playbook);
    choices
}

/// The workspace as hands.
struct Own {
    workspace: Workspace,
    opener: Option<PathBuf>,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self {
            summary: fault.summary,
            chain: fault.chain,
            hint: fault.hint,
        }
    }
}

#[async_trait]
impl Hands for Own {
    fn now(&self) -> Timestamp {
        ops::now()
    }

    fn since_boot(&self) -> Duration {
        self.workspace.since_boot()
    }

    fn opener(&self) -> Option<PathBuf> {
        self.opener.clone()
    }

    fn watch_paths(&self) -> Vec<PathBuf> {
        self.workspace.user_clone().watch_paths()
    }

    fn quiet_until(&self) -> Option<Timestamp> {
        self.workspace.quiet_until()
    }

    fn remember(&self, arrangement: Arrangement) {
        self.workspace.keep_arrangement(&arrangement.to_text());
    }

    async fn sketch(&self) -> Option<Board> {
        if !self.workspace.was_seen() {
            return None;
        }
        self.workspace.sketch().await.ok()
    }

    async fn listen(&self, hotfix: &HotfixId, looks_at: &str) -> Option<Heard> {
        self.workspace
            .listen(hotfix, looks_at)
            .await
            .inspect_err(|fault| tracing::debug!(%fault, "nothing was heard"))
            .ok()
    }

    async fn leave(&self) {
        self.workspace.leave().await;
    }

    async fn ask_remote(&self) -> Asked {
        self.workspace.ask_remote().await
    }

    async fn are_still(&self, refs: &RefsMark) -> bool {
        self.workspace.are_still(refs).await
    }

    fn is_all_in_refs(&self) -> bool {
        self.workspace.is_all_in_refs()
    }

    async fn share_kept(&self) -> Result<Sharing, Trouble> {
        let sharing = self.workspace.share_kept().await?;
        let held = sharing.held.iter().map(|held| {
            let HeldBack {
                hotfix,
                entries,
                why,
            } = held;
            format!("{entries} of {hotfix} not shared: {why}")
        });
        Ok(Sharing {
            shared: sharing.shared,
            held: held.collect(),
        })
    }

    async fn look_asked(&self, hotfix: Option<&HotfixId>) -> Result<Board, Trouble> {
        Ok(self.workspace.look_offline(hotfix).await?)
    }

    async fn glimpse(&self, hotfix: Option<&HotfixId>) -> Option<Board> {
        if !self.workspace.was_seen() {
            return None;
        }
        // What goes wrong here goes wrong in the look that follows, and is told there.
        self.workspace.look_offline(hotfix).await.ok()
    }

    async fn plan(&self, hotfix: Option<&HotfixId>, wish: &Wish) -> Result<PlanAnswer, Trouble> {
        let (board, intent) = match wish {
            Wish::Intent(intent) => (self.workspace.look(hotfix).await?, intent.clone()),
            Wish::Resolve(session) => match self.workspace.finish_resolution(session).await? {
                Finish::Plan(intent) => (self.workspace.look(hotfix).await?, intent),
                Finish::Round(session) => return Ok(PlanAnswer::Round(session)),
            },
            Wish::Start(form) => self.workspace.start(&words(form)).await?,
        };
        let board = self.workspace.weighed(&board, &intent).await?.into_owned();
        let answer = match (&board.record, &intent) {
            (Some(record), _) => board.plan(&intent, record),
            (None, crate::engine::Intent::Start(order)) => {
                board.plan(&intent, &Record::empty(order.id.clone()))
            }
            (None, _) => {
                return Err(Trouble::new("no hotfix is shown"));
            }
        };
        Ok(match answer {
            Ok(plan) => PlanAnswer::Plan {
                board: Box::new(board),
                plan: Box::new(plan),
            },
            Err(refusal) => PlanAnswer::Refused(refusal),
        })
    }

    async fn execute(&self, plan: &Plan, watcher: RunWatcher) -> Result<Report, Trouble> {
        Ok(self.workspace.execute(plan, Arc::new(watcher)).await?)
    }

    async fn conflicts(
        &self,
        hotfix: &HotfixId,
        step: &StepId,
        target: &LaneName,
    ) -> Result<Session, Trouble> {
        let board = self.workspace.look(Some(hotfix)).await?;
        Ok(self.workspace.resolution(&board, step, target).await?)
    }

    async fn keep_resolution(&self, session: &Session) -> Result<(), Trouble> {
        Ok(self.workspace.keep_resolution(session)?)
    }

    async fn drop_resolution(
        &self,
        hotfix: &HotfixId,
        step: &StepId,
        target: &LaneName,
    ) -> Result<(), Trouble> {
        Ok(self.workspace.give_up_resolution(hotfix, step, target)?)
    }

    async fn check_resolution(
        &self,
        session: &Session,
        tell: &mut (dyn FnMut(CheckNews) + Send),
    ) -> Result<CheckedResolution, Trouble> {
        // Nobody asks it to stop: it is dropped then.
        let never = std::future::pending::<String>();
        Ok(self
            .workspace
            .check_resolution(session, tell, never)
            .await?)
    }

    async fn diff(&self, compared: &Comparison) -> Result<Diff, Trouble> {
        Ok(self.workspace.diff_of(compared).await?)
    }

    async fn keep_glance(&self, glance: &Glance) -> Result<(), Trouble> {
        Ok(self.workspace.keep_glance(glance)?)
    }

    async fn keep_draft(&self, key: &str, text: Option<&str>) -> Result<(), Trouble> {
        Ok(self.workspace.keep_draft(key, text)?)
    }

    async fn measure(&self, wanted: Vec<Comparison>) -> Vec<(Subject, CommitId, DiffSize)> {
        self.workspace.measure(wanted).await
    }

    async fn desk(&self, session: &Session, file: usize) -> Result<Desk, Trouble> {
        Ok(self.workspace.desk(session, &[file]).await?)
    }

    async fn sign_in(&self, token: &str, in_file: bool) -> Result<SignIn, Trouble> {
        let storage = if in_file {
            Storage::File
        } else {
            Storage::Keyring
        };
        Ok(match self.workspace.sign_in(token, storage).await? {
            Some(sentence) => SignIn::Done(sentence),
            None => SignIn::NoKeyring,
        })
    }

    async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Trouble> {
        Ok(self.workspace.requests_of(commit).await?)
    }

    async fn job_log(&self, job: &JobId, offset: u64) -> Result<(Untrusted, u64, bool), Trouble> {
        let chunk = self.workspace.job_log(job, offset).await?;
        Ok((chunk.text, chunk.next_offset, chunk.is_complete))
    }
}

fn words(form: &StartForm) -> StartWords {
    StartWords {
        slug: form.slug.clone(),
        title: form.title.clone(),
        playbook: Some(form.playbook.clone()),
        from: form.from.as_ref().map(ToString::to_string),
        commits: None,
        answers: form
            .answers
            .iter()
            .map(|answer| (answer.question.to_string(), answer.text.clone()))
            .collect(),
        answer_rest: None,
        ..StartWords::default()
    }
}
