//! Append-only chains: one commit after another at one ref, each holding a few small files. The record of a
//! hotfix and the local forge are such chains; where they lie and how they are pushed is said in `chains`.
//!
//! Guaranteed: appends are compare-and-swap, so of two writers one is told `Stale` and nothing is lost; the same
//! link on the same parent gives the same id, so repeating an append after a crash does no harm; a chain that was
//! rewritten or merged is noticed on reading. Not guaranteed: that the remote keeps others from deleting the ref.

use std::collections::BTreeMap;

use crate::model::CommitId;
use crate::model::Person;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::commit::RawCommit;
use super::commit::Signing;
use super::commit::signature;
use super::error::Error;
use super::objects::Kind;
use super::repo::Repo;
use super::tree::FILE;

/// The largest file of a chain that is read: an entry of the local forge, or the log that it keeps of a job. What somebody
/// puts into a chain by hand must not fill the memory of every console.
const LARGEST: usize = 256 * 1024;

/// One commit of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: CommitId,
    pub parent: Option<CommitId>,
    pub author: Person,
    pub at: Timestamp,
    pub message: Untrusted,
    /// Every file of its tree by path, `att/x` for one in a folder. One of more than 256 KiB is left out.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// The files of one link by path, each with its blob.
type Read = BTreeMap<String, (CommitId, Vec<u8>)>;

/// What a new commit of a chain holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    pub author: Person,
    pub at: Timestamp,
    pub message: String,
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Repo {
    /// Returns the head of a chain as last fetched.
    pub fn chain(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        self.remote_ref(name)
    }

    /// Returns the links from after `until` (or from the first) to `head`, oldest first. Names the first commit
    /// that breaks the line; a chain that never reaches `until` was rewritten, and that is an error as well.
    pub fn chain_read(
        &self,
        head: &CommitId,
        until: Option<&CommitId>,
    ) -> Result<Vec<Link>, Error> {
        let mut links = Vec::new();
        let mut before = BTreeMap::new();
        let mut next = Some(head.clone());
        while let Some(id) = next.take() {
            if Some(&id) == until {
                links.reverse();
                return Ok(links);
            }
            let raw = self.raw_commit(&id)?;
            if raw.parents.len() > 1 {
                return Err(not_linear(head, &id));
            }
            next = raw.parents.first().cloned();
            links.push(self.link(id, &raw, &mut before)?);
        }
        if let Some(until) = until {
            return Err(not_linear(head, until));
        }
        links.reverse();
        Ok(links)
    }

    fn link(&self, id: CommitId, raw: &RawCommit, before: &mut Read) -> Result<Link, Error> {
        let (author, at) = raw.author();
        let mut read = Read::new();
        self.collect(&raw.tree, "", before, &mut read)?;
        let files = read
            .iter()
            .map(|(path, (_, content))| (path.clone(), content.clone()));
        let files = files.collect();
        *before = read;
        Ok(Link {
            id,
            parent: raw.parents.first().cloned(),
            author,
            at,
            message: Untrusted::from_bytes(&raw.message),
            files,
        })
    }

    fn collect(
        &self,
        tree: &CommitId,
        folder: &str,
        before: &Read,
        read: &mut Read,
    ) -> Result<(), Error> {
        for entry in self.objects().tree(tree)? {
            let path = format!("{folder}{}", String::from_utf8_lossy(&entry.name));
            if entry.is_folder() {
                self.collect(&entry.id, &format!("{path}/"), before, read)?;
                continue;
            }
            let content = match before.get(&path) {
                // The file that names the version is the same in all of them.
                Some((id, content)) if *id == entry.id => Some(content.clone()),
                Some(_) | None => self.objects().blob_within(&entry.id, LARGEST)?,
            };
            if let Some(content) = content {
                read.insert(path, (entry.id, content));
            }
        }
        Ok(())
    }

    /// Stores a link after `parent` and returns its id, which follows from the content alone.
    pub fn chain_build(
        &self,
        parent: Option<&CommitId>,
        link: &NewLink,
    ) -> Result<CommitId, Error> {
        self.chain_commit(parent.into_iter().cloned().collect(), link)
    }

    /// Stores a commit with these parents that says what the link does.
    pub(super) fn chain_commit(
        &self,
        parents: Vec<CommitId>,
        link: &NewLink,
    ) -> Result<CommitId, Error> {
        let tree = self.chain_tree(&link.files)?;
        let person = signature(&link.author, link.at);
        let commit = RawCommit {
            tree,
            parents,
            author: person.clone(),
            committer: person,
            encoding: None,
            message: link.message.clone().into_bytes(),
        };
        self.create(&commit, Signing::Never)
    }

    fn chain_tree(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<CommitId, Error> {
        let mut tree = None;
        for (path, content) in files {
            check_path(path)?;
            let blob = self.objects().write(Kind::Blob, content)?;
            let entry = Some((FILE, blob));
            tree = self
                .objects()
                .with_entry(tree.as_ref(), path.as_bytes(), entry)?;
        }
        match tree {
            Some(tree) => Ok(tree),
            None => self.objects().write_tree(Vec::new()),
        }
    }

    /// Fetches one chain and returns its head; none if the remote has no such ref.
    pub async fn chain_fetch(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        self.fetch_one(name).await
    }

    /// Fetches the chains whose name begins with this folder.
    pub async fn chains_fetch(&self, folder: &str) -> Result<(), Error> {
        self.fetch_below(folder).await
    }
}

fn not_linear(head: &CommitId, at: &CommitId) -> Error {
    Error::NotLinear {
        head: head.clone(),
        at: at.clone(),
    }
}

/// Refuses paths that git, or a careless reader, would take for something else.
fn check_path(path: &str) -> Result<(), Error> {
    let bad = |why| {
        Err(Error::BadPath {
            path: path.to_owned(),
            why,
        })
    };
    if path.contains('\0') {
        return bad("it holds a zero byte");
    }
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return bad("a part is empty or dots");
        }
        if part.eq_ignore_ascii_case(".git") {
            return bad("`.git` has a meaning of its own");
        }
    }
    Ok(())
}
