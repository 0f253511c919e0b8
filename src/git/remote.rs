//! Looking at the remote: fetch and list. Nothing here changes it.

use std::collections::BTreeMap;

use crate::model::CommitId;
use crate::model::RefName;
use crate::model::without_passwords;

use super::command::FETCH_LIMIT;
use super::command::NETWORK_LIMIT;
use super::command::Output;
use super::command::failed;
use super::error::Error;
use super::laid_out::note_fetched;
use super::refs::kept_as;
use super::repo::Repo;

/// What answers on the other side. A configuration can name another program for an address (`remote.<address>.uploadpack`),
/// and where the remote is a folder, that runs here.
const READER: &str = "--upload-pack=git-upload-pack";

/// From so many changed refs on, they are put into one file.
const PACKED_FROM: usize = 50;

/// What a fetch changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    pub moved: Vec<Moved>,
}

/// One ref of the remote that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its name on the remote.
    pub name: RefName,
    /// None if it is new.
    pub from: Option<CommitId>,
    /// None if it is gone.
    pub to: Option<CommitId>,
}

impl Repo {
    /// Fetches branches, tags and records, drops what is gone, and says what moved. A remote that has nothing new, or
    /// nothing that the clone does not have, is only listed: that takes a fraction of a fetch, and most looks find
    /// nothing new. Where all is as it was the last time, nothing else is done.
    pub async fn fetch(&self) -> Result<Fetched, Error> {
        let _guard = self.lock().await?;
        let fetched = self.fetch_held().await?;
        note_fetched(self.dir())?;
        Ok(fetched)
    }

    /// The same; the caller holds the lock.
    async fn fetch_held(&self) -> Result<Fetched, Error> {
        let listing = self.listing(&[]).await?;
        let footing = self.footing(&listing)?;
        if self.settled().is_on(footing) {
            return Ok(Fetched::default());
        }
        let before = self.kept()?;
        let mut listed = refs_in(&listing);
        listed.retain(|name, _| self.wanted().keeps(name));
        if self.is_up_to_date(&before, &listed) {
            self.settled().keep(footing);
            return Ok(Fetched::default());
        }
        self.take_from_lender(&before, &listed)?;
        let taken = self.kept()?;
        if !self.is_up_to_date(&taken, &listed) {
            self.fetch_rest().await?;
        }
        let after = self.kept()?;
        if after == listed {
            // Git has looked for the objects, also where only it can.
            self.settled().keep(self.footing(&listing)?);
        }
        let moved = moves(&before, &after);
        if moved.len() >= PACKED_FROM {
            // One file instead of hundreds that every look would read. Loose ones are right as well.
            let packed = self.command("pack-refs").arg("--all").output()?;
            tracing::debug!(is_packed = packed.is_success(), "refs");
        }
        Ok(Fetched { moved })
    }

    async fn fetch_rest(&self) -> Result<(), Error> {
        let refspecs = self.wanted().refspecs();
        let mut output = self.fetch_once(&refspecs, true).await?;
        if is_blocked_by_lock(&output) {
            self.clear_stale_locks();
            output = self.fetch_once(&refspecs, true).await?;
        }
        if lacks_objects(&output) {
            self.rebuild()?;
            output = self.fetch_once(&refspecs, true).await?;
        }
        if !output.is_success() {
            return Err(self.unreachable(&output));
        }
        Ok(())
    }

    /// Tells whether the remote has exactly the refs that are kept here, whose objects are there.
    fn is_up_to_date(
        &self,
        kept: &BTreeMap<RefName, CommitId>,
        listed: &BTreeMap<RefName, CommitId>,
    ) -> bool {
        if listed != kept {
            return false;
        }
        // What only the executable can tell is left to the fetch.
        let was_resting = self.objects().is_resting();
        let are_there = self.objects().finds_all(kept.values()) == Some(true);
        if was_resting {
            // An unchanged poll is all that woke it.
            self.objects().rest();
        }
        are_there
    }

    /// Returns the refs that the remote has now.
    pub async fn ls_remote(&self) -> Result<BTreeMap<RefName, CommitId>, Error> {
        self.ls_remote_like(&[]).await
    }

    /// Returns the refs below `prefix` that the remote has now. Fetches nothing.
    pub async fn ls_remote_below(
        &self,
        prefix: &str,
    ) -> Result<BTreeMap<RefName, CommitId>, Error> {
        let pattern = format!("{prefix}*");
        self.ls_remote_like(&[pattern.as_str()]).await
    }

    async fn ls_remote_like(
        &self,
        patterns: &[&str],
    ) -> Result<BTreeMap<RefName, CommitId>, Error> {
        Ok(refs_in(&self.listing(patterns).await?))
    }

