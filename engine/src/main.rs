//! The program: a role by its argument, or by its handler as a Lambda function, then what the role does.

use std::{io::Write, process::ExitCode, sync::Arc};

use engine::{configuration::Configuration, environment::variable, metric::Meter, role::Role, run};

/// The exit code of wrong usage and of a wrong environment; a failed job ends with 1.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let given = std::env::args().nth(1).or_else(|| variable("_HANDLER"));
    let Some(given) = given else { return refuse(&"say which role: engine api|crm|ingest|migrate|propose|route") };
    let configuration = match given.parse::<Role>() {
        Ok(role) => Configuration::read(role, variable),
        Err(error) => return refuse(&error),
    };
    let configuration = match configuration {
        Ok(configuration) => configuration,
        Err(faults) => return refuse(&faults),
    };
    // Metrics have standard output to themselves; the log goes beside them, one JSON object a line.
    let filter = configuration.known("LOG").to_owned();
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let meter = Arc::new(Meter::new(std::io::stdout()));
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    let lambda = variable("AWS_LAMBDA_RUNTIME_API").is_some();
    match runtime.block_on(run::run(configuration, meter, lambda)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "failed");
            ExitCode::FAILURE
        }
    }
}

fn refuse(why: &dyn std::fmt::Display) -> ExitCode {
    let _nobody_reads = writeln!(std::io::stderr(), "engine: {why}");
    ExitCode::from(USAGE)
}
