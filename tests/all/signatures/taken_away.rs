//! Signatures in an export: kept on the way out and in, and checked before anything is imported.

use std::sync::Arc;

use lanekeeper::model::HotfixId;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Entry;

use super::begun;
use super::is_by_a_key;
use super::team::Team;

/// Takes the record away as lines, deletes it, and brings in what `change` makes of the lines; returns the plan's facts.
fn moved(
    team: &Team,
    from: &Workspace,
    into: &Workspace,
    hotfix: &HotfixId,
    change: impl FnOnce(String) -> String,
) -> Vec<String> {
    let lines = team.wait(from.export_lines(hotfix)).expect("lines");
    let file = team.world.path().join("export.jsonl");
    std::fs::write(&file, change(lines)).expect("own folder");
    team.delete(from, hotfix);
    let planned = team.wait(into.plan_import(&file)).expect("readable");
    let planned = planned.expect("something to do");
    let report = team.wait(into.execute(&planned, Arc::new(Silent)));
    report.expect("it is carried out");
    planned.facts.into_iter().map(|fact| fact.text).collect()
}

#[test]
fn lines_carry_signatures_which_are_kept_and_checked_when_they_come_in() {
    let Some((team, _, ana, hotfix)) = begun("ed25519") else {
        return;
    };
    team.act(&ana, &hotfix, "note \"mine\"").expect("done");
    let ben = team.console("ben", None, None);
    let facts = moved(&team, &ana, &ben, &hotfix, |lines| {
        for line in lines.lines() {
            let entry = Entry::from_export_line(line).expect("an entry");
            assert!(entry.signature.is_some(), "{line}");
            assert_eq!(entry.to_export_line().expect("small"), line);
        }
        lines
    });
    let told = facts
        .iter()
        .any(|fact| fact.contains("a key that is allowed to its author"));
    assert!(told, "{facts:?}");
    assert!(
        !facts.iter().any(|fact| fact.contains("wrong signature")),
        "{facts:?}"
    );
    let record = team.look(&ben, &hotfix).record.expect("a record");
    for entry in &record.entries {
        assert!(
            is_by_a_key(&entry.signed),
            "{}: {:?}",
            entry.kind,
            entry.signed
        );
    }
}

#[test]
fn what_was_changed_on_the_way_is_told_before_it_comes_in_and_stays_wrong() {
    let Some((team, _, ana, hotfix)) = begun("ed25519") else {
        return;
    };
    team.act(&ana, &hotfix, "note \"mine\"").expect("done");
    let ben = team.console("ben", None, None);
    let facts = moved(&team, &ana, &ben, &hotfix, |lines| {
        lines.replace("\"text\":\"mine\"", "\"text\":\"his\"")
    });
    let wrong = facts.iter().filter(|fact| fact.contains("wrong signature"));
    assert_eq!(wrong.count(), 1, "{facts:?}");
    assert_eq!(team.notes(&ben, &hotfix)[0].0, "his");
    assert_eq!(team.notes(&ben, &hotfix)[0].1.word(), "bad");
    assert_ne!(team.alarms(&ben, &hotfix), Vec::<String>::new());
}
