//! The conflicts of a target: decided as they stand, or resolved path by path.

use std::path::PathBuf;

use clap::Args;

use crate::engine::resolve::Source;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::StepId;

use super::super::examples;
use super::super::values::path_and_side;
use super::super::values::path_and_words;
use super::Handling;
use super::On;

#[derive(Debug, Args)]
#[command(after_help = examples::DECIDE)]
pub struct Decide {
    /// The step, as `lanekeeper status` names it.
    pub step: StepId,
    /// The lane whose branch has the conflict.
    #[arg(long, value_name = "LANE")]
    pub target: LaneName,
    /// The conflicted path.
    #[arg(long)]
    pub path: String,
    /// Why it is right as it stands; asked for where it is left out.
    #[arg(long, default_value = "")]
    pub note: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
#[command(after_help = examples::RESOLVE)]
pub struct Resolve {
    /// The step, as `lanekeeper status` names it.
    pub step: StepId,
    /// The lane whose branch has the conflicts.
    #[arg(long, value_name = "LANE")]
    pub target: LaneName,
    /// Take a path, or one hunk of it (`PATH#2`), from a side: target, fix, both or both-fix-first; or a whole path as a merge
    /// driver of this clone makes it, where that is offered: driver; may be given several times.
    #[arg(long, value_name = "PATH=SIDE", value_parser = path_and_side)]
    pub take: Vec<(String, Source)>,
    /// Take this path away; may be given several times.
    #[arg(long, value_name = "PATH")]
    pub delete: Vec<String>,
    /// The path that --with, --edit or --tool is about.
    #[arg(long)]
    pub path: Option<String>,
    /// Decide --path with the content of this file.
    #[arg(long, value_name = "FILE", requires = "path")]
    pub with: Option<PathBuf>,
    /// Confirm everything that was decided before and is offered again.
    #[arg(long)]
    pub reuse: bool,
    /// Open what is not decided in your editor, in a fresh folder outside of the clone.
    #[arg(long)]
    pub edit: bool,
    /// Open it in the merge tool of your git configuration, or in this one.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", conflicts_with = "edit")]
    pub tool: Option<String>,
    /// Plan and push what is decided; said by itself where the last path is decided.
    #[arg(long)]
    pub finish: bool,
    /// Run the project's checks on exactly what would be pushed, before anything is; with --finish it is pushed only where
    /// all of them pass.
    #[arg(long, conflicts_with_all = ["drop", "commit"])]
    pub test: bool,
    /// Forget what was decided so far.
    #[arg(long, conflicts_with_all = ["take", "delete", "with", "reuse", "edit", "tool", "finish"])]
    pub drop: bool,
    /// The head on which a plan was made, as it printed it.
    #[arg(long, value_name = "COMMIT", requires = "commit")]
    pub head: Option<CommitId>,
    /// The commit that a plan pushes, as it printed it.
    #[arg(long, value_name = "COMMIT", requires = "head")]
    pub commit: Option<CommitId>,
    /// How a path was decided, as a plan printed it; may be given several times.
    #[arg(long, value_name = "PATH=HOW", requires = "commit", value_parser = path_and_words)]
    pub decided: Vec<(String, String)>,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}
