//! Rows of the approval matrix (safety.md T17) from end to end: people say yes on the forge's own page or here, and what
//! the binary says then, as plan and as document, is what `tests/approvals.txt` has for the engine.

use std::sync::Arc;

use lanekeeper::engine::Outcome;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Silent;
use serde_json::Value;

use super::Hosted;
use super::Which;
use super::login_again::console;
use super::login_again::planned;
use crate::cli::project::Answer;
use crate::support::team::numbered;

/// Who does something.
#[derive(Debug, Clone, Copy)]
enum Who {
    /// Opened the request and pushed its head; a tech lead as well.
    Driver,
    Lead,
    Manager,
    /// In both roles.
    Both,
    /// In none; one of those whose yes is enough for the forge.
    Sixth,
}

/// What happens, in this order.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Somebody says yes on the forge's page, to the present head.
    Yes(Who),
    /// Somebody takes that back there.
    Back(Who),
    /// Another commit is pushed; the forge keeps what was said to the head before.
    Push,
    /// Some seconds later the forge takes every yes back.
    Reset,
}

const LEAD: &str = "tech-lead";
const MANAGER: &str = "product-manager";

/// One row: what happens, which seats are open then, whose yes is to an older head, and what the merge waits for.
struct Row {
    name: &'static str,
    steps: &'static [Step],
    missing: &'static [&'static str],
    stale: usize,
    plan: Result<&'static str, &'static str>,
}

const ROWS: [Row; 10] = [
    Row {
        name: "nobody has spoken",
        steps: &[],
        missing: &[LEAD, MANAGER],
        stale: 0,
        plan: Err("waits for the tech-lead"),
    },
    Row {
        name: "both",
        steps: &[Step::Yes(Who::Lead), Step::Yes(Who::Manager)],
        missing: &[],
        stale: 0,
        plan: Ok("merge change request"),
    },
    Row {
        name: "the author's own yes",
        steps: &[Step::Yes(Who::Driver), Step::Yes(Who::Manager)],
        missing: &[LEAD],
        stale: 0,
        plan: Err("waits for the tech-lead"),
    },
    Row {
        name: "one of six, which is enough for the forge",
        steps: &[Step::Yes(Who::Lead)],
        missing: &[MANAGER],
        stale: 0,
        plan: Err("waits for the product-manager"),
    },
    Row {
        name: "one of six, and not one of ours",
        steps: &[Step::Yes(Who::Sixth)],
        missing: &[LEAD, MANAGER],
        stale: 0,
        plan: Err("waits for the tech-lead"),
    },
    Row {
        name: "a product manager is no tech lead",
        steps: &[Step::Yes(Who::Manager)],
        missing: &[LEAD],
        stale: 0,
        plan: Err("waits for the tech-lead"),
    },
    Row {
        name: "one person for both seats",
        steps: &[Step::Yes(Who::Both)],
        missing: &[MANAGER],
        stale: 0,
        plan: Err("waits for the product-manager"),
    },
    Row {
        name: "revoked",
        steps: &[
            Step::Yes(Who::Lead),
            Step::Yes(Who::Manager),
            Step::Back(Who::Lead),
        ],
        missing: &[LEAD],
        stale: 0,
        plan: Err("waits for the tech-lead"),
    },
    Row {
        name: "a push, and the forge still lists them",
        steps: &[Step::Yes(Who::Lead), Step::Yes(Who::Manager), Step::Push],
        missing: &[LEAD, MANAGER],
        stale: 2,
        plan: Err("approved an older head"),
    },
    Row {
        name: "a push, and the forge takes them back late",
        steps: &[
            Step::Yes(Who::Lead),
            Step::Yes(Who::Manager),
            Step::Push,
            Step::Reset,
        ],
        missing: &[LEAD, MANAGER],
        stale: 0,
        plan: Err("waits for the tech-lead"),
    },
];

/// A hosted project whose production lane asks for two seats, and a request into it.
struct Stand {
    hosted: Hosted,
    request: String,
    pushes: std::cell::Cell<usize>,
}

impl Stand {
    fn new(which: Which) -> Self {
        let [driver, lead, manager] = which.people();
        let both = login(which, Who::Both);
        let lane = "branch = \"main\"\nlayer = \"run\"\n";
        let seats = format!("{lane}seats = [\"{LEAD}\", \"{MANAGER}\"]\n");
        let team = which
            .team()
            .replacen(lane, &seats, 1)
            .replacen(
                &format!("{LEAD} = [\"@{lead}\"]"),
                &format!("{LEAD} = [\"@{lead}\", \"@{driver}\", \"@{both}\"]"),
                1,
            )
            .replacen(
                &format!("{MANAGER} = [\"@{manager}\"]"),
                &format!("{MANAGER} = [\"@{manager}\", \"@{both}\"]"),
                1,
            );
        let hosted = Hosted::with_team(which, &team).signed_in();
        hosted.ci.ask_for_one();
        hosted.join(both);
        hosted
            .login(both, &which.token(both), &["--in-file"])
            .ends(0);
        hosted.run(both, &["trust", "--yes"]).ends(0);
        hosted.start();
        hosted.run(driver, &["do", "change", "--yes"]).ends(0);
        let inbox = hosted.run(lead, &["approvals", "--json"]).ends(0).json();
        let request = inbox["groups"]["mine"][0]["id"].as_str();
        let request = request.expect("the tech lead is asked").to_owned();
        Self {
            hosted,
            request,
            pushes: 0.into(),
        }
    }

