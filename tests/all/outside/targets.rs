//! One function per thing that reads what others wrote. It takes any bytes, and whatever they are: it ends, does not
//! panic, and keeps its promises. Replayed with seeds and random changes by the test suite, for longer by `tests/fuzz`.

// Named, since the fuzzer takes this file up from elsewhere.
#[path = "targets/answers.rs"]
mod answers;
#[path = "targets/forges.rs"]
pub(super) mod forges;

use std::collections::BTreeMap;
use std::path::PathBuf;

use lanekeeper::cli::text;
use lanekeeper::cli::text::Style;
use lanekeeper::config::Environment;
use lanekeeper::config::File;
use lanekeeper::config::Flags;
use lanekeeper::config::RemoteAddress;
use lanekeeper::config::Settings;
use lanekeeper::config::Sources;
use lanekeeper::engine::Comparison;
use lanekeeper::engine::DiffOf;
use lanekeeper::forge::http::Base;
use lanekeeper::git::read_as_everything;
use lanekeeper::model::Against;
use lanekeeper::model::BranchName;
use lanekeeper::model::Diff;
use lanekeeper::model::DiffFile;
use lanekeeper::model::DiffHunk;
use lanekeeper::model::DiffLine;
use lanekeeper::model::FileContent;
use lanekeeper::model::FileFate;
use lanekeeper::model::HotfixId;
use lanekeeper::model::LineSide;
use lanekeeper::model::RefName;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;
use lanekeeper::model::reveal;
use lanekeeper::model::shows_itself;
use lanekeeper::playbook::Schema;
use lanekeeper::record::Record;
use lanekeeper::record::decode;
use lanekeeper::record::decode_archive;
use lanekeeper::record::encode;
use lanekeeper::record::encode_archive;
use lanekeeper::tui::app::App;
use lanekeeper::tui::app::Clock;
use lanekeeper::tui::app::LogReader;
use lanekeeper::tui::app::Msg;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::update;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// A target by name.
pub(super) type Target = (&'static str, fn(&[u8]));

/// Every target.
pub(super) const TARGETS: &[Target] = &[
    ("config", config),
    ("playbook", playbook),
    ("gitlab", forges::gitlab),
    ("github", forges::github),
    ("gitea", forges::gitea),
    ("record", record),
    ("porcelain", porcelain),
    ("log", log),
    ("names", names),
    ("diff", diff),
];

/// The team's file.
pub(super) fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut sources = sources(text.clone());
    sources.person = Some(File {
        path: PathBuf::from("/home/ana/.config/lanekeeper/config.toml"),
        shown: "config.toml".to_owned(),
        text,
    });
    if let Ok(settings) = Settings::load(&sources) {
        // A file that nobody accepted runs nothing.
        assert!(!settings.commands.is_trusted);
    }
}

/// A clone with this file of the team's.
fn sources(team: String) -> Sources {
    Sources {
        root: PathBuf::from("/clone"),
        clone: PathBuf::from("/clone/.git"),
        team: Some(File {
            path: PathBuf::from("/clone/lanekeeper.toml"),
            shown: "lanekeeper.toml".to_owned(),
            text: team,
        }),
        playbooks: BTreeMap::new(),
        signers: None,
        person: None,
        trusted: String::new(),
        environment: Environment {
            variables: BTreeMap::from([("HOME".to_owned(), "/home/ana".into())]),
            current_dir: PathBuf::from("/clone"),
        },
        flags: Flags::default(),
    }
}

/// A playbook of a team's own.
pub(super) fn playbook(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(mistakes) = Schema::read("own.toml", &text) {
        assert!(!mistakes.is_empty(), "a refusal says why");
    }
}

/// An event of a record.
pub(super) fn record(bytes: &[u8]) {
    let hotfix: HotfixId = "20260412-rounding-7f3a9c".parse().expect("static id");
    let files = BTreeMap::from([
        ("v1".to_owned(), Vec::new()),
        ("event.json".to_owned(), bytes.to_owned()),
    ]);
    // And of an archive, its list.
    if let Ok(list) = decode_archive(bytes) {
        let _same = encode_archive(&list).is_ok();
    }
    let Ok(entry) = decode(&files, &hotfix, None) else {
        return;
    };
    // What was read is written back byte for byte, and shown without moving a cursor.
    assert_eq!(encode(&entry)["event.json"], bytes);
    let record = Record::fold(hotfix, vec![entry]);
    is_shown(
        &text::log(&record, &[], true).render(Style::default()),
        true,
    );
}

/// What git prints, and addresses.
pub(super) fn porcelain(bytes: &[u8]) {
    read_as_everything(bytes);
}

