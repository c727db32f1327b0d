//! Settings of the store: its directory and its cache.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Section, Size};

/// Least cache; sled itself needs some.
const CACHE_MIN: Size = Size::mib(1);
const CACHE_MAX: Size = Size::gib(64);
const SCRUB_MAX: Size = Size::gib(1);

/// Section `[store]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// Directory, created if it does not exist. `serve` needs one.
    pub data: Option<PathBuf>,
    /// Memory that the store may use for its cache, 1 MiB to 64 GiB.
    pub cache: Size,
    /// Bytes of the log that are read again and checked in a second, up to 1 GiB; 0 is none.
    pub scrub: Size,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            data: None,
            // The log is read in order and history by rows: a larger cache helps neither.
            cache: Size::mib(16),
            // A gigabyte in four minutes, for about a hundredth of a processor.
            scrub: Size::mib(4),
        }
    }
}

impl Section for StoreConfig {
    fn check(&self) -> Vec<Fault> {
        let Self { data, cache, scrub } = self;
        let mut faults = Vec::new();
        if data
            .as_ref()
            .is_some_and(|data| data.as_os_str().is_empty())
        {
            faults.push(Fault::new("data", "is empty; a directory is required"));
        }
        if !(CACHE_MIN..=CACHE_MAX).contains(cache) {
            let message = format!("is {cache}; {CACHE_MIN} to {CACHE_MAX} is allowed");
            faults.push(Fault::new("cache", message));
        }
        if *scrub > SCRUB_MAX {
            let message = format!("is {scrub}; up to {SCRUB_MAX} is allowed");
            faults.push(Fault::new("scrub", message));
        }
        faults
    }
}
