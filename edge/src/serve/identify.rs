//! `POST /v1/identify`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::error::ApiError;
use super::journal::{Entry, Shown};
use super::queue::{Job, Looked};
use super::service::Service;
use super::{body, reply};
use crate::json::AnswerLine;
use crate::live::{EventLine, Region, RegionError, now};

/// Most identities that are listed.
const MAX_TOP: usize = 100;
/// Longest name of a camera or a picture, bytes.
const MAX_LABEL: usize = 256;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(rename = "box")]
    region: Option<String>,
    top: Option<usize>,
    camera: Option<String>,
    picture: Option<String>,
}

pub async fn identify(
    State(service): State<Arc<Service>>,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let end = service.end();
    let asked = query.map_err(bad_query)?.0;
    let region = region(asked.region.as_deref())?;
    let top = asked.top.unwrap_or(3);
    if top > MAX_TOP {
        return Err(ApiError::bad("top", format!("top is {top}"), format!("give at most {MAX_TOP}")));
    }
    let camera = label("camera", asked.camera)?;
    let picture = label("picture", asked.picture)?;
    let bytes = body::read(&headers, body, service.options.intake.max_bytes, end).await?;
    let looked = look(&service, bytes, region, Some(top), end).await?;
    let Some(answer) = looked.answer else { return Err(broke_off()) };
    service.metrics.decided(answer.decision);
    let event = service.journal.add(|id| {
        let picture = picture.unwrap_or_else(|| format!("event {id}"));
        let answer = AnswerLine::new(picture, answer, None);
        let event = EventLine { id, time: now(), camera, region, answer };
        Entry {
            shown: Shown { event, corrections: Vec::new() },
            embedding: looked.embedding,
            view: looked.view,
            picture: looked.shown,
            thumbnail: looked.thumbnail,
        }
    });
    #[cfg(feature = "mqtt")]
    if let (Some(mqtt), Ok(line)) = (&service.mqtt, serde_json::to_string(&event)) {
        mqtt.publish(line);
    }
    Ok(reply::ok(&event))
}

/// Has the model look at a picture.
pub async fn look(
    service: &Service,
    bytes: Vec<u8>,
    region: Option<Region>,
    top: Option<usize>,
    end: Instant,
) -> Result<Looked, ApiError> {
    let (reply, answer) = oneshot::channel();
    service.queue.submit(Job { bytes, region, top, reply }).map_err(|full| {
        service.metrics.refused();
        let message = "more pictures wait than the model can take";
        let next_step = "ask again after the seconds of Retry-After";
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "busy", message, next_step).retry_after(full.retry_after)
    })?;
    match timeout_at(end, answer).await {
        Ok(Ok(looked)) => Ok(looked?),
        Ok(Err(_)) => Err(broke_off()),
        Err(_) => {
            let message = "the model did not come to the picture in time";
            let next_step = "ask again later, or start the service with a longer --timeout or a shorter --queue";
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", message, next_step).retry_after(1))
        }
    }
}

/// The thread of the model panicked, which it has printed.
fn broke_off() -> ApiError {
    let message = "the model broke off on this picture";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "model_failed", message, "see the service's log")
}

pub fn bad_query(rejection: QueryRejection) -> ApiError {
    ApiError::bad("query", rejection.body_text(), "/docs shows the parameters")
}

pub fn region(text: Option<&str>) -> Result<Option<Region>, ApiError> {
    let parsed: Option<Result<Region, RegionError>> = text.map(str::parse);
    parsed.transpose().map_err(|e| crate::live::SeenError::from(e).into())
}

pub fn label(name: &'static str, text: Option<String>) -> Result<Option<String>, ApiError> {
    match text {
        Some(text) if text.len() > MAX_LABEL || text.chars().any(char::is_control) => {
            let message = format!("{name} has {} bytes or control characters", text.len());
            Err(ApiError::bad("label", message, format!("give at most {MAX_LABEL} bytes of plain text")))
        }
        text => Ok(text.filter(|t| !t.is_empty())),
    }
}
