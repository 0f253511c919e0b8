//! Who we are, and the numbers of people who are named by their accounts.

use crate::forge::Error;
use crate::forge::http::Ask;
use crate::model::Person;

use super::home::Gitlab;
use super::wire;

impl Gitlab {
    /// Returns who we are; asked once.
    pub(super) async fn me(&self) -> Result<Person, Error> {
        let ask = async || {
            let user: wire::User = self.http().read(&Ask::get(&["user"])).await?;
            self.note_admin(user.is_admin);
            Ok::<_, Error>(user.person())
        };
        Ok(self.me.get_or_try_init(ask).await?.clone())
    }

    /// Returns the numbers of reviewers. A name that GitLab does not know is left out: a request must not fail on a
    /// colleague who has left; the answer shows who was asked.
    pub(super) async fn reviewer_ids(&self, logins: &[String]) -> Result<Vec<u64>, Error> {
        let mut ids = Vec::new();
        for login in logins {
            let login = login.strip_prefix('@').unwrap_or(login);
            let ask = Ask::get(&["users"]).with("username", login);
            let found: Vec<wire::User> = self.http().read_list(&ask, 2).await?;
            let is_named = |user: &&wire::User| user.username.eq_ignore_ascii_case(login);
            ids.extend(found.iter().find(is_named).map(|user| user.id));
        }
        Ok(ids)
    }
}
