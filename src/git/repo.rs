//! Our own bare repository: made in no time by borrowing the objects of the user's clone, with a configuration
//! that we write ourselves at every start, so that nothing in a repository's configuration can run a command.
//!
//! Merges that are only asked about leave their trees here as loose objects, a few per pair of tips. They are what
//! later looks are answered from, so nothing is pruned; whoever wants the space back removes the folder.
//!
//! It is a cache. If an object goes missing because the clone was cleaned up, it is made anew and fetched.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::model::Carrier;

use super::bridge::is_alone;
use super::cancel::Cancel;
use super::clone::UserClone;
use super::command::Command;
use super::error::Error;
use super::executable::Git;
use super::history::Memo;
use super::laid_out::free_lock;
use super::laid_out::lay_out;
use super::laid_out::lock;
use super::laid_out::make_folder;
use super::laid_out::remove_locks;
use super::laid_out::remove_ours;
use super::laid_out::sweep_removed;
use super::laid_out::whole;
use super::merge::MergeCache;
use super::objects::Objects;
use super::scratch::ScratchCell;
use super::settled::Settled;
use super::shelf::Shelf;
use super::url;
use super::wanted::Wanted;

/// Our own bare repository: a cache beside the user's clone. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Repo(Arc<Inner>, Cancel);

#[derive(Debug)]
struct Inner {
    git: Git,
    dir: PathBuf,
    url: String,
    format: String,
    objects: Objects,
    memo: Memo,
    merges: MergeCache,
    shelf: Shelf,
    scratch: ScratchCell,
    wanted: Wanted,
    settled: Settled,
    /// The clone whose objects are ours as well, and whole.
    lender: Option<PathBuf>,
    /// The remote, where that is a store of ours on this machine.
    store: Option<PathBuf>,
    /// Until the remote has said that it takes no push options.
    takes_options: AtomicBool,
}

impl Repo {
    /// Opens our repository in `dir`, making or repairing it if needed. `url` is the remote; a relative path is
    /// taken from the clone. Writes nothing in the clone and asks the network nothing.
    pub fn ensure(git: &Git, dir: &Path, clone: &UserClone, url: &str) -> Result<Self, Error> {
        Self::of_project(git, dir, clone, url, &Carrier::default())
    }

    /// The same for a project whose record has this carrier: what it keeps there is fetched, and its branches are no work.
    pub fn of_project(
        git: &Git,
        dir: &Path,
        clone: &UserClone,
        url: &str,
        carrier: &Carrier,
    ) -> Result<Self, Error> {
        let url = url::check(url, clone.root())?;
        let lent = clone.lendable_objects()?;
        let wanted = Wanted::of_project(carrier);
        let lender = (!lent.is_empty()).then(|| clone.common_dir().to_owned());
        Self::make(git, dir, clone, (url, None), (&lent, lender), wanted)
    }

    /// Opens our copy of a repository that is not the project's: nothing is borrowed from the clone. `store` is its folder
    /// where it is ours.
    pub(super) fn apart(
        git: &Git,
        dir: &Path,
        clone: &UserClone,
        url: &str,
        store: Option<PathBuf>,
        wanted: Wanted,
    ) -> Result<Self, Error> {
        let url = url::check(url, clone.root())?;
        Self::make(git, dir, clone, (url, store), (&[], None), wanted)
    }

    /// Opens a repository of ours for looks at the clone alone: without a remote, with the clone's objects as they
    /// are. Where the clone lacks some, a question about them answers so.
    pub fn beside(git: &Git, dir: &Path, clone: &UserClone) -> Result<Self, Error> {
        let lent = clone.object_folders();
        let url = url::check(&clone.common_dir().to_string_lossy(), clone.root())?;
        let wanted = Wanted::of_project(&Carrier::default());
        // Whose refs may lead to what is not there.
        Self::make(git, dir, clone, (url, None), (&lent, None), wanted)
    }

    fn make(
        git: &Git,
        dir: &Path,
        clone: &UserClone,
        (url, store): (String, Option<PathBuf>),
        (lent, lender): (&[PathBuf], Option<PathBuf>),
        wanted: Wanted,
    ) -> Result<Self, Error> {
        let format = clone.object_format().to_owned();
        if let Some(parent) = dir.parent() {
            make_folder(parent)?;
        }
        let _guard = lock(dir)?;
        sweep_removed(dir)?;
        let whole = whole(git, dir, &url, &format)?;
        if whole.is_none() {
            remove_ours(dir)?;
        }
        let is_lent_anew = lay_out(dir, &url, &format, lent)?;
        let objects = match whole {
            Some(objects) if !is_lent_anew => objects,
            Some(_) | None => Objects::open(git, dir),
        };
        let inner = Inner {
            git: git.clone(),
            dir: dir.to_owned(),
            url,
            format,
            objects,
            memo: Memo::default(),
            merges: MergeCache::default(),
            shelf: Shelf::new(dir),
            scratch: ScratchCell::default(),
            wanted,
            settled: Settled::default(),
            lender,
            store,
            takes_options: AtomicBool::new(true),
        };
        Ok(Self(Arc::new(inner), Cancel::default()))
    }

