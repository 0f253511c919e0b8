//! A conflicted path that is deleted: by a key that means no danger elsewhere, and seen as what it becomes.

use super::screens::screen;
use super::screens_conflicts::console;
use super::screens_conflicts::opened;
use crate::screens::screens_console::Console;

#[test]
fn a_path_that_is_deleted_is_shown_as_deleted_and_its_key_is_no_other_screens_danger() {
    let mut console = console(120, 35);
    console.keys("D");
    assert_eq!(
        opened(&console).count(),
        (4, 0),
        "deploy's key does nothing"
    );
    assert!(screen(&console, false).contains("x delete"));
    console.keys("x");
    assert_eq!(opened(&console).count(), (4, 2));
    let shown = screen(&console, false);
    assert!(shown.contains("=== path deleted"), "{shown}");
    assert!(shown.contains("(deleted: not there any more)"), "{shown}");
    assert!(
        shown.contains("src/billing/refund.rs is deleted: u takes that back"),
        "{shown}"
    );
    // What it was is on the sides only, not in what it becomes.
    let agreed = shown.matches("let net = gross - fee;").count();
    assert_eq!(agreed, 2, "{shown}");
    console.keys("u");
    assert_eq!(opened(&console).count(), (4, 0));
    assert!(!screen(&console, false).contains("path deleted"));
}

#[test]
fn the_key_of_the_base_answers_where_there_is_no_more_of_it() {
    let mut console = console(120, 35);
    console.keys("b");
    let said = |console: &Console| console.app.status.as_ref().map(|said| said.text.clone());
    assert_eq!(said(&console).as_deref(), Some("the base is this one line"));
    console.app.status = None;
    console.keys("b");
    assert_eq!(said(&console), None, "it is put away again");
    // A path without lines has none of them in the base.
    console.keys("N N b");
    let answer = said(&console);
    assert_eq!(
        answer.as_deref(),
        Some("there is no more to show of the base")
    );
}
