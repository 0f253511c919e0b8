//! A host of which nothing says which forge it is.

use super::kind::ForgeKind;

/// The host of a project's remote, where neither its name, the team's file nor a login says which forge it is: change
/// requests are then kept in the remote itself, where nobody sees them on a web page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnnamedForge {
    /// `host` or `host:port`.
    pub host: String,
    /// What it answered as, without a token, with the word for it in a team's file (`forgejo` is spoken to as Gitea); none
    /// where it did not answer, or as no forge that we know.
    pub answers_as: Option<(ForgeKind, &'static str)>,
}

impl UnnamedForge {
    /// Returns what is doubtful about it.
    pub fn doubt(&self) -> String {
        let host = &self.host;
        match self.answers_as {
            Some((_, word)) => format!(
                "{host} answers as {word}, and nothing here says so: change requests are kept in the remote itself"
            ),
            None => format!(
                "nothing says which forge {host} is: change requests are kept in the remote itself"
            ),
        }
    }

    /// Returns what to do about it.
    pub fn hint(&self) -> String {
        let word = self.answers_as.map_or("...", |(_, word)| word);
        let words = if self.answers_as.is_some() {
            ""
        } else {
            " (gitlab, github, gitea, forgejo, or local if that is meant)"
        };
        format!(
            "Write forge = \"{word}\"{words} into lanekeeper.toml, [project], or run: lanekeeper login {}",
            self.host
        )
    }
}
