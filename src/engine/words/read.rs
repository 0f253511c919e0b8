//! An intent read from its words.

use std::str::FromStr;

use crate::engine::intent::DriveWish;
use crate::engine::intent::Intent;
use crate::engine::intent::Resolution;
use crate::engine::intent::StartOrder;
use crate::model::Subject;
use crate::record::Answer;

use super::shell;

/// Why words are no intent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    #[error("a quote is left open in `{line}`")]
    OpenQuote { line: String },
    #[error("`{verb}` is not something to do")]
    UnknownVerb { verb: String },
    #[error("`{verb}` needs {what}")]
    Missing { verb: String, what: &'static str },
    #[error("`{verb}` does not know `{word}`")]
    Unexpected { verb: String, word: String },
    #[error("{why}")]
    Malformed { why: String },
}

impl FromStr for Intent {
    type Err = WordsError;

    fn from_str(line: &str) -> Result<Self, WordsError> {
        let words = shell::split(line).ok_or_else(|| WordsError::OpenQuote {
            line: line.to_owned(),
        })?;
        let mut words = words.into_iter();
        let verb = words.next().unwrap_or_default();
        Words {
            verb,
            left: words.collect(),
        }
        .intent()
    }
}

/// The words after the verb, taken away as they are understood.
struct Words {
    verb: String,
    left: Vec<String>,
}

impl Words {
    fn intent(mut self) -> Result<Intent, WordsError> {
        let verb = self.verb.clone();
        let intent = match verb.as_str() {
            "start" => self.start()?,
            "do" => Intent::Do {
                step: parsed(&self.first("a step")?)?,
                target: self.flag("--target")?.map(|one| parsed(&one)).transpose()?,
                note: self.flag("--note")?,
                riders: self
                    .flag("--accept-riders")?
                    .map(|count| parsed(&count))
                    .transpose()?,
            },
            "skip" => Intent::Skip {
                step: parsed(&self.first("a step")?)?,
                reason: self.need("--reason")?,
            },
            "approve" => Intent::Approve {
                subject: subject(&self.first("a change request or deployment")?)?,
                role: self.flag("--role")?.map(|one| parsed(&one)).transpose()?,
                comment: self.flag("--comment")?,
                seen: self.flag("--seen")?.map(|one| parsed(&one)).transpose()?,
            },
            "reject" => Intent::Reject {
                subject: subject(&self.first("a change request or deployment")?)?,
                role: self.flag("--role")?.map(|one| parsed(&one)).transpose()?,
                comment: self.flag("--comment")?,
            },
            "tick" => Intent::Tick {
                item: parsed(&self.first("a checklist item")?)?,
                note: self.flag("--note")?,
            },
            "untick" => Intent::Untick {
                item: parsed(&self.first("a checklist item")?)?,
                note: self.need("--note")?,
            },
            "note" => Intent::Note {
                text: self.first("a text")?,
            },
            "comment" => Intent::Comment {
                request: parsed(&self.first("a change request")?)?,
                text: self.first("a text")?,
            },
            "decide" => Intent::Decide {
                step: parsed(&self.first("a step")?)?,
                target: parsed(&self.need("--target")?)?,
                path: self.need("--path")?,
                note: self.flag("--note")?.unwrap_or_default(),
            },
            "acknowledge" => Intent::Acknowledge {
                lane: parsed(&self.first("a lane")?)?,
                note: self.flag("--note")?.unwrap_or_default(),
            },
            "override" => Intent::Override {
                rule: self.first("a rule")?,
                reason: self.flag("--reason")?.unwrap_or_default(),
            },
            "resolve" => Intent::Resolve(self.resolution()?),
            "abandon" => Intent::Abandon {
                step: parsed(&self.first("a step")?)?,
                target: parsed(&self.need("--target")?)?,
                reason: self.need("--reason")?,
            },
            "retry" => Intent::Retry {
                job: parsed(&self.first("a job")?)?,
            },
            "close" => Intent::Close {
                note: self.flag("--note")?.unwrap_or_default(),
            },
            "drive" => self.drive()?,
            "restore" => Intent::Restore,
            "import" => Intent::Import {
                file: self.first("a file")?,
            },
            "archive" => Intent::Archive {
                year: self.flag("--year")?.map(|one| parsed(&one)).transpose()?,
            },
            "resume" => Intent::Resume {
                intent: parsed(&self.first("an intent")?)?,
                how: parsed(&self.first("--continue, --skip or --undo")?)?,
            },
            _ => return Err(WordsError::UnknownVerb { verb }),
        };
        match self.left.first() {
            Some(word) => Err(WordsError::Unexpected {
                verb,
                word: word.clone(),
            }),
            None => Ok(intent),
        }
    }

