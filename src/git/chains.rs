//! The chains of the shared record, wherever the team keeps it: the one door to refs of the record, for reading, listing
//! and pushing. Which repository, which names, which mark in a commit and which options of a push follow from the carrier.
//!
//! Guaranteed on every carrier: what `chain` guarantees, and that two refs move together or not at all. Not guaranteed:
//! that more than this machine sees a chain; the carrier says where that is so.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::model::Carrier;
use crate::model::CommitId;
use crate::model::RecordPlace;
use crate::model::RefName;
use crate::model::RefsMark;

use super::chain::Link;
use super::chain::NewLink;
use super::clone::UserClone;
use super::command::NETWORK_LIMIT;
use super::error::Error;
use super::executable::Git;
use super::laid_out::is_fetched;
use super::push::Pushed;
use super::push::RefUpdate;
use super::remote::Fetched;
use super::repo::Repo;
use super::store;
use super::wanted::Wanted;

/// Links, and a remote that has refs of them, for a world that is only played (`ops::execute::played`).
#[cfg(test)]
#[async_trait::async_trait]
pub(crate) trait PlayedChains: std::fmt::Debug + Send + Sync {
    fn head(&self, name: &RefName) -> Option<CommitId>;
    fn kept(&self, prefix: &str) -> Vec<(RefName, CommitId)>;
    fn read(&self, head: &CommitId, until: Option<&CommitId>) -> Result<Vec<Link>, Error>;
    fn build(&self, parent: Option<&CommitId>, link: &NewLink) -> CommitId;
    async fn fetch(&self, name: &RefName) -> Result<Option<CommitId>, Error>;
    async fn push(&self, updates: &[RefUpdate]) -> Result<Vec<Pushed>, Error>;
}

/// The chains of one project's record. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Chains {
    /// Our copy of the repository that has them.
    repo: Repo,
    carrier: Arc<Carrier>,
    /// The copy is the project's own, which is fetched as a whole.
    is_project: bool,
    /// What has and moves the chains in a world that is only played.
    #[cfg(test)]
    played: Option<Arc<dyn PlayedChains>>,
}

impl Chains {
    /// Opens the chains of a carrier. `project` is our own repository for the project; a carrier that lies elsewhere has
    /// a copy of its own beside it, and one that lies here its store in `state_dir`, which is no cache. Asks no network.
    pub fn open(
        git: &Git,
        carrier: &Carrier,
        project: &Repo,
        clone: &UserClone,
        state_dir: &Path,
    ) -> Result<Self, Error> {
        let beside = project.dir().with_file_name("records");
        let repo = match carrier.place() {
            RecordPlace::Project => project.clone(),
            RecordPlace::Remote(url) => {
                let wanted = Wanted::of_records(carrier);
                Repo::apart(git, &beside, clone, url, None, wanted)?
            }
            RecordPlace::Here => {
                let store = state_dir.join("record.git");
                let url = store::ensure(&store, clone.object_format())?;
                let wanted = Wanted::of_records(carrier);
                Repo::apart(git, &beside, clone, &url, Some(store), wanted)?
            }
        };
        Ok(Self {
            repo,
            carrier: Arc::new(carrier.clone()),
            is_project: carrier.place() == RecordPlace::Project,
            #[cfg(test)]
            played: None,
        })
    }

    /// Returns the chains of a carrier in a repository that is there already.
    pub fn within(repo: &Repo, carrier: Carrier) -> Self {
        Self {
            repo: repo.clone(),
            carrier: Arc::new(carrier),
            is_project: true,
            #[cfg(test)]
            played: None,
        }
    }

    /// Returns them with their links and their remote as somebody plays them: no git has a part in it.
    #[cfg(test)]
    pub(crate) fn played_by(mut self, chains: Arc<dyn PlayedChains>) -> Self {
        self.played = Some(chains);
        self
    }

    /// Returns what carries them.
    pub fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Fetches them where the fetch of the project does not bring them along.
    pub async fn refresh(&self) -> Result<Fetched, Error> {
        if self.is_project {
            return Ok(Fetched::default());
        }
        self.repo.fetch().await
    }

