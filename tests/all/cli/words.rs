//! Words to a command, and results to an exit code.

use clap::CommandFactory;
use clap::Parser;
use lanekeeper::cli::Arguments;
use lanekeeper::cli::Command;
use lanekeeper::model::RequestId;
use lanekeeper::model::Subject;

fn parse(words: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(std::iter::once("lanekeeper").chain(words.split(' ')))
}

fn command(words: &str) -> Command {
    parse(words)
        .unwrap_or_else(|error| panic!("{words}: {error}"))
        .command
        .expect("a command was given")
}

#[test]
fn the_definition_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn without_a_command_it_is_the_console() {
    let arguments = Arguments::try_parse_from(["lanekeeper"]).expect("no words are fine");
    assert!(arguments.command.is_none());
}

#[test]
fn global_flags_stand_before_or_after_the_command() {
    for words in [
        "-C sub --json --no-color --ascii -v status",
        "status -C sub --json --no-color --ascii -v",
    ] {
        let arguments = parse(words).expect("valid words");
        assert!(arguments.json && arguments.no_color && arguments.ascii);
        assert_eq!(arguments.verbose, 1);
        assert_eq!(arguments.dir.as_deref(), Some(std::path::Path::new("sub")));
    }
}

#[test]
fn every_way_to_write_a_change_request_is_read() {
    for id in ["12", "!12", "#12"] {
        let Command::Approve(words) = command(&format!("approve {id} --role tech-lead")) else {
            panic!("not read as approve");
        };
        assert_eq!(words.judge.subject, Subject::Request(RequestId(12)));
        assert_eq!(words.seen, None);
    }
    let Command::Approve(words) = command("approve 12 --seen 9F3C1A2") else {
        panic!("not read as approve");
    };
    assert_eq!(words.seen.as_deref(), Some("9f3c1a2"));
    assert!(parse("approve 12 --seen 9f3c").is_err());
    for (id, is_right) in [
        ("12", true),
        ("deployment:3", true),
        ("commit:HEAD~2", true),
        ("main", false),
    ] {
        assert_eq!(parse(&format!("diff {id}")).is_ok(), is_right, "{id}");
    }
    let Command::Reject(words) = command("reject deployment:3") else {
        panic!("not read as reject");
    };
    assert_eq!(words.subject.to_string(), "deployment 3");
    assert!(parse("approve main").is_err());
}

#[test]
fn start_reads_answers_and_commits() {
    let Command::Start(words) = command(
        "start checkout-null --title Broken --commits A..B --answer why=now --answer a=b=c",
    ) else {
        panic!("not read as start");
    };
    assert_eq!(words.commits.as_deref(), Some("A..B"));
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(words.answers, [pair("why", "now"), pair("a", "b=c")]);
    assert!(parse("start x --title T --answer nothing").is_err());
}

#[test]
fn a_demo_may_name_its_playbook_or_not() {
    let played = |words: &str| match command(words) {
        Command::Demo(words) => words.play,
        _ => panic!("not read as demo"),
    };
    assert_eq!(played("demo"), None);
    assert_eq!(played("demo --play").as_deref(), Some("build-run"));
    assert_eq!(
        played("demo --play gitflow-sync").as_deref(),
        Some("gitflow-sync")
    );
}

#[test]
fn the_seat_is_wanted_in_one_way_at_a_time_and_taken_over_only_with_a_reason() {
    for right in [
        "drive",
        "drive --release",
        "drive --to mia",
        "drive --take --reason x",
    ] {
        assert!(parse(right).is_ok(), "{right}");
    }
    for wrong in [
        "drive --take",
        "drive --reason x",
        "drive --release --to mia",
        "drive --take --reason x --release",
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_hotfix_is_a_word_or_a_flag_and_not_both() {
    for right in [
        "close pay",
        "close --hotfix pay",
        "status --hotfix pay",
        "log pay",
    ] {
        assert!(parse(right).is_ok(), "{right}");
    }
    for wrong in ["close pay --hotfix pay", "note text pay"] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn usage_errors_end_with_2() {
    for wrong in ["stauts", "do", "start", "tick", "do a b", "status --colour"] {
        let error = parse(wrong).expect_err(wrong);
        assert_eq!(error.exit_code(), 2, "{wrong}");
    }
}

#[test]
fn help_is_complete_and_stable() {
    insta::assert_snapshot!("help", Arguments::command().render_help());
    for sub in Arguments::command().get_subcommands() {
        assert!(sub.get_about().is_some(), "{} says nothing", sub.get_name());
    }
}
