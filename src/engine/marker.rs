//! The hidden line in a change request's body by which the request is recognised again, on any forge.

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;
use crate::model::HotfixId;

const OPEN: &str = "<!-- lanekeeper ";
const CLOSE: &str = " -->";
const VERSION: u32 = 1;

/// What the marker says: which hotfix, and which step and target of it (`retrofit/integration`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    v: u32,
    pub hotfix: HotfixId,
    #[serde(default)]
    pub key: String,
    /// What the request was opened with, where that is known: a body says what its text was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<CommitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<CommitId>,
}

/// Ends the key of a request in which a conflict is resolved on two branches. No lane's name has a blank.
const CONFLICT: &str = " conflict";

impl Marker {
    /// Makes the marker of one request.
    pub fn new(hotfix: HotfixId, key: impl Into<String>) -> Self {
        Self {
            v: VERSION,
            hotfix,
            key: key.into(),
            head: None,
            tree: None,
        }
    }

    /// Makes the marker of the request in which the conflict of a target is resolved.
    pub(super) fn of_conflict(hotfix: HotfixId, key: &str) -> Self {
        Self::new(hotfix, format!("{key}{CONFLICT}"))
    }

    /// Tells whether it names the same hotfix and the same place in it, whatever it was opened with.
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.hotfix == other.hotfix && self.key == other.key
    }

    /// Returns the step, or the step and target, that the request belongs to.
    pub fn place(&self) -> &str {
        self.key.strip_suffix(CONFLICT).unwrap_or(&self.key)
    }

    /// Returns a body whose marker says what the request is opened with; as it is if it has none.
    pub fn complete(body: &str, head: &CommitId, tree: &CommitId) -> String {
        let Some(marker) = Self::find(body) else {
            return body.to_owned();
        };
        let whole = Self {
            head: Some(head.clone()),
            tree: Some(tree.clone()),
            ..marker.clone()
        };
        body.replacen(&marker.line(), &whole.line(), 1)
    }

    /// Returns the line to put into a body.
    pub fn line(&self) -> String {
        // Ids and step names hold no `>`; a lane name may, and must not end the comment early.
        let json = serde_json::to_value(self)
            .expect("text keys and plain values")
            .to_string()
            .replace('>', "\\u003e");
        format!("{OPEN}{json}{CLOSE}")
    }

    /// Reads the first marker in a body. People edit bodies: anything that is not ours is no marker.
    pub fn find(body: &str) -> Option<Self> {
        body.match_indices(OPEN).find_map(|(at, _)| {
            let rest = &body[at + OPEN.len()..];
            let json = &rest[..rest.find(CLOSE)?];
            let marker: Self = serde_json::from_str(json).ok()?;
            (marker.v >= VERSION).then_some(marker)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_again_among_what_people_wrote() {
        let id: HotfixId = "20260412-checkout-7f3a9c".parse().expect("static id");
        let marker = Marker::new(id, "retrofit/a-->b");
        let body = format!("Why\n<!-- lanekeeper {{}} -->\n{}\nmore", marker.line());
        assert_eq!(Marker::find(&body), Some(marker));
        assert_eq!(Marker::find("<!-- lanekeeper {\"v\":1"), None);
        assert_eq!(Marker::find(""), None);
    }

    #[test]
    fn what_a_request_was_opened_with_changes_nothing_about_its_place() {
        let id: HotfixId = "20260412-checkout-7f3a9c".parse().expect("static id");
        let marker = Marker::new(id.clone(), "retrofit/integration");
        let body = format!("Why\n{}\nmore", marker.line());
        let commit = |digit: &str| digit.repeat(40).parse().expect("hex");
        let (head, tree) = (commit("a"), commit("b"));
        let completed = Marker::complete(&body, &head, &tree);
        let found = Marker::find(&completed).expect("still there");
        assert_eq!(
            (found.head.as_ref(), found.tree.as_ref()),
            (Some(&head), Some(&tree))
        );
        assert!(found.is_same_place(&marker));
        assert!(completed.starts_with("Why\n") && completed.ends_with("\nmore"));
        let conflict = Marker::of_conflict(id, &marker.key);
        assert_eq!(conflict.place(), "retrofit/integration");
        assert!(!conflict.is_same_place(&marker));
    }
}
