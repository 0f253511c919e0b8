//! Scripts (safety.md T20): two hundred consoles in terminals from no cell to 500x200, resized two hundred times a second,
//! typed at, stopped and let go on, and ended in every way. However it went, the terminal is given back as it was, and the
//! process is gone within two seconds.

use std::sync::mpsc::channel;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Signal;

use super::session::PATIENCE;
use super::session::Session;
use super::session::made_up;
use super::session::size;
use crate::sweep::sample::Share;
use crate::sweep::sample::drawn;
use crate::sweep::tell;

const SCRIPTS: usize = 200;
/// A commit plays one in so many, others each day.
const ONE_IN: usize = 40;
/// How long a console may take to end.
const SOON: Duration = Duration::from_secs(2);
/// Two hundred sizes in a second.
const BETWEEN_SIZES: Duration = Duration::from_millis(5);
/// So many sizes in one storm.
const STORM: usize = 40;

const SIZES: [(u16, u16); 12] = [
    (0, 0),
    (1, 1),
    (2, 1),
    (1, 200),
    (39, 11),
    (40, 12),
    (43, 50),
    (80, 24),
    (99, 29),
    (120, 35),
    (300, 12),
    (500, 200),
];

/// Keys that open nothing.
const KEYS: [&str; 8] = ["j", "k", "h", "l", "1", "2", "3", "5"];

/// How a console comes to its end.
#[derive(Debug, Clone, Copy)]
enum Ending {
    Key,
    Signal(Signal),
    /// The terminal is gone: nobody has its other side any more.
    Gone,
    /// It is started without anything to read from.
    NoInput,
    Panic,
}

const ENDINGS: [Ending; 7] = [
    Ending::Key,
    Ending::Signal(Signal::TERM),
    Ending::Signal(Signal::HUP),
    Ending::Signal(Signal::INT),
    Ending::Gone,
    Ending::NoInput,
    Ending::Panic,
];

fn size_of(number: usize, place: usize) -> (u16, u16) {
    SIZES[drawn(number, place) % SIZES.len()]
}

/// Plays a script; returns how long the console took to end.
fn play(number: usize) -> Duration {
    let ending = ENDINGS[number % ENDINGS.len()];
    let begin = SIZES[number / ENDINGS.len() % SIZES.len()];
    match ending {
        Ending::NoInput => without_input(),
        Ending::Panic => panicking(number, begin),
        Ending::Key | Ending::Signal(_) | Ending::Gone => {
            let mut session = Session::start_at(made_up(&[], ""), true, begin);
            session.until_taken(1);
            settle(&mut session);
            let mut taken = 1;
            for step in 0..3 {
                taken += disturb(&mut session, number, step * 100);
                session.until_taken(taken);
            }
            settle(&mut session);
            end(session, ending, taken)
        }
    }
}

/// Does one thing that happens to terminals; tells how often the console has to take the terminal again after it.
fn disturb(session: &mut Session, number: usize, place: usize) -> usize {
    match drawn(number, place) % 4 {
        0 => storm(session, number, place),
        1 => {
            for key in 0..4 {
                session.send(KEYS[drawn(number, place + key + 1) % KEYS.len()]);
                // As a person types: what comes faster is a paste.
                session.listen(Duration::from_millis(60));
            }
        }
        2 => {
            let (columns, rows) = size_of(number, place + 1);
            session.resize(columns, rows);
        }
        _ => {
            stop(session, drawn(number, place + 1).is_multiple_of(2));
            return 1;
        }
    }
    0
}

/// Gives the terminal one size after another, two hundred in a second.
fn storm(session: &mut Session, number: usize, place: usize) {
    for turn in 0..STORM {
        let (columns, rows) = size_of(number, place + turn + 1);
        session.resize(columns, rows);
        session.listen(BETWEEN_SIZES);
    }
}

