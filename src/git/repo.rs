//! Our own bare repository: made in no time by borrowing the objects of the user's clone, with a configuration
//! that we write ourselves at every start, so that nothing in a repository's configuration can run a command.
//!
//! Merges that are only asked about leave their trees here as loose objects, a few per pair of tips. They are what
//! later looks are answered from, so nothing is pruned; whoever wants the space back removes the folder.
//!
//! It is a cache. If an object goes missing because the clone was cleaned up, it is made anew and fetched.

use std::fs::DirBuilder;
use std::fs::File;
use std::fs::TryLockError;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
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
use super::kept::Kept;
use super::merge::MergeCache;
use super::objects::Objects;
use super::scratch::ScratchCell;
use super::settled::Settled;
use super::shelf::Shelf;
use super::url;
use super::wanted::Wanted;

/// The file by which we know that a folder is ours to remove.
const MARKER: &str = "lanekeeper";

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
        Self::make(git, dir, clone, url, (&lent, lender), wanted)
    }

    /// Opens our copy of a repository that is not the project's: nothing is borrowed from the clone.
    pub(super) fn apart(
        git: &Git,
        dir: &Path,
        clone: &UserClone,
        url: &str,
        wanted: Wanted,
    ) -> Result<Self, Error> {
        let url = url::check(url, clone.root())?;
        Self::make(git, dir, clone, url, (&[], None), wanted)
    }

    /// Opens a repository of ours for looks at the clone alone: without a remote, with the clone's objects as they
    /// are. Where the clone lacks some, a question about them answers so.
    pub fn beside(git: &Git, dir: &Path, clone: &UserClone) -> Result<Self, Error> {
        let lent = clone.object_folders();
        let url = url::check(&clone.common_dir().to_string_lossy(), clone.root())?;
        let wanted = Wanted::of_project(&Carrier::default());
        // Whose refs may lead to what is not there.
        Self::make(git, dir, clone, url, (&lent, None), wanted)
    }

    fn make(
        git: &Git,
        dir: &Path,
        clone: &UserClone,
        url: String,
        (lent, lender): (&[PathBuf], Option<PathBuf>),
        wanted: Wanted,
    ) -> Result<Self, Error> {
        let format = clone.object_format().to_owned();
        if let Some(parent) = dir.parent() {
            make_folder(parent)?;
        }
        let _guard = lock(dir)?;
        sweep_removed(dir)?;
        let whole = whole(git, dir, &url, &format);
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
        // Who has it may be another task of this very thread, and must go on to give it back: here only a free one is taken.
        if is_alone()
            && let Some(free) = free_lock(&self.0.dir)?
        {
            return Ok(free);
        }
        let dir = self.0.dir.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "whoever has the lock must be able to go on"
        )]
        let waiting = tokio::task::spawn_blocking(move || lock(&dir));
        waiting.await.unwrap_or_else(|error| {
            Err(Error::Disk {
                what: "lock",
                path: self.0.dir.clone(),
                source: std::io::Error::other(error),
            })
        })
    }

    /// Removes lock files that a killed git left behind. The caller holds our lock, so nobody else is at work.
    pub(super) fn clear_stale_locks(&self) {
        fn sweep(folder: &Path) {
            let Ok(entries) = std::fs::read_dir(folder) else {
                return;
            };
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    sweep(&path);
                } else if path.extension().is_some_and(|end| end == "lock") {
                    // If it cannot be removed the next call says so.
                    let _kept = std::fs::remove_file(&path);
                }
            }
        }
        sweep(&self.0.dir.join("refs"));
        let _kept = std::fs::remove_file(self.0.dir.join("packed-refs.lock"));
    }
}

/// Names what was attempted on which path.
pub(super) fn disk(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Disk { what, path, source }
}

/// Makes a folder that only its owner can look into.
pub(super) fn make_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(disk("create", path))
}

/// The lock lies beside the repository, so that it survives a rebuild.
fn lock(dir: &Path) -> Result<File, Error> {
    let (path, file) = lock_file(dir)?;
    file.lock().map_err(disk("lock", &path))?;
    Ok(file)
}

/// Takes the same lock unless somebody has it.
fn free_lock(dir: &Path) -> Result<Option<File>, Error> {
    let (path, file) = lock_file(dir)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(disk("lock", &path)(error)),
    }
}

fn lock_file(dir: &Path) -> Result<(PathBuf, File), Error> {
    let path = dir.with_extension("lock");
    let file = File::create(&path).map_err(disk("create", &path))?;
    Ok((path, file))
}

/// Returns the store of a folder that holds a repository of ours, of the right format, whose refs all lead somewhere.
fn whole(git: &Git, dir: &Path, url: &str, format: &str) -> Option<Objects> {
    let has_right_config = std::fs::read_to_string(dir.join("config"))
        .is_ok_and(|text| text == configuration(url, format));
    let is_laid_out = has_right_config
        && dir.join("HEAD").is_file()
        && dir.join("objects").is_dir()
        && dir.join("refs").is_dir();
    if !is_laid_out {
        return None;
    }
    // Opened once: reading the indexes of a large clone is most of what this takes.
    let objects = Objects::open(git, dir);
    are_refs_whole(git, dir, &objects).then_some(objects)
}

