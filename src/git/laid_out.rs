//! The folder of a repository of ours, as files: laid out and configured by us, known by its marker, locked beside it,
//! removed in one step.

use std::fs::DirBuilder;
use std::fs::File;
use std::fs::TryLockError;
use std::io::ErrorKind;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::error::Error;
use super::executable::Git;
use super::kept::Kept;
use super::kept::there;
use super::objects::Objects;

/// The file by which we know that a folder is ours to remove.
const MARKER: &str = "lanekeeper";

/// Lies in a folder from when it is made until the remote was fetched into it: what is not there was not seen, and so is not
/// gone from the remote.
const UNFETCHED: &str = "unfetched";

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
pub(super) fn lock(dir: &Path) -> Result<File, Error> {
    let (path, file) = lock_file(dir)?;
    file.lock().map_err(disk("lock", &path))?;
    Ok(file)
}

/// Takes the same lock unless somebody has it.
pub(super) fn free_lock(dir: &Path) -> Result<Option<File>, Error> {
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

/// Returns the store of a folder that holds a repository of ours, of the right format, whose refs all lead somewhere. Where
/// the disk does not let us look that is an error: a folder that was not seen is not broken, and must not be removed.
pub(super) fn whole(
    git: &Git,
    dir: &Path,
    url: &str,
    format: &str,
) -> Result<Option<Objects>, Error> {
    let config = dir.join("config");
    let text = there(std::fs::read(&config), &config)?;
    let has_right_config = text.is_some_and(|text| text == configuration(url, format).as_bytes());
    let is_laid_out = has_right_config
        && is_there(&dir.join("HEAD"), std::fs::Metadata::is_file)?
        && is_there(&dir.join("objects"), std::fs::Metadata::is_dir)?
        && is_there(&dir.join("refs"), std::fs::Metadata::is_dir)?;
    if !is_laid_out {
        return Ok(None);
    }
    // Opened once: reading the indexes of a large clone is most of what this takes.
    let objects = Objects::open(git, dir);
    Ok(are_refs_whole(git, dir, &objects)?.then_some(objects))
}

fn is_there(path: &Path, is_right: impl Fn(&std::fs::Metadata) -> bool) -> Result<bool, Error> {
    let found = there(std::fs::metadata(path), path)?;
    Ok(found.is_some_and(|found| is_right(&found)))
}

/// Looks at every object that a ref leads to. An object may be gone because the clone was cleaned up.
fn are_refs_whole(git: &Git, dir: &Path, objects: &Objects) -> Result<bool, Error> {
    let kept = Kept::read(dir)?;
    if kept.is_damaged {
        return Ok(false);
    }
    if objects.has_all(kept.ids.values()) == Some(true) {
        return Ok(true);
    }
    // Libgit2 says of a pack that it could not open what it says of one that is gone; git tells them apart.
    let output = git
        .at(dir, "for-each-ref")
        // Asking for the type makes git look at each object.
        .args(["--format=%(objecttype)", "refs/remote/"])
        .output()?;
    let said = output.stderr.raw();
    if has_trouble(said) {
        return Err(Error::Unreadable {
            dir: dir.to_owned(),
            why: output.stderr.show(),
        });
    }
    Ok(output.is_success() && said.is_empty())
}

/// Tells whether git complains of the machine, not of what it read; it runs in the C locale.
fn has_trouble(said: &str) -> bool {
    let signs = [
        "Input/output error",
        "Too many open files",
        "Permission denied",
        "Cannot allocate memory",
        "Stale file handle",
    ];
    signs.iter().any(|sign| said.contains(sign))
}

/// Removes the folder if it is ours.
pub(super) fn remove_ours(dir: &Path) -> Result<(), Error> {
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

/// Removes the lock files of refs that are stale, and tells whether there were any.
pub(super) fn remove_locks(dir: &Path, is_stale: impl Fn(&Path) -> bool) -> bool {
    let mut open = vec![dir.join("refs")];
    let mut locks = vec![dir.join("packed-refs.lock")];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "lock") {
                locks.push(path);
            }
        }
    }
    locks.retain(|path| is_stale(path));
    // If one cannot be removed the next call says so.
    let removed = locks.iter().map(std::fs::remove_file);
    removed.fold(false, |any, removed| any | removed.is_ok())
}

/// Returns what tells whether a file is older than that, by the clock of the disk that has `dir` and the file.
pub(super) fn older_than(dir: &Path, limit: Duration) -> Result<impl Fn(&Path) -> bool, Error> {
    let now = || {
        tempfile::NamedTempFile::new_in(dir)?
            .as_file()
            .metadata()?
            .modified()
    };
    let now = now().map_err(disk("write", dir))?;
    Ok(move |path: &Path| {
        let made = std::fs::metadata(path).and_then(|file| file.modified());
        made.is_ok_and(|made| now.duration_since(made).is_ok_and(|age| age >= limit))
    })
}

/// Returns where a folder goes that is being removed.
fn removed(dir: &Path) -> PathBuf {
    dir.with_extension("removed")
}

/// Removes what is left of a folder of ours whose removal was begun. The caller holds the lock.
pub(super) fn sweep_removed(dir: &Path) -> Result<(), Error> {
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
pub(super) fn lay_out(
    dir: &Path,
    url: &str,
    format: &str,
    lent: &[PathBuf],
) -> Result<bool, Error> {
    make_folder(dir)?;
    mark(&dir.join(MARKER))?;
    if !dir.join("HEAD").is_file() {
        // Before anything by which it is known as whole.
        put(&dir.join(UNFETCHED), b"until the first fetch\n")?;
    }
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

/// Notes that the remote was fetched into the folder as a whole.
pub(super) fn note_fetched(dir: &Path) -> Result<(), Error> {
    let mark = dir.join(UNFETCHED);
    match std::fs::remove_file(&mark) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(disk("remove", &mark)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Tells whether the remote was ever fetched into the folder, as it is now. One without a `HEAD`, which comes after the mark,
/// is being made anew by somebody at this moment.
pub(super) fn is_fetched(dir: &Path) -> Result<bool, Error> {
    let has = |name: &str| {
        let path = dir.join(name);
        path.try_exists().map_err(disk("read", &path))
    };
    Ok(has("HEAD")? && !has(UNFETCHED)?)
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

/// The whole configuration. System and global files still apply to all calls but [`super::repo::Repo::exact`], so that credential
/// helpers, ssh and proxies work as the operator set them up; what would run a program is switched off here. Git ignores
/// `safe.*` in the file of a repository: [`Git::at`] says it with each call.
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
