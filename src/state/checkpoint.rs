//! Writes a state and reads it back, block by block, so that neither takes more memory than a block
//! beside the state itself.
//!
//! The encoding is `postcard`'s of the rows as they are. It is no exchange format: a checkpoint of
//! another layout is refused, and the log replayed instead.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::baseline::Touched;
use super::brand::Trade;
use super::buckets::Buckets;
use super::{Baselines, Changes, Directories, Directory, Names, State};
use crate::domain::Time;
use crate::threads::parallel::both;

/// Raised whenever a row changes; a test watches over it.
const LAYOUT: u32 = 10;
/// A block is closed once it holds this much.
const BLOCK_BYTES: usize = 1 << 20;
/// No block is larger, but for a row that is itself: what says so is damaged.
const BLOCK_MAX: usize = 256 << 20;
/// Blocks that are unpacked and wait to be read.
const BLOCKS_AHEAD: usize = 16;

/// Why a checkpoint cannot be used. The log still can.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It was written by another version.
    #[error("it has layout {found}, this build reads {LAYOUT}")]
    Layout {
        /// The layout found.
        found: u32,
    },
    /// The bytes are no state.
    #[error("it cannot be read: {0}")]
    Malformed(String),
}

impl From<postcard::Error> for CheckpointError {
    fn from(error: postcard::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

type Done<T> = Result<T, CheckpointError>;

/// Writes blocks.
pub(super) struct Sink<'a> {
    into: &'a mut dyn Write,
    block: Vec<u8>,
}

impl Sink<'_> {
    fn put<T: Serialize>(&mut self, value: &T) -> Done<()> {
        self.block = postcard::to_extend(value, std::mem::take(&mut self.block))?;
        if self.block.len() >= BLOCK_BYTES {
            self.close()?;
        }
        Ok(())
    }

    /// A value after which nothing else belongs to its block.
    fn put_last<T: Serialize>(&mut self, value: &T) -> Done<()> {
        self.put(value)?;
        self.close()
    }

    /// Many values, led by how many there are.
    pub(super) fn put_all<T: Serialize>(
        &mut self,
        count: usize,
        values: impl Iterator<Item = T>,
    ) -> Done<()> {
        self.put_last(&(count as u64))?;
        for value in values {
            self.put(&value)?;
        }
        self.close()
    }

    fn close(&mut self) -> Done<()> {
        if !self.block.is_empty() {
            let length = u32::try_from(self.block.len())
                .map_err(|_| CheckpointError::Malformed("a row is too large".to_owned()))?;
            self.into.write_all(&length.to_le_bytes())?;
            self.into.write_all(&self.block)?;
            self.block.clear();
        }
        Ok(())
    }
}

/// Reads blocks that another thread unpacks.
pub(super) struct Source {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    read: usize,
}

impl Source {
    pub(super) fn take<T: DeserializeOwned>(&mut self) -> Done<T> {
        if self.read == self.block.len() {
            let next = self.blocks.recv();
            self.block =
                next.map_err(|_| CheckpointError::Malformed("it ends too early".to_owned()))??;
            self.read = 0;
        }
        let rest = self.block.get(self.read..).unwrap_or_default();
        let (value, rest) = postcard::take_from_bytes(rest)?;
        self.read = self.block.len() - rest.len();
        Ok(value)
    }

    /// Reads the values that [`Sink::put_all`] wrote.
    pub(super) fn take_all<T: DeserializeOwned>(&mut self, mut each: impl FnMut(T)) -> Done<()> {
        let count: u64 = self.take()?;
        for _ in 0..count {
            each(self.take()?);
        }
        Ok(())
    }
}

fn unpack(mut from: impl Read, blocks: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut length = [0; 4];
        let block = match from.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return,
            Err(error) => Err(error),
            Ok(()) => read_block(&mut from, u32::from_le_bytes(length) as usize),
        };
        let failed = block.is_err();
        if blocks.send(block).is_err() || failed {
            return;
        }
    }
}

