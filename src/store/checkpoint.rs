//! Checkpoints as plain files: the log engine copes badly with rewritten values of this size.
//!
//! A file is a header (magic, version, sequence), an lz4 frame, and a trailer (length of the
//! frame, crc32 over frame, header and length). It is written aside and renamed into place.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crc32fast::Hasher;
use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use tempfile::NamedTempFile;
use tracing::warn;

use super::{CheckpointWriter, LoadedCheckpoint, StoreError, layout::sync_dir};

const MAGIC: [u8; 4] = *b"GSCP";
const VERSION: u32 = 1;
const HEADER_LEN: usize = 16;
const TRAILER_LEN: usize = 12;
const PREFIX: &str = "checkpoint-";
const SUFFIX: &str = ".lz4";
/// The newest, and the one to fall back to should it turn out damaged.
const KEPT: usize = 2;
const BUFFER: usize = 256 * 1024;

fn header(sequence: u64) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
    bytes[8..].copy_from_slice(&sequence.to_le_bytes());
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
    encoder: FrameEncoder<Tally>,
}

impl FileCheckpoint {
    pub(super) fn begin(dir: &Path) -> Result<Self, StoreError> {
        let start = || -> io::Result<Self> {
            let temp = tempfile::Builder::new()
                .prefix(PREFIX)
                .suffix(".tmp")
                .tempfile_in(dir)?;
            let mut file = BufWriter::with_capacity(BUFFER, temp);
            // The sequence is known only at commit: reserve its bytes.
            file.write_all(&header(0))?;
            let tally = Tally {
                file,
                crc: Hasher::new(),
                len: 0,
            };
            Ok(Self {
                dir: dir.to_path_buf(),
                encoder: FrameEncoder::new(tally),
            })
        };
        start().map_err(|e| StoreError::io("starting a checkpoint", e))
    }

    fn finish(self, sequence: u64) -> io::Result<PathBuf> {
        let Tally {
            mut file,
            mut crc,
            len,
        } = self.encoder.finish().map_err(io::Error::from)?;
        let header = header(sequence);
        crc.update(&header);
        crc.update(&len.to_le_bytes());
        file.write_all(&len.to_le_bytes())?;
        file.write_all(&crc.finalize().to_le_bytes())?;
        file.flush()?;
        let mut temp = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        temp.as_file_mut().seek(SeekFrom::Start(0))?;
        temp.as_file_mut().write_all(&header)?;
        temp.as_file().sync_all()?;
        temp.persist(path_of(&self.dir, sequence))
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
    fn commit(self: Box<Self>, sequence: u64) -> Result<(), StoreError> {
        let dir = self
            .finish(sequence)
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

/// Opens the newest checkpoint whose checksum holds, warning of those it passes over.
pub(super) fn load(dir: &Path) -> Result<Option<LoadedCheckpoint>, StoreError> {
    for sequence in list(dir).map_err(|e| StoreError::io("listing checkpoints", e))? {
        let path = path_of(dir, sequence);
        match verify(&path, sequence) {
            Ok(body) => return Ok(Some((sequence, Box::new(FrameDecoder::new(body))))),
            // It follows from the log: whatever is wrong with it costs only time.
            Err(error) => {
                warn!(path = %path.display(), %error, "passing over a checkpoint that cannot be read");
            }
        }
    }
    Ok(None)
}

/// Checks the whole file, then hands back a reader of the compressed frame.
fn verify(path: &Path, sequence: u64) -> Result<io::Take<BufReader<File>>, StoreError> {
    let name = path.display().to_string();
    let failed = |e: io::Error| match e.kind() {
        io::ErrorKind::UnexpectedEof => StoreError::corrupt(&name, "it is cut short"),
        _ => StoreError::io(format!("reading {name}"), e),
    };
    let file = File::open(path).map_err(failed)?;
    let total = file.metadata().map_err(failed)?.len();
    let mut reader = BufReader::with_capacity(BUFFER, file);
    let mut head = [0; HEADER_LEN];
    reader.read_exact(&mut head).map_err(failed)?;
    if head[..4] != MAGIC {
        return Err(StoreError::corrupt(&name, "it is not a checkpoint"));
    }
    let Some(len) = total.checked_sub((HEADER_LEN + TRAILER_LEN) as u64) else {
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
    let version = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    if version > VERSION {
        return Err(StoreError::Newer {
            found: version,
            supported: VERSION,
        });
    }
    if head[8..] != sequence.to_le_bytes() {
        return Err(StoreError::corrupt(
            &name,
            "it names another sequence inside",
        ));
    }
    reader
        .seek(SeekFrom::Start(HEADER_LEN as u64))
        .map_err(failed)?;
    Ok(reader.take(len))
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
