//! End to end over the built binary, real files and real sockets: one module a subject.

#![allow(
    unreachable_pub,
    reason = "nothing is reachable from outside a test binary"
)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]
#![allow(
    clippy::unnecessary_wraps,
    reason = "messages hold their parts as options"
)]

mod api_reference;
mod backup;
mod bad_input;
mod brand;
mod campaigns;
mod clock;
mod crash;
mod damage;
mod demo;
mod erasure;
mod evaluate;
mod golden;
mod history;
mod honest;
mod import;
mod input_files;
mod labelled;
mod limits;
mod models;
mod network;
mod paging;
mod panics;
mod point_in_time;
mod replay;
mod report;
mod room;
#[path = "../rooms.rs"]
mod rooms;
mod sale_day;
mod screening;
mod security;
mod support;
mod telemetry;
mod wall_clock;
mod watch;
