//! The HTTP service: identify, enrol, gallery, health, metrics, and a page with the live events.
//!
//! The model runs on threads of its own behind a bounded queue; the thread that speaks HTTP never waits for it, nor for
//! the disk. Requests, bodies, pictures, connections and waiting times all have limits.

mod body;
mod correct;
mod enroll;
mod error;
mod events;
mod gallery;
mod guard;
mod identify;
mod journal;
mod listen;
mod metrics;
mod pages;
mod queue;
mod reply;
mod routes;
mod service;
mod stream;
mod token;

use std::net::SocketAddr;
use std::time::Duration;

pub use error::ServeError;
pub use journal::{Correction, Said, Shown};
pub use listen::{Started, serve};
pub use token::{MIN_TOKEN, Token, TokenError};

use crate::live::IntakeLimits;

/// What the service may be asked for, and how much of it.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Address to listen at.
    pub listen: SocketAddr,
    /// What clients must know; needed where `listen` is not of this machine alone.
    pub token: Option<Token>,
    /// What a picture may cost.
    pub intake: IntakeLimits,
    /// Pictures that wait for them at most.
    pub queue: usize,
    /// Connections at a time.
    pub connections: usize,
    /// How long a client may take to send a request, or to take an answer; and how long a picture may wait.
    pub timeout: Duration,
    /// Events that are kept to be shown and corrected.
    pub events: usize,
    /// Whether enrolled views keep their f32 embedding beside the int8 code.
    pub keep_f32: bool,
}

impl ServeOptions {
    /// Whether the service may listen at its address.
    ///
    /// # Errors
    /// Where others than this machine could ask, and no token keeps them from it.
    pub fn check(&self) -> Result<(), ServeError> {
        if self.token.is_none() && !self.listen.ip().is_loopback() {
            return Err(ServeError::TokenNeeded(self.listen));
        }
        Ok(())
    }
}
