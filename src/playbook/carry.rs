//! Resolves the steps that fan out: retrofit, backport, sync.

use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::MergeMethod;

use super::book::Carry;
use super::book::CarryKind;
use super::book::ConflictPolicy;
use super::book::PickUnit;
use super::book::Strategy;
use super::book::Work;
use super::page::At;
use super::resolve::Made;
use super::resolve::Resolver;
use super::schema::StepSchema;
use super::select;
use super::template;

/// Resolves one carrying step; it vanishes where it has no target.
pub(super) fn resolve(resolver: &mut Resolver<'_>, step: &StepSchema) -> Made {
    let fields = &step.fields;
    let kind = match step.kind.value.as_str() {
        "retrofit" => CarryKind::Retrofit,
        "backport" => CarryKind::Backport,
        "sync" => CarryKind::Sync,
        // Reported by the check of the shape.
        _ => return Made::Wrong,
    };
    let strategy = match fields.strategy.as_ref().map(|word| word.value.as_str()) {
        Some("pick") => Strategy::Pick,
        Some("merge-fix") => Strategy::MergeFix,
        Some("merge-lane") => Strategy::MergeLane,
        Some(_) | None => match kind {
            CarryKind::Retrofit => Strategy::MergeFix,
            CarryKind::Backport => Strategy::Pick,
            CarryKind::Sync => Strategy::MergeLane,
        },
    };
    let source = source(resolver, step, strategy);
    let source = resolver
        .lane(&source)
        .flatten()
        .and_then(|lane| resolver.in_run(&source, lane).map(|()| lane));
    let Some(words) = &fields.targets else {
        return resolver.missing(step, "targets");
    };
    let Some(source) = source else {
        return Made::Wrong;
    };
    let targets = match select::many(&words.value, &source.name, resolver.project) {
        Ok(targets) => targets,
        Err(mistakes) => {
            resolver.mistakes.extend(mistakes);
            return Made::Wrong;
        }
    };
    if targets.is_empty() {
        return Made::Gone;
    }
    let Some(method) = carry_method(resolver, step, strategy) else {
        return Made::Wrong;
    };
    let Some(branch) = branch(resolver, step, kind, strategy, &targets) else {
        return Made::Wrong;
    };
    let conflict = policy(resolver, step, strategy);
    let Some(auto_merge) = auto_merge(resolver, step, &source.name, &targets) else {
        return Made::Wrong;
    };
    let texts = |written: Option<&At<Vec<At<String>>>>, default: &[&str]| match written {
        Some(texts) => texts.value.iter().map(|text| text.value.clone()).collect(),
        None => default.iter().map(|&text| text.to_owned()).collect(),
    };
    Made::Work(Work::Carry(Carry {
        kind,
        strategy,
        source: source.name.clone(),
        targets: targets.iter().map(|lane| lane.name.clone()).collect(),
        method,
        branch,
        labels: texts(fields.labels.as_ref(), &[kind.word()]),
        conflict_labels: texts(
            fields.conflict_labels.as_ref(),
            &[kind.word(), "conflicts", "do-not-merge"],
        ),
        exclude_labels: texts(fields.exclude_labels.as_ref(), &[]),
        conflict,
        unit: match fields.picks.as_ref().map(|word| word.value.as_str()) {
            Some("per-commit") => PickUnit::PerCommit,
            Some(_) | None => PickUnit::Whole,
        },
        ignore_markers: texts(fields.ignore_markers.as_ref(), &[]),
        auto_merge,
    }))
}

/// Returns the word for the lane that is carried from.
///
/// A pick or a merge of the fix starts where the fix landed; a merge of a lane carries production.
fn source(resolver: &Resolver<'_>, step: &StepSchema, strategy: Strategy) -> At<String> {
    let landed = || {
        let mut steps = resolver.schema.steps.iter();
        let landing = steps.find(|step| {
            step.fields
                .from
                .as_ref()
                .is_some_and(|from| from.value == "@fix")
        })?;
        landing.fields.into.clone()
    };
    let default = match strategy {
        Strategy::Pick | Strategy::MergeFix => landed(),
        Strategy::MergeLane => None,
    };
    match (&step.fields.source, default) {
        (Some(written), _) => written.clone(),
        (None, Some(landed)) => step.kind.clone().map(|_| landed.value),
        (None, None) => resolver.word_of(step, None, "@production"),
    }
}

