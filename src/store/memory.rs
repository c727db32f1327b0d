//! A store that lives as long as the process: for trials and tests.

use std::{
    collections::BTreeMap,
    io::{self, Cursor, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::rows::{MemoryRows, Rows};
use super::{
    CheckpointWriter, LoadedCheckpoint, LogEnd, LogRewrite, ScrubCursor, Scrubbed, SequencedFrame,
    Store, StoreError,
};

/// Frames a scan takes at a time, so that it does not hold the store while it is consumed.
const SCAN_CHUNK: usize = 64;

/// A frame, and the events up to and with it.
type Kept = (u64, Vec<u8>);

#[derive(Default)]
struct Inner {
    log: BTreeMap<u64, Kept>,
    notes: BTreeMap<String, Vec<u8>>,
    checkpoint: Option<(u64, Arc<[u8]>)>,
}

/// Keeps everything in memory; clones share the same data.
#[derive(Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
    history: Arc<MemoryRows>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loses a frame, as damage would.
    #[cfg(test)]
    pub(crate) fn lose(&self, sequence: u64) {
        self.inner().log.remove(&sequence);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is one map operation: a panic elsewhere leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chunk(&self, from: u64) -> Vec<SequencedFrame> {
        let inner = self.inner();
        inner
            .log
            .range(from..)
            .take(SCAN_CHUNK)
            .map(|(sequence, (_, frame))| (*sequence, frame.clone()))
            .collect()
    }
}

impl Inner {
    fn end(&self) -> LogEnd {
        let last = self.log.last_key_value();
        last.map_or_else(LogEnd::default, |(sequence, (events, _))| LogEnd {
            sequence: *sequence,
            events: *events,
        })
    }

    fn append(&mut self, sequence: u64, events: u64, frame: &[u8]) -> Result<(), StoreError> {
        let expected = self.end().sequence + 1;
        if sequence != expected {
            return Err(StoreError::Refused {
                detail: format!("sequence {sequence} does not follow, {expected} does"),
            });
        }
        self.log.insert(sequence, (events, frame.to_vec()));
        Ok(())
    }
}

impl Store for MemoryStore {
    fn append(&self, sequence: u64, events: u64, frame: &[u8]) -> Result<(), StoreError> {
        self.inner().append(sequence, events, frame)
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn log_end(&self) -> Result<LogEnd, StoreError> {
        Ok(self.inner().end())
    }

    fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let inner = self.inner();
        Ok(inner.log.get(&sequence).map(|(_, frame)| frame.clone()))
    }

    fn scan(&self, from: u64) -> Box<dyn Iterator<Item = Result<SequencedFrame, StoreError>> + '_> {
        let mut next = Some(from);
        let mut ready = Vec::new().into_iter();
        Box::new(std::iter::from_fn(move || {
            if ready.len() == 0 {
                ready = self.chunk(next?).into_iter();
            }
            let (sequence, frame) = ready.next()?;
            next = sequence.checked_add(1);
            Some(Ok((sequence, frame)))
        }))
    }

    fn begin_rewrite(&self) -> Result<Box<dyn LogRewrite + '_>, StoreError> {
        Ok(Box::new(MemoryRewrite {
            store: self,
            log: self.inner().log.clone(),
        }))
    }

    fn scrub(&self, _: &mut ScrubCursor, _: u64) -> Result<Scrubbed, StoreError> {
        Ok(Scrubbed {
            bytes: 0,
            at_end: true,
        })
    }

    fn begin_checkpoint(&self, sequence: u64) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        Ok(Box::new(MemoryCheckpoint {
            store: self.clone(),
            sequence,
            bytes: Vec::new(),
        }))
    }

    fn load_checkpoint(&self) -> Result<Option<LoadedCheckpoint>, StoreError> {
        let newest = self.inner().checkpoint.clone();
        Ok(newest.map(|(sequence, bytes)| (sequence, Box::new(Cursor::new(bytes)) as Box<_>)))
    }

    fn drop_checkpoints(&self) -> Result<(), StoreError> {
        self.inner().checkpoint = None;
        Ok(())
    }

    fn history(&self) -> &dyn Rows {
        self.history.as_ref()
    }

    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.inner().notes.get(name).cloned())
    }

    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        let mut inner = self.inner();
        match value {
            Some(value) => inner.notes.insert(name.to_owned(), value.to_vec()),
            None => inner.notes.remove(name),
        };
        Ok(())
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        let inner = self.inner();
        let log: usize = inner.log.values().map(|(_, frame)| frame.len()).sum();
        let checkpoint = inner
            .checkpoint
            .as_ref()
            .map_or(0, |(_, bytes)| bytes.len());
        Ok((log + self.history.size_bytes() + checkpoint) as u64)
    }
}

struct MemoryRewrite<'a> {
    store: &'a MemoryStore,
    log: BTreeMap<u64, Kept>,
}

impl LogRewrite for MemoryRewrite<'_> {
    fn replace(&mut self, sequence: u64, frame: &[u8]) -> Result<(), StoreError> {
        let Some((_, existing)) = self.log.get_mut(&sequence) else {
            return Err(StoreError::Refused {
                detail: format!("there is no sequence {sequence} to replace"),
            });
        };
        *existing = frame.to_vec();
        Ok(())
    }

    fn append(&mut self, events: u64, frame: &[u8]) -> Result<(), StoreError> {
        let last = self
            .log
            .last_key_value()
            .map_or(0, |(sequence, _)| *sequence);
        self.log.insert(last + 1, (events, frame.to_vec()));
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.store.inner().log = self.log;
        Ok(())
    }
}

struct MemoryCheckpoint {
    store: MemoryStore,
    sequence: u64,
    bytes: Vec<u8>,
}

impl Write for MemoryCheckpoint {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.bytes.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl CheckpointWriter for MemoryCheckpoint {
    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let sequence = self.sequence;
        let mut inner = self.store.inner();
        if inner
            .checkpoint
            .as_ref()
            .is_none_or(|(newest, _)| *newest <= sequence)
        {
            inner.checkpoint = Some((sequence, self.bytes.into()));
        }
        Ok(())
    }
}
