//! Who is spoken to in a note: `@name`.

use crate::model::Person;

/// Tells whether `text` speaks to `person`: by account, by address, by the part of it before the `@`, or by first name.
pub fn mentions(text: &str, person: &Person) -> bool {
    let name = person.name.raw();
    let first = name.split_whitespace().next().unwrap_or_default();
    let local = person.id.split('@').next().unwrap_or_default();
    text.split_whitespace().any(|word| {
        let Some((before, spoken)) = word.split_once('@') else {
            return false;
        };
        // `me@example.org` is an address, `(@ben)` speaks to Ben.
        let is_address = before.ends_with(|c: char| c.is_alphanumeric());
        let spoken = spoken.trim_end_matches(|c: char| !c.is_alphanumeric());
        let is_named = |name: &str| !name.is_empty() && spoken.eq_ignore_ascii_case(name);
        let is_possessive = spoken.split_once('\'').is_some_and(|(name, _)| {
            name.eq_ignore_ascii_case(first) || name.eq_ignore_ascii_case(local)
        });
        !is_address
            && (person.is_called(spoken)
                || is_named(&person.id)
                || is_named(first)
                || is_named(local)
                || is_possessive)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_speaks_to_whom_it_names_and_to_nobody_by_an_address() {
        let ben = Person::from_email("Ben Ode", "ben@example.org");
        for text in [
            "@ben",
            "see (@Ben)!",
            "ask @ben@example.org",
            "it is @Ben's turn",
        ] {
            assert!(mentions(text, &ben), "{text}");
        }
        for text in ["ben", "@benno", "write to ben@example.org", "@", "@ana"] {
            assert!(!mentions(text, &ben), "{text}");
        }
        let account = Person::from_account(7, "bode", "Ben Ode");
        assert!(mentions("@bode: please", &account));
    }
}
