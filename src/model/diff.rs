//! What a change request or a go-live changes: files, hunks, lines. Every text is as it came; nothing is decided here.

use super::hidden::hidden_in;
use super::id::CommitId;
use super::text::Untrusted;

/// What a commit is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// Where it left this commit's line: three dots.
    MergeBase(CommitId),
    /// The same where it is not part of that line; its own first parent where it is.
    NewTo(CommitId),
    /// This commit as it stands: two dots.
    Commit(CommitId),
    /// Its own first parent, or nothing where it has none.
    FirstParent,
}

/// The difference between two commits, bounded: what is left out says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// What it is compared with: the merge base, what runs now, or the first parent; none compares with nothing.
    pub base: Option<CommitId>,
    pub head: CommitId,
    pub files: Vec<DiffFile>,
    /// What a reader must know about the diff as a whole.
    pub notes: Vec<String>,
    /// What it is called by those who bring it: title, branches, author. They can deceive like any line of it.
    pub names: Vec<Untrusted>,
}

/// One file of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffFile {
    /// None where the file is new.
    pub old: Option<Untrusted>,
    /// None where the file is gone.
    pub new: Option<Untrusted>,
    pub fate: FileFate,
    pub content: FileContent,
    /// Modes as in a tree, 0 where there is no file.
    pub modes: (u32, u32),
    /// Lines added and removed; 0 where there are no lines.
    pub added: usize,
    pub removed: usize,
    pub hunks: Vec<DiffHunk>,
    /// Why lines are left out, and how to see them.
    pub cut: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFate {
    Added,
    Modified,
    Deleted,
    Renamed,
    /// Only its mode changed.
    Mode,
}

impl FileFate {
    /// Returns the word on the screen and in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
            Self::Mode => "mode",
        }
    }

    /// Returns the letter in lists.
    pub fn letter(self) -> char {
        match self {
            Self::Added => 'A',
            Self::Modified => 'M',
            Self::Deleted => 'D',
            Self::Renamed => 'R',
            Self::Mode => 'T',
        }
    }
}

/// What a file consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileContent {
    Text,
    Binary,
    /// A commit of another repository.
    Submodule,
    /// A symbolic link; its line is where it leads.
    Link,
}

impl FileContent {
    /// Returns the word on the screen and in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Submodule => "submodule",
            Self::Link => "link",
        }
    }
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffHunk {
    /// First line and count, before and after; the count is what is in `lines`.
    pub old: (usize, usize),
    pub new: (usize, usize),
    /// What git says stands around it: the function's line.
    pub around: Untrusted,
    pub lines: Vec<DiffLine>,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    pub side: LineSide,
    /// Its number before and after, where it is there.
    pub old: Option<usize>,
    pub new: Option<usize>,
    /// Without its line break.
    pub text: Untrusted,
    /// The file ends here without a line break.
    pub is_unended: bool,
}

/// Where a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineSide {
    Both,
    Removed,
    Added,
}

impl LineSide {
    /// Returns the sign in front of the line.
    pub fn sign(self) -> char {
        match self {
            Self::Both => ' ',
            Self::Removed => '-',
            Self::Added => '+',
        }
    }

    /// Returns the word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Removed => "removed",
            Self::Added => "added",
        }
    }
}

impl Diff {
    /// Returns lines added and removed in all.
    pub fn size(&self) -> (usize, usize) {
        let added = self.files.iter().map(|file| file.added).sum();
        let removed = self.files.iter().map(|file| file.removed).sum();
        (added, removed)
    }

    /// Returns how many characters in it would not be seen as what they are.
    pub fn hidden(&self) -> usize {
        let names = self.names.iter().map(|name| hidden_in(name.raw()));
        names.chain(self.files.iter().map(DiffFile::hidden)).sum()
    }
}

impl DiffFile {
    /// Returns its name now; before, where it is gone.
    pub fn name(&self) -> &Untrusted {
        static NONE: Untrusted = Untrusted::nothing();
        self.new.as_ref().or(self.old.as_ref()).unwrap_or(&NONE)
    }

    /// Returns how many characters in its names and lines would not be seen as what they are.
    pub fn hidden(&self) -> usize {
        let names = match (&self.old, &self.new) {
            (Some(old), Some(new)) if old == new => hidden_in(new.raw()),
            (old, new) => {
                let names = old.iter().chain(new);
                names.map(|name| hidden_in(name.raw())).sum()
            }
        };
        let lines = self.hunks.iter().flat_map(|hunk| &hunk.lines);
        names + lines.map(DiffLine::hidden).sum::<usize>()
    }

    /// Returns what its mode became, where that matters: a file that can be run, or no longer can.
    pub fn mode_words(&self) -> Option<String> {
        let (old, new) = self.modes;
        (old != new && old != 0 && new != 0).then(|| format!("mode {old:o} to {new:o}"))
    }
}

impl DiffLine {
    /// Returns how many characters in it would not be seen as what they are. A return before the line break is how
    /// some systems end lines; it is shown where only one side has it, and hides nothing.
    pub fn hidden(&self) -> usize {
        let text = self.text.raw();
        hidden_in(text.strip_suffix('\r').unwrap_or(text))
    }
}
