//! What measures rest on: one seller's months.

use super::measure::{Input, View};
use super::peers::Home;
use super::voice::revision::Fall;

/// Most months that are looked back.
pub const MONTHS_MOST: usize = 36;

macro_rules! flows {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A number that adds up over months, raw and clean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flow { $($(#[$doc])* $name,)* }
        /// How many flows there are.
        pub const FLOWS: usize = [$(Flow::$name),*].len();
    };
}

flows! {
    /// Orders.
    Orders,
    /// Units ordered.
    Units,
    /// Revenue of orders in the main currency.
    Revenue,
    /// Units of orders with a price in the main currency.
    PricedUnits,
    /// Orders of which it is known whether a promotion applied.
    PromotionKnown,
    /// Of these, with a promotion.
    Promoted,
    /// Orders of which it is known whether they were refunded.
    RefundKnown,
    /// Of these, refunded.
    Refunded,
    /// Orders of which it is known whether they arrived.
    DeliveryKnown,
    /// Of these, arrived.
    Delivered,
    /// Orders whose destination is known.
    Placed,
    /// Of these, outside the customary markets.
    Outside,
    /// Buyers of the month.
    Buyers,
    /// Of these, with an order on an earlier day.
    Returning,
    /// Of these, with an order of another listing on the day or before.
    Crossing,
    /// Revenue of orders with a known buyer, in the main currency.
    BuyerRevenue,
    /// Of this, by buyers with an order on an earlier day.
    ReturningRevenue,
    /// Authors of the month's reviews.
    Reviewers,
    /// Of these, with a review of another listing before.
    ReturningReviewers,
    /// Reviews.
    Reviews,
    /// Their stars, summed.
    Stars,
    /// Their squared stars, summed.
    SquaredStars,
    /// Reviews of four and five stars.
    Praise,
}

/// From here on flows are of reviews, whose bursts are theirs.
pub const FIRST_REVIEW_FLOW: usize = Flow::Reviewers as usize;

/// A brand measure that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Searches for the brand.
    BrandQueries,
    /// Searches in its categories.
    CategoryQueries,
    /// Share of searches.
    SearchShare,
    /// Share of result pages without the brand's name on which it is found.
    Visibility,
    /// Unpaid visits to the own site.
    SiteSessions,
    /// Orders on the own site.
    SiteOrders,
    /// Followers at the end of the window.
    Followers,
    /// Viewers of live streams.
    Viewers,
    /// Advertising cost.
    AdSpend,
    /// Share of questions that are answered.
    Answered,
    /// Share of time in stock.
    InStock,
    /// What a unit costs.
    UnitCost,
}

/// How many metrics there are.
pub const METRICS: usize = 12;

impl Metric {
    /// Whether it is a level, and not a number that adds up over time.
    pub const fn is_level(self) -> bool {
        match self {
            Self::SearchShare
            | Self::Visibility
            | Self::Followers
            | Self::Answered
            | Self::InStock
            | Self::UnitCost => true,
            Self::BrandQueries
            | Self::CategoryQueries
            | Self::SiteSessions
            | Self::SiteOrders
            | Self::Viewers
            | Self::AdSpend => false,
        }
    }
}

/// What a month says of one metric, by provenance: platform-observed, third-party, self-reported.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Sums of flows, or of levels times their part of the month.
    pub sum: [f64; 3],
    /// Part of the month that is covered; more than 1 where sources overlap.
    pub part: [f64; 3],
}

/// What each provenance counts for.
pub const PROVENANCE: [f64; 3] = [1.0, 0.7, 0.3];

impl Cell {
    /// The value and how far it is vouched for: by the best source when clean, by the one that
    /// claims most when raw.
    pub fn value(&self, level: bool, view: View) -> Option<(f64, f64)> {
        let of = |place: usize| {
            let part = self.part[place];
            (part > 0.0).then(|| {
                let sum = self.sum[place];
                let value = if level { sum / part } else { sum };
                (value, PROVENANCE[place])
            })
        };
        let mut values = (0..3).filter_map(of);
        match view {
            View::Clean => values.next(),
            View::Raw => values.max_by(|one, other| one.0.total_cmp(&other.0)),
        }
    }
}

/// Everything of one month.
#[derive(Clone, Debug, PartialEq)]
pub struct Month {
    /// By [`Flow`], raw and clean.
    pub flows: [[f64; 2]; FLOWS],
    /// By [`Metric`].
    pub metrics: [Cell; METRICS],
    /// Visits to listings, from snapshots; units sold and returned there.
    pub sessions: f64,
    /// Units sold in snapshots that say how many came back.
    pub sold: f64,
    /// Units returned.
    pub returned: f64,
    /// Advertising cost of snapshots in the main currency.
    pub ad_spend: f64,
    /// Units times price in these snapshots, in the main currency.
    pub ad_revenue: f64,
    /// Natural logs of sales ranks, summed, and how many.
    pub ranks: (f64, f64),
    /// Followers and viewers, raw and net of fake growth; none when not known.
    pub audience: Option<[f64; 2]>,
    /// How surely orders go on at the month's end, raw and clean, with its relative standard
    /// deviation; none before the first order.
    pub sustained: Option<[WithSd; 2]>,
}

