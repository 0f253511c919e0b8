//! Looks at everything that a hotfix will need, and says what is wrong before production is broken.

mod address;
mod ci;
mod credential;
mod drivers;
mod forge;
mod record;
mod seat;
mod signing;
mod traps;

use crate::config::Environment;
use crate::git::Git;
use crate::git::GitVersion;
use crate::git::MergeEngine;
use crate::git::UserClone;
use crate::model::Person;
use crate::model::Roles;

use super::fault::Fault;
use super::fault::FaultKind;
use super::workspace::OpenOptions;
use super::workspace::Workspace;
use super::workspace::commands;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    pub health: ExaminedHealth,
    pub what: String,
    /// One line for each mistake.
    pub detail: String,
    pub hint: Option<String>,
    /// Nothing further could be looked at, since the configuration is wrong.
    pub is_misconfigured: bool,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExaminedHealth {
    Good,
    Doubtful,
    Bad,
}

impl Examined {
    fn good(what: &str, detail: impl Into<String>) -> Self {
        Self {
            health: ExaminedHealth::Good,
            what: what.to_owned(),
            detail: detail.into(),
            hint: None,
            is_misconfigured: false,
        }
    }

    fn doubtful(what: &str, detail: impl Into<String>, hint: &str) -> Self {
        Self {
            health: ExaminedHealth::Doubtful,
            what: what.to_owned(),
            detail: detail.into(),
            hint: Some(hint.to_owned()),
            is_misconfigured: false,
        }
    }

    fn bad(what: &str, fault: &Fault) -> Self {
        let detail = match fault.kind {
            // Mistakes of a file stand beside each other, none is the cause of the one before.
            FaultKind::Config => std::iter::once(&fault.summary)
                .chain(&fault.chain)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join("\n"),
            FaultKind::User
            | FaultKind::Remote
            | FaultKind::Conflict
            | FaultKind::Unknown
            | FaultKind::Internal => fault.to_string(),
        };
        Self {
            health: ExaminedHealth::Bad,
            what: what.to_owned(),
            detail,
            hint: fault.hint.clone(),
            is_misconfigured: false,
        }
    }
}

/// Examines git, clone, configuration, remote, record and trust, each even where an earlier one is bad.
///
/// The only write is a ref of our own that is made and removed again on the remote; a Gitea's token is tried by writes that
/// can do nothing.
pub async fn examine(options: &OpenOptions, environment: &Environment) -> Vec<Examined> {
    let mut examined = Vec::new();
    match Git::find(commands(environment, &options.dir)) {
        Err(error) => {
            let fault = Fault::caused(FaultKind::User, "cannot use git", &error)
                .hint("Install git 2.38 or newer and put it on the PATH.");
            examined.push(Examined::bad("git", &fault));
            return examined;
        }
        Ok(git) => {
            examined.push(Examined::good(
                "git",
                format!("{} at {}", git.version(), git.path().display()),
            ));
            examined.push(engine_in_use(&git));
            if !git.version().is_patched() {
                examined.push(Examined::doubtful(
                    "git's holes",
                    format!(
                        "git {} is older than the versions that closed CVE-2025-48384 and others; a distribution may have closed them without a new number",
                        git.version()
                    ),
                    &patched_versions(),
                ));
            }
            if let Err(error) = UserClone::discover(&git, &options.dir) {
                let fault = Fault::caused(
                    FaultKind::User,
                    format!("cannot open {}", options.dir.display()),
                    &error,
                )
                .hint("Run it inside a clone, or name one with -C DIR.");
                examined.push(Examined::bad("clone", &fault));
                return examined;
            }
        }
    }
    match Workspace::open(options, environment).await {
        Err(fault) => examined.push(Examined {
            is_misconfigured: fault.kind == FaultKind::Config,
            ..Examined::bad("workspace", &fault)
        }),
        Ok(workspace) => {
            if let Some(host) = Workspace::unnamed_forge(options, environment).await {
                let (doubt, hint) = (host.doubt(), host.hint());
                examined.push(Examined::doubtful("forge", doubt, &hint));
            }
            workspace.examine_into(&mut examined).await;
        }
    }
    examined
}

/// Names a version for each line of git, since a distribution stays on its own.
fn patched_versions() -> String {
    let versions: Vec<String> = GitVersion::patched()
        .map(|version| version.to_string())
        .collect();
    format!(
        "Update git to one of these or newer in its line, or to any newer line: {}.",
        versions.join(", ")
    )
}

