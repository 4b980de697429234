//! How many pictures of what are rendered.

use std::fmt;

use super::RenderError;

/// Largest picture side in pixels.
const MAX_SIDE: u32 = 1024;
/// Smallest picture side in pixels: below it no decal shows.
const MIN_SIDE: u32 = 32;
/// Most pictures: file names have seven digits.
const MAX_PICTURES: usize = 9_999_999;

/// What to render. The pictures are a pure function of this value.
///
/// Identities and cameras are numbered across both parts: training ones first, then test ones. Test identities
/// are never seen in training, and neither are test cameras.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderConfig {
    /// Vehicles to train on, at least 1. Default 200.
    pub train_identities: usize,
    /// Vehicles to test with, at least 2. Default 60.
    pub test_identities: usize,
    /// Cameras that see the training vehicles, at least 1. Default 6.
    pub train_cameras: usize,
    /// Cameras that see the test vehicles, at least 1. Default 4.
    pub test_cameras: usize,
    /// Pictures of each vehicle, spread evenly over the cameras of its part; at least 2, so that leave-one-out
    /// scoring has something to find. Default 10.
    pub views_per_identity: usize,
    /// Side of the square pictures in pixels, 32..=1024. Default 96.
    pub size_px: u32,
    /// Another seed gives other vehicles, cameras and pictures. Default 1.
    pub seed: u64,
}

impl Default for RenderConfig {
    fn default() -> Self {
        Self {
            train_identities: 200,
            test_identities: 60,
            train_cameras: 6,
            test_cameras: 4,
            views_per_identity: 10,
            size_px: 96,
            seed: 1,
        }
    }
}

impl fmt::Display for RenderConfig {
    /// All values on one line, as a data set's README states them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "train_identities={} test_identities={} train_cameras={} test_cameras={} views_per_identity={} size_px={} \
             seed={}",
            self.train_identities,
            self.test_identities,
            self.train_cameras,
            self.test_cameras,
            self.views_per_identity,
            self.size_px,
            self.seed
        )
    }
}

/// One picture to take. Numbers as in [`super::draw_vehicle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) identity: usize,
    pub(super) camera: usize,
    pub(super) picture: usize,
}

impl RenderConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// [`RenderError::OutOfRange`] for the first value outside the range its field states.
    pub fn check(&self) -> Result<(), RenderError> {
        let pictures = self
            .train_identities
            .checked_add(self.test_identities)
            .and_then(|n| n.checked_mul(self.views_per_identity))
            .unwrap_or(usize::MAX);
        let side = (MIN_SIDE as usize, MAX_SIDE as usize);
        let any = (1, MAX_PICTURES);
        let values = [
            ("train_identities", self.train_identities, any),
            ("test_identities", self.test_identities, (2, MAX_PICTURES)),
            ("train_cameras", self.train_cameras, any),
            ("test_cameras", self.test_cameras, any),
            ("views_per_identity", self.views_per_identity, (2, MAX_PICTURES)),
            ("size_px", self.size_px as usize, side),
            ("identities × views_per_identity", pictures, any),
        ];
        match values.into_iter().find(|&(_, value, (low, high))| value < low || value > high) {
            Some((name, value, (low, high))) => Err(RenderError::OutOfRange { name, value, low, high }),
            None => Ok(()),
        }
    }

    /// All pictures in the order of their file numbers, training part first. An identity starts at the camera
    /// after its predecessor's first, so that cameras are used evenly when the views do not divide by them.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let all = self.train_identities + self.test_identities;
        let mut jobs = Vec::with_capacity(all * self.views_per_identity);
        for identity in 0..all {
            let (first, count) = if self.is_training(identity) {
                (0, self.train_cameras)
            } else {
                (self.train_cameras, self.test_cameras)
            };
            jobs.extend((0..self.views_per_identity).map(|picture| Job {
                identity,
                camera: first + (identity + picture) % count.max(1),
                picture,
            }));
        }
        jobs
    }

    pub(super) fn is_training(&self, identity: usize) -> bool {
        identity < self.train_identities
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_each_value_out_of_range_by_name() {
        let good = RenderConfig::default();
        assert!(good.check().is_ok());
        let refused = |config: RenderConfig| config.check().err().map(|e| e.to_string()).unwrap_or_default();
        assert!(refused(RenderConfig { train_identities: 0, ..good.clone() }).contains("train_identities = 0"));
        assert!(refused(RenderConfig { test_identities: 1, ..good.clone() }).contains("test_identities = 1"));
        assert!(refused(RenderConfig { train_cameras: 0, ..good.clone() }).contains("train_cameras = 0"));
        assert!(refused(RenderConfig { test_cameras: 0, ..good.clone() }).contains("test_cameras = 0"));
        assert!(refused(RenderConfig { views_per_identity: 1, ..good.clone() }).contains("views_per_identity = 1"));
        assert!(refused(RenderConfig { size_px: 2000, ..good.clone() }).contains("32..=1024"));
        assert!(refused(RenderConfig { views_per_identity: usize::MAX, ..good }).contains("views_per_identity"));
    }

    #[test]
    fn parts_share_neither_identities_nor_cameras() {
        let config =
            RenderConfig { train_identities: 5, test_identities: 4, views_per_identity: 3, ..Default::default() };
        let jobs = config.jobs();
        assert_eq!(jobs.len(), 27);
        for job in jobs {
            assert_eq!(job.identity < 5, job.camera < 6, "{job:?}");
            assert!(job.camera < 10, "{job:?}");
        }
    }
}
