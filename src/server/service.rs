//! A service: the engine, all its threads, and what its calls share.

use std::sync::Arc;
use std::time::Instant;

use super::ServeError;
use super::page::{KeyError, PageTokens};
use crate::engine::{Engine, EngineThreads, Options};
use crate::keyed::random_u64;
use crate::privacy::Pseudonyms;
use crate::query::Watches;
use crate::store::Store;
use crate::telemetry::Instruments;

/// An open service, which calls are served from. Clones share it.
#[derive(Clone)]
pub struct Service {
    pub(super) engine: Engine,
    pub(super) watches: Arc<Watches>,
    pub(super) tokens: PageTokens,
    pub(super) pseudonyms: Pseudonyms,
    pub(super) instruments: Instruments,
    /// When the process began to start.
    pub(super) began: Instant,
}

impl Service {
    /// Opens a store and starts every thread of the service. The threads are joined after
    /// [`Engine::close`]. Replays the log: blocks.
    pub fn open(
        store: Arc<dyn Store>,
        options: Options,
        watchers_max: u32,
        began: Instant,
    ) -> Result<(Self, EngineThreads), ServeError> {
        let tokens = PageTokens::open(store.as_ref())?;
        let pseudonyms = options.pseudonyms.clone();
        let instruments = options.instruments.clone();
        let (engine, threads) = Engine::open(store, options)?;
        let run = random_u64().map_err(|_| KeyError::Random)?;
        let watches = Watches::start(&engine, watchers_max, run)?;
        let service = Self {
            engine,
            watches,
            tokens,
            pseudonyms,
            instruments,
            began,
        };
        Ok((service, threads))
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }
}
