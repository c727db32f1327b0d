//! Model versions over the wire.

use tonic::Status;

use crate::codec::timestamp;
use crate::domain::{Reason, Violation};
use crate::engine::{Engine, EngineError, Evaluated};
use crate::integrity::learn::Model;
use crate::models::{
    Comparison, Fitted, KindComparison, Listed, ModelsError, Mover, Origin, Scoring, Version,
};
use crate::proto::v1::{
    self, Calibration, CompareModelVersionsResponse, EvaluateResponse, FitModelVersionResponse,
    ImportModelVersionRequest, ListModelVersionsRequest, ListModelVersionsResponse, ModelCurve,
    ModelLine, ModelVersion,
};
use crate::query;
use crate::server::blocking;
use crate::server::cancellable;
use crate::server::intake::now;
use crate::server::page::{self, PageTokens};
use crate::server::present::assessment::{
    band_message, estimate_message, kind_message, subject_message,
};
use crate::server::present::measured;
use crate::server::status;

/// Most bytes of a model to take.
const MODEL_BYTES_MAX: usize = 1024 * 1024;
/// Most bytes of what it was trained on.
const TRAINED_ON_BYTES_MAX: usize = 256;

/// A request about model versions, and whom it is asked of.
pub(in crate::server) struct Models<'a> {
    pub(in crate::server) engine: &'a Engine,
}

fn engine(error: impl Into<EngineError>) -> Status {
    status::engine(&error.into())
}

impl Models<'_> {
    pub(in crate::server) fn list(
        &self,
        tokens: &PageTokens,
        request: &ListModelVersionsRequest,
    ) -> Result<ListModelVersionsResponse, Status> {
        let size = page::size(request.page_size, 50)?;
        let codec = tokens.codec("ListModelVersions", &ListModelVersionsRequest::default());
        let start: Option<u32> = codec.decode(&request.page_token)?;
        let start = start.unwrap_or(0) as usize;
        let all = self.engine.models().list();
        let more = all.len() > start.saturating_add(size);
        let page = all.into_iter().skip(start).take(size);
        Ok(ListModelVersionsResponse {
            model_versions: page.map(listed).collect(),
            next_page_token: if more {
                codec.encode(&((start + size) as u32))
            } else {
                String::new()
            },
        })
    }

    pub(in crate::server) async fn import(
        &self,
        request: ImportModelVersionRequest,
    ) -> Result<ModelVersion, Status> {
        let ImportModelVersionRequest {
            model_json,
            trained_on,
        } = request;
        let mut faults = Vec::new();
        for (field, bytes, most) in [
            ("model_json", model_json.len(), MODEL_BYTES_MAX),
            ("trained_on", trained_on.len(), TRAINED_ON_BYTES_MAX),
        ] {
            if !(1..=most).contains(&bytes) {
                faults.push(Violation::new(
                    field,
                    Reason::OutOfRange,
                    format!("has {bytes} bytes; 1 to {most} are allowed"),
                ));
            }
        }
        if !faults.is_empty() {
            return Err(status::invalid(faults));
        }
        let (registry, created) = (self.engine.clone(), now().seconds());
        let added = blocking(move || {
            let model = Model::from_json(&model_json)?;
            model.check()?;
            let version = Version::new(model, trained_on, Origin::Imported, created);
            registry.models().add(version)
        });
        let kept = added.await?.map_err(engine)?;
        tracing::info!(name = kept.name, "model version imported");
        Ok(listed(kept))
    }

    pub(in crate::server) async fn fit(
        &self,
        held_out_by: v1::HeldOutBy,
    ) -> Result<FitModelVersionResponse, Status> {
        let held_out = self.engine.clone();
        let split = measured::split(held_out_by);
        let fitted = cancellable(move |cancel| {
            held_out
                .fit_model(split, now().seconds(), cancel)
                .map_err(engine)
        });
        let (fitted, kept) = fitted.await?;
        tracing::info!(name = kept.name, "model version fitted");
        Ok(fit_message(fitted, kept))
    }

    pub(in crate::server) async fn activate(&self, name: String) -> Result<ModelVersion, Status> {
        self.change(move |engine| engine.models().activate(&name))
            .await
    }

    pub(in crate::server) async fn roll_back(&self) -> Result<ModelVersion, Status> {
        self.change(|engine| engine.models().roll_back()).await
    }

    /// Changes what scores, and waits until assessments rest on it.
    async fn change(
        &self,
        change: impl FnOnce(&Engine) -> Result<std::sync::Arc<Scoring>, ModelsError> + Send + 'static,
    ) -> Result<ModelVersion, Status> {
        let changing = self.engine.clone();
        let scoring = blocking(move || change(&changing)).await?.map_err(engine)?;
        let name = scoring.active.name().to_owned();
        tracing::info!(name, "model version is active");
        self.engine.rescored(&scoring).await;
        self.named(&name)
    }

    pub(in crate::server) async fn set_shadow(
        &self,
        name: String,
    ) -> Result<Option<ModelVersion>, Status> {
        let changing = self.engine.clone();
        let wanted = name.clone();
        let changed = blocking(move || match wanted.as_str() {
            "" => changing.models().clear_shadow(),
            wanted => changing.models().set_shadow(wanted),
        });
        let scoring = changed.await?.map_err(engine)?;
        self.engine.rescored(&scoring).await;
        match name.as_str() {
            "" => Ok(None),
            name => Ok(Some(self.named(name)?)),
        }
    }

    pub(in crate::server) async fn delete(&self, name: String) -> Result<(), Status> {
        let changing = self.engine.clone();
        let deleted = blocking(move || changing.models().delete(&name));
        deleted.await?.map_err(engine)
    }

    pub(in crate::server) fn compare(&self) -> Result<CompareModelVersionsResponse, Status> {
        let comparison = self.engine.comparison().map_err(|e| status::engine(&e))?;
        let snapshot = self.engine.newest();
        if comparison.generation != snapshot.generation {
            return Err(engine(ModelsError::NotCompared));
        }
        let Comparison {
            active,
            shadow,
            event_count,
            kinds,
            ..
        } = &*comparison;
        let state = &snapshot.state;
        Ok(CompareModelVersionsResponse {
            active_model_version: active.clone(),
            shadow_model_version: shadow.clone(),
            event_count: *event_count,
            kinds: kinds
                .iter()
                .map(|kind| kind_comparison_message(state, kind))
                .collect(),
        })
    }

    pub(in crate::server) async fn evaluate(
        &self,
        name: String,
    ) -> Result<EvaluateResponse, Status> {
        let evaluating = self.engine.clone();
        let evaluated = cancellable(move |cancel| {
            let name = Some(name.as_str()).filter(|name| !name.is_empty());
            evaluating.evaluate_model(name, cancel).map_err(engine)
        });
        let Evaluated {
            name,
            event_count,
            all,
            trained_on,
            trained_elsewhere,
            unseen,
            left_out,
        } = evaluated.await?;
        Ok(EvaluateResponse {
            model_version: name,
            event_count,
            all: Some(measured::measurement(all)),
            trained_on_count: trained_on,
            trained_elsewhere,
            unseen: unseen.map(measured::measurement),
            unused_count: left_out,
        })
    }

    fn named(&self, name: &str) -> Result<ModelVersion, Status> {
        let mut all = self.engine.models().list().into_iter();
        let found = all.find(|version| version.name == name);
        let found = found.ok_or_else(|| engine(ModelsError::Unknown(name.to_owned())))?;
        Ok(listed(found))
    }
}

