//! A secured service over a real socket: who gets in, what each may do, and what changes under way.
//! Keys and certificates are made anew for each run.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod commands;
mod limits;
mod matrix;
mod pki;
mod raw;
mod refusals;
mod scope;
mod server;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod tokens;
mod verify;
mod web;
