//! What a second person lifts and co-signs on a real remote, and what nobody does for themselves.

use lanekeeper::engine::Intent;
use lanekeeper::engine::Level;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::plan;
use lanekeeper::model::Person;
use lanekeeper::ops::Workspace;

use super::crew::Crew;
use crate::support::team::assert_done;

/// Ana, who opened the request and wrote its head, is the only lead.
fn one_lead(file: &str) -> String {
    let seats = "branch = \"main\"\nseats = [\"tech-lead\"]\n";
    let file = file.replace("branch = \"main\"\n", seats);
    format!("{file}\n[roles]\ntech-lead = [\"ana@example.org\"]\n")
}

fn cosigning(file: &str) -> String {
    let forge = "forge = \"local\"\n";
    file.replace(forge, &format!("{forge}cosign_takeover = true\n"))
}

/// Returns the names of the rules that an override would lift.
fn overridable(crew: &Crew, who: &Workspace) -> Vec<String> {
    let board = crew.team.wait(who.look(Some(&crew.hotfix)));
    let rules = board.expect("a look").overridable();
    rules.into_iter().map(|(rule, _)| rule).collect()
}

const LIFT: &str = "override 1/tech-lead --reason \"Ana is the only lead\"";

#[test]
fn a_seat_that_only_its_author_could_take_is_lifted_by_a_second_person_and_used_by_a_third() {
    let crew = Crew::with(one_lead);
    let mia = crew.joined_by("mia");
    let refusal = crew.refusal(&mia, "do promote");
    for word in [
        "tech-lead",
        "nobody may take that seat",
        "override 1/tech-lead",
    ] {
        assert!(refusal.contains(word), "{refusal}");
    }
    let refusal = crew.refusal(&crew.ana, LIFT);
    assert!(refusal.contains("you opened it"), "{refusal}");
    assert!(refusal.contains("somebody else must"), "{refusal}");
    let lift = crew.plan(&crew.ben, LIFT).expect("a second person");
    assert_eq!(lift.level, Level::L4);
    let name = lift.environment.as_ref().map(|one| one.as_str());
    assert_eq!(name, Some("production"));
    crew.act(&crew.ben, LIFT);
    assert_eq!(overridable(&crew, &mia), Vec::<String>::new());
    let refusal = crew.refusal(&crew.ben, "do promote");
    assert!(refusal.contains("you overrode the seat"), "{refusal}");
    let promote = crew.plan(&mia, "do promote").expect("a third person");
    assert_eq!(promote.level, Level::L4);
    assert!(!promote.loses_fix(), "it is a risk of another kind");
    let risks = promote.facts.iter().filter(|fact| fact.state.is_risk());
    let risks: Vec<&str> = risks.map(|fact| fact.text.as_str()).collect();
    let said = "overridden by Ben: Ana is the only lead (the seat of tech-lead)";
    assert_eq!(risks, [said]);
    let results = crew.carry_out(&mia, &promote);
    assert_done(&results);
    assert_eq!(crew.merges(), 1);
}

#[test]
fn an_override_without_a_rule_or_a_reason_is_refused_with_those_that_there_are() {
    let crew = Crew::with(one_lead);
    let refusal = crew.refusal(
        &crew.ben,
        "override seats --reason \"Ana is the only lead\"",
    );
    assert!(refusal.contains("1/tech-lead (the seat of"), "{refusal}");
    for reason in ["hurry", "\"  so what  \"", "\". . . -\""] {
        let words = format!("override 1/tech-lead --reason {reason}");
        let refusal = crew.refusal(&crew.ben, &words);
        assert!(refusal.contains("3 words"), "{refusal}");
    }
    let refusal = crew.refusal(&crew.ben, "override 1/tech-lead");
    assert!(refusal.contains("3 words"), "{refusal}");
    // Whoever drives would use it.
    crew.act(&crew.ben, "drive");
    let refusal = crew.refusal(&crew.ben, LIFT);
    assert!(refusal.contains("you drive"), "{refusal}");
    let crew = Crew::new();
    let refusal = crew.refusal(&crew.ben, LIFT);
    assert!(refusal.contains("nothing is blocked by one"), "{refusal}");
}

#[test]
fn whoever_lifted_a_rule_is_known_by_the_lock_log_too() {
    let crew = Crew::with(one_lead);
    crew.act(&crew.ben, LIFT);
    let board = crew.team.wait(crew.ben.look(Some(&crew.hotfix)));
    let mut board = board.expect("a look");
    let record = board.record.clone().expect("a record");
    board.seen.me = Person::from_email("Ben", "ben@home.example");
    let intent: Intent = "do promote".parse().expect("static words");
    let refusal = plan(&intent, &board.book, &record, &board.seen);
    let reasons = refusal.expect_err("it is Ben all the same").reasons;
    assert!(reasons[0].contains("you overrode the seat"), "{reasons:?}");
}

