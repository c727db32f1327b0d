//! The command line; one file a subcommand.

mod client;
mod demo;
mod evaluate;
mod fit;
mod import;
mod report;
mod serve;
mod simulate;
mod status;

use crate::telemetry::LogFormat;

/// What a subcommand may fail with: every message names what to do or where to look.
pub type CliError = Box<dyn std::error::Error + Send + Sync>;

/// Scores review-manipulation risk for e-commerce platforms and the small sellers on them.
#[derive(Debug, clap::Parser)]
#[command(name = "goodstanding", version)]
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
    /// Serve over gRPC.
    Serve(serve::Arguments),
    /// Bring outside data into a running service.
    Import(import::Arguments),
    /// Write the events of a simulated marketplace, and the truth about them.
    Simulate(simulate::Arguments),
    /// Say in words how a subject stands, or which ones stand worst.
    Report(report::Arguments),
    /// Measure scores against labels.
    Evaluate(evaluate::Arguments),
    /// Learn a model from labels.
    Fit(fit::Arguments),
    /// Say how a running service stands.
    Status(status::Arguments),
}

impl Command {
    /// Runs the subcommand to its end.
    pub fn run(self) -> Result<(), CliError> {
        match self.subcommand {
            Subcommand::Serve(arguments) => serve::run(arguments),
            Subcommand::Demo(arguments) => demo::run(arguments),
            Subcommand::Evaluate(arguments) => evaluate::run(arguments),
            Subcommand::Import(arguments) => import::run(arguments),
            Subcommand::Report(arguments) => report::run(arguments),
            Subcommand::Simulate(arguments) => simulate::run(arguments),
            Subcommand::Fit(arguments) => fit::run(arguments),
            Subcommand::Status(arguments) => status::run(arguments),
        }
    }
}
