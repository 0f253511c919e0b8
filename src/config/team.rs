//! Reads `lanekeeper.toml` into values with their places. What they mean together is checked in `check`.

use std::time::Duration;

use crate::model::AppName;
use crate::model::BranchPattern;
use crate::model::CheckName;
use crate::model::EnvironmentName;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::RefName;
use crate::model::Role;
use crate::model::Timestamp;
use crate::playbook::At;
use crate::playbook::Changes;
use crate::playbook::ItemSchema;
use crate::playbook::Mistake;
use crate::playbook::Page;
use crate::playbook::StepChanges;
use crate::playbook::Table;
use crate::playbook::nearest;

use super::health;
use super::health::HealthLines;
use super::keys;

/// The team's file as written.
#[derive(Debug, Default)]
pub(super) struct Team {
    pub(super) name: Option<At<String>>,
    pub(super) remote: Option<At<String>>,
    pub(super) forge: Option<At<String>>,
    pub(super) forge_url: Option<At<String>>,
    pub(super) playbook: Option<At<String>>,
    pub(super) playbooks: Vec<At<String>>,
    pub(super) record_carrier: Option<At<String>>,
    pub(super) record_remote: Option<At<String>>,
    pub(super) record_prefix: Option<At<RefName>>,
    pub(super) cosign_takeover: Option<At<bool>>,
    pub(super) poll: Option<At<Duration>>,
    pub(super) lanes: Vec<LaneLines>,
    pub(super) environments: Vec<EnvironmentLines>,
    pub(super) roles: Vec<(At<Role>, Vec<At<String>>)>,
    pub(super) checks: Vec<CheckLines>,
    pub(super) apps: Vec<AppLines>,
    pub(super) freezes: Vec<FreezeLines>,
    pub(super) checklist: Vec<ItemSchema>,
    pub(super) changes: Vec<(At<String>, Changes)>,
    pub(super) allowed_signers: Option<At<String>>,
    pub(super) required_signatures: Vec<At<String>>,
}

#[derive(Debug)]
pub(super) struct LaneLines {
    pub(super) name: At<LaneName>,
    pub(super) branch: At<BranchPattern>,
    pub(super) layer: Layer,
    pub(super) merges_into: Vec<At<LaneName>>,
    pub(super) environment: Option<At<EnvironmentName>>,
    pub(super) seats: Vec<At<Role>>,
}

#[derive(Debug)]
pub(super) struct EnvironmentLines {
    pub(super) name: At<EnvironmentName>,
    pub(super) is_production: bool,
    pub(super) seats: Vec<At<Role>>,
    pub(super) job: Option<At<String>>,
    pub(super) apps: Vec<At<AppName>>,
    pub(super) migrations: Option<At<Vec<String>>>,
    pub(super) hotfix_sandbox: Option<At<EnvironmentName>>,
    pub(super) is_org: bool,
}

#[derive(Debug)]
pub(super) struct CheckLines {
    pub(super) name: At<CheckName>,
    pub(super) command: Option<At<Vec<String>>>,
    pub(super) is_required: bool,
    pub(super) lanes: Vec<At<LaneName>>,
    pub(super) timeout: Duration,
}

#[derive(Debug)]
pub(super) struct FreezeLines {
    pub(super) name: At<String>,
    pub(super) lanes: Vec<At<LaneName>>,
    pub(super) from: At<Timestamp>,
    pub(super) until: At<Timestamp>,
}

#[derive(Debug)]
pub(super) struct AppLines {
    pub(super) name: At<AppName>,
    /// None where a pipeline deploys.
    pub(super) deploy: Option<At<Vec<String>>>,
    pub(super) health: Option<HealthLines>,
}

/// Reads the file; `make` looks at what the values mean together and may report more.
pub(super) fn read<T>(
    file: &str,
    text: &str,
    make: impl FnOnce(Team, &mut Vec<Mistake>) -> Option<T>,
) -> Result<T, Vec<Mistake>> {
    Page::read(file, text, &keys::TEAM, |table| {
        let team = Team::read(table);
        let mut mistakes = Vec::new();
        let made = make(team, &mut mistakes);
        for mistake in mistakes {
            table.report(mistake);
        }
        made
    })
}

/// Returns the playbook files that the team's file names, as far as it can be read.
pub(super) fn playbook_files(text: &str) -> Vec<String> {
    let (root, _) = toml::de::DeTable::parse_recoverable(text);
    let named = root
        .get_ref()
        .get("project")
        .and_then(|project| project.get_ref().as_table()?.get("playbooks"))
        .and_then(|files| files.get_ref().as_array());
    let texts = named.into_iter().flatten();
    texts
        .filter_map(|text| text.get_ref().as_str().map(str::to_owned))
        .collect()
}

/// Returns the file of allowed signers that the team's file names, as far as it can be read.
pub(super) fn signers_file(text: &str) -> Option<String> {
    let (root, _) = toml::de::DeTable::parse_recoverable(text);
    let signatures = root.get_ref().get("signatures")?.get_ref().as_table()?;
    let file = signatures.get("allowed_signers")?.get_ref().as_str()?;
    Some(file.to_owned())
}

