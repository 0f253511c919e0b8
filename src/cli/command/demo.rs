//! `demo --play`: a whole hotfix without a screen. The demo with a screen is the console's.

use crate::cli::args::Demo as Words;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::ops::Demo;
use crate::ops::Fault;
use crate::ops::FaultKind;

pub(in crate::cli) async fn run(session: &Session, words: &Words) -> Result<Exit, Fault> {
    let Some(playbook) = &words.play else {
        return Err(Fault::new(
            FaultKind::User,
            "the demo without --play needs a screen",
        ));
    };
    // Kept until the end of the run; dropping it removes the folder.
    let scratch = tempfile::tempdir().map_err(|error| {
        Fault::caused(
            FaultKind::Internal,
            "cannot make a temporary folder",
            &error,
        )
    })?;
    let dir = words
        .keep
        .clone()
        .unwrap_or_else(|| scratch.path().join("demo"));
    let demo = Demo::make(&dir, &session.environment)?;
    let output = &session.output;
    let mut say = |line: &str| output.page(&Page::of(line));
    let is_done = Box::pin(demo.play(playbook, &mut say)).await?;
    Ok(if is_done { Exit::Done } else { Exit::Fault })
}
