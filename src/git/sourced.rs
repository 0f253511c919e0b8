//! Settings of git with the file that each stands in: who wrote it there may be somebody else than the person who works
//! here.

use super::clone::UserClone;
use super::command::failed;
use super::error::Error;

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sourced {
    /// As git prints it: section and name in lower case.
    pub(super) key: String,
    pub(super) value: String,
    pub(super) file: String,
    /// It is of the clone's own file, or of one that this includes; not of the person or the machine.
    pub(super) is_of_clone: bool,
}

/// Returns the settings that git sees in a clone and whose keys are like `pattern`, in git's order.
pub(super) fn settings(clone: &UserClone, pattern: &str) -> Result<Vec<Sourced>, Error> {
    let output = clone
        .git()
        .at(clone.git_dir(), "config")
        .args(["--null", "--show-scope", "--show-origin"])
        .args(["--get-regexp", pattern])
        .output()?;
    // 1 says that none of the keys is there.
    if !matches!(output.code, Some(0 | 1)) {
        return Err(failed("config", &output));
    }
    Ok(parse(&output.text()))
}

/// Reads `<scope>NUL<origin>NUL<key>LF<value>NUL` one after another.
pub(super) fn parse(text: &str) -> Vec<Sourced> {
    let mut all = Vec::new();
    let mut fields = text.split('\0');
    while let (Some(scope), Some(origin), Some(entry)) =
        (fields.next(), fields.next(), fields.next())
    {
        // A key without a value means nothing to those who ask here, and git refuses to go on with it.
        let Some((key, value)) = entry.split_once('\n') else {
            continue;
        };
        all.push(Sourced {
            key: key.to_owned(),
            value: value.to_owned(),
            file: origin.strip_prefix("file:").unwrap_or(origin).to_owned(),
            is_of_clone: matches!(scope, "local" | "worktree"),
        });
    }
    all
}
