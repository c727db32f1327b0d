//! The contract's enums and the domain's, one for one.

use crate::domain;
use crate::proto::v1;

/// Converts both ways between two enums with the same variants; a new variant on either side breaks
/// the build.
macro_rules! same_variants {
    ($name:ident { $($variant:ident),+ $(,)? }) => {
        impl From<v1::$name> for domain::$name {
            fn from(value: v1::$name) -> Self {
                match value { $(v1::$name::$variant => Self::$variant),+ }
            }
        }

        impl From<domain::$name> for v1::$name {
            fn from(value: domain::$name) -> Self {
                match value { $(domain::$name::$variant => Self::$variant),+ }
            }
        }
    };
}

same_variants!(Fulfilment {
    Unspecified,
    CrossBorderParcel,
    BondedWarehouse,
    OverseasWarehouse,
    Domestic
});

same_variants!(Remover {
    Unspecified,
    Platform,
    Author
});

same_variants!(VerdictLabel {
    Unspecified,
    Genuine,
    Manipulated
});

same_variants!(BrandChannel {
    Unspecified,
    Website,
    Search,
    Social,
    LiveStream,
    Advertising,
    Training
});

same_variants!(Provenance {
    Unspecified,
    PlatformObserved,
    ThirdParty,
    SelfReported
});
