//! A batch: lines of commit and target in, one answer for each out, in the order asked.

use crate::git::Forecast;
use crate::git::Pick;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ground::Ground;
use super::super::ground::Meanings;
use super::super::ground::Meant;
use super::super::ground::commit_and_target;
use super::super::observe::Trial;
use super::Guard;
use super::Preflight;
use super::PreflightOutcome;
use super::Whose;
use super::is_carried;

impl Ground {
    /// Reads what keeps the commits of a batch out of RUN, without any network.
    pub async fn batch_guard(&self, lines: &str) -> Result<Guard, Fault> {
        let named = lines.lines().filter_map(commit_and_target);
        let targets: Vec<&str> = named.filter_map(|(_, target)| target).collect();
        self.guard(&targets).await
    }

    /// Answers lines of `COMMIT TARGET`, without any network; further columns, blank lines and `#` comments are
    /// passed over. Each answer is told as soon as it and all before it are known.
    pub fn preflight_batch(
        &self,
        lines: &str,
        guard: &Guard,
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
        // An answer that is told says all: what lanes took out again is asked before the first one.
        let targets: Vec<&str> = named.iter().map(|(_, _, target)| target.as_str()).collect();
        let mut taken_out = self.taken_out_of_each(&picks, &targets);
        // What is kept out of RUN needs merges of its own, once git is done with these.
        let mut into_run = Vec::new();
        let mut told = |index: usize, forecast: Forecast| {
            let (place, commit, target) = named[index].clone();
            let is_run = self.is_run(&target);
            let mut answer = Preflight::forecast(commit, target, forecast);
            if is_carried(&answer.outcome) {
                answer.taken_out = std::mem::take(&mut taken_out[index]);
            }
            if is_run {
                into_run.push((place, index, answer));
            } else {
                answers.put(place, answer);
            }
        };
        let done = if self.merges_as_predicted() {
            self.repo.forecast_ours(&picks, &mut told)
        } else {
            self.repo.forecast(&picks, &mut told)
        };
        done.map_err(|error| Fault::caused(FaultKind::Internal, "cannot merge in memory", &error))?;
        for (place, index, answer) in into_run {
            answers.put(place, self.kept_from_run(guard, &picks[index], answer));
        }
        Ok(())
    }

    /// Returns an answer about a lane of RUN, or that nothing is carried there.
    fn kept_from_run(&self, guard: &Guard, pick: &Pick, answer: Preflight) -> Preflight {
        // Where there is nothing to ask, the answer says so.
        let Ok(question) = self.repo.pick_question(pick) else {
            return answer;
        };
        let whose = Whose {
            target: &answer.target,
            is_hotfix: false,
        };
        let outcome = self.guarded(guard, &whose, &Trial::One(question), answer.outcome);
        Preflight {
            by: answer.by.filter(|_| outcome.is_judged()),
            taken_out: match is_carried(&outcome) {
                true => answer.taken_out,
                false => Vec::new(),
            },
            outcome,
            ..answer
        }
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
