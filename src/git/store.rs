//! A bare repository of ours that is no cache: where a record is kept that no remote takes. Our copies reach it as they
//! reach any remote, so that everything about a record is done the same way on every carrier.

use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use super::error::Error;
use super::laid_out::disk;
use super::laid_out::older_than;
use super::laid_out::remove_locks;

/// Git holds a lock for milliseconds. One that is older than this was left by a git that was killed.
const STALE: Duration = Duration::from_secs(10);

/// Makes the store if it is not there, and returns its address. One that is there is never changed.
pub(super) fn ensure(dir: &Path, format: &str) -> Result<String, Error> {
    if !dir.join("HEAD").is_file() {
        make(dir, format)?;
    }
    match dir.to_str() {
        Some(path) => Ok(path.to_owned()),
        None => Err(Error::BadUrl {
            url: dir.to_string_lossy().into_owned(),
            why: "the path is not UTF-8",
        }),
    }
}

/// Removes lock files that a killed git left in the store, and tells whether there were any. The caller holds our lock of
/// the store, so no console pushes; a git whose console died may go on for a moment, hence the age.
pub(super) fn clear_stale_locks(dir: &Path) -> Result<bool, Error> {
    Ok(remove_locks(dir, older_than(dir, STALE)?))
}

/// Done by hand, as `repo::lay_out` is and for the same reasons. What git knows it by comes last: half of it is made again.
fn make(dir: &Path, format: &str) -> Result<(), Error> {
    for folder in ["objects/info", "objects/pack", "refs"] {
        let path = dir.join(folder);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(disk("create", &path))?;
    }
    let version = if format == "sha1" { 0 } else { 1 };
    let mut config = format!(
        "\
[core]
\trepositoryformatversion = {version}
\tbare = true
\thooksPath = /dev/null
\tfsync = all
[gc]
\tauto = 0
[receive]
\tautogc = false
"
    );
    if format != "sha1" {
        config.push_str(&format!("[extensions]\n\tobjectFormat = {format}\n"));
    }
    put(&dir.join("config"), &config)?;
    // No branch of that name ever exists.
    put(&dir.join("HEAD"), "ref: refs/heads/none\n")
}

fn put(path: &Path, content: &str) -> Result<(), Error> {
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
        file.write_all(content.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(disk("write", path))
}
