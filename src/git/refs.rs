//! The remote's refs as last fetched, below `refs/remote/`, and revisions by name.

use std::collections::BTreeMap;

use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::RefName;

use super::error::Error;
use super::kept::Kept;
use super::kept::read_one;
use super::repo::Repo;

/// Where the refs of the remote are kept: `refs/heads/main` as `refs/remote/heads/main`.
pub(super) fn kept_as(name: &str) -> String {
    format!("refs/remote/{}", name.strip_prefix("refs/").unwrap_or(name))
}

/// Longer names than these have no place in a file system, and so no ref has one.
const LONGEST: usize = 1_000;
const LONGEST_PART: usize = 255;

/// So much of a name that is not there is told.
const SHOWN: usize = 80;

/// Says that nothing has this name; of `A...B`, of which one dot is left, how a range is written.
pub(super) fn no_such(rev: &str) -> Error {
    if rev.starts_with('.') && !rev.starts_with("./") && !rev.starts_with("..") {
        return Error::ThreeDots;
    }
    let mut shown: String = rev.chars().take(SHOWN).collect();
    if shown.len() < rev.len() {
        shown.push('…');
    }
    Error::NoSuchRevision { rev: shown }
}

impl Repo {
    /// Returns the branch tips as last fetched; names that could be read as options are left out, and so are branches
    /// that hold records: nobody works on them.
    pub fn tips(&self) -> Result<BTreeMap<BranchName, CommitId>, Error> {
        let refs = self.remote_refs("refs/heads/")?;
        let branch = |(name, id): (RefName, CommitId)| {
            let branch = name.as_str().strip_prefix("refs/heads/")?;
            let branch = branch.parse().ok()?;
            (!self.wanted().is_record(&branch)).then_some((branch, id))
        };
        Ok(refs.into_iter().filter_map(branch).collect())
    }

    /// Returns a ref of the remote as last fetched.
    pub fn remote_ref(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        read_one(self.dir(), &kept_as(name.as_str()))
    }

    /// Returns the refs of the remote whose name begins with `prefix`, as last fetched, in name order.
    pub fn remote_refs(&self, prefix: &str) -> Result<Vec<(RefName, CommitId)>, Error> {
        let kept = kept_as(prefix);
        let folder = kept
            .rsplit_once('/')
            .map_or(kept.as_str(), |(folder, _)| folder);
        let one = |(kept, id): (String, CommitId)| {
            let name = format!("refs/{}", kept.strip_prefix("refs/remote/")?);
            let is_wanted = name.starts_with(prefix);
            is_wanted.then_some((name.parse().ok()?, id))
        };
        let kept = Kept::read_below(self.dir(), folder)?;
        Ok(kept.ids.into_iter().filter_map(one).collect())
    }

    /// Returns a digest of all refs of the remote as last fetched, but for those whose name begins with `aside`.
    pub(super) fn digest_of_refs(&self, aside: &str) -> Result<[u8; 32], Error> {
        let aside = kept_as(aside);
        let kept = Kept::read(self.dir())?;
        Ok(kept.digest(|name| !name.starts_with(&aside)))
    }

    /// Returns the tags by the commit they lead to.
    pub fn tags(&self) -> Result<BTreeMap<CommitId, Vec<String>>, Error> {
        let mut names = Vec::new();
        let mut ids = Vec::new();
        for (kept, id) in Kept::read_below(self.dir(), "refs/remote/tags")?.ids {
            if let Some(name) = kept.strip_prefix("refs/remote/tags/") {
                names.push(name.to_owned());
                ids.push(id);
            }
        }
        let mut tags: BTreeMap<CommitId, Vec<String>> = BTreeMap::new();
        for (name, commit) in names.into_iter().zip(self.peel_many(&ids)?) {
            if let Some(commit) = commit {
                tags.entry(commit).or_default().push(name);
            }
        }
        Ok(tags)
    }

    /// Returns the commit that `rev` names: a branch or tag of the remote, or a full or abbreviated id, each
    /// with `~2` or `^` after it if wanted.
    pub fn resolve(&self, rev: &str) -> Result<CommitId, Error> {
        let missing = || no_such(rev);
        // `@{…}`, `:` and `..` would ask git for something other than one commit.
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || ":{@".contains(c);
        if rev.is_empty() || rev.starts_with('-') || rev.contains("..") || rev.contains(is_odd) {
            return Err(missing());
        }
        // No ref has such a name, and no file system would tell it from a broken one.
        if rev.len() > LONGEST || rev.split('/').any(|part| part.len() > LONGEST_PART) {
            return Err(missing());
        }
        let name = rev.split(['~', '^']).next().unwrap_or_default();
        let is_hex = name.len() >= 4 && name.bytes().all(|b| b.is_ascii_hexdigit());
        let short = rev.strip_prefix("refs/").unwrap_or(rev);
        let mut candidates = vec![
            format!("refs/remote/heads/{rev}"),
            format!("refs/remote/tags/{rev}"),
            format!("refs/remote/{short}"),
        ];
        if matches!(name.len(), 40 | 64) && is_hex {
            candidates.insert(0, rev.to_owned());
        } else if is_hex {
            candidates.push(rev.to_owned());
        }
        for candidate in candidates {
            if let Some(id) = self.resolve_one(&candidate)? {
                return Ok(id);
            }
        }
        match self.count_beginning(name, is_hex)? {
            0 | 1 => Err(missing()),
            count => Err(Error::Ambiguous {
                rev: rev.to_owned(),
                count,
            }),
        }
    }

    /// Looks up a full name or id in process; git reads what has a `~` or `^` behind it and what is cut short.
    fn resolve_one(&self, candidate: &str) -> Result<Option<CommitId>, Error> {
        let is_plain = !candidate.contains(['~', '^']);
        let id = if is_plain && candidate.starts_with("refs/") {
            match read_one(self.dir(), candidate)? {
                None => return Ok(None),
                id => id,
            }
        } else {
            candidate.parse().ok()
        };
        if let Some(id) = id {
            return Ok(self.peel(&id).ok().flatten());
        }
        let output = self
            .command("rev-parse")
            .args(["--verify", "--quiet", "--end-of-options"])
            .arg(format!("{candidate}^{{commit}}"))
            .output()?;
        Ok(output.text().trim().parse().ok())
    }

    fn count_beginning(&self, digits: &str, is_hex: bool) -> Result<usize, Error> {
        if !is_hex {
            return Ok(0);
        }
        let output = self
            .command("rev-parse")
            .arg(format!("--disambiguate={digits}"))
            .output()?;
        Ok(output.text().lines().count())
    }
}
