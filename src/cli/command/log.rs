//! `log`: the timeline, or what a job wrote.

use crate::cli::args::Log;
use crate::cli::exit::Exit;
use crate::cli::json::LogDocument;
use crate::cli::json::TextDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::cli::text::Page;
use crate::model::JobId;
use crate::model::Untrusted;
use crate::ops::Fault;
use crate::record::Record;

pub(in crate::cli) async fn run(session: &Session, words: &Log) -> Result<Exit, Fault> {
    if let Some(job) = &words.job {
        return job_log(session, job).await;
    }
    let (_, board, hotfix) = session.hotfix(words.which.words()).await?;
    let outside = board.outside();
    let record = board.record.unwrap_or_else(|| Record::empty(hotfix));
    session.output.show(
        &text::log(&record, &outside, session.output.is_verbose()),
        &LogDocument::new(&record, &outside),
    );
    Ok(Exit::Done)
}

/// Prints what a job has written until now.
async fn job_log(session: &Session, job: &JobId) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let (mut text, mut offset, mut end) = (String::new(), 0, None);
    loop {
        let chunk = workspace.job_log(job, offset).await?;
        text.push_str(chunk.text.raw());
        // What comes while this reads is left out: a job may write as fast as it is read.
        let end = *end.get_or_insert(chunk.end);
        let is_at_end = chunk.is_complete || chunk.next_offset >= end;
        // The last line may be half written, and is not handed out then.
        if is_at_end || chunk.next_offset <= offset {
            break;
        }
        offset = chunk.next_offset;
    }
    let mut page = Page::new();
    for line in Untrusted::new(text.as_str()).lines() {
        page.text(line);
    }
    let schema = "lanekeeper/text/v1";
    session.output.show(&page, &TextDocument { schema, text });
    Ok(Exit::Done)
}
