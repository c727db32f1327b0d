//! The resident memory of this process.

use std::fs;

/// Returns the bytes of this process in memory that no file has; none where the system does not tell.
/// Pages of files, such as the program's own, are dropped by the system where it needs them.
pub(super) fn resident_bytes() -> Option<u64> {
    let pages = pages(&fs::read_to_string("/proc/self/statm").ok()?)?;
    pages.checked_mul(rustix::param::page_size() as u64)
}

/// Reads pages in memory, the second number, without those of files, the third.
fn pages(statm: &str) -> Option<u64> {
    let mut numbers = statm.split_whitespace().skip(1).map(str::parse::<u64>);
    let (resident, of_files) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(resident.saturating_sub(of_files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_files_do_not_count() {
        assert_eq!(pages("9000 1234 34 1 0 700 0\n"), Some(1200));
        assert_eq!(pages("9000 1234"), None);
        assert_eq!(pages("a b c"), None);
    }

    #[test]
    fn own_process_is_resident_where_the_system_tells() {
        if std::path::Path::new("/proc/self/statm").exists() {
            assert!(resident_bytes() > Some(1024 * 1024));
        }
    }
}
