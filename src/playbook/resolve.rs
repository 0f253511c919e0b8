//! From the written playbook and one project to the playbook that is carried out, all mistakes at once.
//!
//! A step that is nothing in this project vanishes, and those after it then wait for what it waited for: a
//! promotion from a lane into itself (two branches only), a carrying step without targets (RUN only), an
//! optional step that lacks what it needs. What each kind of step is here, `work` and `carry` say.

use std::collections::BTreeMap;

use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Project;
use crate::model::StepId;

use super::book::Playbook;
use super::book::Question;
use super::book::Step;
use super::book::Work;
use super::items;
use super::keys;
use super::mistake::Mistake;
use super::mistake::suggest;
use super::page::At;
use super::schema::Schema;
use super::schema::StepSchema;
use super::select;
use super::template;

/// Makes the playbook of one project, whose pattern lanes are expanded.
pub fn resolve(schema: &Schema, project: &Project) -> Result<Playbook, Vec<Mistake>> {
    let mut resolver = Resolver {
        schema,
        project,
        mistakes: Vec::new(),
    };
    let base = resolver.base();
    let branch = resolver.branch();
    let questions = resolver.questions();
    let steps = resolver.steps();
    let (checklist, wrong) = items::resolve(schema, project, &steps);
    resolver.mistakes.extend(wrong);
    let mut mistakes = resolver.mistakes;
    mistakes.sort();
    mistakes.dedup();
    match base {
        Some(base) if mistakes.is_empty() => Ok(Playbook {
            id: schema.id.clone(),
            title: schema.title.clone(),
            project: project.clone(),
            base,
            branch,
            questions,
            steps,
            checklist,
        }),
        Some(_) | None => Err(mistakes),
    }
}

/// What became of a step; a mistake in it has been noted.
pub(super) enum Made {
    Work(Work),
    /// Nothing to do in this project.
    Gone,
    Wrong,
}

