//! Many fixes in many lanes at once. Each cell is what [`Repo::presence`] says of it; most are settled by comparing the
//! files of the fix with those of the lane, the rest goes to git in few processes.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Rule;
use crate::model::Verdict;

use super::error::Error;
use super::flat::Flat;
use super::flat::Spot;
use super::graph::Node;
use super::landing::Fix;
use super::objects::parse_id;
use super::repo::Repo;
use super::tree::FILE;
use super::tree::FOLDER;

/// How many commits of a lane are read before it is asked which lane goes on.
const BLOCK: usize = 32;
/// The mode of a program.
const PROGRAM: u32 = 0o100_755;

/// One fix in one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub verdict: Verdict,
    pub rule: Option<Rule>,
    /// The commit that took the fix out again, where history says so.
    pub reverted_by: Option<CommitId>,
}

/// One path that a fix changes; no spot where there is no file.
struct Change {
    path: Vec<u8>,
    old: Option<Spot>,
    new: Option<Spot>,
}

/// Trees that were read, by name.
type Trees = HashMap<CommitId, Arc<HashMap<Vec<u8>, Spot>>>;

/// How a cell is settled.
enum Course {
    Settled(Verdict),
    Flat(Flat),
    Whole,
}

impl Repo {
    /// Returns the newest fixes of the RUN lanes, newest first: the commits of each lane's own first-parent line, back
    /// to where it left the line of a BUILD lane. A merge is one fix, against its first parent; one that only brings
    /// another lane's line (a promotion) is none, and neither is a commit without a parent.
    pub fn fixes(
        &self,
        run: &[CommitId],
        build: &[CommitId],
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        let mut lines = Vec::new();
        for line in self.fix_lines(run, build)? {
            lines.push(line.into_iter().peekable());
        }
        // Of each lane the next commits, read in blocks.
        let mut ready: Vec<std::collections::VecDeque<Commit>> = Vec::new();
        ready.resize_with(lines.len(), Default::default);
        let (mut fixes, mut seen) = (Vec::new(), BTreeSet::new());
        while fixes.len() < limit {
            for (line, ready) in lines.iter_mut().zip(&mut ready) {
                if ready.is_empty() && line.peek().is_some() {
                    let block: Vec<CommitId> = line.by_ref().take(BLOCK).collect();
                    ready.extend(self.commits(&block)?);
                }
            }
            let newest = ready
                .iter_mut()
                .filter(|ready| !ready.is_empty())
                .max_by_key(|ready| ready.front().map(|commit| commit.committed_at));
            let Some(fix) = newest.and_then(std::collections::VecDeque::pop_front) else {
                break;
            };
            if !fix.parents.is_empty() && seen.insert(fix.id.clone()) {
                fixes.push(fix);
            }
        }
        Ok(fixes)
    }

    fn fix_lines(&self, run: &[CommitId], build: &[CommitId]) -> Result<Vec<Vec<CommitId>>, Error> {
        let ids: Vec<&CommitId> = build.iter().chain(run).collect();
        let (mut graph, nodes) = self.graph(&ids)?;
        let (build, run) = nodes.split_at(build.len());
        let mut on_build: BTreeSet<Node> = BTreeSet::new();
        for tip in build {
            on_build.extend(graph.first_parents(&[], *tip, usize::MAX));
        }
        let mut lines: Vec<Vec<Node>> = Vec::new();
        for tip in run {
            let mut line = graph.first_parents(&[], *tip, usize::MAX);
            let left_at = line.iter().position(|node| on_build.contains(node));
            line.truncate(left_at.unwrap_or(line.len()));
            lines.push(line);
        }
        let on_run: BTreeSet<Node> = lines.iter().flatten().copied().collect();
        let is_fix = |node: &Node| {
            let mut others = graph.parents(*node).iter().skip(1);
            !others.any(|other| on_build.contains(other) || on_run.contains(other))
        };
        let ids = |line: Vec<Node>| {
            let fixes = line.into_iter().filter(is_fix);
            fixes.map(|node| graph.id(node)).collect()
        };
        Ok(lines.into_iter().map(ids).collect())
    }

