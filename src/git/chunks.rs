//! How alike two files are in git's eyes: where they have at least half of the larger one's bytes in common, it can take
//! one for the other under a new name. It counts these bytes in chunks (a line, or 64 bytes of a longer one), each known by
//! a number that it may share with others.
//!
//! The numbers here are git's own, so chunks that git mixes up are mixed up here. Where gits differ, the larger count is
//! taken: a last line without an end counts, as it does from 2.45 on; and where a carriage return is no part of a text, the
//! file is compared both as a text and as mere bytes, since attributes say what it is. So every git agrees to a "no".

use std::cmp::Reverse;

/// A chunk has one of so many numbers.
pub(super) const NUMBERS: usize = 107_927;
/// A longer line is several chunks.
const LONGEST: u32 = 64;

/// How many bytes the chunks with a number have together, by number.
type Bytes = Vec<(u32, u32)>;

/// The chunks of a file.
#[derive(Debug, Clone)]
pub(super) struct Chunks {
    size: u64,
    /// As git may count them: as bytes, and as a text where that makes a difference.
    ways: Vec<Bytes>,
}

impl Chunks {
    pub(super) fn of(file: &[u8]) -> Self {
        let mut ways = vec![count(file.iter().copied())];
        if file.contains(&b'\r') {
            let ends_line = |place: usize| file[place..].starts_with(b"\r\n");
            let text = file.iter().enumerate();
            let text = text.filter(|(place, _)| !ends_line(*place));
            ways.push(count(text.map(|(_, byte)| *byte)));
        }
        Self {
            size: file.len() as u64,
            ways,
        }
    }

    /// Returns how many numbers are kept of it.
    pub(super) fn len(&self) -> usize {
        self.ways.iter().map(Vec::len).sum()
    }

    /// Returns the numbers of its chunks, some of them twice.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.ways
            .iter()
            .flatten()
            .map(|(number, _)| *number as usize)
    }

    /// Tells whether git could take one for the other under a new name. It never does so with an empty file.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let (small, large) = (self.size.min(other.size), self.size.max(other.size));
        let is_half = |bytes: u64| bytes > 0 && bytes * 2 >= large;
        let mut pairs = self
            .ways
            .iter()
            .flat_map(|one| other.ways.iter().map(move |two| (one, two)));
        is_half(small) && pairs.any(|(one, two)| is_half(in_common(one, two)))
    }

    /// Returns numbers of which every file that is like this one has at least one: without them it has less than half of
    /// its bytes. They are the rarest, given how often each is met.
    pub(super) fn telling(&self, how_often: &[u32]) -> Vec<usize> {
        let mut telling = Vec::new();
        for way in &self.ways {
            let mut common_first = way.clone();
            common_first.sort_by_key(|(number, _)| Reverse(how_often[*number as usize]));
            let mut passed = 0;
            let rare = common_first.iter().skip_while(|(_, bytes)| {
                passed += u64::from(*bytes);
                passed * 2 < self.size
            });
            telling.extend(rare.map(|(number, _)| *number as usize));
        }
        telling.sort_unstable();
        telling.dedup();
        telling
    }
}

/// Counts the bytes of each chunk.
fn count(bytes: impl Iterator<Item = u8>) -> Bytes {
    let mut chunks = Vec::new();
    let (mut low, mut high, mut length) = (0_u32, 0_u32, 0_u32);
    for byte in bytes {
        (low, high) = ((low << 7) ^ (high >> 25), (high << 7) ^ (low >> 25));
        low = low.wrapping_add(u32::from(byte));
        length += 1;
        if length == LONGEST || byte == b'\n' {
            chunks.push((number(low, high), length));
            (low, high, length) = (0, 0, 0);
        }
    }
    if length > 0 {
        chunks.push((number(low, high), length));
    }
    chunks.sort_unstable();
    chunks.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 += next.1;
        }
        is_same
    });
    chunks
}

fn number(low: u32, high: u32) -> u32 {
    low.wrapping_add(high.wrapping_mul(97)) % NUMBERS as u32
}

