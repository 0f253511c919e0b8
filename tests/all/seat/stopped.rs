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

/// Pushes to the lock log, as a pattern of the shell: the permit is the first, its result the second.
const LOCK_LOG: &str = "*\" push \"*/locks/*";

/// Where the driver is stopped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    /// At which calls of git, as a pattern of the shell.
    pub(super) calls: &'static str,
    /// At which of them.
    pub(super) number: usize,
    /// Before that call, or after it.
    pub(super) when: &'static str,
    /// How long, in seconds of the world's clock.
    pub(super) silence: u64,
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
        // Where it was stopped while it looked, others may have been faster.
        let plan = match planned(&ana, &hotfix, "do promote").await {
            Ok(plan) => plan,
            Err(refusal) => return format!("not planned: {}", refusal.reasons.join("; ")),
        };
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

/// Puts a `git` into `dir` that stops its parent at a certain call. Each such call is noted when it begins and when it has
/// ended, since it goes on while the parent is stopped.
fn stopping_git(dir: &Path, stop: Stop) {
    std::fs::create_dir(dir).expect("fresh folder");
    let body = format!(
        r#"case " $* " in
{calls})
    echo call >> '{dir}/begun'
    number=$(wc -l < '{dir}/begun')
    if [ {when} = before ] && [ "$number" -eq {number} ]; then kill -STOP $PPID; fi
    '{real}' "$@"
    code=$?
    echo call >> '{dir}/ended'
    if [ {when} = after ] && [ "$number" -eq {number} ]; then kill -STOP $PPID; fi
    exit $code ;;
esac
exec '{real}' "$@""#,
        calls = stop.calls,
        dir = dir.display(),
        number = stop.number,
        when = stop.when,
        real = first_git().display(),
    );
    script(&dir.join("git"), &body);
}

/// Returns how many of those calls have begun, and how many have ended.
pub(super) fn calls(crew: &Crew) -> (usize, usize) {
    let count = |name: &str| {
        let path = crew.team.world.path().join("bin").join(name);
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().count()
    };
    // What has ended is read first, so that it is never more.
    let ended = count("ended");
    (count("begun"), ended)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this test stops a process of its own"
)]
pub(super) fn start(crew: &Crew, stop: Stop) -> Child {
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
pub(super) fn has_stopped(child: &Child) -> bool {
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
    let said = let_go_on(&crew, &mut child);
    (crew, said)
}

/// Lets the stopped console go on to its end, and returns what it said.
pub(super) fn let_go_on(crew: &Crew, child: &mut Child) -> String {
    kill_process(Pid::from_child(child), Signal::CONT).expect("it is our child");
    let ended = child.wait().expect("it is our child");
    let log = crew.log();
    assert!(ended.success(), "{ended} {:?}: {log:#?}", ended.signal());
    let said = std::fs::read_to_string(crew.team.world.path().join("said"));
    said.expect("it said something")
}

/// No epoch holds permits of two drivers, and none comes after a newer one began; production changed once at most.
pub(super) fn assert_one_driver_at_a_time(crew: &Crew, case: &dyn std::fmt::Debug) {
    let log = crew.log();
    let mut driver: Option<&str> = None;
    for line in &log {
        let (who, what) = line.split_once(' ').expect("who and what");
        match what {
            "lock.acquire" | "lock.takeover" => driver = Some(who),
            "lock.release" if driver == Some(who) => driver = None,
            "permit" => assert_eq!(driver, Some(who), "{case:?}: {log:#?}"),
            _other => {}
        }
    }
    assert!(crew.merges() <= 1, "{case:?}: {log:#?}");
}

#[test]
fn a_driver_that_was_stopped_after_its_permit_finds_the_seat_taken_and_calls_nobody() {
    let stop = Stop {
        calls: LOCK_LOG,
        number: 1,
        when: "after",
        silence: 91,
    };
    let (crew, said) = play(stop);
    assert_one_driver_at_a_time(&crew, &stop);
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
    for number in [1, 2] {
        for when in ["before", "after"] {
            for silence in [5, 91, 180] {
                let stop = Stop {
                    calls: LOCK_LOG,
                    number,
                    when,
                    silence,
                };
                let (crew, _) = play(stop);
                assert_one_driver_at_a_time(&crew, &stop);
            }
        }
    }
}
