//! Pictures whose identity the tiny network can tell.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{ImageFormat, RgbImage};

/// View `view` of identity `identity`: four blocks of colours that belong to the identity, a little brighter or
/// darker in each view.
pub fn picture(identity: usize, view: usize) -> RgbImage {
    RgbImage::from_fn(32, 32, |x, y| {
        let block = (y / 16 * 2 + x / 16) as usize;
        image::Rgb([0, 1, 2].map(|colour| {
            let mut mixed = (identity * 12 + block * 3 + colour + 1) as u64;
            for _ in 0..3 {
                mixed = (mixed ^ (mixed >> 7)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 3;
            }
            (20 + mixed % 200 + view as u64 * 3).min(255) as u8
        }))
    })
}

/// The bytes of a PNG file.
pub fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

/// Writes view `view` of identity `identity` as `DIR/idI/vV.png`.
pub fn write(dir: &Path, identity: usize, view: usize) -> PathBuf {
    let folder = dir.join(format!("id{identity}"));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("v{view}.png"));
    std::fs::write(&file, png(&picture(identity, view))).unwrap();
    file
}

/// Writes `views` views of each of `identities` identities.
pub fn folder(dir: &Path, identities: usize, views: usize) -> PathBuf {
    for identity in 0..identities {
        for view in 0..views {
            write(dir, identity, view);
        }
    }
    dir.to_owned()
}

/// Writes `n` pictures of 1000 × 1000 px with different bytes: slow to decode, quick to write.
pub fn slow_folder(dir: &Path, n: usize) -> PathBuf {
    let folder = dir.join("someone");
    std::fs::create_dir_all(&folder).unwrap();
    let large = image::imageops::resize(&picture(1, 0), 1000, 1000, image::imageops::FilterType::Nearest);
    let bytes = png(&large);
    for i in 0..n {
        // Bytes after the end of a PNG are not read, but make another file of it.
        let mut bytes = bytes.clone();
        bytes.extend_from_slice(&i.to_le_bytes());
        std::fs::write(folder.join(format!("{i:04}.png")), bytes).unwrap();
    }
    dir.to_owned()
}
