//! From words to an exit code: every command that needs no screen.

use std::path::Path;
use std::sync::Arc;

use crate::config::Environment;
use crate::config::Flags;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::OpenOptions;

use super::args::Arguments;
use super::args::Command;
use super::command;
use super::exit::Exit;
use super::json::FaultDocument;
use super::output::Manners;
use super::output::Output;
use super::session::Session;
use super::text::Page;
use super::text::Span;
use super::text::Tone;

/// What the words ask for.
#[derive(Debug)]
pub enum Front<'a> {
    /// The console in this repository.
    Console,
    /// The console on the sample project, kept in a folder or made for the moment.
    Demo { keep: Option<&'a Path> },
    /// A command that needs no screen.
    Command(&'a Command),
}

impl Arguments {
    /// Returns what is asked for.
    pub fn front(&self) -> Front<'_> {
        match &self.command {
            None => Front::Console,
            Some(Command::Demo(words)) if words.play.is_none() => Front::Demo {
                keep: words.keep.as_deref(),
            },
            Some(command) => Front::Command(command),
        }
    }

    /// Returns where to work, as said on the command line.
    pub fn open_options(&self, environment: &Environment) -> OpenOptions {
        let dir = match &self.dir {
            Some(dir) => environment.current_dir.join(dir),
            None => environment.current_dir.clone(),
        };
        let flags = Flags {
            config: self.config.clone(),
            no_color: self.no_color,
            ascii: self.ascii,
        };
        OpenOptions { dir, flags }
    }

    /// Returns how to print, as said on the command line and by the environment.
    pub fn manners(&self, environment: &Environment) -> Manners {
        let is_set = |name| environment.get(name).is_some_and(|value| !value.is_empty());
        Manners {
            is_json: self.json,
            no_color: self.no_color
                || is_set("NO_COLOR")
                || environment.get("TERM") == Some("dumb"),
            is_ascii: self.ascii || is_set("LANEKEEPER_ASCII") || !speaks_utf8(environment),
            verbosity: self.verbose,
        }
    }
}

/// Tells whether the locale can show more than ASCII; without any word about it, it can.
fn speaks_utf8(environment: &Environment) -> bool {
    let said = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| environment.get(name))
        .find(|value| !value.is_empty());
    said.is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Runs a command that needs no screen.
pub async fn run(
    command: &Command,
    options: OpenOptions,
    environment: &Environment,
    output: Arc<Output>,
) -> Exit {
    let session = Session {
        options,
        environment: environment.clone(),
        output,
    };
    let exit = match dispatch(command, &session).await {
        Ok(exit) => exit,
        Err(fault) => tell(&fault, &session.output),
    };
    match session.output.take_failure() {
        None => exit,
        Some(error) => {
            let fault = Fault::caused(FaultKind::Internal, "cannot print", &error);
            exit.worst(tell(&fault, &session.output))
        }
    }
}

