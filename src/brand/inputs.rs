//! Data that measures are computed from: one seller's months.

use super::measure::{Input, View};
use super::voice::revision::Fall;
use crate::state::PeerKey;

/// Most months that are looked back.
pub(super) const MONTHS_MOST: usize = 36;

macro_rules! flows {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A number that adds up over months, raw and clean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Flow { $($(#[$doc])* $name,)* }
        /// Number of flows.
        pub(super) const FLOWS: usize = [$(Flow::$name),*].len();
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
    DestinationKnown,
    /// Of these, outside the customary markets.
    OutsideCustomary,
    /// Buyers of the month.
    Buyers,
    /// Of these, with an order on an earlier day.
    ReturningBuyers,
    /// Of these, with an order of another listing on the day or before.
    CrossListingBuyers,
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
    PositiveReviews,
}

/// First flow of reviews, which have bursts of their own.
pub(super) const FIRST_REVIEW_FLOW: usize = Flow::Reviewers as usize;

/// A brand metric that measures use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
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
    /// Cost of a unit.
    UnitCost,
}

/// Number of metrics.
pub(super) const METRICS: usize = 12;

impl Metric {
    /// Whether it is a level, and not a number that adds up over time.
    pub(super) const fn is_level(self) -> bool {
        matches!(
            self,
            Self::SearchShare
                | Self::Visibility
                | Self::Followers
                | Self::Answered
                | Self::InStock
                | Self::UnitCost
        )
    }
}

/// A number with the trust in its provenance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trusted {
    /// The number.
    pub value: f64,
    /// By [`TRUST`].
    pub trust: f64,
}

/// One metric in one month, by provenance: platform-observed, third-party, self-reported.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct MetricCell {
    /// Sums of flows, or of levels times their part of the month.
    pub sum: [f64; 3],
    /// Part of the month that is covered; more than 1 where sources overlap.
    pub part: [f64; 3],
}

/// Trust in each provenance.
pub(super) const TRUST: [f64; 3] = [1.0, 0.7, 0.3];

impl MetricCell {
    /// The value of the most trusted source when clean, and the largest value when raw.
    fn value(&self, level: bool, view: View) -> Option<Trusted> {
        let mut values = (0..3).filter_map(|source| {
            let (sum, part) = (self.sum[source], self.part[source]);
            (part > 0.0).then(|| Trusted {
                value: if level { sum / part } else { sum },
                trust: TRUST[source],
            })
        });
        match view {
            View::Clean => values.next(),
            View::Raw => values.max_by(|one, other| one.value.total_cmp(&other.value)),
        }
    }
}

/// A number with its standard deviation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct WithSd {
    /// The number.
    pub value: f64,
    /// Its standard deviation.
    pub sd: f64,
}

/// Everything of one month.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Month {
    /// By [`Flow`], raw and clean.
    pub flows: [[f64; 2]; FLOWS],
    /// By [`Metric`].
    pub metrics: [MetricCell; METRICS],
    /// Visits to listings, from snapshots.
    pub sessions: f64,
    /// Units sold in snapshots that count returns.
    pub sold: f64,
    /// Units returned.
    pub returned: f64,
    /// Advertising cost of snapshots in the main currency.
    pub ad_spend: f64,
    /// Units times price in these snapshots, in the main currency.
    pub ad_revenue: f64,
    /// Sum of the natural logs of sales ranks.
    pub log_ranks: f64,
    /// Number of sales ranks.
    pub ranks: f64,
    /// Followers and viewers, raw and net of fake growth; none when not known.
    pub audience: Option<[f64; 2]>,
    /// Strength of demand at the month's end, raw and clean, with its relative standard deviation
    /// ([`super::demand`]); none before the first order.
    pub sustained: Option<[WithSd; 2]>,
}

impl Default for Month {
    fn default() -> Self {
        Self {
            flows: [[0.0; 2]; FLOWS],
            metrics: [MetricCell::default(); METRICS],
            sessions: 0.0,
            sold: 0.0,
            returned: 0.0,
            ad_spend: 0.0,
            ad_revenue: 0.0,
            log_ranks: 0.0,
            ranks: 0.0,
            audience: None,
            sustained: None,
        }
    }
}

