//! Numbers of rows. Each column has its own type of number, so that the number of a listing is
//! never looked up among sellers. An `Option` of a number takes no more memory than the number.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU32;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::domain::Kind;

/// A number of rows of one column, from 0 up.
pub trait RowNumber: Copy + Eq + Ord {
    /// The row number of this value; none for a value that no row has.
    fn new(number: u32) -> Option<Self>;

    /// The value, from 0 up.
    fn number(self) -> u32;
}

/// Declares types of row numbers. They hold one more than the number: 0 is left for `None`, and
/// the order is that of the numbers. The last value of a `u32` is no row.
macro_rules! row_numbers {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The row number of this value; none for a value that no row has.
            pub const fn new(number: u32) -> Option<Self> {
                match NonZeroU32::new(number.wrapping_add(1)) {
                    Some(above) => Some(Self(above)),
                    None => None,
                }
            }

            /// The row of this value, which a test knows to be one.
            #[cfg(test)]
            pub fn nth(number: u32) -> Self {
                Self::new(number).expect("a row")
            }

            /// The value, from 0 up.
            pub const fn number(self) -> u32 {
                self.0.get() - 1
            }

            /// The row numbers of these values.
            pub fn range(numbers: Range<usize>) -> impl DoubleEndedIterator<Item = Self> + Clone {
                numbers.filter_map(|number| Self::new(u32::try_from(number).ok()?))
            }

            /// The value as an index of a slice with an entry for each row.
            pub const fn index(self) -> usize {
                self.number() as usize
            }
        }

        impl RowNumber for $name {
            fn new(number: u32) -> Option<Self> {
                Self::new(number)
            }

            fn number(self) -> u32 {
                self.number()
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, into: &mut H) {
                into.write_u32(self.number());
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
                into.debug_tuple(stringify!($name)).field(&self.number()).finish()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.number().serialize(to)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let number = u32::deserialize(from)?;
                Self::new(number).ok_or_else(|| D::Error::custom("not the number of a row"))
            }
        }
    )+};
}

row_numbers! {
    /// Number of a peer group.
    GroupIx,
    /// Number of a seller.
    SellerIx,
    /// Number of a listing.
    ListingIx,
    /// Number of an author of reviews.
    ReviewerIx,
    /// Number of a review.
    ReviewIx,
    /// Number of a near-duplicate bucket that reviews share.
    BucketIx,
    /// Number of an order.
    OrderIx,
    /// Number of a buyer.
    BuyerIx,
    /// Number of a snapshot of a listing.
    SnapshotIx,
    /// Number of a brand measure.
    SignalIx,
    /// Number of a verdict.
    VerdictIx,
    /// Number of the name of a brand or a metric.
    WordIx,
    /// Number of a page of names.
    PageIx,
}

/// Namespaces are numbered in two bytes.
impl RowNumber for u16 {
    fn new(number: u32) -> Option<Self> {
        Self::try_from(number).ok()
    }

    fn number(self) -> u32 {
        self.into()
    }
}

/// Number of the row of a subject, with its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SubjectIx {
    /// A review.
    Review(ReviewIx),
    /// An author of reviews.
    Reviewer(ReviewerIx),
    /// A listing.
    Listing(ListingIx),
    /// A seller.
    Seller(SellerIx),
}

impl SubjectIx {
    /// The subject of a kind with this number; none for a value that no row has.
    pub fn new(kind: Kind, number: u32) -> Option<Self> {
        Some(match kind {
            Kind::Review => Self::Review(ReviewIx::new(number)?),
            Kind::Reviewer => Self::Reviewer(ReviewerIx::new(number)?),
            Kind::Listing => Self::Listing(ListingIx::new(number)?),
            Kind::Seller => Self::Seller(SellerIx::new(number)?),
        })
    }

    /// Its kind.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Review(_) => Kind::Review,
            Self::Reviewer(_) => Kind::Reviewer,
            Self::Listing(_) => Kind::Listing,
            Self::Seller(_) => Kind::Seller,
        }
    }

    /// Its number among the rows of its kind.
    pub const fn number(self) -> u32 {
        match self {
            Self::Review(row) => row.number(),
            Self::Reviewer(row) => row.number(),
            Self::Listing(row) => row.number(),
            Self::Seller(row) => row.number(),
        }
    }
}

/// Serde form of an optional row number: the number itself, and the largest value for none.
pub(super) mod or_max {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::RowNumber;

    // Serde's form of a field hands over a reference.
    #[allow(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it so"
    )]
    pub(crate) fn serialize<I: RowNumber, S: Serializer>(
        row: &Option<I>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        row.map_or(u32::MAX, RowNumber::number).serialize(to)
    }

    pub(crate) fn deserialize<'de, I: RowNumber, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<I>, D::Error> {
        u32::deserialize(from).map(I::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_row_numbers_cost_nothing() {
        assert_eq!(size_of::<Option<ReviewIx>>(), 4);
        assert_eq!(size_of::<Option<ListingIx>>(), size_of::<u32>());
        assert_eq!(size_of::<SubjectIx>(), 8);
        assert_eq!(size_of::<Option<SubjectIx>>(), 8);
    }

    #[test]
    fn row_numbers_keep_their_value_and_order() {
        let numbers = [0, 1, 77, u32::MAX - 1];
        let rows = numbers.map(|number| ReviewIx::new(number).expect("a row"));
        assert_eq!(rows.map(ReviewIx::number), numbers);
        assert!(rows.is_sorted());
        assert_eq!(ReviewIx::new(u32::MAX), None);
    }

    #[test]
    fn encoded_row_numbers_are_plain_integers() {
        #[derive(Serialize, Deserialize, Debug, PartialEq)]
        struct Row {
            listing: ListingIx,
            #[serde(with = "or_max")]
            seller: Option<SellerIx>,
            #[serde(with = "or_max")]
            group: Option<GroupIx>,
        }
        let row = Row {
            listing: ListingIx::new(300).expect("a row"),
            seller: SellerIx::new(5),
            group: None,
        };
        let bytes = postcard::to_allocvec(&row).expect("memory takes it");
        let plain = postcard::to_allocvec(&(300_u32, 5_u32, u32::MAX));
        assert_eq!(bytes, plain.expect("memory takes it"));
        assert_eq!(postcard::from_bytes::<Row>(&bytes), Ok(row));
        assert!(postcard::from_bytes::<ListingIx>(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]).is_err());
        let subject = SubjectIx::new(Kind::Seller, 9).expect("a row");
        assert_eq!(
            postcard::to_allocvec(&subject),
            postcard::to_allocvec(&(Kind::Seller, 9_u32))
        );
    }
}
