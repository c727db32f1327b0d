//! Redacts answers for callers that are limited to sellers: reviewer identities, other sellers' data,
//! and comparisons with fewer than [`PEERS_MIN`] peers (k-anonymity).

use crate::integrity::campaigns::{Campaign, Member};
use crate::proto::v1;
use crate::server::access::Scope;
use crate::server::present::campaign::{campaign_message, member_message};
use crate::state::State;

/// Fewest peers that a comparison may show.
pub(in crate::server) const PEERS_MIN: u64 = 10;

/// Hides comparisons with too few peers.
pub(in crate::server) fn assessment(scope: &Scope, mut message: v1::Assessment) -> v1::Assessment {
    if scope.is_restricted() {
        let findings = message.findings.iter_mut();
        for finding in findings.chain(&mut message.attack_findings) {
            if finding.peer_count < PEERS_MIN {
                finding.peer_count = 0;
                finding.peer_percentile = 0.0;
                without_comparison(&mut finding.sentence);
            }
        }
    }
    message
}

/// Leaves the fact of a sentence "Fact; comparison."
fn without_comparison(sentence: &mut String) {
    if let Some((fact, _)) = sentence.rsplit_once("; ") {
        *sentence = format!("{fact}.");
    }
}

/// Hides the author.
pub(in crate::server) fn suspect_review(
    scope: &Scope,
    message: v1::SuspectReview,
) -> v1::SuspectReview {
    let v1::SuspectReview {
        mut review,
        assessment: assessed,
    } = message;
    if let Some(review) = &mut review
        && scope.is_restricted()
    {
        review.reviewer_id.clear();
    }
    v1::SuspectReview {
        review,
        assessment: assessed.map(|assessed| assessment(scope, assessed)),
    }
}

/// Whether a campaign touches what belongs to the caller.
pub(in crate::server) fn sees_campaign(scope: &Scope, state: &State, campaign: &Campaign) -> bool {
    let mut listings = campaign.listings.iter();
    !scope.is_restricted() || listings.any(|row| scope.has_listing(state, *row))
}

/// A campaign, without the listings and sellers of others. Its totals stay whole.
pub(in crate::server) fn campaign(
    scope: &Scope,
    state: &State,
    campaign: &Campaign,
) -> v1::Campaign {
    campaign_message(state, campaign, |row| scope.has_listing(state, row))
}

/// The members of a campaign that a caller gets to see, in their order.
pub(in crate::server) fn members<'a>(
    scope: &Scope,
    state: &State,
    campaign: &'a Campaign,
) -> Vec<&'a Member> {
    let own = |member: &&Member| {
        let review = state.reviews().get(member.review);
        let listing = review.and_then(|review| review.listing);
        !scope.is_restricted() || listing.is_some_and(|listing| scope.has_listing(state, listing))
    };
    campaign.members.iter().filter(own).collect()
}

/// One of these; its author hidden.
pub(in crate::server) fn member(
    scope: &Scope,
    state: &State,
    member: &Member,
) -> Option<v1::CampaignMember> {
    let mut message = member_message(state, member)?;
    if scope.is_restricted() {
        message.reviewer_id.clear();
    }
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(peer_count: u64) -> v1::Finding {
        v1::Finding {
            sentence: format!("It is so; more than 90 % of its {peer_count} peers."),
            peer_percentile: 0.9,
            peer_count,
            ..v1::Finding::default()
        }
    }

    #[test]
    fn few_peers_are_not_shown_to_sellers() {
        let seller = Scope::Sellers(std::sync::Arc::new(["s1".to_owned()].into()));
        let message = v1::Assessment {
            findings: vec![finding(9), finding(10)],
            attack_findings: vec![finding(1)],
            ..v1::Assessment::default()
        };
        assert_eq!(assessment(&Scope::All, message.clone()), message);
        let seen = assessment(&seller, message);
        for hidden in [&seen.findings[0], &seen.attack_findings[0]] {
            assert_eq!((hidden.peer_count, hidden.peer_percentile), (0, 0.0));
            assert_eq!(hidden.sentence, "It is so.");
        }
        assert_eq!(seen.findings[1], finding(10));
    }
}