#[test]
fn an_override_holds_for_the_head_that_it_was_made_for() {
    let crew = Crew::with(one_lead);
    crew.act(&crew.ben, LIFT);
    assert_eq!(overridable(&crew, &crew.ana), Vec::<String>::new());
    crew.team
        .fix(&[(3, "fixed"), (9, "more")], "Fix more of it");
    crew.team
        .world
        .git(&["push", "-q", "origin", "HEAD:preprod"]);
    assert_eq!(overridable(&crew, &crew.ana), ["1/tech-lead"]);
}

#[test]
fn what_the_forge_asks_for_by_itself_is_not_lifted() {
    let crew = Crew::with(one_lead);
    let board = crew.team.wait(crew.ben.look(Some(&crew.hotfix)));
    let mut board = board.expect("a look");
    let record = board.record.clone().expect("a record");
    let intent: Intent = LIFT.parse().expect("static words");
    let main = "main".parse().expect("a branch");
    board.seen.capabilities.lifts_seats = false;
    assert!(plan(&intent, &board.book, &record, &board.seen).is_ok());
    board.seen.capabilities.approvals.insert(main, 1);
    let refusal = plan(&intent, &board.book, &record, &board.seen);
    let reasons = refusal.expect_err("it would help nobody").reasons;
    assert_eq!(
        reasons,
        ["local itself wants 1 approval before it merges into main, and has 0"]
    );
}

#[test]
fn nobody_lifts_a_rule_while_it_is_not_known_which_account_they_are() {
    let crew = Crew::with(one_lead);
    let board = crew.team.wait(crew.ben.look(Some(&crew.hotfix)));
    let mut board = board.expect("a look");
    let record = board.record.clone().expect("a record");
    let intent: Intent = LIFT.parse().expect("static words");
    board.book.project.overrides.by_account = true;
    let refusal = plan(&intent, &board.book, &record, &board.seen);
    let reasons = refusal.expect_err("the forge did not say").reasons;
    assert_eq!(reasons, ["who you are on the forge is not known now"]);
    board.seen.me.login = Some("ben".to_owned());
    assert!(plan(&intent, &board.book, &record, &board.seen).is_ok());
}

/// Ben takes the seat over from Ana, of whom nothing was heard.
fn taken_over(crew: &Crew) {
    crew.act(&crew.ana, "drive");
    crew.look(&crew.ben);
    crew.pass(90);
    crew.act(&crew.ben, "drive --take --reason \"ana is offline\"");
    crew.pass(61);
}

const COSIGN: &str = "override takeover --reason \"I was there when Ana left\"";

#[test]
fn who_took_the_seat_over_waits_for_a_second_person_where_the_team_wants_one() {
    let crew = Crew::with(cosigning);
    let mia = crew.joined_by("mia");
    taken_over(&crew);
    let refusal = crew.refusal(&crew.ben, "do promote");
    assert!(refusal.contains("epoch 2"), "{refusal}");
    assert!(refusal.contains("co-signed"), "{refusal}");
    assert!(
        refusal.contains("override takeover --reason R"),
        "{refusal}"
    );
    let refusal = crew.refusal(&crew.ben, COSIGN);
    assert!(refusal.contains("over yourself"), "{refusal}");
    // To leave the seat and to sit down again is no way around it.
    crew.act(&crew.ben, "drive --release");
    let refusal = crew.refusal(&crew.ben, "do promote");
    assert!(refusal.contains("co-signed"), "{refusal}");
    crew.act(&crew.ben, "drive");
    assert_eq!(overridable(&crew, &mia), ["takeover"]);
    crew.act(&mia, COSIGN);
    assert_eq!(overridable(&crew, &mia), Vec::<String>::new());
    crew.act(&crew.ben, "do promote");
    assert_eq!(crew.merges(), 1);
}

#[test]
fn the_second_person_is_asked_for_once_more_just_before_the_call() {
    let crew = Crew::with(cosigning);
    taken_over(&crew);
    let board = crew.team.wait(crew.ben.look(Some(&crew.hotfix)));
    let mut board = board.expect("a look");
    board.book.project.overrides.cosigns_takeover = false;
    let record = board.record.clone().expect("a record");
    let intent: Intent = "do promote".parse().expect("static words");
    let planned = plan(&intent, &board.book, &record, &board.seen);
    let planned = planned.expect("this screen knows nothing of it");
    let results = crew.carry_out(&crew.ben, &planned);
    let merge = results.last().expect("a call");
    assert_eq!(merge.outcome, Outcome::Refused, "{}", merge.why);
    assert!(merge.why.contains("co-signed"), "{}", merge.why);
    assert!(
        merge.why.contains("lanekeeper override takeover"),
        "{}",
        merge.why
    );
    assert_eq!(crew.merges(), 0);
}

#[test]
fn an_offered_seat_and_one_that_is_free_need_nobody_else() {
    let crew = Crew::with(cosigning);
    crew.act(&crew.ana, "drive");
    crew.act(&crew.ana, "drive --to ben@example.org");
    crew.act(&crew.ben, "drive");
    crew.act(&crew.ben, "do promote");
    assert_eq!(crew.merges(), 1);
}
