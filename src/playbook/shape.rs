//! The shape of a TOML file as data: which keys there are, of which kind, with which default.
//!
//! From the same table come the checks of a file (`page`), the JSON schema and the test that the example
//! file shows every key. No reader reads a key that is not in it: `Table` refuses to.

/// A table's keys.
#[derive(Debug)]
pub struct Section {
    pub about: &'static str,
    pub keys: &'static [Key],
}

/// One key of a table.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub is_required: bool,
    /// The default as it would be written; none where leaving the key out means something of its own.
    pub default: Option<&'static str>,
    pub about: &'static str,
}

/// What a value must be.
#[derive(Debug)]
pub enum Kind {
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of some of these words.
    Choices(&'static [&'static str]),
    Flag,
    Number {
        min: i64,
        max: i64,
    },
    /// `90s`, `10m`, `2h`.
    Duration,
    /// A list of texts.
    Texts,
    /// One table.
    One(&'static Section),
    /// A list of tables, `[[lane]]`.
    Many(&'static Section),
    /// Tables by a name of the author's choice, `[playbook.build-run]`.
    Named(&'static Section),
    /// Texts by a name of the author's choice.
    NamedText,
    /// Lists of texts by a name of the author's choice, `[roles]`.
    NamedTexts,
}

impl Section {
    /// Returns the key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Key {
    /// Makes an optional key without a default.
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            is_required: false,
            default: None,
            about,
        }
    }

    /// Makes a key that must be there.
    pub const fn required(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            is_required: true,
            default: None,
            about,
        }
    }

    /// Makes a key that may be left out for this default, as it would be written.
    pub const fn or(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            is_required: false,
            default: Some(default),
            about,
        }
    }
}

impl Kind {
    /// Returns what a value must be, in words after "expected".
    pub fn words(&self) -> String {
        match self {
            Self::Text | Self::Choice(_) => "text in quotes".to_owned(),
            Self::Choices(_) | Self::Texts => "a list of texts".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Number { min, max } => format!("a whole number from {min} to {max}"),
            Self::Duration => "a duration in quotes like \"90s\", \"10m\" or \"2h\"".to_owned(),
            Self::One(_) => "a table".to_owned(),
            Self::Many(_) => "a list of tables, each under its own `[[…]]`".to_owned(),
            Self::Named(_) => "tables by name".to_owned(),
            Self::NamedText => "texts by name".to_owned(),
            Self::NamedTexts => "lists of texts by name".to_owned(),
        }
    }
}

/// Reads `90s`, `10m`, `2h` or `500ms`; zero is no duration.
pub fn duration(text: &str) -> Option<std::time::Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let millis = match unit {
        "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "m" => number.checked_mul(60_000)?,
        "h" => number.checked_mul(3_600_000)?,
        _ => return None,
    };
    // A year is beyond any wait, and short enough never to overflow a deadline.
    (1..=365 * 24 * 3_600_000)
        .contains(&millis)
        .then(|| std::time::Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Some(Duration::from_secs(600)));
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        for bad in [
            "",
            "10",
            "m",
            "0s",
            "-1s",
            "1d",
            "1.5h",
            "99999999999999999999s",
            "9999999h",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
