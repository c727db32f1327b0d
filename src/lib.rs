//! Goodstanding: how likely reviews are to be manipulated, and why.
//!
//! Data flows one way, and each module is a stage of it. Messages arrive over [`server`], and the
//! [`codec`] turns them into events of the [`domain`]. The one writer of the [`engine`] folds events
//! into the [`state`] and appends them to the [`journal`], which lies in a [`store`]. [`integrity`]
//! scores the state, [`brand`] measures how far a seller has come in building a brand, and
//! [`history`] keeps daily points. [`query`] reads all three for answers, which the server presents.
//!
//! Beside the way of the data are [`models`], the versions that verdicts teach; [`formats`], readers
//! of outside files; and [`backup`], [`erasure`] and [`privacy`], which maintain the log. [`settings`]
//! is the sum of all configuration, [`instruments`] counts and [`telemetry`] traces. [`cli`] has the
//! commands, and [`lab`] the simulated markets and measurements.
//!
//! The crate is no library for others: the contract is `proto/goodstanding/v1`.

// The fuzz targets use neither commands nor the laboratory, and build faster without them.
#![cfg_attr(fuzzing, allow(unused_imports))]

pub mod backup;
pub mod brand;
#[cfg(not(fuzzing))]
#[macro_use]
pub mod cli;
pub mod codec;
pub mod config;
pub mod domain;
pub mod engine;
pub mod erasure;
pub mod formats;
pub mod history;
pub mod instruments;
pub mod integrity;
pub mod journal;
pub mod keyed;
#[cfg(not(fuzzing))]
pub mod lab;
pub mod models;
pub mod privacy;
pub mod proto;
pub mod query;
pub mod server;
pub mod settings;
pub mod state;
pub mod stats;
pub mod store;
pub mod telemetry;
pub mod threads;