    fn run(&self, who: Who, words: &[&str]) -> Answer {
        self.hosted.run(login(self.hosted.which, who), words)
    }

    /// Lets something happen, from a request that nobody has spoken about.
    fn play(&self, steps: &[Step]) {
        self.hosted.ci.take_back_all();
        for step in steps {
            match step {
                Step::Yes(who) => self.hosted.ci.say_yes(login(self.hosted.which, *who)),
                Step::Back(who) => self.hosted.ci.take_back(login(self.hosted.which, *who)),
                Step::Push => self.push(),
                Step::Reset => self.hosted.ci.take_back_all(),
            }
        }
    }

    fn push(&self) {
        self.pushes.set(self.pushes.get() + 1);
        let (driver, project) = (login(self.hosted.which, Who::Driver), &self.hosted.project);
        let line = format!("fixed better, {}", self.pushes.get());
        let text = numbered(&[(3, "fixed"), (4, &line)]);
        project.write(&format!("{driver}/shop.txt"), &text);
        project.commit(driver, "Fix it better");
        project.git(driver, &["push", "--quiet", "origin", "HEAD"]);
        // The forge hears of it, and its checks run.
        self.run(Who::Driver, &["status"]).ends(0);
    }

    /// Returns the request as somebody's inbox has it; null where it asks nothing of anybody.
    fn item(&self, who: Who) -> Value {
        let inbox = self.run(who, &["approvals", "--json"]).ends(0).json();
        let groups = ["mine", "waiting", "seen", "foreign"].into_iter();
        let mut items = groups.flat_map(|group| {
            let items = inbox["groups"][group].as_array().cloned();
            items.unwrap_or_default()
        });
        let found = items.find(|item| item["id"] == self.request.as_str());
        found.unwrap_or(Value::Null)
    }

    /// Says why a row is not answered as it has to be.
    fn wrong(&self, row: &Row) -> Option<String> {
        self.play(row.steps);
        let item = self.item(Who::Driver);
        let list = |name: &str| item[name].as_array().cloned().unwrap_or_default();
        let (missing, stale) = (list("missing"), list("stale"));
        let planned = self.run(Who::Driver, &["do", "change", "--dry-run"]);
        let said = format!("{}{}", planned.out, planned.notes);
        let is_planned = match row.plan {
            Ok(words) => planned.code == 0 && said.contains(words),
            Err(words) => planned.code == 3 && said.contains(words),
        };
        let is_right = missing == row.missing && stale.len() == row.stale && is_planned;
        (!is_right).then(|| {
            let Row { name, .. } = row;
            format!(
                "{name}: missing {missing:?}, stale {stale:?}, {}: {said}",
                planned.code
            )
        })
    }

    /// Somebody opens the diff, and says yes in a seat.
    fn approve(&self, who: Who, role: &str) -> Answer {
        self.run(who, &["diff", &self.request]).ends(0);
        self.say(who, role)
    }

    fn say(&self, who: Who, role: &str) -> Answer {
        let words = ["approve", &self.request, "--role", role, "--yes"];
        self.run(who, &[&words[..], &["--confirm", "production"]].concat())
    }

    /// Returns why somebody may not take a seat, as their inbox has it.
    fn why_not(&self, who: Who, role: &str) -> String {
        let item = self.item(who);
        let seats = item["seats"].as_array().cloned().unwrap_or_default();
        let seat = seats.iter().find(|seat| seat["role"] == role);
        let why = seat.and_then(|seat| seat["why_not"].as_str());
        why.unwrap_or_default().to_owned()
    }
}

fn login(which: Which, who: Who) -> &'static str {
    let [driver, lead, manager] = which.people();
    match (who, which) {
        (Who::Driver, _) => driver,
        (Who::Lead, _) => lead,
        (Who::Manager, _) => manager,
        (Who::Both, Which::Gitlab) => "bo",
        (Who::Both, _) => "bob",
        (Who::Sixth, _) => "sam",
    }
}

fn a_yes_counts_as_the_table_says(which: Which) {
    counts_as_the_table_says(&Stand::new(which));
}