impl Team {
    fn read(table: &Table<'_>) -> Self {
        let mut team = Self::default();
        if let Some(project) = table.table("project") {
            team.name = project.text("name");
            team.remote = project.text("remote");
            team.forge = project.text("forge");
            team.forge_url = project.text("forge_url");
            team.playbook = project.text("playbook");
            team.playbooks = project.texts("playbooks").map_or(Vec::new(), |at| at.value);
            team.record_carrier = project.text("record_carrier");
            team.record_remote = project.text("record_remote");
            team.record_prefix = project.parsed("record_prefix");
            team.cosign_takeover = project.flag("cosign_takeover");
            team.poll = project.duration("poll");
        }
        if let Some(signatures) = table.table("signatures") {
            team.allowed_signers = signatures.text("allowed_signers");
            let required = signatures.texts("required");
            team.required_signatures = required.map_or(Vec::new(), |at| at.value);
        }
        let tables = table.tables("lane");
        team.lanes = tables.iter().filter_map(lane).collect();
        let tables = table.tables("environment");
        team.environments = tables.iter().filter_map(environment).collect();
        for (role, members) in table.named_texts("roles") {
            team.roles
                .extend(table.parse(role).map(|role| (role, members)));
        }
        team.checks = table.tables("check").iter().filter_map(check).collect();
        team.apps = table.tables("app").iter().filter_map(app).collect();
        team.freezes = table.tables("freeze").iter().filter_map(freeze).collect();
        let tables = table.tables("checklist");
        team.checklist = tables.iter().filter_map(ItemSchema::read).collect();
        for (id, changed) in table.named("playbook") {
            team.changes.push((id, changes(&changed)));
        }
        team
    }
}

fn lane(table: &Table<'_>) -> Option<LaneLines> {
    let seats = list(table, "seats");
    let merges_into = list(table, "merges_into");
    let environment = table.parsed("environment");
    let name: At<LaneName> = table.parsed("name")?;
    let same = || table.parse(name.clone().map(|name| name.to_string()));
    // A lane with a mistake stays a lane, so that the lanes that lead to it are not reported too.
    let branch = match table.text("branch") {
        Some(_) => table.parsed("branch").or_else(|| {
            let stand_in = name.value.as_str().parse().ok()?;
            Some(name.clone().map(|_| stand_in))
        }),
        None => same(),
    };
    let layer = table
        .text("layer")
        .map_or("build".to_owned(), |at| at.value);
    Some(LaneLines {
        branch: branch?,
        layer: match nearest(&layer, ["build", "run"]) {
            Some("run") => Layer::Run,
            Some(_) | None => Layer::Build,
        },
        name,
        merges_into,
        environment,
        seats,
    })
}

fn environment(table: &Table<'_>) -> Option<EnvironmentLines> {
    let lines = EnvironmentLines {
        is_production: table.flag("production").is_some_and(|flag| flag.value),
        seats: list(table, "seats"),
        job: table.text("job"),
        apps: list(table, "apps"),
        migrations: table.command("migrations"),
        hotfix_sandbox: table.parsed("hotfix_sandbox"),
        is_org: table.flag("org").is_some_and(|flag| flag.value),
        name: table.parsed("name")?,
    };
    if let Some(job) = lines.job.as_ref().filter(|job| job.value.trim().is_empty()) {
        table.report(job.mistake("a job needs a name", None));
    }
    Some(lines)
}

fn check(table: &Table<'_>) -> Option<CheckLines> {
    Some(CheckLines {
        command: table.command("command"),
        is_required: table.flag("required").is_none_or(|flag| flag.value),
        lanes: list(table, "lanes"),
        timeout: table
            .duration("timeout")
            .map_or(Duration::from_secs(600), |timeout| timeout.value),
        name: table.parsed("name")?,
    })
}

/// Reads a point in time; a day alone begins at midnight, UTC.
fn moment(table: &Table<'_>, key: &str) -> Option<At<Timestamp>> {
    let text = table.text(key)?;
    let midnight = format!("{}T00:00:00Z", text.value);
    match text.value.parse().or_else(|_| midnight.parse()) {
        Ok(at) => Some(text.map(|_| at)),
        Err(_) => {
            let what = format!("`{}` is no point in time", text.value);
            let hint = "write a day, 2026-12-20, or a time, 2026-12-20T18:00:00Z";
            table.report(text.mistake(&what, Some(hint.to_owned())));
            None
        }
    }
}

fn freeze(table: &Table<'_>) -> Option<FreezeLines> {
    let (from, until) = (moment(table, "from"), moment(table, "until"));
    let lines = FreezeLines {
        name: table.text("name")?,
        lanes: list(table, "lanes"),
        from: from?,
        until: until?,
    };
    if lines.until.value <= lines.from.value {
        table.report(lines.until.mistake("it would end before it begins", None));
    }
    Some(lines)
}

fn app(table: &Table<'_>) -> Option<AppLines> {
    let health = table.table("health");
    let health = health.and_then(|table| health::read(&table));
    let deploy = table.command("deploy");
    Some(AppLines {
        name: table.parsed("name")?,
        deploy,
        health,
    })
}

fn changes(table: &Table<'_>) -> Changes {
    let mut steps = Vec::new();
    for (id, step) in table.named("step") {
        steps.push((id, StepChanges::read(&step)));
    }
    Changes {
        base: table.text("base"),
        branch: table.text("branch"),
        answers: table.named_text("answers"),
        steps,
    }
}

fn list<T>(table: &Table<'_>, name: &str) -> Vec<At<T>>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    table
        .parsed_list(name)
        .map_or(Vec::new(), |list| list.value)
}