/// Returns what happens on a conflict. A word that is none of them was reported by the check of the shape.
fn policy(resolver: &mut Resolver<'_>, step: &StepSchema, strategy: Strategy) -> ConflictPolicy {
    let Some(written) = &step.fields.conflict else {
        return ConflictPolicy::DraftWithMarkers;
    };
    let policy =
        ConflictPolicy::of_word(&written.value).unwrap_or(ConflictPolicy::DraftWithMarkers);
    if policy == ConflictPolicy::TwoBranch && strategy != Strategy::Pick {
        resolver.mistakes.push(written.mistake(
            "two branches make one commit of what was resolved, and a merge must stay a merge",
            Some("write \"draft-with-markers\", or use strategy \"pick\"".to_owned()),
        ));
    }
    policy
}

/// Returns the targets whose clean request is merged by itself: what goes into RUN is always a person's decision.
fn auto_merge(
    resolver: &mut Resolver<'_>,
    step: &StepSchema,
    source: &LaneName,
    targets: &[&Lane],
) -> Option<Vec<LaneName>> {
    let Some(written) = &step.fields.auto_merge else {
        return Some(Vec::new());
    };
    let lanes = match select::many(&written.value, source, resolver.project) {
        Ok(lanes) => lanes,
        Err(mistakes) => {
            resolver.mistakes.extend(mistakes);
            return None;
        }
    };
    // The lane that is carried from is never among the lanes selected, but its name may be written.
    let is_source = |word: &&At<String>| word.value == source.as_str();
    if let Some(word) = written.value.iter().find(is_source) {
        resolver.mistakes.push(word.mistake(
            &format!("{source} is where the fix is carried from"),
            Some("name lanes of BUILD only".to_owned()),
        ));
    }
    for lane in &lanes {
        let name = &lane.name;
        if lane.layer != Layer::Build {
            resolver.mistakes.push(written.mistake(
                &format!("{name} is in RUN, and what is merged into RUN is a person's decision"),
                Some("name lanes of BUILD only".to_owned()),
            ));
        } else if !targets.iter().any(|target| target.name == *name) {
            resolver.mistakes.push(written.mistake(
                &format!("{name} is no target of step `{}`", step.id.value),
                Some("add it to `targets`, or leave it out here".to_owned()),
            ));
        }
    }
    Some(lanes.into_iter().map(|lane| lane.name.clone()).collect())
}

fn carry_method(
    resolver: &mut Resolver<'_>,
    step: &StepSchema,
    strategy: Strategy,
) -> Option<MergeMethod> {
    let Some(written) = &step.fields.method else {
        return Some(MergeMethod::Merge);
    };
    let method = method(&written.value)?;
    match strategy {
        Strategy::MergeFix | Strategy::MergeLane if method != MergeMethod::Merge => {
            resolver.mistakes.push(written.mistake(
                "a merge is carried by a merge commit only: a squash freezes the merge base and the next promotion conflicts falsely",
                Some("write \"merge\", or use strategy \"pick\"".to_owned()),
            ));
            None
        }
        Strategy::Pick | Strategy::MergeFix | Strategy::MergeLane => Some(method),
    }
}

fn branch(
    resolver: &mut Resolver<'_>,
    step: &StepSchema,
    kind: CarryKind,
    strategy: Strategy,
    targets: &[&Lane],
) -> Option<String> {
    let Some(written) = &step.fields.branch else {
        let branch = match (strategy, kind) {
            (Strategy::Pick, _) => "backport/{target}/{request}-{sha7}",
            (Strategy::MergeFix, _) => "retrofit/{target}/{id}",
            (Strategy::MergeLane, CarryKind::Retrofit | CarryKind::Backport) => {
                // The current upstream practice has one target; several need names of their own.
                match targets {
                    [_] => "retrofit/from-{source}",
                    _ => "retrofit/from-{source}-to-{target}",
                }
            }
            (Strategy::MergeLane, CarryKind::Sync) => "sync/{source}-to-{target}-{sha7}",
        };
        return Some(branch.to_owned());
    };
    match template::carried(written, resolver.project, targets.len()) {
        Ok(()) => Some(written.value.clone()),
        Err(mistake) => {
            resolver.mistakes.push(mistake);
            None
        }
    }
}

/// Reads the word of a merge method.
pub(super) fn method(word: &str) -> Option<MergeMethod> {
    [MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase]
        .into_iter()
        .find(|method| method.word() == word)
}
