//! Files that are written aside and get their names when they are whole.

use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// A file in `folder` without a name yet. Unlike other temporary files, others may read it as far as the user's mask
/// allows: folders of pictures and of event files are shared.
pub fn create(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn others_may_read_it_as_any_other_file() {
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
        std::fs::write(dir.path().join("plain"), b"").unwrap();
        super::create(dir.path()).unwrap().persist(dir.path().join("ours")).unwrap();
        assert_eq!(mode(&dir.path().join("ours")), mode(&dir.path().join("plain")));
    }
}
