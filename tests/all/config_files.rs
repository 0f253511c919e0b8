//! Configuration files: every mistake in one go, the example, the built-in playbooks against three projects.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use lanekeeper::config;
use lanekeeper::config::BranchFacts;
use lanekeeper::config::Environment;
use lanekeeper::config::File;
use lanekeeper::config::Flags;
use lanekeeper::config::GuessFacts;
use lanekeeper::config::GuessedProduction;
use lanekeeper::config::Origin;
use lanekeeper::config::Settings;
use lanekeeper::config::Sources;
use lanekeeper::model::BranchName;
use lanekeeper::model::Layer;
use lanekeeper::model::Project;
use lanekeeper::playbook;
use lanekeeper::playbook::Kind;
use lanekeeper::playbook::Playbook;
use lanekeeper::playbook::Schema;
use lanekeeper::playbook::Section;
use lanekeeper::playbook::Strategy;
use lanekeeper::playbook::Work;
use proptest::prelude::*;

fn file(shown: &str, text: &str) -> File {
    File {
        path: PathBuf::from("/repo").join(shown),
        shown: shown.to_owned(),
        text: text.to_owned(),
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let mut all: BTreeMap<String, OsString> = BTreeMap::new();
    all.insert("HOME".to_owned(), OsString::from("/home/ana"));
    for (name, value) in variables {
        all.insert((*name).to_owned(), OsString::from(value));
    }
    Environment {
        variables: all,
        current_dir: PathBuf::from("/repo"),
    }
}

fn sources(team: &str) -> Sources {
    Sources {
        root: PathBuf::from("/repo/shop"),
        clone: PathBuf::from("/repo/shop/.git"),
        team: Some(file("lanekeeper.toml", team)),
        playbooks: BTreeMap::new(),
        signers: None,
        person: None,
        trusted: String::new(),
        environment: environment(&[]),
        flags: Flags::default(),
    }
}

fn load(team: &str) -> Settings {
    match Settings::load(&sources(team)) {
        Ok(settings) => settings,
        Err(error) => panic!("{error}"),
    }
}

fn samples(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/all/config")
        .join(folder);
    let mut found: Vec<(PathBuf, String)> = std::fs::read_dir(&folder)
        .expect("samples are there")
        .map(|entry| entry.expect("samples are readable").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("samples are text");
            (path, text)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_valid_sample_loads_without_a_warning() {
    let samples = samples("valid");
    assert!(samples.len() >= 5);
    for (path, text) in samples {
        match Settings::load(&sources(&text)) {
            Ok(settings) => assert_eq!(settings.warnings, [], "{}", path.display()),
            Err(error) => panic!("{}:\n{error}", path.display()),
        }
    }
}

/// The messages stand beside each sample; `UPDATE_SAMPLES=1` writes them anew, for review in the diff.
#[test]
fn every_invalid_sample_says_what_is_written_beside_it() {
    let samples = samples("invalid");
    assert!(samples.len() >= 25);
    let mut differences = Vec::new();
    for (path, text) in samples {
        let said = match Settings::load(&sources(&text)) {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(error) => error.to_string(),
        };
        let beside = path.with_extension("txt");
        if option_env!("UPDATE_SAMPLES").is_some() {
            std::fs::write(&beside, format!("{said}\n")).expect("samples are writable");
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if expected.trim_end() != said || said == "nothing is wrong" {
            differences.push(format!("{}:\n{said}\n", path.display()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn ten_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let text = include_str!("config/invalid/ten-mistakes.toml");
    let Err(config::Error::Mistakes(mistakes)) = Settings::load(&sources(text)) else {
        panic!("the file has mistakes");
    };
    assert_eq!(mistakes.len(), 10, "{mistakes:#?}");
    let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.place.line).collect();
    assert!(lines.is_sorted());
}

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn example_person() -> String {
    let lines = EXAMPLE.lines().filter_map(|line| line.strip_prefix("#~"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_example_loads_and_changes_nothing_of_the_playbooks() {
    let mut with_person = sources(EXAMPLE);
    with_person.person = Some(file("config.toml", &example_person()));
    let settings = Settings::load(&with_person).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(settings.warnings, []);
    // What the example states about build-run is what build-run does without it.
    let project = settings.project.expand([]);
    let stated = playbook::resolve(settings.book("build-run").expect("built in"), &project);
    let plain = playbook::resolve(&playbook::builtin()[0], &project);
    assert_eq!(stated, plain);
}

/// Finds keys of the shape that a file never shows, and defaults that it never states.
fn compare(section: &Section, tables: &[&toml::Table], path: &str, missing: &mut Vec<String>) {
    for key in section.keys {
        let path = format!("{path}.{}", key.name);
        let values: Vec<&toml::Value> = tables.iter().filter_map(|t| t.get(key.name)).collect();
        if values.is_empty() {
            missing.push(format!("{path} is not shown"));
            continue;
        }
        if let Some(default) = key.default {
            let line: toml::Table = format!("v = {default}").parse().expect("defaults are TOML");
            if !values.contains(&&line["v"]) {
                missing.push(format!("{path} never states its default {default}"));
            }
        }
        let below = |values: Vec<&toml::Value>| -> Vec<toml::Table> {
            values
                .into_iter()
                .filter_map(|v| v.as_table().cloned())
                .collect()
        };
        match &key.kind {
            Kind::One(section) => {
                let below = below(values);
                compare(section, &below.iter().collect::<Vec<_>>(), &path, missing);
            }
            Kind::Many(section) => {
                let items = values.into_iter().filter_map(|v| v.as_array()).flatten();
                let below = below(items.collect());
                compare(section, &below.iter().collect::<Vec<_>>(), &path, missing);
            }
            Kind::Named(section) => {
                let items = values.into_iter().filter_map(|v| v.as_table());
                let below = below(items.flat_map(|table| table.values()).collect());
                compare(section, &below.iter().collect::<Vec<_>>(), &path, missing);
            }
            Kind::Text
            | Kind::Choice(_)
            | Kind::Choices(_)
            | Kind::Flag
            | Kind::Number { .. }
            | Kind::Duration
            | Kind::Texts
            | Kind::NamedText
            | Kind::NamedTexts => {}
        }
    }
}

#[test]
fn the_example_shows_every_key_and_states_every_default() {
    let mut missing = Vec::new();
    let team: toml::Table = EXAMPLE.parse().expect("the example is TOML");
    compare(&config::TEAM, &[&team], "team", &mut missing);
    let person: toml::Table = example_person().parse().expect("the person's part is TOML");
    compare(&config::PERSON, &[&person], "person", &mut missing);
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn stated_defaults_are_the_defaults() {
    let bare = load(MAIN_AND_DEVELOP);
    assert_eq!(bare.remote, "origin");
    assert_eq!(bare.playbook, "build-run");
    assert_eq!(bare.record.prefix.as_str(), "refs/lanekeeper/v1");
    assert_eq!(bare.poll, std::time::Duration::from_secs(15));
    assert_eq!(bare.project.name, "shop");
    assert_eq!(bare.forge, config::ForgeKind::Auto);
    assert_eq!(bare.person.editor, ["vi"]);
    assert_eq!(bare.origins.of("project.remote"), Some(&Origin::Default));
}

#[test]
fn the_schema_knows_every_table() {
    let schema = config::schema();
    let lane = &schema["properties"]["lane"]["items"];
    assert_eq!(lane["properties"]["layer"]["enum"][1], "run");
    assert_eq!(lane["required"], serde_json::json!(["name", "layer"]));
    assert_eq!(
        schema["properties"]["project"]["properties"]["remote"]["default"],
        "origin"
    );
    assert_eq!(
        schema["$defs"]["person"]["properties"]["theme"]["enum"][0],
        "auto"
    );
}

// Sources overrule each other, and every value tells which one won.

#[test]
fn flags_overrule_the_environment_which_overrules_files() {
    let mut all = sources(MAIN_AND_DEVELOP);
    all.person = Some(file(
        "config.toml",
        "poll = \"30s\"\nascii = \"never\"\ntheme = \"light\"\n",
    ));
    let settings = Settings::load(&all).expect("valid");
    assert_eq!(
        settings
            .origins
            .of("project.poll")
            .expect("noted")
            .to_string(),
        "config.toml:1"
    );
    assert!(!settings.person.ascii);
    all.environment = environment(&[
        ("LANEKEEPER_POLL", "5s"),
        ("LANEKEEPER_ASCII", "never"),
        ("NO_COLOR", "1"),
    ]);
    all.flags.ascii = true;
    let settings = Settings::load(&all).expect("valid");
    assert_eq!(settings.poll, std::time::Duration::from_secs(5));
    assert_eq!(
        settings.origins.of("project.poll"),
        Some(&Origin::Environment("LANEKEEPER_POLL"))
    );
    assert!(settings.person.ascii);
    assert_eq!(settings.origins.of("ascii"), Some(&Origin::Flag("--ascii")));
    assert!(!settings.person.colour);
    assert_eq!(
        settings.origins.of("colour"),
        Some(&Origin::Environment("NO_COLOR"))
    );
}

#[test]
fn mistakes_of_all_sources_are_reported_together() {
    let mut all = sources(&MAIN_AND_DEVELOP.replace("layer = \"build\"", "layer = \"biuld\""));
    all.person = Some(file("config.toml", "thme = \"dark\"\n"));
    all.environment = environment(&[("LANEKEEPER_POLL", "often"), ("LANEKEEPER_THEMES", "dark")]);
    let said = Settings::load(&all).expect_err("four mistakes").to_string();
    for part in [
        "`often`",
        "did you mean `LANEKEEPER_THEME`?",
        "did you mean `theme`?",
        "did you mean `build`?",
    ] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
}

#[test]
fn commands_of_the_team_wait_for_trust_and_those_of_the_person_do_not() {
    let text = format!(
        "{MAIN_AND_DEVELOP}\n[[check]]\nname = \"unit\"\ncommand = [\"make\", \"test\"]\n\n[[check]]\nname = \"lint\"\ncommand = [\"make\", \"lint\"]\n"
    );
    let mut all = sources(&text);
    all.person = Some(file(
        "config.toml",
        "[[check]]\nname = \"lint\"\ncommand = [\"my-lint\"]\n",
    ));
    let settings = Settings::load(&all).expect("valid");
    let argv =
        |words: &[&str]| -> Vec<String> { words.iter().map(|&word| word.to_owned()).collect() };
    assert!(!settings.commands.is_trusted);
    assert!(!settings.commands.may_run(&argv(&["make", "test"])));
    assert!(settings.commands.may_run(&argv(&["my-lint"])));
    assert_eq!(settings.commands.waiting.len(), 1);
    assert_eq!(settings.project.checks[1].command, Some(argv(&["my-lint"])));

    let digest = config::trust::fingerprint(text.as_bytes());
    all.trusted = format!("{digest} /repo/lanekeeper.toml\n");
    let settings = Settings::load(&all).expect("valid");
    assert!(settings.commands.is_trusted);
    assert!(settings.commands.may_run(&argv(&["make", "test"])));
}

#[test]
fn without_a_file_the_next_step_is_named() {
    let mut none = sources("");
    none.team = None;
    let said = Settings::load(&none)
        .expect_err("there is no file")
        .to_string();
    assert!(said.contains("lanekeeper init"), "{said}");
}

// Playbooks.

const MAIN_AND_DEVELOP: &str = r#"
[[lane]]
name = "develop"
layer = "build"
merges_into = ["main"]

[[lane]]
name = "main"
layer = "run"
environment = "production"

[[environment]]
name = "production"
production = true
"#;

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

fn resolved(schema: &Schema, project: &Project) -> Playbook {
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
        ("main and develop", MAIN_AND_DEVELOP),
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
    let text = format!(
        "{MAIN_AND_DEVELOP}\n[playbook.build-run.step.retrofit]\nstrategy = \"merge-lane\"\n"
    );
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
    let text = format!("[project]\nplaybooks = [\"own.toml\"]\n{MAIN_AND_DEVELOP}");
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

// The guess of `init`.

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

// Nothing that a file holds may end the program.

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = Settings::load(&sources(&text));
        let _ = Schema::read("book.toml", &text);
    }

    #[test]
    fn no_damage_to_a_file_panics(start in 0usize..6000, length in 0usize..80, by in "[\\[\\]{}=\"'#\\n,. a-z0-9@*-]{0,12}") {
        let mut text: Vec<char> = EXAMPLE.chars().collect();
        let start = start.min(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, by.chars());
        let text: String = text.into_iter().collect();
        let _ = Settings::load(&sources(&text));
        let _ = Schema::read("book.toml", &text);
    }
}

#[test]
fn a_variable_of_ours_that_is_no_setting_is_let_be() {
    let mut all = sources(MAIN_AND_DEVELOP);
    all.environment = environment(&[
        ("LANEKEEPER_COMMIT", "c0ffee"),
        ("LANEKEEPER_FORGE_SPECS", "/specs"),
    ]);
    Settings::load(&all).expect("facts for commands are no settings");
}
