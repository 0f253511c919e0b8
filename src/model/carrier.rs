//! What carries the shared record: where its refs lie, what they are called, and by which rules they are written. The
//! one place that says so; who lists, fetches or pushes a ref of the record asks it.

use super::id::ConsoleId;
use super::id::HotfixId;
use super::id::LockId;
use super::name::BranchName;
use super::name::NameError;
use super::name::RefName;

/// The folder of branches that hold records; no branch in it is anybody's work.
const BRANCHES: &str = "lanekeeper-record/";

/// The kinds of carrier, in the order in which they are worth trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CarrierKind {
    /// Refs of our own in the project's remote.
    Refs,
    /// The same among its notes, for which some hosts have a permission.
    Notes,
    /// Branches of another repository, where the forge can protect them.
    Repository,
    /// Branches of the project itself, which its CI must not build.
    Branches,
    /// This machine only: nothing is shared, and no lock can be kept.
    Local,
}

impl CarrierKind {
    /// Every kind, in the order in which they are worth trying.
    pub const ALL: [Self; 5] = [
        Self::Refs,
        Self::Notes,
        Self::Repository,
        Self::Branches,
        Self::Local,
    ];

    /// The words of the configuration, in the same order.
    pub const WORDS: [&'static str; 5] = ["refs", "notes", "repository", "branches", "local"];

    /// Returns the word of the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refs => "refs",
            Self::Notes => "notes",
            Self::Repository => "repository",
            Self::Branches => "branches",
            Self::Local => "local",
        }
    }

    /// Returns the kind of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Returns the kind that keeps refs like `prefix` in the project.
    pub fn of_prefix(prefix: &RefName) -> Self {
        let is_below = |folder: &str| prefix.as_str().starts_with(folder);
        if is_below("refs/heads/") {
            Self::Branches
        } else if is_below("refs/notes/") {
            Self::Notes
        } else {
            Self::Refs
        }
    }

    /// Returns where its refs lie unless the team names another place.
    pub fn default_prefix(self) -> RefName {
        let prefix = match self {
            Self::Refs | Self::Local => "refs/lanekeeper/v1",
            Self::Notes => "refs/notes/lanekeeper/v1",
            Self::Repository | Self::Branches => "refs/heads/lanekeeper-record/v1",
        };
        prefix.parse().expect("static ref name")
    }

    /// Says why refs below `prefix` are not of this kind, if they are not.
    pub fn flaw_of(self, prefix: &RefName) -> Option<&'static str> {
        let is_below = |folder: &str| prefix.as_str().starts_with(folder);
        match self {
            Self::Refs if is_below("refs/heads/") || is_below("refs/notes/") => {
                Some("it lies among branches or notes, which are carriers of their own")
            }
            Self::Refs if is_below("refs/tags/") || is_below("refs/remotes/") => {
                Some("it lies where git keeps tags or the branches of remotes")
            }
            Self::Notes if !is_below("refs/notes/") => Some("notes lie below refs/notes/"),
            Self::Repository | Self::Branches if !is_below("refs/heads/") => {
                Some("branches lie below refs/heads/")
            }
            Self::Refs | Self::Notes | Self::Repository | Self::Branches | Self::Local => None,
        }
    }
}

/// Where the refs of the record lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordPlace<'a> {
    /// In the project's own remote.
    Project,
    /// In the repository at this address.
    Remote(&'a str),
    /// On this machine.
    Here,
}

/// What carries the record of a project; one for everybody in the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    pub kind: CarrierKind,
    /// `refs/lanekeeper/v1`; every ref of the record lies below it.
    pub prefix: RefName,
    /// The address of the records' own repository; of no meaning to the other kinds.
    pub remote: Option<String>,
}

impl Carrier {
    /// Makes a carrier of this kind with its usual prefix.
    pub fn usual(kind: CarrierKind) -> Self {
        Self {
            kind,
            prefix: kind.default_prefix(),
            remote: None,
        }
    }

