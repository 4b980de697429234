//! The images in QEMU, held to the host. `firmware-demo/boards/run.sh` builds them and runs these tests; without the
//! images they are skipped, under CI they fail.

mod board;
mod counts;
mod decisions;
mod machine;
mod transcript;
