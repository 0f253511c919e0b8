//! `preflight`, and what it shares with `prove`, as a person or a job runs them: with a project, and in any clone without one.

use serde_json::Value;

use super::project::Answer;
use super::project::Project;

pub(super) const CART: &str = "one\ntwo\nthree\n";

/// A clone without configuration and without a remote: `fix` on main, `old` before it, `rival` against it.
pub(super) fn plain() -> Project {
    let project = Project::empty();
    project.git(".", &["init", "--quiet", "-b", "main", "ana"]);
    project.git("ana", &["config", "user.name", "Ana"]);
    project.git("ana", &["config", "user.email", "ana@example.org"]);
    project.write("ana/cart.rs", CART);
    project.write("ana/rest.rs", CART);
    project.commit("ana", "base");
    project.git("ana", &["checkout", "--quiet", "-b", "rival"]);
    project.write("ana/cart.rs", &CART.replace("two", "zwei"));
    project.commit("ana", "another two");
    project.git("ana", &["branch", "old", "main"]);
    project.git("ana", &["checkout", "--quiet", "main"]);
    project.write("ana/cart.rs", &CART.replace("two", "2"));
    project.commit("ana", "fix");
    project
}

pub(super) fn piped(project: &Project, command: &[&str], lines: &str) -> Answer {
    project.write("lines", lines);
    let input = std::fs::File::open(project.path("lines")).expect("just written");
    let output = project.binary("ana").args(command).stdin(input).output();
    Answer::new(&output.expect("the binary runs"))
}

pub(super) fn rows(answer: &Answer) -> Vec<Value> {
    let row = |line: &str| serde_json::from_str(line).expect("one document a line");
    answer.out.lines().map(row).collect()
}

#[test]
fn preflight_answers_in_any_clone_with_trees_conflicts_and_exit_codes() {
    let project = plain();
    let before = project.git("ana", &["count-objects", "-v"]);
    let answer = project
        .run("ana", &["preflight", "main", "--into", "old", "--json"])
        .ends(0);
    let row = &answer.json()["targets"][0];
    assert_eq!(row["outcome"], "clean");
    assert_eq!(row["by"], "own");
    let tree = project.git("ana", &["rev-parse", "main^{tree}"]);
    assert_eq!(row["tree"], tree.as_str());
    assert_eq!(
        row["commit"],
        project.git("ana", &["rev-parse", "main"]).as_str()
    );
    let answer = project
        .run(
            "ana",
            &["preflight", "main", "--into", "rival", "main", "--json"],
        )
        .ends(4);
    let rows = &answer.json()["targets"];
    assert_eq!(rows[0]["outcome"], "conflict");
    assert_eq!(rows[0]["tree"], Value::Null);
    assert_eq!(rows[0]["conflicts"][0]["path"], "cart.rs");
    assert_eq!(rows[0]["conflicts"][0]["kind"], "content");
    assert_eq!(rows[0]["conflicts"][0]["last_authors"][0], "Ana");
    assert_eq!(rows[1]["outcome"], "already");
    project
        .run("ana", &["preflight", "main", "--into", "rival"])
        .ends(4)
        .says(&["conflicts in 1 file", "cart.rs (content)"]);
    project
        .run("ana", &["preflight", "main", "--into", "nowhere"])
        .ends(2)
        .says(&["there is no revision `nowhere`"]);
    project
        .run("ana", &["preflight", "main"])
        .ends(2)
        .says(&["--into"]);
    project
        .run("ana", &["preflight", "nothing", "--into", "old"])
        .ends(2)
        .says(&["nothing"]);
    assert_eq!(project.git("ana", &["count-objects", "-v"]), before);
}

#[test]
fn a_batch_answers_line_by_line_in_order_and_goes_on_after_a_bad_one() {
    let project = plain();
    let id = |rev: &str| project.git("ana", &["rev-parse", rev]);
    let lines = format!(
        "# commit target\n\n{} old further columns\nmain rival\nnothing old\nmain\nmain {}\n",
        id("main"),
        id("main")
    );
    let answer = piped(&project, &["preflight", "--batch"], &lines).ends(1);
    let rows = rows(&answer);
    let outcomes: Vec<_> = rows.iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(
        outcomes,
        ["clean", "conflict", "unknown", "unknown", "already"]
    );
    assert_eq!(rows[0]["target"], "old");
    assert!(
        rows[2]["why"]
            .as_str()
            .is_some_and(|why| why.contains("nothing"))
    );
    let again = piped(&project, &["preflight", "--batch"], &lines).ends(1);
    assert_eq!(again.out, answer.out);
    piped(&project, &["preflight", "--batch"], "main old\n").ends(0);
    piped(&project, &["preflight", "--batch"], "main rival\n").ends(4);
}

