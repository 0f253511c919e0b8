//! Settles everything: defaults, the team's file, the person's file, the environment, flags.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::Carrier;
use crate::model::Project;
use crate::model::RemoteName;
use crate::model::shell_line;
use crate::playbook::At;
use crate::playbook::Mistake;
use crate::playbook::Schema;

use super::Error;
use super::books;
use super::commands::Commands;
use super::commands::collect;
use super::forge::ForgeKind;
use super::forge::named_page;
use super::origin::Origin;
use super::origin::Origins;
use super::person;
use super::person::PersonLines;
use super::person::PersonSettings;
use super::project;
use super::record;
use super::signatures;
use super::signatures::Signatures;
use super::sources::Sources;
use super::team;
use super::team::Team;
use super::trust;

/// Everything settled, each value with its origin.
#[derive(Debug, Clone)]
pub struct Settings {
    pub project: Project,
    pub remote: String,
    pub forge: ForgeKind,
    /// The forge's web page, where it cannot be told from the remote.
    pub forge_url: Option<String>,
    /// The id of the playbook that `start` takes unless told otherwise.
    pub playbook: String,
    /// Built-in and own playbooks, the team's changes applied; own ones replace built-in ones of the same id.
    pub books: Vec<Schema>,
    /// What carries the shared record, for everybody in the team.
    pub record: Carrier,
    pub signatures: Signatures,
    pub poll: Duration,
    /// `$XDG_STATE_HOME/lanekeeper`.
    pub state_home: PathBuf,
    /// This clone's own directory in it; made by those who write there.
    pub state_dir: PathBuf,
    pub person: PersonSettings,
    /// Which commands of the team's file may run.
    pub commands: Commands,
    pub origins: Origins,
    /// Not wrong, but probably not meant.
    pub warnings: Vec<Mistake>,
}

impl Settings {
    /// Settles the settings, or returns everything that is wrong in all sources.
    pub fn load(sources: &Sources) -> Result<Self, Error> {
        let Some(file) = &sources.team else {
            return Err(Error::NoTeamFile {
                root: sources.root.clone(),
            });
        };
        let state_home = sources.environment.state_home().ok_or(Error::NoHome)?;
        let mut mistakes = Vec::new();
        let person = match &sources.person {
            None => PersonLines::default(),
            Some(file) => person::read(&file.shown, &file.text).unwrap_or_else(|wrong| {
                mistakes.extend(wrong);
                PersonLines::default()
            }),
        };
        let mut origins = Origins::default();
        let settled = person::settle(
            &person,
            &sources.environment,
            &sources.flags,
            &mut origins,
            &mut mistakes,
        );
        let made = team::read(&file.shown, &file.text, |team, wrong| {
            Some(Made::new(&team, &person, sources, &mut origins, wrong))
        });
        let made = match made {
            Ok(made) => Some(made),
            Err(wrong) => {
                mistakes.extend(wrong);
                None
            }
        };
        mistakes.sort();
        mistakes.dedup();
        match made {
            Some(made) if mistakes.is_empty() => {
                let state_dir = state_home.join(project_key(sources));
                Ok(Self {
                    project: made.project,
                    remote: made.remote,
                    forge: made.forge,
                    forge_url: made.forge_url,
                    playbook: made.playbook,
                    books: made.books,
                    record: made.record,
                    signatures: made.signatures,
                    poll: made.poll,
                    state_home,
                    state_dir,
                    person: settled,
                    commands: made.commands,
                    origins,
                    warnings: made.warnings,
                })
            }
            Some(_) | None => Err(Error::Mistakes(mistakes)),
        }
    }

    /// Returns the playbook of that id.
    pub fn book(&self, id: &str) -> Option<&Schema> {
        self.books.iter().find(|book| book.id == id)
    }
}

/// Returns the name of this clone's directory: readable, and its own by the digest of where the clone is.
fn project_key(sources: &Sources) -> String {
    let name = sources
        .root
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .take(40)
        .collect();
    let digest = trust::fingerprint(sources.clone.as_os_str().as_encoded_bytes());
    format!("{name}-{}", &digest[..12])
}

impl Sources {
    /// Returns this clone's state directory, also where no team's file describes its lanes; none without a home.
    pub fn state_dir(&self) -> Option<PathBuf> {
        Some(self.environment.state_home()?.join(project_key(self)))
    }
}

/// What the team's file makes, together with what overrules it.
struct Made {
    project: Project,
    remote: String,
    forge: ForgeKind,
    forge_url: Option<String>,
    playbook: String,
    books: Vec<Schema>,
    record: Carrier,
    signatures: Signatures,
    poll: Duration,
    commands: Commands,
    warnings: Vec<Mistake>,
}

