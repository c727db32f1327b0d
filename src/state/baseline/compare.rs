//! How unusual something is among its peers.

use super::levels::Mark;
use super::{
    AuthorPeers, AuthorSignal, Baselines, ListingSignal, Measured, PeerBin, PeerKey, Peers, STRATA,
};
use crate::state::histogram::{Histogram, Masses, Tail};

/// How many pseudo-peers of its marketplace a small group leans on, and a small marketplace of all
/// others.
const PARENT_WEIGHT: f64 = 20.0;
/// Peers with which a marketplace is compared alone. With fewer it leans on other marketplaces, the
/// less the more peers it has: marketplaces differ more than the categories of one.
const PARENT_ENOUGH: f64 = 1000.0;
/// Fewest peers of a comparison.
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

/// The bins in which a subject is itself counted, to be left out of a comparison.
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

impl Baselines {
    /// How unusual a seller's value is among the listings of its size on a marketplace: its sum
    /// behaves as one large listing.
    pub fn compare_seller(
        &self,
        marketplace: u16,
        signal: ListingSignal,
        measured: Measured,
    ) -> Option<Compared> {
        let at = signal.peer_bin(measured)?;
        let strata =
            |peers: &Peers| like_size(&peers.listings[signal.index()], at, Tail::Upper, None);
        let own = strata(self.marketplace(marketplace)?);
        compare(own, own, || self.others(marketplace).map(strata).sum())
    }

    /// How unusual a bin is in one histogram of a group, leaning on the same of its marketplace, and
    /// that on all others.
    pub fn compare(
        &self,
        key: PeerKey,
        of: impl Fn(&Peers) -> &Histogram,
        bin: usize,
        tail: Tail,
        out: Out,
    ) -> Option<Compared> {
        self.compare_masses(key, out, |peers, out| of(peers).masses(bin, tail, out))
    }

    /// As [`Self::compare`] for a step of a mark.
    pub fn compare_mark(
        &self,
        key: PeerKey,
        mark: Mark,
        step: usize,
        tail: Tail,
        out: Out,
    ) -> Option<Compared> {
        self.compare_masses(key, out, |peers, out| {
            peers.marks.levels.masses(mark, step, tail, out)
        })
    }

    fn compare_masses(
        &self,
        key: PeerKey,
        out: Out,
        masses: impl Fn(&Peers, Option<usize>) -> Masses,
    ) -> Option<Compared> {
        let parent = masses(self.marketplace(key.marketplace)?, out.wide);
        let group = key.group.and_then(|group| self.group(group));
        let own = group.map(|own| masses(own, out.group));
        compare(own.unwrap_or_default(), parent, || {
            self.others(key.marketplace)
                .map(|peers| masses(peers, None))
                .sum()
        })
    }

    /// Peers of all marketplaces but one.
    fn others(&self, marketplace: u16) -> impl Iterator<Item = &Peers> {
        let all = self.marketplaces.numbered();
        all.filter(move |(number, _)| *number != marketplace)
            .map(|(_, peers)| peers.as_ref())
    }

    fn other_authors(&self, marketplace: u16) -> impl Iterator<Item = &AuthorPeers> {
        let all = self.authors.numbered();
        all.filter(move |(number, _)| *number != marketplace)
            .map(|(_, peers)| peers.as_ref())
    }

    /// How unusual an author's bin is among authors of like activity, the author left out.
    pub fn compare_author(
        &self,
        marketplace: u16,
        signal: AuthorSignal,
        at: PeerBin,
    ) -> Option<Compared> {
        let strata = &self.authors(marketplace)?.signals[signal.index()];
        let stratum = strata.get(at.stratum)?;
        let own = stratum.masses(at.bin, Tail::Upper, Some(at.bin));
        let parent = like_size(strata, at, Tail::Upper, Some(at.bin));
        compare(own, parent, || {
            let others = self.other_authors(marketplace);
            let strata = others.map(|peers| &peers.signals[signal.index()]);
            strata
                .map(|strata| like_size(strata, at, Tail::Upper, None))
                .sum()
        })
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
        compare(peers, peers, || {
            let others = self.other_authors(marketplace);
            others
                .map(|peers| peers.activity.masses(bin, Tail::Lower, None))
                .sum()
        })
    }

    /// How unusual a near-duplicate bucket of this size is, on all marketplaces. `out` is where the
    /// review is counted.
    pub fn compare_bucket(&self, bin: usize, out: Option<usize>) -> Option<Compared> {
        let peers = self.buckets().masses(bin, Tail::Upper, out);
        compare(peers, peers, Masses::default)
    }

