//! Who may start what goes live, where the forge keeps that to some.

use serde::Deserialize;
use serde::Serialize;

use super::name::EnvironmentName;
use super::text::Untrusted;

/// Who may start a go-live to one environment, where the forge names somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Starters {
    pub environment: EnvironmentName,
    /// Roles, groups and people as the forge calls them; empty where it lets nobody.
    pub names: Vec<Untrusted>,
    /// Whether we are among them; none where the forge does not tell.
    pub has_me: Option<bool>,
}

impl Starters {
    /// Returns the names as they are shown.
    pub fn shown(&self) -> Vec<String> {
        self.names.iter().map(Untrusted::show).collect()
    }

    /// Says who may, `only Maintainers and group ops may start the deploy of production`.
    pub fn words(&self) -> String {
        let who = match self.shown().as_slice() {
            [] => "nobody".to_owned(),
            [only] => format!("only {only}"),
            [others @ .., last] => format!("only {} and {last}", others.join(", ")),
        };
        format!("{who} may start the deploy of {}", self.environment)
    }

    /// Says why we may not, where the forge told that we are not among them.
    pub fn why_not_me(&self) -> Option<String> {
        let is_kept_out = self.has_me == Some(false);
        is_kept_out.then(|| {
            if self.names.is_empty() {
                self.words()
            } else {
                format!("{}, and you are not among them", self.words())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_start_is_one_sentence_however_many_they_are() {
        let of = |names: &[&str], has_me: Option<bool>| Starters {
            environment: "production".parse().expect("a name"),
            names: names.iter().copied().map(Untrusted::from).collect(),
            has_me,
        };
        let words = |names: &[&str]| of(names, None).words();
        assert_eq!(words(&[]), "nobody may start the deploy of production");
        assert_eq!(
            words(&["Maintainers"]),
            "only Maintainers may start the deploy of production"
        );
        assert_eq!(
            words(&["Maintainers", "Dana", "group ops"]),
            "only Maintainers, Dana and group ops may start the deploy of production"
        );
        assert_eq!(of(&["Dana"], Some(true)).why_not_me(), None);
        assert_eq!(of(&["Dana"], None).why_not_me(), None);
        let kept_out = of(&["Dana"], Some(false)).why_not_me();
        assert_eq!(
            kept_out.as_deref(),
            Some("only Dana may start the deploy of production, and you are not among them")
        );
        let nobody = of(&[], Some(false)).why_not_me();
        assert_eq!(
            nobody.as_deref(),
            Some("nobody may start the deploy of production")
        );
    }
}
