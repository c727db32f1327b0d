//! Makes a store of a backup, or checks that the backup is complete.

use std::path::PathBuf;

use super::{CliError, print};
use crate::backup::{self, Summary};

/// Options of `restore`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The backup.
    file: PathBuf,
    /// Directory for the store, empty or not existing.
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    data: Option<PathBuf>,
    /// Only check every checksum; write nothing.
    #[arg(long, conflicts_with = "data")]
    check: bool,
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::unused_async, reason = "signals need a runtime")]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    super::prepare_for_store();
    let Arguments {
        file,
        data,
        check: _,
    } = arguments;
    let (done, summary) = match &data {
        Some(data) => ("restored", backup::restore(&file, data)?),
        None => ("whole", backup::verify(&file)?),
    };
    let Summary {
        log_sequence,
        event_count,
        sha256,
        has_key,
    } = summary;
    let key = if has_key {
        "\nkey         needed: its reviewer ids are pseudonyms"
    } else {
        ""
    };
    print(&format!(
        "{done:<12}{event_count} events in {log_sequence} log records\nsha256      {sha256}{key}\n"
    ))
}
