//! Merge drivers of the user's clone: seen without being run, run only when asked, and exactly those that were read.

use std::time::Duration;

use lanekeeper::git::DRIVER_LIMIT;
use lanekeeper::git::Error;
use lanekeeper::git::Forecast;
use lanekeeper::git::Question;
use lanekeeper::git::ToDrivers;
use lanekeeper::git::UserClone;
use lanekeeper::model::CommitId;
use lanekeeper::model::PredictionOutcome;

use super::super::support::repository::LINES;
use super::super::support::repository::World;
use super::super::support::repository::script;
use super::fetched;
use super::files_of;

/// Changes one line of a page in BUILD and by a fix; returns what was before, BUILD, and the fix.
fn rivals(world: &World) -> [CommitId; 3] {
    world.write("page.xml", LINES);
    let base = world.commit("base");
    world.switch("develop", Some("main"));
    let develop = world.change("page.xml", LINES.replace('5', "V"), "BUILD");
    world.switch("main", None);
    let fix = world.change("page.xml", LINES.replace('5', "five"), "fix");
    [base, develop, fix]
}

#[test]
fn x12_a_merge_driver_of_the_clone_is_seen_run_only_when_asked_and_does_not_change_the_forges_answer()
 {
    let world = World::empty();
    let [base, develop, fix] = rivals(&world);
    let (program, ran) = (world.path().join("driver"), world.path().join("ran"));
    script(&program, &format!("touch '{}'; exit 0", ran.display()));
    let command = format!("{} %O %A %B", program.display());
    world.git(&["config", "merge.salesforce-source.driver", &command]);
    world.write(".git/info/attributes", "*.xml merge=salesforce-source\n");
    let repo = fetched(&world);
    if !world.executable().version().merges_trees() {
        return;
    }
    let clone = UserClone::discover(&world.executable(), &world.clone()).expect("clone");
    let question = Question::Pick {
        commit: fix.clone(),
        base: base.clone(),
        onto: develop.clone(),
    };
    let drivers = clone.merge_drivers().expect("readable");
    let texts = drivers
        .list()
        .iter()
        .map(|driver| (driver.name.raw(), driver.command.raw()));
    let expected = [("salesforce-source", command.as_str())];
    assert_eq!(texts.collect::<Vec<_>>(), expected);
    let driven = repo
        .driven_between(&clone, &drivers, [&base, &fix, &develop])
        .expect("readable")
        .expect("this git can tell");
    assert_eq!(driven.keys().collect::<Vec<_>>(), ["page.xml"]);
    let forge = repo.predict_pick(&fix, &base, &develop).expect("predicted");
    assert!(matches!(forge.outcome, PredictionOutcome::Conflict { .. }));
    assert!(!ran.exists(), "nobody asked for the driver");
    let before = files_of(&world);
    assert_eq!(repo.known_with_drivers(&drivers, &question), None);
    let local = repo
        .forecast_with_drivers(&clone, &drivers, &question, DRIVER_LIMIT)
        .expect("answered");
    assert!(matches!(
        local,
        Forecast::Already { .. } | Forecast::Clean { .. }
    ));
    assert!(ran.exists());
    assert_eq!(repo.known_with_drivers(&drivers, &question), Some(true));
    assert!(files_of(&world) == before, "the clone stays as it is");
}

