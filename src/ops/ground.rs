//! Where revisions are looked up and merges computed: a workspace, or any clone without a configuration, a remote or
//! a network. What is asked on it changes nothing anywhere.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use crate::config::Environment;
use crate::config::Error as ConfigError;
use crate::config::Settings;
use crate::engine::Board;
use crate::engine::FixSpan;
use crate::forge::Forge;
use crate::git::Git;
use crate::git::Repo;
use crate::git::UserClone;
use crate::git::across;
use crate::model::CommitId;
use crate::model::Edge;
use crate::model::Lane;
use crate::model::Project;

use super::fault::Fault;
use super::fault::FaultKind;
use super::lane_names::listed;
use super::workspace::NO_STATE;
use super::workspace::OpenOptions;
use super::workspace::Workspace;
use super::workspace::open_clone;
use super::workspace::settings_fault;
use super::workspace::sources;

/// Where questions about commits are asked.
pub struct Ground {
    pub(super) repo: Repo,
    pub(super) clone: UserClone,
    pub(super) workspace: Option<Workspace>,
    /// The lanes with their tips, as last seen; none without a configuration.
    pub(super) lanes: Vec<(Lane, Option<CommitId>)>,
    pub(super) edges: Vec<Edge>,
    /// What could not be had, and why: the answers still hold for what they name.
    pub doubt: Option<String>,
}

/// Whether the remote was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sighted {
    Now,
    /// Before, or never.
    Perhaps,
}

/// What a word on the command line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meant {
    Commit(CommitId),
    /// A lane that is described but whose branch is not there.
    NoBranch {
        why: String,
    },
}

/// A hotfix that was named, and the change that it is.
pub(super) struct NamedHotfix {
    pub(super) board: Board,
    pub(super) span: FixSpan,
}

impl Ground {
    /// Returns the hotfix of exactly this id, or, where the words mean no commit, the one that they mean elsewhere too:
    /// the beginning of an id, a slug. The beginning of an id could be a commit's as well, so commits come first.
    pub(super) async fn hotfix(&self, words: &str) -> Result<Option<NamedHotfix>, Fault> {
        let Some(workspace) = &self.workspace else {
            return Ok(None);
        };
        let hotfixes = workspace.hotfixes().await?;
        let exact = hotfixes.iter().find(|row| row.id.as_str() == words);
        let id = match exact {
            Some(row) => row.id.clone(),
            None if words.contains("..") || self.meaning(words).is_ok() => return Ok(None),
            None => match workspace.choose(&hotfixes, Some(words)) {
                Ok(Some(id)) => id,
                Ok(None) | Err(_) => return Ok(None),
            },
        };
        let board = workspace.look_offline(Some(&id)).await?;
        let fix = board.seen.fix.value();
        let Some(span) = fix.and_then(|fix| fix.span.clone()) else {
            return Err(Fault::new(
                FaultKind::User,
                format!("the hotfix {words} has no commits yet"),
            )
            .hint("Push them to its branch; then ask again."));
        };
        Ok(Some(NamedHotfix { board, span }))
    }

    /// Opens the workspace around `options.dir`, or, where there is none to be had, its clone alone.
    pub async fn open(options: &OpenOptions, environment: &Environment) -> Result<Self, Fault> {
        match Workspace::open(options, environment).await {
            Ok(workspace) => Self::of(workspace, Sighted::Perhaps).await,
            Err(fault) => {
                let (options, environment) = (options.clone(), environment.clone());
                across(move || Self::alone(&options, &environment, &fault))
                    .await
                    .map_err(|error| {
                        Fault::caused(FaultKind::Internal, "opening ended early", &error)
                    })?
            }
        }
    }

