//! The gRPC services, one thin file each: check the request, ask, present the answer.

pub(super) mod admin;
pub(super) mod brand;
pub(super) mod campaigns;
pub(super) mod clock;
pub(super) mod history;
pub(super) mod ingest;
pub(super) mod integrity;
pub(super) mod lists;
pub(super) mod models;
pub(super) mod screen;
pub(super) mod watch;