#[test]
fn of_several_picks_each_begins_with_what_the_drivers_made_of_the_one_before() {
    let world = World::empty();
    let [_, develop, fix] = rivals(&world);
    let both = LINES.replace('5', "five").replace('6', "six");
    let further = world.change("page.xml", both, "the fix goes on");
    world.write(".git/info/attributes", "*.xml merge=own\n");
    let repo = fetched(&world);
    if !world.executable().version().merges_trees() {
        return;
    }
    let clone = UserClone::discover(&world.executable(), &world.clone()).expect("clone");
    let commits = [fix, further];
    let row = ToDrivers::Row {
        commits: &commits,
        onto: &develop,
    };
    // Taken as a whole from the first pick, the file leaves nothing to do for the driver at the second one; a conflict ends it.
    for (name, then, is_clean) in [
        ("takes", "cp \"$3\" \"$2\"", true),
        ("leaves", "exit 1", false),
    ] {
        let (program, ran) = (world.path().join(name), world.path().join("ran"));
        std::fs::write(&ran, "").expect("own folder");
        script(
            &program,
            &format!("echo ran >> '{}'; {then}", ran.display()),
        );
        let command = format!("{} %O %A %B", program.display());
        world.git(&["config", "merge.own.driver", &command]);
        let drivers = clone.merge_drivers().expect("readable");
        assert_eq!(repo.known_with_drivers(&drivers, row), None);
        let forecast = repo
            .forecast_with_drivers(&clone, &drivers, row, DRIVER_LIMIT)
            .expect("answered");
        match forecast {
            Forecast::Clean { .. } => assert!(is_clean),
            Forecast::Conflict { paths, .. } => {
                assert!(!is_clean);
                assert_eq!(paths[0].0, "page.xml");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(repo.known_with_drivers(&drivers, row), Some(is_clean));
        let times = std::fs::read_to_string(&ran).expect("own file");
        assert_eq!(times.lines().count(), 1, "{name}");
    }
}

#[test]
fn a_driver_that_cannot_be_started_breaks_down_or_never_ends_is_no_answer() {
    let world = World::empty();
    let [base, develop, fix] = rivals(&world);
    world.write(".git/info/attributes", "*.xml merge=own\n");
    let repo = fetched(&world);
    if !world.executable().version().merges_trees() {
        return;
    }
    let clone = UserClone::discover(&world.executable(), &world.clone()).expect("clone");
    let question = Question::Pick {
        commit: fix,
        base,
        onto: develop,
    };
    let with = |command: &str, limit: Duration| {
        world.git(&["config", "merge.own.driver", command]);
        let drivers = clone.merge_drivers().expect("readable");
        repo.forecast_with_drivers(&clone, &drivers, &question, limit)
    };
    for (command, said) in [
        ("no-such-program %O %A %B", "no-such-program"),
        ("no-such-program", "not found"),
        ("", "cannot run"),
        ("echo it broke down >&2; exit 1", "it broke down"),
    ] {
        let answer = with(command, DRIVER_LIMIT).expect("asked");
        let Forecast::Unknown { why } = &answer else {
            panic!("{command}: {answer:?}");
        };
        assert!(why.contains(said), "{command}: {why}");
    }
    // What it prints where git prints its answer makes that unreadable.
    assert!(with("echo here; exit 1", DRIVER_LIMIT).is_err());
    let conflict = with("exit 1", DRIVER_LIMIT).expect("asked");
    assert!(
        matches!(conflict, Forecast::Conflict { .. }),
        "{conflict:?}"
    );
    let endless = with("sleep 1000", Duration::from_millis(200));
    assert!(
        matches!(endless, Err(Error::TimedOut { .. })),
        "{endless:?}"
    );
    // Whoever waits no longer than that need not ask.
    let late = || {
        let drivers = clone.merge_drivers().expect("readable");
        repo.late_with_drivers(&drivers, &question)
    };
    assert_eq!(late(), Some(Duration::from_millis(200)));
    let again = with("sleep 1000", Duration::from_millis(100));
    assert!(matches!(again, Err(Error::TimedOut { .. })), "{again:?}");
    assert_eq!(late(), Some(Duration::from_millis(200)), "the longest");
    world.git(&["config", "merge.own.driver", "true"]);
    assert_eq!(late(), None, "they are other commands");
}

#[test]
fn no_command_runs_but_those_that_were_read_and_no_filter_with_them() {
    let world = World::empty();
    let [base, develop, fix] = rivals(&world);
    let ran = |name: &str| world.path().join(name);
    let touch = |name: &str| format!("touch '{}'; cat", ran(name).display());
    let set = |key: &str, value: &str| {
        world.git(&["config", key, value]);
    };
    set("merge.own.driver", &touch("read"));
    set("filter.own.clean", &touch("clean"));
    set("filter.own.smudge", &touch("smudge"));
    set("merge.renormalize", "true");
    world.write(".git/info/attributes", "*.xml merge=own filter=own\n");
    let repo = fetched(&world);
    if !world.executable().version().merges_trees() {
        return;
    }
    let clone = UserClone::discover(&world.executable(), &world.clone()).expect("clone");
    let drivers = clone.merge_drivers().expect("readable");
    set("merge.own.driver", &touch("changed"));
    let question = Question::Pick {
        commit: fix,
        base,
        onto: develop,
    };
    repo.forecast_with_drivers(&clone, &drivers, &question, DRIVER_LIMIT)
        .expect("asked");
    let fired: Vec<&str> = ["read", "changed", "clean", "smudge"]
        .into_iter()
        .filter(|name| ran(name).exists())
        .collect();
    assert_eq!(fired, ["read"]);
    let changed = clone.merge_drivers().expect("readable");
    assert_ne!(changed, drivers, "the file is another one");
    assert_eq!(repo.known_with_drivers(&changed, &question), None);
}

#[test]
fn a_driver_that_is_configured_after_the_others_were_read_does_not_run_and_drivers_see_the_clone() {
    let world = World::empty();
    let files = ["page.xml", "other.xml", "third.xml"];
    let write = |lines: &str| {
        for file in files {
            world.write(file, lines);
        }
    };
    write(LINES);
    let base = world.commit("base");
    world.switch("develop", Some("main"));
    write(&LINES.replace('5', "V"));
    let develop = world.commit("BUILD");
    world.switch("main", None);
    write(&LINES.replace('5', "five"));
    let fix = world.commit("fix");
    let seen = world.path().join("seen");
    let see = format!(
        "git rev-parse --show-toplevel > '{0}' && git config a.key >> '{0}'",
        seen.display()
    );
    world.git(&["config", "a.key", "own"]);
    world.git(&["config", "merge.own.driver", &see]);
    world.write(
        ".git/info/attributes",
        "page.xml merge=own\nother.xml merge=later\n",
    );
    let repo = fetched(&world);
    if !world.executable().version().merges_trees() {
        return;
    }
    let clone = UserClone::discover(&world.executable(), &world.clone()).expect("clone");
    let drivers = clone.merge_drivers().expect("readable");
    let ran = world.path().join("ran");
    let later = format!("touch '{}'", ran.display());
    for key in ["later", "default", "text", "own-in-bases"] {
        world.git(&["config", &format!("merge.{key}.driver"), &later]);
    }
    world.git(&["config", "merge.default", "later"]);
    world.git(&["config", "merge.own.recursive", "own-in-bases"]);
    let question = Question::Pick {
        commit: fix,
        base,
        onto: develop,
    };
    let answer = repo.forecast_with_drivers(&clone, &drivers, &question, DRIVER_LIMIT);
    let Forecast::Conflict { paths, .. } = answer.expect("asked") else {
        panic!("two files are merged without a driver");
    };
    let mut paths: Vec<String> = paths.into_iter().map(|(path, _)| path).collect();
    paths.sort();
    assert_eq!(paths, ["other.xml", "third.xml"]);
    assert!(!ran.exists(), "nobody knows of that driver");
    let seen = std::fs::read_to_string(seen).expect("the one that was read ran");
    let top = world.clone().canonicalize().expect("a folder");
    assert_eq!(seen, format!("{}\nown\n", top.display()));
}
