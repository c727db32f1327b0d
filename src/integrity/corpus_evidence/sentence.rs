//! A campaign in words.

use chrono::DateTime;

use super::memberships::CampaignRole;
use crate::integrity::campaigns::{Campaign, CampaignKind};
use crate::integrity::fusion::Term;

/// One English sentence about a subject's part in a campaign.
pub fn campaign_sentence(term: &Term, campaign: &Campaign) -> String {
    let planted = term.reading.value.round().max(1.0);
    let sure = |charge: CampaignRole| surely(charge.chance(campaign));
    let reviews = |of: &str, lie: &str| {
        if planted > 1.0 {
            format!("About {planted:.0} reviews{of} {lie}")
        } else {
            format!("About 1 review{of} {lie}s")
        }
    };
    let id = &campaign.id;
    let part = match term.spec.code {
        "review.campaign" if campaign.kind == CampaignKind::CarriedOver => {
            let sure = sure(CampaignRole::Writing);
            format!(
                "It came before its listing became another product (campaign {id}), made to serve \
                 that one with {sure}"
            )
        }
        "listing.campaign" if campaign.kind == CampaignKind::CarriedOver => {
            let (came, sure) = (reviews("", "date"), sure(CampaignRole::Promotion));
            format!(
                "{came} from before the page became another product (campaign {id}), its own \
                 promotion with {sure}"
            )
        }
        "review.campaign" => {
            let sure = sure(CampaignRole::Writing);
            format!("It lies in campaign {id}, somebody's doing with {sure}")
        }
        "reviewer.campaign" => {
            let lie = if planted > 1.0 {
                format!("About {planted:.0} of the author's reviews lie")
            } else {
                "1 of the author's reviews lies".to_owned()
            };
            let sure = sure(CampaignRole::Writing);
            format!("{lie} in campaign {id}, somebody's doing with {sure}")
        }
        "listing.attack.campaign" => {
            let (lie, sure) = (reviews(" of blame", "lie"), sure(CampaignRole::Attack));
            format!("{lie} in campaign {id}, an attack with {sure}")
        }
        _ => {
            let (lie, sure) = (reviews(" of praise", "lie"), sure(CampaignRole::Promotion));
            format!("{lie} in campaign {id}, its own promotion with {sure}")
        }
    };
    format!(
        "{part}: {}, {}.",
        campaign.summary,
        window(campaign.first_day, campaign.last_day)
    )
}

/// From one day to another, in UTC.
fn window(first: u32, last: u32) -> String {
    let date = |day: u32| {
        // Days of a `u32` of seconds are within what a date can say.
        let time = DateTime::from_timestamp(i64::from(day) * 86_400, 0).unwrap_or_default();
        time.format("%Y-%m-%d")
    };
    if first == last {
        format!("on {}", date(first))
    } else {
        format!("{} to {}", date(first), date(last))
    }
}

/// A probability in words; no evidence is certain.
fn surely(probability: f64) -> String {
    let percent = (100.0 * probability).round();
    if percent > 99.0 {
        "a probability above 99 %".to_owned()
    } else if percent < 1.0 {
        "a probability below 1 %".to_owned()
    } else {
        format!("a probability of {percent:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_a_campaign_are_named() {
        assert_eq!(window(15_706, 15_706), "on 2013-01-01");
        assert_eq!(window(15_706, 15_707), "2013-01-01 to 2013-01-02");
        assert!(window(0, u32::MAX).starts_with("1970-01-01 to "));
    }

    #[test]
    fn nothing_is_told_as_certain() {
        assert_eq!(surely(0.97), "a probability of 97 %");
        assert_eq!(surely(0.996), "a probability above 99 %");
        assert_eq!(surely(0.002), "a probability below 1 %");
    }
}
