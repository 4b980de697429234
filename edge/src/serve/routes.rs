//! Which request goes where.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use super::service::Service;
use super::{correct, enroll, events, gallery, guard, identify, metrics, pages, stream};

pub fn router(service: &Arc<Service>) -> Router {
    let guarded = Router::new()
        .route("/v1/identify", post(identify::identify))
        .route("/v1/enroll", post(enroll::enroll))
        .route("/v1/identities", get(gallery::list))
        .route("/v1/identities/{name}", get(gallery::get).delete(gallery::remove))
        .route("/v1/gallery/rename", post(gallery::rename))
        .route("/v1/gallery/merge", post(gallery::merge))
        .route("/v1/gallery/verify", post(gallery::verify))
        .route("/v1/events", get(events::list))
        .route("/v1/events/stream", get(stream::follow))
        .route("/v1/events/{id}/picture", get(events::picture))
        .route("/v1/events/{id}/correction", post(correct::correct))
        .route("/metrics", get(metrics::show))
        .route_layer(from_fn_with_state(Arc::clone(service), guard::guard));
    let open = Router::new()
        .route("/", get(pages::events))
        .route("/docs", get(pages::docs))
        .route("/openapi.json", get(pages::openapi))
        .route("/health", get(pages::health));
    guarded
        .merge(open)
        .fallback(pages::no_such_path)
        .method_not_allowed_fallback(pages::no_such_method)
        .layer(from_fn_with_state(Arc::clone(service), metrics::count))
        .with_state(Arc::clone(service))
}
