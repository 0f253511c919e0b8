//! The hidden line by which a request's body names its hotfix. The engine writes it; an adapter reads the id, and writes it
//! for whoever asks a forge without the engine.

use serde::Deserialize;

use crate::model::HotfixId;

const OPEN: &str = "<!-- lanekeeper ";
const CLOSE: &str = " -->";

#[derive(Deserialize)]
struct Marker {
    hotfix: HotfixId,
}

/// Returns the hotfix that the first marker in `body` names. People edit bodies: anything else is no marker.
pub(super) fn hotfix(body: &str) -> Option<HotfixId> {
    body.match_indices(OPEN).find_map(|(at, _)| {
        let rest = &body[at + OPEN.len()..];
        let json = &rest[..rest.find(CLOSE)?];
        let marker: Marker = serde_json::from_str(json).ok()?;
        Some(marker.hotfix)
    })
}

/// Returns a body that names the hotfix; one that does already stays as it is.
pub(super) fn with_hotfix(body: &str, wanted: Option<&HotfixId>) -> String {
    match wanted {
        Some(id) if hotfix(body).as_ref() != Some(id) => {
            let json = serde_json::json!({"v": 1, "hotfix": id, "key": ""});
            format!("{body}\n\n{OPEN}{json}{CLOSE}")
        }
        Some(_) | None => body.to_owned(),
    }
}

/// What is to be done so that a comment of ours which holds a marker says a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Already,
    Edit(u64),
    Add,
}

/// Looks through our comments by id. Of several with the marker (two processes, a lost answer) the first one is it, so
/// that everybody keeps the same.
pub(super) fn kept<'a>(
    comments: impl Iterator<Item = (u64, &'a str)>,
    marker: &str,
    text: &str,
) -> Kept {
    let marked = comments.filter(|(_, body)| body.contains(marker));
    match marked.min_by_key(|(id, _)| *id) {
        None => Kept::Add,
        Some((_, body)) if body.trim() == text.trim() => Kept::Already,
        Some((id, _)) => Kept::Edit(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hotfix_is_read_among_what_people_wrote() {
        let body = "Why\n<!-- lanekeeper {} -->\n<!-- lanekeeper {\"v\":1,\"hotfix\":\"20260412-a-7f3a9c\",\"key\":\"change\"} -->\n";
        let id = "20260412-a-7f3a9c".parse().expect("static id");
        assert_eq!(hotfix(body), Some(id));
        assert_eq!(hotfix("<!-- lanekeeper {\"v\":1"), None);
    }

    #[test]
    fn a_hotfix_is_found_again_in_the_body_that_names_it() {
        let id: HotfixId = "20260412-checkout-7f3a9c".parse().expect("static id");
        let body = with_hotfix("It crashed.", Some(&id));
        assert_eq!(hotfix(&body), Some(id.clone()));
        assert_eq!(with_hotfix(&body, Some(&id)), body);
        assert_eq!(with_hotfix("It crashed.", None), "It crashed.");
        assert_eq!(hotfix("<!-- lanekeeper {} -->"), None);
    }

    #[test]
    fn the_first_comment_with_the_marker_is_the_one_that_is_kept() {
        let all = [(9, "<!-- m --> old"), (3, "by hand"), (7, "<!-- m --> new")];
        let says = |text| kept(all.into_iter(), "<!-- m -->", text);
        assert_eq!(says("<!-- m --> new"), Kept::Already);
        assert_eq!(says("<!-- m --> newer"), Kept::Edit(7));
        assert_eq!(kept([].into_iter(), "<!-- m -->", "x"), Kept::Add);
    }
}
