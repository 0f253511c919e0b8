//! What can go wrong on the way to settings.

use std::io;
use std::path::PathBuf;

use crate::playbook::Mistake;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no `lanekeeper.toml` in {}; `lanekeeper init` makes one", root.display())]
    NoTeamFile { root: PathBuf },
    #[error("there is no file {}", path.display())]
    Missing { path: PathBuf },
    #[error("read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("no place for state: neither XDG_STATE_HOME nor HOME is set to an absolute path")]
    NoHome,
    /// Everything that is wrong, one per line.
    #[error("{}", listed(.0))]
    Mistakes(Vec<Mistake>),
}

fn listed(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
