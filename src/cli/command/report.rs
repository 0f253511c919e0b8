//! `report`: the post-mortem draft.

use crate::cli::args::Report;
use crate::cli::exit::Exit;
use crate::cli::json::ReportDocument;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::report;

pub(in crate::cli) async fn run(session: &Session, words: &Report) -> Result<Exit, Fault> {
    let (_, board, hotfix) = session.hotfix(words.which.words()).await?;
    let markdown = report::markdown(&board);
    let file = words
        .out
        .as_ref()
        .map(|file| session.environment.current_dir.join(file));
    if let Some(file) = &file {
        std::fs::write(file, &markdown).map_err(|error| {
            Fault::caused(
                FaultKind::User,
                format!("cannot write {}", file.display()),
                &error,
            )
            .hint("Name a file in a folder that is there and that you can write to.")
        })?;
    }
    let shown = file.as_ref().map(|file| file.display().to_string());
    if session.output.is_json() {
        session.output.document(&ReportDocument {
            schema: "lanekeeper/report/v1",
            hotfix: hotfix.to_string(),
            markdown,
            file: shown,
        });
    } else if let Some(shown) = shown {
        session.output.page(&Page::of(format!("wrote {shown}")));
    } else {
        let mut page = Page::new();
        for line in markdown.lines() {
            page.text(line);
        }
        session.output.page(&page);
    }
    Ok(Exit::Done)
}
