//! `log`: the timeline.

use crate::cli::args::Which;
use crate::cli::exit::Exit;
use crate::cli::json::LogDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::ops::Fault;
use crate::record::Record;

pub(in crate::cli) async fn run(session: &Session, which: &Which) -> Result<Exit, Fault> {
    let (_, board, hotfix) = session.hotfix(which.words()).await?;
    let outside = board.outside();
    let record = board.record.unwrap_or_else(|| Record::empty(hotfix));
    session.output.show(
        &text::log(&record, &outside, session.output.is_verbose()),
        &LogDocument::new(&record, &outside),
    );
    Ok(Exit::Done)
}
