//! What lies between two commits, as data: git says which files changed and what was renamed, each pair of texts is
//! compared in process. Bounded throughout: a file or a diff that nobody could read is cut, and says so.

use crate::model::Against;
use crate::model::CommitId;
use crate::model::Diff;
use crate::model::DiffFile;
use crate::model::DiffHunk;
use crate::model::DiffLine;
use crate::model::FileContent;
use crate::model::LineSide;
use crate::model::Untrusted;

use super::diff_list::Changed;
use super::error::Error;
use super::objects::Kind;
use super::repo::Repo;
use super::tree::SUBMODULE;

/// A text larger than this is generated or data; nobody reads it as a diff.
const LARGEST: usize = 1 << 20;
/// Changed lines of one file, and of all files, that are shown.
const MOST_IN_FILE: usize = 5_000;
const MOST_LINES: usize = 30_000;
/// Bytes of all texts that are compared.
const MOST_BYTES: usize = 16 << 20;
/// Files that are listed.
const MOST_FILES: usize = 2_000;
/// Characters of one line that are kept.
const MOST_IN_LINE: usize = 4_096;

/// What is left of the bounds.
struct Budget {
    lines: usize,
    bytes: usize,
}

impl Repo {
    /// Returns what `head` changes against something.
    ///
    /// # Errors
    /// When a commit is not here, or the two have no common ancestor where one is needed.
    pub fn diff(&self, against: &Against, head: &CommitId) -> Result<Diff, Error> {
        let base = self.diff_base(against, head)?;
        let old = match &base {
            Some(base) => base.clone(),
            None => self.objects().write(Kind::Tree, b"")?,
        };
        let mut changed = self.changed_files(&old, head)?;
        let mut notes = Vec::new();
        if changed.len() > MOST_FILES {
            notes.push(format!(
                "{} files changed: only the first {MOST_FILES} are listed; `git diff --stat {} {}` lists all",
                changed.len(),
                old.short(),
                head.short()
            ));
            changed.truncate(MOST_FILES);
        }
        let mut left = Budget {
            lines: MOST_LINES,
            bytes: MOST_BYTES,
        };
        let how = format!("`git diff {} {}` shows them", old.short(), head.short());
        let files = changed.into_iter();
        let files = files.map(|one| self.diff_file(&one, &mut left, &how));
        Ok(Diff {
            files: files.collect::<Result<_, _>>()?,
            base,
            head: head.clone(),
            notes,
            names: Vec::new(),
        })
    }

    /// Returns how many files differ, and how many lines were added and removed.
    pub fn diff_size(
        &self,
        against: &Against,
        head: &CommitId,
    ) -> Result<(usize, usize, usize), Error> {
        let old = match self.diff_base(against, head)? {
            Some(base) => base,
            None => self.objects().write(Kind::Tree, b"")?,
        };
        let changed = self.changed_files(&old, head)?;
        let count = |of: fn(&(usize, usize)) -> usize| {
            let lines = changed.iter().filter_map(|one| one.lines.as_ref());
            lines.map(of).sum::<usize>()
        };
        Ok((
            changed.len(),
            count(|lines| lines.0),
            count(|lines| lines.1),
        ))
    }

    fn diff_base(&self, against: &Against, head: &CommitId) -> Result<Option<CommitId>, Error> {
        match against {
            Against::Commit(base) => Ok(Some(base.clone())),
            Against::MergeBase(target) => self.common_base(target, head).map(Some),
            Against::NewTo(line) => {
                let base = self.common_base(line, head)?;
                if &base == head {
                    Ok(self.first_parent(head)?)
                } else {
                    Ok(Some(base))
                }
            }
            Against::FirstParent => Ok(self.first_parent(head)?),
        }
    }

    fn common_base(&self, target: &CommitId, head: &CommitId) -> Result<CommitId, Error> {
        let missing = || Error::Answer {
            verb: "merge-base".into(),
            why: format!(
                "{} and {} have no common ancestor",
                target.short(),
                head.short()
            ),
        };
        self.merge_base(target, head)?.ok_or_else(missing)
    }

