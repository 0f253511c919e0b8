//! Asks the terminal, before anything reads keys, whether an ambiguous character takes one cell.

use std::io;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::event::poll;

/// A terminal answers at once; a slow line gets the ASCII set, which is never wrong.
const PATIENCE: Duration = Duration::from_millis(250);

/// Tells whether the terminal draws `○` in one cell. No answer is a no. The terminal must be in raw mode.
pub(super) fn is_narrow() -> bool {
    ask().is_ok_and(|column| column == Some(2))
}

fn ask() -> io::Result<Option<u16>> {
    let mut out = io::stdout();
    out.write_all("\r○\x1b[6n".as_bytes())?;
    out.flush()?;
    let stdin = io::stdin();
    let end = Instant::now() + PATIENCE;
    let mut answer = Vec::new();
    let column = loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break None;
        }
        let wait = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        if poll(&mut fds, Some(&wait))? == 0 {
            break None;
        }
        let mut bytes = [0u8; 64];
        let count = rustix::io::read(&stdin, &mut bytes)?;
        if count == 0 {
            break None;
        }
        answer.extend_from_slice(&bytes[..count]);
        if let Some(column) = column(&answer) {
            break Some(column);
        }
    };
    out.write_all(b"\r\x1b[K")?;
    out.flush()?;
    Ok(column)
}

/// Reads the column out of `ESC [ row ; column R`.
fn column(answer: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(answer).ok()?;
    let (_, rest) = text.split_once("\x1b[")?;
    let (place, _) = rest.split_once('R')?;
    place.split_once(';')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_is_read_out_of_the_answer() {
        assert_eq!(column(b"\x1b[1;2R"), Some(2));
        assert_eq!(column(b"x\x1b[12;3R"), Some(3));
        assert_eq!(column(b"\x1b[1;"), None);
        assert_eq!(column(b""), None);
    }
}
