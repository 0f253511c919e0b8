//! What a merge driver of the user's clone makes of one conflicted path, as a choice for whoever decides it.
//!
//! Each path is merged by itself, from the three files that are in conflict there: whatever else conflicts has no part in it.
//! All that `driver` guarantees of running one holds here, and what was made is kept in the same way, its text in our own
//! repository. A driver that gave no answer in time is not run again for the same three files. One that broke down is, by
//! each session that begins: what ails it (a program that is not installed, a full disk) mends elsewhere, unseen from here.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::model::Bytes;
use crate::model::CommitId;
use crate::model::ConflictFile;
use crate::model::ConflictSide;

use super::clone::UserClone;
use super::command::Output;
use super::command::failed;
use super::decision::is_garbled;
use super::driver::SAID;
use super::driver_ground::DriverGround;
use super::error::Error;
use super::merge_answer::parse;
use super::merge_drivers::MergeDrivers;
use super::objects::Kind;
use super::repo::Repo;
use super::scratch::Scratch;

/// What a merge driver made of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverMade {
    /// It ended well, and this is the file.
    Text(Bytes),
    /// A conflict, as git without it.
    Conflict,
    /// It broke down, or could not be started.
    Broken { why: String },
    /// Nothing in this time.
    Late(Duration),
}

/// The same on the shelf.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kept {
    /// The id of the text.
    Text(CommitId),
    Conflict,
    /// Milliseconds that were waited.
    Late(u64),
}

impl Repo {
    /// Returns which of these conflicted paths a driver would merge, with its name, by the attributes of `onto` and of the
    /// clone: those that are another file on each side. Runs nothing.
    pub fn driven_files(
        &self,
        clone: &UserClone,
        drivers: &MergeDrivers,
        onto: &CommitId,
        files: &[ConflictFile],
    ) -> Result<BTreeMap<String, String>, Error> {
        if !self.asks_drivers() {
            return Ok(BTreeMap::new());
        }
        let files = files.iter().filter(|file| sides(file).is_some());
        let paths: Vec<String> = files.map(|file| file.path.clone()).collect();
        let objects = self.dir().join("objects");
        let driven = clone.driven_paths(&objects, onto, &paths, drivers)?;
        Ok(driven.unwrap_or_default())
    }

    /// Returns what the driver makes of a conflicted path, by the attributes of `onto` and of the clone; none where it is not
    /// three different files. **Runs its command**, for as long as `limit`, unless it was run for the same three files before and
    /// did not break down.
    pub fn made_by_driver(
        &self,
        clone: &UserClone,
        drivers: &MergeDrivers,
        onto: &CommitId,
        file: &ConflictFile,
        limit: Duration,
    ) -> Result<Option<DriverMade>, Error> {
        let Some(sides) = sides(file) else {
            return Ok(None);
        };
        let question = self.made_question(drivers, onto, &file.path, sides);
        let kept = self.shelf().get::<Kept>(&question);
        if let Some(made) = kept.and_then(|kept| self.made_before(kept, limit)) {
            return Ok(Some(made));
        }
        if limit.is_zero() {
            return Ok(Some(DriverMade::Late(limit)));
        }
        let scratch = self.scratch()?;
        let mut trees = Vec::new();
        for side in sides {
            let entry = Some((side.mode, side.id.clone()));
            let path = file.path.as_bytes();
            trees.extend(scratch.objects().with_entry(None, path, entry)?);
        }
        let [base, target, fix] = &trees[..] else {
            return Ok(None);
        };
        let ground = DriverGround::make(self, clone)?;
        let call = drivers
            .merge(clone, &ground, onto, &scratch)
            .arg(format!("--merge-base={base}"))
            .args([target.as_str(), fix.as_str()])
            .limit(limit);
        let made = match call.output_unless(self.cancel()) {
            Ok(output) => self.made(&output, &scratch, file)?,
            Err(Error::TimedOut { .. }) => DriverMade::Late(limit),
            Err(error) => return Err(error),
        };
        self.keep_made(&question, &made);
        Ok(Some(made))
    }

    /// Reads what git said of the one file.
    fn made(
        &self,
        output: &Output,
        scratch: &Scratch,
        file: &ConflictFile,
    ) -> Result<DriverMade, Error> {
        match output.code {
            Some(0) => {}
            // Git itself says nothing about a conflict, but it does about a driver that it could not run.
            Some(1) if output.stderr.is_empty() => return Ok(DriverMade::Conflict),
            Some(_) => {
                let why = failed("merge-tree", output).to_string();
                let why = why.chars().take(SAID).collect();
                return Ok(DriverMade::Broken { why });
            }
            // Killed from outside: that says nothing about the driver.
            None => return Err(failed("merge-tree", output)),
        }
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let tree = parse(&mut tokens, true)?.tree;
        let found = scratch.objects().entry(&tree, file.path.as_bytes())?;
        let Some(entry) = found else {
            return Err(Error::Answer {
                verb: "merge-tree".into(),
                why: "the merged file is missing".into(),
            });
        };
        let text = scratch.objects().read_as(Kind::Blob, &entry.id)?;
        Ok(DriverMade::Text(Bytes(text)))
    }

    /// Returns what was kept, where that answers the question still.
    fn made_before(&self, kept: Kept, limit: Duration) -> Option<DriverMade> {
        match kept {
            // Where the text is gone the driver makes it again.
            Kept::Text(id) => {
                let text = self.objects().read_as(Kind::Blob, &id).ok()?;
                Some(DriverMade::Text(Bytes(text)))
            }
            Kept::Conflict => Some(DriverMade::Conflict),
            Kept::Late(millis) => {
                let waited = Duration::from_millis(millis);
                (waited >= limit).then_some(DriverMade::Late(waited))
            }
        }
    }

    fn keep_made(&self, question: &str, made: &DriverMade) {
        let kept = match made {
            DriverMade::Text(text) => match self.objects().write(Kind::Blob, &text.0) {
                Ok(id) => Kept::Text(id),
                Err(error) => {
                    tracing::debug!(%error, "what a merge driver made is not kept");
                    return;
                }
            },
            DriverMade::Conflict => Kept::Conflict,
            DriverMade::Broken { .. } => return,
            DriverMade::Late(waited) => {
                Kept::Late(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX))
            }
        };
        self.shelf().keep(&[(question.to_owned(), kept)]);
    }

    fn made_question(
        &self,
        drivers: &MergeDrivers,
        onto: &CommitId,
        path: &str,
        sides: [&ConflictSide; 3],
    ) -> String {
        let mut words = vec!["made by driver".to_owned(), drivers.mark().to_owned()];
        words.push(onto.to_string());
        words.push(path.escape_default().to_string());
        words.extend(sides.map(|side| format!("{:o} {}", side.mode, side.id)));
        self.shelf_question(&words)
    }
}

/// Returns base, target and fix of a path that is a file in each; none of others. Two that are the same are merged without
/// any driver.
fn sides(file: &ConflictFile) -> Option<[&ConflictSide; 3]> {
    let sides = [&file.base, &file.target, &file.fix];
    let [base, target, fix] = sides.map(|side| side.as_ref().filter(|side| side.is_file()));
    let (base, target, fix) = (base?, target?, fix?);
    let differ = base.id != target.id && base.id != fix.id && target.id != fix.id;
    // What its name is cannot be told to git.
    let can_be_named = !is_garbled(&file.path);
    (differ && can_be_named).then_some([base, target, fix])
}