/// Stops the console, by a key or by a signal, looks whether the terminal is as it was, and lets the console go on.
fn stop(session: &mut Session, is_key: bool) {
    if is_key {
        // Where nothing fits, few keys are heard.
        settle(session);
        session.listen(Duration::from_millis(60));
        session.send("\x1a");
    } else {
        session.signal(Signal::TSTP);
    }
    session.until_stopped();
    assert_eq!(session.modes(), session.modes_before);
    assert!(!session.screen.screen().alternate_screen());
    assert!(!session.screen.screen().hide_cursor());
    session.signal(Signal::CONT);
}

/// Shows that the console lives, and draws in the size that the terminal has.
fn settle(session: &mut Session) {
    session.resize(80, 24);
    session.until("2 Checklist");
}

fn end(mut session: Session, ending: Ending, taken: usize) -> Duration {
    match ending {
        Ending::Key => {
            // Keys that were typed just before are no part of it.
            session.listen(Duration::from_millis(600));
            session.send("q");
        }
        Ending::Signal(signal) => session.signal(signal),
        Ending::Gone => return hang_up(session),
        Ending::NoInput | Ending::Panic => unreachable!("played elsewhere"),
    }
    let (code, time) = session.ended();
    assert_eq!(code, 0, "{ending:?}");
    session.assert_given_back_of(taken);
    time
}

/// Takes the terminal away; returns how long the console took to end.
fn hang_up(session: Session) -> Duration {
    let Session {
        master,
        mut child,
        writer,
        bytes,
        ..
    } = session;
    drop(bytes);
    // What is drawn for this size ends the thread that reads: then the other side is nobody's.
    master.resize(size(81, 25)).expect("resized");
    drop(writer);
    drop(master);
    let begin = Instant::now();
    let (ended, end) = channel();
    std::thread::spawn(move || ended.send(child.wait().is_ok()));
    assert_eq!(end.recv_timeout(PATIENCE), Ok(true), "it never ended");
    begin.elapsed()
}

/// Whoever has nothing to read from takes no terminal.
fn without_input() -> Duration {
    let shell = ["/bin/sh", "-c", "exec \"$0\" \"$@\" <&-"];
    let mut session = Session::start(made_up(&shell, ""), true);
    let (code, time) = session.ended();
    assert_eq!(code, 0);
    session.assert_given_back_of(0);
    time
}

/// The thread that draws panics in the middle of a storm or soon after it.
fn panicking(number: usize, begin: (u16, u16)) -> Duration {
    let mut session = Session::start_at(made_up(&[], "panic"), true, begin);
    session.until_taken(1);
    storm(&mut session, number, 0);
    session.resize(80, 24);
    session.send("r");
    // In the bytes, since the terminal may have been too small to read it when it came.
    let said = "a panic on the thread that draws";
    let end = Instant::now() + PATIENCE;
    while session.count(said) == 0 {
        let is_open = session.take(Duration::from_millis(20));
        assert!(is_open && Instant::now() < end, "it never panicked");
    }
    let (_, time) = session.ended();
    session.assert_given_back();
    let all = String::from_utf8_lossy(session.bytes()).into_owned();
    let back = all.find("\x1b[?1049l").expect("given back");
    assert!(all.find(said) > Some(back), "said where it can be read");
    time
}

#[test]
fn whatever_happens_to_a_terminal_it_is_given_back_within_two_seconds() {
    let share = Share::wanted();
    let numbers: Vec<usize> = (0..SCRIPTS)
        .filter(|number| share.has_one_in(ONE_IN, *number))
        .collect();
    let mut slowest = Duration::ZERO;
    for &number in &numbers {
        let time = play(number);
        assert!(time <= SOON, "script {number} took {time:?} to end");
        slowest = slowest.max(time);
    }
    tell(&format!(
        "terminals ({}): {} of {SCRIPTS} scripts, each given back as it was; the slowest ended in {slowest:?}",
        share.words(),
        numbers.len(),
    ));
    assert!(!numbers.is_empty(), "none was played");
}
