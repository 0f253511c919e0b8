//! What the merge drivers of the clone make of the paths in conflict, as a choice beside the sides. They run where a person
//! trusts exactly these commands, and all of them together no longer than a look waits. What one makes is only offered.

use crate::engine::resolve::Session;
use crate::git::DriverMade;
use crate::git::Error;
use crate::git::MergeDrivers;
use crate::git::Repo;
use crate::model::CommitId;
use crate::model::ConflictFile;
use crate::model::DriverText;
use crate::model::Untrusted;

use super::super::drivers::LookDrivers;
use super::super::drivers::MAY_HAVE_LEFT;
use super::super::workspace::Workspace;

/// A path's file, and what its driver made of it.
type Made = (ConflictFile, Untrusted, Result<DriverMade, Error>);

impl Workspace {
    /// Puts what the drivers make of the paths of a round, and of those after it, beside what can be chosen there, and says
    /// where one broke down. **Runs them**, where they are trusted.
    pub(super) async fn offer_driven(&self, session: &mut Session, round: usize) {
        let Some(drivers) = self.drivers().await else {
            return;
        };
        let Some(found) = drivers.trusted().cloned() else {
            return;
        };
        let onto = session.subject.onto.clone();
        let files = session.files.iter().filter(|work| work.round >= round);
        let files: Vec<ConflictFile> = files.map(|work| work.file.clone()).collect();
        let made = self
            .git(move |repo| made(repo, &drivers, &found, &onto, files))
            .await;
        match made {
            Ok(made) => take_in(session, made),
            Err(fault) => session
                .notes
                .push(format!("the merge drivers could not be asked: {fault}")),
        }
    }
}

/// Asks about one path after the other, as long as there is time.
fn made(
    repo: &Repo,
    drivers: &LookDrivers,
    found: &MergeDrivers,
    onto: &CommitId,
    files: Vec<ConflictFile>,
) -> Result<Vec<Made>, Error> {
    let names = repo.driven_files(&drivers.clone, found, onto, &files)?;
    let mut left = drivers.patience;
    let mut all = Vec::new();
    for file in files {
        let Some(name) = names.get(&file.path) else {
            continue;
        };
        let begun = (drivers.meter)();
        let made = repo.made_by_driver(&drivers.clone, found, onto, &file, left);
        left = left.saturating_sub((drivers.meter)().saturating_sub(begun));
        if let Some(made) = made.transpose() {
            all.push((file, Untrusted::new(name.as_str()), made));
        }
    }
    Ok(all)
}

fn take_in(session: &mut Session, made: Vec<Made>) {
    for (file, name, made) in made {
        let path = Untrusted::new(file.path.as_str()).show();
        let driver = format!("the merge driver {}", name.show());
        let why = match made {
            Ok(DriverMade::Text(text)) => {
                let mut works = session.files.iter_mut();
                if let Some(work) = works.find(|work| work.file == file) {
                    work.driver = Some(DriverText { name, text });
                }
                continue;
            }
            // That is what is shown already.
            Ok(DriverMade::Conflict) => continue,
            Ok(DriverMade::Broken { why }) => format!("{driver} broke down on {path}: {why}"),
            Ok(DriverMade::Late(waited)) if waited.is_zero() => {
                format!("there was no time left to ask {driver} about {path}")
            }
            Ok(DriverMade::Late(_)) => {
                format!("{driver} gave no answer about {path} in time, and {MAY_HAVE_LEFT}")
            }
            Err(error) => format!("{driver} could not be asked about {path}: cannot {error}"),
        };
        session.notes.push(why);
    }
}
