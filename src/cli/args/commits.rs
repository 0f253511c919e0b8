//! Commits and the lanes that have them: seen, proved, foretold, carried.

use clap::Args;

use crate::playbook::ConflictPolicy;

use super::super::examples;
use super::super::values::count;
use super::super::values::policy;
use super::Handling;

#[derive(Debug, Args)]
pub struct Lanes {
    /// Also show where the newest N fixes of the RUN lanes are: the commits of each lane's own line since it left BUILD,
    /// a merge as one fix, promotions left out.
    #[arg(long, value_name = "N", value_parser = count)]
    pub fixes: Option<usize>,
}

#[derive(Debug, Args)]
#[command(after_help = examples::PREFLIGHT)]
pub struct Preflight {
    /// Commits to carry, ranges A..B, or a hotfix by its id; a merge commit counts against its first parent.
    #[arg(
        value_name = "REV",
        required_unless_present = "batch",
        conflicts_with = "batch"
    )]
    pub revs: Vec<String>,
    /// Where to: lanes or revisions; every BUILD lane if left out, the targets of a hotfix for a hotfix.
    #[arg(long, value_name = "LANE|REV", num_args = 1.., conflicts_with = "batch")]
    pub into: Vec<String>,
    /// Read lines of `COMMIT TARGET` and write one JSON line for each, in the same order.
    #[arg(long)]
    pub batch: bool,
    /// Run the merge drivers configured in this clone as well, which executes their commands.
    #[arg(long, conflicts_with = "batch")]
    pub with_driver: bool,
}

#[derive(Debug, Args)]
#[command(after_help = examples::PROVE)]
pub struct Prove {
    /// Fixes: commits, ranges A..B, or a hotfix by its id; a merge commit counts against its first parent.
    #[arg(
        value_name = "REV",
        required_unless_present = "batch",
        conflicts_with = "batch"
    )]
    pub revs: Vec<String>,
    /// Where to look: lanes or revisions; every lane if left out.
    #[arg(long = "in", value_name = "LANE|REV", num_args = 1.., conflicts_with = "batch")]
    pub places: Vec<String>,
    /// Read lines of `COMMIT TARGET` and write one JSON line for each, in the same order.
    #[arg(long)]
    pub batch: bool,
}

#[derive(Debug, Args)]
#[command(after_help = examples::BACKPORT)]
pub struct Backport {
    /// The commit to carry, a merge (picked against its first parent, which must be the RUN side), or a range A..B.
    #[arg(value_name = "REV")]
    pub rev: String,
    /// The lanes that must have it.
    #[arg(long, value_name = "LANE", required = true, num_args = 1..)]
    pub into: Vec<String>,
    /// Pick the commits of a merge one by one instead of the merge as a whole.
    #[arg(long)]
    pub per_commit: bool,
    /// What happens on a conflict; the project's own backport step says so if left out.
    #[arg(long, value_parser = policy, value_name = "draft-with-markers|empty-commit|fail|local|two-branch")]
    pub policy: Option<ConflictPolicy>,
    /// Build again, under a new name, where the change request was closed without a merge, or was merged and the fix is
    /// not there; carry on under another record where the one of an earlier run is closed.
    #[arg(long)]
    pub start_over: bool,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Requests {
    /// The commit, a branch or a tag.
    #[arg(value_name = "REV")]
    pub rev: String,
}
