//! Is the fix there: apply it again, un-apply it, and see whether anything changes (flows.md 6.2). The verdict is
//! always the tree's: ancestry and trailers only explain it, since both stay when the fix is reverted.

use crate::model::CommitId;
use crate::model::PathVerdict;
use crate::model::Presence;
use crate::model::Rule;
use crate::model::Verdict;

use super::error::Error;
use super::merge::Merge;
use super::prediction::Question;
use super::repo::Repo;

/// Of more paths than this that hold neither what was there before the fix nor what it made of it, the rest is not merged
/// one by one: changed they are, and a person looks.
const JUDGED: usize = 200;

/// A file that a lane has under another name may have changed a lot there. A wrong pair only makes somebody look again, one
/// that is missed lets an accepted change hold whatever becomes of it.
const ALIKE: u8 = 30;

/// The paths of one change: usually one, two for a rename, with the name to show last.
type Paths = Vec<Vec<u8>>;
/// The path of a file, and what it is.
type Place = (Vec<u8>, CommitId);

impl Repo {
    /// Tells whether the fix `base..head` is in the commit `tip`, and by which rule we know.
    pub fn presence(
        &self,
        base: &CommitId,
        head: &CommitId,
        tip: &CommitId,
    ) -> Result<Presence, Error> {
        self.presence_by(base, head, tip, &[])
    }

    /// The same, where `merges` are on record as having brought this fix somewhere.
    pub fn presence_by(
        &self,
        base: &CommitId,
        head: &CommitId,
        tip: &CommitId,
        merges: &[CommitId],
    ) -> Result<Presence, Error> {
        let (verdict, paths) = self.presence_in_tree(base, head, tip)?;
        let rule = match verdict {
            Verdict::Present => Some(self.rule(base, head, tip, merges)?),
            Verdict::Absent | Verdict::Changed => Some(Rule::Tree),
            Verdict::Pending | Verdict::Unknown => None,
        };
        Ok(Presence {
            verdict,
            rule,
            tip: tip.clone(),
            paths,
        })
    }

    /// Explains why a fix is there.
    fn rule(
        &self,
        base: &CommitId,
        head: &CommitId,
        tip: &CommitId,
        merges: &[CommitId],
    ) -> Result<Rule, Error> {
        if self.is_ancestor(head, tip)? {
            return Ok(Rule::Ancestor);
        }
        let fix = self.fix(base, head)?;
        let traces = self.traces(std::slice::from_ref(head), tip)?;
        self.rule_of(&fix, tip, &traces, merges)
    }

    /// Tells whether the fix `base..head` is in `tree` (or a commit's tree), per path where it is `Changed`.
    pub fn presence_in_tree(
        &self,
        base: &CommitId,
        head: &CommitId,
        tree: &CommitId,
    ) -> Result<(Verdict, Vec<PathVerdict>), Error> {
        let (base, head, tree) = (
            self.tree_of(base)?,
            self.tree_of(head)?,
            self.tree_of(tree)?,
        );
        // An empty fix is everywhere and nowhere.
        if base == head {
            return Ok((Verdict::Unknown, Vec::new()));
        }
        let verdict = self.judge(&base, std::slice::from_ref(&head), &tree)?[0];
        let paths = match verdict {
            Verdict::Changed => self.judge_paths(&base, &head, &tree)?,
            Verdict::Present | Verdict::Absent | Verdict::Pending | Verdict::Unknown => Vec::new(),
        };
        Ok((verdict, paths))
    }

    /// Judges several fixes that start from the same base, all ids being trees.
    fn judge(
        &self,
        base: &CommitId,
        heads: &[CommitId],
        tree: &CommitId,
    ) -> Result<Vec<Verdict>, Error> {
        let mut merges = Vec::with_capacity(2 * heads.len());
        for head in heads {
            merges.push([base, head, tree].map(CommitId::clone));
            merges.push([head, base, tree].map(CommitId::clone));
        }
        let stays = self.stay_each(&merges)?;
        let pairs = stays.chunks_exact(2);
        Ok(pairs.map(|pair| verdict(pair[0], pair[1])).collect())
    }

