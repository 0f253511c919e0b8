//! Secrets that must not be seen: what looks like a token, what was loaded as one, and passwords in addresses.
//!
//! The one state of this room: the values that were loaded in this process. It only grows, and everything that leaves
//! by screen, page, document, log, panic report or record passes [`redact`].

use std::borrow::Cow;
use std::sync::PoisonError;
use std::sync::RwLock;

/// What tokens of the forges and of the services beside them begin with.
const PREFIXES: &[&str] = &[
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gloas-",
    "gldt-",
    "glrt-",
    "glrtr-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glimt-",
    "glagent-",
    "glsoat-",
    "glffct-",
    "Bearer ",
    "PRIVATE-TOKEN: ",
    "JOB-TOKEN: ",
];
/// Fewer characters after a prefix are words about tokens, not tokens.
const LEAST: usize = 10;
/// Shorter values are no secrets worth the name, and hiding them would take words out of texts.
const LEAST_LOADED: usize = 8;

/// Users that stand for a token, or for whoever has one.
const TOKEN_USERS: &[&str] = &[
    "x-access-token",
    "x-token-auth",
    "oauth2",
    "gitlab-ci-token",
];
/// A user of an address that has so many letters of tokens, and no other, may be one; those of Gitea have no other mark.
const LEAST_AS_USER: usize = 20;

/// What stands where a secret was.
const HIDDEN: &str = "[hidden]";

static LOADED: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Remembers a secret for as long as the process lives, so that it is hidden wherever it would be seen.
pub fn keep_hidden(secret: &str) {
    let secret = secret.trim();
    if secret.len() < LEAST_LOADED {
        return;
    }
    let mut loaded = LOADED.write().unwrap_or_else(PoisonError::into_inner);
    if !loaded.iter().any(|one| one == secret) {
        loaded.push(secret.to_owned());
        // The longest first: one may be part of another.
        loaded.sort_by_key(|one| std::cmp::Reverse(one.len()));
    }
}

/// Returns a text without the secrets in it.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.len() < LEAST_LOADED {
        return text;
    }
    for secret in &*LOADED.read().unwrap_or_else(PoisonError::into_inner) {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), HIDDEN));
        }
    }
    for prefix in PREFIXES {
        if text.contains(prefix) {
            text = Cow::Owned(without_tokens(&text, prefix));
        }
    }
    if text.contains("://") && text.contains('@') {
        text = Cow::Owned(without_passwords(&text));
    }
    text
}

fn without_tokens(text: &str, prefix: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        let (before, after) = rest.split_at(at + prefix.len());
        let is_token = |c: char| c.is_ascii_alphanumeric() || "_-.=/+".contains(c);
        let end = after.find(|c| !is_token(c)).unwrap_or(after.len());
        clean.push_str(before);
        // A word that goes on before the prefix is another word: `myglpat-`.
        clean.push_str(if end >= LEAST { HIDDEN } else { &after[..end] });
        rest = &after[end..];
    }
    clean.push_str(rest);
    clean
}

/// Tells whether the user of an `https` address may be a token, as in the clones of a CI: `https://ghp_…@host/path`.
pub(super) fn may_be_token(user: &str) -> bool {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "_-.=".contains(c);
    user.contains('%')
        || TOKEN_USERS.contains(&user.to_ascii_lowercase().as_str())
        || PREFIXES.iter().any(|prefix| user.contains(prefix))
        || (user.len() >= LEAST_AS_USER && user.chars().all(is_of_token))
}

/// Remembers what is secret in an address that is not used: its password, and a user that may be a token.
pub fn keep_address_hidden(url: &str) {
    let Some((_, rest)) = url.split_once("://") else {
        return;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else {
        return;
    };
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    keep_hidden(password);
    if may_be_token(name) && !TOKEN_USERS.contains(&name) {
        keep_hidden(name);
    }
}

/// Returns `text` with what stands between `//` and `@` in addresses taken out, where there is a password in it, or a user
/// that may be a token.
pub fn without_passwords(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace() || c == '\'')
            .unwrap_or(after.len());
        let authority = &after[..end];
        let is_web = before.ends_with("https") || before.ends_with("http");
        clean.push_str(match authority.rsplit_once('@') {
            Some((user, host)) if user.contains(':') || (is_web && may_be_token(user)) => host,
            Some(_) | None => authority,
        });
        rest = &after[end..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    // What is loaded stays loaded for all tests of this process: no value here begins with one that another test loads.
    #[test]
    fn tokens_are_known_by_their_beginnings_and_by_what_was_loaded() {
        for (text, clean) in [
            ("nothing to hide", "nothing to hide"),
            (
                "use glpat-AbCdEf0123456789_xyz now",
                "use glpat-[hidden] now",
            ),
            ("ghp_9876543210abcdefABCDEF0123456789abcd", "ghp_[hidden]"),
            (
                "github_pat_11ABCDEFG0123456789_more.",
                "github_pat_[hidden]",
            ),
            ("a glpat- token begins so", "a glpat- token begins so"),
            (
                "Authorization: Bearer abcdefghijklmnop",
                "Authorization: Bearer [hidden]",
            ),
            (
                "https://ana:pa55@host/x and ssh://git@host/y",
                "https://host/x and ssh://git@host/y",
            ),
            (
                "https://9e5d1e7a9b3f2468ace013579bdf2468ace01357@host/x",
                "https://host/x",
            ),
            ("https://oauth2@host/x", "https://host/x"),
            (
                "https://acme@dev.azure.com/x",
                "https://acme@dev.azure.com/x",
            ),
        ] {
            assert_eq!(redact(text), clean);
        }
        keep_address_hidden("https://a-user-of-twenty-letters@host/x");
        keep_address_hidden("https://ana:pa55-of-ana@host/x");
        let said = "a-user-of-twenty-letters came with pa55-of-ana";
        assert_eq!(redact(said), "[hidden] came with [hidden]");
        keep_hidden("correct-horse-battery");
        keep_hidden("short");
        assert_eq!(redact("it is correct-horse-battery!"), "it is [hidden]!");
        assert_eq!(redact("a short word"), "a short word");
    }
}
