//! Merge drivers of the user's clone (flows.md 5.4.2): a forge never runs them, so what a person sees locally may
//! differ from what the forge will see.
//!
//! Finding out that one is configured runs nothing. Running it executes a command that stands in the clone's
//! configuration, which may have come with the clone: it happens only where the caller was told to, with exactly the
//! commands that the caller knows of, whatever the configuration says by then. Git reads no other one for it
//! (`driver_ground`), so that what was configured since does not run. Its objects are thrown away; git writes nothing in the
//! clone but the files that a driver is given, which it takes away again. What the answers were is kept on the shelf, by
//! everything of the clone's that they depend on, and so is that there was none in time, or that they broke down; what the
//! program does that a command names is not among that.
//!
//! They run at the top of the clone, as for git itself: a command may name a program of the project by a relative path.
//! Non-guarantee: that a driver leaves nothing there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::model::CommitId;
use crate::model::Judge;

use super::attributes::READS_ATTRIBUTES_OF_TREES;
use super::clone::UserClone;
use super::command::Command;
use super::command::Output;
use super::command::failed;
use super::driver_ground::DriverGround;
use super::driver_row::DriverPlace;
use super::driver_row::ToDrivers;
use super::error::Error;
use super::forecast::Forecast;
use super::merge::MergeResult;
use super::merge_answer::parse;
use super::merge_drivers::MergeDrivers;
use super::prediction::Question;
use super::repo::Repo;
use super::scratch::Scratch;

/// So many characters of why drivers broke down are kept.
pub(super) const SAID: usize = 500;

impl UserClone {
    /// Returns which of `paths` a configured driver would merge, by the attributes of `target`, which lies in `objects`,
    /// and of the clone. None where this git cannot tell.
    pub(super) fn driven_paths(
        &self,
        objects: &Path,
        target: &CommitId,
        paths: &[String],
        drivers: &MergeDrivers,
    ) -> Result<Option<BTreeMap<String, String>>, Error> {
        if drivers.is_empty() || paths.is_empty() {
            return Ok(Some(BTreeMap::new()));
        }
        if self.git().version() < READS_ATTRIBUTES_OF_TREES {
            return Ok(None);
        }
        let mut input = Vec::new();
        for path in paths {
            input.extend(path.as_bytes());
            input.push(0);
        }
        let output = self
            .call("check-attr")
            .args(["-z", "--stdin", "merge"])
            .before(format!("--attr-source={target}"))
            // The clone may not have fetched it yet.
            .env("GIT_OBJECT_DIRECTORY", objects)
            .input(input)
            .success()?;
        let text = output.text();
        let tokens: Vec<&str> = text.split('\0').collect();
        let driven = tokens.chunks_exact(3).filter_map(|answer| {
            let mut drivers = drivers.list().iter();
            let is_driver = drivers.any(|driver| driver.name.raw() == answer[2]);
            is_driver.then(|| (answer[0].to_owned(), answer[2].to_owned()))
        });
        Ok(Some(driven.collect()))
    }

    /// Begins a call in the clone, as its own configuration has it, that does not run hooks or monitors.
    fn call(&self, verb: &str) -> Command {
        self.git()
            .around(self.root(), verb)
            .before("core.hooksPath=/dev/null")
            .before("-c")
            .before("core.fsmonitor=false")
            .before("-c")
    }
}

impl MergeDrivers {
    /// Begins a merge on this ground as the user's own git makes it, with the attributes of `onto` and of the clone; its
    /// objects are thrown away. Base and sides are still to be named. **Runs the drivers.**
    pub(super) fn merge(
        &self,
        clone: &UserClone,
        ground: &DriverGround,
        onto: &CommitId,
        scratch: &Scratch,
    ) -> Command {
        let call = clone
            .call("merge-tree")
            // It would run filters of the clone's as well, which are other commands.
            .before("merge.renormalize=false")
            .before("-c")
            .before(format!("--attr-source={onto}"))
            .args(["--write-tree", "-z"])
            .env("GIT_OBJECT_DIRECTORY", scratch.object_dir());
        ground.pin(call, clone, self)
    }
}

impl Repo {
    /// Tells whether this git can ask a driver without a checkout.
    pub(super) fn asks_drivers(&self) -> bool {
        let version = self.git().version();
        version >= READS_ATTRIBUTES_OF_TREES && version.merges_trees()
    }

