//! Intents as the words of the command line, and back. What is printed can be pasted into a shell.

mod print;
mod read;
mod shell;

pub(super) use print::git_merge;
pub(super) use print::git_push;
pub(super) use print::git_revert;
pub(super) use print::git_reverts;
pub use print::named;
pub use read::WordsError;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::engine::intent::DriveWish;
    use crate::engine::intent::Intent;
    use crate::engine::intent::Resolution;
    use crate::engine::intent::StartOrder;
    use crate::engine::interrupted::Resuming;
    use crate::model::RequestId;
    use crate::model::Subject;
    use crate::record::Answer;

    use super::WordsError;

    fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().expect("static text")
    }

    /// Returns one intent of every kind with the same texts in it.
    fn every_kind(text: &str, number: u64) -> Vec<Intent> {
        let text = text.to_owned();
        vec![
            Intent::Start(StartOrder {
                id: parsed("20260412-x-7f3a9c"),
                slug: text.clone(),
                title: text.clone(),
                branch: parsed("hotfix/x"),
                from: parsed("preprod"),
                answers: vec![Answer {
                    question: parsed("impact"),
                    text: text.clone(),
                }],
                commits: vec![parsed(&"a1".repeat(20))],
            }),
            Intent::Do {
                step: parsed("retrofit"),
                target: Some(parsed("release/4.1")),
                note: Some(text.clone()),
                riders: Some(3),
            },
            Intent::Skip {
                step: parsed("run"),
                reason: text.clone(),
            },
            Intent::Approve {
                subject: Subject::Request(RequestId(number)),
                role: Some(parsed("tech-lead")),
                comment: Some(text.clone()),
                seen: Some(parsed(&"c3".repeat(20))),
            },
            Intent::Reject {
                subject: Subject::Deployment(parsed("d-1")),
                role: None,
                comment: Some(text.clone()),
            },
            Intent::Tick {
                item: parsed("verify"),
                note: Some(text.clone()),
            },
            Intent::Untick {
                item: parsed("verify"),
                note: text.clone(),
            },
            Intent::Note { text: text.clone() },
            Intent::Comment {
                request: RequestId(number),
                text: text.clone(),
            },
            Intent::Decide {
                step: parsed("retrofit"),
                target: parsed("integration"),
                path: text.clone(),
                note: text.clone(),
            },
            Intent::Retry {
                job: parsed("4711"),
            },
            Intent::Acknowledge {
                lane: parsed("integration"),
                note: text.clone(),
            },
            Intent::Override {
                rule: "deployment:4/tech-lead".to_owned(),
                reason: text.clone(),
            },
            Intent::Resolve(Resolution {
                step: parsed("retrofit"),
                target: parsed("integration"),
                head: parsed(&"a1".repeat(20)),
                commit: parsed(&"b2".repeat(20)),
                decided: vec![
                    (text.clone(), "target taken".to_owned()),
                    ("a=b".to_owned(), text.replace('=', ":")),
                ],
            }),
            Intent::Abandon {
                step: parsed("retrofit"),
                target: parsed("integration"),
                reason: text.clone(),
            },
            Intent::Close { note: text.clone() },
            Intent::Drive {
                environment: None,
                wish: DriveWish::Take,
            },
            Intent::Drive {
                environment: Some(parsed("production")),
                wish: DriveWish::Release,
            },
            Intent::Drive {
                environment: None,
                wish: DriveWish::HandOver { to: text.clone() },
            },
            Intent::Drive {
                environment: Some(parsed("production")),
                wish: DriveWish::TakeOver {
                    reason: text.clone(),
                },
            },
            Intent::Import { file: text },
            Intent::Archive { year: None },
            Intent::Archive {
                year: Some(u16::try_from(number % 10_000).expect("small")),
            },
            Intent::Restore,
            Intent::Resume {
                intent: parsed("01J8Z3"),
                how: Resuming::ALL[usize::try_from(number % 3).expect("small")],
            },
        ]
    }

    proptest! {
        #[test]
        fn an_intent_survives_printing_and_parsing(text in any::<String>(), number: u64) {
            for intent in every_kind(&text, number) {
                prop_assert_eq!(intent.to_string().parse(), Ok(intent));
            }
        }

        #[test]
        fn any_line_is_an_intent_or_an_error(line in any::<String>()) {
            drop(line.parse::<Intent>());
        }
    }

    #[test]
    fn texts_that_look_like_flags_stay_texts() {
        for intent in every_kind("--note", 7) {
            assert_eq!(intent.to_string().parse(), Ok(intent));
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(
            "do run --force x".parse::<Intent>(),
            Err(WordsError::Unexpected {
                verb: "do".into(),
                word: "--force".into()
            })
        );
        assert!("fly".parse::<Intent>().is_err());
        assert!("note \"open".parse::<Intent>().is_err());
    }
}
