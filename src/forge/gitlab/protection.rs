//! What protects the environments that hotfixes go to: who is asked before a job starts there, and who may start it.

use crate::forge::Error;
use crate::forge::Remark;
use crate::model::Environment;
use crate::model::Person;
use crate::model::Role;
use crate::model::Untrusted;

use super::asked::Asked;
use super::home::Gitlab;
use super::wire::StartLevel;

impl Gitlab {
    /// Looks at every environment with seats, for an account whose role has this number.
    pub(super) async fn examine_environments(
        &self,
        id: &str,
        level: Option<u64>,
    ) -> Result<Vec<Remark>, Error> {
        let me = self.me().await?;
        let mut remarks = Vec::new();
        let environments = self.options.project.environments.iter();
        for environment in environments.filter(|environment| !environment.seats.is_empty()) {
            let name = &environment.name;
            let found = self.protection(id, name).await?;
            if found.is_none()
                && let Err(error) = self.golives(name).await
            {
                // Its deployments would have told what they are asked for; the remark says how far we see.
                tracing::debug!(%error, %name, "the deployments were not seen");
            }
            let asked = self.asked_in(name).unwrap_or_default();
            remarks.push(who_asks(environment, &asked));
            remarks.extend(found.and_then(|found| {
                let account = Account { me: &me, level };
                account.who_starts(environment, &found.deploy_access_levels)
            }));
        }
        Ok(remarks)
    }
}

/// Says which seats GitLab asks for itself, and which only Lanekeeper.
fn who_asks(environment: &Environment, asked: &Asked) -> Remark {
    let what = format!("seats of {}", environment.name);
    let hint = "Add approval rules to the protected environment (Premium), one for each role.";
    let seats = environment.seats.len();
    if asked.count > 0 && usize::try_from(asked.count).is_ok_and(|count| count < seats) {
        return Remark::bad(
            &what,
            format!(
                "GitLab counts {} of {seats} approvals and then starts the job, whoever is missing: nothing is approved through us",
                asked.count
            ),
            hint,
        );
    }
    if asked.count > 0 {
        return Remark::doubtful(
            &what,
            format!(
                "GitLab counts {} approvals and not whose, and the last one starts the job: that they are of {}, Lanekeeper alone checks",
                asked.count,
                words(&environment.seats)
            ),
            hint,
        );
    }
    let unheld = asked.unheld(&environment.seats);
    let mut held = environment.seats.clone();
    held.retain(|role| !unheld.contains(role));
    let ours = format!(
        "Lanekeeper alone asks for {}, and keeps in the record what is decided",
        words(&unheld)
    );
    let theirs = format!("GitLab refuses a start without {}", words(&held));
    match (held.is_empty(), unheld.is_empty()) {
        (_, true) => Remark::good(&what, theirs),
        (false, false) => Remark::doubtful(&what, format!("{theirs}; {ours}"), hint),
        (true, false) => Remark::doubtful(
            &what,
            format!("no approval rule is there, as far as your token may see: {ours}"),
            hint,
        ),
    }
}

fn words(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(Role::as_str).collect();
    names.join(" and ")
}

/// Who asks, and with which role in the project.
struct Account<'a> {
    me: &'a Person,
    level: Option<u64>,
}

