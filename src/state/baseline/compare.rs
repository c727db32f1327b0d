//! How unusual something is among its peers.

use super::{AuthorSignal, Baselines, ListingSignal, Measured, Peers, STRATA};
use crate::state::histogram::{Histogram, Masses, Tail};

/// How many pseudo-peers of the marketplace a small group leans on.
const PARENT_WEIGHT: f64 = 20.0;
/// Below so many peers nothing is called usual.
const PEERS_LEAST: u64 = 10;

/// How unusual a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Share of peers at least as unusual, above 0 and up to 1.
    pub tail: f64,
    /// Peers, the subject itself left out: those of its group, or of its marketplace where the
    /// group has too few.
    pub peers: u64,
}

/// Where a subject is itself counted, and thus left out of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Out {
    /// Its bin in its group.
    pub group: Option<usize>,
    /// Its bin in the wider group.
    pub wide: Option<usize>,
}

impl Out {
    /// The same bin in both.
    pub const fn of(bin: Option<usize>) -> Self {
        Self {
            group: bin,
            wide: bin,
        }
    }
}

/// Listings of all marketplaces by signal and stratum, summed once for many sellers.
#[derive(Clone, Debug, Default)]
pub struct AllListings([[Histogram; STRATA]; ListingSignal::COUNT]);

impl AllListings {
    /// How unusual a seller's value is among the listings of its size on all marketplaces: a
    /// seller may be on several, and its sum behaves as one large listing.
    pub fn compare(&self, signal: ListingSignal, measured: Measured) -> Option<Compared> {
        let (stratum, bin) = signal.place(measured)?;
        let all = like_size(&self.0[signal.index()], stratum, bin, None);
        compare(all, all)
    }
}

impl Baselines {
    /// The sum over all marketplaces.
    pub fn all_listings(&self) -> AllListings {
        let mut all = AllListings::default();
        for peers in self.marketplaces.iter() {
            let pairs = all
                .0
                .iter_mut()
                .flatten()
                .zip(peers.listings.iter().flatten());
            for (sum, held) in pairs {
                sum.merge(held);
            }
        }
        all
    }

    /// How unusual a bin is in one histogram of a group, leaning on the same of its marketplace.
    pub fn compare(
        &self,
        (group, marketplace): (u32, u16),
        of: impl Fn(&Peers) -> &Histogram,
        (bin, tail): (usize, Tail),
        out: Out,
    ) -> Option<Compared> {
        let parent = of(self.marketplace(marketplace)?).masses(bin, tail, out.wide);
        let own = self.group(group).map(of);
        let own = own.map(|own| own.masses(bin, tail, out.group));
        compare(own.unwrap_or_default(), parent)
    }

    /// How unusual an author's bin is among authors of like activity, the author left out.
    pub fn compare_author(
        &self,
        marketplace: u16,
        signal: AuthorSignal,
        stratum: usize,
        bin: usize,
    ) -> Option<Compared> {
        let strata = &self.authors(marketplace)?.signals[signal.index()];
        let own = strata.get(stratum)?.masses(bin, Tail::Upper, Some(bin));
        compare(own, like_size(strata, stratum, bin, Some(bin)))
    }

    /// How unusual it is for a review that its author wrote so little. `out` is where it is counted.
    pub fn compare_activity(
        &self,
        marketplace: u16,
        bin: usize,
        out: Option<usize>,
    ) -> Option<Compared> {
        let peers = &self.authors(marketplace)?.activity;
        let peers = peers.masses(bin, Tail::Lower, out);
        compare(peers, peers)
    }

    /// How unusual a near-duplicate bucket of this size is, on all marketplaces. `out` is where the
    /// review is counted.
    pub fn compare_bucket(&self, bin: usize, out: Option<usize>) -> Option<Compared> {
        let peers = self.buckets().masses(bin, Tail::Upper, out);
        compare(peers, peers)
    }

    /// How unusual a listing's stratum and bin is among listings of like size. `held` is where the
    /// listing itself is counted.
    pub fn compare_listing(
        &self,
        (group, marketplace): (u32, u16),
        signal: ListingSignal,
        (stratum, bin): (usize, usize),
        held: Option<(usize, usize)>,
    ) -> Option<Compared> {
        let own = self.group(group)?.listings[signal.index()].get(stratum)?;
        let strata = &self.marketplace(marketplace)?.listings[signal.index()];
        let held = held.filter(|(held, _)| *held == stratum);
        let out = held.map(|(_, bin)| bin);
        compare(
            own.masses(bin, Tail::Upper, out),
            like_size(strata, stratum, bin, out),
        )
    }
}

/// One stratum, or all of them where it has too few: small subjects vary more, so that comparing
/// a large one with them errs towards calling it usual.
fn like_size(
    strata: &[Histogram; STRATA],
    stratum: usize,
    bin: usize,
    out: Option<usize>,
) -> Masses {
    let of = |place: usize, held: &Histogram| {
        held.masses(bin, Tail::Upper, out.filter(|_| place == stratum))
    };
    let own = strata.get(stratum).map(|own| of(stratum, own));
    match own.filter(|own| own.total >= PEERS_LEAST) {
        Some(own) => own,
        None => (0..).zip(strata).map(|(place, held)| of(place, held)).sum(),
    }
}

fn compare(own: Masses, parent: Masses) -> Option<Compared> {
    let near = own.total;
    let peers = if near >= PEERS_LEAST {
        near
    } else {
        parent.total
    };
    // Where all are alike, a source most likely has no such data: removals that nobody reports.
    let alike = parent.at == parent.total;
    (peers >= PEERS_LEAST && !alike).then(|| Compared {
        tail: own.tail(&parent, PARENT_WEIGHT),
        peers,
    })
}