    /// Makes the carrier in the project that keeps refs like `prefix`.
    pub fn at(prefix: RefName) -> Self {
        Self {
            kind: CarrierKind::of_prefix(&prefix),
            prefix,
            remote: None,
        }
    }

    /// Returns where the refs lie.
    pub fn place(&self) -> RecordPlace<'_> {
        match (self.kind, &self.remote) {
            (CarrierKind::Local, _) => RecordPlace::Here,
            (CarrierKind::Repository, Some(url)) => RecordPlace::Remote(url),
            (
                CarrierKind::Refs
                | CarrierKind::Notes
                | CarrierKind::Repository
                | CarrierKind::Branches,
                _,
            ) => RecordPlace::Project,
        }
    }

    /// Says why no lock can be kept, where the refs have no compare-and-swap that everybody shares.
    pub fn why_no_lock(&self) -> Option<&'static str> {
        match self.kind {
            CarrierKind::Refs
            | CarrierKind::Notes
            | CarrierKind::Repository
            | CarrierKind::Branches => None,
            CarrierKind::Local => {
                Some("record_carrier = \"local\" keeps the record on this machine only")
            }
        }
    }

    /// Returns what a commit message must hold so that no CI builds the commit.
    pub fn commit_mark(&self) -> Option<&'static str> {
        match self.kind {
            CarrierKind::Repository | CarrierKind::Branches => Some("[skip ci]"),
            CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Local => None,
        }
    }

    /// Returns the options of a push that moves refs of the record only, for servers that take some.
    pub fn push_options(&self) -> &'static [&'static str] {
        match self.kind {
            CarrierKind::Repository | CarrierKind::Branches => &["ci.skip"],
            CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Local => &[],
        }
    }

    /// Returns the folder of all refs of the record, with its last slash.
    pub fn folder(&self) -> String {
        format!("{}/", self.prefix)
    }

    /// Returns the folder of the hotfixes' chains, with its last slash.
    pub fn hotfixes(&self) -> String {
        format!("{}/hotfixes/", self.prefix)
    }

    /// Returns the folder of the yearly archives, with its last slash.
    pub fn archives(&self) -> String {
        format!("{}/archive/", self.prefix)
    }

    /// Returns the archive of the hotfixes that were closed in a year.
    pub fn archive(&self, year: u16) -> Result<RefName, NameError> {
        format!("{}{year:04}", self.archives()).parse()
    }

    /// Returns the year whose archive a ref is; none for every other ref.
    pub fn archive_year(&self, name: &RefName) -> Option<u16> {
        let year = name.as_str().strip_prefix(&self.archives())?;
        let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        year.parse().ok().filter(|_| is_year)
    }

    /// Returns the folder of what consoles say of themselves, with its last slash.
    pub fn presences(&self) -> String {
        format!("{}/presence/", self.prefix)
    }

    /// Returns the chain of a hotfix.
    pub fn hotfix(&self, id: &HotfixId) -> Result<RefName, NameError> {
        format!("{}{id}", self.hotfixes()).parse()
    }

    /// Returns the chain of a lock.
    pub fn lock(&self, id: &LockId) -> Result<RefName, NameError> {
        format!("{}/locks/{id}", self.prefix).parse()
    }

    /// Returns the folder of who watches a hotfix, with its last slash.
    pub fn presence_of(&self, hotfix: &HotfixId) -> String {
        format!("{}{hotfix}/", self.presences())
    }

    /// Returns where a console says that it watches a hotfix.
    pub fn presence(&self, hotfix: &HotfixId, console: &ConsoleId) -> Result<RefName, NameError> {
        format!("{}{console}", self.presence_of(hotfix)).parse()
    }

    /// Returns a ref to try the remote with.
    pub fn probe(&self, id: &str) -> Result<RefName, NameError> {
        format!("{}/probe/{id}", self.prefix).parse()
    }

    /// Returns the chain of the local forge.
    pub fn forge(&self) -> Result<RefName, NameError> {
        format!("{}/forge", self.prefix).parse()
    }

    /// Returns the carrier of the local forge's chain, which moves together with branches in one push and so lies in
    /// the project's own remote, wherever the records are.
    pub fn of_forge(&self) -> Self {
        match self.kind {
            CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Branches => self.clone(),
            CarrierKind::Repository | CarrierKind::Local => Self::usual(CarrierKind::Refs),
        }
    }

    /// Tells whether a branch of the project holds records and is nobody's work: never a lane, a hotfix, a release.
    pub fn owns_branch(&self, branch: &BranchName) -> bool {
        let own = self.prefix.as_str().strip_prefix("refs/heads/");
        is_record_branch(branch)
            || own.is_some_and(|own| {
                let rest = branch.as_str().strip_prefix(own);
                rest.is_some_and(|rest| rest.starts_with('/'))
            })
    }
}

