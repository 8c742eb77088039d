//! The journal read again: into the database, or into a volume. One code for opening, rebuilding and sealing.
//! LEDGER.md 6.4: every batch must continue the tree and lead where it says, whoever reads it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use crate::ledger::edge::Edge;
use crate::ledger::edge::Piece;
use crate::ledger::error::Error;
use crate::ledger::hash;
use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::Hash;
use crate::ledger::record;
use crate::ledger::record::Applied;
use crate::ledger::record::Batch;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::rows::Growth;
use crate::ledger::volume::Span;
use crate::ledger::volume::build::Builder;
use crate::ledger::volume::file::Volume;
use crate::store::Store;
use crate::store::disk;
use crate::store::journal;

/// Replayed records after which the database is synced: an interrupted replay then goes on from there.
const REPLAY_SYNC_RECORDS: u64 = 256;

/// Bytes of a volume that are written at a time.
const WRITE_BYTES: usize = 1 << 20;

/// Where a database stands before a replay.
pub(crate) struct Start {
    /// What its head row says; none in one without rows.
    pub(crate) applied: Option<Applied>,
    /// The edge of the tree there.
    pub(crate) edge: Edge,
    /// Full tiles that it must hold before anything else does: those above the volumes.
    pub(crate) upper: Vec<UpperTile>,
    /// The first journal record with anything that it lacks.
    pub(crate) from: u64,
}

/// A full tile that reaches beyond one volume: its level, its number, its hashes.
pub(crate) type UpperTile = (u8, u64, Vec<Hash>);

/// What stands above the volumes: the edge of the tree over all of them, and the full tiles of its upper levels.
pub(crate) fn foundation<'a>(volumes: impl IntoIterator<Item = &'a Volume>) -> (Edge, Vec<UpperTile>) {
    let (mut edge, mut upper) = (Edge::default(), Vec::new());
    for volume in volumes {
        stack(&mut edge, volume, &mut |piece| match piece {
            Piece::Tile { level, index, hashes } => upper.push((level, index, hashes.to_vec())),
            Piece::Bundle { .. } => {}
        });
    }
    (edge, upper)
}

/// Applies the journal records up to `records` that a database lacks, by the same steps by which they would have been
/// applied. Gives the edge, and how many there were.
pub(crate) fn replay(journal: &Path, store: &dyn Store, start: Start, records: u64) -> Result<(Edge, u64), Error> {
    let Start { mut applied, mut edge, mut upper, from } = start;
    let mut replayed = 0;
    if from < records {
        for record in journal::read(journal, from)? {
            let record = record?;
            let after = record.end.records;
            let mut growth = Growth::begin(&edge, applied);
            upper.drain(..).for_each(|(level, index, hashes)| growth.put_full(level, index, &hashes));
            if let Record::Batch(batch) = decoded(record)? {
                go_on(&mut edge, &batch, &mut |edge, entry, leaf| growth.push(edge, entry, leaf))?;
            }
            let now = Applied { size: edge.size(), root: edge.root(), records: after };
            growth.apply(store, &edge, now)?;
            applied = Some(now);
            replayed += 1;
            if replayed % REPLAY_SYNC_RECORDS == 0 {
                store.sync()?;
            }
            if after == records {
                break;
            }
        }
    } else if applied.is_none() {
        // Everything is sealed.
        let now = Applied { size: edge.size(), root: edge.root(), records };
        found(store, &edge, upper, now)?;
        applied = Some(now);
    }
    store.sync()?;
    if applied.map(|applied| applied.records) != Some(records) {
        return Err(Error::Damaged("the journal changed while it was replayed".to_owned()));
    }
    Ok((edge, replayed))
}

/// The first rows of a database behind volumes: what stands above them, and nothing else.
pub(crate) fn found(store: &dyn Store, edge: &Edge, upper: Vec<UpperTile>, now: Applied) -> Result<(), Error> {
    let mut growth = Growth::begin(edge, None);
    upper.into_iter().for_each(|(level, index, hashes)| growth.put_full(level, index, &hashes));
    growth.apply(store, edge, now)
}

