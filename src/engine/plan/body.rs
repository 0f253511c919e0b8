//! The body of a change request, part by part. A forge takes so much and no more: lists are bounded, and what is longer all
//! the same is cut with a word. The marker comes last and is always there.

use crate::engine::calls::how_to_resolve;
use crate::engine::marker::Marker;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::Untrusted;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::playbook::Step;

use super::Desk;
use super::words::title;

/// How many commits and paths are listed; nobody reads more there.
pub(super) const LISTED: usize = 100;
/// Begins and ends a block of text as it is.
const FENCE: &str = "````";
const CUT: &str = "\n_Cut here: the rest is longer than fits into a change request. `lanekeeper status` and the timeline have all of it._\n";
/// What a marker grows by when the commit and the tree are put into it that a request is opened with, two newlines included.
const OPENED_WITH: usize = 180;

/// A body while it is being written.
#[derive(Debug)]
pub(super) struct Body {
    text: String,
    /// How many bytes the forge takes.
    longest: usize,
}

impl Body {
    pub(super) fn new(desk: &Desk<'_>) -> Self {
        Self {
            text: format!("Hotfix {}\n", desk.look.record.hotfix),
            longest: desk.look.seen.capabilities.longest_body,
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.text.push_str(&format!("\n### {text}\n\n"));
    }

    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    pub(super) fn item(&mut self, text: impl AsRef<str>) {
        self.text.push_str("- ");
        self.line(text);
    }

    pub(super) fn why(&mut self, desk: &Desk<'_>) {
        self.heading("Why");
        self.line(title(desk));
        let Some(opening) = desk.look.opening() else {
            return;
        };
        for answer in &opening.answers {
            let question = desk
                .look
                .book
                .questions
                .iter()
                .find(|question| question.id == answer.question)
                .map_or(answer.question.as_str(), |question| question.text.as_str());
            self.item(format!(
                "{question} {}",
                Untrusted::new(answer.text.as_str()).show()
            ));
        }
    }

    pub(super) fn commits(&mut self, desk: &Desk<'_>) {
        let Some(fix) = desk.look.fix() else {
            return;
        };
        if fix.commits.is_empty() {
            return;
        }
        self.heading("Commits");
        for commit in fix.commits.iter().take(LISTED) {
            self.item(format!(
                "{} {}, by {}",
                commit.id,
                commit.subject(),
                commit.author.show()
            ));
        }
        self.more(fix.commits.len().saturating_sub(LISTED));
    }

    pub(super) fn warning(&mut self, carry: &Carry, lane: &LaneName, count: usize) {
        let what = match carry.conflict {
            ConflictPolicy::DraftWithMarkers => "The conflicts are committed as they are.",
            ConflictPolicy::EmptyCommit => {
                "The commit is empty: merging it as it is delivers nothing, whatever its checks say."
            }
            ConflictPolicy::Fail => "Nothing was built.",
            ConflictPolicy::Local => "They were resolved before this was opened.",
            ConflictPolicy::TwoBranch => "They are resolved in a change request of their own.",
        };
        self.text.push_str(&format!(
            "\n> **Manual resolution needed.** The fix conflicts with {lane} in {count} path{}. {what} \
             {lane} does not have the fix until this is resolved and merged.\n",
            if count == 1 { "" } else { "s" }
        ));
    }

    /// Shows what the pick would have changed: an empty commit says nothing about it.
    pub(super) fn attempt(&mut self, desk: &Desk<'_>, step: &Step, lane: &LaneName) {
        let key = (step.id.clone(), lane.clone());
        let seen = desk.look.seen.attempts.get(&key);
        let Some(diff) = seen.and_then(crate::model::Seen::value) else {
            return;
        };
        self.heading("What was attempted");
        // Neither a fence nor a marker of ours may come out of a file. A tab is content; other controls are shown.
        let lines = diff.raw().lines().map(|line| {
            let cells = line.split('\t').map(|cell| Untrusted::new(cell).show());
            cells.collect::<Vec<_>>().join("\t")
        });
        let text = lines
            .collect::<Vec<_>>()
            .join("\n")
            .replace(FENCE, "` ` ` `")
            .replace("<!-- lanekeeper", "<!-- (lanekeeper)");
        self.line(format!("{FENCE}diff\n{text}\n{FENCE}"));
    }

    /// Names what is not on the branch, each with the command that brings it there.
    pub(super) fn left_out(&mut self, desk: &Desk<'_>, pending: &[CommitId]) {
        if pending.is_empty() {
            return;
        }
        self.heading("Left out");
        self.line(
            "These touch what is in conflict and are not on this branch. Pick them, in this order, once it is resolved; \
             `lanekeeper resolve` does so by itself:",
        );
        self.text.push('\n');
        let fix = desk.look.fix();
        for id in pending {
            let mut known = fix.into_iter().flat_map(|fix| {
                let picks = fix.picks.single.iter().chain(&fix.picks.whole);
                picks.chain(&fix.commits)
            });
            let commit = known.find(|commit| &commit.id == id);
            let mainline = match commit {
                Some(commit) if commit.is_merge() => "-m 1 ",
                Some(_) | None => "",
            };
            let subject =
                commit.map_or_else(String::new, |commit| format!(": {}", commit.subject()));
            self.item(format!("`git cherry-pick -x {mainline}{id}`{subject}"));
        }
    }

    /// Says how many are not listed.
    pub(super) fn more(&mut self, count: usize) {
        if count > 0 {
            self.item(format!("and {count} more"));
        }
    }

    pub(super) fn conflicts(&mut self, paths: &[ConflictPath], policy: ConflictPolicy) {
        for path in paths.iter().take(LISTED) {
            self.conflict(path, policy);
        }
        self.more(paths.len().saturating_sub(LISTED));
    }

    fn conflict(&mut self, path: &ConflictPath, policy: ConflictPolicy) {
        let last = path.last_authors.words();
        let last = last.map_or_else(String::new, |last| format!(", last changed by {last}"));
        let owners: Vec<String> = path.owners.iter().map(Untrusted::show).collect();
        let owned = if owners.is_empty() {
            String::new()
        } else {
            format!(", owned by {}", owners.join(" and "))
        };
        self.item(format!(
            "`{}` ({}){last}{owned}: {}",
            Untrusted::new(path.path.as_str()).show(),
            path.kind.word(),
            how_to_resolve(path.kind, policy)
        ));
    }

    pub(super) fn end(self, desk: &Desk<'_>, key: &str) -> String {
        self.end_with(&Marker::new(desk.look.record.hotfix.clone(), key))
    }

    pub(super) fn end_with(mut self, marker: &Marker) -> String {
        let marker = marker.line();
        self.fit(self.longest.saturating_sub(marker.len() + OPENED_WITH));
        self.text.push('\n');
        self.text.push_str(&marker);
        self.text.push('\n');
        self.text
    }

    /// Cuts at the end of a line what is longer than this, and says so: a forge refuses it as a whole.
    fn fit(&mut self, longest: usize) {
        if self.text.len() <= longest {
            return;
        }
        let mut end = longest.saturating_sub(CUT.len() + FENCE.len() + 2);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        self.text.truncate(end);
        self.text
            .truncate(self.text.rfind('\n').map_or(0, |line| line + 1));
        let fences = self.text.lines().filter(|line| line.starts_with(FENCE));
        // In an open block the rest, the marker too, would be code.
        if fences.count() % 2 == 1 {
            self.line(FENCE);
        }
        self.text.push_str(CUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str, longest: usize) -> Body {
        let text = text.to_owned();
        Body { text, longest }
    }

    fn marker() -> Marker {
        let hotfix = "20260412-refund-7f3a9c".parse().expect("static id");
        Marker::new(hotfix, "retrofit/integration")
    }

    #[test]
    fn a_body_that_is_longer_than_the_forge_takes_is_cut_and_says_so() {
        let text = "Wörter, die niemand zählt\n".repeat(400);
        let id: CommitId = "f1".repeat(32).parse().expect("an id");
        for longest in 1_000..1_040 {
            let made = body(&text, longest).end_with(&marker());
            let made = Marker::complete(&made, &id, &id);
            assert!(made.len() <= longest, "{} of {longest}", made.len());
            assert!(made.contains(CUT), "{made}");
            assert!(made.starts_with("Wörter"), "{made}");
            let last = made.trim_end().lines().next_back().expect("lines");
            assert!(last.starts_with("<!-- lanekeeper "), "{last}");
            assert!(Marker::find(last).is_some(), "{last}");
        }
        let whole = body(&text, 60_000).end_with(&marker());
        assert!(whole.starts_with(&text) && !whole.contains(CUT));
    }

    #[test]
    fn a_block_that_is_cut_is_closed_before_the_marker() {
        let text = format!("Hotfix\n{FENCE}diff\n{}{FENCE}\n", "+1\n".repeat(1_000));
        let made = body(&text, 1_000).end_with(&marker());
        assert!(made.contains(&format!("+1\n{FENCE}\n{CUT}")), "{made}");
    }

    #[test]
    fn conflicted_paths_are_listed_as_far_as_anybody_reads_and_the_rest_is_counted() {
        let path = |number: usize| ConflictPath {
            path: format!("src/{number}.rs"),
            kind: crate::model::ConflictKind::Content,
            blob: None,
            last_authors: crate::model::LastAuthors::default(),
            owners: Vec::new(),
        };
        let paths: Vec<ConflictPath> = (0..LISTED + 7).map(path).collect();
        let mut made = body("", 60_000);
        made.conflicts(&paths, ConflictPolicy::DraftWithMarkers);
        assert_eq!(made.text.lines().count(), LISTED + 1);
        assert!(made.text.ends_with("- and 7 more\n"), "{}", made.text);
    }
}
