//! `trust`: accepts the commands in the team's file, and the merge drivers of the clone, as they are now.

use crate::cli::args::Trust;
use crate::cli::exit::Exit;
use crate::cli::json::TextDocument;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::cli::text::Span;
use crate::cli::text::Tone;
use crate::config::File;
use crate::config::WaitingCommand;
use crate::model::MergeDriver;
use crate::model::Untrusted;
use crate::model::shell_line;
use crate::ops::Accepted;
use crate::ops::Fault;
use crate::ops::TrustChange;
use crate::ops::WaitingForTrust;

/// Characters of a driver's command in one line: even where each becomes a mark the line is shown whole.
const PIECE: usize = 400;

pub(in crate::cli) fn run(session: &Session, words: &Trust) -> Result<Exit, Fault> {
    let waiting = WaitingForTrust::read(&session.options, &session.environment)?;
    if waiting.is_empty() {
        tell(
            session,
            "Nothing waits for trust: what runs commands here is accepted as it stands.",
        );
        return Ok(Exit::Done);
    }
    show(session, &waiting);
    if !words.yes {
        let question = if waiting.commands.is_empty() && waiting.drivers.is_empty() {
            "Do these keys count? [y/N]"
        } else {
            "May these run on this machine? [y/N]"
        };
        let answer = session.output.ask(question);
        if !matches!(answer.as_deref(), Some("y" | "Y" | "yes")) {
            tell(
                session,
                "Not trusted. Read the commands, then say: lanekeeper trust --yes",
            );
            return Ok(Exit::Refused);
        }
    }
    tell(session, &done(&waiting.accept()?));
    Ok(Exit::Done)
}

fn show(session: &Session, waiting: &WaitingForTrust) {
    let output = &session.output;
    if !waiting.commands.is_empty() {
        output.page(&page(&waiting.commands));
    }
    if let Some(file) = &waiting.signers {
        output.page(&signers_page(file));
    }
    let is_new = |changes: &&Vec<TrustChange>| !changes.is_empty();
    let is_of_file = !waiting.commands.is_empty() || waiting.signers.is_some();
    let changes = waiting.file_changes.as_ref().filter(|_| is_of_file);
    if let Some(changes) = changes.filter(is_new) {
        output.page(&changes_page("What changed since you trusted it:", changes));
    }
    if waiting.drivers.is_empty() {
        return;
    }
    output.page(&drivers_page(&waiting.drivers));
    if let Some(changes) = waiting.driver_changes.as_ref().filter(is_new) {
        let heading = "What changed in them since you trusted them:";
        output.page(&changes_page(heading, changes));
    }
}

fn done(accepted: &Accepted) -> String {
    match (&accepted.file, &accepted.drivers) {
        (Some(file), None) => format!("Trusted as it stands: sha256 {file}"),
        (None, Some(drivers)) => {
            format!("The merge drivers are trusted as they stand: sha256 {drivers}")
        }
        (Some(file), Some(drivers)) => {
            format!("Trusted as it stands: sha256 {file}; the merge drivers too: sha256 {drivers}")
        }
        (None, None) => "Nothing was trusted.".to_owned(),
    }
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

fn changes_page(heading: &str, changes: &[TrustChange]) -> Page {
    let mut page = Page::new();
    page.heading(heading);
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
        let line = shell_line(&command.argv);
        let mut pieces = pieces(&line).into_iter().map(Span::plain);
        page.row(
            [
                Span::new(Tone::Faint, format!("line {}", command.line)),
                Span::new(Tone::Strong, command.of.as_str()),
                pieces.next().unwrap_or_default(),
            ],
            pieces,
        );
    }
    page
}

fn drivers_page(drivers: &[MergeDriver]) -> Page {
    let mut page = Page::of("Merge drivers that git's configuration of this clone has:");
    page.table(2);
    for driver in drivers {
        let mut pieces = pieces(driver.command.raw()).into_iter().map(Span::plain);
        page.row(
            [
                Span::new(Tone::Strong, driver.name.raw()),
                pieces.next().unwrap_or_default(),
            ],
            pieces,
        );
    }
    page
}

/// Returns a command line by line, none of them so long that it would be cut: what is trusted must have been seen.
fn pieces(command: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for line in command.split('\n') {
        let line: Vec<char> = line.chars().collect();
        pieces.extend(line.chunks(PIECE).map(String::from_iter));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::text::Style;

    fn waiting(argv: &[&str]) -> WaitingCommand {
        WaitingCommand {
            of: "app portal".to_owned(),
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            line: 42,
        }
    }

    #[test]
    fn where_each_argument_of_a_command_begins_and_ends_is_seen() {
        let shown = |argv: &[&str]| page(&[waiting(argv)]).render(Style::default());
        let quoted = shown(&["sh", "-c", "echo a; sleep 3"]);
        assert!(
            quoted.contains("line 42  app portal  sh -c \"echo a; sleep 3\""),
            "{quoted}"
        );
        assert_ne!(quoted, shown(&["sh", "-c", "echo", "a;", "sleep", "3"]));
    }

    #[test]
    fn a_long_command_of_the_team_is_shown_to_its_end() {
        let script = format!("{}; rm -r .", "x".repeat(5_000));
        let shown = page(&[waiting(&["sh", "-c", &script])]).render(Style::default());
        assert!(shown.contains("rm -r ."), "{shown}");
        assert!(!shown.contains("bytes more"), "{shown}");
    }

    #[test]
    fn a_command_is_shown_to_its_end_with_everything_that_hides_in_it() {
        let command = format!("sf %O\nrm\u{200b} -r{}end", " x".repeat(5_000));
        let driver = MergeDriver {
            name: "s\u{202e}f".into(),
            command: command.into(),
        };
        let shown = drivers_page(&[driver]).render(Style::default());
        for word in ["s‹202E›f", "sf %O", "rm‹200B› -r", "end"] {
            assert!(shown.contains(word), "{word} is not in: {shown}");
        }
        assert_eq!(shown.matches(" x").count(), 5_000, "nothing is cut");
        assert!(!shown.contains("bytes more"), "{shown}");
    }
}
