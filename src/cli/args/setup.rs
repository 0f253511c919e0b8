//! This machine and this clone: the sample project, the configuration, tokens, trust, completions.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;

use super::super::examples;

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
#[command(after_help = examples::INIT)]
pub struct Init {
    /// Write without asking.
    #[arg(long)]
    pub yes: bool,
    /// Print the file instead of writing it.
    #[arg(long)]
    pub print: bool,
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
    /// PEM file of the authority that signed the host's certificate, besides the system's; kept with the login.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
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
