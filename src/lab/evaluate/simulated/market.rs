//! Simulates a market into a state, and searches it for campaigns while it runs.

use std::collections::HashMap;
use std::time::Instant;

use crate::codec::parse_event;
use crate::domain::Time;
use crate::integrity::CorpusEvidence;
use crate::integrity::campaigns::Campaigns;
use crate::lab::simulate::{Config, Market, TruthRow};
use crate::proto::v1;
use crate::proto::v1::event::Payload;
use crate::state::{LogRef, ReviewIx, State};

/// Days between two searches.
const LOOK_DAYS: u32 = 1;

/// A search in the running market.
#[derive(Debug)]
pub(super) struct Look {
    /// Reviews so far.
    pub(super) reviews: u32,
    /// Reviews in flagged campaigns, with the index of the campaign in `ids`.
    pub(super) flagged: Vec<(ReviewIx, u32)>,
    pub(super) ids: Vec<String>,
}

/// A market that has run to its end.
#[derive(Debug)]
pub struct Played {
    pub(super) spec: String,
    pub(super) state: State,
    pub(super) evidence: CorpusEvidence,
    pub(super) truth: Vec<TruthRow>,
    pub(super) looks: Vec<Look>,
    /// By seller id.
    pub(super) countries: HashMap<String, String>,
    pub(super) pass_seconds: f64,
}

impl Played {
    /// Wraps another state with its truth.
    pub(in crate::lab::evaluate) fn of(state: State, truth: Vec<TruthRow>, spec: &str) -> Self {
        let started = Instant::now();
        let evidence = CorpusEvidence::gather(&state);
        Self {
            spec: spec.to_owned(),
            pass_seconds: started.elapsed().as_secs_f64(),
            state,
            evidence,
            truth,
            looks: Vec::new(),
            countries: HashMap::new(),
        }
    }
}

/// Simulates a market, with a search every day on request. Fails if the codec refuses an event of
/// the simulator.
pub fn play(config: &Config, spec: &str, look: bool) -> Result<Played, String> {
    let mut market = Market::new(config.clone());
    let mut state = State::default();
    let mut countries = HashMap::new();
    let mut looks = Vec::new();
    let mut next_look = None;
    for (index, message) in (0_u32..).zip(market.by_ref()) {
        if let Some(Payload::Seller(v1::Seller {
            seller_id,
            home_country,
            ..
        })) = &message.payload
        {
            countries.insert(seller_id.clone(), home_country.clone());
        }
        let event = parse_event(message, Time::from_seconds(u32::MAX));
        let event = event.map_err(|faults| format!("a simulated event is refused: {faults:?}"))?;
        let day = event.time().map(Time::day);
        if let (true, Some(day)) = (look, day) {
            let due = *next_look.get_or_insert(day + LOOK_DAYS);
            if day >= due {
                looks.push(look_at(&state));
                next_look = Some(day + LOOK_DAYS);
            }
        }
        let log = LogRef {
            sequence: index >> 16,
            index: index as u16,
        };
        state.apply(&event, log).map_err(|full| full.to_string())?;
    }
    Ok(Played {
        looks,
        countries,
        ..Played::of(state, market.take_truth(), spec)
    })
}

fn look_at(state: &State) -> Look {
    let campaigns = Campaigns::find(state);
    let (mut flagged, mut ids) = (Vec::new(), Vec::new());
    for campaign in campaigns.all() {
        if campaign.confidence() >= super::FLAGGED {
            let index = ids.len() as u32;
            flagged.extend(campaign.members.iter().map(|member| (member.review, index)));
            ids.push(campaign.id.clone());
        }
    }
    flagged.sort_unstable();
    Look {
        reviews: state.reviews().len(),
        flagged,
        ids,
    }
}
