//! Owners of conflicted paths, as the target itself names them.

use std::collections::BTreeMap;

use crate::engine::Owners;
use crate::engine::owner_files;
use crate::git::Repo;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::OwnerRules;

/// The CODEOWNERS files of the targets that were asked about.
pub(in crate::ops) struct OwnerBook<'a> {
    repo: &'a Repo,
    rules: OwnerRules,
    read: BTreeMap<CommitId, Owners>,
}

impl<'a> OwnerBook<'a> {
    pub(in crate::ops) fn new(repo: &'a Repo, rules: OwnerRules) -> Self {
        Self {
            repo,
            rules,
            read: BTreeMap::new(),
        }
    }

    /// Adds to each path who owns it in the target. It helps a person, nothing is decided by it: a file that cannot be
    /// read names nobody.
    pub(in crate::ops) fn name(&mut self, target: &CommitId, paths: &mut [ConflictPath]) {
        if paths.is_empty() {
            return;
        }
        let (repo, rules) = (self.repo, self.rules);
        let owners = self.read.entry(target.clone()).or_insert_with(|| {
            let mut places = owner_files(rules).iter();
            let file = places.find_map(|place| repo.read_file(target, place).ok().flatten());
            file.map_or_else(Owners::default, |bytes| {
                Owners::read(rules, &String::from_utf8_lossy(&bytes))
            })
        });
        for path in paths {
            path.owners = owners.of(&path.path);
        }
    }
}
