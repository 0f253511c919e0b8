//! Changing the remote, always by compare-and-swap: a ref moves only if it still is what was seen.
//!
//! Pushes go from object ids, so no local ref is needed and none can be stale. A push that was cut off after it
//! began is `Unknown`: it may have landed. Repeating the same push then answers `UpToDate`.

use std::collections::BTreeMap;

use crate::model::CommitId;
use crate::model::RefName;
use crate::model::Untrusted;

use super::command::NETWORK_LIMIT;
use super::command::Output;
use super::command::failed;
use super::error::Error;
use super::kept::Kept;
use super::refs::kept_as;
use super::repo::Repo;

/// One ref to change on the remote, if it still is what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    pub name: RefName,
    /// The new value; none deletes.
    pub new: Option<CommitId>,
    /// The value seen; none means that it must not exist.
    pub expected: Option<CommitId>,
    /// The new value may leave out commits of the expected one (our own backport branch, started over).
    pub replaces: bool,
}

/// How one ref update ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    Done,
    /// The remote had that value already.
    UpToDate,
    /// Somebody else moved the ref; nothing was changed.
    Stale,
    /// The remote refused: a hook or a policy.
    Rejected(Untrusted),
    /// Nobody knows whether it happened; look before trying again.
    Unknown(String),
}

