//! Many files at once: several workers, the answers in the files' order, memory that does not grow with their number.
//! USERS 5: what is under way when somebody interrupts is finished and told, and nothing more is begun.

use std::collections::BTreeMap;
use std::io;
use std::iter::Enumerate;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::vec::IntoIter;

/// Workers for each processor: while some wait for the disk, the others verify.
const WORKERS_PER_PROCESSOR: usize = 4;
/// How many files may be begun beyond the first that is not told yet, for each worker: one slow file does not stop the
/// others, nor lets their answers pile up.
const AHEAD_PER_WORKER: usize = 16;
/// Bytes of documents that are worked on at once, unless a single one has more.
const BYTES_AT_ONCE: u64 = 256 << 20;

/// Does `work` on each of `jobs`, and tells each answer in the order of the jobs, until `tell` fails or `stop` is set.
/// Gives how many were told.
///
/// # Errors
/// What `tell` answered.
pub(super) fn each<J: Send, D: Send>(
    jobs: Vec<J>,
    stop: &AtomicBool,
    work: impl Fn(J) -> D + Sync,
    mut tell: impl FnMut(D) -> io::Result<()>,
) -> io::Result<usize> {
    let workers = (thread::available_parallelism().map_or(2, usize::from) * WORKERS_PER_PROCESSOR).min(jobs.len());
    let queue = Queue::new(jobs, workers * AHEAD_PER_WORKER);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..workers {
            let (sender, queue, work) = (sender.clone(), &queue, &work);
            scope.spawn(move || {
                while let Some((place, job)) = queue.next(stop) {
                    if sender.send((place, work(job))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let (mut early, mut told) = (BTreeMap::new(), 0);
        for (place, done) in receiver {
            early.insert(place, done);
            while let Some(done) = early.remove(&told) {
                if let Err(error) = tell(done) {
                    queue.end();
                    return Err(error);
                }
                told += 1;
            }
            queue.told(told);
        }
        Ok(told)
    })
}

/// What waits, and how far it may be begun.
struct Queue<J> {
    ahead: usize,
    state: Mutex<State<J>>,
    moved: Condvar,
}

struct State<J> {
    jobs: Enumerate<IntoIter<J>>,
    begun: usize,
    told: usize,
}

impl<J> Queue<J> {
    fn new(jobs: Vec<J>, ahead: usize) -> Self {
        let state = State { jobs: jobs.into_iter().enumerate(), begun: 0, told: 0 };
        Self { ahead, state: Mutex::new(state), moved: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job with its place; none when all are taken, or no more are wanted.
    fn next(&self, stop: &AtomicBool) -> Option<(usize, J)> {
        let far = |state: &mut State<J>| state.begun >= state.told + self.ahead;
        let mut state = self.moved.wait_while(self.state(), far).unwrap_or_else(PoisonError::into_inner);
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        state.begun += 1;
        state.jobs.next()
    }

    fn told(&self, told: usize) {
        self.state().told = told;
        self.moved.notify_all();
    }

    /// Nobody listens any more.
    fn end(&self) {
        let mut state = self.state();
        state.jobs = Vec::new().into_iter().enumerate();
        state.begun = 0;
        self.moved.notify_all();
    }
}

/// How many bytes are worked on at once.
#[derive(Default)]
pub(super) struct Scale {
    bytes: Mutex<u64>,
    lighter: Condvar,
}

/// Held while a document is worked on.
pub(super) struct Weighed<'s> {
    scale: &'s Scale,
    bytes: u64,
}

impl Scale {
    /// Waits until there is room for so many bytes; for one alone there always is.
    pub(super) fn weigh(&self, bytes: u64) -> Weighed<'_> {
        let full = |held: &mut u64| *held > 0 && held.saturating_add(bytes) > BYTES_AT_ONCE;
        let held = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held = self.lighter.wait_while(held, full).unwrap_or_else(PoisonError::into_inner);
        *held = held.saturating_add(bytes);
        Weighed { scale: self, bytes }
    }
}

impl Drop for Weighed<'_> {
    fn drop(&mut self) {
        let mut held = self.scale.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *held = held.saturating_sub(self.bytes);
        self.scale.lighter.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_come_in_order_whichever_is_done_first() {
        let slow_first = |job: u64| {
            thread::sleep(Duration::from_millis(if job == 0 { 30 } else { 0 }));
            job
        };
        let mut told = Vec::new();
        let count = each((0..200).collect(), &AtomicBool::new(false), slow_first, |job| {
            told.push(job);
            Ok(())
        });
        assert_eq!((count.ok(), told), (Some(200), (0..200).collect::<Vec<u64>>()));
    }

    #[test]
    fn nothing_is_begun_far_beyond_what_is_told() {
        let (begun, told) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let ahead = thread::available_parallelism().map_or(2, usize::from) * WORKERS_PER_PROCESSOR * AHEAD_PER_WORKER;
        let work = |job: usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            if job == 0 {
                thread::sleep(Duration::from_millis(50));
                assert!(begun.load(Ordering::SeqCst) <= ahead, "a slow file holds the others back before memory fills");
            }
        };
        let all = ahead * 3;
        let count = each((0..all).collect(), &AtomicBool::new(false), work, |()| {
            told.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        assert_eq!((count.ok(), begun.into_inner(), told.into_inner()), (Some(all), all, all));
    }

    #[test]
    fn an_interruption_finishes_what_is_begun_and_tells_it() {
        let (stop, begun) = (AtomicBool::new(false), AtomicUsize::new(0));
        let work = |_| begun.fetch_add(1, Ordering::SeqCst);
        let count = each((0..100_000).collect::<Vec<u32>>(), &stop, work, |_| {
            stop.store(true, Ordering::Relaxed);
            Ok(())
        });
        let begun = begun.into_inner();
        assert!(begun < 100_000, "{begun} begun");
        assert_eq!(count.ok(), Some(begun), "all that were begun are told");
    }

    #[test]
    fn an_answer_that_nobody_takes_ends_the_batch() {
        let error = |_| Err(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(each((0..100_000).collect::<Vec<u32>>(), &AtomicBool::new(false), |job| job, error).is_err());
    }
}
