//! Finds lanes in a repository that has no `lanekeeper.toml` yet, and says of every value where it comes from.
//!
//! Pure: branches and files come in as values. The rules are flows.md 8.3 with its deviations: `master` is
//! production when nothing better exists, and `main` counts only as a whole word, so `maintenance/x` is not
//! production. Production is never guessed silently: the result names the candidates, and `init` asks unless
//! there is exactly one. What does not belong here: reading the repository (`ops`), asking people (`cli`).

mod draw;
mod hardis;
mod lanes;
mod names;
mod write;

use crate::config::ForgeKind;
use crate::config::UnnamedForge;
use crate::model::BranchName;
use crate::model::BranchPattern;
use crate::model::Layer;

/// Returns how near to production a branch is by its name, the nearest highest; none for one that is no lane.
pub fn nearness(branch: &BranchName) -> Option<u32> {
    names::level(branch.as_str()).map(|(level, _)| level)
}

/// What is known of a repository.
#[derive(Debug, Clone, Default)]
pub struct GuessFacts {
    /// The project's name: the last part of the remote's URL, else the folder.
    pub name: String,
    pub branches: Vec<BranchFacts>,
    /// The branch that the remote's HEAD names.
    pub default_branch: Option<BranchName>,
    /// The remote's host, where nothing says which forge it is.
    pub unnamed: Option<UnnamedForge>,
    /// The forge whose accounts people have, where it is known; none on a plain remote.
    pub forge: Option<ForgeKind>,
    /// Files by path from the repository's root: `config/.sfdx-hardis.yml`, `config/branches/.sfdx-hardis.*.yml`.
    pub files: Vec<(String, String)>,
}

/// A branch of the remote.
#[derive(Debug, Clone)]
pub struct BranchFacts {
    pub name: BranchName,
    /// Whether the forge protects it; none on a plain remote, which cannot say.
    pub is_protected: Option<bool>,
}

/// A proposal for `lanekeeper.toml`.
#[derive(Debug, Clone)]
pub struct Guess {
    pub name: String,
    /// The remote's host, where nothing says which forge it is.
    pub unnamed: Option<UnnamedForge>,
    /// The forge whose accounts people have, named or as the host answered; none on a plain remote.
    pub forge: Option<ForgeKind>,
    /// In drawing order: BUILD first, production last.
    pub lanes: Vec<GuessedLane>,
    pub production: GuessedProduction,
    /// What a person should look at: branches that were left out and why, values nobody could know.
    pub notes: Vec<String>,
}

/// A proposed lane; every value with the reason for it.
#[derive(Debug, Clone)]
pub struct GuessedLane {
    pub name: String,
    pub branch: BranchPattern,
    pub layer: Guessed<Layer>,
    pub merges_into: Vec<Guessed<String>>,
    pub environment: Option<Guessed<String>>,
    /// The environment is a Salesforce org.
    pub is_org: bool,
    /// Nearness to production; orders the lanes.
    pub level: u32,
    /// Why it is a lane at all.
    pub origin: String,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guessed<T> {
    pub value: T,
    pub origin: String,
}

/// What is known about production; always to be confirmed by a person, or by `--yes` where there is one candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuessedProduction {
    /// The only branch with a name like that.
    One { branch: String, origin: String },
    /// Several could be; the lanes are drawn for the first.
    Several(Vec<String>),
    /// No name says so.
    Unknown,
}

impl Guess {
    /// Tells whether `init --yes` may take the proposal without asking.
    pub fn is_sure(&self) -> bool {
        matches!(self.production, GuessedProduction::One { .. })
    }

    /// Returns where every value comes from, one line each.
    pub fn origins(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.unnamed.iter().map(|host| match host.answers_as {
            Some((_, word)) => format!("forge = {word}: {} answers as one", host.host),
            None => format!("forge: {}; {}", host.doubt(), host.hint()),
        }));
        for lane in &self.lanes {
            let branch = &lane.branch;
            lines.push(format!("lane {} = {branch}: {}", lane.name, lane.origin));
            let layer = &lane.layer;
            lines.push(format!("  layer {}: {}", layer.value.word(), layer.origin));
            for into in &lane.merges_into {
                lines.push(format!("  merges into {}: {}", into.value, into.origin));
            }
            if let Some(environment) = &lane.environment {
                lines.push(format!(
                    "  environment {}: {}",
                    environment.value, environment.origin
                ));
            }
        }
        lines.push(match &self.production {
            GuessedProduction::One { branch, origin } => {
                format!("production = {branch}: needs confirmation ({origin})")
            }
            GuessedProduction::Several(names) => {
                format!(
                    "production: needs a choice, it could be {}",
                    names.join(" or ")
                )
            }
            GuessedProduction::Unknown => {
                "production: needs a choice, no branch is named like it".to_owned()
            }
        });
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        lines
    }
}

/// Proposes lanes for a repository, with `production` as a person chose it, if they did.
pub fn guess(facts: &GuessFacts, production: Option<&BranchName>) -> Guess {
    lanes::guess(facts, production)
}
