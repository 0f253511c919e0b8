//! Of many files, which are like another one: found by the chunks that few of them have.

use crate::model::CommitId;

use super::chunks::Chunks;
use super::chunks::NUMBERS;

/// Files that others are compared with.
pub(super) struct Index {
    files: Vec<(CommitId, Chunks)>,
    /// By the number of a chunk, the places of the files that it is telling of.
    told_by: Vec<Vec<usize>>,
}

impl Index {
    pub(super) fn of(files: Vec<(CommitId, Chunks)>) -> Self {
        let mut how_often = vec![0_u32; NUMBERS];
        for number in files.iter().flat_map(|(_, chunks)| chunks.numbers()) {
            how_often[number] += 1;
        }
        let mut told_by = vec![Vec::new(); NUMBERS];
        for (place, (_, chunks)) in files.iter().enumerate() {
            for number in chunks.telling(&how_often) {
                told_by[number].push(place);
            }
        }
        Self { files, told_by }
    }

    /// Returns the names of the files.
    pub(super) fn files(&self) -> impl ExactSizeIterator<Item = &CommitId> {
        self.files.iter().map(|(file, _)| file)
    }

    /// Returns the name of the file at a place.
    pub(super) fn file(&self, place: usize) -> &CommitId {
        &self.files[place].0
    }

    /// Returns the places of the files that are like this one.
    pub(super) fn like(&self, file: &Chunks) -> Vec<usize> {
        let mut is_near = vec![false; self.files.len()];
        for place in file.numbers().flat_map(|number| &self.told_by[number]) {
            is_near[*place] = true;
        }
        let files = self.files.iter().zip(is_near).enumerate();
        files
            .filter(|(_, ((_, other), is_near))| *is_near && other.is_like(file))
            .map(|(place, _)| place)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Files that have many lines in common, some of them most lines.
    fn file() -> impl Strategy<Value = Chunks> {
        proptest::collection::vec(0_usize..12, 0..12).prop_map(|words| {
            let ends = ["\n", "\r\n", ""];
            let line = |word: &usize| "word ".repeat(word / 3 + 1) + ends[word % 3];
            let file: String = words.iter().map(line).collect();
            Chunks::of(file.as_bytes())
        })
    }

    proptest! {
        #[test]
        fn no_file_that_is_like_another_is_overlooked(
            files in proptest::collection::vec(file(), 0..30),
            other in file(),
        ) {
            let is_like = |place: &usize| files[*place].is_like(&other);
            let expected: Vec<usize> = (0..files.len()).filter(is_like).collect();
            let id = |place: usize| format!("{place:040x}").parse::<CommitId>().expect("forty digits");
            let named = files.iter().cloned().enumerate();
            let index = Index::of(named.map(|(place, file)| (id(place), file)).collect());
            prop_assert_eq!(index.like(&other), expected);
        }
    }
}
