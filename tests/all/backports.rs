//! The backport engine against its list of edge cases (flows.md 5.15): every line has a test, a scenario, or a written
//! reason why it cannot have one here. The table is [`lines::LINES`].

mod again;
mod alone;
mod already;
mod bench;
mod carried;
mod conflicts;
mod conflicts_since;
mod contents;
mod ended;
mod into_run;
mod lines;
mod octopus;
mod parts;
mod proved;
mod requests;
mod retrofits;
mod shapes;
mod taken_out;
mod targets;
mod two_branches;

use std::collections::BTreeSet;
use std::path::Path;

use lines::By;
use lines::LINES;

/// Returns the names of the test functions below a folder that every run of the tests makes.
pub(crate) fn functions(dir: &Path, found: &mut BTreeSet<String>) {
    each_test(dir, &mut |name, is_ignored| {
        if !is_ignored {
            found.insert(name.to_owned());
        }
    });
}

/// Tells the name of each test function below a folder, and whether it runs only when asked for.
pub(crate) fn each_test(dir: &Path, see: &mut dyn FnMut(&str, bool)) {
    for entry in std::fs::read_dir(dir).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            each_test(&path, see);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("source is UTF-8");
        let (mut is_test, mut is_ignored) = (false, false);
        for line in text.lines().map(str::trim) {
            if line == "#[test]" || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if line.starts_with("#[ignore") {
                is_ignored = true;
            } else if let Some((_, rest)) = line.split_once("fn ") {
                if is_test {
                    see(rest.split('(').next().unwrap_or_default(), is_ignored);
                }
                (is_test, is_ignored) = (false, false);
            }
        }
    }
}

#[test]
fn the_table_of_edge_cases_names_only_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeSet::new();
    functions(&root.join("tests/all"), &mut tests);
    functions(&root.join("src"), &mut tests);
    let mut missing = Vec::new();
    for (line, by) in LINES {
        for one in *by {
            match one {
                By::Test(name) if !tests.contains(*name) => missing.push(format!("{line}: {name}")),
                By::Scenario(name)
                    if !root.join(format!("tests/scenarios/{name}.txt")).is_file() =>
                {
                    missing.push(format!("{line}: {name}.txt"));
                }
                By::Reason(why) => assert!(why.len() > 20, "{line}: say why"),
                By::Test(_) | By::Scenario(_) => {}
            }
        }
        assert!(!by.is_empty(), "{line}: neither a test nor a reason");
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_table_has_every_line_of_the_list_once() {
    let mut seen = BTreeSet::new();
    for (line, _) in LINES {
        assert!(seen.insert(line), "{line} is there twice");
    }
    // As many as there are boxes in the list.
    assert_eq!(LINES.len(), lines::BOXES);
}
