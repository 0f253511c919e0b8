//! Which refs something was made from.

/// How the refs of the remotes were, as last fetched, when something was made from them: equal marks, equal refs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefsMark(Vec<[u8; 32]>);

impl RefsMark {
    /// Makes a mark from a digest of the refs of each repository.
    pub fn new(digests: Vec<[u8; 32]>) -> Self {
        Self(digests)
    }
}
