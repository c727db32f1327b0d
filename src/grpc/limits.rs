//! How much is taken at a time, and what happens to the rest.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tower::{Layer, Service};

use super::status;

/// Limits of the transport and of what runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls that are worked on at a time, all connections together; beyond, calls are refused at
    /// once with `RESOURCE_EXHAUSTED`. Health checks and streams that are open do not count.
    pub calls_in_flight_max: usize,
    /// Calls at a time on one connection; further ones wait at the client.
    pub connection_calls_max: usize,
    /// Watches at a time.
    pub watchers_max: usize,
    /// How often an idle connection is asked whether it still lives.
    pub keepalive_interval: Duration,
    /// How long it may take to answer.
    pub keepalive_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls_in_flight_max: 512,
            connection_calls_max: 256,
            watchers_max: 64,
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(10),
        }
    }
}

/// Sheds calls beyond a number.
#[derive(Clone, Debug)]
pub(super) struct Admission(Arc<Semaphore>);

impl Admission {
    pub(super) fn new(calls_max: usize) -> Self {
        Self(Arc::new(Semaphore::new(
            calls_max.min(Semaphore::MAX_PERMITS),
        )))
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
pub(super) struct Admitted<S> {
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
