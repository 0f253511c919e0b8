//! By which change request a commit came in: what the look saw already, else what the forge says when it is asked.

use crate::model::ChangeRequest;
use crate::model::CommitId;

use super::approvals::lane_or_branch;
use super::approvals::numbered;
use super::detail::Detail;
use super::detail_event::commit_of;
use super::detail_event::request_of;
use super::effect::Effect;
use super::msg::Trouble;
use super::state::App;
use super::words::Tone;

/// What is known of how a commit came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    Asked,
    By(Vec<ChangeRequest>),
    Unknown(String),
}

/// Asks about the selected commit, once; an answer that failed is asked for again.
pub(super) fn ask(app: &mut App) -> Vec<Effect> {
    let Some(commit) = commit_of(app).filter(|_| request_of(app).is_none()) else {
        return Vec::new();
    };
    if seen(app, &commit).is_some() {
        return Vec::new();
    }
    match app.brought.get(&commit) {
        Some(Brought::Asked | Brought::By(_)) => Vec::new(),
        Some(Brought::Unknown(_)) | None => {
            app.brought.insert(commit.clone(), Brought::Asked);
            vec![Effect::FindRequests { commit }]
        }
    }
}

pub(super) fn found(app: &mut App, commit: CommitId, outcome: Result<Vec<ChangeRequest>, Trouble>) {
    let brought = match outcome {
        Ok(requests) => Brought::By(requests),
        Err(trouble) => Brought::Unknown(trouble.words()),
    };
    app.brought.insert(commit, brought);
}

/// Returns the request of the look that put this commit where it is.
fn seen<'a>(app: &'a App, commit: &CommitId) -> Option<&'a ChangeRequest> {
    let requests = app.board.as_ref()?.seen.requests.value()?;
    let is_by = |request: &&ChangeRequest| {
        let merged = request.merged();
        merged.is_some_and(|merged| &merged.commit == commit)
    };
    requests.iter().find(is_by)
}

/// Tells how a commit came in.
pub(super) fn tell(app: &App, commit: &CommitId, detail: &mut Detail) {
    if request_of(app).is_some() {
        return;
    }
    if let Some(request) = seen(app, commit) {
        detail.say(words(app, request), Tone::Plain);
        return;
    }
    match app.brought.get(commit) {
        None => {
            let key = app.options.keymap.first("open");
            detail.say(
                format!("{key} asks which change request brought it"),
                Tone::Dim,
            );
        }
        Some(Brought::Asked) => detail.say("asking which change request brought it", Tone::Dim),
        Some(Brought::By(requests)) if requests.is_empty() => {
            detail.say("no change request brought it, says the forge", Tone::Dim);
        }
        Some(Brought::By(requests)) => {
            for request in requests {
                detail.say(words(app, request), Tone::Plain);
            }
        }
        Some(Brought::Unknown(why)) => {
            detail.say(format!("brought in by: unknown, {why}"), Tone::Warn);
        }
    }
}

fn words(app: &App, request: &ChangeRequest) -> String {
    let verb = if request.merged().is_some() {
        "came in by"
    } else {
        "is in"
    };
    format!(
        "{verb} {} {} ({} to {})",
        numbered(app, request.id),
        request.title.show(),
        lane_or_branch(app, &request.from),
        lane_or_branch(app, &request.into)
    )
}