    fn drive(&mut self) -> Result<Intent, WordsError> {
        let wish = match self.left.first().map(String::as_str) {
            Some("--release") => {
                self.left.remove(0);
                DriveWish::Release
            }
            Some("--take") => {
                self.left.remove(0);
                DriveWish::TakeOver {
                    reason: self.need("--reason")?,
                }
            }
            Some(_) | None => match self.flag("--to")? {
                Some(to) => DriveWish::HandOver { to },
                None => DriveWish::Take,
            },
        };
        let environment = self.flag("--environment")?;
        Ok(Intent::Drive {
            environment: environment.map(|one| parsed(&one)).transpose()?,
            wish,
        })
    }

    fn start(&mut self) -> Result<Intent, WordsError> {
        let slug = self.first("a slug")?;
        let id = parsed(&self.need("--id")?)?;
        let title = self.need("--title")?;
        let branch = parsed(&self.need("--branch")?)?;
        let from = parsed(&self.need("--from")?)?;
        let mut answers = Vec::new();
        while let Some(answer) = self.flag("--answer")? {
            let Some((question, text)) = answer.split_once('=') else {
                return Err(WordsError::Malformed {
                    why: format!("`{answer}` is no answer; expected QUESTION=TEXT"),
                });
            };
            answers.push(Answer {
                question: parsed(question)?,
                text: text.to_owned(),
            });
        }
        let mut commits = Vec::new();
        while let Some(commit) = self.flag("--commit")? {
            commits.push(parsed(&commit)?);
        }
        Ok(Intent::Start(StartOrder {
            id,
            slug,
            title,
            branch,
            from,
            answers,
            commits,
        }))
    }

    fn resolution(&mut self) -> Result<Resolution, WordsError> {
        let step = parsed(&self.first("a step")?)?;
        let target = parsed(&self.need("--target")?)?;
        let head = parsed(&self.need("--head")?)?;
        let commit = parsed(&self.need("--commit")?)?;
        let mut decided = Vec::new();
        while let Some(one) = self.flag("--decided")? {
            let Some((path, how)) = one.rsplit_once('=') else {
                return Err(WordsError::Malformed {
                    why: format!("`{one}` is no decision; expected PATH=HOW"),
                });
            };
            decided.push((path.to_owned(), how.to_owned()));
        }
        Ok(Resolution {
            step,
            target,
            head,
            commit,
            decided,
        })
    }

    /// Takes the next word, whatever it begins with.
    fn first(&mut self, what: &'static str) -> Result<String, WordsError> {
        if self.left.is_empty() {
            return Err(WordsError::Missing {
                verb: self.verb.clone(),
                what,
            });
        }
        Ok(self.left.remove(0))
    }

    /// Takes a flag and its value. Flags stand where a value cannot: at even places of what is left.
    fn flag(&mut self, flag: &'static str) -> Result<Option<String>, WordsError> {
        let at = (0..self.left.len())
            .step_by(2)
            .find(|at| self.left[*at] == flag);
        let Some(at) = at else {
            return Ok(None);
        };
        self.left.remove(at);
        if at == self.left.len() {
            return Err(WordsError::Missing {
                verb: self.verb.clone(),
                what: flag,
            });
        }
        Ok(Some(self.left.remove(at)))
    }

    fn need(&mut self, flag: &'static str) -> Result<String, WordsError> {
        self.flag(flag)?.ok_or_else(|| WordsError::Missing {
            verb: self.verb.clone(),
            what: flag,
        })
    }
}

fn parsed<T>(text: &str) -> Result<T, WordsError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| WordsError::Malformed {
        why: format!("`{text}`: {error}"),
    })
}

fn subject(text: &str) -> Result<Subject, WordsError> {
    match text.strip_prefix("deployment:") {
        Some(id) => Ok(Subject::Deployment(parsed(id)?)),
        None => Ok(Subject::Request(parsed(text)?)),
    }
}
