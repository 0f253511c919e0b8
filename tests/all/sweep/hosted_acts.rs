//! What is done on the hosted forge of the kill sweep, by whom, and what the forge does before it.

use crate::forges::fake_gitlab::State;

/// Something one person says, with what the forge does of itself before it.
pub(super) struct Act {
    pub(super) login: &'static str,
    pub(super) words: &'static [&'static str],
    pub(super) before: fn(&mut State),
}

fn nothing(_: &mut State) {}

/// The pipeline of the request's head passes.
fn checks_pass(state: &mut State) {
    let (head, author) = (state.mrs[0].head().to_owned(), state.users[0].clone());
    state.request_pipeline(&head, &author);
}

fn jobs_succeed(state: &mut State) {
    state.end_jobs("success");
}

fn one_job_fails(state: &mut State) {
    state.job_named("deploy-prod-hotfix: [admin]").status = "failed";
    state.end_jobs("success");
}

pub(super) const STORY: [Act; 17] = [
    Act {
        login: "dana",
        words: &[
            "start",
            "crash",
            "--title",
            "Fix the crash",
            "--answer",
            "critical=x",
            "--answer",
            "cannot-wait=y",
            "--answer",
            "scoped=z",
            "--yes",
        ],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["do", "change", "--yes"],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["comment", "77", "please look", "--yes"],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["do", "change", "--yes", "--confirm", "production"],
        before: checks_pass,
    },
    Act {
        login: "lena",
        words: &["approve", "GO-LIVE", "--role", "tech-lead", "--yes"],
        before: nothing,
    },
    Act {
        login: "pat",
        words: &["approve", "GO-LIVE", "--role", "product-manager", "--yes"],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["do", "deploy", "--yes", "--confirm", "production"],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["do", "backport", "--yes"],
        before: jobs_succeed,
    },
    Act {
        login: "dana",
        words: &["do", "backport", "--target", "develop", "--yes"],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["do", "migrations", "--yes", "--confirm", "production"],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["tick", "approvers", "--note", "in the channel", "--yes"],
        before: nothing,
    },
    // Only where a job failed before: a new job is made and named.
    Act {
        login: "dana",
        words: &["do", "deploy", "--yes", "--confirm", "production"],
        before: one_job_fails,
    },
    // Only where the record is on one machine: its copy is made, and edited.
    Act {
        login: "dana",
        words: &["do", "change", "--yes"],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["note", "mine", "--yes"],
        before: nothing,
    },
    // Only where the backport conflicts: it is resolved, and its draft marked ready.
    Act {
        login: "dana",
        words: &[
            "resolve",
            "backport",
            "--target",
            "develop",
            "--take",
            "shop.txt=fix",
            "--yes",
        ],
        before: nothing,
    },
    Act {
        login: "dana",
        words: &["do", "backport", "--target", "develop", "--yes"],
        before: nothing,
    },
    // Only where the backport was cut off before the record knew of it: its request is closed and its branch deleted.
    Act {
        login: "dana",
        words: &["resume", "--undo", "--yes"],
        before: nothing,
    },
];

/// The act that opens the request of the backport.
pub(super) const BACKPORT: usize = 7;
/// The act that follows the sixth where a job failed.
pub(super) const RETRY: usize = 11;
/// The acts in solo mode.
pub(super) const SOLO_OPEN: usize = 12;
pub(super) const SOLO_NOTE: usize = 13;
/// The acts after a backport that conflicts.
pub(super) const RESOLVE: usize = 14;
pub(super) const READY: usize = 15;
/// The act after a backport that was cut off.
pub(super) const UNDO: usize = 16;

/// Returns the acts that come before one.
pub(super) fn before(act: usize) -> Vec<usize> {
    match act {
        RETRY => (0..7).collect(),
        SOLO_OPEN => vec![0],
        SOLO_NOTE => vec![0, SOLO_OPEN],
        RESOLVE => (0..=BACKPORT).collect(),
        READY => (0..=BACKPORT).chain([RESOLVE]).collect(),
        UNDO => (0..BACKPORT).collect(),
        _ => (0..act).collect(),
    }
}
