//! What we need of the configuration of the user's clone, read by one git when the clone is found: each question by
//! itself would cost every start a process.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use crate::model::MergeDriver;
use crate::model::Untrusted;

use super::command::Command;
use super::command::Output;
use super::command::failed;
use super::error::Error;
use super::executable::Git;

/// The keys, as git prints them: section and name in lower case. Nothing else is kept, since values can be secrets.
const KEYS: &str = r"^(user\.(name|email)|extensions\.partialclone|remote\..*\.(promisor|url)|url\..*\.insteadof|merge\..*|diff\.(renames|renamelimit)|core\.(attributesfile|ignorecase)|include\.path|includeif\..*\.path)$";

/// Keys and values in git's order, the last one being the one that counts; none where git did not answer.
#[derive(Debug, Clone, Default)]
pub(super) struct CloneConfig(Option<Vec<(String, Option<String>)>>);

impl CloneConfig {
    /// Reads the configuration that git sees in `dir`. Where that fails each question asks again, and says why.
    pub(super) fn read(git: &Git, dir: &Path) -> Self {
        let answer = ask(git.around(dir, "config")).ok();
        Self(answer.and_then(|output| parse(&output)))
    }

    /// Returns this, or what git says now where it was not read.
    pub(super) fn or_ask(&self, git: &Git, git_dir: &Path) -> Result<Cow<'_, Self>, Error> {
        if self.0.is_some() {
            return Ok(Cow::Borrowed(self));
        }
        Self::now(git.at(git_dir, "config")).map(Cow::Owned)
    }

    /// Reads it now, by this call of `git config`.
    pub(super) fn now(call: Command) -> Result<Self, Error> {
        let output = ask(call)?;
        let entries = parse(&output).ok_or_else(|| failed("config", &output))?;
        Ok(Self(Some(entries)))
    }

    /// Tells whether git answered.
    pub(super) fn is_read(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the value that counts.
    pub(super) fn last(&self, key: &str) -> Option<&str> {
        let entries = self.0.as_deref()?.iter().rev();
        let mut entries = entries.filter(|(one, _)| one == key);
        entries.find_map(|(_, value)| value.as_deref())
    }

    /// Returns the address of a remote where there is nothing about it that git itself would have to work out:
    /// rewritten addresses, lists that begin anew, remotes that are kept elsewhere.
    pub(super) fn plain_url(&self, remote: &str) -> Option<&str> {
        let entries = self.0.as_ref()?;
        let is_rewriting = |key: &str| key.starts_with("url.");
        if entries.iter().any(|(key, _)| is_rewriting(key)) {
            return None;
        }
        let key = format!("remote.{remote}.url");
        let urls: Vec<Option<&str>> = entries
            .iter()
            .filter(|(one, _)| *one == key)
            .map(|(_, value)| value.as_deref())
            .collect();
        let is_plain = |url: &Option<&str>| url.is_some_and(|url| !url.is_empty());
        if urls.iter().all(is_plain) {
            urls.first().copied().flatten()
        } else {
            None
        }
    }

    /// Tells whether objects may be missing that a remote promised.
    pub(super) fn names_promisors(&self) -> bool {
        let mut keys = self.0.iter().flatten().map(|(key, _)| key);
        let is_promisor = |key: &str| key.starts_with("remote.") && key.ends_with(".promisor");
        keys.any(|key| key == "extensions.partialclone" || is_promisor(key))
    }

    /// Returns the merge drivers by name, each with the command that counts. Without a value git has nothing to run.
    pub(super) fn merge_drivers(&self) -> Vec<MergeDriver> {
        let mut commands = BTreeMap::new();
        for (key, value) in self.0.iter().flatten() {
            let rest = key.strip_prefix("merge.");
            if let Some(name) = rest.and_then(|rest| rest.strip_suffix(".driver")) {
                commands.insert(name, value.as_deref().unwrap_or_default());
            }
        }
        let driver = |(name, command): (&str, &str)| MergeDriver {
            name: Untrusted::new(name),
            command: Untrusted::new(command),
        };
        commands.into_iter().map(driver).collect()
    }

    /// Returns everything that says how files are merged: drivers and whatever else changes their answers.
    pub(super) fn about_merges(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.0.iter().flatten();
        entries
            .filter(|(key, _)| is_about_merges(key))
            .map(|(key, value)| (key.as_str(), value.as_deref().unwrap_or_default()))
    }

    /// Returns the same as another git can be told it: a switch without a value is on, a driver without one has nothing to
    /// run.
    pub(super) fn settings_of_merges(&self) -> Vec<(String, String)> {
        let entries = self.0.iter().flatten();
        let about = entries.filter(|(key, _)| is_about_merges(key));
        let told = about.map(|(key, value)| {
            let without = if key.ends_with(".driver") { "" } else { "true" };
            let value = value.as_deref().unwrap_or(without);
            (key.clone(), value.to_owned())
        });
        told.collect()
    }

    /// Returns the paths of files that it includes, as they are written.
    pub(super) fn includes(&self) -> impl Iterator<Item = &str> {
        let entries = self.0.iter().flatten();
        let is_include = |key: &str| key.starts_with("include.") || key.starts_with("includeif.");
        entries
            .filter(move |(key, _)| is_include(key))
            .filter_map(|(_, value)| value.as_deref())
    }
}

