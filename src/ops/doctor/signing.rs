//! Can entries be signed, and do the signatures of others count.

use crate::config::Signers;

use super::Examined;
use crate::ops::workspace::Workspace;

const WHAT: &str = "signatures";

impl Workspace {
    /// Signs nothing once, where somebody wants signatures; silent where nobody does.
    pub(super) async fn examine_signing(&self) -> Vec<Examined> {
        let mut examined = Vec::new();
        let team = &self.settings().signatures;
        let signing = self.signing();
        let required: Vec<&str> = team.required.iter().map(String::as_str).collect();
        match (signing.key(), signing.why_not(&self.me().id).await) {
            (Some(key), None) => examined.push(Examined::good(
                WHAT,
                format!("entries are signed with {}", key.display()),
            )),
            (Some(_), Some(why)) => examined.push(Examined::doubtful(
                WHAT,
                why,
                "Your entries go unsigned, or their signatures count for nothing. See that the agent has the key (ssh-add -l) and that allowed_signers gives it to you.",
            )),
            (None, _) if !required.is_empty() => examined.push(Examined::doubtful(
                WHAT,
                format!(
                    "the team wants {} signed, and you have no key for it",
                    required.join(", ")
                ),
                "Name it in config.toml: signing_key = \"~/.ssh/id_ed25519.pub\"",
            )),
            (None, _) => {}
        }
        if team.signers == Signers::Untrusted {
            examined.push(Examined::doubtful(
                WHAT,
                "the team's allowed signers are not accepted, so no signature counts",
                "Read the file, then run: lanekeeper trust",
            ));
        }
        examined
    }
}