impl Default for Month {
    fn default() -> Self {
        Self {
            flows: [[0.0; 2]; FLOWS],
            metrics: [Cell::default(); METRICS],
            sessions: 0.0,
            sold: 0.0,
            returned: 0.0,
            ad_spend: 0.0,
            ad_revenue: 0.0,
            ranks: (0.0, 0.0),
            audience: None,
            sustained: None,
        }
    }
}

impl Month {
    /// A flow.
    pub const fn flow(&self, flow: Flow, view: View) -> f64 {
        self.flows[flow as usize][view as usize]
    }

    /// Adds to a flow.
    pub fn add(&mut self, flow: Flow, raw: f64, clean: f64) {
        let held = &mut self.flows[flow as usize];
        held[0] += raw;
        held[1] += clean;
    }

    /// A brand measure with how far it is vouched for.
    pub fn metric(&self, metric: Metric, view: View) -> Option<(f64, f64)> {
        self.metrics[metric as usize].value(metric.is_level(), view)
    }
}

/// Clean and raw weights by month and by some key: markets, platforms or listings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// Keys that there are; cells name them by number below this.
    pub keys: usize,
    /// Month's place, key, raw and clean weight.
    pub cells: Vec<(u16, u32, [f64; 2])>,
}

/// A number with its standard deviation.
pub type WithSd = (f64, f64);

/// One seller's months, and what they are compared with where that is no peer's measure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// Where peers are looked for.
    pub home: Home,
    /// Of the subject: draws are seeded by it.
    pub seed: u64,
    /// The first of `months`, in months since 1970.
    pub first_month: u16,
    /// Without gaps, up to [`MONTHS_MOST`]; the last is the month that is looked from.
    pub months: Vec<Month>,
    /// Orders by destination.
    pub markets: Spread,
    /// Orders by marketplace, the own site being one.
    pub platforms: Spread,
    /// Orders by listing.
    pub products: Spread,
    /// Mean completeness of the pages, 0 to 1, and how many pages.
    pub completeness: Option<(f64, u32)>,
    /// Whether complaints fell after pages changed, raw and clean; none where nothing can be said.
    pub revision: Option<[Fall; 2]>,
    /// Orders of the peer group by month, as `months`; 0 where nothing is known.
    pub group_orders: Vec<f64>,
    /// Mean stars of the peer group; none without reviews.
    pub group_rating: Option<f64>,
    /// Share of a month's buyers in the peer group who were there on an earlier day; none where no
    /// buyer is known.
    pub group_returning: Option<f64>,
    /// The same of those with an order of another listing.
    pub group_crossing: Option<f64>,
    /// Share of orders refunded in the peer group; none without orders.
    pub group_refunds: Option<f64>,
    /// Log price premium over like goods.
    pub premium: Option<WithSd>,
    /// Revenue premium over unbranded peers, as a share.
    pub revenue_premium: Option<WithSd>,
}

impl Inputs {
    /// Whether any month holds data of a kind.
    pub fn has(&self, input: Input) -> bool {
        let flow = |flow: Flow| {
            let mut months = self.months.iter();
            months.any(|month| month.flow(flow, View::Raw) > 0.0)
        };
        let metric = |metric: Metric| {
            let mut months = self.months.iter();
            months.any(|month| month.metric(metric, View::Raw).is_some())
        };
        let any = |holds: fn(&Month) -> bool| self.months.iter().any(holds);
        match input {
            Input::Orders => flow(Flow::Orders),
            Input::Buyers => flow(Flow::Buyers),
            Input::Prices => flow(Flow::Revenue),
            Input::Promotions => flow(Flow::PromotionKnown),
            Input::Refunds => flow(Flow::RefundKnown),
            Input::Deliveries => flow(Flow::DeliveryKnown),
            Input::Destinations => flow(Flow::Placed),
            Input::Reviews => flow(Flow::Reviews),
            Input::Listings => self.completeness.is_some(),
            Input::Sessions => any(|month| month.sessions > 0.0),
            Input::Returns => any(|month| month.sold > 0.0),
            Input::Ranks => any(|month| month.ranks.1 > 0.0),
            Input::AdSpend => metric(Metric::AdSpend) || any(|month| month.ad_revenue > 0.0),
            Input::BrandQueries => metric(Metric::BrandQueries),
            Input::SearchShare => metric(Metric::CategoryQueries) || metric(Metric::SearchShare),
            Input::Visibility => metric(Metric::Visibility),
            Input::SiteSessions => metric(Metric::SiteSessions),
            Input::SiteOrders => metric(Metric::SiteOrders),
            Input::Audience => any(|month| month.audience.is_some()),
            Input::Answers => metric(Metric::Answered),
            Input::Stock => metric(Metric::InStock),
            Input::UnitCost => metric(Metric::UnitCost),
            Input::PeerPrices => self.premium.is_some(),
        }
    }

    /// Whether there is anything at all.
    pub fn is_empty(&self) -> bool {
        self.months.iter().all(|month| *month == Month::default())
    }
}
