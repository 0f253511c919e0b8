//! The journal itself. Every write is on disk when the call returns (`synchronous=FULL`); a write that
//! fails means that no effect may be sent. Times come in as values.

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::model::CommitId;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::record;
use crate::record::Entry;

use super::calls::OpenIntent;
use super::folder;
use super::folder::Guard;

/// The version of the tables below; a higher one was made by a newer Lanekeeper.
const VERSION: i64 = 1;

const TABLES: &str = "
create table if not exists events (
    n integer primary key autoincrement, id text not null unique, run text not null,
    json text not null, state text not null, oid text);
create table if not exists intents (
    id text not null, run text not null, n integer not null, call text not null,
    state text not null, attempts integer not null, updated_at text not null, primary key (id, n));
create table if not exists heads (ref text primary key, pinned text not null);
create table if not exists observations (key text primary key, json text not null, at text not null);
";

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
    #[error("nothing can be changed from here: {why}")]
    ReadOnly { why: String },
    #[error("the disk that holds {path} is full; nothing was sent")]
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
    /// Why nothing can be written, or the lock that says that we may.
    access: Result<Guard, String>,
}

impl Journal {
    /// Opens the journal in `dir`, making it if need be. If another process has it, or the disk cannot be
    /// written, it opens for reading: looking always works.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("journal.sqlite");
        match Self::open_writer(dir) {
            Ok(Ok(journal)) => Ok(journal),
            Ok(Err(holder)) => {
                let why = format!(
                    "another Lanekeeper (process {holder}) works on this project; close it first"
                );
                Self::open_reader(path, why)
            }
            Err(Error::Folder { source, .. }) if is_unwritable(&source) => {
                let why = format!("{} cannot be written ({source})", dir.display());
                Self::open_reader(path, why)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the journal, or who has it.
    fn open_writer(dir: &Path) -> Result<Result<Self, String>, Error> {
        let dir = folder::ensure(dir)?;
        let path = dir.join("journal.sqlite");
        let guard = match folder::lock(&dir.join("journal.lock"))? {
            Guard::Taken { by } => return Ok(Err(by)),
            held @ Guard::Held { .. } => held,
        };
        // Made here, so that its mode is right from the first moment; SQLite copies it to its side files.
        drop(folder::private_file(&path)?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let connect = || {
            let connection = Connection::open_with_flags(&path, flags)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            let version = version(&connection)?;
            if version < VERSION {
                connection.execute_batch(TABLES)?;
                connection.pragma_update(None, "user_version", VERSION)?;
            }
            Ok((connection, version))
        };
        let (connection, version) = connect().map_err(|error| failed("open", &path, error))?;
        if version > VERSION {
            return Err(Error::Newer { path });
        }
        Ok(Ok(Self {
            connection: Mutex::new(connection),
            path,
            access: Ok(guard),
        }))
    }

    fn open_reader(path: PathBuf, why: String) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let connect = || {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            let connection = Connection::open_with_flags(path, flags)?;
            match version(&connection)? {
                VERSION => Ok(connection),
                _ => Err(rusqlite::Error::QueryReturnedNoRows),
            }
        };
        // Nothing there to read yet is an empty journal.
        let connection = connect().or_else(|_| {
            let empty = Connection::open_in_memory()?;
            empty.execute_batch(TABLES)?;
            Ok(empty)
        });
        Ok(Self {
            connection: Mutex::new(connection.map_err(|error| failed("open", &path, error))?),
            path,
            access: Err(why),
        })
    }

    /// Returns the calls that a process which is gone left open in `dir`; none while one is at work. Takes no lock,
    /// so that a look never stands in the way of a change.
    pub fn left_behind(dir: &Path) -> Result<Vec<OpenIntent>, Error> {
        let path = dir.join("journal.sqlite");
        if !path.exists() || folder::is_at_work(&dir.join("journal.lock")) {
            return Ok(Vec::new());
        }
        Self::open_reader(path, "it was opened for a look".to_owned())?.open_intents()
    }

    /// Tells whether this process may change anything.
    pub fn is_writer(&self) -> bool {
        self.access.is_ok()
    }

    /// Returns why nothing can be changed from here, if so.
    pub fn why_read_only(&self) -> Option<&str> {
        self.access.as_ref().err().map(String::as_str)
    }

    /// Keeps an event that is to be appended; a second time changes nothing.
    pub fn put_event(&self, entry: &Entry) -> Result<(), Error> {
        let line = entry.to_line()?;
        self.write("keep an event", |connection| {
            connection.execute(
                "insert into events (id, run, json, state) values (?1, ?2, ?3, 'pending')
                 on conflict (id) do nothing",
                params![entry.id.as_str(), entry.hotfix.as_str(), line],
            )
        })
    }

    /// Marks one of our events as shared, at commit `oid`.
    pub fn mark_shared(&self, id: &EventId, oid: &CommitId) -> Result<(), Error> {
        self.write("mark an event as shared", |connection| {
            connection.execute(
                "update events set state = 'shared', oid = ?2 where id = ?1",
                [id.as_str(), oid.as_str()],
            )
        })
    }

    /// Keeps an event that was read from the shared record at commit `oid`, ours or a colleague's.
    pub fn keep(&self, entry: &Entry, oid: &CommitId) -> Result<(), Error> {
        let line = entry.to_line()?;
        self.write("keep a shared event", |connection| {
            connection.execute(
                "insert into events (id, run, json, state, oid) values (?1, ?2, ?3, 'shared', ?4)
                 on conflict (id) do update set json = ?3, state = 'shared', oid = ?4",
                params![entry.id.as_str(), entry.hotfix.as_str(), line, oid.as_str()],
            )
        })
    }

    /// Takes back an event that was never shared and is not wanted any more.
    pub fn withdraw(&self, id: &EventId) -> Result<(), Error> {
        self.write("withdraw an event", |connection| {
            connection.execute(
                "delete from events where id = ?1 and state = 'pending'",
                [id.as_str()],
            )
        })
    }

    /// Returns the events of a hotfix that are not shared yet, in the order in which they were made.
    pub fn pending(&self, hotfix: &HotfixId) -> Result<Vec<Entry>, Error> {
        self.events_where(
            "select json from events where run = ?1 and state = 'pending' order by n",
            hotfix,
        )
    }

    /// Returns every event of a hotfix that this machine ever saw: what a rewritten record is restored from.
    pub fn events(&self, hotfix: &HotfixId) -> Result<Vec<Entry>, Error> {
        self.events_where("select json from events where run = ?1 order by n", hotfix)
    }

    fn events_where(&self, query: &str, hotfix: &HotfixId) -> Result<Vec<Entry>, Error> {
        let lines: Vec<String> = self.read("read events", |connection| {
            let mut statement = connection.prepare_cached(query)?;
            let rows = statement.query_map([hotfix.as_str()], |row| row.get(0))?;
            rows.collect()
        })?;
        lines
            .iter()
            .map(|line| Entry::from_line(line).map_err(Error::from))
            .collect()
    }

    /// Remembers the last head seen of a chain.
    pub fn pin(&self, name: &RefName, head: &CommitId) -> Result<(), Error> {
        self.write("pin a head", |connection| {
            connection.execute(
                "insert into heads (ref, pinned) values (?1, ?2)
                 on conflict (ref) do update set pinned = ?2",
                [name.as_str(), head.as_str()],
            )
        })
    }

    /// Returns the last head seen of a chain.
    pub fn pinned(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        let found: Option<String> = self.read("read a pinned head", |connection| {
            connection
                .query_row(
                    "select pinned from heads where ref = ?1",
                    [name.as_str()],
                    |row| row.get(0),
                )
                .optional()
        })?;
        found
            .map(|text| {
                text.parse().map_err(|_| Error::Content {
                    what: format!("the pinned head of {name}"),
                })
            })
            .transpose()
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
            return Err(Error::ReadOnly { why: why.clone() });
        }
        write(&mut self.connection()).map_err(|error| failed(what, &self.path, error))
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
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

fn failed(what: &'static str, path: &Path, source: rusqlite::Error) -> Error {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Error::Full { path },
        Some(rusqlite::ErrorCode::ReadOnly) => Error::ReadOnly {
            why: format!("the disk that holds {} is read-only", path.display()),
        },
        _ => Error::Database { what, path, source },
    }
}
