//! Counts of flags on the subjects of a scene.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::background::{Background, Served};
use super::roles::{self, Key, Role, Roles};
use crate::domain::{Assessment, Band};
use crate::integrity::campaigns::{Attribution, Campaign};
use crate::integrity::dividend::{Formula, dividend};
use crate::query;
use crate::state::{ReviewIx, State, SubjectIx};

/// Probability from which a campaign or an attack is named.
const NAMED: f64 = 0.5;
/// Stars by which a dividend may correct an honest rating.
const CLEANED: f64 = 0.1;

/// How many of the judged subjects something is true of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Judged subjects.
    pub of: u64,
    /// Those of which it is true.
    pub is: u64,
}

impl Count {
    fn add(&mut self, is: bool) {
        self.of += 1;
        self.is += u64::from(is);
    }

    /// Returns the share; none without subjects.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.is as f64 / self.of as f64)
    }
}

/// Counts on one honest scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HonestFigures {
    /// Listings at elevated or worse.
    pub listings: Count,
    /// Sellers at elevated or worse.
    pub sellers: Count,
    /// Reviews at elevated or worse.
    pub reviews: Count,
    /// Authors at elevated or worse, of those who are not without the scene.
    pub authors: Count,
    /// Campaigns of the scene's reviews that are named an attack or self-promotion.
    pub accusations: u64,
    /// Listings that are said to be attacked.
    pub attacked: Count,
    /// Subjects with a legal tag.
    pub wrong_words: Count,
    /// Listings whose dividend takes away honest criticism.
    pub cleaned: Count,
    /// Honest authors of the market who are flagged because of the scene.
    pub bystanders: u64,
}

/// Counts on the manipulated twin of a scene.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TwinFigures {
    /// The ways by which it is found; none if it is not. "page": a manipulated listing or seller is
    /// at elevated or worse. "campaign": probably made campaigns have half of the planted reviews.
    /// "attack": a victim is said to be attacked. "reviews" and "authors": half of the planted reviews, or
    /// of their authors, are at elevated or worse.
    pub found_by: Vec<&'static str>,
    /// Attacked listings and sellers that are called culprits: at elevated or worse themselves.
    pub victims: Count,
    /// Honest authors at elevated or worse.
    pub authors: Count,
    /// Honest subjects and victims with a legal tag, and manipulated ones with a tag below high.
    pub wrong_words: Count,
}

/// Assessments of the subjects of a scene.
struct Shown<'a> {
    served: &'a Served,
    listings: BTreeMap<Key, Assessment>,
    sellers: BTreeMap<Key, Assessment>,
    reviews: BTreeMap<Key, Assessment>,
    authors: BTreeMap<Key, Assessment>,
}

impl<'a> Shown<'a> {
    fn of(served: &'a Served, roles: &Roles) -> Self {
        let state = &served.state;
        let all = |kind: &BTreeMap<Key, Role>, find: &dyn Fn(&Key) -> Option<SubjectIx>| {
            let one = |key: &Key| query::assess(state, &served.evidence, find(key)?);
            kind.keys()
                .filter_map(|key| Some((key.clone(), one(key)?)))
                .collect()
        };
        Self {
            served,
            listings: all(&roles.listings, &|key| {
                let row = state.find_listing(&key.marketplace, &key.id)?;
                Some(SubjectIx::Listing(row))
            }),
            sellers: all(&roles.sellers, &|key| {
                Some(SubjectIx::Seller(state.find_seller(&key.id)?))
            }),
            reviews: all(&roles.reviews, &|key| {
                Some(SubjectIx::Review(review(state, key)?))
            }),
            authors: all(&roles.authors, &|key| {
                let row = state.find_reviewer(&key.marketplace, &key.id)?;
                Some(SubjectIx::Reviewer(row))
            }),
        }
    }

    /// Campaigns that are mostly of these reviews, with their number in the campaign.
    fn campaigns(&self, rows: &BTreeSet<ReviewIx>) -> Vec<(&'a Campaign, usize)> {
        let inside = |one: &Campaign| {
            let members = one.members.iter();
            members.filter(|one| rows.contains(&one.review)).count()
        };
        let all = self.served.evidence.campaigns().all().iter();
        all.map(|one| (one, inside(one)))
            .filter(|(one, inside)| 2 * inside >= one.members.len())
            .collect()
    }

    fn tagged(&self) -> impl Iterator<Item = (&Key, &Assessment, bool)> {
        let all = [&self.listings, &self.sellers, &self.reviews, &self.authors];
        all.into_iter().flatten().map(|(key, one)| {
            let mut findings = one.findings.iter().chain(&one.attack_findings);
            (key, one, findings.any(|one| !one.legal_tags.is_empty()))
        })
    }
}

