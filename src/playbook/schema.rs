//! A playbook as written: still without a project, every value with its place.

use crate::model::ChecklistPhase;
use crate::model::ItemId;
use crate::model::StepId;

use super::keys;
use super::mistake::Mistake;
use super::page::At;
use super::page::Page;
use super::page::Table;

/// A playbook file, read and checked as far as that goes without a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub id: String,
    pub title: String,
    /// Where the playbook was named, for mistakes that belong to no key.
    pub place: At<()>,
    pub base: Option<At<String>>,
    pub branch: Option<At<String>>,
    pub questions: Vec<QuestionSchema>,
    pub steps: Vec<StepSchema>,
    pub checklist: Vec<ItemSchema>,
}

/// A question as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionSchema {
    pub id: At<ItemId>,
    pub text: String,
    pub is_required: bool,
    pub default: Option<String>,
}

/// A step as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSchema {
    pub id: At<StepId>,
    pub kind: At<String>,
    pub title: String,
    /// None: the step above.
    pub after: Option<Vec<At<StepId>>>,
    pub is_automatic: bool,
    pub is_optional: bool,
    pub fields: StepFields,
}

/// The keys of a step that only some kinds have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepFields {
    pub from: Option<At<String>>,
    pub into: Option<At<String>>,
    pub methods: Option<At<Vec<At<String>>>>,
    pub riders: Option<At<bool>>,
    pub lane: Option<At<String>>,
    pub prompt: Option<At<String>>,
    pub strategy: Option<At<String>>,
    pub source: Option<At<String>>,
    pub targets: Option<At<Vec<At<String>>>>,
    pub method: Option<At<String>>,
    pub branch: Option<At<String>>,
    pub labels: Option<At<Vec<At<String>>>>,
    pub conflict_labels: Option<At<Vec<At<String>>>>,
    pub exclude_labels: Option<At<Vec<At<String>>>>,
    pub conflict: Option<At<String>>,
    pub picks: Option<At<String>>,
    pub ignore_markers: Option<At<Vec<At<String>>>>,
    pub auto_merge: Option<At<Vec<At<String>>>>,
}

/// A checklist item as written. `{role}` in it makes one item per seat of production.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemSchema {
    pub id: At<String>,
    pub text: String,
    pub phase: ChecklistPhase,
    pub evidence: Option<At<String>>,
}

impl Schema {
    /// Reads a playbook file, or returns everything that is wrong with it.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        Page::read(file, text, &keys::PLAYBOOK, |table| {
            let mut steps = Vec::new();
            for step in table.tables("step") {
                steps.extend(StepSchema::read(&step));
            }
            let questions = table.tables("question");
            let id = table.text("id")?;
            Some(Self {
                title: table.text("title")?.value,
                place: id.clone().map(|_| ()),
                id: id.value,
                base: table.text("base"),
                branch: table.text("branch"),
                questions: questions.iter().filter_map(QuestionSchema::read).collect(),
                steps,
                checklist: table
                    .tables("checklist")
                    .iter()
                    .filter_map(ItemSchema::read)
                    .collect(),
            })
        })
    }
}

impl QuestionSchema {
    fn read(table: &Table<'_>) -> Option<Self> {
        Some(Self {
            id: table.parsed("id")?,
            text: table.text("text")?.value,
            is_required: table.flag("required").is_none_or(|flag| flag.value),
            default: table.text("default").map(|text| text.value),
        })
    }
}

impl StepSchema {
    fn read(table: &Table<'_>) -> Option<Self> {
        Some(Self {
            id: table.parsed("id")?,
            kind: table.text("kind")?,
            title: table.text("title")?.value,
            after: table.parsed_list("after").map(|after| after.value),
            is_automatic: table.flag("automatic").is_some_and(|flag| flag.value),
            is_optional: table.flag("optional").is_some_and(|flag| flag.value),
            fields: StepFields::read(table),
        })
    }
}

impl StepFields {
    fn read(table: &Table<'_>) -> Self {
        Self {
            from: table.text("from"),
            into: table.text("into"),
            methods: table.texts("methods"),
            riders: table.flag("riders"),
            lane: table.text("lane"),
            prompt: table.text("prompt"),
            strategy: table.text("strategy"),
            source: table.text("source"),
            targets: table.texts("targets"),
            method: table.text("method"),
            branch: table.text("branch"),
            labels: table.texts("labels"),
            conflict_labels: table.texts("conflict_labels"),
            exclude_labels: table.texts("exclude_labels"),
            conflict: table.text("conflict"),
            picks: table.text("picks"),
            ignore_markers: table.texts("ignore_markers"),
            auto_merge: table.texts("auto_merge"),
        }
    }

