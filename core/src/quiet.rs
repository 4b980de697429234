//! Panics of a library as errors, without their lines on standard error.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Calls of [`quietly`] that this thread is within.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// What the last panic within one of them said.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `work`; where it panics, what the panic said and where.
///
/// The panic hook belongs to the whole process: it is wrapped once, and from then on looks at the thread that panics.
/// Swapping it around every call would silence other threads, or leave the wrong one in place.
///
/// # Errors
/// Where `work` panics. A process built to abort on panics ends all the same.
pub fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    wrap_hook();
    DEPTH.set(DEPTH.get() + 1);
    // The caller drops what `work` borrowed where it fails.
    let done = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    done.map_err(|_| SAID.take())
}

fn wrap_hook() {
    static WRAPPED: Once = Once::new();
    // A panicking thread may not touch the hook; the panic that it is in was printed already.
    if std::thread::panicking() {
        return;
    }
    WRAPPED.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| if DEPTH.get() == 0 { before(panic) } else { SAID.set(told(panic)) }));
    });
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let said = panic.payload_as_str().unwrap_or("no message");
    let Some(at) = panic.location() else { return said.to_owned() };
    format!("{said}, {}:{}", within_crate(at.file()), at.line())
}

/// A file of the registry from its crate's name and version on: where it was compiled concerns nobody.
fn within_crate(file: &str) -> &str {
    let below = file.split_once("/registry/src/").and_then(|(_, below)| below.split_once('/'));
    below.map_or(file, |(_, file)| file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_place_in_the_registry_is_told_from_its_crate_on() {
        let said = [
            ("/home/a/.cargo/registry/src/index-12/codec-0.5.1/src/dct.rs", "codec-0.5.1/src/dct.rs"),
            ("src/a.rs", "src/a.rs"),
        ];
        for (file, told) in said {
            assert_eq!(within_crate(file), told);
        }
    }

    #[test]
    fn a_panic_becomes_what_it_said_and_no_other_thread_is_silenced() {
        // Tests share a process: the hook that is wrapped here may be a wrapped one already, which changes nothing.
        wrap_hook();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (own, ours) = (take_hook(), seen.clone());
        set_hook(Box::new(move |panic| {
            if DEPTH.get() == 0 {
                ours.lock().unwrap().push(told(panic));
            }
            own(panic);
        }));
        let said: Result<(), String> = quietly(|| {
            let other = std::thread::spawn(|| panic!("{} of another thread", "a panic"));
            assert!(other.join().is_err());
            let inner = quietly(|| panic!("within"));
            assert!(inner.is_err_and(|said| said.contains("within")));
            panic!("ours {}", 7)
        });
        let said = said.unwrap_err();
        assert!(said.contains("ours 7") && said.contains("quiet.rs"), "{said}");
        let seen = seen.lock().unwrap();
        assert!(seen.iter().any(|said| said.contains("a panic of another thread")), "{seen:?}");
        assert!(!seen.iter().any(|said| said.contains("ours")), "{seen:?}");
        assert_eq!(quietly(|| 3), Ok(3));
    }
}