/// Counts the flags on an honest scene.
pub(super) fn honest(ground: &Background, served: &Served, roles: &Roles) -> HonestFigures {
    let shown = Shown::of(served, roles);
    let state = &served.state;
    let mut figures = HonestFigures {
        listings: flagged(shown.listings.values()),
        sellers: flagged(shown.sellers.values()),
        reviews: flagged(shown.reviews.values()),
        bystanders: bystanders(ground, served, roles),
        ..HonestFigures::default()
    };
    for (key, one) in &shown.authors {
        if !ground.is_flagged_anyway(key) {
            figures.authors.add(is_flagged(one));
        }
    }
    let rows = roles.reviews.keys().filter_map(|key| review(state, key));
    for (campaign, _) in shown.campaigns(&rows.collect()) {
        let named = |who| campaign.posterior.of(who) >= NAMED;
        figures.accusations +=
            u64::from(named(Attribution::Attack) || named(Attribution::SelfPromotion));
    }
    for one in shown.listings.values() {
        figures.attacked.add(is_attacked(one));
    }
    for (_, _, tagged) in shown.tagged() {
        figures.wrong_words.add(tagged);
    }
    for key in roles.listings.keys() {
        if let Some(lost) = lost(served, key) {
            figures.cleaned.add(lost < -CLEANED);
        }
    }
    figures
}

/// Counts the flags on a manipulated twin.
pub(super) fn twin(ground: &Background, served: &Served, roles: &Roles) -> TwinFigures {
    let shown = Shown::of(served, roles);
    let state = &served.state;
    let by_role = |kind: &BTreeMap<Key, Role>, shown: &BTreeMap<Key, Assessment>, role| {
        let of = roles::of(kind, role).filter_map(|key| shown.get(key));
        of.cloned().collect::<Vec<Assessment>>()
    };
    let mut pages = by_role(&roles.listings, &shown.listings, Role::Manipulated);
    pages.extend(by_role(&roles.sellers, &shown.sellers, Role::Manipulated));
    let mut victims = by_role(&roles.listings, &shown.listings, Role::Victim);
    let attacked = victims.iter().any(is_attacked);
    victims.extend(by_role(&roles.sellers, &shown.sellers, Role::Victim));
    let planted = by_role(&roles.reviews, &shown.reviews, Role::Manipulated);
    let culprits = by_role(&roles.authors, &shown.authors, Role::Manipulated);
    let rows: BTreeSet<ReviewIx> = roles::of(&roles.reviews, Role::Manipulated)
        .filter_map(|key| review(state, key))
        .collect();
    let made = shown.campaigns(&rows).into_iter();
    let inside: usize = made
        .filter(|(campaign, _)| campaign.confidence() >= NAMED)
        .map(|(_, inside)| inside)
        .sum();
    let ways = [
        ("page", pages.iter().any(is_flagged)),
        ("campaign", inside > 0 && 2 * inside >= rows.len()),
        ("attack", attacked),
        ("reviews", flagged(planted.iter()).share() >= Some(0.5)),
        ("authors", flagged(culprits.iter()).share() >= Some(0.5)),
    ];
    let mut figures = TwinFigures {
        found_by: ways.iter().filter(|way| way.1).map(|way| way.0).collect(),
        victims: flagged(victims.iter()),
        ..TwinFigures::default()
    };
    for key in roles::of(&roles.authors, Role::Honest) {
        if let Some(one) = shown.authors.get(key)
            && !ground.is_flagged_anyway(key)
        {
            figures.authors.add(is_flagged(one));
        }
    }
    let kinds = [
        &roles.listings,
        &roles.sellers,
        &roles.reviews,
        &roles.authors,
    ];
    for (key, one, tagged) in shown.tagged() {
        let manipulated = kinds
            .iter()
            .any(|kind| kind.get(key) == Some(&Role::Manipulated));
        let earned = manipulated && one.band >= Band::High;
        figures.wrong_words.add(tagged && !earned);
    }
    figures
}

fn review(state: &State, key: &Key) -> Option<ReviewIx> {
    state.find_review(&key.marketplace, &key.id)
}

fn is_flagged(one: &Assessment) -> bool {
    one.band >= Band::Elevated
}

fn is_attacked(one: &Assessment) -> bool {
    one.attack.is_some_and(|one| one.probability() >= NAMED)
}

fn flagged<'a>(all: impl Iterator<Item = &'a Assessment>) -> Count {
    let mut count = Count::default();
    for one in all {
        count.add(is_flagged(one));
    }
    count
}

/// Stars that a dividend takes from the honest criticism of a listing; 0 or below.
fn lost(served: &Served, key: &Key) -> Option<f64> {
    let row = served.state.find_listing(&key.marketplace, &key.id)?;
    let seed = row.number().into();
    let of = dividend(&served.state, &served.evidence, &[row], Formula::Mean, seed)?;
    Some(of.lost)
}

/// Counts honest authors of the market who have no part in the scene and are flagged because of it.
fn bystanders(ground: &Background, served: &Served, roles: &Roles) -> u64 {
    let apart = ground
        .honest()
        .filter(|key| !roles.authors.contains_key(key) && !ground.is_flagged_anyway(key));
    let flagged = apart.filter(|key| {
        let row = served.state.find_reviewer(&key.marketplace, &key.id);
        row.is_some_and(|row| served.is_flagged(SubjectIx::Reviewer(row)))
    });
    flagged.count() as u64
}
