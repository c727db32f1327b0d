//! Sustained demand as a score of its own: what of progress comes from it alone.

use std::collections::HashMap;

use super::walk::Scorer;
use crate::brand::momentum::Faded;
use crate::domain::DAY;
use crate::proto::v1::Event;
use crate::proto::v1::event::Payload;

/// Scores sellers by [`crate::brand::momentum::Demand::strength`] of their orders.
#[derive(Debug, Default)]
pub struct Sustained {
    /// By marketplace and listing.
    owners: HashMap<(String, String), String>,
    demand: HashMap<String, Faded>,
}

impl Scorer for Sustained {
    fn names(&self) -> Vec<&'static str> {
        vec!["sustained_demand"]
    }

    fn fold(&mut self, seconds: u32, event: &Event) -> Result<(), String> {
        match &event.payload {
            Some(Payload::Listing(listing)) => {
                let key = (listing.marketplace.clone(), listing.listing_id.clone());
                self.owners.insert(key, listing.seller_id.clone());
            }
            // A revision tells how an order ended, not of another one.
            Some(Payload::Order(order)) if event.revision == 0 => {
                let key = (order.marketplace.clone(), order.listing_id.clone());
                if let Some(owner) = self.owners.get(&key) {
                    let day = f64::from(seconds / DAY);
                    match self.demand.get_mut(owner) {
                        Some(demand) => demand.add(day, 1.0),
                        None => {
                            self.demand.insert(owner.clone(), Faded::new(day, 1.0));
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn scores(&mut self, day: u32, sellers: &[&str]) -> Result<Vec<Vec<Option<f64>>>, String> {
        let of = |seller: &&str| {
            let demand = self.demand.get(*seller)?.demand(f64::from(day))?;
            Some(demand.strength)
        };
        Ok(vec![sellers.iter().map(of).collect()])
    }
}