#[test]
fn what_would_not_be_carried_into_run_is_blocked_in_a_batch_as_it_is_alone() {
    let project = Project::new();
    project.git("ana", &["checkout", "--quiet", "integration"]);
    project.write("ana/next.rs", CART);
    project.commit("ana", "the next version");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    let words = [
        "preflight",
        "integration",
        "--into",
        "preprod",
        "integration",
        "--json",
    ];
    let alone = project.run("ana", &words).ends(3).json()["targets"].clone();
    let why = alone[0]["why"].as_str().expect("a reason");
    assert!(why.contains("is only in BUILD"), "{why}");
    let lines = "integration preprod\nintegration integration\n";
    let together = rows(&piped(&project, &["preflight", "--batch"], lines).ends(3));
    for (place, outcome) in ["blocked", "already"].into_iter().enumerate() {
        assert_eq!(together[place]["outcome"], outcome);
        for field in ["outcome", "why", "by", "tree"] {
            assert_eq!(together[place][field], alone[place][field], "{field}");
        }
    }
}

#[test]
fn missing_prerequisites_of_a_conflict_are_named() {
    let project = plain();
    // The second fix stands on the first, which `old` lacks.
    project.write("ana/cart.rs", &CART.replace("two", "2, again"));
    project.commit("ana", "second fix");
    let answer = project
        .run("ana", &["preflight", "main", "--into", "old", "--json"])
        .ends(4);
    let row = &answer.json()["targets"][0];
    let lacking = row["prerequisites"].as_array().expect("named").clone();
    assert_eq!(lacking.len(), 1);
    assert_eq!(lacking[0]["subject"], "fix");
    // Picked there by hand, with its trailer: nothing is missing any more.
    project.git("ana", &["checkout", "--quiet", "old"]);
    project.git("ana", &["cherry-pick", "-x", "main^"]);
    project.write("ana/cart.rs", &CART.replace("two", "2, otherwise"));
    project.commit("ana", "goes on");
    let answer = project
        .run("ana", &["preflight", "main", "--into", "old", "--json"])
        .ends(4);
    assert_eq!(answer.json()["targets"][0]["prerequisites"], Value::Null);
}

/// A project whose retrofit carries in this way.
fn carrying_by(strategy: &str) -> Project {
    let project = Project::new();
    let team = std::fs::read_to_string(project.path("ana/lanekeeper.toml")).expect("readable");
    let own = format!("\n[playbook.build-run.step.retrofit]\nstrategy = \"{strategy}\"\n");
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/lanekeeper.toml", &format!("{team}{own}"));
    project.commit("ana", "how the retrofit carries");
    project
}

/// Starts a hotfix and goes to its branch; returns its id.
fn start_cart(project: &Project) -> String {
    project.git(
        "ana",
        &["push", "--quiet", "origin", "main", "main:preprod"],
    );
    let start = [
        "start",
        "cart",
        "--title",
        "Cart",
        "--playbook",
        "build-run",
        "--answer",
        "impact=none",
        "--yes",
    ];
    project.run("ana", &start).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/cart"]);
    let names = [
        "for-each-ref",
        "--format=%(refname:lstrip=-1)",
        "refs/lanekeeper",
    ];
    let names = project.git("origin.git", &names);
    let id = names.lines().find(|name| name.contains("-cart-"));
    id.expect("a record").to_owned()
}

#[test]
fn a_hotfix_is_asked_about_as_its_playbook_carries_it_to_each_target() {
    for (strategy, outcome) in [("pick", "clean"), ("merge-fix", "conflict")] {
        let project = carrying_by(strategy);
        // RUN has something else that BUILD has otherwise: it comes along where the branch is merged, not with a pick.
        project.write("ana/rest.rs", "run\n");
        project.commit("ana", "something else in RUN");
        project.git("ana", &["switch", "--quiet", "integration"]);
        project.write("ana/rest.rs", "build\n");
        project.commit("ana", "something else in BUILD");
        project.git("ana", &["push", "--quiet", "origin", "integration"]);
        project.git("ana", &["switch", "--quiet", "main"]);
        let id = start_cart(&project);
        project.write("ana/cart.rs", "one\nfixed two\nthree\n");
        project.commit("ana", "fix the cart");
        project.git("ana", &["push", "--quiet", "origin", "hotfix/cart"]);
        // Named twice, it is asked once, whatever stands between.
        let into = ["integration", "main", "integration"];
        let words = [&["preflight", id.as_str(), "--json", "--into"], &into[..]].concat();
        let answer = project.run("ana", &words);
        let document = answer.json();
        let targets = document["targets"].as_array().expect("rows");
        assert_eq!(targets.len(), 2, "{document}");
        assert_eq!(targets[0]["outcome"], outcome, "{strategy}: {document}");
    }
}

