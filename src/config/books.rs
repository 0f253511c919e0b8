//! The playbooks of a project: the built-in ones and the team's own, changed as the team says, and checked against it.

use crate::model::Project;
use crate::playbook::Mistake;
use crate::playbook::Schema;
use crate::playbook::builtin;
use crate::playbook::resolve;
use crate::playbook::step_of;
use crate::playbook::suggest;

use super::origin::Origin;
use super::origin::Origins;
use super::person;
use super::settings::note;
use super::sources::Sources;
use super::team::Team;

/// Returns the built-in playbooks and the team's own, changed as the team says.
pub(super) fn books(team: &Team, sources: &Sources, mistakes: &mut Vec<Mistake>) -> Vec<Schema> {
    let mut books: Vec<Schema> = builtin().into();
    let mut own: Vec<Schema> = Vec::new();
    for file in &team.playbooks {
        let schema = match sources.playbooks.get(&file.value) {
            Some(Ok(text)) => Schema::read(&file.value, text),
            Some(Err(why)) => {
                Err(vec![file.mistake(
                    &format!("cannot read `{}`: {why}", file.value),
                    None,
                )])
            }
            None => Err(vec![
                file.mistake(&format!("`{}` was not read", file.value), None),
            ]),
        };
        match schema {
            Ok(schema) if own.iter().any(|other| other.id == schema.id) => {
                let what = format!("there is another own playbook `{}`", schema.id);
                mistakes.push(schema.place.mistake(&what, None));
            }
            Ok(schema) => own.push(schema),
            Err(wrong) => mistakes.extend(wrong),
        }
    }
    for schema in own {
        books.retain(|book| book.id != schema.id);
        books.push(schema);
    }
    for (id, changes) in &team.changes {
        let ids: Vec<String> = books.iter().map(|book| book.id.clone()).collect();
        match books.iter_mut().find(|book| book.id == id.value) {
            Some(book) => mistakes.extend(book.change(changes.clone())),
            None => {
                let hint = suggest(&id.value, ids.iter().map(String::as_str));
                mistakes.push(id.mistake(&format!("there is no playbook `{}`", id.value), hint));
            }
        }
    }
    books
}

pub(super) fn default_playbook(
    team: &Team,
    sources: &Sources,
    books: &[Schema],
    origins: &mut Origins,
    mistakes: &mut Vec<Mistake>,
) -> String {
    let known = || books.iter().map(|book| book.id.as_str());
    let name = "LANEKEEPER_PLAYBOOK";
    if let Some(id) = sources.environment.get(name) {
        if !known().any(|known| known == id) {
            let what = format!("there is no playbook `{id}`");
            mistakes.push(person::variable(name, &what, suggest(id, known())));
        }
        origins.note("project.playbook", id, Origin::Environment(name));
        return id.to_owned();
    }
    let id = team
        .playbook
        .as_ref()
        .map_or("build-run", |at| at.value.as_str());
    if let Some(at) = &team.playbook
        && !known().any(|known| known == id)
    {
        let what = format!("there is no playbook `{id}`");
        mistakes.push(at.mistake(&what, suggest(id, known())));
    }
    note(origins, "project.playbook", id, team.playbook.as_ref());
    id.to_owned()
}

/// Resolves every playbook that the team has a hand in: the default, the changed and the own ones.
pub(super) fn check_books(
    team: &Team,
    playbook: &str,
    books: &[Schema],
    project: &Project,
    mistakes: &mut Vec<Mistake>,
) {
    let own = |book: &Schema| {
        team.playbooks
            .iter()
            .any(|file| file.value == book.place.place.file)
    };
    let changed = |book: &Schema| team.changes.iter().any(|(id, _)| id.value == book.id);
    for book in books {
        if (book.id == playbook || own(book) || changed(book))
            && let Err(wrong) = resolve(book, project)
        {
            mistakes.extend(wrong);
        }
    }
}

/// Reports facts of the team's own items about steps that no playbook has.
pub(super) fn check_evidence(team: &Team, books: &[Schema], mistakes: &mut Vec<Mistake>) {
    let known: Vec<&str> = books
        .iter()
        .flat_map(|book| &book.steps)
        .map(|step| step.id.value.as_str())
        .collect();
    for text in team
        .checklist
        .iter()
        .filter_map(|item| item.evidence.as_ref())
    {
        let Ok(rule) = text.value.parse() else {
            continue;
        };
        if let Some(step) = step_of(&rule)
            && !known.contains(&step.as_str())
        {
            let what = format!("no playbook has a step `{step}`");
            mistakes.push(text.mistake(&what, suggest(step.as_str(), known.iter().copied())));
        }
    }
}
