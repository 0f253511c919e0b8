//! What changes between two commits as one digest, by which a change is known again wherever it stands: that of
//! `git patch-id`, kept for each pair that was asked about.

use sha2::Digest;
use sha2::Sha256;

use crate::model::CommitId;

use super::error::Error;
use super::repo::Repo;

impl Repo {
    /// Returns a digest of what changes between the commits (or trees) of each pair: the same for the same lines in
    /// the same surroundings, wherever in the file. None where nothing changes.
    pub(super) fn patch_ids(
        &self,
        pairs: &[(CommitId, CommitId)],
    ) -> Result<Vec<Option<String>>, Error> {
        let known = self.memo().patches();
        let mut missing: Vec<&(CommitId, CommitId)> = {
            let known = known
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            pairs
                .iter()
                .filter(|pair| !known.contains_key(*pair))
                .collect()
        };
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let mut input = String::new();
            let mut trees = Vec::with_capacity(missing.len());
            for (from, to) in &missing {
                let pair = (self.tree_of(from)?, self.tree_of(to)?);
                input.push_str(&format!("{} {}\n", pair.0, pair.1));
                trees.push(pair);
            }
            let output = self
                .exact("diff-tree")
                .args(["--stdin", "-r", "-p", "-U3", "--full-index", "--no-renames"])
                .args(["--no-ext-diff", "--no-textconv", "--no-color"])
                .args([
                    "--src-prefix=a/",
                    "--dst-prefix=b/",
                    "--diff-algorithm=myers",
                ])
                .input(input.into_bytes())
                .success_unless(self.cancel())?;
            let printed = digests(&output.stdout, &trees);
            let mut known = known
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            for (pair, digest) in missing.into_iter().zip(printed) {
                known.insert(pair.clone(), digest);
            }
        }
        let known = known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(pairs
            .iter()
            .map(|pair| known.get(pair).cloned().flatten())
            .collect())
    }
}

/// Splits what git printed at the heads of the pairs and digests each patch, without line numbers and white space, as
/// `git patch-id` does.
fn digests(printed: &[u8], pairs: &[(CommitId, CommitId)]) -> Vec<Option<String>> {
    let heads: Vec<String> = pairs.iter().map(|(a, b)| format!("{a} {b}")).collect();
    let mut found: Vec<Option<String>> = Vec::with_capacity(pairs.len());
    let mut digest: Option<(Sha256, bool)> = None;
    let mut index_line: Vec<u8> = Vec::new();
    let mut next = 0;
    let end = |digest: Option<(Sha256, bool)>| {
        let (digest, has_content) = digest?;
        let bytes = digest.finalize();
        has_content.then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    for line in printed.split(|byte| *byte == b'\n') {
        // A line of a patch begins with one of a few signs or words, never with an id.
        if heads.get(next).is_some_and(|head| head.as_bytes() == line) {
            if next > 0 {
                found.push(end(digest.take()));
            }
            next += 1;
            digest = Some((Sha256::new(), false));
            continue;
        }
        let Some((digest, has_content)) = &mut digest else {
            continue;
        };
        let is_left_out = line.starts_with(b"@@ ") || line.is_empty();
        if line.starts_with(b"index ") {
            index_line = line.to_vec();
            continue;
        }
        if is_left_out {
            continue;
        }
        // Of a binary file only the two blobs tell what changes.
        if line.starts_with(b"Binary files ") {
            digest.update(&index_line);
        }
        *has_content = true;
        let dense: Vec<u8> = line
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        digest.update(&dense);
        digest.update(b"\n");
    }
    if next > 0 {
        found.push(end(digest.take()));
    }
    found.resize(pairs.len(), None);
    found
}
