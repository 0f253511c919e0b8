//! A batch: lines of commit and target in, one proof for each out, in the order asked.

use std::collections::BTreeMap;
use std::collections::HashMap;

use crate::git::Cell;
use crate::git::Error;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Presence;
use crate::model::Verdict;

use super::super::ground::Ground;
use super::super::ground::Meanings;
use super::super::ground::Meant;
use super::super::ground::commit_and_target;
use super::Acceptances;
use super::Proof;
use super::Subject;
use super::told;

impl Ground {
    /// Judges lines of `COMMIT TARGET`, without any network, and tells them in the order asked. All commits of one target
    /// are judged together: what its lane says of them is read once.
    pub fn prove_batch(&self, lines: &str, accepted: &Acceptances, tell: &mut dyn FnMut(Proof)) {
        let mut meanings = Meanings::default();
        let mut meant = |words: &str| match meanings.of(self, words) {
            Ok(Meant::Commit(id)) => Ok(id),
            Ok(Meant::NoBranch { why }) | Err(why) => Err(why),
        };
        let mut asked = Vec::new();
        for (commit, target) in lines.lines().filter_map(commit_and_target) {
            let pair = match target {
                Some(target) => meant(commit).and_then(|commit| {
                    let tip = meant(target)?;
                    Ok((accepted.of(self.subject_of(&commit)?), tip))
                }),
                None => Err("the line names no target; write COMMIT TARGET".to_owned()),
            };
            asked.push((commit, target.unwrap_or_default(), pair));
        }
        let pairs = asked.iter().filter_map(|(_, _, pair)| pair.as_ref().ok());
        let cells = self.cells(pairs);
        for (commit, target, pair) in &asked {
            tell(match pair {
                Err(why) => Proof::unknown(commit, target, why.clone()),
                Ok((subject, tip)) => match cells.get(&(&subject.head, tip)) {
                    Some(cell) => told(subject, target, self.presence_of(subject, tip, cell)),
                    None => self.proof(subject, target, tip),
                },
            });
        }
    }

    /// Judges many commits, all of one tip together.
    fn cells<'a>(
        &self,
        pairs: impl Iterator<Item = &'a (Subject, CommitId)>,
    ) -> HashMap<(&'a CommitId, &'a CommitId), Cell> {
        let mut by_tip: BTreeMap<&CommitId, BTreeMap<&CommitId, Commit>> = BTreeMap::new();
        for (subject, tip) in pairs {
            let commit = self.repo.commit(&subject.head).ok();
            // A first commit is compared with nothing, and nothing is no commit.
            let is_second = |commit: &Commit| commit.parents.first() == Some(&subject.base);
            if let Some(commit) = commit.filter(is_second) {
                by_tip.entry(tip).or_default().insert(&subject.head, commit);
            }
        }
        let mut cells = HashMap::new();
        for (tip, fixes) in by_tip {
            let (heads, fixes): (Vec<&CommitId>, Vec<Commit>) = fixes.into_iter().unzip();
            let tips = std::slice::from_ref(tip);
            match self.repo.presence_many(&fixes, tips, &[]) {
                Ok(rows) => {
                    let found = heads.into_iter().zip(rows.into_iter().flatten());
                    cells.extend(found.map(|(head, cell)| ((head, tip), cell)));
                }
                // Asked one by one it fails again, with a place to say so.
                Err(error) => tracing::debug!(%error, "fixes could not be judged together"),
            }
        }
        cells
    }

    /// Returns a cell with what it leaves out: the single paths of a fix that is CHANGED.
    fn presence_of(
        &self,
        subject: &Subject,
        tip: &CommitId,
        cell: &Cell,
    ) -> Result<Presence, Error> {
        let paths = match cell.verdict {
            Verdict::Changed => {
                let judged = self
                    .repo
                    .presence_in_tree(&subject.base, &subject.head, tip)?;
                judged.1
            }
            Verdict::Present | Verdict::Absent | Verdict::Pending | Verdict::Unknown => Vec::new(),
        };
        Ok(Presence {
            verdict: cell.verdict,
            rule: cell.rule,
            tip: tip.clone(),
            paths,
        })
    }
}
