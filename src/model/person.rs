//! People and the roles they may act in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::name::Role;
use super::text::Untrusted;

/// Somebody, as git or the forge names them. People are the same if their `id` is the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    /// What identifies the person: the lower-case e-mail address on a plain remote, the numeric user id on a forge.
    pub id: String,
    /// The name shown.
    pub name: Untrusted,
    /// The account name on the forge, as people write it after `@`; none on a plain remote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
}

impl Person {
    /// Makes a person known by name and e-mail address; the address, in lower case, is the id.
    pub fn from_email(name: &str, email: &str) -> Self {
        Self {
            id: email.trim().to_lowercase(),
            name: Untrusted::new(name.trim()),
            login: None,
        }
    }

    /// Makes a person known by a forge's user id, account name and display name.
    pub fn from_account(id: u64, login: &str, name: &str) -> Self {
        Self {
            id: id.to_string(),
            name: Untrusted::new(if name.trim().is_empty() {
                login
            } else {
                name.trim()
            }),
            login: Some(login.to_owned()),
        }
    }

    /// Returns what others call the person on the forge and in the team's file: the account name, else the address.
    pub fn account(&self) -> &str {
        self.login.as_deref().unwrap_or(&self.id)
    }

    /// Tells whether `name`, as the team's file has it (an address, an account with or without `@`), is this person.
    pub fn is_called(&self, name: &str) -> bool {
        match &self.login {
            // A forge's numbers would be mistaken for account names that consist of digits.
            Some(login) => name
                .strip_prefix('@')
                .unwrap_or(name)
                .eq_ignore_ascii_case(login),
            None => name.eq_ignore_ascii_case(&self.id),
        }
    }

    /// Tells whether two are one person: by what identifies them, else by the account that both have. On a plain remote two
    /// addresses are two people.
    pub fn is_also(&self, other: &Self) -> bool {
        let is_same_account = match (&self.login, &other.login) {
            (Some(login), Some(known)) => login.eq_ignore_ascii_case(known),
            (Some(_) | None, _) => false,
        };
        self == other || is_same_account
    }

    /// Returns the name to show, or the id where there is no name.
    pub fn show(&self) -> String {
        if self.name.is_empty() {
            Untrusted::new(self.id.as_str()).show()
        } else {
            self.name.show()
        }
    }
}

impl PartialEq for Person {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Person {}

/// Who may act in which role: e-mail addresses on a plain remote, account names (with or without `@`) on a forge.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(pub BTreeMap<Role, Vec<String>>);

impl Roles {
    /// Tells whether `person` may act in `role`.
    pub fn has(&self, person: &Person, role: &Role) -> bool {
        self.members(role)
            .iter()
            .any(|member| person.is_called(member))
    }

    /// Returns the names, as configured, of those who may act in `role`.
    pub fn members(&self, role: &Role) -> &[String] {
        self.0.get(role).map_or(&[], Vec::as_slice)
    }

    /// Tells whether a name, as configured, is an e-mail address: no account of a forge is called so.
    pub fn is_address(name: &str) -> bool {
        let name = name.trim();
        name.strip_prefix('@').unwrap_or(name).contains('@')
    }

    /// Returns the roles that `person` may act in, in name order.
    pub fn of(&self, person: &Person) -> Vec<&Role> {
        self.0
            .keys()
            .filter(|role| self.has(person, role))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_one_person_however_the_two_are_known() {
        let person = |name: &str| Person::from_email(name, &format!("{name}@example.org"));
        let mut by_git = person("ben");
        by_git.login = Some("Ben".to_owned());
        assert!(by_git.is_also(&Person::from_account(7, "ben", "Ben Okafor")));
        assert!(!by_git.is_also(&Person::from_account(8, "mia", "Mia")));
        assert!(!person("ben").is_also(&person("mia")));
    }
}
