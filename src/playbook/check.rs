//! Checks a table against its section: unknown and missing keys, wrong types, words that are no choice.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::mistake::suggest;
use super::page::Table;
use super::shape::Key;
use super::shape::Kind;
use super::shape::duration;

impl<'p> Table<'p> {
    /// Reports every difference between the table and its section, and those of the tables in it.
    pub(super) fn check(&self) {
        for (key, value) in self.values {
            let name: &str = key.get_ref();
            match self.section.key(name) {
                Some(known) => self.check_value(known, value),
                None => {
                    let at = self.at(name, key.span(), ());
                    let known = self.section.keys.iter().map(|key| key.name);
                    self.report(at.mistake("there is no such key", suggest(name, known)));
                }
            }
        }
        for key in self.section.keys {
            if key.is_required && !self.values.contains_key(key.name) {
                let what = format!("`{}` is missing", key.name);
                let hint = format!("it is {}", key.about);
                self.report(self.here().mistake(&what, Some(hint)));
            }
        }
    }

    fn check_value(&self, key: &Key, value: &'p Spanned<DeValue<'p>>) {
        let name = key.name;
        let wrong_type = |path: &str, value: &Spanned<DeValue<'_>>| {
            let what = format!(
                "expected {}, found {}",
                key.kind.words(),
                found(value.get_ref())
            );
            self.report(self.at(path, value.span(), ()).mistake(&what, None));
        };
        let texts = |path: &str, value: &Spanned<DeValue<'_>>| match value.get_ref().as_array() {
            Some(items) => {
                for item in items
                    .iter()
                    .filter(|item| item.get_ref().as_str().is_none())
                {
                    let what = format!("expected text in quotes, found {}", found(item.get_ref()));
                    self.report(self.at(path, item.span(), ()).mistake(&what, None));
                }
            }
            None => wrong_type(path, value),
        };
        match &key.kind {
            Kind::Text => {
                if value.get_ref().as_str().is_none() {
                    wrong_type(name, value);
                }
            }
            Kind::Choice(words) => match value.get_ref().as_str() {
                Some(word) => self.check_choice(name, value.span(), word, words),
                None => wrong_type(name, value),
            },
            Kind::Choices(words) => {
                texts(name, value);
                for item in value.get_ref().as_array().into_iter().flatten() {
                    if let Some(word) = item.get_ref().as_str() {
                        self.check_choice(name, item.span(), word, words);
                    }
                }
            }
            Kind::Flag => {
                if value.get_ref().as_bool().is_none() {
                    wrong_type(name, value);
                }
            }
            Kind::Number { min, max } => {
                if integer(value.get_ref()).is_none_or(|number| !(*min..=*max).contains(&number)) {
                    wrong_type(name, value);
                }
            }
            Kind::Duration => match value.get_ref().as_str() {
                Some(text) if duration(text).is_some() => {}
                Some(text) => {
                    let what = format!("`{text}` is not a duration");
                    let hint = "write it like \"90s\", \"10m\" or \"2h\"".to_owned();
                    self.report(self.at(name, value.span(), ()).mistake(&what, Some(hint)));
                }
                None => wrong_type(name, value),
            },
            Kind::Texts => texts(name, value),
            Kind::One(section) => match self.sub(name, value, section) {
                Some(table) => table.check(),
                None => wrong_type(name, value),
            },
            Kind::Many(section) => match value.get_ref().as_array() {
                Some(items) => {
                    for item in items {
                        match self.sub(name, item, section) {
                            Some(table) => table.check(),
                            None => wrong_type(name, item),
                        }
                    }
                }
                None => wrong_type(name, value),
            },
            Kind::Named(section) => match value.get_ref().as_table() {
                Some(entries) => {
                    for (entry, item) in entries {
                        let path = format!("{name}.{}", entry.get_ref());
                        match self.sub(&path, item, section) {
                            Some(table) => table.check(),
                            None => wrong_type(&path, item),
                        }
                    }
                }
                None => wrong_type(name, value),
            },
            Kind::NamedText => match value.get_ref().as_table() {
                Some(entries) => {
                    for (entry, item) in entries {
                        if item.get_ref().as_str().is_none() {
                            let path = format!("{name}.{}", entry.get_ref());
                            let what =
                                format!("expected text in quotes, found {}", found(item.get_ref()));
                            self.report(self.at(&path, item.span(), ()).mistake(&what, None));
                        }
                    }
                }
                None => wrong_type(name, value),
            },
            Kind::NamedTexts => match value.get_ref().as_table() {
                Some(entries) => {
                    for (entry, item) in entries {
                        let path = format!("{name}.{}", entry.get_ref());
                        if item.get_ref().as_array().is_some() {
                            texts(&path, item);
                        } else {
                            let what = format!(
                                "expected a list of texts, found {}",
                                found(item.get_ref())
                            );
                            self.report(self.at(&path, item.span(), ()).mistake(&what, None));
                        }
                    }
                }
                None => wrong_type(name, value),
            },
        }
    }

    fn check_choice(
        &self,
        name: &str,
        span: Range<usize>,
        word: &str,
        words: &'static [&'static str],
    ) {
        if !words.contains(&word) {
            let what = format!("`{word}` is not one of its words");
            let hint = suggest(word, words.iter().copied());
            self.report(self.at(name, span, ()).mistake(&what, hint));
        }
    }
}

/// Reads a number in any of TOML's notations.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let digits = value.as_integer()?;
    i64::from_str_radix(&digits.as_str().replace('_', ""), digits.radix()).ok()
}

fn found(value: &DeValue<'_>) -> String {
    let what = match value {
        DeValue::String(_) => "text",
        DeValue::Integer(number) => return number.to_string(),
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    what.to_owned()
}
