//! Processor time of another process, as Linux accounts it for each thread.

use std::collections::BTreeMap;
use std::fs;

use crate::cli::CliError;

/// Names of the threads of passes. Their time depends on when they run and not on the measured
/// work; the duration of a pass is a separate figure. Threads that they start have the same names.
const BESIDE: [&str; 2] = ["evidence", "brand"];

/// Reads the processor time of threads. Other work on the machine changes it far less than wall
/// time.
#[derive(Debug)]
pub(super) struct Clock {
    process: u32,
    /// Nanoseconds by thread, ended threads included.
    seen: BTreeMap<u64, u64>,
}

impl Clock {
    pub(super) const fn of(process: u32) -> Self {
        Self {
            process,
            seen: BTreeMap::new(),
        }
    }

    /// Returns the seconds of all threads but those of passes.
    pub(super) fn read(&mut self) -> Result<f64, CliError> {
        let tasks = format!("/proc/{}/task", self.process);
        let threads = fs::read_dir(&tasks).map_err(|error| {
            format!("processor time is measured on Linux only: {tasks}: {error}")
        })?;
        for thread in threads {
            let thread = thread?;
            // A thread may end between listing and reading.
            let text = |name: &str| fs::read_to_string(thread.path().join(name)).ok();
            let Some((name, times)) = text("comm").zip(text("schedstat")) else {
                continue;
            };
            if BESIDE.contains(&name.trim()) {
                continue;
            }
            let id = thread.file_name().to_string_lossy().parse();
            let ran = times.split(' ').next().and_then(|ran| ran.parse().ok());
            let (Ok(id), Some(ran)) = (id, ran) else {
                return Err(format!("{tasks}: schedstat is not as expected: {times:?}").into());
            };
            self.seen.insert(id, ran);
        }
        let nanoseconds: u64 = self.seen.values().sum();
        if nanoseconds == 0 {
            return Err(format!("{tasks}: this kernel does not account for threads").into());
        }
        Ok(nanoseconds as f64 / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_excludes_threads_of_passes() {
        if !std::path::Path::new("/proc/self/schedstat").exists() {
            eprintln!("skipped: this system does not account for threads");
            return;
        }
        let mut clock = Clock::of(std::process::id());
        let before = clock.read().expect("read");
        let spin = || {
            let started = std::time::Instant::now();
            while started.elapsed().as_millis() < 50 {
                std::hint::spin_loop();
            }
        };
        spin();
        let after = clock.read().expect("read");
        assert!(after > before + 0.01, "{before} {after}");
        let own = || {
            let link = fs::read_link("/proc/thread-self").expect("a link");
            let id = link
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name");
            id.parse::<u64>().expect("a number")
        };
        let (told, found) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let beside = std::thread::Builder::new().name("evidence".to_owned());
        let pass = beside.spawn(move || {
            told.send(own()).expect("heard");
            ended.recv().is_err()
        });
        let pass_id = found.recv().expect("told");
        clock.read().expect("read");
        assert!(clock.seen.contains_key(&own()));
        assert!(!clock.seen.contains_key(&pass_id));
        drop(end);
        assert!(pass.expect("a thread").join().expect("joined"));
    }
}
