//! Splits plain or gzip files into records, with bounded memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use memchr::{memchr, memchr_iter};

use super::table::{Fields, Splitter};

/// Longest accepted record; a longer one is skipped and not buffered.
pub(super) const MAX_RECORD: usize = 8 << 20;
const BUFFER: usize = 128 << 10;
/// Name of standard input.
const STDIN: &str = "-";
const BOM: &[u8] = b"\xef\xbb\xbf";

/// End of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// At the end of each line.
    Lines,
    /// At the end of a line that is not inside a quoted CSV field.
    Csv,
}

/// Counts the bytes read from the file, before decompression.
struct Metered<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// One open file, split into records.
pub(super) struct Source {
    reader: Box<dyn BufRead + Send>,
    count: Arc<AtomicU64>,
    framing: Framing,
    record: Vec<u8>,
    /// Fields of the record of a CSV file.
    splitter: Splitter,
    /// Returns the line on which the record starts, from 1.
    start: u64,
    /// Lines read.
    lines: u64,
    done: bool,
    /// Whether reading ended by a failure instead of the end of the file.
    broken: bool,
}

impl Source {
    pub(super) fn open(path: &Path, framing: Framing) -> io::Result<Self> {
        if path == Path::new(STDIN) {
            return Self::new(io::stdin(), framing);
        }
        Self::new(File::open(path)?, framing)
    }

