//! `diff`: what a change request, a deployment or a commit changes. Opening it is what makes approving possible.

use crate::cli::args::Diff;
use crate::cli::exit::Exit;
use crate::cli::json::DiffDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::cli::values::DiffWords;
use crate::engine::DiffOf;
use crate::engine::Glance;
use crate::engine::Observation;
use crate::model::ChangeRequest;
use crate::model::DeploymentState;
use crate::model::Subject;
use crate::ops::Fault;
use crate::ops::FaultKind;

pub(in crate::cli) async fn run(session: &Session, words: &Diff) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let board = workspace.look(None).await?;
    let of = match &words.of {
        DiffWords::Subject(subject) => DiffOf::Subject(subject.clone()),
        DiffWords::Rev(rev) => DiffOf::Commit(workspace.commit_named(rev).await?),
    };
    let (compared, diff) = workspace.diff(&board, &of).await?;
    let hidden = diff.hidden();
    if let Some(count) = words.saw_hidden.filter(|count| *count != hidden) {
        return Err(Fault::new(
            FaultKind::User,
            format!("the diff hides {hidden} characters, not {count}: nothing was remembered"),
        )
        .hint(format!("Look again: lanekeeper diff {of}")));
    }
    // A document is for a script, which names the head that it approves; a list of files is no look.
    let is_look = !words.stat && (!session.output.is_json() || words.saw_hidden.is_some());
    let glance = match (&of, is_look) {
        (DiffOf::Subject(subject), true) => {
            let mut glance = workspace.look_at_diff(subject, &diff)?;
            if words.saw_hidden.is_some() && !glance.saw_hidden {
                glance.saw_hidden = true;
                workspace.keep_glance(&glance)?;
            }
            Some(glance)
        }
        (DiffOf::Subject(_) | DiffOf::Commit(_), _) => None,
    };
    let has_looked = glance.as_ref().is_some_and(Glance::counts);
    let document = DiffDocument::new(&compared, &diff, has_looked);
    // What is decided already is approved by nobody any more.
    let asks = glance.as_ref().filter(|_| is_undecided(&board.seen, &of));
    let page = text::diff(&compared, &diff, asks, words.stat);
    session.output.show(&page, &document);
    Ok(Exit::Done)
}

/// Tells whether a decision can still be made about it.
fn is_undecided(seen: &Observation, of: &DiffOf) -> bool {
    match of {
        DiffOf::Subject(Subject::Request(id)) => {
            seen.request(*id).is_none_or(ChangeRequest::is_open)
        }
        DiffOf::Subject(Subject::Deployment(id)) => {
            let deployments = seen.deployments.value().into_iter().flatten();
            let mut found = deployments.filter(|deployment| &deployment.id == id);
            found.all(|deployment| deployment.state == DeploymentState::Blocked)
        }
        DiffOf::Commit(_) => false,
    }
}