    /// Tells of each merge (base, theirs, ours, all of them trees) whether it is clean and leaves `ours` as it is. None
    /// where git could not merge.
    pub(super) fn stay_each(&self, merges: &[[CommitId; 3]]) -> Result<Vec<Option<bool>>, Error> {
        let asked = merges.iter().map(|[base, theirs, ours]| Merge {
            base: Some(base.clone()),
            ours: ours.clone(),
            theirs: theirs.clone(),
            reads_attributes: false,
        });
        let answers = self.merge_many(&asked.collect::<Vec<_>>())?;
        let stays = answers.into_iter().zip(merges).map(|(answer, merge)| {
            let result = answer.ok()?;
            Some(result.is_clean && result.tree == merge[2])
        });
        Ok(stays.collect())
    }

    /// Computes in at most two processes what will be asked one by one: these questions, and whether the fix (base
    /// and head) is in these tips and in what the questions lead to. Whoever does not call this gets the same answers,
    /// later.
    pub fn prepare(
        &self,
        questions: &[Question],
        fix: Option<(&CommitId, &CommitId)>,
        tips: &[CommitId],
    ) -> Result<(), Error> {
        let mut merges: Vec<Merge> = questions.iter().map(Question::to_merge).collect();
        let trees = match fix {
            Some((base, head)) => Some((self.tree_of(base)?, self.tree_of(head)?)),
            None => None,
        };
        if let Some((base, head)) = &trees {
            for tip in tips {
                merges.extend(both_ways(base, head, &self.tree_of(tip)?));
            }
        }
        let answers = self.merge_many(&merges)?;
        let Some((base, head)) = trees else {
            return Ok(());
        };
        let led_to = answers.iter().take(questions.len()).flatten();
        let merges: Vec<Merge> = led_to
            .flat_map(|result| both_ways(&base, &head, &result.tree))
            .collect();
        self.merge_many(&merges).map(drop)
    }

    fn judge_paths(
        &self,
        base: &CommitId,
        head: &CommitId,
        tree: &CommitId,
    ) -> Result<Vec<PathVerdict>, Error> {
        let changes = self.changed_paths(base, head)?;
        self.provide(std::slice::from_ref(tree))?;
        let mut verdicts = Vec::with_capacity(changes.len());
        let (mut open, mut heads) = (Vec::new(), Vec::new());
        for (place, paths) in changes.iter().enumerate() {
            let told = self.by_content(base, head, tree, paths)?;
            if told.is_none() && open.len() < JUDGED {
                open.push(place);
                heads.push(self.only(base, head, paths)?);
            }
            verdicts.push(told.unwrap_or(Verdict::Changed));
        }
        for (place, verdict) in open.into_iter().zip(self.judge(base, &heads, tree)?) {
            verdicts[place] = verdict;
        }
        let places = self.places_of(base, head, tree, &changes, &verdicts)?;
        let shown = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
        let made = changes.iter().map(|paths| self.made_of(head, paths));
        let made = made.collect::<Result<Vec<_>, Error>>()?;
        let judged = changes.iter().zip(verdicts).zip(places).zip(made);
        let judged = judged.map(|(((paths, verdict), place), made)| {
            let own = paths.last().map(Vec::as_slice).unwrap_or_default();
            let (at, blob) = place.map_or((None, None), |(at, blob)| {
                ((at != own).then(|| shown(&at)), Some(blob))
            });
            PathVerdict {
                path: shown(own),
                verdict,
                blob,
                made,
                at,
            }
        });
        Ok(judged.collect())
    }

    /// Returns the blob that a fix makes of a file, all zeros where it takes the file away.
    fn made_of(&self, head: &CommitId, paths: &Paths) -> Result<Option<CommitId>, Error> {
        let Some(own) = paths.last() else {
            return Ok(None);
        };
        let made = self.objects().entry(head, own)?;
        let nothing = || "0".repeat(head.as_str().len()).parse::<CommitId>().ok();
        Ok(made.map(|entry| entry.id).or_else(nothing))
    }

