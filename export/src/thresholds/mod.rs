//! Decision thresholds from validation identities: some are enrolled, the others are strangers, and the
//! device's own rule is run over many such draws.

mod balanced;
mod by_gallery;
mod table;
#[cfg(test)]
mod testing;

pub use balanced::{Measured, measure_rule};
pub use by_gallery::{ByGallery, FEWEST_FALSE_POSITIVES, TARGETS, VIEWS, measure_by_gallery};
pub use dnc_datasets::enrolment::Draws;
pub use table::table;
