//! Answers how far sellers have come in building brands of their own.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::brand::advice::recommend;
use crate::brand::gather::{Part, month_end};
use crate::brand::plan::{Change, Senseless, simulate};
use crate::brand::{Config, Progress, pillars};
use crate::codec::parse_time;
use crate::domain::{Country, Id, Reason, Subject, Violation, limits};
use crate::engine::{Engine, EngineError, Snapshot};
use crate::proto::v1::brand_plan_change::Change as ChangeMessage;
use crate::proto::v1::brand_service_server::BrandService;
use crate::proto::v1::{
    BrandPlanChange, CompareToPeersRequest, CompareToPeersResponse, GetBrandProgressRequest,
    GetBrandProgressResponse, ListRecommendationsRequest, ListRecommendationsResponse,
    ListVoiceTopicsRequest, ListVoiceTopicsResponse, SimulateBrandPlanRequest,
    SimulateBrandPlanResponse,
};
use crate::query::{self, About, BrandModel, Looked, Reading};
use crate::server::access::Scope;
use crate::server::blocking;
use crate::server::page::{self, PageTokens};
use crate::server::present::voice;
use crate::server::status;

/// Most changes of a plan.
const CHANGES_MOST: usize = 50;

/// The service.
pub(in crate::server) struct Brand {
    engine: Engine,
    tokens: PageTokens,
    model: BrandModel,
}

/// A seller that is known, with the newest reading.
struct Found {
    snapshot: Arc<Snapshot>,
    reading: Arc<Reading>,
    seller: u32,
}

impl Brand {
    /// Starts the read model, too.
    pub(in crate::server) fn new(
        engine: Engine,
        tokens: PageTokens,
        config: Config,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            tokens,
            model: BrandModel::start(engine.clone(), config)?,
            engine,
        })
    }

    fn find(&self, scope: &Scope, seller_id: String) -> Result<Found, Status> {
        let id = seller(seller_id)?;
        let snapshot = self.engine.newest();
        scope.permit(&snapshot.state, &Subject::Seller(id.clone()))?;
        let row = snapshot.state.find_seller(id.as_str());
        let row = row.filter(|row| *row < snapshot.state.sellers().len());
        let seller = row.ok_or_else(|| status::unknown(&Subject::Seller(id)))?;
        let reading = self.model.reading().ok_or_else(status::not_ready)?;
        Ok(Found {
            snapshot,
            reading,
            seller,
        })
    }
}

impl Found {
    /// What is held; a seller that the model has not seen yet is computed.
    fn look(&self) -> Looked {
        let held = self.reading.look(&self.snapshot, self.seller);
        held.unwrap_or_else(|| Looked {
            progress: self
                .reading
                .examine(&self.snapshot, self.seller, Part::default())
                .map(Arc::new),
            sequence: self.snapshot.log_sequence,
        })
    }

    fn message(
        &self,
        about: About<'_>,
        progress: Option<&Progress>,
    ) -> crate::proto::v1::BrandProgress {
        query::brand_message(&self.snapshot.state, &self.reading.board, about, progress)
    }

    fn about(&self, sequence: u64) -> About<'static> {
        About {
            seller: self.seller,
            brand: "",
            market: "",
            sequence,
            as_of: self.snapshot.state.watermark(),
        }
    }
}

