//! What finishing makes of a session: every round laid out, then the commit, in our own repository and nowhere else.

use crate::engine::Board;
use crate::engine::resolve::DecidedPath;
use crate::engine::resolve::Session;
use crate::engine::resolve::Subject;
use crate::git::Conflicted;
use crate::git::DecidedConflict;
use crate::git::ResolutionOrder;
use crate::git::Signing;
use crate::model::CommitId;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::session::decisions;
use super::subject::target;

/// A session in which everything is decided, on a look at its branch.
pub(super) struct Ready {
    pub(super) session: Session,
    pub(super) board: Board,
    pub(super) decided: Vec<DecidedPath>,
    /// Rounds were laid out that the session did not have: all of them were decided before.
    pub(super) has_more: bool,
    conflicted: Conflicted,
    decisions: Vec<DecidedConflict>,
}

/// Whether a session can be built.
pub(super) enum Readiness {
    Ready(Box<Ready>),
    /// A commit that waited conflicts with what was decided: the session with one more round.
    Round(Box<Session>),
}

impl Workspace {
    /// Lays out what finishing would build. Nothing is kept and nothing is built yet.
    ///
    /// # Errors
    /// When something is not decided yet, or the branch moved.
    pub(super) async fn readiness(&self, session: &Session) -> Result<Readiness, Fault> {
        let subject = &session.subject;
        if session.decided().is_none() {
            let open = session.blockers();
            let open = open.iter().map(|one| format!("{}: {}", one.path, one.why));
            let mut fault = Fault::new(FaultKind::Conflict, "not everything is decided yet");
            fault.chain = open.collect();
            return Err(fault.hint("Decide every path; what is reused needs a yes."));
        }
        let board = self.look_offline(Some(&subject.hotfix)).await?;
        let (now, conflicted) = self.subject(&board, &subject.step, &subject.target).await?;
        if now.head != subject.head {
            return Err(Fault::new(
                FaultKind::User,
                format!(
                    "{} moved from {} to {} since the resolution was begun",
                    subject.branch,
                    subject.head.short(),
                    now.head.short()
                ),
            )
            .hint("Open it again: decisions that still fit are offered."));
        }
        let mut session = session.clone();
        let mut has_more = false;
        while self.next_round(&mut session, &conflicted).await? {
            has_more = true;
        }
        // A round of which everything was decided before, and is laid out again, is no news.
        let (Some(decided), Some(decisions)) = (session.decided(), decisions(&session)) else {
            self.memory()?.offer(&mut session);
            session.notes.extend(session.round_words());
            let round = session.round();
            self.offer_driven(&mut session, round).await;
            return Ok(Readiness::Round(Box::new(session)));
        };
        Ok(Readiness::Ready(Box::new(Ready {
            session,
            board,
            decided,
            has_more,
            conflicted,
            decisions,
        })))
    }

    /// Builds what was decided and returns the commit that finishing would push, or one of the same tree.
    pub(super) async fn build_decided(
        &self,
        ready: &Ready,
        signing: Signing,
    ) -> Result<CommitId, Fault> {
        let subject = &ready.session.subject;
        // Nothing of it was pushed: the same decisions make the same commit, so that a run that died after the push finds
        // its own work there.
        let at = if target(&ready.board, &subject.step, &subject.target)?.waits_here() {
            self.committed_at(&subject.head).await?
        } else {
            clock::now()
        };
        let order = ResolutionOrder {
            conflicted: ready.conflicted.clone(),
            decided: ready.decisions.clone(),
            message: message(subject, &ready.decided),
            committer: self.me().clone(),
            at,
            signing,
        };
        let built = self
            .git(move |repo| Ok(repo.build_resolution(&order)))
            .await?;
        built.map_err(|error| not_built(&error))
    }
}

/// Returns the message of a commit on top of somebody else's. It has no trailer of ours: the branch is theirs.
fn message(subject: &Subject, decided: &[DecidedPath]) -> String {
    let mut message = format!("Resolve the conflicts with {}\n\n", subject.target);
    for one in decided {
        let path = crate::model::Untrusted::new(one.path.as_str()).show();
        message.push_str(&format!("* {path}: {}\n", one.how));
    }
    message
}

fn not_built(error: &crate::git::Error) -> Fault {
    if let crate::git::Error::Conflicts { commit, conflicts } = error {
        let mut fault = Fault::new(
            FaultKind::Conflict,
            format!("{} conflicts with what was decided", commit.short()),
        );
        fault.chain = conflicts.iter().map(|path| path.path.clone()).collect();
        return fault.hint(
            "Decide these paths so that it applies, or pick it by hand on the branch and push.",
        );
    }
    if let crate::git::Error::BadPath { .. } = error {
        return Fault::caused(FaultKind::Conflict, "cannot build the resolution", error)
            .hint("Decide it otherwise, or on the branch with git, and push.");
    }
    Fault::caused(FaultKind::Internal, "cannot build the resolution", error)
}
