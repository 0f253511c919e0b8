//! The words of a call that archives records, and what they mean: nothing on any record tells of it, so after a death its
//! words in the journal are all that says what to look for.

use std::borrow::Cow;

use crate::model::HotfixId;
use crate::record::Archived;

const BEGIN: &str = "gather in the archive of ";

/// Records that are named on a page; the document and the journal have all of them.
const NAMED: usize = 10;

/// What such a call was to gather.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered<'a> {
    pub year: u16,
    /// Each record with its abbreviated head.
    pub records: Vec<(HotfixId, &'a str)>,
}

/// Returns the words of a call that archives records; `guard` says what it expects of the archive.
pub(super) fn gathering(year: u16, guard: &str, records: &[Archived]) -> String {
    let one = |one: &Archived| format!("{} at {}", one.hotfix, one.head.short());
    let records: Vec<String> = records.iter().map(one).collect();
    format!(
        "{BEGIN}{year} ({guard}), and take their refs away: {}",
        records.join(", ")
    )
}

/// Tells whether a call archives records.
pub(super) fn is_gathering(call: &str) -> bool {
    call.starts_with(BEGIN)
}

/// Reads the words of a call that archives records; none of every other call.
pub fn gathered(call: &str) -> Option<Gathered<'_>> {
    let (year, rest) = call.strip_prefix(BEGIN)?.split_once(' ')?;
    let (_, records) = rest.split_once(": ")?;
    let records: Option<Vec<(HotfixId, &str)>> = records.split(", ").map(record).collect();
    Some(Gathered {
        year: year.parse().ok()?,
        records: records?,
    })
}

/// Returns the words of any call for a page: of many records only the first are named.
pub fn in_brief(call: &str) -> Cow<'_, str> {
    let shortened = call.strip_prefix(BEGIN).and_then(|_| {
        let (head, records) = call.split_once(": ")?;
        let (end, _) = records.match_indices(", ").nth(NAMED - 1)?;
        let (named, rest) = records.split_at(end);
        let left = rest.matches(", ").count();
        Some(format!("{head}: {named} and {left} more"))
    });
    shortened.map_or(Cow::Borrowed(call), Cow::Owned)
}

fn record(words: &str) -> Option<(HotfixId, &str)> {
    let (id, head) = words.split_once(" at ")?;
    Some((id.parse().ok()?, head))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::Call;
    use crate::model::CommitId;
    use crate::model::Timestamp;

    fn commit(digit: char) -> CommitId {
        digit.to_string().repeat(40).parse().expect("forty digits")
    }

    fn archived(id: &str, head: char) -> Archived {
        Archived {
            hotfix: id.parse().expect("static id"),
            head: commit(head),
            entries: 3,
            digest: "sha256:0".to_owned(),
            closed: Timestamp::from_second(0),
            more: BTreeMap::new(),
        }
    }

    #[test]
    fn the_words_of_a_call_say_again_what_it_gathers() {
        for previous in [None, Some(commit('c'))] {
            let call = Call::Archive {
                year: 2025,
                previous,
                records: vec![archived("20250301-a-0", 'a'), archived("20250402-b-1", 'b')],
            };
            let words = call.to_string();
            assert!(is_gathering(&words));
            let read = gathered(&words).expect("own words");
            assert_eq!(read.year, 2025);
            let records: Vec<(&str, &str)> = read
                .records
                .iter()
                .map(|(id, head)| (id.as_str(), *head))
                .collect();
            assert_eq!(
                records,
                [("20250301-a-0", "aaaaaaa"), ("20250402-b-1", "bbbbbbb")]
            );
        }
    }

    #[test]
    fn a_page_names_the_first_of_many_records() {
        let call = |count: usize| Call::Archive {
            year: 2025,
            previous: None,
            records: vec![archived("20250301-a-0", 'a'); count],
        };
        let few = call(NAMED).to_string();
        assert_eq!(in_brief(&few), few);
        let many = call(NAMED + 290).to_string();
        let brief = in_brief(&many);
        assert_eq!(brief, format!("{few} and 290 more"));
        let other = "record note.added \"a, b: c\"";
        assert_eq!(in_brief(other), other);
    }

    #[test]
    fn other_words_gather_nothing() {
        for words in [
            "record note.added \"x\"",
            "gather in the archive of 2025",
            "",
        ] {
            assert_eq!(gathered(words), None, "{words}");
        }
    }
}
