//! Merge drivers of the user's clone: looks tell that they are there, and run them only where a person trusts exactly
//! these commands.

use std::path::Path;
use std::time::Duration;

use lanekeeper::engine::Board;
use lanekeeper::model::Driven;
use lanekeeper::model::DriverCase;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::WaitingForTrust;
use lanekeeper::ops::Workspace;
use serde_json::Value;

use crate::cli::project::Project;
use crate::cli::project::START;
use crate::support::team::Team;
use crate::support::team::around;
use crate::support::team::numbered;

const CONFIGURED: &str = "the merge driver cart is configured for 1 of its paths; trust it to see what it makes of it: lanekeeper trust";
const RESOLVE_HERE: &str = "clean with the merge driver cart: resolve here and push the result";

/// Tells whether this git can ask a driver without a checkout: 2.45 or newer.
pub(crate) fn asks_drivers(version: &str) -> bool {
    let mut numbers = version.split('.').skip(1);
    let minor = numbers.next().and_then(|minor| minor.parse::<u32>().ok());
    minor.is_some_and(|minor| minor >= 45)
}

/// Returns the command of a driver that leaves a line in `ran` each time, and then does this.
fn command(ran: &Path, then: &str) -> String {
    format!("echo ran >> '{}'; {then}", ran.display())
}

fn times(ran: &Path) -> usize {
    std::fs::read_to_string(ran).map_or(0, |text| text.lines().count())
}

/// A project with a hotfix whose fix conflicts with integration; none where this git asks no drivers.
fn story() -> Option<Project> {
    let project = Project::new();
    if !asks_drivers(&project.git("ana", &["version"])) {
        return None;
    }
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/cart.rs", "one\nanother two\nthree\n");
    project.commit("ana", "next version of the cart");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    project.run("ana", &START).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/pay"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "hotfix/pay"]);
    Some(project)
}

/// Lets Ana's git merge the cart by this command.
fn configure(project: &Project, command: &str) {
    project.git("ana", &["config", "merge.cart.driver", command]);
    std::fs::create_dir_all(project.path("ana/.git/info")).expect("a clone");
    project.write("ana/.git/info/attributes", "cart.rs merge=cart\n");
}

/// Returns what `lanes` and `status` say of the drivers for integration, as documents.
fn documents(project: &Project) -> [Value; 2] {
    let find = |rows: &Value, name: &str| {
        let rows = rows.as_array().cloned().unwrap_or_default();
        let found = rows.into_iter().find(|row| row[name] == "integration");
        found.map_or(Value::Null, |row| row["driver"].clone())
    };
    let lanes = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let status = project.run("ana", &["status", "--json"]).ends(0).json();
    let steps = status["steps"].as_array().cloned().unwrap_or_default();
    let mut targets = steps.iter().map(|step| find(&step["targets"], "name"));
    let target = targets.find(|driver| !driver.is_null());
    [
        find(&lanes["presence"], "lane"),
        target.unwrap_or(Value::Null),
    ]
}

fn says(project: &Project, words: &str) {
    for command in ["lanes", "status"] {
        project.run("ana", &[command]).ends(0).says(&[words]);
    }
}

#[test]
fn a_driver_is_told_to_be_configured_until_it_is_trusted_and_then_what_it_makes_of_the_target() {
    let Some(project) = story() else { return };
    let ran = project.path("ran");
    assert_eq!(documents(&project), [Value::Null, Value::Null]);

    configure(&project, &command(&ran, "exit 0"));
    says(&project, CONFIGURED);
    for driver in documents(&project) {
        assert_eq!(driver["case"], Value::Null, "{driver}");
        assert_eq!(driver["paths"][0]["path"], "cart.rs", "{driver}");
        assert_eq!(driver["paths"][0]["driver"], "cart", "{driver}");
    }
    let doctor = |words: &str| {
        let answer = project.run("ana", &["doctor"]);
        answer.says(&[words]);
    };
    doctor("cart: not trusted");
    project.run("ana", &["trust"]).ends(3).says(&[
        "Merge drivers that git's configuration of this clone has:",
        &command(&ran, "exit 0"),
        "Not trusted.",
    ]);
    assert_eq!(times(&ran), 0, "nobody trusts it");

    let trust = project.run("ana", &["trust", "--yes"]).ends(0);
    trust.says(&["The merge drivers are trusted as they stand: sha256"]);
    says(&project, RESOLVE_HERE);
    doctor("cart: trusted as they stand");
    for driver in documents(&project) {
        assert_eq!(driver["case"], "only-forge-conflicts", "{driver}");
        assert_eq!(driver["why"], Value::Null, "{driver}");
    }
    assert_eq!(times(&ran), 1, "an unchanged world runs none twice");
    let status = project.git("ana", &["status", "--porcelain"]);
    assert_eq!(status, "", "nothing is left in the clone");
    let trust = project.run("ana", &["trust", "--yes"]).ends(0);
    trust.says(&["Nothing waits for trust: what runs commands here is accepted as it stands"]);
}