pub(super) struct Resolver<'a> {
    pub(super) schema: &'a Schema,
    pub(super) project: &'a Project,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'a> Resolver<'a> {
    fn base(&mut self) -> Option<LaneName> {
        let word = self.word(self.schema.base.as_ref(), "@run-entry");
        let lane = self.lane(&word)??;
        self.in_run(&word, lane)?;
        Some(lane.name.clone())
    }

    fn branch(&mut self) -> String {
        let word = self.word(self.schema.branch.as_ref(), "hotfix/{slug}");
        if let Err(mistake) = template::hotfix(&word, self.project) {
            self.mistakes.push(mistake);
        }
        word.value
    }

    fn questions(&mut self) -> Vec<Question> {
        let mut questions: Vec<Question> = Vec::new();
        for question in &self.schema.questions {
            if questions.iter().any(|other| other.id == question.id.value) {
                self.duplicate(&question.id, "question");
            }
            questions.push(Question {
                id: question.id.value.clone(),
                text: question.text.clone(),
                is_required: question.is_required,
                default: question.default.clone(),
            });
        }
        questions
    }

    fn steps(&mut self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        // What a later step waits for when it names a step: the step itself, or what a vanished one waited for.
        let mut waits: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
        let mut above: Option<StepId> = None;
        for written in &self.schema.steps {
            let id = &written.id.value;
            self.check_keys(written);
            let after = self.after(written, above.as_ref(), &waits);
            if waits.contains_key(id) {
                self.duplicate(&written.id, "step");
            }
            match self.work(written) {
                Made::Work(work) => {
                    waits.insert(id.clone(), vec![id.clone()]);
                    steps.push(Step {
                        id: id.clone(),
                        title: written.title.clone(),
                        after,
                        is_automatic: written.is_automatic,
                        work,
                    });
                }
                Made::Gone | Made::Wrong => {
                    waits.insert(id.clone(), after);
                }
            }
            above = Some(id.clone());
        }
        if steps.is_empty() && self.mistakes.is_empty() {
            let place = &self.schema.place;
            self.mistakes
                .push(place.mistake("the playbook has no step that this project needs", None));
        }
        steps
    }

    fn after(
        &mut self,
        step: &StepSchema,
        above: Option<&StepId>,
        waits: &BTreeMap<StepId, Vec<StepId>>,
    ) -> Vec<StepId> {
        let mut named: Vec<&StepId> = Vec::new();
        match &step.after {
            None => named.extend(above),
            Some(after) => {
                for id in after {
                    if waits.contains_key(&id.value) {
                        named.push(&id.value);
                        continue;
                    }
                    let is_below = self.schema.steps.iter().any(|s| s.id.value == id.value);
                    let (what, hint) = if is_below {
                        let what = format!("step `{}` does not stand above this one", id.value);
                        (
                            what,
                            Some("a step can only wait for steps above it".to_owned()),
                        )
                    } else {
                        let known = waits.keys().map(StepId::as_str);
                        let hint = suggest(id.value.as_str(), known);
                        (format!("there is no step `{}`", id.value), hint)
                    };
                    self.mistakes.push(id.mistake(&what, hint));
                }
            }
        }
        let mut after: Vec<StepId> = Vec::new();
        for id in named {
            for id in waits.get(id).into_iter().flatten() {
                if !after.contains(id) {
                    after.push(id.clone());
                }
            }
        }
        after
    }

    /// Reports the keys that mean nothing for the step's kind.
    fn check_keys(&mut self, step: &StepSchema) {
        for written in step.fields.written() {
            let kinds = keys::kinds_of(written.value).unwrap_or(keys::KINDS);
            if !kinds.contains(&step.kind.value.as_str()) {
                let what = format!(
                    "`{}` means nothing for a `{}` step",
                    written.value, step.kind.value
                );
                let hint = format!("it belongs to {}", kinds.join(", "));
                self.mistakes.push(written.mistake(&what, Some(hint)));
            }
        }
    }

    /// Returns the lane of a word: none after a mistake, an inner none where there is no such lane here.
    pub(super) fn lane(&mut self, word: &At<String>) -> Option<Option<&'a Lane>> {
        match select::one(word, self.project) {
            Ok(lane) => Some(lane),
            Err(mistake) => {
                self.mistakes.push(mistake);
                None
            }
        }
    }

    pub(super) fn in_run(&mut self, word: &At<String>, lane: &Lane) -> Option<()> {
        if lane.layer == Layer::Run {
            return Some(());
        }
        let what = format!("lane `{}` is in BUILD, but a RUN lane is needed", lane.name);
        let run: Vec<&str> = self
            .project
            .lanes
            .iter()
            .filter(|lane| lane.layer == Layer::Run)
            .map(|lane| lane.name.as_str())
            .collect();
        let hint = (!run.is_empty()).then(|| format!("RUN has {}", run.join(", ")));
        self.mistakes.push(word.mistake(&what, hint));
        None
    }

    pub(super) fn missing(&mut self, step: &StepSchema, key: &str) -> Made {
        let what = format!("a `{}` step needs `{key}`", step.kind.value);
        self.mistakes.push(step.kind.mistake(&what, None));
        Made::Wrong
    }

    pub(super) fn absent(&mut self, step: &StepSchema, word: &At<String>) -> Made {
        if step.is_optional {
            return Made::Gone;
        }
        let what = format!("the project has no lane for `{}`", word.value);
        let hint = "configure one, or make the step optional".to_owned();
        self.mistakes.push(word.mistake(&what, Some(hint)));
        Made::Wrong
    }

    fn duplicate<T: std::fmt::Display>(&mut self, id: &At<T>, kind: &str) {
        let what = format!("there is another {kind} `{}`", id.value);
        self.mistakes.push(id.mistake(&what, None));
    }

    fn word(&self, written: Option<&At<String>>, default: &str) -> At<String> {
        written.cloned().unwrap_or_else(|| {
            let place = self.schema.place.clone();
            place.map(|()| default.to_owned())
        })
    }

    pub(super) fn word_of(
        &self,
        step: &StepSchema,
        written: Option<&At<String>>,
        default: &str,
    ) -> At<String> {
        written
            .cloned()
            .unwrap_or_else(|| step.kind.clone().map(|_| default.to_owned()))
    }
}
