//! Reading a job's log: from the file where it ran here, else from what is attached to its result.

use std::io::Read as _;
use std::io::Seek as _;
use std::io::SeekFrom;

use crate::forge::Error;
use crate::forge::LogChunk;
use crate::model::JobId;
use crate::model::Untrusted;

use super::codec;
use super::ledger::View;
use super::ledger::reading;
use super::options::Local;

/// Bytes that one answer holds at most.
const CHUNK: usize = 256 * 1024;

impl Local {
    /// Returns the log of a job from `offset`.
    pub(super) fn job_log(&self, view: &View, id: &JobId, offset: u64) -> Result<LogChunk, Error> {
        let record = view.state.jobs.get(id).ok_or_else(|| Error::NotFound {
            what: format!("job {id}"),
        })?;
        // Another machine may have a file of the same name from another chain.
        let own = record.run.device == self.options.device;
        let from_file = own.then(|| self.read_log(id, offset)).flatten();
        let (bytes, end) = match (from_file, &record.log) {
            (Some(read), _) => read,
            (None, Some((commit, digest))) => {
                let path = codec::attachment_path(digest);
                let read = self.options.repo.read_file(commit, &path);
                let log = read.map_err(reading("the job's log"))?.unwrap_or_default();
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(log.len());
                let end = u64::try_from(log.len()).unwrap_or(u64::MAX);
                (log[start..].to_vec(), end)
            }
            (None, None) => (Vec::new(), offset),
        };
        Ok(LogChunk {
            end,
            ..chunk(&bytes, offset, record.has_ended())
        })
    }

    /// Reads a chunk, and how long the file is.
    fn read_log(&self, id: &JobId, offset: u64) -> Option<(Vec<u8>, u64)> {
        let mut file = std::fs::File::open(self.log_path(id)).ok()?;
        let end = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(offset)).ok()?;
        let mut bytes = Vec::new();
        // One byte more than a chunk tells that there is more.
        let limit = u64::try_from(CHUNK).expect("small") + 1;
        file.take(limit).read_to_end(&mut bytes).ok()?;
        Some((bytes, end))
    }
}

/// Cuts one answer from `bytes`, not inside a character that is still being written.
fn chunk(bytes: &[u8], offset: u64, has_ended: bool) -> LogChunk {
    let is_whole = bytes.len() <= CHUNK;
    let mut end = bytes.len().min(CHUNK);
    if !is_whole || !has_ended {
        let begins = |byte: u8| byte & 0b1100_0000 != 0b1000_0000;
        // At most three bytes of a begun character are held back.
        let tail = end.saturating_sub(3);
        if let Some(place) = (tail..end).rev().find(|place| begins(bytes[*place])) {
            let needs = match bytes[place] {
                0xf0.. => 4,
                0xe0..=0xef => 3,
                0xc0..=0xdf => 2,
                0x00..=0xbf => 1,
            };
            if place + needs > end {
                end = place;
            }
        }
    }
    let next_offset = offset + u64::try_from(end).expect("at most a chunk");
    LogChunk {
        text: Untrusted::from_bytes(&bytes[..end]),
        next_offset,
        end: next_offset,
        is_complete: has_ended && is_whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_is_still_being_written_waits() {
        let bytes = "ok ä".as_bytes();
        let cut = chunk(&bytes[..4], 10, false);
        assert_eq!((cut.text.raw(), cut.next_offset), ("ok ", 13));
        let rest = chunk(&bytes[3..], 13, true);
        assert_eq!((rest.text.raw(), rest.is_complete), ("ä", true));
    }

    #[test]
    fn a_long_log_comes_in_parts() {
        let bytes = vec![b'x'; CHUNK + 5];
        let first = chunk(&bytes, 0, true);
        assert!(!first.is_complete);
        let place = usize::try_from(first.next_offset).expect("small");
        assert!(chunk(&bytes[place..], first.next_offset, true).is_complete);
    }
}
