//! Nothing lost, nothing done twice: what the journal and the shared record promise, on the real binary, real
//! repositories and real deaths.

mod appends;
mod archive;
mod disk;
mod ended;
mod import;
pub(crate) mod offline;
pub(crate) mod resume;
mod rewritten;
mod unseen;

use crate::cli::project::Project;
use crate::cli::project::START;

/// Makes a hotfix with these notes, said by Ana; returns its id as well.
fn with_notes(notes: &[&str]) -> (Project, String) {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    for text in notes {
        project.run("ana", &["note", text]).ends(0);
    }
    let lanes = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let id = lanes["hotfixes"][0]["id"].as_str().expect("an id");
    (project, id.to_owned())
}

/// Returns the ref of a record.
fn name(id: &str) -> String {
    format!("refs/lanekeeper/v1/hotfixes/{id}")
}
