//! The journal itself. Every write is on disk when the call returns (`synchronous=FULL`); a write that
//! fails means that no effect may be sent. Times come in as values.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::OptionalExtension;

use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::Timestamp;
use crate::record;
use crate::record::Entry;

use super::calls::OpenIntent;
use super::folder;
use super::folder::Guard;
use super::read_only::ReadOnly;
use super::tables;

const LOCK: &str = "journal.lock";

/// How long, and how often, a writer waits for another that is done in a moment.
const MOMENT: Duration = Duration::from_millis(25);
const PATIENCE: u32 = 12;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("use the state folder {path}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("{path} is not safe to use: {why}")]
    Unsafe { path: PathBuf, why: &'static str },
    #[error(
        "{path} is on a network file system, where the journal is not safe; set XDG_STATE_HOME to a local folder"
    )]
    Network { path: PathBuf },
    #[error("the journal {path} was made by a newer version of Lanekeeper")]
    Newer { path: PathBuf },
    #[error("the journal {path} is damaged: {what}")]
    Damaged { path: PathBuf, what: String },
    #[error("nothing can be changed from here: {why}")]
    ReadOnly { why: String },
    #[error("the disk that holds {path} is full")]
    Full { path: PathBuf },
    #[error("{what} in the journal {path}")]
    Database {
        what: &'static str,
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("read {what} from the journal")]
    Content { what: String },
    #[error("read an event from the journal")]
    Event(#[from] record::Error),
}

/// The journal of one project on this machine.
#[derive(Debug)]
pub struct Journal {
    connection: Mutex<Connection>,
    path: PathBuf,
    /// The version of its tables; an older one only where it was opened for reading.
    version: i64,
    /// Why nothing can be written, or the lock that says that we may.
    access: Result<Guard, ReadOnly>,
}

