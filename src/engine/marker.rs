//! The hidden line in a change request's body by which the request is recognised again, on any forge.

use serde::Deserialize;
use serde::Serialize;

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
}

impl Marker {
    /// Makes the marker of one request.
    pub fn new(hotfix: HotfixId, key: impl Into<String>) -> Self {
        Self {
            v: VERSION,
            hotfix,
            key: key.into(),
        }
    }

    /// Returns the line to put into a body.
    pub fn line(&self) -> String {
        // Ids and step names hold no `>`; a lane name may, and must not end the comment early.
        let json = serde_json::json!({"v": self.v, "hotfix": self.hotfix, "key": self.key})
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
}
