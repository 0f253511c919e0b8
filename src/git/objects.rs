//! Single objects of our own repository, read and written in process. Where libgit2 does not know the format
//! (SHA-256) or refuses the folder, the git executable answers instead; callers see no difference.

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::TryLockError;
use std::sync::Weak;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use crate::model::CommitId;

use super::error::Error;
use super::executable::Git;
use super::scratch::Scratch;
use super::tree::TreeEntry;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// The object store of our own repository.
#[derive(Debug)]
pub(super) struct Objects {
    git: Git,
    dir: PathBuf,
    /// A handle may be used by one thread at a time: the second one is opened when two want to read at once.
    libraries: [Mutex<Library>; 2],
    /// Where to read what is not in the store; nothing is written there.
    beyond: Mutex<Weak<Scratch>>,
    /// How often something was asked for that is not there.
    missed: AtomicUsize,
    /// How often a handle was opened by a reader.
    opened: AtomicUsize,
    /// Trees that were looked into: a path is found by way of the same few folders again and again.
    pub(super) trees: Mutex<HashMap<CommitId, Arc<Vec<TreeEntry>>>>,
}

/// Libgit2's view of the store.
enum Library {
    Open(git2::Repository),
    Refused,
    /// Nobody reads at present; opened again when somebody does.
    Resting,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open(_) => "Open",
            Self::Refused => "Refused",
            Self::Resting => "Resting",
        })
    }
}

impl Library {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that opens a repository in process, and it is our own"
    )]
    fn open(dir: &Path) -> Self {
        // An object is hashed when it arrives, by git. Like git, we do not hash it again each time it is read: that
        // takes as long as everything else about reading a commit.
        git2::opts::strict_hash_verification(false);
        git2::Repository::open_bare(dir).map_or(Self::Refused, Self::Open)
    }
}

impl Objects {
    pub(super) fn open(git: &Git, dir: &Path) -> Self {
        Self {
            git: git.clone(),
            dir: dir.to_owned(),
            libraries: [Library::open(dir), Library::Resting].map(Mutex::new),
            beyond: Mutex::default(),
            missed: AtomicUsize::default(),
            opened: AtomicUsize::default(),
            trees: Mutex::default(),
        }
    }

    /// Forgets what was read, after the folder was made anew.
    pub(super) fn reopen(&self) {
        for library in &self.libraries {
            *held(library) = Library::Resting;
        }
        self.trees
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Tells whether objects are read without starting a process.
    pub(super) fn is_in_process(&self) -> bool {
        matches!(*self.lock(), Library::Open(_))
    }

    /// Tells whether all objects can be found and their heads be read; none where only the executable can tell.
    pub(super) fn has_all<'a>(&self, mut ids: impl Iterator<Item = &'a CommitId>) -> Option<bool> {
        let Library::Open(repository) = &*self.lock() else {
            return None;
        };
        let store = repository.odb().ok()?;
        Some(ids.all(|id| {
            git2::Oid::from_str(id.as_str()).is_ok_and(|id| store.read_header(id).is_ok())
        }))
    }

    /// Returns a handle that nobody uses at present, opened.
    fn lock(&self) -> MutexGuard<'_, Library> {
        let free = self
            .libraries
            .iter()
            .find_map(|library| match library.try_lock() {
                Ok(library) => Some(library),
                Err(TryLockError::Poisoned(library)) => Some(library.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            });
        let [first, _second] = &self.libraries;
        let mut library = free.unwrap_or_else(|| held(first));
        if matches!(*library, Library::Resting) {
            *library = Library::open(&self.dir);
            self.opened.fetch_add(1, Ordering::Relaxed);
        }
        library
    }

    /// Gives the memory back that reading took: the packs of a large clone lie in it as far as they were read. The next
    /// reader opens the store again.
    pub(super) fn rest(&self) {
        for library in &self.libraries {
            let mut library = held(library);
            if matches!(*library, Library::Open(_)) {
                *library = Library::Resting;
            }
        }
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        *trees = HashMap::new();
    }

    /// Tells whether the store is closed until somebody reads.
    pub(super) fn is_resting(&self) -> bool {
        self.libraries
            .iter()
            .all(|library| matches!(*held(library), Library::Resting))
    }

