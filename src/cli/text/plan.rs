//! A plan before, and its results after: exactly the calls, in order, each with what it assumes.

use crate::engine::ChangeResult;
use crate::engine::FactState;
use crate::engine::Level;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::engine::in_brief;
use crate::model::Project;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// What a plan is called by which a lane other than production goes on without it; its title says how much of it.
const WITHOUT: &str = "Plan WITHOUT (THE REST OF) THE FIX";

/// Returns what would be done in a project.
pub fn plan(plan: &Plan, project: &Project) -> Page {
    let mut page = Page::new();
    let (tone, word) = match plan.level {
        Level::L0 | Level::L1 | Level::L2 => (Tone::Plain, "Plan"),
        Level::L3 => (Tone::Warning, "Plan for shared lanes"),
        Level::L4 if plan.names_lane(project) && plan.loses_fix() => (Tone::Bad, WITHOUT),
        Level::L4 if plan.names_lane(project) => (Tone::Bad, "Plan OVER A RULE"),
        Level::L4 => (Tone::Bad, "Plan for PRODUCTION"),
    };
    page.line([
        Span::new(tone, word),
        Span::plain(": "),
        Span::new(Tone::Strong, plan.title.as_str()),
        Span::new(
            Tone::Faint,
            format!("  {}, plan {}", plan.level, short(&plan.hash)),
        ),
    ]);
    words(&mut page, "Will change", &plan.will_change);
    words(&mut page, "Will not change", &plan.will_not_change);
    if !plan.facts.is_empty() {
        page.line([Span::new(Tone::Strong, "Checked")]).table(2);
        for fact in &plan.facts {
            let tone = match fact.state {
                FactState::Ok => Tone::Good,
                FactState::Warn => Tone::Warning,
                FactState::Risk | FactState::OverRule => Tone::Bad,
            };
            page.row(
                [
                    Span::new(tone, fact.state.word()),
                    Span::plain(fact.text.as_str()),
                ],
                [],
            );
        }
    }
    page.line([Span::new(
        Tone::Strong,
        "Exactly these calls, in this order",
    )])
    .table(2);
    for (index, change) in plan.changes.iter().enumerate() {
        let expects = change
            .expects
            .iter()
            .map(|expects| Span::new(Tone::Faint, format!("if {expects}")));
        page.row(
            [
                Span::new(Tone::Faint, (index + 1).to_string()),
                Span::plain(in_brief(&change.call.to_string())),
            ],
            expects,
        );
    }
    if !plan.way_back.is_empty() {
        page.line([
            Span::new(Tone::Strong, "Way back"),
            Span::plain(": "),
            Span::plain(plan.way_back.as_str()),
        ]);
    }
    page
}

fn words(page: &mut Page, heading: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    page.line([Span::new(Tone::Strong, heading)]);
    for line in lines {
        page.item(Tone::Plain, line.as_str());
    }
}

/// Returns why nothing can be done, and what to do instead.
pub fn refusal(refusal: &Refusal) -> Page {
    let mut page = Page::new();
    page.line([
        Span::new(Tone::Bad, "Refused"),
        Span::plain(": "),
        Span::new(Tone::Strong, refusal.wanted.as_str()),
    ]);
    for reason in &refusal.reasons {
        page.item(Tone::Plain, reason.as_str());
    }
    if let Some(hint) = &refusal.hint {
        page.line([
            Span::new(Tone::Active, "Next"),
            Span::plain(": "),
            Span::plain(hint.as_str()),
        ]);
    }
    page
}

/// Returns what became of each call.
pub fn results(results: &[ChangeResult]) -> Page {
    let mut page = Page::new();
    page.table(2);
    for result in results {
        page.row(result_cells(result), why(result));
    }
    page
}

fn result_cells(result: &ChangeResult) -> [Span; 2] {
    let tone = match result.outcome {
        Outcome::Done | Outcome::Already => Tone::Good,
        Outcome::Refused | Outcome::Unknown => Tone::Warning,
        Outcome::Failed => Tone::Bad,
    };
    [
        Span::new(tone, result.outcome.word()),
        Span::plain(in_brief(&result.call)),
    ]
}

fn why(result: &ChangeResult) -> Option<Span> {
    Some(result.why.as_str())
        .filter(|why| !why.is_empty())
        .map(|why| Span::new(Tone::Faint, why))
}

fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}
