//! Who changed conflicted paths last, on either side: whom to ask. A name that cannot be found is left out; nothing is
//! decided by it.

use std::collections::HashMap;

use crate::model::CommitId;
use crate::model::Untrusted;

use super::prediction::Sides;
use super::repo::Repo;

/// How many commits are read before those of paths that change rarely are asked for by themselves.
const NEAR: &str = "64";

impl Repo {
    /// Returns for each path the last author on the side of the target, then on the side of the fix; each at most once.
    pub(super) fn last_authors(&self, paths: &[&[u8]], sides: Sides<'_>) -> Vec<Vec<Untrusted>> {
        let base = match sides.base {
            Some(base) => Some(base.clone()),
            None => self.merge_base(sides.onto, sides.other).ok().flatten(),
        };
        let known: Vec<&str> = paths
            .iter()
            .filter_map(|path| std::str::from_utf8(path).ok())
            .collect();
        let sides = [sides.onto, sides.other].map(|side| self.last_on(side, base.as_ref(), &known));
        let mut authors = Vec::with_capacity(paths.len());
        for path in paths {
            let path = std::str::from_utf8(path).unwrap_or_default();
            let names = sides.iter().filter_map(|last| last.get(path));
            authors.push(names.cloned().collect());
        }
        authors
    }

    /// Returns the last author of each path since `base`: of those that changed lately in one go, then of the rest.
    fn last_on(
        &self,
        side: &CommitId,
        base: Option<&CommitId>,
        paths: &[&str],
    ) -> HashMap<String, Untrusted> {
        let mut found = HashMap::new();
        for most in [Some(NEAR), None] {
            let open: Vec<String> = paths
                .iter()
                .filter(|path| !found.contains_key(**path))
                .map(|path| format!(":(literal){path}"))
                .collect();
            if open.is_empty() {
                break;
            }
            let mut arguments = vec!["-z", "--name-only", "--no-renames", "--format=%x01%an"];
            arguments.extend(most.iter().flat_map(|most| ["-n", most]));
            arguments.push(side.as_str());
            if let Some(base) = base {
                arguments.extend(["--not", base.as_str()]);
            }
            arguments.push("--");
            arguments.extend(open.iter().map(String::as_str));
            let Ok((_, told)) = self.ask("log", &arguments) else {
                break;
            };
            let told = String::from_utf8_lossy(&told);
            for commit in told.split('\u{1}').skip(1) {
                let mut words = commit.split('\0');
                let Some(name) = words.next().filter(|name| !name.is_empty()) else {
                    continue;
                };
                // An empty line stands before the first path.
                for path in words.map(|path| path.strip_prefix('\n').unwrap_or(path)) {
                    found
                        .entry(path.to_owned())
                        .or_insert_with(|| Untrusted::new(name));
                }
            }
        }
        found
    }
}
