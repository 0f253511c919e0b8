//! What a step is in one project, by its kind: which lanes, environments and methods its words come to, that it is nothing
//! here, or what is wrong with it. A carrying step, which has a target per lane, is read in `carry`.

use crate::model::Environment;
use crate::model::MergeMethod;

use super::book::Change;
use super::book::Source;
use super::book::Work;
use super::carry;
use super::resolve::Made;
use super::resolve::Resolver;
use super::schema::StepSchema;

impl<'a> Resolver<'a> {
    pub(super) fn work(&mut self, step: &StepSchema) -> Made {
        match step.kind.value.as_str() {
            "commits" => Made::Work(Work::Commits {
                sandbox: self.sandbox().map(|environment| environment.name.clone()),
            }),
            "change" => self.change(step),
            "deploy" => self.deploy(step),
            "compare" | "seed" => self.sandbox_work(step),
            "migration" => self.migration(step),
            "confirm" => match &step.fields.prompt {
                Some(prompt) => Made::Work(Work::Confirm {
                    prompt: prompt.value.clone(),
                }),
                None => self.missing(step, "prompt"),
            },
            "postmortem" => Made::Work(Work::Postmortem),
            _ => carry::resolve(self, step),
        }
    }

    fn change(&mut self, step: &StepSchema) -> Made {
        let fields = &step.fields;
        let Some(from) = &fields.from else {
            return self.missing(step, "from");
        };
        let Some(into) = &fields.into else {
            return self.missing(step, "into");
        };
        let target = self.lane(into);
        let source = if from.value == "@fix" {
            Some(Source::Fix)
        } else {
            match self.lane(from) {
                Some(Some(lane)) => Some(Source::Lane(lane.name.clone())),
                Some(None) => return self.absent(step, from),
                None => None,
            }
        };
        let target = match target {
            Some(Some(lane)) => self.in_run(into, lane).map(|()| lane),
            Some(None) => return self.absent(step, into),
            None => None,
        };
        let methods = self.methods(step, source.as_ref());
        let (Some(from), Some(into), Some(methods)) = (source, target, methods) else {
            return Made::Wrong;
        };
        if from == Source::Lane(into.name.clone()) {
            return Made::Gone;
        }
        let is_promotion = matches!(from, Source::Lane(_));
        Made::Work(Work::Change(Change {
            from,
            into: into.name.clone(),
            methods,
            accept_riders: fields
                .riders
                .as_ref()
                .map_or(is_promotion, |flag| flag.value),
        }))
    }

    fn methods(&mut self, step: &StepSchema, source: Option<&Source>) -> Option<Vec<MergeMethod>> {
        let Some(written) = &step.fields.methods else {
            return Some(vec![MergeMethod::Merge]);
        };
        let methods: Vec<_> = written
            .value
            .iter()
            .filter_map(|word| carry::method(&word.value))
            .collect();
        let is_merge_only = methods.iter().all(|m| *m == MergeMethod::Merge);
        let flaw = if methods.is_empty() {
            "at least one merge method is needed"
        } else if matches!(source, Some(Source::Lane(_))) && !is_merge_only {
            "a lane goes into a lane by a merge commit only: a squash would make every later promotion conflict"
        } else {
            return Some(methods);
        };
        let hint = Some("write [\"merge\"]".to_owned());
        self.mistakes.push(written.mistake(flaw, hint));
        None
    }

    fn deploy(&mut self, step: &StepSchema) -> Made {
        let word = self.word_of(step, step.fields.lane.as_ref(), "@production");
        let lane = match self.lane(&word) {
            Some(Some(lane)) => lane,
            Some(None) => return self.absent(step, &word),
            None => return Made::Wrong,
        };
        let environment = self.project.environment_of(&lane.name);
        let has_work =
            |environment: &&Environment| environment.job.is_some() || !environment.apps.is_empty();
        match environment.filter(has_work) {
            Some(environment) => Made::Work(Work::Deploy {
                environment: environment.name.clone(),
                lane: lane.name.clone(),
            }),
            None if step.is_optional => Made::Gone,
            None => {
                let what = format!(
                    "lane `{}` has no environment with apps or a job, so there is nothing to deploy",
                    lane.name
                );
                let hint = "name apps or a job in its [[environment]], or make the step optional";
                self.mistakes
                    .push(word.mistake(&what, Some(hint.to_owned())));
                Made::Wrong
            }
        }
    }

    fn migration(&mut self, step: &StepSchema) -> Made {
        let word = self.word_of(step, step.fields.lane.as_ref(), "@production");
        let lane = match self.lane(&word) {
            Some(Some(lane)) => lane,
            Some(None) => return self.absent(step, &word),
            None => return Made::Wrong,
        };
        match self.project.environment_of(&lane.name) {
            Some(environment) if environment.migrations.is_some() => Made::Work(Work::Migration {
                environment: environment.name.clone(),
            }),
            // Lanekeeper cannot run them, so a person answers for them.
            Some(_) | None => Made::Work(Work::Confirm {
                prompt: "database migrations of the fix have completed, or it has none".to_owned(),
            }),
        }
    }

    /// Compare and seed: done by the console for orgs, confirmed by a person for other environments.
    fn sandbox_work(&mut self, step: &StepSchema) -> Made {
        let production = self.production_environment();
        let (Some(production), Some(sandbox)) = (production, self.sandbox()) else {
            if step.is_optional {
                return Made::Gone;
            }
            let what = "production's environment names no hotfix sandbox";
            let hint = "set `hotfix_sandbox` in its [[environment]], or make the step optional";
            self.mistakes
                .push(step.kind.mistake(what, Some(hint.to_owned())));
            return Made::Wrong;
        };
        let is_compare = step.kind.value == "compare";
        Made::Work(match (is_compare, sandbox.is_org && production.is_org) {
            (true, true) => Work::Compare {
                environment: sandbox.name.clone(),
                against: production.name.clone(),
            },
            (true, false) => Work::Confirm {
                prompt: format!("{} mirrors {}", sandbox.name, production.name),
            },
            (false, true) => Work::Seed {
                environment: sandbox.name.clone(),
            },
            (false, false) => Work::Confirm {
                prompt: format!("{} holds the data that the bug needs", sandbox.name),
            },
        })
    }

    fn production_environment(&self) -> Option<&'a Environment> {
        self.project
            .environment_of(&self.project.production()?.name)
    }

    fn sandbox(&self) -> Option<&'a Environment> {
        let name = self.production_environment()?.hotfix_sandbox.as_ref()?;
        self.project.environment(name)
    }
}
