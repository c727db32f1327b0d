//! Limits on work in flight. Calls beyond the limit are shed.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::config::{Fault, Section};
use crate::server::{health, status};

/// Section `[limits]`: limits over all connections together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Calls in flight; further ones are refused at once with `RESOURCE_EXHAUSTED`. Health checks
    /// do not count, nor do streams once they are open.
    pub calls_in_flight_max: u32,
    /// Open watches.
    pub watchers_max: u32,
    /// Events that one point-in-time read may replay. A million takes some seconds and 200 MiB.
    pub look_back_events_max: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            calls_in_flight_max: 512,
            watchers_max: 64,
            look_back_events_max: 2_000_000,
        }
    }
}

impl Section for LimitsConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            calls_in_flight_max,
            watchers_max,
            look_back_events_max: _,
        } = self;
        let faults = [
            Fault::unless_within("calls_in_flight_max", calls_in_flight_max, &(1..=1_000_000)),
            Fault::unless_within("watchers_max", watchers_max, &(1..=10_000)),
        ];
        faults.into_iter().flatten().collect()
    }
}

/// Sheds calls beyond a number in flight.
#[derive(Clone, Debug)]
pub(in crate::server) struct LoadShedLayer(Arc<Semaphore>);

impl LoadShedLayer {
    pub(in crate::server) fn new(calls_max: u32) -> Self {
        Self(Arc::new(Semaphore::new(calls_max as usize)))
    }
}

impl<S> Layer<S> for LoadShedLayer {
    type Service = LoadShed<S>;

    fn layer(&self, inner: S) -> LoadShed<S> {
        LoadShed {
            inner,
            permits: Arc::clone(&self.0),
        }
    }
}

/// A service behind [`LoadShedLayer`].
#[derive(Clone, Debug)]
pub(in crate::server) struct LoadShed<S> {
    inner: S,
    permits: Arc<Semaphore>,
}

impl<S, B> Service<Request<B>> for LoadShed<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = AnswerFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // A health check must not take a busy service for a dead one; it has bounds of its own.
        if request.uri().path().starts_with(health::PATHS) {
            return Box::pin(self.inner.call(request));
        }
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            let refused: Ready<_> = ready(Ok(status::overloaded().into_http()));
            return Box::pin(refused);
        };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let _permit = permit;
            answer.await
        })
    }
}

type AnswerFuture<R, E> = Pin<Box<dyn Future<Output = Result<R, E>> + Send>>;
