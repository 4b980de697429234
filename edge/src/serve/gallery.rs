//! The gallery's own requests: list, look at, rename, merge, remove, verify.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::service::Service;
use super::{body, reply};
use crate::gallery::{GalleryError, Identity, View};
use crate::json::{MergedLine, RemovedLine, RenamedLine, VerifiedLine};

#[derive(Serialize)]
struct Listed {
    identities: Vec<Identity>,
    views: u64,
}

#[derive(Serialize)]
struct LookedAt {
    #[serde(flatten)]
    identity: Identity,
    pictures: Vec<View>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    identity: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    from: String,
    into: String,
}

type Name = Result<Path<String>, PathRejection>;

fn name(path: Name) -> Result<String, ApiError> {
    path.map(|p| p.0).map_err(|e| ApiError::bad("name", e.body_text(), "give the name percent-encoded, as UTF-8"))
}

pub async fn list(State(service): State<Arc<Service>>) -> Result<Response, ApiError> {
    let listed = service
        .with_gallery(|gallery| Ok(Listed { identities: gallery.identities()?, views: gallery.counts()?.views }));
    Ok(reply::ok(&listed.await?))
}

pub async fn get(State(service): State<Arc<Service>>, path: Name) -> Result<Response, ApiError> {
    let name = name(path)?;
    let found = service.with_gallery(move |gallery| {
        let path = gallery.path().to_owned();
        let identity = gallery.identities()?.into_iter().find(|i| i.name == name);
        let identity = identity.ok_or(GalleryError::NoIdentity { path, name })?;
        let pictures = gallery.views()?.into_iter().filter(|v| v.identity == identity.id).collect();
        Ok(LookedAt { identity, pictures })
    });
    Ok(reply::ok(&found.await?))
}

pub async fn remove(State(service): State<Arc<Service>>, path: Name) -> Result<Response, ApiError> {
    let name = name(path)?;
    let removed = service.change(move |gallery| {
        let views = gallery.remove(&name)?;
        Ok(RemovedLine { removed: name, views })
    });
    Ok(reply::ok(&removed.await?))
}

pub async fn rename(State(service): State<Arc<Service>>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let Rename { identity, to } = body::json(&headers, body, service.end()).await?;
    let renamed = service.change(move |gallery| {
        gallery.rename(&identity, &to)?;
        Ok(RenamedLine { renamed: identity, to })
    });
    Ok(reply::ok(&renamed.await?))
}

pub async fn merge(State(service): State<Arc<Service>>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let Merge { from, into } = body::json(&headers, body, service.end()).await?;
    let merged = service.change(move |gallery| {
        let views = gallery.merge(&from, &into)?;
        Ok(MergedLine { merged: from, into, views })
    });
    Ok(reply::ok(&merged.await?))
}

pub async fn verify(State(service): State<Arc<Service>>) -> Result<Response, ApiError> {
    let found = service.with_gallery(|gallery| Ok(gallery.verify()?)).await?;
    let (identities, views) = (found.counts.identities, found.counts.views);
    Ok(reply::ok(&VerifiedLine { identities, views, faults: found.faults, recall: None }))
}
