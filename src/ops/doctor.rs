//! Looks at everything that a hotfix will need, and says what is wrong before production is broken.

use crate::config::Environment;
use crate::config::ForgeKind;
use crate::git::Git;
use crate::git::MergeEngine;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::git::UserClone;
use crate::model::CommitId;
use crate::model::Enforcement;
use crate::model::RefName;

use super::clock;
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
    pub detail: String,
    pub hint: Option<String>,
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
        }
    }

    fn doubtful(what: &str, detail: impl Into<String>, hint: &str) -> Self {
        Self {
            health: ExaminedHealth::Doubtful,
            what: what.to_owned(),
            detail: detail.into(),
            hint: Some(hint.to_owned()),
        }
    }

    fn bad(what: &str, fault: &Fault) -> Self {
        Self {
            health: ExaminedHealth::Bad,
            what: what.to_owned(),
            detail: fault.to_string(),
            hint: fault.hint.clone(),
        }
    }
}

/// Examines git, clone, configuration, remote, record and trust, each even where an earlier one is bad.
///
/// The only write is a ref of our own that is made and removed again on the remote.
pub async fn examine(options: &OpenOptions, environment: &Environment) -> Vec<Examined> {
    let mut examined = Vec::new();
    match Git::find(commands(environment, None)) {
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
        Err(fault) => examined.push(Examined::bad("workspace", &fault)),
        Ok(workspace) => workspace.examine_into(&mut examined).await,
    }
    examined
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
        examined.push(Examined::good(
            "who you are",
            format!("{} ({})", self.me().show(), roles(self)),
        ));
        examined.push(Examined::good(
            "state",
            self.state_dir().display().to_string(),
        ));
        examined.push(match self.ledger() {
            Ok(_) => Examined::good("journal", "writable"),
            Err(fault) => Examined::bad("journal", &fault),
        });
        match self.refresh().await {
            Err(fault) => {
                examined.push(Examined::bad("remote", &fault));
                return;
            }
            Ok(()) => examined.push(Examined::good(
                "remote",
                format!("{} answers", settings.remote),
            )),
        }
        self.examine_lanes(examined).await;
        examined.push(self.examine_record().await);
        let capabilities = self.forge().capabilities();
        examined.push(Examined::good(
            "forge",
            match capabilities.seats {
                Enforcement::Forge => format!(
                    "{}: refuses merges and deployments without their seats",
                    capabilities.forge
                ),
                Enforcement::Console => format!(
                    "{}: seats are checked by Lanekeeper only",
                    capabilities.forge
                ),
            },
        ));
        let host = self
            .user_clone()
            .remote_url(&settings.remote)
            .map_or(ForgeKind::Local, |url| settings.forge.for_remote(&url));
        if host != ForgeKind::Local {
            examined.push(Examined::doubtful(
                "host",
                format!(
                    "change requests of {} are not used yet: Lanekeeper keeps its own in the remote",
                    host.word()
                ),
                "Agree with the team where approvals are given; a merge made on the host is seen as such.",
            ));
        }
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
    }

    /// Makes a ref of our own on the remote and removes it: some hosts refuse custom refs.
    async fn examine_record(&self) -> Examined {
        match self.probe_record().await {
            Ok(true) => Examined::good(
                "record",
                format!("{}/* can be written", self.settings().record_prefix),
            ),
            Ok(false) => Examined::doubtful(
                "record",
                "there is no commit to probe with",
                "Push a first commit.",
            ),
            Err(fault) => Examined::bad("record", &fault),
        }
    }

    async fn probe_record(&self) -> Result<bool, Fault> {
        let tips = self.git(crate::git::Repo::tips).await?;
        let Some(at) = tips.values().next().cloned() else {
            return Ok(false);
        };
        let name: RefName = format!(
            "{}/probe/{}",
            self.settings().record_prefix,
            clock::fresh_id().to_string().to_lowercase()
        )
        .parse()
        .map_err(|error| {
            Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
        })?;
        self.move_probe(&name, Some(at.clone()), None).await?;
        self.move_probe(&name, None, Some(at)).await?;
        Ok(true)
    }

    async fn move_probe(
        &self,
        name: &RefName,
        new: Option<CommitId>,
        expected: Option<CommitId>,
    ) -> Result<(), Fault> {
        let hint =
            "Ask for push rights on these refs, or name others: [project] record = \"refs/...\"";
        let update = RefUpdate {
            name: name.clone(),
            new,
            expected,
            replaces: true,
        };
        let pushed = self.repo().push(&[update]).await.map_err(|error| {
            Fault::caused(FaultKind::Remote, format!("cannot write {name}"), &error).hint(hint)
        })?;
        match pushed.into_iter().next() {
            Some(Pushed::Done | Pushed::UpToDate) => Ok(()),
            Some(Pushed::Rejected(why)) => Err(Fault::new(
                FaultKind::Remote,
                format!("the remote refuses {name}: {}", why.show()),
            )
            .hint(hint)),
            Some(Pushed::Stale) | None => Err(Fault::new(
                FaultKind::Remote,
                format!("{name} moved under the probe"),
            )),
            Some(Pushed::Unknown(why)) => Err(Fault::new(
                FaultKind::Unknown,
                format!("writing {name}: {why}"),
            )),
        }
    }
}

fn roles(workspace: &Workspace) -> String {
    let roles: Vec<&str> = workspace
        .settings()
        .project
        .roles
        .of(workspace.me())
        .into_iter()
        .map(|role| role.as_str())
        .collect();
    if roles.is_empty() {
        "no role".to_owned()
    } else {
        roles.join(", ")
    }
}
