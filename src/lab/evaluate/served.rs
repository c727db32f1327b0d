//! Scores of a labelled file as the service gives them after an import.

use std::path::Path;
use std::time::Instant;

use crate::codec::parse_event;
use crate::domain::Time;
use crate::formats::{self, Format, Options};
use crate::integrity::detect::Corpus;
use crate::integrity::{Assessed, CorpusEvidence};
use crate::lab::evaluate::labelled::Scores;
use crate::proto::v1::event::Payload;
use crate::state::{ListingIx, LogRef, ReviewIx, State};

/// The state of the service after an import.
#[derive(Debug)]
pub struct Served {
    state: State,
    evidence: CorpusEvidence,
    // State rows by file row.
    rows: Vec<ReviewIx>,
    /// Seconds of the import, without the log and arrival scores.
    pub import_seconds: f64,
    /// Seconds of the evidence pass.
    pub pass_seconds: f64,
}

/// Evidence that a score may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// All evidence, as served.
    Everything,
    /// Own signals alone.
    OwnSignals,
    /// Own signals and the corpus detector.
    Corpus,
    /// Own signals and campaigns.
    Campaigns,
}

impl With {
    /// All variants with stable names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("service", Self::Everything),
        ("own_signals", Self::OwnSignals),
        ("with_corpus", Self::Corpus),
        ("with_campaigns", Self::Campaigns),
    ];
}

impl Served {
    /// Imports a `labelled` file without reading its labels.
    pub fn import(path: &Path) -> Result<Self, String> {
        let started = Instant::now();
        let (mut state, mut rows) = (State::default(), Vec::new());
        let reader = formats::read(Format::Labelled, &[path.to_owned()], &Options::default());
        for message in reader.map_err(|error| error.to_string())? {
            let message = message.map_err(|error| error.to_string())?;
            let id = match &message.payload {
                Some(Payload::Review(review)) => review.review_id.clone(),
                _ => continue,
            };
            let event = parse_event(message, Time::from_seconds(u32::MAX))
                .map_err(|faults| format!("review {id} is refused: {faults:?}"))?;
            let number = rows.len();
            let log = LogRef {
                sequence: (number >> 16) as u32,
                index: number as u16,
            };
            state.apply(&event, log).map_err(|full| full.to_string())?;
            let marketplace = Format::Labelled.default_marketplace();
            let row = state.find_review(marketplace, &id);
            rows.push(row.ok_or_else(|| format!("review {id} is not there"))?);
        }
        let import_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let evidence = CorpusEvidence::gather(&state);
        Ok(Self {
            state,
            evidence,
            rows,
            import_seconds,
            pass_seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// Returns the assessments of the listings of the corpus, by their places there.
    pub fn listings(&self, corpus: &Corpus) -> Vec<Assessed> {
        let mut rows = vec![None; corpus.listings()];
        for (place, row) in self.rows.iter().enumerate().take(corpus.reviews()) {
            let review = self.state.reviews().get(*row);
            rows[corpus.listing_of(place) as usize] = review.and_then(|review| review.listing);
        }
        let assess = |row: ListingIx| self.evidence.assess_listing(&self.state, row);
        rows.into_iter().flatten().map(assess).collect()
    }

    /// Returns the log-odds of all reviews and reviewers of the corpus in the same file.
    pub fn scores(&self, corpus: &Corpus, with: With) -> Scores {
        let evidence = match with {
            With::Everything => self.evidence.clone(),
            With::OwnSignals => CorpusEvidence::default(),
            With::Corpus => self.evidence.without_campaigns(),
            With::Campaigns => self.evidence.without_corpus(),
        };
        let state = &self.state;
        let review = |row: &ReviewIx| evidence.assess_review(state, *row).fused.estimate.log_odds;
        let mut reviewers = vec![f64::NAN; corpus.reviewers()];
        for (place, row) in self.rows.iter().enumerate().take(corpus.reviews()) {
            let score = &mut reviewers[corpus.reviewer_of(place) as usize];
            let review = state.reviews().get(*row).filter(|_| score.is_nan());
            if let Some(reviewer) = review.and_then(|review| review.reviewer) {
                let assessed = evidence.assess_reviewer(state, reviewer);
                *score = assessed.fused.estimate.log_odds;
            }
        }
        Scores {
            reviews: self.rows.iter().map(review).collect(),
            reviewers,
        }
    }
}