    /// Takes the lanes as they were last seen on the remote; those of the clone where nobody ever saw it.
    async fn of(workspace: Workspace, sighted: Sighted) -> Result<Self, Fault> {
        // What is asked here runs a merge driver only where its flag says so, whether or not a look may.
        let workspace = workspace.with_patience(Duration::ZERO);
        let (tips, project) = workspace.expanded().await?;
        let tip = |lane: &Lane| tips.get(&lane.branch_name()?).cloned();
        let lanes = project.lanes.iter().map(|lane| (lane.clone(), tip(lane)));
        let (mut lanes, mut edges, mut doubt) = (lanes.collect(), project.edges(), None);
        if tips.is_empty() && sighted == Sighted::Perhaps {
            let worker = workspace.clone();
            let read = move || {
                let settings = worker.settings();
                local(&settings.project, worker.user_clone(), &settings.remote)
            };
            (lanes, edges) = across(read).await.map_err(|error| {
                Fault::caused(FaultKind::Internal, "opening ended early", &error)
            })??;
            let words = "the remote was never seen here; lanes are as the clone has them";
            doubt = Some(words.to_owned());
        }
        Ok(Self {
            repo: workspace.repo().clone(),
            clone: workspace.user_clone().clone(),
            lanes,
            edges,
            workspace: Some(workspace),
            doubt,
        })
    }

    /// Sees the remote once more; what cannot be seen stays as last seen, and says so.
    pub async fn refresh(self) -> Result<Self, Fault> {
        let Some(workspace) = self.workspace else {
            return Ok(self);
        };
        let Err(fault) = workspace.refresh().await else {
            return Self::of(workspace, Sighted::Now).await;
        };
        let mut ground = Self::of(workspace, Sighted::Perhaps).await?;
        let how = match ground.doubt {
            Some(_) => "as the clone has them",
            None => "as last seen",
        };
        ground.doubt = Some(format!("{}; lanes are {how}", fault.summary));
        Ok(ground)
    }

    /// Opens the clone alone. With a configuration its lanes are known by the clone's own branches.
    fn alone(
        options: &OpenOptions,
        environment: &Environment,
        fault: &Fault,
    ) -> Result<Self, Fault> {
        let (git, clone) = open_clone(&options.dir, environment)?;
        let sources = sources(options, environment, &clone)?;
        let (lanes, edges, doubt) = match Settings::load(&sources) {
            Err(ConfigError::NoTeamFile { .. }) => (Vec::new(), Vec::new(), None),
            Err(error) => return Err(settings_fault(&error)),
            Ok(settings) => {
                let doubt = format!("{}; lanes are as the clone has them", fault.summary);
                let project = local(&settings.project, &clone, &settings.remote)?;
                (project.0, project.1, Some(doubt))
            }
        };
        let state = sources.state_dir().ok_or_else(|| {
            Fault::new(FaultKind::User, "there is no place for merges in memory").hint(NO_STATE)
        })?;
        let repo = beside(&git, &clone, &state.join("alone"))?;
        Ok(Self {
            repo,
            clone,
            workspace: None,
            lanes,
            edges,
            doubt,
        })
    }

    /// Returns the forge that merges promotions; none without a workspace.
    pub(super) fn forge(&self) -> Option<&dyn Forge> {
        let workspace = self.workspace.as_ref();
        workspace.map(|workspace| &**workspace.forge())
    }

    /// Tells whether the forge merges as we predict, so that nothing hangs on attributes of the target. Of a forge that
    /// is not known, nobody can say.
    pub(super) fn merges_as_predicted(&self) -> bool {
        self.forge()
            .is_some_and(|forge| forge.capabilities().merges_as_predicted)
    }

    /// Returns a lane by its name or its branch.
    pub(super) fn lane(&self, words: &str) -> Option<&(Lane, Option<CommitId>)> {
        let lanes = &self.lanes;
        let by_name = lanes.iter().find(|(lane, _)| lane.name.as_str() == words);
        by_name.or_else(|| lanes.iter().find(|(lane, _)| lane.branch.as_str() == words))
    }