impl Made {
    fn new(
        team: &Team,
        person: &PersonLines,
        sources: &Sources,
        origins: &mut Origins,
        mistakes: &mut Vec<Mistake>,
    ) -> Self {
        let mut warnings = Vec::new();
        let name = match &team.name {
            Some(name) => name.value.clone(),
            None => sources
                .root
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        };
        note(origins, "project.name", &name, team.name.as_ref());
        if let Some(at) = &team.cosign_takeover {
            let value = at.value.to_string();
            note(origins, "project.cosign_takeover", &value, Some(at));
        }
        note_tables(origins, team);
        let mut project = project::make(team, &name, mistakes, &mut warnings);
        let commands = collect(&mut project, team, person, sources, mistakes);
        let books = books::books(team, sources, mistakes);
        books::check_evidence(team, &books, mistakes);
        let playbook = books::default_playbook(team, sources, &books, origins, mistakes);
        // Against a project that is wrong itself, a playbook would only repeat what was said already.
        if mistakes.is_empty() && project.production().is_some() {
            books::check_books(team, &playbook, &books, &project, mistakes);
        }
        let remote = remote(team, sources, origins, mistakes);
        // What is no name is told among the mistakes.
        project.remote = remote.parse().unwrap_or_default();
        Self {
            remote,
            forge: forge(team, origins),
            forge_url: forge_url(team, origins, mistakes),
            record: record::settle(team, &project, &books, origins, mistakes),
            signatures: signatures::settle(team, sources, origins, mistakes),
            poll: poll(team, person, sources, origins, mistakes),
            playbook,
            project,
            books,
            commands,
            warnings,
        }
    }
}

pub(super) fn note<T>(origins: &mut Origins, key: &str, value: &str, written: Option<&At<T>>) {
    let origin = written.map_or(Origin::Default, |at| Origin::File(at.place.clone()));
    origins.note(key, value, origin);
}

fn note_tables(origins: &mut Origins, team: &Team) {
    for lane in &team.lanes {
        let key = format!("lane.{}", lane.name.value);
        note(origins, &key, lane.branch.value.as_str(), Some(&lane.name));
    }
    for environment in &team.environments {
        let key = format!("environment.{}", environment.name.value);
        let value = if environment.is_production {
            "production"
        } else {
            ""
        };
        note(origins, &key, value, Some(&environment.name));
    }
    for (role, members) in &team.roles {
        let ids: Vec<&str> = members.iter().map(|id| id.value.as_str()).collect();
        note(
            origins,
            &format!("roles.{}", role.value),
            &ids.join(", "),
            Some(role),
        );
    }
    for check in &team.checks {
        let command = check
            .command
            .as_ref()
            .map_or(String::new(), |at| shell_line(&at.value));
        note(
            origins,
            &format!("check.{}", check.name.value),
            &command,
            Some(&check.name),
        );
    }
    for app in &team.apps {
        let key = format!("app.{}", app.name.value);
        let command = app
            .deploy
            .as_ref()
            .map_or(String::new(), |at| shell_line(&at.value));
        note(origins, &key, &command, Some(&app.name));
    }
}

fn remote(
    team: &Team,
    sources: &Sources,
    origins: &mut Origins,
    mistakes: &mut Vec<Mistake>,
) -> String {
    let flaw = |name: &str| {
        let flaw = name.parse::<RemoteName>().err();
        flaw.map(|error| error.to_string())
    };
    if let Some(name) = sources.environment.get("LANEKEEPER_REMOTE") {
        mistakes.extend(flaw(name).map(|what| person::variable("LANEKEEPER_REMOTE", &what, None)));
        origins.note(
            "project.remote",
            name,
            Origin::Environment("LANEKEEPER_REMOTE"),
        );
        return name.to_owned();
    }
    let name = team
        .remote
        .as_ref()
        .map_or("origin", |at| at.value.as_str());
    if let Some(at) = &team.remote {
        mistakes.extend(flaw(name).map(|what| at.mistake(&what, None)));
    }
    note(origins, "project.remote", name, team.remote.as_ref());
    name.to_owned()
}

fn forge(team: &Team, origins: &mut Origins) -> ForgeKind {
    let word = team.forge.as_ref().map_or("auto", |at| at.value.as_str());
    note(origins, "project.forge", word, team.forge.as_ref());
    ForgeKind::of_word(word)
}

fn forge_url(team: &Team, origins: &mut Origins, mistakes: &mut Vec<Mistake>) -> Option<String> {
    let at = team.forge_url.as_ref()?;
    if let Err(error) = named_page(&at.value) {
        mistakes.push(at.mistake(
            &error.to_string(),
            Some("write it like https://git.example.org or https://example.org/gitlab".to_owned()),
        ));
    }
    note(origins, "project.forge_url", &at.value, Some(at));
    Some(at.value.clone())
}

fn poll(
    team: &Team,
    person: &PersonLines,
    sources: &Sources,
    origins: &mut Origins,
    mistakes: &mut Vec<Mistake>,
) -> Duration {
    if let Some((poll, origin)) = person::poll(person, &sources.environment, mistakes) {
        origins.note("project.poll", format!("{poll:?}"), origin);
        return poll;
    }
    let poll = team
        .poll
        .as_ref()
        .map_or(Duration::from_secs(15), |at| at.value);
    note(
        origins,
        "project.poll",
        &format!("{poll:?}"),
        team.poll.as_ref(),
    );
    poll
}
