//! Reads one TOML file with the position of every value, and collects everything that is wrong with it.
//!
//! `Page::read` checks the whole file against its shape first: unknown keys, missing keys, wrong types,
//! words that are not a choice. The typed getters of `Table` then stay silent about what was reported.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use super::check::integer;
use super::mistake::Mistake;
use super::mistake::Place;
use super::shape::Key;
use super::shape::Kind;
use super::shape::Section;
use super::shape::duration;

/// A value with the place that it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub place: Place,
    /// The key's path.
    pub key: String,
}

impl<T> At<T> {
    /// Returns a mistake about this value.
    pub fn mistake(&self, what: &str, hint: Option<String>) -> Mistake {
        Mistake::new(self.place.clone(), &self.key, what, hint)
    }

    /// Returns another value at the same place.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> At<U> {
        At {
            value: make(self.value),
            place: self.place,
            key: self.key,
        }
    }
}

/// One file being read.
pub struct Page<'t> {
    file: &'t str,
    text: &'t str,
    mistakes: RefCell<Vec<Mistake>>,
}

/// One table of the file.
pub struct Table<'p> {
    page: &'p Page<'p>,
    pub(super) values: &'p DeTable<'p>,
    span: Range<usize>,
    path: String,
    pub(super) section: &'static Section,
}

impl<'t> Page<'t> {
    /// Reads `text` as a table of this shape; `make` turns it into a value and may report more mistakes.
    ///
    /// Returns the value, or every mistake in the order of the file. A file that is no TOML is not looked at further,
    /// because what a parser recovers after an error would be reported as mistakes that nobody made.
    pub fn read<T>(
        file: &'t str,
        text: &'t str,
        section: &'static Section,
        make: impl FnOnce(&Table<'_>) -> Option<T>,
    ) -> Result<T, Vec<Mistake>> {
        let page = Page {
            file,
            text,
            mistakes: RefCell::default(),
        };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = page.place(error.span().map_or(0, |span| span.start));
            page.report(Mistake::new(place, "", error.message(), None));
        }
        let mut made = None;
        if page.mistakes.borrow().is_empty() {
            let table = Table {
                page: &page,
                values: root.get_ref(),
                span: 0..0,
                path: String::new(),
                section,
            };
            table.check();
            made = make(&table);
        }
        let mut mistakes = page.mistakes.take();
        mistakes.sort();
        mistakes.dedup();
        match made {
            Some(value) if mistakes.is_empty() => Ok(value),
            Some(_) | None => Err(mistakes),
        }
    }

    fn report(&self, mistake: Mistake) {
        self.mistakes.borrow_mut().push(mistake);
    }

    fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl<'p> Table<'p> {
    /// Reports a mistake.
    pub fn report(&self, mistake: Mistake) {
        self.page.report(mistake);
    }

    /// Returns where the table begins.
    pub fn here(&self) -> At<()> {
        At {
            value: (),
            place: self.page.place(self.span.start),
            key: self.path.clone(),
        }
    }

    /// Returns the text of a key.
    pub fn text(&self, name: &str) -> Option<At<String>> {
        let value = self.value(name)?;
        Some(self.at(name, value.span(), value.get_ref().as_str()?.to_owned()))
    }

    /// Returns the parsed text of a key; a text that does not parse is reported.
    pub fn parsed<T>(&self, name: &str) -> Option<At<T>>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        self.parse(self.text(name)?)
    }

