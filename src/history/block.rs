//! The points of one month as rows of the store.
//!
//! A row holds a month of up to [`BLOCK_ROWS`] neighbouring subjects: the store takes some 40,000
//! rows a second, and subjects that came together are mostly active together. The key is kind,
//! block and month, big-endian, so that a subject's months lie in order.
//!
//! The value: version; for each subject its offset in the block, how many points, and the points
//! as differences to the one before, as varints; a CRC-32 over key and value.

use prost::encoding::{decode_varint, encode_varint};

use super::point::{Level, Point};
use crate::domain::Band;
use crate::domain::Kind;
use crate::domain::{Month, first_day};
use crate::state::SubjectIx;
use crate::store::{Row, StoreError};

/// Subjects that share a row of the store.
pub const BLOCK_ROWS: u32 = 128;
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 4;
/// Set in a point's band byte where it has a risk of being attacked.
const ATTACKED: u8 = 0x80;
/// Key of the row with the last month whose rows are stored.
const MARKER_KEY: [u8; 1] = [0];

/// A read row of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// By subject, then by day.
    pub points: Vec<Point>,
}

/// Start of the keys of a subject's months.
pub fn prefix(subject: SubjectIx) -> Vec<u8> {
    let mut key = vec![kind_code(subject.kind())];
    key.extend((subject.number() / BLOCK_ROWS).to_be_bytes());
    key
}

/// The key of a subject's month.
pub fn month_key(subject: SubjectIx, month: Month) -> Vec<u8> {
    let mut key = prefix(subject);
    key.extend(month.0.to_be_bytes());
    key
}

/// The row that marks all months up to one as stored, as a model scored them.
pub fn end_marker(month: Month, model: &str) -> Row {
    let mut value = vec![VERSION];
    value.extend(month.0.to_be_bytes());
    value.extend(model.as_bytes());
    seal(MARKER_KEY.to_vec(), value)
}

/// Reads the last month that is stored as `model` scored it, from the rows at the start of the
/// history. None where another model scored it: its rows are written anew.
pub fn stored_through(rows: &[Row], model: &str) -> Result<Option<Month>, StoreError> {
    let Some((key, value)) = rows.first().filter(|(key, _)| *key == MARKER_KEY) else {
        return Ok(None);
    };
    match open(key, value)? {
        [high, low, by @ ..] if by == model.as_bytes() => {
            Ok(Some(Month(u16::from_be_bytes([*high, *low]))))
        }
        _ => Ok(None),
    }
}

impl Block {
    /// The row of a block's points in one month, which are in order; none without points.
    pub fn encode(points: &[Point], month: Month) -> Option<Row> {
        let first = points.first()?;
        let key = month_key(first.subject, month);
        let mut value = vec![VERSION];
        let start = first_day(month);
        for points in points.chunk_by(|one, other| one.subject == other.subject) {
            let number = points.first()?.subject.number();
            encode_varint(u64::from(number % BLOCK_ROWS), &mut value);
            encode_varint(points.len() as u64, &mut value);
            let mut before = Numbers::default();
            for point in points {
                value.push((point.day - start) as u8);
                value.push(band_code(point.band) | point.attack.map_or(0, |_| ATTACKED));
                let numbers = Numbers::of(point, &before);
                numbers.encode(&before, point.attack.is_some(), &mut value);
                before = numbers;
            }
        }
        Some(seal(key, value))
    }

    /// Reads a row of the store.
    pub fn decode(key: &[u8], value: &[u8]) -> Result<Self, StoreError> {
        let broken = || corrupt("a row cannot be read");
        let mut rest = open(key, value)?;
        let [kind, b0, b1, b2, b3, high, low] = *key else {
            return Err(broken());
        };
        let kind = kind_of(kind).ok_or_else(broken)?;
        let block = u32::from_be_bytes([b0, b1, b2, b3]);
        let start = first_day(Month(u16::from_be_bytes([high, low])));
        let mut points = Vec::new();
        while !rest.is_empty() {
            let offset = varint(&mut rest).ok_or_else(broken)?;
            let number = block.wrapping_mul(BLOCK_ROWS).wrapping_add(offset as u32);
            let subject = SubjectIx::new(kind, number).ok_or_else(broken)?;
            let count = varint(&mut rest).ok_or_else(broken)?;
            let mut before = Numbers::default();
            for _ in 0..count {
                let point = read_point(&mut rest, subject, start, &mut before);
                points.push(point.ok_or_else(broken)?);
            }
        }
        Ok(Self { points })
    }

