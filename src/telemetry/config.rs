//! Where spans go, and of which calls.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Export;
use crate::config::{Fault, Section, Span};

/// Section `[telemetry]`. Without an endpoint nothing is traced, at no cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Collector that takes spans over OTLP and gRPC, such as `http://127.0.0.1:4317`.
    pub otlp_endpoint: Option<String>,
    /// Share of calls that are traced where the caller has not decided, 0 to 1. Of the batches of
    /// a stream, each is drawn by itself.
    pub sample_ratio: f64,
    /// How long spans wait for others before they are sent, 100ms to 1m.
    pub export_delay: Span,
    /// How long one request to the collector may take, 100ms to 1m.
    pub export_timeout: Span,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            sample_ratio: 0.01,
            export_delay: Span::seconds(5),
            export_timeout: Span::seconds(5),
        }
    }
}

impl TelemetryConfig {
    /// The export, if one is asked for.
    pub fn export(&self) -> Option<Export> {
        self.otlp_endpoint.as_ref().map(|endpoint| Export {
            endpoint: endpoint.clone(),
            timeout: self.export_timeout.0,
            delay: self.export_delay.0,
        })
    }
}

impl Section for TelemetryConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            otlp_endpoint,
            sample_ratio,
            export_delay,
            export_timeout,
        } = self;
        let mut found = Vec::new();
        if let Some(endpoint) = otlp_endpoint {
            let uri: Option<http::Uri> = endpoint.parse().ok();
            let scheme = uri.as_ref().and_then(http::Uri::scheme_str);
            if !matches!(scheme, Some("http" | "https")) {
                let said =
                    format!("is {endpoint:?}; a URL such as \"http://127.0.0.1:4317\" is required");
                found.push(Fault::new("otlp_endpoint", said));
            }
        }
        if !(0.0..=1.0).contains(sample_ratio) {
            let said = format!("is {sample_ratio}; 0 to 1 is allowed");
            found.push(Fault::new("sample_ratio", said));
        }
        let allowed = Span(Duration::from_millis(100))..=Span::seconds(60);
        for (key, span) in [
            ("export_delay", export_delay),
            ("export_timeout", export_timeout),
        ] {
            if !allowed.contains(span) {
                found.push(Fault::new(
                    key,
                    format!("is {span}; 100ms to 1m is allowed"),
                ));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_names_what_it_allows() {
        assert_eq!(TelemetryConfig::default().check(), []);
        let wrong = TelemetryConfig {
            otlp_endpoint: Some("127.0.0.1:4317".to_owned()),
            sample_ratio: 1.5,
            export_delay: Span::seconds(0),
            export_timeout: Span::seconds(61),
        };
        let keys: Vec<String> = wrong.check().into_iter().map(|fault| fault.key).collect();
        let expected = [
            "otlp_endpoint",
            "sample_ratio",
            "export_delay",
            "export_timeout",
        ];
        assert_eq!(keys, expected);
        let undefined = TelemetryConfig {
            sample_ratio: f64::NAN,
            ..TelemetryConfig::default()
        };
        assert_eq!(undefined.check().len(), 1);
    }
}
