//! What `watch` and `serve` share: a picture of somebody else's making is let in, cut to its box, embedded, compared
//! with the gallery as it stands, and told of as an event.

use std::sync::Arc;

mod backoff;
mod event;
mod intake;
mod opened;
mod recognizer;
mod region;
mod rule;
mod site;

pub use backoff::Backoff;
pub use event::{EventLine, now};
pub use intake::{IntakeError, IntakeLimits, open_picture};
pub use opened::Opened;
pub use recognizer::{Recognizer, SeenError, view_hash};
pub use region::{Region, RegionError};
pub use rule::{RuleError, RuleSource};
pub use site::{Site, SiteError};

/// Takes what a person should read of a long run: a camera that went away, a broker that is back. One sentence each.
pub type Notes = Arc<dyn Fn(&str) + Send + Sync>;