impl Repo {
    /// Pushes the updates, all or none of them, and answers for each in the order given.
    pub async fn push(&self, updates: &[RefUpdate]) -> Result<Vec<Pushed>, Error> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        for update in updates {
            self.check_keeps_history(update)?;
        }
        let mut call = self
            .command("push")
            .args(["--porcelain", "--no-verify", "--no-follow-tags"])
            .arg("--recurse-submodules=no");
        if updates.len() > 1 {
            call = call.arg("--atomic");
        }
        let text = |id: &Option<CommitId>| id.as_ref().map_or("", CommitId::as_str).to_owned();
        for update in updates {
            let expected = text(&update.expected);
            call = call.arg(format!("--force-with-lease={}:{expected}", update.name));
        }
        call = call.arg("--").arg(self.url());
        for update in updates {
            call = call.arg(format!("{}:{}", text(&update.new), update.name));
        }
        let pushed = match call.limit(NETWORK_LIMIT).output_async().await {
            Ok(output) => self.answers(updates, &output)?,
            Err(error @ Error::TimedOut { .. }) => {
                vec![Pushed::Unknown(error.to_string()); updates.len()]
            }
            Err(error) => return Err(error),
        };
        self.note(updates, &pushed).await?;
        Ok(pushed)
    }

    /// The lease alone would let a branch lose commits; only an update that says so may do that.
    fn check_keeps_history(&self, update: &RefUpdate) -> Result<(), Error> {
        match (&update.expected, &update.new) {
            (Some(expected), Some(new))
                if !update.replaces && !self.is_ancestor(expected, new)? =>
            {
                Err(Error::WouldRewind {
                    name: update.name.to_string(),
                    expected: expected.clone(),
                    new: new.clone(),
                })
            }
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    fn answers(&self, updates: &[RefUpdate], output: &Output) -> Result<Vec<Pushed>, Error> {
        let text = Untrusted::from_bytes(&output.stdout);
        let said: BTreeMap<&str, Said> = text.raw().lines().filter_map(parse_line).collect();
        if said.is_empty() && never_began(output) {
            return Err(self.unreachable(output));
        }
        let why = match failed("push", output) {
            Error::Failed { why, .. } => why,
            other => other.to_string(),
        };
        let mut pushed: Vec<Pushed> = updates
            .iter()
            .map(|update| match said.get(update.name.as_str()) {
                Some(Said::Done) if output.is_success() => Pushed::Done,
                Some(Said::UpToDate) => Pushed::UpToDate,
                Some(Said::Refused(reason)) => classify(reason, output),
                Some(Said::Done) | None => Pushed::Unknown(why.clone()),
            })
            .collect();
        // An update that failed only because another one did shares its fate. Where the remote blames none of them,
        // what it printed tells whether somebody was faster.
        let cause = pushed
            .iter()
            .find(|one| !matches!(one, Pushed::Done | Pushed::UpToDate) && !is_collateral(one))
            .cloned()
            .or_else(|| is_lost_race(output.stderr.raw()).then_some(Pushed::Stale));
        if let Some(cause) = cause {
            for one in pushed.iter_mut().filter(|one| is_collateral(one)) {
                *one = cause.clone();
            }
        }
        Ok(pushed)
    }

    /// Remembers what the remote has now, as git does after a push, unless a fetch was faster.
    async fn note(&self, updates: &[RefUpdate], pushed: &[Pushed]) -> Result<(), Error> {
        let _guard = self.lock().await?;
        let mut left_to_git = String::new();
        for (update, pushed) in updates.iter().zip(pushed) {
            if !matches!(pushed, Pushed::Done | Pushed::UpToDate) {
                continue;
            }
            let name = kept_as(update.name.as_str());
            let kept = Kept::read(self.dir())?;
            let known = kept.ids.get(&name);
            if known == update.new.as_ref()
                || (known.is_some() && known != update.expected.as_ref())
            {
                continue;
            }
            match &update.new {
                Some(new) if kept.write(self.dir(), &name, new) => {}
                Some(new) => left_to_git.push_str(&format!("update {name} {new}\n")),
                None => left_to_git.push_str(&format!("delete {name}\n")),
            }
        }
        if !left_to_git.is_empty() {
            self.command("update-ref")
                .arg("--stdin")
                .input(left_to_git.into_bytes())
                .success()?;
        }
        Ok(())
    }
}

/// What the porcelain output says about one ref.
enum Said {
    Done,
    UpToDate,
    Refused(String),
}

/// Reads `<flag>\t<from>:<to>\t<summary> (<reason>)`.
fn parse_line(line: &str) -> Option<(&str, Said)> {
    let mut fields = line.splitn(3, '\t');
    let (flag, refs, summary) = (fields.next()?, fields.next()?, fields.next()?);
    let (_, name) = refs.rsplit_once(':')?;
    let said = match flag {
        " " | "+" | "-" | "*" => Said::Done,
        "=" => Said::UpToDate,
        "!" => Said::Refused(summary.to_owned()),
        _other => return None,
    };
    Some((name, said))
}

/// Tells a lost race from a refusal by the words of git, which are untranslated because of LC_ALL.
fn classify(summary: &str, output: &Output) -> Pushed {
    let races = [
        "stale info",
        "fetch first",
        "non-fast-forward",
        "incorrect old value",
        "reference already exists",
        "but expected",
        "unable to resolve reference",
        "failed to update ref",
        "File exists",
        "failed to lock",
    ];
    let everything = format!("{summary}\n{}", output.stderr.raw());
    if races.iter().any(|race| summary.contains(race)) {
        return Pushed::Stale;
    }
    let is_lock = summary.contains("cannot lock ref");
    if is_lock && races.iter().any(|race| everything.contains(race)) {
        return Pushed::Stale;
    }
    if summary.contains("remote failed to report status") {
        return Pushed::Unknown(summary.to_owned());
    }
    // What a hook printed is why it refused.
    let hook: Vec<&str> = output
        .stderr
        .raw()
        .lines()
        .filter_map(|line| line.strip_prefix("remote: "))
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let reason = if hook.is_empty() {
        summary.to_owned()
    } else {
        format!("{summary}: {}", hook.join(" "))
    };
    Pushed::Rejected(Untrusted::new(reason))
}

/// Tells whether the remote says of a ref that it is not what we saw: `cannot lock ref 'x': is at A but expected B`.
fn is_lost_race(text: &str) -> bool {
    let reasons = [
        "but expected",
        "reference already exists",
        "unable to resolve reference",
        "File exists",
    ];
    text.lines().any(|line| {
        line.contains("cannot lock ref") && reasons.iter().any(|reason| line.contains(reason))
    })
}

/// Tells whether an update failed only because the whole push did.
fn is_collateral(pushed: &Pushed) -> bool {
    matches!(pushed, Pushed::Rejected(why) if why.raw().contains("atomic"))
}

/// Tells whether git failed before anything could have reached the refs of the remote.
fn never_began(output: &Output) -> bool {
    let text = output.stderr.raw().to_lowercase();
    let signs = [
        "could not resolve",
        "connection refused",
        "does not appear to be a git repository",
        "authentication failed",
        "could not read username",
        "could not read password",
        "host key verification failed",
        "permission denied (",
        "repository not found",
        "unable to access",
        "not allowed",
        "no such file or directory",
        "network is unreachable",
        "no route to host",
        "dubious ownership",
        "does not match any",
    ];
    !text.contains("rpc failed")
        && !text.contains("unexpected disconnect")
        && signs.iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_that_somebody_moved_first_is_told_from_a_refusal() {
        let lost = "remote: error: cannot lock ref 'refs/heads/main': is at 1a but expected 2b\n";
        assert!(is_lost_race(lost));
        assert!(is_lost_race(
            "error: cannot lock ref 'refs/x': reference already exists"
        ));
        assert!(!is_lost_race("remote: error: hook declined\n"));
        assert!(!is_lost_race(
            "remote: error: cannot lock ref 'refs/x': Permission denied"
        ));
    }
}
