//! The remote's refs as last fetched, below `refs/remote/`, and revisions by name.

use std::collections::BTreeMap;

use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::RefName;

use super::error::Error;
use super::objects::parse_id;
use super::repo::Repo;

/// Where the refs of the remote are kept: `refs/heads/main` as `refs/remote/heads/main`.
pub(super) fn kept_as(name: &str) -> String {
    format!("refs/remote/{}", name.strip_prefix("refs/").unwrap_or(name))
}

impl Repo {
    /// Returns the branch tips as last fetched; names that could be read as options are left out.
    pub fn tips(&self) -> Result<BTreeMap<BranchName, CommitId>, Error> {
        let refs = self.remote_refs("refs/heads/")?;
        let branch = |(name, id): (RefName, CommitId)| {
            let branch = name.as_str().strip_prefix("refs/heads/")?;
            Some((branch.parse().ok()?, id))
        };
        Ok(refs.into_iter().filter_map(branch).collect())
    }

    /// Returns a ref of the remote as last fetched.
    pub fn remote_ref(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        let output = self
            .command("rev-parse")
            .args(["--verify", "--quiet"])
            .arg(kept_as(name.as_str()))
            .output()?;
        Ok(output.text().trim().parse().ok())
    }

    /// Returns the refs of the remote whose name begins with `prefix`, as last fetched, in name order.
    pub fn remote_refs(&self, prefix: &str) -> Result<Vec<(RefName, CommitId)>, Error> {
        // Git matches whole parts between slashes only, so the rest of the prefix is compared here.
        let folder = prefix.rfind('/').map_or("refs/", |end| &prefix[..=end]);
        let output = self
            .command("for-each-ref")
            .arg("--format=%(objectname) %(refname)")
            .arg(kept_as(folder))
            .success()?;
        let text = output.text();
        let one = |line: &str| {
            let (id, kept) = line.split_once(' ')?;
            let name = format!("refs/{}", kept.strip_prefix("refs/remote/")?);
            let name: RefName = name.parse().ok()?;
            name.as_str()
                .starts_with(prefix)
                .then(|| Some((name, id.parse().ok()?)))?
        };
        Ok(text.lines().filter_map(one).collect())
    }

    /// Returns the tags by the commit they lead to.
    pub fn tags(&self) -> Result<BTreeMap<CommitId, Vec<String>>, Error> {
        let output = self
            .command("for-each-ref")
            .arg("--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname:lstrip=3)")
            .arg("refs/remote/tags/")
            .success()?;
        let mut tags: BTreeMap<CommitId, Vec<String>> = BTreeMap::new();
        for line in output.text().lines() {
            let mut words = line.splitn(5, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (kind, id, peeled_kind, peeled, name) = (word(), word(), word(), word(), word());
            let commit = match (kind, peeled_kind) {
                ("commit", _) => id,
                (_, "commit") => peeled,
                (_, _) => continue,
            };
            tags.entry(parse_id("for-each-ref", commit)?)
                .or_default()
                .push(name.to_owned());
        }
        Ok(tags)
    }

    /// Returns the commit that `rev` names: a branch or tag of the remote, or a full or abbreviated id, each
    /// with `~2` or `^` after it if wanted.
    pub fn resolve(&self, rev: &str) -> Result<CommitId, Error> {
        let missing = || Error::NoSuchRevision {
            rev: rev.to_owned(),
        };
        // `@{…}`, `:` and `..` would ask git for something other than one commit.
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || ":{@".contains(c);
        if rev.is_empty() || rev.starts_with('-') || rev.contains("..") || rev.contains(is_odd) {
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
            let output = self
                .command("rev-parse")
                .args(["--verify", "--quiet", "--end-of-options"])
                .arg(format!("{candidate}^{{commit}}"))
                .output()?;
            if let Ok(id) = output.text().trim().parse() {
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