    /// The points of one subject, oldest first.
    pub fn of(&self, subject: SubjectIx) -> &[Point] {
        let start = self.points.partition_point(|point| point.subject < subject);
        let end = self
            .points
            .partition_point(|point| point.subject <= subject);
        self.points.get(start..end).unwrap_or(&[])
    }
}

/// A point's numbers; an absent attack repeats the one before.
#[derive(Clone, Copy, Default)]
struct Numbers {
    risk: [i64; 2],
    attack: [i64; 2],
    sums: [i64; 2],
}

impl Numbers {
    fn of(point: &Point, before: &Self) -> Self {
        let level = |level: Level| [i64::from(level.log_odds), i64::from(level.sd)];
        Self {
            risk: level(point.risk),
            attack: point.attack.map_or(before.attack, level),
            sums: [point.reviews.into(), point.stars.into()],
        }
    }

    fn encode(&self, before: &Self, attacked: bool, into: &mut Vec<u8>) {
        let attack = self.attack.iter().zip(before.attack);
        let pairs = self.risk.iter().zip(before.risk);
        let pairs = pairs.chain(attack.filter(|_| attacked));
        for (number, before) in pairs.chain(self.sums.iter().zip(before.sums)) {
            let difference = number - before;
            encode_varint(((difference << 1) ^ (difference >> 63)) as u64, into);
        }
    }

    fn decode(before: &Self, attacked: bool, from: &mut &[u8]) -> Option<Self> {
        let mut numbers = *before;
        let Self { risk, attack, sums } = &mut numbers;
        let attack = attack.iter_mut().filter(|_| attacked);
        for number in risk.iter_mut().chain(attack).chain(sums) {
            let coded = varint(from)?;
            *number = number.checked_add((coded >> 1) as i64 ^ -((coded & 1) as i64))?;
        }
        Some(numbers)
    }
}

/// Reads a point of a subject in the month that begins with the day `start`.
fn read_point(
    from: &mut &[u8],
    subject: SubjectIx,
    start: u32,
    before: &mut Numbers,
) -> Option<Point> {
    let (day, flags) = (byte(from)?, byte(from)?);
    let attacked = flags & ATTACKED != 0;
    let numbers = Numbers::decode(before, attacked, from)?;
    *before = numbers;
    let level = |[log_odds, sd]: [i64; 2]| {
        Some(Level {
            log_odds: log_odds.try_into().ok()?,
            sd: sd.try_into().ok()?,
        })
    };
    let [reviews, stars] = numbers.sums;
    Some(Point {
        subject,
        day: start + u32::from(day),
        band: band_of(flags & !ATTACKED)?,
        risk: level(numbers.risk)?,
        attack: if attacked {
            Some(level(numbers.attack)?)
        } else {
            None
        },
        reviews: reviews.try_into().ok()?,
        stars: stars.try_into().ok()?,
    })
}

fn byte(from: &mut &[u8]) -> Option<u8> {
    let (first, rest) = from.split_first()?;
    *from = rest;
    Some(*first)
}

fn varint(from: &mut &[u8]) -> Option<u64> {
    decode_varint(from).ok()
}

fn seal(key: Vec<u8>, mut value: Vec<u8>) -> Row {
    let checksum = checksum(&key, &value);
    value.extend(checksum);
    (key, value)
}

