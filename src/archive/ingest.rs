//! The pipeline: hash, verify, keep, commit, catalogue, answer. HOUSE, the walk of one document and invariant 6.

use std::sync::PoisonError;

use jiff::Timestamp;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;

use crate::archive::act::Acted;
use crate::archive::deeds;
use crate::archive::encoding::Verification;
use crate::archive::encoding::hex;
use crate::archive::entry;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::error::Error;
use crate::archive::gather;
use crate::archive::house::Archive;
use crate::archive::kept::Kept;
use crate::archive::life::Life;
use crate::archive::look_up::Found;
use crate::archive::pieces::Collected;
use crate::archive::pieces::Kind;
use crate::archive::pieces::Piece;
use crate::archive::record;
use crate::archive::record::ACKNOWLEDGEMENT;
use crate::archive::record::KeptPiece;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::Submission;
use crate::archive::record::unhex;
use crate::archive::record_type;
use crate::archive::refusal::Refusal;
use crate::format::pdf::Document;
use crate::format::pdf::text;
use crate::verify::completeness::EXPECTED_MAX;
use crate::verify::crypto;
use crate::verify::etsi;
use crate::verify::evidence::Evidence;
use crate::verify::mask::masked;
use crate::verify::report;
use crate::verify::report::Report;
use crate::verify::text::Finding;
use crate::verify::verdict;

/// What became of a document that was handed in.
#[derive(Clone, Debug)]
pub struct Ingested {
    /// The record, the old one where the same bytes were registered before.
    pub record: Record,
    /// Its place in the ledger, from 0.
    pub index: u64,
    /// What it has become since it was registered.
    pub life: Life,
    /// Whether it was registered now.
    pub new: bool,
    /// Evidence that was added now to what was registered before.
    pub added: Option<Acted>,
}

impl Ingested {
    /// The record as a look-up finds it.
    pub fn found(&self) -> Found {
        Found { record: self.record.clone(), index: self.index, life: self.life.clone() }
    }
}

impl Archive {
    /// Verifies bytes by this archive's rules, anchors and clock. Stores nothing.
    pub fn verify(&self, document: &[u8]) -> Report {
        self.verify_with(document, &Collected::default())
    }

    /// The same, with evidence that was handed in beside it. What of that could not be read stands among the warnings.
    pub fn verify_with(&self, document: &[u8], given: &Collected) -> Report {
        let mut report = self.verify_at(document, &given.evidence, self.now());
        report.warnings.extend(given.findings.iter().cloned());
        report
    }

    /// Verifies a record's document once more, as of now, with the evidence that was kept with it. Stores nothing. A
    /// kept piece that is lost or changed stands among the warnings.
    ///
    /// # Errors
    /// As [`Self::document`].
    pub fn verify_again(&self, id: RecordId) -> Result<Option<Report>, Error> {
        let Some(document) = self.document(id)? else { return Ok(None) };
        let (pieces, lost) = self.pieces(&self.evidence_of(id)?)?;
        let mut report = self.verify_with(&document, &Collected::of(&pieces));
        report.warnings.extend(lost);
        verdict::expect(&mut report, &self.written(id)?.expected_signers);
        Ok(Some(report))
    }

    /// The same as XML for other programs: ETSI TS 119 102-2. None where there is no such document.
    ///
    /// # Errors
    /// The disk's.
    pub fn verify_again_as_xml(&self, id: RecordId) -> Result<Option<Vec<u8>>, Error> {
        let (Some(document), Some(report)) = (self.document(id)?, self.verify_again(id)?) else { return Ok(None) };
        Ok(Some(self.as_xml(&report, &document)))
    }

    /// A report about these bytes as XML.
    pub fn as_xml(&self, report: &Report, document: &[u8]) -> Vec<u8> {
        etsi::write(report, document, &self.options.budget)
    }

