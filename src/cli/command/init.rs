//! `init`: finds lanes, shows them with where every value comes from, asks, writes `lanekeeper.toml`.

use std::io::Write;
use std::path::Path;

use crate::cli::args::Init;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::cli::text::Span;
use crate::cli::text::Tone;
use crate::config::Guess;
use crate::config::GuessFacts;
use crate::config::GuessedProduction;
use crate::config::guess;
use crate::model::BranchName;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::Workspace;

use super::generate;

pub(in crate::cli) async fn run(session: &Session, words: &Init) -> Result<Exit, Fault> {
    let output = &session.output;
    let survey = Workspace::survey(&session.options, &session.environment).await?;
    let mut proposal = guess(&survey.facts, None);
    if words.print {
        generate::print(session, proposal.to_toml().as_bytes());
        return Ok(Exit::Done);
    }
    if survey.file.exists() {
        return Err(Fault::new(
            FaultKind::User,
            format!("{} is there already", survey.file.display()),
        )
        .hint("Edit it, or see a fresh proposal with: lanekeeper init --print"));
    }
    if let Some(fault) = survey.elsewhere {
        // Two files for one project would be two sets of rules.
        let hint = fault.hint.clone().unwrap_or_default();
        return Err(fault.hint(format!(
            "{hint} For another file all the same, name it: lanekeeper init --config lanekeeper.toml"
        )));
    }
    output.note(&page(&proposal, survey.doubt.as_deref()));
    if !words.yes {
        let hint = "See it with `lanekeeper init --print`, or agree with --yes.";
        if !output.is_interactive() {
            return Err(Fault::new(FaultKind::User, "nothing was written").hint(hint));
        }
        let Some(agreed) = ask(session, &survey.facts, proposal) else {
            output.note(&Page::of(format!("Nothing was written. {hint}")));
            return Ok(Exit::Refused);
        };
        proposal = agreed;
    } else if !proposal.is_sure() {
        // Production is never guessed silently (flows.md 8).
        return Err(Fault::new(
            FaultKind::User,
            "which branch is production cannot be told from the names",
        )
        .hint("Run lanekeeper init without --yes, or write the file from --print."));
    }
    write(&survey.file, &proposal.to_toml())?;
    let text = format!("wrote {}", survey.file.display());
    let next = "Read it, commit it, then: lanekeeper doctor";
    if output.is_json() {
        generate::print(session, text.as_bytes());
    } else {
        let mut page = Page::of(text);
        page.text(next);
        output.page(&page);
    }
    Ok(Exit::Done)
}

/// Returns the proposal that a person agrees to; none if they do not.
fn ask(session: &Session, facts: &GuessFacts, proposal: Guess) -> Option<Guess> {
    let output = &session.output;
    let proposal = match &proposal.production {
        GuessedProduction::One { .. } => proposal,
        GuessedProduction::Several(_) | GuessedProduction::Unknown => {
            let typed = output.ask("Which branch is production?")?;
            let branch: BranchName = typed.parse().ok()?;
            if !facts.branches.iter().any(|known| known.name == branch) {
                output.note(&Page::of(format!("There is no branch {branch}.")));
                return None;
            }
            let chosen = guess(facts, Some(&branch));
            output.note(&page(&chosen, None));
            chosen
        }
    };
    let answer = output.ask("Write lanekeeper.toml with these lanes? [y/N]")?;
    matches!(answer.as_str(), "y" | "Y" | "yes").then_some(proposal)
}

fn page(proposal: &Guess, doubt: Option<&str>) -> Page {
    let mut page = Page::new();
    if let Some(doubt) = doubt {
        let words = format!("Only the branches of this clone are known: {doubt}");
        page.line([Span::new(Tone::Warning, words)]);
    }
    for line in proposal.drawing().lines() {
        page.text(line);
    }
    page.heading("Where every value comes from");
    for line in proposal.origins() {
        page.item(Tone::Plain, line);
    }
    page
}

/// Writes a file that must not be there yet: a team's file is never written over.
fn write(file: &Path, text: &str) -> Result<(), Fault> {
    let unwritten = |error: std::io::Error| {
        Fault::caused(
            FaultKind::User,
            format!("cannot write {}", file.display()),
            &error,
        )
    };
    let mut created = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .map_err(unwritten)?;
    created.write_all(text.as_bytes()).map_err(unwritten)
}