    /// Tells of each fix (against its first parent) whether it is in each of these tips, and by which rule. `merges`
    /// are sets of commits of which each is on record as having brought the same fix somewhere. What was computed for
    /// a tip is kept for later processes.
    pub fn presence_many(
        &self,
        fixes: &[Commit],
        tips: &[CommitId],
        merges: &[Vec<CommitId>],
    ) -> Result<Vec<Vec<Cell>>, Error> {
        let mut known: Vec<BTreeMap<CommitId, Cell>> = Vec::new();
        for tip in tips {
            known.push(
                self.shelf()
                    .get(&self.fixes_question(tip))
                    .unwrap_or_default(),
            );
        }
        let is_missing = |tip: usize, fix: &Commit| !known[tip].contains_key(&fix.id);
        let open: Vec<Vec<&Commit>> = (0..tips.len())
            .map(|tip| fixes.iter().filter(|fix| is_missing(tip, fix)).collect())
            .collect();
        if open.iter().any(|fixes| !fixes.is_empty()) {
            self.prepare_lanes(tips)?;
            let found = self.judge_cells(&open, tips)?;
            let mut kept = Vec::new();
            for ((known, found), tip) in known.iter_mut().zip(found).zip(tips) {
                if !found.is_empty() {
                    known.extend(found);
                    kept.push((self.fixes_question(tip), known.clone()));
                }
            }
            self.shelf().keep(&kept);
        }
        let mut rows = Vec::with_capacity(fixes.len());
        for fix in fixes {
            let group = merges.iter().find(|group| group.contains(&fix.id));
            let mut row = Vec::with_capacity(tips.len());
            for (known, tip) in known.iter().zip(tips) {
                let missing = || Error::NoSuchObject { id: fix.id.clone() };
                let mut cell = known.get(&fix.id).cloned().ok_or_else(missing)?;
                // Records change while commits do not: asked anew each time.
                if cell.verdict == Verdict::Present
                    && cell.rule == Some(Rule::Tree)
                    && self.holds_any(group.map_or(&[], Vec::as_slice), tip)?
                {
                    cell.rule = Some(Rule::MergeCommit);
                }
                row.push(cell);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn fixes_question(&self, tip: &CommitId) -> String {
        self.shelf_question(&["fixes".to_owned(), tip.to_string()])
    }

    fn judge_cells(
        &self,
        open: &[Vec<&Commit>],
        tips: &[CommitId],
    ) -> Result<Vec<BTreeMap<CommitId, Cell>>, Error> {
        let mut all: Vec<&Commit> = open.iter().flatten().copied().collect();
        all.sort_unstable_by_key(|fix| &fix.id);
        all.dedup_by_key(|fix| &fix.id);
        let trees = self.trees_of_all(&all, tips)?;
        let changes = self.changes(&all, &trees)?;
        let verdicts = self.verdicts(open, tips, &trees, &changes)?;
        let outside: Vec<CommitId> = self.common(&all)?.into_iter().collect();
        let mut told: HashMap<&CommitId, Fix> = HashMap::new();
        for fix in &all {
            told.insert(&fix.id, self.fix(&fix.parents[0], &fix.id)?);
        }
        let mut found = Vec::with_capacity(tips.len());
        for ((fixes, tip), verdicts) in open.iter().zip(tips).zip(verdicts) {
            found.push(self.explain(fixes, tip, &verdicts, &outside, &told)?);
        }
        Ok(found)
    }

    /// Adds to each verdict by which rule we know, and what took the fix out.
    fn explain(
        &self,
        fixes: &[&Commit],
        tip: &CommitId,
        verdicts: &[Verdict],
        outside: &[CommitId],
        told: &HashMap<&CommitId, Fix>,
    ) -> Result<BTreeMap<CommitId, Cell>, Error> {
        if fixes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let traces = self.traces(outside, tip)?;
        let mut pairs = Vec::new();
        let mut is_ancestor = Vec::with_capacity(fixes.len());
        for (fix, verdict) in fixes.iter().zip(verdicts) {
            let is_there = self.is_ancestor(&fix.id, tip)?;
            if *verdict == Verdict::Present && !is_there {
                pairs.extend(self.alike(&told[&fix.id], &traces)?);
            }
            is_ancestor.push(is_there);
        }
        // All patches in one process; asked one by one below.
        self.patch_ids(&pairs)?;
        let mut cells = BTreeMap::new();
        for ((fix, verdict), is_ancestor) in fixes.iter().zip(verdicts).zip(is_ancestor) {
            let story = &told[&fix.id];
            let (rule, reverted_by) = match verdict {
                Verdict::Present if is_ancestor => (Some(Rule::Ancestor), None),
                Verdict::Present => (Some(self.rule_of(story, tip, &traces, &[])?), None),
                Verdict::Absent | Verdict::Changed => {
                    (Some(Rule::Tree), self.reverted_by(story, tip, &traces)?)
                }
                Verdict::Pending | Verdict::Unknown => (None, None),
            };
            let cell = Cell {
                verdict: *verdict,
                rule,
                reverted_by,
            };
            cells.insert(fix.id.clone(), cell);
        }
        Ok(cells)
    }

    /// Returns a commit whose history all fixes share, if there is one: nothing in it tells one from another.
    fn common(&self, fixes: &[&Commit]) -> Result<Option<CommitId>, Error> {
        let mut common: Option<CommitId> = None;
        for fix in fixes {
            common = match common {
                None => Some(fix.parents[0].clone()),
                Some(known) => {
                    let ids = [&known, &fix.parents[0]];
                    let (mut graph, nodes) = self.graph(&ids)?;
                    // On one line of history, which is the usual case, no merge base has to be looked for.
                    let bases = if graph.is_ancestor(nodes[0], nodes[1]) {
                        vec![nodes[0]]
                    } else {
                        graph.merge_bases(nodes[0], nodes[1])
                    };
                    match bases.first() {
                        Some(base) => Some(graph.id(*base)),
                        None => return Ok(None),
                    }
                }
            };
        }
        Ok(common)
    }

    fn trees_of_all(
        &self,
        fixes: &[&Commit],
        tips: &[CommitId],
    ) -> Result<HashMap<CommitId, CommitId>, Error> {
        let mut trees = HashMap::new();
        let fixes = fixes.iter().flat_map(|fix| [&fix.id, &fix.parents[0]]);
        for id in fixes.chain(tips) {
            if !trees.contains_key(id) {
                trees.insert(id.clone(), self.tree_of(id)?);
            }
        }
        Ok(trees)
    }

    /// Returns what each fix changes, path by path, asked of git in one process.
    fn changes(
        &self,
        fixes: &[&Commit],
        trees: &HashMap<CommitId, CommitId>,
    ) -> Result<HashMap<CommitId, Vec<Change>>, Error> {
        let mut input = String::new();
        for fix in fixes {
            input.push_str(&format!("{} {}\n", trees[&fix.parents[0]], trees[&fix.id]));
        }
        let output = self
            .command("diff-tree")
            .args([
                "--stdin",
                "-r",
                "-z",
                "--raw",
                "--no-renames",
                "--no-abbrev",
            ])
            .input(input.into_bytes())
            .success()?;
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

    fn verdicts(
        &self,
        open: &[Vec<&Commit>],
        tips: &[CommitId],
        trees: &HashMap<CommitId, CommitId>,
        changes: &HashMap<CommitId, Vec<Change>>,
    ) -> Result<Vec<Vec<Verdict>>, Error> {
        let merges_trees = self.git().version().merges_trees();
        let mut read = Trees::new();
        let mut verdicts: Vec<Vec<Verdict>> = Vec::new();
        let (mut flat, mut flat_at, mut whole, mut whole_at) = (vec![], vec![], vec![], vec![]);
        for (tip, (fixes, id)) in open.iter().zip(tips).enumerate() {
            let mut column = Vec::with_capacity(fixes.len());
            for (row, fix) in fixes.iter().enumerate() {
                let changes = changes.get(&fix.id).map_or(&[][..], Vec::as_slice);
                let (verdict, place) = (Verdict::Unknown, (tip, row));
                column.push(match self.course(changes, &trees[id], &mut read)? {
                    Course::Settled(verdict) => verdict,
                    Course::Flat(question) if merges_trees => {
                        flat.push(question);
                        flat_at.push(place);
                        verdict
                    }
                    Course::Flat(_) | Course::Whole => {
                        let (base, head) = (&trees[&fix.parents[0]], &trees[&fix.id]);
                        whole.push([base.clone(), head.clone(), trees[id].clone()]);
                        whole_at.push(place);
                        verdict
                    }
                });
            }
            verdicts.push(column);
        }
        tracing::debug!(flat = flat.len(), whole = whole.len(), "cells for git");
        let flat = self.judge_flat(&flat)?;
        let whole_answers = if merges_trees {
            self.judge_trees(&whole)?
        } else {
            vec![None; whole.len()]
        };
        let answers = flat.into_iter().zip(flat_at);
        for (answer, (tip, row)) in answers.chain(whole_answers.into_iter().zip(whole_at)) {
            let fix = open[tip][row];
            verdicts[tip][row] = match answer {
                Some(verdict) => verdict,
                // One bad pair ends a batch; an old git takes commits only.
                None => {
                    self.presence_in_tree(&fix.parents[0], &fix.id, &tips[tip])?
                        .0
                }
            };
        }
        Ok(verdicts)
    }

    /// Chooses how a cell is settled. Where every file of the fix is in the lane exactly as before or after the fix,
    /// and none is added, taken away or of another kind, no merge can say anything else.
    fn course(
        &self,
        changes: &[Change],
        tree: &CommitId,
        read: &mut Trees,
    ) -> Result<Course, Error> {
        if changes.is_empty() {
            // An empty fix is everywhere and nowhere.
            return Ok(Course::Settled(Verdict::Unknown));
        }
        let (mut base, mut head, mut target) = (vec![], vec![], vec![]);
        for change in changes {
            let (Some(old), Some(new)) = (&change.old, &change.new) else {
                return Ok(Course::Whole);
            };
            let Some(there) = self.look_up(tree, &change.path, read)? else {
                return Ok(Course::Whole);
            };
            let is_file = |spot: &Spot| matches!(spot.0, FILE | PROGRAM);
            if !is_file(old) || !is_file(new) || !is_file(&there) {
                return Ok(Course::Whole);
            }
            base.push(old.clone());
            head.push(new.clone());
            target.push(there);
        }
        let is_old = |place: &usize| target[*place] == base[*place];
        let is_new = |place: &usize| target[*place] == head[*place];
        let old = (0..target.len()).filter(is_old).count();
        let new = (0..target.len()).filter(is_new).count();
        Ok(if new == target.len() {
            Course::Settled(Verdict::Present)
        } else if old == target.len() {
            Course::Settled(Verdict::Absent)
        } else if old > 0 && new > 0 {
            // One file would change if the fix were applied, another if it were taken out.
            Course::Settled(Verdict::Changed)
        } else {
            Course::Flat(Flat { base, head, target })
        })
    }

    fn look_up(
        &self,
        tree: &CommitId,
        path: &[u8],
        read: &mut Trees,
    ) -> Result<Option<Spot>, Error> {
        let mut tree = tree.clone();
        let mut parts = path.split(|byte| *byte == b'/').peekable();
        while let Some(part) = parts.next() {
            let entries = match read.get(&tree) {
                Some(entries) => Arc::clone(entries),
                None => {
                    let entries = self.objects().tree(&tree)?.into_iter();
                    let by_name = entries.map(|entry| (entry.name, (entry.mode, entry.id)));
                    let entries = Arc::new(by_name.collect::<HashMap<_, _>>());
                    read.insert(tree.clone(), Arc::clone(&entries));
                    entries
                }
            };
            match entries.get(part) {
                Some(spot) if parts.peek().is_none() => return Ok(Some(spot.clone())),
                Some((FOLDER, id)) => tree = id.clone(),
                Some(_) | None => return Ok(None),
            }
        }
        Ok(None)
    }
}
