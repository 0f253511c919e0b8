//! Which versions of team files a person has accepted, because the commands in them run on their machine.
//!
//! The store is `trust` in the state directory, lines of `sha256 path`, readable by its owner only. It
//! guarantees that a command runs only from the exact text that was accepted: any change of the file,
//! pulled or edited, needs a new `lanekeeper trust`. It does not judge what the commands do.

use std::fs;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

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
    let stored = match fs::read_to_string(&store) {
        Ok(stored) => stored,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let others = stored.lines().filter(|line| {
        line.split_once(' ')
            .is_some_and(|(_, accepted)| accepted != path)
    });
    let mut lines: String = others.map(|line| format!("{line}\n")).collect();
    lines.push_str(&format!("{} {path}\n", fingerprint(text)));
    // Written beside and renamed, so that a crash leaves the old store or the new one.
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(state_home)?;
    file.write_all(lines.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&store)?;
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
    }
}
