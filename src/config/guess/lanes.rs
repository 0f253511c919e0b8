//! From facts to the proposal: which branches are lanes, on which level, into which they merge.

use crate::model::BranchName;
use crate::model::BranchPattern;
use crate::model::LaneName;
use crate::model::Layer;

use super::BranchFacts;
use super::Guess;
use super::GuessFacts;
use super::Guessed;
use super::GuessedLane;
use super::GuessedProduction;
use super::hardis;
use super::hardis::BranchFile;
use super::names;

/// Levels from here on are RUN.
const RUN: u32 = 80;
/// Where production is.
const PRODUCTION: u32 = 100;
/// The level of lanes that no name or file places.
const UNKNOWN: u32 = 40;
/// Open releases: still BUILD, promoted straight into RUN.
const RELEASES: u32 = 75;

/// Proposes lanes.
pub(super) fn guess(facts: &GuessFacts, chosen: Option<&BranchName>) -> Guess {
    let files = hardis::branch_files(&facts.files);
    let mut notes = Vec::new();
    let (production, branch) = production(facts, chosen, &mut notes);
    let mut lanes: Vec<GuessedLane> = Vec::new();
    for found in &facts.branches {
        let file = files.iter().find(|file| file.branch == found.name.as_str());
        lanes.extend(lane(found, branch, file, facts, &mut notes));
    }
    lanes.extend(releases(facts));
    for file in &files {
        if !lanes.iter().any(|lane| lane.branch.as_str() == file.branch) {
            notes.push(format!(
                "{} is for `{}`, which is no branch of the remote",
                file.path, file.branch
            ));
        }
    }
    // Names order lanes of one level, so that the same repository is always drawn the same.
    lanes.sort_by(|a, b| (a.level, &a.name).cmp(&(b.level, &b.name)));
    connect(&mut lanes, &files, &mut notes);
    Guess {
        name: facts.name.clone(),
        forge: facts.forge.or(facts
            .unnamed
            .as_ref()
            .and_then(|host| Some(host.answers_as?.0))),
        unnamed: facts.unnamed.clone(),
        lanes,
        production,
        notes,
    }
}

/// Returns what is known of production, and the branch to draw as production for now.
fn production<'f>(
    facts: &'f GuessFacts,
    chosen: Option<&'f BranchName>,
    notes: &mut Vec<String>,
) -> (GuessedProduction, Option<&'f BranchName>) {
    if let Some(branch) = chosen {
        let one = GuessedProduction::One {
            branch: branch.to_string(),
            origin: "chosen by you".to_owned(),
        };
        return (one, Some(branch));
    }
    let is_named = |name: &str| names::level(name).is_some_and(|(level, _)| level == PRODUCTION);
    let all = facts.branches.iter().map(|branch| &branch.name);
    let mut candidates: Vec<&BranchName> = all.filter(|name| is_named(name.as_str())).collect();
    if candidates.len() > 1 {
        // `master` is production only where nothing better exists.
        candidates.retain(|name| !name.as_str().eq_ignore_ascii_case("master"));
        if candidates.len() == 1 {
            notes
                .push("`master` is left out, since a better name for production exists".to_owned());
        }
    }
    candidates.sort_by_key(|name| Some(*name) != facts.default_branch.as_ref());
    match candidates.as_slice() {
        [] => (GuessedProduction::Unknown, facts.default_branch.as_ref()),
        [one] => {
            let guessed = GuessedProduction::One {
                branch: one.to_string(),
                origin: "the only branch named like production".to_owned(),
            };
            (guessed, Some(*one))
        }
        [first, ..] => {
            let names = candidates.iter().map(ToString::to_string).collect();
            (GuessedProduction::Several(names), Some(*first))
        }
    }
}

