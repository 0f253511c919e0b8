//! The log file: what went wrong on the way, for whoever looks later. Nothing of it reaches the screen.
//!
//! One file for all projects, `log` in our state folder, readable by its owner only and made with the first line.
//! Every line is shown like any text from outside and has no secrets in it, so that `cat` and `tail` are safe.

use std::fs::File;
use std::io;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use crate::model::Untrusted;

use super::folder;

/// A longer file is put aside at the next start, and the one that was put aside before goes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Writes the log file. Give it whole lines.
#[derive(Debug)]
pub struct Diary {
    folder: PathBuf,
    file: Option<File>,
}

impl Diary {
    /// Makes the writer; the file is opened when there is something to write.
    pub fn new(state_home: &Path) -> Self {
        Self {
            folder: state_home.to_owned(),
            file: None,
        }
    }

    fn open(&self) -> io::Result<File> {
        let folder = folder::ensure(&self.folder).map_err(io::Error::other)?;
        let path = folder.join("log");
        let mut file = folder::private_file(&path).map_err(io::Error::other)?;
        if file.seek(SeekFrom::End(0))? > LIMIT {
            std::fs::rename(&path, folder.join("log.old"))?;
            file = folder::private_file(&path).map_err(io::Error::other)?;
        }
        Ok(file)
    }
}

impl Write for Diary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() {
            self.file = Some(self.open()?);
        }
        if let Some(file) = &mut self.file {
            let mut text = String::new();
            for line in Untrusted::from_bytes(bytes).lines() {
                text.push_str(&line);
                text.push('\n');
            }
            // Several consoles write to one file.
            file.seek(SeekFrom::End(0))?;
            file.write_all(text.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn lines_are_shown_without_secrets_in_a_file_that_is_made_with_the_first_one() {
        let home = tempfile::tempdir().expect("a folder");
        let home = home.path().join("lanekeeper");
        let mut diary = Diary::new(&home);
        diary.flush().expect("nothing to write");
        assert!(!home.exists());
        diary
            .write_all(b"pushed with glpat-0123456789abcdef\x1b[2J\nnext \x9b\n")
            .expect("written");
        let text = std::fs::read_to_string(home.join("log")).expect("there");
        assert_eq!(text, "pushed with glpat-[hidden]␛[2J\nnext ‹9B›\n");
        let mode = home.join("log").metadata().expect("there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }

    #[test]
    fn a_long_file_is_put_aside() {
        let home = tempfile::tempdir().expect("a folder");
        let mut diary = Diary::new(home.path());
        diary.write_all(b"old\n").expect("written");
        let file = diary.file.take().expect("open");
        file.set_len(LIMIT + 1).expect("grown");
        diary.write_all(b"new\n").expect("written");
        let text = std::fs::read_to_string(home.path().join("log")).expect("there");
        assert_eq!(text, "new\n");
        assert!(home.path().join("log.old").exists());
    }
}
