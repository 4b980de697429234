//! `POST /v1/events/{id}/correction`: a person says who it was.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::enroll::enroll_view;
use super::error::ApiError;
use super::events::{EventPath, event_id, gone};
use super::journal::{Correction, Entry, Said};
use super::service::Service;
use super::{body, reply};
use crate::gallery::{Gallery, GalleryError, NewView, Outcome};
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
    let (identity, view) = match said {
        Said::Not => {
            let name = name.unwrap_or_default();
            service.with_gallery(move |gallery| bar(gallery, &entry, name)).await?
        }
        _ => {
            let enrol = move |gallery: &mut Gallery| {
                let identity = whose(gallery, said, name)?;
                let view = NewView {
                    identity: identity.clone(),
                    embedding: entry.embedding,
                    source: format!("{} of {}", entry.shown.event.answer.picture, entry.shown.event.time),
                    picture_sha256: entry.view,
                    precision,
                    keep_f32,
                };
                let view = match enroll_view(gallery, view)? {
                    Outcome::Enrolled(view) => view,
                    Outcome::Duplicate(known) => known.view,
                };
                Ok((identity, Some(view)))
            };
            service.change(enrol).await?
        }
    };
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

/// "Not this one". It is kept with the event and told to the watchers; the gallery does not know of it yet: here is the
/// place to bar the view from the identity there.
fn bar(gallery: &mut Gallery, _entry: &Entry, name: String) -> Result<(String, Option<u64>), ApiError> {
    whose(gallery, Said::Not, Some(name)).map(|name| (name, None))
}
