//! The recovery drill is done by a person before a release (`CONTRIBUTING.md`); that its moments come about as they are
//! told, and that what is offered then finishes the work, is seen here on one of them.

use std::process::Command;

use crate::support::in_time::InTime as _;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the drill is a program of its own"
)]
fn a_moment_of_the_recovery_drill_is_as_it_is_told() {
    let mut drill = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill/run"));
    drill.args(["--check", "2"]);
    drill.env("DRILL_PROGRAM", env!("CARGO_BIN_EXE_lanekeeper"));
    let output = drill.output_in_time().expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let notes = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{notes}");
    assert!(said.contains("== 2 is right"), "{said}{notes}");
}
