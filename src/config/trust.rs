//! Which versions of team files a person has accepted, and which merge drivers of a clone, because the commands in them
//! run on their machine.
//!
//! The store is `trust` in the state directory, lines of `sha256 path`, readable by its owner only. It
//! guarantees that a command runs only from the exact text that was accepted: any change of the file,
//! pulled or edited, needs a new `lanekeeper trust`, and so does any change of any driver. It does not judge what the
//! commands do, nor look at the programs that they name.

use std::fs;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::model::MergeDriver;

use super::private;
use super::private::Flaw;
use super::private::Found;

/// Returns the sha256 of a file's text, in hexadecimal.
pub fn fingerprint(text: &[u8]) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Returns where the store is.
pub fn store(state_home: &Path) -> PathBuf {
    state_home.join("trust")
}

/// Reads the store's content. One that somebody else may have written is an error: commands run by what is in it.
pub(super) fn read(state_home: &Path) -> Result<String, (PathBuf, io::Error)> {
    let path = store(state_home);
    let why = match private::read(&path, 0o022) {
        Ok(Found::Text(text)) => return Ok(text),
        Ok(Found::Nothing) => return Ok(String::new()),
        Ok(Found::Flawed(Flaw::Planted)) => {
            io::Error::other("it is no plain file of its own; somebody may have put a link there")
        }
        Ok(Found::Flawed(Flaw::Foreign)) => io::Error::other("it belongs to somebody else"),
        Ok(Found::Flawed(Flaw::Open)) => io::Error::other("others may write it; run: chmod 600"),
        Err(error) => error,
    };
    Err((path, why))
}

/// Returns the text that was accepted last for a file, to be compared with what it is now. It decides nothing: the
/// fingerprint does.
pub fn accepted(state_home: &Path, file: &Path) -> Option<String> {
    match private::read(&copy(state_home, file)?, 0o022).ok()? {
        Found::Text(text) => Some(text),
        Found::Nothing | Found::Flawed(_) => None,
    }
}

/// Where the accepted text of a file is kept.
fn copy(state_home: &Path, file: &Path) -> Option<PathBuf> {
    let name = fingerprint(file.to_str()?.as_bytes());
    Some(state_home.join("trusted").join(name))
}

/// Tells whether this text at this path was accepted, by the store's content.
pub fn is_trusted(stored: &str, file: &Path, text: &[u8]) -> bool {
    let Some(path) = file.to_str() else {
        return false;
    };
    let line = format!("{} {path}", fingerprint(text));
    stored.lines().any(|stored| stored == line)
}

/// Accepts this text at this path, instead of any other accepted for it before.
pub fn trust(state_home: &Path, file: &Path, text: &[u8]) -> io::Result<()> {
    let path = file.to_str().filter(|path| !path.contains('\n'));
    let path = path.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "the file's path is not plain text",
        )
    })?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state_home)?;
    let store = store(state_home);
    let stored = read(state_home).map_err(|(_, error)| error)?;
    let others = stored.lines().filter(|line| {
        line.split_once(' ')
            .is_some_and(|(_, accepted)| accepted != path)
    });
    let mut lines: String = others.map(|line| format!("{line}\n")).collect();
    lines.push_str(&format!("{} {path}\n", fingerprint(text)));
    // The copy first: without it the next change is shown whole, which is no harm.
    if let Some(copy) = copy(state_home, file) {
        put(&copy, text)?;
    }
    put(&store, lines.as_bytes())
}

/// Returns the path under which the drivers of a clone are accepted: in the git folder that all its work trees share, and
/// no file of the project.
fn drivers_place(common_dir: &Path) -> PathBuf {
    common_dir.join("merge-drivers")
}

/// Returns the drivers as the text that is accepted: a line of JSON each, sorted, so that no two lists have the same.
/// None where one was not plain text: nobody would have seen what it is.
pub fn drivers_text(drivers: &[MergeDriver]) -> Option<String> {
    let mut lines = Vec::with_capacity(drivers.len());
    for driver in drivers {
        let texts = [driver.name.raw(), driver.command.raw()];
        if texts.iter().any(|text| text.contains('\u{fffd}')) {
            return None;
        }
        lines.push(serde_json::to_string(&texts).ok()? + "\n");
    }
    lines.sort();
    Some(lines.concat())
}

