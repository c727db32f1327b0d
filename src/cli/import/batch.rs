//! Reads files on a separate thread, a few batches ahead of the network.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use prost::Message as _;
use tokio::sync::mpsc;

use super::CliError;
use crate::formats::{LineError, Reader};
use crate::proto::v1::{Event, IngestRequest};
use crate::server::MESSAGE_BYTES_MAX;

/// Events of one batch, well below the limit of the service.
const BATCH_EVENTS: usize = 2000;
/// Bytes of one batch and of one event; together below the limit of the service.
const BATCH_BYTES: usize = MESSAGE_BYTES_MAX / 2 - 64 * 1024;
/// Batches waiting for the network.
const BATCHES_AHEAD: usize = 2;

/// A batch of events.
pub(super) struct Batch {
    /// The events as sent, kept until they are acknowledged.
    pub(super) request: Arc<IngestRequest>,
    /// Position of each event in the files.
    pub(super) positions: Vec<RecordPosition>,
    /// Records between them that are no events.
    pub(super) unread: Vec<LineError>,
    /// Bytes read from all files when the batch was complete.
    pub(super) position_bytes: u64,
}

/// Position of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordPosition {
    /// Index of the file in the given list.
    pub(super) file: usize,
    /// Line on which the record starts, from 1.
    pub(super) line: u64,
}

/// The reading thread and its batches.
pub(super) struct Batches {
    receiver: mpsc::Receiver<Batch>,
    thread: Option<JoinHandle<()>>,
    files: Vec<PathBuf>,
}

impl Batches {
    /// Starts reading. The thread ends with the data, or when the receiver is dropped.
    pub(super) fn start(mut reader: Reader, files: Vec<PathBuf>) -> Result<Self, CliError> {
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let read = move || {
            for batch_number in 0.. {
                let batch = next_batch(&mut reader, batch_number);
                if batch.is_none_or(|batch| sender.blocking_send(batch).is_err()) {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("reader".to_owned())
            .spawn(read)
            .map_err(|error| format!("the reading thread could not start: {error}"))?;
        Ok(Self {
            receiver,
            thread: Some(thread),
            files,
        })
    }

    /// Returns the next batch; `None` at the end of the data.
    pub(super) async fn next(&mut self) -> Result<Option<Batch>, CliError> {
        let batch = self.receiver.recv().await;
        if batch.is_none() {
            // The thread is past its last send, so joining does not wait.
            if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
                return Err("reading ended by a fault of the program; please report it".into());
            }
        }
        Ok(batch)
    }

    /// Returns the files, indexed by [`RecordPosition::file`].
    pub(super) fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

/// Reads until a batch is full or the data ends.
fn next_batch(reader: &mut Reader, batch_number: u64) -> Option<Batch> {
    let (mut events, mut positions, mut unread) = (Vec::<Event>::new(), Vec::new(), Vec::new());
    let mut bytes = 0;
    while events.len() + unread.len() < BATCH_EVENTS && bytes < BATCH_BYTES {
        let Some(item) = reader.next() else { break };
        let position = Reader::position(reader);
        match item {
            Ok(event) => {
                let event_bytes = event.encoded_len();
                let position = RecordPosition {
                    file: position.file,
                    line: position.line,
                };
                if event_bytes > BATCH_BYTES {
                    unread.push(too_large(reader, position, event_bytes));
                    continue;
                }
                bytes += event_bytes;
                events.push(event);
                positions.push(position);
            }
            Err(error) => {
                bytes += error.raw.len();
                unread.push(error);
            }
        }
    }
    let position_bytes = Reader::position(reader).bytes;
    let any = !events.is_empty() || !unread.is_empty();
    any.then(|| Batch {
        request: Arc::new(IngestRequest {
            batch_number,
            events,
        }),
        positions,
        unread,
        position_bytes,
    })
}

/// Makes the error of an event that would fill a message alone; no valid event does.
fn too_large(reader: &Reader, position: RecordPosition, event_bytes: usize) -> LineError {
    LineError {
        file: reader.file(position.file).to_owned(),
        line: position.line,
        reason: format!("an event of {event_bytes} bytes; at most {BATCH_BYTES} can be sent"),
        raw: String::new(),
        last: false,
    }
}
