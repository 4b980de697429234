//! The pages, which hold no data of their own, and the answer that the service is there.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::error::ApiError;
use super::reply;

/// The requests that the service answers.
pub const OPENAPI: &str = include_str!("web/openapi.json");
const EVENTS: &str = include_str!("web/events.html");
const DOCS: &str = include_str!("web/docs.html");

pub async fn health() -> Response {
    reply::ok(&json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], OPENAPI).into_response()
}

pub async fn events() -> Response {
    page(EVENTS)
}

pub async fn docs() -> Response {
    page(DOCS)
}

pub async fn no_such_path() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_path", "there is nothing at this path", "/docs lists the paths")
}

pub async fn no_such_method() -> ApiError {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    ApiError::new(status, "no_such_method", "this path has no such method", "/docs lists the methods")
}

/// A page that runs its own script and style, asks its own server, and nothing else.
fn page(html: &'static str) -> Response {
    let policy = format!(
        "default-src 'none'; connect-src 'self'; img-src blob:; script-src {}; style-src {}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(html, "script"),
        hash(html, "style")
    );
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, html).into_response()
}

/// The source expression that allows the page's one `element`.
fn hash(html: &str, element: &str) -> String {
    let inner =
        html.split_once(&format!("<{element}>")).and_then(|(_, rest)| rest.split_once(&format!("</{element}>")));
    let digest = Sha256::digest(inner.map_or("", |(inner, _)| inner));
    format!("'sha256-{}'", BASE64_STANDARD.encode(digest))
}
