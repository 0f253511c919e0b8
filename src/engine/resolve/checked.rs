//! What the project's checks say of a resolution before it is pushed. They are offered and never needed: nothing here
//! decides whether a session can be finished.

use std::time::Duration;

use crate::model::CheckName;
use crate::model::Untrusted;

use super::session::Session;

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckEnd {
    Passed,
    /// How its command ended: `exit code 1`.
    Failed(String),
    /// Within which time it did not end.
    TimedOut(String),
    /// Why it was stopped, or not begun any more.
    Stopped(String),
    /// Its command is not trusted on this machine, and was not run.
    NotTrusted,
    /// It has no command: a forge's CI runs it.
    NoCommand,
}

impl CheckEnd {
    /// Returns the word on the screen.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::TimedOut(_) => "timed out",
            Self::Stopped(_) => "stopped",
            Self::NotTrusted => "not trusted",
            Self::NoCommand => "no command",
        }
    }

    /// Returns how it came to that; none where the word says it all.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed(why) | Self::TimedOut(why) | Self::Stopped(why) => Some(why),
            Self::Passed | Self::NotTrusted | Self::NoCommand => None,
        }
    }

    /// Returns both in words.
    pub fn words(&self) -> String {
        match self.why() {
            Some(why) => format!("{} ({why})", self.word()),
            None => self.word().to_owned(),
        }
    }

    /// Tells whether it should have passed and did not.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::Failed(_) | Self::TimedOut(_) | Self::Stopped(_) | Self::NotTrusted => true,
            Self::Passed | Self::NoCommand => false,
        }
    }
}

/// One check of a resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    pub name: CheckName,
    pub end: CheckEnd,
    /// How long it ran; none where it was never begun.
    pub took: Option<Duration>,
    /// The last lines that it wrote.
    pub output: Vec<Untrusted>,
    /// How many lines before them were not kept.
    pub left_out: usize,
}

impl CheckRun {
    /// Makes one that was never begun.
    pub fn not_begun(name: CheckName, end: CheckEnd) -> Self {
        Self {
            name,
            end,
            took: None,
            output: Vec::new(),
            left_out: 0,
        }
    }

    /// Says how it ended, and after how long where it ended by itself.
    pub fn ending(&self) -> String {
        let words = self.end.words();
        match (&self.end, self.took) {
            (CheckEnd::Passed | CheckEnd::Failed(_), Some(took)) => {
                format!("{words} in {} s", took.as_secs())
            }
            (
                CheckEnd::Passed
                | CheckEnd::Failed(_)
                | CheckEnd::TimedOut(_)
                | CheckEnd::Stopped(_)
                | CheckEnd::NotTrusted
                | CheckEnd::NoCommand,
                _,
            ) => words,
        }
    }

    /// Says the same with its name.
    pub fn words(&self) -> String {
        format!("{} {}", self.name, self.ending())
    }

    /// Tells whether it was run and did not pass: its output may say why.
    pub fn has_failed(&self) -> bool {
        self.end.is_bad() && self.took.is_some()
    }
}

/// Told while the checks run, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckNews {
    Began(CheckName),
    /// The one that runs wrote a line.
    Line(Untrusted),
    Ended(CheckRun),
}

/// What came of running the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckedResolution {
    /// Each check that applies to the target, in the project's order.
    Checked(Vec<CheckRun>),
    /// Nothing was run: a commit that waited conflicts with what was decided. The session has one more round.
    Round(Box<Session>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(end: CheckEnd, took: Option<u64>) -> CheckRun {
        let name = "unit".parse().expect("static name");
        CheckRun {
            took: took.map(Duration::from_secs),
            ..CheckRun::not_begun(name, end)
        }
    }

    #[test]
    fn the_words_tell_how_a_check_ended_and_how_long_it_took() {
        let exit = CheckEnd::Failed("exit code 1".to_owned());
        let late = CheckEnd::TimedOut("no end within 600 s".to_owned());
        for (run, words) in [
            (run(CheckEnd::Passed, Some(12)), "unit passed in 12 s"),
            (run(exit, Some(3)), "unit failed (exit code 1) in 3 s"),
            (run(late, Some(600)), "unit timed out (no end within 600 s)"),
            (run(CheckEnd::NotTrusted, None), "unit not trusted"),
            (run(CheckEnd::NoCommand, None), "unit no command"),
        ] {
            assert_eq!(run.words(), words);
        }
    }

    #[test]
    fn what_was_never_begun_has_no_output_to_look_at_and_a_check_of_ci_is_nothing_bad() {
        let stopped = CheckEnd::Stopped("stopped by you".to_owned());
        assert!(run(stopped.clone(), Some(1)).has_failed());
        assert!(stopped.is_bad() && !run(stopped, None).has_failed());
        assert!(CheckEnd::NotTrusted.is_bad() && !CheckEnd::NoCommand.is_bad());
    }
}
