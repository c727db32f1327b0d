//! Metrics of the process from Linux, under the names of Prometheus clients.

use std::fs;

/// Values of `/proc` for this process; unreadable ones are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Process {
    pub(super) cpu_seconds: Option<f64>,
    pub(super) resident_bytes: Option<u64>,
    pub(super) virtual_bytes: Option<u64>,
    pub(super) threads: Option<u64>,
    pub(super) open_files: Option<u64>,
    pub(super) open_files_max: Option<u64>,
    /// Seconds since 1970.
    pub(super) start_seconds: Option<f64>,
}

/// Unit of processor time: Linux uses hundredths of a second on all common machines.
const TICKS_PER_SECOND: f64 = 100.0;

impl Process {
    pub(super) fn read() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let (stat, status) = (text("/proc/self/stat"), text("/proc/self/status"));
        let booted = line_number(&text("/proc/stat"), "btime");
        let files = fs::read_dir("/proc/self/fd").ok();
        let limits = text("/proc/self/limits");
        Self {
            cpu_seconds: field(&stat, 14)
                .zip(field(&stat, 15))
                .map(|(user, system)| (user + system) / TICKS_PER_SECOND),
            resident_bytes: line_number(&status, "VmRSS:").map(|kib| kib * 1024),
            virtual_bytes: line_number(&status, "VmSize:").map(|kib| kib * 1024),
            threads: line_number(&status, "Threads:"),
            open_files: files.map(|files| files.count() as u64),
            open_files_max: line_number(&limits, "Max open files"),
            start_seconds: field(&stat, 22)
                .zip(booted)
                .map(|(ticks, booted)| booted as f64 + ticks / TICKS_PER_SECOND),
        }
    }
}

/// Returns a field of `/proc/self/stat`, from 1. The name, field 2, may contain spaces but ends
/// with the last `)`.
fn field(stat: &str, number: usize) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(number - 3)?.parse().ok()
}

/// Returns the number after a name at the start of a line.
fn line_number(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_in_the_process_name_shift_no_field() {
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 250 50 0";
        assert_eq!(field(stat, 14), Some(250.0));
        assert_eq!(field(stat, 15), Some(50.0));
        assert_eq!(field("", 14), None);
    }

    #[test]
    fn number_is_found_after_its_name() {
        assert_eq!(line_number("a 1\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12));
        assert_eq!(line_number("a 1\n", "VmRSS:"), None);
    }

    #[test]
    fn own_process_has_memory_and_files() {
        let process = Process::read();
        if std::path::Path::new("/proc/self/stat").exists() {
            assert!(process.resident_bytes > Some(100_000), "{process:?}");
            assert!(process.open_files > Some(0), "{process:?}");
            assert!(process.start_seconds > Some(1e9), "{process:?}");
        }
    }
}
