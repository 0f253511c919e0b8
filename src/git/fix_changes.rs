//! What fixes change, path by path and without renames: read of many at once, as git prints it.

use std::collections::HashMap;

use crate::model::Commit;
use crate::model::CommitId;

use super::error::Error;
use super::flat::Spot;
use super::objects::parse_id;
use super::repo::Repo;

/// One path that a fix changes; no spot where there is no file.
pub(super) struct Change {
    pub(super) path: Vec<u8>,
    pub(super) old: Option<Spot>,
    pub(super) new: Option<Spot>,
}

impl Repo {
    /// Returns what each fix changes, path by path, asked of git in one process.
    pub(super) fn changes(
        &self,
        fixes: &[&Commit],
        trees: &HashMap<CommitId, CommitId>,
    ) -> Result<HashMap<CommitId, Vec<Change>>, Error> {
        let mut input = String::new();
        for fix in fixes {
            input.push_str(&format!("{} {}\n", trees[&fix.parents[0]], trees[&fix.id]));
        }
        let output = self
            .exact("diff-tree")
            .args([
                "--stdin",
                "-r",
                "-z",
                "--raw",
                "--no-renames",
                "--no-abbrev",
            ])
            .input(input.into_bytes())
            .success_unless(self.cancel())?;
        let odd = || Error::Answer {
            verb: "diff-tree".into(),
            why: "a change is cut off".into(),
        };
        let mut rest = output.stdout.as_slice();
        let mut changes: HashMap<CommitId, Vec<Change>> = HashMap::new();
        let mut fixes = fixes.iter();
        let mut current: Option<&mut Vec<Change>> = None;
        while let Some(first) = rest.first() {
            if *first != b':' {
                // The two trees, then what changes between them.
                let end = rest.iter().position(|byte| matches!(byte, b'\n' | 0));
                rest = &rest[end.ok_or_else(odd)? + 1..];
                let fix = fixes.next().ok_or_else(odd)?;
                current = Some(changes.entry(fix.id.clone()).or_default());
                continue;
            }
            let mut parts = rest.splitn(3, |byte| *byte == 0);
            let (Some(head), Some(path), Some(after)) = (parts.next(), parts.next(), parts.next())
            else {
                return Err(odd());
            };
            let head = String::from_utf8_lossy(&head[1..]).into_owned();
            let words: Vec<&str> = head.split(' ').collect();
            let [old_mode, new_mode, old, new, _status] = words[..] else {
                return Err(odd());
            };
            let spot = |mode: &str, id: &str| -> Result<Option<Spot>, Error> {
                let mode = u32::from_str_radix(mode, 8).map_err(|_| odd())?;
                let id = parse_id("diff-tree", id)?;
                Ok((mode != 0).then_some((mode, id)))
            };
            let change = Change {
                path: path.to_vec(),
                old: spot(old_mode, old)?,
                new: spot(new_mode, new)?,
            };
            current.as_mut().ok_or_else(odd)?.push(change);
            rest = after;
        }
        Ok(changes)
    }
}
