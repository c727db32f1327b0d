//! Thresholds. `docs/brand.md` says why each is what it is.

/// When a seller is said to be at a stage, in points of index and pillars.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Fewest pillars with a score for an index.
    pub pillars_least: usize,
    /// Least coverage for a stage.
    pub coverage_least: f64,
    /// Index from which a brand is emerging.
    pub emerging_index: f64,
    /// Index from which a brand is established.
    pub established_index: f64,
    /// Demand pull and loyalty of an established brand, at least.
    pub established_pillars: f64,
    /// Index from which an established brand may be resilient.
    pub resilient_index: f64,
    /// Resilience of a resilient brand, at least.
    pub resilient_pillar: f64,
    /// Effective number of countries of a resilient brand, at least.
    pub resilient_markets: f64,
    /// Place of the advertising cost below which a seller with little demand rents its traffic.
    pub renter_ads: f64,
    /// Demand pull below which there is little.
    pub renter_demand: f64,
    /// How far beyond a threshold the index has to be before the stage moves.
    pub margin: f64,
    /// Months in a row before the stage moves.
    pub months_to_move: usize,
    /// Months without an index after which nothing is said.
    pub months_unknown: usize,
    /// Gap of raw and clean index from which a standing is fragile.
    pub fragile_gap: f64,
    /// Share of praise, or of orders, discounted from which a standing is fragile.
    pub fragile_share: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            pillars_least: 3,
            coverage_least: 0.2,
            emerging_index: 42.0,
            established_index: 55.0,
            established_pillars: 50.0,
            resilient_index: 60.0,
            resilient_pillar: 60.0,
            resilient_markets: 1.8,
            renter_ads: 40.0,
            renter_demand: 45.0,
            margin: 2.0,
            months_to_move: 2,
            months_unknown: 3,
            fragile_gap: 3.0,
            fragile_share: 0.25,
        }
    }
}
