//! The record of a hotfix: begun, written to, closed, told, put back, carried to another place, archived.

use std::path::PathBuf;

use clap::Args;

use crate::model::BranchName;
use crate::model::HotfixId;
use crate::model::ItemId;
use crate::model::JobId;

use super::super::examples;
use super::super::values::question_and_answer;
use super::Handling;
use super::On;
use super::Which;

#[derive(Debug, Args)]
#[command(after_help = examples::START)]
pub struct Start {
    /// A short name of a-z, 0-9 and `-`, for the branch and the id.
    pub slug: String,
    /// What is broken, in one line.
    #[arg(long)]
    pub title: String,
    /// The playbook to follow instead of the project's own.
    #[arg(long)]
    pub playbook: Option<String>,
    /// The lane to cut the branch from instead of the playbook's choice.
    #[arg(long, value_name = "LANE")]
    pub from: Option<String>,
    /// Start from commits that exist, oldest first, instead of an empty branch.
    #[arg(long, value_name = "A..B")]
    pub commits: Option<String>,
    /// One of the commits to start from, oldest first; may be given several times.
    #[arg(long = "commit", value_name = "COMMIT", conflicts_with = "commits")]
    pub commit: Vec<String>,
    /// The id, instead of one made of date and slug.
    #[arg(long)]
    pub id: Option<HotfixId>,
    /// The branch, instead of the playbook's.
    #[arg(long)]
    pub branch: Option<BranchName>,
    /// The answer to a question that the playbook asks; may be given several times.
    #[arg(long = "answer", value_name = "QUESTION=TEXT", value_parser = question_and_answer)]
    pub answers: Vec<(String, String)>,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Tick {
    /// The item, as `lanekeeper status` names it.
    pub item: ItemId,
    /// What was seen, or where it is written down.
    #[arg(long)]
    pub note: Option<String>,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Untick {
    /// The item, as `lanekeeper status` names it.
    pub item: ItemId,
    /// Why it no longer holds.
    #[arg(long)]
    pub note: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
#[command(after_help = examples::NOTE)]
pub struct Note {
    /// What happened.
    pub text: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Close {
    #[command(flatten)]
    pub which: Which,
    /// How it ended; needed where steps are still open.
    #[arg(long, default_value = "")]
    pub note: String,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Log {
    #[command(flatten)]
    pub which: Which,
    /// The log of this job, as far as the forge hands it out; by the number that `status` and `retry` have.
    #[arg(long, value_name = "JOB", conflicts_with_all = ["hotfix", "flag"])]
    pub job: Option<JobId>,
}

#[derive(Debug, Args)]
pub struct Report {
    #[command(flatten)]
    pub which: Which,
    /// Write to this file instead of printing.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = examples::EXPORT)]
pub struct Export {
    #[command(flatten)]
    pub which: Which,
    /// Write both files into this folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = examples::ARCHIVE)]
pub struct Archive {
    /// Archive what was closed in this year, which may be the present one; without it, all that was closed before the
    /// present one.
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(u16).range(1970..=9999))]
    pub year: Option<u16>,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Import {
    /// The file: HOTFIX-ID.jsonl or HOTFIX-ID.bundle, as `export` writes them.
    pub file: PathBuf,
    #[command(flatten)]
    pub handling: Handling,
}
