//! What is wrong with the team's lines together: names that do not exist or exist twice, promotions that go in circles, a
//! missing production. Each line for itself is judged where it is read, in `team`.

use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Roles;
use crate::playbook::At;
use crate::playbook::Mistake;
use crate::playbook::suggest;

use super::health;
use super::team::LaneLines;
use super::team::Team;

/// Notes every mistake, and things to know as warnings.
pub(super) fn check(team: &Team, mistakes: &mut Vec<Mistake>, warnings: &mut Vec<Mistake>) {
    unique(team.lanes.iter().map(|lane| &lane.name), "lane", mistakes);
    unique(
        team.lanes.iter().map(|lane| &lane.branch),
        "lane with branch",
        mistakes,
    );
    unique(
        team.environments.iter().map(|e| &e.name),
        "environment",
        mistakes,
    );
    unique(
        team.checks.iter().map(|check| &check.name),
        "check",
        mistakes,
    );
    unique(team.apps.iter().map(|app| &app.name), "app", mistakes);
    unique(
        team.checklist.iter().map(|item| &item.id),
        "checklist item",
        mistakes,
    );
    check_lanes(team, mistakes);
    check_circles(team, mistakes);
    check_production(team, mistakes);
    check_environments(team, mistakes, warnings);
    check_roles(team, mistakes, warnings);
    health::check_asked(team, warnings);
    for lane in team.freezes.iter().flat_map(|freeze| &freeze.lanes) {
        branch_lane(lane, team, mistakes);
    }
    for check in &team.checks {
        for lane in &check.lanes {
            branch_lane(lane, team, mistakes);
        }
    }
}

fn unique<'a, T: PartialEq + std::fmt::Display + 'a>(
    names: impl Iterator<Item = &'a At<T>>,
    kind: &str,
    mistakes: &mut Vec<Mistake>,
) {
    let mut seen: Vec<&At<T>> = Vec::new();
    for name in names {
        match seen.iter().find(|other| other.value == name.value) {
            Some(other) => {
                let what = format!("there is another {kind} `{}`", name.value);
                let hint = format!("the first is in line {}", other.place.line);
                mistakes.push(name.mistake(&what, Some(hint)));
            }
            None => seen.push(name),
        }
    }
}

fn check_lanes(team: &Team, mistakes: &mut Vec<Mistake>) {
    for lane in &team.lanes {
        for into in &lane.merges_into {
            let Some(target) = branch_lane(into, team, mistakes) else {
                continue;
            };
            if target.name.value == lane.name.value {
                mistakes.push(into.mistake("a lane cannot merge into itself", None));
            } else if lane.layer == Layer::Run && target.layer == Layer::Build {
                let what = format!(
                    "RUN lane `{}` cannot be promoted into BUILD lane `{}`",
                    lane.name.value, target.name.value
                );
                let hint = "what RUN gives back to BUILD is a step of the playbook".to_owned();
                mistakes.push(into.mistake(&what, Some(hint)));
            }
        }
        if let Some(name) = &lane.environment {
            let known = team.environments.iter().map(|e| &e.name);
            known_name(name, known, "environment", mistakes);
        }
    }
}

/// Returns the lane of that name if it is one branch, else notes the mistake.
fn branch_lane<'t>(
    name: &At<LaneName>,
    team: &'t Team,
    mistakes: &mut Vec<Mistake>,
) -> Option<&'t LaneLines> {
    let lanes = team.lanes.iter().map(|lane| &lane.name);
    known_name(name, lanes, "lane", mistakes);
    let lane = team
        .lanes
        .iter()
        .find(|lane| lane.name.value == name.value)?;
    if lane.branch.value.as_branch().is_some() {
        return Some(lane);
    }
    let what = format!(
        "lane `{}` is the pattern `{}`, but one branch is needed",
        name.value, lane.branch.value
    );
    mistakes.push(name.mistake(&what, None));
    None
}

/// Notes the mistake where a name is none of these, with the one that was meant.
pub(super) fn known_name<'a, T: PartialEq + std::fmt::Display + 'a>(
    name: &At<T>,
    known: impl Iterator<Item = &'a At<T>>,
    kind: &str,
    mistakes: &mut Vec<Mistake>,
) {
    let known: Vec<&At<T>> = known.collect();
    if known.iter().any(|other| other.value == name.value) {
        return;
    }
    let words: Vec<String> = known.iter().map(|other| other.value.to_string()).collect();
    let text = name.value.to_string();
    let hint = suggest(&text, words.iter().map(String::as_str));
    mistakes.push(name.mistake(&format!("there is no {kind} `{text}`"), hint));
}

/// Reports each circle of promotions once, at the lane that stands first in the file.
fn check_circles(team: &Team, mistakes: &mut Vec<Mistake>) {
    let mut settled: Vec<&LaneName> = Vec::new();
    for lane in &team.lanes {
        let mut path = vec![&lane.name.value];
        if let Some(circle) = circle(lane, team, &mut path, &mut settled) {
            let names: Vec<&str> = circle.iter().map(|name| name.as_str()).collect();
            let what = format!("promotions go in a circle: {}", names.join(" -> "));
            let place = lane
                .merges_into
                .first()
                .map_or(lane.name.mistake(&what, None), |into| {
                    into.mistake(&what, None)
                });
            mistakes.push(place);
            settled.extend(circle);
        }
    }
}

