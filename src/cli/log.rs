//! Checks the log of a store, and saves what a damaged one still has.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CliError, print};
use crate::journal::{self, Journal, SalvageReport};
use crate::store::{self, FileStore, LogReport, Store as _};

/// Memory of the new store's cache, in bytes.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Options of `log`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Read the whole log and check every record. Nothing is changed.
    Verify {
        /// The store's directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Print JSON instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Copy what a damaged log still has into a new store, and say what is lost. The damaged store
    /// is not changed.
    Salvage {
        /// The damaged store's directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// A directory that is empty or not there yet.
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
    },
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::unused_async, reason = "signals need a runtime")]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    match arguments.action {
        Action::Verify { data, json } => {
            let report = store::verify_log(&data)?;
            print(&if json {
                verified_json(&report)
            } else {
                verified(&report)
            })
        }
        Action::Salvage { data, into } => {
            super::prepare_for_store();
            let report = salvage(&data, &into)?;
            print(&salvaged(&report))?;
            if report.lost.is_empty() && report.marked.is_some() {
                return Ok(());
            }
            Err("not everything could be saved".into())
        }
    }
}

/// Fills a store aside, which appears when it is complete.
fn salvage(data: &Path, into: &Path) -> Result<SalvageReport, CliError> {
    if FileStore::is_in(into)
        || into
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(format!("{} is not empty", into.display()).into());
    }
    let parent = into
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let aside = tempfile::Builder::new()
        .prefix(".goodstanding-salvage-")
        .tempdir_in(parent)?;
    let report = fill(data, aside.path())?;
    std::fs::rename(aside.path(), into)?;
    std::fs::File::open(parent)?.sync_all()?;
    Ok(report)
}

fn fill(data: &Path, aside: &Path) -> Result<SalvageReport, CliError> {
    let fresh = Arc::new(FileStore::open(aside, CACHE_BYTES)?);
    let journal = Journal::open(Arc::clone(&fresh) as Arc<dyn store::Store>)?;
    let report = journal::salvage(data, &journal)?;
    for (name, value) in store::notes_in(data) {
        fresh.put_note(&name, Some(&value))?;
    }
    Ok(report)
}

fn verified(report: &LogReport) -> String {
    let LogReport {
        end,
        marked,
        segments,
        bytes,
        torn_bytes,
    } = report;
    format!(
        "the log is whole\n\
         events        {} in {} records\n\
         acknowledged  {} in {} records\n\
         files         {segments}, {bytes} bytes\n\
         torn          {torn_bytes} bytes of a write that was not acknowledged\n",
        end.events, end.sequence, marked.events, marked.sequence
    )
}

fn verified_json(report: &LogReport) -> String {
    let value = serde_json::json!({
        "event_count": report.end.events,
        "log_sequence": report.end.sequence,
        "acknowledged_event_count": report.marked.events,
        "acknowledged_log_sequence": report.marked.sequence,
        "files": report.segments,
        "size_bytes": report.bytes,
        "torn_bytes": report.torn_bytes,
    });
    format!("{value:#}\n")
}

fn salvaged(report: &SalvageReport) -> String {
    let mut lines = vec![format!(
        "saved  {} events in {} records",
        report.events, report.records
    )];
    for lost in &report.lost {
        lines.push(format!(
            "lost   records {} to {}: events {} to {}, counted from 0",
            lost.first_sequence,
            lost.last_sequence,
            lost.first_event,
            lost.end_event.saturating_sub(1)
        ));
    }
    match report.marked {
        Some(marked) => lines.push(format!(
            "acknowledged were {} events in {} records",
            marked.events, marked.sequence
        )),
        None => lines.push(
            "how much was acknowledged is not known: no mark can be read, records may be missing \
             at the end"
                .to_owned(),
        ),
    }
    if let Some(taken) = report.taken {
        lines.push(format!(
            "taken was generation {} of the log, with {} readable records; generation {} has {}, and no \
             mark says which counts",
            taken.generation, taken.records, taken.left, taken.left_records
        ));
    }
    for damaged in &report.damaged {
        lines.push(format!("damaged  {damaged}"));
    }
    lines.push(String::new());
    lines.join("\n")
}
