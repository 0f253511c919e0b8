//! `export`: the record as JSON lines, and the commits as a git bundle.

use crate::cli::args::Export;
use crate::cli::exit::Exit;
use crate::cli::json::ExportDocument;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::ops::Fault;
use crate::ops::FaultKind;

pub(in crate::cli) async fn run(session: &Session, words: &Export) -> Result<Exit, Fault> {
    let (workspace, _, hotfix) = session.hotfix(words.which.words()).await?;
    let dir = session.environment.current_dir.join(&words.out);
    let record = dir.join(format!("{hotfix}.jsonl"));
    let bundle = dir.join(format!("{hotfix}.bundle"));
    let lines = workspace.export_lines(&hotfix).await?;
    let unwritable = |error: std::io::Error| {
        Fault::caused(
            FaultKind::User,
            format!("cannot write {}", record.display()),
            &error,
        )
        .hint("Name a folder that you can write to: --out DIR")
    };
    std::fs::create_dir_all(&dir).map_err(unwritable)?;
    std::fs::write(&record, &lines).map_err(unwritable)?;
    workspace.export_bundle(&hotfix, &bundle).await?;
    let document = ExportDocument {
        schema: "lanekeeper/export/v1",
        hotfix: hotfix.to_string(),
        record: record.display().to_string(),
        bundle: Some(bundle.display().to_string()),
        events: lines.lines().count(),
    };
    let mut page = Page::new();
    page.text(format!("{} ({} events)", document.record, document.events));
    page.text(bundle.display().to_string());
    session.output.show(&page, &document);
    Ok(Exit::Done)
}
