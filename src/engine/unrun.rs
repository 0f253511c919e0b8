//! A head on which nothing has run at all (flows.md 5.13): what is known of why, and else what it usually is.
//!
//! No time decides about it. When a head was pushed no forge tells, the last change of a request may be a comment, and
//! that clock is not ours; so it is said as soon as it is so, with the word "yet".

use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::Commit;
use crate::model::Person;
use crate::model::SKIPS;
use crate::record::BuiltTarget;

use super::look::Look;

/// The accounts under which CI jobs act with their own token on GitHub, Gitea and Forgejo. What they push or open starts no
/// other job (docs.github.com, "Triggering a workflow": events of `GITHUB_TOKEN` do not create a new workflow run).
const JOBS: [&str; 3] = ["github-actions[bot]", "gitea-actions", "forgejo-actions"];

const USUAL: &str = "usual causes: it was pushed with a CI job's own token, a filter by path or branch leaves it out, or no job is made for change requests";

/// Says that nothing has run on a request's head, `at f1f1f1f yet: …`; none where something has, or where the console
/// runs the checks itself.
pub(super) fn nothing_ran(look: Look<'_>, request: &ChangeRequest) -> Option<String> {
    if look.seen.capabilities.runs_checks {
        return None;
    }
    let mut checks = request.checks.iter();
    // A check that is only known to be wanted is nothing that runs.
    if checks.any(|check| check.head == request.head && check.state != CheckState::Missing) {
        return None;
    }
    let known = causes(look, request);
    let why = if known.is_empty() {
        USUAL.to_owned()
    } else {
        known.join("; ")
    };
    Some(format!("at {} yet: {why}", request.head.short()))
}

/// Returns what is known that keeps CI from running, in words.
fn causes(look: Look<'_>, request: &ChangeRequest) -> Vec<String> {
    let mut causes = Vec::new();
    if let Some(skip) = skip(look, request) {
        causes.push(format!("`{skip}` is in the message of that commit"));
    }
    // Where the forge does not tell who pushed, whoever opened it probably did.
    let (by, did) = match &request.last_pusher {
        Some(pusher) => (pusher, "pushed"),
        None => (&request.author, "opened"),
    };
    if is_job(by) {
        causes.push(format!(
            "{} {did} it, and what a CI job does with its own token starts no other job",
            by.show()
        ));
    }
    if request.is_draft {
        causes.push(
            "it is a draft, which CI may leave out (`lanekeeper doctor` looks for such rules)"
                .to_owned(),
        );
    }
    causes
}

fn is_job(person: &Person) -> bool {
    JOBS.contains(&person.account())
}

/// Returns the word in the message of a request's head by which CI leaves a commit out, where that message is known.
fn skip(look: Look<'_>, request: &ChangeRequest) -> Option<&'static str> {
    let fix = look.fix();
    let mut own = fix.into_iter().flat_map(|fix| &fix.commits);
    let head = own
        .find(|commit| commit.id == request.head)
        .or_else(|| look.commit(&request.head));
    match head {
        Some(commit) => skip_in(commit.message.raw()),
        None => skip_in_pick(look, request),
    }
}

/// Returns the same for a head that we picked: its subject has lost such words, and the rest is as it was.
fn skip_in_pick(look: Look<'_>, request: &ChangeRequest) -> Option<&'static str> {
    let is_its = |built: &&BuiltTarget| built.head == request.head;
    let built = look.record.built.values().find(is_its)?;
    let mut picks = built.picks.iter().rev();
    let last = picks.find(|pick| !built.pending.contains(*pick))?;
    let fix = look.fix()?;
    let mut known: Vec<&Commit> = fix.picks.whole.iter().chain(&fix.picks.single).collect();
    known.retain(|commit| &commit.id == last);
    let (_, rest) = known.first()?.message.raw().split_once('\n')?;
    skip_in(rest)
}

/// CI reads the whole message, not only the subject.
fn skip_in(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    SKIPS.into_iter().find(|skip| message.contains(skip))
}
