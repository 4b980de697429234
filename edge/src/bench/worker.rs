//! One job, in a process of its own.

use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use dnc_core::decision::DecisionRule;
use dnc_core::picture::{self, PictureError};
use dnc_core::scan::Scan;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::energy::Meter;
use super::machine::{Health, resident_bytes};
use super::report::{Energy, Measured};
use super::stages::{Sample, Stages};
use super::{BenchError, Job, scene};
use crate::gallery::Snapshot;
use crate::runtime::choose;
use crate::{Bundle, Embedder, Gallery, IdentificationRule, Space};

/// What the measuring process says, a JSON line each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first identity was decided on: the end of the start-up.
    First,
    /// The figures.
    Measured(Box<Measured>),
    /// It could not be done.
    Failed(String),
}

/// What every worker needs.
struct Site<'a> {
    job: &'a Job,
    snapshot: &'a Snapshot,
    rule: DecisionRule,
    pictures: &'a [Vec<u8>],
}

/// What the workers took.
struct Timed {
    /// Of every batch of every worker.
    samples: Vec<Sample>,
    /// From the first worker's start to the last one's end.
    seconds: f64,
    /// Joules meanwhile, and where the figure comes from.
    energy: Option<(f64, &'static str)>,
}

/// Measures `job`. `first` is called when the first picture was decided on.
///
/// # Errors
/// Where bundle, library, gallery or a picture cannot be used.
pub fn run(job: &Job, first: impl FnOnce()) -> Result<Measured, BenchError> {
    let bundle = Bundle::open(&job.bundle)?;
    let engine = choose(&bundle, &job.runtime)?.0;
    let embedder = Embedder::open(&bundle, &job.runtime)?;
    embedder.check_batch(job.batch)?;
    let scan = if job.int8_search { Scan::Int8 } else { Scan::F32 };
    let space = Space::of(bundle.manifest());
    let snapshot = match &job.gallery {
        None => scene::gallery(space, job.gallery_size, scan),
        Some(path) => {
            let gallery = Gallery::open(path)?;
            gallery.check_space(&space)?;
            gallery.snapshot_for(scan.into())?
        }
    };
    let pictures = scene::pictures(&job.pictures)?;
    // The rule's figures do not change what it costs.
    let rule = IdentificationRule::of(embedder.variant())
        .map_or(DecisionRule { threshold: 0.5, margin: 0.0 }, |measured| measured.rule);
    let site = Site { job, snapshot: &snapshot, rule, pictures: &pictures };
    let mut embedders = vec![embedder];
    site.batch(&mut embedders[0], 0, 1)?;
    first();
    for _ in 1..job.threads.max(1) {
        let next = embedders[0].fork()?;
        embedders.push(next);
    }
    let before = Health::now();
    let Timed { samples, seconds, energy } = site.measure(&mut embedders)?;
    let pictures_done = samples.len() * job.batch.max(1);
    let embedder = &embedders[0];
    Ok(Measured {
        variant: embedder.variant().file.clone(),
        library: engine.name().to_owned(),
        runtime: embedder.runtime().name().to_owned(),
        providers: embedder
            .placement()
            .iter()
            .filter(|p| p.problem.is_none())
            .map(|p| p.provider.name().to_owned())
            .collect(),
        threads: embedders.len(),
        batch: job.batch.max(1),
        stages: Stages::of(&samples),
        pictures_per_second: pictures_done as f64 / seconds,
        pictures: pictures_done,
        gallery_identities: snapshot.identities(),
        gallery_views: snapshot.views(),
        int8_search: job.int8_search,
        start_up_ms: None,
        resident_bytes: resident_bytes(),
        energy: energy.map(|(joules, source)| Energy {
            millijoules_per_picture: joules * 1e3 / pictures_done as f64,
            source: source.to_owned(),
        }),
        health: [before, Health::now()],
    })
}

impl Site<'_> {
    /// All workers at once.
    fn measure(&self, embedders: &mut [Embedder]) -> Result<Timed, BenchError> {
        let ready = Barrier::new(embedders.len() + 1);
        thread::scope(|scope| {
            let workers: Vec<_> = embedders
                .iter_mut()
                .enumerate()
                .map(|(worker, embedder)| {
                    let ready = &ready;
                    scope.spawn(move || {
                        let at = |batch: usize| (worker + batch * self.job.threads) * self.job.batch;
                        let warm = (0..self.job.warm_up)
                            .try_for_each(|b| self.batch(embedder, at(b), self.job.batch).map(drop));
                        // Also where the warm-up failed: the others wait.
                        ready.wait();
                        warm?;
                        (0..self.job.runs.max(1)).map(|b| self.batch(embedder, at(b), self.job.batch)).collect()
                    })
                })
                .collect();
            ready.wait();
            let (meter, start) = (Meter::start(Path::new("/sys")), Instant::now());
            let samples: Vec<Result<Vec<Sample>, BenchError>> = workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect();
            let (seconds, energy) = (start.elapsed().as_secs_f64(), meter.and_then(Meter::stop));
            let samples = samples.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
            Ok(Timed { samples, seconds, energy })
        })
    }

    /// `count` pictures from the `at`-th on, from bytes to decisions: the time of each step for all of them.
    fn batch(&self, embedder: &mut Embedder, at: usize, count: usize) -> Result<Sample, BenchError> {
        let start = Instant::now();
        let decode = |i: usize| {
            let place = i % self.pictures.len();
            picture::decode(&self.pictures[place]).map_err(|source| {
                let path = self.job.pictures.get(place).cloned().unwrap_or_else(|| scene::BUILT_IN.into());
                BenchError::from(PictureError::Decode { path, source })
            })
        };
        let pictures = (at..at + count.max(1)).map(decode).collect::<Result<Vec<RgbImage>, _>>()?;
        let decoded = Instant::now();
        match &self.job.region {
            None => embedder.prepare(&pictures)?,
            Some(region) => {
                let cut = pictures.iter().map(|picture| region.of(picture)).collect::<Result<Vec<_>, _>>()?;
                embedder.prepare(cut)?;
            }
        }
        let prepared = Instant::now();
        let dim = embedder.layout().dim();
        let embeddings = embedder.embed_prepared()?;
        let embedded = Instant::now();
        let ranked: Vec<_> = embeddings.chunks_exact(dim).map(|probe| self.snapshot.nearest(probe, 2)).collect();
        let searched = Instant::now();
        for found in &ranked {
            let similarity = |place: usize| found.get(place).map(|m| m.similarity);
            std::hint::black_box(self.rule.decide(similarity(0), similarity(1)));
        }
        let end = Instant::now();
        Ok([decoded - start, prepared - decoded, embedded - prepared, searched - embedded, end - searched, end - start])
    }
}
