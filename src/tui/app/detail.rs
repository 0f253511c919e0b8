//! What Detail tells about the selection: a step with its change request or deployment, a target with its
//! conflicts, an item, a lane.

use crate::engine::StepProgress;
use crate::engine::TargetProgress;
use crate::engine::lanes::RowKey;
use crate::model::LaneName;
use crate::model::Seen;
use crate::model::Subject;
use crate::model::Verdict;
use crate::model::age;

use super::approvals::approvals;
use super::approvals::chosen;
use super::checklist::RowId;
use super::checklist::selected;
use super::detail_event::commits;
use super::detail_event::of_event;
use super::detail_event::promotion;
use super::detail_prediction::conflicts;
use super::detail_prediction::prediction_lines;
use super::detail_subject::of_deployment;
use super::detail_subject::of_request;
use super::lanes::graph_row;
use super::lanes::told_event;
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
        Pane::Lanes => match (told_event(app), graph_row(app)) {
            (Some(key), _) => of_event(app, key, &mut detail),
            (None, Some(RowKey::Lane(lane))) => of_lane(app, &lane, &mut detail),
            (None, Some(RowKey::Fix)) => of_hotfix(app, &mut detail),
            (None, Some(RowKey::Others)) => of_others(app, &mut detail),
            (None, None) => of_row(app, &mut detail),
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
                    "evidence alone ticks it"
                } else {
                    "a person ticks it, with a note"
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
        prediction_lines(prediction, target.driven.as_ref(), detail);
    }
    if let Some(id) = target.request {
        detail.gap();
        of_request(app, id, detail);
    }
}

/// The hotfix row: what it is, its commits, where the graph says that it stands.
fn of_hotfix(app: &App, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    let Some(record) = &board.record else { return };
    detail.title = record.hotfix.to_string();
    if let Some(opening) = &record.opening {
        detail.say(opening.title.clone(), Tone::Strong);
        detail.say(
            format!("{} from {}", opening.branch, opening.base),
            Tone::Plain,
        );
        let age = age(app.clock.now, opening.at);
        detail.say(format!("opened {age} ago"), Tone::Dim);
    }
    if let Some(graph) = &app.graph {
        detail.gap();
        for row in graph.rows.iter().filter(|row| row.standing.is_some()) {
            detail.say(row.sentence.clone(), Tone::Plain);
        }
    }
    of_fix(app, detail);
}

/// The row of the hotfixes that are not shown.
fn of_others(app: &App, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    detail.title = "other hotfixes".to_owned();
    let others = board.hotfixes.iter();
    for other in others.filter(|other| other.is_open && Some(&other.id) != app.hotfix.as_ref()) {
        detail
            .lines
            .push(Line::new(other.id.to_string(), Tone::Key));
        detail.say(format!("  {}", other.title), Tone::Plain);
    }
    detail.gap();
    detail.say("g h shows one of them", Tone::Dim);
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
    if board.record.is_some() {
        presence(app, board, lane, detail);
    }
    for (edge, sight) in &board.seen.edges {
        if &edge.from == lane || &edge.into == lane {
            detail.gap();
            promotion(app, edge, sight, detail);
        }
    }
    let history = board.seen.history.value();
    if let Some(all) = history.and_then(|history| history.lanes.get(lane)) {
        detail.head("latest commits");
        commits(app, all.iter().take(20), detail);
    }
}

/// Is the fix in this lane: the verdict, which rule gave it, for which tip, how fresh, and each path.
fn presence(app: &App, board: &crate::engine::Board, lane: &LaneName, detail: &mut Detail) {
    detail.gap();
    let row = app.graph.as_ref().and_then(|graph| {
        let key = RowKey::Lane(lane.clone());
        graph.row(&key).map(|row| &graph.rows[row])
    });
    if let Some(standing) = row.and_then(|row| row.standing.as_ref()) {
        let word = standing.word.word();
        let said = format!("{word} {}", standing.reason);
        detail.say(said.trim_end(), Tone::Strong);
        for more in &standing.detail {
            detail.say(more.clone(), Tone::Plain);
        }
    }
    let Some(presence) = board.seen.presence.get(lane) else {
        let fix = board.seen.fix.value();
        if fix.is_some_and(|fix| fix.commits.is_empty()) {
            detail.say("the fix has no commits yet", Tone::Dim);
            return;
        }
        detail.say("UNKNOWN: not looked at yet", Tone::Warn);
        return;
    };
    let Some(value) = presence.value() else {
        let why = presence.why().unwrap_or_default();
        detail.say(format!("UNKNOWN: {why}"), Tone::Warn);
        return;
    };
    let rule = value
        .rule
        .map_or_else(String::new, |rule| format!(" by {}", rule.word()));
    let tone = match value.verdict {
        Verdict::Present => Tone::Good,
        Verdict::Absent | Verdict::Changed => Tone::Warn,
        Verdict::Pending | Verdict::Unknown => Tone::Plain,
    };
    let verdict = board.verdict_in(lane, value.verdict);
    detail.say(format!("the fix is {verdict}{rule}"), tone);
    let stale = match presence {
        Seen::Stale { at, .. } => format!(", as of {} ago", age(app.clock.now, *at)),
        Seen::Known { .. } | Seen::Unknown { .. } => String::new(),
    };
    detail.say(format!("judged at {}{stale}", value.tip.short()), Tone::Dim);
    for path in &value.paths {
        detail.say(
            format!(" {:<8} {}", path.verdict.word(), path.name()),
            Tone::Dim,
        );
    }
    let predictions = board.seen.predictions.iter();
    for (key, prediction) in predictions.filter(|((_, into), _)| into == lane) {
        prediction_lines(prediction, board.seen.driven.get(key), detail);
    }
}
