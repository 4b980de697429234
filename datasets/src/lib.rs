//! Re-identification data sets: samples and splits, loaders, evaluation protocols, and a renderer of vehicle
//! pictures for tests and the quick start.

mod builder;
pub mod cars;
pub mod check;
pub mod counts;
pub mod csv_list;
pub mod cub;
pub mod error;
mod file_name;
pub mod fingerprint;
#[cfg(test)]
mod fixture;
pub mod folder;
pub mod histogram;
pub mod in_shop;
pub mod layout;
mod list;
pub mod market;
pub mod mat;
pub mod official;
pub mod online_products;
pub mod open;
pub mod part;
pub mod pictures;
pub mod protocol;
pub mod render;
pub mod sample;
pub mod validation;
pub mod vehicle_id;
pub mod veri;
pub mod weights;

pub use error::DatasetError;
pub use fingerprint::Fingerprint;
pub use open::open;
pub use protocol::{Protocol, ProtocolError};
pub use sample::{Dataset, Role, Sample, Split};
