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
}

impl Person {
    /// Makes a person known by name and e-mail address; the address, in lower case, is the id.
    pub fn from_email(name: &str, email: &str) -> Self {
        Self {
            id: email.trim().to_lowercase(),
            name: Untrusted::new(name.trim()),
        }
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

/// Who may act in which role, by person id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(pub BTreeMap<Role, Vec<String>>);

impl Roles {
    /// Tells whether `person` may act in `role`.
    pub fn has(&self, person: &Person, role: &Role) -> bool {
        self.members(role)
            .iter()
            .any(|id| id.eq_ignore_ascii_case(&person.id))
    }

    /// Returns the ids of those who may act in `role`.
    pub fn members(&self, role: &Role) -> &[String] {
        self.0.get(role).map_or(&[], Vec::as_slice)
    }

    /// Returns the roles that `person` may act in, in name order.
    pub fn of(&self, person: &Person) -> Vec<&Role> {
        self.0
            .keys()
            .filter(|role| self.has(person, role))
            .collect()
    }
}
