//! Whether a plan may be carried out: said beforehand with flags, or asked now (console.md 2.5).

use crate::engine::Intent;
use crate::engine::Level;
use crate::engine::Plan;
use crate::model::EnvironmentName;
use crate::model::Project;

use super::args::Handling;
use super::output::Output;

/// What stands between a plan and its being carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    /// `y` is enough.
    AskYes,
    /// The name must be typed: the environment's, or that of the lane that would be left without the fix.
    AskName(EnvironmentName),
    Missing {
        reason: String,
        hint: String,
    },
}

/// Returns what `plan` still needs.
pub(super) fn needed(plan: &Plan, handling: &Handling, is_interactive: bool) -> Consent {
    if let (Some(confirmed), Some(changed)) = (&handling.confirm, &plan.environment)
        && confirmed != changed
    {
        return Consent::Missing {
            reason: format!("--confirm names {confirmed}, but this changes {changed}"),
            hint: format!("Read the plan again; if it is right: --confirm {changed}"),
        };
    }
    match plan.level {
        Level::L0 | Level::L1 => Consent::Given,
        Level::L2 | Level::L3 => plain(handling, is_interactive),
        Level::L4 => production(plan, handling, is_interactive),
    }
}

fn plain(handling: &Handling, is_interactive: bool) -> Consent {
    if handling.yes {
        Consent::Given
    } else if is_interactive {
        Consent::AskYes
    } else {
        Consent::Missing {
            reason: "nobody is there to ask".to_owned(),
            hint: "Read the plan with --dry-run, then say --yes.".to_owned(),
        }
    }
}

fn production(plan: &Plan, handling: &Handling, is_interactive: bool) -> Consent {
    let Some(environment) = &plan.environment else {
        return plain(handling, is_interactive);
    };
    match (&handling.confirm, is_interactive) {
        (Some(_), true) => Consent::Given,
        (Some(_), false) if handling.yes => Consent::Given,
        (None, true) => Consent::AskName(environment.clone()),
        (Some(_) | None, false) => Consent::Missing {
            reason: format!("this changes {environment}, and nobody is there to ask"),
            hint: format!("Read the plan with --dry-run, then say --yes --confirm {environment}."),
        },
    }
}

/// Asks a person where one must be asked; gives the reason and what to do where the answer is no. Ctrl-C is a no, also where
/// checks or another plan ran before.
pub(super) async fn obtain(
    plan: &Plan,
    project: &Project,
    handling: &Handling,
    output: &Output,
) -> Result<(), (String, String)> {
    let declined = || {
        let hint = "Nothing was changed.".to_owned();
        Err(("declined".to_owned(), hint))
    };
    match needed(plan, handling, output.is_interactive()) {
        Consent::Given => Ok(()),
        Consent::Missing { reason, hint } => Err((reason, hint)),
        Consent::AskYes => {
            let answer = output.ask_unless_ended("Carry it out? [y/N]").await;
            match answer.as_deref() {
                Some("y" | "Y" | "yes") => Ok(()),
                Some(_) | None => declined(),
            }
        }
        Consent::AskName(environment) => {
            let question = question(plan, project, &environment);
            match output.ask_unless_ended(&question).await {
                Some(typed) if typed == environment.as_str() => Ok(()),
                Some(_) | None => declined(),
            }
        }
    }
}

