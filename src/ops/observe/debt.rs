//! Where every hotfix of the project is, for the debt clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Debt;
use crate::engine::Whereabouts;
use crate::engine::debts;
use crate::git::Error;
use crate::model::ChangeRequest;
use crate::model::Layer;
use crate::model::Project;
use crate::record::Record;

use super::super::backport::PLAYBOOK;
use super::Look;
use super::fix;
use super::lanes;

/// Every hotfix that is open is looked at, however old it is. Of what was closed, and of backports without a hotfix,
/// the latest of this many: each costs a look into every lane, at every look.
const LOOKED_AT: usize = 60;

/// What is owed to BUILD, over all hotfixes.
#[derive(Debug, Clone, Default)]
pub(in crate::ops) struct Owed {
    pub(in crate::ops) debts: Vec<Debt>,
    /// Hotfixes that were not looked at, or could not be seen.
    pub(in crate::ops) left_out: usize,
    /// Every one that was looked at could be seen. Of one that could not the log and its own page say why.
    pub(in crate::ops) is_whole: bool,
}

/// Returns what is owed to BUILD.
pub(super) fn debt(look: &Look, records: &[Record], requests: &[ChangeRequest]) -> Owed {
    let (records, left_out) = chosen(records);
    let looked = records.into_iter().map(|record| {
        let mut own = look.duplicate();
        let record = Arc::new(record.clone());
        own.record = Some(Arc::clone(&record));
        let found = whereabouts(&own, requests);
        (record, found)
    });
    owed(&look.book.project, looked, left_out)
}

/// Returns what is owed by what was found of each, where `left_out` were not looked at. Not seen is never paid: what could
/// not be told is counted with them.
fn owed(
    project: &Project,
    looked: impl Iterator<Item = (Arc<Record>, Result<Option<Whereabouts>, Error>)>,
    left_out: usize,
) -> Owed {
    let mut seen = Vec::new();
    let mut unseen = 0;
    for (record, found) in looked {
        match found {
            Ok(Some(found)) => seen.push((record, found)),
            Ok(None) => {}
            Err(error) => {
                unseen += 1;
                tracing::debug!(%error, hotfix = %record.hotfix, "its debt could not be told");
            }
        }
    }
    let pairs = seen.iter().map(|(record, found)| (&**record, found));
    Owed {
        debts: debts(project, pairs),
        left_out: left_out + unseen,
        is_whole: unseen == 0,
    }
}

/// Returns those to look at, and how many are not.
fn chosen(records: &[Record]) -> (Vec<&Record>, usize) {
    let is_owing = |record: &&Record| {
        let opening = record.opening.as_ref();
        record.closed.is_none() && opening.is_some_and(|opening| opening.playbook != PLAYBOOK)
    };
    let (mut chosen, mut others): (Vec<&Record>, Vec<&Record>) = records.iter().partition(is_owing);
    let opened = |record: &Record| record.opening.as_ref().map(|opening| opening.at);
    others.sort_by_key(|record| std::cmp::Reverse(opened(record)));
    let left_out = others.len().saturating_sub(LOOKED_AT);
    others.truncate(LOOKED_AT);
    chosen.extend(others);
    (chosen, left_out)
}

/// Looks where the fix is, and when it came into the lanes of RUN.
fn whereabouts(look: &Look, requests: &[ChangeRequest]) -> Result<Option<Whereabouts>, Error> {
    let fix = fix::see(look, requests)?;
    let Some(span) = fix.span() else {
        return Ok(None);
    };
    let mut presence = lanes::presence(look, Some(&span), requests);
    presence.retain(|lane, _| look.lane_tip(lane).is_some());
    let lanes = look.book.project.lanes.iter();
    let mut landed = BTreeMap::new();
    for lane in lanes.filter(|lane| lane.layer == Layer::Run) {
        if let Some(commit) = fix.sight.landed.get(&lane.name) {
            let commit = look.repo.commit(commit)?;
            landed.insert(lane.name.clone(), commit.committed_at);
        }
    }
    let mut own = fix.own;
    own.extend(fix.sight.landed.into_values());
    Ok(Some(Whereabouts {
        presence,
        landed,
        own,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Person;
    use crate::model::Timestamp;
    use crate::record::Confirmation;
    use crate::record::Opening;

    fn record(number: i64, playbook: &str, is_closed: bool) -> Record {
        let id = format!("hf-{number}").parse().expect("static form");
        let at = Timestamp::from_second(number);
        let by = Person::from_email("Ana", "ana@example.org");
        let mut record = Record::empty(id);
        record.opening = Some(Opening {
            title: "Fix".to_owned(),
            branch: "hotfix/x".parse().expect("static branch"),
            base: "main".parse().expect("static lane"),
            base_tip: "a".repeat(40).parse().expect("hex"),
            playbook: playbook.to_owned(),
            answers: Vec::new(),
            commits: Vec::new(),
            by: by.clone(),
            at,
        });
        record.closed = is_closed.then(|| Confirmation {
            by,
            at,
            note: String::new(),
        });
        record
    }

    #[test]
    fn an_open_hotfix_is_looked_at_however_many_came_after_it() {
        let mut records = vec![record(0, "build-run", false), record(1, "build-run", true)];
        records.extend((2..70).map(|number| record(number, PLAYBOOK, false)));
        let (chosen, left_out) = chosen(&records);
        let ids: Vec<&str> = chosen.iter().map(|one| one.hotfix.as_str()).collect();
        assert_eq!(ids[..2], ["hf-0", "hf-69"]);
        assert!(!ids.contains(&"hf-1"));
        assert_eq!((ids.len(), left_out), (61, 9));
    }

    #[test]
    fn a_hotfix_that_could_not_be_seen_is_counted_with_those_that_were_not_looked_at() {
        let looked = |is_seen: bool| {
            let found = match is_seen {
                true => Ok(None),
                false => Err(Error::NoSuchObject {
                    id: "a".repeat(40).parse().expect("hex"),
                }),
            };
            (Arc::new(record(0, "build-run", false)), found)
        };
        let whole = owed(&Project::default(), [looked(true)].into_iter(), 9);
        assert_eq!((whole.left_out, whole.is_whole), (9, true));
        let looked = [looked(true), looked(false), looked(false)];
        let owed = owed(&Project::default(), looked.into_iter(), 9);
        assert_eq!((owed.left_out, owed.is_whole), (11, false));
    }
}
