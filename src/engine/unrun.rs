//! A head on which nothing has run at all (flows.md 5.13): what is known of why, and else what it usually is.
//!
//! A job needs a moment to be made, and until then its checks are waited for like any other. When a head was pushed no forge
//! tells, but never after the last change of its request: from that on the time is counted, by the forge's own clock as far
//! as that is known, and up to when the request was seen last. A comment puts it off, and never makes it too early.

use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::Person;
use crate::model::SKIPS;
use crate::record::BuiltTarget;

use super::look::Look;

/// The accounts under which CI jobs act with their own token on GitHub, Gitea and Forgejo. What they push or open starts no
/// other job (docs.github.com, "Triggering a workflow": events of `GITHUB_TOKEN` do not create a new workflow run).
const JOBS: [&str; 3] = ["github-actions[bot]", "gitea-actions", "forgejo-actions"];

/// How many seconds CI has to make a job for a head, before it is told that none was made. Nobody waits for a free runner
/// here: a job that waits for one is there, and not done.
const IN_TIME: i64 = 300;

const USUAL: &str = "usual causes: it was pushed with a CI job's own token, a filter by path or branch leaves it out, or no job is made for change requests";

/// Says that nothing has run on a request's head in time, `at f1f1f1f yet: …`; none where something has, where it may still
/// come, or where the console runs the checks itself.
pub(super) fn nothing_ran(look: Look<'_>, request: &ChangeRequest) -> Option<String> {
    (has_no_run(look, request) && is_late(look, request)).then(|| unrun(look, request))
}

/// Says the same of a head that is to be merged now: also where something may still come, which is then no reason to look
/// for what keeps it.
pub(super) fn not_run_before(look: Look<'_>, request: &ChangeRequest) -> Option<String> {
    if !has_no_run(look, request) {
        return None;
    }
    Some(if is_late(look, request) {
        unrun(look, request)
    } else {
        format!("at {} yet", request.head.short())
    })
}

fn has_no_run(look: Look<'_>, request: &ChangeRequest) -> bool {
    let mut checks = request.checks.iter();
    // A check that is only known to be wanted is nothing that runs.
    let has_run =
        checks.any(|check| check.head == request.head && check.state != CheckState::Missing);
    !look.seen.capabilities.runs_checks && !has_run
}

/// Tells whether CI had its time for this head when the request was last seen.
fn is_late(look: Look<'_>, request: &ChangeRequest) -> bool {
    let seen = look.seen.requests.at().unwrap_or(look.seen.now);
    seen.seconds_since(look.by_our_clock(request.updated_at)) >= IN_TIME
}

fn unrun(look: Look<'_>, request: &ChangeRequest) -> String {
    let known = causes(look, request);
    let why = if known.is_empty() {
        USUAL.to_owned()
    } else {
        known.join("; ")
    };
    format!("at {} yet: {why}", request.head.short())
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
    let mut known = fix.picks.whole.iter().chain(&fix.picks.single);
    let picked = known.find(|commit| &commit.id == last)?;
    let (_, rest) = picked.message.raw().split_once('\n')?;
    skip_in(rest)
}

/// CI reads the whole message, not only the subject.
fn skip_in(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    SKIPS.into_iter().find(|skip| message.contains(skip))
}
