//! What a run was started with, and what of it may change while it goes on.

use std::fs;

use super::files::write;
use super::{CONFIG_FILE, CheckpointError, Run};
use crate::config::Config;
use crate::rates::LrSchedule;

impl Run {
    /// Starts the run, or checks that it was started with the same settings. `data`, `backend`, `device`,
    /// `precision`, `epochs`, `evaluate_every`, `patience` and `keep_every` may change: a run can be moved, go on
    /// elsewhere, or longer; so may the settings that say how pictures are kept and what is written beside the
    /// checkpoints.
    ///
    /// # Errors
    /// [`CheckpointError::OtherSettings`] with the first field that differs.
    pub fn begin(&self, config: &Config) -> Result<(), CheckpointError> {
        let path = self.folder.join(CONFIG_FILE);
        if self.newest()?.is_some() {
            let was = self.config()?;
            let (was_schedule, now_schedule) = (was.schedule(), config.schedule());
            let comparable = |c: &Config| {
                let c = Config { epochs: 0, evaluate_every: 0, patience: 0, keep_every: 0, ..c.without_place() };
                let c = Config { join_at: None, conquer_at: None, cosine_until: None, ..c };
                toml::Table::try_from(&c).expect("plain fields always serialise")
            };
            // Only a cosine asks how long it is.
            let until = |c: &Config| if c.any_follows(LrSchedule::Cosine) { c.cosine_until() as i64 } else { 0 };
            let (was_until, now_until) = (until(&was), until(config));
            let (mut a, mut b) = (comparable(&was), comparable(config));
            for (table, schedule, until) in [(&mut a, was_schedule, was_until), (&mut b, now_schedule, now_until)] {
                table.insert("join_at".into(), (schedule.join_at as i64).into());
                table.insert("conquer_at".into(), (schedule.conquer_at as i64).into());
                table.insert("cosine_until".into(), until.into());
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
}
