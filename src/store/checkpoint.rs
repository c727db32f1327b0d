//! Checkpoints as plain files: the log engine copes badly with rewritten values of this size.
//!
//! A file is a header (magic, version, sequence, chain hash of the log at that sequence), an lz4
//! frame, and a trailer (length of the frame, crc32 over frame, header and length). It is written
//! aside and renamed into place.
//!
//! The chain hash binds it to its log. A checkpoint of another log, or of this one before a rewrite,
//! is passed over, and so is one of version 1, which has no hash: it follows from the log anyway.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crc32fast::Hasher;
use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use tempfile::NamedTempFile;
use tracing::warn;

use super::log::ChainHash;
use super::{CheckpointWriter, LoadedCheckpoint, StoreError, layout::sync_dir};

const MAGIC: [u8; 4] = *b"GSCP";
const VERSION: u32 = 2;
/// The last version without a chain hash, and the length of its header.
const UNBOUND: u32 = 1;
const UNBOUND_HEADER_LEN: usize = 16;
const HEADER_LEN: usize = UNBOUND_HEADER_LEN + 32;
const TRAILER_LEN: usize = 12;
const PREFIX: &str = "checkpoint-";
const SUFFIX: &str = ".lz4";
/// The newest, and the one to fall back to should it turn out damaged.
const KEPT: usize = 2;
const BUFFER: usize = 256 * 1024;

fn header(sequence: u64, chain: &ChainHash) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
    bytes[8..16].copy_from_slice(&sequence.to_le_bytes());
    bytes[UNBOUND_HEADER_LEN..].copy_from_slice(chain);
    bytes
}

/// Counts and sums the compressed bytes on their way to the file.
struct Tally {
    file: BufWriter<NamedTempFile>,
    crc: Hasher,
    len: u64,
}

impl Write for Tally {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buf)?;
        self.crc.update(&buf[..written]);
        self.len += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A checkpoint file being written aside.
pub(super) struct FileCheckpoint {
    dir: PathBuf,
    sequence: u64,
    header: [u8; HEADER_LEN],
    encoder: FrameEncoder<Tally>,
}

impl FileCheckpoint {
    /// Begins the checkpoint of the state after a record, where the log has that chain hash.
    pub(super) fn begin(dir: &Path, sequence: u64, chain: &ChainHash) -> Result<Self, StoreError> {
        let header = header(sequence, chain);
        let start = || -> io::Result<Self> {
            let temp = tempfile::Builder::new()
                .prefix(PREFIX)
                .suffix(".tmp")
                .tempfile_in(dir)?;
            let mut file = BufWriter::with_capacity(BUFFER, temp);
            file.write_all(&header)?;
            let tally = Tally {
                file,
                crc: Hasher::new(),
                len: 0,
            };
            Ok(Self {
                dir: dir.to_path_buf(),
                sequence,
                header,
                encoder: FrameEncoder::new(tally),
            })
        };
        start().map_err(|e| StoreError::io("starting a checkpoint", e))
    }

    fn finish(self) -> io::Result<PathBuf> {
        let Tally {
            mut file,
            mut crc,
            len,
        } = self.encoder.finish().map_err(io::Error::from)?;
        crc.update(&self.header);
        crc.update(&len.to_le_bytes());
        file.write_all(&len.to_le_bytes())?;
        file.write_all(&crc.finalize().to_le_bytes())?;
        file.flush()?;
        let temp = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        temp.as_file().sync_all()?;
        temp.persist(path_of(&self.dir, self.sequence))
            .map_err(|e| e.error)?;
        sync_dir(&self.dir)?;
        Ok(self.dir)
    }
}

impl Write for FileCheckpoint {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.encoder.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()
    }
}

impl CheckpointWriter for FileCheckpoint {
    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let sequence = self.sequence;
        let dir = self
            .finish()
            .map_err(|e| StoreError::io(format!("committing checkpoint {sequence}"), e))?;
        // The checkpoint is committed: a failure to remove old ones is no failure of it.
        if let Err(error) = prune(&dir) {
            warn!(%error, "old checkpoints were not removed");
        }
        Ok(())
    }
}

fn path_of(dir: &Path, sequence: u64) -> PathBuf {
    dir.join(format!("{PREFIX}{sequence}{SUFFIX}"))
}

/// Sequences of the checkpoint files, newest first.
fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut sequences = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let sequence = name.to_str().and_then(|n| {
            n.strip_prefix(PREFIX)?
                .strip_suffix(SUFFIX)?
                .parse::<u64>()
                .ok()
        });
        sequences.extend(sequence);
    }
    sequences.sort_unstable_by(|a, b| b.cmp(a));
    Ok(sequences)
}

fn prune(dir: &Path) -> io::Result<()> {
    for sequence in list(dir)?.into_iter().skip(KEPT) {
        fs::remove_file(path_of(dir, sequence))?;
    }
    Ok(())
}