    /// Returns for each change where its file is in a tree, and what is there: under the name that it has after the fix,
    /// under the one that it had before, or under one that only the tree has for it. What is wholly there is not followed.
    fn places_of(
        &self,
        base: &CommitId,
        head: &CommitId,
        tree: &CommitId,
        changes: &[Paths],
        verdicts: &[Verdict],
    ) -> Result<Vec<Option<Place>>, Error> {
        let mut places = Vec::with_capacity(changes.len());
        let mut gone = [Vec::new(), Vec::new()];
        for (paths, verdict) in changes.iter().zip(verdicts) {
            let mut place = None;
            for path in paths.iter().rev() {
                let found = self.objects().entry(tree, path)?;
                place = place.or(found.map(|entry| (path.clone(), entry.id)));
            }
            if let (None, Some(old)) = (&place, paths.first())
                && *verdict != Verdict::Present
            {
                let is_new = self.objects().entry(base, old)?.is_none();
                gone[usize::from(is_new)].push(old.clone());
            }
            places.push(place);
        }
        let [old, new] = gone;
        let mut moved = self.moved_to(base, tree, &old, ALIKE)?;
        moved.extend(self.moved_to(head, tree, &new, ALIKE)?);
        for (paths, place) in changes.iter().zip(&mut places) {
            let Some(now) = paths.first().and_then(|old| moved.get(old)) else {
                continue;
            };
            let found = self.objects().entry(tree, now)?;
            *place = found.map(|entry| (now.clone(), entry.id));
        }
        Ok(places)
    }

    /// Tells of one change whether a tree has its paths as the fix made them, or as they were before; none where neither.
    fn by_content(
        &self,
        base: &CommitId,
        head: &CommitId,
        tree: &CommitId,
        paths: &Paths,
    ) -> Result<Option<Verdict>, Error> {
        let (mut is_there, mut is_absent) = (true, true);
        for path in paths {
            let at = |tree: &CommitId| self.objects().entry(tree, path);
            let now = at(tree)?;
            is_there &= now == at(head)?;
            is_absent &= now == at(base)?;
        }
        Ok(match (is_there, is_absent) {
            (true, _) => Some(Verdict::Present),
            (false, true) => Some(Verdict::Absent),
            (false, false) => None,
        })
    }

    /// Returns the tree of `base` with only these paths as in `head`.
    fn only(&self, base: &CommitId, head: &CommitId, paths: &Paths) -> Result<CommitId, Error> {
        // Made for one question only, so it is thrown away with its answer.
        let scratch = self.scratch()?;
        let objects = scratch.objects();
        let mut tree = Some(base.clone());
        for path in paths {
            let new = objects.entry(head, path)?;
            let new = new.map(|entry| (entry.mode, entry.id));
            tree = objects.with_entry(tree.as_ref(), path, new)?;
        }
        match tree {
            Some(tree) => Ok(tree),
            None => objects.write_tree(Vec::new()),
        }
    }

    pub(super) fn changed_paths(
        &self,
        base: &CommitId,
        head: &CommitId,
    ) -> Result<Vec<Paths>, Error> {
        let arguments = [
            "-r",
            "-z",
            "-M",
            "--name-status",
            base.as_str(),
            head.as_str(),
        ];
        let (_, printed) = self.ask("diff-tree", &arguments)?;
        let mut tokens = printed.split(|byte| *byte == 0);
        let mut changes = Vec::new();
        while let Some(status) = tokens.next().filter(|status| !status.is_empty()) {
            let count = if matches!(status[0], b'R' | b'C') {
                2
            } else {
                1
            };
            changes.push(tokens.by_ref().take(count).map(<[u8]>::to_vec).collect());
        }
        Ok(changes)
    }
}

/// Returns the verdict on a fix of which it is known whether applying it again leaves everything as it is, and taking it
/// out.
pub(super) fn verdict(applied: Option<bool>, undone: Option<bool>) -> Verdict {
    match (applied, undone) {
        (Some(true), Some(false)) => Verdict::Present,
        (Some(false), Some(true)) => Verdict::Absent,
        (Some(false), Some(false)) => Verdict::Changed,
        (Some(true), Some(true)) | (None, _) | (_, None) => Verdict::Unknown,
    }
}

/// Applies the fix again, and takes it out.
fn both_ways(base: &CommitId, head: &CommitId, tree: &CommitId) -> [Merge; 2] {
    [(base, head), (head, base)].map(|(from, to)| Merge {
        base: Some(from.clone()),
        ours: tree.clone(),
        theirs: to.clone(),
        reads_attributes: false,
    })
}
