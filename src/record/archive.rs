//! What a yearly archive says of each record in it: one list, so that a record is found without any being read.
//!
//! Guaranteed: the same records give the same bytes; fields of a newer version are kept and written back. Not guaranteed:
//! that the list is true. Whoever reads a record by it compares what it says with the chain.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Timestamp;

use super::canonical;
use super::codec::Error;
use super::memory::Record;

/// The one file of an archive's commit.
pub const ARCHIVE_FILE: &str = "index.json";

/// Tens of thousands of hotfixes in one year are less.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A closed record in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    pub hotfix: HotfixId,
    /// Where its chain ends; reached from the archive.
    pub head: CommitId,
    /// How many entries the chain has.
    pub entries: u64,
    /// The digest of its last entry, which cites the one before it, and so all of them.
    pub digest: String,
    /// When it was closed.
    pub closed: Timestamp,
    /// What a newer version says besides.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// The records of an archive.
pub type ArchiveIndex = BTreeMap<HotfixId, Archived>;

impl Archived {
    /// Returns what an archive says of a record whose chain ends at `head`; none for one that is not closed.
    pub fn of(record: &Record, head: &CommitId) -> Result<Option<Self>, Error> {
        let (Some(closed), Some(last)) = (&record.closed, record.entries.last()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            hotfix: record.hotfix.clone(),
            head: head.clone(),
            entries: last.seq + 1,
            digest: last.digest(),
            closed: closed.at,
            more: BTreeMap::new(),
        }))
    }

    /// Tells whether a record that was read from its chain is the one that the archive speaks of.
    pub fn is_of(&self, record: &Record) -> bool {
        let found = Self::of(record, &self.head).ok().flatten();
        found.is_some_and(|found| {
            let said = |one: &Self| (one.hotfix.clone(), one.entries, one.digest.clone());
            said(&found) == said(self)
        })
    }
}

/// Returns the files of an archive's commit.
pub fn encode_archive(index: &ArchiveIndex) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let unwritable = |why: String| Error::WriteArchive { why };
    let listed: Vec<&Archived> = index.values().collect();
    let json = serde_json::to_value(listed).map_err(|error| unwritable(error.to_string()))?;
    let bytes = canonical::write_within(&json, MAX_BYTES).map_err(unwritable)?;
    Ok(BTreeMap::from([(ARCHIVE_FILE.to_owned(), bytes)]))
}

/// Reads the list of an archive from the bytes of its file.
pub fn decode_archive(bytes: &[u8]) -> Result<ArchiveIndex, Error> {
    let unreadable = |why: String| Error::ReadArchive { why };
    if bytes.len() > MAX_BYTES {
        let count = bytes.len();
        return Err(unreadable(format!(
            "it is {count} bytes long, more than {MAX_BYTES}"
        )));
    }
    let listed: Vec<Archived> =
        serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
    let keyed = listed.into_iter().map(|one| (one.hotfix.clone(), one));
    Ok(keyed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Person;
    use crate::record::Actor;
    use crate::record::Entry;
    use crate::record::Event;

    fn commit(digit: char) -> CommitId {
        digit.to_string().repeat(40).parse().expect("forty digits")
    }

    /// Makes a record of two entries, the second of which closes it or says something else.
    fn record(id: &str, is_closed: bool) -> Record {
        let hotfix: HotfixId = id.parse().expect("static id");
        let actor = Actor {
            person: Person::from_email("Ana", "ana@example.org"),
            device: "laptop".to_owned(),
        };
        let entry = |id: &str, second: i64, event: Event| {
            let (id, at) = (
                id.parse().expect("static id"),
                Timestamp::from_second(second),
            );
            Entry::new(id, hotfix.clone(), actor.clone(), at, event).expect("small")
        };
        let note = |text: &str| Event::NoteAdded {
            text: text.to_owned(),
        };
        let first = entry("A", 1, note("one"));
        let second = if is_closed {
            let note = "done".to_owned();
            entry("B", 2, Event::Closed { note })
        } else {
            entry("B", 2, note("two"))
        };
        let second = second.after(&commit('1'), &first).expect("small");
        Record::fold(hotfix.clone(), [first, second])
    }

    fn index(records: &[Record]) -> ArchiveIndex {
        let one = |record: &Record| Archived::of(record, &commit('2')).expect("small");
        let listed = records.iter().filter_map(one);
        listed.map(|one| (one.hotfix.clone(), one)).collect()
    }

    #[test]
    fn the_list_is_in_order_and_comes_back_as_it_was() {
        let records = [record("20250402-b", true), record("20250301-a", true)];
        let index = index(&records);
        let files = encode_archive(&index).expect("small");
        let bytes = &files[ARCHIVE_FILE];
        let text = String::from_utf8(bytes.clone()).expect("JSON is UTF-8");
        let places = ["20250301-a", "20250402-b"].map(|id| text.find(id).expect("listed"));
        assert!(places[0] < places[1], "{text}");
        assert!(text.starts_with("[{\"closed\":\"1970-01-01T00:00:02Z\",\"digest\":\"sha256:"));
        assert_eq!(decode_archive(bytes).expect("own form"), index);
        assert!(index.values().all(|one| one.entries == 2));
    }

    #[test]
    fn only_what_is_closed_is_archived_and_a_record_is_known_again() {
        assert_eq!(index(&[record("20250301-a", false)]), ArchiveIndex::new());
        let closed = record("20250301-a", true);
        let one = &index(std::slice::from_ref(&closed))[&closed.hotfix];
        assert!(one.is_of(&closed));
        assert!(!one.is_of(&record("20250301-a", false)));
        assert!(!one.is_of(&record("20250402-b", true)));
    }

    #[test]
    fn fields_of_a_newer_version_are_written_back() {
        let records = [record("20250301-a", true)];
        let files = encode_archive(&index(&records)).expect("small");
        let text = String::from_utf8(files[ARCHIVE_FILE].clone()).expect("JSON is UTF-8");
        let newer = text.replace("\"head\":", "\"future\":[1],\"head\":");
        let read = decode_archive(newer.as_bytes()).expect("the rest is known");
        let again = encode_archive(&read).expect("small");
        assert_eq!(again[ARCHIVE_FILE], newer.into_bytes());
    }

    #[test]
    fn what_is_no_list_is_told() {
        for bad in ["", "{}", "[1]", "[{\"hotfix\":\"../x\"}]"] {
            assert!(decode_archive(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