    /// Returns the places of the keys that are written, by their last part.
    pub(super) fn written(&self) -> Vec<At<&'static str>> {
        fn at<T: Clone>(name: &'static str, value: Option<&At<T>>) -> Option<At<&'static str>> {
            value.map(|value| value.clone().map(|_| name))
        }
        let Self {
            from,
            into,
            methods,
            riders,
            lane,
            prompt,
            strategy,
            source,
            targets,
            method,
            branch,
            labels,
            conflict_labels,
            exclude_labels,
            conflict,
            picks,
            ignore_markers,
            auto_merge,
        } = self;
        [
            at("from", from.as_ref()),
            at("into", into.as_ref()),
            at("methods", methods.as_ref()),
            at("riders", riders.as_ref()),
            at("lane", lane.as_ref()),
            at("prompt", prompt.as_ref()),
            at("strategy", strategy.as_ref()),
            at("source", source.as_ref()),
            at("targets", targets.as_ref()),
            at("method", method.as_ref()),
            at("branch", branch.as_ref()),
            at("labels", labels.as_ref()),
            at("conflict_labels", conflict_labels.as_ref()),
            at("exclude_labels", exclude_labels.as_ref()),
            at("conflict", conflict.as_ref()),
            at("picks", picks.as_ref()),
            at("ignore_markers", ignore_markers.as_ref()),
            at("auto_merge", auto_merge.as_ref()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn replace(&mut self, by: Self) {
        fn set<T>(field: &mut Option<At<T>>, by: Option<At<T>>) {
            if by.is_some() {
                *field = by;
            }
        }
        set(&mut self.from, by.from);
        set(&mut self.into, by.into);
        set(&mut self.methods, by.methods);
        set(&mut self.riders, by.riders);
        set(&mut self.lane, by.lane);
        set(&mut self.prompt, by.prompt);
        set(&mut self.strategy, by.strategy);
        set(&mut self.source, by.source);
        set(&mut self.targets, by.targets);
        set(&mut self.method, by.method);
        set(&mut self.branch, by.branch);
        set(&mut self.labels, by.labels);
        set(&mut self.conflict_labels, by.conflict_labels);
        set(&mut self.exclude_labels, by.exclude_labels);
        set(&mut self.conflict, by.conflict);
        set(&mut self.picks, by.picks);
        set(&mut self.ignore_markers, by.ignore_markers);
        set(&mut self.auto_merge, by.auto_merge);
    }
}

impl ItemSchema {
    /// Reads one `[[checklist]]` table; teams add such items in their own file.
    pub fn read(table: &Table<'_>) -> Option<Self> {
        let phase = match table.text("when")?.value.as_str() {
            "before" => ChecklistPhase::Before,
            "request" => ChecklistPhase::Request,
            "production" => ChecklistPhase::Production,
            "after" => ChecklistPhase::After,
            // Reported by the check of the shape.
            _ => return None,
        };
        Some(Self {
            id: table.text("id")?,
            text: table.text("text")?.value,
            phase,
            evidence: table.text("evidence"),
        })
    }
}

/// What a team changes of a playbook, `[playbook.build-run]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pub base: Option<At<String>>,
    pub branch: Option<At<String>>,
    /// Answers that `start` offers, by question.
    pub answers: Vec<(At<String>, At<String>)>,
    pub steps: Vec<(At<String>, StepChanges)>,
}

/// What a team changes of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepChanges {
    pub title: Option<At<String>>,
    pub is_automatic: Option<At<bool>>,
    pub is_optional: Option<At<bool>>,
    pub fields: StepFields,
}

impl StepChanges {
    /// Reads `[playbook.ID.step.STEP]`.
    pub fn read(table: &Table<'_>) -> Self {
        Self {
            title: table.text("title"),
            is_automatic: table.flag("automatic"),
            is_optional: table.flag("optional"),
            fields: StepFields::read(table),
        }
    }
}

impl Schema {
    /// Applies a team's changes, or returns those that name what is not there.
    pub fn change(&mut self, changes: Changes) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        if changes.base.is_some() {
            self.base = changes.base;
        }
        if changes.branch.is_some() {
            self.branch = changes.branch;
        }
        for (id, answer) in changes.answers {
            let known = self
                .questions
                .iter_mut()
                .find(|q| q.id.value.as_str() == id.value);
            match known {
                Some(question) => question.default = Some(answer.value),
                None => {
                    let known = self.questions.iter().map(|q| q.id.value.as_str());
                    mistakes.push(id.mistake(
                        &format!("playbook `{}` asks no `{}`", self.id, id.value),
                        super::mistake::suggest(&id.value, known),
                    ));
                }
            }
        }
        for (id, change) in changes.steps {
            let known = self
                .steps
                .iter_mut()
                .find(|s| s.id.value.as_str() == id.value);
            match known {
                Some(step) => step.change(change),
                None => {
                    let known = self.steps.iter().map(|step| step.id.value.as_str());
                    mistakes.push(id.mistake(
                        &format!("playbook `{}` has no step `{}`", self.id, id.value),
                        super::mistake::suggest(&id.value, known),
                    ));
                }
            }
        }
        mistakes
    }
}

impl StepSchema {
    fn change(&mut self, change: StepChanges) {
        if let Some(title) = change.title {
            self.title = title.value;
        }
        if let Some(flag) = change.is_automatic {
            self.is_automatic = flag.value;
        }
        if let Some(flag) = change.is_optional {
            self.is_optional = flag.value;
        }
        self.fields.replace(change.fields);
    }
}
