//! `POST /v1/enroll`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::error::{ApiError, GALLERY_FAILED};
use super::identify::{bad_query, label, look, region};
use super::service::Service;
use super::{body, reply};
use crate::gallery::{Duplicate, Gallery, NewView, Outcome};
use crate::json::EnrollLine;
use crate::live::now;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    identity: Option<String>,
    #[serde(rename = "box")]
    region: Option<String>,
    picture: Option<String>,
}

pub async fn enroll(
    State(service): State<Arc<Service>>,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let end = service.end();
    let asked = query.map_err(bad_query)?.0;
    let Some(identity) = asked.identity.filter(|name| !name.is_empty()) else {
        return Err(ApiError::bad("name", "no identity is named", "give identity=NAME"));
    };
    let region = region(asked.region.as_deref())?;
    let picture = label("picture", asked.picture)?.unwrap_or_else(|| format!("sent {}", now()));
    let bytes = body::read(&headers, body, service.options.intake.max_bytes, end).await?;
    let looked = look(&service, bytes, region, None, end).await?;
    let view = NewView {
        identity: identity.clone(),
        embedding: looked.embedding,
        source: picture.clone(),
        picture_sha256: looked.view,
        precision: service.site.variant().precision,
        keep_f32: service.options.keep_f32,
        thumbnail: looked.thumbnail,
    };
    let outcome = service.change(move |gallery| enroll_view(gallery, view)).await?;
    Ok(match outcome {
        Placed::New(view) => reply::json(StatusCode::CREATED, &EnrollLine::Enrolled { picture, identity, view }),
        Placed::Before(known) => {
            let (enrolled_as, view) = (known.identity, known.view);
            reply::ok(&EnrollLine::Duplicate { picture, identity, enrolled_as, view })
        }
    })
}

/// Where a view is now.
pub enum Placed {
    /// Enrolled, with this id.
    New(u64),
    /// It was enrolled under the same identity before.
    Before(Duplicate),
}

/// Enrols one view; a picture that is another identity's, or barred from this one, is refused.
pub fn enroll_view(gallery: &mut Gallery, view: NewView) -> Result<Placed, ApiError> {
    let identity = view.identity.clone();
    match gallery.enroll(&[view])?.pop() {
        Some(Outcome::Enrolled(view)) => Ok(Placed::New(view)),
        Some(Outcome::Duplicate(known)) if known.identity == identity => Ok(Placed::Before(known)),
        Some(Outcome::Duplicate(known)) => Err(ApiError::new(
            StatusCode::CONFLICT,
            "enrolled_elsewhere",
            format!("the same picture is enrolled as {:?}", known.identity),
            "POST /v1/gallery/merge joins the two identities; send another picture otherwise",
        )),
        Some(Outcome::Barred) => Err(ApiError::new(
            StatusCode::CONFLICT,
            "barred",
            format!("somebody said that this picture is not {identity:?}"),
            "`dnc-edge gallery unbar` takes that back; send another picture otherwise",
        )),
        None => Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            GALLERY_FAILED,
            "the gallery does not say what became of the view",
            "see the service's log",
        )),
    }
}