/// Which engine judges merges, and why (flows.md 4).
fn engine_in_use(git: &Git) -> Examined {
    let version = git.version();
    let how = match version.merge_engine() {
        MergeEngine::Trees => {
            "git merge-tree on commits and trees with their merge base, in batches: exact"
                .to_owned()
        }
        MergeEngine::Commits => format!(
            "git merge-tree on made-up commits, in batches, since git {version} takes no trees (2.45 does): exact, a little slower"
        ),
        MergeEngine::Singly => format!(
            "git merge-tree on made-up commits, a process for each, since git {version} knows no batches (2.39 does): exact, slower"
        ),
    };
    Examined::good("merge engine", how)
}

impl Workspace {
    async fn examine_into(&self, examined: &mut Vec<Examined>) {
        let settings = self.settings();
        examined.push(Examined::good(
            "clone",
            self.user_clone().root().display().to_string(),
        ));
        // On a forge with accounts the account has the roles: see its login.
        let me = self.me().show();
        let who = match self.reach() {
            None => format!("{me} ({})", roles(self, self.me())),
            Some(_) => format!("{me}, to git"),
        };
        examined.push(Examined::good("who you are", who));
        examined.push(Examined::good(
            "state",
            self.state_dir().display().to_string(),
        ));
        examined.push(match self.ledger() {
            Ok(_) => Examined::good("journal", "writable"),
            Err(fault) => Examined::bad("journal", &fault),
        });
        examined.extend(self.examine_kept().await);
        // Before the remote is asked: it may be why it does not answer.
        examined.extend(self.examine_address().await);
        match self.refresh().await {
            Err(fault) => {
                examined.push(credential::examined("remote", &fault));
                return;
            }
            Ok(_) => examined.push(Examined::good(
                "remote",
                format!("{} answers", settings.remote),
            )),
        }
        self.examine_lanes(examined).await;
        examined.extend(self.examine_record().await);
        examined.extend(self.examine_closed().await);
        examined.extend(self.examine_seats().await);
        examined.extend(self.examine_signing().await);
        self.examine_forge(examined).await;
        self.examine_ci(examined).await;
        examined.extend(self.examine_drivers().await);
        examined.push(if settings.commands.waiting.is_empty() {
            Examined::good(
                "commands",
                "the team file's commands are trusted as they stand",
            )
        } else {
            Examined::doubtful(
                "commands",
                "the team file's commands are not trusted",
                "Read them, then run: lanekeeper trust",
            )
        });
    }

    async fn examine_lanes(&self, examined: &mut Vec<Examined>) {
        let (tips, project) = match self.expanded().await {
            Ok(found) => found,
            Err(fault) => {
                examined.push(Examined::bad("lanes", &fault));
                return;
            }
        };
        let missing: Vec<String> = project
            .lanes
            .iter()
            .filter(|lane| {
                lane.branch_name()
                    .is_none_or(|branch| !tips.contains_key(&branch))
            })
            .map(|lane| format!("{} ({})", lane.name, lane.branch))
            .collect();
        examined.push(if missing.is_empty() {
            Examined::good(
                "lanes",
                format!("{} lanes, all on the remote", project.lanes.len()),
            )
        } else {
            Examined::doubtful(
                "lanes",
                format!("not on the remote: {}", missing.join(", ")),
                "Push them, or correct lanekeeper.toml.",
            )
        });
        for role in project
            .roles
            .0
            .keys()
            .filter(|role| project.roles.members(role).is_empty())
        {
            examined.push(Examined::doubtful(
                "roles",
                format!("nobody is {role}"),
                "Name members in lanekeeper.toml, [roles].",
            ));
        }
        examined.extend(self.examine_members(&project.roles));
    }

    /// Names members of roles by whom nobody on the forge is meant.
    fn examine_members(&self, roles: &Roles) -> Option<Examined> {
        let host = &self.reach()?.place.host;
        let named = roles.0.values().flatten();
        let mut addresses: Vec<&str> = named
            .map(String::as_str)
            .filter(|name| Roles::is_address(name))
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            return None;
        }
        let addresses = addresses.join(", ");
        let fault = Fault::new(
            FaultKind::Config,
            format!("{host} knows no account by an e-mail address: {addresses}"),
        )
        .hint("In lanekeeper.toml, [roles], write the names of their accounts.");
        Some(Examined::bad("members", &fault))
    }
}

/// Returns the roles of somebody, in words.
fn roles(workspace: &Workspace, person: &Person) -> String {
    let roles: Vec<&str> = workspace
        .settings()
        .project
        .roles
        .of(person)
        .into_iter()
        .map(|role| role.as_str())
        .collect();
    if roles.is_empty() {
        "no role".to_owned()
    } else {
        roles.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_to_update_git_names_every_line() {
        assert_eq!(
            patched_versions(),
            "Update git to one of these or newer in its line, or to any newer line: 2.43.7, 2.44.4, 2.45.4, 2.46.4, \
             2.47.3, 2.48.2, 2.49.1, 2.50.1."
        );
    }
}