#[test]
fn any_change_of_a_driver_runs_nothing_until_it_is_trusted_again() {
    let Some(project) = story() else { return };
    let (first, second) = (project.path("first"), project.path("second"));
    configure(&project, &command(&first, "exit 0"));
    project.run("ana", &["trust", "--yes"]).ends(0);
    says(&project, RESOLVE_HERE);
    project.git(
        "ana",
        &["config", "merge.cart.driver", &command(&second, "exit 1")],
    );
    says(&project, CONFIGURED);
    // One more is another list, though nothing is merged by it.
    project.git("ana", &["config", "merge.other.driver", "true"]);
    says(&project, CONFIGURED);
    assert_eq!((times(&first), times(&second)), (1, 0));
    let trust = project.run("ana", &["trust", "--yes"]).ends(0);
    trust.says(&["What changed in them since you trusted them:", "other"]);
    says(&project, "the merge driver cart sees conflicts as well");
    assert_eq!((times(&first), times(&second)), (1, 1));
    // What was known of the first is known still where it is trusted again.
    project.git("ana", &["config", "--unset", "merge.other.driver"]);
    project.git(
        "ana",
        &["config", "merge.cart.driver", &command(&first, "exit 0")],
    );
    says(&project, CONFIGURED);
    project.run("ana", &["trust", "--yes"]).ends(0);
    says(&project, RESOLVE_HERE);
    assert_eq!((times(&first), times(&second)), (1, 1));
}

#[test]
fn what_preflight_was_told_by_a_driver_stands_on_the_lanes_where_it_is_trusted() {
    let Some(project) = story() else { return };
    let ran = project.path("ran");
    configure(&project, &command(&ran, "exit 0"));
    let preflight = ["preflight", "pay", "--with-driver", "--json"];
    let answer = project.run("ana", &preflight).ends(4).json();
    let targets = answer["targets"].as_array().expect("rows");
    let driver = targets.iter().find(|row| row["target"] == "integration");
    let driver = driver.map_or(Value::Null, |row| row["driver"].clone());
    assert_eq!(driver["case"], "only-forge-conflicts", "{answer}");
    assert_eq!(times(&ran), 1, "its flag is the consent");
    says(&project, CONFIGURED);
    project.run("ana", &["trust", "--yes"]).ends(0);
    says(&project, RESOLVE_HERE);
    assert_eq!(times(&ran), 1, "it is known already");
}

#[test]
fn preflight_and_prove_of_a_hotfix_run_no_trusted_driver_and_tell_what_a_look_was_told() {
    let Some(project) = story() else { return };
    let ran = project.path("ran");
    configure(&project, &command(&ran, "exit 0"));
    project.run("ana", &["trust", "--yes"]).ends(0);
    let preflight = |words: &str| {
        let answer = project.run("ana", &["preflight", "pay"]);
        answer.ends(4).says(&[words]);
    };
    preflight("--with-driver, which runs its command");
    project.run("ana", &["prove", "pay"]);
    assert_eq!(times(&ran), 0, "nobody asked for it");
    says(&project, RESOLVE_HERE);
    preflight(RESOLVE_HERE);
    assert_eq!(times(&ran), 1, "it is known already");
}

#[test]
fn drivers_are_trusted_where_there_is_no_file_and_without_either_there_is_nothing_to_trust() {
    let project = Project::empty();
    project.git(".", &["init", "--quiet", "-b", "main", "ana"]);
    let nothing = "there is no lanekeeper.toml to trust";
    project
        .run("ana", &["trust", "--yes"])
        .ends(2)
        .says(&[nothing]);
    let command = command(&project.path("ran"), "exit 0");
    project.git("ana", &["config", "merge.own.driver", &command]);
    project
        .run("ana", &["trust", "--yes"])
        .ends(0)
        .says(&["The merge drivers are trusted as they stand: sha256"]);
    project
        .run("ana", &["trust", "--yes"])
        .ends(0)
        .says(&["Nothing waits for trust"]);
    assert_eq!(times(&project.path("ran")), 0);
}

/// A team in process whose hotfix conflicts with integration, and which git merges by this command; none where this git
/// asks no drivers.
fn team(command: &str) -> Option<(Team, HotfixId)> {
    let team = Team::new();
    if !asks_drivers(&team.world.git(&["version"])) {
        return None;
    }
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.world.switch("integration", Some("origin/integration"));
    team.world
        .change("shop.txt", numbered(&[(3, "otherwise")]), "Next");
    team.world.git(&["push", "-q", "origin", "integration"]);
    team.world.git(&["config", "merge.own.driver", command]);
    team.world
        .write(".git/info/attributes", "shop.txt merge=own\n");
    Some((team, id))
}

