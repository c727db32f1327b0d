//! Everything between the network and the services: connections, TLS, browsers and limits.

mod activity;
pub(super) mod address;
pub(super) mod body;
pub(super) mod connection;
pub(super) mod files;
pub(super) mod limits;
pub(super) mod places;
mod proxy;
pub(super) mod rate;
pub(super) mod security;
pub(super) mod tls;
pub(super) mod web;
