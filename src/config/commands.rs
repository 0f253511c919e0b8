//! Which commands there are, and which of them wait until the person trusts the team's file.

use crate::model::Project;
use crate::playbook::Mistake;
use crate::playbook::suggest;

use super::person::PersonLines;
use super::sources::Sources;
use super::team::Team;
use super::trust;

/// The commands of the settings. Whoever runs one asks `may_run` first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commands {
    /// The team's file has exactly the text that the person accepted.
    pub is_trusted: bool,
    /// Commands of the team's file that must not run before that; none if trusted.
    pub waiting: Vec<WaitingCommand>,
}

/// A command that waits for trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingCommand {
    /// `check unit`, `app portal`, `migrations of production`.
    pub of: String,
    pub argv: Vec<String>,
    /// Where it is written.
    pub line: usize,
}

impl Commands {
    /// Tells whether a command may run now.
    pub fn may_run(&self, argv: &[String]) -> bool {
        !self.waiting.iter().any(|waiting| waiting.argv == argv)
    }
}

/// Puts the person's own commands into the project and lists those of the team that wait.
pub(super) fn collect(
    project: &mut Project,
    team: &Team,
    person: &PersonLines,
    sources: &Sources,
    mistakes: &mut Vec<Mistake>,
) -> Commands {
    let is_trusted = sources
        .team
        .as_ref()
        .is_some_and(|file| trust::is_trusted(&sources.trusted, &file.path, file.text.as_bytes()));
    let mut waiting = Vec::new();
    let mut wait = |of: String, at: &crate::playbook::At<Vec<String>>| {
        waiting.push(WaitingCommand {
            of,
            argv: at.value.clone(),
            line: at.place.line,
        });
    };
    let is_own = |own: &[(crate::playbook::At<String>, Vec<String>)], name: &str| {
        own.iter().any(|(own, _)| own.value == name)
    };
    for check in &team.checks {
        let name = check.name.value.as_str();
        if let Some(command) = check
            .command
            .as_ref()
            .filter(|_| !is_own(&person.checks, name))
        {
            wait(format!("check {name}"), command);
        }
    }
    for app in &team.apps {
        let name = app.name.value.as_str();
        if let Some(deploy) = app.deploy.as_ref().filter(|_| !is_own(&person.apps, name)) {
            wait(format!("app {name}"), deploy);
        }
        if let Some(command) = app
            .health
            .as_ref()
            .and_then(|health| health.command.as_ref())
        {
            wait(format!("health of {name}"), command);
        }
    }
    for environment in &team.environments {
        if let Some(command) = &environment.migrations {
            wait(format!("migrations of {}", environment.name.value), command);
        }
    }
    if is_trusted {
        waiting.clear();
    }
    for (name, command) in &person.checks {
        match project
            .checks
            .iter_mut()
            .find(|check| check.name.as_str() == name.value)
        {
            Some(check) => check.command = Some(command.clone()),
            None => {
                let known = project.checks.iter().map(|check| check.name.as_str());
                let what = format!("the team has no check `{}`", name.value);
                mistakes.push(name.mistake(&what, suggest(&name.value, known)));
            }
        }
    }
    for (name, command) in &person.apps {
        match project
            .apps
            .iter_mut()
            .find(|app| app.name.as_str() == name.value)
        {
            Some(app) => app.deploy.clone_from(command),
            None => {
                let known = project.apps.iter().map(|app| app.name.as_str());
                let what = format!("the team has no app `{}`", name.value);
                mistakes.push(name.mistake(&what, suggest(&name.value, known)));
            }
        }
    }
    Commands {
        is_trusted,
        waiting,
    }
}
