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
        let local = super::refs::kept_as(name.as_str());
        self.command("bundle")
            .arg("create")
            .arg("--quiet")
            .arg(file)
            .arg(local)
            .success()
            .map(|_| ())
    }
}
