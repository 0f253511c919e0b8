//! The thin binary: words in, a front chosen, an exit code out.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use clap::Parser;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use lanekeeper::cli;
use lanekeeper::cli::Arguments;
use lanekeeper::cli::Exit;
use lanekeeper::cli::Front;
use lanekeeper::cli::Output;
use lanekeeper::cli::text::Page;
use lanekeeper::cli::text::Tone;
use lanekeeper::config::Environment;
use lanekeeper::config::Flags;
use lanekeeper::git::stay_on_this_thread;
use lanekeeper::ops::Demo;
use lanekeeper::ops::Fault;
use lanekeeper::ops::FaultKind;
use lanekeeper::ops::OpenOptions;
use lanekeeper::ops::Workspace;
use lanekeeper::store::Diary;
use lanekeeper::tui::shell;

fn main() -> ExitCode {
    keep_memory_private();
    // The console's own hook runs before this one, so that the report is read on a restored screen.
    if let Err(error) = cli::report_panics() {
        let fault = Fault::caused(
            FaultKind::Internal,
            "cannot install the panic report",
            error.as_ref(),
        );
        return cli::tell(&fault, &Output::standard(cli::Manners::default())).into();
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return cli::tell_usage(&error, wants_json()).into(),
    };
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => {
            let output = Output::standard(cli::Manners::default());
            let fault = Fault::caused(FaultKind::User, "cannot read where we are", &error)
                .hint("The current folder may be gone: cd to one that exists.");
            return cli::tell(&fault, &output).into();
        }
    };
    write_diary(&environment, arguments.verbose);
    let output = Arc::new(Output::standard(arguments.manners(&environment)));
    match start(&arguments, &environment, &output) {
        Ok(exit) => exit.into(),
        Err(fault) => cli::tell(&fault, &output).into(),
    }
}

/// Keeps tokens out of core files, and other processes of the same person from reading them here. Children write core
/// files neither.
fn keep_memory_private() {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Where the system refuses there is nothing else to do.
    let _kept = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _kept =
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Sends what is told on the way to the log file; `-v` tells more of it.
fn write_diary(environment: &Environment, verbosity: u8) {
    let Some(home) = environment.state_home() else {
        return;
    };
    let level = if verbosity > 0 {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let diary = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        // A disk without room is told where it keeps us from something, not once for every line of the log.
        .log_internal_errors(false)
        .with_writer(Mutex::new(Diary::new(&home)))
        .finish()
        .with(Targets::new().with_target("lanekeeper", level));
    // Nobody else of us tells anything elsewhere.
    let _only = diary.try_init();
}

/// Tells whether a document is wanted, where the words as a whole were not understood.
fn wants_json() -> bool {
    std::env::args_os().any(|word| word == "--json")
}

fn start(
    arguments: &Arguments,
    environment: &Environment,
    output: &Arc<Output>,
) -> Result<Exit, Fault> {
    let mut builder = if environment.wants_one_thread() {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot start the runtime", &error))?;
    let options = arguments.open_options(environment);
    let exit = match arguments.front() {
        Front::Command(command) => {
            if environment.wants_one_thread() {
                stay_on_this_thread();
            }
            let output = Arc::clone(output);
            Ok(runtime.block_on(cli::run(command, options, environment, output)))
        }
        Front::Console => {
            let options = arguments.open_options(environment);
            runtime.block_on(console(&options, environment))
        }
        Front::Demo { keep } => runtime.block_on(demo(keep, environment, output)),
    };
    // A look at git that is still under way changes nothing and must not hold the exit up.
    runtime.shutdown_timeout(Duration::from_millis(500));
    exit
}

/// Opens the console in a workspace.
async fn console(options: &OpenOptions, environment: &Environment) -> Result<Exit, Fault> {
    let workspace = Workspace::open(options, environment).await?;
    workspace.sit_down();
    shell::console(&workspace, environment, None)
        .await
        .map_err(|error| match error {
            shell::Error::Left => {
                Fault::caused(FaultKind::Unknown, "the console was left too early", &error)
                    .hint("Find out, and go on from there: lanekeeper resume")
            }
            // It is what the operator chose; nobody knows how far it came.
            shell::Error::Killed => Fault::caused(
                FaultKind::Unknown,
                "the console was left while it ran a command",
                &error,
            )
            .hint("See how far it came, and go on from there: lanekeeper status"),
            shell::Error::NoTerminal
            | shell::Error::Terminal { .. }
            | shell::Error::Draw { .. } => {
                Fault::caused(FaultKind::User, "cannot show the console", &error)
                    .hint("It needs a terminal; every command works without: lanekeeper status")
            }
        })?;
    Ok(Exit::Done)
}

/// Says where the sample project is and how commands find it.
fn demo_stays(demo: &Demo) -> Page {
    let mut page = Page::new();
    page.text(format!(
        "the sample project stays in {}; to go on there by commands:",
        demo.dir().display()
    ));
    page.item(
        Tone::Plain,
        format!(
            "export XDG_STATE_HOME='{}'",
            demo.dir().join("state").display()
        ),
    );
    page.item(
        Tone::Plain,
        format!("cd '{}'", demo.console_dir().display()),
    );
    page
}

/// Makes the sample project, brings a hotfix under way and opens the console on it.
async fn demo(
    keep: Option<&Path>,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Fault> {
    let scratch = tempfile::tempdir().map_err(|error| {
        Fault::caused(
            FaultKind::Internal,
            "cannot make a temporary folder",
            &error,
        )
    })?;
    let dir = keep.map_or_else(|| scratch.path().join("demo"), Path::to_owned);
    output.note(&Page::of(
        "making a sample project with a hotfix under way...",
    ));
    let demo = Demo::make(&dir, environment)?;
    demo.bring_under_way().await?;
    let options = OpenOptions {
        dir: demo.console_dir(),
        flags: Flags::default(),
    };
    if keep.is_none() {
        return console(&options, demo.environment()).await;
    }
    // A project that was asked for to keep is of use without a screen too: scripts make it this way.
    let has_screen = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let exit = if has_screen {
        console(&options, demo.environment()).await?
    } else {
        Exit::Done
    };
    output.note(&demo_stays(&demo));
    Ok(exit)
}
