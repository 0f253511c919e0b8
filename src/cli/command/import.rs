//! `import`: a record that was exported comes back, as far as it is not there.

use crate::cli::args::Import;
use crate::cli::carry::carry_planned;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, words: &Import) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let file = session.environment.current_dir.join(&words.file);
    let planned = workspace.plan_import(&file).await?;
    carry_planned(session, &workspace, planned, &words.handling).await
}
