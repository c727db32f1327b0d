//! Exposition of all metrics as text.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use super::standing::Standing;
use crate::engine::Engine;
use crate::instruments::Metrics;
use crate::integrity::MODEL_VERSION;

/// Metrics for a scrape. It answers before the engine is open, because a replay takes time.
#[derive(Debug)]
pub struct Exposition {
    registry: Registry,
    standing: Standing,
    /// Number of finished scrapes.
    scrapes: watch::Sender<u64>,
}

impl Exposition {
    /// Exposes these metrics and those of the process.
    pub fn new(metrics: &Metrics) -> Self {
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        let build = [
            ("version", env!("CARGO_PKG_VERSION")),
            ("model_version", MODEL_VERSION),
        ];
        registry.sub_registry_with_prefix("goodstanding").register(
            "build",
            "What runs here",
            Info::new(build),
        );
        let standing = Standing::default();
        registry.register_collector(Box::new(standing.clone()));
        Self {
            registry,
            standing,
            scrapes: watch::Sender::default(),
        }
    }

    /// Adds the metrics of the engine.
    pub fn open(&self, engine: Engine) {
        self.standing.open(engine);
    }

    /// Returns whether the engine is open and accepts events.
    pub fn ready(&self) -> bool {
        self.standing.ready()
    }

    /// Writes all metrics in the text format of `OpenMetrics`. It reads the store's directory and
    /// blocks.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::with_capacity(64 * 1024);
        encode(&mut text, &self.registry)?;
        self.scrapes.send_modify(|scrapes| *scrapes += 1);
        Ok(text)
    }

    /// Waits for the next scrape.
    pub async fn scraped(&self) {
        // The sender lives as long as this object.
        let _ = self.scrapes.subscribe().changed().await;
    }
}
