//! Criterion benches and peers side by side; figures are in `RESULTS.md`.