    /// Kept pieces of evidence, and a finding for each that is lost. What a receiving archive acknowledged says nothing about
    /// signatures and is left out.
    pub(crate) fn pieces(&self, kept: &[KeptPiece]) -> Result<(Vec<Piece>, Vec<Finding>), Error> {
        let (mut pieces, mut lost) = (Vec::new(), Vec::new());
        for one in kept.iter().filter(|one| one.kind != ACKNOWLEDGEMENT) {
            match self.piece(one)? {
                Some(piece) => pieces.push(piece),
                None => lost.push(lost_piece(one)),
            }
        }
        Ok((pieces, lost))
    }

    /// A kept piece of evidence; none where it is lost, or other bytes stand in its place.
    ///
    /// # Errors
    /// The disk's.
    pub fn piece(&self, kept: &KeptPiece) -> Result<Option<Piece>, Error> {
        let bytes = self.evidence.get(&kept.sha256)?;
        let bytes = bytes.filter(|bytes| unhex(&kept.sha256) == Some(crypto::sha256(&[bytes])));
        let (name, kind, address) = (kept.name.clone(), Kind::named(&kept.kind), kept.address.clone());
        Ok(bytes.map(|bytes| Piece { name, kind, bytes, address }))
    }

    fn verify_at(&self, document: &[u8], evidence: &Evidence, at: Timestamp) -> Report {
        verdict::verify(document, evidence, &self.trust.trust(), &self.options.policy, &self.options.budget, at)
    }

    /// Registers a document. The same bytes again give the same record and change nothing. When this returns, the
    /// document, its record and its ledger entry survive a power cut.
    ///
    /// # Errors
    /// The disk's and the ledger's. Unless the ledger's entry is durable the document is not registered; what was
    /// written before is left over, is told by `check`, and is no record.
    pub fn ingest(&self, document: &[u8], submission: &Submission) -> Result<Ingested, Error> {
        self.ingest_with(document, submission, &Collected::default())
    }

    /// The same, with evidence that was handed in beside the document and is kept with it: so is what was fetched for
    /// it. Where the document is registered already its record is not written anew: evidence that it is not kept with
    /// yet becomes an event of its own.
    ///
    /// # Errors
    /// As [`Self::ingest`].
    pub fn ingest_with(&self, document: &[u8], submission: &Submission, given: &Collected) -> Result<Ingested, Error> {
        self.within_limits(document)?;
        deeds::diary_number_fits(submission.diary_number.as_deref())?;
        let sha256 = crypto::sha256(&[document]);
        let _alone = self.alone(sha256);
        if let Some(known) = self.registered(&sha256)? {
            self.heal(&sha256, document)?;
            return self.add(known, document, submission, given);
        }
        if let Some(original) = self.original_of(&sha256)? {
            return Err(Refusal::Copy(original).into());
        }
        let at = self.now();
        let (mut report, fetched) = self.judged(document, given.evidence.clone(), at);
        report.warnings.extend(given.findings.iter().cloned());
        verdict::expect(&mut report, &submission.expected_signers);
        let id = RecordId::from_random(random()?);
        let mut record = self.compose(id, at, submission, &report);
        record.evidence = self.keep_pieces(&[given.readable.as_slice(), &fetched.readable].concat())?;
        let bytes = serde_json::to_vec_pretty(&record).map_err(|error| Error::Damaged(error.to_string()))?;
        let kept = Kept { record, salt: random()?, sha256: crypto::sha256(&[&bytes]), bytes };

        self.documents.put(&hex(&sha256), document)?;
        // A crash here leaves a document that no record names: nobody was told, `check` tells, a new ingest reuses it.
        self.salts.put(&id.to_string(), &kept.salt)?;
        self.records.put(&id.to_string(), &kept.bytes)?;
        // A crash here leaves a record that no entry names; it is not registered, and a new ingest makes another.
        let commitment = entry::commitment(&kept.salt, &sha256, &kept.sha256);
        let entry = Entry { event: Event::Registered, record: id, at, commitment };
        let appended = self.ledger.append_once(entry.to_bytes(), &sha256)?;
        if appended.duplicate
            && let Some(known) = self.registered_elsewhere(id, appended.index)?
        {
            return Ok(known);
        }
        // COMMIT POINT passed: the entry is in the fsynced journal. A crash here is repaired by `catch_up` at opening.
        self.catalogue.apply(id, &kept.row(appended.index), &sha256, &kept.record)?;
        Ok(Ingested { record: kept.record, index: appended.index, life: Life::default(), new: true, added: None })
    }