/// Tells whether exactly these drivers of a clone were accepted.
pub fn are_drivers_trusted(state_home: &Path, common_dir: &Path, drivers: &[MergeDriver]) -> bool {
    let (Some(text), Ok(stored)) = (drivers_text(drivers), read(state_home)) else {
        return false;
    };
    is_trusted(&stored, &drivers_place(common_dir), text.as_bytes())
}

/// Accepts these drivers of a clone, instead of any other accepted for it before; returns the sha256 of their text.
pub fn trust_drivers(
    state_home: &Path,
    common_dir: &Path,
    drivers: &[MergeDriver],
) -> io::Result<String> {
    let text = drivers_text(drivers).ok_or_else(|| {
        let why = "the name or the command of a merge driver is not plain text";
        io::Error::new(io::ErrorKind::InvalidInput, why)
    })?;
    trust(state_home, &drivers_place(common_dir), text.as_bytes())?;
    Ok(fingerprint(text.as_bytes()))
}

/// Returns the drivers of a clone that were accepted last, to be compared with what they are now.
pub fn accepted_drivers(state_home: &Path, common_dir: &Path) -> Option<String> {
    accepted(state_home, &drivers_place(common_dir))
}

/// Writes beside and renames, so that a crash leaves the old content or the new one.
fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_holds_for_the_exact_text_at_the_exact_path() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let home = dir.path().join("state");
        let file = Path::new("/repo/lanekeeper.toml");
        trust(&home, Path::new("/other/lanekeeper.toml"), b"one").expect("store is writable");
        trust(&home, file, b"one").expect("store is writable");
        trust(&home, file, b"two").expect("store is writable");
        assert_eq!(accepted(&home, file).as_deref(), Some("two"));
        assert_eq!(accepted(&home, Path::new("/else")), None);
        let stored = fs::read_to_string(store(&home)).expect("store is readable");
        assert!(is_trusted(&stored, file, b"two"));
        assert!(!is_trusted(&stored, file, b"one"), "only the last text");
        assert!(!is_trusted(&stored, Path::new("/else"), b"two"));
        assert!(is_trusted(
            &stored,
            Path::new("/other/lanekeeper.toml"),
            b"one"
        ));
        let mode = fs::metadata(store(&home))
            .expect("store")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(store(&home), fs::Permissions::from_mode(0o666)).expect("ours");
        assert!(read(&home).is_err(), "anybody could have written it");
    }

    #[test]
    fn drivers_are_trusted_as_a_whole_and_any_other_command_is_another_list() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (home, clone) = (dir.path().join("state"), Path::new("/repo/.git"));
        let driver = |name: &str, command: &str| MergeDriver {
            name: name.into(),
            command: command.into(),
        };
        let shown = [driver("sf", "sf-merge %O %A %B"), driver("own", "a\nb")];
        assert!(!are_drivers_trusted(&home, clone, &shown));
        trust(&home, Path::new("/repo/lanekeeper.toml"), b"one").expect("store is writable");
        trust_drivers(&home, clone, &shown).expect("store is writable");
        let is_trusted = |drivers: &[MergeDriver]| are_drivers_trusted(&home, clone, drivers);
        let [first, second] = shown.clone();
        assert!(is_trusted(&shown));
        assert!(is_trusted(&[second.clone(), first.clone()]), "in any order");
        assert!(!is_trusted(std::slice::from_ref(&first)));
        assert!(!is_trusted(&[first.clone(), driver("own", "a\nb ")]));
        assert!(!is_trusted(&[first, second, driver("new", "")]));
        assert!(!are_drivers_trusted(&home, Path::new("/else"), &shown));
        let stored = fs::read_to_string(store(&home)).expect("store is readable");
        assert_eq!(stored.lines().count(), 2, "beside the file");
        let lossy = [driver("own", "\u{fffd}")];
        assert!(trust_drivers(&home, clone, &lossy).is_err());
        assert!(!is_trusted(&lossy));
    }
}
