//! Plain git for the few who need a command that no other file of this room offers: the demo, which acts as
//! its people would, and the export of a chain.

use std::path::Path;

use crate::model::CommitId;
use crate::model::RefName;

use super::error::Error;
use super::executable::Git;
use super::repo::Repo;

impl Git {
    /// Runs `git <arguments>` in `dir` and returns what it printed. For folders of our own making only: hooks and
    /// configuration found there do run.
    pub fn run(
        &self,
        dir: &Path,
        arguments: &[&str],
        input: Option<&[u8]>,
    ) -> Result<Vec<u8>, Error> {
        let (verb, rest) = arguments.split_first().unwrap_or((&"version", &[]));
        let mut command = self.around(dir, verb).args(rest);
        if let Some(input) = input {
            command = command.input(input.to_vec());
        }
        command.success().map(|output| output.stdout)
    }
}

impl Repo {
    /// Takes up the objects of a bundle file and returns the refs that it names; none of them is set here.
    pub fn unbundle(&self, file: &Path) -> Result<Vec<(RefName, CommitId)>, Error> {
        let output = self.command("bundle").arg("unbundle").arg(file).success()?;
        let text = output.text();
        let one = |line: &str| {
            let (id, name) = line.split_once(' ')?;
            Some((name.parse().ok()?, id.parse().ok()?))
        };
        Ok(text.lines().filter_map(one).collect())
    }

    /// Writes the chain at `name`, as last fetched, to a bundle file.
    pub fn bundle(&self, name: &RefName, file: &Path) -> Result<(), Error> {
        self.bundle_local(&super::refs::kept_as(name.as_str()), file)
    }

    /// Writes the chain that ends at `head` to a bundle file, under a name like that of a chain at `name`. A bundle holds
    /// refs, so there is one for as long; nobody takes it for one of the remote's.
    pub(super) fn bundle_at(
        &self,
        name: &RefName,
        head: &CommitId,
        file: &Path,
    ) -> Result<(), Error> {
        let name = name.as_str();
        let local = format!("refs/taken/{}", name.strip_prefix("refs/").unwrap_or(name));
        self.command("update-ref")
            .args([local.as_str(), head.as_str()])
            .success()?;
        let written = self.bundle_local(&local, file);
        let cleared = self.command("update-ref").args(["-d", &local]).output()?;
        tracing::debug!(is_cleared = cleared.is_success(), "the name in a bundle");
        written
    }

    fn bundle_local(&self, name: &str, file: &Path) -> Result<(), Error> {
        self.command("bundle")
            .arg("create")
            .arg("--quiet")
            .arg(file)
            .arg(name)
            .success()
            .map(|_| ())
    }
}
