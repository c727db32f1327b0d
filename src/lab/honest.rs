//! The suite of the honest: scenes in which nobody did anything wrong, each beside a twin in which
//! somebody did.
//!
//! A scene is a set of events on listings of its own, imported together with a simulated market. It
//! is assessed as the service would, and the flags on its subjects are counted. The truth is kept
//! apart from the events: the scored state never contains it.

mod acts;
mod background;
mod complaints;
mod demand;
mod imports;
mod kinds;
mod language;
mod markets;
mod measure;
mod people;
mod roles;
mod run;
mod scene;
mod stage;
mod table;
#[cfg(test)]
mod tests;

pub use kinds::{Apart, Kind, find, kinds};
pub use measure::{Count, HonestFigures, TwinFigures};
pub use run::{Figures, Plan, Row, run};
pub use table::{AUTHORS_MOST, FOUND_LEAST, LISTINGS_MOST, page};