    /// Answers a pick, a merge or several picks in a row as the user's own git would, with the drivers of the clone.
    /// **Runs their commands**, for as long as `limit`, usually [`DRIVER_LIMIT`](super::DRIVER_LIMIT).
    ///
    /// # Errors
    /// [`Error::TimedOut`] where they took longer: then git may have left files `.merge_file_*` in the clone. That is kept
    /// for [`late_with_drivers`](Self::late_with_drivers), as it is for
    /// [`broken_with_drivers`](Self::broken_with_drivers) where they gave no answer otherwise.
    pub fn forecast_with_drivers<'a>(
        &self,
        clone: &UserClone,
        drivers: &MergeDrivers,
        question: impl Into<ToDrivers<'a>>,
        limit: Duration,
    ) -> Result<Forecast, Error> {
        let question = question.into();
        if !self.asks_drivers() {
            return Ok(Forecast::Unknown {
                why: "git 2.45 or newer is needed to ask a merge driver without a checkout".into(),
            });
        }
        let (scratch, ground) = (self.scratch()?, DriverGround::make(self, clone)?);
        let place = DriverPlace {
            clone,
            drivers,
            ground: &ground,
            scratch: &scratch,
        };
        let answer = match question {
            ToDrivers::One(question) => self.one_with_drivers(&place, question, limit),
            ToDrivers::Row { commits, onto } => self.row_with_drivers(&place, commits, onto, limit),
        };
        if matches!(answer, Err(Error::TimedOut { .. })) {
            self.keep_late(drivers, question, limit);
        }
        let (forecast, has_ended) = answer?;
        match &forecast {
            // Git that was killed from outside says nothing about them.
            Forecast::Unknown { why } if has_ended => self.keep_broken(drivers, question, why),
            Forecast::Clean { .. }
            | Forecast::Already { .. }
            | Forecast::Conflict { .. }
            | Forecast::Blocked { .. }
            | Forecast::Unknown { .. } => self.keep_driven(drivers, question, &forecast),
        }
        Ok(forecast)
    }

    /// Answers one pick or merge; tells also whether git ended by itself.
    fn one_with_drivers(
        &self,
        place: &DriverPlace<'_>,
        question: &Question,
        limit: Duration,
    ) -> Result<(Forecast, bool), Error> {
        let (base, commit, onto) = match question {
            Question::Pick { commit, base, onto } => (Some(base), commit, onto),
            // Git finds the base of a merge by itself, also where there are several.
            Question::Merge { other, onto } => (None, other, onto),
        };
        let call = place
            .drivers
            .merge(place.clone, place.ground, onto, place.scratch)
            .args(base.map(|base| format!("--merge-base={base}")))
            .args([onto.as_str(), commit.as_str()])
            .limit(limit);
        let output = call.output_unless(self.cancel())?;
        let forecast = self.driven(&output, place.scratch, onto, commit)?;
        Ok((forecast, output.code.is_some()))
    }

    /// Returns whether a pick or a merge was clean for the user's own git when its drivers were asked, by whatever
    /// process; none where they never were, or gave no answer. Runs nothing.
    pub fn known_with_drivers<'a>(
        &self,
        drivers: &MergeDrivers,
        question: impl Into<ToDrivers<'a>>,
    ) -> Option<bool> {
        self.shelf()
            .get(&self.driver_question("drivers", drivers, question.into()))
    }

    /// Returns for how long these drivers were once waited for in vain with a pick or a merge, by whatever process. Runs
    /// nothing. An answer that they gave another time stands beside it.
    pub fn late_with_drivers<'a>(
        &self,
        drivers: &MergeDrivers,
        question: impl Into<ToDrivers<'a>>,
    ) -> Option<Duration> {
        let question = self.driver_question("late drivers", drivers, question.into());
        self.shelf().get(&question).map(Duration::from_millis)
    }

    /// Returns why these drivers once gave no answer to a pick or a merge, by whatever process: one broke down, or could not
    /// be started. Runs nothing. An answer that they gave another time stands beside it.
    pub fn broken_with_drivers<'a>(
        &self,
        drivers: &MergeDrivers,
        question: impl Into<ToDrivers<'a>>,
    ) -> Option<String> {
        self.shelf()
            .get(&self.driver_question("broken drivers", drivers, question.into()))
    }

    fn keep_broken(&self, drivers: &MergeDrivers, question: ToDrivers<'_>, why: &str) {
        let why: String = why.chars().take(SAID).collect();
        if self.broken_with_drivers(drivers, question).as_ref() != Some(&why) {
            let question = self.driver_question("broken drivers", drivers, question);
            self.shelf().keep(&[(question, why)]);
        }
    }

    fn keep_late(&self, drivers: &MergeDrivers, question: ToDrivers<'_>, waited: Duration) {
        let before = self.late_with_drivers(drivers, question);
        if before.is_some_and(|before| before >= waited) {
            return;
        }
        let millis = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        let question = self.driver_question("late drivers", drivers, question);
        self.shelf().keep(&[(question, millis)]);
    }

    fn keep_driven(&self, drivers: &MergeDrivers, question: ToDrivers<'_>, forecast: &Forecast) {
        let is_clean = match forecast {
            Forecast::Clean { .. } | Forecast::Already { .. } => true,
            Forecast::Conflict { .. } => false,
            Forecast::Blocked { .. } | Forecast::Unknown { .. } => return,
        };
        if self.known_with_drivers(drivers, question) != Some(is_clean) {
            let question = self.driver_question("drivers", drivers, question);
            self.shelf().keep(&[(question, is_clean)]);
        }
    }

    /// Makes the name under which `what` is kept of a question to these drivers.
    fn driver_question(
        &self,
        what: &str,
        drivers: &MergeDrivers,
        question: ToDrivers<'_>,
    ) -> String {
        let (verb, ids) = question.words();
        let mut words = vec![format!("{what} {verb}"), drivers.mark().to_owned()];
        words.extend(ids.into_iter().map(CommitId::to_string));
        self.shelf_question(&words)
    }

    /// Returns which paths that `base..commit` changes a driver would merge, by the attributes of `onto` and of the
    /// clone. None where this git cannot tell. Kept on the shelf.
    pub fn driven_between(
        &self,
        clone: &UserClone,
        drivers: &MergeDrivers,
        [base, commit, onto]: [&CommitId; 3],
    ) -> Result<Option<BTreeMap<String, String>>, Error> {
        let mut words = vec!["driven".to_owned(), drivers.mark().to_owned()];
        words.extend([base, commit, onto].map(CommitId::to_string));
        let question = self.shelf_question(&words);
        if let Some(known) = self.shelf().get::<BTreeMap<String, String>>(&question) {
            return Ok(Some(known));
        }
        let touched = self.touched(base, commit)?;
        let objects = self.dir().join("objects");
        let driven = clone.driven_paths(&objects, onto, &touched, drivers)?;
        if let Some(paths) = &driven {
            self.shelf().keep(&[(question, paths)]);
        }
        Ok(driven)
    }

    /// Reads what git said of a merge that drivers had a part in.
    fn driven(
        &self,
        output: &Output,
        scratch: &Scratch,
        onto: &CommitId,
        commit: &CommitId,
    ) -> Result<Forecast, Error> {
        let is_clean = match output.code {
            Some(0) => true,
            Some(1) => false,
            Some(_) | None => return Ok(no_answer(output)),
        };
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let mut answer = parse(&mut tokens, is_clean)?;
        self.put_together(scratch.objects(), &mut answer, onto, commit)?;
        let MergeResult {
            tree, conflicts, ..
        } = answer.into_result();
        let by = Judge::Git;
        if !is_clean {
            // A driver that could not be started, or broke down, is a conflict to git, which names the path as for any
            // other; but it is no answer. Git itself says nothing here about a conflict.
            if !output.stderr.is_empty() {
                return Ok(no_answer(output));
            }
            let path = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
            let paths = conflicts.iter().map(|one| (path(&one.path), one.kind));
            let paths = paths.collect();
            return Ok(Forecast::Conflict { paths, by });
        }
        Ok(if tree == self.tree_of(onto)? {
            Forecast::Already { tree, by }
        } else {
            Forecast::Clean { tree, by }
        })
    }

    /// Returns the paths that `base..commit` changes.
    pub fn touched(&self, base: &CommitId, commit: &CommitId) -> Result<Vec<String>, Error> {
        let (base, commit) = (self.tree_of(base)?, self.tree_of(commit)?);
        let changes = self.changed_paths(&base, &commit)?;
        let path = |path: Vec<u8>| String::from_utf8_lossy(&path).into_owned();
        Ok(changes.into_iter().flatten().map(path).collect())
    }
}

/// Says that drivers gave no answer, in git's words.
pub(super) fn no_answer(output: &Output) -> Forecast {
    Forecast::Unknown {
        why: failed("merge-tree", output).to_string(),
    }
}
