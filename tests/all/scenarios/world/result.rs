//! What a commit makes of a lane as a scenario words it: `result integration f1 changed src/a.rs=absent nothing`.

use std::collections::BTreeSet;

use lanekeeper::engine::Weighed;
use lanekeeper::model::*;

use super::World;
use super::commit;
use super::known;
use super::parse;
use super::words::conflict;

impl World {
    /// Takes in what comes of a merge: a verdict (or `conflicts` and in which paths), files with theirs, `untouched` for one that stays as the
    /// lane has it, `nothing` where every file of the lane does.
    pub(super) fn result(&mut self, lane: &str, at: &str, verdict: &str, rest: &[&str]) {
        let lane: LaneName = parse(lane);
        let mut weighed = Weighed {
            onto: self.lane_tip(&lane),
            fix: None,
            conflicts: Vec::new(),
            changes_nothing: false,
            untouched: BTreeSet::new(),
        };
        let mut paths = Vec::new();
        for word in rest {
            let Some((path, how)) = word.split_once('=') else {
                if verdict == "conflicts" {
                    weighed.conflicts.push(conflict(word));
                } else {
                    assert_eq!(*word, "nothing");
                    weighed.changes_nothing = true;
                }
                continue;
            };
            if how == "untouched" {
                weighed.untouched.insert(path.to_owned());
            }
            paths.push(PathVerdict {
                path: path.to_owned(),
                verdict: word_of(how).expect("a verdict"),
                blob: Some(commit("0b")),
                made: None,
                at: None,
            });
        }
        weighed.fix = word_of(verdict).map(|verdict| Presence {
            verdict,
            rule: Some(Rule::Tree),
            tip: commit(at),
            paths,
        });
        self.seen.weighed.insert((lane, commit(at)), known(weighed));
    }

    /// Says of an open request that the fix is in what it makes of its lane, unless something else was said.
    pub(super) fn usual_result(&mut self, request: &ChangeRequest) {
        let lane = self.project.lane_of_branch(&request.into);
        let Some(lane) = lane.map(|lane| lane.name.clone()) else {
            return;
        };
        let key = (lane, request.head.clone());
        if request.is_open() && !self.seen.weighed.contains_key(&key) {
            let weighed = Weighed {
                onto: self.lane_tip(&key.0),
                fix: Some(Presence {
                    verdict: Verdict::Present,
                    rule: Some(Rule::Tree),
                    tip: request.head.clone(),
                    paths: Vec::new(),
                }),
                conflicts: Vec::new(),
                changes_nothing: false,
                untouched: BTreeSet::new(),
            };
            self.seen.weighed.insert(key, known(weighed));
        }
    }

    /// Says that the fix is CHANGED in a lane, in these files, or in some of them otherwise: `src/a.rs=absent`.
    pub(super) fn changed(&mut self, lane: &str, paths: &[&str]) {
        let lane: LaneName = parse(lane);
        let presence = Self::changed_in(self.lane_tip(&lane), paths);
        self.seen.presence.insert(lane, known(presence));
    }

    /// Returns a verdict of CHANGED by these files.
    pub(super) fn changed_in(tip: CommitId, paths: &[&str]) -> Presence {
        let changed = |word: &&str| {
            let (path, how) = word.split_once('=').unwrap_or((word, "changed"));
            PathVerdict {
                path: path.to_owned(),
                verdict: word_of(how).expect("a verdict"),
                blob: Some(commit("0b")),
                made: None,
                at: None,
            }
        };
        Presence {
            verdict: Verdict::Changed,
            rule: Some(Rule::Tree),
            tip,
            paths: paths.iter().map(changed).collect(),
        }
    }

    /// Says that nothing of the fix ever came into a lane, as far as history tells.
    pub(super) fn unreached(&mut self, lane: &str) {
        let mut lanes = self.seen.unreached.value().cloned().unwrap_or_default();
        lanes.insert(parse(lane));
        self.seen.unreached = known(lanes);
    }
}

/// Returns the verdict of a word; none where there is nothing to judge.
fn word_of(word: &str) -> Option<Verdict> {
    match word {
        "present" => Some(Verdict::Present),
        "absent" => Some(Verdict::Absent),
        "changed" | "untouched" => Some(Verdict::Changed),
        "conflicts" => None,
        other => panic!("no verdict: {other}"),
    }
}
