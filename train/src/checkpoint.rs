//! A run's folder and its checkpoints: a new one is whole on disk before the old one goes.
//!
//! ```text
//! RUN/config.toml           settings of the run
//! RUN/history.json          what it did so far
//! RUN/checkpoint            name of the newest checkpoint's folder
//! RUN/epoch-0007/model.mpk  weights after 7 epochs (f32)
//!               objective.mpk  what the losses learned themselves
//!               optimizer.mpk, state.json, history.json
//! RUN/tensorboard/          event files (setting tensorboard)
//! RUN/pictures/             reduced pictures that memory did not hold (setting cache_memory); may be deleted
//! ```

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::record::{FullPrecisionSettings, NamedMpkBytesRecorder, Record, Recorder, RecorderError};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use serde::{Deserialize, Serialize};

use crate::config::{Config, ConfigError};
use crate::divide::Division;
use crate::history::{HISTORY_FILE, History};
use crate::network::Network;
use crate::objective::Objective;
use crate::optimizer::TraineeOptimizer;
use crate::trainee::Trainee;

const POINTER: &str = "checkpoint";
const CONFIG_FILE: &str = "config.toml";
const MODEL_FILE: &str = "model.mpk";
const OBJECTIVE_FILE: &str = "objective.mpk";
const OPTIMIZER_FILE: &str = "optimizer.mpk";
const STATE_FILE: &str = "state.json";

/// A checkpoint that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}; {}", path.display(), start_anew(run))]
    Read {
        /// The run's folder.
        run: PathBuf,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file cannot be written; the checkpoint before it is whole.
    #[error("cannot write {}: {source}; {}", path.display(), next_step(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no checkpoint.
    #[error("{}: no checkpoint; train first: `dnc-train run --out {} --data PATH`", path.display(), path.display())]
    None {
        /// The run's folder.
        path: PathBuf,
    },
    /// A file is damaged.
    #[error("{}: damaged: {problem}; {}", path.display(), start_anew(run))]
    Damaged {
        /// The run's folder.
        run: PathBuf,
        /// The file.
        path: PathBuf,
        /// What the reader says.
        problem: String,
    },
    /// The run was made with other settings.
    #[error(
        "{}: this run was started with {field} = {was}, now {now} is asked for; give another --out, or the same settings",
        path.display()
    )]
    OtherSettings {
        /// The run's folder.
        path: PathBuf,
        /// First field that differs.
        field: String,
        /// Its value in the run.
        was: String,
        /// The value asked for.
        now: String,
    },
    /// The weights are of another network.
    #[error(
        "{}: this run trained {was}, now {now} is asked for; leave out --backbone, --width, --dim and --learners, or \
         train another run",
        path.display()
    )]
    OtherNetwork {
        /// The run's folder.
        path: PathBuf,
        /// The network that it trained.
        was: String,
        /// The network asked for.
        now: String,
    },
    /// The stored settings cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

fn start_anew(run: &Path) -> String {
    format!("give another --out, or delete {} and train again", run.display())
}

/// What a person can do about a file that cannot be written.
fn next_step(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room and give the same command again: the last whole checkpoint is kept"
        }
        _ => "check the path, its owner and permissions, or give another --out",
    }
}

/// What a run needs besides weights and optimiser to go on as if it had not stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Epochs done.
    pub epochs: usize,
    /// Division in force.
    pub division: Division,
    /// Name of the data set.
    pub dataset: String,
    /// Version of the tool.
    pub tool: String,
}

/// A run's folder.
#[derive(Debug, Clone)]
pub struct Run {
    folder: PathBuf,
}

/// Writes a file and makes it durable before it gets its name.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let error = |source| CheckpointError::Write { path: path.to_owned(), source };
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let write_all = || {
        let mut file = fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write_all().map_err(|e| {
        // What could not be finished must not fill the disk further.
        let _ = fs::remove_file(&part);
        error(e)
    })
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("numbers and names always serialise")
}

fn encode<B: Backend, R: Record<B> + 'static>(record: R) -> Vec<u8> {
    let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::default();
    Recorder::<B>::record(&recorder, record, ()).expect("a record of numbers always serialises")
}

/// Shape of every tensor of a module, in its order.
struct Shapes(Vec<Vec<usize>>);

impl<B: Backend> ModuleVisitor<B> for Shapes {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.push(param.val().dims().to_vec());
    }
}

fn shapes_of<B: Backend>(module: &impl Module<B>) -> Vec<Vec<usize>> {
    let mut shapes = Shapes(Vec::new());
    module.visit(&mut shapes);
    shapes.0
}

