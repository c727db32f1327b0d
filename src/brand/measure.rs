//! The one shape of all measures.

use super::window::Window;

/// One part of brand progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pillar {
    /// Whether buyers look for the brand.
    DemandPull,
    /// Whether the goods are good, and get better.
    Quality,
    /// Whether buyers come back.
    Loyalty,
    /// Whether buyers pay more for the brand.
    PricingPower,
    /// Whether it stands on more than one leg.
    Resilience,
    /// Whom it reaches by itself.
    Reach,
    /// How well the trade is run.
    OperatingSkill,
}

/// How many pillars there are.
pub const PILLARS: usize = 7;

impl Pillar {
    /// In the order of their places.
    pub const ALL: [Self; PILLARS] = [
        Self::DemandPull,
        Self::Quality,
        Self::Loyalty,
        Self::PricingPower,
        Self::Resilience,
        Self::Reach,
        Self::OperatingSkill,
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DemandPull => "demand pull",
            Self::Quality => "quality",
            Self::Loyalty => "loyalty",
            Self::PricingPower => "pricing power",
            Self::Resilience => "resilience",
            Self::Reach => "reach",
            Self::OperatingSkill => "operating skill",
        }
    }
}

/// Data as they came, or with what is likely to be manipulated discounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// As they came.
    Raw,
    /// Discounted.
    Clean,
}

/// How values of a measure are compared: where they are about normal among peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As they are.
    Plain,
    /// By ratio; above 0.
    Log,
    /// By ratio, where 0 may happen: of one more.
    Count,
    /// Shares by their odds.
    Logit,
}

/// Shares nearer to the ends than this are not told apart.
const SHARE_LEAST: f64 = 1e-3;

impl Scale {
    /// A value where it is compared.
    pub fn to(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Log => libm::log(value.max(1e-9)),
            Self::Count => libm::log1p(value.max(0.0)),
            Self::Logit => {
                let share = value.clamp(SHARE_LEAST, 1.0 - SHARE_LEAST);
                libm::log(share / (1.0 - share))
            }
        }
    }

    /// Back again.
    pub fn back(self, compared: f64) -> f64 {
        match self {
            Self::Plain => compared,
            Self::Log => libm::exp(compared.min(600.0)),
            Self::Count => libm::expm1(compared.min(600.0)).max(0.0),
            Self::Logit => 1.0 / (1.0 + libm::exp(-compared)),
        }
    }

    /// What is not told apart, in the unit of the value.
    const fn grain(self) -> f64 {
        match self {
            Self::Plain | Self::Log | Self::Count => 0.0,
            Self::Logit => SHARE_LEAST,
        }
    }

    /// How fast the compared value moves with the value: carries a standard deviation over.
    fn slope(self, value: f64) -> f64 {
        match self {
            Self::Plain => 1.0,
            Self::Log => 1.0 / value.max(1e-9),
            Self::Count => 1.0 / (1.0 + value.max(0.0)),
            Self::Logit => {
                let share = value.clamp(SHARE_LEAST, 1.0 - SHARE_LEAST);
                1.0 / (share * (1.0 - share))
            }
        }
    }
}

/// A kind of data that measures rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Orders.
    Orders,
    /// Orders whose buyer is known.
    Buyers,
    /// Prices of orders.
    Prices,
    /// Whether promotions applied.
    Promotions,
    /// Whether orders were refunded.
    Refunds,
    /// Whether orders arrived.
    Deliveries,
    /// Where orders went.
    Destinations,
    /// Reviews.
    Reviews,
    /// Pages of listings.
    Listings,
    /// Visits, from snapshots.
    Sessions,
    /// Units returned, from snapshots.
    Returns,
    /// Sales ranks, from snapshots.
    Ranks,
    /// Advertising cost, from snapshots or as a brand measure.
    AdSpend,
    /// Searches for the brand.
    BrandQueries,
    /// Searches in its categories, or its share of them.
    SearchShare,
    /// Places in searches without the brand's name.
    Visibility,
    /// Visits to the own site.
    SiteSessions,
    /// Orders on the own site.
    SiteOrders,
    /// Followers and viewers.
    Audience,
    /// Share of questions that are answered.
    Answers,
    /// Share of time in stock.
    Stock,
    /// What a unit costs the seller.
    UnitCost,
    /// Prices of like goods.
    PeerPrices,
}