async fn dispatch(command: &Command, session: &Session) -> Result<Exit, Fault> {
    match command {
        Command::Demo(words) => command::demo::run(session, words).await,
        Command::Init(words) => command::init::run(session, words).await,
        Command::Lanes(words) => command::lanes::run(session, words).await,
        Command::Start(words) => command::start::run(session, words).await,
        Command::Status(which) => command::status::run(session, which).await,
        Command::Next(which) => command::next::run(session, which).await,
        Command::Do(words) => command::step::carry_on(session, words).await,
        Command::Skip(words) => command::step::skip(session, words).await,
        Command::Abandon(words) => command::step::abandon(session, words).await,
        Command::Acknowledge(words) => command::step::acknowledge(session, words).await,
        Command::Override(words) => command::step::override_rule(session, words).await,
        Command::Retry(words) => command::step::retry(session, words).await,
        Command::Decide(words) => command::step::decide(session, words).await,
        Command::Preflight(words) => command::preflight::run(session, words).await,
        Command::Prove(words) => command::prove::run(session, words).await,
        Command::Resolve(words) => command::resolve::run(session, words).await,
        Command::Backport(words) => command::backport::run(session, words).await,
        Command::Approvals => command::approvals::run(session).await,
        Command::Diff(words) => command::diff::run(session, words).await,
        Command::Requests(words) => command::requests::run(session, words).await,
        Command::Approve(words) => command::judge::approve(session, words).await,
        Command::Reject(words) => command::judge::reject(session, words).await,
        Command::Tick(words) => command::checklist::tick(session, words).await,
        Command::Untick(words) => command::checklist::untick(session, words).await,
        Command::Note(words) => command::note::note(session, words).await,
        Command::Comment(words) => command::note::comment(session, words).await,
        Command::Close(words) => command::note::close(session, words).await,
        Command::Drive(words) => command::drive::run(session, words).await,
        Command::Restore(words) => command::resume::restore(session, words).await,
        Command::Resume(words) => command::resume::run(session, words).await,
        Command::Log(words) => command::log::run(session, words).await,
        Command::Report(words) => command::report::run(session, words).await,
        Command::Import(words) => command::import::run(session, words).await,
        Command::Archive(words) => command::archive::run(session, words).await,
        Command::Export(words) => command::export::run(session, words).await,
        Command::Doctor => command::doctor::run(session).await,
        Command::Config(words) => command::config::run(session, words.what),
        Command::Login(words) => command::login::login(session, words).await,
        Command::Logout(words) => command::login::logout(session, words).await,
        Command::Trust(words) => command::trust::run(session, words),
        Command::Completions(words) => Ok(command::generate::completions(session, words)),
        Command::Man => command::generate::man(session),
    }
}

/// Tells why the words were not understood, or what was asked about them (help, version). A script that asked for a
/// document gets one.
pub fn tell_usage(error: &clap::Error, wants_json: bool) -> Exit {
    if !error.use_stderr() {
        // A reader that went away has seen enough.
        drop(error.print());
        return Exit::Done;
    }
    let text = error.render().to_string();
    if !wants_json {
        // It quotes the words, which may come from a script and through it from anybody.
        let mut page = Page::new();
        for line in text.lines() {
            page.text(line);
        }
        Output::standard(Manners::default()).note(&page);
        return Exit::Usage;
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let summary = lines.next().unwrap_or("the words were not understood");
    let mut fault = Fault::new(
        FaultKind::User,
        summary.strip_prefix("error: ").unwrap_or(summary),
    );
    fault.chain = lines.map(str::to_owned).collect();
    let manners = Manners {
        is_json: true,
        ..Manners::default()
    };
    tell(&fault, &Output::standard(manners))
}

/// Returns the exit code of a fault.
pub(super) fn exit_of(fault: &Fault) -> Exit {
    match fault.kind {
        FaultKind::User | FaultKind::Config => Exit::Usage,
        FaultKind::Remote | FaultKind::Internal => Exit::Fault,
        FaultKind::Conflict => Exit::Conflicts,
        FaultKind::Unknown => Exit::Unknown,
    }
}

/// Tells what went wrong, why, and what to try next; returns the exit code that says so.
pub fn tell(fault: &Fault, output: &Output) -> Exit {
    let exit = exit_of(fault);
    let kind = match fault.kind {
        FaultKind::User => "user",
        FaultKind::Config => "config",
        FaultKind::Remote => "remote",
        FaultKind::Conflict => "conflict",
        FaultKind::Unknown => "unknown",
        FaultKind::Internal => "internal",
    };
    if output.is_json() {
        output.document(&FaultDocument {
            schema: "lanekeeper/fault/v1",
            kind,
            summary: fault.summary.clone(),
            chain: fault.chain.clone(),
            hint: fault.hint.clone(),
            exit: exit as u8,
        });
        return exit;
    }
    let mut page = Page::new();
    page.line([
        Span::new(Tone::Bad, "error"),
        Span::plain(": "),
        Span::new(Tone::Strong, fault.summary.as_str()),
    ]);
    for cause in &fault.chain {
        for line in cause.lines() {
            page.item(Tone::Plain, line);
        }
    }
    if let Some(hint) = &fault.hint {
        page.line([
            Span::new(Tone::Active, "next"),
            Span::plain(": "),
            Span::plain(hint.as_str()),
        ]);
    }
    output.note(&page);
    exit
}