/// Makes the volume behind this edge from the journal, whose record `from` holds its first entry.
pub(crate) fn seal(path: &Path, journal: &Path, span: Span, before: &Edge, from: u64) -> Result<Volume, Error> {
    let temporary = path.with_extension("tmp");
    let file = File::create(&temporary).map_err(disk::Error::at("create", &temporary))?;
    let mut builder = Builder::new(span, BufWriter::with_capacity(WRITE_BYTES, file));
    let mut edge = before.clone();
    let (mut next, mut root, mut failed) = (from, None, Ok(()));
    for record in journal::read(journal, from)? {
        let record = record?;
        next = record.sequence;
        if let Record::Batch(batch) = decoded(record)? {
            go_on(&mut edge, &batch, &mut |edge, entry, leaf| {
                edge.push(entry, leaf, &mut |_| {});
                if builder.len() < span.entries() && failed.is_ok() {
                    failed = builder.push(entry, leaf);
                }
                if edge.size() == span.end() {
                    root = Some(edge.root());
                }
            })?;
        }
        if edge.size() >= span.end() {
            // A batch that ends where the volume does is done with; of a longer one the rest lies behind it.
            next += u64::from(edge.size() == span.end());
            break;
        }
    }
    let written = failed.and_then(|()| {
        let (out, _) = builder.finish(next)?;
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()
    });
    written.map_err(disk::Error::at("write", &temporary))?;
    // Crash before: a file that opening removes. Crash after: a volume, and a database that holds its entries as well,
    // which opening replaces.
    std::fs::rename(&temporary, path).map_err(disk::Error::at("name", path))?;
    disk::sync_name(path)?;
    let volume = Volume::open(path)?;
    let mut above = before.clone();
    stack(&mut above, &volume, &mut |_| {});
    if root != Some(above.root()) {
        return Err(Error::Damaged(format!("the volume at entry {} does not lead to its root", span.first())));
    }
    Ok(volume)
}

/// Puts a volume onto the tree that ends where it begins.
fn stack(edge: &mut Edge, volume: &Volume, full: &mut impl FnMut(Piece<'_>)) {
    for hash in volume.crown() {
        edge.push_subtree(volume.span().levels(), *hash, full);
    }
}

/// Whether the journal, whose record `from` goes on behind this edge, knows the tree that it is the edge of.
pub(crate) fn known_to(journal: &Path, edge: &Edge, from: u64, records: u64) -> Result<bool, Error> {
    if from >= records {
        return Ok(state_after(journal, records)? == (edge.size(), edge.root()));
    }
    let mut edge = edge.clone();
    match record_at(journal, from)? {
        Record::Genesis { .. } => Ok(edge.size() == 0),
        Record::Batch(batch) => Ok(go_on(&mut edge, &batch, &mut |edge, entry, leaf| {
            edge.push(entry, leaf, &mut |_| {});
        })
        .is_ok()),
    }
}

/// Grows the tree by a batch that must continue it, and lead where it says. Of a batch whose beginning is in the tree
/// already, because a volume ended in the middle of it, only the rest is handed on; its root still has to follow.
pub(crate) fn go_on(
    edge: &mut Edge,
    batch: &Batch,
    push: &mut impl FnMut(&mut Edge, &[u8], Hash),
) -> Result<(), Error> {
    let first = batch.first;
    let other_tree = || Error::Damaged(format!("the journal's batch at entry {first} continues another tree"));
    let known = edge.size().checked_sub(first).ok_or_else(other_tree)?;
    if known >= record::count(&batch.entries) || (known == 0 && batch.old_root != edge.root()) {
        return Err(other_tree());
    }
    let known = usize::try_from(known).expect("fewer than the batch has entries");
    for entry in batch.entries.iter().skip(known) {
        push(edge, entry, hash::leaf(entry));
    }
    if batch.new_root != edge.root() {
        return Err(Error::Damaged(format!("the journal's batch at entry {first} has another root")));
    }
    Ok(())
}

/// The size and root after so many journal records.
pub(crate) fn state_after(journal: &Path, records: u64) -> Result<(u64, Hash), Error> {
    match records.checked_sub(1) {
        Some(last) => Ok(record_at(journal, last)?.state()),
        None => Ok((0, EMPTY_ROOT)),
    }
}

/// Whether the journal holds the commit that leads to this head; an error if another one stands in its place.
pub(crate) fn holds(journal: &Path, head: &Head) -> Result<bool, Error> {
    let forked = || Error::Forked { size: head.size, between: "anchor and journal" };
    let Some(last) = head.mark.records.checked_sub(1) else { return Ok(head.size == 0) };
    let Some(record) = journal::read(journal, last)?.next() else { return Ok(false) };
    let record = record?;
    let mark = record.end;
    let holds = mark == head.mark && decoded(record)?.state() == (head.size, head.root);
    holds.then_some(true).ok_or_else(forked)
}

/// What one journal record says.
pub(crate) fn record_at(journal: &Path, sequence: u64) -> Result<Record, Error> {
    let record = journal::read(journal, sequence)?.next();
    decoded(record.ok_or_else(|| unreadable(sequence))??)
}

/// What a journal record says.
pub(crate) fn decoded(record: journal::Record) -> Result<Record, Error> {
    Record::decode(&record.payload).ok_or_else(|| unreadable(record.sequence))
}

fn unreadable(sequence: u64) -> Error {
    Error::Damaged(format!("journal record {sequence} cannot be read"))
}