#[tonic::async_trait]
impl BrandService for Brand {
    async fn get_brand_progress(
        &self,
        request: Request<GetBrandProgressRequest>,
    ) -> Result<Response<GetBrandProgressResponse>, Status> {
        let scope = Scope::of(&request);
        let GetBrandProgressRequest {
            seller_id,
            brand,
            market,
            as_of,
        } = request.into_inner();
        let country = parse_part(&brand, &market)?;
        let as_of = parse_time("as_of", as_of).map_err(status::invalid)?;
        let found = self.find(&scope, seller_id)?;
        if brand.is_empty() && country.is_none() && as_of.is_none() {
            let Looked { progress, sequence } = found.look();
            let progress = found.message(found.about(sequence), progress.as_deref());
            return Ok(Response::new(GetBrandProgressResponse {
                progress: Some(progress),
            }));
        }
        // A walk over what is known of the seller: too much for a thread that serves others.
        let progress = blocking(move || {
            let before = as_of.map(month_end);
            let (sequence, clock) = (
                found.snapshot.log_sequence,
                found.snapshot.state.watermark(),
            );
            let about = About {
                brand: &brand,
                market: &market,
                as_of: before.or(clock),
                ..found.about(sequence)
            };
            let word = match brand.as_str() {
                "" => Some(None),
                name => found
                    .snapshot
                    .state
                    .find_word(limits::cut(name, 255))
                    .map(Some),
            };
            // Before the first month of all nothing is known.
            let word = word.filter(|_| before.is_none_or(|before| before.seconds() > 0));
            // A brand that nobody has named has no data.
            let progress = word.and_then(|brand| {
                let part = Part {
                    brand,
                    market: country,
                    before,
                };
                found.reading.examine(&found.snapshot, found.seller, part)
            });
            found.message(about, progress.as_ref())
        })
        .await?;
        Ok(Response::new(GetBrandProgressResponse {
            progress: Some(progress),
        }))
    }

    async fn compare_to_peers(
        &self,
        request: Request<CompareToPeersRequest>,
    ) -> Result<Response<CompareToPeersResponse>, Status> {
        let scope = Scope::of(&request);
        let CompareToPeersRequest { seller_id } = request.into_inner();
        let found = self.find(&scope, seller_id)?;
        let progress = found.look().progress;
        let compared = progress.and_then(|progress| {
            query::quantiles(&found.snapshot.state, &found.reading.board, &progress)
        });
        compared
            .map(Response::new)
            .ok_or_else(status::too_few_peers)
    }

    async fn list_recommendations(
        &self,
        request: Request<ListRecommendationsRequest>,
    ) -> Result<Response<ListRecommendationsResponse>, Status> {
        let scope = Scope::of(&request);
        let request = request.into_inner();
        let filter = ListRecommendationsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let codec = self.tokens.codec("ListRecommendations", &filter);
        let ListRecommendationsRequest {
            seller_id,
            page_size,
            page_token,
        } = request;
        let size = page::size(page_size, 10)?;
        let start: Option<u32> = codec.decode(&page_token)?;
        let start = start.unwrap_or_default() as usize;
        let found = self.find(&scope, seller_id)?;
        let all = blocking(move || {
            let board = &found.reading.board;
            let progress = found.look().progress;
            progress.map_or_else(Vec::new, |progress| {
                recommend(&progress, board.peers(), board.config())
            })
        })
        .await?;
        let end = start.saturating_add(size);
        Ok(Response::new(ListRecommendationsResponse {
            next_page_token: if all.len() > end {
                codec.encode(&(end as u32))
            } else {
                String::new()
            },
            recommendations: all
                .iter()
                .skip(start)
                .take(size)
                .map(query::recommendation_message)
                .collect(),
        }))
    }

    async fn simulate_brand_plan(
        &self,
        request: Request<SimulateBrandPlanRequest>,
    ) -> Result<Response<SimulateBrandPlanResponse>, Status> {
        let scope = Scope::of(&request);
        let SimulateBrandPlanRequest { seller_id, changes } = request.into_inner();
        let changes = parse_changes(changes).map_err(status::invalid)?;
        let found = self.find(&scope, seller_id)?;
        let Looked { progress, sequence } = found.look();
        let progress = progress.ok_or_else(status::nothing_known)?;
        let board = &found.reading.board;
        let then = simulate(&progress, &changes, board.peers(), board.config());
        let then = then.map_err(|(number, why)| senseless(number, why))?;
        let about = found.about(sequence);
        Ok(Response::new(SimulateBrandPlanResponse {
            now: Some(found.message(about, Some(&progress))),
            then: Some(found.message(about, Some(&then))),
        }))
    }

