//! Lists the signals.

use super::{CliError, print};
use crate::integrity::signals::catalogue;

/// Options of `signals`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print the whole catalogue as a page, as in docs/signals.md; without it a line a signal.
    #[arg(long)]
    markdown: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CliError> {
    if arguments.markdown {
        return print(&catalogue::markdown());
    }
    for entry in catalogue::entries() {
        let spec = entry.spec;
        let definition = entry.definition();
        print(&format!(
            "{} (version {}, {})\n  {definition} Unit: {}.\n  {}\n",
            spec.code,
            spec.version,
            spec.family.name(),
            entry.doc.unit,
            spec.legal_tags.join("; ")
        ))?;
    }
    Ok(())
}
