//! A secured service over a real socket: who gets in, what each may do, and what changes under way.
//! Keys and certificates are made anew for each run.

pub(crate) mod attack;
mod commands;
mod connections;
mod files;
mod health;
mod limits;
mod matrix;
mod pki;
mod probes;
mod proxies;
pub(crate) mod raw;
mod refusals;
mod scope;
pub(crate) mod server;
mod sold;
mod stage;
mod streams;
mod tls;
pub(crate) mod tokens;
mod verify;
mod web;
