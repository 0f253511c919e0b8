//! What is wrong with a file: every mistake in one go, and nothing that a file holds may end the program.

use lanekeeper::config;
use lanekeeper::config::Settings;
use lanekeeper::playbook::Schema;
use proptest::prelude::*;

use crate::support::team::TWO_LANES;

use super::EXAMPLE;
use super::environment;
use super::file;
use super::samples;
use super::sources;

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
    let text = include_str!("../config/invalid/ten-mistakes.toml");
    let Err(config::Error::Mistakes(mistakes)) = Settings::load(&sources(text)) else {
        panic!("the file has mistakes");
    };
    assert_eq!(mistakes.len(), 10, "{mistakes:#?}");
    let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.place.line).collect();
    assert!(lines.is_sorted());
}

#[test]
fn mistakes_of_all_sources_are_reported_together() {
    let mut all = sources(&TWO_LANES.replace("layer = \"build\"", "layer = \"biuld\""));
    all.person = Some(file("config.toml", "thme = \"dark\"\n"));
    all.environment = environment(&[("LANEKEEPER_POLL", "often"), ("LANEKEEPER_THEMES", "dark")]);
    let said = Settings::load(&all).expect_err("four mistakes").to_string();
    for part in [
        "environment: LANEKEEPER_POLL: `often`",
        "did you mean `LANEKEEPER_THEME`?",
        "did you mean `theme`?",
        "did you mean `build`?",
    ] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
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
