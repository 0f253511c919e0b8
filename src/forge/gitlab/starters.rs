//! Who may start a job that deploys to a protected environment, and whether we may. What protects the environment says
//! it, and maintainers may read that; to the others GitLab says no more than 403 when they try.

use crate::forge::Error;
use crate::forge::http::Ask;
use crate::model::EnvironmentName;
use crate::model::Starters;
use crate::model::Untrusted;

use super::home::Gitlab;
use super::home::degraded;
use super::wire::Member;
use super::wire::StartLevel;

impl Gitlab {
    /// Says who may start what goes to an environment that lets only these in; for an account whose role in the project
    /// has this number.
    pub(super) async fn who_starts(
        &self,
        id: &str,
        name: &EnvironmentName,
        levels: &[StartLevel],
        level: Option<u64>,
    ) -> Result<Starters, Error> {
        let mut account = Account {
            id: self.me().await?.id,
            level,
        };
        let mut has_me = account.is_among(levels);
        if has_me != Some(true) && levels.iter().any(StartLevel::is_of_role) {
            // The project's own answer leaves out a role that comes with a group which was invited.
            let ask = Ask::get(&["projects", id, "members", "all", &account.id]);
            let member: Option<Member> = degraded(self.http().read(&ask).await)?;
            account.level = member.as_ref().and_then(Member::level);
            has_me = account.is_among(levels);
        }
        Ok(Starters {
            environment: name.clone(),
            names: levels.iter().filter_map(name_of).collect(),
            // Who administers the instance may be let in whatever the list says.
            has_me: has_me.filter(|is_in| *is_in || !self.is_admin()),
        })
    }

    /// Asks once more who may start what goes to an environment, where the answer before kept us out: somebody may have
    /// let us in since.
    pub(super) async fn look_again_at_starters(&self, name: &EnvironmentName) {
        let known = self.starters_of(name);
        if known.is_some_and(|known| known.has_me == Some(false)) {
            Box::pin(self.read_starters(name)).await;
        }
    }

    /// Says who may start what goes to an environment, to an account that was refused.
    pub(super) async fn who_may_start(&self, name: &EnvironmentName) -> String {
        // The list that we know may be older than the refusal. Boxed, since every start would be as large otherwise.
        Box::pin(self.read_starters(name)).await;
        let Some(starters) = self.starters_of(name) else {
            return format!(
                "GitLab does not tell your account who may; a maintainer sees it in Settings, CI/CD, Protected environments, {name}"
            );
        };
        let words = starters.words();
        if starters.has_me == Some(true) {
            format!(
                "{words}, and you are one of them: the protection of its branch may ask for more"
            )
        } else {
            words
        }
    }

    /// Reads what protects an environment. What cannot be read leaves what was known.
    async fn read_starters(&self, name: &EnvironmentName) {
        let read = async {
            let id = self.id().await?;
            self.protection(id, name, None).await
        };
        if let Err(error) = read.await {
            tracing::debug!(%error, %name, "who may start was not seen");
        }
    }
}

/// Who asks, and with which role in the project.
struct Account {
    id: String,
    level: Option<u64>,
}

impl Account {
    /// Tells whether one of the levels lets this account start; none where that cannot be told.
    fn is_among(&self, levels: &[StartLevel]) -> Option<bool> {
        let answers: Vec<Option<bool>> = levels.iter().map(|level| self.may_start(level)).collect();
        if answers.contains(&Some(true)) {
            Some(true)
        } else if answers.contains(&None) {
            None
        } else {
            Some(false)
        }
    }

    fn may_start(&self, level: &StartLevel) -> Option<bool> {
        match level {
            StartLevel {
                user_id: Some(user),
                ..
            } => Some(user.to_string() == self.id),
            // GitLab does not tell here who is in a group.
            StartLevel {
                group_id: Some(_), ..
            } => None,
            // 0 stands for nobody.
            StartLevel {
                access_level: Some(0),
                ..
            } => Some(false),
            StartLevel {
                access_level: Some(wanted),
                ..
            } => self.level.map(|own| own >= *wanted),
            StartLevel { .. } => None,
        }
    }
}

/// Returns what a level is called; none for the one that lets nobody in.
fn name_of(level: &StartLevel) -> Option<Untrusted> {
    let name = level.access_level_description.as_str();
    match level {
        StartLevel {
            user_id: Some(_), ..
        } => Some(name.into()),
        StartLevel {
            group_id: Some(_), ..
        } => Some(format!("group {name}").into()),
        StartLevel {
            access_level: Some(0),
            ..
        } => None,
        StartLevel { .. } => Some(name.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str) -> Vec<StartLevel> {
        serde_json::from_str(text).expect("levels")
    }

    #[test]
    fn whether_we_may_start_is_told_as_far_as_gitlab_tells() {
        let of = |level: Option<u64>, text: &str| {
            let account = Account {
                id: "7".to_owned(),
                level,
            };
            account.is_among(&levels(text))
        };
        let maintainers = r#"[{"access_level":40,"access_level_description":"Maintainers"}]"#;
        assert_eq!(of(Some(40), maintainers), Some(true));
        assert_eq!(of(Some(30), maintainers), Some(false));
        assert_eq!(of(None, maintainers), None);
        let nobody = r#"[{"access_level":0,"access_level_description":"No one"}]"#;
        assert_eq!(of(Some(50), nobody), Some(false));
        let person = |id: u64| format!(r#"[{{"user_id":{id},"access_level":40}}]"#);
        assert_eq!(of(Some(30), &person(7)), Some(true));
        assert_eq!(of(Some(50), &person(8)), Some(false));
        let group = r#"[{"group_id":9,"access_level":null},{"access_level":40}]"#;
        assert_eq!(of(Some(30), group), None);
        assert_eq!(of(Some(40), group), Some(true));
    }

    #[test]
    fn a_group_is_told_from_a_role_and_nobody_is_no_name() {
        let text = r#"[{"access_level":40,"access_level_description":"Maintainers"},
            {"group_id":9,"access_level":null,"access_level_description":"ops"},
            {"access_level":0,"access_level_description":"No one"}]"#;
        let names: Vec<Untrusted> = levels(text).iter().filter_map(name_of).collect();
        assert_eq!(names, ["Maintainers", "group ops"].map(Untrusted::from));
    }
}