/// Checks a value, and returns its bytes between version and checksum.
fn open<'a>(key: &[u8], value: &'a [u8]) -> Result<&'a [u8], StoreError> {
    let split = value.len().checked_sub(CHECKSUM_BYTES);
    let Some((content, stored)) = split.and_then(|split| value.split_at_checked(split)) else {
        return Err(corrupt("a row is cut short"));
    };
    if stored != checksum(key, content) {
        return Err(corrupt("a row's checksum fails"));
    }
    match content {
        [VERSION, rest @ ..] => Ok(rest),
        [newer, ..] => Err(StoreError::Newer {
            found: u32::from(*newer),
            supported: u32::from(VERSION),
        }),
        [] => Err(corrupt("a row is empty")),
    }
}

fn checksum(key: &[u8], value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(value);
    hasher.finalize().to_le_bytes()
}

fn corrupt(detail: &str) -> StoreError {
    StoreError::corrupt("the history", detail)
}

const fn kind_code(kind: Kind) -> u8 {
    match kind {
        Kind::Reviewer => 1,
        Kind::Listing => 2,
        Kind::Seller => 3,
        Kind::Review => 4,
    }
}

const fn kind_of(code: u8) -> Option<Kind> {
    Some(match code {
        1 => Kind::Reviewer,
        2 => Kind::Listing,
        3 => Kind::Seller,
        _ => return None,
    })
}

const fn band_code(band: Band) -> u8 {
    match band {
        Band::InsufficientData => 0,
        Band::Low => 1,
        Band::Guarded => 2,
        Band::Elevated => 3,
        Band::High => 4,
        Band::Critical => 5,
    }
}

const fn band_of(code: u8) -> Option<Band> {
    Some(match code {
        0 => Band::InsufficientData,
        1 => Band::Low,
        2 => Band::Guarded,
        3 => Band::Elevated,
        4 => Band::High,
        5 => Band::Critical,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MONTH: Month = Month(600);

    fn any_point() -> impl Strategy<Value = Point> {
        let level =
            || (any::<i16>(), any::<u16>()).prop_map(|(log_odds, sd)| Level { log_odds, sd });
        (
            (256..384_u32, 0..31_u32, 0..6_u8),
            level(),
            proptest::option::of(level()),
            any::<u32>(),
            any::<u32>(),
        )
            .prop_map(|((row, day, band), risk, attack, reviews, stars)| Point {
                subject: SubjectIx::new(Kind::Listing, row).expect("a row"),
                day: first_day(MONTH) + day,
                band: band_of(band).expect("a band"),
                risk,
                attack,
                reviews,
                stars,
            })
    }

    proptest! {
        #[test]
        fn encoded_points_are_read_back(mut points in proptest::collection::vec(any_point(), 1..60)) {
            points.sort_by_key(|point| (point.subject, point.day));
            points.dedup_by_key(|point| (point.subject, point.day));
            let (key, value) = Block::encode(&points, MONTH).expect("points");
            prop_assert!(key.starts_with(&prefix(points[0].subject)));
            let block = Block::decode(&key, &value).expect("a block");
            prop_assert_eq!(&block.points, &points);
            let subject = points[0].subject;
            prop_assert!(block.of(subject).iter().all(|point| point.subject == subject));
            let other = SubjectIx::new(Kind::Listing, 1).expect("a row");
            prop_assert_eq!(block.of(other), &[]);
        }

        #[test]
        fn damaged_block_is_an_error(
            points in proptest::collection::vec(any_point(), 1..5), place in any::<prop::sample::Index>()
        ) {
            let (key, mut value) = Block::encode(&points[..1], MONTH).expect("points");
            let at = place.index(value.len());
            value[at] ^= 0x10;
            prop_assert!(Block::decode(&key, &value).is_err());
            prop_assert!(Block::decode(&key, &value[..at]).is_err());
        }
    }

    #[test]
    fn end_marker_is_valid_for_its_model_only() {
        let rows = [end_marker(MONTH, "a-1")];
        assert_eq!(stored_through(&rows, "a-1").expect("read"), Some(MONTH));
        assert_eq!(stored_through(&rows, "a-2").expect("read"), None);
        assert_eq!(stored_through(&[], "a-1").expect("read"), None);
    }
}
