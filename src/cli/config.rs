//! Checks a configuration, or prints it as the service reads it.

use std::path::PathBuf;

use super::{CliError, print};
use crate::settings::{Overrides, Settings};

/// Options of `config`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Check whether `serve` would accept a configuration.
    Check {
        /// The TOML file; the environment overrides it.
        file: PathBuf,
        /// Also read the keys and certificates that it names.
        #[arg(long)]
        files: bool,
    },
    /// Print all settings, defaults included and secrets masked.
    Show {
        /// The TOML file, if any; the environment overrides it.
        file: Option<PathBuf>,
    },
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    match arguments.action {
        Action::Check { file, files } => {
            let config = Settings::load(Some(&file), Overrides::default())?;
            if files {
                config.open_security().await?;
            }
            print(&format!("{} is valid\n", file.display()))
        }
        Action::Show { file } => {
            let config = Settings::load(file.as_deref(), Overrides::default())?;
            print(&config.to_toml()?)
        }
    }
}
