//! How much is taken at a time, and what happens to the rest.

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
use crate::server::status;

/// Section `[limits]`: what runs at a time, all connections together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Calls that are worked on at a time; beyond, calls are refused at once with
    /// `RESOURCE_EXHAUSTED`. Health checks, and streams once they are open, do not count.
    pub calls_in_flight_max: u32,
    /// Watches at a time.
    pub watchers_max: u32,
    /// Most events that a look into the past may replay. A million takes some seconds and 200 MiB.
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
        let counts = [
            ("calls_in_flight_max", *calls_in_flight_max, 1_000_000),
            ("watchers_max", *watchers_max, 10_000),
        ];
        let wrong = counts
            .into_iter()
            .filter(|(_, count, most)| !(1..=*most).contains(count));
        wrong
            .map(|(key, count, most)| {
                Fault::new(key, format!("is {count}; 1 to {most} is allowed"))
            })
            .collect()
    }
}

/// Sheds calls beyond a number.
#[derive(Clone, Debug)]
pub(in crate::server) struct Admission(Arc<Semaphore>);

impl Admission {
    pub(in crate::server) fn new(calls_max: u32) -> Self {
        Self(Arc::new(Semaphore::new(calls_max as usize)))
    }
}

impl<S> Layer<S> for Admission {
    type Service = Admitted<S>;

    fn layer(&self, inner: S) -> Admitted<S> {
        Admitted {
            inner,
            room: Arc::clone(&self.0),
        }
    }
}

/// See [`Admission`].
#[derive(Clone, Debug)]
pub(in crate::server) struct Admitted<S> {
    inner: S,
    room: Arc<Semaphore>,
}

impl<S, B> Service<Request<B>> for Admitted<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Admittance<S::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // Whoever asks whether it lives must not be told that it is dead because it is busy.
        if request.uri().path().starts_with("/grpc.health.") {
            return Box::pin(self.inner.call(request));
        }
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            let refused: Ready<_> = ready(Ok(status::overloaded().into_http()));
            return Box::pin(refused);
        };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            drop(permit);
            answer
        })
    }
}

type Admittance<R, E> = Pin<Box<dyn Future<Output = Result<R, E>> + Send>>;
