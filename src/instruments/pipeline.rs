//! Metrics of events from the queue to the published snapshot, by group.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::MetricConstructor as _;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{EventKind, LABELS, OUTCOMES, SUBJECTS};
use super::tally::Tally;
use super::{Counters, Durations, sizes, unix_seconds};
use crate::domain::{Band, Kind, Time};

/// Metrics recorded by the engine's threads, and by intake for refused events.
#[derive(Clone, Debug)]
pub struct Pipeline {
    events: Counters<2>,
    scored: Counters<2>,
    verdicts: Counters<2>,
    group_events: Histogram,
    group_submissions: Histogram,
    fold: Histogram,
    append: Histogram,
    flush: Histogram,
    publish: Histogram,
    acknowledge: Histogram,
    published: Counter,
    failures: Counter,
    watermark_lag: Gauge,
    checkpoint: Histogram,
    checkpoints: Counters<1>,
    checkpoint_at: Gauge,
}

impl Default for Pipeline {
    fn default() -> Self {
        let new = Self {
            events: Counters::default(),
            scored: Counters::default(),
            verdicts: Counters::default(),
            group_events: sizes(),
            group_submissions: sizes(),
            fold: Durations.new_metric(),
            append: Durations.new_metric(),
            flush: Durations.new_metric(),
            publish: Durations.new_metric(),
            acknowledge: Durations.new_metric(),
            published: Counter::default(),
            failures: Counter::default(),
            watermark_lag: Gauge::default(),
            checkpoint: Durations.new_metric(),
            checkpoints: Counters::default(),
            checkpoint_at: Gauge::default(),
        };
        new.begin_at_zero();
        new
    }
}

