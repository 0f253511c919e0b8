//! The retrofit debt clock: hotfixes that production has and a BUILD lane lacks, by how long production has had them.
//! Until the debt is paid, the next version would bring the bug back.

use std::collections::BTreeMap;

use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Presence;
use crate::model::Project;
use crate::model::Seen;
use crate::model::Timestamp;
use crate::model::Verdict;
use crate::record::Record;

use super::look::acknowledged;

/// Where one hotfix is, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    pub presence: BTreeMap<LaneName, Seen<Presence>>,
    /// When the commit that brought it into production was made, where that is known.
    pub landed_at: Option<Timestamp>,
}

/// One hotfix that is owed to BUILD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    pub hotfix: HotfixId,
    pub title: String,
    /// Since when production has it.
    pub since: Timestamp,
    /// The BUILD lanes that do not have it, in the project's order, and what they have instead.
    pub missing: Vec<(LaneName, Verdict)>,
}

/// Returns what is owed, the oldest first. A lane that could not be judged counts: not seen is never paid. A target
/// that was given up on record does not.
pub fn debts<'a>(
    project: &Project,
    fixes: impl IntoIterator<Item = (&'a Record, &'a Whereabouts)>,
) -> Vec<Debt> {
    let Some(production) = project.production() else {
        return Vec::new();
    };
    let mut debts: Vec<Debt> = fixes
        .into_iter()
        .filter_map(|(record, seen)| debt(project, &production.name, record, seen))
        .collect();
    debts.sort_by(|a, b| (a.since, &a.hotfix).cmp(&(b.since, &b.hotfix)));
    debts
}

