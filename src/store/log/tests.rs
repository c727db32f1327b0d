//! The log on a disk that fails, lies, loses power and is damaged.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;

mod lies;

use super::{ScrubCursor, SegmentLog, salvage};
use crate::store::disk::simulated::{Crash, Fault, Image, SimulatedDisk};
use crate::store::{LogRewrite as _, StoreError};

/// Small, so that a few frames roll over.
const SEGMENT_BYTES: u64 = 700;

/// Events up to and with a frame, and the frame.
type Model = Vec<(u64, Vec<u8>)>;

fn open(disk: &SimulatedDisk) -> Result<SegmentLog, StoreError> {
    SegmentLog::open(Arc::new(disk.clone()), SEGMENT_BYTES, || Ok(0))
}

fn content(log: &SegmentLog) -> Model {
    let frames = log.scan(0).map(|item| item.unwrap());
    frames
        .map(|(_, frame)| (events_of(&frame), frame))
        .collect()
}

/// The number of events is the start of each frame of these tests.
fn events_of(frame: &[u8]) -> u64 {
    u64::from_le_bytes(frame[..8].try_into().unwrap())
}

fn frame(rng: &mut Pcg64, events: u64) -> Vec<u8> {
    let mut frame = events.to_le_bytes().to_vec();
    let len = rng.random_range(0..300);
    frame.extend((0..len).map(|_| rng.random::<u8>()));
    frame
}

/// One seed's log, and what must be in it.
struct Trial {
    rng: Pcg64,
    disk: SimulatedDisk,
    acknowledged: Model,
    /// Other contents that the log may have, of a change whose end is not known.
    possible: Vec<Model>,
    lied: bool,
}

impl Trial {
    fn new(seed: u64) -> Self {
        let disk = SimulatedDisk::new(seed);
        SegmentLog::create(&disk).unwrap();
        Self {
            rng: Pcg64::seed_from_u64(!seed),
            disk,
            acknowledged: Vec::new(),
            possible: Vec::new(),
            lied: false,
        }
    }

    fn arm(&mut self, faults: &[Fault]) {
        let fault = faults[self.rng.random_range(0..faults.len())];
        let operations = self.rng.random_range(0..12);
        self.disk.arm(operations, fault);
    }