    /// Returns what the remote lists, as git prints it.
    async fn listing(&self, patterns: &[&str]) -> Result<String, Error> {
        let output = self
            .command("ls-remote")
            .args(["--quiet", "--refs", READER, "--"])
            .arg(self.url())
            .args(patterns)
            .limit(NETWORK_LIMIT)
            .output_async()
            .await?;
        if !output.is_success() {
            return Err(self.unreachable(&output));
        }
        Ok(output.text())
    }

    /// Fetches one ref; forgets it here if the remote has it no more.
    pub(super) async fn fetch_one(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        let _guard = self.lock().await?;
        let refspec = format!("+{name}:{}", kept_as(name.as_str()));
        let output = self.fetch_some(refspec).await?;
        if output.is_success() {
            return self.remote_ref(name);
        }
        let is_gone = output.stderr.raw().contains("couldn't find remote ref");
        if !is_gone {
            return Err(self.unreachable(&output));
        }
        if self.remote_ref(name)?.is_some() {
            self.command("update-ref")
                .args(["-d", &kept_as(name.as_str())])
                .success()?;
        }
        Ok(None)
    }

    /// Fetches the refs whose name begins with this folder, if there are any; what is gone from the remote stays here.
    pub(super) async fn fetch_below(&self, folder: &str) -> Result<(), Error> {
        let _guard = self.lock().await?;
        let refspec = format!("+{folder}*:{}*", kept_as(folder));
        let output = self.fetch_some(refspec).await?;
        if output.is_success() {
            return Ok(());
        }
        Err(self.unreachable(&output))
    }

    async fn fetch_some(&self, refspec: String) -> Result<Output, Error> {
        let refspecs = [refspec];
        let output = self.fetch_once(&refspecs, false).await?;
        if !is_blocked_by_lock(&output) {
            return Ok(output);
        }
        self.clear_stale_locks();
        self.fetch_once(&refspecs, false).await
    }

    async fn fetch_once(&self, refspecs: &[String], prune: bool) -> Result<Output, Error> {
        let mut call = self.command("fetch");
        if self.kept()?.is_empty() {
            // Hundreds of refs at once: nothing in here is ours yet, and a ref that is lost is fetched again.
            call = call.before("core.fsync=none").before("-c");
        }
        call.args([
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--refmap=",
            if prune { "--prune" } else { "--no-prune" },
            READER,
            "--",
        ])
        .arg(self.url())
        .args(refspecs)
        .limit(FETCH_LIMIT)
        .output_async()
        .await
    }

    fn kept(&self) -> Result<BTreeMap<RefName, CommitId>, Error> {
        let kept = self.remote_refs("refs/")?.into_iter();
        // What another configuration wanted may still lie here.
        Ok(kept.filter(|(name, _)| self.wanted().keeps(name)).collect())
    }

    /// Makes the error for a remote that could not be asked.
    pub(super) fn unreachable(&self, output: &Output) -> Error {
        let url = without_passwords(self.url());
        match failed("", output) {
            Error::Failed { why, .. } => Error::Unreachable { url, why },
            other => other,
        }
    }
}

fn refs_in(listing: &str) -> BTreeMap<RefName, CommitId> {
    let one = |line: &str| {
        let (id, name) = line.split_once('\t')?;
        Some((name.parse().ok()?, id.parse().ok()?))
    };
    listing.lines().filter_map(one).collect()
}

/// Tells whether a lock file of a killed git stood in the way.
pub(super) fn is_blocked_by_lock(output: &Output) -> bool {
    let text = output.stderr.raw();
    !output.is_success() && text.contains(".lock': File exists")
}

/// Tells whether our own store lacks something: the clone that we borrow from was cleaned up.
fn lacks_objects(output: &Output) -> bool {
    let text = output.stderr.raw();
    let signs = [
        "bad object",
        "missing object",
        "unable to read",
        "Could not read",
        "did not send all necessary objects",
        "unable to normalize alternate",
    ];
    !output.is_success()
        // The remote's own damage is reported with this prefix; making ours anew would not help.
        && !text.lines().any(|line| line.starts_with("remote: "))
        && !text.contains("Could not read from remote")
        && signs.iter().any(|sign| text.contains(sign))
}

fn moves(before: &BTreeMap<RefName, CommitId>, after: &BTreeMap<RefName, CommitId>) -> Vec<Moved> {
    let mut names: Vec<&RefName> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| before.get(name) != after.get(name))
        .map(|name| Moved {
            name: name.clone(),
            from: before.get(name).cloned(),
            to: after.get(name).cloned(),
        })
        .collect()
}
