//! Brings outside data into a running service.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use prost::Message as _;
use serde::Serialize;

use super::CliError;
use super::client::Server;
use crate::formats::{Format, LineError, Options, Reader, read};
use crate::grpc::MESSAGE_BYTES_MAX;
use crate::proto::v1::ingest_service_client::IngestServiceClient;
use crate::proto::v1::{Event, IngestBatchRequest, Rejection};

/// Events of one batch, well below what the service takes.
const BATCH_EVENTS: usize = 2000;
/// Bytes of one batch: half of what the service takes.
const BATCH_BYTES: usize = MESSAGE_BYTES_MAX / 2;
/// Rejects that are shown, the rest is in the file.
const REJECTS_SHOWN: u64 = 5;

/// Options of `import`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What the files hold.
    #[arg(long, value_enum)]
    format: Format,
    /// Files, plain or gzip.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Marketplace of the records, instead of the format's own.
    #[arg(long)]
    marketplace: Option<String>,
    /// Take the labels of labelled data as verdicts.
    #[arg(long)]
    labels_as_verdicts: bool,
    /// Where rejects go, one JSON object a line.
    #[arg(long, default_value = "import.rejects.jsonl")]
    rejects: PathBuf,
    #[command(flatten)]
    server: Server,
}

/// Counts of a whole import.
#[derive(Default)]
struct Totals {
    accepted: u64,
    unchanged: u64,
    rejected: u64,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        format,
        files,
        marketplace,
        labels_as_verdicts,
        rejects,
        server,
    } = arguments;
    let options = Options {
        marketplace,
        labels_as_verdicts,
    };
    let mut reader = read(format, &files, &options)?;
    let mut client = IngestServiceClient::new(server.connect().await?);
    let mut rejects = Rejects::new(&rejects);
    let progress = ProgressBar::new(bytes_of(&files)).with_style(ProgressStyle::with_template(
        "{bar:40} {bytes}/{total_bytes} {msg} {elapsed}",
    )?);
    let mut totals = Totals::default();
    loop {
        let batch = next_batch(&mut reader, &mut rejects)?;
        if batch.is_empty() {
            break;
        }
        let request = IngestBatchRequest {
            events: batch.clone(),
        };
        let summary = client
            .ingest_batch(request)
            .await?
            .into_inner()
            .summary
            .unwrap_or_default();
        totals.accepted += summary.accepted;
        totals.unchanged += summary.unchanged;
        for rejection in &summary.rejections {
            rejects.refused(rejection, &batch)?;
        }
        progress.set_position(reader.position().bytes);
        progress.set_message(format!("{} events", totals.accepted + totals.unchanged));
    }
    progress.finish_and_clear();
    totals.rejected = rejects.count;
    rejects.finish()?;
    println!("accepted    {}", totals.accepted);
    println!(
        "known       {} (sent before; nothing changed)",
        totals.unchanged
    );
    println!("rejected    {}", totals.rejected);
    if let Some(stand_in) = reader.stand_in() {
        println!(
            "sellers     the {stand_in} stands in for the seller, whom this format does not name"
        );
    }
    Ok(())
}

/// The next batch; empty at the end of the data.
fn next_batch(reader: &mut Reader, rejects: &mut Rejects) -> Result<Vec<Event>, CliError> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    while batch.len() < BATCH_EVENTS && bytes < BATCH_BYTES {
        match reader.next() {
            None => break,
            Some(Ok(event)) => {
                bytes += event.encoded_len();
                batch.push(event);
            }
            Some(Err(error)) => rejects.unread(&error)?,
        }
    }
    Ok(batch)
}

fn bytes_of(files: &[PathBuf]) -> u64 {
    files
        .iter()
        .filter_map(|file| file.metadata().ok())
        .map(|meta| meta.len())
        .sum()
}

/// What could not be taken. The file is made with the first one.
struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    count: u64,
}

impl Rejects {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            file: None,
            count: 0,
        }
    }

    /// A line that the reader could not read.
    fn unread(&mut self, error: &LineError) -> Result<(), CliError> {
        let place = format!("{}:{}", error.file.display(), error.line);
        let row = serde_json::json!({
            "file": error.file.display().to_string(),
            "line": error.line,
            "reason": error.reason,
            "raw": error.raw,
        });
        self.write(&place, &error.reason, &row)
    }

    /// An event that the service refused.
    fn refused(&mut self, rejection: &Rejection, batch: &[Event]) -> Result<(), CliError> {
        let reasons: Vec<String> = rejection
            .violations
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.description))
            .collect();
        let row = serde_json::json!({
            "record": rejection.record,
            "reason": reasons.join("; "),
            "event": batch.get(rejection.index as usize),
        });
        self.write(&rejection.record, &reasons.join("; "), &row)
    }

    fn write(&mut self, place: &str, reason: &str, row: &impl Serialize) -> Result<(), CliError> {
        self.count += 1;
        if self.count <= REJECTS_SHOWN {
            eprintln!("rejected {place}: {reason}");
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => File::create(&self.path)
                .map(BufWriter::new)
                .map_err(|error| format!("cannot write {}: {error}", self.path.display()))?,
        };
        serde_json::to_writer(&mut file, row)?;
        file.write_all(b"\n")?;
        self.file = Some(file);
        Ok(())
    }

    fn finish(mut self) -> Result<(), CliError> {
        if let Some(mut file) = self.file.take() {
            file.flush()?;
            if self.count > REJECTS_SHOWN {
                eprintln!("... and {} more", self.count - REJECTS_SHOWN);
            }
            eprintln!("all rejects are in {}", self.path.display());
        }
        Ok(())
    }
}
