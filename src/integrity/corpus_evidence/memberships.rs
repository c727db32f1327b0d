//! Campaigns by those who are in them.

use super::material::CampaignPart;
use crate::integrity::PRIOR_LOG_ODDS;
use crate::integrity::campaigns::{
    Attribution, Campaign, CampaignKind, CampaignOfReview, Campaigns, Direction,
};
use crate::state::{
    ListingIx, Polarity, ReviewIx, ReviewRow, ReviewerIx, RowNumber, SellerIx, State,
};
use crate::stats::logistic;

/// Days after the last review of a campaign in which another one is taken for its next.
const GRACE_DAYS: u32 = 3;
/// The part of a campaign's probability that a later review inherits. Later reviews in its windows
/// are more often honest than those that revealed it.
const INHERITED: f64 = 0.8;
/// Bounds of the share of reviews that are in campaigns by chance.
const BYSTANDERS: (f64, f64) = (0.002, 0.2);

/// How far a subject is in a campaign, given that the campaign is real.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Membership<I> {
    row: I,
    /// The index of the campaign among all.
    pub(super) campaign: u32,
    /// Probability that any of its reviews there belongs, 0 to 1.
    pub(super) involved: f32,
    /// Reviews there that are expected to belong.
    pub(super) planted: f32,
}

/// Parts by the row of their subject, then by campaign: 16 bytes a subject and campaign.
#[derive(Debug)]
struct Memberships<I>(Vec<Membership<I>>);

impl<I> Default for Memberships<I> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<I: RowNumber> Memberships<I> {
    fn of(&self, row: I) -> &[Membership<I>] {
        let start = self.0.partition_point(|part| part.row < row);
        let rest = &self.0[start..];
        &rest[..rest.partition_point(|part| part.row == row)]
    }

    /// From (row, campaign, belongs) of every member, in any order.
    fn gather(mut members: Vec<(I, u32, f64)>) -> Self {
        // By what they belong as well, so that sums do not depend on the order.
        members.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let same = |a: &(I, u32, f64), b: &(I, u32, f64)| (a.0, a.1) == (b.0, b.1);
        let part = |members: &[(I, u32, f64)]| {
            let (row, campaign, _) = *members.first()?;
            let none: f64 = members.iter().map(|member| 1.0 - member.2).product();
            let planted: f64 = members.iter().map(|member| member.2).sum();
            Some(Membership {
                row,
                campaign,
                involved: (1.0 - none) as f32,
                planted: planted as f32,
            })
        };
        Self(members.chunk_by(same).filter_map(part).collect())
    }
}

/// A window of a campaign on a listing.
#[derive(Clone, Copy, Debug)]
struct IndexedWindow {
    listing: ListingIx,
    polarity: Polarity,
    first: u32,
    last: u32,
    campaign: u32,
    share: f64,
}

/// Campaigns, and who is in them.
#[derive(Debug, Default)]
pub(super) struct CampaignMemberships {
    campaigns: Campaigns,
    // Rows of reviews that the search has seen.
    reviews: u32,
    reviewers: Memberships<ReviewerIx>,
    listings: Memberships<ListingIx>,
    sellers: Memberships<SellerIx>,
    // By listing, then by campaign.
    windows: Vec<IndexedWindow>,
    /// The share of reviews that are in campaigns by chance.
    bystanders: f64,
}

/// The role of a subject in a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CampaignRole {
    /// Those who wrote its reviews, whoever it serves.
    Writing,
    /// The listing or the seller that it promotes.
    Promotion,
    /// Those who attack the listing or the seller.
    Attack,
}

impl CampaignRole {
    /// Probability that a campaign is of this kind.
    pub(super) fn chance(self, campaign: &Campaign) -> f64 {
        match self {
            Self::Writing => campaign.confidence(),
            Self::Promotion => campaign.posterior.of(Attribution::SelfPromotion),
            Self::Attack => campaign.posterior.of(Attribution::Attack),
        }
    }
}

/// The strongest campaign of a subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StrongestCampaign {
    /// Its index among all.
    pub(super) campaign: u32,
    /// Probability that it is real and that the subject is in it, 0 to 1.
    pub(super) chance: f64,
    /// Reviews that are expected to belong, given that it is real.
    pub(super) planted: f64,
}

