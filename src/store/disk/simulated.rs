//! A simulated disk: it loses power, writes halves and in any order, lies about syncs, fails, and
//! is damaged, all by a seed.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;

use super::{Disk, DiskFile};

const SECTOR: usize = 512;

/// What happens at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Reads, writes or syncs fail with EIO.
    Io,
    /// Writes that extend a file fail half way.
    Full,
    /// A write fails half way for lack of space, also over bytes that are there: the file system
    /// copies on write.
    FullCopy,
    /// A read says that the file ends early.
    ShortRead,
    /// No file can be opened or created.
    NoDescriptors,
    /// A sync says that it succeeded and does nothing.
    Lie,
    /// Nothing succeeds any more: the machine or the process is gone.
    Off,
}

/// The end of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// What was written stays, synced or not.
    Kill,
    /// What was not synced stays in parts, or not at all.
    PowerLoss,
}

#[derive(Clone, Default)]
struct Content {
    /// As a reader sees it.
    seen: Vec<u8>,
    /// As it is after a power loss, at least.
    durable: Vec<u8>,
    /// Sectors written since the last sync.
    dirty: Vec<usize>,
    /// Sectors whose sync was a lie: they never become durable.
    lost: Vec<usize>,
}

#[derive(Clone)]
struct World {
    rng: Pcg64,
    files: BTreeMap<u64, Content>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    next_file: u64,
    /// Operations until the fault, and the fault; one that is due stays `Off` only.
    fault: Option<(usize, Fault)>,
    happened: bool,
}

/// Clones share one disk.
#[derive(Clone)]
pub(in crate::store) struct SimulatedDisk(Arc<Mutex<World>>);

/// Everything that is on a disk, to compare.
pub(in crate::store) type Image = BTreeMap<String, Vec<u8>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
    Sync,
    Open,
    Other,
}

impl SimulatedDisk {
    pub(in crate::store) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(World {
            rng: Pcg64::seed_from_u64(seed),
            files: BTreeMap::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            next_file: 0,
            fault: None,
            happened: false,
        })))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Lets a fault happen at the first operation it can befall, after so many.
    pub(in crate::store) fn arm(&self, operations: usize, fault: Fault) {
        let mut world = self.world();
        world.fault = Some((operations, fault));
        world.happened = false;
    }

    /// Takes the fault back; returns whether it has happened.
    pub(in crate::store) fn disarm(&self) -> bool {
        let mut world = self.world();
        world.fault = None;
        world.happened
    }

    /// The disk that the next process finds. Handles of this one see another disk.
    pub(in crate::store) fn after(&self, crash: Crash) -> Self {
        let mut world = self.world().clone();
        world.fault = None;
        if crash == Crash::PowerLoss {
            world.lose_power();
        }
        world.durable_names = world.names.clone();
        for content in world.files.values_mut() {
            content.durable.clone_from(&content.seen);
            content.dirty.clear();
            content.lost.clear();
        }
        Self(Arc::new(Mutex::new(world)))
    }

    pub(in crate::store) fn image(&self) -> Image {
        let world = self.world();
        let content = |id| world.files[id].seen.clone();
        let names = world.names.iter();
        names
            .map(|(name, id)| (name.clone(), content(id)))
            .collect()
    }

    /// Takes a file away.
    pub(in crate::store) fn remove_name(&self, name: &str) {
        let mut world = self.world();
        world.names.remove(name);
        world.durable_names.remove(name);
    }

    /// Changes the bytes of a file.
    pub(in crate::store) fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut world = self.world();
        let id = world.names[name];
        let content = world.files.get_mut(&id).unwrap();
        change(&mut content.seen);
        content.durable = content.seen.clone();
    }
}

impl World {
    /// Lets the fault happen where it is due; says which.
    fn befall(&mut self, operation: Operation) -> Option<Fault> {
        let (left, fault) = self.fault?;
        let fits = match fault {
            Fault::Io => matches!(
                operation,
                Operation::Read | Operation::Write | Operation::Sync | Operation::Other
            ),
            Fault::Full | Fault::FullCopy => operation == Operation::Write,
            Fault::ShortRead => operation == Operation::Read,
            Fault::NoDescriptors => operation == Operation::Open,
            Fault::Lie => operation == Operation::Sync,
            Fault::Off => true,
        };
        if !fits {
            return None;
        }
        if left > 0 {
            self.fault = Some((left - 1, fault));
            return None;
        }
        self.happened = true;
        if fault != Fault::Off {
            self.fault = None;
        }
        Some(fault)
    }

    fn check(&mut self, operation: Operation) -> io::Result<Option<Fault>> {
        let error = match self.befall(operation) {
            None => return Ok(None),
            Some(fault @ (Fault::Full | Fault::FullCopy | Fault::Lie | Fault::ShortRead)) => {
                return Ok(Some(fault));
            }
            Some(Fault::Io) => io::Error::from_raw_os_error(5),
            Some(Fault::NoDescriptors) => io::Error::from_raw_os_error(24),
            Some(Fault::Off) => io::Error::other("the machine is off"),
        };
        Err(error)
    }