fn circle<'t>(
    lane: &'t LaneLines,
    team: &'t Team,
    path: &mut Vec<&'t LaneName>,
    settled: &mut Vec<&'t LaneName>,
) -> Option<Vec<&'t LaneName>> {
    if settled.contains(&&lane.name.value) {
        return None;
    }
    for into in &lane.merges_into {
        // A lane into itself has a message of its own.
        if into.value == lane.name.value {
            continue;
        }
        let Some(next) = team
            .lanes
            .iter()
            .find(|other| other.name.value == into.value)
        else {
            continue;
        };
        if let Some(start) = path.iter().position(|name| **name == next.name.value) {
            let mut circle = path.split_off(start);
            circle.push(&next.name.value);
            return Some(circle);
        }
        path.push(&next.name.value);
        if let Some(circle) = self::circle(next, team, path, settled) {
            return Some(circle);
        }
        path.pop();
    }
    settled.push(&lane.name.value);
    None
}

fn check_production(team: &Team, mistakes: &mut Vec<Mistake>) {
    let is_production = |lane: &&LaneLines| {
        lane.environment.as_ref().is_some_and(|name| {
            let mut all = team.environments.iter();
            all.any(|e| e.name.value == name.value && e.is_production)
        })
    };
    let mut first: Option<&LaneLines> = None;
    for lane in team.lanes.iter().filter(is_production) {
        let Some(place) = &lane.environment else {
            continue;
        };
        if lane.layer == Layer::Build {
            let what = format!(
                "production is run by lane `{}`, which is in BUILD",
                lane.name.value
            );
            mistakes.push(place.mistake(&what, Some("give it `layer = \"run\"`".to_owned())));
        } else if lane.branch.value.as_branch().is_none() {
            let what = format!(
                "production is one branch, not the pattern `{}`",
                lane.branch.value
            );
            mistakes.push(place.mistake(&what, None));
        } else if let Some(first) = first {
            let what = format!("lane `{}` is production already", first.name.value);
            mistakes.push(place.mistake(&what, Some("production is one lane".to_owned())));
        }
        first = first.or(Some(lane));
    }
    let is_known = |lane: &LaneLines| {
        lane.environment.as_ref().is_none_or(|name| {
            let mut all = team.environments.iter();
            all.any(|e| e.name.value == name.value)
        })
    };
    // A lane whose environment is misspelt may be the one that was meant.
    if first.is_some() || !team.lanes.iter().all(is_known) {
        return;
    }
    let Some(last) = team.lanes.last() else {
        return;
    };
    let what = "no lane is production";
    let hint = "give one RUN lane an `environment` whose [[environment]] has `production = true`";
    let at = last.name.clone().map(|_| ());
    mistakes.push(Mistake::new(at.place, "lane", what, Some(hint.to_owned())));
}

fn check_environments(team: &Team, mistakes: &mut Vec<Mistake>, warnings: &mut Vec<Mistake>) {
    for lines in &team.environments {
        for app in &lines.apps {
            known_name(app, team.apps.iter().map(|app| &app.name), "app", mistakes);
        }
        if let Some(first) = lines.seats.first()
            && lines.job.is_none()
            && lines.apps.is_empty()
        {
            let what = "these seats are never asked: nothing is deployed here";
            let hint = "name a job or apps, or give the seats to the lane".to_owned();
            warnings.push(first.mistake(what, Some(hint)));
        }
        if let Some(sandbox) = &lines.hotfix_sandbox {
            let names = team.environments.iter().map(|e| &e.name);
            known_name(sandbox, names, "environment", mistakes);
            let mut all = team.environments.iter();
            if all.any(|e| e.name.value == sandbox.value && e.is_production) {
                let what = format!(
                    "`{}` is production and never the place of work",
                    sandbox.value
                );
                mistakes.push(sandbox.mistake(&what, None));
            }
        }
    }
}

fn check_roles(team: &Team, mistakes: &mut Vec<Mistake>, warnings: &mut Vec<Mistake>) {
    // On a forge people are known by their account names, and `auto` may mean one: `doctor` knows which.
    let is_word = |word: &str| team.forge.as_ref().is_some_and(|at| at.value == word);
    let is_plain_remote = is_word("local");
    let is_forge = team.forge.is_some() && !is_plain_remote && !is_word("auto");
    for (role, members) in &team.roles {
        if members.is_empty() {
            let what = format!("nobody has the role `{}`", role.value);
            warnings.push(role.mistake(&what, None));
        }
        for member in members {
            if member.value.trim().is_empty() {
                mistakes.push(member.mistake(
                    "a member is an account name or an e-mail address, not nothing",
                    None,
                ));
            } else if !member.value.contains('@') && is_plain_remote {
                let what = format!("`{}` is no e-mail address", member.value);
                let hint = "on a plain remote people are known by git's user.email".to_owned();
                warnings.push(member.mistake(&what, Some(hint)));
            } else if Roles::is_address(&member.value) && is_forge {
                let what = format!("`{}` is an e-mail address", member.value);
                let hint = "on a forge people are known by their account's name".to_owned();
                warnings.push(member.mistake(&what, Some(hint)));
            }
        }
    }
    let lanes = team.lanes.iter().flat_map(|lane| &lane.seats);
    let environments = team.environments.iter().flat_map(|e| &e.seats);
    for seat in lanes.chain(environments) {
        known_name(
            seat,
            team.roles.iter().map(|(role, _)| role),
            "role",
            mistakes,
        );
    }
}
