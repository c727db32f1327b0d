//! The command line; one file a subcommand.

use std::io::Write as _;

/// Prints a line of a running account, as `println!` does, but that nobody reads on is no panic.
macro_rules! tell {
    () => { $crate::cli::tell(format_args!("")) };
    ($($part:tt)*) => { $crate::cli::tell(format_args!($($part)*)) };
}

mod backup;
mod bench;
mod client;
mod config;
mod demo;
mod erase;
mod evaluate;
mod fit;
mod import;
mod local;
mod models;
mod parent;
mod report;
mod restore;
mod serve;
mod signals;
mod simulate;
mod status;

use crate::telemetry::LogFormat;

/// What a subcommand may fail with: every message names what to do or where to look.
pub type CliError = Box<dyn std::error::Error + Send + Sync>;

/// Scores review-manipulation risk for e-commerce platforms and the small sellers on them.
#[derive(Debug, clap::Parser)]
#[command(
    name = "goodstanding",
    version,
    after_help = "Exit codes: 0 done, 1 the work failed or is incomplete, 2 wrong usage."
)]
pub struct Command {
    /// How log lines on stderr look.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub log_format: LogFormat,
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Show the main job end to end on a simulated market.
    Demo(demo::Arguments),
    /// Measure ingest, assessments, start-up and memory against an empty server.
    Bench(bench::Arguments),
    /// The empty server that `bench` measures against.
    #[command(hide = true)]
    BenchBaseline(bench::BaselineArguments),
    /// Serve over gRPC.
    Serve(serve::Arguments),
    /// Check a configuration, or show it.
    Config(config::Arguments),
    /// Bring outside data into a running service, or into a directory.
    Import(import::Arguments),
    /// Write the events of a simulated marketplace, and the truth about them.
    Simulate(simulate::Arguments),
    /// Say in words how a subject stands, or which ones stand worst.
    Report(report::Arguments),
    /// Measure scores against labels.
    Evaluate(evaluate::Arguments),
    /// Learn a model from labels, or from the verdicts of a service.
    Fit(fit::Arguments),
    /// List, import, activate, compare and measure model versions.
    Models(models::Arguments),
    /// List the signals: what each measures, and what it may indicate.
    Signals(signals::Arguments),
    /// Write a backup of a running service, or of a directory.
    Backup(backup::Arguments),
    /// Make a store of a backup, or check one.
    Restore(restore::Arguments),
    /// Erase reviewers: their texts, stars and links.
    Erase(erase::Arguments),
    /// Say how a service or a directory stands.
    Status(status::Arguments),
}

impl Command {
    /// What is logged unless `GOODSTANDING_LOG` says otherwise: services tell what they do, commands
    /// print their result.
    pub const fn log_filter(&self) -> &'static str {
        match self.subcommand {
            Subcommand::Serve(_) | Subcommand::BenchBaseline(_) => "warn,goodstanding=info",
            _ => "warn",
        }
    }

    /// Runs the subcommand to its end.
    pub fn run(self) -> Result<(), CliError> {
        let (format, filter) = (self.log_format, self.log_filter());
        if !matches!(self.subcommand, Subcommand::Serve(_)) {
            crate::telemetry::init(format, filter, None)?;
        }
        match self.subcommand {
            Subcommand::Serve(arguments) => serve::run(arguments, format, filter),
            Subcommand::Backup(arguments) => backup::run(arguments),
            Subcommand::Restore(arguments) => restore::run(arguments),
            Subcommand::Erase(arguments) => erase::run(arguments),
            Subcommand::Bench(arguments) => bench::run(arguments),
            Subcommand::BenchBaseline(arguments) => bench::run_baseline(arguments),
            Subcommand::Config(arguments) => config::run(arguments),
            Subcommand::Demo(arguments) => demo::run(arguments),
            Subcommand::Evaluate(arguments) => evaluate::run(arguments),
            Subcommand::Import(arguments) => import::run(arguments),
            Subcommand::Report(arguments) => report::run(arguments),
            Subcommand::Simulate(arguments) => simulate::run(arguments),
            Subcommand::Fit(arguments) => fit::run(arguments),
            Subcommand::Models(arguments) => models::run(arguments),
            Subcommand::Signals(arguments) => signals::run(&arguments),
            Subcommand::Status(arguments) => status::run(arguments),
        }
    }
}

/// Prints a result. That nobody reads on, as behind `| head`, is no failure.
fn say(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a line; what comes later goes on where it cannot be printed.
fn tell(words: std::fmt::Arguments<'_>) {
    if let Err(error) = say(&format!("{words}\n")) {
        eprintln!("goodstanding: a line could not be printed: {error}");
    }
}
