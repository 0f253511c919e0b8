//! Whether a file still reads as what its name says: a conflict resolved by hand breaks JSON and XML without leaving
//! a marker (flows.md 5.8.4).

use quick_xml::Reader;
use quick_xml::events::Event;

/// A language that can be checked without knowing the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
}

impl Form {
    /// Returns the form that a path promises.
    pub(super) fn of(path: &[u8]) -> Option<Self> {
        let ends = |ending: &str| {
            let tail = path.len().checked_sub(ending.len());
            tail.is_some_and(|at| path[at..].eq_ignore_ascii_case(ending.as_bytes()))
        };
        if ends(".json") {
            Some(Self::Json)
        } else if ends(".xml") {
            Some(Self::Xml)
        } else {
            None
        }
    }

    /// Tells whether the content is well-formed.
    pub(super) fn holds(self, bytes: &[u8]) -> bool {
        match self {
            Self::Json => serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok(),
            Self::Xml => is_xml(bytes),
        }
    }
}

fn is_xml(bytes: &[u8]) -> bool {
    let mut reader = Reader::from_reader(bytes);
    let (mut depth, mut roots) = (0_usize, 0_usize);
    loop {
        let text = match reader.read_event() {
            Err(_) => return false,
            Ok(Event::Eof) => return depth == 0 && roots == 1,
            Ok(Event::Start(tag)) if tag.attributes().all(|one| one.is_ok()) => {
                roots += usize::from(depth == 0);
                depth += 1;
                continue;
            }
            Ok(Event::Empty(tag)) if tag.attributes().all(|one| one.is_ok()) => {
                roots += usize::from(depth == 0);
                continue;
            }
            Ok(Event::Start(_) | Event::Empty(_)) => return false,
            Ok(Event::End(_)) => {
                // The reader has compared the names already.
                depth = depth.saturating_sub(1);
                continue;
            }
            Ok(Event::Text(text)) => text.to_string(),
            Ok(Event::CData(data)) => data.to_string(),
            Ok(Event::GeneralRef(_)) => "&".to_owned(),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => continue,
        };
        if depth == 0 && !is_blank(&text) {
            return false;
        }
    }
}

/// A byte order mark may come before everything.
fn is_blank(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_well_formed_when_every_tag_closes_in_order_below_one_root() {
        let good: [&[u8]; 3] = [
            b"<?xml version=\"1.0\"?>\n<Profile>\n  <field a=\"b\">x &amp; y</field><e/>\n</Profile>\n",
            b"\xef\xbb\xbf<a><![CDATA[<b>]]></a>",
            b"<!-- c --><a/>",
        ];
        for text in good {
            assert!(Form::Xml.holds(text), "{}", String::from_utf8_lossy(text));
        }
        let bad: [&[u8]; 6] = [
            b"",
            b"<a>",
            b"<a></b>",
            b"<a/><b/>",
            b"<a/>left over",
            b"<a b=c></a>",
        ];
        for text in bad {
            assert!(!Form::Xml.holds(text), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn the_form_follows_from_the_name() {
        assert_eq!(
            Form::of(b"force-app/Admin.profile-meta.XML"),
            Some(Form::Xml)
        );
        assert_eq!(Form::of(b"package.json"), Some(Form::Json));
        assert_eq!(Form::of(b"json"), None);
        assert!(Form::Json.holds(b"{\"a\": [1, 2]}"));
        assert!(!Form::Json.holds(b"{\"a\": [1, 2],}"));
    }
}
