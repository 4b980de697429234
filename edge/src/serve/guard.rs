//! Who may ask.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::service::Service;

/// Lets a request through that shows the token; where none is set, one that comes from a program of this machine or from
/// our own page.
pub async fn guard(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let allowed = match &service.options.token {
        Some(token) => bearer(request.headers()).is_some_and(|shown| token.is(shown)).then_some(()).ok_or_else(|| {
            let next_step = "send the header Authorization: Bearer TOKEN";
            ApiError::new(StatusCode::UNAUTHORIZED, "token", "the token is missing or wrong", next_step)
        }),
        None => own_machine(request.headers(), request.uri()),
    };
    match allowed {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// Without a token, only the loopback address is listened at. A page of somebody else's in a browser on this machine
/// reaches that too: by a name of its own that leads here, which the Host header shows, or across sites, which the Origin
/// header shows.
fn own_machine(headers: &HeaderMap, uri: &Uri) -> Result<(), ApiError> {
    let text = |name| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    let host = text(header::HOST).or_else(|| uri.authority().map(|a| a.as_str())).unwrap_or("");
    if !is_loopback(host) {
        let next_step = "ask for 127.0.0.1, or set a token";
        let message = format!("without a token this machine's own address is answered, not {host:?}");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "host", message, next_step));
    }
    match text(header::ORIGIN) {
        Some(origin) if origin.strip_prefix("http://") != Some(host) => {
            let message = format!("a page of {origin:?} may not ask");
            Err(ApiError::new(StatusCode::FORBIDDEN, "origin", message, "set a token, and have the page send it"))
        }
        _ => Ok(()),
    }
}

/// Whether `host`, with or without a port, is this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["127.0.0.1:80", "127.0.0.1", "localhost:8077", "LOCALHOST", "[::1]:8077", "[::1]", "127.9.9.9:1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "10.0.0.1:80", "[::2]"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn other_pages_and_other_names_may_not_ask() {
        let asked = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect();
            own_machine(&headers, &"/v1/identify".parse().unwrap()).map_err(|e| e.body.code)
        };
        assert_eq!(asked(&[("host", "127.0.0.1:8077")]), Ok(()));
        assert_eq!(asked(&[("host", "127.0.0.1:8077"), ("origin", "http://127.0.0.1:8077")]), Ok(()));
        assert_eq!(asked(&[("host", "rebound.example:8077")]), Err("host"));
        assert_eq!(asked(&[]), Err("host"));
        for origin in ["http://evil.example", "null", "https://127.0.0.1:8077", "http://127.0.0.1:80771"] {
            assert_eq!(asked(&[("host", "127.0.0.1:8077"), ("origin", origin)]), Err("origin"), "{origin}");
        }
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        let shown = |value: &'static str| {
            let headers = [(header::AUTHORIZATION, value.parse().unwrap())].into_iter().collect();
            bearer(&headers).map(<[u8]>::to_vec)
        };
        assert_eq!(shown("Bearer abc"), Some(b"abc".to_vec()));
        assert_eq!(shown("bearer abc"), Some(b"abc".to_vec()));
        assert_eq!(shown("Basic abc"), None);
        assert_eq!(shown("Bearer"), None);
    }
}