/// Looks at every object that a ref leads to. An object may be gone because the clone was cleaned up.
fn are_refs_whole(git: &Git, dir: &Path, objects: &Objects) -> bool {
    let Ok(kept) = Kept::read(dir) else {
        return false;
    };
    let in_process = || objects.has_all(kept.ids.values());
    let by_git = || {
        git.at(dir, "for-each-ref")
            // Asking for the type makes git look at each object.
            .args(["--format=%(objecttype)", "refs/remote/"])
            .output()
            .is_ok_and(|output| output.is_success() && output.stderr.is_empty())
    };
    !kept.is_damaged && in_process().unwrap_or_else(by_git)
}

/// Removes the folder if it is ours.
fn remove_ours(dir: &Path) -> Result<(), Error> {
    if !dir.exists() {
        return Ok(());
    }
    let is_empty = dir.read_dir().map_err(disk("read", dir))?.next().is_none();
    if !is_empty && !dir.join(MARKER).is_file() {
        return Err(Error::Unreadable {
            dir: dir.to_owned(),
            why: "the folder is in use for something else; name another state folder".into(),
        });
    }
    // In one step: a process that dies while it removes must not leave half a folder, which nobody would know as ours.
    let removed = removed(dir);
    sweep_removed(dir)?;
    std::fs::rename(dir, &removed).map_err(disk("remove", dir))?;
    sweep_removed(dir)
}

/// Returns where a folder goes that is being removed.
fn removed(dir: &Path) -> PathBuf {
    dir.with_extension("removed")
}

/// Removes what is left of a folder of ours whose removal was begun. The caller holds the lock.
fn sweep_removed(dir: &Path) -> Result<(), Error> {
    let removed = removed(dir);
    match std::fs::remove_dir_all(&removed) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk("remove", &removed)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes what git needs to see a bare repository. Done by hand: `git init` would follow templates and the
/// operator's defaults for branch names and ref formats. Tells whether it borrows from other folders than before.
fn lay_out(dir: &Path, url: &str, format: &str, lent: &[PathBuf]) -> Result<bool, Error> {
    make_folder(dir)?;
    mark(&dir.join(MARKER))?;
    for folder in ["objects/info", "objects/pack", "refs/remote", "info"] {
        make_folder(&dir.join(folder))?;
    }
    // No branch of that name ever exists, so no attributes are read from it.
    put(&dir.join("HEAD"), b"ref: refs/heads/none\n")?;
    put(&dir.join("config"), configuration(url, format).as_bytes())?;
    let mut alternates = String::new();
    for folder in lent {
        alternates.push_str(&folder.to_string_lossy());
        alternates.push('\n');
    }
    let list = dir.join("objects/info/alternates");
    // An object borrowed once may still be needed, so a list is only replaced, never dropped.
    if alternates.is_empty() {
        return Ok(false);
    }
    put(&list, alternates.as_bytes())
}

/// Makes a folder known as ours. Under this name from its first byte on: after a death in between, a folder with a
/// file of another name alone would be taken for somebody else's.
fn mark(path: &Path) -> Result<(), Error> {
    const TEXT: &[u8] = b"a cache; it may be removed at any time\n";
    if std::fs::read(path).is_ok_and(|old| old == TEXT) {
        return Ok(());
    }
    std::fs::write(path, TEXT).map_err(disk("write", path))
}

/// Replaces a file in one step, if it differs; tells whether it did.
pub(super) fn put(path: &Path, content: &[u8]) -> Result<bool, Error> {
    if std::fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(path);
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(disk("write", path))?;
    Ok(true)
}

/// The whole configuration. System and global files still apply to all calls but [`Repo::exact`], so that credential
/// helpers, ssh and proxies work as the operator set them up; what would run a program is switched off here.
fn configuration(url: &str, format: &str) -> String {
    let version = if format == "sha1" { 0 } else { 1 };
    let mut text = format!(
        "\
[core]
\trepositoryformatversion = {version}
\tbare = true
\thooksPath = /dev/null
\tattributesFile = /dev/null
\tfsmonitor = false
\tfsync = all
\tlogAllRefUpdates = false
\talternateRefsPrefixes = refs/heads/ refs/remotes/ refs/tags/
\tprotectHFS = true
\tprotectNTFS = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[protocol]
\tallow = never
[protocol \"https\"]
\tallow = always
[protocol \"ssh\"]
\tallow = always
[fetch]
\tfsckObjects = true
\trecurseSubmodules = false
\twriteCommitGraph = false
[fetch \"fsck\"]
\tbadTimezone = ignore
\tmissingSpaceBeforeDate = ignore
\tmissingNameBeforeEmail = ignore
\tmissingSpaceBeforeEmail = ignore
\tzeroPaddedFilemode = ignore
[transfer]
\tcredentialsInUrl = die
[push]
\tgpgSign = false
\tdefault = nothing
\tfollowTags = false
\trecurseSubmodules = no
[submodule]
\trecurse = false
[merge]
\tconflictStyle = merge
\trenames = true
\tdirectoryRenames = conflict
\trenormalize = false
\trenameLimit = 7000
[diff]
\trenames = true
"
    );
    if url.starts_with("file://") || url.starts_with('/') {
        // A remote in a folder of this machine is one that the person configured.
        text.push_str("[protocol \"file\"]\n\tallow = always\n");
    }
    if url.starts_with("http://") {
        // Checked before: plain http leads to this machine only.
        text.push_str("[protocol \"http\"]\n\tallow = always\n");
    }
    if format != "sha1" {
        text.push_str(&format!("[extensions]\n\tobjectFormat = {format}\n"));
    }
    text
}
