//! Many fixes in many lanes at once. Each cell is what [`Repo::presence`] says of it; most are settled by comparing the
//! files of the fix with those of the lane, the rest goes to git in few processes.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use serde::Deserialize;
use serde::Serialize;

use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Rule;
use crate::model::Verdict;

use super::error::Error;
use super::flat::in_batches;
use super::graph::Node;
use super::landing::Fix;
use super::repo::Repo;
use super::reverts::Reverts;

/// How many commits of a lane are read before it is asked which lane goes on.
const BLOCK: usize = 32;

/// One fix in one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub verdict: Verdict,
    pub rule: Option<Rule>,
    /// The commit that took the fix out again, where history says so.
    pub reverted_by: Option<CommitId>,
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
        let names =
            |tips: &[CommitId]| tips.iter().map(|tip| format!(" {tip}")).collect::<String>();
        let question = self.shelf_question(&[
            format!("fixes {limit}"),
            format!("run{}", names(run)),
            format!("build{}", names(build)),
        ]);
        if let Some(ids) = self.shelf().get::<Vec<CommitId>>(&question) {
            return self.commits(&ids);
        }
        let missed = self.missed();
        let fixes = self.find_fixes(run, build, limit)?;
        if self.missed() == missed {
            let ids: Vec<&CommitId> = fixes.iter().map(|fix| &fix.id).collect();
            self.shelf().keep(&[(question, ids)]);
        }
        Ok(fixes)
    }

    fn find_fixes(
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
        let (graph, nodes) = self.graph(&ids)?;
        let (build, run) = nodes.split_at(build.len());
        let mut on_build = vec![false; graph.len()];
        for tip in build {
            for node in graph.line(*tip) {
                on_build[node as usize] = true;
            }
        }
        let mut lines: Vec<Vec<Node>> = Vec::new();
        for tip in run {
            let line = graph.line(*tip);
            lines.push(line.take_while(|node| !on_build[*node as usize]).collect());
        }
        let mut on_run = vec![false; graph.len()];
        for node in lines.iter().flatten() {
            on_run[*node as usize] = true;
        }
        let is_fix = |node: &Node| {
            let mut others = graph.parents(*node).iter().skip(1);
            !others.any(|other| on_build[*other as usize] || on_run[*other as usize])
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
        let mut known: Vec<BTreeMap<CommitId, Cell>> = Vec::with_capacity(tips.len());
        let mut counts = Vec::with_capacity(tips.len());
        for tip in tips {
            let (cells, count) = self.kept_cells(tip);
            known.push(cells);
            counts.push(count);
        }
        let is_missing = |tip: usize, fix: &Commit| !known[tip].contains_key(&fix.id);
        let open: Vec<Vec<&Commit>> = (0..tips.len())
            .map(|tip| fixes.iter().filter(|fix| is_missing(tip, fix)).collect())
            .collect();
        if open.iter().any(|fixes| !fixes.is_empty()) {
            self.prepare_lanes(tips)?;
            let found = self.judge_cells(&open, tips)?;
            self.keep_cells(&found, &open, tips, &counts)?;
            for (known, found) in known.iter_mut().zip(found) {
                known.extend(found);
            }
        }
        let mut rows = Vec::with_capacity(fixes.len());
        let mut reverts = vec![None; tips.len()];
        for fix in fixes {
            let group = merges.iter().find(|group| group.contains(&fix.id));
            let mut row = Vec::with_capacity(tips.len());
            let lanes = known.iter().zip(tips).zip(&mut reverts);
            for ((known, tip), reverts) in lanes {
                let missing = || Error::NoSuchObject { id: fix.id.clone() };
                let mut cell = known.get(&fix.id).cloned().ok_or_else(missing)?;
                // Records change while commits do not: asked anew each time.
                if cell.verdict == Verdict::Present
                    && cell.rule == Some(Rule::Tree)
                    && self.holds_any(group.map_or(&[], Vec::as_slice), tip)?
                {
                    cell.rule = Some(Rule::MergeCommit);
                }
                if matches!(cell.verdict, Verdict::Absent | Verdict::Changed)
                    && cell.reverted_by.is_none()
                    && let Some(merges) = group
                {
                    let reverts = self.reverts_since(fixes, tip, reverts)?;
                    cell.reverted_by = self.revert_among(reverts, merges, &fix.id)?;
                }
                row.push(cell);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// Returns what a lane reverts since what all fixes share, read once.
    fn reverts_since<'a>(
        &self,
        fixes: &[Commit],
        tip: &CommitId,
        read: &'a mut Option<Reverts>,
    ) -> Result<&'a Reverts, Error> {
        let reverts = match read.take() {
            Some(reverts) => reverts,
            None => {
                let all: Vec<&Commit> = fixes.iter().collect();
                let outside: Vec<CommitId> = self.common(&all)?.into_iter().collect();
                self.kept_reverts(&outside, tip)?
            }
        };
        Ok(read.insert(reverts))
    }

    /// Returns the cells of a tip that were kept, and in how many parts: each look adds what it found, no more.
    fn kept_cells(&self, tip: &CommitId) -> (BTreeMap<CommitId, Cell>, usize) {
        let (mut cells, mut count) = (BTreeMap::new(), 0);
        let part = |count| -> Option<BTreeMap<CommitId, Cell>> {
            self.shelf().get(&self.cells_question(tip, count))
        };
        while let Some(more) = part(count) {
            cells.extend(more);
            count += 1;
        }
        (cells, count)
    }

    /// Keeps what was found about each tip as one more part of it. That a fix changes nothing stays so; what git could not
    /// merge it may merge the next time.
    fn keep_cells(
        &self,
        found: &[BTreeMap<CommitId, Cell>],
        open: &[Vec<&Commit>],
        tips: &[CommitId],
        parts: &[usize],
    ) -> Result<(), Error> {
        let mut kept = Vec::new();
        for (((found, fixes), tip), part) in found.iter().zip(open).zip(tips).zip(parts) {
            let mut told: BTreeMap<&CommitId, &Cell> = found.iter().collect();
            for fix in fixes {
                let is_unknown = found[&fix.id].verdict == Verdict::Unknown;
                if is_unknown && self.tree_of(&fix.id)? != self.tree_of(&fix.parents[0])? {
                    told.remove(&fix.id);
                }
            }
            if !told.is_empty() {
                kept.push((self.cells_question(tip, *part), told));
            }
        }
        self.shelf().keep(&kept);
        Ok(())
    }

    fn cells_question(&self, tip: &CommitId, part: usize) -> String {
        self.shelf_question(&["cells".to_owned(), tip.to_string(), part.to_string()])
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
        let lanes: Vec<_> = open.iter().zip(tips).zip(&verdicts).collect();
        let explain = |((fixes, tip), verdicts): &((&Vec<&Commit>, &CommitId), &Vec<Verdict>)| {
            self.explain(fixes, tip, verdicts, &outside, &told)
        };
        let explained = in_batches(&lanes, 1, |batch| {
            batch.iter().map(|lane| explain(lane).map(Some)).collect()
        })?;
        let found = explained.into_iter().zip(&lanes);
        // A worker that ended early leaves its lane without an answer.
        found
            .map(|(found, lane)| found.map_or_else(|| explain(lane), Ok))
            .collect()
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
            let story = &told[&fix.id];
            let alike = match verdict {
                Verdict::Present if !is_there && !self.is_told(story, tip, &traces)? => {
                    traces.alike(story)
                }
                Verdict::Absent | Verdict::Changed => traces.undone_alike(story),
                Verdict::Present | Verdict::Pending | Verdict::Unknown => Vec::new(),
            };
            if !alike.is_empty() {
                pairs.extend(self.compared(story, alike)?);
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
                Verdict::Absent | Verdict::Changed => (
                    Some(Rule::Tree),
                    self.reverted_by(story, tip, &traces, &[])?,
                ),
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
        let before: Vec<&CommitId> = fixes.iter().map(|fix| &fix.parents[0]).collect();
        let (mut graph, nodes) = self.graph(&before)?;
        Ok(graph.common(&nodes).map(|node| graph.id(node)))
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
}
