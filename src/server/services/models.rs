//! Model versions: list, import, fit, activate, roll back, shadow and compare.

use tonic::Status;

use crate::domain::{Reason, Violation};
use crate::engine::{EngineError, Maintenance};
use crate::integrity::learn::Model;
use crate::models::{ModelsError, Origin, Registry, Version};
use crate::proto::v1::{
    CompareModelVersionsResponse, FitModelVersionResponse, HeldOutBy, ImportModelVersionRequest,
    ListModelVersionsRequest, ListModelVersionsResponse, ModelVersion,
};
use crate::server::intake::now;
use crate::server::page::{self, PageTokens};
use crate::server::present::model_versions;
use crate::server::{blocking, cancellable, status};

/// Most bytes of a model.
const MODEL_BYTES_MAX: usize = 1024 * 1024;
/// Most bytes of the description of its training data.
const TRAINED_ON_BYTES_MAX: usize = 256;

/// The calls about model versions.
pub(in crate::server) struct Models<'a> {
    pub(in crate::server) maintenance: &'a Maintenance,
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
        let token: Option<u32> = codec.decode(&request.page_token)?;
        let start = token.unwrap_or(0) as usize;
        let versions = self.maintenance.models().list();
        let end = start.saturating_add(size);
        let next = (versions.len() > end).then(|| codec.encode(&(end as u32)));
        let page = versions.into_iter().skip(start).take(size);
        Ok(ListModelVersionsResponse {
            model_versions: page.map(model_versions::model_version).collect(),
            next_page_token: next.unwrap_or_default(),
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
        let sizes = [
            ("model_json", model_json.len(), MODEL_BYTES_MAX),
            ("trained_on", trained_on.len(), TRAINED_ON_BYTES_MAX),
        ];
        let invalid = sizes
            .into_iter()
            .filter(|(_, bytes, most)| !(1..=*most).contains(bytes));
        let violations: Vec<Violation> = invalid
            .map(|(field, bytes, most)| {
                let description = format!("has {bytes} bytes; 1 to {most} are allowed");
                Violation::new(field, Reason::OutOfRange, description)
            })
            .collect();
        if !violations.is_empty() {
            return Err(status::invalid(violations));
        }
        let created = now().seconds();
        let imported = self.change(move |models| {
            let model = Model::from_json(&model_json)?;
            model.check()?;
            models.add(Version::new(model, trained_on, Origin::Imported, created))
        });
        let listed = imported.await?;
        tracing::info!(name = listed.name, "model version imported");
        Ok(model_versions::model_version(listed))
    }

    pub(in crate::server) async fn fit(
        &self,
        held_out_by: HeldOutBy,
    ) -> Result<FitModelVersionResponse, Status> {
        let fitting = self.maintenance.clone();
        let split = model_versions::split(held_out_by);
        let (fitted, listed) = cancellable(None, move |cancel| {
            let fitted = fitting.fit_model(split, now().seconds(), cancel);
            fitted.map_err(engine)
        })
        .await?;
        tracing::info!(name = listed.name, "model version fitted");
        Ok(model_versions::fit(fitted, listed))
    }

    pub(in crate::server) async fn activate(&self, name: String) -> Result<ModelVersion, Status> {
        self.change(move |models| models.activate(&name)).await?;
        self.active().await
    }

    pub(in crate::server) async fn roll_back(&self) -> Result<ModelVersion, Status> {
        self.change(Registry::roll_back).await?;
        self.active().await
    }

    /// Waits until assessments use the active version, and gives it.
    async fn active(&self) -> Result<ModelVersion, Status> {
        let name = self.maintenance.models().active().name().to_owned();
        tracing::info!(name, "model version is active");
        self.maintenance.rescored().await;
        self.named(&name)
    }

    pub(in crate::server) async fn set_shadow(
        &self,
        name: String,
    ) -> Result<Option<ModelVersion>, Status> {
        let shadow = Some(name).filter(|name| !name.is_empty());
        let wanted = shadow.clone();
        self.change(move |models| models.set_shadow(wanted.as_deref()))
            .await?;
        shadow.map(|name| self.named(&name)).transpose()
    }

    pub(in crate::server) async fn delete(&self, name: String) -> Result<(), Status> {
        self.change(move |models| models.delete(&name)).await
    }

    pub(in crate::server) async fn compare(&self) -> Result<CompareModelVersionsResponse, Status> {
        let comparing = self.maintenance.clone();
        let compared = cancellable(None, move |cancel| {
            comparing.compare_models(cancel).map_err(engine)
        });
        let (snapshot, comparison) = compared.await?;
        let state = &snapshot.state;
        let kinds = comparison.kinds.into_iter();
        Ok(CompareModelVersionsResponse {
            active_model_version: comparison.active,
            shadow_model_version: comparison.shadow,
            event_count: comparison.event_count,
            kinds: kinds
                .map(|kind| model_versions::kind_comparison(state, kind))
                .collect(),
        })
    }

    /// Changes the registry, which waits for the disk.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Registry) -> Result<T, ModelsError> + Send + 'static,
    ) -> Result<T, Status> {
        let changing = self.maintenance.clone();
        let changed = blocking(move || change(changing.models())).await?;
        changed.map_err(engine)
    }

    fn named(&self, name: &str) -> Result<ModelVersion, Status> {
        let listed = self.maintenance.models().listed(name).map_err(engine)?;
        Ok(model_versions::model_version(listed))
    }
}
