//! Measures the service against a baseline server. Both run from the built binary and get the same
//! work in turn: ratios carry over to other machines, absolute rates do not.

mod baseline;
mod brand;
mod clock;
mod compare;
mod figures;
mod load;
mod pki;
mod process;
mod screening;
mod security;
mod sizes;
mod tracing;

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::CliError;
use figures::{Figures, Round, median};
use load::{CHUNK_EVENTS, Load, Sink};
use process::{Launch, Server};

pub(crate) use baseline::{Arguments as BaselineArguments, run as run_baseline};

/// Pairs of chunks at each measured size.
const PAIRS: usize = 12;
/// Rounds of assessments, each against the baseline's handler.
const ASSESSMENT_ROUNDS: usize = 7;

/// Options of `bench`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    instead: Instead,
    /// Under a minute: 100,000 and 1,000,000 reviews instead of 1 and 10 million.
    #[arg(long, conflicts_with = "Instead")]
    quick: bool,
    /// Reviews at the first measurement, instead of the default.
    #[arg(long, value_parser = clap::value_parser!(u64).range(10_000..=10_000_000),
        conflicts_with = "Instead")]
    small: Option<u64>,
    /// Reviews at the second measurement, instead of the default.
    #[arg(long, value_parser = clap::value_parser!(u64).range(20_000..=100_000_000),
        conflicts_with = "Instead")]
    large: Option<u64>,
    /// Events of one batch of the stream.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch: u32,
    /// Also write the figures to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Directory for the store of the run, which is removed at the end; by default the system's
    /// temporary directory.
    #[arg(long)]
    scratch: Option<PathBuf>,
}

/// Other measurements.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Instead {
    /// Measure the cost of tracing instead; takes some minutes.
    #[arg(long)]
    tracing: bool,
    /// Measure the cost of TLS, mutual TLS and tokens instead; takes some minutes and needs the
    /// openssl command.
    #[arg(long)]
    security: bool,
    /// Measure the duration of screening during ingest instead, with this many known reviews; takes
    /// a minute after loading them.
    #[arg(long, value_name = "REVIEWS", num_args = 0..=1, default_missing_value = "1000000",
        value_parser = clap::value_parser!(u64).range(10_000..=100_000_000))]
    screening: Option<u64>,
    /// Measure memory, disk, starts and passes at these ascending numbers of reviews instead.
    #[arg(long, value_name = "REVIEWS,...", num_args = 0..=1, value_delimiter = ',',
        default_missing_value = "100000,1000000,10000000",
        value_parser = clap::value_parser!(u64).range(10_000..=100_000_000))]
    sizes: Option<Vec<u64>>,
    /// Measure the cost and robustness of brand progress instead, on a simulated market of this
    /// many sellers.
    #[arg(long, value_name = "SELLERS", num_args = 0..=1, default_missing_value = "100000",
        value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    brand: Option<u32>,
}

impl Instead {
    /// Runs the requested other measurement; returns whether there was one.
    async fn run(
        &self,
        directory: &Path,
        batch: usize,
        json: Option<&Path>,
    ) -> Result<bool, CliError> {
        let Self {
            tracing,
            security,
            screening,
            sizes,
            brand,
        } = self;
        if *tracing {
            let figures = tracing::measure(directory, batch).await?;
            figures.print();
            write(json, &figures)?;
        } else if *security {
            let figures = security::measure(directory, batch).await?;
            figures.print();
            write(json, &figures)?;
        } else if let Some(reviews) = screening {
            let figures = screening::measure(directory, batch, *reviews).await?;
            figures.print();
            write(json, &figures)?;
        } else if let Some(sizes) = sizes {
            if !sizes.is_sorted_by(|one, next| one < next) {
                return Err("--sizes do not rise".into());
            }
            let figures = sizes::measure(directory, batch, sizes).await?;
            figures.print();
            write(json, &figures)?;
        } else if let Some(sellers) = brand {
            brand::run(*sellers, json)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        instead,
        quick,
        small,
        large,
        batch,
        json,
        scratch,
    } = arguments;
    let directory = match scratch {
        Some(place) => tempfile::tempdir_in(place)?,
        None => tempfile::tempdir()?,
    };
    let json = json.as_deref();
    if instead.run(directory.path(), batch as usize, json).await? {
        return Ok(());
    }
    let small = small.unwrap_or(if quick { 100_000 } else { 1_000_000 });
    let large = large.unwrap_or(if quick { 1_000_000 } else { 10_000_000 });
    if small >= large {
        return Err(format!("--small {small} is not below --large {large}").into());
    }
    let started = Instant::now();
    let mut bench = Bench::start(directory.path().join("store"), large, batch).await?;
    let at_small = bench.measure_at(small).await?;
    let at_large = bench.measure_at(large).await?;
    let figures = bench.finish(small, at_small, at_large, started).await?;
    figures.print();
    write(json, &figures)
}

fn write(path: Option<&Path>, figures: &impl Serialize) -> Result<(), CliError> {
    if let Some(path) = path {
        let file = std::fs::File::create(path)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        serde_json::to_writer_pretty(file, figures)?;
    }
    Ok(())
}

/// Both servers and their data.
struct Bench {
    store: PathBuf,
    service: Server,
    empty: Server,
    load: Load,
    batch_events: u32,
    /// Resident bytes of the service before the first event.
    idle_bytes: u64,
    /// Processor time of service and baseline server, for each event of the last measurement.
    cpu_micros: (f64, f64),
    progress: ProgressBar,
}

impl Bench {
    async fn start(store: PathBuf, reviews: u64, batch_events: u32) -> Result<Self, CliError> {
        let service = Launch::serve(&store)?.start().await?;
        let empty = Launch::baseline()?.start().await?;
        let idle_bytes = service.resident_bytes()?;
        let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} reviews")?;
        Ok(Self {
            store,
            service,
            empty,
            load: Load::of(reviews),
            batch_events,
            idle_bytes,
            cpu_micros: (0.0, 0.0),
            progress: ProgressBar::new(reviews).with_style(style),
        })
    }

