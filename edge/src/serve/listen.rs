//! Starting, taking connections, and ending.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use super::journal::Journal;
use super::metrics::Metrics;
use super::queue::Queue;
use super::routes::router;
use super::service::{STREAMS, Service, Writer};
use super::{ServeError, ServeOptions};
use crate::gallery::Gallery;
use crate::live::{Notes, Recognizer, Site};
#[cfg(feature = "mqtt")]
use crate::sink::Mqtt;

/// Longest header of a request, bytes.
const MAX_HEADER: usize = 16 << 10;
/// How long the broker is waited for at the end.
#[cfg(feature = "mqtt")]
const LAST_EVENTS: Duration = Duration::from_secs(5);
/// What the service works with.
pub struct Started {
    /// What answers are given from.
    pub site: Arc<Site>,
    /// The gallery, opened for writing.
    pub gallery: Gallery,
    /// One for each thread of the model.
    pub recognizers: Vec<Recognizer>,
    /// Where events go besides.
    #[cfg(feature = "mqtt")]
    pub mqtt: Option<Mqtt>,
    /// What a person should read.
    pub notes: Notes,
}

/// Serves until the system asks to stop (SIGTERM, Ctrl-C): then no new requests are taken, running ones end within
/// their time, and the gallery is closed. `listening` is told the address once requests are taken.
///
/// # Errors
/// Where the address needs a token or cannot be had, or the system gives no threads.
pub fn serve(options: ServeOptions, started: Started, listening: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    options.check()?;
    let metrics = Arc::new(Metrics::new().map_err(std::io::Error::other)?);
    metrics.gallery(started.site.counts());
    let (queue, models) = Queue::start(started.recognizers, options.queue, &started.site, &metrics)?;
    let (end, ending) = watch::channel(false);
    let service = Arc::new(Service {
        journal: Journal::new(options.events),
        site: started.site,
        queue,
        metrics,
        notes: started.notes,
        streams: Arc::new(Semaphore::new(STREAMS)),
        ending,
        #[cfg(feature = "mqtt")]
        mqtt: started.mqtt,
        gallery: Writer::new(started.gallery),
        options,
    });
    // One thread moves the bytes; what takes time runs on threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(4).build()?;
    runtime.block_on(run(&service, end, listening))?;
    // Waits for a change of the gallery that is under way.
    drop(runtime);
    if let Some(service) = Arc::into_inner(service) {
        #[cfg(feature = "mqtt")]
        if let Some(mqtt) = service.mqtt {
            let counts = mqtt.close(LAST_EVENTS);
            if counts.waiting > 0 {
                (service.notes)(&format!("mqtt: {} events did not reach the broker", counts.waiting));
            }
        }
        drop(service.queue);
        for model in models {
            // A panic of it was printed already.
            let _ = model.join();
        }
    }
    Ok(())
}

async fn run(
    service: &Arc<Service>,
    end: watch::Sender<bool>,
    listening: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let address = service.options.listen;
    let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
    let mut stopped = std::pin::pin!(stopped()?);
    listening(listener.local_addr()?);
    let places = Arc::new(Semaphore::new(service.options.connections.max(1)));
    let graceful = GracefulShutdown::new();
    let router = router(service);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => {
                    // Out of file descriptors, or the client has gone: others wait meanwhile.
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            signal = &mut stopped => {
                (service.notes)(&format!("{signal}: running requests end, then the service does"));
                break;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            service.metrics.connection_refused();
            refuse(stream);
            continue;
        };
        let served = graceful.watch(connection(stream, &router, service.options.timeout));
        tokio::spawn(hold(served, place, Arc::clone(service)));
    }
    drop(listener);
    // The streams of events would go on for ever.
    let _ = end.send(true);
    if timeout(service.options.timeout, graceful.shutdown()).await.is_err() {
        (service.notes)("some requests did not end in time and were cut off");
    }
    Ok(())
}

/// A connection whose writes have a limit.
type Socket = TokioIo<Pin<Box<TimeoutStream<TcpStream>>>>;

/// One connection. A client that is slow to send a header, or to take an answer, is cut off; a slow body is its request's
/// own business.
fn connection(
    stream: TcpStream,
    router: &axum::Router,
    limit: Duration,
) -> http1::Connection<Socket, TowerToHyperService<axum::Router>> {
    // Answers are small: they must not wait for more to be sent with them.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limit));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limit)
        .max_buf_size(MAX_HEADER)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router.clone()))
}

async fn hold<E>(served: impl Future<Output = Result<(), E>>, place: OwnedSemaphorePermit, service: Arc<Service>) {
    service.metrics.connected(1);
    // What goes wrong is the client's: it has gone, or was cut off.
    let _ = served.await;
    service.metrics.connected(-1);
    drop(place);
}

/// Says why, as far as the socket takes it at once.
fn refuse(stream: TcpStream) {
    let next_step = "ask again after the seconds of Retry-After";
    let error = json!({"code": "connections", "message": "too many connections are open", "next_step": next_step});
    let body = json!({ "error": error }).to_string();
    let head =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\nConnection: close";
    let _ = stream.try_write(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
}

/// Waits for the system's wish to stop; answers its name.
fn stopped() -> std::io::Result<impl Future<Output = &'static str>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => "interrupted",
                _ = terminate.recv() => "asked to stop",
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        "interrupted"
    })
}
