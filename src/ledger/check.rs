//! Checking a ledger: every root, tile, bundle and index row derived anew from the bytes on disk, and compared.
//! LEDGER.md 2.3 item 7: contents, not only roots. Two passes, journal and database, that must end in one root.

use std::sync::Arc;

use crate::ledger::Fault;
use crate::ledger::Part;
use crate::ledger::edge::Edge;
use crate::ledger::edge::Piece;
use crate::ledger::edge::hashes_at;
use crate::ledger::error::Error;
use crate::ledger::hash;
use crate::ledger::hash::Hash;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::record::count;
use crate::ledger::replay;
use crate::ledger::replay::decoded;
use crate::ledger::rows;
use crate::ledger::rows::BUNDLES;
use crate::ledger::rows::LEAVES;
use crate::ledger::rows::TILES;
use crate::ledger::sequencer::Shared;
use crate::ledger::tile::WIDTH;
use crate::ledger::volume::shelves::Inside;
use crate::store::Direction;
use crate::store::KeyRange;
use crate::store::Store;
use crate::store::journal;

/// Faults after which a pass ends: one broken disk is not listed row by row.
const FAULTS_MAX: usize = 100;

/// Rows of the leaf index that are read at a time.
const PAGE_ROWS: usize = 4096;

/// Checks all parts. `progress` hears of entries done, of twice the number of entries.
pub(crate) fn run(shared: &Shared, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Fault>, Error> {
    // At one moment between two commits.
    let truth = shared.truth();
    let published = shared.published();
    let faults = truth.examine(shared, &published);
    let inside = shared.shelves.as_ref().map(|shelves| shelves.inside());
    let rows = if shared.is_shared { Part::Shared } else { Part::Store };
    drop(truth);
    let head = published.head;
    let mut check = Check { shared, inside, rows, head, done: 0, progress, faults };
    if !shared.is_shared {
        check.journal()?;
    }
    check.done = head.size;
    check.database()?;
    (check.progress)(2 * head.size, 2 * head.size);
    Ok(check.faults)
}

struct Check<'a> {
    shared: &'a Shared,
    /// Volumes and database as they were when the check began: sealing may go on meanwhile.
    inside: Option<Arc<Inside>>,
    /// What the rows are part of.
    rows: Part,
    head: Head,
    done: u64,
    progress: &'a mut dyn FnMut(u64, u64),
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, part: Part, what: &str) {
        self.faults.push(Fault::new(part, what));
    }

    fn full(&self) -> bool {
        self.faults.len() >= FAULTS_MAX
    }

    fn advance(&mut self, entries: u64) {
        self.done += entries;
        (self.progress)(self.done, 2 * self.head.size);
    }

    /// Reads the whole journal: its chain, and the root after every batch.
    fn journal(&mut self) -> Result<(), Error> {
        let mut edge = Edge::default();
        let mut end = journal::Mark::START;
        for record in journal::read(&self.shared.files.journal(), 0)? {
            let sequence = end.records;
            let entered = record.map_err(Error::from).and_then(|record| {
                let end = record.end;
                decoded(record).map(|record| (end, record))
            });
            let (at, record) = match entered {
                Ok(entered) => entered,
                Err(error) => {
                    self.fault(Part::Journal, &error.to_string());
                    return Ok(());
                }
            };
            end = at;
            if let Record::Batch(batch) = record {
                let before = (edge.size(), edge.root());
                batch.entries.iter().for_each(|entry| edge.push(entry, hash::leaf(entry), &mut |_| {}));
                if before != (batch.first, batch.old_root) || edge.root() != batch.new_root {
                    self.fault(Part::Journal, &format!("journal record {sequence} does not lead where it says"));
                }
                self.advance(count(&batch.entries));
            }
            // What was committed after the check began is not its business.
            if end.records == self.head.mark.records {
                break;
            }
            if self.full() {
                return Ok(());
            }
        }
        if end != self.head.mark || (edge.size(), edge.root()) != (self.head.size, self.head.root) {
            let (found, size) = (edge.size(), self.head.size);
            self.fault(Part::Journal, &format!("the journal leads to {found} entries, or not to the root over {size}"));
        }
        Ok(())
    }

    /// Reads every bundle, hashes its entries, and compares tiles, index and root with what follows from them.
    fn database(&mut self) -> Result<(), Error> {
        let shared = self.shared;
        let store = shared.store.as_ref();
        let width = u64::from(WIDTH);
        let mut edge = self.volumes()?;
        let sealed = edge.size();
        for index in sealed / width..self.head.size.div_ceil(width) {
            let wanted = usize::try_from(width.min(self.head.size - index * width)).expect("at most 256");
            let Some(bytes) = rows::bundle(store, index, wanted)? else {
                self.fault(self.rows, &format!("entry bundle {index} is missing, cut or damaged"));
                return Ok(());
            };
            let entries = rows::split(&bytes).unwrap_or_default();
            let mut pieces = Vec::new();
            for (entry, leaf) in entries.iter().zip(rows::leaves(&entries)) {
                if rows::find(store, &leaf)? != Some(edge.size()) {
                    let at = edge.size();
                    self.fault(self.rows, &format!("entry {at} is not the one that the tiles or the index know"));
                }
                edge.push(entry, leaf, &mut |piece| pieces.extend(wanted_tile(piece)));
            }
            for (level, index, hashes) in pieces {
                self.tile(level, index, &hashes)?;
            }
            self.advance(u64::try_from(wanted).expect("at most 256"));
            if self.full() {
                return Ok(());
            }
        }
        let unfinished: Vec<_> = edge.unfinished().filter_map(wanted_tile).collect();
        for (level, index, hashes) in unfinished {
            self.tile(level, index, &hashes)?;
        }
        if (edge.size(), edge.root()) != (self.head.size, self.head.root) {
            let size = self.head.size;
            self.fault(self.rows, &format!("the entries do not lead to the root over {size}"));
        }
        match self.inside.clone() {
            Some(inside) => {
                let stores = inside.full.iter().map(|(_, store)| store).chain([&inside.store]);
                let indices = stores.map(|store| store.entries_before(self.head.size)).sum();
                self.surplus(indices, sealed);
            }
            None => {
                let indices = self.index_rows(store)?;
                self.surplus(indices, sealed);
            }
        }
        self.beyond(store)
    }

    /// Makes every sealed volume again, compares, and gives the edge of the tree over all of them.
    fn volumes(&mut self) -> Result<Edge, Error> {
        let inside = self.inside.clone();
        let volumes = || inside.iter().flat_map(|inside| &inside.volumes).map(AsRef::as_ref);
        for volume in volumes() {
            let found = volume.check(&mut |entries| self.advance(entries))?;
            found.into_iter().for_each(|what| self.fault(Part::Store, &what));
        }
        let (edge, upper) = replay::foundation(volumes());
        for (level, index, hashes) in upper {
            self.tile(level, index, &hashes)?;
        }
        Ok(edge)
    }

    fn tile(&mut self, level: u8, index: u64, expected: &[Hash]) -> Result<(), Error> {
        let found = rows::tile(self.shared.store.as_ref(), level, index, expected.len())?;
        if found.as_deref() != Some(expected) {
            self.fault(self.rows, &format!("tile {index} of level {level} does not follow from the entries"));
        }
        Ok(())
    }

    /// Counts the rows of the leaf index that speak of our entries, or of none.
    fn index_rows(&self, store: &dyn Store) -> Result<u64, Error> {
        let mut range = KeyRange::all();
        let mut indices: u64 = 0;
        loop {
            let page = store.scan(LEAVES, &range, PAGE_ROWS, Direction::Ascending)?;
            let Some((last, _)) = page.last() else { return Ok(indices) };
            range = range.after(last);
            let of_us = |value: &[u8]| value.try_into().map_or(true, |at| u64::from_be_bytes(at) < self.head.size);
            let counted = page.iter().filter(|(_, value)| of_us(value)).count();
            indices += u64::try_from(counted).expect("a length in memory fits 64 bits");
        }
    }

    /// Finds what belongs to no entry: an index row of an entry that is not there would make it a duplicate. The
    /// volumes' indices have been held against their entries.
    fn surplus(&mut self, indices: u64, sealed: u64) {
        let open = self.head.size - sealed;
        if indices != open {
            self.fault(self.rows, &format!("the index has {indices} rows for {open} entries"));
        }
    }

    /// Finds bundles and tiles beyond the last entry, between two commits: during one there may well be some. Other
    /// processes commit when they like: where the head has moved meanwhile, it is looked again.
    fn beyond(&mut self, store: &dyn Store) -> Result<(), Error> {
        let shared = self.shared;
        loop {
            let mut truth = shared.truth();
            let size = shared.published().head.size;
            let found = surplus_rows(store, size)?;
            let moved = if shared.is_shared { truth.tend(shared, &|_| Ok(()))? } else { None };
            drop(truth);
            match moved {
                Some(published) if !found.is_empty() => shared.publish(published),
                Some(_) | None => {
                    found.into_iter().for_each(|what| self.fault(self.rows, what));
                    return Ok(());
                }
            }
        }
    }
}

