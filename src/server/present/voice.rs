//! Answers which topics the reviews of a seller have, from their texts in the log.

use tonic::Status;

use crate::brand::voice::{OWN_MOST, Topic, Voice, extract_topics};
use crate::domain::{Id, Reason, Subject, Time};
use crate::engine::Snapshots;
use crate::integrity::suspicion;
use crate::proto::v1::{Interval, ListVoiceTopicsRequest, ListVoiceTopicsResponse, VoiceTopic};
use crate::server::access::Scope;
use crate::server::admission::Work;
use crate::server::cancellable;
use crate::server::page::{self, PageTokens};
use crate::server::services::brand;
use crate::server::status;
use crate::state::{ListingIx, ReviewIx, SellerIx, State};
use crate::stats::QUANTILE_90;

/// Lists the topics of a seller, or of one of its listings.
pub(in crate::server) async fn list(
    snapshots: &Snapshots,
    scope: &Scope,
    tokens: &PageTokens,
    request: ListVoiceTopicsRequest,
) -> Result<ListVoiceTopicsResponse, Status> {
    let filter = ListVoiceTopicsRequest {
        page_size: 0,
        page_token: String::new(),
        ..request.clone()
    };
    let codec = tokens.codec("ListVoiceTopics", &filter);
    let ListVoiceTopicsRequest {
        seller_id,
        marketplace,
        listing_id,
        page_size,
        page_token,
    } = request;
    let size = page::size(page_size, 20)?;
    let start: Option<u32> = codec.decode(&page_token)?;
    let start = start.unwrap_or_default() as usize;
    let id = brand::parse_seller(seller_id)?;
    let scored = snapshots.scored();
    let state = &scored.snapshot.state;
    scope.permit(state, &Subject::Seller(id.clone()))?;
    let seller = state
        .find_seller(id.as_str())
        .ok_or_else(|| status::unknown(&Subject::Seller(id)))?;
    let listing = find_listing(state, seller, &marketplace, &listing_id)?;
    let snapshots = snapshots.clone();
    cancellable(Some(Work::Query), move |cancel| {
        let state = &scored.snapshot.state;
        let weight = |row: ReviewIx| 1.0 - suspicion(state, scored.evidence.campaigns(), row);
        let mut own = snapshots
            .texts_of_seller(state, seller, weight, cancel)
            .map_err(|error| status::engine(&error))?;
        let truncated = own.len() == OWN_MOST;
        let others = snapshots
            .texts_of_others(state, seller, weight, cancel)
            .map_err(|error| status::engine(&error))?;
        cancel.check().map_err(status::cancelled)?;
        own.retain(|review| listing.is_none_or(|listing| review.listing == listing));
        let day = state.watermark().map_or(0, Time::day);
        let revised = |listing: ListingIx| state.listing_trade(listing).revised().map(Time::day);
        let voice = extract_topics(own, others, day, &revised);
        let end = start.saturating_add(size);
        let topics = voice.topics.iter().skip(start).take(size);
        Ok(ListVoiceTopicsResponse {
            topics: topics.map(|topic| message(state, &voice, topic)).collect(),
            next_page_token: if voice.topics.len() > end {
                codec.encode(&(end as u32))
            } else {
                String::new()
            },
            review_count: voice.reviews,
            truncated,
        })
    })
    .await
}

/// The requested listing, which has to be the seller's.
fn find_listing(
    state: &State,
    seller: SellerIx,
    marketplace: &str,
    listing: &str,
) -> Result<Option<ListingIx>, Status> {
    if marketplace.is_empty() && listing.is_empty() {
        return Ok(None);
    }
    let named = Id::new(marketplace).zip(Id::new(listing));
    let own = named.and_then(|(marketplace, id)| {
        let row = state.find_listing(marketplace.as_str(), id.as_str())?;
        let listing = state.listings().get(row)?;
        (listing.seller == Some(seller)).then_some(row)
    });
    own.map(Some).ok_or_else(|| {
        status::invalid_argument(
            "listing_id",
            Reason::Inconsistent,
            "with marketplace names no listing of the seller",
        )
    })
}

fn message(state: &State, voice: &Voice, topic: &Topic) -> VoiceTopic {
    let share = topic.share;
    let texts = f64::from(voice.texts.max(1));
    let sd = libm::sqrt(share * (1.0 - share) / texts);
    let samples = topic.samples.iter();
    let reviews = samples.filter_map(|row| state.reviews().get(*row));
    VoiceTopic {
        code: topic.key.clone(),
        words: topic.words.clone(),
        language: topic.key.split(':').next().unwrap_or("").to_owned(),
        review_count: topic.mentions,
        share: Some(Interval {
            value: share,
            lower: (share - QUANTILE_90 * sd).max(0.0),
            upper: (share + QUANTILE_90 * sd).min(1.0),
        }),
        effect_stars: Some(Interval {
            value: topic.effect,
            lower: topic.low,
            upper: topic.high,
        }),
        share_recent: topic.trend.map(|trend| trend.recent),
        share_before: topic.trend.map(|trend| trend.before),
        probability_rising: topic.trend.map(|trend| trend.rising),
        probability_fell: topic.fall.map(|fall| fall.probability),
        sample_review_ids: reviews
            .map(|review| state.name(review.name).to_owned())
            .collect(),
    }
}