fn counts_as_the_table_says(stand: &Stand) {
    let which = stand.hosted.which;
    let wrong: Vec<String> = ROWS.iter().filter_map(|row| stand.wrong(row)).collect();
    assert!(wrong.is_empty(), "{which:?}\n{}", wrong.join("\n"));
}

/// My own yes, by the command line.
fn a_yes_is_refused_as_the_table_says(which: Which) {
    is_refused_as_the_table_says(&Stand::new(which));
}

fn is_refused_as_the_table_says(stand: &Stand) {
    stand.play(&[]);
    let own = "you opened it";
    stand.approve(Who::Driver, LEAD).ends(3).says(&[own]);
    assert!(stand.why_not(Who::Driver, LEAD).contains(own));

    let role = "you do not have the role tech-lead";
    stand.approve(Who::Manager, LEAD).ends(3).says(&[role]);
    assert!(stand.why_not(Who::Manager, LEAD).contains(role));

    // Looked at, and pushed to since.
    stand.run(Who::Lead, &["diff", &stand.request]).ends(0);
    stand.push();
    assert_eq!(stand.item(Who::Lead)["diff"], "changed");
    stand
        .say(Who::Lead, LEAD)
        .ends(3)
        .says(&["lanekeeper diff"]);

    stand.approve(Who::Both, LEAD).ends(0);
    let second = "you already sit as tech-lead";
    stand.approve(Who::Both, MANAGER).ends(3).says(&[second]);
    assert!(stand.why_not(Who::Both, MANAGER).contains(second));
    let item = stand.item(Who::Driver);
    assert_eq!(item["missing"], serde_json::json!([MANAGER]), "{item}");
}

#[test]
fn a_yes_on_gitlab_counts_as_the_table_says() {
    a_yes_counts_as_the_table_says(Which::Gitlab);
}

/// Before 18.4 its answers do not say when somebody approved; its notes do.
#[test]
fn a_yes_on_an_older_gitlab_counts_as_the_table_says() {
    let stand = Stand::new(Which::Gitlab);
    stand.hosted.ci.gitlab().dates_approvals = false;
    counts_as_the_table_says(&stand);
}

#[test]
fn a_yes_to_an_older_gitlab_is_refused_as_the_table_says() {
    let stand = Stand::new(Which::Gitlab);
    stand.hosted.ci.gitlab().dates_approvals = false;
    is_refused_as_the_table_says(&stand);
}

#[test]
fn a_yes_on_github_counts_as_the_table_says() {
    a_yes_counts_as_the_table_says(Which::Github);
}

#[test]
fn a_yes_to_gitlab_is_refused_as_the_table_says() {
    a_yes_is_refused_as_the_table_says(Which::Gitlab);
}

#[test]
fn a_yes_to_github_is_refused_as_the_table_says() {
    a_yes_is_refused_as_the_table_says(Which::Github);
}

/// The forge, for which one yes is enough, would have merged it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_that_is_taken_back_between_plan_and_call_stops_the_merge() {
    for which in [Which::Gitlab, Which::Github] {
        let stand = Stand::new(which);
        stand.play(&[Step::Yes(Who::Lead), Step::Yes(Who::Manager)]);
        let status = stand.run(Who::Driver, &["status", "--json"]).ends(0);
        let id = status.json()["hotfix"]["id"].clone();
        let id: HotfixId = id.as_str().expect("it is open").parse().expect("an id");
        let console = console(&stand.hosted).await;
        let plan = planned(&console, &id).await;

        stand.hosted.ci.take_back(login(which, Who::Lead));
        let report = console.execute(&plan, Arc::new(Silent)).await;
        let results = report.expect("it is carried out").results;
        let refused = results.iter().find(|one| one.outcome == Outcome::Refused);
        let why = refused.map_or("", |one| one.why.as_str());
        assert!(
            why.contains("waits for the tech-lead") && why.ends_with("; plan again"),
            "{which:?}: {results:?}"
        );
        let writes = stand.hosted.server.writes();
        let merges = writes.iter().filter(|one| one.path.ends_with("/merge"));
        assert_eq!(merges.count(), 0, "{which:?}");
    }
}

#[test]
fn a_yes_on_gitea_counts_as_the_table_says() {
    a_yes_counts_as_the_table_says(Which::Gitea);
}

#[test]
fn a_yes_to_gitea_is_refused_as_the_table_says() {
    a_yes_is_refused_as_the_table_says(Which::Gitea);
}

#[test]
fn a_yes_on_forgejo_counts_as_the_table_says() {
    a_yes_counts_as_the_table_says(Which::Forgejo);
}

#[test]
fn a_yes_to_forgejo_is_refused_as_the_table_says() {
    a_yes_is_refused_as_the_table_says(Which::Forgejo);
}