impl CampaignMemberships {
    pub(super) fn of(state: &State, campaigns: Campaigns) -> Self {
        let (mut reviewers, mut listings, mut sellers) = (Vec::new(), Vec::new(), Vec::new());
        let mut windows = Vec::new();
        for (number, campaign) in (0_u32..).zip(campaigns.all()) {
            for member in &campaign.members {
                let Some(review) = state.reviews().get(member.review) else {
                    continue;
                };
                let belongs = member.belongs;
                let seller = state.listing_of(review).and_then(|listing| listing.seller);
                // The authors of carried-over reviews did nothing.
                if campaign.kind == CampaignKind::Push {
                    reviewers.extend(review.reviewer.map(|row| (row, number, belongs)));
                }
                listings.extend(review.listing.map(|row| (row, number, belongs)));
                sellers.extend(seller.map(|row| (row, number, belongs)));
            }
            let polarity = match campaign.direction {
                Direction::Promote => Polarity::Positive,
                Direction::Attack => Polarity::Negative,
            };
            windows.extend(campaign.windows.iter().map(|window| IndexedWindow {
                listing: window.listing,
                polarity,
                first: window.first_day,
                last: window.last_day,
                campaign: number,
                share: window.share,
            }));
        }
        windows.sort_by_key(|window| (window.listing, window.campaign));
        Self {
            bystanders: bystanders(state, &campaigns),
            campaigns,
            reviews: state.reviews().len(),
            reviewers: Memberships::gather(reviewers),
            listings: Memberships::gather(listings),
            sellers: Memberships::gather(sellers),
            windows,
        }
    }

    pub(super) const fn campaigns(&self) -> &Campaigns {
        &self.campaigns
    }

    /// Whether the search has seen a review's row.
    pub(super) const fn has_searched(&self, row: ReviewIx) -> bool {
        row.number() < self.reviews
    }

    /// The campaign of a stored or candidate review; the row is none for a review without one.
    pub(super) fn of_review(
        &self,
        state: &State,
        row: Option<ReviewIx>,
        review: &ReviewRow,
    ) -> Option<StrongestCampaign> {
        let day = review.time()?.day();
        let real = |campaign: u32| {
            let campaign = self.campaigns.all().get(campaign as usize);
            campaign.map_or(0.0, |campaign| CampaignRole::Writing.chance(campaign))
        };
        if let Some(row) = row.filter(|row| self.has_searched(*row)) {
            let CampaignOfReview {
                index: campaign,
                belongs,
            } = self.campaigns.of_review(row)?;
            // An edit may have taken it out since.
            let stays = match self.campaigns.all().get(campaign as usize)?.kind {
                CampaignKind::Push => {
                    let mut windows = self.windows_around(review, day, 0);
                    windows.any(|window| window.campaign == campaign)
                }
                CampaignKind::CarriedOver => {
                    let listing = state.listing_of(review);
                    listing.is_some_and(|listing| listing.became_another_since(review.log()))
                }
            };
            if !stays {
                return None;
            }
            return Some(StrongestCampaign {
                campaign,
                chance: real(campaign) * belongs,
                planted: belongs,
            });
        }
        let inherited = self.windows_around(review, day, GRACE_DAYS).map(|window| {
            let belongs = INHERITED * window.share;
            StrongestCampaign {
                campaign: window.campaign,
                chance: real(window.campaign) * belongs,
                planted: belongs,
            }
        });
        strongest(inherited)
    }

    /// Windows of a review's listing and polarity that hold a day, or ended a few days before.
    fn windows_around(
        &self,
        review: &ReviewRow,
        day: u32,
        grace: u32,
    ) -> impl Iterator<Item = &IndexedWindow> {
        let (listing, polarity) = (review.listing, review.polarity());
        let start = self
            .windows
            .partition_point(|window| Some(window.listing) < listing);
        self.windows[start..]
            .iter()
            .take_while(move |window| Some(window.listing) == listing)
            .filter(move |window| {
                window.polarity == polarity && window.first <= day && day <= window.last + grace
            })
    }

    /// The campaigns of an author of so many reviews. An author answers for the share of its reviews
    /// that are in campaigns, and for more where they are in campaigns more often than a bystander's
    /// would be.
    pub(super) fn of_reviewer(&self, row: ReviewerIx, reviews: u32) -> Option<StrongestCampaign> {
        let campaigns = || self.campaigns_of(self.reviewers.of(row), CampaignRole::Writing);
        let strongest = strongest(campaigns())?;
        let planted: f64 = campaigns()
            .map(|one| self.chance(one.campaign, CampaignRole::Writing) * one.planted)
            .sum();
        let none: f64 = campaigns().map(|one| 1.0 - one.chance).product();
        let reviews = f64::from(reviews.max(1)).max(planted);
        let share = planted / reviews;
        let answers = share.max(self.beyond_bystander(planted, reviews));
        Some(StrongestCampaign {
            chance: answers.min(1.0 - none),
            ..strongest
        })
    }

