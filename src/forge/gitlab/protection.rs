//! What protects the environments that hotfixes go to: who is asked before a job starts there, and who may start it.

use crate::forge::Error;
use crate::forge::Remark;
use crate::model::Environment;
use crate::model::Role;
use crate::model::Starters;

use super::asked::Asked;
use super::home::Gitlab;

impl Gitlab {
    /// Looks at every environment with seats, for an account whose role has this number.
    pub(super) async fn examine_environments(
        &self,
        id: &str,
        level: Option<u64>,
    ) -> Result<Vec<Remark>, Error> {
        let mut remarks = Vec::new();
        let environments = self.options.project.environments.iter();
        for environment in environments.filter(|environment| !environment.seats.is_empty()) {
            let name = &environment.name;
            let found = self.protection(id, name, level).await?;
            if found.is_none()
                && let Err(error) = self.golives(name).await
            {
                // Its deployments would have told what they are asked for; the remark says how far we see.
                tracing::debug!(%error, %name, "the deployments were not seen");
            }
            let asked = self.asked_in(name).unwrap_or_default();
            remarks.push(who_asks(environment, &asked));
            remarks.extend(self.starters_of(name).as_ref().map(who_starts));
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

/// Says who may start a job that deploys there.
fn who_starts(starters: &Starters) -> Remark {
    let what = format!("start of {}", starters.environment);
    let names = match starters.shown().as_slice() {
        [] => "nobody".to_owned(),
        names => names.join(", "),
    };
    match starters.has_me {
        Some(true) => Remark::good(&what, format!("may be pressed by {names}, and by you")),
        // GitLab does not tell here who is in a group.
        None => Remark::good(&what, format!("may be pressed by {names}")),
        Some(false) => Remark::doubtful(
            &what,
            format!("may be pressed by {names}, and not by you"),
            "Somebody who may must press it; Lanekeeper shows when all seats are taken.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Untrusted;

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
        let of = |names: &[&str], has_me: Option<bool>| {
            let remark = who_starts(&Starters {
                environment: "production".parse().expect("a name"),
                names: names.iter().copied().map(Untrusted::from).collect(),
                has_me,
            });
            (remark.hint.is_none(), remark.detail)
        };
        let yes = |detail: &str| (true, detail.to_owned());
        let no = |detail: &str| (false, detail.to_owned());
        assert_eq!(
            of(&["Maintainers"], Some(true)),
            yes("may be pressed by Maintainers, and by you")
        );
        assert_eq!(
            of(&["Maintainers", "Dana"], Some(false)),
            no("may be pressed by Maintainers, Dana, and not by you")
        );
        assert_eq!(
            of(&[], Some(false)),
            no("may be pressed by nobody, and not by you")
        );
        assert_eq!(of(&["group ops"], None), yes("may be pressed by group ops"));
    }
}
