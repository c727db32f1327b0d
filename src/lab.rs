//! The laboratory: simulated markets, measurements of accuracy and speed, and experiments.
//!
//! Nothing in the product imports it. Its commands are part of the same binary, beside [`crate::cli`].

mod bench;
mod commands;
pub mod datasets;
mod demo;
pub mod evaluate;
pub mod honest;
pub mod neighbours;
pub mod network;
pub mod simulate;
pub mod text;

use crate::cli::runtime::block_on;
use crate::cli::{COMMAND_LOG_FILTER, CliError, SERVICE_LOG_FILTER};
use crate::instruments::DroppedLines;
use crate::telemetry::LogFormat;

/// Subcommands of the laboratory.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Show the whole service on a simulated market.
    Demo(demo::Arguments),
    /// Write the events of a simulated marketplace and their truth.
    Simulate(commands::simulate::Arguments),
    /// Measure scores against labels.
    Evaluate(commands::evaluate::Arguments),
    /// Measure ingest, assessments, start-up and memory against a baseline server.
    Bench(bench::Arguments),
    /// The baseline server of `bench`.
    #[command(hide = true)]
    BenchBaseline(bench::BaselineArguments),
}

impl Subcommand {
    /// Runs the subcommand to its end.
    pub fn run(self, format: LogFormat) -> Result<(), CliError> {
        let filter = match self {
            Self::BenchBaseline(_) => SERVICE_LOG_FILTER,
            _ => COMMAND_LOG_FILTER,
        };
        crate::telemetry::init(format, filter, None, &DroppedLines::default())?;
        match self {
            Self::Demo(arguments) => block_on(demo::run(arguments)),
            Self::Simulate(arguments) => commands::simulate::run(arguments),
            Self::Evaluate(arguments) => commands::evaluate::run(arguments),
            Self::Bench(arguments) => bench::run(arguments),
            Self::BenchBaseline(arguments) => bench::run_baseline(arguments),
        }
    }
}
