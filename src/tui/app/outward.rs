//! What leaves the console for the person's own programs: texts for the clipboard, and a page for the browser.

use super::detail_event;
use super::effect::Effect;
use super::saying;
use super::state::App;
use super::wish;
use super::words::Tone;

fn copy(what: &str, text: Option<String>) -> Vec<Effect> {
    text.map(|text| Effect::Copy {
        what: what.to_owned(),
        text,
        is_page: false,
    })
    .into_iter()
    .collect()
}

pub(super) fn copy_command(app: &mut App) -> Vec<Effect> {
    copy("the command", wish::next_command(app))
}

fn head(app: &App) -> Option<String> {
    if let Some(commit) = detail_event::commit_of(app) {
        return Some(commit.as_str().to_owned());
    }
    let board = app.board.as_ref()?;
    let head = board.seen.fix.value()?.head.as_ref()?;
    Some(head.as_str().to_owned())
}

pub(super) fn has_head(app: &App) -> Result<(), String> {
    head(app)
        .map(drop)
        .ok_or_else(|| "the fix has no head on the remote".to_owned())
}

pub(super) fn copy_head(app: &mut App) -> Vec<Effect> {
    copy("the commit id", head(app))
}

pub(super) fn has_hotfix(app: &App) -> Result<(), String> {
    app.hotfix
        .as_ref()
        .map(drop)
        .ok_or_else(|| "no hotfix is shown".to_owned())
}

pub(super) fn copy_id(app: &mut App) -> Vec<Effect> {
    copy(
        "the hotfix id",
        app.hotfix.as_ref().map(ToString::to_string),
    )
}

fn link(app: &App) -> Option<String> {
    let id = detail_event::request_of(app).or_else(|| saying::request_of(app))?;
    let requests = app.board.as_ref()?.seen.requests.value()?;
    requests
        .iter()
        .find(|request| request.id == id)?
        .url
        .clone()
}

pub(super) fn has_link(app: &App) -> Result<(), String> {
    link(app)
        .map(drop)
        .ok_or_else(|| "the change request has no page".to_owned())
}

pub(super) fn copy_link(app: &mut App) -> Vec<Effect> {
    copy("the link", link(app))
}

/// Shows the change request in the person's browser.
pub(super) fn browse(app: &mut App) -> Vec<Effect> {
    let url = link(app);
    if let Some(url) = &url {
        app.say(format!("opening {url}"), Tone::Dim);
    }
    url.map(|url| Effect::Browse { url }).into_iter().collect()
}