impl Run {
    /// The run in `folder`, which need not exist yet.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, CheckpointError> {
        let failed = |source| CheckpointError::Read { run: self.folder.clone(), path: path.to_owned(), source };
        fs::read(path).map_err(failed)
    }

    fn damaged(&self, path: &Path, problem: &str) -> CheckpointError {
        // The first line is about the file; Burn goes on with advice on files of its older versions.
        let problem = problem.split(['\n', '\r']).next().unwrap_or_default().to_owned();
        CheckpointError::Damaged { run: self.folder.clone(), path: path.to_owned(), problem }
    }

    fn read_json<T: serde::de::DeserializeOwned>(&self, path: &Path) -> Result<T, CheckpointError> {
        serde_json::from_slice(&self.read(path)?).map_err(|e| self.damaged(path, &e.to_string()))
    }

    fn decode<B: Backend, R: Record<B> + 'static>(
        &self,
        path: &Path,
        device: &B::Device,
    ) -> Result<R, CheckpointError> {
        let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::default();
        let bytes = self.read(path)?;
        Recorder::<B>::load(&recorder, bytes, device).map_err(|e| match e {
            RecorderError::Unknown(problem) => self.damaged(path, &problem),
            other => self.damaged(path, &other.to_string()),
        })
    }

    /// Settings that it was started with.
    ///
    /// # Errors
    /// [`CheckpointError::None`] where the folder holds no run.
    pub fn config(&self) -> Result<Config, CheckpointError> {
        let path = self.folder.join(CONFIG_FILE);
        if !path.is_file() {
            return Err(CheckpointError::None { path: self.folder.clone() });
        }
        Ok(Config::read(&path)?)
    }

    /// Starts the run, or checks that it was started with the same settings. `data`, `backend`, `epochs` and
    /// `evaluate_every` may change: a run can be moved, go on elsewhere, or longer; so may the settings that say how
    /// pictures are kept and what is written beside the checkpoints.
    ///
    /// # Errors
    /// [`CheckpointError::OtherSettings`] with the first field that differs.
    pub fn begin(&self, config: &Config) -> Result<(), CheckpointError> {
        let path = self.folder.join(CONFIG_FILE);
        if self.newest()?.is_some() {
            let was = self.config()?;
            let (was_schedule, now_schedule) = (was.schedule(), config.schedule());
            let comparable = |c: &Config| {
                let data = PathBuf::new();
                let c = Config { data, backend: config.backend, epochs: 0, evaluate_every: 0, ..c.clone() };
                let c = Config { join_at: None, conquer_at: None, ..c };
                let (cache_dir, workers) = (config.cache_dir.clone(), config.workers);
                let (cache_memory, cache_disk) = (config.cache_memory, config.cache_disk);
                let c = Config { cache_dir, cache_memory, cache_disk, workers, tensorboard: config.tensorboard, ..c };
                toml::Table::try_from(&c).expect("plain fields always serialise")
            };
            let (mut a, mut b) = (comparable(&was), comparable(config));
            for (table, schedule) in [(&mut a, was_schedule), (&mut b, now_schedule)] {
                table.insert("join_at".into(), (schedule.join_at as i64).into());
                table.insert("conquer_at".into(), (schedule.conquer_at as i64).into());
            }
            let shown = |t: &toml::Table, k: &str| t.get(k).map_or("nothing".into(), ToString::to_string);
            let differs = a.keys().chain(b.keys()).find(|k| a.get(*k) != b.get(*k));
            if let Some(field) = differs {
                return Err(CheckpointError::OtherSettings {
                    path: self.folder.clone(),
                    field: field.clone(),
                    was: shown(&a, field),
                    now: shown(&b, field),
                });
            }
        }
        fs::create_dir_all(&self.folder)
            .map_err(|source| CheckpointError::Write { path: self.folder.clone(), source })?;
        write(&path, config.to_toml().as_bytes())
    }

    /// Folder of the newest checkpoint, if there is one.
    ///
    /// # Errors
    /// Where the pointer exists but cannot be read, or names no folder.
    pub fn newest(&self) -> Result<Option<PathBuf>, CheckpointError> {
        let pointer = self.folder.join(POINTER);
        if !pointer.is_file() {
            return Ok(None);
        }
        let name = String::from_utf8_lossy(&self.read(&pointer)?).trim().to_owned();
        let folder = self.folder.join(&name);
        if name.is_empty() || !folder.is_dir() {
            return Err(self.damaged(&pointer, &format!("names a checkpoint {name:?} that is not there")));
        }
        Ok(Some(folder))
    }

    fn need_newest(&self) -> Result<PathBuf, CheckpointError> {
        self.newest()?.ok_or_else(|| CheckpointError::None { path: self.folder.clone() })
    }

    /// Stores a checkpoint and only then forgets the one before.
    ///
    /// # Errors
    /// Where it cannot be written; the one before is then whole and still the newest.
    pub fn save<B: AutodiffBackend>(
        &self,
        trainee: &Trainee<B>,
        optimizer: &TraineeOptimizer<B>,
        state: &State,
        history: &History,
    ) -> Result<(), CheckpointError> {
        let before = self.newest()?;
        let name = format!("epoch-{:04}", state.epochs);
        let folder = self.folder.join(&name);
        let store = || {
            fs::create_dir_all(&folder).map_err(|source| CheckpointError::Write { path: folder.clone(), source })?;
            write(&folder.join(MODEL_FILE), &encode::<B, _>(trainee.network.clone().into_record()))?;
            write(&folder.join(OBJECTIVE_FILE), &encode::<B, _>(trainee.objective.clone().into_record()))?;
            write(&folder.join(OPTIMIZER_FILE), &encode::<B, _>(optimizer.record()))?;
            write(&folder.join(HISTORY_FILE), &to_json(history))?;
            write(&folder.join(STATE_FILE), &to_json(state))?;
            // Before the pointer: a run killed between the two does this epoch again, and tells the same of it.
            write(&self.folder.join(HISTORY_FILE), &to_json(history))?;
            // From here on it is the newest.
            write(&self.folder.join(POINTER), name.as_bytes())
        };
        if let Err(error) = store() {
            if before.as_ref() != Some(&folder) {
                let _ = fs::remove_dir_all(&folder);
            }
            return Err(error);
        }
        if let Some(old) = before.filter(|old| *old != folder) {
            // An old checkpoint left behind does no harm.
            let _ = fs::remove_dir_all(old);
        }
        Ok(())
    }

    /// State and history of the newest checkpoint.
    ///
    /// # Errors
    /// Where there is none or it is damaged.
    pub fn state(&self) -> Result<(State, History), CheckpointError> {
        let folder = self.need_newest()?;
        Ok((self.read_json(&folder.join(STATE_FILE))?, self.read_json(&folder.join(HISTORY_FILE))?))
    }

    /// The newest checkpoint's weights, put into a network of the same description.
    ///
    /// # Errors
    /// Where there is none, it is damaged, or the run trained another network.
    pub fn load_network<B: Backend>(
        &self,
        network: Network<B>,
        device: &B::Device,
    ) -> Result<Network<B>, CheckpointError> {
        let path = self.need_newest()?.join(MODEL_FILE);
        let config = self.config()?;
        let named = |graph: &str, dim: usize, learners: usize| format!("{graph}, dim {dim}, learners {learners}");
        let layout = config.layout().map_err(ConfigError::from)?;
        let was = named(&config.backbone.graph(config.width).name, layout.dim(), layout.learners());
        let now = named(&network.graph().name, network.layout().dim(), network.layout().learners());
        if was != now {
            return Err(CheckpointError::OtherNetwork { path: self.folder.clone(), was, now });
        }
        let record = self.decode::<B, <Network<B> as Module<B>>::Record>(&path, device)?;
        let other = || self.damaged(&path, &format!("not the tensors of {was}; another version of dnc-train made it"));
        // Burn would end the program over another number of units, and take tensors of any shape.
        if record.units.len() != network.units.len() {
            return Err(other());
        }
        let needed = shapes_of(&network);
        let network = network.load_record(record);
        if shapes_of(&network) == needed { Ok(network) } else { Err(other()) }
    }

    /// What the newest checkpoint's losses learned themselves, put into an objective of the same description.
    ///
    /// # Errors
    /// Where there is none, it is damaged, or the run trained other losses.
    pub fn load_objective<B: Backend>(
        &self,
        objective: Objective<B>,
        device: &B::Device,
    ) -> Result<Objective<B>, CheckpointError> {
        let path = self.need_newest()?.join(OBJECTIVE_FILE);
        let needed = shapes_of(&objective);
        let record = self.decode::<B, <Objective<B> as Module<B>>::Record>(&path, device)?;
        let other = || self.damaged(&path, "not what these losses learn; another version of dnc-train made it");
        if !objective.fits(&record) {
            return Err(other());
        }
        let objective = objective.load_record(record);
        if shapes_of(&objective) == needed { Ok(objective) } else { Err(other()) }
    }

    /// The newest checkpoint's optimiser state.
    ///
    /// # Errors
    /// Where there is none or it is damaged.
    pub fn load_optimizer<B: AutodiffBackend>(
        &self,
        optimizer: TraineeOptimizer<B>,
        device: &B::Device,
    ) -> Result<TraineeOptimizer<B>, CheckpointError> {
        let record = self.decode::<B, _>(&self.need_newest()?.join(OPTIMIZER_FILE), device)?;
        Ok(optimizer.load(record))
    }

    /// SHA-256 (hex) of the newest checkpoint's weights.
    ///
    /// # Errors
    /// Where there is none or it cannot be read.
    pub fn weights_sha256(&self) -> Result<String, CheckpointError> {
        Ok(dnc_core::manifest::sha256_hex(&self.read(&self.need_newest()?.join(MODEL_FILE))?))
    }
}
