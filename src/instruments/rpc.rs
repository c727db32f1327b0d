//! Metrics of calls: rate, errors and duration, under the common names of gRPC servers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::Code;

use super::{Counters, Durations, Labels};
use crate::proto::DESCRIPTORS;

/// Standard services, which our descriptors do not contain.
const STANDARD: [(&str, &str, bool, bool); 3] = [
    ("grpc.health.v1.Health", "Check", false, false),
    ("grpc.health.v1.Health", "Watch", false, true),
    (
        "grpc.reflection.v1.ServerReflection",
        "ServerReflectionInfo",
        true,
        true,
    ),
];

/// A served method and its metrics.
#[derive(Debug)]
pub struct Method {
    /// Full name of the service; `unknown` for calls of other methods.
    pub service: &'static str,
    /// The method; `unknown` likewise.
    pub method: &'static str,
    /// Whether callers send a stream.
    pub client_streams: bool,
    type_label: &'static str,
    in_flight: Gauge,
    started: Counter,
    duration: Histogram,
    handled: Counters<4>,
}

impl Method {
    /// Records the beginning of a call.
    pub fn begin(&self) {
        self.started.inc();
        self.in_flight.inc();
    }

    /// Records the end of a call.
    pub fn end(&self, code: Code, took: Duration) {
        self.in_flight.dec();
        self.duration.observe(took.as_secs_f64());
        let [kind, service, method] = self.labels();
        let labels = [kind, service, method, ("grpc_code", code_name(code))];
        self.handled.get_or_create(&labels).inc();
    }

    fn labels(&self) -> Labels<3> {
        [
            ("grpc_type", self.type_label),
            ("grpc_service", self.service),
            ("grpc_method", self.method),
        ]
    }
}

/// The metrics of all methods.
#[derive(Clone, Debug)]
pub struct Rpc {
    methods: Arc<HashMap<String, Arc<Method>>>,
    unknown: Arc<Method>,
    families: Families,
}

#[derive(Clone, Debug)]
struct Families {
    in_flight: Family<Labels<3>, Gauge>,
    started: Counters<3>,
    duration: Family<Labels<3>, Histogram, Durations>,
    handled: Counters<4>,
}

impl Default for Rpc {
    fn default() -> Self {
        let families = Families {
            in_flight: Family::default(),
            started: Counters::default(),
            duration: Family::new_with_constructor(Durations),
            handled: Counters::default(),
        };
        let mut methods = HashMap::new();
        for (service, method, client_streams, server_streams) in served() {
            let path = format!("/{service}/{method}");
            let method = families.method(service, method, client_streams, server_streams);
            methods.insert(path, Arc::new(method));
        }
        Self {
            methods: Arc::new(methods),
            unknown: Arc::new(families.method("unknown", "unknown", false, false)),
            families,
        }
    }
}

impl Rpc {
    /// Returns the method of a request's path. All unknown methods share one, so that callers
    /// cannot create labels.
    pub fn method(&self, path: &str) -> &Arc<Method> {
        self.methods.get(path).unwrap_or(&self.unknown)
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let Families {
            in_flight,
            started,
            duration,
            handled,
        } = self.families.clone();
        let registry = registry.sub_registry_with_prefix("grpc_server");
        registry.register("in_flight", "Calls under way", in_flight);
        registry.register("started", "Calls begun", started);
        let help = "Calls ended, by their status code";
        registry.register("handled", help, handled);
        let help = "Time from the start of a call to its end; of a stream, its life";
        registry.register_with_unit("handling", help, Unit::Seconds, duration);
    }
}

impl Families {
    fn method(
        &self,
        service: &'static str,
        method: &'static str,
        client_streams: bool,
        server_streams: bool,
    ) -> Method {
        let type_label = match (client_streams, server_streams) {
            (false, false) => "unary",
            (true, false) => "client_stream",
            (false, true) => "server_stream",
            (true, true) => "bidi_stream",
        };
        let labels = [
            ("grpc_type", type_label),
            ("grpc_service", service),
            ("grpc_method", method),
        ];
        Method {
            service,
            method,
            client_streams,
            type_label,
            in_flight: self.in_flight.get_or_create_owned(&labels),
            started: self.started.get_or_create_owned(&labels),
            duration: self.duration.get_or_create_owned(&labels),
            handled: self.handled.clone(),
        }
    }
}

/// Returns service, method, and directions of streams. The names live as long as the process, as
/// labels do.
fn served() -> Vec<(&'static str, &'static str, bool, bool)> {
    let mut served = STANDARD.to_vec();
    // The descriptors come from the build, so they can be decoded.
    let files = FileDescriptorSet::decode(DESCRIPTORS).unwrap_or_default();
    for file in files.file {
        let package = file.package().to_owned();
        for service in file.service {
            let name: &'static str = format!("{package}.{}", service.name()).leak();
            for method in service.method {
                let streams = (method.client_streaming(), method.server_streaming());
                let method: &'static str = method.name().to_owned().leak();
                served.push((name, method, streams.0, streams.1));
            }
        }
    }
    served
}

/// Returns the common label of a status code.
const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}
