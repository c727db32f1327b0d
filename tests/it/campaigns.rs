//! A simulated market behind the real socket: campaigns are listed, looked at and priced.

use crate::support::{Service, refused_fields, subject};
use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1::event::Payload;
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::rating_formula::{Kind, Prior, Recency};
use goodstanding::proto::v1::{
    Attribution, Campaign, CampaignDirection, Event, GetCampaignRequest, GetDividendRequest,
    ListCampaignsRequest, ListingSnapshot, Money, Order, RatingFormula, RevenueSource, SubjectKind,
};
use tonic::Code;
use tonic::transport::Channel;

type Client = IntegrityServiceClient<Channel>;

async fn list(client: &mut Client, request: ListCampaignsRequest) -> Vec<Campaign> {
    let mut request = ListCampaignsRequest {
        page_size: 7,
        ..request
    };
    let mut all = Vec::new();
    loop {
        let page = client.list_campaigns(request.clone()).await;
        let page = page.expect("a page").into_inner();
        all.extend(page.campaigns);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_campaigns_are_listed_with_members_and_dividends() {
    let mut market = Market::new(Config {
        orders: false,
        snapshots: false,
        ..Config::sized(3, 6000)
    });
    let events: Vec<_> = market.by_ref().collect();
    let truth = market.take_truth();
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in events.chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.settle().await;
    let mut client = IntegrityServiceClient::new(service.channel.clone());

    let all = list(&mut client, ListCampaignsRequest::default()).await;
    assert!(all.len() >= 5, "{}", all.len());
    assert!(
        all.iter()
            .all(|one| one.confidence >= 0.5 && !one.reasons.is_empty())
    );
    let sorted = all
        .windows(2)
        .all(|pair| pair[0].review_count >= pair[1].review_count);
    assert!(sorted);
    let everything = ListCampaignsRequest {
        min_confidence: Some(0.0),
        ..ListCampaignsRequest::default()
    };
    assert!(list(&mut client, everything).await.len() > all.len());

    let is_victim = |campaign: &&Campaign| {
        let listing = campaign.listings.first().expect("a listing");
        let victim = truth
            .iter()
            .any(|row| row.role == "victim" && row.id == listing.id);
        victim && campaign.attribution() == Attribution::Attack
    };
    let attack = all.iter().find(is_victim).expect("an attack was planted");
    assert_eq!(attack.direction(), CampaignDirection::Attack);
    let victim = attack.listings[0].clone();
    let of_victim = ListCampaignsRequest {
        subject: Some(victim.clone()),
        ..ListCampaignsRequest::default()
    };
    let of_victim = list(&mut client, of_victim).await;
    assert!(
        of_victim
            .iter()
            .any(|one| one.campaign_id == attack.campaign_id)
    );

    let request = GetCampaignRequest {
        campaign_id: attack.campaign_id.clone(),
        page_size: 1000,
        ..GetCampaignRequest::default()
    };
    let found = client
        .get_campaign(request)
        .await
        .expect("known")
        .into_inner();
    assert_eq!(found.members.len(), attack.review_count as usize);
    assert!(found.members.iter().all(|member| member.rating <= 2));
    assert_eq!(found.campaign.as_ref(), Some(attack));

    for formula in [
        None,
        Some(RatingFormula {
            kind: Some(Kind::Recency(Recency {
                half_life_days: 365.0,
            })),
        }),
    ] {
        let request = GetDividendRequest {
            subject: Some(victim.clone()),
            formula,
            as_of: None,
        };
        let found = client
            .get_dividend(request)
            .await
            .expect("known")
            .into_inner();
        let found = found.dividend.expect("reviews");
        assert!(found.cost_of_blame < 0.0, "{found:?}");
        let again = client
            .get_dividend(GetDividendRequest {
                subject: Some(victim.clone()),
                formula,
                as_of: None,
            })
            .await
            .expect("known");
        assert_eq!(again.into_inner().dividend, Some(found));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_campaign_requests_are_refused_by_field() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    service
        .send(vec![crate::support::review(crate::support::good_review(
            "r1",
        ))])
        .await
        .expect("taken");
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    assert!(
        list(&mut client, ListCampaignsRequest::default())
            .await
            .is_empty()
    );

    let campaign = |id: &str| GetCampaignRequest {
        campaign_id: id.to_owned(),
        ..GetCampaignRequest::default()
    };
    let malformed = client
        .get_campaign(campaign("x"))
        .await
        .expect_err("refused");
    assert_eq!(malformed.code(), Code::InvalidArgument);
    let unknown = client.get_campaign(campaign("0123456789abcdef")).await;
    assert_eq!(unknown.expect_err("unknown").code(), Code::NotFound);

    let listing = subject(SubjectKind::Listing, "shop.example", "l1");
    let dividend = |half_life_days: f64| GetDividendRequest {
        subject: Some(listing.clone()),
        formula: Some(RatingFormula {
            kind: Some(Kind::Recency(Recency { half_life_days })),
        }),
        as_of: None,
    };
    for wrong in [0.0, -1.0, f64::NAN, 1e9] {
        let refused = client
            .get_dividend(dividend(wrong))
            .await
            .expect_err("refused");
        let fields = refused_fields(&refused);
        assert_eq!(fields[0], "formula.recency.half_life_days", "{wrong}");
    }
    let found = client.get_dividend(dividend(30.0)).await.expect("known");
    let found = found.into_inner().dividend.expect("one review");
    assert_eq!((found.displayed_rating, found.review_count), (4.0, 1));
    let wrong = ListCampaignsRequest {
        min_confidence: Some(2.0),
        ..ListCampaignsRequest::default()
    };
    let refused = client.list_campaigns(wrong).await.expect_err("refused");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

/// Five reviews, an order of 100 on each of five days, and a snapshot of rank 40, all on the listing of
/// [`crate::support::good_review`].
fn traded() -> Vec<Event> {
    let mut events: Vec<Event> = (0..5_u32)
        .map(|number| {
            let mut review = crate::support::good_review(&format!("r{number}"));
            review.reviewer_id = format!("author {number}");
            review.rating = 1 + number;
            review.time = crate::support::at(1_700_000_000 - 86_400 * 100 * i64::from(number));
            crate::support::review(review)
        })
        .collect();
    events.extend((0..5).map(|number| Event {
        revision: 0,
        payload: Some(Payload::Order(Order {
            order_id: format!("o{number}"),
            marketplace: "shop.example".to_owned(),
            listing_id: "l1".to_owned(),
            time: crate::support::at(1_700_000_000 - 86_400 * number),
            quantity: 1,
            price: Some(Money {
                currency_code: "EUR".to_owned(),
                units: 100,
                nanos: 0,
            }),
            ..Order::default()
        })),
    }));
    events.push(Event {
        revision: 0,
        payload: Some(Payload::ListingSnapshot(ListingSnapshot {
            listing_id: "l1".to_owned(),
            marketplace: "shop.example".to_owned(),
            time: crate::support::at(1_700_000_000),
            sales_rank: Some(40),
            ..ListingSnapshot::default()
        })),
    });
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn rating_formula_of_request_precedes_that_of_marketplace() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("goodstanding.toml");
    let text = "[rating.default]\nformula = 'recency'\nhalf_life_days = 50\n\
                [rating.marketplaces.'shop.example']\nformula = 'prior'\nprior_reviews = 5\n\
                prior_stars = 2\n";
    std::fs::write(&config, text).expect("written");
    let flags = ["--config", config.to_str().expect("a path")];
    let data = directory.path().join("data");
    let service = Service::start_with(&data, &flags).await;
    service.send(traded()).await.expect("taken");
    service.settle().await;
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let mut ask = async |formula: Option<RatingFormula>| {
        let request = GetDividendRequest {
            subject: Some(subject(SubjectKind::Listing, "shop.example", "l1")),
            formula,
            as_of: None,
        };
        let found = client.get_dividend(request).await.expect("known");
        found.into_inner().dividend.expect("reviews")
    };
    // 1 to 5 stars, and five more of two: 25 / 10.
    let found = ask(None).await;
    assert!((found.displayed_rating - 2.5).abs() < 1e-9, "{found:?}");
    let prior = Prior {
        reviews: 5.0,
        stars: 2.0,
    };
    let kind = Some(Kind::Prior(prior));
    assert_eq!(found.formula, Some(RatingFormula { kind }));
    let plain = ask(Some(RatingFormula { kind: None })).await;
    assert!((plain.displayed_rating - 3.0).abs() < 1e-9, "{plain:?}");
    // 500 in three months; a rating that stays costs nothing.
    let revenue = plain.revenue.expect("five orders");
    assert_eq!(revenue.currency_code, "EUR");
    assert_eq!(revenue.source(), RevenueSource::Orders);
    assert_eq!(revenue.record_count, 5);
    assert!((revenue.revenue - 500.0 / 3.0).abs() < 1e-6, "{revenue:?}");
    let at_risk = revenue.at_risk.expect("an interval");
    assert!(at_risk.lower <= at_risk.value && at_risk.value <= at_risk.upper);
    let rank = plain.rank.expect("a snapshot");
    assert_eq!(rank.rank, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_rating_formula_fails_configuration_check() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("goodstanding.toml");
    std::fs::write(&config, "[rating.default]\nprior_stars = 9\n").expect("written");
    let shown = std::process::Command::new(crate::support::command::binary())
        .args(["config", "check"])
        .arg(&config)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(!shown.status.success());
    assert!(
        said.contains("rating.default.prior_stars is 9; 1 to 5 is allowed"),
        "{said}"
    );
}