    /// Grows the service to a number of reviews; both servers get the last of them in turn.
    async fn measure_at(&mut self, reviews: u64) -> Result<Vec<Round>, CliError> {
        let measured = (PAIRS * CHUNK_EVENTS) as u64;
        let service = Sink::new(self.service.link(), self.batch_events as usize);
        let empty = Sink::new(self.empty.link(), self.batch_events as usize);
        while self.load.reviews() + measured < reviews {
            let chunk = self.load.next(CHUNK_EVENTS);
            if chunk.is_empty() {
                break;
            }
            service.send(chunk).await?;
            self.progress.set_position(self.load.reviews());
        }
        let mut rounds = Vec::with_capacity(PAIRS);
        let before = (self.service.cpu_seconds()?, self.empty.cpu_seconds()?);
        for pair in 0..PAIRS {
            let chunk = self.load.next(CHUNK_EVENTS);
            if chunk.is_empty() {
                break;
            }
            let events = chunk.len();
            // The first server changes, so that neither profits from a machine that slows down.
            let (real, none) = if pair % 2 == 0 {
                let real = service.send(chunk.clone()).await?;
                (real, empty.send(chunk).await?)
            } else {
                let none = empty.send(chunk.clone()).await?;
                (service.send(chunk).await?, none)
            };
            rounds.push(Round { events, real, none });
            self.progress.set_position(self.load.reviews());
        }
        let events: usize = rounds.iter().map(|round| round.events).sum();
        let micros = |seconds: f64| 1e6 * seconds / events as f64;
        self.cpu_micros = (
            micros(self.service.cpu_seconds()? - before.0),
            micros(self.empty.cpu_seconds()? - before.1),
        );
        if rounds.is_empty() {
            return Err(format!("the simulated market ended before {reviews} reviews").into());
        }
        Ok(rounds)
    }

    async fn finish(
        self,
        small: u64,
        at_small: Vec<Round>,
        at_large: Vec<Round>,
        started: Instant,
    ) -> Result<Figures, CliError> {
        self.progress.finish_and_clear();
        let subjects = self.load.subjects();
        let mut assessments = Vec::with_capacity(ASSESSMENT_ROUNDS);
        for _ in 0..ASSESSMENT_ROUNDS {
            let real = load::assess(self.service.link(), &subjects).await?;
            let none = load::assess(self.empty.link(), &subjects).await?;
            let events = subjects.len();
            assessments.push(Round { events, real, none });
        }
        let status = self.service.status().await?;
        let resident = self.service.resident_bytes()?;
        let launch = || Launch::serve(&self.store);
        let (crash_startup_seconds, again) = self.service.restarted(launch).await?;
        let startup_seconds = again.startup_seconds();
        let kept = again.status().await?;
        if kept.event_count != status.event_count {
            let (kept, sent) = (kept.event_count, status.event_count);
            return Err(format!("{kept} events are left of {sent} acknowledged ones").into());
        }
        again.terminate().await?;
        self.empty.kill()?;
        let reviews = status.review_count;
        let ratio = |rounds: &[Round]| median(rounds.iter().map(Round::ratio));
        Ok(Figures {
            ingest_ratio: ratio(&at_large),
            ingest_ratio_small: ratio(&at_small),
            ingest_flatness: ratio(&at_large) / ratio(&at_small),
            ingest_per_second: median(at_large.iter().map(Round::per_second)),
            empty_ingest_per_second: median(at_large.iter().map(Round::none_per_second)),
            cpu_us_per_event: self.cpu_micros.0,
            empty_cpu_us_per_event: self.cpu_micros.1,
            assessment_ratio: ratio(&assessments),
            assessments_per_second: median(assessments.iter().map(Round::per_second)),
            empty_calls_per_second: median(assessments.iter().map(Round::none_per_second)),
            startup_seconds,
            crash_startup_seconds,
            bytes_per_review: resident.saturating_sub(self.idle_bytes) as f64 / reviews as f64,
            resident_bytes: resident,
            store_bytes: kept.store_bytes,
            small_reviews: small,
            large_reviews: reviews,
            batch_events: self.batch_events,
            events: status.event_count,
            seconds: started.elapsed().as_secs_f64(),
        })
    }
}
