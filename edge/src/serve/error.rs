//! What can be wrong: with starting the service, and with a request.

use std::net::SocketAddr;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::reply::json;
use crate::gallery::GalleryError;
use crate::live::{SeenError, SiteError};

/// A service that cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Others than this machine could ask, and nothing keeps them from it.
    #[error(
        "{0} can be reached from other machines and no token is set; give --token-file FILE or set DNC_EDGE_TOKEN \
         (`openssl rand -hex 24` makes a token), or listen at 127.0.0.1"
    )]
    TokenNeeded(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen at {address}: {source}; give another --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system gives no thread, no timer, or no signals.
    #[error("cannot start the service: {0}")]
    Start(#[from] std::io::Error),
}

/// Code of what the gallery's storage is to blame for.
pub const GALLERY_FAILED: &str = "gallery_failed";

/// What a request gets in place of its answer.
#[derive(Debug)]
pub struct ApiError {
    pub status: StatusCode,
    /// Seconds after which the client may ask again.
    pub retry_after: Option<u64>,
    pub body: ErrorBody,
}

#[derive(Debug, Serialize)]
pub struct ErrorBody {
    /// A word for programs.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What the client can do.
    pub next_step: String,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: &'a ErrorBody,
}

impl ApiError {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        next_step: impl Into<String>,
    ) -> Self {
        let body = ErrorBody { code, message: message.into(), next_step: next_step.into() };
        Self { status, retry_after: None, body }
    }

    pub fn bad(code: &'static str, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message, next_step)
    }

    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// A message of the library, whose last clause says what to do.
    fn told(status: StatusCode, code: &'static str, text: &str) -> Self {
        let (message, next_step) = text.rsplit_once("; ").unwrap_or((text, "see the service's log"));
        Self::new(status, code, message, next_step)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = json(self.status, &Envelope { error: &self.body });
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<SeenError> for ApiError {
    fn from(error: SeenError) -> Self {
        let text = error.to_string();
        match error {
            SeenError::Intake(intake) => {
                let status = match intake.code() {
                    "picture_too_long" | "picture_too_many_pixels" => StatusCode::PAYLOAD_TOO_LARGE,
                    "picture_format" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                Self::told(status, intake.code(), &text)
            }
            SeenError::Region(_) => Self::bad("box", text, "give box=left,top,width,height in pixels of this picture"),
            SeenError::Gallery(error) => error.into(),
            SeenError::Thumbnail(_) => Self::told(StatusCode::UNPROCESSABLE_ENTITY, "picture_broken", &text),
            SeenError::Embed(_) | SeenError::Panicked => {
                Self::told(StatusCode::INTERNAL_SERVER_ERROR, "model_failed", &text)
            }
        }
    }
}

impl From<GalleryError> for ApiError {
    fn from(error: GalleryError) -> Self {
        match error {
            GalleryError::NoIdentity { name, .. } => Self::new(
                StatusCode::NOT_FOUND,
                "no_identity",
                format!("no identity {name:?}"),
                "GET /v1/identities lists them",
            ),
            GalleryError::NameTaken { name, .. } => Self::new(
                StatusCode::CONFLICT,
                "name_taken",
                format!("an identity {name:?} is there already"),
                "POST /v1/gallery/merge joins two, or choose another name",
            ),
            error @ GalleryError::MergedWithItself { .. } => {
                Self::told(StatusCode::CONFLICT, "merged_with_itself", &error.to_string())
            }
            error @ GalleryError::Name { .. } => Self::told(StatusCode::BAD_REQUEST, "name", &error.to_string()),
            error => Self::told(StatusCode::INTERNAL_SERVER_ERROR, GALLERY_FAILED, &error.to_string()),
        }
    }
}

impl From<SiteError> for ApiError {
    fn from(error: SiteError) -> Self {
        match error {
            SiteError::Gallery(error) => error.into(),
            error => Self::told(StatusCode::INTERNAL_SERVER_ERROR, "rule_failed", &error.to_string()),
        }
    }
}
