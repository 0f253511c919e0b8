//! What the console keeps about a project between two sessions: one small text, replaced whole. Unlike the journal
//! it may be lost at any time; what cannot be read is as if it had never been written.

use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::path::Path;

use super::folder;
use super::journal::Error;

const NAME: &str = "console";
/// Nobody arranges a screen in more bytes; a larger file is not ours.
const MOST: u64 = 4_096;

/// Returns the text kept in `dir`, if it can be read.
pub fn read_desk(dir: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(dir.join(NAME)).ok()?;
    let size = file.take(MOST + 1).read_to_string(&mut text).ok()?;
    (u64::try_from(size).ok()? <= MOST).then_some(text)
}

/// Keeps a text in `dir`. A reader sees the old text or the new one, never a part of either.
///
/// # Errors
/// The folder is not ours, or cannot be written.
pub fn keep_desk(dir: &Path, text: &str) -> Result<(), Error> {
    let dir = folder::ensure(dir)?;
    let failed = |source| Error::Folder {
        path: dir.clone(),
        source,
    };
    let mut file = tempfile::Builder::new()
        .prefix(".console-")
        .tempfile_in(&dir)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(dir.join(NAME))
        .map(drop)
        .map_err(|error| failed(error.error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_text_is_kept_whole_and_damage_reads_as_nothing() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let dir = home.path().join("project");
        assert_eq!(read_desk(&dir), None);
        keep_desk(&dir, "focus lanes\n").expect("kept");
        keep_desk(&dir, "focus log\n").expect("kept");
        assert_eq!(read_desk(&dir).as_deref(), Some("focus log\n"));
        let files = std::fs::read_dir(&dir).expect("a folder").count();
        assert_eq!(files, 1, "nothing is left of the files in between");
        std::fs::write(dir.join(NAME), [0xff, 0xfe]).expect("damaged");
        assert_eq!(read_desk(&dir), None);
        std::fs::write(dir.join(NAME), "x".repeat(5_000)).expect("damaged");
        assert_eq!(read_desk(&dir), None);
    }
}