    /// How unusual a listing's stratum and bin is among listings of like size. `counted` is
    /// the stratum and bin of the listing itself.
    pub fn compare_listing(
        &self,
        key: PeerKey,
        signal: ListingSignal,
        at: PeerBin,
        counted: Option<PeerBin>,
    ) -> Option<Compared> {
        let own = self.group(key.group?)?.listings[signal.index()].get(at.stratum)?;
        let strata = &self.marketplace(key.marketplace)?.listings[signal.index()];
        let same_stratum = counted.filter(|counted| counted.stratum == at.stratum);
        let out = same_stratum.map(|counted| counted.bin);
        let parent = like_size(strata, at, Tail::Upper, out);
        compare(own.masses(at.bin, Tail::Upper, out), parent, || {
            let others = self.others(key.marketplace);
            let strata = others.map(|peers| &peers.listings[signal.index()]);
            strata
                .map(|strata| like_size(strata, at, Tail::Upper, None))
                .sum()
        })
    }
}

/// One stratum, or all of them where it has too few: small subjects vary more, so that comparing
/// a large one with them errs towards calling it usual.
pub(super) fn like_size(
    strata: &[Histogram; STRATA],
    PeerBin { stratum, bin }: PeerBin,
    tail: Tail,
    out: Option<usize>,
) -> Masses {
    let of =
        |index: usize, peers: &Histogram| peers.masses(bin, tail, out.filter(|_| index == stratum));
    let own = strata.get(stratum).map(|own| of(stratum, own));
    match own.filter(|own| own.total >= PEERS_LEAST) {
        Some(own) => own,
        None => (0..)
            .zip(strata)
            .map(|(index, peers)| of(index, peers))
            .sum(),
    }
}

/// Compares with a group, its parent and, while that is small, with all `others`.
pub(super) fn compare(
    own: Masses,
    parent: Masses,
    others: impl FnOnce() -> Masses,
) -> Option<Compared> {
    let weight = PARENT_WEIGHT * (1.0 - parent.total as f64 / PARENT_ENOUGH).max(0.0);
    let all: Masses = if weight > 0.0 {
        [parent, others()].into_iter().sum()
    } else {
        parent
    };
    let enough = |masses: &&Masses| masses.total >= PEERS_LEAST;
    let peers = [&own, &parent, &all].into_iter().find(enough)?.total;
    // If all values are equal, the source most likely lacks such data: removals that nobody reports.
    let source = Some(&parent).filter(enough).unwrap_or(&all);
    let wide = parent.wide_tail(all.wide_tail(0.0, 0.0), weight);
    // The same peers may be the group, the marketplace and all: counted again, they would prove a
    // value rarer than so many can.
    let least = 0.5 / (parent.total.max(all.total) as f64 + 1.0);
    (source.at < source.total).then(|| Compared {
        tail: own.tail(wide, PARENT_WEIGHT).max(least),
        peers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masses(beyond: u64, at: u64, total: u64) -> Masses {
        Masses { beyond, at, total }
    }

    #[test]
    fn small_groups_lean_on_their_parents_and_these_on_all() {
        let none = Masses::default;
        // Nothing but the marketplace: it is as before.
        let market = masses(9, 0, 2000);
        let tail = compare(none(), market, none).map(|compared| (compared.tail, compared.peers));
        assert_eq!(tail, Some((9.5 / 2001.0, 2000)));
        // A group of 20 weighs as much as its parent.
        let both = compare(masses(10, 0, 20), market, none).map(|compared| compared.tail);
        assert_eq!(both, Some((10.0 + 20.0 * 9.5 / 2001.0) / 40.0));
        // A marketplace with 3 reviews is all but the others.
        let others = || masses(100, 0, 1000);
        let young = compare(none(), masses(1, 1, 3), others).expect("peers");
        let all = 102.0 / 1004.0;
        let weight = 20.0 * (1.0 - 0.003);
        assert_eq!(young.peers, 1003);
        assert!((young.tail - (2.0 + weight * all) / (4.0 + weight)).abs() < 1e-12);
        // Thirty peers that are also the whole marketplace count once.
        let thirty = masses(0, 0, 30);
        let alone = compare(thirty, thirty, none).map(|compared| compared.tail);
        assert_eq!(alone, Some(0.5 / 31.0));
        // Too few anywhere, or no such data.
        assert_eq!(compare(none(), masses(1, 0, 4), none), None);
        assert_eq!(compare(none(), masses(0, 50, 50), others), None);
    }
}
