//! Validated names. Made at the edge where text comes in, so that no room below has to ask again.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind}: {why}")]
pub struct NameError {
    pub kind: &'static str,
    pub text: String,
    pub why: &'static str,
}

/// Says why git would not take `name` as a ref component path, by the rules of `git check-ref-format`.
///
/// Source: <https://git-scm.com/docs/git-check-ref-format>. Beyond them a leading `-` is refused in any
/// component, so that no name can be read as an option.
fn ref_flaw(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.len() > 200 {
        return Some("it is longer than 200 bytes");
    }
    if name == "@" || name.contains("@{") {
        return Some("`@` and `@{` mean something else to git");
    }
    if name.contains("..") {
        return Some("it contains `..`");
    }
    if name
        .chars()
        .any(|c| c.is_control() || " ~^:?*[\\".contains(c))
    {
        return Some("it contains a space, a control character or one of ~^:?*[\\");
    }
    if name.ends_with('.') {
        return Some("it ends with a dot");
    }
    for part in name.split('/') {
        if part.is_empty() {
            return Some("it has an empty part between slashes");
        }
        if part.starts_with('.') {
            return Some("a part begins with a dot");
        }
        if part.starts_with('-') {
            return Some("a part begins with `-` and could be read as an option");
        }
        if std::path::Path::new(part)
            .extension()
            .is_some_and(|e| e == "lock")
            || part == ".lock"
        {
            return Some("a part ends with `.lock`");
        }
    }
    None
}

/// Says why `name` is not a plain word of the configuration: a lane, a role, an app.
fn word_flaw(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.len() > 100 {
        return Some("it is longer than 100 bytes");
    }
    if name.starts_with('-') {
        return Some("it begins with `-` and could be read as an option");
    }
    if name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Some("it contains white space or a control character");
    }
    None
}

/// Says why `name` is not a slug: `[a-z0-9]` words joined by `-`, at most 32 bytes.
fn slug_flaw(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.len() > 32 {
        return Some("it is longer than 32 bytes");
    }
    if !name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Some("only lower-case letters, digits and `-` are allowed");
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Some("it begins or ends with `-`");
    }
    None
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $flaw:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                match ($flaw)(text) {
                    Some(why) => Err(NameError { kind: $kind, text: text.to_owned(), why }),
                    None => Ok(Self(text.to_owned())),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A branch without `refs/heads/`, by git's own rules; never begins with `-`.
    BranchName, "branch name", ref_flaw
);
name!(
    /// Git's name for the repository that everybody shares, in this clone.
    RemoteName, "remote name", word_flaw
);
name!(
    /// A full ref name, `refs/...`.
    RefName, "ref name", |text: &str| ref_flaw(text).or((!text.starts_with("refs/")).then_some("it must begin with `refs/`"))
);
name!(
    /// A lane's name in the configuration; for lanes made from a pattern, the branch itself.
    LaneName, "lane name", word_flaw
);
name!(
    /// An environment, as typed to confirm a production change.
    EnvironmentName, "environment name", word_flaw
);
name!(
    /// A role whose members may take a seat: `tech-lead`, `product-manager`.
    Role, "role", word_flaw
);
name!(
    /// An app that a deployment releases.
    AppName, "app name", word_flaw
);
name!(
    /// A check, as the forge calls it.
    CheckName, "check name", |text: &str| if text.trim().is_empty() { Some("it is empty") } else if text.chars().any(char::is_control) { Some("it contains a control character") } else { None }
);
name!(
    /// The readable part of a hotfix id and branch.
    Slug, "slug", slug_flaw
);

impl Default for RemoteName {
    fn default() -> Self {
        Self("origin".to_owned())
    }
}

impl BranchName {
    /// Returns the branch's full ref.
    pub fn to_ref(&self) -> RefName {
        RefName(format!("refs/heads/{}", self.0))
    }
}

/// A branch, or several by one `*`: `release/*`. The star stands for one or more characters without `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BranchPattern(String);

impl BranchPattern {
    /// Returns the pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the branch if the pattern names exactly one.
    pub fn as_branch(&self) -> Option<BranchName> {
        if self.0.contains('*') {
            None
        } else {
            self.0.parse().ok()
        }
    }

    /// Tells whether the pattern covers `branch`.
    pub fn matches(&self, branch: &BranchName) -> bool {
        match self.0.split_once('*') {
            None => self.0 == branch.as_str(),
            Some((head, tail)) => branch
                .as_str()
                .strip_prefix(head)
                .and_then(|rest| rest.strip_suffix(tail))
                .is_some_and(|star| !star.is_empty() && !star.contains('/')),
        }
    }
}

impl FromStr for BranchPattern {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let flaw = if text.matches('*').count() > 1 {
            Some("only one `*` is allowed")
        } else {
            ref_flaw(&text.replacen('*', "x", 1))
        };
        match flaw {
            Some(why) => Err(NameError {
                kind: "branch pattern",
                text: text.to_owned(),
                why,
            }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for BranchPattern {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<BranchPattern> for String {
    fn from(pattern: BranchPattern) -> Self {
        pattern.0
    }
}

impl From<BranchName> for BranchPattern {
    fn from(branch: BranchName) -> Self {
        Self(branch.0)
    }
}

impl fmt::Display for BranchPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branch_names_follow_check_ref_format_and_never_look_like_options() {
        for good in ["main", "release/1.0", "hotfix/äöü", "a-b", "a.b"] {
            assert!(good.parse::<BranchName>().is_ok(), "{good}");
        }
        for bad in [
            "", "-x", "a/-x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a.",
            ".a", "a/.b", "a//b", "/a", "a/", "a.lock", "x.lock/y", "@", "a@{1}", "a\u{7}",
        ] {
            assert!(bad.parse::<BranchName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_pattern_matches_one_level_only() {
        let pattern: BranchPattern = "release/*".parse().expect("static pattern");
        let branch = |name: &str| name.parse::<BranchName>().expect("static name");
        assert!(pattern.matches(&branch("release/4.12")));
        assert!(!pattern.matches(&branch("release/4.12/x")));
        assert!(!pattern.matches(&branch("main")));
        assert_eq!(pattern.as_branch(), None);
    }

    #[test]
    fn a_slug_is_lower_case_words() {
        assert!("checkout-null".parse::<Slug>().is_ok());
        for bad in ["", "A", "a_b", "-a", "a-", &"a".repeat(33)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }
}
