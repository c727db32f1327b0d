//! Goodstanding.
pub mod cli;
pub mod domain;
pub mod engine;
pub mod evaluate;
pub mod formats;
pub mod grpc;
pub mod history;
pub mod integrity;
pub mod journal;
pub mod proto;
pub mod query;
pub mod simulate;
pub mod state;
pub mod store;
pub mod telemetry;
