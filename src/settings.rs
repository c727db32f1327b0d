//! The sum of all settings: a TOML file, overridden by the environment, overridden by flags.
//!
//! Each room defines its own section; this room reads and checks all of them once. Nothing is
//! global: loaded settings are handed to the parts that they configure.

mod error;
mod read;
mod source;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use error::SettingsError;
pub use source::Overrides;

use crate::backup::BackupConfig;
use crate::brand::Config as BrandConfig;
use crate::config::{Fault, Section};
use crate::engine::PassesConfig;
use crate::integrity::dividend::RatingConfig;
use crate::privacy::PrivacyConfig;
use crate::server::scrape::MetricsConfig;
use crate::server::{
    AuthConfig, ConnectionConfig, HealthConfig, LimitsConfig, RateConfig, Security, SecurityError,
    ServerConfig, TlsConfig, WebConfig, check_together,
};
use crate::store::StoreConfig;
use crate::telemetry::TelemetryConfig;

/// All settings of a service. Every key has a default.
///
/// A new section is a field here and a line in [`Settings::check`]; its struct stands beside what it
/// configures, derives `Serialize` and `Deserialize` with `#[serde(default, deny_unknown_fields)]`,
/// and implements [`Section`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Listening address.
    pub server: ServerConfig,
    /// Directory and cache of the store.
    pub store: StoreConfig,
    /// TLS certificates and client authorities.
    pub tls: TlsConfig,
    /// Callers, their tokens and roles.
    pub auth: AuthConfig,
    /// Rate limits per caller.
    pub rate: RateConfig,
    /// Connection limits and timeouts.
    pub connections: ConnectionConfig,
    /// gRPC-Web and CORS.
    pub web: WebConfig,
    /// Tracing and OTLP export.
    pub telemetry: TelemetryConfig,
    /// The port of metrics and probes.
    pub metrics: MetricsConfig,
    /// The port of probes, and bounds of the health service.
    pub health: HealthConfig,
    /// Request size and concurrency limits.
    pub limits: LimitsConfig,
    /// Processor share of background passes.
    pub passes: PassesConfig,
    /// Pseudonymisation of reviewer ids.
    pub privacy: PrivacyConfig,
    /// Directory of backups.
    pub backup: BackupConfig,
    /// Thresholds of brand stages.
    pub brand: BrandConfig,
    /// Rating formula of each marketplace.
    pub rating: RatingConfig,
}

impl Settings {
    /// Reads the file, if there is one, then the environment, then the flags; the last one wins.
    pub fn load(file: Option<&Path>, flags: Overrides) -> Result<Self, SettingsError> {
        let mut table = match file {
            Some(path) => source::file(path)?,
            None => toml::Table::new(),
        };
        source::merge(&mut table, source::environment(std::env::vars_os())?);
        source::merge(&mut table, flags.into_table());
        Self::from_table(table)
    }

    fn from_table(table: toml::Table) -> Result<Self, SettingsError> {
        // Over the defaults, so that one key of a table within a section can be set alone.
        let defaults = toml::Table::try_from(Self::default());
        let mut all = defaults.map_err(|error| SettingsError::Unwritable(error.to_string()))?;
        source::merge(&mut all, table);
        let config: Self = read::read(all)?;
        let found = config.check();
        if found.is_empty() {
            Ok(config)
        } else {
            Err(SettingsError::Invalid(found))
        }
    }

    /// What is wrong in any section, with the full key.
    fn check(&self) -> Vec<Fault> {
        let sections: [(&str, &dyn Section); 16] = [
            ("server", &self.server),
            ("store", &self.store),
            ("tls", &self.tls),
            ("auth", &self.auth),
            ("rate", &self.rate),
            ("connections", &self.connections),
            ("web", &self.web),
            ("telemetry", &self.telemetry),
            ("metrics", &self.metrics),
            ("health", &self.health),
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

    /// Reads the keys and certificates that these settings name.
    pub async fn open_security(&self) -> Result<Security, SecurityError> {
        let Self {
            tls,
            auth,
            rate,
            connections,
            web,
            ..
        } = self;
        Security::open(tls, auth, rate, connections, web).await
    }

    /// As TOML, secrets masked. Keys that are not set and have no default are comments.
    pub fn to_toml(&self) -> Result<String, SettingsError> {
        let unwritable = |error: toml::ser::Error| SettingsError::Unwritable(error.to_string());
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
