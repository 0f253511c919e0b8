//! What somebody has fetched into the clone that we borrow from: no byte of it has to cross the network again.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;

use crate::model::CommitId;
use crate::model::RefName;

use super::error::Error;
use super::refs::kept_as;
use super::repo::Repo;

impl Repo {
    /// Points our refs at what the remote has, as far as the clone has a ref at the same object: git saw to it that nothing
    /// below that is missing, and its objects are ours. Refs that are gone go. `before` is what is kept, `listed` what
    /// the remote has; what stays different is to be fetched.
    pub(super) fn take_from_lender(
        &self,
        before: &BTreeMap<RefName, CommitId>,
        listed: &BTreeMap<RefName, CommitId>,
    ) -> Result<(), Error> {
        let Some(lender) = self.lender() else {
            return Ok(());
        };
        let known = self
            .git()
            .at(lender, "for-each-ref")
            .args(["--format=%(objectname)", "refs/heads/", "refs/remotes/"])
            .arg("refs/tags/")
            .output()?;
        let text = known.text();
        let known: BTreeSet<&str> = text.lines().collect();
        let mut input = String::new();
        for (name, id) in listed {
            let old = before.get(name);
            if old != Some(id)
                && known.contains(id.as_str())
                && self.objects().finds_all(std::iter::once(id)) == Some(true)
            {
                let kept = kept_as(name.as_str());
                // Memory cannot run out while a line is written into it.
                let _always = match old {
                    Some(old) => writeln!(input, "update {kept} {id} {old}"),
                    None => writeln!(input, "create {kept} {id}"),
                };
            }
        }
        for (name, old) in before {
            if !listed.contains_key(name) {
                let _always = writeln!(input, "delete {} {old}", kept_as(name.as_str()));
            }
        }
        if input.is_empty() {
            return Ok(());
        }
        let mut call = self.command("update-ref");
        if before.is_empty() {
            // As with the first fetch: what is lost is fetched again.
            call = call.before("core.fsync=none").before("-c");
        }
        // All or none. Where git will not, the fetch that follows finds out why.
        let output = call.arg("--stdin").input(input.into_bytes()).output()?;
        tracing::debug!(is_taken = output.is_success(), "refs that the clone has");
        Ok(())
    }
}
