//! Merge drivers of the user's clone (flows.md 5.4.2): a forge never runs them, so what a person sees locally may
//! differ from what the forge will see.
//!
//! Finding out that one is configured runs nothing. Running it executes a command that stands in the clone's
//! configuration, which may have come with the clone: it happens only where the caller was told to. Its objects are
//! thrown away; nothing is written in the clone.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::CommitId;
use crate::model::Judge;

use super::attributes::READS_ATTRIBUTES_OF_TREES;
use super::clone::UserClone;
use super::command::Command;
use super::command::Output;
use super::command::failed;
use super::error::Error;
use super::forecast::Forecast;
use super::merge::MergeResult;
use super::merge_answer::parse;
use super::prediction::Question;
use super::repo::Repo;

impl UserClone {
    /// Returns the names of the merge drivers that are configured here with a command.
    pub fn merge_drivers(&self) -> Result<Vec<String>, Error> {
        let output = self
            .call("config")
            .args([
                "--null",
                "--name-only",
                "--get-regexp",
                r"^merge\..*\.driver$",
            ])
            .output()?;
        let text = output.text();
        let name = |key: &str| {
            let name = key.strip_prefix("merge.")?.strip_suffix(".driver")?;
            Some(name.to_owned())
        };
        Ok(text.split('\0').filter_map(name).collect())
    }

    /// Returns which of `paths` a configured driver would merge, by the attributes of `target` and of the clone.
    /// None where this git cannot tell.
    pub fn driven_paths(
        &self,
        target: &CommitId,
        paths: &[String],
        drivers: &[String],
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
            .input(input)
            .success()?;
        let text = output.text();
        let tokens: Vec<&str> = text.split('\0').collect();
        let driven = tokens.chunks_exact(3).filter_map(|answer| {
            let is_driver = drivers.iter().any(|driver| driver == answer[2]);
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

impl Repo {
    /// Answers a pick or a merge as the user's own git would, with the drivers of the clone. **Runs their commands**, for
    /// as long as `limit`, usually [`DRIVER_LIMIT`](super::DRIVER_LIMIT).
    pub fn forecast_with_drivers(
        &self,
        clone: &UserClone,
        question: &Question,
        limit: Duration,
    ) -> Result<Forecast, Error> {
        let (base, commit, onto) = match question {
            Question::Pick { commit, base, onto } => (Some(base), commit, onto),
            // Git finds the base of a merge by itself, also where there are several.
            Question::Merge { other, onto } => (None, other, onto),
        };
        if self.git().version() < READS_ATTRIBUTES_OF_TREES || !self.git().version().merges_trees()
        {
            return Ok(Forecast::Unknown {
                why: "git 2.45 or newer is needed to ask a merge driver without a checkout".into(),
            });
        }
        let scratch = self.scratch()?;
        let output = clone
            .call("merge-tree")
            .before(format!("--attr-source={onto}"))
            .args(["--write-tree", "-z"])
            .args(base.map(|base| format!("--merge-base={base}")))
            .args([onto.as_str(), commit.as_str()])
            .env("GIT_OBJECT_DIRECTORY", scratch.object_dir())
            .limit(limit)
            .output_unless(self.cancel());
        match output {
            Ok(output) => self.driven(&output, onto),
            Err(error @ Error::TimedOut { .. }) => Ok(Forecast::Unknown {
                why: format!("{error}; git may have left files `.merge_file_*` in your clone"),
            }),
            Err(error) => Err(error),
        }
    }

    /// Reads what git said of a merge that drivers had a part in.
    fn driven(&self, output: &Output, onto: &CommitId) -> Result<Forecast, Error> {
        let no_answer = || Forecast::Unknown {
            why: failed("merge-tree", output).to_string(),
        };
        let is_clean = match output.code {
            Some(0) => true,
            Some(1) => false,
            Some(_) | None => return Ok(no_answer()),
        };
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let MergeResult {
            tree, conflicts, ..
        } = parse(&mut tokens, is_clean)?;
        let by = Judge::Git;
        if !is_clean {
            // A driver that could not be started, or broke down, is a conflict to git, which names the path as for any
            // other; but it is no answer. Git itself says nothing here about a conflict.
            if !output.stderr.is_empty() {
                return Ok(no_answer());
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
