//! The seat of writing among the consoles of one project on this machine: the first console has it for as long as it
//! runs, the others look. Single commands need none; the journal's own lock keeps them apart.

use std::path::Path;

use crate::model::Timestamp;

use super::folder;
use super::folder::Guard;
use super::journal::Error;

/// The seat, held as long as the value lives; the kernel frees it when the process dies.
#[derive(Debug)]
pub struct Seat {
    _guard: Guard,
}

impl Seat {
    /// Takes the seat in `dir`, or returns who has it and since when.
    pub fn take(dir: &Path, now: Timestamp) -> Result<Result<Self, String>, Error> {
        let dir = folder::ensure(dir)?;
        let guard = folder::lock(&dir.join("console.lock"), &format!("since {now}"))?;
        Ok(match guard {
            held @ Guard::Held { .. } => Ok(Self { _guard: held }),
            Guard::Taken { by } => Err(by),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_console_is_told_who_sits_there_until_the_seat_is_free() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let at = Timestamp::from_second(5);
        let first = Seat::take(dir.path(), at).expect("opens").expect("free");
        let by = Seat::take(dir.path(), at)
            .expect("opens")
            .expect_err("taken");
        assert_eq!(by, format!("{} since {at}", std::process::id()));
        drop(first);
        drop(
            Seat::take(dir.path(), at)
                .expect("opens")
                .expect("free again"),
        );
    }
}