    /// Appends a group of frames.
    fn append(&mut self, log: &SegmentLog) -> Result<(), StoreError> {
        let mut after = self.acknowledged.clone();
        for _ in 0..self.rng.random_range(1..5) {
            let events = after.last().map_or(0, |(events, _)| *events) + 2;
            after.push((events, frame(&mut self.rng, events)));
        }
        let fresh = self.acknowledged.len()..after.len();
        let write = || -> Result<(), StoreError> {
            for at in fresh.clone() {
                log.append(at as u64 + 1, after[at].0, &after[at].1)?;
            }
            log.flush()
        };
        match write() {
            Ok(()) => {
                self.acknowledged = after;
                self.possible.clear();
            }
            Err(error) => {
                let is_unwritten =
                    matches!(error, StoreError::Unwritten(_) | StoreError::Refused { .. });
                // Without their mark, whole frames stay until the next write takes them back.
                let text = error.to_string();
                if !is_unwritten || text.contains("the mark") || text.contains("no space") {
                    let ends = fresh.start + 1..=fresh.end;
                    self.possible.extend(ends.map(|end| after[..end].to_vec()));
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Replaces some frames, and adds one.
    fn rewrite(&mut self, log: &SegmentLog) -> Result<(), StoreError> {
        let mut after = self.acknowledged.clone();
        let mut rewrite = Box::new(log.begin_rewrite()?);
        for (at, kept) in after.iter_mut().enumerate() {
            if self.rng.random_bool(0.2) {
                kept.1 = frame(&mut self.rng, kept.0);
                rewrite.replace(at as u64 + 1, &kept.1)?;
            }
        }
        let events = after.last().map_or(0, |(events, _)| *events) + 1;
        after.push((events, frame(&mut self.rng, events)));
        rewrite.append(events, &after[after.len() - 1].1)?;
        if let Err(error) = rewrite.commit() {
            // Old files that could not be removed are a failure after the commit.
            self.possible.push(after);
            return Err(error);
        }
        self.acknowledged = after;
        self.possible.clear();
        Ok(())
    }

    /// Ends the process and opens the log again; it must hold what was acknowledged.
    fn reopen(&mut self, seed: u64) -> Option<SegmentLog> {
        let crash = if self.rng.random_bool(0.5) {
            Crash::Kill
        } else {
            Crash::PowerLoss
        };
        self.disk = self.disk.after(crash);
        if self.rng.random_bool(0.2) {
            // A start that fails changes nothing that another start needs.
            self.arm(&[
                Fault::Io,
                Fault::ShortRead,
                Fault::NoDescriptors,
                Fault::Off,
                Fault::Full,
            ]);
            drop(open(&self.disk));
            self.disk.disarm();
            self.disk = self.disk.after(Crash::Kill);
        }
        let image = self.disk.image();
        let log = match open(&self.disk) {
            Ok(log) => log,
            Err(error) => {
                assert!(self.lied, "seed {seed}: {error}");
                self.refused(seed, &error, &image);
                return None;
            }
        };
        let found = content(&log);
        let known = found == self.acknowledged || self.possible.contains(&found);
        assert!(known, "seed {seed}: {crash:?} lost or changed frames");
        self.acknowledged = found;
        self.possible.clear();
        Some(log)
    }

    /// A refusal names the place, and has changed nothing.
    fn refused(&self, seed: u64, error: &StoreError, before: &Image) {
        let text = error.to_string();
        let named = text.contains(".log") || text.contains("mark") || text.contains("simulated");
        assert!(named, "seed {seed}: {text}");
        assert!(
            *before == self.disk.image(),
            "seed {seed}: a refused start changed the disk: {text}"
        );
    }

    /// Some appends, rewrites, faults and crashes.
    fn live(&mut self, seed: u64) -> bool {
        let Some(mut log) = self.reopen(seed) else {
            return false;
        };
        for _ in 0..self.rng.random_range(1..16) {
            let armed = self.rng.random_bool(0.3);
            if armed {
                let may_lie = !self.lied && self.rng.random_bool(0.2);
                if may_lie {
                    self.arm(&[Fault::Lie]);
                } else {
                    self.arm(&[
                        Fault::Io,
                        Fault::Full,
                        Fault::FullCopy,
                        Fault::NoDescriptors,
                        Fault::Off,
                    ]);
                }
            }
            let done = if !self.acknowledged.is_empty() && self.rng.random_bool(0.15) {
                self.rewrite(&log)
            } else {
                self.append(&log)
            };
            let is_lie = self.disk.disarm() && armed && done.is_ok();
            self.lied |= is_lie;
            match done {
                Ok(()) if self.rng.random_bool(0.8) => {
                    let mut read = content(&log);
                    read.truncate(self.acknowledged.len());
                    assert_eq!(read, self.acknowledged, "seed {seed}");
                }
                // The log is as it was: it goes on.
                Err(StoreError::Unwritten(cause)) if !cause.to_string().contains("off") => {}
                _ => {
                    drop(log);
                    match self.reopen(seed) {
                        Some(reopened) => log = reopened,
                        None => return false,
                    }
                }
            }
        }
        true
    }

    /// Damages one place of what is on the disk.
    fn damage(&mut self) {
        self.disk = self.disk.after(Crash::Kill);
        let names: Vec<String> = self.disk.image().into_keys().collect();
        let name = &names[self.rng.random_range(0..names.len())];
        let rng = &mut self.rng;
        self.disk.damage(name, |bytes| {
            if bytes.is_empty() {
                return;
            }
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..4_u8) {
                0 => bytes[at] ^= 1 << rng.random_range(0..8_u8),
                1 => bytes.truncate(at),
                2 => {
                    let end = (at + 512).min(bytes.len());
                    bytes[at..end].fill(0);
                }
                _ => {
                    let garbage: [u8; 16] = rng.random();
                    let end = (at + 16).min(bytes.len());
                    bytes[at..end].copy_from_slice(&garbage[..end - at]);
                }
            }
        });
        if self.rng.random_bool(0.1) {
            self.disk.remove_name(name);
        }
    }
}

/// What a damaged log came to.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Whole,
    Refused,
}

fn trial(seed: u64) -> Fate {
    let mut trial = Trial::new(seed);
    if !trial.live(seed) || trial.reopen(seed).is_none() {
        return Fate::Refused;
    }
    trial.damage();
    let before = trial.disk.image();
    let fate = match open(&trial.disk) {
        Ok(log) => {
            assert_eq!(
                content(&log),
                trial.acknowledged,
                "seed {seed}: silent loss"
            );
            Fate::Whole
        }
        Err(error) => {
            trial.refused(seed, &error, &before);
            Fate::Refused
        }
    };
    if fate == Fate::Refused {
        let mut last = 0;
        salvage(&trial.disk, &mut |saved| {
            assert!(saved.sequence > last, "seed {seed}");
            last = saved.sequence;
            let kept = &trial.acknowledged[saved.sequence as usize - 1];
            assert_eq!(
                (saved.events, &saved.frame),
                (kept.0, &kept.1),
                "seed {seed}"
            );
            Ok(())
        })
        .unwrap();
    }
    fate
}

/// Seeds of the simulated disk: `LOG_SEEDS=100000` runs more of them.
fn seeds() -> u64 {
    std::env::var("LOG_SEEDS").map_or(2000, |seeds| seeds.parse().unwrap())
}

#[test]
fn acknowledged_frames_are_there_or_the_start_is_refused() {
    let mut refused = 0;
    for seed in 0..seeds() {
        refused += u64::from(trial(seed) == Fate::Refused);
    }
    println!("{} seeds, {refused} damaged logs refused", seeds());
    assert!(refused > seeds() / 4 && refused < seeds());
}

fn filled(frames: u64) -> SimulatedDisk {
    let disk = SimulatedDisk::new(1);
    SegmentLog::create(&disk).unwrap();
    let log = open(&disk).unwrap();
    for sequence in 1..=frames {
        log.append(sequence, sequence, &sequence.to_le_bytes().repeat(10))
            .unwrap();
        log.flush().unwrap();
    }
    disk
}

#[test]
fn error_names_file_record_offset_and_cause() {
    let disk = filled(9);
    let names = disk.image();
    let name = names.keys().next().unwrap();
    disk.damage(name, |bytes| bytes[64 + 2 * 148 + 100] ^= 1);
    let error = open(&disk).err().unwrap().to_string();
    for part in [
        name.as_str(),
        "record 3",
        "offset 360",
        "its checksum does not hold",
    ] {
        assert!(error.contains(part), "{error} lacks {part}");
    }
}

#[test]
fn scrub_meets_damage_behind_a_running_log_and_goes_on() {
    let disk = filled(30);
    let log = open(&disk).unwrap();
    let mut cursor = ScrubCursor::default();
    let whole = log.scrub(&mut cursor, u64::MAX).unwrap();
    assert!(whole.at_end && whole.bytes == 30 * 148);
    let first = disk.image().into_keys().next().unwrap();
    disk.damage(&first, |bytes| bytes[300] ^= 1);
    let mut results = Vec::new();
    for _ in 0..40 {
        results.push(log.scrub(&mut cursor, 148).map(|scrubbed| scrubbed.bytes));
    }
    assert_eq!(
        results.iter().filter(|one| one.is_err()).count(),
        2,
        "{results:?}"
    );
    assert!(log.read(30).unwrap().is_some());
    assert!(log.read(2).is_err());
}

#[test]
fn full_disk_leaves_the_log_open_for_the_same_frames() {
    let disk = filled(3);
    let log = open(&disk).unwrap();
    disk.arm(0, Fault::Full);
    log.append(4, 4, b"four").unwrap();
    let error = log.flush().err().unwrap();
    assert!(matches!(error, StoreError::Unwritten(_)), "{error}");
    log.append(4, 4, b"four").unwrap();
    log.flush().unwrap();
    assert_eq!(log.read(4).unwrap().unwrap(), b"four");
    disk.arm(0, Fault::Io);
    log.append(5, 5, b"five").unwrap();
    log.flush().unwrap_err();
}

#[test]
fn log_of_the_last_generation_refuses_a_rewrite() {
    let log = open(&filled(1)).unwrap();
    log.tail().unwrap().generation = u32::MAX;
    let refused = log.begin_rewrite().err();
    assert!(
        matches!(refused, Some(StoreError::Refused { .. })),
        "{refused:?}"
    );
}
