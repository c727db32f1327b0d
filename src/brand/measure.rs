//! Defines measures: how each is named, compared and estimated.

use super::window::Window;

/// Defines an enum whose variants have an order, a number and a name for readers.
macro_rules! named {
    ($(#[$about:meta])* $name:ident: $($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All variants, in the order of their numbers.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            /// The name that readers see.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}
pub(super) use named;

named! {
    /// A part of brand progress.
    Pillar:
    /// Whether buyers look for the brand.
    DemandPull = "demand pull",
    /// Whether the goods are good, and get better.
    Quality = "quality",
    /// Whether buyers return.
    Loyalty = "loyalty",
    /// Whether buyers pay more for the brand.
    PricingPower = "pricing power",
    /// Whether sales depend on more than one market, channel and product.
    Resilience = "resilience",
    /// Size of the audience, and its effect on searches.
    Reach = "reach",
    /// How well the business is run.
    OperatingSkill = "operating skill",
}

/// Number of pillars.
pub const PILLARS: usize = Pillar::ALL.len();

/// Whether data are taken as they came, or discounted by how likely they are manipulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// As they came.
    Raw,
    /// Discounted.
    Clean,
}

/// Scale on which values of a measure are compared: one on which peers are about normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Values as they are.
    Plain,
    /// Logs of values above 0.
    Log,
    /// Logs of one more than the value, for counts that may be 0.
    Count,
    /// Log-odds of shares.
    Logit,
}

/// Shares closer to 0 or 1 than this are not distinguished.
const SHARE_LEAST: f64 = 1e-3;

impl Scale {
    /// Converts a value to the scale.
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

    /// Converts a number on the scale back to a value.
    pub fn back(self, compared: f64) -> f64 {
        match self {
            Self::Plain => compared,
            Self::Log => libm::exp(compared.min(600.0)),
            Self::Count => libm::expm1(compared.min(600.0)).max(0.0),
            Self::Logit => 1.0 / (1.0 + libm::exp(-compared)),
        }
    }

    /// Smallest difference of values that is distinguished.
    const fn grain(self) -> f64 {
        match self {
            Self::Plain | Self::Log | Self::Count => 0.0,
            Self::Logit => SHARE_LEAST,
        }
    }

    /// Derivative of [`Self::to`]: converts standard deviations.
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

named! {
    /// A kind of data that measures rest on.
    Input:
    /// Orders.
    Orders = "orders",
    /// Orders whose buyer is known.
    Buyers = "buyers",
    /// Prices of orders.
    Prices = "order prices",
    /// Whether promotions applied.
    Promotions = "promotion flags",
    /// Whether orders were refunded.
    Refunds = "refund flags",
    /// Whether orders arrived.
    Deliveries = "delivery flags",
    /// Destinations of orders.
    Destinations = "destinations",
    /// Reviews.
    Reviews = "reviews",
    /// Pages of listings.
    Listings = "listing pages",
    /// Visits, from snapshots.
    Sessions = "sessions",
    /// Units returned, from snapshots.
    Returns = "returns",
    /// Sales ranks, from snapshots.
    Ranks = "sales ranks",
    /// Advertising cost, from snapshots or as a brand metric.
    AdSpend = "advertising cost",
    /// Searches for the brand.
    BrandQueries = "brand searches",
    /// Searches in the brand's categories, or its share of them.
    SearchShare = "category searches",
    /// Positions in searches without the brand's name.
    Visibility = "search visibility",
    /// Visits to the seller's own site.
    SiteSessions = "own-site sessions",
    /// Orders on the seller's own site.
    SiteOrders = "own-site orders",
    /// Followers and viewers.
    Audience = "audience",
    /// Share of questions that are answered.
    Answers = "answered questions",
    /// Share of time in stock.
    Stock = "stock",
    /// Cost of a unit to the seller.
    UnitCost = "unit costs",
    /// Prices of comparable goods.
    PeerPrices = "prices of like goods",
}

/// A measure: a row of the table in [`super::pillars`].
#[derive(Debug)]
pub struct Measure {
    /// Stable, such as `loyalty.repeat_buyers`.
    pub code: &'static str,
    /// Its pillar.
    pub pillar: Pillar,
    /// Unit of its values.
    pub unit: &'static str,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// Whether a value means the same in every category, so that sellers are compared across them.
    pub absolute: bool,
    /// Scale on which values are compared.
    pub scale: Scale,
    /// Data that it can rest on.
    pub inputs: &'static [Input],
    /// Sentence for the seller without its full stop; `{}` is the value.
    pub sentence: &'static str,
    /// Estimates it as of the end of a window; none where too little is known.
    pub(super) estimate: fn(&Window<'_>, View) -> Option<Estimate>,
}

/// An estimate of a measure, in its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) sd: f64,
    /// Trust in the provenance of its data, 0.3 to 1.
    pub(super) trust: f64,
}

impl Estimate {
    /// An estimate from data that the platform observed.
    pub(super) const fn observed(value: f64, sd: f64) -> Self {
        Self {
            value,
            sd,
            trust: 1.0,
        }
    }
}

/// A measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// In the measure's unit.
    pub value: f64,
    /// Standard deviation on the measure's scale, above 0.
    pub sd: f64,
    /// Trust in the provenance of its data, 0.3 to 1.
    pub weight: f64,
}

impl Measure {
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

    /// The value as of the end of a window; none where too little is known.
    pub fn measure(&self, window: &Window<'_>, view: View) -> Option<Measured> {
        self.value((self.estimate)(window, view)?)
    }

    /// An estimate as a value. Its deviation is at least the scale's grain. None where a number is
    /// not finite.
    fn value(&self, estimate: Estimate) -> Option<Measured> {
        let Estimate { value, sd, trust } = estimate;
        // `max` alone would replace NaN by the grain.
        let least = if sd.is_nan() {
            sd
        } else {
            sd.max(self.scale.grain())
        };
        let compared_sd = least * self.scale.slope(value);
        (value.is_finite() && compared_sd.is_finite()).then(|| Measured {
            value,
            sd: compared_sd.max(1e-3),
            weight: trust.clamp(0.0, 1.0),
        })
    }
}

/// A beta prior of a share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    /// Its mean.
    pub(super) share: f64,
    /// Observations that it counts for.
    pub(super) strength: f64,
}

