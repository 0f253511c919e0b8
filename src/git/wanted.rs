//! Which refs of a remote are kept here, and which of its branches hold records and are nobody's work.

use crate::model::BranchName;
use crate::model::Carrier;
use crate::model::RefName;

/// What is fetched of a project: branches, tags, our records, and records that are kept as notes.
const PROJECT: [&str; 4] = ["heads", "tags", "lanekeeper", "notes/lanekeeper"];

/// The refs that are kept, as folders below `refs/`.
#[derive(Debug)]
pub(super) struct Wanted {
    folders: Vec<String>,
    carrier: Carrier,
}

impl Wanted {
    /// Everything of a project that matters, with what its carrier keeps there.
    pub(super) fn of_project(carrier: &Carrier) -> Self {
        let carrier = carrier.of_forge();
        let mut folders: Vec<String> = PROJECT.map(str::to_owned).into();
        let own = below_refs(&carrier.prefix);
        let is_covered = |folder: &String| is_in(own, folder);
        if !folders.iter().any(is_covered) {
            folders.push(own.to_owned());
        }
        Self { folders, carrier }
    }

    /// The records alone, for a repository that holds nothing else of ours.
    pub(super) fn of_records(carrier: &Carrier) -> Self {
        Self {
            folders: vec![below_refs(&carrier.prefix).to_owned()],
            carrier: carrier.clone(),
        }
    }

    /// Returns what a fetch asks for.
    pub(super) fn refspecs(&self) -> Vec<String> {
        let refspec = |part: &String| format!("+refs/{part}/*:refs/remote/{part}/*");
        self.folders.iter().map(refspec).collect()
    }

    /// Tells whether a ref of the remote is kept here.
    pub(super) fn keeps(&self, name: &RefName) -> bool {
        let name = below_refs(name);
        self.folders
            .iter()
            .any(|folder| name != folder && is_in(name, folder))
    }

    /// Tells whether a branch is one of records.
    pub(super) fn is_record(&self, branch: &BranchName) -> bool {
        self.carrier.owns_branch(branch)
    }
}

fn below_refs(name: &RefName) -> &str {
    let name = name.as_str();
    name.strip_prefix("refs/").unwrap_or(name)
}

fn is_in(name: &str, folder: &str) -> bool {
    let rest = name.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CarrierKind;

    fn name(text: &str) -> RefName {
        text.parse().expect("static ref")
    }

    #[test]
    fn a_prefix_of_ones_own_is_fetched_as_well() {
        let carrier = Carrier::at(name("refs/acme/records"));
        let wanted = Wanted::of_project(&carrier);
        assert!(wanted.keeps(&name("refs/acme/records/hotfixes/x")));
        assert!(wanted.keeps(&name("refs/heads/main")));
        assert!(!wanted.keeps(&name("refs/acme/recordsx/y")));
        assert!(!wanted.keeps(&name("refs/notes/commits")));
    }

    #[test]
    fn of_a_records_repository_nothing_but_records_is_fetched() {
        let carrier = Carrier::usual(CarrierKind::Repository);
        let wanted = Wanted::of_records(&carrier);
        assert!(wanted.keeps(&name("refs/heads/lanekeeper-record/v1/locks/x")));
        assert!(!wanted.keeps(&name("refs/heads/main")));
        // And of the project its branches, whatever the other repository calls its own.
        let project = Wanted::of_project(&carrier);
        assert_eq!(project.folders, PROJECT);
    }
}
