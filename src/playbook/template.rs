//! Branch names with placeholders, checked before anybody needs them.

use crate::model::BranchName;
use crate::model::Project;

use super::mistake::Mistake;
use super::mistake::suggest;
use super::page::At;

/// Checks the pattern of the hotfix branch.
pub(super) fn hotfix(pattern: &At<String>, project: &Project) -> Result<(), Mistake> {
    let used = check(pattern, project, &["slug", "date", "id"])?;
    if used.iter().any(|name| matches!(*name, "slug" | "id")) {
        return Ok(());
    }
    Err(pattern.mistake(
        "two hotfixes would get the same branch",
        Some("put {slug} or {id} into it".to_owned()),
    ))
}

/// Checks the pattern of the branches that a step carries the fix on.
pub(super) fn carried(
    pattern: &At<String>,
    project: &Project,
    targets: usize,
) -> Result<(), Mistake> {
    let used = check(
        pattern,
        project,
        &["target", "request", "sha7", "source", "slug", "id"],
    )?;
    if targets > 1 && !used.contains(&"target") {
        return Err(pattern.mistake(
            "two targets would get the same branch",
            Some("put {target} into it".to_owned()),
        ));
    }
    Ok(())
}

/// Returns the placeholders used. The rest must make a branch name, and no lane may be named like it.
fn check(
    pattern: &At<String>,
    project: &Project,
    known: &'static [&'static str],
) -> Result<Vec<&'static str>, Mistake> {
    let mut used = Vec::new();
    let mut filled = String::new();
    let mut rest = pattern.value.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            return Err(pattern.mistake("a `{` is not closed", None));
        };
        let Some(placeholder) = known.iter().find(|known| **known == name) else {
            let what = format!("there is no placeholder `{{{name}}}` here");
            return Err(pattern.mistake(&what, suggest(name, known.iter().copied())));
        };
        used.push(*placeholder);
        filled.push_str(before);
        filled.push('0');
        rest = tail;
    }
    filled.push_str(rest);
    let branch: BranchName = match filled.parse() {
        Ok(branch) => branch,
        Err(error) => {
            let error: crate::model::NameError = error;
            let what = format!("`{}` is not a branch name: {}", pattern.value, error.why);
            return Err(pattern.mistake(&what, None));
        }
    };
    let taken = project.lanes.iter().find(|lane| {
        lane.branch.matches(&branch)
            || lane
                .pattern
                .as_ref()
                .is_some_and(|pattern| pattern.matches(&branch))
    });
    match taken {
        Some(lane) => Err(pattern.mistake(
            &format!(
                "such a branch would be lane `{}`: work never happens on a lane",
                lane.name
            ),
            None,
        )),
        None => Ok(used),
    }
}
