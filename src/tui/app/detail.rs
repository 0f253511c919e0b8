//! What Detail tells about the selection: a step with its change request or deployment, a target with its
//! conflicts, an item, a lane.

use crate::engine::StepProgress;
use crate::engine::TargetProgress;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::model::Subject;
use crate::model::Verdict;
use crate::model::age;

use super::approvals::approvals;
use super::approvals::chosen;
use super::checklist::RowId;
use super::checklist::selected;
use super::detail_subject::of_deployment;
use super::detail_subject::of_request;
use super::lanes::lane_row;
use super::state::App;
use super::state::Pane;
use super::words::Line;
use super::words::Tone;

/// The content of the pane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// What it is about, for the border.
    pub title: String,
    pub lines: Vec<Line>,
}

impl Detail {
    pub(super) fn say(&mut self, text: impl Into<String>, tone: Tone) {
        self.lines.push(Line::new(text, tone));
    }

    pub(super) fn gap(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push(Line::plain(""));
        }
    }

    pub(super) fn head(&mut self, text: &str) {
        self.gap();
        self.say(text, Tone::Dim);
    }
}

/// Returns what there is to tell about the selection.
pub fn detail(app: &App) -> Detail {
    let mut detail = Detail::default();
    match app.subject {
        Pane::Lanes => match lane_row(app) {
            Some(lane) => of_lane(app, &lane, &mut detail),
            None => of_row(app, &mut detail),
        },
        Pane::Approvals => {
            let row = chosen(app).or_else(|| approvals(app).into_iter().next());
            match row.map(|row| row.subject) {
                Some(Subject::Request(id)) => of_request(app, id, &mut detail),
                Some(Subject::Deployment(id)) => of_deployment(app, &id, &mut detail),
                None => detail.say("nothing waits for an approval", Tone::Dim),
            }
        }
        Pane::Checklist | Pane::Detail | Pane::Log => of_row(app, &mut detail),
    }
    detail
}

fn of_row(app: &App, detail: &mut Detail) {
    let Some(progress) = app.board.as_ref().and_then(|board| board.progress.as_ref()) else {
        detail.say("no hotfix is shown", Tone::Dim);
        return;
    };
    match selected(app) {
        Some(RowId::Step(id)) => {
            if let Some(step) = progress.steps.iter().find(|step| step.id == id) {
                of_step(app, step, detail);
            }
        }
        Some(RowId::Target(id, lane)) => {
            let target = progress
                .steps
                .iter()
                .find(|step| step.id == id)
                .and_then(|step| step.targets.iter().find(|target| target.lane == lane));
            if let Some(target) = target {
                of_target(app, target, detail);
            }
        }
        Some(RowId::Item(id)) => {
            if let Some(item) = progress.checklist.iter().find(|item| item.id == id) {
                detail.title = item.id.to_string();
                detail.say(item.text.clone(), Tone::Strong);
                let how = if item.is_automatic {
                    "ticked from evidence only"
                } else {
                    "ticked by a person, with a note"
                };
                detail.say(how, Tone::Dim);
                detail.gap();
                detail.lines.push(item_words(&item.state));
            }
        }
        None => detail.say("nothing is selected", Tone::Dim),
    }
}

fn item_words(state: &crate::engine::ItemState) -> Line {
    use crate::engine::ItemState;
    match state {
        ItemState::Todo { why } => Line::plain(why.clone()),
        ItemState::Running { what } => Line::plain(what.clone()),
        ItemState::DoneByEvidence { evidence } => Line::new(evidence.clone(), Tone::Good),
        ItemState::DoneBy { by, at, note } => {
            Line::new(format!("{by} at {}: {note}", at.date_clock()), Tone::Good)
        }
        ItemState::Failed { why } => Line::new(why.clone(), Tone::Bad),
        ItemState::NotApplicable { reason } => Line::new(reason.clone(), Tone::Dim),
    }
}

fn of_step(app: &App, step: &StepProgress, detail: &mut Detail) {
    let now = app.clock.now;
    detail.title = step.id.to_string();
    detail.say(step.title.clone(), Tone::Strong);
    detail.say(format!("{}, {}", step.kind, step.state.word()), Tone::Dim);
    for why in step.state.why(now) {
        detail.lines.push(Line::new(why, Tone::Warn));
    }
    for proof in step.state.evidence() {
        detail.lines.push(Line::new(proof, Tone::Good));
    }
    if let Some(id) = step.request {
        detail.gap();
        of_request(app, id, detail);
    }
    let deployment = step.seats.iter().find_map(|seat| match &seat.subject {
        Subject::Deployment(id) => Some(id),
        Subject::Request(_) => None,
    });
    if let Some(id) = deployment {
        detail.gap();
        of_deployment(app, id, detail);
    }
    if !step.targets.is_empty() {
        detail.head("targets");
        for target in &step.targets {
            detail.lines.push(
                Line::plain(format!(" {:<14} ", target.lane.as_str())).and(target.stage, Tone::Dim),
            );
        }
    }
    if step.kind == "commits" {
        of_fix(app, detail);
    }
}

