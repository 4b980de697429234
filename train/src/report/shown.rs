//! Pictures that a report shows.

use std::path::PathBuf;

use dnc_datasets::{Dataset, Sample};
use maud::{Markup, html};

/// A picture of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The file.
    pub path: PathBuf,
    /// Name of its identity.
    pub identity: String,
    /// Name of its camera, where the set names cameras.
    pub camera: Option<String>,
}

impl Shown {
    /// A sample of a set.
    ///
    /// # Panics
    /// Where the sample is of another set.
    pub fn of(set: &Dataset, sample: &Sample) -> Self {
        Self {
            path: sample.path.clone(),
            identity: set.identity_name(sample.identity).to_owned(),
            camera: sample.camera.map(|camera| set.cameras[camera as usize].clone()),
        }
    }

    /// The picture, `uri` being its data URI; `words` say what it is to readers who cannot see it.
    pub fn image(&self, uri: &str, words: &str) -> Markup {
        let camera = self.camera.as_ref().map_or(String::new(), |camera| format!(", camera {camera}"));
        let words = format!("{words} {}{camera}", self.identity);
        html! { img src=(uri) alt=(words) title=(words) loading="lazy"; }
    }
}
