//! Campaigns against the pushes of the simulation.

use std::collections::HashSet;

use super::orders::Orders;
use super::{FLAGGED, Figures, Played, Truth};
use crate::integrity::campaigns::{Attribution, Campaign, Direction};
use crate::lab::evaluate::simulated::stream::first_sight;
use crate::lab::evaluate::simulated::{Attributed, Found};
use crate::lab::simulate::{is_general_sale, scheme_names};
use crate::state::ReviewIx;

/// Smaller pushes are no campaigns.
const PUSH_LEAST: usize = 5;
/// Longest time from a sale to its first reviews, in days.
const SALE_LAG: u32 = 9;

pub(super) fn measure(played: &Played, truth: &Truth, orders: &Orders, figures: &mut Figures) {
    let all = played.evidence.campaigns().all();
    let flagged: Vec<&Campaign> = all
        .iter()
        .filter(|one| one.confidence() >= FLAGGED)
        .collect();
    let share = |campaign: &Campaign| {
        let planted = campaign
            .members
            .iter()
            .filter(|member| truth.is_planted(member.review));
        planted.count() as f64 / campaign.members.len() as f64
    };
    figures.candidates = all.len() as u64;
    figures.flagged = flagged.len() as u64;
    let (right, wrong): (Vec<&Campaign>, Vec<&Campaign>) =
        flagged.iter().partition(|campaign| share(campaign) >= 0.5);
    figures.flagged_right = right.len() as u64;
    let on_sale = |campaign: &&&Campaign| {
        (campaign.first_day.saturating_sub(SALE_LAG)..=campaign.first_day).any(is_general_sale)
    };
    figures.flagged_on_sale_days = wrong.iter().filter(on_sale).count() as u64;
    figures.attributed = attributed(all, share);
    let members: HashSet<ReviewIx> = flagged
        .iter()
        .flat_map(|one| one.members.iter().map(|member| member.review))
        .collect();
    let (mut kept, mut seen) = (0_u64, 0_u64);
    for scheme in scheme_names() {
        let mut found = found(played, truth, &members, scheme, (&mut kept, &mut seen));
        if found.manipulated > 0 {
            found.reviews = orders.reviews(truth, Some(scheme));
            figures.schemes.push(found);
        }
    }
    figures.all = sum(&figures.schemes);
    figures.all.reviews = figures.reviews.clone();
    figures.ids_kept = (seen > 0).then(|| kept as f64 / seen as f64);
}

fn found(
    played: &Played,
    truth: &Truth,
    members: &HashSet<ReviewIx>,
    scheme: &'static str,
    (kept, seen): (&mut u64, &mut u64),
) -> Found {
    let mut found = Found {
        scheme: scheme.to_owned(),
        manipulated: truth.reviews.values().filter(|one| **one == scheme).count() as u64,
        ..Found::default()
    };
    let mut shares = Vec::new();
    let pushes = truth.pushes.values().filter(|push| push.0 == scheme);
    for (_, rows) in pushes.filter(|push| push.1.len() >= PUSH_LEAST) {
        let inside = rows.iter().filter(|row| members.contains(row)).count();
        found.pushes += 1;
        found.found += u64::from(2 * inside >= rows.len());
        found.reviews_found += inside as u64;
        if let Some(sight) = first_sight(played, rows) {
            *seen += 1;
            *kept += u64::from(sight.id_kept);
            found.flagged_by_half += u64::from(sight.share <= 0.5);
            shares.push(sight.share);
        }
    }
    found.ever_flagged = shares.len() as u64;
    found.share_at_first_flag = mean(&shares);
    found
}

fn sum(schemes: &[Found]) -> Found {
    let mut all = Found {
        scheme: "all".to_owned(),
        ..Found::default()
    };
    let mut shares = 0.0;
    for one in schemes {
        all.manipulated += one.manipulated;
        all.pushes += one.pushes;
        all.found += one.found;
        all.reviews_found += one.reviews_found;
        all.ever_flagged += one.ever_flagged;
        all.flagged_by_half += one.flagged_by_half;
        shares += one.share_at_first_flag.unwrap_or(0.0) * one.ever_flagged as f64;
    }
    all.share_at_first_flag = (all.ever_flagged > 0).then(|| shares / all.ever_flagged as f64);
    all
}

pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn attributed(all: &[Campaign], share: impl Fn(&Campaign) -> f64) -> Attributed {
    let mut attributed = Attributed::default();
    for campaign in all {
        let (kind, right) = match (share(campaign), campaign.direction) {
            (share, Direction::Promote) if share >= 0.5 => {
                (&mut attributed.promotion, Attribution::SelfPromotion)
            }
            (share, Direction::Attack) if share >= 0.5 => {
                (&mut attributed.attack, Attribution::Attack)
            }
            (share, _) if share <= 0.1 => (&mut attributed.organic, Attribution::OrganicBurst),
            // Neither: an honest crowd with a planted part.
            _ => continue,
        };
        kind[0] += 1;
        kind[1] += u64::from(campaign.posterior.likeliest() == right);
    }
    attributed
}
