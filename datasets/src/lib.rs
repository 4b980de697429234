//! Re-identification data sets: samples and splits, loaders, evaluation protocols, and a renderer of vehicle
//! pictures for tests and the quick start.

pub mod csv_list;
pub mod enrolment;
pub mod error;
pub mod folder;
pub mod histogram;
pub mod open;
pub mod pictures;
pub mod protocol;
pub mod render;
pub mod sample;
pub mod validation;
pub mod vehicle_id;
pub mod weights;

pub use error::DatasetError;
pub use open::open;
pub use protocol::{Protocol, ProtocolError};
pub use sample::{Dataset, Role, Sample, Split};
