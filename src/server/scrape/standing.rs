//! Metrics of engine and process that are read on a scrape.

use std::fmt;
use std::sync::{Arc, OnceLock};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::process::Process;
use crate::brand::Stage;
use crate::engine::{Engine, ProgressSnapshot, ScoredSnapshot, Snapshot};
use crate::integrity::campaigns::{Attribution, Posterior};

/// The engine, once it is open.
#[derive(Clone, Default)]
pub(super) struct Standing {
    engine: Arc<OnceLock<Engine>>,
}

impl fmt::Debug for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Standing")
    }
}

impl Standing {
    pub(super) fn open(&self, engine: Engine) {
        // It is set once in a process; a second time changes nothing.
        let _ = self.engine.set(engine);
    }

    /// Returns whether the engine accepts events.
    pub(super) fn ready(&self) -> bool {
        let engine = self.engine.get();
        engine.is_some_and(|engine| engine.ingest.refusal().is_none())
    }
}

impl Collector for Standing {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut out = Out(encoder);
        process(&mut out, &Process::read())?;
        let Some(engine) = self.engine.get() else {
            return Ok(());
        };
        stand(&mut out, engine)?;
        evidence(&mut out, &engine.snapshots.scored())?;
        match engine.progress.newest() {
            Some(reading) => brand(&mut out, &reading, &engine.snapshots.newest()),
            None => Ok(()),
        }
    }
}

struct Out<'a>(DescriptorEncoder<'a>);

