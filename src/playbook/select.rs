//! Lanes by selector: `@production`, `@releases` or a lane's own name.

use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Project;

use super::mistake::Mistake;
use super::mistake::suggest;
use super::page::At;

/// Selectors of one lane.
const ONE: &[&str] = &["@production", "@run-entry", "@build-entry"];
/// Selectors of any number of lanes.
const MANY: &[&str] = &["@build", "@releases", "@others"];

/// Returns the one lane that `word` selects; none where the project has no such lane and need not have.
pub(super) fn one<'p>(
    word: &At<String>,
    project: &'p Project,
) -> Result<Option<&'p Lane>, Mistake> {
    match word.value.as_str() {
        "@production" => match project.production() {
            Some(lane) => Ok(Some(lane)),
            None => Err(word.mistake(
                "the project has no production lane",
                Some("give a RUN lane an environment with `production = true`".to_owned()),
            )),
        },
        "@run-entry" => match project.run_entry() {
            Some(lane) => Ok(Some(lane)),
            None => Err(word.mistake(
                "the project has no RUN lane",
                Some("give a lane `layer = \"run\"`".to_owned()),
            )),
        },
        "@build-entry" => Ok(project.build_entry()),
        many if MANY.contains(&many) => Err(word.mistake(
            &format!("`{many}` can be several lanes, but one is needed"),
            Some(format!("use {} or a lane's name", listed(ONE))),
        )),
        _ => named(word, project).map(Some),
    }
}

/// Returns the lanes that `words` select, each once, in that order, without `source`.
pub(super) fn many<'p>(
    words: &[At<String>],
    source: &LaneName,
    project: &'p Project,
) -> Result<Vec<&'p Lane>, Vec<Mistake>> {
    let mut lanes: Vec<&Lane> = Vec::new();
    let mut mistakes = Vec::new();
    for word in words {
        let is_open = |lane: &&Lane| lane.branch_name().is_some();
        let all = project.lanes.iter().filter(is_open);
        let is_release = |lane: &&Lane| lane.pattern.is_some();
        match word.value.as_str() {
            "@build" => {
                lanes.extend(
                    all.filter(|lane| lane.layer == Layer::Build && lane.pattern.is_none()),
                );
            }
            "@releases" => lanes.extend(all.filter(is_release)),
            "@others" => lanes.extend(all),
            _ => match one(word, project) {
                Ok(lane) => lanes.extend(lane),
                Err(mistake) => mistakes.push(mistake),
            },
        }
    }
    let mut chosen: Vec<&Lane> = Vec::new();
    for lane in lanes {
        if &lane.name != source && !chosen.iter().any(|other| other.name == lane.name) {
            chosen.push(lane);
        }
    }
    if mistakes.is_empty() {
        Ok(chosen)
    } else {
        Err(mistakes)
    }
}

fn named<'p>(word: &At<String>, project: &'p Project) -> Result<&'p Lane, Mistake> {
    let lane = project
        .lanes
        .iter()
        .find(|lane| lane.name.as_str() == word.value);
    match lane {
        Some(lane) if lane.branch_name().is_none() => Err(word.mistake(
            &format!(
                "lane `{}` is a pattern (`{}`), but one branch is needed",
                lane.name, lane.branch
            ),
            Some("use `@releases` where several lanes are meant".to_owned()),
        )),
        Some(lane) => Ok(lane),
        None => {
            let names = project.lanes.iter().map(|lane| lane.name.as_str());
            let valid: Vec<&str> = names.chain(ONE.iter().chain(MANY).copied()).collect();
            Err(word.mistake(
                &format!("there is no lane `{}`", word.value),
                suggest(&word.value, valid),
            ))
        }
    }
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