/// Makes one branch a lane, if anything says that it is one.
fn lane(
    found: &BranchFacts,
    production: Option<&BranchName>,
    file: Option<&BranchFile>,
    facts: &GuessFacts,
    notes: &mut Vec<String>,
) -> Option<GuessedLane> {
    let branch = found.name.as_str();
    let is_production = production == Some(&found.name);
    let by_name = names::level(branch);
    if !is_production && branch.eq_ignore_ascii_case("master") {
        return None;
    }
    let development = hardis::development_branch(&facts.files);
    let develops = development.as_ref().filter(|(name, _)| name == branch);
    let origin = match (file, develops, by_name) {
        (Some(file), _, _) => format!("from {}", file.path),
        (None, Some((_, path)), _) => format!("from {path} developmentBranch"),
        (None, None, Some(_)) => "guessed from name".to_owned(),
        (None, None, None) if is_production => "chosen for production".to_owned(),
        (None, None, None) => {
            if let Some(why) = names::left_out(branch) {
                notes.push(format!("`{branch}` is left out: {why}"));
            } else if found.is_protected == Some(true) {
                notes.push(format!(
                    "`{branch}` is protected, but nothing says which lane it is"
                ));
            }
            return None;
        }
    };
    let explicit = file.and_then(|file| Some((file.level?, format!("from {} level", file.path))));
    let (level, layer_origin) = if is_production {
        (PRODUCTION, "it is drawn as production".to_owned())
    } else {
        match (explicit, by_name) {
            (Some(explicit), _) => explicit,
            // Another branch is production, so this one leads there.
            (None, Some((PRODUCTION, _))) => {
                (UNKNOWN, format!("`{branch}` is not the production chosen"))
            }
            (None, Some((level, why))) => (level, format!("guessed from name: {why}")),
            (None, None) => (UNKNOWN, "no name or file says more".to_owned()),
        }
    };
    let level = if is_production {
        level
    } else {
        level.min(PRODUCTION - 1)
    };
    let layer = if level >= RUN {
        Layer::Run
    } else {
        Layer::Build
    };
    let name: LaneName = branch.parse().ok()?;
    let environment = if is_production {
        Some("production".to_owned())
    } else {
        file.map(|_| name.to_string())
    };
    Some(GuessedLane {
        name: name.to_string(),
        branch: BranchPattern::from(found.name.clone()),
        layer: Guessed {
            value: layer,
            origin: layer_origin,
        },
        merges_into: Vec::new(),
        environment: environment.map(|value| Guessed {
            value,
            origin: match file {
                Some(file) => format!("from {}: one org per branch", file.path),
                None => "every project has production".to_owned(),
            },
        }),
        is_org: file.is_some(),
        level,
        origin,
    })
}

/// Makes open release branches one lane by pattern.
fn releases(facts: &GuessFacts) -> Option<GuessedLane> {
    let prefix = ["release/", "releases/"].into_iter().find(|prefix| {
        let mut names = facts.branches.iter().map(|branch| branch.name.as_str());
        names.any(|name| name.starts_with(prefix))
    })?;
    let branch: BranchPattern = format!("{prefix}*").parse().ok()?;
    Some(GuessedLane {
        name: "releases".to_owned(),
        layer: Guessed {
            value: Layer::Build,
            origin: "a release is not in production yet".to_owned(),
        },
        merges_into: Vec::new(),
        environment: None,
        is_org: false,
        level: RELEASES,
        origin: format!("there are branches like {branch}"),
        branch,
    })
}

/// Finds the promotions: as files say, else into the next lane nearer to production.
fn connect(lanes: &mut [GuessedLane], files: &[BranchFile], notes: &mut Vec<String>) {
    let known: Vec<(String, u32)> = lanes
        .iter()
        .map(|lane| (lane.name.clone(), lane.level))
        .collect();
    for lane in lanes {
        let file = files
            .iter()
            .find(|file| file.branch == lane.branch.as_str());
        let targets = file.and_then(|file| Some((file.merge_targets.as_ref()?, &file.path)));
        if let Some((targets, path)) = targets {
            if targets.is_empty() {
                // The command line tool reads it as "guess", its editor extension as "no target".
                notes.push(format!(
                    "{path} has an empty mergeTargets; the next lane is taken"
                ));
            }
            for target in targets {
                match known.iter().find(|(name, _)| name == target) {
                    Some((_, level)) if *level > lane.level => lane.merges_into.push(Guessed {
                        value: target.clone(),
                        origin: format!("from {path} mergeTargets"),
                    }),
                    Some(_) => notes.push(format!(
                        "{path} merges into `{target}`, which is not nearer to production; left out"
                    )),
                    None => notes.push(format!(
                        "{path} merges into `{target}`, which is no lane; left out"
                    )),
                }
            }
        }
        if lane.merges_into.is_empty() {
            // User acceptance of RUN takes fixes only, never the next version.
            let next = known
                .iter()
                .filter(|(_, level)| *level > lane.level && *level != RUN)
                .filter(|(_, level)| *level != RELEASES)
                .min_by_key(|(_, level)| *level);
            lane.merges_into.extend(next.map(|(name, _)| Guessed {
                value: name.clone(),
                origin: "guessed: the next lane nearer to production".to_owned(),
            }));
        }
    }
}
