//! Long work on threads: cancellation, and blocks shared between several threads.

pub mod cancel;
pub mod parallel;
pub mod room;
