//! Serves `BrandService`: brand progress, peers, recommendations, plans and topics.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::brand::advice::recommend;
use crate::brand::plan::{Change, PlanError, Target, simulate};
use crate::brand::{Part, Progress, measure_index, month_end};
use crate::codec::parse_time;
use crate::domain::{Country, Id, Reason, Subject, Time, Violation, limits};
use crate::engine::{self, ProgressSnapshot, SellerProgress, Snapshot, Snapshots};
use crate::proto::v1::brand_plan_change::Change as ChangeMessage;
use crate::proto::v1::{
    BrandPlanChange, BrandProgress, CompareToPeersRequest, CompareToPeersResponse,
    GetBrandProgressRequest, GetBrandProgressResponse, ListRecommendationsRequest,
    ListRecommendationsResponse, ListVoiceTopicsRequest, ListVoiceTopicsResponse,
    SimulateBrandPlanRequest, SimulateBrandPlanResponse,
};
use crate::server::Service;
use crate::server::access::Scope;
use crate::server::blocking;
use crate::server::page::{self, PageTokens};
use crate::server::present::brand::{
    SellerContext, brand_message, quantiles, recommendation_message,
};
use crate::server::present::voice;
use crate::server::status;
use crate::server::wire::services::brand_service_server::BrandService;
use crate::state::SellerIx;

/// Most changes of a plan.
const CHANGES_MOST: usize = 50;

/// The service.
pub(in crate::server) struct Brand {
    snapshots: Snapshots,
    progress: engine::BrandProgress,
    tokens: PageTokens,
}

/// A known seller, with the newest progress.
struct KnownSeller {
    snapshot: Arc<Snapshot>,
    progress: Arc<ProgressSnapshot>,
    row: SellerIx,
    /// Whether a seller asks, who must not read numbers of rivals.
    is_for_seller: bool,
}

impl Brand {
    pub(in crate::server) fn new(service: &Service) -> Self {
        Self {
            snapshots: service.engine.snapshots.clone(),
            progress: service.engine.progress.clone(),
            tokens: service.tokens.clone(),
        }
    }

    fn find(&self, scope: &Scope, seller_id: String) -> Result<KnownSeller, Status> {
        let id = parse_seller(seller_id)?;
        let snapshot = self.snapshots.newest();
        scope.permit(&snapshot.state, &Subject::Seller(id.clone()))?;
        let row = snapshot
            .state
            .find_seller(id.as_str())
            .ok_or_else(|| status::unknown(&Subject::Seller(id)))?;
        Ok(KnownSeller {
            progress: self.progress.newest().ok_or_else(status::not_ready)?,
            snapshot,
            row,
            is_for_seller: scope.is_restricted(),
        })
    }
}

impl KnownSeller {
    /// The cached progress; that of a seller without any is computed.
    fn current_progress(&self) -> SellerProgress {
        let cached = self.progress.seller(&self.snapshot, self.row);
        cached.unwrap_or_else(|| SellerProgress {
            progress: self
                .progress
                .examine(&self.snapshot, self.row, Part::default())
                .map(Arc::new),
            sequence: self.snapshot.log_sequence,
        })
    }

    fn message(&self, context: SellerContext<'_>, progress: Option<&Progress>) -> BrandProgress {
        brand_message(
            &self.snapshot.state,
            &self.progress.model,
            context,
            progress,
        )
    }

