//! Small papers beside the journal: what a person is in the middle of, and what they decided before.
//!
//! Each is replaced in one step and on the disk before the call returns, so a crash leaves the old one or the new
//! one. Losing them costs work, never truth: nothing here says what was sent.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use super::folder;
use super::journal::Error;
use super::seal::seal;

/// A folder of papers.
#[derive(Debug, Clone)]
pub struct Papers {
    dir: PathBuf,
}

impl Papers {
    /// Opens the papers of one kind below the private state folder.
    pub fn open(state_dir: &Path, kind: &str) -> Result<Self, Error> {
        let dir = folder::ensure(&folder::ensure(state_dir)?.join(kind))?;
        Ok(Self { dir })
    }

    /// Returns a paper; none where there is none.
    pub fn read(&self, name: &str) -> Result<Option<String>, Error> {
        let path = self.dir.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Folder { path, source }),
        }
    }

    /// Returns every paper; what cannot be read as text is left out.
    pub fn all(&self) -> Result<Vec<String>, Error> {
        let failed = |source| Error::Folder {
            path: self.dir.clone(),
            source,
        };
        let mut texts = Vec::new();
        for entry in std::fs::read_dir(&self.dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // What begins so is half of a paper that was being replaced.
            let is_half = entry.file_name().to_string_lossy().starts_with('.');
            if !is_half && let Ok(text) = std::fs::read_to_string(entry.path()) {
                texts.push(text);
            }
        }
        Ok(texts)
    }

    /// Replaces a paper.
    pub fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        let write = || -> std::io::Result<()> {
            // Made with 0600, as everything here.
            let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|source| Error::Folder {
            path: path.clone(),
            source,
        })
    }

    /// Returns a paper that was written with a sum; none where there is none, or where it is not as it was written.
    pub fn read_sealed(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(paper) = self.read(name)? else {
            return Ok(None);
        };
        if let Some((sum, text)) = paper.split_once('\n')
            && sum == seal(&[name, text])
        {
            return Ok(Some(text.to_owned()));
        }
        tracing::warn!(
            name,
            "a paper is damaged, or of an older version; it is not used"
        );
        Ok(None)
    }

    /// Replaces a paper by one with a sum, for what decides how long others are safe.
    pub fn write_sealed(&self, name: &str, text: &str) -> Result<(), Error> {
        self.write(name, &format!("{}\n{text}", seal(&[name, text])))
    }

    /// Takes a paper away, if it is there.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(Error::Folder { path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_read_as_it_was_written_last_and_can_be_taken_away() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let papers = Papers::open(dir.path(), "resolutions").expect("own folder");
        assert_eq!(papers.read("a").expect("readable"), None);
        papers.write("a", "one").expect("written");
        papers.write("a", "two").expect("written");
        assert_eq!(papers.read("a").expect("readable").as_deref(), Some("two"));
        std::fs::write(dir.path().join("resolutions/.tmp1"), "th").expect("half a paper");
        assert_eq!(papers.all().expect("readable"), ["two"]);
        papers.remove("a").expect("removed");
        papers.remove("a").expect("nothing to remove is fine");
        assert_eq!(papers.read("a").expect("readable"), None);
    }

    #[test]
    fn a_paper_with_a_sum_is_as_it_was_written_or_is_none() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let papers = Papers::open(dir.path(), "locks").expect("own folder");
        let read = || papers.read_sealed("a").expect("readable");
        assert_eq!(read(), None);
        papers.write_sealed("a", "90 s\n10 s").expect("written");
        assert_eq!(read().as_deref(), Some("90 s\n10 s"));
        let whole = papers.read("a").expect("readable").expect("written");
        for place in 0..whole.len() {
            let mut bytes = whole.clone().into_bytes();
            bytes[place] ^= 1;
            let damaged = String::from_utf8(bytes).expect("ASCII");
            papers.write("a", &damaged).expect("written");
            assert_eq!(read(), None, "{damaged}");
        }
        papers.write("a", "90 s").expect("written");
        assert_eq!(read(), None, "one without a sum");
        papers.write("b", &whole).expect("written");
        let other = papers.read_sealed("b").expect("readable");
        assert_eq!(other, None, "the paper of another");
    }
}
