//! What the clone's merge drivers make of a conflicted path, as one more choice: where a person trusts them, where they end
//! well, and never taken by itself.

use serde_json::Value;

use super::super::cli::project::Project;
use super::TARGET;
use super::conflicted;
use super::with;
use crate::merge_drivers::asks_drivers;

const NOTHING: &str = "there is nothing that a merge driver makes of cart.rs";

/// The conflicted project with a driver for the cart, which leaves a line in `ran` each time; none where this git asks no
/// drivers.
fn driven(then: &str) -> Option<Project> {
    let project = conflicted();
    if !asks_drivers(&project.git("ana", &["version"])) {
        return None;
    }
    let command = format!("echo ran >> '{}'; {then}", project.path("ran").display());
    project.git("ana", &["config", "merge.cart.driver", &command]);
    std::fs::create_dir_all(project.path("ana/.git/info")).expect("a clone");
    project.write("ana/.git/info/attributes", "cart.rs merge=cart\n");
    Some(project)
}

fn times(project: &Project) -> usize {
    std::fs::read_to_string(project.path("ran")).map_or(0, |text| text.lines().count())
}

fn resolution(project: &Project, exit: i32) -> Value {
    let words = with(&TARGET, &["--json"]);
    project.run("ana", &words).ends(exit).json()
}

#[test]
fn what_a_trusted_driver_makes_of_a_path_is_offered_taken_by_its_word_and_pushed() {
    let Some(project) = driven("printf 'one\\nboth two\\nthree\\n' > %A") else {
        return;
    };
    let take = with(&TARGET, &["--take", "cart.rs=driver", "--dry-run"]);
    assert_eq!(resolution(&project, 4)["files"][0]["driver"], Value::Null);
    project.run("ana", &take).ends(2).says(&[NOTHING]);
    assert_eq!(times(&project), 0, "nobody trusts it");

    project.run("ana", &["trust", "--yes"]).ends(0);
    let document = resolution(&project, 4);
    let file = &document["files"][0];
    assert_eq!(file["driver"]["name"], "cart", "{document}");
    assert_eq!(file["driver"]["text"], "one\nboth two\nthree\n");
    assert_eq!(file["is_decided"], false, "{document}");
    let ran = times(&project);
    assert!(ran > 0);
    project.run("ana", &TARGET).ends(4).says(&[
        "what the merge driver cart makes of it",
        "--take cart.rs=driver",
        "both two",
    ]);
    let hunk = with(&TARGET, &["--take", "cart.rs#1=driver"]);
    project
        .run("ana", &hunk)
        .ends(2)
        .says(&["merges whole files"]);
    project
        .run("ana", &take)
        .ends(0)
        .says(&["cart.rs: taken as the merge driver cart made it"]);
    let document = resolution(&project, 0);
    let whole = &document["files"][0]["whole"];
    assert_eq!(whole["take"], "driver", "{document}");
    assert_eq!(times(&project), ran, "nothing is asked twice");

    let branch = document["branch"].as_str().expect("a name");
    project.run("ana", &with(&TARGET, &["--yes"])).ends(0);
    let text = project.git("origin.git", &["show", &format!("{branch}:cart.rs")]);
    assert_eq!(text, "one\nboth two\nthree");
    let status = project.git("ana", &["status", "--porcelain"]);
    assert_eq!(status, "", "nothing is left in the clone");
}

#[test]
fn a_driver_that_conflicts_or_breaks_down_offers_nothing_and_only_what_broke_is_run_again() {
    for (then, said) in [
        ("exit 1", None),
        ("exit 200", Some("broke down on cart.rs")),
    ] {
        let Some(project) = driven(then) else { return };
        project.run("ana", &["trust", "--yes"]).ends(0);
        let first = resolution(&project, 4);
        let ran = times(&project);
        let again = resolution(&project, 4);
        for document in [&first, &again] {
            assert_eq!(document["files"][0]["driver"], Value::Null, "{document}");
            let notes = document["notes"].to_string();
            match said {
                Some(words) => assert!(notes.contains(words), "{document}"),
                None => assert!(!notes.contains("driver"), "{document}"),
            }
        }
        assert!(ran > 0, "{then}");
        let is_asked_again = times(&project) > ran;
        assert_eq!(is_asked_again, said.is_some(), "{then}");
        let take = with(&TARGET, &["--take", "cart.rs=driver"]);
        project.run("ana", &take).ends(2).says(&[NOTHING]);
    }
}

#[test]
fn a_driver_whose_program_was_not_there_is_offered_once_it_is() {
    let then = "test -e ../tool || exit 200; printf 'one\\nboth two\\nthree\\n' > %A";
    let Some(project) = driven(then) else { return };
    project.run("ana", &["trust", "--yes"]).ends(0);
    let document = resolution(&project, 4);
    let notes = document["notes"].to_string();
    assert!(notes.contains("broke down on cart.rs"), "{document}");
    project.write("tool", "");
    let document = resolution(&project, 4);
    let driver = &document["files"][0]["driver"];
    assert_eq!(driver["text"], "one\nboth two\nthree\n", "{document}");
    let take = with(&TARGET, &["--take", "cart.rs=driver", "--dry-run"]);
    project.run("ana", &take).ends(0);
}