fn of_fix(app: &App, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    match &board.seen.fix {
        Seen::Known { value, .. } | Seen::Stale { value, .. } => {
            detail.head("commits");
            for commit in &value.commits {
                detail.lines.push(
                    Line::new(format!(" {} ", commit.id.short()), Tone::Dim)
                        .and(commit.subject(), Tone::Plain),
                );
                detail.lines.push(Line::new(
                    format!(
                        "         {}, {} ago",
                        commit.author.show(),
                        age(app.clock.now, commit.authored_at)
                    ),
                    Tone::Dim,
                ));
            }
            for commit in &value.contamination {
                detail.lines.push(Line::new(
                    format!(
                        " {} comes from BUILD: {}",
                        commit.id.short(),
                        commit.subject()
                    ),
                    Tone::Bad,
                ));
            }
        }
        Seen::Unknown { why } => detail.say(format!("the fix cannot be seen: {why}"), Tone::Warn),
    }
}

fn of_target(app: &App, target: &TargetProgress, detail: &mut Detail) {
    detail.title = target.lane.to_string();
    detail.say(format!("into {}", target.lane), Tone::Strong);
    detail.say(
        format!("{}, {}", target.stage, target.state.word()),
        Tone::Dim,
    );
    for why in target.state.why(app.clock.now) {
        detail.lines.push(Line::new(why, Tone::Warn));
    }
    for proof in target.state.evidence() {
        detail.lines.push(Line::new(proof, Tone::Good));
    }
    if let Some(branch) = &target.branch {
        detail.say(format!("branch {branch}"), Tone::Plain);
    }
    conflicts("not decided", &target.undecided, detail);
    if let Some(prediction) = &target.prediction
        && target.request.is_none()
    {
        prediction_lines(prediction, detail);
    }
    if let Some(id) = target.request {
        detail.gap();
        of_request(app, id, detail);
    }
}

fn prediction_lines(prediction: &Seen<crate::model::Prediction>, detail: &mut Detail) {
    let Some(known) = prediction.value() else {
        let why = prediction.why().unwrap_or_default();
        detail.say(format!("no prediction: {why}"), Tone::Warn);
        return;
    };
    match &known.outcome {
        PredictionOutcome::Clean => detail.say("predicted: applies cleanly", Tone::Good),
        PredictionOutcome::Conflict { paths } => conflicts("predicted", paths, detail),
        PredictionOutcome::Already => detail.say("predicted: it is there already", Tone::Good),
        PredictionOutcome::Blocked { why } => {
            detail.say(format!("predicted: blocked, {why}"), Tone::Warn);
        }
        PredictionOutcome::Unknown { why } => {
            detail.say(format!("no prediction: {why}"), Tone::Warn);
        }
    }
}

fn conflicts(what: &str, paths: &[ConflictPath], detail: &mut Detail) {
    if paths.is_empty() {
        return;
    }
    let files = if paths.len() == 1 { "file" } else { "files" };
    detail.head(&format!("conflicts in {} {files}, {what}", paths.len()));
    for path in paths {
        let authors: Vec<String> = path
            .last_authors
            .iter()
            .map(crate::model::Untrusted::show)
            .collect();
        detail.lines.push(
            Line::new(format!(" {}", path.path), Tone::Warn)
                .and(format!("  {}", path.kind.word()), Tone::Dim),
        );
        if !authors.is_empty() {
            detail.say(
                format!("   last changed by {}", authors.join(", ")),
                Tone::Dim,
            );
        }
    }
}

fn of_lane(app: &App, lane: &LaneName, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    detail.title = lane.to_string();
    let Some(known) = board.book.project.lane(lane) else {
        return;
    };
    detail.say(
        format!("{lane}  {} {}", known.layer.word(), known.branch),
        Tone::Strong,
    );
    if let Some(environment) = &known.environment {
        detail.say(format!("runs on {environment}"), Tone::Dim);
    }
    if let Some(presence) = board.seen.presence.get(lane) {
        match presence.value() {
            Some(value) => {
                let rule = value
                    .rule
                    .map_or_else(String::new, |rule| format!(" by {}", rule.word()));
                let tone = match value.verdict {
                    Verdict::Present => Tone::Good,
                    Verdict::Absent | Verdict::Changed => Tone::Warn,
                    Verdict::Pending | Verdict::Unknown => Tone::Plain,
                };
                detail.say(format!("the fix is {}{rule}", value.verdict.word()), tone);
                for path in &value.paths {
                    detail.say(
                        format!(" {:<8} {}", path.verdict.word(), path.path),
                        Tone::Dim,
                    );
                }
            }
            None => detail.say(
                format!("UNKNOWN: {}", presence.why().unwrap_or_default()),
                Tone::Warn,
            ),
        }
    }
    for (edge, sight) in &board.seen.edges {
        if &edge.from != lane && &edge.into != lane {
            continue;
        }
        let words = sight.value().map_or_else(
            || format!("unknown: {}", sight.why().unwrap_or_default()),
            |sight| format!("{} ahead, {} behind", sight.ahead, sight.behind),
        );
        detail.say(
            format!("{} into {}: {words}", edge.from, edge.into),
            Tone::Plain,
        );
    }
    let history = board.seen.history.value();
    if let Some(commits) = history.and_then(|history| history.lanes.get(lane)) {
        detail.head("latest commits");
        for commit in commits.iter().take(20) {
            detail.lines.push(
                Line::new(format!(" {} ", commit.id.short()), Tone::Dim)
                    .and(commit.subject(), Tone::Plain),
            );
        }
    }
}
