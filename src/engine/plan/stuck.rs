//! A target that conflicts, under a policy that builds nothing: what to do is told, with commands that are right for
//! exactly this target (flows.md 5.8.5).

use crate::engine::intent::Resolution;
use crate::engine::ours::source_request;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::playbook::PickUnit;
use crate::playbook::Strategy;
use crate::record::Event;

use super::Call;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::opening::Conflicts;
use super::refuse;
use super::resolve;
use super::target::New;
use super::target::names;
use super::weigh::RESOLVED;
use super::weigh::tell_fix;

impl New<'_> {
    /// Policy `fail`: the source request is told once, with the commands; from then on it is a refusal with the same.
    pub(super) fn tell(&self, wanted: &str, branch: &BranchName) -> Result<Draft, Refusal> {
        let look = self.desk.look;
        let commands = self.commands(branch);
        let text = self.comment(&commands);
        let source = source_request(look.book, look.record, look.requests());
        if let Some(source) = source
            && !self.is_told(&text)
        {
            let mut draft = Draft::new(
                format!(
                    "tell change request {} that {} conflicts",
                    source.id, self.lane
                ),
                Level::L2,
            );
            draft.call(
                Call::Comment {
                    request: source.id,
                    text,
                },
                Vec::new(),
            );
            draft.warn(format!("conflicts in {}: nothing is built", self.names()));
            for words in self.conflict_words() {
                draft.warn(words);
            }
            draft.way_back = "a comment stays; no branch has changed".to_owned();
            return Ok(draft);
        }
        let mut refusal = refuse(
            wanted,
            format!("the fix conflicts with {} in {}", self.lane, self.names()),
        )
        .hint("this playbook builds nothing on a conflict: carry it by hand as above");
        refusal.reasons.extend(commands);
        Err(refusal)
    }

    /// Policy `local`: nothing leaves this machine before somebody resolved it.
    pub(super) fn wait_for_resolution(&self, wanted: &str) -> Refusal {
        let mut refusal = refuse(
            wanted,
            format!(
                "{} waits for a local resolution: the fix conflicts in {}",
                self.lane,
                self.names()
            ),
        )
        .hint(format!(
            "{}; the change request is opened after that",
            self.desk
                .line(format!("resolve {} --target {}", self.step.id, self.lane))
        ));
        refusal.reasons.extend(self.conflict_words());
        refusal
    }

    /// Policy `local`: what was resolved here becomes the branch, and its request is opened as one without conflicts.
    pub(super) fn push_local(&self, wanted: &str, order: &Resolution) -> Result<Draft, Refusal> {
        let look = self.desk.look;
        let branch = self.branch(wanted)?;
        let is_decided = |path: &&ConflictPath| {
            let mut decided = order.decided.iter();
            decided.any(|(name, _)| *name == path.path)
        };
        let open: Vec<ConflictPath> = self
            .conflicts
            .iter()
            .filter(|path| !is_decided(path))
            .cloned()
            .collect();
        if !open.is_empty() {
            return Err(refuse(wanted, format!("not decided: {}", names(&open))));
        }
        if let Some(tip) = look.tip(&branch).filter(|tip| **tip != order.commit) {
            return Err(refuse(
                wanted,
                format!("{branch} is on the remote already, at {}", tip.short()),
            )
            .hint("whoever pushed it knows why; without it, resolve again"));
        }
        let count = order.decided.len();
        let mut draft = Draft::new(
            format!(
                "resolve {count} conflicted path{} for {} and open its change request",
                if count == 1 { "" } else { "s" },
                self.lane
            ),
            Level::L3,
        );
        draft.call(
            Call::PushLocal {
                branch: branch.clone(),
                onto: self.onto.clone(),
                commit: order.commit.clone(),
                commits: self.commits.clone(),
                conflicts: self.conflicts.clone(),
                decided: order.decided.clone(),
            },
            vec![Expectation::Branch {
                branch: self.into.clone(),
                at: Some(self.onto.clone()),
            }],
        );
        resolve::tell(order, &mut draft);
        self.open(
            &mut draft,
            &branch,
            None,
            Conflicts::Resolved(&self.conflicts),
        );
        draft.will_change.insert(
            0,
            format!("new branch {branch} at {}", order.commit.short()),
        );
        draft.way_back =
            format!("close the change request and delete {branch}; no lane has changed");
        let resolved = (&order.commit, RESOLVED);
        tell_fix(self.desk, &mut draft, self.carry, self.lane, resolved);
        Ok(draft.step(&self.step.id, Some(self.lane)))
    }

    pub(super) fn names(&self) -> String {
        names(&self.conflicts)
    }

    /// Returns the commands with which a person does the same by hand, on the branch that would have been built.
    fn commands(&self, branch: &BranchName) -> Vec<String> {
        let ids: Vec<&str> = self.commits.iter().map(CommitId::as_str).collect();
        let apply = match self.carry.strategy {
            Strategy::Pick => format!("git cherry-pick -x {}{}", self.mainline(), ids.join(" ")),
            Strategy::MergeFix | Strategy::MergeLane => {
                format!("git merge --no-ff {}", ids.join(" "))
            }
        };
        let remote = &self.desk.look.project().remote;
        vec![
            format!("git fetch {remote}"),
            format!("git switch --create {branch} {remote}/{}", self.into),
            apply,
            format!("git push --set-upstream {remote} {branch}"),
        ]
    }

    /// Returns `-m 1 ` where a merge is among what is picked; git takes it for the others as well.
    fn mainline(&self) -> &'static str {
        let fix = self.desk.look.fix();
        let chosen = fix.map_or(&[][..], |fix| fix.picks.chosen(self.carry.unit));
        let has_merge = if chosen.is_empty() {
            self.carry.unit == PickUnit::Whole
        } else {
            chosen.iter().any(crate::model::Commit::is_merge)
        };
        if has_merge { "-m 1 " } else { "" }
    }

    fn comment(&self, commands: &[String]) -> String {
        format!(
            "The fix does not apply to {}: it conflicts in {}. Nothing was built, and {} does not have the fix. By hand:\n\n```\n{}\n```\n",
            self.lane,
            self.names(),
            self.lane,
            commands.join("\n")
        )
    }

    fn is_told(&self, text: &str) -> bool {
        self.desk.look.record.entries.iter().any(|entry| {
            matches!(&entry.event, Some(Event::CommentAdded { text: said, .. }) if said == text)
        })
    }
}