    /// Tells whether all objects can be found, without reading them; none where only the executable can tell.
    pub(super) fn finds_all<'a>(
        &self,
        mut ids: impl Iterator<Item = &'a CommitId>,
    ) -> Option<bool> {
        let Library::Open(repository) = &*self.lock() else {
            return None;
        };
        let store = repository.odb().ok()?;
        Some(ids.all(|id| git2::Oid::from_str(id.as_str()).is_ok_and(|id| store.exists(id))))
    }

    /// Returns an object.
    pub(super) fn read(&self, id: &CommitId) -> Result<(Kind, Vec<u8>), Error> {
        let mut found = self.read_many(std::slice::from_ref(id))?;
        found.pop().ok_or_else(|| missing(id))
    }

    /// Reads from the throw-away objects as well, after our own.
    pub(super) fn look_beyond(&self, scratch: &Arc<Scratch>) {
        *self.beyond.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(scratch);
    }

    /// Works on the store through libgit2 under one lock; none where only the executable can read it.
    pub(super) fn with_store<T>(&self, work: impl FnOnce(&git2::Odb<'_>) -> T) -> Option<T> {
        let Library::Open(repository) = &*self.lock() else {
            return None;
        };
        repository.odb().ok().map(|store| work(&store))
    }

    /// Returns the objects in the order asked for; a missing one is an error.
    pub(super) fn read_many(&self, ids: &[CommitId]) -> Result<Vec<(Kind, Vec<u8>)>, Error> {
        let found = self.read_anywhere(ids);
        if found.as_ref().is_err_and(is_unread) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
        found
    }

    /// Tells whether an object can be read, for those who can make it again: it is not missed.
    pub(super) fn is_readable(&self, id: &CommitId) -> Result<bool, Error> {
        match self.read_anywhere(std::slice::from_ref(id)) {
            Ok(_) => Ok(true),
            Err(error) if is_unread(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read_anywhere(&self, ids: &[CommitId]) -> Result<Vec<(Kind, Vec<u8>)>, Error> {
        let own = self.read_own(ids);
        if !matches!(own, Err(Error::NoSuchObject { .. })) {
            return own;
        }
        let beyond = self.beyond.lock().unwrap_or_else(PoisonError::into_inner);
        match beyond.upgrade() {
            // It borrows from the store, so it has everything.
            Some(scratch) => scratch.objects().read_own(ids),
            None => own,
        }
    }

    /// Returns how often something was asked for that is not there.
    pub(super) fn missed(&self) -> usize {
        self.missed.load(Ordering::Relaxed)
    }

    /// Returns how often a reader had to open the store.
    pub(super) fn times_opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    fn read_own(&self, ids: &[CommitId]) -> Result<Vec<(Kind, Vec<u8>)>, Error> {
        match &*self.lock() {
            Library::Open(repository) => {
                let store = repository.odb().map_err(|error| self.unreadable(&error))?;
                ids.iter().map(|id| self.read_library(&store, id)).collect()
            }
            Library::Refused | Library::Resting => self.read_with_executable(ids),
        }
    }

    /// Returns an object that must be of `kind`.
    pub(super) fn read_as(&self, kind: Kind, id: &CommitId) -> Result<Vec<u8>, Error> {
        match self.read(id)? {
            (found, bytes) if found == kind => Ok(bytes),
            _other => Err(Error::BadObject {
                id: id.clone(),
                why: "it is of another kind",
            }),
        }
    }

    /// Returns a blob of at most so many bytes; none where it is larger, which is known before any of it is read.
    pub(super) fn blob_within(
        &self,
        id: &CommitId,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        if self.size(id).is_some_and(|size| size > limit) {
            return Ok(None);
        }
        self.read_as(Kind::Blob, id).map(Some)
    }

    /// Returns how large an object is; none where it is not in our own store.
    fn size(&self, id: &CommitId) -> Option<usize> {
        match &*self.lock() {
            Library::Open(repository) => {
                let id = git2::Oid::from_str(id.as_str()).ok()?;
                let (size, _kind) = repository.odb().ok()?.read_header(id).ok()?;
                Some(size)
            }
            Library::Refused | Library::Resting => {
                let call = self.git.at(&self.dir, "cat-file");
                let output = call.args(["-s", id.as_str()]).output().ok()?;
                output.text().trim().parse().ok()
            }
        }
    }

    /// Stores an object and returns its id; the same bytes give the same id.
    pub(super) fn write(&self, kind: Kind, bytes: &[u8]) -> Result<CommitId, Error> {
        match &*self.lock() {
            Library::Open(repository) => {
                let store = repository.odb().map_err(|error| self.unreadable(&error))?;
                let kind = match kind {
                    Kind::Commit => git2::ObjectType::Commit,
                    Kind::Tree => git2::ObjectType::Tree,
                    Kind::Blob => git2::ObjectType::Blob,
                    Kind::Tag => git2::ObjectType::Tag,
                };
                let id = store
                    .write(kind, bytes)
                    .map_err(|error| self.unreadable(&error))?;
                parse_id("write", &id.to_string())
            }
            Library::Refused | Library::Resting => {
                let output = self
                    .git
                    .at(&self.dir, "hash-object")
                    .args(["-w", "--stdin", "-t", kind.word()])
                    .input(bytes.to_vec())
                    .success()?;
                parse_id("hash-object", output.text().trim())
            }
        }
    }

    fn read_with_executable(&self, ids: &[CommitId]) -> Result<Vec<(Kind, Vec<u8>)>, Error> {
        let mut input = String::new();
        for id in ids {
            input.push_str(id.as_str());
            input.push('\n');
        }
        let output = self
            .git
            .at(&self.dir, "cat-file")
            .arg("--batch")
            .input(input.into_bytes())
            .success()?;
        let odd = || Error::Answer {
            verb: "cat-file".into(),
            why: "an object is cut off".into(),
        };
        let mut rest = output.stdout.as_slice();
        let mut objects = Vec::with_capacity(ids.len());
        for id in ids {
            let end = rest.iter().position(|b| *b == b'\n').ok_or_else(odd)?;
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest = &rest[end + 1..];
            let mut words = head.split(' ').skip(1);
            let Some(kind) = words.next().and_then(Kind::from_word) else {
                return Err(missing(id));
            };
            let size: usize = words.next().and_then(|n| n.parse().ok()).ok_or_else(odd)?;
            if rest.len() <= size {
                return Err(odd());
            }
            objects.push((kind, rest[..size].to_vec()));
            rest = &rest[size + 1..];
        }
        Ok(objects)
    }

    /// What is there and cannot be read is told from what is not there.
    fn read_library(&self, store: &git2::Odb<'_>, id: &CommitId) -> Result<(Kind, Vec<u8>), Error> {
        let oid = git2::Oid::from_str(id.as_str()).map_err(|_| missing(id))?;
        let object = store.read(oid).map_err(|error| match error.code() {
            git2::ErrorCode::NotFound => missing(id),
            _trouble => self.unreadable(&error),
        })?;
        let kind = Kind::from_word(object.kind().str()).ok_or_else(|| Error::BadObject {
            id: id.clone(),
            why: "its kind is unknown",
        })?;
        Ok((kind, object.data().to_vec()))
    }

    fn unreadable(&self, error: &git2::Error) -> Error {
        Error::Unreadable {
            dir: self.dir.clone(),
            why: error.message().to_owned(),
        }
    }
}

/// A reader that panics leaves the handle whole.
fn held(library: &Mutex<Library>) -> MutexGuard<'_, Library> {
    library.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells whether an object is missed: it is not there, or could not be read.
fn is_unread(error: &Error) -> bool {
    matches!(error, Error::NoSuchObject { .. } | Error::Unreadable { .. })
}

fn missing(id: &CommitId) -> Error {
    Error::NoSuchObject { id: id.clone() }
}

/// Reads an object id that git printed.
pub(super) fn parse_id(verb: &str, text: &str) -> Result<CommitId, Error> {
    text.parse().map_err(|_| Error::Answer {
        verb: verb.to_owned(),
        why: "expected an object id".into(),
    })
}
