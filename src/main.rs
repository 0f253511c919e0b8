//! The thin binary: words in, a front chosen, an exit code out.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use lanekeeper::cli;
use lanekeeper::cli::Arguments;
use lanekeeper::cli::Exit;
use lanekeeper::cli::Front;
use lanekeeper::cli::Output;
use lanekeeper::config::Environment;
use lanekeeper::ops::Fault;
use lanekeeper::ops::FaultKind;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
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
    let output = Arc::new(Output::standard(arguments.manners(&environment)));
    match start(&arguments, &environment, &output) {
        Ok(exit) => exit.into(),
        Err(fault) => cli::tell(&fault, &output).into(),
    }
}

fn start(
    arguments: &Arguments,
    environment: &Environment,
    output: &Arc<Output>,
) -> Result<Exit, Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot start the runtime", &error))?;
    let options = arguments.open_options(environment);
    match arguments.front() {
        Front::Command(command) => {
            let output = Arc::clone(output);
            Ok(runtime.block_on(cli::run(command, options, environment, output)))
        }
        Front::Console | Front::Demo { .. } => Err(Fault::new(
            FaultKind::Internal,
            "the console is not joined to this binary yet",
        )),
    }
}
