//! What is asked before it goes on record, and what is printed to be typed: it runs as it stands.

use super::project::Project;
use super::project::START;

#[test]
fn what_nothing_takes_back_waits_for_a_yes() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    let skip = ["skip", "verify", "--reason", "nobody is there"];
    let close = ["close", "--note", "given up"];
    let before = project.state("ana");
    project.run("ana", &skip).ends(3).says(&[
        "nobody is there to ask",
        "warn",
        "not possible here",
        "--yes",
    ]);
    project
        .run("ana", &close)
        .ends(3)
        .says(&["nobody is there to ask", "step `verify` is waiting"]);
    assert_eq!(project.state("ana"), before, "a refusal changed something");

    project
        .run("ana", &[&skip[..], &["--yes"]].concat())
        .ends(0)
        .says(&["record step.skipped verify"]);
    project
        .run("ana", &[&close[..], &["--yes"]].concat())
        .ends(0)
        .says(&["record hotfix.closed"]);
    project
        .run("ana", &["status"])
        .ends(0)
        .says(&["No hotfix is open"]);
}

#[test]
fn a_rule_is_overridden_by_its_name_and_with_a_reason() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    project
        .run("ana", &["override", "seats"])
        .ends(2)
        .says(&["--reason"]);
    let words = ["override", "seats", "--reason", "nobody else can"];
    project.run("ana", &words).ends(3).says(&[
        "`seats` is no rule that blocks a step now",
        "nothing is blocked by one",
    ]);
}

#[test]
fn with_two_open_hotfixes_what_is_printed_names_the_one_it_is_about() {
    let project = Project::new();
    let push = "git push origin HEAD:hotfix/pay";
    project.run("ana", &START).ends(0).says(&[push]);
    let ship = [
        "start",
        "ship",
        "--title",
        "Nothing is shipped",
        "--answer",
        "impact=all",
        "--yes",
    ];
    project.run("ana", &ship).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/pay"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.shell("ana", &format!("{push} --quiet"));

    let named = "lanekeeper do run --hotfix pay";
    project.run("ana", &["next", "pay"]).ends(0).says(&[named]);
    let document = project.run("ana", &["next", "--hotfix", "pay", "--json"]);
    let document = document.ends(0).json();
    let id = document["hotfix"].as_str().expect("a hotfix is meant");
    let command = format!("do run --hotfix {id}");
    assert_eq!(document["next"][0]["command"], command.as_str());
    project
        .run("ana", &["do", "run", "--yes"])
        .ends(2)
        .says(&["2 hotfixes are open", "--hotfix"]);
    project
        .run("ana", &["do", "promote", "--hotfix", "pay", "--yes"])
        .ends(3)
        .says(&["`lanekeeper next --hotfix pay` shows what can be done now"]);
    let words: Vec<&str> = named.split(' ').skip(1).chain(["--yes"]).collect();
    project.run("ana", &words).ends(0);

    // Nobody is there to be asked for the note.
    project
        .run("ana", &["acknowledge", "integration", "--hotfix", "pay"])
        .ends(3)
        .says(&["an acknowledgement needs a note"]);
    // Its only word is the hotfix, as for `status` and `log`.
    project
        .run("ana", &["close", "pay", "--note", "given up", "--yes"])
        .ends(0);
    project
        .run("ana", &["next"])
        .ends(0)
        .says(&["git push origin HEAD:hotfix/ship"]);
}

#[test]
fn a_step_or_request_that_is_not_there_is_wrong_words_in_every_command_that_takes_one() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    let with = |words: &[&'static str]| [words, &["--target", "integration"]].concat();
    let no_steps = [
        vec!["do", "verfy"],
        vec!["skip", "verfy", "--reason", "nobody"],
        with(&["abandon", "verfy", "--reason", "nobody"]),
        with(&["decide", "verfy", "--path", "x", "--note", "y"]),
        with(&["resolve", "verfy"]),
    ];
    for words in &no_steps {
        let answer = project.run("ana", words).ends(2);
        answer.says(&["`verfy`", "next", "retrofit"]);
    }
    let skip = ["skip", "verfy", "--reason", "nobody"];
    project
        .run("ana", &skip)
        .ends(2)
        .says(&["Did you mean `verify`?"]);
    for words in [
        &["approve", "99"][..],
        &["reject", "99", "--comment", "no"],
        &["comment", "99", "hello"],
        &["diff", "99"],
    ] {
        let answer = project.run("ana", words).ends(2);
        answer.says(&["there is no change request 99 here", "next"]);
    }
    let out = ["report", "--out", "/nonexistent/x"];
    project.run("ana", &out).ends(2).says(&["next"]);
    project
        .run("ana", &["do", "run", "--target", "integration"])
        .ends(3)
        .says(&["without --target"]);
    project
        .run("ana", &["acknowledge", "integration"])
        .ends(3)
        .says(&["--note"]);
}
