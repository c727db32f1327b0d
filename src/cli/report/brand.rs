//! Describes the brand progress of a seller for a person.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use chrono::DateTime;

use tonic::{Code, Status};

use crate::brand::better_than;
use crate::cli::client::{ANSWER_BYTES_MAX, Link};
use crate::domain::{fixed, signed};
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::brand_service_client::BrandServiceClient;
use crate::proto::v1::{
    BrandMeasure, BrandPillarScore, BrandProgress, BrandRecommendation, BrandStage, BrandTrend,
    GetBrandProgressRequest, GetStatusRequest, Interval, ListRecommendationsRequest,
    ListVoiceTopicsRequest, VoiceTopic,
};

/// Longest wait for a service that has just started.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Longest wait for current progress of a busy service; then the present one is printed.
const WAIT_CURRENT: Duration = Duration::from_secs(5);
/// Pause between two requests.
const WAIT: Duration = Duration::from_millis(100);
/// Actions and topics in a report.
const ACTIONS: u32 = 3;
const TOPICS: u32 = 4;
/// Distance from the middle percentile at which a measure is printed.
const FAR_FROM_MIDDLE: f64 = 15.0;

/// The contents of the page.
#[derive(Debug, serde::Serialize)]
pub(super) struct Brand {
    progress: BrandProgress,
    recommendations: Vec<BrandRecommendation>,
    voice: Vec<VoiceTopic>,
}

/// Requests the progress of a seller; `None` from an older service.
pub(super) async fn find(channel: Link, seller_id: &str) -> Result<Option<Brand>, Status> {
    let mut client =
        BrandServiceClient::new(channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
    let status = AdminServiceClient::new(channel)
        .get_status(GetStatusRequest {})
        .await?
        .into_inner();
    let progress = match current(&mut client, seller_id, status.log_sequence).await {
        Err(status) if status.code() == Code::Unimplemented => return Ok(None),
        found => found?,
    };
    let request = ListRecommendationsRequest {
        seller_id: seller_id.to_owned(),
        page_size: ACTIONS,
        page_token: String::new(),
    };
    let recommendations = client.list_recommendations(request).await?.into_inner();
    let request = ListVoiceTopicsRequest {
        seller_id: seller_id.to_owned(),
        page_size: TOPICS,
        ..ListVoiceTopicsRequest::default()
    };
    let voice = client.list_voice_topics(request).await?.into_inner();
    Ok(Some(Brand {
        progress,
        recommendations: recommendations.recommendations,
        voice: voice.topics,
    }))
}

/// Requests the progress until it covers all events that the service had at the start, peers
/// included. After a while it returns the present one.
async fn current(
    client: &mut BrandServiceClient<Link>,
    seller_id: &str,
    sequence: u64,
) -> Result<BrandProgress, Status> {
    let started = Instant::now();
    loop {
        let request = GetBrandProgressRequest {
            seller_id: seller_id.to_owned(),
            ..GetBrandProgressRequest::default()
        };
        let waited = started.elapsed();
        match client.get_brand_progress(request).await {
            Ok(found) => {
                let progress = found.into_inner().progress.unwrap_or_default();
                let read = progress.log_sequence.min(progress.peers_log_sequence);
                if read >= sequence || waited > WAIT_CURRENT {
                    return Ok(progress);
                }
            }
            Err(status) if status.code() == Code::Unavailable && waited < WAIT_MAX => {}
            Err(status) => return Err(status),
        }
        tokio::time::sleep(WAIT).await;
    }
}

/// Describes progress in words, with line ends.
pub(super) fn words(brand: &Brand) -> String {
    let progress = &brand.progress;
    let mut text = format!("\nbrand of seller {}\n", progress.seller_id);
    line(&mut text, "stage", &stage(progress));
    let Some(index) = &progress.index else {
        let message = format!(
            "none yet: {:.0} % of the measures are known; data for three areas are needed",
            progress.coverage * 100.0
        );
        line(&mut text, "index", &message);
        return text + &unknown(progress);
    };
    let mut message = format!("{} of 100", ranged(index, 0));
    if let Some(raw) = progress.raw_index {
        let _ = write!(message, "; {raw:.0} if all data counted as genuine");
    }
    line(&mut text, "index", &message);
    if let Some(percentile) = progress.percentile {
        let comparison = better_than(percentile, progress.peer_count);
        line(
            &mut text,
            "peers",
            &format!("{comparison} ({})", progress.peer_group),
        );
    }
    let coverage = format!(
        "{:.0} % of the measures are known",
        progress.coverage * 100.0
    );
    line(&mut text, "coverage", &coverage);
    if let Some(trend) = &progress.trend {
        trend_lines(&mut text, trend);
    }
    if let Some(fragility) = progress.fragility.as_ref().filter(|one| one.fragile) {
        line(&mut text, "fragile", &fragility.reason);
    }
    for pillar in &progress.pillars {
        pillar_lines(&mut text, pillar);
    }
    text += &unknown(progress);
    for action in &brand.recommendations {
        action_lines(&mut text, action);
    }
    for topic in &brand.voice {
        topic_line(&mut text, topic);
    }
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name:<11}{value}");
}

