//! The real binary drives hotfixes and backports: alone, again, and with several people at the same moment.

use super::project::Project;
use super::project::START;

#[test]
fn a_hotfix_is_started_told_and_left_as_it_is_by_a_dry_run() {
    let project = Project::new();
    project
        .run(
            "ana",
            &[
                "start",
                "checkout-null",
                "--title",
                "Checkout fails",
                "--yes",
            ],
        )
        .ends(3)
        .says(&["not answered", "--answer impact="]);
    let start = [
        "start",
        "checkout-null",
        "--title",
        "Checkout fails",
        "--answer",
        "impact=nobody can pay",
    ];
    let before = project.state("ana");
    let dry = project.run("ana", &[&start[..], &["--dry-run", "--json"]].concat());
    let planned = dry.ends(0).json();
    assert_eq!(project.state("ana"), before, "a dry run changed something");
    project
        .run("ana", &start)
        .ends(3)
        .says(&["nobody is there to ask", "--yes"]);
    assert_eq!(project.state("ana"), before, "a refusal changed something");

    let clone = project.git("ana", &["for-each-ref"]);
    let done = project.run("ana", &[&start[..], &["--yes", "--json"]].concat());
    let done = done.ends(0).json();
    assert_eq!(done["schema"], "lanekeeper/do/v1");
    let calls = |document: &serde_json::Value| -> Vec<String> {
        let changes = document["plan"]["changes"].as_array().cloned();
        let changes = changes.unwrap_or_default();
        let call = |change: &serde_json::Value| {
            let call = change["call"].as_str().unwrap_or_default();
            // Only the random digits of the id differ between two plans of the same words.
            call.split_whitespace()
                .filter(|word| !word.contains("checkout-null-"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        changes.iter().map(call).collect()
    };
    assert_eq!(calls(&planned), calls(&done));
    assert!(!calls(&done).is_empty());
    assert_eq!(
        project.git("ana", &["for-each-ref"]),
        clone,
        "the clone was touched"
    );
    let branches = project.git("origin.git", &["branch", "--list", "hotfix/*"]);
    assert_eq!(branches, "hotfix/checkout-null");

    let status = project.run("ana", &["status", "--json"]).ends(0).json();
    assert_eq!(status["schema"], "lanekeeper/status/v1");
    assert_eq!(status["hotfix"]["title"], "Checkout fails");
    assert!(
        status["steps"]
            .as_array()
            .is_some_and(|steps| steps.len() > 2)
    );
    // Another person's clone sees the same.
    let seen = project.run("ben", &["status", "--json"]).ends(0).json();
    assert_eq!(seen["steps"], status["steps"]);

    project.run("ben", &["note", "customer informed"]).ends(0);
    project
        .run("ana", &["log"])
        .ends(0)
        .says(&["note: customer informed", "Ben Ode"]);
    project
        .run("ana", &["report"])
        .ends(0)
        .says(&["# Post-mortem draft: Checkout fails", "## Timeline"]);
    let export = project.run("ana", &["export", "--json"]).ends(0).json();
    let lines = std::fs::read_to_string(export["record"].as_str().expect("a path"));
    assert!(lines.expect("was written").contains("customer informed"));
    project.run("ana", &["approvals"]).ends(0);
    project.run("ana", &["next"]).ends(0);
    project.run("ana", &["doctor"]).ends(0).says(&["ok"]);
}

/// Starts the hotfix that goes all the way to its conflicts.
pub(crate) const START_CHECKOUT: [&str; 7] = [
    "start",
    "checkout-null",
    "--title",
    "Checkout fails",
    "--answer",
    "impact=nobody can pay",
    "--yes",
];

/// Commits the fix on the hotfix branch, beside a change in integration that it conflicts with.
fn write_fix(project: &Project) {
    write_fix_of(project, "checkout-null");
}

fn write_fix_of(project: &Project, slug: &str) {
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/cart.rs", "one\nanother two\nthree\n");
    project.commit("ana", "next version of the cart");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    project.git("ana", &["switch", "--quiet", &format!("hotfix/{slug}")]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
}

/// Carries out what is offered, by whoever may, until nothing is or a command does not end with 0.
pub(crate) fn drive(project: &Project, said: &mut Vec<String>) -> Option<i32> {
    for _ in 0..40 {
        let mut offered = None;
        for login in ["ana", "ben"] {
            let next = project.run(login, &["next", "--json"]).ends(0).json();
            let actions = next["next"].as_array().cloned().unwrap_or_default();
            let mine = actions.iter().find(|action| action["mine"] == true);
            let words = mine.and_then(|action| action["command"].as_str());
            if let Some(words) = words {
                offered = Some((login, words.to_owned()));
                break;
            }
        }
        let (login, words) = offered?;
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.extend(["--yes", "--confirm", "production"]);
        if words.starts_with("do ") {
            arguments.extend(["--note", "seen"]);
        }
        let answer = project.run(login, &arguments);
        said.push(format!("{login}: {words}: {}", answer.code));
        if answer.code != 0 {
            said.push(answer.out + &answer.notes);
            return Some(answer.code);
        }
    }
    panic!("it goes round in circles:\n{}", said.join("\n"));
}

#[test]
fn a_hotfix_is_driven_by_commands_until_conflicts_wait_for_a_person() {
    let project = Project::new();
    project.run("ana", &START_CHECKOUT).ends(0);
    write_fix(&project);
    let mut said = Vec::new();
    let ended = drive(&project, &mut said);
    let said = said.join("\n");
    assert_eq!(ended, Some(4), "{said}");
    assert!(said.contains("cart.rs"), "{said}");
    let main = project.git("origin.git", &["show", "main:cart.rs"]);
    assert_eq!(main, "one\nfixed two\nthree");
    project
        .run("ana", &["status"])
        .ends(0)
        .says(&["1 conflicted path to decide", "cart.rs"]);
    // Which request brought what is there now; and a commit that no request has.
    project
        .run("ana", &["requests", "preprod"])
        .ends(0)
        .says(&["hotfix/checkout-null -> preprod", "merged as"]);
    let document = project.run("ana", &["requests", "preprod", "--json"]);
    let document = document.ends(0).json();
    assert_eq!(document["schema"], "lanekeeper/requests/v1");
    let rows = document["requests"].as_array().expect("a list");
    let brought = rows.iter().find(|row| row["into"] == "preprod");
    assert_eq!(brought.expect("it came in by one")["state"], "merged");
    project
        .run("ana", &["requests", "integration"])
        .ends(0)
        .says(&["No change request that the forge lists has"]);
    // What the clone alone has a name for, and the hotfix by its slug.
    project
        .run("ana", &["requests", "HEAD"])
        .ends(0)
        .says(&["hotfix/checkout-null -> preprod"]);
    project
        .run("ana", &["preflight", "checkout-null"])
        .says(&["integration", "cart.rs"]);
}

#[test]
fn a_printed_start_can_be_said_in_a_shell() {
    let project = Project::new();
    let dry = [&START[..], &["--dry-run", "--json"]].concat();
    let planned = project.run("ana", &dry).ends(0).json();
    let words = planned["plan"]["command"]
        .as_str()
        .expect("words")
        .to_owned();
    let id = planned["plan"]["hotfix"]
        .as_str()
        .expect("an id")
        .to_owned();
    let words = words.replace("\"Nobody can pay\"", "Nobody_can_pay");
    let mut words: Vec<&str> = words
        .split(' ')
        .map(|word| word.trim_matches('"'))
        .collect();
    words.extend(["--yes", "--json"]);
    let done = project.run("ana", &words).ends(0).json();
    assert_eq!(done["plan"]["hotfix"], id.as_str());
    // A second one would share the branch.
    project
        .run("ben", &START)
        .ends(2)
        .says(&["there is a hotfix", "lanekeeper next"]);
}

#[test]
fn two_people_who_do_the_same_at_the_same_moment_do_it_once() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    write_fix_of(&project, "pay");
    let words = ["do", "run", "--yes", "--json"];
    let run = |login: &str| {
        let mut command = project.binary(login);
        command
            .args(words)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command.spawn().expect("the binary runs")
    };
    let children = [run("ana"), run("ben")];
    let mut codes = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("the binary ends");
        let document: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("one document");
        assert_eq!(document["schema"], "lanekeeper/do/v1", "{document}");
        codes.push(output.status.code());
    }
    assert!(codes.contains(&Some(0)), "{codes:?}");
    let log = project.run("ana", &["log", "--json"]).ends(0).json();
    let entries = log["entries"].as_array().cloned().unwrap_or_default();
    let mut opened: Vec<&serde_json::Value> = entries
        .iter()
        .filter(|entry| entry["kind"] == "request.opened")
        .map(|entry| &entry["body"]["request"])
        .collect();
    opened.dedup();
    assert_eq!(opened.len(), 1, "{opened:?}");
}

#[test]
fn notes_of_several_people_at_once_are_all_kept() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    let note = |login: &str, text: &str| {
        let mut command = project.binary(login);
        command.args(["note", text]);
        command.spawn().expect("the binary runs")
    };
    for round in 0..2 {
        let texts = [format!("a{round}"), format!("b{round}")];
        let children = [note("ana", &texts[0]), note("ben", &texts[1])];
        for mut child in children {
            let ended = child.wait().expect("the binary ends");
            assert_eq!(ended.code(), Some(0));
        }
    }
    project
        .run("ana", &["log"])
        .ends(0)
        .says(&["note: a0", "note: b0", "note: a1", "note: b1"]);
}

#[test]
fn a_backport_alone_is_done_once_and_never_merges() {
    let project = Project::fixed();
    let lanes = "refs/heads/*";
    let refs = || project.git("origin.git", &["for-each-ref", lanes, "refs/lanekeeper"]);
    for (into, code) in [
        (&["preprod"][..], 0),
        (&["integration"], 4),
        (&["preprod", "integration"], 10),
    ] {
        let words = [&["backport", "main", "--yes", "--json", "--into"][..], into].concat();
        let first = project.run("ana", &words).ends(code).json();
        assert_eq!(first["exit"], code);
        let before = refs();
        let again = project.run("ana", &words).ends(code).json();
        assert_eq!(again["results"][0]["outcome"], "already");
        assert_eq!(refs(), before, "the second run wrote something");
    }
    project
        .run("ana", &["backport", "nope", "--into", "preprod", "--yes"])
        .ends(2)
        .says(&["no commit `nope`"]);
}
