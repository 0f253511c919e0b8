//! The post-mortem draft: what the record, the engine and the latest look say, as Markdown. Pure.
//!
//! A draft tells facts and leaves judgement to people: causes and lessons are empty headings. Text from
//! outside is made showable and cannot begin a heading, a link or a table cell of its own.

mod approvals;

use std::collections::BTreeMap;

use crate::engine::Board;
use crate::engine::ItemState;
use crate::engine::Own;
use crate::engine::Progress;
use crate::engine::StepState;
use crate::engine::Told;
use crate::engine::in_story;
use crate::engine::story;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::record::Event;
use crate::record::Record;
use crate::record::Signed;

use approvals::approvals;

/// Returns the draft of the board's hotfix; of none, a sentence that says so.
pub fn markdown(board: &Board) -> String {
    let Some(record) = &board.record else {
        return "No hotfix is selected.\n".to_owned();
    };
    let mut draft = Draft::default();
    heading(&mut draft, record, board.seen.now);
    summary(&mut draft, board, record);
    timeline(&mut draft, board, record);
    people(&mut draft, record);
    approvals(&mut draft, board, record);
    if let Some(progress) = &board.progress {
        steps(&mut draft, progress);
        targets(&mut draft, progress);
    }
    deployments(&mut draft, board);
    presence(&mut draft, board);
    if let Some(progress) = &board.progress {
        open_points(&mut draft, progress, board.seen.now);
        checklist(&mut draft, progress);
    }
    for section in ["What went wrong", "What went well", "What we change"] {
        draft.section(section);
        draft.line("_To be written by people._");
    }
    draft.text
}

/// Markdown while it is being written.
#[derive(Default)]
struct Draft {
    text: String,
}

impl Draft {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    fn section(&mut self, title: &str) {
        self.text.push_str(&format!("\n## {title}\n\n"));
    }

    fn table(&mut self, titles: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            self.line("None.");
            return;
        }
        self.line(format!("| {} |", titles.join(" | ")));
        self.line(format!("|{}", "---|".repeat(titles.len())));
        for row in rows {
            self.line(format!("| {} |", row.join(" | ")));
        }
    }
}

/// Makes a text from outside safe in a Markdown line or cell: showable, and no markup of its own.
pub(super) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in Untrusted::new(text).show().chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|') {
            safe.push('\\');
        }
        safe.push(c);
    }
    // Every line begins with words of ours, so what has a meaning only there needs no care.
    safe
}

fn heading(draft: &mut Draft, record: &Record, now: Timestamp) {
    let title = record
        .opening
        .as_ref()
        .map_or_else(String::new, |opening| plain(&opening.title));
    draft.line(format!("# Post-mortem draft: {title}"));
    draft.line("");
    draft.line(format!(
        "Hotfix `{}`, drafted by Lanekeeper from the shared record at {now}. Times are UTC.",
        record.hotfix
    ));
}

fn summary(draft: &mut Draft, board: &Board, record: &Record) {
    draft.section("Summary");
    if let Some(opening) = &record.opening {
        draft.line(format!(
            "- Branch `{}`, cut from {} at `{}`; playbook {}.",
            opening.branch,
            plain(opening.base.as_str()),
            opening.base_tip.short(),
            plain(&opening.playbook)
        ));
        draft.line(format!(
            "- Opened by {} at {}.",
            plain(&opening.by.show()),
            opening.at
        ));
        for answer in &opening.answers {
            let question = board
                .book
                .questions
                .iter()
                .find(|question| question.id == answer.question);
            let asked = question.map_or(answer.question.as_str(), |question| &question.text);
            let colon = if asked.ends_with('?') { "" } else { ":" };
            draft.line(format!("- {}{colon} {}", plain(asked), plain(&answer.text)));
        }
    }
    if let Some(snapshot) = &record.snapshot {
        draft.line(format!(
            "- The fix: {} commit(s), head `{}`.",
            snapshot.commits.len(),
            snapshot.head.short()
        ));
    }
    match (&record.closed, &board.progress) {
        (Some(closed), _) => {
            let (by, note) = (plain(&closed.by.show()), plain(&closed.note));
            let line = format!("- Closed by {by} at {}. {note}", closed.at);
            draft.line(line.trim_end());
        }
        (None, Some(progress)) if progress.is_complete => {
            draft.line("- Every step and every checklist item is done; not closed yet.");
        }
        (None, Some(_) | None) => draft.line("- **Not complete yet**: see the open points."),
    }
    if let (Some(first), Some(last)) = (record.entries.first(), record.entries.last()) {
        let minutes = last.at.seconds_since(first.at).max(0) / 60;
        draft.line(format!(
            "- From the first to the last entry: {} h {:02} min.",
            minutes / 60,
            minutes % 60
        ));
    }
}

fn timeline(draft: &mut Draft, board: &Board, record: &Record) {
    draft.section("Timeline");
    let shared = record.shared().len();
    let outside = board.outside();
    let rows: Vec<Vec<String>> = story(record, &outside)
        .into_iter()
        .filter_map(|told| match told {
            Told::Entry(place, entry) => {
                let mut told = plain(&in_story(entry)?);
                if place >= shared {
                    told.push_str(" (not shared yet)");
                }
                // What red is on a screen.
                if matches!(entry.event, Some(Event::OverrideUsed { .. })) {
                    told = format!("**{told}**");
                }
                Some(vec![
                    entry.at.to_string(),
                    plain(&entry.actor.person.show()),
                    told,
                    format!("{} {}", entry.signed.level(), entry.signed.words()),
                ])
            }
            // Nobody signs what is not on record.
            Told::Outside(one) => Some(vec![
                one.at.to_string(),
                plain(&one.who()),
                plain(&one.sentence()),
                String::new(),
            ]),
        })
        .collect();
    let has_signatures = record
        .entries
        .iter()
        .any(|entry| entry.signed != Signed::No);
    if has_signatures {
        draft.table(&["When", "Who", "What", "Level"], &rows);
        return;
    }
    // Nobody signs anything here: a column of nothing would only be in the way.
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row[..3].to_vec()).collect();
    draft.table(&["When", "Who", "What"], &rows);
}