    /// The record that a document would get by what it says itself, with the diary number that stands in its text. Nothing
    /// is stored, nothing fetched.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::TooLarge`].
    pub fn described(&self, document: &[u8], submission: &Submission) -> Result<Record, Error> {
        self.within_limits(document)?;
        let at = self.now();
        let report = self.verify_at(document, &Evidence::none(), at);
        let mut record = self.compose(RecordId::ARCHIVE, at, submission, &report);
        if record.diary_number.is_none() {
            record.diary_number = self.printed_number(document);
        }
        Ok(record)
    }

    /// The record of a document: what was said about it, what it says itself, what verification found.
    fn compose(&self, id: RecordId, at: Timestamp, said: &Submission, report: &Report) -> Record {
        let minutes = report.minutes.as_ref();
        let read_title = minutes.map(|minutes| minutes.title.clone()).filter(|title| !title.is_empty());
        let read_body = minutes.and_then(|minutes| minutes.body.clone());
        let read_date = minutes.and_then(|minutes| minutes.date).map(|date| date.to_string());
        let record_type = match said.record_type.as_deref() {
            Some(written) => record_type::meant(written, &self.schedule()),
            None => minutes.map_or("other", |minutes| minutes.kind.code()).to_owned(),
        };
        let verification = Verification::of(report, &said.name, self.options.body);
        Record {
            schema: record::SCHEMA.to_owned(),
            id: id.to_string(),
            registered_at: at.to_string(),
            registered_by: said.actor.clone(),
            title: said.title.clone().or(read_title).as_deref().map(masked),
            record_type,
            diary_number: said.diary_number.as_deref().map(masked),
            body: said.body.clone().or(read_body).as_deref().map(masked),
            public: said.public,
            meeting_date: said.meeting_date.clone().or(read_date),
            last_signed_at: last_signed(report).map(|time| time.to_string()),
            transaction_ids: verification.transaction_ids(),
            expected_signers: said.expected_signers.iter().take(EXPECTED_MAX).map(|name| masked(name)).collect(),
            verification,
            evidence: Vec::new(),
            signatures: None,
        }
    }

    /// The diary number that a document's first page names.
    fn printed_number(&self, document: &[u8]) -> Option<String> {
        let budget = &self.options.budget;
        let read = Document::read(document, budget).ok()?;
        let first = text::read(read.latest(), budget).into_iter().next()?;
        first.lines.iter().find_map(|line| numbered(line))
    }

    /// What is found, and what was fetched for it where this archive fetches.
    pub(crate) fn judged(&self, document: &[u8], evidence: Evidence, at: Timestamp) -> (Report, Collected) {
        let judge = |evidence: &Evidence| self.verify_at(document, evidence, at);
        match &self.options.gather {
            Some(options) => {
                let gathered = gather::gather(options, evidence, judge);
                let fetched = Collected::of(&gathered.pieces());
                (gathered.report, fetched)
            }
            None => (judge(&evidence), Collected::default()),
        }
    }

    /// The record by which another process registered the same bytes while we did; none where the entry is our own,
    /// whose answer was lost on the way. What we began is taken back: no entry names it.
    fn registered_elsewhere(&self, ours: RecordId, index: u64) -> Result<Option<Ingested>, Error> {
        self.ledger.catch_up()?;
        let bytes = self.ledger.entry(index)?;
        let entry = Entry::read(&bytes).ok_or_else(|| Error::Damaged(format!("entry {index} of the ledger")))?;
        if entry.record == ours {
            return Ok(None);
        }
        self.records.remove(&ours.to_string())?;
        self.salts.remove(&ours.to_string())?;
        // The other process may not have come so far, or may have died before it could.
        self.catalogue_entry(index, &entry)?;
        let record = self.written(entry.record)?;
        Ok(Some(Ingested { record, index, life: Life::default(), new: false, added: None }))
    }

