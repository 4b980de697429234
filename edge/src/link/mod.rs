//! The line to a microcontroller that matches and acts: galleries and probes out, decisions back.
//!
//! [`Address`] says where the controller is, [`Link`] asks it one request at a time and repeats what is not answered,
//! [`gallery_block`] is what it is sent. Frames and matching are `dnc_core::wire` and `dnc_core::matching`: what the
//! controller runs too, so [`Compared`] can hold its answers to ours to the last bit.

mod address;
mod block;
mod compared;
mod error;
mod exchange;
pub mod lines;
mod reply;
mod session;
mod update;

pub use address::{Address, DEFAULT_BAUD, Port};
pub use block::gallery_block;
pub use compared::Compared;
pub use error::LinkError;
pub use exchange::{Link, Patience, Traffic};
pub use reply::{Near, Seen};
pub use session::{Session, SessionEnd};
pub use update::Sent;