    /// Returns the parsed texts of a list; those that do not parse are reported and left out.
    pub fn parsed_list<T>(&self, name: &str) -> Option<At<Vec<At<T>>>>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        Some(self.texts(name)?.map(|texts| {
            texts
                .into_iter()
                .filter_map(|text| self.parse(text))
                .collect()
        }))
    }

    /// Parses a text of this table; one that does not parse is reported.
    pub fn parse<T>(&self, text: At<String>) -> Option<At<T>>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        match text.value.parse() {
            Ok(value) => Some(text.map(|_| value)),
            Err(error) => {
                let error: T::Err = error;
                self.report(text.mistake(&error.to_string(), None));
                None
            }
        }
    }

    /// Returns the texts of a list.
    pub fn texts(&self, name: &str) -> Option<At<Vec<At<String>>>> {
        let value = self.value(name)?;
        let texts = value
            .get_ref()
            .as_array()?
            .iter()
            .filter_map(|item| {
                Some(self.at(name, item.span(), item.get_ref().as_str()?.to_owned()))
            })
            .collect();
        Some(self.at(name, value.span(), texts))
    }

    /// Returns an argument vector; an empty one, or one without a program, is reported.
    pub fn command(&self, name: &str) -> Option<At<Vec<String>>> {
        let texts = self.texts(name)?;
        let argv: Vec<String> = texts.value.iter().map(|text| text.value.clone()).collect();
        let flaw = if argv.first().is_none_or(|program| program.trim().is_empty()) {
            Some("a command needs at least a program")
        } else if argv.iter().any(|word| word.contains('\0')) {
            Some("a command cannot hold a NUL character")
        } else {
            None
        };
        if let Some(flaw) = flaw {
            self.report(texts.mistake(
                flaw,
                Some("write it as [\"program\", \"argument\"]".to_owned()),
            ));
            return None;
        }
        Some(texts.map(|_| argv))
    }

    /// Returns the truth value of a key.
    pub fn flag(&self, name: &str) -> Option<At<bool>> {
        let value = self.value(name)?;
        Some(self.at(name, value.span(), value.get_ref().as_bool()?))
    }

    /// Returns the number of a key.
    pub fn number(&self, name: &str) -> Option<At<i64>> {
        let value = self.value(name)?;
        Some(self.at(name, value.span(), integer(value.get_ref())?))
    }

    /// Returns the duration of a key.
    pub fn duration(&self, name: &str) -> Option<At<Duration>> {
        let text = self.text(name)?;
        let value = duration(&text.value)?;
        Some(text.map(|_| value))
    }

    /// Returns the table of a key.
    pub fn table(&self, name: &str) -> Option<Self> {
        let Kind::One(section) = self.key(name).kind else {
            return None;
        };
        self.sub(name, self.value(name)?, section)
    }

    /// Returns the tables of a list.
    pub fn tables(&self, name: &str) -> Vec<Self> {
        let (Kind::Many(section), Some(value)) = (&self.key(name).kind, self.value(name)) else {
            return Vec::new();
        };
        let items = value.get_ref().as_array().into_iter().flatten();
        items
            .filter_map(|item| self.sub(name, item, section))
            .collect()
    }

    /// Returns the tables by name.
    pub fn named(&self, name: &str) -> Vec<(At<String>, Self)> {
        let Kind::Named(section) = self.key(name).kind else {
            return Vec::new();
        };
        self.entries(name)
            .filter_map(|(key, value)| {
                let named = self.at(name, key.span(), key.get_ref().to_string());
                let path = format!("{name}.{}", key.get_ref());
                Some((named, self.sub(&path, value, section)?))
            })
            .collect()
    }

    /// Returns the texts by name.
    pub fn named_text(&self, name: &str) -> Vec<(At<String>, At<String>)> {
        self.entries(name)
            .filter_map(|(key, value)| {
                let path = format!("{name}.{}", key.get_ref());
                let text = value.get_ref().as_str()?.to_owned();
                let named = self.at(&path, key.span(), key.get_ref().to_string());
                Some((named, self.at(&path, value.span(), text)))
            })
            .collect()
    }

    /// Returns the lists of texts by name.
    pub fn named_texts(&self, name: &str) -> Vec<(At<String>, Vec<At<String>>)> {
        self.entries(name)
            .filter_map(|(key, value)| {
                let path = format!("{name}.{}", key.get_ref());
                let items = value.get_ref().as_array()?.iter();
                let texts = items
                    .filter_map(|item| {
                        let text = item.get_ref().as_str()?.to_owned();
                        Some(self.at(&path, item.span(), text))
                    })
                    .collect();
                Some((self.at(&path, key.span(), key.get_ref().to_string()), texts))
            })
            .collect()
    }

    fn entries(
        &self,
        name: &str,
    ) -> impl Iterator<
        Item = (
            &'p Spanned<toml::de::DeString<'p>>,
            &'p Spanned<DeValue<'p>>,
        ),
    > + use<'p> {
        self.value(name)
            .and_then(|value| value.get_ref().as_table())
            .into_iter()
            .flatten()
    }

    fn key(&self, name: &str) -> &'static Key {
        self.section
            .key(name)
            .expect("a reader reads only keys of its section")
    }

    fn value(&self, name: &str) -> Option<&'p Spanned<DeValue<'p>>> {
        self.key(name);
        self.values.get(name)
    }

    pub(super) fn at<T>(&self, name: &str, span: Range<usize>, value: T) -> At<T> {
        At {
            value,
            place: self.page.place(span.start),
            key: self.join(name),
        }
    }

    fn join(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn sub(
        &self,
        name: &str,
        value: &'p Spanned<DeValue<'p>>,
        section: &'static Section,
    ) -> Option<Self> {
        Some(Self {
            page: self.page,
            values: value.get_ref().as_table()?,
            span: value.span(),
            path: self.join(name),
            section,
        })
    }
}
