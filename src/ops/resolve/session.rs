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
use crate::git::Signing;
use crate::git::Stages;
use crate::model::ConflictScene;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::store::Papers;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::build::Readiness;

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
        session
            .notes
            .extend(self.left_on_desks(&session, board.called()));
        let offered = self.memory()?.offer(&mut session);
        let elsewhere = self.decided_elsewhere(board, &session.subject).await;
        let offered = offered + elsewhere.offer(&mut session);
        if offered > 0 {
            session.notes.push(format!(
                "{offered} decided before, for another target, {} offered: look, then confirm",
                if offered == 1 { "is" } else { "are" }
            ));
        }
        self.offer_driven(&mut session, 1).await;
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
                    file.last_authors = repo.last_authors_of(&conflicted, file);
                }
            }
            Ok(scene)
        })
        .await
    }

    /// Lays out what conflicts with what was decided, once all of it is; tells whether there was such a round. Nothing
    /// about rounds is kept: the same decisions lead to the same ones.
    pub(super) async fn next_round(
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
        let name = name_of(hotfix, step, lane);
        self.forget_desks(&name)?;
        self.papers()?
            .remove(&name)
            .map_err(|error| unkept("a resolution", &error))
    }

    /// Forgets a session that is given up, and what was decided for its target: nobody is offered that again.
    pub fn give_up_resolution(
        &self,
        hotfix: &HotfixId,
        step: &StepId,
        lane: &LaneName,
    ) -> Result<(), Fault> {
        self.drop_resolution(hotfix, step, lane)?;
        let mut memory = self.memory()?;
        memory.forget(hotfix, lane);
        self.keep_memory(&memory)
    }

    fn keep_memory(&self, memory: &Memory) -> Result<(), Fault> {
        let text =
            serde_json::to_string(memory).map_err(|error| unkept("what was decided", &error))?;
        self.papers()?
            .write(MEMORY, &text)
            .map_err(|error| unkept("what was decided", &error))
    }

    /// Builds what was decided and returns the intent that finishes it, or one more round where a commit that waited
    /// conflicts with what was decided. Nothing reaches the remote; the decisions are remembered for the next target.
    ///
    /// # Errors
    /// When something is not decided yet, or the branch moved.
    pub async fn finish_resolution(&self, session: &Session) -> Result<Finish, Fault> {
        let ready = match self.readiness(session).await? {
            Readiness::Ready(ready) => ready,
            Readiness::Round(session) => return Ok(Finish::Round(session)),
        };
        if ready.has_more {
            self.keep_resolution(&ready.session)?;
        }
        let commit = self.build_decided(&ready, Signing::AsConfigured).await?;
        let mut memory = self.memory()?;
        memory.learn(&ready.session);
        self.keep_memory(&memory)?;
        let subject = ready.session.subject;
        Ok(Finish::Plan(Intent::Resolve(Resolution {
            step: subject.step,
            target: subject.target,
            head: subject.head,
            commit,
            decided: by_path(ready.decided),
        })))
    }

    pub(super) fn papers(&self) -> Result<Papers, Fault> {
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

    pub(super) fn memory(&self) -> Result<Memory, Fault> {
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
pub(super) fn decisions(session: &Session) -> Option<Vec<DecidedConflict>> {
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

pub(super) fn name(subject: &Subject) -> String {
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

/// Makes the fault of something that the state directory does not take.
pub(in crate::ops) fn unkept(what: &str, error: &dyn std::error::Error) -> Fault {
    Fault::caused(FaultKind::Internal, format!("cannot keep {what}"), error)
        .hint("Look at the permissions and the free space of the state directory.")
}
