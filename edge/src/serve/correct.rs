//! `POST /v1/events/{id}/correction`: a person says who it was.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::enroll::{Placed, enroll_view};
use super::error::ApiError;
use super::events::{EventPath, event_id, gone};
use super::journal::{Correction, Said};
use super::service::Service;
use super::{body, reply};
use crate::gallery::{BarOutcome, Gallery, GalleryError, NewView};
use crate::live::now;

/// What is said: `{"is": "17"}`, `{"not": "17"}`, `{"new": "18"}`, or `{"new": null}` for a name of ours.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Asked {
    Is(String),
    Not(String),
    New(Option<String>),
}

pub async fn correct(
    State(service): State<Arc<Service>>,
    path: EventPath,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let id = event_id(path)?;
    let asked: Asked = body::json(&headers, body, service.end()).await?;
    let entry = service.journal.get(id).ok_or_else(|| gone(id))?;
    let (said, name) = match asked {
        Asked::Is(name) => (Said::Is, Some(name)),
        Asked::Not(name) => (Said::Not, Some(name)),
        Asked::New(name) => (Said::New, name.filter(|n| !n.is_empty())),
    };
    let (precision, keep_f32) = (service.site.variant().precision, service.options.keep_f32);
    let correction = move |gallery: &mut Gallery| {
        let identity = whose(gallery, said, name)?;
        let view = NewView {
            identity: identity.clone(),
            embedding: entry.embedding,
            source: format!("{} of {}", entry.shown.event.answer.picture, entry.shown.event.time),
            picture_sha256: entry.view,
            precision,
            keep_f32,
            thumbnail: entry.thumbnail,
        };
        let view = match said {
            Said::Not => bar(gallery, view)?,
            Said::Is | Said::New => Some(match enroll_view(gallery, view)? {
                Placed::New(view) => view,
                Placed::Before(known) => known.view,
            }),
        };
        Ok((identity, view))
    };
    let (identity, view) = service.change(correction).await?;
    (service.notes)(&format!("event {id}: {} {identity:?}", verb(said)));
    let shown = service.journal.correct(id, Correction { said, identity, view, time: now() });
    Ok(reply::ok(&shown.ok_or_else(|| gone(id))?))
}

fn verb(said: Said) -> &'static str {
    match said {
        Said::Is => "that is",
        Said::Not => "not",
        Said::New => "new,",
    }
}

/// The identity that the view goes to.
fn whose(gallery: &Gallery, said: Said, name: Option<String>) -> Result<String, ApiError> {
    let names: Vec<String> = gallery.identities()?.into_iter().map(|i| i.name).collect();
    match (said, name) {
        (Said::New, None) => {
            let mut free = (1..).map(|i| format!("unknown-{i}")).filter(|name| !names.contains(name));
            // There are more numbers than names.
            Ok(free.next().unwrap_or_default())
        }
        (Said::New, Some(name)) if names.contains(&name) => {
            Err(GalleryError::NameTaken { path: gallery.path().to_owned(), name }.into())
        }
        (Said::New, Some(name)) => Ok(name),
        (_, name) => {
            let name = name.unwrap_or_default();
            if names.contains(&name) {
                return Ok(name);
            }
            Err(ApiError::new(
                StatusCode::NOT_FOUND,
                "no_identity",
                format!("no identity {name:?}"),
                "GET /v1/identities lists them; say \"new\" to make one",
            ))
        }
    }
}

/// "Not this one": the picture is barred from the identity, and taken out of it where it was one of its views; that
/// view's id then.
fn bar(gallery: &mut Gallery, view: NewView) -> Result<Option<u64>, ApiError> {
    Ok(match gallery.bar(&[view])?.pop() {
        Some(BarOutcome::TakenOut(id)) => Some(id),
        Some(BarOutcome::Barred | BarOutcome::Already) | None => None,
    })
}
