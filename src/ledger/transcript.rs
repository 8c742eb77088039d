//! A shared ledger copied out into plain files: the journal, anchor and checkpoint that it would have, were it one
//! process's alone. LEDGER.md 6.1; what is copied is a moment of it, however many processes append meanwhile.

use std::path::Path;
use std::sync::Arc;

use crate::ledger::Ledger;
use crate::ledger::durable::Each;
use crate::ledger::edge::Edge;
use crate::ledger::error::Error;
use crate::ledger::export::Source;
use crate::ledger::files::Files;
use crate::ledger::hash;
use crate::ledger::hash::Hash;
use crate::ledger::note::VerifierKey;
use crate::ledger::options::Options;
use crate::ledger::record::Anchored;
use crate::ledger::record::Batch;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::sequencer::Published;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Succession;
use crate::store::anchor::Anchor;
use crate::store::disk;
use crate::store::journal::Journal;

/// Entries in one record of the journal that is written.
const ENTRIES: u64 = 1_000;

/// A ledger as it was published at one moment.
pub(crate) struct Moment<'a> {
    ledger: &'a Ledger,
    published: Arc<Published>,
}

impl<'a> Moment<'a> {
    pub(crate) fn of(ledger: &'a Ledger) -> Self {
        Self { ledger, published: ledger.shared.published() }
    }
}

impl Source for Moment<'_> {
    fn key(&self) -> &VerifierKey {
        self.ledger.shared.keys.verifier()
    }

    fn ring(&self) -> Vec<Bounded> {
        self.ledger.ring()
    }

    fn succession(&self) -> &Succession {
        self.ledger.succession()
    }

    fn checkpoint(&self) -> Option<&str> {
        Some(&self.published.note)
    }

    fn signed(&self) -> (u64, Hash) {
        (self.published.head.size, self.published.head.root)
    }

    fn root_at(&self, size: u64) -> Result<Hash, Error> {
        self.ledger.root_at(size)
    }

    fn walk_to(&self, size: u64, each: &mut Each<'_>) -> Result<Edge, Error> {
        let (mut edge, mut filled) = (Edge::default(), Vec::new());
        for entry in self.ledger.entries(0..size) {
            let (index, entry) = entry?;
            edge.push(&entry, hash::leaf(&entry), &mut |piece| filled.push(piece.into()));
            each(index, &entry, &filled)?;
            filled.clear();
        }
        let leads = edge.size() == size && edge.root() == self.root_at(size)?;
        leads.then_some(edge).ok_or_else(|| Error::Damaged(format!("the entries do not lead to the root over {size}")))
    }
}

impl Ledger {
    /// Writes the ledger as it is now to `dir`, which must not be there: journal, anchor and checkpoint, no key.
    /// `progress` hears of entries done, of how many.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the entries do not lead to the published root; the store's; the disk's.
    pub fn transcribe(&self, dir: &Path, options: &Options, progress: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        let moment = Moment::of(self);
        let (files, head) = (Files::new(dir, &Options { anchor: None, ..options.clone() }), moment.published.head);
        disk::create_directory(dir)?;
        let mut journal = Journal::create(&files.journal(), options.journal_segment_bytes)?;
        let succession = self.succession();
        let first = succession.handovers().first().and_then(|one| one.change.old.first());
        let vkey = first.map_or_else(|| self.vkey(), ToString::to_string);
        let mut mark = journal.append(&[&Record::Genesis { vkey }.encode()])?;
        let (mut edge, mut waiting, mut old) = (Edge::default(), Vec::new(), (0, hash::EMPTY_ROOT));
        moment.walk_to(head.size, &mut |index, entry, _| {
            edge.push(entry, hash::leaf(entry), &mut |_| {});
            waiting.push(entry.to_vec());
            if index + 1 == head.size || (index + 1).is_multiple_of(ENTRIES) {
                // When each was committed the rows do not say; none of them was later than the head.
                let (first, old_root) = old;
                let entries = std::mem::take(&mut waiting);
                let batch = Batch { first, time: head.time, old_root, new_root: edge.root(), entries };
                mark = journal.append(&[&Record::Batch(batch).encode()])?;
                old = (edge.size(), edge.root());
                progress(index + 1, head.size);
            }
            Ok(())
        })?;
        if !succession.is_empty() {
            disk::replace(&files.succession(), succession.to_string().as_bytes())?;
        }
        Anchor::create(files.anchor(), &Anchored::certain(Head { mark, ..head }).encode())?;
        files.publish(&moment.published.note)
    }
}
