//! The quick start, and the tests that take the whole line from pictures to decisions.

pub mod quickstart;
