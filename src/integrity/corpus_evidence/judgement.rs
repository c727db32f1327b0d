//! Judges listings and sellers by their reviews.
//!
//! The probability of a listing or seller is that a material share of its positive reviews is
//! manipulated; that of an attack on it, that a material share of its negative ones is. The signals
//! that count marks of reviews are facts beside it: each review has been assessed by them already.
//! Facts that no single review shows (removals, reviews without orders, a page that became another)
//! add to it.

use super::CorpusEvidence;
use super::campaign_terms::{LISTING, LISTING_ATTACK};
use super::material::{CampaignPart, Manipulated, manipulated};
use super::memberships::CampaignRole;
use super::review_shares::{ReviewShare, SubjectShares};
use super::share_terms::{ATTACKED, MANIPULATED};
use crate::domain::ManipulatedReviews;
use crate::integrity::campaigns::Attribution;
use crate::integrity::fusion::{Fused, PRIOR_LOG_ODDS, Term, fuse};
use crate::integrity::own_signals::{self, Assessed, assessed, measures_of};
use crate::integrity::signals::listing::{self, ListingContext};
use crate::integrity::terms::{Overlap, Reading, Spec};
use crate::state::{ListingIx, Polarity, SellerIx, State};
use crate::stats::logistic;

/// Most log-odds, to either side, that a probability of material manipulation amounts to.
const LOG_ODDS_MOST: f64 = 4.0;
/// The part of the question that is left to facts that no single review shows.
const LEFT_TO_FACTS: f64 = 0.25;
/// Share of a listing's reviews that the platform itself put there, from which on the number of its
/// reviews says nothing about its orders.
const ARTEFACT_SHARE: f64 = 0.2;

/// The reviews of a subject on one marketplace, and its campaigns.
struct Judged<'a> {
    shares: &'a SubjectShares,
    marketplace: u16,
    promotion: Vec<CampaignPart>,
    attack: Vec<CampaignPart>,
}

impl CorpusEvidence {
    /// Assesses a listing.
    pub fn assess_listing(&self, state: &State, row: ListingIx) -> Assessed {
        let listing = state.listings().get(row);
        let (Some(listing), Some(judged)) = (listing, self.judged_listing(state, row)) else {
            return own_signals::assess_listing(state, row);
        };
        let enough = own_signals::may_assess_tally(&listing.tally);
        self.judge(&judged, &ListingContext::of(state, row), enough)
    }

    /// Assesses a seller by its reviews on the marketplace where its risk is greatest.
    pub fn assess_seller(&self, state: &State, row: SellerIx) -> Assessed {
        let Some(seller) = state.sellers().get(row) else {
            return own_signals::assess_seller(state, row);
        };
        let enough = own_signals::may_assess_tally(&seller.tally);
        let context = ListingContext::sum(state, row, &seller.tally);
        let judged = self.judged_seller(state, row);
        let assessments = judged
            .iter()
            .map(|judged| self.judge(judged, &context, enough));
        let riskier = |best: Assessed, other: Assessed| {
            let attack = stronger(best.attack.clone(), other.attack.clone());
            let risk = |one: &Assessed| one.fused.estimate.log_odds;
            let best = if risk(&other) > risk(&best) {
                other
            } else {
                best
            };
            Assessed { attack, ..best }
        };
        assessments
            .reduce(riskier)
            .unwrap_or_else(|| own_signals::assess_seller(state, row))
    }

    /// How many positive reviews of a listing are manipulated; none before a pass.
    pub fn manipulated_of_listing(
        &self,
        state: &State,
        row: ListingIx,
    ) -> Option<ManipulatedReviews> {
        Some(self.reviews_of(&self.judged_listing(state, row)?))
    }

    /// The same of a seller, on the marketplace where it is most likely to be material.
    pub fn manipulated_of_seller(
        &self,
        state: &State,
        row: SellerIx,
    ) -> Option<ManipulatedReviews> {
        let judged = self.judged_seller(state, row);
        let of = judged.iter().map(|judged| self.reviews_of(judged));
        of.reduce(|best, other| {
            if other.material > best.material {
                other
            } else {
                best
            }
        })
    }

    fn reviews_of(&self, judged: &Judged<'_>) -> ManipulatedReviews {
        let share = judged.shares.of(Polarity::Positive);
        let material_share = self.material_share(judged.marketplace, Polarity::Positive);
        let Manipulated {
            expected,
            sd,
            material,
        } = manipulated(
            share,
            self.usual(judged.marketplace, Polarity::Positive),
            &judged.promotion,
            material_share,
        );
        ManipulatedReviews {
            reviews: share.reviews as u32,
            expected,
            sd,
            material_share,
            material,
        }
    }

