//! The thread that keeps the shelves beside the commits: syncs the database, seals what is full, makes the next ready.
//! None of it is what a receipt waits for: everything it makes can be derived from the journal again.

use std::sync::Arc;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::thread::JoinHandle;

use crate::ledger::error::Error;
use crate::ledger::volume::shelves::Shelves;

/// A running keeper; one owner asks it.
pub(crate) struct Keeper {
    orders: Option<SyncSender<()>>,
    outcomes: Receiver<Result<(), Error>>,
    /// Whether an outcome is still to be heard.
    busy: bool,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(crate) fn start(shelves: Arc<Shelves>) -> Result<Self, Error> {
        let (orders, ordered) = mpsc::sync_channel(1);
        let (told, outcomes) = mpsc::sync_channel(1);
        let work = move || {
            for () in ordered {
                let done = shelves.keep();
                let failed = done.is_err();
                // I6: an error is never followed by another try.
                if told.send(done).is_err() || failed {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("keeper".to_owned()).spawn(work);
        let thread = thread.map_err(|error| Error::Fatal(error.to_string()))?;
        Ok(Self { orders: Some(orders), outcomes, busy: false, thread: Some(thread) })
    }

    /// Whether it is at work, or has an outcome to tell.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Sets it to work, unless it is; says whether it was free.
    pub(crate) fn order(&mut self) -> bool {
        let free = !self.busy && self.orders.as_ref().is_some_and(|orders| orders.try_send(()).is_ok());
        self.busy |= free;
        free
    }

    /// Hears how the last work ended, without waiting: true where it is done, false where there is nothing to hear.
    pub(crate) fn look(&mut self) -> Result<bool, Error> {
        if !self.busy {
            return Ok(false);
        }
        match self.outcomes.try_recv() {
            Ok(done) => {
                self.busy = false;
                done.map(|()| true)
            }
            Err(mpsc::TryRecvError::Empty) => Ok(false),
            Err(mpsc::TryRecvError::Disconnected) => Err(ended()),
        }
    }

    /// Has it do all there is to do at this moment, and waits for that.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.wait()?;
        self.order();
        self.wait()
    }

    /// Waits until it is free.
    fn wait(&mut self) -> Result<(), Error> {
        if self.busy {
            self.outcomes.recv().map_err(|_| ended())??;
            self.busy = false;
        }
        Ok(())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been told as an outcome that never came.
            drop(thread.join());
        }
    }
}

fn ended() -> Error {
    Error::Fatal("the thread that seals volumes has ended".to_owned())
}
