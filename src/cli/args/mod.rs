//! The words of the command line (design.md 5). Help, completions and the man page are made from here.
//! The commands and what many of them take stand here, the words of each with those of its kind.

mod approvals;
mod commits;
mod conflicts;
mod record;
mod setup;
mod steps;

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;

use crate::model::EnvironmentName;

pub(super) use approvals::Approve;
pub(super) use approvals::Comment;
pub(super) use approvals::Diff;
pub(super) use approvals::Judge;
pub(super) use commits::Backport;
pub(super) use commits::Lanes;
pub(super) use commits::Preflight;
pub(super) use commits::Prove;
pub(super) use commits::Requests;
pub(super) use conflicts::Decide;
pub(super) use conflicts::Resolve;
pub(super) use record::Archive;
pub(super) use record::Close;
pub(super) use record::Export;
pub(super) use record::Import;
pub(super) use record::Log;
pub(super) use record::Note;
pub(super) use record::Report;
pub(super) use record::Restore;
pub(super) use record::Start;
pub(super) use record::Tick;
pub(super) use record::Untick;
pub(super) use setup::Completions;
pub(super) use setup::Config;
pub(super) use setup::ConfigCommand;
pub(super) use setup::Demo;
pub(super) use setup::Init;
pub(super) use setup::Login;
pub(super) use setup::Logout;
pub(super) use setup::Trust;
pub(super) use steps::Abandon;
pub(super) use steps::Acknowledge;
pub(super) use steps::Do;
pub(super) use steps::Drive;
pub(super) use steps::Override;
pub(super) use steps::Resume;
pub(super) use steps::Retry;
pub(super) use steps::Skip;

use super::examples;

/// Where help lists the options that every command takes.
const EVERYWHERE: &str = "Options of every command";

