//! Figures of a run.

use std::time::Duration;

use serde::Serialize;

/// The same work by the service and by the baseline server, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) events: usize,
    pub(super) real: Duration,
    pub(super) none: Duration,
}

impl Round {
    /// Returns the rate of the service over that of the baseline server.
    pub(super) fn ratio(&self) -> f64 {
        self.none.as_secs_f64() / self.real.as_secs_f64()
    }

    pub(super) fn per_second(&self) -> f64 {
        self.events as f64 / self.real.as_secs_f64()
    }

    pub(super) fn none_per_second(&self) -> f64 {
        self.events as f64 / self.none.as_secs_f64()
    }
}

/// Returns the median; of two middle values the lower one. 0 without values.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(0.0)
}

/// All printed and written figures. Ratios are medians over pairs; 1 is the baseline server.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) ingest_ratio: f64,
    pub(super) ingest_ratio_small: f64,
    pub(super) ingest_flatness: f64,
    pub(super) ingest_per_second: f64,
    pub(super) empty_ingest_per_second: f64,
    pub(super) cpu_us_per_event: f64,
    pub(super) empty_cpu_us_per_event: f64,
    pub(super) assessment_ratio: f64,
    pub(super) assessments_per_second: f64,
    pub(super) empty_calls_per_second: f64,
    pub(super) startup_seconds: f64,
    pub(super) crash_startup_seconds: f64,
    pub(super) bytes_per_review: f64,
    pub(super) resident_bytes: u64,
    pub(super) store_bytes: u64,
    pub(super) small_reviews: u64,
    pub(super) large_reviews: u64,
    pub(super) batch_events: u32,
    pub(super) events: u64,
    pub(super) seconds: f64,
}

impl Figures {
    pub(super) fn print(&self) {
        let (small, large) = (self.small_reviews, self.large_reviews);
        let batch = self.batch_events;
        print_line!(
            "simulated reviews of one market: {small}, then {large}; {batch} events a batch"
        );
        print_line!("                                        ratio        rate   empty server");
        print_line!(
            "durable, scored ingest at {small:>9}    {:>6.2}",
            self.ingest_ratio_small
        );
        print_line!(
            "durable, scored ingest at {large:>9}    {:>6.2}   {:>7.0}/s   {:>8.0}/s",
            self.ingest_ratio,
            self.ingest_per_second,
            self.empty_ingest_per_second
        );
        print_line!(
            "  flatness, second over first          {:>6.2}",
            self.ingest_flatness
        );
        print_line!(
            "  processor time, without passes                {:>7.1} us   {:>7.1} us an event",
            self.cpu_us_per_event,
            self.empty_cpu_us_per_event
        );
        print_line!(
            "GetAssessment                          {:>6.2}   {:>7.0}/s   {:>8.0}/s",
            self.assessment_ratio,
            self.assessments_per_second,
            self.empty_calls_per_second
        );
        print_line!(
            "start-up                             {:>6.2} s after a clean stop, {:.2} s after a kill",
            self.startup_seconds,
            self.crash_startup_seconds
        );
        print_line!(
            "memory                               {:>6.0} bytes a review, {:.0} MiB in all",
            self.bytes_per_review,
            self.resident_bytes as f64 / 1_048_576.0
        );
        print_line!(
            "on disk                              {:>6.0} bytes a review",
            self.store_bytes as f64 / large as f64
        );
        print_line!(
            "the whole run                        {:>6.0} s",
            self.seconds
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_an_even_count_is_the_lower_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0].into_iter()), 1.0);
        assert_eq!(median(std::iter::empty()), 0.0);
    }
}
