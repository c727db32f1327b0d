//! Browsers: gRPC-Web on the same port, from the origins that are allowed.

use http::{HeaderName, HeaderValue, Method, Uri, header};
use serde::{Deserialize, Serialize};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::{Fault, Section, Span};

/// How long browsers may remember an answer; they cap it themselves.
const REMEMBERED_MAX: Span = Span::seconds(24 * 3600);

/// Section `[web]`. Without origins there is no gRPC-Web and no HTTP/1.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Origins whose pages may call, such as `https://portal.example`. No wildcards.
    pub allowed_origins: Vec<String>,
    /// How long a browser may remember that they may, up to a day.
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

    /// Answers browsers' questions. Tokens come in a header, so cookies are never asked for.
    pub(in crate::server) fn cors(&self) -> CorsLayer {
        let origins = self.allowed_origins.iter();
        let origins = origins.filter_map(|origin| HeaderValue::from_str(origin).ok());
        let sent = [
            "x-grpc-web",
            "x-user-agent",
            "grpc-timeout",
            "traceparent",
            "tracestate",
        ];
        let mut sent: Vec<HeaderName> = sent.map(HeaderName::from_static).to_vec();
        sent.extend([header::CONTENT_TYPE, header::AUTHORIZATION]);
        let shown = ["grpc-status", "grpc-message", "grpc-status-details-bin"];
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::POST])
            .allow_headers(sent)
            .expose_headers(shown.map(HeaderName::from_static))
            .max_age(self.max_age.0)
    }
}

impl Section for WebConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            allowed_origins,
            max_age,
        } = self;
        let mut found = Vec::new();
        for (index, origin) in allowed_origins.iter().enumerate() {
            if !is_origin(origin) {
                let said = format!(
                    "is {origin:?}; an origin such as \"https://portal.example\" is required"
                );
                found.push(Fault::new(&format!("allowed_origins[{index}]"), said));
            }
        }
        if *max_age > REMEMBERED_MAX {
            let said = format!("is {max_age}; at most {REMEMBERED_MAX} is allowed");
            found.push(Fault::new("max_age", said));
        }
        found
    }
}

/// Scheme, host and perhaps a port, as browsers send it: nothing else would ever match.
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
    fn only_what_a_browser_sends_is_an_origin() {
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
