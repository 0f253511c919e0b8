//! What the merge drivers of the user's clone make of several picks, each of which begins with what they made of the one
//! before. All that `driver` guarantees of one holds here.

use std::time::Duration;

use crate::model::CommitId;
use crate::model::Judge;

use super::clone::UserClone;
use super::command::Output;
use super::driver::no_answer;
use super::driver_ground::DriverGround;
use super::error::Error;
use super::forecast::Forecast;
use super::merge_answer::parse;
use super::merge_drivers::MergeDrivers;
use super::prediction::Question;
use super::repo::Repo;
use super::scratch::Scratch;

/// What merge drivers are asked about.
#[derive(Debug, Clone, Copy)]
pub enum ToDrivers<'a> {
    One(&'a Question),
    /// Picks, oldest first; a merge counts against its first parent.
    Row {
        commits: &'a [CommitId],
        onto: &'a CommitId,
    },
}

impl<'a> From<&'a Question> for ToDrivers<'a> {
    fn from(question: &'a Question) -> Self {
        Self::One(question)
    }
}

impl ToDrivers<'_> {
    /// Returns what it is called and every id in it.
    pub(super) fn words(&self) -> (&'static str, Vec<&CommitId>) {
        match self {
            Self::One(Question::Pick { commit, base, onto }) => ("pick", vec![base, commit, onto]),
            Self::One(Question::Merge { other, onto }) => ("merge", vec![other, onto]),
            Self::Row { commits, onto } => ("row", commits.iter().chain([*onto]).collect()),
        }
    }
}

/// Where drivers run.
pub(super) struct DriverPlace<'a> {
    pub(super) clone: &'a UserClone,
    pub(super) drivers: &'a MergeDrivers,
    pub(super) ground: &'a DriverGround,
    pub(super) scratch: &'a Scratch,
}

impl Repo {
    /// Picks one commit after the other as the user's own git does it, until one conflicts; tells also whether git ended by
    /// itself. **Runs the drivers**: each pick has its share of `limit`.
    pub(super) fn row_with_drivers(
        &self,
        place: &DriverPlace<'_>,
        commits: &[CommitId],
        onto: &CommitId,
        limit: Duration,
    ) -> Result<(Forecast, bool), Error> {
        let share = limit / u32::try_from(commits.len().max(1)).unwrap_or(u32::MAX);
        let target = self.tree_of(onto)?;
        let mut tree = target.clone();
        for commit in commits {
            let parents = self.raw_commit(commit)?.parents;
            let ([parent] | [parent, _]) = &parents[..] else {
                let why = format!("{} has no one side to be picked against", commit.short());
                return Ok((Forecast::Blocked { why }, true));
            };
            let call = place
                .drivers
                .merge(place.clone, place.ground, &tree, place.scratch)
                .arg(format!("--merge-base={parent}"))
                .args([tree.as_str(), commit.as_str()])
                .limit(share);
            let output = call.output_unless(self.cancel())?;
            match picked(&output)? {
                Picked::Clean(next) => tree = next,
                Picked::No(forecast) => return Ok((forecast, output.code.is_some())),
            }
        }
        let by = Judge::Git;
        let forecast = if tree == target {
            Forecast::Already { tree, by }
        } else {
            Forecast::Clean { tree, by }
        };
        Ok((forecast, true))
    }
}

/// What came of one of the picks.
enum Picked {
    /// The tree that the next one begins with.
    Clean(CommitId),
    No(Forecast),
}

fn picked(output: &Output) -> Result<Picked, Error> {
    let is_clean = match output.code {
        Some(0) => true,
        // Of a driver that broke down git says something; of a conflict it says nothing here.
        Some(1) if output.stderr.is_empty() => false,
        Some(_) | None => return Ok(Picked::No(no_answer(output))),
    };
    let mut tokens = output.stdout.split(|byte| *byte == 0);
    let result = parse(&mut tokens, is_clean)?.into_result();
    if is_clean {
        return Ok(Picked::Clean(result.tree));
    }
    let path = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
    let paths = result.conflicts.iter();
    Ok(Picked::No(Forecast::Conflict {
        paths: paths.map(|one| (path(&one.path), one.kind)).collect(),
        by: result.by,
    }))
}
