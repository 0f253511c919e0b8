//! `completions` and `man`: made from the definition of the command line.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::args::Arguments;
use crate::cli::args::Completions;
use crate::cli::exit::Exit;
use crate::cli::json::TextDocument;
use crate::cli::session::Session;
use crate::ops::Fault;
use crate::ops::FaultKind;

pub(in crate::cli) fn completions(session: &Session, words: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(
        words.shell,
        &mut Arguments::command(),
        "lanekeeper",
        &mut script,
    );
    print(session, &script);
    Exit::Done
}

pub(in crate::cli) fn man(session: &Session) -> Result<Exit, Fault> {
    let unwritten = |error: std::io::Error| {
        Fault::caused(FaultKind::Internal, "cannot write the manual page", &error)
    };
    let page = manual().map_err(unwritten)?;
    print(session, &page);
    Ok(Exit::Done)
}

/// Returns one page with every command: there are no pages such as lanekeeper-do(1) to point to.
fn manual() -> Result<Vec<u8>, std::io::Error> {
    let mut page = Vec::new();
    let whole = Man::new(Arguments::command());
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    whole.render_options_section(&mut page)?;
    page.extend_from_slice(b".SH COMMANDS\n");
    for command in Arguments::command().get_subcommands() {
        let title = format!("lanekeeper {}", command.get_name());
        page.extend_from_slice(format!(".SS {title}\n").as_bytes());
        let one = Man::new(command.clone().name(title).disable_help_flag(true));
        let mut part = Vec::new();
        one.render_synopsis_section(&mut part)?;
        one.render_description_section(&mut part)?;
        if command.get_arguments().next().is_some() {
            one.render_options_section(&mut part)?;
        }
        if command.has_subcommands() {
            one.render_subcommands_section(&mut part)?;
        }
        if command.get_after_help().is_some() {
            one.render_extra_section(&mut part)?;
        }
        let part = String::from_utf8_lossy(&part);
        // Sections of a command are paragraphs here.
        let lines = part.lines().map(|line| {
            if line.starts_with(".SH ") {
                ".PP"
            } else {
                line
            }
        });
        for line in lines {
            page.extend_from_slice(line.as_bytes());
            page.push(b'\n');
        }
    }
    whole.render_extra_section(&mut page)?;
    whole.render_version_section(&mut page)?;
    Ok(page)
}

/// Prints a text made by a library as it is; it holds nothing from outside.
pub(super) fn print(session: &Session, text: &[u8]) {
    let text = String::from_utf8_lossy(text).into_owned();
    if session.output.is_json() {
        let schema = "lanekeeper/text/v1";
        session.output.document(&TextDocument { schema, text });
    } else {
        session.output.verbatim(&text);
    }
}