impl Default for Carrier {
    fn default() -> Self {
        Self::usual(CarrierKind::Refs)
    }
}

/// Tells whether a branch is one of records by its name alone, where no configuration says which are.
pub fn is_record_branch(branch: &BranchName) -> bool {
    branch.as_str().starts_with(BRANCHES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_word_in_order_and_takes_its_own_prefix() {
        for (kind, word) in CarrierKind::ALL.into_iter().zip(CarrierKind::WORDS) {
            assert_eq!(kind.word(), word);
            assert_eq!(CarrierKind::of_word(word), Some(kind));
            assert_eq!(kind.flaw_of(&kind.default_prefix()), None, "{word}");
        }
    }

    #[test]
    fn a_prefix_among_branches_or_notes_is_of_that_kind() {
        for (prefix, kind) in [
            ("refs/lanekeeper/v1", CarrierKind::Refs),
            ("refs/notes/x/v1", CarrierKind::Notes),
            ("refs/heads/records/v1", CarrierKind::Branches),
        ] {
            let prefix: RefName = prefix.parse().expect("static ref");
            assert_eq!(CarrierKind::of_prefix(&prefix), kind);
            for other in [CarrierKind::Refs, CarrierKind::Notes, CarrierKind::Branches] {
                assert_eq!(other.flaw_of(&prefix).is_none(), other == kind, "{prefix}");
            }
        }
    }

    #[test]
    fn an_archive_is_known_by_its_year_on_every_carrier() {
        for kind in CarrierKind::ALL {
            let carrier = Carrier::usual(kind);
            let name = carrier.archive(2025).expect("a ref");
            assert!(name.as_str().ends_with("/archive/2025"), "{name}");
            assert_eq!(carrier.archive_year(&name), Some(2025));
            for other in ["20250", "x025", "+025", "2025/x"] {
                let name = format!("{}{other}", carrier.archives());
                let name: RefName = name.parse().expect("a ref");
                assert_eq!(carrier.archive_year(&name), None, "{name}");
            }
        }
    }

    #[test]
    fn branches_of_records_are_nobodys_work() {
        let mut carrier = Carrier::usual(CarrierKind::Branches);
        let branch = |name: &str| -> BranchName { name.parse().expect("static branch") };
        assert!(carrier.owns_branch(&branch("lanekeeper-record/v1/hotfixes/x")));
        carrier.prefix = "refs/heads/team/records".parse().expect("static ref");
        assert!(carrier.owns_branch(&branch("team/records/locks/x")));
        // Of another version, or before the prefix was changed.
        assert!(carrier.owns_branch(&branch("lanekeeper-record/v2/x")));
        for work in [
            "team/recordsx",
            "team/records",
            "main",
            "lanekeeper-recordings",
        ] {
            assert!(!carrier.owns_branch(&branch(work)), "{work}");
        }
    }
}
