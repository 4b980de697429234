//! What the file names of Market-1501 and VeRi-776 tell.

use std::path::Path;

/// Identity and camera: `-1` and `c1` of `-1_c1s2_000401_03.jpg`, `0002` and `c002` of `0002_c002_00030600_0.jpg`.
pub(crate) fn identity_and_camera(path: &Path) -> Option<(&str, &str)> {
    let (identity, rest) = path.file_stem()?.to_str()?.split_once('_')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = rest.strip_prefix('c')?;
    let end = 1 + number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    let camera = &rest[..end];
    let known = (identity == "-1" || digits(identity)) && digits(&camera[1..]);
    known.then_some((identity, camera))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_and_camera_are_read() {
        let read = |name| identity_and_camera(Path::new(name));
        assert_eq!(read("x/0002_c1s1_000451_03.jpg"), Some(("0002", "c1")));
        assert_eq!(read("-1_c6s2_000401_03.jpg"), Some(("-1", "c6")));
        assert_eq!(read("0002_c002_00030600_0.jpg"), Some(("0002", "c002")));
        assert_eq!(read("0002_c20.jpg"), Some(("0002", "c20")));
        for other in ["holiday.jpg", "0002_d1s1.jpg", "0002_c.jpg", "0002_cé1.jpg", "a002_c1s1.jpg", "_c1.jpg", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
