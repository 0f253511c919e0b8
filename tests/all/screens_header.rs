//! The first line on small screens: what nobody may miss is there, and what else is said gives way to it.

use std::time::Duration;

use lanekeeper::engine::Debt;
use lanekeeper::engine::LockSight;
use lanekeeper::model::Person;
use lanekeeper::model::Seen;
use lanekeeper::model::Signed;
use lanekeeper::model::Timestamp;
use lanekeeper::record::Driver;
use lanekeeper::record::Lock;
use lanekeeper::tui::app::Options;

use super::screens_console::Console;
use super::screens_world::HOTFIX;
use super::screens_world::board;
use super::unicode;

fn driver(name: &str, id: &str) -> Driver {
    Driver {
        console: format!("{id}-1").parse().expect("test console"),
        person: Person::from_email(name, &format!("{id}@example.org")),
        device: "laptop".to_owned(),
    }
}

/// Opens the console on a hotfix of that branch, with somebody in production's seat.
fn open(branch: &str, driven_by: Option<Driver>, (width, height): (u16, u16)) -> Console {
    let mut board = board("ana");
    board.hotfixes[0].branch = branch.parse().expect("test branch");
    let lock = Lock {
        epoch: 5,
        driver: driven_by,
        ..Lock::default()
    };
    let sight = LockSight {
        id: "00112233445566aa".parse().expect("test lock"),
        lock,
        taken_over: None,
        me: driver("Ana Ferreira", "ana"),
        silent: Duration::ZERO,
        mine_for: Duration::from_secs(600),
        refused: None,
        signed: Signed::No,
        flaws: Vec::new(),
    };
    let environment = "production".parse().expect("test environment");
    let sight = Seen::known(sight, board.seen.now);
    board.seen.locks.insert(environment, sight);
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    Console::with(options, board, width, height)
}

fn header(console: &Console) -> String {
    let shown = unicode(console);
    shown.lines().next().expect("a header").to_owned()
}

fn arm(console: &mut Console) {
    console.keys("A");
    console.wait(500);
    console.type_text("production");
    console.keys("Enter");
    assert!(console.app.armed.is_some(), "{}", unicode(console));
}

#[test]
fn an_armed_session_says_so_however_narrow_the_screen_and_long_the_name() {
    for (width, height) in [(40, 12), (40, 24), (46, 15), (50, 15), (60, 15), (80, 24)] {
        let long = "hotfix/orders-of-customers-without-an-address";
        for branch in ["hotfix/refund-rounding", long] {
            let mut console = open(branch, None, (width, height));
            assert!(header(&console).contains("READ-ONLY"), "{width} {branch}");
            arm(&mut console);
            let said = header(&console);
            assert!(said.contains("ARMED production"), "{width}: {said}");
            let name = branch.rsplit('/').next().expect("a name");
            assert!(said.contains(&name[..8]), "{width}: {said}");
        }
    }
}

#[test]
fn who_drives_is_said_in_fewer_words_before_it_is_left_out() {
    let ben = || Some(driver("Ben Okafor", "ben"));
    let console = open("hotfix/refund-rounding", ben(), (200, 60));
    let said = header(&console);
    assert!(
        said.contains("Ben Okafor drives production (epoch 5)"),
        "{said}"
    );
    let mut console = open("hotfix/refund-rounding", ben(), (80, 24));
    let said = header(&console);
    assert!(said.contains("Ben Okafor drives production"), "{said}");
    arm(&mut console);
    let said = header(&console);
    assert!(said.contains("ARMED"), "{said}");
    assert!(said.contains("Ben drives"), "{said}");
    let ana = Some(driver("Ana Ferreira", "ana"));
    let mut console = open("hotfix/refund-rounding", ana, (60, 15));
    arm(&mut console);
    assert!(
        header(&console).contains("YOU DRIVE"),
        "{}",
        header(&console)
    );
}

#[test]
fn the_title_gives_way_to_who_drives() {
    let ben = Some(driver("Ben Okafor", "ben"));
    let console = open("hotfix/refund-rounding", ben, (60, 15));
    let said = header(&console);
    assert!(said.contains("READ-ONLY"), "{said}");
    assert!(said.contains("Ben drives"), "{said}");
    assert!(said.contains("refund-rounding"), "{said}");
}

/// Adds a hotfix that BUILD is owed.
fn owe(console: &mut Console) {
    console.board.debt = vec![Debt {
        hotfix: HOTFIX.parse().expect("test id"),
        title: "Refund rounding".to_owned(),
        since: Timestamp::from_second(console.board.seen.now.as_second() - 3 * 86_400),
        missing: Vec::new(),
    }];
    console.keys("r");
}

#[test]
fn what_has_no_room_does_not_take_what_is_behind_it_along() {
    let ben = || Some(driver("Ben Okafor", "ben"));
    let mut console = open("hotfix/refund-rounding", ben(), (60, 15));
    owe(&mut console);
    let said = header(&console);
    assert!(said.contains("Ben drives   debt 1"), "{said}");
    let mut console = open("hotfix/refund-rounding", ben(), (40, 12));
    owe(&mut console);
    let said = header(&console);
    assert!(said.contains("READ-ONLY   debt 1"), "{said}");
    let mut console = open("hotfix/refund-rounding", ben(), (200, 60));
    owe(&mut console);
    let said = header(&console);
    assert!(said.contains("debt 1, oldest 3 d"), "{said}");
}

#[test]
fn the_question_to_whom_the_seat_is_offered_is_not_cut() {
    let ana = Some(driver("Ana Ferreira", "ana"));
    let mut console = open("hotfix/refund-rounding", ana, (80, 24));
    console.keys("R o");
    let shown = unicode(&console);
    assert!(shown.contains("account or address?"), "{shown}");
}