    /// The bytes handed in are the registered ones; where those on disk are lost or changed, they are put back.
    fn heal(&self, sha256: &[u8; 32], document: &[u8]) -> Result<(), Error> {
        let name = hex(sha256);
        let stored = self.documents.get(&name)?;
        if stored.as_deref() == Some(document) {
            return Ok(());
        }
        if stored.is_some() {
            self.documents.remove(&name)?;
        }
        self.documents.put(&name, document)?;
        Ok(())
    }

    fn within_limits(&self, document: &[u8]) -> Result<(), Error> {
        let bytes = u64::try_from(document.len()).unwrap_or(u64::MAX);
        let max = self.options.budget.document_bytes_max;
        match bytes {
            0 => Err(Error::Empty),
            _ if bytes > max => Err(Error::TooLarge { bytes, max }),
            _ => Ok(()),
        }
    }

    /// The record of bytes that were registered before.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn registered(&self, sha256: &[u8; 32]) -> Result<Option<Ingested>, Error> {
        let Some(id) = self.catalogue.of_document(sha256)? else { return Ok(None) };
        let row = self.catalogue.row(id)?.ok_or_else(|| Error::Damaged(format!("the catalogue's row of {id}")))?;
        self.open_to_all(id, row.closed)?;
        let life = self.life(id)?;
        let record = life.amended(self.written(id)?);
        Ok(Some(Ingested { record, index: row.index, life, new: false, added: None }))
    }

    /// Waits until nobody else ingests these bytes.
    pub(crate) fn alone(&self, sha256: [u8; 32]) -> Alone<'_> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        while !under_way.insert(sha256) {
            under_way = self.finished.wait(under_way).unwrap_or_else(PoisonError::into_inner);
        }
        Alone { archive: self, sha256 }
    }
}

/// Held while one document is ingested.
pub(crate) struct Alone<'a> {
    archive: &'a Archive,
    sha256: [u8; 32],
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.archive.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.sha256);
        self.archive.finished.notify_all();
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::Randomness)?;
    Ok(bytes)
}

/// What stands behind the word for a diary number.
fn numbered(line: &str) -> Option<String> {
    const LABELS: [&str; 3] = ["diarienummer", "diarienr", "dnr"];
    const NUMBER_MAX: usize = 40;
    let line = line.trim();
    let label = LABELS.iter().find(|label| line.to_lowercase().starts_with(**label))?;
    let number = line.get(label.len()..)?.trim_start_matches([':', '.', ' ']).trim();
    let is = number.len() <= NUMBER_MAX && number.chars().any(|c| c.is_ascii_digit()) && masked(number) == number;
    is.then(|| number.to_owned())
}

pub(crate) fn kept_piece(kind: Kind, piece: &Piece) -> KeptPiece {
    KeptPiece {
        kind: kind.name().to_owned(),
        name: masked(&piece.name),
        sha256: hex(&crypto::sha256(&[&piece.bytes])),
        size: u64::try_from(piece.bytes.len()).unwrap_or(u64::MAX),
        address: piece.address.as_deref().map(masked),
    }
}

fn lost_piece(kept: &KeptPiece) -> Finding {
    let name = masked(&kept.name);
    Finding::new(
        "EVIDENCE_LOST",
        format!("Beviset ”{name}” som sparades med handlingen är borta eller ändrat. Driften ska köra `sigill check`."),
        format!("The evidence \"{name}\" that was kept with the record is lost or changed. Run `sigill check`."),
    )
}

/// The last signature's time, the best known of each: a timestamp says only "not later than". Document timestamps are
/// laid over signatures, years later at times, and are none.
fn last_signed(report: &Report) -> Option<Timestamp> {
    let time = |signature: &report::Signature| {
        let times = &signature.times;
        times.authenticated.or(times.claimed).or(times.proven.as_ref().map(|proof| proof.time))
    };
    report.signatures.iter().filter(|signature| signature.kind == report::Kind::Signature).filter_map(time).max()
}
