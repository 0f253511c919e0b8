//! Who is signed in where: `logins.json` beside `config.toml`, for this person's eyes only.
//!
//! It remembers which hosts are forges of which kind, and the token where the person agreed to keep it in a file
//! because there is no keyring. Written whole beside the old one and renamed, 0600; a file that others can read is
//! refused, so that nobody goes on without noticing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::forge::ForgeKind;
use super::private;
use super::private::Flaw;
use super::private::Found;

/// All logins of a person, by host (`host` or `host:port`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Logins(pub BTreeMap<String, Login>);

/// One login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// `gitlab`, `github` or `gitea`.
    pub forge: String,
    /// The account name, as the forge told.
    pub account: String,
    /// The token; none where the keyring has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// PEM file of the authority that signed the host's certificate, as it was named when the person signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("forge", &self.forge)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// Why the logins cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoginsError {
    #[error("{} can be read by others; run: chmod 600 {}", path.display(), path.display())]
    Open { path: PathBuf },
    #[error("{} belongs to somebody else", path.display())]
    Foreign { path: PathBuf },
    #[error("{} is no plain file of its own; somebody may have put a link there", path.display())]
    Planted { path: PathBuf },
    #[error("others may change what is in {}; run: chmod go-w {}", path.display(), path.display())]
    Folder { path: PathBuf },
    #[error("read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is not what `lanekeeper login` writes; remove it and sign in again", path.display())]
    Garbled {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl Logins {
    /// Returns where they are kept.
    pub fn path(config_home: &Path) -> PathBuf {
        config_home.join("logins.json")
    }

    /// Reads them; none are written yet is none.
    pub fn read(config_home: &Path) -> Result<Self, LoginsError> {
        let path = Self::path(config_home);
        let text = match private::read(&path, 0o077) {
            Ok(Found::Text(text)) => text,
            Ok(Found::Nothing) => return Ok(Self::default()),
            Ok(Found::Flawed(Flaw::Planted)) => return Err(LoginsError::Planted { path }),
            Ok(Found::Flawed(Flaw::Foreign)) => return Err(LoginsError::Foreign { path }),
            Ok(Found::Flawed(Flaw::Open)) => return Err(LoginsError::Open { path }),
            Err(source) => return Err(LoginsError::Read { path, source }),
        };
        serde_json::from_str(&text).map_err(|source| LoginsError::Garbled { path, source })
    }

    /// Writes them.
    pub fn write(&self, config_home: &Path) -> Result<(), LoginsError> {
        let path = Self::path(config_home);
        // Whoever may write in the folder could put another file in the place of ours.
        if let Ok(found) = fs::metadata(config_home) {
            let folder = config_home.to_owned();
            if found.uid() != rustix::process::geteuid().as_raw() {
                return Err(LoginsError::Foreign { path: folder });
            }
            if found.permissions().mode() & 0o022 != 0 {
                return Err(LoginsError::Folder { path: folder });
            }
        }
        let written = || -> std::io::Result<()> {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(config_home)?;
            let mut file = tempfile::Builder::new()
                .permissions(fs::Permissions::from_mode(0o600))
                .tempfile_in(config_home)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        written().map_err(|source| LoginsError::Write {
            path: path.clone(),
            source,
        })
    }

    /// Returns which forge a host is, if somebody signed in there.
    pub fn kind(&self, host: &str) -> Option<ForgeKind> {
        let kind = ForgeKind::of_word(&self.0.get(host)?.forge);
        (kind != ForgeKind::Auto).then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_private_and_a_file_that_others_can_read_is_refused() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(
            Logins::read(home.path()).expect("none yet"),
            Logins::default()
        );
        let login = Login {
            forge: "gitlab".to_owned(),
            account: "ana".to_owned(),
            token: Some("secret".to_owned()),
            ca_file: None,
        };
        assert!(!format!("{login:?}").contains("secret"));
        let logins = Logins(BTreeMap::from([("code.example".to_owned(), login)]));
        logins.write(home.path()).expect("written");
        let path = Logins::path(home.path());
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = Logins::read(home.path()).expect("ours");
        assert_eq!(read, logins);
        assert_eq!(read.kind("code.example"), Some(ForgeKind::Gitlab));
        assert_eq!(read.kind("other.example"), None);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
        assert!(matches!(
            Logins::read(home.path()),
            Err(LoginsError::Open { .. })
        ));
    }
}