fn people(draft: &mut Draft, record: &Record) {
    draft.section("People");
    let mut people: BTreeMap<&str, (String, usize)> = BTreeMap::new();
    for entry in &record.entries {
        let person = &entry.actor.person;
        let known = people
            .entry(&person.id)
            .or_insert_with(|| (person.show(), 0));
        known.1 += 1;
    }
    let rows: Vec<Vec<String>> = people
        .iter()
        .map(|(id, (name, count))| vec![plain(name), plain(id), count.to_string()])
        .collect();
    draft.table(&["Name", "Id", "Entries"], &rows);
}

fn steps(draft: &mut Draft, progress: &Progress) {
    draft.section("Steps");
    let rows: Vec<Vec<String>> = progress
        .steps
        .iter()
        .map(|step| {
            let words = match &step.state {
                StepState::Skipped { by, why } => format!("by {by}: {why}"),
                StepState::Waiting(_)
                | StepState::Ready
                | StepState::Underway(_)
                | StepState::Done(_)
                | StepState::Failed(_) => step.state.evidence().join("; "),
            };
            vec![
                plain(&step.title),
                step.state.word().to_owned(),
                plain(&words),
            ]
        })
        .collect();
    draft.table(&["Step", "State", "Evidence"], &rows);
}

fn targets(draft: &mut Draft, progress: &Progress) {
    draft.section("Targets");
    let rows: Vec<Vec<String>> = progress
        .steps
        .iter()
        .flat_map(|step| step.targets.iter().map(move |target| (step, target)))
        .map(|(step, target)| {
            let request = target.request;
            vec![
                plain(target.lane.as_str()),
                plain(&step.title),
                target.stage.to_owned(),
                request.map_or_else(String::new, |request| request.to_string()),
                plain(&target.state.evidence().join("; ")),
            ]
        })
        .collect();
    draft.table(
        &["Lane", "Step", "State", "Change request", "Evidence"],
        &rows,
    );
}

fn deployments(draft: &mut Draft, board: &Board) {
    draft.section("Deployments");
    let rows: Vec<Vec<String>> = Own::of(board)
        .into_iter()
        .flat_map(Own::deployments)
        .map(|deployment| {
            let jobs: Vec<String> = deployment
                .jobs
                .iter()
                .map(|job| format!("{} {}", plain(&job.name), job.state.word()))
                .collect();
            vec![
                deployment.created_at.to_string(),
                plain(deployment.environment.as_str()),
                format!("`{}`", deployment.commit),
                deployment.state.word().to_owned(),
                jobs.join(", "),
            ]
        })
        .collect();
    draft.table(&["When", "To", "Commit", "State", "Jobs"], &rows);
}

fn presence(draft: &mut Draft, board: &Board) {
    draft.section("Where the fix is");
    let rows: Vec<Vec<String>> = board
        .seen
        .presence
        .iter()
        .map(|(lane, seen)| {
            let (verdict, rule, tip) = match seen.value() {
                Some(presence) => (
                    board.verdict_in(lane, presence.verdict),
                    presence.rule.map_or("", crate::model::Rule::word),
                    format!("`{}`", presence.tip.short()),
                ),
                None => ("UNKNOWN".to_owned(), "", String::new()),
            };
            vec![plain(lane.as_str()), verdict, rule.to_owned(), tip]
        })
        .collect();
    draft.table(&["Lane", "Verdict", "Rule", "At"], &rows);
}

fn open_points(draft: &mut Draft, progress: &Progress, now: Timestamp) {
    draft.section("Open points");
    let mut points: Vec<String> = Vec::new();
    for step in progress.steps.iter().filter(|step| !step.state.is_over()) {
        let why = step.state.why(now).join("; ");
        points.push(format!(
            "Step {}: {}{}",
            plain(&step.title),
            step.state.word(),
            after_colon(&why)
        ));
    }
    for item in progress
        .checklist
        .iter()
        .filter(|item| !item.state.is_over())
    {
        points.push(format!("Checklist: {}", plain(&item.text)));
    }
    for finding in &progress.findings {
        points.push(plain(&finding.text));
    }
    if points.is_empty() {
        draft.line("None.");
    }
    for point in points {
        draft.line(format!("- {point}"));
    }
}

fn after_colon(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(": {}", plain(words))
    }
}

fn checklist(draft: &mut Draft, progress: &Progress) {
    draft.section("Checklist");
    if progress.checklist.is_empty() {
        draft.line("None.");
    }
    for item in &progress.checklist {
        let (mark, words) = match &item.state {
            ItemState::Todo { .. } | ItemState::Running { .. } => (" ", String::new()),
            ItemState::Failed { why } => (" ", format!("failed: {why}")),
            ItemState::DoneByEvidence { evidence } => ("x", evidence.clone()),
            ItemState::DoneBy { by, at, note } if note.is_empty() => ("x", format!("{by}, {at}")),
            ItemState::DoneBy { by, at, note } => ("x", format!("{by}, {at}: {note}")),
            ItemState::NotApplicable { reason } => ("x", format!("not applicable: {reason}")),
        };
        let tail = if words.is_empty() {
            String::new()
        } else {
            format!(" ({})", plain(&words))
        };
        draft.line(format!("- [{mark}] {}{tail}", plain(&item.text)));
    }
}
