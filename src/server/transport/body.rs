//! A deadline for the bodies of requests: a body that never ends must not keep a call's place.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::instruments::{Refusal, Rpc, Transport};

/// Ends calls whose body did not come in time, except of methods that take a stream.
#[derive(Clone, Debug)]
pub(in crate::server) struct BodyDeadlineLayer {
    pub(in crate::server) body_max: Duration,
    pub(in crate::server) methods: Rpc,
    pub(in crate::server) metrics: Transport,
}

impl<S> Layer<S> for BodyDeadlineLayer {
    type Service = BodyDeadline<S>;

    fn layer(&self, inner: S) -> BodyDeadline<S> {
        BodyDeadline {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service behind [`BodyDeadlineLayer`].
#[derive(Clone, Debug)]
pub(in crate::server) struct BodyDeadline<S> {
    inner: S,
    layer: BodyDeadlineLayer,
}

impl<S> Service<Request<Body>> for BodyDeadline<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let is_stream = self
            .layer
            .methods
            .method(request.uri().path())
            .client_streams;
        if is_stream || request.body().is_end_stream() {
            return Box::pin(self.inner.call(request));
        }
        let has_come = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&has_come);
        let request = request.map(|body| {
            Body::new(Watched {
                body,
                has_come: watched,
            })
        });
        let answer = self.inner.call(request);
        let (body_max, metrics) = (self.layer.body_max, self.layer.metrics.clone());
        Box::pin(async move {
            let mut answer = std::pin::pin!(answer);
            tokio::select! {
                answered = &mut answer => return answered,
                () = tokio::time::sleep(body_max) => {}
            }
            if has_come.load(Ordering::Acquire) {
                return answer.await;
            }
            metrics.refused(Refusal::SlowBody);
            let late = Status::deadline_exceeded("the body of the request did not come in time");
            Ok(late.into_http())
        })
    }
}

/// The body of a request, which tells when it has come in full, or nobody wants it any more.
struct Watched {
    body: Body,
    has_come: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) || self.body.is_end_stream() {
            self.has_come.store(true, Ordering::Release);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.has_come.store(true, Ordering::Release);
    }
}
