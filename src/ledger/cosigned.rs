//! What others have seen of this ledger: the newest checkpoint with enough cosignatures, beside the published one, and
//! the stop that a witness's alarm pulls. Outside the commit path: a commit waits for nobody's witness. LEDGER.md 6.2.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::ledger::Ledger;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::error::Error;
use crate::ledger::note::Note;
use crate::ledger::witness::Alarm;
use crate::store::disk;

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
}

impl Witnessed {
    fn newest(&self) -> Option<Arc<Cosigned>> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
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
        let cosigned = self.ours(note)?;
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
        let path = self.shared.files.cosigned();
        let Some(note) = std::fs::read_to_string(path).ok().and_then(|text| Note::parse(&text).ok()) else {
            return Ok(());
        };
        match self.ours(&note) {
            Ok(cosigned) => {
                *self.shared.witnessed.newest.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::new(cosigned));
                Ok(())
            }
            Err(Error::Beyond { asked, size }) => Err(Error::AnchorRolledBack { published: asked, anchor: size }),
            Err(Error::Checkpoint(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    fn ours(&self, note: &Note) -> Result<Cosigned, Error> {
        let Checkpoint { size, root, .. } = self.shared.keys.recognise(note)?;
        if self.root_at(size)? != root {
            return Err(Error::Forked { size, between: "the ledger and a cosigned checkpoint" });
        }
        Ok(Cosigned { size, note: note.to_string().into() })
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
