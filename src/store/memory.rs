//! A store that lives as long as the process: for trials and tests.

use std::{
    collections::BTreeMap,
    io::{self, Cursor, Write},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{CheckpointWriter, LoadedCheckpoint, Row, SequencedFrame, Store, StoreError};

/// Frames a scan takes at a time, so that it does not hold the store while it is consumed.
const SCAN_CHUNK: usize = 64;

#[derive(Default)]
struct Inner {
    log: BTreeMap<u64, Vec<u8>>,
    history: BTreeMap<Vec<u8>, Vec<u8>>,
    notes: BTreeMap<String, Vec<u8>>,
    checkpoint: Option<(u64, Arc<[u8]>)>,
}

/// Keeps everything in memory; clones share the same data.
#[derive(Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
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
            .map(|(s, f)| (*s, f.clone()))
            .collect()
    }
}

impl Store for MemoryStore {
    fn append(&self, sequence: u64, frame: &[u8]) -> Result<(), StoreError> {
        let mut inner = self.inner();
        if inner.log.contains_key(&sequence) {
            return Err(StoreError::Refused {
                detail: format!("sequence {sequence} is taken"),
            });
        }
        inner.log.insert(sequence, frame.to_vec());
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn last_sequence(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.inner().log.last_key_value().map(|(s, _)| *s))
    }

    fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.inner().log.get(&sequence).cloned())
    }

    fn remove(&self, sequence: u64) -> Result<(), StoreError> {
        self.inner().log.remove(&sequence);
        Ok(())
    }

    fn replace(&self, sequence: u64, frame: &[u8]) -> Result<(), StoreError> {
        match self.inner().log.get_mut(&sequence) {
            Some(existing) => *existing = frame.to_vec(),
            None => {
                return Err(StoreError::Refused {
                    detail: format!("there is no sequence {sequence} to replace"),
                });
            }
        }
        Ok(())
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

    fn begin_checkpoint(&self) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        Ok(Box::new(MemoryCheckpoint {
            store: self.clone(),
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

    fn put_history(&self, rows: &[Row]) -> Result<(), StoreError> {
        self.inner().history.extend(rows.iter().cloned());
        Ok(())
    }

    fn scan_history(
        &self,
        prefix: &[u8],
        from_key: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let start = prefix.max(from_key);
        let inner = self.inner();
        let rows = inner
            .history
            .range::<[u8], _>((Bound::Included(start), Bound::Unbounded));
        Ok(rows
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn clear_history(&self) -> Result<(), StoreError> {
        self.inner().history.clear();
        Ok(())
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
        let log: usize = inner.log.values().map(Vec::len).sum();
        let history: usize = inner.history.iter().map(|(k, v)| k.len() + v.len()).sum();
        let checkpoint = inner
            .checkpoint
            .as_ref()
            .map_or(0, |(_, bytes)| bytes.len());
        Ok((log + history + checkpoint) as u64)
    }
}

struct MemoryCheckpoint {
    store: MemoryStore,
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
    fn commit(self: Box<Self>, sequence: u64) -> Result<(), StoreError> {
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
