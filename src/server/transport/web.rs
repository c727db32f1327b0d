//! Serves browsers: gRPC-Web on the same port, from the allowed origins (CORS).

use http::{HeaderName, HeaderValue, Method, Uri, header};
use serde::{Deserialize, Serialize};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::{Fault, Section, Span};

/// Largest `max_age`. Browsers have lower limits of their own.
const MAX_AGE_MAX: Span = Span::seconds(24 * 3600);

/// Section `[web]`. Without origins there is no gRPC-Web and no HTTP/1.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Origins whose pages may call, such as `https://portal.example`. No wildcards.
    pub allowed_origins: Vec<String>,
    /// How long a browser may cache the permission, up to a day.
    pub max_age: Span,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            max_age: Span::seconds(3600),
        }
    }
}

impl WebConfig {
    /// Whether browsers are served.
    pub const fn is_on(&self) -> bool {
        !self.allowed_origins.is_empty()
    }

    /// Answers preflight requests. Tokens come in a header, so cookies are not allowed.
    pub(in crate::server) fn cors(&self) -> CorsLayer {
        let origins = self
            .allowed_origins
            .iter()
            .filter_map(|origin| HeaderValue::from_str(origin).ok());
        let custom_headers = [
            "x-grpc-web",
            "x-user-agent",
            "grpc-timeout",
            "traceparent",
            "tracestate",
        ];
        let standard_headers = [header::CONTENT_TYPE, header::AUTHORIZATION];
        let request_headers = custom_headers.map(HeaderName::from_static);
        let response_headers = ["grpc-status", "grpc-message", "grpc-status-details-bin"];
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::POST])
            .allow_headers([&request_headers[..], &standard_headers[..]].concat())
            .expose_headers(response_headers.map(HeaderName::from_static))
            .max_age(self.max_age.0)
    }
}

impl Section for WebConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            allowed_origins,
            max_age,
        } = self;
        let mut faults = Vec::new();
        for (index, origin) in allowed_origins.iter().enumerate() {
            if !is_origin(origin) {
                let description = format!(
                    "is {origin:?}; an origin such as \"https://portal.example\" is required"
                );
                faults.push(Fault::new(
                    &format!("allowed_origins[{index}]"),
                    description,
                ));
            }
        }
        faults.extend(Fault::unless_at_most("max_age", max_age, &MAX_AGE_MAX));
        faults
    }
}

/// Accepts scheme, host and an optional port, which is all that browsers send.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "https" | "http"));
    let (Some(scheme), Some(authority)) = (scheme, uri.authority()) else {
        return false;
    };
    !authority.as_str().contains(['@', '*']) && text == format!("{scheme}://{authority}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_scheme_host_and_optional_port() {
        for good in ["https://portal.example", "http://localhost:8080"] {
            assert!(is_origin(good), "{good}");
        }
        for wrong in [
            "*",
            "null",
            "portal.example",
            "https://portal.example/",
            "https://*.example",
            "ftp://portal.example",
            "https://user@portal.example",
            "https://portal.example/app",
        ] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }
}
