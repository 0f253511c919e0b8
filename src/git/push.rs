//! Changing the remote, always by compare-and-swap: a ref moves only if it still is what was seen.
//!
//! Pushes go from object ids, so no local ref is needed and none can be stale. A push that was cut off after it
//! began is `Unknown`: it may have landed. Repeating the same push then answers `UpToDate`. What git's words about a push
//! mean is in `push_answer`.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::model::CommitId;
use crate::model::RefName;
use crate::model::Untrusted;
use crate::model::without_passwords;

use super::command::NETWORK_LIMIT;
use super::command::Output;
use super::command::failed;
use super::error::Error;
use super::kept::Kept;
use super::push_answer::Said;
use super::push_answer::classify;
use super::push_answer::is_collateral;
use super::push_answer::is_lost_race;
use super::push_answer::lock_in_the_way;
use super::push_answer::never_began;
use super::push_answer::parse_line;
use super::push_answer::takes_no_options;
use super::refs::kept_as;
use super::remote::is_blocked_by_lock;
use super::repo::Repo;
use super::store;

/// What takes a push on the other side, whatever a configuration says of the address (`remote.<address>.receivepack`).
const WRITER: &str = "--receive-pack=git-receive-pack";

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
    /// A lock file on the other side stands in the way: of a push that is under way, or of one that died there. Nothing
    /// was changed. Says where, and what to do if it stays.
    Locked(String),
    /// The remote refused: a hook or a policy.
    Rejected(Untrusted),
    /// Nobody knows whether it happened; look before trying again.
    Unknown(String),
}

/// Why a remote refuses a ref that nobody else moved: each asks for another remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A hook, a protection or a right that is missing.
    Policy,
    /// The remote hides refs of that name.
    Hidden,
    /// No room.
    Quota,
    Other,
}

impl Refusal {
    /// Reads it from what the remote said, which is words of git, of a hook or of a forge.
    pub fn of(why: &Untrusted) -> Self {
        let text = why.raw().to_lowercase();
        let has = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
        if has(&["hidden ref", "hideref"]) {
            Self::Hidden
        } else if has(&[
            "quota",
            "no space left",
            "disk full",
            "too large",
            "size limit",
            "exceed",
        ]) {
            Self::Quota
        } else if has(&[
            "hook declined",
            "protected",
            "prohibited",
            "not allowed",
            "permission",
            "denied",
            "policy",
            "rule",
            "forbidden",
        ]) {
            Self::Policy
        } else {
            Self::Other
        }
    }
}

impl Repo {
    /// Pushes the updates, all or none of them, and answers for each in the order given.
    pub async fn push(&self, updates: &[RefUpdate]) -> Result<Vec<Pushed>, Error> {
        self.push_within(updates, NETWORK_LIMIT).await
    }

    /// The same where the push is cut off after `limit`.
    pub async fn push_within(
        &self,
        updates: &[RefUpdate],
        limit: Duration,
    ) -> Result<Vec<Pushed>, Error> {
        self.push_with(updates, &[], limit).await
    }

    /// The same, with options for servers that take some; for others they are left out.
    pub(super) async fn push_with(
        &self,
        updates: &[RefUpdate],
        options: &[&str],
        limit: Duration,
    ) -> Result<Vec<Pushed>, Error> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        for update in updates {
            self.check_keeps_history(update)?;
        }
        // Nothing is slower for it: a push into a folder of this machine takes milliseconds.
        let alone = match self.store() {
            Some(store) => Some(self.lock_of(store).await?),
            None => None,
        };
        let takes_options = self.takes_options();
        let options = if takes_options.load(Ordering::Relaxed) {
            options
        } else {
            &[]
        };
        let mut pushed = self.push_once(updates, options, limit).await;
        if let Ok(output) = &pushed
            && !options.is_empty()
            && takes_no_options(output)
        {
            // Git says so before it sends anything.
            takes_options.store(false, Ordering::Relaxed);
            pushed = self.push_once(updates, &[], limit).await;
        }
        if let (Ok(output), Some(store)) = (&pushed, self.store())
            && lock_in_the_way(output).is_some()
            && store::clear_stale_locks(store)?
        {
            pushed = self.push_once(updates, options, limit).await;
        }
        drop(alone);
        let pushed = match pushed {
            Ok(output) => self.answers(updates, &output)?,
            Err(error @ Error::TimedOut { .. }) => {
                vec![Pushed::Unknown(error.to_string()); updates.len()]
            }
            Err(error) => return Err(error),
        };
        // What the remote said stands, whatever becomes of our note of it: the next fetch sees the same.
        if let Err(error) = self.note(updates, &pushed).await {
            tracing::warn!(%error, "what was pushed could not be noted");
        }
        Ok(pushed)
    }

    async fn push_once(
        &self,
        updates: &[RefUpdate],
        options: &[&str],
        limit: Duration,
    ) -> Result<Output, Error> {
        let mut call = self
            .command("push")
            .args(["--porcelain", "--no-verify", "--no-follow-tags"])
            .args(["--recurse-submodules=no", WRITER]);
        if updates.len() > 1 {
            call = call.arg("--atomic");
        }
        for option in options {
            call = call.arg(format!("--push-option={option}"));
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
        call.limit(limit).output_async().await
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
        let locked = lock_in_the_way(output).map(|lock| Pushed::Locked(self.words_of(&lock)));
        if let Some(locked) = &locked {
            for one in pushed.iter_mut().filter(|one| **one == Pushed::Stale) {
                *one = locked.clone();
            }
        }
        // An update that failed only because another one did shares its fate. Where the remote blames none of them,
        // what it printed tells whether somebody was faster.
        let cause = pushed
            .iter()
            .find(|one| !matches!(one, Pushed::Done | Pushed::UpToDate) && !is_collateral(one))
            .cloned()
            .or(locked)
            .or_else(|| is_lost_race(output.stderr.raw()).then_some(Pushed::Stale));
        if let Some(cause) = cause {
            for one in pushed.iter_mut().filter(|one| is_collateral(one)) {
                *one = cause.clone();
            }
        }
        Ok(pushed)
    }

    /// Says where a lock file of the remote is, and what to do about it.
    fn words_of(&self, lock: &Untrusted) -> String {
        format!(
            "a lock file is in the way in {}: {}; if it stays, a git that was killed there left it behind, and whoever has \
             access to that repository removes the file while nobody pushes",
            without_passwords(self.url()),
            lock.show()
        )
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
            let update = || {
                self.command("update-ref")
                    .arg("--stdin")
                    .input(left_to_git.clone().into_bytes())
                    .output()
            };
            let mut output = update()?;
            if is_blocked_by_lock(&output) {
                self.clear_stale_locks();
                output = update()?;
            }
            if !output.is_success() {
                return Err(failed("update-ref", &output));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_by_what_would_help() {
        for (words, expected) in [
            ("deny updating a hidden ref", Refusal::Hidden),
            (
                "[remote rejected] (pre-receive hook declined): repository exceeds its quota",
                Refusal::Quota,
            ),
            ("unpacker error: No space left on device", Refusal::Quota),
            (
                "pre-receive hook declined: only releases may push here",
                Refusal::Policy,
            ),
            ("protected branch hook declined", Refusal::Policy),
            ("GH013: Repository rule violations found", Refusal::Policy),
            ("something else", Refusal::Other),
        ] {
            assert_eq!(Refusal::of(&Untrusted::new(words)), expected, "{words}");
        }
    }
}
