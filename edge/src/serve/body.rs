//! Reading a request's body: so many bytes, in so much time.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::error::ApiError;

/// Longest JSON body, bytes.
const MAX_JSON: usize = 64 << 10;

/// The whole body.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize, end: Instant) -> Result<Vec<u8>, ApiError> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if length.is_some_and(|n: u64| n > limit as u64) {
        return Err(too_long(limit));
    }
    // No more is taken ahead than a client has to send for it.
    let mut bytes = Vec::with_capacity(length.map_or(0, |n| n as usize).min(64 << 10));
    let mut chunks = body.into_data_stream();
    loop {
        let next = timeout_at(end, chunks.next()).await.map_err(|_| {
            let message = format!("the request's body did not come in time; {} bytes came", bytes.len());
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", message, "send it faster, or a smaller picture")
        })?;
        match next {
            None => return Ok(bytes),
            Some(Ok(chunk)) if bytes.len() + chunk.len() > limit => return Err(too_long(limit)),
            Some(Ok(chunk)) => bytes.extend_from_slice(&chunk),
            Some(Err(error)) => {
                let message = format!("the request's body cannot be read: {error}");
                return Err(ApiError::bad("body_cut", message, "send the whole body"));
            }
        }
    }
}

/// The whole body as JSON.
pub async fn json<T: DeserializeOwned>(headers: &HeaderMap, body: Body, end: Instant) -> Result<T, ApiError> {
    let bytes = read(headers, body, MAX_JSON, end).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        ApiError::bad("json", format!("the body is not what is expected: {error}"), "/docs shows the fields")
    })
}

fn too_long(limit: usize) -> ApiError {
    let message = format!("the request's body has more than {limit} bytes");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_long", message, "send a smaller one")
}