    fn judged_listing(&self, state: &State, row: ListingIx) -> Option<Judged<'_>> {
        let marketplace = state.listings().get(row)?.marketplace;
        Some(Judged {
            shares: self.shares.listing(row)?,
            marketplace,
            promotion: self.memberships.of_listing(row, CampaignRole::Promotion),
            attack: self.memberships.of_listing(row, CampaignRole::Attack),
        })
    }

    fn judged_seller(&self, state: &State, row: SellerIx) -> Vec<Judged<'_>> {
        let on = |marketplace: u16, role| {
            let parts = self.memberships.of_seller(row, role);
            let there = parts.into_iter().filter(|part| {
                let campaign = self.campaign(part.campaign);
                let listing = campaign.and_then(|campaign| campaign.listings.first());
                let listing = listing.and_then(|row| state.listings().get(*row));
                listing.is_some_and(|listing| listing.marketplace == marketplace)
            });
            there.collect()
        };
        let shares = self.shares.seller(row).iter();
        shares
            .map(|seller| Judged {
                shares: &seller.shares,
                marketplace: seller.marketplace,
                promotion: on(seller.marketplace, CampaignRole::Promotion),
                attack: on(seller.marketplace, CampaignRole::Attack),
            })
            .collect()
    }

    fn material_share(&self, marketplace: u16, polarity: Polarity) -> f64 {
        self.material.beside(self.usual(marketplace, polarity))
    }

    fn usual(&self, marketplace: u16, polarity: Polarity) -> f64 {
        let prior = logistic(PRIOR_LOG_ODDS);
        self.shares.usual(marketplace, polarity, prior)
    }

    /// Own risk and the risk of being attacked.
    fn judge(&self, judged: &Judged<'_>, context: &ListingContext<'_>, enough: bool) -> Assessed {
        let artefacts = self.artefact_share(judged);
        let replaced = |spec: &Spec| {
            spec.overlap == Overlap::Reviews
                || spec.code == listing::REVIEWS_PER_ORDER && artefacts >= ARTEFACT_SHARE
        };
        let own = fuse(measures_of(context, &listing::OWN)).with_replaced(replaced);
        let attack = fuse(measures_of(context, &listing::ATTACK)).with_replaced(replaced);
        let side = |polarity| Side {
            share: judged.shares.of(polarity),
            usual: self.usual(judged.marketplace, polarity),
            material: self.material_share(judged.marketplace, polarity),
        };
        let own = self.with_reviews(
            own,
            side(Polarity::Positive),
            &MANIPULATED,
            &judged.promotion,
        );
        let attack = self.with_reviews(attack, side(Polarity::Negative), &ATTACKED, &judged.attack);
        assessed(own, Some(attack), enough)
    }

    /// The share of a subject's positive reviews in groups that the platform itself made, 0 to 1.
    fn artefact_share(&self, judged: &Judged<'_>) -> f64 {
        let parts = judged.promotion.iter();
        let made_by_platform = parts.map(|part| {
            let campaign = self.campaign(part.campaign);
            let artefact = campaign.map_or(0.0, |campaign| {
                campaign.posterior.of(Attribution::PlatformArtefact)
            });
            artefact * part.planted
        });
        let reviews = judged.shares.of(Polarity::Positive).reviews.max(1.0);
        made_by_platform.sum::<f64>() / reviews
    }

    /// Adds what the reviews and the campaigns say.
    fn with_reviews(
        &self,
        facts: Fused,
        side: Side<'_>,
        spec: &'static Spec,
        campaigns: &[CampaignPart],
    ) -> Fused {
        let Side {
            share,
            usual,
            material,
        } = side;
        if share.reviews == 0.0 {
            return facts;
        }
        let alone = manipulated(share, usual, &[], material);
        let together = manipulated(share, usual, campaigns, material);
        let Fused {
            mut terms, silent, ..
        } = facts;
        let by_reviews = log_odds(alone.material);
        terms.push(Term {
            spec,
            reading: Reading {
                value: share.mean() / usual,
                tail: 1.0,
                peers: 0,
            },
            contribution: by_reviews - PRIOR_LOG_ODDS,
            campaign: None,
        });
        let by_campaigns = log_odds(together.material) - by_reviews;
        let largest = campaigns.first().filter(|_| by_campaigns > 0.0);
        terms.extend(largest.and_then(|largest| {
            let campaign = self.campaign(largest.campaign)?;
            let spec = if std::ptr::eq(spec, &raw const MANIPULATED) {
                LISTING.of(campaign)
            } else {
                &LISTING_ATTACK
            };
            Some(Term {
                spec,
                reading: Reading {
                    value: largest.planted,
                    tail: 1.0,
                    peers: 0,
                },
                contribution: by_campaigns,
                campaign: Some(largest.campaign),
            })
        }));
        Fused::of(terms, silent, LEFT_TO_FACTS)
    }
}

/// The reviews of one polarity, and the share of them that is material.
#[derive(Clone, Copy)]
struct Side<'a> {
    share: &'a ReviewShare,
    /// Mean probability of such reviews on the marketplace.
    usual: f64,
    material: f64,
}

fn log_odds(probability: f64) -> f64 {
    let odds = libm::log(probability) - libm::log1p(-probability);
    odds.clamp(-LOG_ODDS_MOST, LOG_ODDS_MOST)
}

fn stronger(one: Option<Fused>, other: Option<Fused>) -> Option<Fused> {
    let log_odds = |fused: &Option<Fused>| {
        fused
            .as_ref()
            .map_or(f64::NEG_INFINITY, |fused| fused.estimate.log_odds)
    };
    if log_odds(&other) > log_odds(&one) {
        other
    } else {
        one
    }
}
