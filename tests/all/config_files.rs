//! Configuration files: samples, the example with every default, and sources that overrule each other.

mod damage;
mod guesses;
mod playbooks;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use lanekeeper::config;
use lanekeeper::config::Environment;
use lanekeeper::config::File;
use lanekeeper::config::Flags;
use lanekeeper::config::Origin;
use lanekeeper::config::Settings;
use lanekeeper::config::Sources;
use lanekeeper::playbook;
use lanekeeper::playbook::Kind;
use lanekeeper::playbook::Section;

use crate::support::team::TWO_LANES;

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

#[test]
fn a_health_check_that_nobody_asks_is_a_warning() {
    let app = "\n[[app]]\nname = \"portal\"\nhealth = { url = \"http://127.0.0.1:9/health\" }\n";
    let command = "deploy = [\"true\"]\n";
    let with = |forge: &str, rest: &str| {
        let settings = load(&format!(
            "[project]\nforge = \"{forge}\"\n{TWO_LANES}{app}{rest}"
        ));
        let warnings = settings.warnings.iter().map(ToString::to_string);
        warnings.filter(|one| one.contains("is not asked")).count()
    };
    for forge in ["gitlab", "github", "gitea", "forgejo"] {
        assert_eq!(with(forge, command), 1, "{forge}");
    }
    // By itself a pipeline deploys what has no command; with one, the remote decides.
    assert_eq!((with("auto", ""), with("auto", command)), (1, 0));
    assert_eq!(with("local", command), 0);
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
    let bare = load(TWO_LANES);
    assert_eq!(bare.remote, "origin");
    assert_eq!(bare.project.remote.as_str(), "origin");
    let named = load(&format!("[project]\nremote = \"up\"\n{TWO_LANES}"));
    assert_eq!(named.remote, "up");
    assert_eq!(named.project.remote.as_str(), "up");
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

/// Every value tells which source won.
#[test]
fn flags_overrule_the_environment_which_overrules_files() {
    let mut all = sources(TWO_LANES);
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
fn commands_of_the_team_wait_for_trust_and_those_of_the_person_do_not() {
    let text = format!(
        "{TWO_LANES}\n[[check]]\nname = \"unit\"\ncommand = [\"make\", \"test\"]\n\n[[check]]\nname = \"lint\"\ncommand = [\"make\", \"lint\"]\n"
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
fn a_variable_of_ours_that_is_no_setting_is_let_be() {
    let mut all = sources(TWO_LANES);
    all.environment = environment(&[
        ("LANEKEEPER_COMMIT", "c0ffee"),
        ("LANEKEEPER_FORGE_SPECS", "/specs"),
    ]);
    Settings::load(&all).expect("facts for commands are no settings");
}