impl Input {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Buyers => "buyers",
            Self::Prices => "order prices",
            Self::Promotions => "promotion flags",
            Self::Refunds => "refund flags",
            Self::Deliveries => "delivery flags",
            Self::Destinations => "destinations",
            Self::Reviews => "reviews",
            Self::Listings => "listing pages",
            Self::Sessions => "sessions",
            Self::Returns => "returns",
            Self::Ranks => "sales ranks",
            Self::AdSpend => "advertising cost",
            Self::BrandQueries => "brand searches",
            Self::SearchShare => "category searches",
            Self::Visibility => "search visibility",
            Self::SiteSessions => "own-site sessions",
            Self::SiteOrders => "own-site orders",
            Self::Audience => "audience",
            Self::Answers => "answered questions",
            Self::Stock => "stock",
            Self::UnitCost => "unit costs",
            Self::PeerPrices => "prices of like goods",
        }
    }
}

/// What a measure is.
#[derive(Debug)]
pub struct Spec {
    /// Stable, such as `loyalty.repeat_buyers`.
    pub code: &'static str,
    /// Its pillar.
    pub pillar: Pillar,
    /// Unit of its values.
    pub unit: &'static str,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// Whether a value means the same in every category: it is compared across them.
    pub absolute: bool,
    /// How values are compared.
    pub scale: Scale,
    /// What it can rest on.
    pub inputs: &'static [Input],
    /// What it measures, as the subject of a sentence.
    pub subject: &'static str,
}

/// A measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// In the measure's unit.
    pub value: f64,
    /// Standard deviation where it is compared, above 0.
    pub sd: f64,
    /// How far its data are vouched for, 0.3 to 1.
    pub weight: f64,
}

/// What a measure found.
pub type Measured = Result<Value, &'static str>;

/// A measure.
#[derive(Debug)]
pub struct Measure {
    /// What it is.
    pub spec: Spec,
    /// Measures as of the end of a window.
    pub of: fn(&Window<'_>, View) -> Measured,
}

impl Spec {
    /// Whether a number can be a value.
    pub fn allows(&self, value: f64) -> bool {
        let inside = match self.scale {
            Scale::Plain => true,
            Scale::Log => value > 0.0,
            Scale::Count => value >= 0.0,
            Scale::Logit => (0.0..=1.0).contains(&value),
        };
        inside && value.is_finite()
    }

    /// A value of data that the platform saw; `sd` in the unit of the value.
    pub fn seen(&self, value: f64, sd: f64) -> Measured {
        self.vouched(value, sd, 1.0)
    }

    /// A value of data that are vouched for so far; `sd` in the unit of the value, at least what is
    /// not told apart. What is no number abstains.
    pub fn vouched(&self, value: f64, sd: f64, weight: f64) -> Measured {
        // `max` would take a number in place of what is none.
        let least = if sd.is_nan() {
            sd
        } else {
            sd.max(self.scale.grain())
        };
        let sd = least * self.scale.slope(value);
        if !(value.is_finite() && sd.is_finite()) {
            return Err("its data are beyond what can be computed");
        }
        Ok(Value {
            value,
            sd: sd.max(1e-3),
            weight: weight.clamp(0.0, 1.0),
        })
    }
}

/// A share with a beta prior: the posterior's mean and standard deviation. `hits` of `all`, both
/// as weights; the prior counts for `strength` (Gelman et al., Bayesian Data Analysis, 2.4).
pub fn beta_share(hits: f64, all: f64, prior: f64, strength: f64) -> (f64, f64) {
    let count = all + strength;
    let mean = (hits + prior * strength) / count;
    (mean, libm::sqrt(mean * (1.0 - mean) / (count + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_come_back() {
        for scale in [Scale::Plain, Scale::Log, Scale::Count, Scale::Logit] {
            for value in [0.01, 0.3, 0.99] {
                let back = scale.back(scale.to(value));
                assert!((back - value).abs() < 1e-12, "{scale:?} {value}: {back}");
            }
        }
        assert!((Scale::Logit.to(0.0) + Scale::Logit.to(1.0)).abs() < 1e-9);
    }

    #[test]
    fn a_share_at_the_end_is_not_sure_beyond_what_is_told_apart() {
        let spec = &crate::brand::pillars::ALL
            .iter()
            .find(|measure| measure.spec.scale == Scale::Logit)
            .expect("a share")
            .spec;
        // 0.001 over 0.001 * 0.999, at either end.
        for share in [0.0, 1.0] {
            let found = spec.seen(share, 0.0).expect("a number");
            assert!((found.sd - 1.0 / 0.999).abs() < 1e-9, "{found:?}");
        }
        assert!(spec.seen(0.5, f64::NAN).is_err() && spec.seen(f64::NAN, 0.1).is_err());
    }

    #[test]
    fn a_share_leans_on_its_prior() {
        // 3 of 10, with a prior of one half that counts for 10: 8 of 20.
        let (mean, sd) = beta_share(3.0, 10.0, 0.5, 10.0);
        assert!((mean - 0.4).abs() < 1e-12);
        // A beta distribution with 8 and 12: variance 8 * 12 / (20 * 20 * 21).
        assert!((sd * sd - 96.0 / 8400.0).abs() < 1e-12);
    }
}
