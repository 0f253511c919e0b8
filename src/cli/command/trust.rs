//! `trust`: accepts the commands in the team's file as they are now.

use crate::cli::args::Trust;
use crate::cli::exit::Exit;
use crate::cli::json::TextDocument;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::cli::text::Span;
use crate::cli::text::Tone;
use crate::config::WaitingCommand;
use crate::ops::Fault;
use crate::ops::Workspace;

pub(in crate::cli) fn run(session: &Session, words: &Trust) -> Result<Exit, Fault> {
    let output = &session.output;
    let waiting = Workspace::waiting_commands(&session.options, &session.environment)?;
    if waiting.is_empty() {
        tell(
            session,
            "Nothing waits for trust: the file is accepted as it is, or runs no commands.",
        );
        return Ok(Exit::Done);
    }
    output.page(&page(&waiting));
    if !words.yes {
        let answer = output.ask("May these run on this machine? [y/N]");
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