fn ranged(interval: &Interval, digits: usize) -> String {
    let Interval {
        value,
        lower,
        upper,
    } = interval;
    let [value, lower, upper] = [value, lower, upper].map(|figure| fixed(*figure, digits));
    format!("{value} ({lower} to {upper})")
}

fn stage(progress: &BrandProgress) -> String {
    let stage = match progress.stage() {
        BrandStage::Unspecified => "unknown",
        BrandStage::InsufficientData => "not enough data yet",
        BrandStage::WhiteLabelLister => "white-label lister: few buyers search for the name",
        BrandStage::TrafficRenter => "traffic renter: many sales depend on advertising",
        BrandStage::Emerging => "emerging brand: some areas are strong",
        BrandStage::Established => "established brand: buyers search for it and return",
        BrandStage::ResilientMultiMarket => {
            "resilient multi-market brand: established in more than one market"
        }
    };
    let fragile = progress.fragility.as_ref().is_some_and(|one| one.fragile);
    format!("{stage}{}", if fragile { " (fragile)" } else { "" })
}

fn trend_lines(text: &mut String, trend: &BrandTrend) {
    // No forecast is certain.
    let chance = (trend.probability_rising * 100.0).clamp(1.0, 99.0);
    let mut message = format!("the chance that the index rises is {chance:.0} %");
    if let Some(change) = &trend.change_three_months {
        let _ = write!(message, "; {} points in 3 months", signed(change.value, 1));
    }
    if let Some(change) = &trend.change_twelve_months {
        let _ = write!(message, "; {} points in 12 months", signed(change.value, 1));
    }
    line(text, "trend", &message);
    for point in trend.change_points.iter().take(2) {
        let seconds = point.month.as_ref().map_or(0, |time| time.seconds);
        let date = DateTime::from_timestamp(seconds, 0);
        let month = date.map_or(String::new(), |date| date.format("%Y-%m").to_string());
        let direction = if point.strength > 0.0 { "up" } else { "down" };
        let mut message = format!("{direction} in {month}");
        if !point.events.is_empty() {
            let _ = write!(message, "; at that time: {}", point.events.join(", "));
        }
        line(text, "change", &message);
    }
}

fn pillar_lines(text: &mut String, pillar: &BrandPillarScore) {
    let name = pillar
        .pillar()
        .as_str_name()
        .trim_start_matches("BRAND_PILLAR_")
        .to_lowercase()
        .replace('_', " ");
    let Some(score) = &pillar.score else {
        let _ = writeln!(text, "  {name:<18} no data yet");
        return;
    };
    let _ = writeln!(text, "  {name:<18} {}", ranged(score, 0));
    for measure in &pillar.measures {
        if is_notable(measure) {
            let _ = writeln!(text, "      {}", measure.sentence);
        }
    }
}

/// Returns whether a measure is far from the middle of its peers.
fn is_notable(measure: &BrandMeasure) -> bool {
    let percentile = measure.percentile.as_ref();
    percentile.is_some_and(|percentile| (percentile.value - 50.0).abs() >= FAR_FROM_MIDDLE)
}

/// Lists the missing measures in one line.
fn unknown(progress: &BrandProgress) -> String {
    let measures = progress.pillars.iter().flat_map(|pillar| &pillar.measures);
    let mut missing: Vec<&str> = measures
        .filter(|measure| measure.clean_value.is_none())
        .flat_map(|measure| measure.inputs_missing.iter().map(String::as_str))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    line(&mut text, "no data on", &missing.join(", "));
    text
}

fn action_lines(text: &mut String, action: &BrandRecommendation) {
    let gain = action.gain.as_ref().map_or(0.0, |gain| gain.value);
    let message = format!(
        "{} Expected gain: {} points for {:.0} days of work.",
        action.sentence,
        fixed(gain, 1),
        action.effort_days
    );
    line(text, "to do", &message);
}

fn topic_line(text: &mut String, topic: &VoiceTopic) {
    let share = topic.share.as_ref().map_or(0.0, |share| share.value);
    let words = topic.words.first().map_or("", String::as_str);
    let mut message = format!("\"{words}\" is in {:.0} % of the texts", share * 100.0);
    if let Some(effect) = &topic.effect_stars {
        let difference = if effect.value < 0.0 {
            "lower"
        } else {
            "higher"
        };
        let stars = effect.value.abs();
        let _ = write!(
            message,
            "; the rating in these texts is {stars:.1} stars {difference} ({} to {})",
            signed(effect.lower, 1),
            signed(effect.upper, 1)
        );
    }
    line(text, "voice", &message);
}