    /// Reads refs as last fetched, and tells whether what is not among them is gone from the remote. It is not known to be
    /// where our copy was made anew and nothing was fetched since.
    pub fn told<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, Error>,
    ) -> Result<(T, bool), Error> {
        // Before and after: another process may make the copy anew, or fetch into it, while we read.
        let was_fetched = is_fetched(self.repo.dir())?;
        let read = read(self)?;
        Ok((read, was_fetched && is_fetched(self.repo.dir())?))
    }

    /// Returns the head of a chain as last fetched.
    pub fn head(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        #[cfg(test)]
        if let Some(played) = &self.played {
            return Ok(played.head(name));
        }
        self.repo.chain(name)
    }

    /// Returns the refs whose name begins with `prefix`, as last fetched, in name order.
    pub fn kept(&self, prefix: &str) -> Result<Vec<(RefName, CommitId)>, Error> {
        #[cfg(test)]
        if let Some(played) = &self.played {
            return Ok(played.kept(prefix));
        }
        self.repo.remote_refs(prefix)
    }

    /// Marks which refs are kept now, of the project and of the record. Who is present is left out: no look rests on it.
    pub fn mark(&self, project: &Repo) -> Result<RefsMark, Error> {
        let aside = self.carrier.presences();
        let mut digests = vec![project.digest_of_refs(&aside)?];
        if !self.is_project {
            digests.push(self.repo.digest_of_refs(&aside)?);
        }
        Ok(RefsMark::new(digests))
    }

    /// Returns the refs of the record that the remote has now. Fetches nothing.
    pub async fn list(&self) -> Result<BTreeMap<RefName, CommitId>, Error> {
        self.repo.ls_remote_below(&self.carrier.folder()).await
    }

    /// Tells whether the repository has any branch or tag yet.
    pub async fn is_begun(&self) -> Result<bool, Error> {
        Ok(!self.repo.ls_remote().await?.is_empty())
    }

    /// Reads a chain; see `Repo::chain_read`.
    pub fn read(&self, head: &CommitId, until: Option<&CommitId>) -> Result<Vec<Link>, Error> {
        #[cfg(test)]
        if let Some(played) = &self.played {
            return played.read(head, until);
        }
        self.repo.chain_read(head, until)
    }

    /// Reads a chain from its first link to `head`; a long one is kept as it was read. See `Repo::chain_whole`.
    pub fn read_whole(&self, name: &RefName, head: &CommitId) -> Result<Vec<Link>, Error> {
        #[cfg(test)]
        if let Some(played) = &self.played {
            return played.read(head, None);
        }
        self.repo.chain_whole(name, head)
    }

    /// Stores a link after `parent` and returns its id, which follows from the content and the carrier's mark alone.
    pub fn build(&self, parent: Option<&CommitId>, link: &NewLink) -> Result<CommitId, Error> {
        #[cfg(test)]
        if let Some(played) = &self.played {
            return Ok(played.build(parent, link));
        }
        self.repo.chain_build(parent, &self.marked(link))
    }

    /// The same of a link that leads to the heads of other chains as well; see `archive`.
    pub fn gather(
        &self,
        previous: Option<&CommitId>,
        heads: &[CommitId],
        link: &NewLink,
    ) -> Result<CommitId, Error> {
        self.repo.gather(previous, heads, &self.marked(link))
    }

    /// Returns the link with what the carrier wants in its message.
    fn marked<'a>(&self, link: &'a NewLink) -> Cow<'a, NewLink> {
        match self.carrier.commit_mark() {
            None => Cow::Borrowed(link),
            Some(mark) => Cow::Owned(NewLink {
                message: format!("{} {mark}", link.message),
                ..link.clone()
            }),
        }
    }

    /// Returns a file of one commit, whatever the commit leads to; none if it has no such file.
    pub fn file_in(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.repo.file_in(commit, path)
    }

    /// Fetches one chain and returns its head; none if the remote has no such ref.
    pub async fn fetch(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        #[cfg(test)]
        if let Some(played) = &self.played {
            return played.fetch(name).await;
        }
        self.repo.chain_fetch(name).await
    }

    /// Fetches the yearly archives.
    pub async fn fetch_archives(&self) -> Result<(), Error> {
        #[cfg(test)]
        if self.played.is_some() {
            return Ok(());
        }
        self.repo.chains_fetch(&self.carrier.archives()).await
    }

    /// Moves a chain to `head` if the remote still has `expected`.
    pub async fn push(
        &self,
        name: &RefName,
        head: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Pushed, Error> {
        self.push_one(RefUpdate {
            name: name.clone(),
            new: Some(head.clone()),
            expected: expected.cloned(),
            replaces: false,
        })
        .await
    }

    /// Moves one ref of the record.
    pub async fn push_one(&self, update: RefUpdate) -> Result<Pushed, Error> {
        let pushed = self.push_all(std::slice::from_ref(&update)).await?;
        let nothing = || Pushed::Unknown("git said nothing about it".into());
        Ok(pushed.into_iter().next().unwrap_or_else(nothing))
    }

    /// Moves refs of the record, all or none of them, and answers for each in the order given.
    pub async fn push_all(&self, updates: &[RefUpdate]) -> Result<Vec<Pushed>, Error> {
        #[cfg(test)]
        if let Some(played) = &self.played {
            return played.push(updates).await;
        }
        let options = self.carrier.push_options();
        self.repo.push_with(updates, options, NETWORK_LIMIT).await
    }

    /// Writes a chain, as last fetched, to a bundle file.
    pub fn bundle(&self, name: &RefName, file: &Path) -> Result<(), Error> {
        self.repo.bundle(name, file)
    }

    /// Writes a chain that has no ref of its own any more to a bundle file, as if it had.
    pub fn bundle_at(&self, name: &RefName, head: &CommitId, file: &Path) -> Result<(), Error> {
        self.repo.bundle_at(name, head, file)
    }

    /// Takes up the objects of a bundle file and returns its heads.
    pub fn unbundle(&self, file: &Path) -> Result<Vec<(RefName, CommitId)>, Error> {
        self.repo.unbundle(file)
    }
}
