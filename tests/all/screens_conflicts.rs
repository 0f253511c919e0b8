//! The conflict screen as people see it, and what its keys decide.

use lanekeeper::engine::resolve::Choice;
use lanekeeper::engine::resolve::Memory;
use lanekeeper::engine::resolve::Session;
use lanekeeper::engine::resolve::Subject;
use lanekeeper::engine::resolve::Take;
use lanekeeper::engine::resolve::Whole;
use lanekeeper::model::ConflictFile;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::ConflictScene;
use lanekeeper::model::ConflictSide;
use lanekeeper::model::Hunk;
use lanekeeper::model::LastAuthors;
use lanekeeper::model::Piece;
use lanekeeper::model::Untrusted;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::OwnProgram;
use lanekeeper::tui::app::PlanAnswer;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::app::Wish;

use super::screens::screen;
use super::screens::screens_console::Console;

fn side(digit: &str) -> Option<ConflictSide> {
    Some(ConflictSide {
        mode: 0o100_644,
        id: digit.repeat(40).parse().expect("static id"),
    })
}

pub(crate) fn hunk(base: &str, target: &str, fix: &str) -> Piece {
    Piece::Hunk(Hunk {
        base: base.into(),
        target: target.into(),
        fix: fix.into(),
    })
}

pub(crate) fn file(path: &str, kind: ConflictKind, pieces: Vec<Piece>) -> ConflictFile {
    ConflictFile {
        path: path.to_owned(),
        commit: None,
        kind,
        base: side("a"),
        target: side("b"),
        fix: side("c"),
        pieces,
        files: 0,
        last_authors: LastAuthors {
            target: Some(Untrusted::new("Ben Ode")),
            fix: Some(Untrusted::new("Ana Ruiz")),
        },
    }
}

pub(crate) fn session(target: &str) -> Session {
    let subject = Subject {
        hotfix: "20260412-rounding-7f3a9c".parse().expect("static id"),
        step: "retrofit".parse().expect("static id"),
        target: target.parse().expect("static name"),
        branch: "retrofit/rounding".parse().expect("static name"),
        head: "9f3c1a2".repeat(6)[..40].parse().expect("static id"),
        onto: "0".repeat(40).parse().expect("static id"),
        tip: "0".repeat(40).parse().expect("static id"),
        fix: "hotfix/rounding".to_owned(),
        is_ours: true,
        is_pushed: true,
    };
    let refund = vec![
        Piece::Agreed("fn settle(gross: f64, fee: f64) {\n    let net = gross - fee;\n".into()),
        hunk(
            "    let cents = (net * 100).round() as i64;\n",
            "    let cents = (net * 100) as i64;\n    ledger.open(now());\n",
            "    let cents = half_even(net);\n",
        ),
        Piece::Agreed("    // \u{202e}hidden\u{1b}[2J\n".into()),
        hunk(
            "    ledger.post(cents);\n",
            "    ledger.post(cents, now());\n",
            "    ledger.post(cents)?;\n",
        ),
        Piece::Agreed("}\n".into()),
    ];
    let log = vec![
        Piece::Agreed("# Changes\n\n".into()),
        hunk("", "* ledger has times\n", "* refunds are exact\n"),
    ];
    let gone = ConflictFile {
        target: None,
        ..file("src/billing/old.rs", ConflictKind::ModifyDelete, Vec::new())
    };
    let scene = ConflictScene {
        files: vec![
            file("src/billing/refund.rs", ConflictKind::Content, refund),
            file("CHANGELOG.md", ConflictKind::Content, log),
            gone,
        ],
        pending: Vec::new(),
    };
    Session::new(subject, scene)
}

pub(crate) fn console(width: u16, height: u16) -> Console {
    with(session("integration"), width, height)
}

pub(crate) fn with(session: Session, width: u16, height: u16) -> Console {
    let mut console = Console::open("ana", width, height);
    console.news(News::ConflictsOpened {
        generation: 0,
        outcome: Ok(Box::new(session)),
    });
    console
}

