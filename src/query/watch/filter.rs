//! Whom a watcher wants to hear of.

use super::told::Stand;
use crate::domain::Kind;
use crate::proto::v1::Band;
use crate::state::State;

/// Filters, joined by and.
#[derive(Clone, Debug)]
pub struct WatchFilter {
    /// Empty for all that have history.
    pub kinds: Vec<Kind>,
    /// Sellers by id, and their listings; empty for all.
    pub sellers: Vec<String>,
    /// Empty for all.
    pub marketplace: String,
    /// The least band before or after; unspecified for all.
    pub min_band: Band,
    /// The least probability of being attacked that passes whatever the band.
    pub min_attack: Option<f64>,
}

impl WatchFilter {
    /// Whether the watcher asked about such a subject.
    pub(super) fn concerns(&self, state: &State, kind: Kind, row: u32) -> bool {
        if !self.kinds.is_empty() && !self.kinds.contains(&kind) {
            return false;
        }
        let marketplace = match kind {
            Kind::Reviewer => state.reviewers().get(row).map(|held| held.marketplace),
            Kind::Listing => state.listings().get(row).map(|held| held.marketplace),
            Kind::Seller | Kind::Review => None,
        };
        let here = marketplace.is_some_and(|held| state.marketplace(held) == self.marketplace);
        if !self.marketplace.is_empty() && !here {
            return false;
        }
        self.sellers.is_empty() || self.is_of_sellers(state, kind, row)
    }

    fn is_of_sellers(&self, state: &State, kind: Kind, row: u32) -> bool {
        let seller = match kind {
            Kind::Seller => Some(row),
            Kind::Listing => state.listings().get(row).map(|held| held.seller),
            Kind::Reviewer | Kind::Review => None,
        };
        let name = seller
            .and_then(|seller| state.sellers().get(seller))
            .map(|held| state.name(held.name));
        name.is_some_and(|name| self.sellers.iter().any(|wanted| wanted == name))
    }

    /// Whether such a move matters to the watcher.
    pub(super) fn passes(&self, was: &Stand, is: &Stand) -> bool {
        // The numbers of bands rise with the risk.
        let least = self.min_band as u8;
        let attacked = self.min_attack.is_some_and(|least| {
            let bound = libm::log(least) - libm::log1p(-least);
            [was, is]
                .iter()
                .any(|stand| stand.attack().is_some_and(|held| held >= bound))
        });
        attacked || was.band().max(is.band()) >= least
    }
}
