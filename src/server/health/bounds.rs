//! Bounds the calls of the health service before their bodies are read.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};

use super::HealthConfig;
use crate::instruments::{Refusal, Transport};
use crate::server::status;
use crate::server::transport::address::Network;
use crate::server::transport::connection::Peer;
use crate::server::transport::places::{Place, Places};
use crate::server::transport::rate::OpenLimiter;

/// Paths of the health service.
pub(in crate::server) const PATHS: &str = "/grpc.health.";
/// Calls of the health service that may be under way, in all and from one network. An honest one
/// takes less than a millisecond.
const UNDER_WAY_MAX: u32 = 256;
const UNDER_WAY_PER_NETWORK_MAX: u32 = 32;

/// Bounds health calls by network: their rate, and how many are under way until their answer.
#[derive(Clone)]
pub(in crate::server) struct BoundsLayer(Arc<Bounds>);

struct Bounds {
    rate: OpenLimiter,
    under_way: Arc<Places>,
    metrics: Transport,
}

impl BoundsLayer {
    pub(in crate::server) fn new(config: &HealthConfig, metrics: &Transport) -> Self {
        Self(Arc::new(Bounds {
            rate: OpenLimiter::new(config.calls),
            under_way: Places::new(UNDER_WAY_MAX, UNDER_WAY_PER_NETWORK_MAX),
            metrics: metrics.clone(),
        }))
    }
}

impl Bounds {
    fn admit(&self, network: Network) -> Result<Place, tonic::Status> {
        let admitted = match self.rate.take(network) {
            Err(wait) => Err(status::too_many_health_calls(wait)),
            Ok(()) => self
                .under_way
                .take(network)
                .ok_or_else(|| status::exhausted("too many health calls at a time".to_owned())),
        };
        if admitted.is_err() {
            self.metrics.refused(Refusal::HealthCall);
        }
        admitted
    }
}

impl<S> Layer<S> for BoundsLayer {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        Bounded {
            inner,
            bounds: Arc::clone(&self.0),
        }
    }
}

/// A service behind [`BoundsLayer`].
#[derive(Clone)]
pub(in crate::server) struct Bounded<S> {
    inner: S,
    bounds: Arc<Bounds>,
}

impl<S, B> Service<Request<B>> for Bounded<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !request.uri().path().starts_with(PATHS) {
            return Box::pin(self.inner.call(request));
        }
        let peer = request.extensions().get::<Peer>();
        let network = Network::of(peer.and_then(|peer| peer.address));
        match self.bounds.admit(network) {
            Err(refused) => Box::pin(ready(Ok(refused.into_http()))),
            Ok(place) => {
                let answer = self.inner.call(request);
                Box::pin(async move {
                    let _place = place;
                    answer.await
                })
            }
        }
    }
}
