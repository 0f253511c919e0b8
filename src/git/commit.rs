//! Commits as bytes: read into the neutral noun, and made. Every commit that we create is made here, so that
//! signing is decided in one place.

use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Person;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::command::failed;
use super::error::Error;
use super::objects::Kind;
use super::objects::parse_id;
use super::repo::Repo;

/// A commit as it is stored. Author and committer are kept as bytes, so that carrying one over changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawCommit {
    pub(super) tree: CommitId,
    pub(super) parents: Vec<CommitId>,
    pub(super) author: Vec<u8>,
    pub(super) committer: Vec<u8>,
    /// The encoding of the message, where it is not UTF-8.
    pub(super) encoding: Option<Vec<u8>>,
    pub(super) message: Vec<u8>,
}

/// Whether a new commit is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// As the operator's `commit.gpgSign` says.
    AsConfigured,
    /// Never: the id must follow from the content.
    Never,
}

/// Returns `name <email> seconds +0000` as git stores it.
pub(super) fn signature(person: &Person, at: Timestamp) -> Vec<u8> {
    // These would end the field early; git drops them as well.
    let clean = |text: &str| -> String {
        let kept: String = text
            .chars()
            .filter(|c| !matches!(c, '<' | '>' | '\n' | '\0'))
            .collect();
        kept.trim().to_owned()
    };
    let name = match clean(person.name.raw()) {
        name if name.is_empty() => clean(&person.id),
        name => name,
    };
    format!("{name} <{}> {} +0000", clean(&person.id), at.as_second()).into_bytes()
}

/// Splits a stored signature into name, email and the time with its zone.
fn split_signature(bytes: &[u8]) -> (Vec<u8>, Vec<u8>, String) {
    let open = bytes.iter().position(|b| *b == b'<');
    let close = bytes.iter().rposition(|b| *b == b'>');
    let (Some(open), Some(close)) = (open, close.filter(|close| Some(*close) > open)) else {
        return (bytes.to_vec(), Vec::new(), String::new());
    };
    let name = bytes[..open].trim_ascii().to_vec();
    let email = bytes[open + 1..close].to_vec();
    let time = String::from_utf8_lossy(&bytes[close + 1..])
        .trim()
        .to_owned();
    (name, email, time)
}

/// Returns the person and the time of a stored signature; an unreadable time is the epoch.
fn person_and_time(bytes: &[u8]) -> (Person, Timestamp) {
    let (name, email, time) = split_signature(bytes);
    let seconds = time.split(' ').next().and_then(|text| text.parse().ok());
    let person = Person::from_email(
        Untrusted::from_bytes(&name).raw(),
        Untrusted::from_bytes(&email).raw(),
    );
    (person, Timestamp::from_second(seconds.unwrap_or(0)))
}

impl RawCommit {
    /// Returns a commit of nobody, made for a merge alone: git merges commits, where trees are what is asked about.
    pub(super) fn nameless(tree: CommitId, parents: &[CommitId], second: i64) -> Self {
        let nobody = Person::from_email("merge", "merge@localhost");
        let stamp = signature(&nobody, Timestamp::from_second(second));
        Self {
            tree,
            parents: parents.to_vec(),
            author: stamp.clone(),
            committer: stamp,
            encoding: None,
            message: Vec::new(),
        }
    }

