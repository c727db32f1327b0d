//! The tower layer that asks the guard about each request.

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

/// A service behind [`GateLayer`].
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
        // Takes the service that was polled ready, and leaves the clone.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let guard = Arc::clone(&self.guard);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let admitted = guard
                .admit(parts.uri.path(), &parts.headers, &mut parts.extensions)
                .await;
            let scope = match admitted {
                Ok(scope) => scope,
                Err(error) => return Ok(status::access(&error).into_http()),
            };
            let path = parts.uri.path().to_owned();
            let response = inner.call(Request::from_parts(parts, body)).await?;
            match scope {
                Some(scope) if !scope.was_checked() && is_answer(&response) => {
                    tracing::error!(
                        path,
                        "an answer to a seller was withheld: its handler did not check the scope"
                    );
                    Ok(status::access(&AccessError::Unscoped).into_http())
                }
                _ => Ok(response),
            }
        })
    }
}

/// Whether a response is no refusal. Only a refusal may come before the scope was checked.
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

    /// Returns the code that a seller gets from a handler behind the gate.
    async fn ask(handler: fn(Request<Body>) -> Response<Body>) -> Option<Code> {
        let guard = Arc::new(Guard {
            tokens: None,
            limiter: Limiter::new(&RateConfig::default()),
            recheck_every: std::time::Duration::from_secs(60),
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
            caller: Some(seller),
            ..Peer::default()
        });
        let gate = GateLayer(guard).layer(inner);
        let response = gate.oneshot(request).await.expect("infallible");
        Status::from_header_map(response.headers()).map(|status| status.code())
    }

    #[tokio::test]
    async fn answer_to_seller_is_withheld_unless_scope_was_checked() {
        assert_eq!(
            ask(|_| Response::default()).await,
            Some(Code::PermissionDenied)
        );
        let checks_scope = |request: Request<Body>| {
            let (parts, _) = request.into_parts();
            let mut request = tonic::Request::new(());
            *request.extensions_mut() = parts.extensions;
            assert!(Scope::of(&request).is_restricted());
            Response::default()
        };
        assert_eq!(ask(checks_scope).await, None);
        // A refusal may come before the check.
        let refuses = |_| Status::invalid_argument("bad").into_http();
        assert_eq!(ask(refuses).await, Some(Code::InvalidArgument));
    }
}