/// Returns how many bytes two files have in common.
fn in_common(one: &[(u32, u32)], two: &[(u32, u32)]) -> u64 {
    let mut others = two.iter().peekable();
    let mut common = 0;
    for (number, bytes) in one {
        while others.next_if(|other| other.0 < *number).is_some() {}
        if let Some((_, others)) = others.next_if(|other| other.0 == *number) {
            common += u64::from(*bytes.min(others));
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A hundred lines of equal length, of which so many are as they were.
    fn kept(lines: usize) -> String {
        let word = |line: usize| {
            if line < lines {
                "as it was"
            } else {
                "otherwise"
            }
        };
        (0..100)
            .map(|line| format!("line {line:02} {}\n", word(line)))
            .collect()
    }

    fn is_like(one: &str, two: &str) -> bool {
        Chunks::of(one.as_bytes()).is_like(&Chunks::of(two.as_bytes()))
    }

    #[test]
    fn files_are_alike_from_half_of_their_bytes_on() {
        let whole = kept(100);
        let found = [40, 49, 50, 51, 60].map(|lines| is_like(&whole, &kept(lines)));
        assert_eq!(found, [false, false, true, true, true]);
        assert!(is_like(&whole, &whole.repeat(2)));
        assert!(!is_like(&whole, &format!("{}.", whole.repeat(2))));
        assert!(!is_like("", "") && !is_like("", "\n"));
    }

    #[test]
    fn a_carriage_return_may_count_or_not() {
        let whole = kept(100);
        let other_ends = whole.replace('\n', "\r\n");
        assert!(is_like(&whole, &other_ends) && is_like(&other_ends, &other_ends));
        assert!(!is_like(&kept(40), &other_ends));
    }

    /// Returns what git takes for renamed if these files went and those came, by their places.
    #[expect(
        clippy::disallowed_methods,
        reason = "git is asked the same from outside"
    )]
    fn renamed(gone: &[Vec<u8>], new: &[Vec<u8>]) -> Vec<(usize, usize)> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let repository = git2::Repository::init_bare(folder.path()).expect("made");
        let tree = |name: &str, files: &[Vec<u8>]| {
            let mut tree = repository.treebuilder(None).expect("empty");
            for (place, file) in files.iter().enumerate() {
                let file = repository.blob(file).expect("written");
                let name = format!("{name}{place}");
                tree.insert(name, file, 0o100_644).expect("a name");
            }
            tree.write().expect("written").to_string()
        };
        let output = std::process::Command::new("git")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .arg("--git-dir")
            .arg(folder.path())
            .args(["diff-tree", "--name-status", "--diff-filter=R"])
            .args(["-M50%", "-l0", "--no-rename-empty"])
            .args([tree("old", gone), tree("new", new)])
            .output()
            .expect("git is installed");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("plain names");
        let place = |name: &str| name[3..].parse::<usize>().expect("a number");
        let pair = |line: &str| {
            let names: Vec<&str> = line.split('\t').collect();
            (place(names[1]), place(names[2]))
        };
        text.lines().map(pair).collect()
    }

    /// Lines of all lengths, with every end, of which some are no text.
    fn line() -> impl Strategy<Value = Vec<u8>> {
        (0_usize..90).prop_map(|word| {
            let ends: [&[u8]; 3] = [b"\n", b"\r\n", b""];
            let mut line = format!("line {} ", word / 3).repeat(1 + word % 12);
            if word % 29 == 0 {
                line.push('\0');
            }
            [line.as_bytes(), ends[word % 3]].concat()
        })
    }

    /// A file, and what became of it: its first lines, and others.
    fn edit() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
        let lines = || proptest::collection::vec(line(), 0..20);
        (lines(), lines(), 0_usize..20).prop_map(|(old, added, kept)| {
            let new: Vec<Vec<u8>> = old.iter().take(kept).chain(&added).cloned().collect();
            (old.concat(), new.concat())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn git_takes_no_file_for_one_that_is_not_like_it(
            edits in proptest::collection::vec(edit(), 1..150),
        ) {
            let (gone, new): (Vec<_>, Vec<_>) = edits.into_iter().unzip();
            for (from, to) in renamed(&gone, &new) {
                let is_like = Chunks::of(&gone[from]).is_like(&Chunks::of(&new[to]));
                prop_assert!(is_like, "{from} as {to}");
            }
        }
    }
}