fn listed(version: Listed) -> ModelVersion {
    let Listed {
        name,
        version,
        fault,
        active,
        shadow,
    } = version;
    let calibration = match version.as_ref().map(|version| version.origin) {
        None => Calibration::None,
        Some(Origin::Imported) => Calibration::Elsewhere,
        Some(Origin::Fitted { .. }) => Calibration::Fitted,
    };
    let tested = version.as_ref().and_then(|version| version.tested);
    ModelVersion {
        model_version: name,
        active,
        shadow,
        trained_on: version
            .as_ref()
            .map_or_else(String::new, |version| version.trained_on.clone()),
        label_count: version
            .as_ref()
            .map_or(0, |version| version.learned.model.reviews),
        create_time: version
            .as_ref()
            .map(|version| timestamp(version.created.into())),
        calibration: calibration.into(),
        fault: fault.unwrap_or_default(),
        backtest_average_precision: tested.and_then(|tested| tested.ap),
        backtest_auc: tested.and_then(|tested| tested.auc),
        backtest_calibration_error: tested.and_then(|tested| tested.ece),
    }
}

fn fit_message(fitted: Fitted, kept: Listed) -> FitModelVersionResponse {
    let Fitted {
        version,
        manipulated,
        genuine,
        left_out,
        backtest,
    } = fitted;
    let model = version.learned.model;
    let curve = |curve: crate::integrity::learn::Curve| ModelCurve {
        lowest: curve.heights.iter().copied().fold(0.0, f64::min),
        highest: curve.heights.iter().copied().fold(0.0, f64::max),
        bin_count: curve.heights.len() as u32,
        feature: curve.feature,
    };
    let line = |line: crate::integrity::learn::Line| ModelLine {
        feature: line.feature,
        intercept: line.intercept,
        slope: line.slope,
    };
    FitModelVersionResponse {
        model_version: Some(listed(kept)),
        manipulated_count: manipulated,
        genuine_count: genuine,
        unused_count: left_out,
        lines: model.lines.into_iter().map(line).collect(),
        curves: model.curves.into_iter().map(curve).collect(),
        backtest: Some(measured::backtest(backtest)),
    }
}

fn kind_comparison_message(state: &crate::state::State, of: &KindComparison) -> v1::KindComparison {
    let KindComparison {
        kind,
        known,
        compared,
        band_changes,
        rank_correlation,
        mean_change,
        mean_absolute_change,
        movers,
    } = of;
    let mover = |mover: &Mover| {
        let subject = query::subject_of(state, mover.subject)?;
        Some(v1::ModelMover {
            subject: Some(subject_message(&subject)),
            active_risk: Some(estimate_message(&mover.active.0)),
            active_band: band_message(mover.active.1).into(),
            shadow_risk: Some(estimate_message(&mover.shadow.0)),
            shadow_band: band_message(mover.shadow.1).into(),
        })
    };
    v1::KindComparison {
        kind: kind_message(*kind).into(),
        subject_count: *known,
        compared_count: *compared,
        band_change_count: *band_changes,
        rank_correlation: *rank_correlation,
        mean_change: *mean_change,
        mean_absolute_change: *mean_absolute_change,
        largest_change: movers.first().map_or(0.0, |first| first.change().abs()),
        movers: movers.iter().filter_map(mover).collect(),
    }
}
