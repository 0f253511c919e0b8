//! Two people with a clone and a console each, one remote, and a clock that goes on only when it is told to.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Refusal;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::BootClock;
use lanekeeper::ops::Booted;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;

use crate::support::team::Team;
use crate::support::team::assert_done;
use crate::support::team::open_in;

/// Ana, Ben, and a fix that waits in preprod for its promotion into production, whose request is open.
pub(super) struct Crew {
    pub(super) team: Team,
    pub(super) ana: Workspace,
    pub(super) ben: Workspace,
    pub(super) hotfix: HotfixId,
    /// What everybody's file of the team becomes of the usual one.
    edit: fn(&str) -> String,
}

impl Crew {
    pub(super) fn new() -> Self {
        Self::with(str::to_owned)
    }

    /// The same, with another file of the team once the request is open.
    pub(super) fn with(edit: fn(&str) -> String) -> Self {
        let team = Team::new();
        let hotfix = team.start("refund");
        team.fix(&[(3, "fixed")], "Fix the refund");
        team.world.git(&["push", "-q", "origin", "HEAD:preprod"]);
        team.act(&hotfix, "do promote");
        let world = team.world.path().to_owned();
        tick(&world, 1_000);
        for name in ["ana", "ben"] {
            clone(&team, name, edit);
        }
        let ana = team.wait(console(&world, "ana"));
        let ben = team.wait(console(&world, "ben"));
        Self {
            team,
            ana,
            ben,
            hotfix,
            edit,
        }
    }

    /// Somebody else comes, with a clone and a console of their own.
    pub(super) fn joined_by(&self, name: &str) -> Workspace {
        clone(&self.team, name, self.edit);
        self.team.wait(console(self.team.world.path(), name))
    }

    /// Lets time pass for everybody.
    pub(super) fn pass(&self, seconds: u64) {
        let world = self.team.world.path();
        tick(world, seconds_of(world) + seconds);
    }

    /// Looks, and plans what the words mean.
    pub(super) fn plan(&self, who: &Workspace, words: &str) -> Result<Plan, Refusal> {
        self.team.wait(planned(who, &self.hotfix, words))
    }

    /// Says why the words are refused.
    pub(super) fn refusal(&self, who: &Workspace, words: &str) -> String {
        let refusal = self.plan(who, words).expect_err("it is refused");
        let hint = refusal.hint.unwrap_or_default();
        format!("{}; hint: {hint}", refusal.reasons.join("; "))
    }

    pub(super) fn carry_out(&self, who: &Workspace, plan: &Plan) -> Vec<ChangeResult> {
        let report = self.team.wait(who.execute(plan, Arc::new(Silent)));
        report.expect("it is carried out").results
    }

    /// Plans and does what the words mean; it must succeed.
    pub(super) fn act(&self, who: &Workspace, words: &str) {
        let plan = match self.plan(who, words) {
            Ok(plan) => plan,
            Err(refusal) => panic!("{words}: {}", refusal.reasons.join("; ")),
        };
        assert_done(&self.carry_out(who, &plan));
    }

    /// Looks, as somebody does now and then.
    pub(super) fn look(&self, who: &Workspace) {
        let looked = self.team.wait(who.look(Some(&self.hotfix)));
        looked.expect("a look");
    }

    /// Returns the lock logs of the remote, oldest entry first: `Ana lock.acquire`.
    pub(super) fn log(&self) -> Vec<String> {
        let world = &self.team.world;
        let arguments = [
            "log",
            "--reverse",
            "--format=%an %s",
            "--glob=refs/lanekeeper/v1/locks",
        ];
        let told = world.git_in(&world.origin(), &arguments);
        let line = |line: &str| line.rsplit_once(' ').map(|(words, _id)| words.to_owned());
        let is_of_a_lock = |words: &String| words.contains(" lock.") || words.contains(" permit");
        told.lines().filter_map(line).filter(is_of_a_lock).collect()
    }

    /// Returns how many merges production has.
    pub(super) fn merges(&self) -> usize {
        let world = &self.team.world;
        let arguments = ["rev-list", "--merges", "--first-parent", "--count", "main"];
        let count = world.git_in(&world.origin(), &arguments);
        count.trim().parse().expect("a number")
    }
}

/// Looks, and plans what the words mean.
pub(super) async fn planned(
    who: &Workspace,
    hotfix: &HotfixId,
    words: &str,
) -> Result<Plan, Refusal> {
    let board = who.look(Some(hotfix)).await.expect("a look");
    let intent: Intent = words.parse().expect("words of an intent");
    let record = board.record.clone().expect("a record");
    plan(&intent, &board.book, &record, &board.seen)
}

/// Opens somebody's console, whose clock is the world's.
pub(super) async fn console(world: &Path, name: &str) -> Workspace {
    let opened = open_in(world, &world.join(name), &format!("state-{name}")).await;
    let world = world.to_owned();
    opened.with_boot_clock(BootClock::new(move || Booted {
        boot: "this one".to_owned(),
        since: Duration::from_secs(seconds_of(&world)),
    }))
}

fn clone(team: &Team, name: &str, edit: fn(&str) -> String) {
    let world = &team.world;
    let dir: PathBuf = world.path().join(name);
    let origin = world.origin();
    let paths = (origin.to_string_lossy(), dir.to_string_lossy());
    world.git_in(
        world.path(),
        &["clone", "-q", "-b", "main", &paths.0, &paths.1],
    );
    let full = name[..1].to_uppercase() + &name[1..];
    world.git_in(&dir, &["config", "user.name", &full]);
    world.git_in(
        &dir,
        &["config", "user.email", &format!("{name}@example.org")],
    );
    let file = dir.join("lanekeeper.toml");
    let text = std::fs::read_to_string(&file).expect("the team has a file");
    std::fs::write(&file, edit(&text)).expect("own folder");
}

fn tick(world: &Path, seconds: u64) {
    std::fs::write(world.join("clock"), seconds.to_string()).expect("own folder");
}

fn seconds_of(world: &Path) -> u64 {
    let text = std::fs::read_to_string(world.join("clock")).expect("a clock");
    text.parse().expect("seconds")
}
