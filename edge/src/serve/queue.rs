//! The bounded queue before the model, and the threads behind it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tokio::sync::oneshot;

use super::metrics::Metrics;
use crate::answer::Answer;
use crate::live::{Recognizer, Region, SeenError, Site, view_hash};

/// A picture to be looked at.
pub struct Job {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// The part to be looked at.
    pub region: Option<Region>,
    /// Identities to list; `None` where only the embedding is wanted.
    pub top: Option<usize>,
    /// Where the result goes; closed when the client has gone.
    pub reply: oneshot::Sender<Result<Looked, SeenError>>,
}

/// What came of it.
pub struct Looked {
    /// Group-normalised embedding, d values.
    pub embedding: Vec<f32>,
    /// Who it is, where that was asked.
    pub answer: Option<Answer>,
    /// What the view is known by in the gallery.
    pub view: [u8; 32],
    /// A small JPEG of the part, to be shown.
    pub shown: Vec<u8>,
    /// A JPEG of the part, to be kept where the view is enrolled.
    pub thumbnail: Option<Vec<u8>>,
}

/// The entry of the queue. The threads end when all are dropped.
#[derive(Clone)]
pub struct Queue {
    jobs: SyncSender<Job>,
    load: Arc<Load>,
}

struct Load {
    /// Jobs that wait or are looked at.
    jobs: AtomicUsize,
    /// What a job takes, microseconds, smoothed.
    pace: AtomicU64,
    workers: usize,
}

/// The queue is full.
pub struct Full {
    /// Seconds after which a place should be free.
    pub retry_after: u64,
}

impl Queue {
    /// Starts a thread for each of `recognizers`; at most `capacity` pictures wait for them.
    pub fn start(
        recognizers: Vec<Recognizer>,
        capacity: usize,
        site: &Arc<Site>,
        metrics: &Arc<Metrics>,
    ) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (jobs, received) = sync_channel(capacity.max(1));
        let received = Arc::new(Mutex::new(received));
        let load = Arc::new(Load { jobs: AtomicUsize::new(0), pace: AtomicU64::new(0), workers: recognizers.len() });
        let mut threads = Vec::new();
        for (i, recognizer) in recognizers.into_iter().enumerate() {
            let (received, load) = (Arc::clone(&received), Arc::clone(&load));
            let (site, metrics) = (Arc::clone(site), Arc::clone(metrics));
            let work = move || work(recognizer, &received, &load, &site, &metrics);
            threads.push(thread::Builder::new().name(format!("model {i}")).spawn(work)?);
        }
        Ok((Self { jobs, load }, threads))
    }

    /// Puts a job at the end, where there is a place.
    pub fn submit(&self, job: Job) -> Result<(), Full> {
        self.load.jobs.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|error| {
            let ahead = self.load.jobs.fetch_sub(1, Ordering::Relaxed) as u64;
            debug_assert!(matches!(error, TrySendError::Full(_)), "the threads live as long as the queue");
            let micros = self.load.pace.load(Ordering::Relaxed) * ahead / self.load.workers.max(1) as u64;
            Full { retry_after: micros.div_ceil(1_000_000).clamp(1, 60) }
        })
    }

    /// Jobs that wait or are looked at.
    pub fn jobs(&self) -> usize {
        self.load.jobs.load(Ordering::Relaxed)
    }
}

fn work(mut recognizer: Recognizer, jobs: &Mutex<Receiver<Job>>, load: &Load, site: &Site, metrics: &Metrics) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A client that has gone wants no answer.
        if !job.reply.is_closed() {
            let began = Instant::now();
            let looked = recognizer.guarded(|recognizer| look(recognizer, &job, site));
            let took = began.elapsed();
            metrics.looked(took);
            let pace = load.pace.load(Ordering::Relaxed);
            let micros = took.as_micros() as u64;
            load.pace.store(if pace == 0 { micros } else { (pace * 7 + micros) / 8 }, Ordering::Relaxed);
            // It may have gone meanwhile.
            let _ = job.reply.send(looked);
        }
        load.jobs.fetch_sub(1, Ordering::Relaxed);
    }
}

fn look(recognizer: &mut Recognizer, job: &Job, site: &Site) -> Result<Looked, SeenError> {
    let picture = recognizer.open(&job.bytes, job.region.as_ref())?;
    let embedding = recognizer.embed(&picture)?;
    let answer = match job.top {
        Some(top) => Some(site.identify(&embedding, top)?),
        None => None,
    };
    let view = view_hash(&job.bytes, job.region.as_ref());
    let (shown, thumbnail) = (recognizer.shown(&picture), recognizer.kept(&picture)?);
    recognizer.take_back(picture);
    Ok(Looked { embedding, answer, view, shown, thumbnail })
}
