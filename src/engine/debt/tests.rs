//! What is owed to BUILD, since when, and what pays it.

use super::*;
use crate::model::Lane;
use crate::model::MergeMethod;
use crate::model::PathVerdict;
use crate::model::Person;
use crate::model::RequestId;
use crate::record::Acknowledged;
use crate::record::Confirmation;
use crate::record::MergedRequest;
use crate::record::Opening;
use crate::record::Snapshot;

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
            lane("preprod", Layer::Run),
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
                made: None,
                at: None,
            }],
        };
        (
            lane.parse().expect("static name"),
            Seen::known(presence, at(60)),
        )
    });
    let main = "main".parse().expect("static name");
    Whereabouts {
        presence: presence.collect(),
        landed: landed
            .map(|second| (main, at(second)))
            .into_iter()
            .collect(),
        own: BTreeSet::new(),
    }
}

/// A record of commits that are carried without a hotfix.
fn alone(commits: &[CommitId]) -> Record {
    let mut record = record("backport-333333333333");
    if let Some(opening) = &mut record.opening {
        opening.playbook = "backport".to_owned();
    }
    record.snapshot = Some(Snapshot {
        head: id('3'),
        base: id('0'),
        commits: commits.to_vec(),
        at: at(70),
    });
    record
}

fn missing(debt: &Debt) -> Vec<&str> {
    debt.missing.iter().map(|(lane, _)| lane.as_str()).collect()
}

const MAIN: (&str, Verdict) = ("main", Verdict::Present);

fn merged(record: &mut Record, step: &str, target: Option<&str>, second: i64) {
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
fn nothing_is_owed_before_run_has_it_nor_after_every_lane_has() {
    let record = record("20260412-x-000000");
    let not_live = [
        ("preprod", Verdict::Pending),
        ("main", Verdict::Absent),
        ("develop", Verdict::Absent),
    ];
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
    merged(&mut record, "run", None, 60);
    merged(&mut record, "promote", None, 70);
    merged(&mut record, "retrofit", Some("uat"), 300);
    let verdicts = [
        MAIN,
        ("develop", Verdict::Absent),
        ("uat", Verdict::Present),
    ];
    let debts = debts(&project(), [(&record, &seen(None, &verdicts))]);
    assert_eq!(debts[0].since, at(60));
}

#[test]
fn what_came_into_run_is_owed_though_a_later_hotfix_changed_its_lines_or_nobody_can_tell() {
    let record = record("20260412-x-000000");
    let develop = ("develop", Verdict::Absent);
    for verdict in [Verdict::Changed, Verdict::Unknown] {
        let seen = seen(Some(100), &[("main", verdict), develop]);
        let debts = debts(&project(), [(&record, &seen)]);
        assert_eq!(missing(&debts[0]), ["develop"], "{verdict:?}");
        assert_eq!(debts[0].since, at(100));
    }
    let mut unseen = seen(Some(100), &[develop]);
    let main: LaneName = "main".parse().expect("static name");
    unseen.presence.insert(main, Seen::unknown("git failed"));
    assert_eq!(debts(&project(), [(&record, &unseen)]).len(), 1);
    // Taken out again, it is owed to nobody; and what only looks like it never came.
    let reverted = seen(Some(100), &[("main", Verdict::Absent), develop]);
    let alike = seen(None, &[("main", Verdict::Changed), develop]);
    for seen in [&reverted, &alike] {
        assert_eq!(debts(&project(), [(&record, seen)]), []);
    }
}

#[test]
fn every_lane_of_run_counts_from_the_day_on_which_the_first_took_it() {
    let mut record = record("20260412-x-000000");
    let preprod: LaneName = "preprod".parse().expect("static name");
    let verdicts = [
        ("preprod", Verdict::Present),
        ("main", Verdict::Absent),
        ("develop", Verdict::Absent),
    ];
    let mut only_there = seen(None, &verdicts);
    only_there.landed.insert(preprod, at(80));
    let owed = debts(&project(), [(&record, &only_there)]);
    assert_eq!(
        (missing(&owed[0]), owed[0].since),
        (vec!["develop"], at(80))
    );
    // The record may know of an earlier merge than git, which knows when the whole of it came.
    merged(&mut record, "backport", Some("preprod"), 60);
    let verdicts = [
        ("preprod", Verdict::Changed),
        MAIN,
        ("develop", Verdict::Absent),
    ];
    let both = seen(Some(200), &verdicts);
    let owed = debts(&project(), [(&record, &both)]);
    assert_eq!(owed[0].since, at(60));
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
        made: None,
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

#[test]
fn what_is_carried_of_a_hotfix_without_it_is_owed_once_as_the_hotfix() {
    let hotfix = record("20260412-refund-000000");
    let nowhere = [MAIN, ("develop", Verdict::Absent), ("uat", Verdict::Absent)];
    let mut of_hotfix = seen(Some(100), &nowhere);
    of_hotfix.own = [id('3'), id('5')].into_iter().collect();
    let underway = [
        MAIN,
        ("develop", Verdict::Pending),
        ("uat", Verdict::Absent),
    ];
    let of_alone = seen(Some(100), &underway);
    let same = alone(&[id('3')]);
    let told = debts(&project(), [(&hotfix, &of_hotfix), (&same, &of_alone)]);
    let [told] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(told.hotfix, hotfix.hotfix);
    // That it is on its way is true whoever carries it.
    let verdicts: Vec<Verdict> = told.missing.iter().map(|(_, verdict)| *verdict).collect();
    assert_eq!(verdicts, [Verdict::Pending, Verdict::Absent]);

    // Other commits, or a lane that the hotfix does not list, are owed for themselves.
    let more = alone(&[id('3'), id('6')]);
    let told = debts(&project(), [(&hotfix, &of_hotfix), (&more, &of_alone)]);
    assert_eq!(told.len(), 2);
    let mut paid = seen(
        Some(100),
        &[
            MAIN,
            ("develop", Verdict::Present),
            ("uat", Verdict::Absent),
        ],
    );
    paid.own.clone_from(&of_hotfix.own);
    let told = debts(&project(), [(&hotfix, &paid), (&same, &of_alone)]);
    assert_eq!(told.len(), 2);
}
