//! The market around a scene: a simulated one, of which the truth is known.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::roles::Key;
use super::scene::{DAY, Scene};
use crate::codec::parse_event;
use crate::domain::{Band, Event, Time};
use crate::integrity::CorpusEvidence;
use crate::lab::simulate::{Config, Market};
use crate::proto::v1;
use crate::proto::v1::event::Payload;
use crate::state::{LogRef, State, SubjectIx};

/// Marketplaces of the background: name, country and currency.
pub(super) const MARKETS: [(&str, &str, &str); 2] =
    [("sim.us", "US", "USD"), ("sim.uk", "GB", "GBP")];

/// Least bytes of praise that is worth a copy.
const PRAISE_LEAST: usize = 80;

/// A simulated market in the order of its events.
#[derive(Debug)]
pub(super) struct Background {
    /// Start of the first day, in seconds since 1970.
    pub(super) start: i64,
    /// Days of the market.
    pub(super) days: i64,
    /// The seed of its calendar.
    pub(super) seed: u64,
    /// Honest authors by marketplace, once for each of their reviews.
    pub(super) accounts: [Arc<Vec<String>>; 2],
    /// Titles and bodies of honest praise at some length.
    pub(super) praise: Vec<(String, String)>,
    // Events with the time at which they arrive.
    events: Vec<(i64, Event)>,
    honest: BTreeSet<Key>,
    /// Honest authors that are flagged without any scene.
    flagged: BTreeSet<Key>,
}

/// A state with the evidence of one pass over it.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) state: State,
    pub(super) evidence: CorpusEvidence,
}

impl Background {
    /// Simulates the market of a seed. Its size, length and honesty differ by the seed.
    pub(super) fn of(seed: u64, reviews: u64) -> Result<Self, String> {
        let draw = |stream: u64| {
            let mut dice = crate::lab::simulate::dice::Dice::new(seed, stream);
            dice.unit()
        };
        let config = Config {
            reviews: (reviews as f64 * (0.6 + 0.8 * draw(51))) as u64,
            days: 480 + (draw(52) * 400.0) as u32,
            intensity: 0.4 + 1.2 * draw(53),
            ..Config::sized(seed, reviews)
        };
        let mut background = Self {
            start: config.start,
            days: config.days.into(),
            seed,
            accounts: [Arc::default(), Arc::default()],
            praise: Vec::new(),
            events: Vec::new(),
            honest: BTreeSet::new(),
            flagged: BTreeSet::new(),
        };
        let mut market = Market::new(config);
        let messages: Vec<v1::Event> = market.by_ref().collect();
        let truth = market.take_truth();
        let planted: BTreeSet<Key> = truth
            .iter()
            .filter(|row| row.role == "manipulated")
            .map(|row| Key::new(row.marketplace, &row.id))
            .collect();
        background.know(&messages, &planted);
        let mut now = i64::MIN;
        for message in messages {
            let event = parse(message)?;
            let dated = !matches!(
                event.payload,
                crate::domain::Payload::Seller(_) | crate::domain::Payload::Listing(_)
            );
            let time = event.time().filter(|_| dated);
            now = now.max(time.map_or(now, |time| time.seconds().into()));
            background.events.push((now, event));
        }
        background.flagged = background.look()?;
        Ok(background)
    }

    /// Learns the honest authors of the market and their praise.
    fn know(&mut self, messages: &[v1::Event], planted: &BTreeSet<Key>) {
        let mut accounts = [Vec::new(), Vec::new()];
        for message in messages {
            let Some(Payload::Review(review)) = &message.payload else {
                continue;
            };
            let author = Key::new(&review.marketplace, &review.reviewer_id);
            if planted.contains(&author) {
                continue;
            }
            let market = usize::from(review.marketplace == MARKETS[1].0);
            accounts[market].push(review.reviewer_id.clone());
            self.honest.insert(author);
            if review.rating > 3 && review.body.len() >= PRAISE_LEAST {
                let text = (review.title.clone(), review.body.clone());
                self.praise.push(text);
            }
        }
        self.accounts = accounts.map(Arc::new);
    }

    /// Whether an honest author is flagged without any scene.
    pub(super) fn is_flagged_anyway(&self, author: &Key) -> bool {
        self.flagged.contains(author)
    }

    /// Honest authors in the order of their ids.
    pub(super) fn honest(&self) -> impl Iterator<Item = &Key> {
        self.honest.iter()
    }

    /// End of the last day, in seconds since 1970.
    pub(super) const fn end(&self) -> i64 {
        self.start + self.days * DAY
    }

    fn look(&self) -> Result<BTreeSet<Key>, String> {
        let served = self.served(Scene::default())?;
        let flagged = self.honest.iter().filter(|key| {
            let row = served.state.find_reviewer(&key.marketplace, &key.id);
            row.is_some_and(|row| served.is_flagged(SubjectIx::Reviewer(row)))
        });
        Ok(flagged.cloned().collect())
    }

    /// Imports the market and a scene in the order of arrival, as a platform would send them.
    pub(super) fn served(&self, scene: Scene) -> Result<Served, String> {
        let mut added = Vec::with_capacity(scene.events.len());
        for (arrives, message) in scene.events {
            added.push((arrives, parse(message)?));
        }
        added.sort_by_key(|(arrives, _)| *arrives);
        let mut state = State::default();
        let mut added = added.into_iter().peekable();
        let mut number = 0_u32;
        let mut apply = |event: &Event| {
            let log = LogRef {
                sequence: number >> 16,
                index: number as u16,
            };
            number += 1;
            let outcome = state.apply(event, log);
            outcome.map(|_| ()).map_err(|full| full.to_string())
        };
        for (now, event) in &self.events {
            while let Some((_, event)) = added.next_if(|(arrives, _)| arrives < now) {
                apply(&event)?;
            }
            apply(event)?;
        }
        for (_, event) in added {
            apply(&event)?;
        }
        let evidence = CorpusEvidence::gather(&state);
        Ok(Served { state, evidence })
    }
}

impl Served {
    /// Whether a subject is shown at elevated or worse.
    pub(super) fn is_flagged(&self, row: SubjectIx) -> bool {
        self.evidence.assess(&self.state, row).band >= Band::Elevated
    }
}

fn parse(message: v1::Event) -> Result<Event, String> {
    parse_event(message, Time::from_seconds(u32::MAX))
        .map_err(|faults| format!("an event of a scene is refused: {faults:?}"))
}