/// Asks for a name, and says what is confirmed by it.
fn question(plan: &Plan, project: &Project, name: &EnvironmentName) -> String {
    // It changes nothing by itself, wherever it is about.
    if matches!(plan.intent, Intent::Override { .. }) {
        return format!("It lifts a rule of the team for {name}. Type {name} to lift it:");
    }
    match (plan.names_lane(project), plan.loses_fix()) {
        (true, true) => format!(
            "It goes on without the fix, or the rest of it: see RISK above. Type {name} to go on all the same:"
        ),
        (false, true) => format!(
            "It changes {name}, without the fix or the rest of it: see RISK above. Type the environment's name to go on all the same:"
        ),
        (true, false) => format!(
            "It goes on over a rule of the team: see above. Type {name} to go on all the same:"
        ),
        (false, false) => format!("Type the environment's name to change {name}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Fact;
    use crate::engine::FactState;
    use crate::model::Environment;
    use crate::model::Lane;
    use crate::model::Layer;
    use crate::model::Timestamp;

    fn plan(level: Level) -> Plan {
        Plan {
            hotfix: "20260412-x-000000".parse().expect("static id"),
            intent: Intent::Note {
                text: String::new(),
            },
            step: None,
            target: None,
            title: String::new(),
            level,
            environment: (level == Level::L4).then(|| "production".parse().expect("static name")),
            changes: Vec::new(),
            facts: Vec::new(),
            will_change: Vec::new(),
            will_not_change: Vec::new(),
            way_back: String::new(),
            made_at: Timestamp::from_second(0),
            since_boot: std::time::Duration::ZERO,
            lasts: Plan::LASTS,
            settles: None,
            next: None,
            known: std::collections::BTreeSet::new(),
            hash: String::new(),
        }
    }

    fn flags(yes: bool, confirm: Option<&str>) -> Handling {
        Handling {
            dry_run: false,
            yes,
            confirm: confirm.map(|name| name.parse().expect("static name")),
        }
    }

    #[test]
    fn undoable_changes_ask_nothing() {
        for is_interactive in [false, true] {
            let needed = needed(&plan(Level::L1), &flags(false, None), is_interactive);
            assert_eq!(needed, Consent::Given);
        }
    }

    #[test]
    fn shared_lanes_need_a_yes_beforehand_or_now() {
        let plan = plan(Level::L3);
        assert_eq!(needed(&plan, &flags(true, None), false), Consent::Given);
        assert_eq!(needed(&plan, &flags(false, None), true), Consent::AskYes);
        assert!(matches!(
            needed(&plan, &flags(false, None), false),
            Consent::Missing { .. }
        ));
    }

    #[test]
    fn production_without_the_fix_is_still_said_to_be_production() {
        let name: EnvironmentName = "production".parse().expect("static name");
        let production = Environment {
            name: name.clone(),
            is_production: true,
            seats: Vec::new(),
            job: None,
            apps: Vec::new(),
            migrations: None,
            hotfix_sandbox: None,
            is_org: false,
        };
        let project = Project {
            environments: vec![production],
            ..Project::default()
        };
        let mut plan = plan(Level::L4);
        assert!(!question(&plan, &project, &name).contains("RISK"));
        plan.facts.push(Fact {
            state: FactState::Risk,
            text: "nothing of the fix is left in it".to_owned(),
        });
        let asked = question(&plan, &project, &name);
        assert!(
            asked.starts_with("It changes production, without the fix"),
            "{asked}"
        );
        // The same name, where it is that of a lane alone.
        let asked = question(&plan, &Project::default(), &name);
        assert!(asked.starts_with("It goes on without the fix"), "{asked}");
        // A production lane without an environment is production all the same.
        let lane = Lane {
            name: "production".parse().expect("static name"),
            branch: "main".parse().expect("static pattern"),
            layer: Layer::Run,
            merges_into: Vec::new(),
            environment: None,
            seats: Vec::new(),
            pattern: None,
        };
        let bare = Project {
            lanes: vec![lane],
            ..Project::default()
        };
        let asked = question(&plan, &bare, &name);
        assert!(
            asked.starts_with("It changes production, without the fix"),
            "{asked}"
        );
        plan.intent = Intent::Override {
            rule: "12/tech-lead".to_owned(),
            reason: "nobody else can".to_owned(),
        };
        let asked = question(&plan, &project, &name);
        assert!(asked.starts_with("It lifts a rule"), "{asked}");
    }

    #[test]
    fn production_needs_its_name_whatever_else_is_said() {
        let plan = plan(Level::L4);
        let is_missing = |handling: Handling, is_interactive| {
            matches!(
                needed(&plan, &handling, is_interactive),
                Consent::Missing { .. }
            )
        };
        assert!(is_missing(flags(true, None), false));
        assert!(is_missing(flags(false, Some("production")), false));
        assert!(is_missing(flags(true, Some("staging")), false));
        assert!(is_missing(flags(true, Some("staging")), true));
        assert!(matches!(
            needed(&plan, &flags(true, None), true),
            Consent::AskName(_)
        ));
        assert_eq!(
            needed(&plan, &flags(true, Some("production")), false),
            Consent::Given
        );
    }
}
