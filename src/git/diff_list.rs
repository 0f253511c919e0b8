//! Which files differ between two commits: git's own list, with its idea of renames and its count of lines.

use crate::model::CommitId;
use crate::model::FileContent;
use crate::model::FileFate;

use super::error::Error;
use super::repo::Repo;
use super::tree::SUBMODULE;

/// The mode of a symbolic link in a tree.
const LINK: u32 = 0o120_000;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) old: Option<Vec<u8>>,
    pub(super) new: Option<Vec<u8>>,
    pub(super) fate: FileFate,
    /// 0 where there is no file.
    pub(super) modes: (u32, u32),
    /// All zeros where there is no file.
    pub(super) ids: (CommitId, CommitId),
    /// Lines added and removed; none where git finds no lines.
    pub(super) lines: Option<(usize, usize)>,
}

impl Changed {
    pub(super) fn content(&self) -> FileContent {
        let modes = [self.modes.0, self.modes.1];
        if modes.contains(&SUBMODULE) {
            FileContent::Submodule
        } else if self.lines.is_none() {
            FileContent::Binary
        } else if modes.contains(&LINK) {
            FileContent::Link
        } else {
            FileContent::Text
        }
    }
}

impl Repo {
    pub(super) fn changed_files(
        &self,
        old: &CommitId,
        new: &CommitId,
    ) -> Result<Vec<Changed>, Error> {
        let output = self
            .exact("diff-tree")
            .args([
                "-r",
                "-z",
                "-M",
                "-l1000",
                "--raw",
                "--numstat",
                "--no-abbrev",
            ])
            // Attributes could name programs; ours are none, and none shall be asked.
            .args(["--no-ext-diff", "--no-textconv", "--ignore-submodules=none"])
            .args([old.as_str(), new.as_str(), "--"])
            .success()?;
        read(&output.stdout).map_err(|why| Error::Answer {
            verb: "diff-tree".into(),
            why: why.to_owned(),
        })
    }

    /// Returns the first parent; none where a commit has no parent.
    pub(super) fn first_parent(&self, commit: &CommitId) -> Result<Option<CommitId>, Error> {
        let (_, text) = self.ask("rev-list", &["--parents", "-n1", commit.as_str()])?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let parent = text.split_whitespace().nth(1);
        parent
            .map(|id| super::objects::parse_id("rev-list", id))
            .transpose()
    }
}

/// Reads the list: first every file with modes and ids, then every file again with its count of lines.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Changed>, &'static str> {
    let mut fields = bytes.split(|b| *b == 0);
    let mut changed: Vec<Changed> = Vec::new();
    let mut at = 0;
    while let Some(field) = fields.next() {
        if field.is_empty() {
            continue;
        }
        if let Some(head) = field.strip_prefix(b":") {
            let name = fields.next().ok_or("a file has no name")?;
            let mut one = entry(head, name).ok_or("an entry of the list cannot be read")?;
            if one.fate == FileFate::Renamed {
                one.new = Some(fields.next().ok_or("a rename has one name")?.to_vec());
            }
            changed.push(one);
            continue;
        }
        let mut parts = field.splitn(3, |b| *b == b'\t');
        let added = number(parts.next());
        let removed = number(parts.next());
        if parts.next().is_some_and(<[u8]>::is_empty) {
            // Both names of a rename follow; the order of the two lists is the same.
            let (_, _) = (fields.next(), fields.next());
        }
        let one = changed.get_mut(at).ok_or("more counts than files")?;
        one.lines = added.zip(removed);
        at += 1;
    }
    if at == changed.len() {
        Ok(changed)
    } else {
        Err("fewer counts than files")
    }
}

fn number(text: Option<&[u8]>) -> Option<usize> {
    std::str::from_utf8(text?).ok()?.parse().ok()
}

fn entry(head: &[u8], name: &[u8]) -> Option<Changed> {
    let head = std::str::from_utf8(head).ok()?;
    let mut words = head.split(' ');
    let mut mode = || u32::from_str_radix(words.next()?, 8).ok();
    let modes = (mode()?, mode()?);
    let ids: (CommitId, CommitId) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let name = Some(name.to_vec());
    let (old, new, fate) = match words.next()?.chars().next()? {
        'A' => (None, name, FileFate::Added),
        'D' => (name, None, FileFate::Deleted),
        'R' => (name, None, FileFate::Renamed),
        'M' if ids.0 == ids.1 => (name.clone(), name, FileFate::Mode),
        'M' | 'T' => (name.clone(), name, FileFate::Modified),
        _unknown => return None,
    };
    Some(Changed {
        old,
        new,
        fate,
        modes,
        ids,
        lines: None,
    })
}
