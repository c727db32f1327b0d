//! Everything between the network and the services: connections, TLS, browsers and limits.

pub(super) mod connection;
pub(super) mod limits;
pub(super) mod rate;
pub(super) mod security;
pub(super) mod tls;
pub(super) mod web;
