//! The tower layer that admits each call.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::HeaderValue;
use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use super::account::{Place, PlaceKind};
use super::charges::{Charge, Charges};
use super::holder::Holder;
use super::inbound::Inbound;
use super::outbound::Outbound;
use super::shedding::shed_status;
use super::stream::Watchdog;
use super::work::Kept;
use super::{AccountKey, Admission, CURRENT, Current};
use crate::instruments::Cause;
use crate::server::access::costs::{self, Plan, Shape};
use crate::server::access::{Caller, Credential, Tab};
use crate::server::status;
use crate::server::transport::connection::Peer;

/// Bytes that an open stream may hold in queues, besides its messages.
const STREAM_BYTES: usize = 16 * 1024;
/// The same of a watch, whose queue holds notices.
const WATCH_BYTES: usize = 64 * 1024;

/// Admits calls.
#[derive(Clone)]
pub(in crate::server) struct AdmissionLayer(pub(in crate::server) Arc<Admission>);

impl<S> Layer<S> for AdmissionLayer {
    type Service = Admitted<S>;

    fn layer(&self, inner: S) -> Admitted<S> {
        Admitted {
            inner,
            admission: Arc::clone(&self.0),
        }
    }
}

/// A service behind [`AdmissionLayer`].
#[derive(Clone)]
pub(in crate::server) struct Admitted<S> {
    inner: S,
    admission: Arc<Admission>,
}

impl<S> Service<Request<Body>> for Admitted<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let call = match Call::admit(&self.admission, &request) {
            Ok(call) => call,
            Err(refused) => return Box::pin(std::future::ready(Ok(refused.into_http()))),
        };
        request = call.receive(request);
        let answer = CURRENT.scope(call.current.clone(), self.inner.call(request));
        Box::pin(async move {
            if !call.plan.is_timed() {
                let response = answer.await?;
                return Ok(call.answer(response).await);
            }
            let admission = &call.current.admission;
            let response = tokio::select! {
                response = answer => response?,
                () = call.holder.shed() => return Ok(shed_status().into_http()),
                () = tokio::time::sleep(admission.limits.call_max.0) => {
                    return Ok(admission.refuse(Cause::CallLate).into_http());
                }
            };
            Ok(call.answer(response).await)
        })
    }
}

/// A call that was admitted.
struct Call {
    plan: Plan,
    current: Current,
    holder: Arc<Holder>,
    charges: Charges,
    /// Its place; none for probes of health.
    place: Option<Place>,
    /// The place of a stream, besides that of its opening.
    stream: Option<Place>,
    watchdog: Option<Watchdog>,
}

impl Call {
    fn admit(admission: &Arc<Admission>, request: &Request<Body>) -> Result<Self, Status> {
        let plan = costs::plan(request.uri().path());
        if plan.is_timed() && !plan.is_small() && admission.totals.memory.is_full() {
            return Err(admission.refuse(Cause::Resident));
        }
        let extensions = request.extensions();
        let caller = extensions.get::<Caller>();
        let key = caller.map_or_else(
            || {
                let peer = extensions.get::<Peer>();
                AccountKey::Connection(peer.map_or(0, |peer| peer.connection))
            },
            Caller::account,
        );
        let account = admission.accounts.of(key);
        let take =
            |kind| Place::take(admission, &account, kind).map_err(|cause| admission.refuse(cause));
        let place = match plan.shape {
            Shape::Health => None,
            _ => Some(take(PlaceKind::Call)?),
        };
        let stream = match plan.shape {
            Shape::Health | Shape::Unary => None,
            Shape::Ingest | Shape::Stream => Some(take(PlaceKind::Stream)?),
            Shape::Watch => Some(take(PlaceKind::Watch)?),
        };
        let credential = stream.as_ref().and(extensions.get::<Credential>().cloned());
        Ok(Self {
            plan,
            charges: Charges::default(),
            holder: Holder::new(admission, Arc::clone(&account), plan),
            place,
            stream,
            watchdog: credential.map(|credential| Watchdog::begin(admission, credential)),
            current: Current {
                admission: Arc::clone(admission),
                account,
                tab: extensions.get::<Tab>().cloned(),
                kept: Kept::default(),
            },
        })
    }

    /// Has the request read within bounds. Messages are decompressed on the way.
    fn receive(&self, request: Request<Body>) -> Request<Body> {
        let (mut parts, body) = request.into_parts();
        let named = parts.headers.get("grpc-encoding");
        let gzip = named.map(HeaderValue::as_bytes) == Some(b"gzip");
        if gzip {
            parts.headers.remove("grpc-encoding");
        }
        parts.extensions.insert(self.charges.clone());
        let ended = self.watchdog.as_ref().map(Watchdog::ended);
        let how = (self.plan, gzip);
        let body = Inbound::new(body, how, &self.holder, self.charges.clone(), ended);
        Request::from_parts(parts, Body::new(body))
    }

    /// Has the answer counted until it is taken.
    async fn answer(self, response: Response<Body>) -> Response<Body> {
        if let Some(status) = Status::from_header_map(response.headers()) {
            // tonic's own services say that a malformed message is their fault.
            let is_malformed = status.code() == tonic::Code::Internal
                && status.message().starts_with("failed to decode Protobuf");
            if is_malformed {
                return status::malformed(status.message()).into_http();
            }
            return response;
        }
        let (parts, body) = response.into_parts();
        let mut charge = Charge::new(&self.holder);
        let body = match self.plan.shape {
            Shape::Health => body,
            Shape::Unary => {
                // The request is done with, and the answer takes its place.
                drop(self.charges);
                match Outbound::of_message(&self.holder, body, (charge, self.place)).await {
                    Ok(outbound) => Body::new(outbound),
                    Err(refused) => return refused.into_http(),
                }
            }
            Shape::Ingest | Shape::Stream | Shape::Watch => {
                let limits = &self.current.admission.limits;
                let bytes = if self.plan.shape == Shape::Watch {
                    WATCH_BYTES
                } else {
                    // What the client may send before anybody reads it.
                    STREAM_BYTES + limits.stream_window_bytes() as usize
                };
                if let Err(refused) = charge.grow(bytes) {
                    return refused.into_http();
                }
                let ended = self.watchdog.as_ref().map(Watchdog::ended);
                let credential = (ended, self.watchdog);
                let counted = (charge, self.stream);
                Body::new(Outbound::of_stream(&self.holder, body, counted, credential))
            }
        };
        Response::from_parts(parts, body)
    }
}
