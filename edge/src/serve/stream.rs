//! `GET /v1/events/stream`: every event as it happens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;

use super::error::ApiError;
use super::service::{STREAMS, Service};

/// How often a silent stream says that it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub async fn follow(State(service): State<Arc<Service>>) -> Result<Response, ApiError> {
    let place = Arc::clone(&service.streams).try_acquire_owned().map_err(|_| {
        let message = format!("{STREAMS} watchers are there already");
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "busy", message, "close another one").retry_after(30)
    })?;
    let start = (service.journal.watch(), service.ending.clone(), place);
    let messages = stream::unfold(start, |(mut messages, mut ending, place)| async move {
        let event = tokio::select! {
            message = messages.recv() => match message {
                Ok(m) => Event::default().event(m.kind).id(m.id.to_string()).data(&*m.data),
                // A slow watcher is told what it lost, and asks for the list.
                Err(RecvError::Lagged(n)) => Event::default().event("missed").data(n.to_string()),
                Err(RecvError::Closed) => return None,
            },
            _ = ending.wait_for(|ending| *ending) => return None,
        };
        Some((Ok::<_, Infallible>(event), (messages, ending, place)))
    });
    Ok(Sse::new(messages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}
