//! Everything hostile at once in a diff: nothing of it reaches the terminal but as text.

use lanekeeper::model::Diff;
use lanekeeper::model::DiffFile;
use lanekeeper::model::DiffHunk;
use lanekeeper::model::DiffLine;
use lanekeeper::model::FileContent;
use lanekeeper::model::FileFate;
use lanekeeper::model::LineSide;
use lanekeeper::model::Untrusted;

use crate::outside::terminal::rows;

use super::with;

/// Payloads that mean something to some terminal, or to an eye.
fn corpus() -> Vec<String> {
    let begins = [
        "\u{1b}[", "\u{9b}", "\u{1b}]", "\u{9d}", "\u{1b}P", "\u{90}", "\u{1b}_", "\u{9f}",
        "\u{1b}^", "\u{1b}X", "\u{1b}", "\u{1b}(", "\u{1b}#", "\u{1b}[?", "\u{1b}[>", "\u{1b}%",
    ];
    let bodies = [
        "2J",
        "31m",
        "1;1H",
        "6n",
        "c",
        "0;pwned",
        "52;c;cm0gLXJm",
        "8;;http://evil",
        "4;1;?",
        "$q\"p",
        "+q544e",
        "Ga=d",
        "?1049h",
        "20t",
        "21t",
        "8;3;3t",
        "s",
        "u",
        "7",
        "=",
        "@",
        "e",
        "Z",
        "5i",
        "1337;File=:AA==",
    ];
    let ends = ["", "\u{7}", "\u{1b}\\", "\u{9c}"];
    let mut corpus: Vec<String> = Vec::new();
    for begin in begins {
        for (n, body) in bodies.iter().enumerate() {
            corpus.push(format!("{begin}{body}{}", ends[n % ends.len()]));
        }
    }
    let single = (0..=0x9f_u32)
        .chain([
            0xad, 0x34f, 0x61c, 0x180e, 0x3164, 0xfeff, 0xfff9, 0xe0001, 0xe0041, 0xfe0f,
        ])
        .chain(0x2000..=0x206f);
    corpus.extend(single.filter_map(char::from_u32).map(|c| format!("a{c}b")));
    corpus.push("a\u{300}".repeat(50));
    corpus.push(format!("x{}", "\u{301}".repeat(10_000)));
    corpus.push("👩‍👩‍👧‍👦漢字".repeat(40));
    corpus.push("p\u{430}ypal".to_owned());
    corpus
}

/// A diff that has the payloads everywhere a text from outside can stand.
fn hostile(payloads: &[String]) -> Diff {
    let head = "a".repeat(40).parse().expect("static id");
    let side = |n: usize| match n % 3 {
        0 => LineSide::Both,
        1 => LineSide::Removed,
        _ => LineSide::Added,
    };
    let lines = payloads.iter().enumerate().map(|(n, text)| DiffLine {
        side: side(n),
        old: Some(n + 1),
        new: Some(n + 1),
        text: Untrusted::from_bytes(text.as_bytes()),
        is_unended: n % 7 == 0,
    });
    let hunk = DiffHunk {
        old: (1, payloads.len()),
        new: (1, payloads.len()),
        around: payloads[0].as_str().into(),
        lines: lines.collect(),
    };
    let file = DiffFile {
        old: Some(payloads[0].as_str().into()),
        new: Some(payloads[payloads.len() - 1].as_str().into()),
        fate: FileFate::Renamed,
        content: FileContent::Text,
        modes: (0o100_644, 0o100_755),
        added: 1,
        removed: 1,
        hunks: vec![hunk],
        cut: None,
    };
    Diff {
        base: None,
        head,
        files: vec![file],
        notes: Vec::new(),
        names: Vec::new(),
    }
}

#[test]
fn nothing_of_a_diff_reaches_the_terminal_but_as_text() {
    let corpus = corpus();
    assert!(corpus.len() >= 400, "{}", corpus.len());
    for (width, height) in [(80_u16, 24_u16), (120, 35), (200, 60)] {
        for payloads in corpus.chunks(usize::from(height) / 2) {
            let console = with(|diff| *diff = hostile(payloads), width, height);
            let seen = rows(&console.app).expect("only our own sequences, and our own cells");
            let head = seen.iter().any(|row| row.contains("Diff  "));
            assert!(head, "the head is whole: {seen:?}");
            assert!(seen.len() <= usize::from(height));
            for hidden in ['\u{202e}', '\u{200b}', '\u{2066}', '\u{feff}', '\u{e0041}'] {
                assert!(!seen.iter().any(|row| row.contains(hidden)), "{hidden:?}");
            }
        }
    }
}
