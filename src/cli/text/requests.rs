//! The requests of a commit.

use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::RequestState;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Lists the requests that have a commit, newest first.
pub fn requests(commit: &CommitId, requests: &[ChangeRequest]) -> Page {
    let mut page = Page::new();
    if requests.is_empty() {
        page.text(format!(
            "No change request that the forge lists has {}.",
            commit.short()
        ));
        return page;
    }
    page.table(1);
    for request in requests {
        let (tone, state) = match &request.state {
            RequestState::Open => (Tone::Active, "open".to_owned()),
            RequestState::Merged(merged) => {
                (Tone::Good, format!("merged as {}", merged.commit.short()))
            }
            RequestState::Closed => (Tone::Plain, "closed".to_owned()),
        };
        page.row(
            [
                Span::new(Tone::Strong, request.id.to_string()),
                Span::plain(format!("{} -> {}", request.from, request.into)),
                Span::new(tone, state),
                Span::plain(request.title.show()),
            ],
            [],
        );
    }
    page
}