/// Weighted counts behind a share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) hits: f64,
    pub(super) all: f64,
}

impl Counts {
    /// The posterior's mean and standard deviation (Gelman et al., Bayesian Data Analysis, 2.4).
    pub(super) fn share(self, prior: Prior) -> Estimate {
        let count = self.all + prior.strength;
        let mean = (self.hits + prior.share * prior.strength) / count;
        Estimate::observed(mean, libm::sqrt(mean * (1.0 - mean) / (count + 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_invert() {
        for scale in [Scale::Plain, Scale::Log, Scale::Count, Scale::Logit] {
            for value in [0.01, 0.3, 0.99] {
                let back = scale.back(scale.to(value));
                assert!((back - value).abs() < 1e-12, "{scale:?} {value}: {back}");
            }
        }
        assert!((Scale::Logit.to(0.0) + Scale::Logit.to(1.0)).abs() < 1e-9);
    }

    #[test]
    fn extreme_share_has_the_deviation_of_the_grain() {
        let measure = crate::brand::pillars::ALL
            .iter()
            .find(|measure| measure.scale == Scale::Logit)
            .expect("a share");
        let value = |value, sd| measure.value(Estimate::observed(value, sd));
        // 0.001 over 0.001 * 0.999, at either end.
        for share in [0.0, 1.0] {
            let found = value(share, 0.0).expect("a number");
            assert!((found.sd - 1.0 / 0.999).abs() < 1e-9, "{found:?}");
        }
        assert!(value(0.5, f64::NAN).is_none() && value(f64::NAN, 0.1).is_none());
    }

    #[test]
    fn share_is_shrunk_to_its_prior() {
        // 3 of 10, with a prior of one half that counts for 10: 8 of 20.
        let counts = Counts {
            hits: 3.0,
            all: 10.0,
        };
        let Estimate { value, sd, .. } = counts.share(Prior {
            share: 0.5,
            strength: 10.0,
        });
        assert!((value - 0.4).abs() < 1e-12);
        // A beta distribution with 8 and 12: variance 8 * 12 / (20 * 20 * 21).
        assert!((sd * sd - 96.0 / 8400.0).abs() < 1e-12);
    }
}