/// Removes every checkpoint.
pub(super) fn drop_all(dir: &Path) -> io::Result<()> {
    for sequence in list(dir)? {
        fs::remove_file(path_of(dir, sequence))?;
    }
    sync_dir(dir)
}

/// A checkpoint file whose checksum holds.
struct Whole {
    sequence: u64,
    /// None in a file of a version without.
    chain: Option<ChainHash>,
    /// The compressed frame.
    body: io::Take<BufReader<File>>,
}

/// The checkpoint files whose checksum holds, newest first, warning of the others.
fn whole(dir: &Path) -> Result<impl Iterator<Item = Whole>, StoreError> {
    let sequences = list(dir).map_err(|e| StoreError::io("listing checkpoints", e))?;
    let whole = sequences.into_iter().filter_map(|sequence| {
        let path = path_of(dir, sequence);
        let checked = verify(&path, sequence);
        // It follows from the log: whatever is wrong with it costs only time.
        let warned = checked.inspect_err(|error| {
            warn!(path = %path.display(), %error, "passing over a checkpoint that cannot be read");
        });
        warned.ok()
    });
    Ok(whole)
}

/// The highest record that a checkpoint whose checksum holds covers; 0 without one.
pub(super) fn covered(dir: &Path) -> Result<u64, StoreError> {
    Ok(whole(dir)?.next().map_or(0, |newest| newest.sequence))
}

/// Opens the newest checkpoint of the log that has these chain hashes, warning of those it passes
/// over. One that covers a record which the log does not have is opened too: the caller has to see it.
pub(super) fn load(
    dir: &Path,
    chain_at: impl Fn(u64) -> Result<Option<ChainHash>, StoreError>,
) -> Result<Option<LoadedCheckpoint>, StoreError> {
    for checkpoint in whole(dir)? {
        let sequence = checkpoint.sequence;
        let reason = match (checkpoint.chain, chain_at(sequence)?) {
            (Some(bound), Some(chain)) if bound != chain => {
                "it is of another log, or of this one before a rewrite"
            }
            (None, Some(_)) => "it is of an earlier release, and does not say of which log",
            (Some(_), Some(_)) | (_, None) => {
                let state = Box::new(FrameDecoder::new(checkpoint.body));
                return Ok(Some((sequence, state)));
            }
        };
        warn!(path = %path_of(dir, sequence).display(), reason, "passing over a checkpoint");
    }
    Ok(None)
}

/// Checks the whole file, then hands back a reader of the compressed frame.
fn verify(path: &Path, sequence: u64) -> Result<Whole, StoreError> {
    let name = path.display().to_string();
    let failed = |e: io::Error| match e.kind() {
        io::ErrorKind::UnexpectedEof => StoreError::corrupt(&name, "it is cut short"),
        _ => StoreError::io(format!("reading {name}"), e),
    };
    let file = File::open(path).map_err(failed)?;
    let total = file.metadata().map_err(failed)?.len();
    let mut reader = BufReader::with_capacity(BUFFER, file);
    let mut head = vec![0; UNBOUND_HEADER_LEN];
    reader.read_exact(&mut head).map_err(failed)?;
    if head[..4] != MAGIC {
        return Err(StoreError::corrupt(&name, "it is not a checkpoint"));
    }
    let version = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let mut chain = None;
    if version > UNBOUND {
        let mut bound: ChainHash = [0; 32];
        reader.read_exact(&mut bound).map_err(failed)?;
        head.extend(bound);
        chain = Some(bound);
    }
    let Some(len) = total.checked_sub((head.len() + TRAILER_LEN) as u64) else {
        return Err(StoreError::corrupt(&name, "it is cut short"));
    };
    let mut crc = Hasher::new();
    sum(&mut reader, len, &mut crc).map_err(failed)?;
    let mut trailer = [0; TRAILER_LEN];
    reader.read_exact(&mut trailer).map_err(failed)?;
    crc.update(&head);
    crc.update(&trailer[..8]);
    if trailer[..8] != len.to_le_bytes() || trailer[8..] != crc.finalize().to_le_bytes() {
        return Err(StoreError::corrupt(&name, "its checksum does not hold"));
    }
    if version > VERSION {
        return Err(StoreError::Newer {
            found: version,
            supported: VERSION,
        });
    }
    if head[8..UNBOUND_HEADER_LEN] != sequence.to_le_bytes() {
        return Err(StoreError::corrupt(
            &name,
            "it names another sequence inside",
        ));
    }
    reader
        .seek(SeekFrom::Start(head.len() as u64))
        .map_err(failed)?;
    Ok(Whole {
        sequence,
        chain,
        body: reader.take(len),
    })
}

fn sum(reader: &mut impl Read, len: u64, crc: &mut Hasher) -> io::Result<()> {
    let mut left = len;
    let mut buffer = vec![0; BUFFER];
    while left > 0 {
        let want = left.min(BUFFER as u64) as usize;
        reader.read_exact(&mut buffer[..want])?;
        crc.update(&buffer[..want]);
        left -= want as u64;
    }
    Ok(())
}
