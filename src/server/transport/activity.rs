//! Learns of each request whose it is, and of each connection when it had its last call.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tonic::body::Body;
use tower::{BoxError, Layer, Service};

use crate::server::transport::address::Proxies;
use crate::server::transport::connection::{ConnectionInfo, Peer};

/// The calls of one connection.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    calls: AtomicU32,
    /// When the last call ended, in milliseconds since the connection was opened.
    rested_at_ms: AtomicU64,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            opened: Instant::now(),
            calls: AtomicU32::new(0),
            rested_at_ms: AtomicU64::new(0),
        }
    }
}

impl Activity {
    /// Returns for how long there has been no call.
    pub(super) fn idle(&self) -> Duration {
        if self.calls.load(Ordering::Acquire) > 0 {
            return Duration::ZERO;
        }
        let rested_at = Duration::from_millis(self.rested_at_ms.load(Ordering::Acquire));
        self.opened.elapsed().saturating_sub(rested_at)
    }

    fn begin(self: &Arc<Self>) -> UnderWay {
        self.calls.fetch_add(1, Ordering::AcqRel);
        UnderWay(Arc::clone(self))
    }
}

/// A call from its headers to the end of its answer.
struct UnderWay(Arc<Activity>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let Self(activity) = self;
        let now = u64::try_from(activity.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        activity.rested_at_ms.store(now, Ordering::Release);
        activity.calls.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Gives each request its [`Peer`], with the address that a trusted proxy forwarded, and counts it
/// as a call of its connection.
#[derive(Clone, Debug)]
pub(in crate::server) struct ArrivalLayer(pub(super) Arc<Proxies>);

impl<S> Layer<S> for ArrivalLayer {
    type Service = Arrival<S>;

    fn layer(&self, inner: S) -> Arrival<S> {
        Arrival {
            inner,
            proxies: Arc::clone(&self.0),
        }
    }
}

/// A service behind [`ArrivalLayer`].
#[derive(Clone, Debug)]
pub(in crate::server) struct Arrival<S> {
    inner: S,
    proxies: Arc<Proxies>,
}

impl<S, A, B> Service<Request<A>> for Arrival<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: HttpBody<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let info = request.extensions_mut().remove::<ConnectionInfo>();
        let info = info.unwrap_or_default();
        let under_way = info.activity.begin();
        let address = info.peer.address;
        let client = address.map(|address| self.proxies.client(address, request.headers()));
        request.extensions_mut().insert(Peer {
            address: client,
            ..info.peer
        });
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            Ok(response.map(|body| {
                Body::new(Held {
                    body,
                    _under_way: under_way,
                })
            }))
        })
    }
}

/// The body of an answer, until whose end a call is under way.
struct Held<B> {
    body: B,
    _under_way: UnderWay,
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Held<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_is_idle_only_without_a_call() {
        let activity = Arc::new(Activity::default());
        std::thread::sleep(Duration::from_millis(5));
        assert!(activity.idle() >= Duration::from_millis(5));
        let (first, second) = (activity.begin(), activity.begin());
        drop(first);
        assert_eq!(activity.idle(), Duration::ZERO);
        drop(second);
        assert!(activity.idle() < Duration::from_millis(5));
    }
}
