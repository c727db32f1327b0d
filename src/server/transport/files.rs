//! The limit of open files: each connection is one, and the store must never be without.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files beside those of connections: the store, its checkpoints and backups, the ports of metrics and
/// probes, the collector.
const OTHER_FILES: u64 = 512;
/// Fewer connections are no service.
const CONNECTIONS_MIN: u64 = 16;

/// There are too few files to serve.
#[derive(Debug, thiserror::Error)]
#[error(
    "the limit of open files is {limit}, and {needed} are needed for the store and a few connections: \
     raise it with ulimit -n, LimitNOFILE or the runtime of the container"
)]
pub struct FilesError {
    limit: u64,
    needed: u64,
}

/// Raises the limit of open files to what connections need, and returns how many connections it
/// allows: fewer than asked if the hard limit is too low.
pub fn raise_open_files(connections_max: u32) -> Result<u32, FilesError> {
    let needed = u64::from(connections_max) + OTHER_FILES;
    let before = getrlimit(Resource::Nofile);
    let limit = match before.current {
        None => return Ok(connections_max),
        Some(current) if current >= needed => return Ok(connections_max),
        Some(current) => raise(current, before.maximum, needed),
    };
    let allowed = connections_within(limit, connections_max)?;
    if allowed < connections_max {
        tracing::warn!(
            limit,
            asked = connections_max,
            allowed,
            "connections.connections_max is lowered: the limit of open files is too low for it"
        );
    }
    Ok(allowed)
}

/// Raises the soft limit as far as the hard one allows, and returns what holds then.
fn raise(current: u64, maximum: Option<u64>, needed: u64) -> u64 {
    let wanted = maximum.map_or(needed, |maximum| maximum.min(needed));
    let limits = Rlimit {
        current: Some(wanted),
        maximum,
    };
    match setrlimit(Resource::Nofile, limits) {
        Ok(()) => {
            tracing::info!(
                from = current,
                to = wanted,
                "the limit of open files is raised"
            );
            wanted
        }
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            current
        }
    }
}

fn connections_within(limit: u64, connections_max: u32) -> Result<u32, FilesError> {
    let allowed = limit.saturating_sub(OTHER_FILES);
    if allowed < CONNECTIONS_MIN.min(u64::from(connections_max)) {
        let needed = OTHER_FILES + CONNECTIONS_MIN;
        return Err(FilesError { limit, needed });
    }
    Ok(u32::try_from(allowed).map_or(connections_max, |allowed| allowed.min(connections_max)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_the_store() {
        let within = |limit, max| connections_within(limit, max).ok();
        assert_eq!(within(1024, 10_000), Some(512));
        assert_eq!(within(20_000, 10_000), Some(10_000));
        assert_eq!(within(u64::MAX, 10_000), Some(10_000));
        assert_eq!(within(520, 10_000), None);
        assert_eq!(within(520, 8), Some(8));
    }
}