    /// Refuses places that name nothing: no lane, and no revision of the clone or the remote. What a full id names may only
    /// not be here yet, which is an answer of its own.
    pub(super) fn check_places(&self, places: &[String]) -> Result<(), Fault> {
        let is_known = |words: &str| {
            self.lane(words).is_some()
                || words.parse::<CommitId>().is_ok()
                || self.clone.resolve(words).is_ok()
                || (self.workspace.is_some() && self.repo.resolve(words).is_ok())
        };
        let Some(place) = places.iter().find(|place| !is_known(place)) else {
            return Ok(());
        };
        let lanes: Vec<&str> = self
            .lanes
            .iter()
            .map(|(lane, _)| lane.name.as_str())
            .collect();
        Err(match listed(place, &lanes) {
            Some(listed) => Fault::new(
                FaultKind::User,
                format!("there is no lane or revision `{place}`"),
            )
            .hint(format!(
                "{listed} For a revision, fetch first, or check the name."
            )),
            None => Fault::new(FaultKind::User, format!("there is no revision `{place}`"))
                .hint("Fetch first, or check the name."),
        })
    }

    /// Returns what a word means: a lane, a full id, a revision of the clone, one of the remote.
    pub(super) fn meaning(&self, words: &str) -> Result<Meant, String> {
        if let Some((lane, tip)) = self.lane(words) {
            return Ok(match tip {
                Some(tip) => Meant::Commit(tip.clone()),
                None => Meant::NoBranch {
                    why: format!("the branch {} of {} is not there", lane.branch, lane.name),
                },
            });
        }
        if let Ok(id) = words.parse::<CommitId>()
            && self.repo.commit(&id).is_ok()
        {
            return Ok(Meant::Commit(id));
        }
        let in_clone = self.clone.resolve(words);
        let found = match (&in_clone, &self.workspace) {
            (Ok(_), _) | (Err(_), None) => in_clone,
            (Err(_), Some(_)) => self.repo.resolve(words),
        };
        let id = found.map_err(|error| format!("cannot {error}"))?;
        if self.repo.commit(&id).is_err() {
            return Err(format!(
                "{words} ({id}) is not in Lanekeeper's own repository yet"
            ));
        }
        Ok(Meant::Commit(id))
    }
}

/// Returns the commit that a line of a batch names, and its target if there is one; none for blanks and `#` comments.
pub(super) fn commit_and_target(line: &str) -> Option<(&str, Option<&str>)> {
    let mut words = line.split_whitespace();
    let commit = words.next().filter(|word| !word.starts_with('#'))?;
    Some((commit, words.next()))
}

/// Words that were looked up before: a script names the same targets again and again.
#[derive(Default)]
pub(super) struct Meanings(HashMap<String, Result<Meant, String>>);

impl Meanings {
    pub(super) fn of(&mut self, ground: &Ground, words: &str) -> Result<Meant, String> {
        if let Some(known) = self.0.get(words) {
            return known.clone();
        }
        let meant = ground.meaning(words);
        self.0.insert(words.to_owned(), meant.clone());
        meant
    }
}

fn beside(git: &Git, clone: &UserClone, dir: &Path) -> Result<Repo, Fault> {
    Repo::beside(git, &dir.join("repo"), clone).map_err(|error| {
        Fault::caused(
            FaultKind::Internal,
            "cannot make Lanekeeper's own repository",
            &error,
        )
        .hint(NO_STATE)
    })
}

type LanesAndEdges = (Vec<(Lane, Option<CommitId>)>, Vec<Edge>);

/// Finds the lanes among the branches that the clone knows: the remote's as last fetched, else its own.
fn local(project: &Project, clone: &UserClone, remote: &str) -> Result<LanesAndEdges, Fault> {
    let branches = clone.branches().map_err(|error| {
        Fault::caused(
            FaultKind::User,
            "cannot read the branches of the clone",
            &error,
        )
    })?;
    let project = project.expand(branches.keys());
    let tip = |lane: &Lane| {
        let branch = lane.branch_name()?;
        let fetched = clone.resolve(&format!("refs/remotes/{remote}/{branch}"));
        fetched.ok().or_else(|| branches.get(&branch).cloned())
    };
    let lanes = project.lanes.iter().map(|lane| (lane.clone(), tip(lane)));
    Ok((lanes.collect(), project.edges()))
}