    /// Reads the stored form.
    pub(super) fn parse(id: &CommitId, bytes: &[u8]) -> Result<Self, Error> {
        let bad = |why| Error::BadObject {
            id: id.clone(),
            why,
        };
        let (mut tree, mut parents) = (None, Vec::new());
        let (mut author, mut committer, mut encoding) = (Vec::new(), Vec::new(), None);
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|b| *b == b'\n') {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if line.is_empty() {
                break;
            }
            let space = line.iter().position(|b| *b == b' ').unwrap_or(line.len());
            let value = line.get(space + 1..).unwrap_or_default();
            let as_id = || {
                std::str::from_utf8(value)
                    .ok()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| bad("a header is not an object id"))
            };
            match &line[..space] {
                b"tree" => tree = Some(as_id()?),
                b"parent" => parents.push(as_id()?),
                b"author" => author = value.to_vec(),
                b"committer" => committer = value.to_vec(),
                b"encoding" => encoding = Some(value.to_vec()),
                _other => {}
            }
        }
        Ok(Self {
            tree: tree.ok_or_else(|| bad("it names no tree"))?,
            parents,
            author,
            committer,
            encoding,
            message: rest.to_vec(),
        })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("tree {}\n", self.tree).into_bytes();
        for parent in &self.parents {
            bytes.extend(format!("parent {parent}\n").into_bytes());
        }
        let encoding = self.encoding.as_ref().map(|e| ("encoding", e));
        let fields = [("author", &self.author), ("committer", &self.committer)];
        for (name, value) in fields.into_iter().chain(encoding) {
            bytes.extend(name.as_bytes());
            bytes.push(b' ');
            bytes.extend(value);
            bytes.push(b'\n');
        }
        bytes.push(b'\n');
        bytes.extend(&self.message);
        bytes
    }

    /// Returns who wrote it and when.
    pub(super) fn author(&self) -> (Person, Timestamp) {
        person_and_time(&self.author)
    }

    /// Turns it into the neutral noun.
    pub(super) fn into_commit(self, id: CommitId) -> Commit {
        let (author, authored_at) = self.author();
        let (_, committed_at) = person_and_time(&self.committer);
        Commit {
            id,
            parents: self.parents,
            author,
            authored_at,
            committed_at,
            message: Untrusted::from_bytes(&self.message),
        }
    }
}

impl Repo {
    /// Returns a commit as it is stored.
    pub(super) fn raw_commit(&self, id: &CommitId) -> Result<RawCommit, Error> {
        RawCommit::parse(id, &self.objects().read_as(Kind::Commit, id)?)
    }

    /// Returns a commit's head: who, when, what it says.
    pub fn commit(&self, id: &CommitId) -> Result<Commit, Error> {
        Ok(self.raw_commit(id)?.into_commit(id.clone()))
    }

    /// Stores a commit. If the operator's configuration asks for signatures and signing fails, nothing is stored.
    pub(super) fn create(&self, commit: &RawCommit, signing: Signing) -> Result<CommitId, Error> {
        self.keep_tree(&commit.tree)?;
        match signing {
            Signing::AsConfigured if self.is_signing()? => self.create_signed(commit),
            Signing::AsConfigured | Signing::Never => {
                self.objects().write(Kind::Commit, &commit.to_bytes())
            }
        }
    }

    fn is_signing(&self) -> Result<bool, Error> {
        let output = self
            .command("config")
            .args(["--type=bool", "--get", "commit.gpgSign"])
            .output()?;
        Ok(output.text().trim() == "true")
    }

    fn create_signed(&self, commit: &RawCommit) -> Result<CommitId, Error> {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let mut call = self.command("commit-tree").arg("-S");
        for parent in &commit.parents {
            call = call.args(["-p", parent.as_str()]);
        }
        if let Some(encoding) = &commit.encoding {
            let setting = format!("i18n.commitEncoding={}", String::from_utf8_lossy(encoding));
            call = call.before(setting).before("-c");
        }
        for (role, stored) in [("AUTHOR", &commit.author), ("COMMITTER", &commit.committer)] {
            let (name, email, time) = split_signature(stored);
            call = call
                .env(&format!("GIT_{role}_NAME"), OsStr::from_bytes(&name))
                .env(&format!("GIT_{role}_EMAIL"), OsStr::from_bytes(&email))
                .env(&format!("GIT_{role}_DATE"), format!("@{time}"));
        }
        let output = call
            .arg(commit.tree.as_str())
            .input(commit.message.clone())
            .output()?;
        if output.is_success() {
            return parse_id("commit-tree", output.text().trim());
        }
        Err(match failed("commit-tree", &output) {
            Error::Failed { why, .. } => Error::Signing { why },
            other => other,
        })
    }
}
