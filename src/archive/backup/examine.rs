//! What is missing or changed in an archive that is backed up: told at once, while an earlier backup still has it.
//! HOUSE, invariant 6. Names of files that are hashes are held to their bytes as these are copied; commitments after that.

use std::collections::BTreeSet;
use std::path::Path;

use crate::archive::act::Act;
use crate::archive::backup::Error;
use crate::archive::backup::source::Source;
use crate::archive::check::Fault;
use crate::archive::check::lost;
use crate::archive::disposed;
use crate::archive::encoding::hex;
use crate::archive::entry;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::error as archive;
use crate::archive::parts::KINDS;
use crate::archive::record::KeptPiece;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::store::blob::Blobs;
use crate::store::blob::FileBlobs;
use crate::verify::crypto;

/// The files whose names are hashes and whose copied bytes have another, by their paths.
pub(super) type Changed = BTreeSet<String>;

/// Whether the bytes of a file in the archive are not those that its name says.
pub(super) fn is_changed(inside: &str, hash: &[u8; 32]) -> bool {
    let (Some((room, _)), Some((_, name))) = (inside.split_once('/'), inside.rsplit_once('/')) else { return false };
    let [documents, evidence, _, _] = KINDS;
    [documents, evidence].contains(&room) && unhex::<32>(name).is_some_and(|stated| stated != *hash)
}

/// What every entry of the copied ledger speaks of and is not there, or is not what it was. What was destroyed by decision
/// is missing by right.
pub(super) fn examine(source: &Source, directory: &Path, changed: &Changed) -> Result<Vec<Fault>, Error> {
    let own = KINDS.map(|kind| FileBlobs::read_only(&directory.join(kind)));
    let mut rooms: Vec<&dyn Blobs> = source.rooms().into_iter().map(|(_, blobs)| blobs).collect();
    if rooms.is_empty() {
        for blobs in &own {
            // It is only opened: that answers no error.
            rooms.extend(blobs.as_ref().ok().map(|blobs| -> &dyn Blobs { blobs }));
        }
    }
    let [documents, evidence, records, salts] = rooms.as_slice() else { return Ok(Vec::new()) };
    let kept = Kept { documents: *documents, evidence: *evidence, records: *records, salts: *salts, changed };
    let gone = disposed::read(directory)?;
    let (mut found, mut failed): (Vec<Found>, _) = (Vec::new(), None);
    source.ledger.entries(&mut |index, bytes| {
        let Some(entry) = Entry::read(bytes).filter(|_| failed.is_none()) else { return Ok(()) };
        let id = entry.record;
        if entry.event == Event::Unlinked {
            found.retain(|one| one.record != id || one.part != Part::Salt);
        }
        if entry.event == Event::Disposed {
            found.retain(|one| one.record != id || one.part == Part::Act);
        }
        if gone.contains_key(&id) && !entry.event.stays() {
            return Ok(());
        }
        match kept.look(index, &entry) {
            Ok(faults) => found.extend(faults.into_iter().map(|(part, fault)| Found { record: id, part, fault })),
            Err(error) => failed = Some(error),
        }
        Ok(())
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(found.into_iter().map(|one| one.fault).collect()),
    }
}

/// Something that is not as its entry says.
struct Found {
    record: RecordId,
    part: Part,
    fault: Fault,
}

/// Which part: a salt may be destroyed by a decision of its own, and what says how a record was kept outlives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Salt,
    Record,
    Act,
}

/// Where the archive's files are.
struct Kept<'k> {
    documents: &'k dyn Blobs,
    evidence: &'k dyn Blobs,
    records: &'k dyn Blobs,
    salts: &'k dyn Blobs,
    changed: &'k Changed,
}

impl Kept<'_> {
    fn look(&self, index: u64, entry: &Entry) -> Result<Vec<(Part, Fault)>, archive::Error> {
        if entry.event == Event::Registered { self.registered(index, entry) } else { self.acted(index, entry) }
    }

    fn registered(&self, index: u64, entry: &Entry) -> Result<Vec<(Part, Fault)>, archive::Error> {
        let id = entry.record.to_string();
        let lost = |sv, en| (Part::Record, lost(index, sv, en));
        let record = self.records.get(&id)?;
        let read = record.as_deref().and_then(|bytes| serde_json::from_slice::<Record>(bytes).ok());
        let (Some(bytes), Some(read)) = (record, read) else {
            return Ok(vec![lost("uppgifterna saknas eller är oläsliga", "its data is missing or unreadable")]);
        };
        let document = unhex(&read.verification.file.sha256).unwrap_or_default();
        let mut faults = Vec::new();
        match self.salts.get(&id)?.and_then(|salt| salt.try_into().ok()) {
            None => faults.push((Part::Salt, missing_salt(index))),
            Some(salt) => {
                if entry::commitment(&salt, &document, &crypto::sha256(&[&bytes])) != entry.commitment {
                    return Ok(vec![lost("uppgifterna har ändrats på disken", "its data was changed on disk")]);
                }
            }
        }
        let name = hex(&document);
        if self.is_changed("documents", &name) {
            faults.push(lost("dokumentet har ändrats på disken", "its document was changed on disk"));
        } else if !self.documents.exists(&name)? {
            faults.push(lost("dokumentet saknas", "its document is missing"));
        }
        faults.extend(self.pieces(index, &read.evidence)?);
        Ok(faults)
    }

    /// What was done to a record later, with a salt of its own.
    fn acted(&self, index: u64, entry: &Entry) -> Result<Vec<(Part, Fault)>, archive::Error> {
        let bytes = self.records.get(&hex(&entry.commitment))?;
        let act = bytes.as_deref().and_then(Act::read).filter(|(_, made)| *made == entry.commitment);
        let Some((act, _)) = act else {
            let part = if entry.event.stays() { Part::Act } else { Part::Record };
            return Ok(vec![(
                part,
                lost(
                    index,
                    "uppgifterna om händelsen saknas eller har ändrats",
                    "what was written about the event is missing or was changed",
                ),
            )]);
        };
        self.pieces(index, act.deed.evidence())
    }

    fn pieces(&self, index: u64, named: &[KeptPiece]) -> Result<Vec<(Part, Fault)>, archive::Error> {
        let mut faults = Vec::new();
        for one in named {
            if self.is_changed("evidence", &one.sha256) || !self.evidence.exists(&one.sha256)? {
                faults.push((
                    Part::Record,
                    lost(
                        index,
                        "ett bevis som sparades med den saknas eller har ändrats",
                        "evidence kept with it is missing or was changed",
                    ),
                ));
            }
        }
        Ok(faults)
    }

    fn is_changed(&self, room: &str, name: &str) -> bool {
        self.changed.contains(&format!("{room}/{}/{name}", name.get(..2).unwrap_or_default()))
    }
}

fn missing_salt(index: u64) -> Fault {
    lost(index, "saltet saknas eller är skadat", "its salt is missing or damaged")
}