impl Account<'_> {
    /// Says who may start a job that deploys there; nothing where GitLab names nobody.
    fn who_starts(&self, environment: &Environment, levels: &[StartLevel]) -> Option<Remark> {
        if levels.is_empty() {
            return None;
        }
        let what = format!("start of {}", environment.name);
        let names: Vec<String> = levels
            .iter()
            .map(|level| Untrusted::new(level.access_level_description.as_str()).show())
            .collect();
        let names = names.join(", ");
        let answers: Vec<Option<bool>> = levels.iter().map(|level| self.may_start(level)).collect();
        Some(if answers.contains(&Some(true)) {
            Remark::good(&what, format!("may be pressed by {names}, and by you"))
        } else if answers.contains(&None) {
            // GitLab does not tell here who is in a group.
            Remark::good(&what, format!("may be pressed by {names}"))
        } else {
            Remark::doubtful(
                &what,
                format!("may be pressed by {names}, and not by you"),
                "Somebody who may must press it; Lanekeeper shows when all seats are taken.",
            )
        })
    }

    /// Tells whether one of the levels lets this account start; none where that cannot be told.
    fn may_start(&self, level: &StartLevel) -> Option<bool> {
        match level {
            StartLevel {
                user_id: Some(user),
                ..
            } => Some(user.to_string() == self.me.id),
            StartLevel {
                group_id: Some(_), ..
            } => None,
            // 0 stands for nobody.
            StartLevel {
                access_level: Some(wanted),
                ..
            } => self.level.map(|own| *wanted > 0 && own >= *wanted),
            StartLevel { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn production(seats: &[&str]) -> Environment {
        Environment {
            name: "production".parse().expect("a name"),
            is_production: true,
            seats: roles(seats),
            job: None,
            apps: Vec::new(),
            migrations: None,
            hotfix_sandbox: None,
            is_org: false,
        }
    }

    fn roles(names: &[&str]) -> Vec<Role> {
        let parsed = names.iter().map(|name| name.parse());
        parsed.collect::<Result<_, _>>().expect("roles")
    }

    #[test]
    fn who_asks_for_which_seat_is_told_for_each_of_them() {
        let of = |held: &[&str], count: u64| {
            let seats = roles(held);
            let remark = who_asks(&production(&["lead", "pm"]), &Asked { seats, count });
            (remark.is_bad, remark.hint.is_some(), remark.detail)
        };
        let (_, is_doubtful, detail) = of(&["pm", "lead"], 0);
        assert!(!is_doubtful, "{detail}");
        let (_, is_doubtful, detail) = of(&["lead"], 0);
        assert!(is_doubtful && detail.starts_with("GitLab refuses a start without lead;"));
        assert!(detail.contains("Lanekeeper alone asks for pm,"), "{detail}");
        let (_, is_doubtful, detail) = of(&[], 0);
        assert!(
            is_doubtful && detail.contains("alone asks for lead and pm"),
            "{detail}"
        );
        let (is_bad, is_doubtful, detail) = of(&[], 2);
        assert!(
            !is_bad && is_doubtful && detail.contains("the last one starts"),
            "{detail}"
        );
        let (is_bad, _, detail) = of(&[], 1);
        assert!(is_bad && detail.contains("1 of 2"), "{detail}");
    }

    #[test]
    fn who_may_press_start_is_told_as_far_as_gitlab_tells() {
        let me = Person::from_account(7, "dana", "");
        let of = |level: u64, levels: &str| {
            let levels: Vec<StartLevel> = serde_json::from_str(levels).expect("levels");
            let account = Account {
                me: &me,
                level: Some(level),
            };
            let remark = account.who_starts(&production(&["lead"]), &levels)?;
            Some((remark.hint.is_none(), remark.detail))
        };
        let maintainers = r#"[{"access_level":40,"access_level_description":"Maintainers"}]"#;
        let yes = |detail: &str| Some((true, detail.to_owned()));
        let no = |detail: &str| Some((false, detail.to_owned()));
        assert_eq!(of(40, "[]"), None);
        assert_eq!(
            of(40, maintainers),
            yes("may be pressed by Maintainers, and by you")
        );
        assert_eq!(
            of(30, maintainers),
            no("may be pressed by Maintainers, and not by you")
        );
        let nobody = r#"[{"access_level":0,"access_level_description":"No one"}]"#;
        assert_eq!(
            of(50, nobody),
            no("may be pressed by No one, and not by you")
        );
        let person = |id: u64| {
            format!(r#"[{{"user_id":{id},"access_level":40,"access_level_description":"Dana"}}]"#)
        };
        assert_eq!(
            of(30, &person(7)),
            yes("may be pressed by Dana, and by you")
        );
        assert_eq!(
            of(50, &person(8)),
            no("may be pressed by Dana, and not by you")
        );
        let group = r#"[{"group_id":9,"access_level":null,"access_level_description":"ops"}]"#;
        assert_eq!(of(30, group), yes("may be pressed by ops"));
    }
}
