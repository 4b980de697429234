//! SHA-256 of a checkpoint's files, in the format of coreutils' `sha256sum`.

use std::path::Path;

use dnc_core::manifest::sha256_hex;

/// The file that holds them.
pub const FILE: &str = "SHA256SUMS";

/// Its text for `files`, each with its name.
pub fn of(files: &[(&str, Vec<u8>)]) -> String {
    files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256_hex(bytes))).collect()
}

/// The text without the files of these names.
pub fn without(text: &str, names: &[&str]) -> String {
    let kept = text.lines().filter(|line| !names.iter().any(|name| line.ends_with(&format!("  {name}"))));
    kept.map(|line| format!("{line}\n")).collect()
}

/// Checks the bytes of the checkpoint's file at `path`. A checkpoint of an older version has no sums, and nothing
/// is checked.
pub fn check(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let sums = path.with_file_name(FILE);
    let text = match std::fs::read_to_string(&sums) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{}: {error}", sums.display())),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let written = text.lines().find_map(|line| line.split_once("  ").filter(|(_, file)| *file == name));
    match written {
        Some((sum, _)) if sum == sha256_hex(bytes) => Ok(()),
        Some(_) => Err(format!("its SHA-256 is not the one in {}", sums.display())),
        None => Err(format!("{} does not name it", sums.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_shows_and_so_does_a_sum_that_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let bytes = vec![7u8; 40];
        assert_eq!(check(&path, &bytes), Ok(()), "a checkpoint without sums");
        let text = of(&[("a", bytes.clone()), ("b", vec![1])]);
        std::fs::write(dir.path().join(FILE), &text).unwrap();
        assert_eq!(check(&path, &bytes), Ok(()));
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(check(&path, &flipped).unwrap_err().contains(FILE));
        }
        std::fs::write(dir.path().join(FILE), without(&text, &["a"])).unwrap();
        assert!(check(&path, &bytes).unwrap_err().contains("does not name it"));
        assert_eq!(check(&dir.path().join("b"), &[1]), Ok(()));
    }
}