    /// The probability that an author is no bystander, the first of its reviews in a campaign left
    /// out: anybody may be in one. A bystander's reviews are in campaigns by chance, one by one;
    /// those of others at any rate.
    fn beyond_bystander(&self, planted: f64, reviews: f64) -> f64 {
        let (in_campaigns, of) = (planted - 1.0, reviews - 1.0);
        if in_campaigns <= 0.0 {
            return 0.0;
        }
        let choose = libm::lgamma(of + 1.0)
            - libm::lgamma(in_campaigns + 1.0)
            - libm::lgamma(of - in_campaigns + 1.0);
        let by_chance = choose
            + in_campaigns * libm::log(self.bystanders)
            + (of - in_campaigns) * libm::log1p(-self.bystanders);
        logistic(PRIOR_LOG_ODDS - libm::log(of) - by_chance)
    }

    /// The campaigns of a listing in a role, those with most reviews first.
    pub(super) fn of_listing(&self, row: ListingIx, role: CampaignRole) -> Vec<CampaignPart> {
        self.parts(self.listings.of(row), role)
    }

    /// The campaigns of a seller in a role, those with most reviews first.
    pub(super) fn of_seller(&self, row: SellerIx, role: CampaignRole) -> Vec<CampaignPart> {
        self.parts(self.sellers.of(row), role)
    }

    fn parts<I>(&self, parts: &[Membership<I>], role: CampaignRole) -> Vec<CampaignPart> {
        let mut parts: Vec<CampaignPart> = parts
            .iter()
            .map(|part| CampaignPart {
                campaign: part.campaign,
                chance: self.chance(part.campaign, role),
                planted: part.planted.into(),
            })
            .filter(|part| part.chance > 0.0)
            .collect();
        let weight = |part: &CampaignPart| part.chance * part.planted;
        parts.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        parts
    }

    fn chance(&self, campaign: u32, role: CampaignRole) -> f64 {
        let campaign = self.campaigns.all().get(campaign as usize);
        campaign.map_or(0.0, |campaign| role.chance(campaign))
    }

    fn campaigns_of<I>(
        &self,
        parts: &[Membership<I>],
        role: CampaignRole,
    ) -> impl Iterator<Item = StrongestCampaign> {
        parts.iter().map(move |part| StrongestCampaign {
            campaign: part.campaign,
            chance: self.chance(part.campaign, role) * f64::from(part.involved),
            planted: part.planted.into(),
        })
    }
}

/// The share of reviews that are in campaigns by chance, inside 0 to 1.
fn bystanders(state: &State, campaigns: &Campaigns) -> f64 {
    let pushes = campaigns.all().iter();
    let pushes = pushes.filter(|campaign| campaign.kind == CampaignKind::Push);
    let by_chance: f64 = pushes
        .map(|campaign| {
            let made = campaign.confidence();
            let members = campaign.members.iter();
            let planted = members.map(|member| made * member.belongs);
            planted
                .map(|planted| planted * (1.0 - planted))
                .sum::<f64>()
        })
        .sum();
    let reviews = f64::from(state.reviews().len()).max(1.0);
    (by_chance / reviews).clamp(BYSTANDERS.0, BYSTANDERS.1)
}

/// The most probable; the first of equals.
fn strongest(campaigns: impl Iterator<Item = StrongestCampaign>) -> Option<StrongestCampaign> {
    campaigns.reduce(|best, other| {
        if other.chance > best.chance {
            other
        } else {
            best
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(chances: &[f64], reviews: u32) -> f64 {
        let row = ReviewerIx::new(0).expect("a row");
        let members = (0..).zip(chances).map(|(number, _)| (row, number, 1.0));
        let memberships = CampaignMemberships {
            reviewers: Memberships::gather(members.collect()),
            campaigns: Campaigns::with_confidences(chances),
            bystanders: 0.005,
            ..CampaignMemberships::default()
        };
        let found = memberships.of_reviewer(row, reviews);
        found.map_or(0.0, |found| found.chance)
    }

    #[test]
    fn bystander_answers_for_the_share_of_its_reviews() {
        assert!((author(&[0.98], 1) - 0.98).abs() < 1e-9);
        assert!(author(&[0.98], 37) < 0.03);
        assert!(author(&[0.98], 3) < 0.35);
        // Three campaigns in ten reviews are no chance.
        assert!(author(&[0.98; 3], 10) > 0.8);
        assert!(author(&[0.98; 5], 40) > 0.9);
    }

    #[test]
    fn parts_of_one_campaign_and_subject_are_summed() {
        let row = |number| ListingIx::new(number).expect("a row");
        let members = vec![(row(7), 1, 0.5), (row(3), 0, 0.9), (row(7), 1, 0.5)];
        let parts = Memberships::gather(members);
        let [part] = parts.of(row(7)) else {
            panic!("one campaign");
        };
        assert_eq!((part.campaign, part.involved, part.planted), (1, 0.75, 1.0));
        assert_eq!((parts.of(row(3)).len(), parts.of(row(5)).len()), (1, 0));
    }
}
