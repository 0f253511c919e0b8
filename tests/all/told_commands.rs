//! What the engine tells people to type names the hotfix where several are open: a command that is about one is written by
//! `Desk::line`, which adds it, and never into a sentence as it is.

use std::path::Path;
use std::path::PathBuf;

use crate::layering::rust_files;

/// Commands that mean no hotfix, or say by their own words which one.
const OF_NONE: &[&str] = &[
    "approvals",
    "archive",
    "diff",
    "doctor",
    "import",
    "login",
    "resume",
    "start",
];

/// Texts for change requests and comments: whoever reads them has another clone, where other hotfixes may be open.
const FOR_OTHERS: [&str; 2] = ["plan/words.rs", "plan/body.rs"];

/// Returns the commands that a line of source writes into a sentence and that are about one hotfix.
fn unnamed(line: &str) -> Vec<&str> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    let told = line.split("lanekeeper ").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase());
        &rest[..end.unwrap_or(rest.len())]
    });
    told.filter(|word| !word.is_empty() && !OF_NONE.contains(word))
        .collect()
}

#[test]
fn commands_that_the_engine_tells_are_written_where_the_hotfix_is_added() {
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine");
    let mut files = Vec::new();
    rust_files(&engine, &mut files);
    assert!(files.len() > 20, "found only {} source files", files.len());
    let mut found = Vec::new();
    let is_ours = |path: &&PathBuf| !FOR_OTHERS.iter().any(|other| path.ends_with(other));
    for path in files.iter().filter(is_ours) {
        let text = std::fs::read_to_string(path).expect("source file is UTF-8");
        for (number, line) in text.lines().enumerate() {
            for word in unnamed(line) {
                let number = number + 1;
                found.push(format!("{}:{number}: `{word}`", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_test_of_told_commands_sees_one_that_is_about_a_hotfix() {
    assert_eq!(unnamed(r#""then: lanekeeper retry {}","#), ["retry"]);
    assert!(unnamed(r#""`lanekeeper doctor` looks""#).is_empty());
    assert!(unnamed(r#"format!("lanekeeper {}", words)"#).is_empty());
    assert!(unnamed("// `lanekeeper next` is meant").is_empty());
}
