//! Watching a source of pictures: a folder, standard input, or a video through a player of its own process.
//!
//! A thread of the source puts frames into a [`Mailbox`]; the thread of the model takes them out. Where the model is
//! slower, the oldest frame is dropped and counted, or the source waits. Broken frames are told of and never end it.

mod boxes;
mod child;
mod folder;
mod follow;
mod frame;
mod look;
mod mailbox;
mod player;
mod run;
mod stdin;

pub use boxes::BoxBook;
pub use child::Supervised;
pub use folder::Folder;
pub use frame::{Frame, Key, Outlet, Picture, Source, WatchError};
pub use mailbox::{Mailbox, Popped, WhenSlow};
pub use player::{Player, Size, SizeError, Video};
pub use run::{Seer, WatchLine, WatchOptions, WatchSummary, watch};
pub use stdin::Framed;