    /// Returns a handle whose merges end when `cancel` says so; what was computed is shared with the others.
    pub fn unless(&self, cancel: &Cancel) -> Self {
        Self(Arc::clone(&self.0), cancel.clone())
    }

    pub(super) fn cancel(&self) -> &Cancel {
        &self.1
    }

    /// Returns the address of the remote.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Returns where it is.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    pub(super) fn git(&self) -> &Git {
        &self.0.git
    }

    /// Returns how often something was asked for that is not there. What was answered while this did not change depends
    /// on the names in the question alone.
    pub fn missed(&self) -> usize {
        self.0.objects.missed()
    }

    /// Returns how often the packs were opened so far.
    pub fn times_opened(&self) -> usize {
        self.0.objects.times_opened()
    }

    pub(super) fn objects(&self) -> &Objects {
        &self.0.objects
    }

    pub(super) fn memo(&self) -> &Memo {
        &self.0.memo
    }

    pub(super) fn merges(&self) -> &MergeCache {
        &self.0.merges
    }

    pub(super) fn scratch_cell(&self) -> &ScratchCell {
        &self.0.scratch
    }

    pub(super) fn shelf(&self) -> &Shelf {
        &self.0.shelf
    }

    pub(super) fn wanted(&self) -> &Wanted {
        &self.0.wanted
    }

    pub(super) fn settled(&self) -> &Settled {
        &self.0.settled
    }

    /// Returns the clone that objects are borrowed from now; a repository that was made anew does without.
    pub(super) fn lender(&self) -> Option<&Path> {
        let borrows = std::fs::metadata(self.0.dir.join("objects/info/alternates"))
            .is_ok_and(|file| file.len() > 0);
        self.0.lender.as_deref().filter(|_| borrows)
    }

    /// Returns the folder of the remote where that is a store of ours.
    pub(super) fn store(&self) -> Option<&Path> {
        self.0.store.as_deref()
    }

    pub(super) fn takes_options(&self) -> &AtomicBool {
        &self.0.takes_options
    }

    /// Begins a call of git in this repository, as the operator has set git up: for the network, for signing.
    pub(super) fn command(&self, verb: &str) -> Command {
        self.0.git.at(&self.0.dir, verb)
    }

    /// Begins a call that only computes: merges, diffs. A forge does not know the operator's settings, and what comes
    /// out is kept for others to whom they do not apply.
    pub(super) fn exact(&self, verb: &str) -> Command {
        self.command(verb).without_settings()
    }

    /// Makes the repository anew, without borrowing, after an object was found missing. The caller holds the lock.
    pub(super) fn rebuild(&self) -> Result<(), Error> {
        remove_ours(&self.0.dir)?;
        lay_out(&self.0.dir, &self.0.url, &self.0.format, &[])?;
        self.0.objects.reopen();
        self.0.merges.clear();
        self.0.scratch.clear();
        self.0.shelf.clear();
        Ok(())
    }

    /// Waits until no other task or process changes the refs of this repository; freed on drop and by the kernel.
    pub(super) async fn lock(&self) -> Result<File, Error> {
        self.lock_of(&self.0.dir).await
    }

    /// The same for another repository of ours.
    pub(super) async fn lock_of(&self, dir: &Path) -> Result<File, Error> {
        // Who has it may be another task of this very thread, and must go on to give it back: here only a free one is taken.
        if is_alone()
            && let Some(free) = free_lock(dir)?
        {
            return Ok(free);
        }
        let path = dir.to_owned();
        #[expect(
            clippy::disallowed_methods,
            reason = "whoever has the lock must be able to go on"
        )]
        let waiting = tokio::task::spawn_blocking(move || lock(&path));
        waiting.await.unwrap_or_else(|error| {
            Err(Error::Disk {
                what: "lock",
                path: dir.to_owned(),
                source: std::io::Error::other(error),
            })
        })
    }

    /// Removes lock files that a killed git left behind. The caller holds our lock, so nobody else is at work.
    pub(super) fn clear_stale_locks(&self) {
        remove_locks(&self.0.dir, |_| true);
    }
}
