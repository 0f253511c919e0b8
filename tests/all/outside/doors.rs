//! The doors stay the only ones: who writes cells, prints, or starts programs is told by the source itself.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

/// What only some files may say, and which.
const DOORS: &[(&str, &[&str])] = &[
    // Cells: the pen, the lane graph whose cells were laid out showable, the last look, and a pointer of ours.
    (".set_symbol(", &["tui/view/lanes.rs", "tui/view/seal.rs"]),
    (".set_stringn(", &["tui/view/pen.rs"]),
    (".set_string(", &[]),
    (".set_line(", &[]),
    (".set_char(", &["tui/view/pen.rs", "tui/view/lane_pane.rs"]),
    ("render_widget(", &["tui/view/editor.rs"]),
    // Streams.
    (
        "io::stdout()",
        &[
            "cli/output.rs",
            "tui/shell/terminal.rs",
            "tui/shell/tty.rs",
            "tui/shell/workspace.rs",
            "tui/shell/probe.rs",
            "main.rs",
        ],
    ),
    ("io::stderr()", &["cli/output.rs"]),
    (".print()", &["cli/run.rs"]),
    // The title of a window belongs to the person.
    ("SetTitle", &[]),
    ("\\x1b]0;", &[]),
    ("\\x1b]2;", &[]),
    // Children: what they say is read, or goes nowhere; a terminal is lent to the person's own programs only.
    ("Stdio::inherit()", &["git/tool.rs"]),
];

#[test]
fn no_text_leaves_by_another_door() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut strays = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let name = file
            .strip_prefix(&root)
            .expect("below src")
            .to_string_lossy()
            .into_owned();
        for (words, may) in DOORS {
            if code.contains(words) && !may.contains(&name.as_str()) {
                strays.push(format!("{name}: {words}"));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}
