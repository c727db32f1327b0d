//! Presentation: domain answers become messages of the contract, redacted for their caller.

pub(super) mod assessment;
pub(super) mod brand;
pub(super) mod campaign;
pub(super) mod convert;
pub(super) mod model_versions;
pub(super) mod redact;
pub(super) mod voice;
