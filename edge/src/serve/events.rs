//! The latest events and their pictures.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::identify::bad_query;
use super::journal::Shown;
use super::reply;
use super::service::Service;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    after: Option<u64>,
}

#[derive(Serialize)]
struct Listed {
    events: Vec<Shown>,
}

pub type EventPath = Result<Path<u64>, PathRejection>;

pub fn event_id(path: EventPath) -> Result<u64, ApiError> {
    path.map(|p| p.0).map_err(|e| ApiError::bad("event", e.body_text(), "give the event's number"))
}

pub fn gone(id: u64) -> ApiError {
    let next_step = "GET /v1/events lists those that are kept; --events keeps more";
    ApiError::new(StatusCode::NOT_FOUND, "no_event", format!("event {id} is not kept, or never was"), next_step)
}

pub async fn list(
    State(service): State<Arc<Service>>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, ApiError> {
    let asked = query.map_err(bad_query)?.0;
    Ok(reply::ok(&Listed { events: service.journal.after(asked.after.unwrap_or(0)) }))
}

pub async fn picture(State(service): State<Arc<Service>>, path: EventPath) -> Result<Response, ApiError> {
    let id = event_id(path)?;
    let entry = service.journal.get(id).ok_or_else(|| gone(id))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, entry.picture).into_response())
}
