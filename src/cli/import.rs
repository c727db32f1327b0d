//! Imports outside data into a running service or a directory.

mod batch;
mod progress;
mod rejects;
mod upload;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::client::{Absent, Session, Target};
use super::{CliError, print};
use crate::formats::{Format, Options, Reader, read};
use batch::Batches;
use progress::{Progress, rate};
use rejects::Rejects;
use upload::{Ended, Totals, upload};

/// Fewer events are too few for a rate.
const EVENTS_FOR_RATE: u64 = 10_000;

/// Options of `import`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Format of the files.
    #[arg(long, value_enum)]
    format: Format,
    /// Files, plain or gzip; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Marketplace of the records; by default that of the format.
    #[arg(long)]
    marketplace: Option<String>,
    /// Take the labels of labelled data as verdicts.
    #[arg(long)]
    labels_as_verdicts: bool,
    /// File for rejects, one JSON object a line.
    #[arg(long, value_name = "FILE", default_value = "import.rejects.jsonl")]
    rejects: PathBuf,
    #[command(flatten)]
    target: Target,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        format,
        files,
        marketplace,
        labels_as_verdicts,
        rejects,
        target,
    } = arguments;
    let options = Options {
        marketplace,
        labels_as_verdicts,
    };
    let reader = read(format, &files, &options)?;
    let stand_in = reader.stand_in();
    let session = target.open(Absent::Create).await?;
    let name = session.name().to_owned();
    let outcome = bring(&session, reader, files, &rejects).await;
    let closed = session.close().await;
    let outcome = outcome?;
    closed?;
    print(&summary(&outcome, stand_in)?)?;
    verdict(&outcome, format, &name)
}

/// Result of an import.
struct ImportOutcome {
    totals: Totals,
    ended: Ended,
    rejects: Rejects,
    seconds: f64,
}

async fn bring(
    session: &Session,
    reader: Reader,
    files: Vec<PathBuf>,
    rejects: &Path,
) -> Result<ImportOutcome, CliError> {
    // Created before anything is sent, so that hours of work do not end at a path that cannot be
    // written.
    let mut rejects = Rejects::create(rejects, &files)?;
    let progress = Progress::new(bytes_of(&files));
    let batches = Batches::start(reader, files)?;
    let uploaded = upload(session, batches, &mut rejects, &progress).await;
    progress.finish();
    let finished = rejects.finish();
    let (totals, ended) = uploaded?;
    finished?;
    Ok(ImportOutcome {
        totals,
        ended,
        rejects,
        seconds: progress.seconds(),
    })
}

fn summary(outcome: &ImportOutcome, stand_in: Option<&str>) -> Result<String, std::fmt::Error> {
    let ImportOutcome {
        totals,
        rejects,
        seconds,
        ..
    } = outcome;
    let Totals {
        accepted,
        unchanged,
    } = totals;
    let events = accepted + unchanged;
    let mut text = String::new();
    writeln!(text, "accepted    {accepted}")?;
    writeln!(
        text,
        "known       {unchanged} (nothing changed: sent before, or older)"
    )?;
    writeln!(text, "rejected    {}", rejects.count())?;
    for (reason, count) in rejects.commonest() {
        writeln!(text, "  {count:>8}  {reason}")?;
    }
    write!(text, "took        {seconds:.1} s")?;
    if events >= EVENTS_FOR_RATE {
        write!(text, ", {} events/s", rate(events, *seconds))?;
    }
    writeln!(text)?;
    if let Some(stand_in) = stand_in {
        let whom = "stands in for the seller, whom this format does not name";
        writeln!(text, "sellers     the {stand_in} {whom}")?;
    }
    Ok(text)
}

/// Returns an error with advice if the import is incomplete.
fn verdict(outcome: &ImportOutcome, format: Format, name: &str) -> Result<(), CliError> {
    let ImportOutcome {
        totals,
        ended,
        rejects,
        ..
    } = outcome;
    let taken = totals.accepted + totals.unchanged;
    if *ended == Ended::Stopped {
        return Err(format!(
            "stopped before the end; {taken} events are durable in {name}; {}",
            upload::GO_ON
        )
        .into());
    }
    if let Some(file) = rejects.cut_short() {
        let file = file.display();
        return Err(format!(
            "{file} could not be read to its end; what came before is kept. Mend the file, then {}",
            upload::GO_ON
        )
        .into());
    }
    if taken == 0 && rejects.count() == 0 {
        return Err("the files hold no records".into());
    }
    if taken == 0 {
        let format = clap::ValueEnum::to_possible_value(&format);
        let format = format.as_ref().map_or("?", |value| value.get_name());
        return Err(format!("nothing could be taken: do the files hold `{format}`?").into());
    }
    Ok(())
}

/// Returns the bytes of all files; `None` if one has no length, such as a pipe.
fn bytes_of(files: &[PathBuf]) -> Option<u64> {
    let length = |file: &PathBuf| {
        let meta = Path::metadata(file).ok()?;
        meta.is_file().then_some(meta.len())
    };
    files.iter().map(length).sum()
}
