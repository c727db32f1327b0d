//! Redacts answers for callers that are limited to sellers: reviewer identities, other sellers' data,
//! and comparisons with fewer than [`PEERS_MIN`] peers (k-anonymity).

use crate::domain::Assessment;
use crate::integrity::campaigns::{Campaign, Member};
use crate::proto::v1;
use crate::server::access::Scope;
use crate::server::present::assessment::assessment_message;
use crate::server::present::campaign::{campaign_message, member_message};
use crate::state::State;

/// Fewest peers that a comparison may show.
pub(in crate::server) const PEERS_MIN: u64 = 10;

/// Hides comparisons with too few peers, and reviews of other sellers.
pub(in crate::server) fn assessment(scope: &Scope, mut assessment: Assessment) -> Assessment {
    if scope.is_restricted() {
        assessment
            .context
            .copy_of
            .take_if(|original| !original.same_seller);
        let findings = assessment.findings.iter_mut();
        for finding in findings.chain(&mut assessment.attack_findings) {
            finding
                .comparison
                .take_if(|comparison| comparison.peers < PEERS_MIN);
        }
    }
    assessment
}

/// Presents a review with its assessment; hides the author.
pub(in crate::server) fn suspect_review(
    scope: &Scope,
    mut review: Option<v1::Review>,
    assessed: Option<Assessment>,
) -> v1::SuspectReview {
    if let Some(review) = &mut review
        && scope.is_restricted()
    {
        review.reviewer_id.clear();
    }
    v1::SuspectReview {
        review,
        assessment: assessed.map(|assessed| assessment_message(assessment(scope, assessed))),
    }
}

/// Whether a campaign touches what belongs to the caller.
pub(in crate::server) fn sees_campaign(scope: &Scope, state: &State, campaign: &Campaign) -> bool {
    let mut listings = campaign.listings.iter();
    !scope.is_restricted() || listings.any(|row| scope.has_listing(state, *row))
}

/// Presents a campaign without the listings and sellers of others. Its totals are unchanged.
pub(in crate::server) fn campaign(
    scope: &Scope,
    state: &State,
    campaign: &Campaign,
) -> v1::Campaign {
    campaign_message(state, campaign, |row| scope.has_listing(state, row))
}

/// Returns the members of a campaign that a caller may see, in their order.
pub(in crate::server) fn members<'a>(
    scope: &Scope,
    state: &State,
    campaign: &'a Campaign,
) -> Vec<&'a Member> {
    let own = |member: &&Member| scope.has_review(state, member.review);
    campaign.members.iter().filter(own).collect()
}

/// Presents a member without its author.
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
    use crate::domain::{Finding, Id, PeerComparison, Subject};
    use crate::query::assess_then;

    fn finding(peers: u64) -> Finding {
        Finding {
            code: "listing.a_fact",
            version: 1,
            family: "timing",
            fact: "It is so; it says so itself".to_owned(),
            value: 1.0,
            comparison: Some(PeerComparison {
                percentile: 0.9,
                peers,
                words: Some(format!("More than 90 % of its {peers} peers")),
            }),
            contribution: 0.5,
            reviews: Vec::new(),
            legal_tags: &[],
            campaign_id: None,
        }
    }

    #[test]
    fn sellers_do_not_see_comparisons_with_few_peers() {
        let seller = Scope::sellers(std::sync::Arc::new(["s1".to_owned()].into()));
        let subject = Subject::Seller(Id::new("s1").expect("an id"));
        let full = Assessment {
            findings: vec![finding(9), finding(10)],
            attack_findings: vec![finding(1)],
            ..assess_then(subject, None)
        };
        assert_eq!(assessment(&Scope::All, full.clone()), full);
        let seen = assessment_message(assessment(&seller, full));
        for hidden in [&seen.findings[0], &seen.attack_findings[0]] {
            assert_eq!((hidden.peer_count, hidden.peer_percentile), (0, 0.0));
            assert_eq!(hidden.sentence, "It is so; it says so itself.");
        }
        let shown = &seen.findings[1];
        assert_eq!((shown.peer_count, shown.peer_percentile), (10, 0.9));
        assert!(
            shown
                .sentence
                .ends_with(". More than 90 % of its 10 peers.")
        );
    }
}
