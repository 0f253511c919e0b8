//! The built-in playbooks against three projects, and what a team makes of them.

use lanekeeper::config::Settings;
use lanekeeper::model::BranchName;
use lanekeeper::model::Project;
use lanekeeper::playbook;
use lanekeeper::playbook::Playbook;
use lanekeeper::playbook::Schema;
use lanekeeper::playbook::Strategy;
use lanekeeper::playbook::Work;

use crate::support::team::TWO_LANES;

use super::EXAMPLE;
use super::load;
use super::sources;

const RUN_ONLY: &str = r#"
[[lane]]
name = "main"
layer = "run"
environment = "production"

[[environment]]
name = "production"
production = true
"#;

fn expanded(text: &str) -> Project {
    let branches: Vec<BranchName> = [
        "integration",
        "uat",
        "preprod",
        "main",
        "release/4.12",
        "release/4.13",
        "release/x/y",
    ]
    .iter()
    .map(|name| name.parse().expect("static name"))
    .collect();
    load(text).project.expand(&branches)
}

pub(super) fn resolved(schema: &Schema, project: &Project) -> Playbook {
    playbook::resolve(schema, project)
        .unwrap_or_else(|mistakes| panic!("{}: {mistakes:#?}", schema.id))
}

fn steps(book: &Playbook) -> Vec<String> {
    book.steps
        .iter()
        .map(|step| {
            let after: Vec<&str> = step.after.iter().map(|id| id.as_str()).collect();
            let targets: Vec<&str> = match &step.work {
                Work::Carry(carry) => carry.targets.iter().map(|lane| lane.as_str()).collect(),
                _ => Vec::new(),
            };
            format!(
                "{} {} after [{}] {}",
                step.id,
                step.work.kind(),
                after.join(" "),
                targets.join(" ")
            )
            .trim_end()
            .to_owned()
        })
        .collect()
}

#[test]
fn all_playbooks_resolve_against_three_kinds_of_projects() {
    let mut said = String::new();
    for (name, text) in [
        ("full", EXAMPLE),
        ("main and develop", TWO_LANES),
        ("RUN only", RUN_ONLY),
    ] {
        let project = expanded(text);
        for schema in playbook::builtin() {
            let book = resolved(&schema, &project);
            said.push_str(&format!("{name}: {} from {}\n", book.id, book.base));
            for step in steps(&book) {
                said.push_str(&format!("  {step}\n"));
            }
            let items: Vec<&str> = book.checklist.iter().map(|item| item.id.as_str()).collect();
            said.push_str(&format!("  checklist {}\n", items.join(" ")));
        }
    }
    insta::assert_snapshot!("built_in_playbooks", said);
}

#[test]
fn a_team_can_have_the_retrofit_merge_of_the_run_lane() {
    let text =
        format!("{TWO_LANES}\n[playbook.build-run.step.retrofit]\nstrategy = \"merge-lane\"\n");
    let settings = load(&text);
    let book = resolved(
        settings.book("build-run").expect("built in"),
        &settings.project,
    );
    let Some(Work::Carry(carry)) = book
        .steps
        .iter()
        .map(|step| &step.work)
        .find(|work| matches!(work, Work::Carry(_)))
    else {
        panic!("build-run carries the fix");
    };
    assert_eq!(carry.strategy, Strategy::MergeLane);
    assert_eq!(carry.branch, "retrofit/from-{source}");
    assert_eq!(carry.source.as_str(), "main");
}

#[test]
fn an_own_playbook_is_read_with_its_own_file_and_lines() {
    let text = format!("[project]\nplaybooks = [\"own.toml\"]\n{TWO_LANES}");
    let mut all = sources(&text);
    let own = "id = \"own\"\ntitle = \"Own\"\n[[step]]\nid = \"go\"\nkind = \"change\"\ntitle = \"Go\"\nfrom = \"@fix\"\ninto = \"man\"\n";
    all.playbooks
        .insert("own.toml".to_owned(), Ok(own.to_owned()));
    let said = Settings::load(&all).expect_err("a wrong lane").to_string();
    assert_eq!(
        said,
        "own.toml:8:8: step.into: there is no lane `man`; did you mean `main`?"
    );
    all.playbooks.insert(
        "own.toml".to_owned(),
        Ok(own.replace("\"man\"", "\"main\"")),
    );
    assert!(Settings::load(&all).expect("valid").book("own").is_some());
    all.playbooks.insert(
        "own.toml".to_owned(),
        Err("there is no such file".to_owned()),
    );
    assert!(Settings::load(&all).is_err());
}
