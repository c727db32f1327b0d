//! The generation that a salvage takes where no mark names it: a rewrite that was cut short leaves
//! segments of a newer generation that never counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use super::entry::Position;
use super::salvage::Search;
use super::segment::{self, Name};
use crate::store::StoreError;
use crate::store::disk::Disk;

/// The generation that was taken, and the best of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenGeneration {
    /// The one with most readable records; of equal ones the one whose segments follow on each
    /// other, then the newest.
    pub generation: u32,
    /// Its readable records.
    pub records: u64,
    /// The one that comes second.
    pub left: u32,
    /// Readable records of that.
    pub left_records: u64,
}

/// The segments of a generation by first sequence, and those of others where it has none.
pub(super) fn segments_of(names: &[Name], generation: u32) -> BTreeMap<u64, Name> {
    let mut taken: BTreeMap<u64, Name> = BTreeMap::new();
    for name in names {
        let seen = taken.entry(name.first_sequence).or_insert(*name);
        let fits = name.generation <= generation;
        if fits && (name.generation > seen.generation || seen.generation > generation) {
            *seen = *name;
        }
    }
    taken
}

/// The generation with most readable records; none where no two segments begin with the same record.
pub(super) fn with_most_records(
    disk: &dyn Disk,
    names: &[Name],
) -> Result<Option<TakenGeneration>, StoreError> {
    let firsts: BTreeSet<u64> = names.iter().map(|name| name.first_sequence).collect();
    if firsts.len() == names.len() {
        return Ok(None);
    }
    let mut files = HashMap::new();
    for name in names {
        files.insert(*name, Content::of(disk, *name)?);
    }
    let generations: BTreeSet<u32> = names.iter().map(|name| name.generation).collect();
    let mut ranked: Vec<(u64, Reverse<usize>, u32)> = generations
        .into_iter()
        .map(|generation| {
            let segments = segments_of(names, generation);
            let (records, breaks) = count(segments.values().map(|name| &files[name]));
            (records, Reverse(breaks), generation)
        })
        .collect();
    ranked.sort_unstable();
    let (taken, left) = (ranked.pop(), ranked.pop());
    Ok(taken.zip(left).map(
        |((records, _, generation), (left_records, _, left))| TakenGeneration {
            generation,
            records,
            left,
            left_records,
        },
    ))
}

/// What can be read of a segment.
#[derive(Default)]
struct Content {
    /// Sequences of its whole entries.
    runs: Vec<RangeInclusive<u64>>,
    /// What its header says that it follows on.
    before: Option<Position>,
    last: Option<Position>,
}

impl Content {
    fn of(disk: &dyn Disk, name: Name) -> Result<Self, StoreError> {
        let Ok(file) = disk.open(&name.file_name()) else {
            return Ok(Self::default());
        };
        let header = segment::read_header(file.as_ref(), name);
        let mut content = Self {
            before: header.ok().and_then(Result::ok),
            ..Self::default()
        };
        // The places are reported when the segment is taken.
        let mut damaged = Vec::new();
        let mut search = Search::of(file.as_ref(), name, &mut damaged);
        search.entries(|header, _| {
            content.note(header.position);
            Ok(())
        })?;
        Ok(content)
    }

    fn note(&mut self, position: Position) {
        let sequence = position.sequence;
        match self.runs.last_mut() {
            Some(run) if sequence <= *run.end() => return,
            Some(run) if sequence - 1 == *run.end() => *run = *run.start()..=sequence,
            _ => self.runs.push(sequence..=sequence),
        }
        self.last = Some(position);
    }
}

/// Records of segments in order, and segments that do not follow on the one before.
fn count<'a>(segments: impl Iterator<Item = &'a Content>) -> (u64, usize) {
    let (mut records, mut breaks, mut last) = (0, 0, 0);
    let mut end: Option<Position> = None;
    for content in segments {
        if let (Some(end), Some(before)) = (end, content.before)
            && end.sequence == before.sequence
            && end != before
        {
            breaks += 1;
        }
        for run in &content.runs {
            let fresh = run
                .end()
                .saturating_sub(last.max(run.start().saturating_sub(1)));
            records += fresh;
            last = last.max(*run.end());
        }
        end = content.last.or(end);
    }
    (records, breaks)
}
