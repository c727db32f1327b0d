//! Brings outside data into a running service, or into a directory.

mod batch;
mod progress;
mod rejects;
mod upload;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::client::{Absent, Place, Session};
use super::{CliError, print};
use crate::formats::{Format, Options, Reader, read};
use batch::Batches;
use progress::{Progress, rate};
use rejects::Rejects;
use upload::{Ended, Totals, upload};

/// Fewer events say nothing about the rate.
const EVENTS_FOR_RATE: u64 = 10_000;

/// Options of `import`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What the files hold.
    #[arg(long, value_enum)]
    format: Format,
    /// Files, plain or gzip; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Marketplace of the records, instead of the format's own.
    #[arg(long)]
    marketplace: Option<String>,
    /// Take the labels of labelled data as verdicts.
    #[arg(long)]
    labels_as_verdicts: bool,
    /// Where rejects go, one JSON object a line.
    #[arg(long, value_name = "FILE", default_value = "import.rejects.jsonl")]
    rejects: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[tokio::main]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        format,
        files,
        marketplace,
        labels_as_verdicts,
        rejects,
        place,
    } = arguments;
    let options = Options {
        marketplace,
        labels_as_verdicts,
    };
    let reader = read(format, &files, &options)?;
    let stand_in = reader.stand_in();
    let session = place.open(Absent::Create).await?;
    let name = session.name().to_owned();
    let brought = bring(&session, reader, files, &rejects).await;
    let closed = session.close().await;
    let brought = brought?;
    closed?;
    print(&summary(&brought, stand_in)?)?;
    verdict(&brought, format, &name)
}

/// What became of the files.
struct Brought {
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
) -> Result<Brought, CliError> {
    // Before anything is sent, so that hours of work do not end at a path that cannot be written.
    let mut rejects = Rejects::create(rejects, &files)?;
    let progress = Progress::new(bytes_of(&files));
    let batches = Batches::start(reader, files)?;
    let uploaded = upload(session, batches, &mut rejects, &progress).await;
    progress.finish();
    let finished = rejects.finish();
    let (totals, ended) = uploaded?;
    finished?;
    Ok(Brought {
        totals,
        ended,
        rejects,
        seconds: progress.seconds(),
    })
}

fn summary(brought: &Brought, stand_in: Option<&str>) -> Result<String, std::fmt::Error> {
    let Brought {
        totals,
        rejects,
        seconds,
        ..
    } = brought;
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

/// Whether the work is done, and if not, how to go on.
fn verdict(brought: &Brought, format: Format, name: &str) -> Result<(), CliError> {
    let Brought {
        totals,
        ended,
        rejects,
        ..
    } = brought;
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

/// Bytes of all files; unknown when one has no length, such as a pipe.
fn bytes_of(files: &[PathBuf]) -> Option<u64> {
    let length = |file: &PathBuf| {
        let meta = Path::metadata(file).ok()?;
        meta.is_file().then_some(meta.len())
    };
    files.iter().map(length).sum()
}
