//! The approval matrix, `tests/approvals.txt`: one table that a release manager can read, asked of the engine.

use crate::scenarios::answers::answer;
use crate::scenarios::world::World;

/// What every case begins with: the fix on its branch.
const FIX: &str = "fix f1";
/// The fix is in RUN.
const IN_RUN: [&str; 4] = [
    "request 12 hotfix/refund -> preprod unit=passed yes=ana:tech-lead merged=b1",
    "tip preprod b1",
    "present preprod",
    "keeps preprod -> production",
];
/// And in production's branch.
const MERGED: [&str; 3] = [
    "request 13 preprod -> main unit=passed yes=ana:tech-lead yes=mia:product-manager merged=c1",
    "tip main c1",
    "present production",
];

/// Turns the short words of the table into facts of a scenario.
fn facts(short: &str) -> Vec<String> {
    let mut all = vec![FIX.to_owned()];
    let mut learn = |lines: &[&str]| all.extend(lines.iter().map(|&line| line.to_owned()));
    for fact in short.split(';').map(str::trim) {
        let (first, rest) = fact.split_once(' ').unwrap_or((fact, ""));
        match first {
            "P" => learn(&[&format!(
                "request 12 hotfix/refund -> preprod {rest} unit=passed"
            )]),
            "R" => {
                learn(&IN_RUN);
                learn(&[&format!("request 13 preprod -> main {rest} unit=passed")]);
            }
            "D" => {
                learn(&IN_RUN);
                learn(&MERGED);
                learn(&[&format!("deployment d1 c1 {rest}")]);
            }
            _ => learn(&[fact]),
        }
    }
    all
}

/// Says why a case is not answered as the table has it.
fn wrong(line: &str, place: &str) -> Option<String> {
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    let [name, short, asked, expected] = columns.as_slice() else {
        return Some(format!("{place}: four columns are expected: {line}"));
    };
    let mut world = World::default();
    for fact in facts(short) {
        world.learn(&fact, place);
    }
    let got = answer(&world, &format!("plan {asked}")).expect("a question");
    let (verdict, fragment) = expected.split_once(' ').unwrap_or((expected, ""));
    let is_allowed = !got.starts_with("refused");
    let is_right = match verdict {
        "allow" => is_allowed,
        "block" => !is_allowed,
        other => return Some(format!("{place}: neither allow nor block: {other}")),
    };
    (!is_right || !got.contains(fragment)).then(|| format!("{place}: {name}: {expected}\n{got}"))
}

#[test]
fn every_approval_counts_or_not_as_the_table_says() {
    let table = include_str!("../../approvals.txt");
    let cases: Vec<(usize, &str)> = table
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(number, line)| wrong(line, &format!("approvals.txt:{}", number + 1)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