    fn diff_file(&self, one: &Changed, left: &mut Budget, how: &str) -> Result<DiffFile, Error> {
        let content = one.content();
        let mut file = DiffFile {
            old: one.old.as_deref().map(Untrusted::from_bytes),
            new: one.new.as_deref().map(Untrusted::from_bytes),
            fate: one.fate,
            content,
            modes: one.modes,
            added: one.lines.map_or(0, |lines| lines.0),
            removed: one.lines.map_or(0, |lines| lines.1),
            hunks: Vec::new(),
            cut: None,
        };
        if content == FileContent::Submodule {
            file.hunks.extend(submodule(one));
            return Ok(file);
        }
        let is_same = one.ids.0 == one.ids.1;
        if content == FileContent::Binary || is_same {
            return Ok(file);
        }
        let lines = file.added + file.removed;
        if lines > MOST_IN_FILE {
            file.cut = Some(format!("{lines} lines changed, too many to show: {how}"));
            return Ok(file);
        }
        if lines > left.lines || left.bytes == 0 {
            file.cut = Some(format!("the diff is too long to show whole: {how}"));
            return Ok(file);
        }
        let old = self.text(one.modes.0, &one.ids.0)?;
        let new = self.text(one.modes.1, &one.ids.1)?;
        let size = old.len().max(new.len());
        if size > LARGEST {
            let mib = size / (1 << 20);
            file.cut = Some(format!("{mib} MiB of text, too large to show: {how}"));
            return Ok(file);
        }
        left.lines -= lines;
        left.bytes = left.bytes.saturating_sub(old.len() + new.len());
        file.hunks = compare(&old, &new)?;
        Ok(file)
    }

    /// Returns one side of a file; nothing where there is none, or where it is no text at all.
    fn text(&self, mode: u32, id: &CommitId) -> Result<Vec<u8>, Error> {
        if mode == 0 || mode == SUBMODULE {
            return Ok(Vec::new());
        }
        self.objects().read_as(Kind::Blob, id)
    }
}

fn submodule(one: &Changed) -> Option<DiffHunk> {
    let line = |side, mode, id: &CommitId| {
        (mode == SUBMODULE).then(|| DiffLine {
            side,
            old: (side == LineSide::Removed).then_some(1),
            new: (side == LineSide::Added).then_some(1),
            text: Untrusted::new(format!("submodule at {id}")),
            is_unended: false,
        })
    };
    let lines: Vec<DiffLine> = [
        line(LineSide::Removed, one.modes.0, &one.ids.0),
        line(LineSide::Added, one.modes.1, &one.ids.1),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!lines.is_empty()).then(|| DiffHunk {
        old: (1, usize::from(one.modes.0 == SUBMODULE)),
        new: (1, usize::from(one.modes.1 == SUBMODULE)),
        around: Untrusted::nothing(),
        lines,
    })
}

/// Compares two texts.
fn compare(old: &[u8], new: &[u8]) -> Result<Vec<DiffHunk>, Error> {
    let odd = |error: git2::Error| Error::Answer {
        verb: "diff".into(),
        why: error.message().to_owned(),
    };
    let mut options = git2::DiffOptions::new();
    options.context_lines(3).indent_heuristic(true);
    // Git looked at the beginning only and called it text; so do we, whatever comes later.
    options.force_text(true);
    let patch = git2::Patch::from_buffers(old, None, new, None, Some(&mut options)).map_err(odd)?;
    let mut hunks = Vec::with_capacity(patch.num_hunks());
    for at in 0..patch.num_hunks() {
        let (head, count) = patch.hunk(at).map_err(odd)?;
        let mut hunk = DiffHunk {
            old: (whole(head.old_start()), whole(head.old_lines())),
            new: (whole(head.new_start()), whole(head.new_lines())),
            around: around(head.header()),
            lines: Vec::with_capacity(count),
        };
        for line in 0..count {
            let line = patch.line_in_hunk(at, line).map_err(odd)?;
            let side = match line.origin() {
                ' ' => LineSide::Both,
                '+' => LineSide::Added,
                '-' => LineSide::Removed,
                // The remark that a side ends without a line break belongs to the line before it.
                _remark => {
                    if let Some(last) = hunk.lines.last_mut() {
                        last.is_unended = true;
                    }
                    continue;
                }
            };
            hunk.lines.push(DiffLine {
                side,
                old: line.old_lineno().map(whole),
                new: line.new_lineno().map(whole),
                text: cut(line.content()),
                is_unended: false,
            });
        }
        hunks.push(hunk);
    }
    Ok(hunks)
}

fn whole(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Returns what stands behind the numbers of a hunk's head.
fn around(head: &[u8]) -> Untrusted {
    let head = Untrusted::from_bytes(head);
    let mut parts = head.raw().splitn(3, "@@");
    let (_, _, words) = (parts.next(), parts.next(), parts.next());
    Untrusted::new(words.unwrap_or_default().trim())
}

/// Returns a line without its break, cut where nobody reads on.
fn cut(line: &[u8]) -> Untrusted {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let text = Untrusted::from_bytes(line);
    match text.raw().char_indices().nth(MOST_IN_LINE) {
        None => text,
        Some((end, _)) => {
            let rest = text.raw().len() - end;
            Untrusted::new(format!("{}… and {rest} bytes more", &text.raw()[..end]))
        }
    }
}
