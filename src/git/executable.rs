//! The git executable: where it is and which version.
use super::command::CommandEnvironment;
use super::error::Error;
/// A version of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitVersion {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}
/// The git executable. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Git {
    version: GitVersion,
}
impl Git {
    /// Finds git in the absolute entries of PATH; refuses versions older than 2.38.
    pub fn find(environment: CommandEnvironment) -> Result<Self, Error> {
        let _ = environment;
        Err(Error::NoGit)
    }
    /// Returns its version.
    pub fn version(&self) -> GitVersion {
        self.version
    }
}
