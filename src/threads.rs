//! Long work on threads: a flag by which it stops, and blocks shared between several threads.

pub mod cancel;
pub mod parallel;