pub(crate) fn opened(console: &Console) -> &Session {
    for overlay in &console.app.overlays {
        if let Overlay::Conflicts(screen) = overlay {
            return &screen.session;
        }
    }
    panic!("the conflict screen is not open");
}

fn kept(console: &Console) -> usize {
    let effects = console.effects.iter();
    effects
        .filter(|effect| matches!(effect, Effect::KeepResolution { .. }))
        .count()
}

#[test]
fn conflicts_at_80x24() {
    let mut console = console(80, 24);
    let sides = screen(&console, false);
    console.keys("1 n Tab");
    insta::assert_snapshot!(format!("{sides}\n{}", screen(&console, false)));
}

#[test]
fn conflicts_at_80x24_in_ascii() {
    let console = console(80, 24);
    let text = screen(&console, true);
    // Hostile characters are shown as marks, which are what they are.
    let text_without_marks: String = text.chars().filter(|c| !"␛‹›".contains(*c)).collect();
    assert!(text_without_marks.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn conflicts_at_120x35() {
    let mut console = console(120, 35);
    console.keys("2 n 3 b");
    insta::assert_snapshot!(screen(&console, false));
}

#[test]
fn conflicts_at_200x60_with_what_was_decided_before() {
    let mut first = session("uat");
    first.choose(0, 0, Choice::Take(Take::Both));
    first.choose_whole(2, Whole::Fix);
    let mut memory = Memory::default();
    memory.learn(&first);
    let mut second = session("integration");
    assert_eq!(memory.offer(&mut second), 2);
    let console = with(second, 200, 60);
    insta::assert_snapshot!(screen(&console, false));
}

#[test]
fn a_path_without_lines_is_decided_as_a_whole() {
    let mut console = console(120, 35);
    console.keys("N N 3");
    assert!(screen(&console, false).contains("no lines to put together"));
    console.keys("1");
    insta::assert_snapshot!(screen(&console, false));
}

#[test]
fn the_conflict_screen_fits_where_only_40x12_is_left() {
    let mut console = console(40, 12);
    let text = screen(&console, false);
    assert!(text.contains("INTEGRATION"), "{text}");
    assert!(text.contains("hotfix/rounding"), "{text}");
    // Which file and hunk that is, over nothing else; both sides of it; and how to decide, finish and leave.
    let head = text.lines().next().expect("a first line");
    assert!(
        head.ends_with("refund.rs  1/3  hunk 1/2  0/4 done"),
        "{text}"
    );
    for words in [
        "(net * 100)",
        "half_even(net)",
        "1 target",
        "2 fix",
        "n/p hunk",
        "F finish",
        "X leave",
        "? help",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    insta::assert_snapshot!(text);
    console.keys("X");
    let asked = screen(&console, false);
    assert!(asked.contains("any other key: stay"), "{asked}");
    console.keys("n Tab");
    assert!(screen(&console, false).contains("RESULT"));
}

#[test]
fn a_refusal_is_read_to_its_end_on_a_small_conflict_screen() {
    for (width, height) in [(80, 24), (60, 20), (60, 15)] {
        let mut console = console(width, height);
        let reason = "the head moved while you looked at it, ".repeat(3) + "look again";
        console.app.plan += 1;
        console.news(News::Planned {
            generation: console.app.plan,
            outcome: Err(Trouble::new(reason)),
        });
        let text = screen(&console, false);
        assert!(text.contains("look again"), "{width}x{height}\n{text}");
        assert!(text.contains("1 target"), "{width}x{height}\n{text}");
    }
}

#[test]
fn keys_that_lead_nowhere_on_the_conflict_screen_say_so() {
    let mut console = console(80, 24);
    for (keys, words) in [
        ("P", "the first file"),
        ("p", "comes before this"),
        ("N N N", "the last file"),
        ("n", "comes after this"),
    ] {
        console.keys(keys);
        let text = screen(&console, false);
        assert!(text.contains(words), "{keys}: {words}\n{text}");
    }
}

#[test]
fn what_was_chosen_is_told_where_the_result_has_no_room() {
    let mut console = console(80, 24);
    console.keys("1");
    let text = screen(&console, false);
    assert!(text.contains("hunk 1: target taken"), "{text}");
    console.keys("n");
    let text = screen(&console, false);
    assert!(!text.contains("taken"), "of this hunk nothing is: {text}");
    console.keys("N N x");
    let text = screen(&console, false);
    assert!(text.contains("path deleted"), "{text}");
    // Wide, the result tells it.
    let mut console = self::console(120, 35);
    console.keys("1");
    assert!(!screen(&console, false).contains("hunk 1: target taken"));
}

#[test]
fn taking_back_says_what_is_taken_back() {
    let mut console = console(120, 35);
    let mut undone = |keys: &str| {
        console.keys(keys);
        console.keys("u");
        let status = console.app.status.clone().expect("said");
        status.text
    };
    let words = undone("1");
    assert!(words.contains("hunk 1, target taken"), "{words}");
    assert!(words.contains("src/billing/refund.rs"), "{words}");
    let words = undone("n 2");
    assert!(words.contains("hunk 2, fix taken"), "{words}");
    let words = undone("x");
    assert!(words.contains("src/billing/refund.rs deleted"), "{words}");
}

#[test]
fn every_decision_is_kept_at_once_and_can_be_taken_back() {
    let mut console = console(120, 35);
    console.keys("1");
    assert_eq!((opened(&console).count(), kept(&console)), ((4, 1), 1));
    console.keys("n 2 u");
    assert_eq!((opened(&console).count(), kept(&console)), ((4, 1), 3));
    console.keys("u");
    assert_eq!(opened(&console).count(), (4, 0));
}

#[test]
fn finishing_needs_every_decision_and_asks_for_a_plan() {
    let mut console = console(120, 35);
    console.keys("1 n 2 F");
    let status = console.app.status.clone().expect("a reason");
    assert!(
        status.text.contains("CHANGELOG.md: not decided"),
        "{}",
        status.text
    );
    console.keys("n 4 n 2 F");
    let wishes = console.effects.iter().filter(|effect| {
        matches!(effect, Effect::Plan { wish: Wish::Resolve(session), .. } if session.decided().is_some())
    });
    assert_eq!(wishes.count(), 1);
    assert!(console.executed().is_empty());
}

#[test]
fn what_conflicts_with_a_decision_is_shown_as_a_second_round_and_kept() {
    let mut console = console(120, 35);
    console.keys("1 n 2 n 4 n 2 F");
    let Some(Effect::Plan {
        generation,
        wish: Wish::Resolve(mut session),
        ..
    }) = console.effects.last().cloned()
    else {
        panic!("a plan is asked for");
    };
    let again = ConflictFile {
        commit: Some("b2c3d4e".repeat(6)[..40].parse().expect("static id")),
        target: side("d"),
        ..file(
            "CHANGELOG.md",
            ConflictKind::Content,
            vec![hunk(
                "* refunds are exact\n",
                "* refunds are exact\n* ledger has times\n",
                "* refunds are exact to the cent\n",
            )],
        )
    };
    session.extend(ConflictScene {
        files: vec![again],
        pending: Vec::new(),
    });
    let answer = |session: &Session| News::Planned {
        generation,
        outcome: Ok(PlanAnswer::Round(Box::new(session.clone()))),
    };
    let kept_before = kept(&console);
    console.news(answer(&session));
    assert_eq!(opened(&console).count(), (5, 4));
    assert_eq!(kept(&console), kept_before + 1);
    insta::assert_snapshot!(screen(&console, false));

    // Another decision in the first round closes the second; what is undone is laid out again.
    console.keys("P 1");
    assert_eq!(opened(&console).count(), (4, 4));
}

#[test]
fn leaving_keeps_everything_and_says_so_and_giving_up_is_asked() {
    let mut console = console(120, 35);
    console.keys("1 Esc");
    let status = console.app.status.clone().expect("said");
    assert!(
        status.text.contains("1 of 4 decided, kept"),
        "{}",
        status.text
    );
    assert!(console.app.overlays.is_empty());
    let mut console = self::console(120, 35);
    console.keys("1 X x");
    assert_eq!(opened(&console).count(), (4, 1));
    console.keys("X d");
    assert!(console.app.overlays.is_empty());
    let dropped = console.effects.iter();
    assert_eq!(
        dropped
            .filter(|effect| matches!(effect, Effect::DropResolution { .. }))
            .count(),
        1
    );
}

#[test]
fn the_lines_of_a_hunk_are_edited_in_place() {
    let mut console = console(120, 35);
    console.keys("2 e");
    console.type_text("// exact");
    console.keys("Ctrl-S");
    let session = opened(&console);
    assert_eq!(session.count(), (4, 1));
    let text = session.files[0].hunks[0].decided().expect("decided");
    assert_eq!(
        *text,
        Choice::Text("    let cents = half_even(net);// exact\n".into())
    );
}

#[test]
fn a_file_comes_back_from_the_editor_and_markers_in_it_are_told() {
    let mut console = console(120, 35);
    console.keys("E");
    let asked = console.effects.iter();
    assert_eq!(
        asked
            .filter(|effect| matches!(
                effect,
                Effect::EditConflict {
                    file: 0,
                    with: OwnProgram::Editor,
                    ..
                }
            ))
            .count(),
        1
    );
    console.news(News::ConflictEdited {
        file: 0,
        with: OwnProgram::Editor,
        outcome: Ok(Some(Whole::Text("<<<<<<< integration\n".into()))),
    });
    assert_eq!(opened(&console).count(), (4, 0));
    assert!(screen(&console, false).contains("markers are left"));
    console.news(News::ConflictEdited {
        file: 0,
        with: OwnProgram::Editor,
        outcome: Ok(Some(Whole::Text("fn settle() {}\n".into()))),
    });
    assert_eq!(opened(&console).count(), (4, 2));
}

#[test]
fn a_merge_tool_decides_a_path_and_may_take_it_away_and_a_failed_one_changes_nothing() {
    let mut console = console(120, 35);
    console.keys("M");
    let asked = console.effects.iter();
    let with_tool = asked.filter(|effect| {
        matches!(
            effect,
            Effect::EditConflict {
                with: OwnProgram::MergeTool,
                ..
            }
        )
    });
    assert_eq!(with_tool.count(), 1);
    let mut answer = |file, outcome| {
        let with = OwnProgram::MergeTool;
        console.news(News::ConflictEdited {
            file,
            with,
            outcome,
        });
        (opened(&console).count(), screen(&console, false))
    };
    let (count, said) = answer(0, Err(Trouble::new("the merge tool did not finish")));
    assert_eq!(count, (4, 0));
    assert!(said.contains("the merge tool did not finish"), "{said}");
    let (count, said) = answer(0, Ok(None));
    assert_eq!(count, (4, 0));
    assert!(said.contains("your merge tool left it as it was"), "{said}");
    assert_eq!(
        answer(0, Ok(Some(Whole::Text("fn settle() {}\n".into())))).0,
        (4, 2)
    );
    let (count, said) = answer(2, Ok(Some(Whole::Delete)));
    assert_eq!(count, (4, 3));
    assert!(said.contains("taken from your merge tool"), "{said}");
}

#[test]
fn the_keys_of_the_screen_are_in_help_and_a_paste_decides_nothing() {
    let mut console = console(120, 35);
    console.keys("?");
    let help = screen(&console, false);
    for words in [
        "Take the target's lines",
        "Merge the file with your merge tool",
        "Finish: show the plan",
    ] {
        assert!(help.contains(words), "{help}");
    }
    console.keys("Esc");
    console.news(News::Pasted("1n2F\ny".into()));
    assert_eq!(opened(&console).count(), (4, 0));
    for key in ["1", "2", "F"] {
        let chord = key.parse().expect("a key");
        console.news(News::Repeated(chord));
    }
    assert_eq!(opened(&console).count(), (4, 0));
}
