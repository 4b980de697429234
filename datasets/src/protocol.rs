//! Who is query and who is gallery.

mod comparison;
mod draws;
mod error;

use std::fmt;
use std::str::FromStr;

use dnc_core::metrics::{RankingScores, RetrievalScores};

use crate::{Role, Sample};

pub use comparison::Comparison;
pub use error::ProtocolError;

/// How a test part is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// Every picture is a query against all others.
    LeaveOneOut,
    /// Queries and gallery as the set's authors name them (In-Shop).
    QueryGallery,
    /// Pictures of the query's identity by the query's own camera are left out of ranking and truth (VeRi-776,
    /// Market-1501). Queries and gallery as the authors name them; in a set that names none, every picture is
    /// a query against all others.
    CameraAware,
    /// One random picture of each identity is the gallery, all others are queries; mean and standard deviation
    /// over several draws (PKU VehicleID, as re-ID papers score it).
    GalleryDraws {
        /// Galleries drawn (10 in the papers).
        draws: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

impl Protocol {
    /// Names of all protocols, as the command line takes them.
    pub const NAMES: [&str; 4] = ["leave-one-out", "query-gallery", "camera-aware", "gallery-draws"];

    /// Gallery draws as re-ID papers score PKU VehicleID: 10 of them.
    pub const VEHICLE_ID_DRAWS: Self = Self::GalleryDraws { draws: 10, seed: 1 };

    /// Name for reports and manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeaveOneOut => Self::NAMES[0],
            Self::QueryGallery => Self::NAMES[1],
            Self::CameraAware => Self::NAMES[2],
            Self::GalleryDraws { .. } => Self::NAMES[3],
        }
    }

    /// Who is compared with whom, among `samples`: one comparison, or one for each draw.
    ///
    /// # Errors
    /// Where the samples lack the roles, cameras or pictures that the protocol needs.
    pub fn comparisons(self, samples: &[&Sample]) -> Result<Vec<Comparison>, ProtocolError> {
        let all = || (0..samples.len() as u32).collect::<Vec<_>>();
        let with = |role: Role| -> Vec<u32> {
            all().into_iter().filter(|i| [Role::Both, role].contains(&samples[*i as usize].role)).collect()
        };
        let (queries, gallery) = match self {
            Self::GalleryDraws { draws, seed } => return draws::gallery_draws(samples, draws, seed),
            // Of no picture at all too: there is nothing that it lacks.
            Self::LeaveOneOut => return Ok(vec![Comparison::new(samples, all(), all(), false)]),
            Self::QueryGallery | Self::CameraAware => (with(Role::Query), with(Role::Gallery)),
        };
        let pictures = samples.len();
        if self == Self::QueryGallery && samples.iter().all(|s| s.role == Role::Both) {
            return Err(ProtocolError::NoRoles { pictures });
        }
        let without = samples.iter().filter(|s| s.camera.is_none()).count();
        if self == Self::CameraAware && without > 0 {
            return Err(ProtocolError::NoCameras { without, pictures });
        }
        if queries.is_empty() || gallery.is_empty() {
            let (queries, gallery) = (queries.len(), gallery.len());
            return Err(ProtocolError::OneSided { protocol: self.name(), pictures, queries, gallery });
        }
        Ok(vec![Comparison::new(samples, queries, gallery, self == Self::CameraAware)])
    }

    /// Scores row-major `embeddings` (`samples.len()` × `dim`, a row for each sample) by Euclidean distance:
    /// recall at each of `ks`, means over the draws where there are several.
    ///
    /// # Errors
    /// As [`comparisons`](Self::comparisons).
    ///
    /// # Panics
    /// Where there is not a row for each sample.
    pub fn score(
        self,
        samples: &[&Sample],
        embeddings: &[f32],
        dim: usize,
        ks: &[usize],
    ) -> Result<RetrievalScores, ProtocolError> {
        let comparisons = self.comparisons(samples)?;
        let draws: Vec<RankingScores> =
            comparisons.iter().map(|c| RankingScores::of(&c.rank(embeddings, dim), ks, 0)).collect();
        Ok(RankingScores::mean(&draws).retrieval)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GalleryDraws { draws, seed } => write!(f, "{}, {draws} draws, seed {seed}", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl FromStr for Protocol {
    type Err = ProtocolError;

    fn from_str(name: &str) -> Result<Self, ProtocolError> {
        let all = [Self::LeaveOneOut, Self::QueryGallery, Self::CameraAware, Self::VEHICLE_ID_DRAWS];
        all.into_iter().find(|p| p.name() == name).ok_or_else(|| ProtocolError::Unknown { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests;
