//! Merge drivers of the user's clone, and what they have to do with a pick (flows.md 5.4.2): a forge runs none of them,
//! so that a person's own git may see another result than the forge will.

use super::conflict::Bytes;
use super::text::Untrusted;

/// A merge driver that git's configuration of the clone has. Name and command may have come with the clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MergeDriver {
    pub name: Untrusted,
    /// What git gives to a shell.
    pub command: Untrusted,
}

/// What the drivers of the clone have to do with a pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driven {
    /// The paths of the fix that a configured driver merges, with the driver's name. Empty where git cannot tell them.
    pub paths: Vec<(String, String)>,
    /// How both answers compare; none while the drivers were not run.
    pub case: Option<DriverCase>,
}

/// The forge's answer and the user's (flows.md 5.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverCase {
    BothClean,
    /// Expected where a driver merges structured files: resolve locally and push the result.
    OnlyForgeConflicts,
    /// The driver is configured wrongly.
    OnlyDriverConflicts,
    BothConflict,
    Unknown {
        why: String,
    },
}

/// What a merge driver makes of one conflicted path: a choice beside others, which nobody takes for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverText {
    /// The driver's name.
    pub name: Untrusted,
    /// The whole file.
    pub text: Bytes,
}

/// How a person comes to see what the drivers make of it, where they were not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unasked {
    /// By a flag of the command.
    Flag,
    /// By trusting them: then looks run them.
    Trust,
}

impl DriverCase {
    /// Compares both answers: whether it is clean for the forge, and for the user's git with its drivers.
    pub fn compared(is_clean_for_forge: bool, is_clean_for_driver: bool) -> Self {
        match (is_clean_for_forge, is_clean_for_driver) {
            (true, true) => Self::BothClean,
            (false, true) => Self::OnlyForgeConflicts,
            (true, false) => Self::OnlyDriverConflicts,
            (false, false) => Self::BothConflict,
        }
    }

    /// Returns the word in output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::BothClean => "both-clean",
            Self::OnlyForgeConflicts => "only-forge-conflicts",
            Self::OnlyDriverConflicts => "only-driver-conflicts",
            Self::BothConflict => "both-conflict",
            Self::Unknown { .. } => "unknown",
        }
    }

    fn words(&self, names: &str) -> String {
        match self {
            Self::BothClean => format!("{names} agrees: clean"),
            Self::OnlyForgeConflicts => {
                format!("clean with {names}: resolve here and push the result")
            }
            Self::OnlyDriverConflicts => format!(
                "{names} sees conflicts that the forge does not: it may be configured wrongly"
            ),
            Self::BothConflict => format!("{names} sees conflicts as well"),
            Self::Unknown { why } => format!("{names} could not be asked: {why}"),
        }
    }
}

impl DriverText {
    /// Says what it is, the same everywhere.
    pub fn words(&self) -> String {
        format!("what the merge driver {} makes of it", self.name.show())
    }
}

impl Driven {
    /// Makes the answer where not even the paths could be told.
    pub fn unknown(why: String) -> Self {
        Self {
            paths: Vec::new(),
            case: Some(DriverCase::Unknown { why }),
        }
    }

    /// Says it in words, the same everywhere.
    pub fn words(&self, unasked: Unasked) -> String {
        let names = self.names();
        match (&self.case, unasked) {
            (None, Unasked::Flag) => format!(
                "{names} is configured here for it; see what it makes of it with --with-driver, which runs its command"
            ),
            (None, Unasked::Trust) => {
                let paths = match self.paths.len() {
                    0 => String::new(),
                    count => format!(" for {count} of its paths"),
                };
                format!(
                    "{names} is configured{paths}; trust it to see what it makes of it: lanekeeper trust"
                )
            }
            (Some(case), Unasked::Flag | Unasked::Trust) => case.words(&names),
        }
    }

    /// Returns the drivers by name.
    fn names(&self) -> String {
        let mut names: Vec<&str> = self.paths.iter().map(|(_, name)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return "a merge driver".to_owned();
        }
        let names = Untrusted::new(names.join(", ")).show();
        format!("the merge driver {names}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driven(names: &[&str], case: Option<DriverCase>) -> Driven {
        let path = |(place, name): (usize, &&str)| (format!("path-{place}"), (*name).to_owned());
        Driven {
            paths: names.iter().enumerate().map(path).collect(),
            case,
        }
    }

    #[test]
    fn each_case_says_what_to_do_and_each_driver_is_named_once() {
        let told = |names: &[&str], case| driven(names, case).words(Unasked::Trust);
        assert_eq!(
            told(&["sf", "sf"], None),
            "the merge driver sf is configured for 2 of its paths; trust it to see what it makes of it: lanekeeper trust"
        );
        assert_eq!(
            told(&[], None),
            "a merge driver is configured; trust it to see what it makes of it: lanekeeper trust"
        );
        let flag = driven(&["sf"], None).words(Unasked::Flag);
        assert!(flag.contains("--with-driver"), "{flag}");
        for (is_clean, words) in [
            ((true, true), "the merge driver a, b agrees: clean"),
            (
                (false, true),
                "clean with the merge driver a, b: resolve here and push the result",
            ),
            (
                (true, false),
                "the merge driver a, b sees conflicts that the forge does not: it may be configured wrongly",
            ),
            (
                (false, false),
                "the merge driver a, b sees conflicts as well",
            ),
        ] {
            let case = DriverCase::compared(is_clean.0, is_clean.1);
            assert_eq!(told(&["b", "a"], Some(case)), words);
        }
        let hidden = told(&["s\u{202e}f"], None);
        assert!(hidden.contains("s‹202E›f"), "{hidden}");
    }
}
