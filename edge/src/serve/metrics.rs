//! `GET /metrics`, and what is counted for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dnc_core::decision::Decision;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use super::error::ApiError;
use super::service::Service;

/// Upper bounds of the histograms, seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    decisions: IntCounterVec,
    looked: Histogram,
    refused: IntCounter,
    connections: IntGauge,
    connections_refused: IntCounter,
    jobs: IntGauge,
    gallery_reads: IntCounter,
    identities: IntGauge,
    views: IntGauge,
    memory: IntGauge,
    #[cfg(feature = "mqtt")]
    mqtt: IntCounterVec,
}

impl Metrics {
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counters = |name, help, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counters.clone())).map(|()| counters)
        };
        let counter = |name, help| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone())).map(|()| counter)
        };
        let gauge = |name, help| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone())).map(|()| gauge)
        };
        let histogram = |name, help| HistogramOpts::new(name, help).buckets(BUCKETS.to_vec());
        let seconds = HistogramVec::new(
            histogram("dnc_edge_request_seconds", "Time from a request's header to its answer's."),
            &["path"],
        )?;
        registry.register(Box::new(seconds.clone()))?;
        let looked = Histogram::with_opts(histogram(
            "dnc_edge_model_seconds",
            "Time of a model's thread for one picture: decode, preprocess, embed, search.",
        ))?;
        registry.register(Box::new(looked.clone()))?;
        Ok(Self {
            requests: counters("dnc_edge_requests_total", "Requests answered.", &["path", "status"])?,
            decisions: counters("dnc_edge_decisions_total", "Identifications by decision.", &["decision"])?,
            refused: counter("dnc_edge_refused_total", "Pictures refused since the queue was full.")?,
            connections: gauge("dnc_edge_connections", "Open connections.")?,
            connections_refused: counter("dnc_edge_connections_refused_total", "Connections beyond the limit.")?,
            jobs: gauge("dnc_edge_queue", "Pictures that wait for the model or are looked at.")?,
            gallery_reads: counter(
                "dnc_edge_gallery_reads_total",
                "Times that changes made the gallery be read again.",
            )?,
            identities: gauge("dnc_edge_gallery_identities", "Identities enrolled.")?,
            views: gauge("dnc_edge_gallery_views", "Views enrolled.")?,
            memory: gauge("process_resident_memory_bytes", "Resident memory.")?,
            #[cfg(feature = "mqtt")]
            mqtt: counters("dnc_edge_mqtt_total", "Events for the broker, by what became of them.", &["outcome"])?,
            registry,
            seconds,
            looked,
        })
    }

    pub fn decided(&self, decision: Decision) {
        let name = match decision {
            Decision::Known => "known",
            Decision::Unsure => "unsure",
            Decision::Unknown => "unknown",
        };
        self.decisions.with_label_values(&[name]).inc();
    }

    pub fn looked(&self, took: Duration) {
        self.looked.observe(took.as_secs_f64());
    }

    pub fn refused(&self) {
        self.refused.inc();
    }

    pub fn gallery(&self, (identities, views): (usize, usize)) {
        self.identities.set(identities as i64);
        self.views.set(views as i64);
    }

    pub fn gallery_read(&self) {
        self.gallery_reads.inc();
    }

    pub fn connected(&self, change: i64) {
        self.connections.add(change);
    }

    pub fn connection_refused(&self) {
        self.connections_refused.inc();
    }
}

/// Counts every request.
pub async fn count(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    // The pattern, not what the client sent: a metric has few labels.
    let path = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    let metrics = &service.metrics;
    metrics.seconds.with_label_values(&[path.as_str()]).observe(began.elapsed().as_secs_f64());
    metrics.requests.with_label_values(&[path.as_str(), response.status().as_str()]).inc();
    response
}

pub async fn show(State(service): State<Arc<Service>>) -> Result<Response, ApiError> {
    let metrics = &service.metrics;
    metrics.jobs.set(service.queue.jobs() as i64);
    metrics.memory.set(resident_bytes().unwrap_or(0));
    #[cfg(feature = "mqtt")]
    if let Some(mqtt) = &service.mqtt {
        let counts = mqtt.counts();
        for (outcome, n) in [("delivered", counts.delivered), ("dropped", counts.dropped)] {
            let counter = metrics.mqtt.with_label_values(&[outcome]);
            counter.inc_by(n.saturating_sub(counter.get()));
        }
    }
    let mut text = Vec::new();
    TextEncoder::new().encode(&metrics.registry.gather(), &mut text).map_err(|error| {
        let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        ApiError::new(status, "metrics_failed", error.to_string(), "see the service's log")
    })?;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// What Linux says that this process holds; nothing elsewhere.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<i64>().ok().map(|kib| kib * 1024)
}
