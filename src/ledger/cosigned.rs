//! What others have seen of this ledger: the newest checkpoint with enough cosignatures, beside the published one, and
//! the stop that a witness's alarm pulls. Outside the commit path: a commit waits for nobody's witness. LEDGER.md 6.2.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::ledger::Ledger;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::error::Error;
use crate::ledger::note::Note;
use crate::ledger::proof;
use crate::ledger::rows;
use crate::ledger::rows::Nodes;
use crate::ledger::sequencer::Shared;
use crate::ledger::witness::Alarm;
use crate::store::Batch;
use crate::store::Expectation;
use crate::store::Outcome;
use crate::store::disk;

/// The row, among a shared ledger's own, with what enough witnesses have seen.
pub(crate) const COSIGNED_KEY: &[u8] = b"cosigned";

/// A checkpoint of this ledger that enough witnesses have cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// Entries it covers.
    pub size: u64,
    /// The note: our signatures and theirs.
    pub note: Arc<str>,
}

/// What the witnesses have said.
#[derive(Debug, Default)]
pub(crate) struct Witnessed {
    newest: RwLock<Option<Arc<Cosigned>>>,
    alarm: OnceLock<Alarm>,
    /// The row of a shared ledger as it was taken in last.
    row: Mutex<Vec<u8>>,
    /// The size that this process itself committed last, among those that share the ledger.
    committed: AtomicU64,
}

impl Witnessed {
    fn newest(&self) -> Option<Arc<Cosigned>> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show(&self, cosigned: Cosigned) {
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(cosigned));
    }

    /// Notes that this process has committed.
    pub(crate) fn committed(&self, size: u64) {
        self.committed.store(size, Ordering::Release);
    }

    /// Fails after an alarm: nothing is signed any more.
    pub(crate) fn calm(&self) -> Result<(), Error> {
        self.alarm.get().map_or(Ok(()), |alarm| Err(Error::Alarm(*alarm)))
    }
}

impl Ledger {
    /// The newest checkpoint that enough witnesses have cosigned. It may be behind the published one.
    pub fn cosigned(&self) -> Option<Arc<Cosigned>> {
        self.shared.witnessed.newest()
    }

    /// Keeps and shows a cosigned checkpoint of this ledger, unless a larger one is known. Whether its cosignatures
    /// hold and are enough is for the caller to know.
    ///
    /// # Errors
    /// [`Error::Beyond`] or [`Error::Forked`] where it is none of this ledger's; what the disk answered.
    pub fn keep_cosigned(&self, note: &Note) -> Result<(), Error> {
        let cosigned = self.shared.ours(note)?;
        if self.shared.is_shared {
            return self.shared.keep_for_all(cosigned);
        }
        let mut newest = self.shared.witnessed.newest.write().unwrap_or_else(PoisonError::into_inner);
        if newest.as_ref().is_some_and(|known| known.size > cosigned.size) {
            return Ok(());
        }
        disk::replace(&self.shared.files.cosigned(), cosigned.note.as_bytes())?;
        *newest = Some(Arc::new(cosigned));
        Ok(())
    }

    /// Reads what was kept before. A file that is lost or damaged is made anew by the witnesses; one that is signed by
    /// us and larger than we are, or of another tree, is a sign of rollback or fork.
    pub(crate) fn load_cosigned(&self) -> Result<(), Error> {
        if self.shared.is_shared {
            let row = self.shared.store.get(rows::META, COSIGNED_KEY)?;
            return row.map_or(Ok(()), |row| self.shared.take_in(&row));
        }
        let path = self.shared.files.cosigned();
        let Some(note) = std::fs::read_to_string(path).ok().and_then(|text| Note::parse(&text).ok()) else {
            return Ok(());
        };
        match self.shared.ours(&note) {
            Ok(cosigned) => {
                self.shared.witnessed.show(cosigned);
                Ok(())
            }
            Err(Error::Beyond { asked, size }) => Err(Error::AnchorRolledBack { published: asked, anchor: size }),
            Err(Error::Checkpoint(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Whether the newest entries are this process's own, so that it is the one to show them to witnesses.
    pub fn committed_last(&self) -> bool {
        !self.shared.is_shared || self.shared.witnessed.committed.load(Ordering::Acquire) == self.size()
    }

    /// Stops the ledger because a witness holds what cannot be unless this ledger was rolled back or has forked.
    /// Entries on their way are refused, nothing more is signed; reading goes on. Only a new opening signs again.
    pub fn stop(&self, alarm: Alarm) {
        // The first alarm is the one to tell of.
        let _ = self.shared.witnessed.alarm.set(alarm);
    }

    /// Why the ledger was stopped, if a witness's alarm stopped it.
    pub fn alarm(&self) -> Option<Alarm> {
        self.shared.witnessed.alarm.get().copied()
    }
}

impl Shared {
    /// A checkpoint of this ledger, of the tree that it says.
    fn ours(&self, note: &Note) -> Result<Cosigned, Error> {
        let Checkpoint { size, root, .. } = self.keys.recognise(note)?;
        let known = self.published().head.size;
        if size > known {
            return Err(Error::Beyond { asked: size, size: known });
        }
        let mut nodes = Nodes::new(self.store.as_ref(), size);
        if proof::root(size, &mut |node| nodes.fetch(node))? != root {
            return Err(Error::Forked { size, between: "the ledger and a cosigned checkpoint" });
        }
        Ok(Cosigned { size, note: note.to_string().into() })
    }

    /// Keeps a cosigned checkpoint where every process finds it, unless another kept a larger one.
    fn keep_for_all(&self, cosigned: Cosigned) -> Result<(), Error> {
        loop {
            let row = self.store.get(rows::META, COSIGNED_KEY)?;
            let note = row.as_deref().and_then(|row| Note::parse(std::str::from_utf8(row).ok()?).ok());
            let kept = note.and_then(|note| self.keys.recognise(&note).ok());
            if kept.is_some_and(|kept| kept.size > cosigned.size) {
                return Ok(());
            }
            let mut batch = Batch::new();
            batch.put(rows::META, COSIGNED_KEY, cosigned.note.as_bytes());
            let expected = Expectation { space: rows::META, key: COSIGNED_KEY.to_vec(), value: row };
            match self.store.apply(&batch, Some(&expected))? {
                Outcome::Applied => {
                    self.store.sync()?;
                    self.witnessed.show(cosigned);
                    return Ok(());
                }
                Outcome::Conflict => {}
            }
        }
    }

    /// Takes in what another process kept. A row that is not of our key is made anew by the witnesses; what is beyond
    /// what is published here is taken in when that is; what is of another tree is a fork.
    pub(crate) fn take_in(&self, row: &[u8]) -> Result<(), Error> {
        let mut taken = self.witnessed.row.lock().unwrap_or_else(PoisonError::into_inner);
        if *taken == row {
            return Ok(());
        }
        let note = std::str::from_utf8(row).ok().and_then(|text| Note::parse(text).ok());
        match note.map(|note| self.ours(&note)) {
            Some(Ok(cosigned)) => self.witnessed.show(cosigned),
            Some(Err(Error::Beyond { .. })) => return Ok(()),
            Some(Err(Error::Checkpoint(_))) | None => {}
            Some(Err(other)) => return Err(other),
        }
        row.clone_into(&mut taken);
        Ok(())
    }
}