impl Out<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.gauge_in(name, help, None, value)
    }

    fn gauge_in(&mut self, name: &str, help: &str, unit: Option<&Unit>, value: f64) -> fmt::Result {
        let encoder = self
            .0
            .encode_descriptor(name, help, unit, MetricType::Gauge)?;
        ConstGauge::new(value).encode(encoder)
    }

    fn read(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        value: Option<f64>,
    ) -> fmt::Result {
        match value {
            Some(value) => self.gauge_in(name, help, unit, value),
            None => Ok(()),
        }
    }

    fn by(
        &mut self,
        label: &'static str,
        (name, help): (&str, &str),
        values: &[(&'static str, f64)],
    ) -> fmt::Result {
        let mut encoder = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (kind, value) in values {
            let labels = [(label, *kind)];
            ConstGauge::new(*value).encode(encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn process(out: &mut Out<'_>, process: &Process) -> fmt::Result {
    let Process {
        cpu_seconds,
        resident_bytes,
        virtual_bytes,
        threads,
        open_files,
        open_files_max,
        start_seconds,
    } = *process;
    if let Some(seconds) = cpu_seconds {
        let help = "Processor time used, user and system";
        let encoder = out.0.encode_descriptor(
            "process_cpu",
            help,
            Some(&Unit::Seconds),
            MetricType::Counter,
        )?;
        ConstCounter::new(seconds).encode(encoder)?;
    }
    let number = |value: Option<u64>| value.map(|value| value as f64);
    let (bytes, seconds) = (Some(&Unit::Bytes), Some(&Unit::Seconds));
    let resident = number(resident_bytes);
    out.read("process_resident_memory", "Memory in use", bytes, resident)?;
    let help = "Address space in use";
    out.read("process_virtual_memory", help, bytes, number(virtual_bytes))?;
    out.read("process_threads", "Threads", None, number(threads))?;
    out.read(
        "process_open_fds",
        "Open files and sockets",
        None,
        number(open_files),
    )?;
    let help = "Most files and sockets that may be open";
    out.read("process_max_fds", help, None, number(open_files_max))?;
    let help = "When the process started, in seconds since 1970";
    out.read("process_start_time", help, seconds, start_seconds)
}

fn stand(out: &mut Out<'_>, engine: &Engine) -> fmt::Result {
    let snapshot = engine.snapshots.newest();
    let state = &snapshot.state;
    let bytes = Some(&Unit::Bytes);
    let seconds = Some(&Unit::Seconds);
    let help = "Whether writes are taken: 0 once one has failed, or a thread has panicked";
    let writable = f64::from(u8::from(engine.ingest.refusal().is_none()));
    out.gauge("goodstanding_writable", help, writable)?;
    if let Some(watermark) = state.watermark() {
        let help = "Newest event time seen, in seconds since 1970";
        let newest = f64::from(watermark.seconds());
        out.gauge_in("goodstanding_watermark_timestamp", help, seconds, newest)?;
    }
    let help = "Seconds by which the server's clock is ahead of the one that is believed";
    let ahead = engine.arrivals.now().ahead_seconds();
    out.gauge_in("goodstanding_clock_ahead", help, seconds, ahead)?;
    let help = "Newest durable record of the log";
    out.gauge(
        "goodstanding_log_sequence",
        help,
        snapshot.log_sequence as f64,
    )?;
    let help = "Events in the log";
    out.gauge("goodstanding_log_events", help, state.event_count() as f64)?;
    let help = "Record that the newest checkpoint covers; a start replays what comes after";
    let covered = engine.maintenance.checkpoint_sequence() as f64;
    out.gauge("goodstanding_checkpoint_sequence", help, covered)?;
    let kinds = [
        ("review", f64::from(state.reviews().len())),
        ("reviewer", f64::from(state.reviewers().len())),
        ("listing", f64::from(state.listings().len())),
        ("seller", f64::from(state.sellers().len())),
    ];
    let known = ("goodstanding_subjects", "Subjects known, by kind");
    out.by("kind", known, &kinds)?;
    let orders = f64::from(state.order_count());
    out.gauge("goodstanding_orders", "Orders known", orders)?;
    let queue = engine.ingest.queue();
    let help = "Events that wait for the writer";
    out.gauge("goodstanding_queue_events", help, queue.events as f64)?;
    let help = "Events that may wait for the writer before senders have to";
    out.gauge(
        "goodstanding_queue_limit_events",
        help,
        queue.events_max as f64,
    )?;
    let help = "Batches that wait for the writer";
    out.gauge(
        "goodstanding_queue_submissions",
        help,
        queue.submissions as f64,
    )?;
    // What cannot be measured is missing from one scrape.
    if let Ok(size) = engine.maintenance.store_bytes() {
        let help = "Bytes of the store on disk";
        out.gauge_in("goodstanding_store", help, bytes, size as f64)?;
    }
    Ok(())
}

fn evidence(out: &mut Out<'_>, scored: &ScoredSnapshot) -> fmt::Result {
    let events = scored.snapshot.state.event_count();
    let help = "Events in the log after those that the newest evidence rests on";
    let behind = events.saturating_sub(scored.evidence.event_count());
    out.gauge("goodstanding_evidence_events_behind", help, behind as f64)?;
    let mut counts = Posterior::ALL.map(|attribution| (attribution_label(attribution), 0.0));
    for campaign in scored.evidence.campaigns().all() {
        counts[campaign.posterior.likeliest() as usize].1 += 1.0;
    }
    let help = "Campaigns found, by whom they most likely serve";
    out.by("attribution", ("goodstanding_campaigns", help), &counts)
}

fn brand(out: &mut Out<'_>, reading: &ProgressSnapshot, snapshot: &Snapshot) -> fmt::Result {
    let stage_counts = reading.model.stage_counts();
    let stages = STAGES.map(|stage| (stage_label(stage), f64::from(stage_counts.at(stage))));
    let help = "Sellers by stage of brand progress, as computed last";
    out.by("stage", ("goodstanding_brand_sellers", help), &stages)?;
    let help = "Sellers whose standing rests on what is likely to vanish";
    let fragile = f64::from(stage_counts.fragile());
    out.gauge("goodstanding_brand_fragile_sellers", help, fragile)?;
    let help = "Sellers that events touched since their brand progress was computed";
    let waiting = reading.waiting(snapshot) as f64;
    out.gauge("goodstanding_brand_sellers_waiting", help, waiting)?;
    let help = "Events in the log after those that the brand's peer groups rest on";
    let behind = reading.events_behind(snapshot) as f64;
    out.gauge("goodstanding_brand_peers_events_behind", help, behind)
}

const STAGES: [Stage; 6] = [
    Stage::InsufficientData,
    Stage::WhiteLabelLister,
    Stage::TrafficRenter,
    Stage::Emerging,
    Stage::Established,
    Stage::ResilientMultiMarket,
];

const fn stage_label(stage: Stage) -> &'static str {
    match stage {
        Stage::InsufficientData => "insufficient_data",
        Stage::WhiteLabelLister => "white_label_lister",
        Stage::TrafficRenter => "traffic_renter",
        Stage::Emerging => "emerging",
        Stage::Established => "established",
        Stage::ResilientMultiMarket => "resilient_multi_market",
    }
}

const fn attribution_label(attribution: Attribution) -> &'static str {
    match attribution {
        Attribution::SelfPromotion => "self_promotion",
        Attribution::Attack => "attack",
        Attribution::ReverseBrushing => "reverse_brushing",
        Attribution::OrganicBurst => "organic_burst",
        Attribution::PlatformArtefact => "platform_artefact",
    }
}
