//! Campaigns of a small market: honest listings, brushed ones, attacked ones, a sale.

mod examples;
mod market;

pub(in crate::integrity) use examples::*;
pub(in crate::integrity) use market::*;

use proptest::prelude::*;

use super::*;
use crate::domain::{Event, Payload};
use crate::integrity::CorpusEvidence;
use crate::integrity::dividend::{Formula, dividend};
use crate::integrity::own_signals::assess_listing;

fn flagged(campaigns: &Campaigns) -> Vec<&Campaign> {
    let all = campaigns.all().iter();
    all.filter(|campaign| campaign.confidence() > 0.5).collect()
}

#[test]
fn honest_listings_have_no_campaign() {
    let campaigns = Campaigns::find(&state(&events(&honest())));
    assert!(flagged(&campaigns).is_empty(), "{:?}", campaigns.all());
}

#[test]
fn brushed_listing_has_one_campaign_of_self_promotion() {
    let mut drafts = honest();
    drafts.extend(push(3, 5, 200..206, 4));
    let state = state(&events(&drafts));
    let campaigns = Campaigns::find(&state);
    let found = flagged(&campaigns);
    assert_eq!(found.len(), 1, "{:?}", campaigns.all());
    let campaign = found[0];
    assert_eq!(campaign.direction, Direction::Promote);
    assert_eq!(campaign.posterior.likeliest(), Attribution::SelfPromotion);
    assert_eq!(campaign.listings, [listing(&state, 3)]);
    assert!((23..=26).contains(&campaign.members.len()), "{campaign:?}");
    assert!(campaign.first_day >= FIRST_DAY + 198 && campaign.last_day <= FIRST_DAY + 208);
    let found = dividend(
        &state,
        &CorpusEvidence::gather(&state),
        &campaign.listings,
        Formula::Mean,
        1,
    );
    let found = found.expect("reviews");
    assert!(found.interval.low > 0.1 && found.gained > 0.1, "{found:?}");
    assert!(found.interval.low <= found.dividend && found.dividend <= found.interval.high);
}

#[test]
fn attack_lowers_stars_of_its_victim_and_not_its_standing() {
    let before = state(&events(&honest()));
    let mut drafts = honest();
    drafts.extend(push(5, 1, 300..304, 5));
    let state = state(&events(&drafts));
    let campaigns = Campaigns::find(&state);
    let found = flagged(&campaigns);
    assert_eq!(found.len(), 1, "{:?}", campaigns.all());
    assert_eq!(found[0].posterior.likeliest(), Attribution::Attack);
    assert_eq!(found[0].posterior.of(Attribution::SelfPromotion), 0.0);
    let victim = listing(&state, 5);
    let cost = dividend(
        &state,
        &CorpusEvidence::gather(&state),
        &[victim],
        Formula::Mean,
        1,
    )
    .expect("reviews");
    assert!(cost.interval.high < 0.0 && cost.lost < -0.3, "{cost:?}");
    let risk = |state| assess_listing(state, victim).fused.estimate.log_odds;
    assert_eq!(risk(&state), risk(&before));
}

#[test]
fn sale_day_is_no_campaign() {
    let mut drafts = honest();
    for listing in 0..LISTINGS {
        for number in 0..12 {
            let mut sold = honest()[(listing * 50 + number) as usize].clone();
            sold.author = format!("sale{listing}x{number}");
            sold.day = Some(250 + number % 3);
            drafts.push(sold);
        }
    }
    let campaigns = Campaigns::find(&state(&events(&drafts)));
    assert!(flagged(&campaigns).is_empty(), "{:?}", campaigns.all());
}

#[test]
fn campaign_id_is_stable_while_it_grows() {
    let mut drafts = honest();
    drafts.extend(push(3, 5, 200..206, 4));
    let whole = events(&drafts);
    let early = state(&whole[..whole.len() - 10]);
    let early = Campaigns::find(&early);
    let campaigns = Campaigns::find(&state(&whole));
    let first = &flagged(&early)[0].id;
    assert_eq!(campaigns.get(first).map(|found| &found.id), Some(first));
    assert!(campaigns.get("0000000000000000").is_none() && campaigns.get("").is_none());
}

