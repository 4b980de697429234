//! What is measured on: pictures and a gallery, the user's or made up.

use std::io::Cursor;
use std::path::PathBuf;

use dnc_core::normalize::group_normalize;
use dnc_core::picture::PictureError;
use dnc_core::scan::Scan;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::BenchError;
use crate::Space;
use crate::gallery::Snapshot;

/// Built-in pictures: a camera's crop as most send it.
pub const BUILT_IN: &str = "8 built-in JPEGs, 640 × 480, quality 90";

/// Bytes of the pictures: the files', or eight made-up JPEGs of 640 × 480 px with edges, gradients and noise.
///
/// # Errors
/// Where a file cannot be read.
pub fn pictures(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, BenchError> {
    if files.is_empty() {
        return (0..8).map(built_in).collect();
    }
    let read =
        |path: &PathBuf| std::fs::read(path).map_err(|source| PictureError::Read { path: path.clone(), source }.into());
    files.iter().map(read).collect()
}

fn built_in(seed: u32) -> Result<Vec<u8>, BenchError> {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(seed));
    let picture = RgbImage::from_fn(640, 480, |x, y| {
        let block = ((x / 80 + y / 60 + seed) % 5) as u8 * 40;
        let noise: u8 = rng.random_range(0..24);
        Rgb([block + noise, (x / 4) as u8 + noise / 2, (y / 3) as u8 + noise])
    });
    let mut bytes = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&picture)?;
    Ok(bytes.into_inner())
}

/// A gallery of `identities` made-up ones with a view each, in memory alone.
pub fn gallery(space: Space, identities: usize, scan: Scan) -> Snapshot {
    let (dim, mut rng) = (space.layout.dim(), ChaCha8Rng::seed_from_u64(1));
    let mut values: Vec<f32> = (0..identities * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
    values.chunks_exact_mut(dim).for_each(|row| group_normalize(row, &space.layout));
    let names = (0..identities).map(|i| format!("identity {i}")).collect();
    Snapshot::in_memory(space, values, names, scan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dnc_core::EmbeddingLayout;

    #[test]
    fn built_in_pictures_are_pictures_of_the_size_that_is_said() {
        let all = pictures(&[]).unwrap();
        assert_eq!(all.len(), 8);
        for bytes in &all {
            assert_eq!(dnc_core::picture::decode(bytes).unwrap().dimensions(), (640, 480));
        }
        assert_ne!(all[0], all[1]);
        let missing = pictures(&[PathBuf::from("/no/such.jpg")]).unwrap_err().to_string();
        assert!(missing.contains("/no/such.jpg"), "{missing}");
    }

    #[test]
    fn a_made_up_gallery_finds_its_own_rows() {
        let space = Space { space_id: "s".into(), layout: EmbeddingLayout::new(8, 2).unwrap() };
        let found = gallery(space, 50, Scan::F32);
        assert_eq!((found.identities(), found.views()), (50, 50));
        let best = found.nearest(found.row(17), 2);
        assert_eq!(best[0].identity, "identity 17");
        assert!((best[0].similarity - 1.0).abs() < 1e-6 && best[1].similarity < 1.0);
    }
}