    fn lose_power(&mut self) {
        let Self {
            rng,
            files,
            names,
            durable_names,
            ..
        } = self;
        for content in files.values_mut() {
            // Unsynced growth may have reached the disk, or not, or only the length.
            let mut left = content.durable.clone();
            if !content.dirty.is_empty() {
                let (one, other) = (content.durable.len(), content.seen.len());
                left.resize(rng.random_range(one.min(other)..=one.max(other)), 0);
            }
            for sector in &content.dirty {
                let lost = content.lost.contains(sector);
                let range = sector * SECTOR..((sector + 1) * SECTOR).min(content.seen.len());
                if lost || range.start >= range.end || rng.random_bool(0.5) {
                    continue;
                }
                if left.len() < range.end {
                    left.resize(range.end, 0);
                }
                left[range.clone()].copy_from_slice(&content.seen[range]);
            }
            content.seen = left;
        }
        // Names that were not synced come and go as they like.
        let mut kept = durable_names.clone();
        for (name, id) in names.iter() {
            if kept.get(name) != Some(id) && rng.random_bool(0.5) {
                kept.insert(name.clone(), *id);
            }
        }
        for name in durable_names.keys() {
            if !names.contains_key(name) && rng.random_bool(0.5) {
                kept.remove(name);
            }
        }
        *names = kept;
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    id: u64,
}

impl Disk for SimulatedDisk {
    fn path(&self) -> &Path {
        Path::new("simulated")
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut world = self.world();
        world.check(Operation::Other)?;
        Ok(world.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut world = self.world();
        world.check(Operation::Open)?;
        let id = *world.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        let disk = self.clone();
        Ok(Arc::new(SimulatedFile { disk, id }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut world = self.world();
        world.check(Operation::Open)?;
        if world.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        world.next_file += 1;
        let id = world.next_file;
        world.files.insert(id, Content::default());
        world.names.insert(name.to_owned(), id);
        let disk = self.clone();
        Ok(Arc::new(SimulatedFile { disk, id }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.world();
        world.check(Operation::Other)?;
        let removed = world.names.remove(name);
        removed
            .map(|_| ())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.world();
        if world.check(Operation::Sync)? != Some(Fault::Lie) {
            world.durable_names = world.names.clone();
        }
        Ok(())
    }
}

impl SimulatedFile {
    fn with<T>(&self, work: impl FnOnce(&mut Content) -> T) -> T {
        let mut world = self.disk.world();
        work(world.files.get_mut(&self.id).unwrap())
    }
}

impl DiskFile for SimulatedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let fault = self.disk.world().check(Operation::Read)?;
        let short = fault == Some(Fault::ShortRead);
        Ok(self.with(|content| {
            let rest = content.seen.get(offset as usize..).unwrap_or_default();
            let whole = rest.len().min(buffer.len());
            let len = if short { whole / 2 } else { whole };
            buffer[..len].copy_from_slice(&rest[..len]);
            len
        }))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let fault = self.disk.world().check(Operation::Write)?;
        let offset = offset as usize;
        let grows = self.with(|content| content.seen.len() < offset + bytes.len());
        let full = fault == Some(Fault::FullCopy) || grows && fault == Some(Fault::Full);
        let bytes = if full {
            &bytes[..bytes.len() / 2]
        } else {
            bytes
        };
        self.with(|content| {
            let end = offset + bytes.len();
            if content.seen.len() < end {
                content.seen.resize(end, 0);
            }
            content.seen[offset..end].copy_from_slice(bytes);
            content.dirty.extend(offset / SECTOR..end.div_ceil(SECTOR));
        });
        if full {
            return Err(io::Error::from_raw_os_error(28));
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.world().check(Operation::Write)?;
        self.with(|content| {
            content.seen.resize(len as usize, 0);
            content.dirty.push(len as usize / SECTOR);
        });
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.disk.world().check(Operation::Other)?;
        Ok(self.with(|content| content.seen.len() as u64))
    }

    fn sync(&self) -> io::Result<()> {
        let fault = self.disk.world().check(Operation::Sync)?;
        self.with(|content| {
            let dirty = std::mem::take(&mut content.dirty);
            if fault == Some(Fault::Lie) {
                // Kept as dirty and lost: after a power loss they are not there.
                content.lost.extend(&dirty);
                content.dirty = dirty;
                return;
            }
            content.durable.clone_from(&content.seen);
            let kept: Vec<usize> = content.lost.clone();
            content.dirty = kept;
            // A lie stays one: what it covered is not made durable by a later sync.
            for sector in &content.lost {
                let start = (sector * SECTOR).min(content.durable.len());
                let end = ((sector + 1) * SECTOR).min(content.durable.len());
                content.durable[start..end].fill(0);
            }
        });
        Ok(())
    }

    fn forget_cached(&self, _: u64, _: u64) {}
}