fn debt(
    project: &Project,
    production: &LaneName,
    record: &Record,
    seen: &Whereabouts,
) -> Option<Debt> {
    let opening = record.opening.as_ref()?;
    let is_alive = |presence: &Presence| {
        presence.verdict == Verdict::Present || acknowledged(record, presence).is_some()
    };
    if !is_alive(seen.presence.get(production)?.value()?) {
        return None;
    }
    let is_given_up = |lane: &LaneName| record.abandoned.keys().any(|(_, given)| given == lane);
    let build = project
        .lanes
        .iter()
        .filter(|lane| lane.layer == Layer::Build && !is_given_up(&lane.name));
    let missing: Vec<(LaneName, Verdict)> = build
        .filter_map(|lane| {
            // A lane that was not looked at has no branch: there is nothing to owe to.
            let presence = seen.presence.get(&lane.name)?.value();
            let verdict = presence.map_or(Verdict::Unknown, |presence| presence.verdict);
            let is_paid = presence.is_some_and(is_alive);
            (!is_paid).then(|| (lane.name.clone(), verdict))
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    Some(Debt {
        hotfix: record.hotfix.clone(),
        title: opening.title.clone(),
        since: seen
            .landed_at
            .or_else(|| came_into_run(project, record))
            .unwrap_or(opening.at),
        missing,
    })
}

/// Returns when RUN first took the fix, as the record has it: a merge into a BUILD lane pays a debt and begins none.
fn came_into_run(project: &Project, record: &Record) -> Option<Timestamp> {
    let merges = record.merges.iter().filter(|((_, target), _)| {
        // A step without targets is one that leads into RUN.
        let lane = target.as_ref().and_then(|lane| project.lane(lane));
        target.is_none() || lane.is_some_and(|lane| lane.layer == Layer::Run)
    });
    merges.map(|(_, merge)| merge.at).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CommitId;
    use crate::model::Lane;
    use crate::model::MergeMethod;
    use crate::model::PathVerdict;
    use crate::model::Person;
    use crate::model::RequestId;
    use crate::record::Acknowledged;
    use crate::record::Confirmation;
    use crate::record::MergedRequest;
    use crate::record::Opening;

    fn lane(name: &str, layer: Layer) -> Lane {
        Lane {
            name: name.parse().expect("static name"),
            branch: name.parse().expect("static branch"),
            layer,
            merges_into: Vec::new(),
            environment: None,
            seats: Vec::new(),
            pattern: None,
        }
    }

    fn project() -> Project {
        Project {
            lanes: vec![
                lane("develop", Layer::Build),
                lane("uat", Layer::Build),
                lane("main", Layer::Run),
            ],
            ..Project::default()
        }
    }

    fn id(digit: char) -> CommitId {
        let text: String = std::iter::repeat_n(digit, 40).collect();
        text.parse().expect("forty digits")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second)
    }

    fn record(name: &str) -> Record {
        let mut record = Record::empty(name.parse().expect("static id"));
        record.opening = Some(Opening {
            title: name.to_owned(),
            branch: "hotfix/x".parse().expect("static branch"),
            base: "main".parse().expect("static name"),
            base_tip: id('0'),
            playbook: "build-run".to_owned(),
            answers: Vec::new(),
            commits: Vec::new(),
            by: Person::from_email("Ana", "ana@example.org"),
            at: at(50),
        });
        record
    }

    fn seen(landed: Option<i64>, verdicts: &[(&str, Verdict)]) -> Whereabouts {
        let presence = verdicts.iter().map(|(lane, verdict)| {
            let presence = Presence {
                verdict: *verdict,
                rule: None,
                tip: id('1'),
                paths: vec![PathVerdict {
                    path: "a".to_owned(),
                    verdict: *verdict,
                    blob: Some(id('2')),
                }],
            };
            (
                lane.parse().expect("static name"),
                Seen::known(presence, at(60)),
            )
        });
        Whereabouts {
            presence: presence.collect(),
            landed_at: landed.map(at),
        }
    }

    fn missing(debt: &Debt) -> Vec<&str> {
        debt.missing.iter().map(|(lane, _)| lane.as_str()).collect()
    }

    const MAIN: (&str, Verdict) = ("main", Verdict::Present);

    #[test]
    fn what_production_has_and_build_lacks_is_owed_the_oldest_first() {
        let (young, old) = (
            record("20260412-young-000000"),
            record("20260412-old-000000"),
        );
        let absent = [
            MAIN,
            ("develop", Verdict::Absent),
            ("uat", Verdict::Present),
        ];
        let (recent, long_ago) = (seen(Some(200), &absent), seen(Some(100), &absent));
        let debts = debts(&project(), [(&young, &recent), (&old, &long_ago)]);
        let listed: Vec<_> = debts
            .iter()
            .map(|debt| (debt.title.as_str(), debt.since, missing(debt)))
            .collect();
        assert_eq!(
            listed,
            [
                ("20260412-old-000000", at(100), vec!["develop"]),
                ("20260412-young-000000", at(200), vec!["develop"]),
            ]
        );
    }

    #[test]
    fn nothing_is_owed_before_production_has_it_nor_after_every_lane_has() {
        let record = record("20260412-x-000000");
        let not_live = [("main", Verdict::Absent), ("develop", Verdict::Absent)];
        let paid = [
            MAIN,
            ("develop", Verdict::Present),
            ("uat", Verdict::Present),
        ];
        for verdicts in [&not_live[..], &paid[..]] {
            assert_eq!(debts(&project(), [(&record, &seen(None, verdicts))]), []);
        }
    }

    #[test]
    fn on_its_way_is_not_paid_and_what_was_not_seen_is_not_either() {
        let record = record("20260412-x-000000");
        let mut seen = seen(None, &[MAIN, ("develop", Verdict::Pending)]);
        let uat = "uat".parse().expect("static name");
        seen.presence.insert(uat, Seen::unknown("git failed"));
        let debts = debts(&project(), [(&record, &seen)]);
        assert_eq!(missing(&debts[0]), ["develop", "uat"]);
        // Nothing tells when it landed: the clock runs from the start.
        assert_eq!(debts[0].since, at(50));
    }

    #[test]
    fn a_merge_into_one_build_lane_makes_what_is_owed_to_another_no_younger() {
        let mut record = record("20260412-x-000000");
        for (step, target, second) in [
            ("run", None, 60),
            ("promote", None, 70),
            ("retrofit", Some("uat"), 300),
        ] {
            let target = target.map(|lane| lane.parse().expect("static name"));
            let merged = MergedRequest {
                request: RequestId(12),
                commit: id('3'),
                head: id('4'),
                method: MergeMethod::Merge,
                by: Person::from_email("Ana", "ana@example.org"),
                at: at(second),
            };
            let step = step.parse().expect("static id");
            record.merges.insert((step, target), merged);
        }
        let verdicts = [
            MAIN,
            ("develop", Verdict::Absent),
            ("uat", Verdict::Present),
        ];
        let debts = debts(&project(), [(&record, &seen(None, &verdicts))]);
        assert_eq!(debts[0].since, at(60));
    }

    #[test]
    fn a_lane_without_a_branch_or_given_up_is_owed_nothing() {
        let mut record = record("20260412-x-000000");
        let (step, lane) = ("retrofit".parse(), "develop".parse());
        record.abandoned.insert(
            (step.expect("static id"), lane.expect("static name")),
            Confirmation {
                by: Person::from_email("Ana", "ana@example.org"),
                at: at(70),
                note: "the module is gone there".to_owned(),
            },
        );
        let seen = seen(None, &[MAIN, ("develop", Verdict::Absent)]);
        assert_eq!(debts(&project(), [(&record, &seen)]), []);
    }

    #[test]
    fn an_accepted_change_is_paid_until_its_files_change_again() {
        let mut record = record("20260412-x-000000");
        record.acknowledged.push(Acknowledged {
            path: "a".to_owned(),
            blob: Some(id('2')),
            by: Person::from_email("Ana", "ana@example.org"),
            at: at(70),
            note: "rewritten".to_owned(),
        });
        let mut seen = seen(None, &[MAIN, ("develop", Verdict::Changed)]);
        assert_eq!(debts(&project(), [(&record, &seen)]), []);
        let lane = "develop".parse().expect("static name");
        if let Some(Seen::Known { value, .. }) = seen.presence.get_mut(&lane) {
            value.paths[0].blob = Some(id('3'));
        }
        assert_eq!(
            missing(&debts(&project(), [(&record, &seen)])[0]),
            ["develop"]
        );
    }
}