/// A terminal release console for production hotfixes.
///
/// Without a command it opens the console in this repository.
#[derive(Debug, Parser)]
#[command(
    name = "lanekeeper",
    version,
    after_help = examples::EXIT_CODES
)]
pub struct Arguments {
    /// Work in this folder instead of the current one.
    #[arg(short = 'C', value_name = "DIR", global = true, help_heading = EVERYWHERE)]
    pub dir: Option<PathBuf>,
    /// Read the team's configuration from this file instead of lanekeeper.toml.
    #[arg(long, value_name = "FILE", global = true, help_heading = EVERYWHERE)]
    pub config: Option<PathBuf>,
    /// Print one JSON document and nothing else.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    /// Print without colour (as with NO_COLOR set).
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub no_color: bool,
    /// Print and draw with ASCII characters only.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub ascii: bool,
    /// Say more: calls as they are made, lines of jobs; `log` adds the account of every call.
    #[arg(short = 'v', long, global = true, help_heading = EVERYWHERE, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// One command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Opens the console on a sample project made on the spot, or plays a hotfix on it.
    Demo(Demo),
    /// Finds the lanes of this repository, shows them, asks, and writes lanekeeper.toml.
    Init(Init),
    /// Shows lanes, what lies between them, open hotfixes, and where each fix is present.
    Lanes(Lanes),
    /// Opens a hotfix: its branch is cut from the right lane and its record begins.
    Start(Start),
    /// Shows the steps of a hotfix with why they stand as they stand, and the checklist.
    Status(Which),
    /// Shows what can be done now, and by whom.
    Next(Which),
    /// Plans a step's next stage, shows the exact calls, asks, and carries them out.
    Do(Do),
    /// Leaves a step out, with the reason on record.
    Skip(Skip),
    /// Tells whether commits or a hotfix would apply in other lanes, before anything is built.
    Preflight(Preflight),
    /// Proves that fixes are in the lanes, and that the next promotions keep them.
    Prove(Prove),
    /// Carries a merged commit into other lanes, without a hotfix: for a job in CI.
    Backport(Backport),
    /// Gives up one target of a step, with the reason on record.
    Abandon(Abandon),
    /// Shows the conflicts of a target, decides them, and pushes the result once nothing is open. What is decided is kept on this
    /// machine at once, with --dry-run too.
    Resolve(Resolve),
    /// Runs one job that failed or was cancelled once more.
    #[command(after_help = examples::RETRY)]
    Retry(Retry),
    /// Keeps a conflicted path as it stands in the branch's present head.
    Decide(Decide),
    /// Accepts the fix as it stands in a lane where it is CHANGED, until those files change again; or a merge into the
    /// lane that went onto another base.
    Acknowledge(Acknowledge),
    /// Lifts one seat that nobody can take by the rule about two persons, for one head; or co-signs a takeover of the
    /// driver's seat. Never one's own.
    Override(Override),
    /// Shows what waits for approval: by you, by others, and what you have approved.
    Approvals,
    /// Shows what a change request, deployment or commit changes; approving needs that it was looked at.
    Diff(Diff),
    /// Shows which change requests have a commit: which one brought it into its lane.
    Requests(Requests),
    /// Approves a change request or deployment, for exactly the head that was looked at.
    Approve(Approve),
    /// Rejects a change request or deployment.
    #[command(after_help = examples::REJECT)]
    Reject(Judge),
    /// Ticks a checklist item.
    Tick(Tick),
    /// Takes a tick back, with a note why.
    Untick(Untick),
    /// Puts a note on the timeline.
    Note(Note),
    /// Comments on a change request.
    Comment(Comment),
    /// Closes a hotfix, done or given up.
    Close(Close),
    /// Takes the driver's seat of an environment, leaves it, hands it over, takes it over.
    #[command(after_help = examples::DRIVE)]
    Drive(Drive),
    /// Lists what was interrupted on this machine with what was found of it, and goes on, leaves it, or takes it back.
    Resume(Resume),
    /// Puts back what a record that was rewritten or deleted has lost, behind an alarm.
    Restore(Restore),
    /// Shows the timeline of a hotfix, or what a job of its go-live or of a check wrote.
    Log(Log),
    /// Writes a post-mortem draft in Markdown.
    Report(Report),
    /// Writes the record to files: as JSON lines, and as a git bundle.
    Export(Export),
    /// Adds what an exported file holds and the record lacks; never overwrites, and adds nothing twice.
    #[command(after_help = examples::IMPORT)]
    Import(Import),
    /// Gathers closed hotfixes of earlier years in an archive, and takes their refs away.
    Archive(Archive),
    /// Looks for what could go wrong here: git, remote, configuration, rights.
    Doctor,
    /// Checks the configuration, prints its schema, or says where it is read from.
    Config(Config),
    /// Signs in to a forge: tries a token, then keeps it in the keyring or, if you agree, in a private file.
    Login(Login),
    /// Forgets the token that `login` kept.
    Logout(Logout),
    /// Accepts the team's commands, and the merge drivers of this clone, as they are now.
    Trust(Trust),
    /// Prints a completion script for a shell.
    Completions(Completions),
    /// Prints the manual page.
    Man,
}

/// What to do with a plan once it is made.
#[derive(Debug, Clone, Default, Args)]
pub struct Handling {
    /// Show the exact calls and make none of them.
    #[arg(long)]
    pub dry_run: bool,
    /// Carry out without asking.
    #[arg(long)]
    pub yes: bool,
    /// The production environment that this may change, or the lane that it may leave without the fix; together with --yes
    /// it replaces typing the name.
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<EnvironmentName>,
}

#[derive(Debug, Args)]
pub struct Which {
    /// Its id, the beginning of it, its slug or its branch; if left out, the only open one: a hotfix before a backport.
    pub hotfix: Option<String>,
    /// The same, as commands take it whose first word is something else.
    #[arg(long = "hotfix", value_name = "HOTFIX", conflicts_with = "hotfix")]
    pub flag: Option<String>,
}

impl Which {
    /// Returns what was said, in whichever form.
    pub(super) fn words(&self) -> Option<&str> {
        self.hotfix.as_deref().or(self.flag.as_deref())
    }
}

/// The hotfix that a command is about, as a flag.
#[derive(Debug, Clone, Default, Args)]
pub struct On {
    /// Its id, the beginning of it, its slug or its branch; if left out, the only open one: a hotfix before a backport.
    #[arg(long, value_name = "HOTFIX")]
    pub hotfix: Option<String>,
}
