//! Change requests and deployments: looked at, approved, rejected, talked about.

use clap::Args;

use crate::model::RequestId;
use crate::model::Role;
use crate::model::Subject;

use super::super::examples;
use super::super::values::DiffWords;
use super::super::values::diff_of;
use super::super::values::digits;
use super::super::values::subject;
use super::Handling;
use super::On;

#[derive(Debug, Args)]
pub struct Judge {
    /// A change request (`12`, `!12`, `#12`) or a deployment (`deployment:3`).
    #[arg(value_name = "ID", value_parser = subject)]
    pub subject: Subject,
    /// The seat to take, where you may take several.
    #[arg(long)]
    pub role: Option<Role>,
    /// What to say with it.
    #[arg(long)]
    pub comment: Option<String>,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
#[command(after_help = examples::APPROVE)]
pub struct Approve {
    #[command(flatten)]
    pub judge: Judge,
    /// The head that you looked at, whole or its first seven digits or more; left out, the one whose diff you opened
    /// here.
    #[arg(long, value_name = "HEAD", value_parser = digits)]
    pub seen: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = examples::DIFF)]
pub struct Diff {
    /// A change request (`12`, `!12`, `#12`), a deployment (`deployment:3`) or a commit (`commit:REV`).
    #[arg(value_name = "ID", value_parser = diff_of)]
    pub of: DiffWords,
    /// Only list the files; does not count as having looked.
    #[arg(long)]
    pub stat: bool,
    /// Say that you saw the hidden characters, by their number.
    #[arg(long, value_name = "N", conflicts_with = "stat")]
    pub saw_hidden: Option<usize>,
}

#[derive(Debug, Args)]
pub struct Comment {
    /// The change request: `12`, `!12` or `#12`.
    pub request: RequestId,
    /// What to say.
    pub text: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}
