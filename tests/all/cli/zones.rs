//! In which zone times are shown, as a person who sets `TZ` sees it.

use crate::support::in_time::InTime as _;

use super::project::Answer;
use super::project::Project;
use super::project::START;

/// Runs a command in a zone.
fn run_in(project: &Project, zone: &str, words: &[&str]) -> Answer {
    let mut command = project.binary("ana");
    let output = command.env("TZ", zone).args(words).output_in_time();
    Answer::new(&output.expect("the binary runs")).ends(0)
}

#[test]
fn times_are_those_of_the_zone_that_is_asked_for_and_say_which_it_is() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    for words in [&["log"][..], &["status"]] {
        run_in(&project, "UTC", words).says(&[" UTC"]);
        // Five hours west, by a rule: not every machine has zone files.
        let west = run_in(&project, "WEST5", words).says(&[" WEST"]);
        assert!(!west.out.contains(" UTC"), "{}", west.out);
    }
    if std::path::Path::new("/usr/share/zoneinfo/Asia/Tokyo").exists() {
        run_in(&project, "Asia/Tokyo", &["log"]).says(&[" JST"]);
    }
    // A zone that nobody knows is no reason to show another one without saying so.
    run_in(&project, "Nowhere/Land", &["log"]).says(&[" UTC"]);
    let report = run_in(&project, "WEST5", &["report"]).says(&["Times are UTC"]);
    assert!(!report.out.contains("WEST"), "{}", report.out);
    let of = |zone: &str| run_in(&project, zone, &["status", "--json"]).json();
    assert_eq!(of("UTC")["steps"], of("WEST5")["steps"]);
}
