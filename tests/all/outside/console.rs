//! The console in a clone full of canaries: a whole hotfix by keys, in a real pseudo terminal, and none fires.

use std::collections::BTreeSet;

use super::canaries::attributed;
use super::canaries::poison;
use crate::screens_pty::Session;

const RUN: &str = "Press y to run this.";

/// Presses the key of the next step, says yes, and waits until it is done.
fn step(console: &mut Session, key: &str, plan: &str, done: &str) {
    console.until(&format!("NEXT  {key}"));
    console.send(key);
    console.until(plan);
    console.answer("y", RUN);
    console.until(done);
}

#[test]
fn nothing_in_a_clone_runs_a_command_while_the_console_works_in_it() {
    let project = attributed();
    let aviary = poison(&project, "ana");
    let mut command = project.binary("ana");
    command.env("LANG", "C.UTF-8");
    let mut console = Session::of(&command);
    // Start.
    console.until("no hotfix is shown");
    console.send("s");
    console.until("Start a hotfix");
    console.type_as_a_person("Cart fails");
    console.type_as_a_person("\t\t\t\t");
    console.type_as_a_person("nobody can pay");
    console.send("\x13");
    console.answer("y", RUN);
    console.until("done: start hotfix/cart-fails");
    assert_eq!(aviary.fired(), BTreeSet::new(), "start");
    // The fix comes from a clone where git may do as it likes.
    project.git("ben", &["fetch", "--quiet"]);
    project.git("ben", &["checkout", "--quiet", "hotfix/cart-fails"]);
    project.write("ben/cart.rs", "one\n2\nthree\n");
    project.commit("ben", "repair the cart");
    project.git("ben", &["push", "--quiet", "origin", "HEAD"]);
    console.send("r");
    // Request and merge, up to production.
    let request = "open change request hotfix/cart-fails -> preprod";
    step(&mut console, "p", request, &format!("done: {request}"));
    let merge = "merge change request 1 into preprod";
    step(&mut console, "m", merge, &format!("done: {merge}"));
    let request = "open change request preprod -> main";
    step(&mut console, "p", request, &format!("done: {request}"));
    assert_eq!(aviary.fired(), BTreeSet::new(), "request and merge");
    console.until("NEXT  m");
    console.send("m");
    console.answer("A", "A arms it");
    console.type_as_a_person("production");
    console.answer("\r", "Type its name: production");
    console.until("Type the environment name to run: ");
    console.type_as_a_person("production");
    console.answer("\r", "Type the environment name to run: production");
    console.until("done: merge change request 2 into main");
    assert_eq!(aviary.fired(), BTreeSet::new(), "merge into production");
    // Back to where the next version is built.
    console.until("predicted");
    console.send("f");
    console.until("open change request hotfix/cart-fails -> integration");
    console.answer("y", RUN);
    console.until("done: open change request hotfix/cart-fails -> integration");
    console.send("N");
    console.until("Note for the timeline");
    console.type_as_a_person("carried back");
    console.send("\x13");
    console.until("done: add a note");
    console.send("q");
    assert_eq!(console.ended().0, 0);
    assert_eq!(aviary.fired(), BTreeSet::new(), "carried back");
    let merged = project.git("origin.git", &["show", "main:cart.rs"]);
    assert_eq!(merged, "one\n2\nthree");
}
