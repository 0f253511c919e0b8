//! Three versions of a text as pieces: git's own file merge, read back.
//!
//! It finds the lines that changed as the merge of the whole did, so that nobody decides what merged by itself. Before
//! git 2.44 a file merge compares in its own way only: a hunk more or less, each of which still has the lines of both
//! sides. Lines that both sides begin or end a hunk with are agreed, also where the base has none.
//!
//! The markers are longer than any line of the three texts could be mistaken for, so that markers which somebody
//! committed, or wrote into a document about git, stay what they are: text.

use std::path::Path;

use crate::model::Bytes;
use crate::model::CommitId;
use crate::model::ConflictSide;
use crate::model::Hunk;
use crate::model::Piece;

use super::command::failed;
use super::error::Error;
use super::executable::GitVersion;
use super::laid_out::disk;
use super::objects::Kind;
use super::repo::Repo;

/// Git looks that far for a zero byte before it calls something binary.
const LOOKED_AT: usize = 8_000;
/// Beyond this nobody decides line by line; whole versions can still be chosen.
const LARGEST: usize = 4 << 20;
/// From here on a file merge can be told to compare as merges of trees do.
const COMPARES_LIKE_MERGES: GitVersion = GitVersion {
    major: 2,
    minor: 44,
    patch: 0,
};
/// Git's own markers are this long.
const SHORTEST: usize = 7;

/// The three texts of a conflict.
pub(super) struct Texts {
    pub(super) base: Vec<u8>,
    pub(super) target: Vec<u8>,
    pub(super) fix: Vec<u8>,
}

impl Texts {
    fn all(&self) -> [&[u8]; 3] {
        [&self.base, &self.target, &self.fix]
    }

    /// Tells whether lines can be merged at all.
    fn is_text(&self) -> bool {
        self.all()
            .iter()
            .all(|text| text.len() <= LARGEST && !text.iter().take(LOOKED_AT).any(|b| *b == 0))
    }

    /// Returns a length that no line of the texts begins with.
    fn marker_size(&self) -> usize {
        let lines = self
            .all()
            .into_iter()
            .flat_map(|text| text.split(|b| *b == b'\n'));
        let longest = lines.map(|line| {
            let first = line.first().copied().filter(|b| b"<|=>".contains(b));
            first.map_or(0, |first| line.iter().take_while(|b| **b == first).count())
        });
        longest.max().unwrap_or_default().max(SHORTEST) + 1
    }
}

impl Repo {
    /// Returns the pieces of a conflicted text; none where a side is no text, or is not there.
    pub(super) fn pieces(
        &self,
        base: Option<&ConflictSide>,
        target: Option<&ConflictSide>,
        fix: Option<&ConflictSide>,
    ) -> Result<Vec<Piece>, Error> {
        let (Some(target), Some(fix)) = (target, fix) else {
            return Ok(Vec::new());
        };
        if ![Some(target), Some(fix), base]
            .into_iter()
            .flatten()
            .all(ConflictSide::is_file)
        {
            return Ok(Vec::new());
        }
        let blob = |id: &CommitId| self.objects().read_as(Kind::Blob, id);
        let texts = Texts {
            base: base.map_or(Ok(Vec::new()), |side| blob(&side.id))?,
            target: blob(&target.id)?,
            fix: blob(&fix.id)?,
        };
        self.merge_texts(&texts)
    }

    pub(super) fn merge_texts(&self, texts: &Texts) -> Result<Vec<Piece>, Error> {
        if !texts.is_text() {
            return Ok(Vec::new());
        }
        let folder = tempfile::tempdir().map_err(disk("make a folder in", Path::new("TMPDIR")))?;
        let mut call = self.exact("merge-file").args(["-p", "-q", "--zdiff3"]);
        if self.git().version() >= COMPARES_LIKE_MERGES {
            call = call.arg("--diff-algorithm=histogram");
        }
        let size = texts.marker_size();
        call = call.arg(format!("--marker-size={size}"));
        for (name, text) in [
            ("target", &texts.target),
            ("base", &texts.base),
            ("fix", &texts.fix),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, text).map_err(disk("write", &file))?;
            call = call.args(["-L", name]);
        }
        for name in ["target", "base", "fix"] {
            call = call.arg(folder.path().join(name));
        }
        let output = call.output()?;
        match output.code {
            // The number of conflicts, at most 127.
            Some(0..=127) => Ok(parse(&output.stdout, size, texts)),
            Some(255) => Ok(Vec::new()),
            _other => Err(failed("merge-file", &output)),
        }
    }
}

/// Which side of a hunk is being read.
#[derive(Clone, Copy)]
enum Reading {
    Agreed,
    Target,
    Base,
    Fix,
}

fn parse(merged: &[u8], size: usize, texts: &Texts) -> Vec<Piece> {
    let is = |line: &[u8], mark: u8, tail: &[u8]| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.len() == size + tail.len()
            && line[..size].iter().all(|b| *b == mark)
            && &line[size..] == tail
    };
    let mut pieces = Vec::new();
    let mut agreed = Bytes::default();
    let mut hunk = Hunk::default();
    let mut reading = Reading::Agreed;
    for line in merged.split_inclusive(|b| *b == b'\n') {
        reading = match reading {
            Reading::Agreed if is(line, b'<', b" target") => {
                if !agreed.is_empty() {
                    pieces.push(Piece::Agreed(std::mem::take(&mut agreed)));
                }
                Reading::Target
            }
            Reading::Target if is(line, b'|', b" base") => Reading::Base,
            Reading::Base if is(line, b'=', b"") => Reading::Fix,
            Reading::Fix if is(line, b'>', b" fix") => {
                pieces.push(Piece::Hunk(std::mem::take(&mut hunk)));
                Reading::Agreed
            }
            reading => {
                let side = match reading {
                    Reading::Agreed => &mut agreed,
                    Reading::Target => &mut hunk.target,
                    Reading::Base => &mut hunk.base,
                    Reading::Fix => &mut hunk.fix,
                };
                side.0.extend(line);
                reading
            }
        };
    }
    if !agreed.is_empty() {
        pieces.push(Piece::Agreed(agreed));
    }
    // Git ends each side of a hunk with a line break before its marker, also where the file itself ends without.
    if let Some(Piece::Hunk(last)) = pieces.last_mut() {
        for (side, whole) in [
            (&mut last.base, &texts.base),
            (&mut last.target, &texts.target),
            (&mut last.fix, &texts.fix),
        ] {
            if !side.is_empty() && !whole.is_empty() && !whole.ends_with(b"\n") {
                cut_line_end(&mut side.0);
            }
        }
    }
    pieces
}

/// Takes away the line break that git added, of the kind that the file has.
fn cut_line_end(text: &mut Vec<u8>) {
    if text.ends_with(b"\n") {
        text.pop();
        if text.ends_with(b"\r") {
            text.pop();
        }
    }
}
