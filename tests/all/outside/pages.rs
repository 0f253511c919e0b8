//! What commands print: pages with the corpus in every text, read byte by byte.

use lanekeeper::cli;
use lanekeeper::cli::Manners;
use lanekeeper::cli::Output;
use lanekeeper::cli::text;
use lanekeeper::cli::text::Page;
use lanekeeper::cli::text::Span;
use lanekeeper::cli::text::Style;
use lanekeeper::cli::text::Tone;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::DiffOf;
use lanekeeper::engine::Level;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Refusal;
use lanekeeper::engine::comparison;
use lanekeeper::model::RequestId;
use lanekeeper::model::Subject;
use lanekeeper::model::Untrusted;
use lanekeeper::ops::Fault;
use lanekeeper::ops::FaultKind;
use lanekeeper::ops::report;

use super::super::screens::screens_made::plan_of;
use super::super::screens::screens_made::sample_diff;
use super::super::screens::screens_world::board;
use super::corpus::corpus;
use super::terminal::Wire;
use super::terminal::foreign;

const STYLES: [Style; 2] = [
    Style {
        has_color: true,
        is_ascii: false,
    },
    Style {
        has_color: false,
        is_ascii: true,
    },
];

/// Returns every page with this text wherever one from outside can stand.
fn pages(text: &Untrusted) -> Vec<(&'static str, Page)> {
    let raw = text.raw();
    let mut board = board("ben");
    board.seen.requests = board.seen.requests.clone().map(|mut requests| {
        for request in &mut requests {
            request.title = text.clone();
            request.body = text.clone();
            request.author.name = text.clone();
            request.labels = vec![raw.to_owned()];
            for approval in &mut request.approvals {
                approval.by.name = text.clone();
                approval.comment = Some(text.clone());
            }
        }
        requests
    });
    for hotfix in &mut board.hotfixes {
        hotfix.title = raw.to_owned();
    }
    if let Some(progress) = &mut board.progress {
        for step in &mut progress.steps {
            step.title = raw.to_owned();
        }
        for item in &mut progress.checklist {
            item.text = raw.to_owned();
        }
        for finding in &mut progress.findings {
            finding.text = raw.to_owned();
        }
        for next in &mut progress.next {
            next.text = raw.to_owned();
        }
    }
    let of = DiffOf::Subject(Subject::Request(RequestId(912)));
    let mut compared = comparison(&board.seen, &board.book.project, &of).expect("in sight");
    compared.title = raw.to_owned();
    compared.words = raw.to_owned();
    let mut diff = sample_diff(&compared.head);
    diff.notes = vec![raw.to_owned()];
    for file in &mut diff.files {
        file.new = Some(text.clone());
        for hunk in &mut file.hunks {
            hunk.around = text.clone();
            for line in &mut hunk.lines {
                line.text = text.clone();
            }
        }
    }
    let mut plan = plan_of(&board, Level::L3);
    plan.title = raw.to_owned();
    plan.will_change = vec![raw.to_owned()];
    plan.will_not_change = vec![raw.to_owned()];
    plan.way_back = raw.to_owned();
    for fact in &mut plan.facts {
        fact.text = raw.to_owned();
    }
    let refusal = Refusal {
        wanted: raw.to_owned(),
        reasons: vec![raw.to_owned()],
        hint: Some(raw.to_owned()),
    };
    let result = ChangeResult {
        call: raw.to_owned(),
        outcome: Outcome::Failed,
        why: raw.to_owned(),
        is_aside: false,
    };
    let mut table = Page::new();
    table.row(
        [Span::new(Tone::Bad, raw), Span::plain(raw)],
        [Span::plain(raw)],
    );
    let mut draft = Page::new();
    for line in report::markdown(&board).lines() {
        draft.text(line);
    }
    let mut pages = vec![
        ("status", text::status(&board)),
        ("next", text::next(&board)),
        ("lanes", text::lanes(&board)),
        ("diff", text::diff(&compared, &diff, None, false)),
        ("diff --stat", text::diff(&compared, &diff, None, true)),
        ("plan", text::plan(&plan, &board.book.project)),
        ("refusal", text::refusal(&refusal)),
        ("results", text::results(&[result])),
        ("table", table),
        ("report", draft),
        ("line", Page::of(raw)),
    ];
    if let Some(record) = &board.record {
        pages.push(("log", text::log(record, &board.outside(), true)));
    }
    pages
}

fn printed(text: &Untrusted) -> Vec<(&'static str, Vec<u8>)> {
    let fault = Fault {
        kind: FaultKind::Remote,
        summary: text.raw().to_owned(),
        chain: vec![text.raw().to_owned()],
        hint: Some(text.raw().to_owned()),
    };
    let (out, notes) = (Wire::default(), Wire::default());
    let output = Output::to(
        Manners::default(),
        Box::new(out.clone()),
        Box::new(notes.clone()),
    );
    let _exit = cli::tell(&fault, &output);
    vec![("fault", [out.bytes(), notes.bytes()].concat())]
}

#[test]
fn no_page_says_more_to_a_terminal_than_colours_and_line_ends() {
    let mut failures = Vec::new();
    for (n, payload) in corpus().iter().enumerate() {
        let text = Untrusted::from_bytes(&payload.bytes);
        let mut printed = printed(&text);
        // Boards are costly to make, and a page is made of spans: every page gets every tenth payload.
        let pages = if n % 10 == 0 {
            pages(&text)
        } else {
            vec![("line", Page::of(text.raw()))]
        };
        for (name, page) in pages {
            for style in STYLES {
                printed.push((name, page.render(style).into_bytes()));
            }
        }
        for (name, bytes) in printed {
            if let Some(what) = foreign(&bytes, true) {
                failures.push(format!("{name} with {}: {what}", payload.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the binary is run as a person would"
)]
fn words_that_were_not_understood_are_quoted_without_being_obeyed() {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_lanekeeper"))
        .args(["status", "--wrong\u{1b}]0;owned\u{7}\u{202e}"])
        .env("XDG_STATE_HOME", std::env::temp_dir())
        .output()
        .expect("it runs");
    assert_eq!(run.status.code(), Some(2));
    let said = String::from_utf8(run.stderr).expect("UTF-8");
    assert!(said.contains("--wrong␛]0;owned␇‹202E›"), "{said}");
    assert_eq!(foreign(said.as_bytes(), true), None);
}