/// A CI log, whole and in two pieces, to the screen.
pub(super) fn log(bytes: &[u8]) {
    let whole = Untrusted::from_bytes(bytes);
    let mut reader = LogReader::default();
    let mut lines = reader.take(&whole);
    lines.extend(reader.rest());
    for line in &lines {
        is_shown(&line.text(), false);
    }
    let mut at = whole.raw().len() / 2;
    while !whole.raw().is_char_boundary(at) {
        at -= 1;
    }
    let (head, tail) = whole.raw().split_at(at);
    let mut reader = LogReader::default();
    let mut again = reader.take(&head.into());
    again.extend(reader.take(&tail.into()));
    again.extend(reader.rest());
    assert_eq!(lines, again, "a log reads the same however it is cut");
    let job = "7".parse().expect("static id");
    let mut app = app();
    tell(
        &mut app,
        News::JobChanged {
            job,
            name: "build".to_owned(),
            state: "running".to_owned(),
            at: Timestamp::from_second(0),
        },
    );
    let job = "7".parse().expect("static id");
    tell(
        &mut app,
        News::LogRead {
            job,
            outcome: Ok((whole, 1, false)),
        },
    );
    screen(&app);
}

/// Names of refs and addresses of remotes.
pub(super) fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for part in text.split(['\n', '\0']) {
        if let Ok(branch) = part.parse::<BranchName>() {
            assert!(!branch.as_str().starts_with('-') && !branch.as_str().contains(".."));
            assert!(
                !branch
                    .as_str()
                    .split('/')
                    .any(|part| part.starts_with(['-', '.']))
            );
            assert!(
                !branch
                    .as_str()
                    .chars()
                    .any(|c| c.is_control() || " ~^:?*[\\".contains(c))
            );
            assert_eq!(
                branch.to_ref().as_str().parse::<RefName>().ok(),
                Some(branch.to_ref())
            );
        }
        if let Some(address) = RemoteAddress::parse(part) {
            assert!(
                !address.host.is_empty() && !address.host.starts_with('-'),
                "{part}"
            );
        }
        if let Ok(base) = Base::parse(part) {
            let shown = base.to_string();
            let authority = shown.split('/').nth(2).unwrap_or_default();
            assert!(!authority.contains('@'), "no user and no password: {part}");
        }
        for shown in [
            Untrusted::from(part).show(),
            Untrusted::from(part).subject(),
        ] {
            is_shown(&shown, false);
        }
        let revealed: String = reveal(part)
            .iter()
            .map(|piece| piece.shown.as_str())
            .collect();
        is_shown(&revealed, false);
    }
}

/// A diff, to the screen.
pub(super) fn diff(bytes: &[u8]) {
    let head = "a"
        .repeat(40)
        .parse::<lanekeeper::model::CommitId>()
        .expect("static id");
    let text = Untrusted::from_bytes(bytes);
    let lines = text
        .raw()
        .lines()
        .take(200)
        .enumerate()
        .map(|(n, line)| DiffLine {
            side: [LineSide::Both, LineSide::Removed, LineSide::Added][n % 3],
            old: Some(n),
            new: Some(n),
            text: line.into(),
            is_unended: false,
        });
    let name = text.raw().lines().next().unwrap_or_default();
    let file = DiffFile {
        old: Some("src/a.rs".into()),
        new: Some(name.into()),
        fate: FileFate::Renamed,
        content: FileContent::Text,
        modes: (0o100_644, 0o100_755),
        added: 1,
        removed: 1,
        hunks: vec![DiffHunk {
            old: (1, 1),
            new: (1, 1),
            around: name.into(),
            lines: lines.collect(),
        }],
        cut: None,
    };
    let diff = Diff {
        base: None,
        head: head.clone(),
        files: vec![file],
        notes: Vec::new(),
        names: vec![name.into()],
    };
    let compared = Comparison {
        of: DiffOf::Commit(head.clone()),
        title: name.to_owned(),
        against: Against::FirstParent,
        head,
        words: String::new(),
        names: Vec::new(),
    };
    is_shown(
        &text::diff(&compared, &diff, None, false).render(Style::default()),
        true,
    );
    let mut app = app();
    tell(
        &mut app,
        News::DiffOpened {
            generation: 0,
            compared: Box::new(compared),
            outcome: Ok(Box::new(diff)),
        },
    );
    screen(&app);
}

fn is_shown(text: &str, may_break_lines: bool) {
    let hidden = text
        .chars()
        .find(|c| !(shows_itself(*c) || may_break_lines && *c == '\n'));
    assert_eq!(hidden, None, "{text:?}");
}

fn app() -> App {
    let clock = Clock {
        now: Timestamp::from_second(0),
        millis: 0,
    };
    App::new(Options::default(), clock, (80, 24))
}

fn tell(app: &mut App, news: News) {
    let at = app.clock;
    let _effects = update(app, Msg { at, news });
}

fn screen(app: &App) {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("a test terminal");
    let mut viewport = Viewport::new(ThemeName::Dark, false);
    terminal
        .draw(|frame| draw(app, &mut viewport, frame))
        .expect("drawn");
    for cell in &terminal.backend().buffer().content {
        is_shown(cell.symbol(), false);
    }
}