#[test]
fn a_hotfix_of_several_commits_is_tried_commit_by_commit_where_it_is_picked_so() {
    let project = carrying_by("pick");
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/cart.rs", "one\nfixed better\nthree\n");
    project.commit("ana", "the same in the end");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    project.git("ana", &["switch", "--quiet", "main"]);
    let id = start_cart(&project);
    for two in ["fixed", "fixed better"] {
        project.write("ana/cart.rs", &format!("one\n{two}\nthree\n"));
        project.commit("ana", two);
    }
    project.git("ana", &["push", "--quiet", "origin", "hotfix/cart"]);
    // As one change it is there already; the first of the two commits conflicts with it all the same.
    let answer = project.run("ana", &["preflight", &id, "--json"]).ends(4);
    let document = answer.json();
    let row = &document["targets"][0];
    assert_eq!(
        (&row["target"], &row["outcome"]),
        (&"integration".into(), &"conflict".into()),
        "{document}"
    );
    assert_eq!(row["conflicts"][0]["path"], "cart.rs");
}

#[test]
fn what_carries_a_hotfix_is_built_here_and_does_not_hang_on_attributes_of_the_target() {
    let project = carrying_by("pick");
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/.gitattributes", "cart.rs merge=union\n");
    project.write("ana/cart.rs", &format!("{CART}build\n"));
    project.commit("ana", "work on the next version");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    project.git("ana", &["switch", "--quiet", "main"]);
    let id = start_cart(&project);
    project.write("ana/cart.rs", &format!("{CART}run\n"));
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "hotfix/cart"]);
    let answers = |what: &str, exit| {
        let words = ["preflight", what, "--into", "integration", "--json"];
        let document = project.run("ana", &words).ends(exit).json();
        document["targets"][0]["outcome"].clone()
    };
    assert_eq!(answers(&id, 4), "conflict");
    // Whoever carries the commit alone: this forge merges as we do.
    assert_eq!(answers("hotfix/cart", 4), "conflict");
    let line = "hotfix/cart integration\n";
    let together = rows(&piped(&project, &["preflight", "--batch"], line).ends(4));
    assert_eq!(together[0]["outcome"], "conflict");
}

#[test]
fn what_hangs_on_attributes_of_the_target_is_unknown_where_nobody_knows_the_forge() {
    let project = plain();
    project.git("ana", &["checkout", "--quiet", "-b", "target", "old"]);
    project.write("ana/.gitattributes", "cart.rs merge=union\n");
    project.write("ana/cart.rs", &format!("{CART}build\n"));
    project.commit("ana", "the next version");
    project.git("ana", &["checkout", "--quiet", "-b", "run", "old"]);
    project.write("ana/cart.rs", &format!("{CART}run\n"));
    project.commit("ana", "fix the end");
    let words = ["preflight", "run", "--into", "target", "--json"];
    let alone = project.run("ana", &words).ends(1).json();
    assert_eq!(alone["targets"][0]["outcome"], "unknown");
    let together = rows(&piped(&project, &["preflight", "--batch"], "run target\n").ends(1));
    assert_eq!(together[0]["outcome"], "unknown");
}

#[test]
fn a_driver_that_conflicts_where_the_forge_does_not_is_told_when_it_is_run() {
    let project = plain();
    project.write("ana/long.rs", &CART.repeat(9));
    project.commit("ana", "a longer file");
    project.git("ana", &["branch", "target"]);
    project.write("ana/long.rs", &format!("{}end\n", CART.repeat(9)));
    project.commit("ana", "fix its end");
    project.git("ana", &["checkout", "--quiet", "target"]);
    project.write("ana/long.rs", &format!("begin\n{}", CART.repeat(9)));
    project.commit("ana", "its begin");
    project.git("ana", &["config", "merge.no.driver", "false"]);
    project.write("ana/.git/info/attributes", "long.rs merge=no\n");
    let version = project.git("ana", &["version"]);
    let words = [
        "preflight",
        "main",
        "--into",
        "target",
        "--with-driver",
        "--json",
    ];
    let answer = project.run("ana", &words).ends(0).json();
    let row = &answer["targets"][0];
    assert_eq!(row["outcome"], "clean");
    let case = row["driver"]["case"].as_str().unwrap_or_default();
    // An older git cannot ask a driver without a checkout, and says so.
    assert!(
        case == "only-driver-conflicts" || case == "unknown" && version.contains(" 2.3"),
        "{version}: {row}"
    );
}

#[test]
fn a_hotfix_is_told_by_its_id_whatever_words_named_it() {
    let project = carrying_by("pick");
    let id = start_cart(&project);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "hotfix/cart"]);
    let asked = |words: &[&str]| project.run("ana", words).json();
    let document = asked(&["preflight", "cart", "--json", "--into", "integration"]);
    assert_eq!(document["targets"][0]["hotfix"], id, "{document}");
    let document = asked(&["prove", "cart", "--json", "--in", "integration"]);
    let promotions = document["promotions"].as_array().expect("rows");
    assert!(!promotions.is_empty(), "{document}");
    for row in promotions {
        assert_eq!(row["fix"], id, "{document}");
    }
}
