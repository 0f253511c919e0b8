//! A batch: lines of commit and target in, one answer for each out, in the order asked.

use crate::git::Pick;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ground::Ground;
use super::super::ground::Meanings;
use super::super::ground::Meant;
use super::super::ground::commit_and_target;
use super::Preflight;
use super::PreflightOutcome;

impl Ground {
    /// Answers lines of `COMMIT TARGET`, without any network; further columns, blank lines and `#` comments are
    /// passed over. Each answer is told as soon as it and all before it are known.
    pub fn preflight_batch(
        &self,
        lines: &str,
        tell: &mut dyn FnMut(Preflight),
    ) -> Result<(), Fault> {
        let mut meanings = Meanings::default();
        let mut answers = InOrder::new(tell);
        let mut picks = Vec::new();
        let mut named = Vec::new();
        for line in lines.lines() {
            let Some((commit, target)) = commit_and_target(line) else {
                continue;
            };
            let place = answers.reserve();
            let Some(target) = target else {
                let why = "the line names no target; write COMMIT TARGET".to_owned();
                let outcome = PreflightOutcome::Unknown { why };
                answers.put(place, Preflight::new(commit, "", outcome));
                continue;
            };
            let mut meant = |words: &str| match meanings.of(self, words) {
                Ok(Meant::Commit(id)) => Ok(id),
                Ok(Meant::NoBranch { why }) => Err(PreflightOutcome::Blocked { why }),
                Err(why) => Err(PreflightOutcome::Unknown { why }),
            };
            match meant(commit).and_then(|commit| Ok((commit, meant(target)?))) {
                Ok((commit, onto)) => {
                    named.push((place, commit.to_string(), target.to_owned()));
                    picks.push(Pick { commit, onto });
                }
                Err(outcome) => answers.put(place, Preflight::new(commit, target, outcome)),
            }
        }
        let done = self.repo.forecast(&picks, &mut |index, forecast| {
            let (place, commit, target) = named[index].clone();
            answers.put(place, Preflight::forecast(commit, target, forecast));
        });
        done.map_err(|error| Fault::caused(FaultKind::Internal, "cannot merge in memory", &error))
    }
}

/// Answers that come in any order and are told in theirs.
struct InOrder<'a> {
    waiting: Vec<Option<Preflight>>,
    told: usize,
    tell: &'a mut dyn FnMut(Preflight),
}

impl<'a> InOrder<'a> {
    fn new(tell: &'a mut dyn FnMut(Preflight)) -> Self {
        Self {
            waiting: Vec::new(),
            told: 0,
            tell,
        }
    }

    /// Returns the next place.
    fn reserve(&mut self) -> usize {
        self.waiting.push(None);
        self.waiting.len() - 1
    }

    fn put(&mut self, place: usize, answer: Preflight) {
        self.waiting[place] = Some(answer);
        while let Some(answer) = self.waiting.get_mut(self.told).and_then(Option::take) {
            (self.tell)(answer);
            self.told += 1;
        }
    }
}