/// The same authors on one listing after another, without purchases, with these stars in turn.
fn circle(stars: [u32; 5]) -> Vec<Draft> {
    let places = (3..9_u32).flat_map(|listing| (0..10_u32).map(move |author| (listing, author)));
    places
        .map(|(listing, author)| Draft {
            listing,
            author: format!("circle{author}"),
            stars: stars[((listing + author) % 5) as usize],
            body: format!("what {author} found about {listing} in words of{author}x{listing}"),
            verified: Some(false),
            day: Some(60 * (listing - 3) + 20 + author % 5),
        })
        .collect()
}

#[test]
fn crew_with_mild_stars_may_be_a_sampling_program() {
    let found = |stars| {
        let mut drafts = honest();
        drafts.extend(circle(stars));
        let state = state(&events(&drafts));
        let campaigns = Campaigns::find(&state);
        let place = listing(&state, 5);
        let of_place = |campaign: &&Campaign| campaign.listings.contains(&place);
        let mut here = campaigns.all().iter().filter(of_place);
        let largest = here.clone().map(|campaign| campaign.members.len()).max();
        let campaign = here.find(|campaign| Some(campaign.members.len()) == largest);
        campaign.expect("a burst").clone()
    };
    let artefact = |campaign: &Campaign| campaign.posterior.of(Attribution::PlatformArtefact);
    // Praise, and blame.
    for (paid, mild) in [([5; 5], [4, 5, 3, 4, 4]), ([1; 5], [2, 2, 1, 2, 2])] {
        let (paid, mild) = (found(paid), found(mild));
        assert!(artefact(&paid) < 0.02, "{paid:?}");
        assert!(artefact(&mild) > 0.2, "{mild:?}");
        assert!(
            mild.confidence() > 0.3,
            "it may be paid all the same: {mild:?}"
        );
    }
}

#[test]
fn simultaneous_copies_are_attributed_to_the_platform() {
    let mut drafts = honest();
    // The same authors say the same at the same moment on two listings.
    let numbered = push(7, 5, 100..103, 8).into_iter().enumerate();
    drafts.extend(numbered.map(|(number, draft)| Draft {
        stars: 4 + u32::from(number.is_multiple_of(2)),
        verified: Some(!number.is_multiple_of(5)),
        ..draft
    }));
    let mut all = events(&drafts);
    for (number, event) in events(&drafts)
        .into_iter()
        .enumerate()
        .skip(drafts.len() - 24)
    {
        if let Payload::Review(mut review) = event.payload {
            review.id = id(format!("copy{number}"));
            review.listing = id("l8");
            all.push(Event {
                revision: 0,
                payload: Payload::Review(review),
            });
        }
    }
    // Some of them are then paid to praise a third one.
    let hired = push(12, 5, 104..107, 8)
        .into_iter()
        .zip(&drafts[drafts.len() - 24..]);
    let hired: Vec<Draft> = hired
        .map(|(draft, copied)| Draft {
            author: copied.author.clone(),
            ..draft
        })
        .collect();
    drafts.extend(hired);
    all.extend(events(&drafts).into_iter().skip(drafts.len() - 24));
    let state = state(&all);
    let campaigns = Campaigns::find(&state);
    let found = |number| {
        let place = listing(&state, number);
        let of_place = |campaign: &&Campaign| campaign.listings.contains(&place);
        campaigns.all().iter().find(of_place).expect("a candidate")
    };
    let (copied, hired) = (found(7), found(12));
    assert_eq!(
        copied.posterior.likeliest(),
        Attribution::PlatformArtefact,
        "{copied:?}"
    );
    assert!(copied.listings.contains(&listing(&state, 8)));
    // What the platform did is no excuse for what its authors do elsewhere.
    assert_eq!(hired.listings, [listing(&state, 12)]);
    assert!(hired.confidence() > 0.5, "{hired:?}");
}

