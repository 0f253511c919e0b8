//! `trust`: accepts the commands in the team's file as they are now.

use crate::cli::args::Trust;
use crate::cli::exit::Exit;
use crate::cli::json::TextDocument;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::cli::text::Span;
use crate::cli::text::Tone;
use crate::config::File;
use crate::config::WaitingCommand;
use crate::model::Untrusted;
use crate::ops::Fault;
use crate::ops::TrustChange;
use crate::ops::Workspace;

pub(in crate::cli) fn run(session: &Session, words: &Trust) -> Result<Exit, Fault> {
    let output = &session.output;
    let waiting = Workspace::waiting_commands(&session.options, &session.environment)?;
    let signers = Workspace::waiting_signers(&session.options, &session.environment)?;
    if waiting.is_empty() && signers.is_none() {
        tell(
            session,
            "Nothing waits for trust: the file is accepted as it is, or runs no commands.",
        );
        return Ok(Exit::Done);
    }
    if !waiting.is_empty() {
        output.page(&page(&waiting));
    }
    if let Some(file) = &signers {
        output.page(&signers_page(file));
    }
    let changed = Workspace::changed_since_trusted(&session.options, &session.environment)?;
    if let Some(changes) = changed.filter(|changes| !changes.is_empty()) {
        output.page(&changes_page(&changes));
    }
    if !words.yes {
        let question = if waiting.is_empty() {
            "Do these keys count? [y/N]"
        } else {
            "May these run on this machine? [y/N]"
        };
        let answer = output.ask(question);
        if !matches!(answer.as_deref(), Some("y" | "Y" | "yes")) {
            tell(
                session,
                "Not trusted. Read the commands, then say: lanekeeper trust --yes",
            );
            return Ok(Exit::Refused);
        }
    }
    let digest = Workspace::trust(&session.options, &session.environment)?;
    tell(session, &format!("Trusted as it stands: sha256 {digest}"));
    Ok(Exit::Done)
}

fn tell(session: &Session, text: &str) {
    let document = TextDocument {
        schema: "lanekeeper/text/v1",
        text: text.to_owned(),
    };
    session.output.show(&Page::of(text), &document);
}

fn signers_page(file: &File) -> Page {
    let shown = Untrusted::new(file.shown.as_str()).show();
    let mut page = Page::of(format!("Signatures by these keys count ({shown}):"));
    for line in Untrusted::new(file.text.as_str()).lines() {
        page.item(Tone::Plain, line);
    }
    page
}

fn changes_page(changes: &[TrustChange]) -> Page {
    let mut page = Page::new();
    page.heading("What changed since you trusted it:");
    for change in changes {
        let (tone, sign, text) = match change {
            TrustChange::Both(text) => (Tone::Faint, ' ', text),
            TrustChange::Removed(text) => (Tone::Bad, '-', text),
            TrustChange::Added(text) => (Tone::Good, '+', text),
        };
        page.item(tone, format!("{sign} {text}"));
    }
    page
}

fn page(waiting: &[WaitingCommand]) -> Page {
    let mut page = Page::of("The team's file wants to run these commands:");
    page.table(2);
    for command in waiting {
        page.row(
            [
                Span::new(Tone::Faint, format!("line {}", command.line)),
                Span::new(Tone::Strong, command.of.as_str()),
                Span::plain(command.argv.join(" ")),
            ],
            [],
        );
    }
    page
}
