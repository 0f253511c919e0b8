//! The corpus, put into every place of the console and read back through a terminal.

use lanekeeper::model::Untrusted;
use lanekeeper::model::reveal;

use super::super::screens::screens_console::Console;
use super::corpus::Payload;
use super::corpus::corpus;
use super::sinks::Place;
use super::sinks::SINKS;
use super::sinks::SOMETIMES;
use super::terminal::rows;

/// Stands before every payload, so that the place where it is shown is found again.
const SIGN: &str = "Zq";

/// The three sizes of the screens' pictures.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 35), (200, 60)];

/// Consoles of the three sizes, opened once.
fn consoles() -> Vec<Console> {
    SIZES
        .iter()
        .map(|(width, height)| Console::open("ben", *width, *height))
        .collect()
}

/// Puts short payloads of one line together, so that large screens need not be drawn for each of them.
fn bundles(corpus: &[Payload], together: usize) -> Vec<Payload> {
    let (short, long): (Vec<&Payload>, Vec<&Payload>) = corpus
        .iter()
        .partition(|payload| payload.bytes.len() < 64 && !payload.bytes.contains(&b'\n'));
    let bundle = |payloads: &[&Payload]| Payload {
        name: payloads
            .iter()
            .map(|payload| payload.name.as_str())
            .collect::<Vec<_>>()
            .join(" and "),
        bytes: payloads
            .iter()
            .map(|payload| payload.bytes.clone())
            .collect::<Vec<_>>()
            .join(&b' '),
    };
    let alone = long.into_iter().cloned();
    short.chunks(together).map(bundle).chain(alone).collect()
}

/// Puts a payload into a place of a console and reads the screen back; says what is wrong.
fn check(console: &Console, (name, sink): Place, payload: &Payload) -> Result<bool, String> {
    let mut bytes = SIGN.as_bytes().to_vec();
    bytes.extend(&payload.bytes);
    let text = Untrusted::from_bytes(&bytes);
    let mut console = Console {
        app: console.app.clone(),
        board: console.board.clone(),
        effects: Vec::new(),
        millis: console.millis,
    };
    sink(&mut console, &text);
    let at = || format!("{name} at {:?} with {}", console.app.size, payload.name);
    let rows = rows(&console.app).map_err(|error| format!("{}: {error}", at()))?;
    let Some(after) = rows
        .iter()
        .find_map(|row| row.split_once(SIGN))
        .map(|(_, after)| after)
    else {
        return Ok(false);
    };
    if is_marked(&text, after) {
        Ok(true)
    } else {
        Err(format!("{}: {after:?} is shown", at()))
    }
}

/// Tells whether what stands after the sign is what the payload looks like when nothing in it is hidden: as much of it
/// as there was room for.
fn is_marked(text: &Untrusted, after: &str) -> bool {
    let line = text.raw().lines().next().unwrap_or_default();
    let revealed: String = reveal(line)
        .iter()
        .map(|piece| piece.shown.as_str())
        .collect();
    [
        text.show(),
        text.subject(),
        Untrusted::new(line).show(),
        revealed,
    ]
    .iter()
    .any(|shown| {
        let shown = shown.strip_prefix(SIGN).unwrap_or(shown);
        let same = shown
            .chars()
            .zip(after.chars())
            .take_while(|(one, other)| one == other)
            .count();
        // All of it, or so much that no mark could have been left out; a screen cuts and wraps behind that.
        same >= shown.chars().count().min(3)
            || after
                .chars()
                .nth(same)
                .is_none_or(|c| matches!(c, '…' | '~' | '│' | ' '))
    })
}

#[test]
fn the_table_of_payloads_and_places_is_as_large_as_promised() {
    assert!(corpus().len() >= 400, "{}", corpus().len());
    assert!(SINKS.len() >= 30, "{}", SINKS.len());
}

/// Each payload is shown somewhere and each place shows something, at each size; which with which changes from one
/// payload to the next.
#[test]
fn whatever_comes_from_outside_is_shown_and_obeyed_by_no_terminal() {
    let corpus = corpus();
    let mut failures = Vec::new();
    let mut shown = vec![[0; SIZES.len()]; SINKS.len()];
    for (of, console) in consoles().iter().enumerate() {
        let together = if of == 0 { 1 } else { 3 };
        for (n, payload) in bundles(&corpus, together).iter().enumerate() {
            let sink = (n + of * 7) % SINKS.len();
            match check(console, SINKS[sink], payload) {
                Ok(is_shown) => shown[sink][of] += usize::from(is_shown),
                Err(error) => failures.push(error),
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{}:\n{}",
        failures.len(),
        failures.join("\n")
    );
    let blind: Vec<(&str, [usize; 3])> = SINKS
        .iter()
        .zip(shown)
        .map(|((name, _), shown)| (*name, shown))
        .filter(|(name, shown)| !SOMETIMES.contains(name) && shown.contains(&0))
        .collect();
    assert!(
        blind.is_empty(),
        "these show nothing of what they are given: {blind:?}"
    );
}

#[test]
#[ignore = "every payload in every place at every size: minutes"]
fn the_whole_corpus_in_every_place_at_every_size() {
    let corpus = corpus();
    let mut failures = Vec::new();
    let mut screens = 0;
    for console in &consoles() {
        for place in SINKS {
            for payload in &corpus {
                screens += 1;
                if let Err(error) = check(console, *place, payload) {
                    failures.push(error);
                }
            }
        }
    }
    assert_eq!(screens, corpus.len() * SINKS.len() * SIZES.len());
    assert!(
        failures.is_empty(),
        "{}:\n{}",
        failures.len(),
        failures[..failures.len().min(40)].join("\n")
    );
}