/// Accepts the drivers as they are, as `lanekeeper trust --yes` does.
fn trust(team: &Team) {
    let (options, environment) = around(team.world.path(), &team.world.clone(), "state");
    let waiting = WaitingForTrust::read(&options, &environment).expect("readable");
    assert_eq!(waiting.drivers.len(), 1);
    let accepted = waiting.accept().expect("it can be kept");
    assert!(accepted.drivers.is_some());
}

fn look(team: &Team, workspace: &Workspace, id: &HotfixId) -> Board {
    team.wait(workspace.look(Some(id))).expect("a look")
}

/// Returns what is told of the one target that a driver merges.
fn driven(board: &Board) -> Driven {
    let lane = "integration".parse().expect("a lane");
    let driven = board.driven_into(&lane).expect("it is driven");
    assert_eq!(board.seen.driven.len(), 1);
    assert_eq!(driven.paths, [("shop.txt".to_owned(), "own".to_owned())]);
    driven.clone()
}

#[test]
fn a_driver_that_never_ends_is_unknown_and_not_waited_for_again() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let ran = folder.path().join("ran");
    let Some((team, id)) = team(&command(&ran, "sleep 1000")) else {
        return;
    };
    trust(&team);
    let patience = Duration::from_millis(500);
    let (options, environment) = around(team.world.path(), &team.world.clone(), "state");
    // As another process would open it, which remembers nothing.
    let fresh = || {
        let workspace = team.wait(Workspace::open(&options, &environment));
        workspace.expect("opens").with_patience(patience)
    };
    let first = fresh();
    for workspace in [&first, &first, &fresh()] {
        let driven = driven(&look(&team, workspace, &id));
        let Some(DriverCase::Unknown { why }) = &driven.case else {
            panic!("{driven:?}");
        };
        let longer = format!("lanekeeper preflight {id} --with-driver");
        assert!(why.contains(&longer), "{why}");
        assert!(why.contains("looks do not ask it again"), "{why}");
        assert!(times(&ran) <= 1, "it took all of the first look's time");
    }
}

#[test]
fn a_driver_that_breaks_down_is_unknown_and_not_asked_again_until_something_changed() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let ran = folder.path().join("ran");
    let Some((team, id)) = team(&command(&ran, "exit 200")) else {
        return;
    };
    trust(&team);
    let (options, environment) = around(team.world.path(), &team.world.clone(), "state");
    // As another process would open it, which remembers nothing.
    let fresh = || {
        let workspace = team.wait(Workspace::open(&options, &environment));
        workspace.expect("opens")
    };
    let first = fresh();
    let mut said = Vec::new();
    for workspace in [&first, &first, &fresh()] {
        let driven = driven(&look(&team, workspace, &id));
        let Some(DriverCase::Unknown { why }) = driven.case else {
            panic!("{driven:?}");
        };
        let again = format!("lanekeeper preflight {id} --with-driver");
        assert!(why.contains("it broke down: "), "{why}");
        assert!(why.contains("looks do not ask it again"), "{why}");
        assert!(why.contains(&again), "{why}");
        said.push(why);
        assert_eq!(times(&ran), 1, "the first look was told");
    }
    said.dedup();
    assert_eq!(said.len(), 1, "it is said in the same words: {said:?}");
    let changed = command(&ran, "exit 0");
    team.world.git(&["config", "merge.own.driver", &changed]);
    trust(&team);
    let driven = driven(&look(&team, &fresh(), &id));
    assert_eq!(driven.case, Some(DriverCase::OnlyForgeConflicts));
    assert_eq!(times(&ran), 2);
}

#[test]
fn trust_and_a_change_of_the_drivers_are_seen_by_the_next_look_and_nothing_is_asked_without() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let ran = folder.path().join("ran");
    let Some((team, id)) = team(&command(&ran, "exit 0")) else {
        return;
    };
    let look = || {
        let before = team.times_answered();
        let board = look(&team, team.workspace(), &id);
        (driven(&board).case, team.times_answered() > before)
    };
    assert_eq!(look(), (None, true));
    assert_eq!(look(), (None, false));
    assert_eq!(times(&ran), 0, "nobody trusts it");
    trust(&team);
    assert_eq!(look(), (Some(DriverCase::OnlyForgeConflicts), true));
    assert_eq!(look(), (Some(DriverCase::OnlyForgeConflicts), false));
    assert_eq!(times(&ran), 1);
    let changed = command(&ran, "exit 1");
    team.world.git(&["config", "merge.own.driver", &changed]);
    assert_eq!(look(), (None, true));
    team.world.git(&["config", "--unset", "merge.own.driver"]);
    let board = team.look(&id);
    assert!(board.seen.driven.is_empty());
    assert_eq!(times(&ran), 1);
}
