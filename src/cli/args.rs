//! The words of the command line (design.md 5). Help, completions and the man page are made from here.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;

use crate::engine::Resuming;
use crate::engine::resolve::Take;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::ItemId;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::playbook::ConflictPolicy;

use super::examples;
use super::values::DiffWords;
use super::values::diff_of;
use super::values::digits;
use super::values::path_and_side;
use super::values::path_and_words;
use super::values::policy;
use super::values::question_and_answer;
use super::values::subject;

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
    /// Shows the conflicts of a target, decides them, and pushes the result once nothing is open.
    Resolve(Resolve),
    /// Runs one job that failed or was cancelled once more.
    #[command(after_help = examples::RETRY)]
    Retry(Retry),
    /// Keeps a conflicted path as it stands in the branch's present head.
    Decide(Decide),
    /// Accepts the fix as it stands in a lane where it is CHANGED, until those files change again.
    Acknowledge(Acknowledge),
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
    /// Shows the timeline of a hotfix.
    Log(Which),
    /// Writes a post-mortem draft in Markdown.
    Report(Report),
    /// Writes the record to files: as JSON lines, and as a git bundle.
    Export(Export),
    /// Adds what an exported file holds and the record lacks; never overwrites, and adds nothing twice.
    #[command(after_help = examples::IMPORT)]
    Import(Import),
    /// Looks for what could go wrong here: git, remote, configuration, rights.
    Doctor,
    /// Checks the configuration, prints its schema, or says where it is read from.
    Config(Config),
    /// Signs in to a forge: tries a token, then keeps it in the keyring or, if you agree, in a private file.
    Login(Login),
    /// Forgets the token that `login` kept.
    Logout(Logout),
    /// Accepts the commands in the team's lanekeeper.toml as they are now.
    Trust(Trust),
    /// Prints a completion script for a shell.
    Completions(Completions),
    /// Prints the manual page.
    Man,
}

#[derive(Debug, Args)]
#[command(after_help = examples::DEMO)]
pub struct Demo {
    /// Make the sample project in this folder, which must be empty or new, and keep it.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Run a whole hotfix without a screen: build-run if not named; exits 0 only if every step is done.
    #[arg(long, value_name = "PLAYBOOK", num_args = 0..=1, default_missing_value = "build-run")]
    pub play: Option<String>,
}

#[derive(Debug, Args)]
pub struct Lanes {
    /// Also show where the newest N fixes of the RUN lanes are: the commits of each lane's own line since it left BUILD,
    /// a merge as one fix, promotions left out.
    #[arg(long, value_name = "N")]
    pub fixes: Option<usize>,
}

#[derive(Debug, Args)]
#[command(after_help = examples::INIT)]
pub struct Init {
    /// Write without asking.
    #[arg(long)]
    pub yes: bool,
    /// Print the file instead of writing it.
    #[arg(long)]
    pub print: bool,
}

/// What to do with a plan once it is made.
#[derive(Debug, Clone, Default, Args)]
pub struct Handling {
    /// Show the exact calls and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Carry out without asking.
    #[arg(long)]
    pub yes: bool,
    /// The production environment that this may change; together with --yes it replaces typing the name.
    #[arg(long, value_name = "ENVIRONMENT")]
    pub confirm: Option<EnvironmentName>,
}

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
pub struct Which {
    /// Its id, the beginning of it, its slug or its branch; if left out, the only open one.
    pub hotfix: Option<String>,
}

/// The hotfix that a command is about, as a flag.
#[derive(Debug, Clone, Default, Args)]
pub struct On {
    /// Its id, the beginning of it, its slug or its branch; if left out, the only open one.
    #[arg(long, value_name = "HOTFIX")]
    pub hotfix: Option<String>,
}

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
    /// The note that a step asks for.
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
#[command(after_help = examples::PREFLIGHT)]
pub struct Preflight {
    /// Commits to carry, or a hotfix by its id; a merge commit counts against its first parent.
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
    /// Build again, under a new name, where the change request was closed without a merge.
    #[arg(long)]
    pub start_over: bool,
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
    /// Why it is right as it stands.
    #[arg(long)]
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
    /// Take a path, or one hunk of it (`PATH#2`), from a side: target, fix, both or both-fix-first; may be given several times.
    #[arg(long, value_name = "PATH=SIDE", value_parser = path_and_side)]
    pub take: Vec<(String, Take)>,
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

#[derive(Debug, Args)]
pub struct Acknowledge {
    /// The lane in which the fix is CHANGED.
    pub lane: LaneName,
    /// Why the fix is alive there as it stands.
    #[arg(long)]
    pub note: String,
    #[command(flatten)]
    pub on: On,
    #[command(flatten)]
    pub handling: Handling,
}

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
pub struct Requests {
    /// The commit, a branch or a tag.
    #[arg(value_name = "REV")]
    pub rev: String,
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

#[derive(Debug, Args)]
pub struct Close {
    /// How it ended; needed where steps are still open.
    #[arg(long, default_value = "")]
    pub note: String,
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
pub struct Restore {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
#[command(after_help = examples::RESUME)]
pub struct Resume {
    /// The intent, as the list names it, or the beginning of its id; if left out, the only one.
    pub intent: Option<String>,
    /// Put what was found on record, then plan the rest anew and carry it out.
    #[arg(long = "continue", conflicts_with_all = ["skip", "undo"])]
    pub go_on: bool,
    /// Put what was found on record, and leave it at that.
    #[arg(long, conflicts_with = "undo")]
    pub skip: bool,
    /// Take back what it made: a branch that nobody has worked on, an open change request.
    #[arg(long)]
    pub undo: bool,
    #[command(flatten)]
    pub handling: Handling,
}

impl Resume {
    /// Returns what is to be done; none to list what there is.
    pub(super) fn how(&self) -> Option<Resuming> {
        match (self.go_on, self.skip, self.undo) {
            (true, ..) => Some(Resuming::Continue),
            (_, true, _) => Some(Resuming::Skip),
            (.., true) => Some(Resuming::Undo),
            (false, false, false) => None,
        }
    }
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
pub struct Import {
    /// The file: HOTFIX-ID.jsonl or HOTFIX-ID.bundle, as `export` writes them.
    pub file: PathBuf,
    #[command(flatten)]
    pub handling: Handling,
}

#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    pub what: ConfigCommand,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Reads everything and reports every mistake at once, then each value with where it comes from.
    Check,
    /// Prints the JSON schema of lanekeeper.toml.
    Schema,
    /// Says which files are read.
    Path,
}

#[derive(Debug, Args)]
#[command(after_help = examples::LOGIN)]
pub struct Login {
    /// The forge's host, or its web address where projects lie below a path; the remote's if left out.
    pub host: Option<String>,
    /// Which forge it is; asked of the host if left out.
    #[arg(long, value_name = "KIND", value_parser = ["gitlab", "github", "gitea", "forgejo"])]
    pub forge: Option<String>,
    /// Read the token from standard input instead of asking for it.
    #[arg(long)]
    pub with_token: bool,
    /// Keep the token in a file that only you can read, instead of the keyring.
    #[arg(long)]
    pub in_file: bool,
}

#[derive(Debug, Args)]
pub struct Logout {
    /// The forge's host; the remote's if left out.
    pub host: Option<String>,
}

#[derive(Debug, Args)]
pub struct Trust {
    /// Accept without asking.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell to print it for.
    pub shell: clap_complete::Shell,
}