    fn new(mut input: impl Read + Send + 'static, framing: Framing) -> io::Result<Self> {
        let mut magic = Vec::with_capacity(2);
        input.by_ref().take(2).read_to_end(&mut magic)?;
        let gzip = magic == [0x1f, 0x8b];
        let count = Arc::new(AtomicU64::new(0));
        let metered = Metered {
            inner: Cursor::new(magic).chain(input),
            count: Arc::clone(&count),
        };
        let plain = BufReader::with_capacity(BUFFER, metered);
        let mut reader: Box<dyn BufRead + Send> = if gzip {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        let mut head = Vec::with_capacity(BOM.len());
        reader
            .by_ref()
            .take(BOM.len() as u64)
            .read_to_end(&mut head)?;
        if head == BOM {
            head.clear();
        }
        Ok(Self {
            reader: Box::new(Cursor::new(head).chain(reader)),
            count,
            framing,
            record: Vec::new(),
            splitter: Splitter::default(),
            start: 0,
            lines: 0,
            done: false,
            broken: false,
        })
    }

    /// Reads the next record that is not blank; `None` at the end. After an error [`Self::raw`]
    /// still has the bytes read.
    pub(super) fn advance(&mut self) -> Option<Result<(), String>> {
        loop {
            if self.done {
                return None;
            }
            self.record.clear();
            // The memory of one huge record is released.
            self.record.shrink_to(BUFFER);
            self.start = self.lines + 1;
            if let Err(reason) = self.fill() {
                return Some(Err(reason));
            }
            if !self.record.iter().all(u8::is_ascii_whitespace) {
                return Some(Ok(()));
            }
        }
    }

    /// Reads one record without its line end.
    fn fill(&mut self) -> Result<(), String> {
        let filled = match self.framing {
            Framing::Lines => self.append_line(),
            Framing::Csv => self.append_record(),
        };
        filled.map_err(|error| {
            self.done = true;
            self.broken = true;
            format!("reading stopped: {error}")
        })??;
        for end in [b'\n', b'\r'] {
            if self.record.last() == Some(&end) {
                self.record.pop();
            }
        }
        Ok(())
    }

    /// Returns the failure of the file, or of this record only.
    fn append_line(&mut self) -> io::Result<Result<(), String>> {
        let mut fits = true;
        loop {
            let chunk = filled(&mut self.reader)?;
            if chunk.is_empty() {
                self.lines += u64::from(!self.record.is_empty());
                self.done = true;
                break;
            }
            let newline = memchr(b'\n', chunk);
            let taken = newline.map_or(chunk.len(), |at| at + 1);
            fits &= append(&mut self.record, &chunk[..taken]);
            self.reader.consume(taken);
            if newline.is_some() {
                self.lines += 1;
                break;
            }
        }
        Ok(if fits { Ok(()) } else { Err(too_long()) })
    }

    /// Works as [`Self::append_line`] for a record of several lines.
    fn append_record(&mut self) -> io::Result<Result<(), String>> {
        self.splitter.begin();
        loop {
            let chunk = filled(&mut self.reader)?;
            if chunk.is_empty() {
                self.done = true;
                let blank = self.record.iter().all(u8::is_ascii_whitespace);
                // A line end inside quotes does not end the record.
                let complete = blank || self.splitter.feed(b"\n").1;
                let open = || "a quoted field is never closed".to_owned();
                return Ok(if complete { Ok(()) } else { Err(open()) });
            }
            if self.record.is_empty() {
                let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
                let blank = chunk.iter().take_while(|byte| is_end(byte)).count();
                if blank > 0 {
                    self.lines += newlines(&chunk[..blank]);
                    self.start = self.lines + 1;
                    self.reader.consume(blank);
                    continue;
                }
            }
            let (taken, complete) = self.splitter.feed(chunk);
            let fits = append(&mut self.record, &chunk[..taken]);
            self.lines += newlines(&chunk[..taken]);
            self.reader.consume(taken);
            if !fits {
                self.splitter.restart();
                if !complete {
                    self.skip_line()?;
                }
                return Ok(Err(too_long()));
            }
            if complete {
                return Ok(Ok(()));
            }
        }
    }

    /// Skips to the next line end.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let chunk = filled(&mut self.reader)?;
            let newline = memchr(b'\n', chunk);
            let taken = newline.map_or(chunk.len(), |at| at + 1);
            self.done = chunk.is_empty();
            self.reader.consume(taken);
            if newline.is_some() || self.done {
                self.lines += u64::from(newline.is_some());
                return Ok(());
            }
        }
    }

    /// Returns the bytes of the record without the line end.
    pub(super) fn raw(&self) -> &[u8] {
        &self.record
    }

    /// Returns the record as text.
    pub(super) fn text(&self) -> Result<&str, String> {
        std::str::from_utf8(&self.record)
            .map_err(|e| format!("not UTF-8 from byte {} on", e.valid_up_to() + 1))
    }

    /// Returns whether reading failed before the end of the file.
    pub(super) fn broken(&self) -> bool {
        self.broken
    }

    /// Returns the fields of the record of a CSV file.
    pub(super) fn fields(&self) -> Result<Fields<'_>, String> {
        match self.splitter.fields() {
            Some(fields) => Ok(fields),
            // Checking the record as a whole finds the position.
            None => Err(self.text().err().unwrap_or_else(|| "not UTF-8".to_owned())),
        }
    }

    /// Returns the line on which the record starts, from 1.
    pub(super) fn line(&self) -> u64 {
        self.start
    }

    /// Returns the bytes read from the file so far.
    pub(super) fn bytes(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

/// Returns the next bytes; empty at the end.
fn filled(reader: &mut Box<dyn BufRead + Send>) -> io::Result<&[u8]> {
    loop {
        match reader.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // A second call returns the buffered bytes without a read.
    reader.fill_buf()
}

/// Adds bytes to a record up to its limit; false if some did not fit.
fn append(record: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let room = MAX_RECORD.saturating_sub(record.len());
    record.extend_from_slice(&bytes[..bytes.len().min(room)]);
    bytes.len() <= room
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

fn too_long() -> String {
    format!("record longer than {MAX_RECORD} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn records(bytes: Vec<u8>, framing: Framing) -> Vec<(u64, Result<String, String>)> {
        let mut source = Source::new(Cursor::new(bytes), framing).unwrap();
        let mut all = Vec::new();
        while let Some(step) = source.advance() {
            let text = step.and_then(|()| source.text().map(str::to_owned));
            all.push((source.line(), text));
        }
        all
    }

    fn ok(line: u64, text: &str) -> (u64, Result<String, String>) {
        (line, Ok(text.to_owned()))
    }

    #[test]
    fn line_ends_of_all_kinds_are_removed() {
        let text = b"\xef\xbb\xbfone\r\n\n  \ntwo\nthree".to_vec();
        let expected = vec![ok(1, "one"), ok(4, "two"), ok(5, "three")];
        assert_eq!(records(text, Framing::Lines), expected);
        assert_eq!(records(Vec::new(), Framing::Lines), vec![]);
        assert_eq!(records(b"a".to_vec(), Framing::Lines), vec![ok(1, "a")]);
    }

    #[test]
    fn gzip_members_are_read_in_sequence() {
        let mut bytes = gzip(b"one\ntw");
        bytes.extend(gzip(b"o\nthree\n"));
        let expected = vec![ok(1, "one"), ok(2, "two"), ok(3, "three")];
        assert_eq!(records(bytes, Framing::Lines), expected);
    }

    #[test]
    fn truncated_gzip_ends_with_an_error() {
        let mut bytes = gzip("line\n".repeat(1000).as_bytes());
        bytes.truncate(bytes.len() - 4);
        let all = records(bytes, Framing::Lines);
        let (_, last) = all.last().unwrap();
        assert!(last.as_ref().unwrap_err().starts_with("reading stopped"));
        assert_eq!(all.iter().filter(|(_, r)| r.is_err()).count(), 1);
    }

    #[test]
    fn long_or_invalid_line_is_refused_alone() {
        let mut bytes = vec![b'x'; MAX_RECORD + 5];
        bytes.extend(b"\nok\nb\xff\n");
        let all = records(bytes, Framing::Lines);
        assert!(all[0].1.as_ref().unwrap_err().contains("longer"));
        assert_eq!(all[1], ok(2, "ok"));
        assert_eq!(all[2], (3, Err("not UTF-8 from byte 2 on".to_owned())));
    }

    #[test]
    fn csv_records_span_lines() {
        let text = b"\xef\xbb\xbf\"a\",b\r\n\"x\n\"\"y\",1\n5\" wide,2\n\"open,\n3".to_vec();
        let all = records(text, Framing::Csv);
        assert_eq!(all[0], ok(1, "\"a\",b"));
        assert_eq!(all[1], ok(2, "\"x\n\"\"y\",1"));
        assert_eq!(all[2], ok(4, "5\" wide,2"));
        assert_eq!(
            all[3],
            (5, Err("a quoted field is never closed".to_owned()))
        );
        assert_eq!(all.len(), 4);
    }
}