impl Journal {
    /// Opens the journal in `dir`, making it if need be. If another process has it, or the disk cannot be
    /// written, it opens for reading: looking always works.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        // Whoever only keeps what a look has seen holds it for a moment.
        for _ in 0..PATIENCE {
            let journal = Self::open_now(dir)?;
            if journal.is_writer() || !folder::is_at_work(&dir.join(LOCK)) {
                return Ok(journal);
            }
            std::thread::sleep(MOMENT);
        }
        Self::open_now(dir)
    }

    /// The same without waiting for a moment.
    pub fn open_now(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("journal.sqlite");
        match Self::open_writer(dir) {
            Ok(Ok(journal)) => Ok(journal),
            Ok(Err(holder)) => Self::open_reader(path, ReadOnly::Held { by: holder }),
            Err(Error::Folder { source, .. }) if is_unwritable(&source) => {
                let dir = dir.to_owned();
                Self::open_reader(path, ReadOnly::Disk { dir, source })
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the journal, or who has it.
    fn open_writer(dir: &Path) -> Result<Result<Self, String>, Error> {
        let dir = folder::ensure(dir)?;
        let path = dir.join("journal.sqlite");
        let guard = match folder::lock(&dir.join(LOCK), "")? {
            Guard::Taken { by } => return Ok(Err(by)),
            held @ Guard::Held { .. } => held,
        };
        // Made here, so that its mode is right from the first moment; SQLite copies it to its side files.
        drop(folder::private_file(&path)?);
        for side in ["sqlite-wal", "sqlite-shm", "sqlite-journal"] {
            folder::check_side(&path.with_extension(side))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(&path, flags)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            Ok(connection)
        };
        let connect = || -> rusqlite::Result<(Connection, Option<String>)> {
            let mut connection = open()?;
            // Before anything is written: what is damaged stays as it is, for whoever must look at it.
            let found = tables::version(&connection)?;
            let said: String =
                connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
            if said != "ok" {
                return Ok((connection, Some(said)));
            }
            if found <= tables::VERSION {
                tables::bring_up(&mut connection)?;
            }
            Ok((connection, None))
        };
        let (connection, damage) = connect().map_err(|error| failed("open", &path, error))?;
        if let Some(what) = damage {
            return Err(Error::Damaged { path, what });
        }
        let version = tables::version(&connection).map_err(|error| failed("open", &path, error))?;
        if version > tables::VERSION {
            return Err(Error::Newer { path });
        }
        Ok(Ok(Self {
            connection: Mutex::new(connection),
            path,
            version,
            access: Ok(guard),
        }))
    }

    /// Opens for reading. Where no journal is, an empty one is read; one that cannot be understood is an error.
    fn open_reader(path: PathBuf, why: ReadOnly) -> Result<Self, Error> {
        let connect = || -> rusqlite::Result<(Connection, i64)> {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            let connection = read_only(&path)?;
            let version = tables::version(&connection)?;
            Ok((connection, version))
        };
        let empty = || -> rusqlite::Result<(Connection, i64)> {
            let mut empty = Connection::open_in_memory()?;
            tables::bring_up(&mut empty)?;
            Ok((empty, tables::VERSION))
        };
        let is_there = path.metadata().is_ok_and(|found| found.len() > 0);
        let opened = if is_there { connect() } else { empty() };
        let opened = opened.and_then(|(connection, version)| match version {
            // Its maker died, or is about to lay the tables out.
            0 => empty(),
            _ => Ok((connection, version)),
        });
        let (connection, version) = opened.map_err(|error| failed("open", &path, error))?;
        if version > tables::VERSION {
            return Err(Error::Newer { path });
        }
        Ok(Self {
            connection: Mutex::new(connection),
            path,
            version,
            access: Err(why),
        })
    }

    /// Tells whether a process works with the journal in `dir`: what is open in it was not left behind.
    pub fn is_at_work(dir: &Path) -> bool {
        folder::is_at_work(&dir.join(LOCK))
    }

    /// Opens the journal in `dir` only to read it; takes no lock.
    pub fn look(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("journal.sqlite");
        Self::open_reader(path, ReadOnly::Look)
    }

    /// Returns the words of the intents whose calls were left behind in `dir`.
    pub fn words_left(
        dir: &Path,
        left: &[OpenIntent],
    ) -> Result<BTreeMap<IntentId, String>, Error> {
        if left.is_empty() {
            return Ok(BTreeMap::new());
        }
        let journal = Self::look(dir)?;
        let mut all = BTreeMap::new();
        for call in left {
            if !all.contains_key(&call.intent)
                && let Some(words) = journal.words_of(&call.intent)?
            {
                all.insert(call.intent.clone(), words);
            }
        }
        Ok(all)
    }

    /// Returns the events of a hotfix that are kept in `dir` and not shared yet.
    pub fn kept_back(dir: &Path, hotfix: &HotfixId) -> Result<Vec<Entry>, Error> {
        Self::look(dir)?.pending(hotfix)
    }

    /// Tells whether this process may change anything.
    pub fn is_writer(&self) -> bool {
        self.access.is_ok()
    }

    /// Returns why nothing can be changed from here, if so.
    pub fn why_read_only(&self) -> Option<&ReadOnly> {
        self.access.as_ref().err()
    }

    /// Remembers a fact as last seen, so that it can be shown when the next look fails.
    pub fn remember(&self, key: &str, json: &str, at: Timestamp) -> Result<(), Error> {
        self.write("remember a fact", |connection| {
            connection.execute(
                "insert into observations (key, json, at) values (?1, ?2, ?3)
                 on conflict (key) do update set json = ?2, at = ?3",
                [key, json, &at.to_string()],
            )
        })
    }

    /// Returns a fact as last seen, and when. One that cannot be read any more was never seen.
    pub fn recall(&self, key: &str) -> Result<Option<(String, Timestamp)>, Error> {
        let found: Option<(String, String)> = self.read("recall a fact", |connection| {
            connection
                .query_row(
                    "select json, at from observations where key = ?1",
                    [key],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
        })?;
        Ok(found.and_then(|(json, at)| Some((json, at.parse().ok()?))))
    }

    /// Tells whether each row has a sum beside it.
    pub(super) fn is_sealed(&self) -> bool {
        self.version >= 2
    }

    /// Returns what to ask for as the sum of a row.
    pub(super) fn sum_column(&self) -> &'static str {
        if self.is_sealed() { "sum" } else { "null" }
    }

    /// Compares the sum of a row with what its fields give.
    pub(super) fn check(
        &self,
        what: &str,
        found: Option<&str>,
        made: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if !self.is_sealed() || found == Some(made().as_str()) {
            return Ok(());
        }
        Err(self.damaged(what))
    }

    pub(super) fn damaged(&self, what: &str) -> Error {
        Error::Damaged {
            path: self.path.clone(),
            what: format!("{what} is not as it was written"),
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic in the middle of a call leaves the connection usable: SQLite rolls back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read<T>(
        &self,
        what: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        read(&self.connection()).map_err(|error| failed(what, &self.path, error))
    }

    pub(super) fn write(
        &self,
        what: &'static str,
        write: impl FnOnce(&mut Connection) -> rusqlite::Result<usize>,
    ) -> Result<(), Error> {
        self.write_counted(what, write).map(drop)
    }

    pub(super) fn write_counted(
        &self,
        what: &'static str,
        write: impl FnOnce(&mut Connection) -> rusqlite::Result<usize>,
    ) -> Result<usize, Error> {
        if let Err(why) = &self.access {
            let why = why.to_string();
            return Err(Error::ReadOnly { why });
        }
        write(&mut self.connection()).map_err(|error| failed(what, &self.path, error))
    }
}

/// Opens a journal that is only read. On a disk that cannot be written SQLite cannot make its side files; a journal that
/// was closed in order needs none.
fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    let Err(error) = tables::version(&connection) else {
        return Ok(connection);
    };
    let wal = path.with_extension("sqlite-wal");
    let is_closed = wal.metadata().map_or(true, |found| found.len() == 0);
    if error.sqlite_error_code() != Some(rusqlite::ErrorCode::CannotOpen) || !is_closed {
        return Err(error);
    }
    let Some(text) = path.to_str() else {
        return Err(error);
    };
    let quoted = text
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    Connection::open_with_flags(
        format!("file:{quoted}?immutable=1"),
        flags | OpenFlags::SQLITE_OPEN_URI,
    )
}

/// Tells whether the disk, rather than a mistake, keeps us from writing.
fn is_unwritable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
    )
}

/// Tells whether the disk that holds a file has no room left.
fn is_full(path: &Path) -> bool {
    let folder = path.parent().unwrap_or(path);
    rustix::fs::statvfs(folder).is_ok_and(|found| found.f_bavail == 0)
}

fn failed(what: &'static str, path: &Path, source: rusqlite::Error) -> Error {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Error::Full { path },
        Some(rusqlite::ErrorCode::ReadOnly) => Error::ReadOnly {
            why: format!("the disk that holds {} is read-only", path.display()),
        },
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            Error::Damaged {
                path,
                what: source.to_string(),
            }
        }
        // SQLite tells it as a failed call where it was growing the memory that its processes share.
        Some(rusqlite::ErrorCode::SystemIoFailure) if is_full(&path) => Error::Full { path },
        _ => Error::Database { what, path, source },
    }
}
