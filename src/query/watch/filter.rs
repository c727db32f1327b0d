//! Filters of a watch: which subjects and which changes a watcher asked for.

use super::ring::Change;
use crate::domain::{Band, Kind};

/// Filters, joined by and.
#[derive(Clone, Debug)]
pub struct WatchFilter {
    /// Empty for all that have history.
    pub kinds: Vec<Kind>,
    /// Sellers by id, and their listings; empty for all.
    pub sellers: Vec<String>,
    /// Empty for all.
    pub marketplace: String,
    /// The least band before or after; the lowest one for all.
    pub min_band: Band,
    /// The least probability of being attacked that passes whatever the band.
    pub min_attack: Option<f64>,
}

impl WatchFilter {
    /// Whether the watcher is notified of a change.
    pub(super) fn passes(&self, change: &Change) -> bool {
        self.is_about(change) && self.is_high_enough(change)
    }

    fn is_about(&self, change: &Change) -> bool {
        let subject = &change.assessment.subject;
        let kind = subject.kind();
        let seller = match kind {
            Kind::Seller => subject.id().as_str(),
            Kind::Listing => &change.assessment.context.seller_id,
            // Belong to no seller, and are not watched.
            Kind::Reviewer | Kind::Review => "",
        };
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.marketplace.is_empty() || self.marketplace == subject.marketplace())
            && (self.sellers.is_empty() || self.sellers.iter().any(|wanted| wanted == seller))
    }

    fn is_high_enough(&self, change: &Change) -> bool {
        let Change { before, after, .. } = change;
        let attacked = self.min_attack.is_some_and(|least| {
            let bound = libm::log(least) - libm::log1p(-least);
            let mut attacks = [before, after]
                .into_iter()
                .filter_map(|score| score.attack());
            attacks.any(|attack| attack >= bound)
        });
        attacked || before.band().max(after.band()) >= self.min_band
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::watch::ring::tests::change;

    fn everything() -> WatchFilter {
        WatchFilter {
            kinds: Vec::new(),
            sellers: Vec::new(),
            marketplace: String::new(),
            min_band: Band::InsufficientData,
            min_attack: None,
        }
    }

    #[test]
    fn only_listings_and_sellers_belong_to_sellers() {
        let filter = WatchFilter {
            sellers: vec!["acme".to_owned()],
            ..everything()
        };
        let with_seller = |kind, id: &str, seller: &str| {
            let mut change = change(kind, id);
            std::sync::Arc::make_mut(&mut change.assessment)
                .context
                .seller_id = seller.to_owned();
            change
        };
        assert!(filter.passes(&with_seller(Kind::Listing, "kettle", "acme")));
        assert!(filter.passes(&with_seller(Kind::Seller, "acme", "")));
        assert!(!filter.passes(&with_seller(Kind::Listing, "acme", "other")));
        assert!(!filter.passes(&with_seller(Kind::Reviewer, "acme", "")));
        assert!(everything().passes(&with_seller(Kind::Reviewer, "ann", "")));
    }

    #[test]
    fn kinds_and_marketplaces_are_joined_by_and() {
        let filter = WatchFilter {
            kinds: vec![Kind::Listing],
            marketplace: "shop".to_owned(),
            ..everything()
        };
        assert!(filter.passes(&change(Kind::Listing, "kettle")));
        assert!(!filter.passes(&change(Kind::Reviewer, "ann")));
        let elsewhere = WatchFilter {
            marketplace: "bazaar".to_owned(),
            ..filter
        };
        assert!(!elsewhere.passes(&change(Kind::Listing, "kettle")));
    }
}
