//! A driver's process is stopped around its permit, somebody else takes over, and then it goes on.
//!
//! Real processes and real stops; time passes only when the world's clock is told to, so that nobody waits.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::sync::Arc;

use lanekeeper::engine::Outcome;
use lanekeeper::ops::Silent;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::WaitOptions;
use rustix::process::kill_process;
use rustix::process::waitpid;

use super::crew::Crew;
use super::crew::console;
use super::crew::planned;
use crate::cli::environment;
use crate::crash::path_with;
use crate::support::repository::first_git;
use crate::support::repository::script;

const WORLD: &str = "LANEKEEPER_TEST_SEAT_WORLD";
const HOTFIX: &str = "LANEKEEPER_TEST_SEAT_HOTFIX";

/// Where the driver is stopped.
#[derive(Clone, Copy, Debug)]
struct Stop {
    /// Which push to the lock log: the permit is the first, its result the second.
    push: usize,
    /// Before that push, or after it.
    when: &'static str,
    /// How long, in seconds of the world's clock.
    silence: u64,
}

/// Ana's console as a process of its own.
#[test]
#[ignore = "a process that the tests below start, stop and let go on"]
fn a_console_of_its_own() {
    let (Some(world), Some(hotfix)) = (environment(WORLD), environment(HOTFIX)) else {
        return;
    };
    let world = PathBuf::from(world);
    let hotfix = hotfix.to_string_lossy().parse().expect("a hotfix id");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    let said = runtime.block_on(async {
        let ana = console(&world, "ana").await;
        let plan = planned(&ana, &hotfix, "do promote").await.expect("a plan");
        match ana.execute(&plan, Arc::new(Silent)).await {
            Ok(report) => report
                .results
                .iter()
                .map(|result| format!("{} {}\n", result.outcome.word(), result.why))
                .collect(),
            Err(fault) => fault.to_string(),
        }
    });
    std::fs::write(world.join("said"), said).expect("own folder");
}

/// Puts a `git` into `dir` that stops its parent at a push to a lock log.
fn stopping_git(dir: &Path, stop: Stop) {
    std::fs::create_dir(dir).expect("fresh folder");
    let body = format!(
        r#"case " $* " in
*" push "*/locks/*)
    echo push >> '{dir}/pushes'
    if [ "$(wc -l < '{dir}/pushes')" -eq {push} ]; then
        if [ {when} = before ]; then kill -STOP $PPID; fi
        '{real}' "$@"
        code=$?
        if [ {when} = after ]; then kill -STOP $PPID; fi
        exit $code
    fi ;;
esac
exec '{real}' "$@""#,
        dir = dir.display(),
        push = stop.push,
        when = stop.when,
        real = first_git().display(),
    );
    script(&dir.join("git"), &body);
}

#[expect(
    clippy::disallowed_methods,
    reason = "this test stops a process of its own"
)]
fn start(crew: &Crew, stop: Stop) -> Child {
    let world = crew.team.world.path();
    let bin = world.join("bin");
    stopping_git(&bin, stop);
    Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "seat::stopped::a_console_of_its_own",
            "--ignored",
        ])
        .env("PATH", path_with(&bin))
        .env(WORLD, world)
        .env(HOTFIX, crew.hotfix.as_str())
        .spawn()
        .expect("this program runs")
}

/// Waits until the process has stopped; false where it ended instead.
fn has_stopped(child: &Child) -> bool {
    let pid = Pid::from_child(child);
    let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED)
        .expect("it is our child")
        .expect("waited for");
    status.stopped()
}

/// Plays one schedule; returns what the stopped driver said when it was let go on.
fn play(stop: Stop) -> (Crew, String) {
    let crew = Crew::new();
    let mut child = start(&crew, stop);
    assert!(has_stopped(&child), "{stop:?}");
    crew.look(&crew.ben);
    crew.pass(stop.silence);
    // Ben does what the seat lets him do, and no more.
    match crew.plan(
        &crew.ben,
        "drive --take --reason \"nothing is heard of ana\"",
    ) {
        Ok(plan) => {
            let results = crew.carry_out(&crew.ben, &plan);
            assert!(
                results.iter().all(|one| one.outcome == Outcome::Done),
                "{results:?}"
            );
            if crew.merges() == 0 {
                let early = crew.refusal(&crew.ben, "do promote");
                assert!(early.contains("s more"), "{stop:?}: {early}");
            }
            crew.pass(61);
        }
        Err(refusal) => assert!(
            // Where the push goes on while its console is stopped, the silence may begin later than the stop.
            stop.silence < 90 || stop.when == "before" || crew.merges() > 0,
            "{stop:?}: {refusal:?}"
        ),
    }
    if let Ok(plan) = crew.plan(&crew.ben, "do promote") {
        crew.carry_out(&crew.ben, &plan);
    }
    kill_process(Pid::from_child(&child), Signal::CONT).expect("it is our child");
    let ended = child.wait().expect("it is our child");
    assert!(ended.success(), "{stop:?}: {ended} {:?}", ended.signal());
    let said = std::fs::read_to_string(crew.team.world.path().join("said"));
    (crew, said.expect("it said something"))
}

/// No epoch holds permits of two drivers, and none comes after a newer one began; production changed once at most.
fn assert_one_driver_at_a_time(crew: &Crew, stop: Stop) {
    let log = crew.log();
    let mut driver: Option<&str> = None;
    for line in &log {
        let (who, what) = line.split_once(' ').expect("who and what");
        match what {
            "lock.acquire" | "lock.takeover" => driver = Some(who),
            "permit" => assert_eq!(driver, Some(who), "{stop:?}: {log:#?}"),
            _other => {}
        }
    }
    assert!(crew.merges() <= 1, "{stop:?}: {log:#?}");
}

#[test]
fn a_driver_that_was_stopped_after_its_permit_finds_the_seat_taken_and_calls_nobody() {
    let stop = Stop {
        push: 1,
        when: "after",
        silence: 91,
    };
    let (crew, said) = play(stop);
    assert_one_driver_at_a_time(&crew, stop);
    assert_eq!(crew.merges(), 1, "ben's");
    assert!(said.contains("refused not started"), "{said}");
    let told = crew.log();
    let takeover = told.iter().position(|line| line == "Ben lock.takeover");
    let takeover = takeover.expect("ben took over");
    assert!(
        !told[takeover..].contains(&"Ana permit".to_owned()),
        "{told:#?}"
    );
    assert!(
        told[takeover..].contains(&"Ben permit".to_owned()),
        "{told:#?}"
    );
}

#[test]
#[ignore = "twelve worlds of processes; the test above stops at the worst of these places"]
fn wherever_a_driver_is_stopped_there_is_one_driver_at_a_time() {
    for push in [1, 2] {
        for when in ["before", "after"] {
            for silence in [5, 91, 180] {
                let stop = Stop {
                    push,
                    when,
                    silence,
                };
                let (crew, _) = play(stop);
                assert_one_driver_at_a_time(&crew, stop);
            }
        }
    }
}