#[test]
fn many_attacks_do_not_mask_each_other() {
    let mut drafts = honest();
    // More planted blame than honest, one attack after the other; half of it by known accounts that
    // bought what they blame.
    let attacks = (4..24).flat_map(|number| push(number, 1, 15 * number..15 * number + 3, 8));
    drafts.extend((0_u32..).zip(attacks).map(|(number, draft)| {
        if number.is_multiple_of(2) {
            return draft;
        }
        Draft {
            author: format!("again{}", mix(number) % 300),
            verified: Some(true),
            ..draft
        }
    }));
    let state = state(&events(&drafts));
    let campaigns = Campaigns::find(&state);
    let attacks = flagged(&campaigns);
    let attacked = (4..24).filter(|number| {
        let place = listing(&state, *number);
        let found = attacks.iter().find(|found| found.listings.contains(&place));
        found.is_some_and(|found| found.posterior.likeliest() == Attribution::Attack)
    });
    assert!(attacked.count() >= 19, "{}", attacks.len());
}

/// Campaigns without row numbers.
fn content(state: &State, campaigns: &Campaigns) -> Vec<String> {
    let names = |campaign: &Campaign| {
        let members = campaign.members.iter().map(|member| {
            let review = state.reviews().get(member.review).expect("held");
            format!("{} {}", state.name(review.name), member.belongs.to_bits())
        });
        members.collect::<Vec<_>>().join(",")
    };
    let all = campaigns.all().iter();
    all.map(|campaign| {
        format!(
            "{} {:?} {} {} {}",
            campaign.id,
            campaign.merged_from,
            campaign.confidence().to_bits(),
            campaign.expected.to_bits(),
            names(campaign)
        )
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn campaigns_do_not_depend_on_the_order_of_events(seed in any::<u64>()) {
        let mut drafts = honest();
        drafts.truncate(1200);
        drafts.extend(push(3, 5, 200..206, 4));
        drafts.extend(push(4, 5, 202..207, 4).into_iter().enumerate().map(|(number, draft)| Draft {
            author: format!("hired3x{}x{}", 200 + number / 4, number % 4),
            ..draft
        }));
        drafts.extend(push(5, 1, 300..304, 5));
        let mut events = events(&drafts);
        let first = state(&events);
        let expected = content(&first, &Campaigns::find(&first));
        prop_assert!(expected.len() >= 2);
        let mut random = seed;
        for last in (1..events.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            events.swap(last, (random >> 33) as usize % (last + 1));
        }
        let shuffled = state(&events);
        prop_assert_eq!(content(&shuffled, &Campaigns::find(&shuffled)), expected);
    }

    #[test]
    fn search_of_any_state_keeps_its_invariants(
        drafts in proptest::collection::vec(
            (0..3_u32, 0..6_u32, 1..6_u32, prop::option::of(0..3_u32), any::<bool>()), 0..80)
    ) {
        let drafts: Vec<Draft> = drafts
            .into_iter()
            .map(|(listing, author, stars, day, copied)| Draft {
                listing,
                author: format!("a{author}"),
                stars,
                body: if copied { "the same five words again".to_owned() } else { String::new() },
                verified: None,
                day: day.map(|day| day * day * 7000),
            })
            .collect();
        let state = state(&events(&drafts));
        let campaigns = Campaigns::find(&state);
        for campaign in campaigns.all() {
            let sum: f64 = Posterior::ALL.iter().map(|one| campaign.posterior.of(*one)).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&campaign.confidence()));
            prop_assert!(campaign.expected.is_finite() && campaign.first_day <= campaign.last_day);
            prop_assert!(campaign.members.iter().all(|member| member.belongs <= 1.0));
            prop_assert_eq!(campaigns.get(&campaign.id), Some(campaign));
        }
        for row in state.listings().numbers() {
            if let Some(found) = dividend(&state, &CorpusEvidence::gather(&state), &[row], Formula::Mean, 1) {
                prop_assert!((1.0..=5.0).contains(&found.clean));
                prop_assert!(found.clean_interval.low <= found.clean_interval.high);
            }
        }
    }
}
