//! `dnc-train`: trains re-identification models.

use std::process::ExitCode;

// Training frees and takes large buffers at every step; the system's allocator gives them back to the kernel
// and pays for their pages again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match dnc_train::cli::parse().execute() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", dnc_train::cli::describe(&error));
            ExitCode::FAILURE
        }
    }
}
