//! The bare repository behind the fake.

use std::collections::BTreeMap;

use serde_json::json;

use super::Call;
use super::refusal;
use super::state::State;
use crate::forges::message::Reply;
use crate::support::repository::World;
use crate::support::repository::branch_tips;
use crate::support::repository::said_before;

/// Runs git in the bare repository.
pub(super) fn git(world: &World, arguments: &[&str]) -> Result<String, String> {
    match world.try_git_in(&world.origin(), arguments) {
        (true, text) => Ok(text),
        (false, text) => Err(text),
    }
}

/// Returns every branch with its tip.
pub(super) fn tips(world: &World) -> BTreeMap<String, String> {
    branch_tips(&world.origin())
}

/// Merges two commits; the tree, or none where they conflict.
pub(super) fn merged_tree(world: &World, onto: &str, head: &str) -> Option<String> {
    let text = git(world, &["merge-tree", "--write-tree", onto, head]).ok()?;
    text.lines().next().map(str::to_owned)
}

/// Tells whether two commits merge.
pub(super) fn is_clean(world: &World, onto: &str, head: &str) -> bool {
    let arguments = ["merge-tree", "--write-tree", onto, head];
    said_before(&arguments, || git(world, &arguments).ok()).is_some()
}

/// Makes a commit.
pub(super) fn commit(world: &World, tree: &str, parents: &[&str], message: &str) -> String {
    let mut arguments = vec!["commit-tree", tree, "-m", message];
    for parent in parents {
        arguments.extend(["-p", parent]);
    }
    git(world, &arguments).expect("a commit of known trees")
}

pub(super) fn move_branch(world: &World, branch: &str, to: &str, from: &str) {
    let name = format!("refs/heads/{branch}");
    git(world, &["update-ref", &name, to, from]).expect("nobody else writes");
}

pub(super) fn route(state: &State, call: &Call<'_>, rest: &[&str]) -> Reply {
    match rest {
        ["repository", "branches", name] => match tips(call.world).get(*name) {
            Some(id) => {
                let is_protected = state.protected.contains(name);
                call.one(&json!({
                    "name": name, "commit": { "id": id }, "protected": is_protected, "can_push": !is_protected,
                }))
            }
            None => refusal(404, "404 Branch Not Found"),
        },
        ["repository", "merge_base"] => {
            let wanted = call
                .request
                .query
                .iter()
                .filter(|(name, _)| name == "refs[]");
            let refs: Vec<&str> = wanted.map(|(_, value)| value.as_str()).collect();
            let arguments = [&["merge-base"], refs.as_slice()].concat();
            match git(call.world, &arguments) {
                Ok(id) => call.one(&json!({ "id": id })),
                Err(_) => refusal(404, "404 Merge Base Not Found"),
            }
        }
        ["repository", "commits", id] => {
            let arguments = ["rev-list", "--parents", "-n1", id];
            match said_before(&arguments, || git(call.world, &arguments).ok()) {
                Some(line) => {
                    let ids: Vec<&str> = line.split(' ').collect();
                    call.one(&json!({ "id": ids[0], "parent_ids": ids[1..] }))
                }
                None => refusal(404, "404 Commit Not Found"),
            }
        }
        _ => refusal(404, "404 Not Found"),
    }
}
