//! Settings of tracing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Export;
use crate::config::{Fault, Section, Span};

/// Section `[telemetry]`. Without an endpoint nothing is traced, at no cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Collector of spans over OTLP and gRPC, such as `http://127.0.0.1:4317`.
    pub otlp_endpoint: Option<String>,
    /// Share of traced calls without a caller's decision, 0 to 1. The batches of a stream are drawn
    /// one by one.
    pub sample_ratio: f64,
    /// Longest wait of spans for a full request, 100ms to 1m.
    pub export_delay: Span,
    /// Timeout of one request to the collector, 100ms to 1m.
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
    /// Returns the export, if an endpoint is set.
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
        let mut faults = Vec::new();
        if let Some(endpoint) = otlp_endpoint {
            let uri: Option<http::Uri> = endpoint.parse().ok();
            let scheme = uri.as_ref().and_then(http::Uri::scheme_str);
            if !matches!(scheme, Some("http" | "https")) {
                let message =
                    format!("is {endpoint:?}; a URL such as \"http://127.0.0.1:4317\" is required");
                faults.push(Fault::new("otlp_endpoint", message));
            }
        }
        if !(0.0..=1.0).contains(sample_ratio) {
            let message = format!("is {sample_ratio}; 0 to 1 is allowed");
            faults.push(Fault::new("sample_ratio", message));
        }
        let allowed = Span(Duration::from_millis(100))..=Span::seconds(60);
        for (key, span) in [
            ("export_delay", export_delay),
            ("export_timeout", export_timeout),
        ] {
            if !allowed.contains(span) {
                faults.push(Fault::new(
                    key,
                    format!("is {span}; 100ms to 1m is allowed"),
                ));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_values_name_the_allowed_range() {
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