impl Pipeline {
    /// Starts all counters at zero, because a counter that appears with its first event hides that
    /// event from `rate()`.
    fn begin_at_zero(&self) {
        for kind in EventKind::ALL {
            for outcome in OUTCOMES {
                let labels = [("kind", kind.label()), ("outcome", outcome)];
                drop(self.events.get_or_create(&labels));
            }
        }
        for band in Band::ALL.map(Band::code) {
            for stage in ["arrival", "screening"] {
                drop(
                    self.scored
                        .get_or_create(&[("stage", stage), ("band", band)]),
                );
            }
        }
        for subject in SUBJECTS.map(Kind::word) {
            for label in LABELS {
                drop(
                    self.verdicts
                        .get_or_create(&[("subject", subject), ("label", label)]),
                );
            }
        }
        for outcome in ["written", "failed"] {
            drop(self.checkpoints.get_or_create(&[("outcome", outcome)]));
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let Self {
            events,
            scored,
            verdicts,
            group_events,
            group_submissions,
            fold,
            append,
            flush,
            publish,
            acknowledge,
            published,
            failures,
            watermark_lag,
            checkpoint,
            checkpoints,
            checkpoint_at,
        } = self.clone();
        let r = registry;
        r.register(
            "events",
            "Events, by kind and by what became of them",
            events,
        );
        let help = "Reviews scored, by when and by band; insufficient_data is an abstention";
        r.register("reviews_scored", help, scored);
        let help = "Verdicts taken in, by kind of subject and by label";
        r.register("verdicts", help, verdicts);
        let help = "Events that shared a flush";
        r.register("group_events", help, group_events);
        let help = "Batches that shared a flush";
        r.register("group_submissions", help, group_submissions);
        let s = || Unit::Seconds;
        let help = "Time to fold and score a group";
        r.register_with_unit("fold", help, s(), fold);
        let help = "Time to compress a group and write it to the log, unflushed";
        r.register_with_unit("append", help, s(), append);
        let help = "Time to make a group durable";
        r.register_with_unit("flush", help, s(), flush);
        let help = "Time to make a group's snapshot visible to readers";
        r.register_with_unit("publish", help, s(), publish);
        let help = "Time from a batch's arrival at the engine to its acknowledgement";
        r.register_with_unit("acknowledge", help, s(), acknowledge);
        r.register("snapshots_published", "Snapshots published", published);
        let help = "Groups refused because a write failed, then or earlier";
        r.register("commit_failures", help, failures);
        let help = "Clock of arrival minus newest event time, at the newest group";
        r.register_with_unit("watermark_lag", help, s(), watermark_lag);
        r.register_with_unit("checkpoint", "Time to write a checkpoint", s(), checkpoint);
        r.register("checkpoints", "Checkpoints begun, by outcome", checkpoints);
        let help = "When the newest checkpoint of this process was written; 0 before the first";
        r.register_with_unit("checkpoint_timestamp", help, s(), checkpoint_at);
    }

    /// Counts an event refused by intake.
    pub fn refused(&self, kind: EventKind) {
        let labels = [("kind", kind.label()), ("outcome", "refused")];
        self.events.get_or_create(&labels).inc();
    }

    /// Counts screened reviews.
    pub fn screened(&self, bands: impl Iterator<Item = Band>) {
        let mut counts = [0; Band::ALL.len()];
        for band in bands {
            counts[band as usize] += 1;
        }
        for (band, count) in Band::ALL.into_iter().zip(counts) {
            let labels = [("stage", "screening"), ("band", Band::code(band))];
            add(&self.scored, &labels, count);
        }
    }

    /// Records a folded group; the lag is between watermark and arrival time.
    pub fn folded(
        &self,
        tally: &Tally,
        submissions: usize,
        watermark: Option<Time>,
        took: Duration,
    ) {
        let mut events = 0;
        for (kind, counts) in EventKind::ALL.into_iter().zip(tally.events) {
            for (outcome, count) in OUTCOMES.into_iter().zip(counts) {
                let labels = [("kind", kind.label()), ("outcome", outcome)];
                add(&self.events, &labels, count);
                events += count;
            }
        }
        for (band, count) in Band::ALL.into_iter().zip(tally.arrivals) {
            let labels = [("stage", "arrival"), ("band", Band::code(band))];
            add(&self.scored, &labels, count);
        }
        for (subject, counts) in SUBJECTS.into_iter().zip(tally.verdicts) {
            for (label, count) in LABELS.into_iter().zip(counts) {
                add(
                    &self.verdicts,
                    &[("subject", subject.word()), ("label", label)],
                    count,
                );
            }
        }
        self.group_events.observe(events as f64);
        self.group_submissions.observe(submissions as f64);
        self.fold.observe(took.as_secs_f64());
        if let Some(watermark) = watermark {
            let lag = unix_seconds() - i64::from(watermark.seconds());
            self.watermark_lag.set(lag);
        }
    }

    /// Records a group that was written to the log and flushed.
    pub fn written(&self, appended: Duration, flushed: Duration) {
        self.append.observe(appended.as_secs_f64());
        self.flush.observe(flushed.as_secs_f64());
    }

    /// Records a published snapshot.
    pub fn published(&self, took: Duration) {
        self.publish.observe(took.as_secs_f64());
        self.published.inc();
    }

    /// Records an acknowledged batch.
    pub fn acknowledged(&self, waited: Duration) {
        self.acknowledge.observe(waited.as_secs_f64());
    }

    /// Counts a refused group.
    pub fn refused_group(&self) {
        self.failures.inc();
    }

    /// Records a checkpoint that was written or failed.
    pub fn checkpoint(&self, written: bool, took: Duration) {
        let outcome = if written { "written" } else { "failed" };
        self.checkpoints
            .get_or_create(&[("outcome", outcome)])
            .inc();
        if written {
            self.checkpoint.observe(took.as_secs_f64());
            self.checkpoint_at.set(unix_seconds());
        }
    }
}

fn add(counters: &Counters<2>, labels: &super::Labels<2>, count: u64) {
    if count > 0 {
        counters.get_or_create(labels).inc_by(count);
    }
}
