//! The layer in front of all services.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};

use super::{AccessError, Guard};
use crate::server::status;

/// Puts the gate in front of a service.
#[derive(Clone)]
pub(in crate::server) struct GateLayer(pub(in crate::server) Arc<Guard>);

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate {
            inner,
            guard: Arc::clone(&self.0),
        }
    }
}

/// Asks the guard about each request.
#[derive(Clone)]
pub(in crate::server) struct Gate<S> {
    inner: S,
    guard: Arc<Guard>,
}

impl<S> Service<Request<Body>> for Gate<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The one that is ready goes with the request.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let guard = Arc::clone(&self.guard);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let admitted = guard
                .admit(parts.uri.path(), &parts.headers, &mut parts.extensions)
                .await;
            let bound = match admitted {
                Ok(bound) => bound,
                Err(error) => return Ok(status::access(&error).into_http()),
            };
            let path = parts.uri.path().to_owned();
            let response = inner.call(Request::from_parts(parts, body)).await?;
            match bound {
                Some(bound) if !bound.was_asked() && is_answer(&response) => {
                    tracing::error!(
                        path,
                        "an answer to a seller was withheld: nobody asked whose it is"
                    );
                    Ok(status::access(&AccessError::Unscoped).into_http())
                }
                _ => Ok(response),
            }
        })
    }
}

/// A refusal may come before a handler looks at whose it is; an answer may not.
fn is_answer(response: &Response<Body>) -> bool {
    response
        .headers()
        .get("grpc-status")
        .is_none_or(|code| code == "0")
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tonic::Status;
    use tower::{ServiceExt as _, service_fn};

    use super::super::{Caller, Role, Scope};
    use super::*;
    use crate::server::transport::connection::Peer;
    use crate::server::transport::rate::{Limiter, RateConfig};

    /// What a seller gets from a handler behind the gate.
    async fn ask(handler: fn(Request<Body>) -> Response<Body>) -> Option<Code> {
        let guard = Arc::new(Guard {
            tokens: None,
            limiter: Limiter::new(&RateConfig::default()),
        });
        let inner = service_fn(move |request| {
            std::future::ready(Ok::<_, std::convert::Infallible>(handler(request)))
        });
        let seller = Caller::new("s".to_owned(), Role::Seller, ["s1".to_owned()].into());
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = "/goodstanding.v1.IntegrityService/GetAssessment"
            .parse()
            .expect("a path");
        request.extensions_mut().insert(Peer {
            address: None,
            caller: Some(seller),
        });
        let gate = GateLayer(guard).layer(inner);
        let response = gate.oneshot(request).await.expect("infallible");
        Status::from_header_map(response.headers()).map(|status| status.code())
    }

    #[tokio::test]
    async fn a_handler_that_forgets_whose_it_is_does_not_answer_sellers() {
        assert_eq!(
            ask(|_| Response::default()).await,
            Some(Code::PermissionDenied)
        );
        let asks = |request: Request<Body>| {
            let (parts, _) = request.into_parts();
            let mut request = tonic::Request::new(());
            *request.extensions_mut() = parts.extensions;
            assert!(Scope::of(&request).is_bound());
            Response::default()
        };
        assert_eq!(ask(asks).await, None);
        // What is wrong with a request may be said before.
        let refuses = |_| Status::invalid_argument("bad").into_http();
        assert_eq!(ask(refuses).await, Some(Code::InvalidArgument));
    }
}
