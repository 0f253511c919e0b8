//! A session from its beginning to the intent that finishes it. Kept after each decision, in the state folder.

use sha2::Digest;
use sha2::Sha256;

use crate::engine::Board;
use crate::engine::Call;
use crate::engine::Intent;
use crate::engine::Resolution;
use crate::engine::TargetProgress;
use crate::engine::local_build;
use crate::engine::resolve::DecidedPath;
use crate::engine::resolve::DecidedWith;
use crate::engine::resolve::Memory;
use crate::engine::resolve::Saved;
use crate::engine::resolve::Session;
use crate::engine::resolve::Subject;
use crate::git::Carried;
use crate::git::Conflicted;
use crate::git::DecidedConflict;
use crate::git::DecidedContent;
use crate::git::DecidedEntry;
use crate::git::ResolutionOrder;
use crate::git::Stages;
use crate::model::CommitId;
use crate::model::ConflictScene;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::model::Timestamp;
use crate::playbook::Carry;
use crate::playbook::Strategy;
use crate::playbook::Work;
use crate::record::Record;
use crate::store::Papers;

use super::super::clock;
use super::super::execute::built;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;

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

    /// Returns what is to be resolved, for the engine and for git.
    pub(super) async fn subject(
        &self,
        board: &Board,
        step: &StepId,
        lane: &LaneName,
    ) -> Result<(Subject, Conflicted), Fault> {
        if carry(board, step).is_some() && target(board, step, lane)?.waits_here() {
            return self.subject_here(board, step, lane).await;
        }
        subject(board, step, lane)
    }

    /// Returns it where nothing was pushed yet (policy `local`): the branch is built in our own repository, as it would be
    /// pushed with the conflicts in it. From the same commits it is the same each time.
    async fn subject_here(
        &self,
        board: &Board,
        step: &StepId,
        lane: &LaneName,
    ) -> Result<(Subject, Conflicted), Fault> {
        let record = record(board)?;
        let wanted = carry(board, step).ok_or_else(|| user(format!("no step `{step}`")))?;
        let call = local_build(board, record, step, lane).map_err(|refusal| {
            let mut fault = user(refusal.reasons.join("; "));
            fault.hint = refusal.hint;
            fault
        })?;
        let Call::BuildTarget {
            branch,
            onto,
            commits,
            ..
        } = &call
        else {
            return Err(user(format!("nothing is built for {lane}")));
        };
        let mut at = self.committed_at(onto).await?;
        for commit in commits {
            at = at.max(self.committed_at(commit).await?);
        }
        let built = built(self, &call, onto.clone(), at).await?;
        let (carried, fix) = carried(wanted, commits, lane)?;
        let subject = Subject {
            hotfix: record.hotfix.clone(),
            step: step.clone(),
            target: lane.clone(),
            branch: branch.clone(),
            head: built.head.clone(),
            onto: onto.clone(),
            tip: onto.clone(),
            fix: fix.unwrap_or_else(|| name_of_fix(record)),
            is_ours: true,
            is_pushed: false,
        };
        let conflicted = Conflicted {
            onto: onto.clone(),
            carried,
            head: built.head,
            is_ours: true,
            open: built.conflicts,
        };
        Ok((subject, conflicted))
    }

    async fn committed_at(&self, id: &CommitId) -> Result<Timestamp, Fault> {
        let id = id.clone();
        let commit = self.git(move |repo| repo.commit(&id)).await?;
        Ok(commit.committed_at)
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

/// Returns what is to be resolved of a branch that was built.
fn subject(board: &Board, step: &StepId, lane: &LaneName) -> Result<(Subject, Conflicted), Fault> {
    let record = record(board)?;
    let carry = carry(board, step).ok_or_else(|| {
        let steps = board.book.steps.iter();
        let known = steps.filter(|step| matches!(step.work, Work::Carry(_)));
        let known: Vec<&str> = known.map(|step| step.id.as_str()).collect();
        user(format!("step `{step}` carries nothing into other lanes"))
            .hint(format!("Steps that do: {}", known.join(", ")))
    })?;
    let target = target(board, step, lane)?;
    if target.undecided.is_empty() {
        return Err(user(format!("no conflicted path of {lane} waits for a decision")).hint(
            format!("Where a conflict is predicted, `lanekeeper do {step} --target {lane}` builds the draft first."),
        ));
    }
    let built = record.built.get(&(step.clone(), lane.clone()));
    let tips = board.seen.tips.value();
    let tip_of =
        |branch: &crate::model::BranchName| tips.and_then(|tips| tips.get(branch)).cloned();
    let (Some(built), Some(head)) = (built, built.and_then(|built| tip_of(&built.branch))) else {
        return Err(user(format!(
            "the branch built for {lane} is not on the remote"
        )));
    };
    let lane_branch = board
        .book
        .project
        .lanes
        .iter()
        .find(|known| &known.name == lane);
    let tip = lane_branch
        .and_then(|known| known.branch_name())
        .and_then(|branch| tip_of(&branch))
        .unwrap_or_else(|| built.onto.clone());
    let (carried, fix) = carried(carry, &built.picks, lane)?;
    let is_ours = head == built.head;
    let subject = Subject {
        hotfix: record.hotfix.clone(),
        step: step.clone(),
        target: lane.clone(),
        branch: built.branch.clone(),
        head: head.clone(),
        onto: built.onto.clone(),
        tip,
        fix: fix.unwrap_or_else(|| name_of_fix(record)),
        is_ours,
        is_pushed: true,
    };
    let conflicted = Conflicted {
        onto: built.onto.clone(),
        carried,
        head,
        is_ours,
        open: target.undecided.clone(),
    };
    Ok((subject, conflicted))
}

fn user(summary: String) -> Fault {
    Fault::new(FaultKind::User, summary)
}

fn record(board: &Board) -> Result<&Record, Fault> {
    let record = board.record.as_ref();
    record.ok_or_else(|| user("no hotfix is open".to_owned()))
}

fn name_of_fix(record: &Record) -> String {
    let opening = record.opening.as_ref();
    opening.map_or_else(
        || record.hotfix.to_string(),
        |opening| opening.branch.to_string(),
    )
}

/// Returns how the commits come into the lane, and what they are called if it is not the fix.
fn carried(
    carry: &Carry,
    commits: &[CommitId],
    lane: &LaneName,
) -> Result<(Carried, Option<String>), Fault> {
    if carry.strategy == Strategy::Pick {
        return Ok((Carried::Picks(commits.to_vec()), None));
    }
    let Some(other) = commits.last().cloned() else {
        return Err(user(format!(
            "the record does not say what was merged into {lane}"
        )));
    };
    let source = (carry.strategy == Strategy::MergeLane).then(|| carry.source.to_string());
    Ok((Carried::Merge(other), source))
}

fn target<'a>(
    board: &'a Board,
    step: &StepId,
    lane: &LaneName,
) -> Result<&'a TargetProgress, Fault> {
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    let of_step = steps.filter(|progress| &progress.id == step);
    let mut targets = of_step.flat_map(|progress| &progress.targets);
    targets.find(|target| &target.lane == lane).ok_or_else(|| {
        let known = carry(board, step).map_or(&[][..], |carry| &carry.targets);
        let known: Vec<&str> = known.iter().map(LaneName::as_str).collect();
        user(format!("{lane} is no target of step `{step}`"))
            .hint(format!("Targets: {}", known.join(", ")))
    })
}

fn carry<'a>(board: &'a Board, step: &StepId) -> Option<&'a Carry> {
    board.book.step(step)?.work.carry()
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
