//! git's own credential: where it has none for the remote, no right and no other carrier helps.

use super::Examined;
use crate::ops::fault::Fault;

/// What git says that was asked for a name or a password and has none that is taken, in lower case.
const SIGNS: [&str; 3] = [
    "could not read username",
    "could not read password",
    "authentication failed",
];

const HINT: &str = "git needs a credential of its own for the remote; the token of `lanekeeper login` is for the forge's API only. Name a helper (git config --global credential.helper) and let it keep the token, or use an SSH address; `git push --dry-run` shows whether it works.";

/// Tells whether git was let in nowhere because it has no credential that counts.
pub(super) fn is_lacking(fault: &Fault) -> bool {
    let text = fault.to_string().to_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// Returns what is bad, with the advice that helps where it is git's credential.
pub(super) fn examined(what: &str, fault: &Fault) -> Examined {
    let mut examined = Examined::bad(what, fault);
    if is_lacking(fault) {
        examined.hint = Some(HINT.to_owned());
    }
    examined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::fault::FaultKind;

    #[test]
    fn a_missing_credential_is_told_from_a_missing_right() {
        for (said, is_credential) in [
            (
                "reach the remote: could not read Username for 'https://code.example'",
                true,
            ),
            ("fatal: Authentication failed for 'https://c.example'", true),
            ("The requested URL returned error: 403", false),
            ("the remote hides such refs", false),
        ] {
            let fault = Fault::new(FaultKind::Remote, said).hint("Ask for push rights.");
            let hint = examined("record", &fault).hint.unwrap_or_default();
            assert_eq!(is_lacking(&fault), is_credential, "{said}");
            assert_eq!(hint.contains("credential.helper"), is_credential, "{hint}");
            assert_eq!(hint.contains("push rights"), !is_credential, "{hint}");
        }
    }
}
