//! The guess of `init`: lanes from the names of branches and the files of others.

use lanekeeper::config;
use lanekeeper::config::BranchFacts;
use lanekeeper::config::ForgeKind;
use lanekeeper::config::GuessFacts;
use lanekeeper::config::GuessedProduction;
use lanekeeper::config::UnnamedForge;
use lanekeeper::model::BranchName;
use lanekeeper::model::Layer;
use lanekeeper::playbook;

use super::load;
use super::playbooks::resolved;

fn facts(branches: &[&str], default: &str, files: &[(&str, &str)]) -> GuessFacts {
    GuessFacts {
        name: "shop".to_owned(),
        branches: branches
            .iter()
            .map(|name| BranchFacts {
                name: name.parse().expect("static name"),
                is_protected: None,
            })
            .collect(),
        default_branch: default.parse().ok(),
        unnamed: None,
        forge: None,
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect(),
    }
}

fn guessed(facts: &GuessFacts) -> String {
    let guess = config::guess(facts, None);
    format!(
        "{}\n{}\n\n{}",
        guess.drawing(),
        guess.origins().join("\n"),
        guess.to_toml()
    )
}

#[test]
fn lanes_are_guessed_from_names_with_their_origins() {
    let facts = facts(
        &[
            "main",
            "preprod",
            "uat",
            "uat_run",
            "integration",
            "release/4.12",
            "feature/x",
            "maintenance/1",
            "training",
            "master",
        ],
        "integration",
        &[],
    );
    assert!(config::guess(&facts, None).is_sure());
    insta::assert_snapshot!("guess_from_names", guessed(&facts));
}

#[test]
fn lanes_are_guessed_from_the_files_of_sfdx_hardis() {
    let facts = facts(
        &["main", "preprod", "uat", "integration"],
        "main",
        &[
            (
                "config/.sfdx-hardis.yml",
                "developmentBranch: integration\n",
            ),
            (
                "config/branches/.sfdx-hardis.preprod.yml",
                "mergeTargets:\n  - main\n",
            ),
            (
                "config/branches/.sfdx-hardis.uat.yml",
                "level: 70\nmergeTargets: [preprod, gone]\n",
            ),
            (
                "config/branches/.sfdx-hardis.main.yml",
                "mergeTargets: []\n",
            ),
            ("config/branches/.sfdx-hardis.old.yml", ""),
        ],
    );
    insta::assert_snapshot!("guess_from_hardis", guessed(&facts));
}

#[test]
fn every_guess_reads_back_as_the_same_lanes() {
    for (branches, default) in [
        (vec!["main"], "main"),
        (vec!["main", "develop"], "main"),
        (vec!["master"], "master"),
        (
            vec![
                "main",
                "preprod",
                "uat",
                "uat_run",
                "integration",
                "release/1",
            ],
            "main",
        ),
        (
            vec!["develop", "dev", "qa", "uat", "staging", "prod"],
            "develop",
        ),
        (vec!["trunk", "preprod"], "trunk"),
    ] {
        let guess = config::guess(&facts(&branches, default, &[]), None);
        let project = load(&guess.to_toml()).project;
        let read: Vec<(String, String, Layer, Vec<String>)> = project
            .lanes
            .iter()
            .map(|lane| {
                let into = lane.merges_into.iter().map(ToString::to_string);
                (
                    lane.name.to_string(),
                    lane.branch.to_string(),
                    lane.layer,
                    into.collect(),
                )
            })
            .collect();
        let proposed: Vec<(String, String, Layer, Vec<String>)> = guess
            .lanes
            .iter()
            .map(|lane| {
                let into = lane.merges_into.iter().map(|into| into.value.clone());
                (
                    lane.name.clone(),
                    lane.branch.to_string(),
                    lane.layer.value,
                    into.collect(),
                )
            })
            .collect();
        assert_eq!(read, proposed);
        for schema in playbook::builtin() {
            resolved(&schema, &project);
        }
    }
}

#[test]
fn production_is_never_guessed_silently() {
    let guess = config::guess(&facts(&["main", "production"], "main", &[]), None);
    assert!(!guess.is_sure());
    assert!(matches!(&guess.production, GuessedProduction::Several(names) if names.len() == 2));
    let chosen: BranchName = "production".parse().expect("static name");
    let guess = config::guess(&facts(&["main", "production"], "main", &[]), Some(&chosen));
    assert!(guess.is_sure());
    assert_eq!(
        guess.lanes.first().map(|lane| lane.name.as_str()),
        Some("main")
    );
    let guess = config::guess(&facts(&["trunk"], "trunk", &[]), None);
    assert_eq!(guess.production, GuessedProduction::Unknown);
    assert!(
        guess
            .origins()
            .join("\n")
            .contains("production: needs a choice")
    );
    assert!(
        config::guess(&facts(&["main"], "main", &[]), None)
            .origins()
            .join("\n")
            .contains("production = main: needs confirmation")
    );
}

#[test]
fn people_are_named_as_the_forge_knows_them() {
    let plain = facts(&["main"], "main", &[]);
    let text = config::guess(&plain, None).to_toml();
    assert!(text.contains("tech-lead = [\"ana@example.org\"]"), "{text}");
    let named = GuessFacts {
        forge: Some(ForgeKind::Gitea),
        ..plain.clone()
    };
    let answering = GuessFacts {
        unnamed: Some(UnnamedForge {
            host: "code.example".to_owned(),
            answers_as: Some((ForgeKind::Gitea, "gitea")),
        }),
        ..plain
    };
    for facts in [named, answering] {
        let text = config::guess(&facts, None).to_toml();
        assert!(text.contains("the account's name on gitea"), "{text}");
        assert!(text.contains("tech-lead = [\"ana\"]"), "{text}");
        assert!(!text.contains('@'), "{text}");
    }
}

#[test]
fn an_address_is_nobody_on_a_forge_that_the_file_names() {
    let text = config::guess(&facts(&["main"], "main", &[]), None).to_toml();
    let text = format!("{text}tech-lead = [\"ana@example.org\", \"@ben\", \"carla\"]\n");
    for (forge, warnings) in [("gitea", 1), ("auto", 0), ("local", 1)] {
        let line = format!("[project]\nforge = \"{forge}\"\n");
        let settings = load(&text.replacen("[project]\n", &line, 1));
        let said: Vec<String> = settings.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), warnings, "{forge}: {said:?}");
        if forge == "gitea" {
            assert!(
                said[0].contains("`ana@example.org` is an e-mail"),
                "{said:?}"
            );
        }
    }
}
