//! Goodstanding: how likely reviews are to be manipulated, and why.
//!
//! Data flows one way, and each module is a stage of it: messages come in over [`server`] and become
//! valid by construction in [`domain`]; the [`engine`]'s one writer folds them into the [`state`]
//! and appends them to the [`journal`], which lies in a [`store`]; [`integrity`] scores what the
//! state holds, [`history`] keeps how scores went, and [`query`] makes messages of both again.
//! [`brand`] reads the same state for how far a seller has come in building a brand.
//! Beside it stand [`formats`], readers of outside data, [`simulate`], a marketplace that does not
//! exist, [`evaluate`], which holds scores against labels, [`models`], the versions that labels teach,
//! and [`cli`]; [`backup`], [`erasure`] and
//! [`privacy`], with [`keyed`] hashes, look after the log; [`config`], [`telemetry`], [`metrics`] and
//! [`cancel`] after the running service.
//!
//! It is no library for others: the contract is `proto/goodstanding/v1`.

pub mod backup;
pub mod brand;
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
