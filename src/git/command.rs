//! The one home of process spawning for git.
use std::ffi::OsString;
use std::path::PathBuf;
/// What of the surrounding environment a git process may see. Built once, by `config`, from the process environment.
#[derive(Debug, Clone, Default)]
pub struct CommandEnvironment {
    /// The value of PATH.
    pub path: OsString,
    /// The variables of [`CommandEnvironment::NAMES`] that are set.
    pub variables: Vec<(String, OsString)>,
    /// Executables inside this folder are not trusted: the repository itself.
    pub not_inside: Option<PathBuf>,
}
