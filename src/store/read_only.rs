//! Why a journal is open for reading alone.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why nothing can be written to a journal from here.
#[derive(Debug)]
pub enum ReadOnly {
    /// Another process, of which this is the id, writes to it.
    Held { by: String },
    /// Its folder takes nothing: full, read-only or closed to us.
    Disk { dir: PathBuf, source: io::Error },
    /// That was not asked for.
    Look,
}

impl fmt::Display for ReadOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { by } => write!(
                f,
                "another Lanekeeper (process {by}) works on this project; close it first"
            ),
            Self::Disk { dir, source } => {
                write!(f, "{} cannot be written ({source})", dir.display())
            }
            Self::Look => f.write_str("it was opened for a look"),
        }
    }
}
