//! The steps of a hotfix: carried out, left out, given up, run again, gone on with, and who drives.

use clap::Args;

use crate::engine::Resuming;
use crate::model::EnvironmentName;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::StepId;

use super::super::examples;
use super::Handling;
use super::On;

#[derive(Debug, Args)]
#[command(after_help = examples::DO)]
pub struct Do {
    /// The step, as `lanekeeper status` names it.
    pub step: StepId,
    #[command(flatten)]
    pub on: On,
    /// Only this lane, for a step with several targets.
    #[arg(long, value_name = "LANE")]
    pub target: Option<LaneName>,
    /// The note that a step asks for; a person is asked for it where it is left out.
    #[arg(long)]
    pub note: Option<String>,
    /// How many other changes ship along and are accepted; must be the exact number.
    #[arg(long, value_name = "N")]
    pub accept_riders: Option<usize>,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Skip {
    /// The step, as `lanekeeper status` names it.
    pub step: StepId,
    /// Why it is left out.
    #[arg(long)]
    pub reason: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Abandon {
    /// The step, as `lanekeeper status` names it.
    pub step: StepId,
    /// The lane that will not get the fix from this step.
    #[arg(long, value_name = "LANE")]
    pub target: LaneName,
    /// Why it is given up.
    #[arg(long)]
    pub reason: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Retry {
    /// The job, as the forge numbers it and `lanekeeper status` and the console name it.
    pub job: JobId,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Acknowledge {
    /// The lane in which the fix is CHANGED, or whose merge went onto another base.
    pub lane: LaneName,
    /// Why the fix is alive there as it stands, or what came in between; asked for where it is left out.
    #[arg(long, default_value = "")]
    pub note: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
#[command(after_help = examples::OVERRIDE)]
pub struct Override {
    /// The rule: a seat as CHANGE/ROLE, or `takeover`; where it is none, those that can be overridden are listed.
    pub rule: String,
    /// Why nobody else can, and why it cannot wait; it stays on record, in red.
    #[arg(long, value_name = "R")]
    pub reason: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Drive {
    /// Leave the seat.
    #[arg(long, conflicts_with_all = ["take", "to"])]
    pub release: bool,
    /// Take the seat from a driver of whom nothing was heard for 90 seconds.
    #[arg(long, conflicts_with = "to", requires = "reason")]
    pub take: bool,
    /// Why the seat is taken over; it stays on record.
    #[arg(long, value_name = "R", requires = "take")]
    pub reason: Option<String>,
    /// Offer the seat to somebody, by account or address; they accept it with `lanekeeper drive`.
    #[arg(long, value_name = "PERSON")]
    pub to: Option<String>,
    /// Which environment, where it is not production.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<EnvironmentName>,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
#[command(after_help = examples::RESUME)]
pub struct Resume {
    /// The intent, as the list names it, or the beginning of its id; if left out, the only one.
    pub intent: Option<String>,
    /// Put what was found on record, then do the rest of it: the same acts, and not the next stage.
    #[arg(long = "continue", conflicts_with_all = ["skip", "undo"])]
    pub go_on: bool,
    /// Put what was found on record, and leave it at that.
    #[arg(long, conflicts_with = "undo")]
    pub skip: bool,
    /// Take back what it made: a branch that nobody has worked on, an open change request.
    #[arg(long)]
    pub undo: bool,
    /// Send what was put on record here while the remote could not be reached.
    #[arg(long, conflicts_with_all = ["intent", "go_on", "skip", "undo"])]
    pub share: bool,
    #[command(flatten)]
    pub handling: Handling,
}

impl Resume {
    /// Returns what is to be done; none to list what there is.
    pub(in crate::cli) fn how(&self) -> Option<Resuming> {
        match (self.go_on, self.skip, self.undo) {
            (true, ..) => Some(Resuming::Continue),
            (_, true, _) => Some(Resuming::Skip),
            (.., true) => Some(Resuming::Undo),
            (false, false, false) => None,
        }
    }
}