/// What is wrong with the rows beyond a ledger of this size.
fn surplus_rows(store: &dyn Store, size: u64) -> Result<Vec<&'static str>, Error> {
    let mut found = Vec::new();
    let bundles = size.div_ceil(u64::from(WIDTH));
    let beyond = KeyRange::starting_at(&rows::bundle_key(bundles));
    if !store.scan(BUNDLES, &beyond, 1, Direction::Ascending)?.is_empty() {
        found.push("there are entry bundles beyond the last entry");
    }
    let levels = (0..u8::MAX).take_while(|level| hashes_at(size, *level) > 0).count();
    let top = u8::try_from(levels).expect("at most eight levels");
    let beyond = KeyRange::starting_at(&rows::tile_key(top, 0));
    if !store.scan(TILES, &beyond, 1, Direction::Ascending)?.is_empty() {
        found.push("there are tiles above the root");
    }
    Ok(found)
}

/// The tile, if the piece is one, owned.
fn wanted_tile(piece: Piece<'_>) -> Option<(u8, u64, Vec<Hash>)> {
    match piece {
        Piece::Tile { level, index, hashes } => Some((level, index, hashes.to_vec())),
        Piece::Bundle { .. } => None,
    }
}

impl Fault {
    pub(crate) fn new(part: Part, what: &str) -> Self {
        let what = what.to_owned();
        Self { part, what }
    }
}
