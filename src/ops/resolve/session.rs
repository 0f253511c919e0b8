//! A session from its beginning to the intent that finishes it. Kept after each decision, in the state folder.

use sha2::Digest;
use sha2::Sha256;

use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::Resolution;
use crate::engine::resolve::DecidedPath;
use crate::engine::resolve::DecidedWith;
use crate::engine::resolve::Memory;
use crate::engine::resolve::Saved;
use crate::engine::resolve::Session;
use crate::engine::resolve::Subject;
use crate::git::Conflicted;
use crate::git::DecidedConflict;
use crate::git::DecidedContent;
use crate::git::DecidedEntry;
use crate::git::ResolutionOrder;
use crate::git::Stages;
use crate::model::ConflictScene;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::store::Papers;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::subject::target;

/// What finishing leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// Everything is decided: the plan of this pushes it.
    Plan(Intent),
    /// A commit that waited conflicts with what was decided: the session with one more round.
    Round(Box<Session>),
}

/// The paper with everything that was decided before.
const MEMORY: &str = "memory.json";

impl Workspace {
    /// Begins to resolve a target, or goes on where it was left. What was decided elsewhere is offered.
    ///
    /// # Errors
    /// When nothing was built for the target, or no path of it waits for a decision.
    pub async fn resolution(
        &self,
        board: &Board,
        step: &StepId,
        lane: &LaneName,
    ) -> Result<Session, Fault> {
        let (subject, conflicted) = self.subject(board, step, lane).await?;
        let scene = self.scene(conflicted.clone(), Vec::new()).await?;
        let mut session = Session::new(subject, scene);
        let saved = self.saved(&session.subject)?;
        if let Some(saved) = &saved {
            saved.restore(&mut session);
        }
        while self.next_round(&mut session, &conflicted).await? {}
        if let Some(saved) = &saved {
            saved.notes(&mut session);
        }
        session.notes.extend(session.round_words());
        let offered = self.memory()?.offer(&mut session);
        let elsewhere = self.decided_elsewhere(board, &session.subject).await;
        let offered = offered + elsewhere.offer(&mut session);
        if offered > 0 {
            session.notes.push(format!(
                "{offered} decided before, for another target, {} offered: look, then confirm",
                if offered == 1 { "is" } else { "are" }
            ));
        }
        if !session.pending.is_empty() {
            let names: Vec<&str> = session.pending.iter().map(|id| id.short()).collect();
            session.notes.push(format!(
                "applied once everything is decided: {}",
                names.join(" ")
            ));
        }
        Ok(session)
    }

    async fn scene(
        &self,
        conflicted: Conflicted,
        decided: Vec<DecidedConflict>,
    ) -> Result<ConflictScene, Fault> {
        self.git(move |repo| {
            let mut scene = repo.conflict_scene(&conflicted, &decided)?;
            for file in &mut scene.files {
                if file.last_authors.is_empty() {
                    file.last_authors = repo.last_authors_of(&conflicted, &file.path);
                }
            }
            Ok(scene)
        })
        .await
    }

    /// Lays out what conflicts with what was decided, once all of it is; tells whether there was such a round. Nothing
    /// about rounds is kept: the same decisions lead to the same ones.
    async fn next_round(
        &self,
        session: &mut Session,
        conflicted: &Conflicted,
    ) -> Result<bool, Fault> {
        let Some(decided) = decisions(session).filter(|_| conflicted.is_ours) else {
            return Ok(false);
        };
        let scene = self.scene(conflicted.clone(), decided).await?;
        Ok(session.extend(scene) > 0)
    }

    /// Keeps a session as it stands.
    pub fn keep_resolution(&self, session: &Session) -> Result<(), Fault> {
        let text = serde_json::to_string(&Saved::of(session))
            .map_err(|error| unkept("a resolution", &error))?;
        self.papers()?
            .write(&name(&session.subject), &text)
            .map_err(|error| unkept("a resolution", &error))
    }

    /// Forgets a session: it was finished, or given up.
    pub fn drop_resolution(
        &self,
        hotfix: &HotfixId,
        step: &StepId,
        lane: &LaneName,
    ) -> Result<(), Fault> {
        self.papers()?
            .remove(&name_of(hotfix, step, lane))
            .map_err(|error| unkept("a resolution", &error))
    }

