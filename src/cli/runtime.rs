//! The runtime of a command. Too little room for it is an error, and no panic.

use std::num::NonZero;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

use super::CliError;
use crate::threads::room;

/// Threads of a service beside the runtime's workers: those of the engine, of the store and of the
/// first calls.
const THREADS_BESIDE: usize = 24;

/// Makes a runtime with a worker for each processor, once there is room for all threads of a start.
pub(super) fn runtime() -> Result<Runtime, CliError> {
    let workers = available_parallelism().map_or(1, NonZero::get);
    room::check(workers + THREADS_BESIDE)?;
    let built = Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build();
    Ok(built.map_err(|error| format!("the runtime could not start: {error}"))?)
}

/// Runs a command to its end.
pub(crate) fn block_on(
    command: impl Future<Output = Result<(), CliError>>,
) -> Result<(), CliError> {
    runtime()?.block_on(command)
}