fn is_about_merges(key: &str) -> bool {
    // The last one says whether attributes of `*.XML` are those of `*.xml`.
    key.starts_with("merge.")
        || key.starts_with("diff.")
        || matches!(key, "core.attributesfile" | "core.ignorecase")
}

fn ask(call: Command) -> Result<Output, Error> {
    call.args(["--null", "--get-regexp", KEYS]).output()
}

/// Reads `<key>LF<value>NUL`; a key without a value has no line break. None where git could not tell.
fn parse(output: &Output) -> Option<Vec<(String, Option<String>)>> {
    // 1 says that none of the keys is there.
    if !matches!(output.code, Some(0 | 1)) {
        return None;
    }
    Some(parse_entries(&output.text()))
}

/// Reads the entries one after another.
pub(super) fn parse_entries(text: &str) -> Vec<(String, Option<String>)> {
    let entries = text.split('\0').filter(|entry| !entry.is_empty());
    let one = |entry: &str| match entry.split_once('\n') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (entry.to_owned(), None),
    };
    entries.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Untrusted;

    fn config(text: &str) -> CloneConfig {
        let output = Output {
            code: Some(0),
            stdout: text.as_bytes().to_vec(),
            stderr: Untrusted::default(),
        };
        CloneConfig(parse(&output))
    }

    #[test]
    fn the_last_value_counts_and_the_first_address() {
        let config = config("user.name\nA\0user.name\nB\nC\0remote.o.url\nx\0remote.o.url\ny\0");
        assert_eq!(config.last("user.name"), Some("B\nC"));
        assert_eq!(config.last("user.email"), None);
        assert_eq!(config.plain_url("o"), Some("x"));
        assert_eq!(config.plain_url("other"), None);
        assert!(!config.names_promisors());
    }

    #[test]
    fn what_git_has_to_work_out_is_left_to_git() {
        for text in [
            "remote.o.url\nx\0url.y.insteadof\nx\0",
            "remote.o.url\nx\0remote.o.url\n\0remote.o.url\nz\0",
            "remote.o.url\0",
        ] {
            assert_eq!(config(text).plain_url("o"), None, "{text:?}");
        }
        assert!(config("remote.o.promisor\ntrue\0").names_promisors());
        assert!(!config("merge.o.promisor\ntrue\0").names_promisors());
    }

    #[test]
    fn the_last_command_of_a_driver_counts_and_other_settings_of_merges_are_no_drivers() {
        let config = config(
            "merge.b.driver\none %A\0merge.renames\ntrue\0merge.a.b.driver\ntwo\nlines\0merge.b.driver\nthree\0merge.c.driver\0include.path\nother\0user.name\nA\0",
        );
        let drivers = config.merge_drivers();
        let texts = drivers
            .iter()
            .map(|driver| (driver.name.raw(), driver.command.raw()));
        let expected = [("a.b", "two\nlines"), ("b", "three"), ("c", "")];
        assert_eq!(texts.collect::<Vec<_>>(), expected);
        assert_eq!(config.about_merges().count(), 5);
        let told = config.settings_of_merges();
        assert_eq!(told.len(), 5);
        let last = told.last().map(|(key, value)| (key.as_str(), &**value));
        assert_eq!(last, Some(("merge.c.driver", "")));
        assert_eq!(config.includes().collect::<Vec<_>>(), ["other"]);
    }
}