    /// Builds what was decided and returns the intent that finishes it, or one more round where a commit that waited
    /// conflicts with what was decided. Nothing reaches the remote; the decisions are remembered for the next target.
    ///
    /// # Errors
    /// When something is not decided yet, or the branch moved.
    pub async fn finish_resolution(&self, session: &Session) -> Result<Finish, Fault> {
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
            return Ok(Finish::Round(Box::new(session)));
        };
        if has_more {
            self.keep_resolution(&session)?;
        }
        let subject = &session.subject;
        // Nothing of it was pushed: the same decisions make the same commit, so that a run that died after the push finds
        // its own work there.
        let at = if target(&board, &subject.step, &subject.target)?.waits_here() {
            self.committed_at(&subject.head).await?
        } else {
            clock::now()
        };
        let order = ResolutionOrder {
            conflicted,
            decided: decisions,
            message: message(subject, &decided),
            committer: self.me().clone(),
            at,
        };
        let built = self
            .git(move |repo| Ok(repo.build_resolution(&order)))
            .await?;
        let commit = built.map_err(|error| not_built(&error))?;
        let mut memory = self.memory()?;
        memory.learn(&session);
        let text =
            serde_json::to_string(&memory).map_err(|error| unkept("what was decided", &error))?;
        self.papers()?
            .write(MEMORY, &text)
            .map_err(|error| unkept("what was decided", &error))?;
        Ok(Finish::Plan(Intent::Resolve(Resolution {
            step: subject.step.clone(),
            target: subject.target.clone(),
            head: subject.head.clone(),
            commit,
            decided: by_path(decided),
        })))
    }

    fn papers(&self) -> Result<Papers, Fault> {
        Papers::open(self.state_dir(), "resolutions")
            .map_err(|error| unkept("a resolution", &error))
    }

    fn saved(&self, subject: &Subject) -> Result<Option<Saved>, Fault> {
        let text = self
            .papers()?
            .read(&name(subject))
            .map_err(|error| unkept("a resolution", &error))?;
        // A paper of another version, or a damaged one, is as if it were not there: git still has the conflict.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn memory(&self) -> Result<Memory, Fault> {
        let text = self
            .papers()?
            .read(MEMORY)
            .map_err(|error| unkept("what was decided", &error))?;
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }
}

/// Returns every decision with what it is about; none while something is open.
fn decisions(session: &Session) -> Option<Vec<DecidedConflict>> {
    let files = session.files.iter();
    files
        .map(|work| {
            let file = &work.file;
            Some(DecidedConflict {
                commit: file.commit.clone(),
                stages: Stages {
                    base: file.base.clone(),
                    target: file.target.clone(),
                    fix: file.fix.clone(),
                },
                entry: entry(&work.decided()?),
            })
        })
        .collect()
}

/// Returns how each path was decided, once: what was decided about it in a later round goes on in the same words.
fn by_path(decided: Vec<DecidedPath>) -> Vec<(String, String)> {
    let mut paths: Vec<(String, String)> = Vec::new();
    for one in decided {
        match paths.iter_mut().find(|(path, _)| *path == one.path) {
            Some((_, how)) => how.push_str(&format!("; then {}", one.how)),
            None => paths.push((one.path, one.how)),
        }
    }
    paths
}

fn entry(decided: &DecidedPath) -> DecidedEntry {
    DecidedEntry {
        path: decided.path.clone(),
        entry: match &decided.with {
            DecidedWith::Nothing => None,
            DecidedWith::Id { mode, id } => Some((*mode, DecidedContent::Id(id.clone()))),
            DecidedWith::Bytes { mode, bytes } => {
                Some((*mode, DecidedContent::Bytes(bytes.clone())))
            }
        },
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

fn name(subject: &Subject) -> String {
    name_of(&subject.hotfix, &subject.step, &subject.target)
}

/// Returns the name of a session's paper. Names of lanes hold slashes; their digest does not.
fn name_of(hotfix: &HotfixId, step: &StepId, lane: &LaneName) -> String {
    let digest = Sha256::digest(format!("{step}\n{lane}").as_bytes());
    let digits: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{hotfix}-{digits}.json")
}

fn unkept(what: &str, error: &dyn std::error::Error) -> Fault {
    Fault::caused(FaultKind::Internal, format!("cannot keep {what}"), error)
        .hint("Look at the permissions and the free space of the state directory.")
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
    Fault::caused(FaultKind::Internal, "cannot build the resolution", error)
}
