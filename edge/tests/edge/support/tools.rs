//! Programs of the machine that some tests need.

use std::path::PathBuf;

/// Where `program` is. Without it the test skips and says why; where `CI` is set it fails.
pub fn tool(program: &str, package: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where only root's path leads.
    let found = std::env::split_paths(&folders).chain([PathBuf::from("/usr/sbin")]).map(|f| f.join(program));
    if let Some(path) = found.into_iter().find(|p| p.is_file()) {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{program} is needed (Debian: {package})");
    eprintln!("skipped: no {program} (Debian: {package})");
    None
}
