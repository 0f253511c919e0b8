//! `completions` and `man`: made from the definition of the command line.

use clap::CommandFactory;

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
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut page)
        .map_err(unwritten)?;
    print(session, &page);
    Ok(Exit::Done)
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
