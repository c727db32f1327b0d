//! Conversions between the enums of the contract and of the domain.

use crate::domain;
use crate::proto::v1;

/// Converts both ways between two enums with the same variants. A new variant on either side breaks
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

impl From<v1::Band> for domain::Band {
    fn from(band: v1::Band) -> Self {
        match band {
            v1::Band::Unspecified | v1::Band::InsufficientData => Self::InsufficientData,
            v1::Band::Low => Self::Low,
            v1::Band::Guarded => Self::Guarded,
            v1::Band::Elevated => Self::Elevated,
            v1::Band::High => Self::High,
            v1::Band::Critical => Self::Critical,
        }
    }
}
