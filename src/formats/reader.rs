//! The reader that all formats share.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::input::{Framing, Source};
use super::table::Header;
use super::{Format, FormatError, LineError, Options, Position};
use super::{amazon2018, amazon2023, field, labelled, olist};
use crate::proto::v1::Event;
use crate::proto::v1::event::Payload;

const MAX_RAW: usize = 64 << 10;

/// Receives the events and errors of a record.
#[derive(Default)]
pub(super) struct Out(VecDeque<Result<Event, LineError>>);

impl Out {
    pub(super) fn push(&mut self, payload: Payload) {
        self.0.push_back(Ok(Event {
            revision: 0,
            payload: Some(payload),
        }));
    }
}

enum Decoder {
    Amazon2023(amazon2023::Amazon2023),
    Amazon2018(amazon2018::Amazon2018),
    Olist(Box<olist::Olist>),
    Labelled(labelled::Labelled),
    Events,
}

impl Decoder {
    fn new(format: Format, marketplace: String, verdicts: bool) -> Self {
        match format {
            Format::Amazon2023 => Self::Amazon2023(amazon2023::Amazon2023::new(marketplace)),
            Format::Amazon2018 => Self::Amazon2018(amazon2018::Amazon2018::new(marketplace)),
            Format::Olist => Self::Olist(Box::new(olist::Olist::new(marketplace))),
            Format::Labelled => Self::Labelled(labelled::Labelled::new(marketplace, verdicts)),
            Format::Events => Self::Events,
        }
    }

    /// Checks the header of a CSV file and returns the kind of the file.
    fn accept(&self, header: &Header) -> Result<olist::Kind, String> {
        if let Some(name) = header.twice() {
            return Err(format!("the column `{name}` is there twice"));
        }
        match self {
            Self::Olist(_) => olist::recognise(header)
                .ok_or_else(|| format!("none of the known tables: {}", header.shown())),
            Self::Labelled(labelled) => match labelled.lacks(header) {
                Some(name) => Err(format!("no column `{name}` among {}", header.shown())),
                None => Ok(olist::Kind::Unused),
            },
            _ => Ok(olist::Kind::Unused),
        }
    }
}

/// One file to read.
struct Step {
    file: usize,
    kind: olist::Kind,
    header: Header,
    /// Already open after its header: a pipe, which cannot be opened again.
    opened: Option<Source>,
}

/// Reads events from files.
pub struct Reader {
    files: Vec<PathBuf>,
    format: Format,
    decoder: Decoder,
    steps: VecDeque<Step>,
    current: Option<(Step, Source)>,
    out: Out,
    position: Position,
    /// Bytes of the finished files.
    bytes: u64,
}

fn first_record(source: &mut Source) -> Result<Header, String> {
    source
        .advance()
        .unwrap_or_else(|| Err("empty, without a header".to_owned()))?;
    Ok(Header::new(source.fields()?))
}

impl Reader {
    pub(super) fn open(
        format: Format,
        files: &[PathBuf],
        options: &Options,
    ) -> Result<Self, FormatError> {
        let marketplace = options
            .marketplace
            .as_deref()
            .unwrap_or(format.default_marketplace());
        let marketplace =
            field::id("marketplace", marketplace).map_err(|_| FormatError::Marketplace)?;
        if files.is_empty() {
            return Err(FormatError::NoFiles);
        }
        let decoder = Decoder::new(format, marketplace, options.labels_as_verdicts);
        let mut steps = Vec::new();
        for (file, path) in files.iter().enumerate() {
            let opened = Source::open(path, format.framing());
            let mut source = opened.map_err(|source| FormatError::Open {
                path: path.clone(),
                source,
            })?;
            let header = match format.framing() {
                Framing::Lines => Ok(Header::default()),
                Framing::Csv => first_record(&mut source),
            };
            let checked = header.and_then(|header| Ok((decoder.accept(&header)?, header)));
            let (kind, header) = checked.map_err(|reason| FormatError::Header {
                path: path.clone(),
                reason,
            })?;
            let once = !path.metadata().is_ok_and(|meta| meta.is_file());
            steps.push(Step {
                file,
                kind,
                header,
                opened: once.then_some(source),
            });
        }
        if format == Format::Olist {
            let lost = olist::REQUIRED
                .iter()
                .find(|(kind, _)| steps.iter().all(|s| s.kind != *kind));
            if let Some((_, name)) = lost {
                return Err(FormatError::Missing(name));
            }
            steps.sort_by_key(|step| step.kind);
        }
        Ok(Self {
            files: files.to_vec(),
            format,
            decoder,
            steps: steps.into(),
            current: None,
            out: Out::default(),
            position: Position::default(),
            bytes: 0,
        })
    }