    fn context(&self, sequence: u64) -> SellerContext<'static> {
        SellerContext {
            seller: self.row,
            brand: "",
            market: "",
            sequence,
            as_of: self.snapshot.state.watermark(),
            is_for_seller: self.is_for_seller,
        }
    }

    /// The progress of a brand, in a market, or as of a time.
    fn part(
        &self,
        brand: &str,
        market: &str,
        country: Option<Country>,
        as_of: Option<Time>,
    ) -> BrandProgress {
        let before = as_of.map(month_end);
        let context = self.context(self.snapshot.log_sequence);
        let part_context = SellerContext {
            brand,
            market,
            as_of: before.or(context.as_of),
            ..context
        };
        let state = &self.snapshot.state;
        let word = match brand {
            "" => Some(None),
            name => state.find_word(limits::cut(name, 255)).map(Some),
        };
        // Before the first month of all, and of a brand that no event names, nothing is known.
        let known = word.filter(|_| before.is_none_or(|before| before.seconds() > 0));
        let progress = known.and_then(|brand| {
            let part = Part {
                brand,
                market: country,
                before,
            };
            self.progress.examine(&self.snapshot, self.row, part)
        });
        self.message(part_context, progress.as_ref())
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
        let seller = self.find(&scope, seller_id)?;
        let progress = if brand.is_empty() && country.is_none() && as_of.is_none() {
            let SellerProgress { progress, sequence } = seller.current_progress();
            seller.message(seller.context(sequence), progress.as_deref())
        } else {
            // Walks over all data of the seller, which would block other calls on this thread.
            blocking(move || seller.part(&brand, &market, country, as_of)).await?
        };
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
        let seller = self.find(&scope, seller_id)?;
        let quantiles = seller.current_progress().progress.and_then(|progress| {
            quantiles(
                &seller.snapshot.state,
                &seller.progress.model,
                &progress,
                seller.is_for_seller,
            )
        });
        quantiles
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
        let seller = self.find(&scope, seller_id)?;
        let all = blocking(move || {
            let model = &seller.progress.model;
            let progress = seller.current_progress().progress;
            progress.map_or_else(Vec::new, |progress| {
                recommend(&progress, model.peers(), model.config())
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
                .map(recommendation_message)
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
        let seller = self.find(&scope, seller_id)?;
        let SellerProgress { progress, sequence } = seller.current_progress();
        let now = progress.ok_or_else(status::nothing_known)?;
        let model = &seller.progress.model;
        let then = simulate(&now, &changes, model.peers(), model.config())
            .map_err(|(index, error)| plan_refused(index, error))?;
        let context = seller.context(sequence);
        Ok(Response::new(SimulateBrandPlanResponse {
            now: Some(seller.message(context, Some(&now))),
            then: Some(seller.message(context, Some(&then))),
        }))
    }

    async fn list_voice_topics(
        &self,
        request: Request<ListVoiceTopicsRequest>,
    ) -> Result<Response<ListVoiceTopicsResponse>, Status> {
        let scope = Scope::of(&request);
        voice::list(&self.snapshots, &scope, &self.tokens, request.into_inner())
            .await
            .map(Response::new)
    }
}

/// Parses the id of a seller.
pub(in crate::server) fn parse_seller(seller_id: String) -> Result<Id, Status> {
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
    let mut violations = Vec::new();
    if brand.len() > limits::NAME_BYTES {
        let message = format!("has {} bytes; at most 256 are allowed", brand.len());
        violations.push(Violation::new("brand", Reason::TooLong, message));
    }
    let country = Country::new(market);
    if country.is_none() && !market.is_empty() {
        let message =
            "is no ISO 3166-1 alpha-2 code; two capital letters such as \"DE\" are expected";
        violations.push(Violation::new("market", Reason::Malformed, message));
    }
    if violations.is_empty() {
        Ok(country)
    } else {
        Err(status::invalid(violations))
    }
}

fn parse_changes(changes: Vec<BrandPlanChange>) -> Result<Vec<Change>, Vec<Violation>> {
    let count = changes.len();
    if count == 0 || count > CHANGES_MOST {
        let message = format!("has {count} entries; 1 to {CHANGES_MOST} are required");
        let reason = if count == 0 {
            Reason::Required
        } else {
            Reason::TooMany
        };
        return Err(vec![Violation::new("changes", reason, message)]);
    }
    let mut parsed: Vec<Change> = Vec::new();
    let mut violations = Vec::new();
    for (index, message) in changes.into_iter().enumerate() {
        let BrandPlanChange {
            measure_code,
            change,
        } = message;
        let code = format!("changes[{index}].measure_code");
        let Some(measure) = measure_index(&measure_code) else {
            violations.push(Violation::new(
                code,
                Reason::UnknownValue,
                "is no measure's code",
            ));
            continue;
        };
        if parsed.iter().any(|other| other.measure == measure) {
            violations.push(Violation::new(
                code,
                Reason::Inconsistent,
                "is changed twice",
            ));
        }
        let field = format!("changes[{index}].change");
        match parse_target(&field, change) {
            Ok(target) => parsed.push(Change { measure, target }),
            Err(violation) => violations.push(violation),
        }
    }
    if violations.is_empty() {
        Ok(parsed)
    } else {
        Err(violations)
    }
}

fn parse_target(field: &str, change: Option<ChangeMessage>) -> Result<Target, Violation> {
    let missing = "is not set; to or by is required";
    match change.ok_or_else(|| Violation::new(field, Reason::Required, missing))? {
        ChangeMessage::To(value) | ChangeMessage::By(value) if !value.is_finite() => Err(
            Violation::new(field, Reason::OutOfRange, "is not a finite number"),
        ),
        ChangeMessage::To(value) => Ok(Target::To(value)),
        ChangeMessage::By(value) => Ok(Target::By(value)),
    }
}

fn plan_refused(index: usize, error: PlanError) -> Status {
    let field = format!("changes[{index}].change");
    match error {
        PlanError::Unmeasured => {
            let message = "is by some, but the measure has no value now; say to which value";
            status::invalid_argument(field, Reason::Inconsistent, message)
        }
        PlanError::OutOfRange => {
            let message = "leads to what is no value of the measure";
            status::invalid_argument(field, Reason::OutOfRange, message)
        }
        PlanError::NoPeers => status::too_few_peers(),
    }
}
