//! `preflight` and `prove` for people.

use crate::engine::in_no_run;
use crate::engine::lacks;
use crate::engine::taken_out_in;
use crate::model::Unasked;
use crate::model::Verdict;
use crate::ops::Preflight;
use crate::ops::PreflightOutcome;
use crate::ops::Promoted;
use crate::ops::PromotionProof;
use crate::ops::Proof;
use crate::ops::Proofs;

use super::driven::driven;
use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// More conflicted paths than this are counted only.
const LISTED: usize = 20;

/// Returns what each pick would do, conflicts with who to ask and what is missing.
pub fn preflight(answers: &[Preflight], doubt: Option<&str>) -> Page {
    let mut page = Page::new();
    told_doubt(&mut page, doubt);
    page.table(0);
    for answer in answers {
        page.row(
            [
                Span::new(Tone::Strong, answer.target.as_str()),
                outcome(&answer.outcome),
                Span::new(Tone::Faint, short(&answer.commit)),
                Span::new(Tone::Faint, why(&answer.outcome)),
            ],
            details(answer),
        );
    }
    page
}

fn told_doubt(page: &mut Page, doubt: Option<&str>) {
    if let Some(doubt) = doubt {
        page.line([Span::new(Tone::Warning, doubt)]);
    }
}

fn outcome(outcome: &PreflightOutcome) -> Span {
    match outcome {
        PreflightOutcome::Clean { .. } => Span::new(Tone::Good, "applies cleanly"),
        PreflightOutcome::Already { .. } => Span::new(Tone::Faint, "already there"),
        PreflightOutcome::Conflict { paths } => {
            let plural = if paths.len() == 1 { "" } else { "s" };
            Span::new(
                Tone::Bad,
                format!("conflicts in {} file{plural}", paths.len()),
            )
        }
        PreflightOutcome::Blocked { .. } => Span::new(Tone::Warning, "blocked"),
        PreflightOutcome::Unknown { .. } => Span::new(Tone::Warning, "unknown"),
    }
}

fn why(outcome: &PreflightOutcome) -> String {
    match outcome {
        PreflightOutcome::Blocked { why } | PreflightOutcome::Unknown { why } => why.clone(),
        PreflightOutcome::Clean { .. }
        | PreflightOutcome::Already { .. }
        | PreflightOutcome::Conflict { .. } => String::new(),
    }
}

fn details(answer: &Preflight) -> Vec<Span> {
    let mut lines = Vec::new();
    if let PreflightOutcome::Conflict { paths } = &answer.outcome {
        for path in paths.iter().take(LISTED) {
            let who = path.last_authors.words();
            let who = who.map_or_else(String::new, |who| format!(", last changed by {who}"));
            let owners: Vec<String> = path.owners.iter().map(|name| name.show()).collect();
            let owned = if owners.is_empty() {
                String::new()
            } else {
                format!(", owned by {}", owners.join(" and "))
            };
            let text = format!("{} ({}){who}{owned}", path.path, path.kind.word());
            lines.push(Span::new(Tone::Bad, text));
        }
        if paths.len() > LISTED {
            let more = format!("and {} more", paths.len() - LISTED);
            lines.push(Span::new(Tone::Faint, more));
        }
    }
    for commit in &answer.prerequisites {
        let text = lacks("the target", commit);
        lines.push(Span::new(Tone::Warning, text));
    }
    let outside = in_no_run(&answer.not_in_run);
    lines.extend(outside.map(|text| Span::new(Tone::Warning, text)));
    for (lane, by) in &answer.taken_out {
        let text = taken_out_in(lane.as_str(), by.as_ref());
        lines.push(Span::new(Tone::Warning, text));
    }
    let told = answer.driven.as_ref();
    lines.extend(told.map(|told| driven(told, Unasked::Flag, "")));
    lines
}

/// Returns where each fix is, and what the promotions do to it.
pub fn proofs(proofs: &Proofs, doubt: Option<&str>) -> Page {
    let mut page = Page::new();
    told_doubt(&mut page, doubt);
    if !proofs.left_out.is_empty() {
        let ids = proofs.left_out.iter().map(|id| short(id.as_str()));
        let ids = ids.collect::<Vec<_>>().join(" ");
        let text = format!("left out, since nothing changes with it: {ids}");
        page.line([Span::new(Tone::Faint, text)]);
    }
    page.table(0);
    for proof in &proofs.proofs {
        let rule = proof
            .rule
            .map_or(String::new(), |rule| format!("({})", rule.word()));
        page.row(
            [
                Span::new(Tone::Strong, proof.target.as_str()),
                verdict(proof.verdict, proof.acknowledged.is_some()),
                Span::plain(rule),
                Span::new(
                    Tone::Faint,
                    short(proof.hotfix.as_ref().unwrap_or(&proof.commit)),
                ),
                Span::new(Tone::Faint, more(proof)),
            ],
            paths(proof),
        );
    }
    if !proofs.promotions.is_empty() {
        page.heading("After the next promotion").table(2);
    }
    for promotion in &proofs.promotions {
        page.row(
            [
                Span::plain(promotion.edge.from.as_str()),
                Span::mark(Tone::Faint, "→", "->"),
                Span::plain(promotion.edge.into.as_str()),
                Span::new(Tone::Faint, short(&promotion.fix)),
                after(promotion),
            ],
            [],
        );
    }
    page
}

/// Says what stands beside a verdict.
fn more(proof: &Proof) -> String {
    let told = proof.why.as_ref().or(proof.acknowledged.as_ref());
    match told {
        Some(told) => told.clone(),
        None if proof.is_unreached => "nothing of it was carried here".to_owned(),
        None => String::new(),
    }
}

fn verdict(verdict: Verdict, is_acknowledged: bool) -> Span {
    let tone = match verdict {
        Verdict::Present => Tone::Good,
        Verdict::Absent => Tone::Bad,
        Verdict::Changed if is_acknowledged => Tone::Good,
        Verdict::Changed | Verdict::Unknown => Tone::Warning,
        Verdict::Pending => Tone::Active,
    };
    let accepted = if is_acknowledged { ", accepted" } else { "" };
    Span::new(tone, format!("{}{accepted}", verdict.word()))
}

fn paths(proof: &Proof) -> Vec<Span> {
    let path = |path: &crate::model::PathVerdict| {
        let blob = path.blob.as_ref().map_or("not there", |blob| blob.short());
        let text = format!("{} {} ({blob})", path.verdict.word(), path.name());
        Span::new(Tone::Plain, text)
    };
    proof.paths.iter().map(path).collect()
}

fn after(promotion: &PromotionProof) -> Span {
    match promotion.merge {
        Promoted::Clean if promotion.is_lost => Span::new(
            Tone::Bad,
            format!("the fix would be lost: {}", promotion.verdict.word()),
        ),
        Promoted::Clean => verdict(promotion.verdict, promotion.is_acknowledged),
        Promoted::Conflict => Span::new(
            Tone::Warning,
            "conflicts: the promotion will ask, and the fix is at risk there",
        ),
        Promoted::Unknown => Span::new(Tone::Warning, "unknown"),
    }
}

/// Returns an id as people write it; other names stay whole.
fn short(name: &str) -> String {
    let is_id = name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id {
        name[..10].to_owned()
    } else {
        name.to_owned()
    }
}
