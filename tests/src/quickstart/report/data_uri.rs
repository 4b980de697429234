//! Pictures inside the page.

use std::path::Path;

use anyhow::{Context, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

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
    Ok(format!("data:image/{kind};base64,{}", BASE64_STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
