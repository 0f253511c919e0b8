//! A room names rooms on lower floors only. The table is design.md section 3 as data.

use std::path::Path;
use std::path::PathBuf;

/// Each room with the rooms that it may name. A nested room is listed before the one around it.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("playbook", &["model"]),
    ("record", &["model"]),
    ("engine", &["model", "playbook", "record"]),
    ("git", &["model"]),
    ("forge/local", &["model", "git", "deploy", "forge"]),
    ("forge", &["model"]),
    ("deploy", &["model", "forge"]),
    ("store", &["model", "record"]),
    ("config", &["model", "playbook"]),
    (
        "ops",
        &[
            "model", "playbook", "record", "engine", "git", "forge", "deploy", "store", "config",
        ],
    ),
    (
        "cli",
        &["model", "playbook", "record", "engine", "config", "ops"],
    ),
    ("tui/app", &["model", "playbook", "record", "engine"]),
    (
        "tui/view",
        &["model", "playbook", "record", "engine", "tui::app"],
    ),
    (
        "tui/shell",
        &[
            "model",
            "playbook",
            "record",
            "engine",
            "config",
            "ops",
            "tui::app",
            "tui::view",
        ],
    ),
    ("tui", &["tui::app", "tui::view", "tui::shell", "ops"]),
];

/// Finds all source files of a folder.
pub(crate) fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("source folder is readable") {
        let path = entry.expect("source folder is readable").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Returns what is wrong with one `crate::` path named in `file` (relative to `src`, with `/`).
fn climb(file: &str, line: &str) -> Option<String> {
    let (room, allowed) = ROOMS
        .iter()
        .find(|(room, _)| file.starts_with(&format!("{room}/")) || file == format!("{room}.rs"))?;
    for named in line.split("crate::").skip(1) {
        if named.starts_with('{') {
            return Some(format!(
                "{file}: grouped `crate::{{` hides dependencies: {line}"
            ));
        }
        let path: String = named
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
            .collect();
        let own = room.replace('/', "::");
        let fits = |lower: &str| path == lower || path.starts_with(&format!("{lower}::"));
        if !fits(&own) && !allowed.iter().any(|lower| fits(lower)) {
            return Some(format!("{file}: room `{own}` names `crate::{path}`"));
        }
    }
    None
}

#[test]
fn a_room_names_rooms_on_lower_floors_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    assert!(files.len() > 20, "found only {} source files", files.len());
    let mut climbs = Vec::new();
    for path in files {
        let file = path
            .strip_prefix(&source)
            .expect("found below src")
            .to_string_lossy()
            .replace('\\', "/");
        let text = std::fs::read_to_string(&path).expect("source file is UTF-8");
        for line in text
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.starts_with("//"))
        {
            climbs.extend(climb(&file, line));
        }
    }
    assert!(climbs.is_empty(), "{}", climbs.join("\n"));
}

#[test]
fn the_layering_test_sees_a_climb_and_a_grouped_import() {
    assert!(climb("model/seen.rs", "use crate::engine::Plan;").is_some());
    assert!(climb("tui/view/mod.rs", "use crate::ops::Workspace;").is_some());
    assert!(climb("forge/gitlab/mod.rs", "use crate::git::Repo;").is_some());
    assert!(climb("engine/plan.rs", "use crate::{model::Seen, git::Repo};").is_some());
    assert!(climb("engine/plan.rs", "fn f() -> crate::git::Repo {").is_some());
    assert!(climb("forge/local/mod.rs", "use crate::git::Repo;").is_none());
    assert!(climb("engine/plan.rs", "use crate::model::Seen;").is_none());
}
