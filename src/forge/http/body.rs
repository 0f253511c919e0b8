//! The bytes of one answer as they arrive: all of them, or of a log the end of what is new.

use super::ask::Ask;

/// Bytes of a log that are kept: what was written before them is left out, however long the log is.
pub(super) const LOG: usize = 8 * 1024 * 1024;

/// What was taken of an answer so far.
#[derive(Debug)]
pub(super) struct Body {
    bytes: Vec<u8>,
    /// Where the first of them stands in the whole.
    at: u64,
    /// Bytes to pass over before the first that is kept.
    ahead: u64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Whole { most: usize },
    End { most: usize },
}

impl Body {
    pub(super) fn of(ask: &Ask, status: u16, most: usize) -> Self {
        let (at, ahead, kind) = match ask.from {
            // The server did the passing over.
            Some(from) if status == 206 => (from, 0, Kind::End { most: LOG }),
            Some(from) if status == 200 => (from, from, Kind::End { most: LOG }),
            Some(_) | None => (0, 0, Kind::Whole { most }),
        };
        Self {
            bytes: Vec::new(),
            at,
            ahead,
            kind,
        }
    }

    /// Takes what came next; what is too long is given back as the limit that it breaks.
    pub(super) fn take(&mut self, chunk: &[u8]) -> Result<(), usize> {
        let over = usize::try_from(self.ahead).unwrap_or(usize::MAX);
        let over = over.min(chunk.len());
        self.ahead -= u64::try_from(over).unwrap_or_default();
        self.bytes.extend_from_slice(&chunk[over..]);
        match self.kind {
            Kind::Whole { most } if self.bytes.len() > most => Err(most),
            // Moved once for as much as is kept.
            Kind::End { most } if self.bytes.len() >= 2 * most => {
                self.cut(most);
                Ok(())
            }
            Kind::Whole { .. } | Kind::End { .. } => Ok(()),
        }
    }

    fn cut(&mut self, most: usize) {
        let over = self.bytes.len().saturating_sub(most);
        self.bytes.drain(..over);
        self.at += u64::try_from(over).unwrap_or_default();
    }

    /// Returns the bytes, and where the first of them stands in the whole. An answer that is shorter than what was to be
    /// passed over has none.
    pub(super) fn end(mut self) -> (Vec<u8>, u64) {
        if let Kind::End { most } = self.kind {
            self.cut(most);
        }
        (self.bytes, self.at - self.ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(from: Option<u64>, status: u16, chunks: &[&[u8]]) -> (Vec<u8>, u64) {
        let ask = Ask::get(&["trace"]);
        let ask = match from {
            Some(from) => ask.from(from),
            None => ask,
        };
        let mut body = Body::of(&ask, status, 10);
        for chunk in chunks {
            body.take(chunk).expect("not too long");
        }
        body.end()
    }

    #[test]
    fn of_a_log_only_what_is_new_is_kept() {
        let chunks: [&[u8]; 3] = [b"01234", b"56789", b"ab"];
        assert_eq!(taken(Some(0), 200, &chunks), (b"0123456789ab".to_vec(), 0));
        assert_eq!(taken(Some(7), 200, &chunks), (b"789ab".to_vec(), 7));
        assert_eq!(taken(Some(12), 200, &chunks), (Vec::new(), 12));
        // Somebody erased it and began anew.
        assert_eq!(taken(Some(20), 200, &chunks), (Vec::new(), 12));
        assert_eq!(taken(Some(7), 206, &[b"789"]), (b"789".to_vec(), 7));
    }

    #[test]
    fn of_a_log_without_end_the_last_part_is_kept() {
        let ask = Ask::get(&["trace"]).from(3);
        let mut body = Body::of(&ask, 200, 10);
        let chunk = vec![b'x'; 1024 * 1024];
        for _ in 0..200 {
            body.take(&chunk).expect("a log is never too long");
            assert!(body.bytes.len() < 2 * LOG);
        }
        let (bytes, at) = body.end();
        assert_eq!(bytes.len(), LOG);
        assert_eq!(at, 200 * 1024 * 1024 - u64::try_from(LOG).expect("small"));
    }

    #[test]
    fn any_other_answer_is_taken_whole_or_not_at_all() {
        assert_eq!(taken(None, 200, &[b"012", b"34"]), (b"01234".to_vec(), 0));
        let mut body = Body::of(&Ask::get(&["x"]), 200, 10);
        body.take(b"0123456789").expect("as long as may be");
        assert_eq!(body.take(b"a"), Err(10));
        // A refusal in place of a log is a sentence.
        assert_eq!(taken(Some(7), 404, &[b"no"]), (b"no".to_vec(), 0));
    }
}