    /// Returns the reading position. Olist's files are read in the order in which they can be
    /// joined.
    pub fn position(&self) -> Position {
        let open = self
            .current
            .as_ref()
            .map_or(0, |(_, source)| source.bytes());
        Position {
            bytes: self.bytes + open,
            ..self.position
        }
    }

    /// Returns a file by its index in the given list; empty beyond its end.
    pub fn file(&self, index: usize) -> &Path {
        self.files
            .get(index)
            .map_or(Path::new(""), PathBuf::as_path)
    }

    /// Returns the substitute for the seller if the format has none.
    pub fn stand_in(&self) -> Option<&'static str> {
        match self.format {
            Format::Amazon2023 => Some(amazon2023::STORES.word),
            Format::Amazon2018 => Some(amazon2018::BRANDS.word),
            Format::Olist | Format::Labelled | Format::Events => None,
        }
    }

    /// Reads the next record into events and errors; false at the end of all files.
    fn step(&mut self) -> bool {
        let Some((step, source)) = &mut self.current else {
            return self.next_file();
        };
        let Some(advanced) = source.advance() else {
            self.bytes += source.bytes();
            self.current = None;
            return true;
        };
        self.position = Position {
            file: step.file,
            line: source.line(),
            bytes: 0,
        };
        let decoded =
            advanced.and_then(|()| decode(&mut self.decoder, step, source, &mut self.out));
        if let Err(reason) = decoded {
            self.out.0.push_back(Err(LineError {
                file: self.files[step.file].clone(),
                line: source.line(),
                reason,
                raw: shown(source.raw()),
                last: source.broken(),
            }));
        }
        true
    }

    fn next_file(&mut self) -> bool {
        let Some(mut step) = self.steps.pop_front() else {
            return self.report_left_over();
        };
        let path = &self.files[step.file];
        if self.format == Format::Olist && step.kind == olist::Kind::Unused {
            self.bytes += path.metadata().map_or(0, |meta| meta.len());
            return true;
        }
        self.position = Position {
            file: step.file,
            ..Position::default()
        };
        let ready = step
            .opened
            .take()
            .map_or_else(|| reopen(path, self.format.framing()), Ok);
        match ready {
            Ok(source) => self.current = Some((step, source)),
            Err(reason) => {
                let file = path.clone();
                let error = LineError {
                    file,
                    line: 1,
                    reason,
                    raw: String::new(),
                    last: true,
                };
                self.out.0.push_back(Err(error));
            }
        }
        true
    }

    fn report_left_over(&mut self) -> bool {
        let Decoder::Olist(olist) = &mut self.decoder else {
            return false;
        };
        for (file, line) in olist.left_over() {
            let reason = "order_id: item of an unknown order".to_owned();
            let file = self.files[file].clone();
            self.out.0.push_back(Err(LineError {
                file,
                line,
                reason,
                raw: String::new(),
                last: false,
            }));
        }
        !self.out.0.is_empty()
    }
}

/// Opens a file again and skips its header.
fn reopen(path: &Path, framing: Framing) -> Result<Source, String> {
    let mut source = Source::open(path, framing).map_err(|error| error.to_string())?;
    if framing == Framing::Csv {
        first_record(&mut source)?;
    }
    Ok(source)
}

fn decode(
    decoder: &mut Decoder,
    step: &Step,
    source: &Source,
    out: &mut Out,
) -> Result<(), String> {
    match decoder {
        Decoder::Amazon2023(amazon) => amazon.line(source.text()?, out),
        Decoder::Amazon2018(amazon) => amazon.line(source.text()?, out),
        Decoder::Labelled(labelled) => labelled.row(&step.header.row(source.fields()?)?, out),
        Decoder::Olist(olist) => {
            let at = (step.file, source.line());
            olist.row(step.kind, &step.header.row(source.fields()?)?, at, out)
        }
        Decoder::Events => {
            let event: Event =
                serde_json::from_str(source.text()?).map_err(|e| format!("not an event: {e}"))?;
            if event.payload.is_none() {
                return Err("payload: missing".to_owned());
            }
            out.0.push_back(Ok(event));
            Ok(())
        }
    }
}

pub(super) fn shown(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(&raw[..raw.len().min(MAX_RAW)]);
    field::cut(&text, MAX_RAW).to_owned()
}

impl Iterator for Reader {
    type Item = Result<Event, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.out.0.pop_front() {
                return Some(ready);
            }
            if !self.step() {
                return None;
            }
        }
    }
}

impl std::iter::FusedIterator for Reader {}
