//! What a team is told about its carrier: by `doctor` where the remote refuses it, and by the program where the
//! configuration points into the checkout.

use lanekeeper::model::CarrierKind;
use lanekeeper::ops::ExaminedHealth;
use lanekeeper::ops::Workspace;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::drivers;

use super::place::Place;
use crate::cli::project::Project;
use crate::cli::project::START;
use crate::screens::screens_console::Console;
use crate::support::team::around;

/// Hides refs from pushes, runs `doctor`, and returns how each carrier did and the hint for the record.
fn examined(place: &Place, hidden: &[&str]) -> (Vec<(String, ExaminedHealth)>, String) {
    for prefix in hidden {
        place.git(&["config", "--add", "receive.hideRefs", prefix]);
    }
    let examined = place.examine("ana");
    place.world.try_git_in(
        &place.records(),
        &["config", "--unset-all", "receive.hideRefs"],
    );
    let record = examined.iter().find(|one| one.what == "record");
    let hint = record.and_then(|one| one.hint.clone()).unwrap_or_default();
    let of_carriers = examined
        .iter()
        .filter(|one| one.what == "record" || one.what.starts_with("carrier "))
        .map(|one| (one.what.clone(), one.health));
    (of_carriers.collect(), hint)
}

#[test]
fn doctor_tries_the_carriers_in_order_and_prints_the_line_to_write() {
    use ExaminedHealth::Bad;
    use ExaminedHealth::Good;
    let place = Place::new(CarrierKind::Refs);
    let refs = place.git(&["for-each-ref"]);
    let told = |record, notes, branches| {
        [
            ("record".to_owned(), record),
            ("carrier notes".to_owned(), notes),
            ("carrier branches".to_owned(), branches),
        ]
    };
    let (all, hint) = examined(&place, &["refs/lanekeeper"]);
    assert_eq!(all, told(Bad, Good, Good));
    assert!(
        hint.contains("[project] record_carrier = \"notes\""),
        "{hint}"
    );
    let (all, hint) = examined(&place, &["refs/lanekeeper", "refs/notes"]);
    assert_eq!(all, told(Bad, Bad, Good));
    assert!(
        hint.contains("[project] record_carrier = \"branches\""),
        "{hint}"
    );
    let (all, hint) = examined(
        &place,
        &[
            "refs/lanekeeper",
            "refs/notes",
            "refs/heads/lanekeeper-record",
        ],
    );
    assert_eq!(all, told(Bad, Bad, Bad));
    for words in [
        "record_carrier = \"repository\"",
        "record_carrier = \"local\"",
    ] {
        assert!(hint.contains(words), "{hint}");
    }
    let (all, hint) = examined(&place, &[]);
    assert_eq!(all, [("record".to_owned(), Good)]);
    assert_eq!(hint, "");
    assert_eq!(
        place.git(&["for-each-ref"]),
        refs,
        "a probe was left behind"
    );
}

#[test]
fn a_repository_of_records_inside_the_checkout_is_refused() {
    let place = Place::new(CarrierKind::Local);
    let dir = place.world.path();
    let checkout = dir.join("ben");
    place
        .world
        .git_in(&checkout, &["init", "-q", "--bare", "planted.git"]);
    let file = checkout.join("lanekeeper.toml");
    let text = std::fs::read_to_string(&file).expect("the team's file");
    // Also by a way around.
    for path in ["ben/planted.git", "ana/../ben/planted.git"] {
        let remote = dir.join(path);
        let carrier = format!(
            "record_carrier = \"repository\"\nrecord_remote = \"{}\"\n",
            remote.display()
        );
        let text = text.replace("record_carrier = \"local\"\n", &carrier);
        std::fs::write(&file, text).expect("own folder");
        let (options, environment) = around(dir, &checkout, "state-planted");
        let fault = place
            .wait(Workspace::open(&options, &environment))
            .err()
            .expect("it is not opened");
        assert!(fault.to_string().contains("in the checkout"), "{fault}");
    }
}

#[test]
fn the_header_says_solo_mode_once_and_only_where_no_lock_is() {
    for (kind, expected) in [
        (CarrierKind::Local, vec!["SOLO MODE, NO LOCK".to_owned()]),
        (CarrierKind::Refs, Vec::new()),
    ] {
        let place = Place::new(kind);
        let board = place.look(&place.ana, &place.hotfix);
        let options = Options {
            hotfix: Some(place.hotfix.clone()),
            ..Options::default()
        };
        let console = Console::with(options, board, 120, 40);
        let lines = drivers(&console.app);
        let texts: Vec<String> = lines.iter().map(|line| line.text()).collect();
        assert_eq!(texts, expected);
    }
}

#[test]
fn solo_mode_stands_in_status_and_every_dangerous_call_asks_for_the_name() {
    let team = "[project]\nname = \"shop\"\nforge = \"local\"\nrecord_carrier = \"local\"\n\n[[lane]]\nname = \"integration\"\nlayer = \"build\"\nmerges_into = [\"main\"]\n\n[[lane]]\nname = \"main\"\nlayer = \"run\"\nenvironment = \"production\"\n\n[[environment]]\nname = \"production\"\nproduction = true\n";
    let project = Project::with_team(team);
    project.run("ana", &START).ends(0);
    let status = project.run("ana", &["status"]).ends(0);
    status.says(&[
        "SOLO MODE: no lock keeps two consoles apart",
        "no lock can be kept here",
        "record_carrier = \"local\"",
    ]);
    let json = project.run("ana", &["status", "--json"]).ends(0).json();
    assert!(
        json["solo"]
            .as_str()
            .is_some_and(|why| why.contains("local")),
        "{json}"
    );
    // Nobody else knows of it.
    let lanes = project.run("ben", &["lanes", "--json"]).ends(0).json();
    assert_eq!(lanes["hotfixes"], serde_json::json!([]));
}
