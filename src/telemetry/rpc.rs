//! A layer that counts, times and traces every call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{HeaderMap, Request, Response};
use hyper::body::{Bytes, Frame, SizeHint};
use tonic::Code;
use tonic::body::Body;
use tower::{BoxError, Layer, Service};
use tracing::{Instrument as _, Span};

use super::Instruments;
use crate::instruments::Method;

/// Marks a request whose caller decided on tracing, in either direction.
#[derive(Clone, Copy, Debug)]
pub struct CallerDecided;

/// Wraps the services of a server in [`Calls`].
#[derive(Clone, Debug)]
pub struct ObserveCalls(Instruments);

impl ObserveCalls {
    /// Makes a layer that records with these instruments.
    pub const fn new(instruments: Instruments) -> Self {
        Self(instruments)
    }
}

impl<S> Layer<S> for ObserveCalls {
    type Service = Calls<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Calls {
            inner,
            instruments: self.0.clone(),
        }
    }
}

/// A service whose calls are observed.
#[derive(Clone, Debug)]
pub struct Calls<S> {
    inner: S,
    instruments: Instruments,
}

impl<S, A, B> Service<Request<A>> for Calls<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: hyper::body::Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let call = Call::begin(&self.instruments, &mut request);
        let span = call.span.clone();
        let answer = self.inner.call(request).instrument(span);
        Box::pin(async move {
            let mut call = call;
            match answer.await {
                Ok(response) => {
                    // An error without a message has its code in the headers.
                    call.code = code_in(response.headers());
                    Ok(response.map(|body| Body::new(Observed { body, call })))
                }
                Err(error) => {
                    call.code = Some(Code::Internal);
                    Err(error)
                }
            }
        })
    }
}

/// One call from its request to the end of its answer.
#[derive(Debug)]
struct Call {
    method: Arc<Method>,
    span: Span,
    started: Instant,
    /// Deadline of the caller.
    timeout: Option<Duration>,
    /// `None` until the answer has a code: a call without one was cancelled.
    code: Option<Code>,
}

impl Call {
    fn begin<A>(instruments: &Instruments, request: &mut Request<A>) -> Self {
        let method = Arc::clone(instruments.metrics.rpc.method(request.uri().path()));
        method.begin();
        let span = match &instruments.sampler {
            None => Span::none(),
            Some(sampler) => {
                let caller = sampler.caller(request.headers());
                if caller.is_some() {
                    request.extensions_mut().insert(CallerDecided);
                    sampler.call(&method, caller.as_ref())
                } else if method.client_streams {
                    // A stream may last for days, so each of its messages is drawn instead.
                    Span::none()
                } else {
                    sampler.root(&method)
                }
            }
        };
        Self {
            method,
            span,
            started: Instant::now(),
            timeout: request.headers().get("grpc-timeout").and_then(|value| {
                let text = value.to_str().ok()?;
                timeout(text)
            }),
            code: None,
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let late = self.timeout.is_some_and(|timeout| took >= timeout);
        let given_up = if late {
            Code::DeadlineExceeded
        } else {
            Code::Cancelled
        };
        let code = self.code.unwrap_or(given_up);
        self.method.end(code, took);
        record_code(&self.span, code);
        let Method {
            service, method, ..
        } = &*self.method;
        let seconds = took.as_secs_f64();
        tracing::debug!(parent: &self.span, service, method, ?code, seconds, "call ended");
    }
}

/// Records the status of a call on its span. Errors of the caller are no errors of the server.
fn record_code(span: &Span, code: Code) {
    if span.is_disabled() {
        return;
    }
    span.record("rpc.grpc.status_code", code as i32);
    let at_fault = match code {
        Code::Unknown
        | Code::DeadlineExceeded
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => true,
        Code::Ok
        | Code::Cancelled
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unauthenticated => false,
    };
    if at_fault {
        span.record("otel.status_code", "ERROR");
    }
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    let status = headers.get("grpc-status")?;
    Some(Code::from_bytes(status.as_bytes()))
}

/// Reads digits and a unit, as in gRPC's timeout header.
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count.saturating_mul(3600))),
        "M" => Some(Duration::from_secs(count.saturating_mul(60))),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// The body of an answer, which reports the final code to its call.
#[derive(Debug)]
struct Observed<B> {
    body: B,
    call: Call,
}

impl<B: hyper::body::Body + Unpin> hyper::body::Body for Observed<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(code) = frame.trailers_ref().and_then(code_in) {
                    self.call.code = Some(code);
                }
            }
            Poll::Ready(Some(Err(_))) => self.call.code = Some(Code::Internal),
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
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
    fn timeout_header_has_digits_and_a_unit() {
        assert_eq!(timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(timeout("2H"), Some(Duration::from_secs(7200)));
        for wrong in ["", "S", "5", "5x", "-1S", "1.5S", "5é"] {
            assert_eq!(timeout(wrong), None, "{wrong}");
        }
    }
}
