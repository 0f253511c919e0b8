//! The files in which git keeps the refs of our own repository, read and written in process: a look asks for them
//! many times, and a process each would cost more than everything else.
//!
//! Only for our own repository, whose layout we decide (loose files and `packed-refs`). They are read anew at every
//! question, so a change by another process is seen at once.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Write;
use std::path::Path;

use sha2::Digest;
use sha2::Sha256;

use crate::model::CommitId;

use super::error::Error;
use super::laid_out::disk;

/// The folder of all refs that we keep.
const ROOT: &str = "refs/remote";

/// Refs below `refs/remote/` by their full name.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) ids: BTreeMap<String, CommitId>,
    /// A file holds no id: the machine went down while it was written.
    pub(super) is_damaged: bool,
}

impl Kept {
    /// Reads all of them.
    pub(super) fn read(dir: &Path) -> Result<Self, Error> {
        Self::read_below(dir, ROOT)
    }

    /// Reads those below a folder of ours (without a `/` at its end): a look asks for branches far more often than
    /// there are new tags. Loose files first: git packs a ref before it removes the file, so none is missed.
    pub(super) fn read_below(dir: &Path, folder: &str) -> Result<Self, Error> {
        let mut kept = Self::default();
        kept.read_folder(&dir.join(folder), folder)?;
        let is_below =
            |name: &[u8]| matches!(name.strip_prefix(folder.as_bytes()), Some([b'/', ..]));
        for (name, id) in packed(dir, is_below)? {
            kept.ids.entry(name).or_insert(id);
        }
        Ok(kept)
    }

    fn read_folder(&mut self, folder: &Path, name: &str) -> Result<(), Error> {
        let Some(entries) = there(std::fs::read_dir(folder), folder)? else {
            return Ok(());
        };
        for entry in entries {
            let entry = entry.map_err(disk("read", folder))?;
            let part = entry.file_name();
            let name = format!("{name}/{}", part.to_string_lossy());
            let path = entry.path();
            if path.is_dir() {
                self.read_folder(&path, &name)?;
            } else if !name.ends_with(".lock")
                && let Some(text) = there(std::fs::read(&path), &path)?
            {
                match parse(&text) {
                    Some(id) => drop(self.ids.insert(name, id)),
                    None => self.is_damaged = true,
                }
            }
        }
        Ok(())
    }

    /// Returns a digest of those that are wanted.
    pub(super) fn digest(&self, is_wanted: impl Fn(&str) -> bool) -> [u8; 32] {
        let mut digest = Sha256::new();
        for (name, id) in self.ids.iter().filter(|(name, _)| is_wanted(name)) {
            for part in [name.as_str(), " ", id.as_str(), "\n"] {
                digest.update(part.as_bytes());
            }
        }
        digest.finalize().into()
    }

    /// Points a ref at `id`, as git would: through a lock file. Answers false where git itself must decide: the lock
    /// is taken, or a folder stands where the file must go.
    pub(super) fn write(&self, dir: &Path, name: &str, id: &CommitId) -> bool {
        let is_in_the_way = |other: &String| {
            let below = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|a| a.starts_with('/'));
            below(other, name) || below(name, other)
        };
        if self.ids.keys().any(is_in_the_way) {
            return false;
        }
        let path = dir.join(name);
        let mut lock = path.clone().into_os_string();
        lock.push(".lock");
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&lock)?;
            let written = file
                .write_all(format!("{id}\n").as_bytes())
                .and_then(|()| file.sync_all())
                .and_then(|()| std::fs::rename(&lock, &path));
            if written.is_err() {
                // Whoever comes next must not find our lock.
                let _kept = std::fs::remove_file(&lock);
            }
            written
        };
        write().is_ok()
    }
}

/// Reads one ref by its full name.
pub(super) fn read_one(dir: &Path, name: &str) -> Result<Option<CommitId>, Error> {
    let path = dir.join(name);
    if !path.is_dir()
        && let Some(text) = there(std::fs::read(&path), &path)?
    {
        return Ok(parse(&text));
    }
    let found = packed(dir, |packed| packed == name.as_bytes())?.pop();
    Ok(found.map(|(_, id)| id))
}

/// Reads what is wanted of `packed-refs`: `<id> <name>` lines, between them what tags lead to and a heading.
fn packed(dir: &Path, is_wanted: impl Fn(&[u8]) -> bool) -> Result<Vec<(String, CommitId)>, Error> {
    let path = dir.join("packed-refs");
    let Some(bytes) = there(std::fs::read(&path), &path)? else {
        return Ok(Vec::new());
    };
    let one = |line: &[u8]| {
        let space = line.iter().position(|byte| *byte == b' ')?;
        let (id, name) = (&line[..space], &line[space + 1..]);
        let name = is_wanted(name).then(|| String::from_utf8_lossy(name).into_owned())?;
        Some((name, parse(id)?))
    };
    Ok(bytes.split(|byte| *byte == b'\n').filter_map(one).collect())
}

fn parse(text: &[u8]) -> Option<CommitId> {
    std::str::from_utf8(text).ok()?.trim_end().parse().ok()
}

/// Tells what is not there from what cannot be read. A file in the place of a folder means that the name is not there.
pub(super) fn there<T>(result: std::io::Result<T>, path: &Path) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(disk("read", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> CommitId {
        digit.to_string().repeat(40).parse().expect("forty digits")
    }

    #[test]
    fn a_loose_ref_wins_over_a_packed_one_and_damage_is_told() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let heads = dir.path().join("refs/remote/heads/release");
        std::fs::create_dir_all(&heads).expect("made");
        let (a, b, c) = (id('a'), id('b'), id('c'));
        let packed = format!(
            "# pack-refs with: peeled fully-peeled sorted \n\
             {a} refs/remote/heads/main\n{a} refs/remote/tags/v1\n^{b}\n{a} refs/other\n"
        );
        std::fs::write(dir.path().join("packed-refs"), packed).expect("written");
        std::fs::write(heads.join("1.0"), format!("{c}\n")).expect("written");
        std::fs::write(heads.join("1.1.lock"), "").expect("written");
        let kept = Kept::read(dir.path()).expect("read");
        assert!(kept.write(dir.path(), "refs/remote/heads/main", &b));
        let kept = Kept::read(dir.path()).expect("read");
        let names: Vec<_> = kept.ids.iter().map(|(n, id)| (n.as_str(), id)).collect();
        assert_eq!(
            names,
            [
                ("refs/remote/heads/main", &b),
                ("refs/remote/heads/release/1.0", &c),
                ("refs/remote/tags/v1", &a),
            ]
        );
        assert!(!kept.is_damaged);
        let one = |name| read_one(dir.path(), name).expect("read");
        assert_eq!(one("refs/remote/heads/main"), Some(b.clone()));
        assert_eq!(one("refs/remote/tags/v1"), Some(a));
        assert_eq!(one("refs/remote/heads/release"), None);
        assert_eq!(one("refs/remote/heads/main/x"), None);
        // Git must decide about these.
        assert!(!kept.write(dir.path(), "refs/remote/heads/release", &b));
        assert!(!kept.write(dir.path(), "refs/remote/heads/release/1.1", &b));
        std::fs::write(heads.join("1.2"), "").expect("written");
        assert!(Kept::read(dir.path()).expect("read").is_damaged);
    }
}
