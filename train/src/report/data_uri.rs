//! Pictures inside the page.

use std::path::Path;

use anyhow::{Context, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;

fn uri(kind: &str, bytes: &[u8]) -> String {
    format!("data:image/{kind};base64,{}", BASE64_STANDARD.encode(bytes))
}

/// The file at `path`, unchanged, as a data URI.
///
/// # Errors
/// Where it cannot be read or is neither JPEG, PNG nor WebP.
pub fn picture(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read picture {}", path.display()))?;
    let kind = match bytes.as_slice() {
        [0xFF, 0xD8, ..] => "jpeg",
        [0x89, b'P', b'N', b'G', ..] => "png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
        _ => bail!("{} is neither a JPEG, a PNG nor a WebP picture", path.display()),
    };
    Ok(uri(kind, &bytes))
}

/// The centre square of the picture at `path`, at most `side` × `side` px, as a data URI: photographs would make the
/// page too large.
///
/// # Errors
/// Where it cannot be decoded.
pub fn thumbnail(path: &Path, side: u32) -> anyhow::Result<String> {
    let picture = dnc_core::picture::read(path)?;
    let (w, h) = picture.dimensions();
    let square = w.min(h);
    let centre = image::imageops::crop_imm(&picture, (w - square) / 2, (h - square) / 2, square, square).to_image();
    let small = match square > side {
        true => image::imageops::resize(&centre, side, side, FilterType::Triangle),
        false => centre,
    };
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 82);
    small.write_with_encoder(encoder).with_context(|| format!("cannot encode a thumbnail of {}", path.display()))?;
    Ok(uri("jpeg", &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    fn decoded(uri: &str) -> RgbImage {
        let bytes = BASE64_STANDARD.decode(uri.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        dnc_core::picture::decode(&bytes).unwrap()
    }

    #[test]
    fn only_pictures_are_embedded_and_they_decode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        std::fs::write(&path, [0xFF, 0xD8, 1, 2]).unwrap();
        let uri = picture(&path).unwrap();
        let body = uri.strip_prefix("data:image/jpeg;base64,").unwrap();
        assert_eq!(BASE64_STANDARD.decode(body).unwrap(), [0xFF, 0xD8, 1, 2]);
        std::fs::write(&path, "<svg onload=x>").unwrap();
        assert!(picture(&path).unwrap_err().to_string().contains("neither"));
    }

    #[test]
    fn a_thumbnail_is_the_small_centre() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wide.png");
        // Red, a blue middle as wide as the picture is high, red.
        RgbImage::from_fn(300, 100, |x, _| image::Rgb(if x / 100 == 1 { [0, 0, 255] } else { [255, 0, 0] }))
            .save(&path)
            .unwrap();
        let small = decoded(&thumbnail(&path, 40).unwrap());
        assert_eq!(small.dimensions(), (40, 40));
        assert!(small.pixels().all(|p| p.0[2] > 200 && p.0[0] < 60), "red in the centre");
        assert_eq!(decoded(&thumbnail(&path, 500).unwrap()).dimensions(), (100, 100));
        assert!(thumbnail(&dir.path().join("absent.png"), 40).unwrap_err().to_string().contains("absent.png"));
    }
}