impl Month {
    /// A flow.
    pub(super) const fn flow(&self, flow: Flow, view: View) -> f64 {
        self.flows[flow as usize][view as usize]
    }

    /// Adds to a flow.
    pub(super) fn add(&mut self, flow: Flow, raw: f64, clean: f64) {
        let sums = &mut self.flows[flow as usize];
        sums[0] += raw;
        sums[1] += clean;
    }

    /// A brand metric; none when not known.
    pub(super) fn metric(&self, metric: Metric, view: View) -> Option<Trusted> {
        self.metrics[metric as usize].value(metric.is_level(), view)
    }
}

/// A weight of one month and key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BreakdownCell {
    /// Index of the month.
    pub month: u16,
    /// Number of the key.
    pub key: u32,
    /// Raw and clean.
    pub weights: [f64; 2],
}

/// Orders by month and by some key: country, sales channel or listing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Breakdown {
    /// Number of keys; cells name them by numbers below it.
    pub keys: usize,
    /// Cells that are not 0.
    pub cells: Vec<BreakdownCell>,
}

/// One seller's months, and the data of its peers that its measures need.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Inputs {
    /// Peers that it is compared with.
    pub peers: PeerKey,
    /// Seed of random draws, from the seller's id.
    pub seed: u64,
    /// The first of `months`, in months since 1970.
    pub first_month: u16,
    /// Without gaps, up to [`MONTHS_MOST`]; the last is the month that is looked from.
    pub months: Vec<Month>,
    /// Orders by destination.
    pub markets: Breakdown,
    /// Orders by marketplace, the own site being one.
    pub platforms: Breakdown,
    /// Orders by listing.
    pub products: Breakdown,
    /// Mean completeness of the pages, 0 to 1; none without a page.
    pub completeness: Option<f64>,
    /// Number of pages whose completeness is known.
    pub pages: u32,
    /// Whether complaints fell after pages changed, raw and clean; none where nothing can be said.
    pub revision: Option<[Fall; 2]>,
    /// Orders of the peer group by month, as `months`; 0 where nothing is known.
    pub group_orders: Vec<f64>,
    /// Mean stars of the peer group; none without reviews.
    pub group_rating: Option<f64>,
    /// Share of a month's buyers in the peer group with an order on an earlier day; none where no
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
    pub(super) fn has(&self, input: Input) -> bool {
        let any = |holds: &dyn Fn(&Month) -> bool| self.months.iter().any(holds);
        let flow = |flow: Flow| any(&|month| month.flow(flow, View::Raw) > 0.0);
        let metric = |metric: Metric| any(&|month| month.metric(metric, View::Raw).is_some());
        match input {
            Input::Orders => flow(Flow::Orders),
            Input::Buyers => flow(Flow::Buyers),
            Input::Prices => flow(Flow::Revenue),
            Input::Promotions => flow(Flow::PromotionKnown),
            Input::Refunds => flow(Flow::RefundKnown),
            Input::Deliveries => flow(Flow::DeliveryKnown),
            Input::Destinations => flow(Flow::DestinationKnown),
            Input::Reviews => flow(Flow::Reviews),
            Input::Listings => self.completeness.is_some(),
            Input::Sessions => any(&|month| month.sessions > 0.0),
            Input::Returns => any(&|month| month.sold > 0.0),
            Input::Ranks => any(&|month| month.ranks > 0.0),
            Input::AdSpend => metric(Metric::AdSpend) || any(&|month| month.ad_revenue > 0.0),
            Input::BrandQueries => metric(Metric::BrandQueries),
            Input::SearchShare => metric(Metric::CategoryQueries) || metric(Metric::SearchShare),
            Input::Visibility => metric(Metric::Visibility),
            Input::SiteSessions => metric(Metric::SiteSessions),
            Input::SiteOrders => metric(Metric::SiteOrders),
            Input::Audience => any(&|month| month.audience.is_some()),
            Input::Answers => metric(Metric::Answered),
            Input::Stock => metric(Metric::InStock),
            Input::UnitCost => metric(Metric::UnitCost),
            Input::PeerPrices => self.premium.is_some(),
        }
    }

    /// Whether there is no data at all.
    pub(super) fn is_empty(&self) -> bool {
        self.months.iter().all(|month| *month == Month::default())
    }
}