fn read_block(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    if length > BLOCK_MAX {
        let message = format!("a block of {length} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let mut block = vec![0; length];
    from.read_exact(&mut block)?;
    Ok(block)
}

impl State {
    /// Writes the state down, and `beside` with it.
    pub fn write<T: Serialize>(&self, beside: &T, into: &mut dyn Write) -> Done<()> {
        let mut sink = Sink {
            into,
            block: Vec::new(),
        };
        sink.put_last(&LAYOUT)?;
        self.write_rows(&mut sink)?;
        self.write_directories(&mut sink)?;
        sink.put_last(beside)
    }

    fn write_rows(&self, sink: &mut Sink<'_>) -> Done<()> {
        let Self {
            names,
            marketplaces,
            groups,
            sellers,
            listings,
            reviewers,
            reviews,
            // Made anew from the reviews.
            buckets: _,
            orders,
            snapshots,
            brand_signals,
            verdicts,
            trade,
            directories: _,
            baselines,
            // Empty between events.
            touched: _,
            // Of the newest event only.
            changes: _,
            copies,
            positive,
            event_count,
            watermark,
        } = self;
        sink.put_last(&(event_count, positive, copies, watermark.map(Time::seconds)))?;
        sink.put_all(names.pages().count(), names.pages())?;
        marketplaces.write(sink)?;
        groups.write(sink)?;
        sellers.write(sink)?;
        listings.write(sink)?;
        reviewers.write(sink)?;
        reviews.write(sink)?;
        orders.write(sink)?;
        snapshots.write(sink)?;
        brand_signals.write(sink)?;
        verdicts.write(sink)?;
        trade.write(sink)?;
        baselines.write(sink)
    }

    /// The directories may be ahead of this snapshot: rows that it does not have are left out.
    fn write_directories(&self, sink: &mut Sink<'_>) -> Done<()> {
        let Directories {
            marketplaces,
            groups,
            sellers,
            listings,
            reviewers,
            reviews,
            bands: _,
            orders,
            snapshots,
            brand_signals,
            verdicts,
            verdict_subjects,
            buyers,
            words,
            // Made anew from the reviews, too.
            acts: _,
        } = self.directories.as_ref();
        marketplaces.write(self.marketplaces.len(), sink)?;
        groups.write(self.groups.len(), sink)?;
        sellers.write(self.sellers.len(), sink)?;
        listings.write(self.listings.len(), sink)?;
        reviewers.write(self.reviewers.len(), sink)?;
        reviews.write(self.reviews.len(), sink)?;
        orders.write(self.orders.len(), sink)?;
        snapshots.write(self.snapshots.len(), sink)?;
        brand_signals.write(self.brand_signals.len(), sink)?;
        verdicts.write(self.verdicts.len(), sink)?;
        verdict_subjects.write(self.verdicts.len(), sink)?;
        buyers.write(self.trade.buyers.len(), sink)?;
        words.write(self.trade.words.len(), sink)
    }

    /// Reads what [`State::write`] wrote. Unpacking and reading run side by side.
    pub fn read<T: DeserializeOwned>(from: impl Read + Send) -> Done<(Self, T)> {
        let (sender, blocks) = sync_channel(BLOCKS_AHEAD);
        thread::scope(|scope| {
            thread::Builder::new().spawn_scoped(scope, move || unpack(from, &sender))?;
            let mut source = Source {
                blocks,
                block: Vec::new(),
                read: 0,
            };
            let found: u32 = source.take()?;
            if found != LAYOUT {
                return Err(CheckpointError::Layout { found });
            }
            let state = Self::read_parts(&mut source)?;
            Ok((state, source.take()?))
        })
    }

    fn read_parts(source: &mut Source) -> Done<Self> {
        let (event_count, positive, copies, seconds): (u64, u64, u64, Option<u32>) =
            source.take()?;
        let mut pages = Vec::new();
        source.take_all(|page: Vec<u8>| pages.push(page))?;
        let too_large = || CheckpointError::Malformed("a page of names is too large".to_owned());
        // Fields are read in the order in which they are written.
        let mut state = Self {
            names: Names::from_pages(pages).ok_or_else(too_large)?,
            marketplaces: source.column()?,
            groups: source.column()?,
            sellers: source.column()?,
            listings: source.column()?,
            reviewers: source.column()?,
            reviews: source.column()?,
            buckets: Buckets::default(),
            orders: source.column()?,
            snapshots: source.column()?,
            brand_signals: source.column()?,
            verdicts: source.column()?,
            trade: Trade::read(source)?,
            directories: Arc::default(),
            baselines: Baselines::read(source)?,
            touched: Touched::default(),
            changes: Changes::default(),
            copies,
            positive,
            event_count,
            watermark: seconds.map(Time::from_seconds),
        };
        let (directories, made_anew) = both(
            || Directories::read(source),
            || (Buckets::restore(&state.reviews), state.acts_of_all()),
        );
        let unfit = || CheckpointError::Malformed("its reviews do not fit".to_owned());
        let (restored, acts) = made_anew.map_err(|_| unfit())?;
        let (buckets, bands) = restored.map_err(|_| unfit())?;
        state.buckets = buckets;
        state.directories = Arc::new(Directories {
            bands,
            acts,
            ..directories?
        });
        Ok(state)
    }
}

impl Directories {
    /// All but the buckets, which are made anew from the reviews.
    fn read(source: &mut Source) -> Done<Self> {
        Ok(Self {
            marketplaces: Directory::read(source)?,
            groups: Directory::read(source)?,
            sellers: Directory::read(source)?,
            listings: Directory::read(source)?,
            reviewers: Directory::read(source)?,
            reviews: Directory::read(source)?,
            bands: Directory::default(),
            orders: Directory::read(source)?,
            snapshots: Directory::read(source)?,
            brand_signals: Directory::read(source)?,
            verdicts: Directory::read(source)?,
            verdict_subjects: Directory::read(source)?,
            buyers: Directory::read(source)?,
            words: Directory::read(source)?,
            acts: Directory::default(),
        })
    }
}

#[cfg(test)]
mod tests;
