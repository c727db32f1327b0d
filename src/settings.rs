//! The one configuration: a TOML file, overridden by the environment, overridden by flags.
//!
//! Each part's settings stand beside the part; here is only their sum. Nothing is read twice and
//! nothing is global: what is loaded is handed to what it configures.

mod faults;
mod read;
mod source;
mod value;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use faults::{ConfigError, Fault, Section};
pub use source::Overrides;
pub use value::{Secret, Size, Span};

use crate::backup::BackupConfig;
use crate::brand::Config as BrandConfig;
use crate::engine::PassesConfig;
use crate::grpc::{
    AuthConfig, ConnectionConfig, LimitsConfig, RateConfig, ServerConfig, TlsConfig, WebConfig,
    check_together,
};
use crate::integrity::dividend::RatingConfig;
use crate::metrics::MetricsConfig;
use crate::privacy::PrivacyConfig;
use crate::store::StoreConfig;
use crate::telemetry::TelemetryConfig;

/// All settings of a service. Every key has a default.
///
/// A new section is a field here and a line in [`Config::check`]; its struct stands beside what it
/// configures, derives `Serialize` and `Deserialize` with `#[serde(default, deny_unknown_fields)]`,
/// and implements [`Section`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the service listens.
    pub server: ServerConfig,
    /// Where its data lies.
    pub store: StoreConfig,
    /// Encryption.
    pub tls: TlsConfig,
    /// Who may call.
    pub auth: AuthConfig,
    /// How often.
    pub rate: RateConfig,
    /// How many at a time.
    pub connections: ConnectionConfig,
    /// Browsers.
    pub web: WebConfig,
    /// Spans.
    pub telemetry: TelemetryConfig,
    /// Metrics.
    pub metrics: MetricsConfig,
    /// How much at a time.
    pub limits: LimitsConfig,
    /// How much of the processor the work beside events may take.
    pub passes: PassesConfig,
    /// Who people are.
    pub privacy: PrivacyConfig,
    /// Where backups go.
    pub backup: BackupConfig,
    /// Stages of brand progress.
    pub brand: BrandConfig,
    /// How platforms make ratings.
    pub rating: RatingConfig,
}

impl Config {
    /// Reads the file, if there is one, then the environment, then the flags; the last one wins.
    pub fn load(file: Option<&Path>, flags: Overrides) -> Result<Self, ConfigError> {
        let mut table = match file {
            Some(path) => source::file(path)?,
            None => toml::Table::new(),
        };
        source::merge(&mut table, source::environment(std::env::vars_os())?);
        source::merge(&mut table, flags.into_table());
        Self::from_table(table)
    }

    fn from_table(table: toml::Table) -> Result<Self, ConfigError> {
        // Over the defaults, so that one key of a table within a section can be set alone.
        let defaults = toml::Table::try_from(Self::default());
        let mut all = defaults.map_err(|error| ConfigError::Unwritable(error.to_string()))?;
        source::merge(&mut all, table);
        let config: Self = read::read(all)?;
        let found = config.check();
        if found.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Invalid(found))
        }
    }

    /// What is wrong in any section, with the full key.
    fn check(&self) -> Vec<Fault> {
        let sections: [(&str, &dyn Section); 15] = [
            ("server", &self.server),
            ("store", &self.store),
            ("tls", &self.tls),
            ("auth", &self.auth),
            ("rate", &self.rate),
            ("connections", &self.connections),
            ("web", &self.web),
            ("telemetry", &self.telemetry),
            ("metrics", &self.metrics),
            ("limits", &self.limits),
            ("passes", &self.passes),
            ("privacy", &self.privacy),
            ("backup", &self.backup),
            ("brand", &self.brand),
            ("rating", &self.rating),
        ];
        let mut found = Vec::new();
        for (name, section) in sections {
            let faults = section.check().into_iter();
            found.extend(faults.map(|fault| fault.under(name)));
        }
        found.extend(check_together(&self.server, &self.tls, &self.auth));
        found
    }

    /// As TOML, secrets masked. Keys that are not set and have no default are comments.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        let unwritable = |error: toml::ser::Error| ConfigError::Unwritable(error.to_string());
        let set = toml::Table::try_from(self).map_err(unwritable)?;
        let mut shown = String::new();
        for line in toml::to_string(self).map_err(unwritable)?.lines() {
            shown.push_str(line);
            shown.push('\n');
            let header = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            let section = header.and_then(|name| Some((name, set.get(name)?.as_table()?)));
            let Some((name, held)) = section else {
                continue;
            };
            for key in read::keys::<Self>(name) {
                if !held.contains_key(*key) {
                    shown.extend(["# ", key, " is not set\n"]);
                }
            }
        }
        Ok(shown)
    }
}

#[cfg(test)]
mod tests;