    async fn list_voice_topics(
        &self,
        request: Request<ListVoiceTopicsRequest>,
    ) -> Result<Response<ListVoiceTopicsResponse>, Status> {
        let scope = Scope::of(&request);
        voice::list(&self.engine, &scope, &self.tokens, request.into_inner())
            .await
            .map(Response::new)
    }
}

/// The id of a seller.
pub(in crate::server) fn seller(seller_id: String) -> Result<Id, Status> {
    let subject = crate::proto::v1::Subject {
        kind: crate::proto::v1::SubjectKind::Seller.into(),
        marketplace: String::new(),
        id: seller_id,
    };
    let parsed = crate::codec::parse_subject(Some(subject)).map_err(|found| {
        let renamed = found.into_iter().map(|fault| Violation {
            field: "seller_id".to_owned(),
            ..fault
        });
        status::invalid(renamed.collect())
    })?;
    Ok(parsed.id().clone())
}

fn parse_part(brand: &str, market: &str) -> Result<Option<Country>, Status> {
    let mut found = Vec::new();
    if brand.len() > limits::NAME_BYTES {
        let said = format!("has {} bytes; at most 256 are allowed", brand.len());
        found.push(Violation::new("brand", Reason::TooLong, said));
    }
    let country = Country::new(market);
    if country.is_none() && !market.is_empty() {
        let said = "is no ISO 3166-1 alpha-2 code; two capital letters such as \"DE\" are expected";
        found.push(Violation::new("market", Reason::Malformed, said));
    }
    if found.is_empty() {
        Ok(country)
    } else {
        Err(status::invalid(found))
    }
}

fn parse_changes(changes: Vec<BrandPlanChange>) -> Result<Vec<(usize, Change)>, Vec<Violation>> {
    let count = changes.len();
    if count == 0 || count > CHANGES_MOST {
        let said = format!("has {count} entries; 1 to {CHANGES_MOST} are required");
        let reason = if count == 0 {
            Reason::Required
        } else {
            Reason::TooMany
        };
        return Err(vec![Violation::new("changes", reason, said)]);
    }
    let mut parsed: Vec<(usize, Change)> = Vec::new();
    let mut found = Vec::new();
    for (
        number,
        BrandPlanChange {
            measure_code,
            change,
        },
    ) in changes.into_iter().enumerate()
    {
        let place = pillars::place(&measure_code);
        let code = format!("changes[{number}].measure_code");
        let Some(at) = place else {
            found.push(Violation::new(
                code,
                Reason::UnknownValue,
                "is no measure's code",
            ));
            continue;
        };
        if parsed.iter().any(|(held, _)| *held == at) {
            found.push(Violation::new(
                code,
                Reason::Inconsistent,
                "is changed twice",
            ));
        }
        let field = format!("changes[{number}].change");
        match change {
            None => found.push(Violation::new(
                field,
                Reason::Required,
                "is not set; to or by is required",
            )),
            Some(ChangeMessage::To(value) | ChangeMessage::By(value)) if !value.is_finite() => {
                found.push(Violation::new(
                    field,
                    Reason::OutOfRange,
                    "is not a finite number",
                ));
            }
            Some(ChangeMessage::To(value)) => parsed.push((at, Change::To(value))),
            Some(ChangeMessage::By(value)) => parsed.push((at, Change::By(value))),
        }
    }
    if found.is_empty() {
        Ok(parsed)
    } else {
        Err(found)
    }
}

fn senseless(number: usize, why: Senseless) -> Status {
    let field = format!("changes[{number}].change");
    match why {
        Senseless::Unmeasured => {
            let said = "is by some, but the measure has no value now; say to which value";
            status::invalid_argument(field, Reason::Inconsistent, said)
        }
        Senseless::OutOfRange => {
            let said = "leads to what is no value of the measure";
            status::invalid_argument(field, Reason::OutOfRange, said)
        }
        Senseless::NoPeers => status::too_few_peers(),
    }
}
