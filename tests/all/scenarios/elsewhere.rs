//! A go-live that somebody started on the forge's own page: nobody was asked who drives (safety.md 1.5).

use super::answers::answer;
use super::world::World;

/// The go-live of the fix has run on a forge where somebody presses start.
const STORY: [&str; 8] = [
    "project two-lanes",
    "fix f1",
    "request 12 hotfix/refund -> main unit=passed yes=ana:tech-lead merged=c1",
    "tip main c1",
    "present production",
    "migrations",
    "forge starts-jobs",
    "deployment d1 c1 succeeded portal=ok admin=ok api-gateway=ok",
];

const FOUND: &str = "somebody started deployment d1, by no plan of this hotfix (seen on the forge)";

/// Returns what is found, and the next plan, where this is known besides.
fn told(more: &[&str]) -> (String, String) {
    let mut world = World::default();
    for line in STORY.iter().chain(more) {
        world.learn(line, "a start elsewhere");
    }
    let ask = |line: &str| answer(&world, line).expect("a question");
    (
        ask("findings"),
        ask("plan do migrations --note \"there were none\""),
    )
}

#[test]
fn a_go_live_that_was_started_past_the_seat_is_found_and_the_next_plan_of_the_driver_records_it() {
    for who in ["nobody", "me"] {
        let (found, plan) = told(&[format!("drives prod {who}").as_str()]);
        assert!(found.contains(FOUND), "{who}: {found}");
        let changes: Vec<&str> = plan
            .lines()
            .filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        let [first, second] = changes.as_slice() else {
            panic!("{who}: {plan}");
        };
        assert!(first.contains("out_of_band.seen"), "{who}: {plan}");
        assert!(second.contains("step.confirmed"), "{who}: {plan}");
    }
}

#[test]
fn past_a_seat_that_somebody_has_it_is_an_alarm_and_only_the_driver_records_it() {
    let (found, plan) = told(&["drives prod mia"]);
    let is_alarm = |line: &str| line.starts_with("Alarm") && line.contains(FOUND);
    assert!(found.lines().any(is_alarm), "{found}");
    assert!(!plan.contains("out_of_band"), "{plan}");
}

#[test]
fn a_start_of_ours_or_without_a_seat_is_no_start_elsewhere() {
    let started = "recorded declared \"start deployment d1 of c1c1c1c to prod\"";
    // The forge made another deployment of it, with jobs of its own.
    let again =
        r#"recorded declared "run job "deploy-admin" of c1c1c1c in prod again (job d0-admin)""#;
    let free = "drives prod nobody";
    for more in [&[free, started][..], &[free, again], &[]] {
        let (found, plan) = told(more);
        assert!(!found.contains("by no plan"), "{more:?}: {found}");
        assert!(!plan.contains("out_of_band"), "{more:?}: {plan}");
    }
}
