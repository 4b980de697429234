//! Numbered jobs on several threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Runs `job` for 0..`n`, each worker on its own thread taking the next number; results in order.
pub fn in_parallel<W: Send, T: Send>(workers: &mut [W], n: usize, job: impl Fn(&mut W, usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(n));
    thread::scope(|scope| {
        for worker in workers.iter_mut().take(n) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= n {
                        break;
                    }
                    let result = job(worker, i);
                    // A poisoned lock means that another job panicked: the scope passes that on.
                    if let Ok(mut done) = done.lock() {
                        done.push((i, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order_on_every_number_of_threads() {
        for threads in [1, 2, 7] {
            let squares = in_parallel(&mut vec![(); threads], 100, |(), i| i * i);
            assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>());
        }
        assert!(in_parallel(&mut [(); 2], 0, |(), i| i).is_empty());
    }
}
