//! Disposal (gallring): one person proposes, another decides with a decision's number, and only after days in which it
//! can be undone are document, text, evidence and salt destroyed. SWEDEN 4.4, USERS 9.6; HOUSE, invariant 7.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::archive::act::Acted;
use crate::archive::act::Deed;
use crate::archive::act::Disposal;
use crate::archive::actor::same_person;
use crate::archive::catalogue::Closed;
use crate::archive::catalogue::Row;
use crate::archive::deeds::exists;
use crate::archive::deeds::given;
use crate::archive::disposed;
use crate::archive::encoding::File;
use crate::archive::encoding::Verification;
use crate::archive::encoding::hex;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::ingest::random;
use crate::archive::life::Hold;
use crate::archive::life::Life;
use crate::archive::life::Stage;
use crate::archive::listing::Listed;
use crate::archive::look_up::Found;
use crate::archive::record::KeptPiece;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::archive::refusal::Refusal;
use crate::archive::retention::Answer;
use crate::archive::retention::Outcome;
use crate::archive::rooms::Layout;
use crate::archive::rooms::mark_stale;
use crate::format::minutes::when::stockholm;
use crate::verify::crypto;
use crate::verify::text::Text;

/// What became of a list of records.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    /// The proposal's name.
    pub proposal: String,
    /// The records for which it was done.
    pub done: Vec<RecordId>,
    /// Those for which it was not, and why.
    pub skipped: Vec<(RecordId, Refusal)>,
}

/// A proposal with what belongs to it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Its name.
    pub name: String,
    /// Its records.
    pub records: Vec<Found>,
}

impl Archive {
    /// Proposes to dispose of records. Those that may not be are left out, each with the reason; a proposal of nothing is
    /// none, and its name is empty.
    ///
    /// # Errors
    /// The disk's and the ledger's.
    pub fn propose_disposal(&self, records: &[RecordId], by: &str) -> Result<Outcomes, Error> {
        let name = hex(&random::<4>()?);
        let today = self.today();
        self.each(name.clone(), records, |id| {
            let found = self.record(id)?.ok_or(Refusal::NoRecord(id))?;
            let answer = self.retention(&found);
            self.do_to(id, by, |life| free(life).and_then(|()| proposed(&name, &answer, today)))
        })
    }

    /// Decides a proposal. Records that are on hold by now are left out, and stay proposed. From then on the documents are
    /// not given out; they are destroyed when the time to undo it has passed.
    ///
    /// # Errors
    /// [`Refusal`] where there is no such proposal, no number is given, or the same person proposed it.
    pub fn decide_disposal(&self, proposal: &str, decision: &str, by: &str) -> Result<Outcomes, Error> {
        let decision = given(decision, "gallringsbeslutets nummer", "the number of the decision on disposal")?;
        let records = self.open_in(proposal)?;
        let now = self.now();
        let wait = SignedDuration::try_from(self.options.quarantine).unwrap_or(SignedDuration::MAX);
        let not_before = now.checked_add(wait).unwrap_or(Timestamp::MAX).to_string();
        let own = records.iter().any(|found| proposer(&found.life).is_some_and(|who| same_person(who, by)));
        if own {
            return Err(Refusal::OwnProposal.into());
        }
        let ids = ids(&records);
        let outcomes = self.each(proposal.to_owned(), &ids, |id| {
            self.do_to(id, by, |life| {
                is_proposed(life, proposal)?;
                not_held(&life.holds)?;
                let (proposal, decision, not_before) = (proposal.to_owned(), decision.clone(), not_before.clone());
                Ok(Deed::DisposalDecided { proposal, decision, not_before })
            })
        })?;
        self.carry_out_disposals()?;
        Ok(outcomes)
    }

    /// Refuses a proposal, or withdraws it.
    ///
    /// # Errors
    /// [`Refusal`] where there is no such proposal, or no reason is given.
    pub fn refuse_disposal(&self, proposal: &str, reason: &str, by: &str) -> Result<Outcomes, Error> {
        let reason = given(reason, "skälet", "the reason")?;
        let ids = ids(&self.open_in(proposal)?);
        self.each(proposal.to_owned(), &ids, |id| {
            self.do_to(id, by, |life| {
                is_proposed(life, proposal)?;
                Ok(Deed::DisposalRefused { proposal: proposal.to_owned(), reason: reason.clone() })
            })
        })
    }

    /// Undoes a decision before it is carried out: the records are as they were before they were proposed.
    ///
    /// # Errors
    /// [`Refusal`] where nothing is decided, or no reason is given.
    pub fn undo_disposal(&self, proposal: &str, reason: &str, by: &str) -> Result<Outcomes, Error> {
        let reason = given(reason, "skälet", "the reason")?;
        let decided = |found: &Found| matches!(found.life.disposal, Some(Stage::Decided(_)));
        let ids: Vec<RecordId> = self.in_proposal(proposal)?.into_iter().filter(decided).filter_map(id_of).collect();
        if ids.is_empty() {
            return Err(Refusal::NothingDecided.into());
        }
        self.each(proposal.to_owned(), &ids, |id| {
            self.do_to(id, by, |life| match &life.disposal {
                Some(Stage::Decided(disposal)) if disposal.proposal == proposal => {
                    Ok(Deed::DisposalUndone { proposal: proposal.to_owned(), reason: reason.clone() })
                }
                Some(_) | None => Err(Refusal::NothingDecided),
            })
        })
    }

    /// Carries out every decision whose time to be undone has passed. What is on hold by now stays, however old the
    /// decision is. Gives the records that are gone.
    ///
    /// # Errors
    /// The disk's and the ledger's; what was carried out before stays so.
    pub fn carry_out_disposals(&self) -> Result<Vec<RecordId>, Error> {
        let now = self.now();
        let mut gone = Vec::new();
        for (name, id) in self.catalogue.proposed(None)? {
            if self.catalogue.row(id)?.is_none_or(|row| row.closed != Some(Closed::Decided)) {
                continue;
            }
            let Some(found) = self.record(id)? else { continue };
            let Some(Stage::Decided(disposal)) = &found.life.disposal else { continue };
            let ripe = disposal.proposal == name && disposal.not_before().is_some_and(|at| at <= now);
            match ripe.then(|| self.carry_out(id, &found, now)) {
                Some(Ok(_)) => gone.push(id),
                // A hold wins.
                None | Some(Err(Error::Refused(_))) => {}
                Some(Err(error)) => return Err(error),
            }
        }
        Ok(gone)
    }

    fn carry_out(&self, id: RecordId, found: &Found, now: Timestamp) -> Result<Acted, Error> {
        let remains = Box::new(found.record.clone().remains());
        let index = found.index;
        self.do_to(id, "sigill", |life| {
            not_held(&life.holds)?;
            let Some(Stage::Decided(disposal)) = &life.disposal else { return Err(Refusal::NothingDecided) };
            let disposal = Disposal { carried_out_at: Some(now.to_string()), ..disposal.clone() };
            Ok(Deed::Disposed { disposal, remains, index })
        })
    }

    /// Proposals about which nothing is decided yet, or that can be undone still.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn proposals(&self) -> Result<Vec<Proposal>, Error> {
        let mut names: Vec<String> = self.catalogue.proposed(None)?.into_iter().map(|(name, _)| name).collect();
        names.dedup();
        let mut open = Vec::new();
        for name in names {
            let mut records = self.in_proposal(&name)?;
            records.retain(|found| !matches!(found.life.disposal, Some(Stage::Done(_)) | None));
            if !records.is_empty() {
                open.push(Proposal { name, records });
            }
        }
        Ok(open)
    }

    /// The records of a proposal, whatever became of them, save those for which it was refused or undone.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn in_proposal(&self, proposal: &str) -> Result<Vec<Found>, Error> {
        let mut records = Vec::new();
        for (_, id) in self.catalogue.proposed(Some(proposal))? {
            let of_it = |found: &Found| found.life.disposal.as_ref().is_some_and(|stage| stage.proposal() == proposal);
            records.extend(self.record(id)?.filter(of_it));
        }
        Ok(records)
    }

    /// Every record that was disposed of, with what was decided.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn disposed_of(&self) -> Result<Vec<Found>, Error> {
        let mut gone = Vec::new();
        for id in self.catalogue.acted_on()? {
            gone.extend(self.record(id)?.filter(|found| matches!(found.life.disposal, Some(Stage::Done(_)))));
        }
        Ok(gone)
    }

    fn open_in(&self, proposal: &str) -> Result<Vec<Found>, Error> {
        let mut records = self.in_proposal(proposal)?;
        records.retain(|found| matches!(found.life.disposal, Some(Stage::Proposed(_))));
        if records.is_empty() { Err(Refusal::NoProposal(proposal.to_owned()).into()) } else { Ok(records) }
    }

    /// Does something to each record; a refusal is told with the others and stops nothing.
    fn each(
        &self,
        proposal: String,
        records: &[RecordId],
        mut act: impl FnMut(RecordId) -> Result<Acted, Error>,
    ) -> Result<Outcomes, Error> {
        let mut outcomes = Outcomes { proposal, ..Outcomes::default() };
        for id in records.iter().copied().collect::<BTreeSet<_>>() {
            match act(id) {
                Ok(_) => outcomes.done.push(id),
                Err(Error::Refused(refusal)) => outcomes.skipped.push((id, *refusal)),
                Err(other) => return Err(other),
            }
        }
        if outcomes.done.is_empty() {
            outcomes.proposal.clear();
        }
        Ok(outcomes)
    }

    /// Destroys what a disposal destroys, and leaves what remains. Doing it again, after a crash, changes nothing more.
    pub(crate) fn destroy(
        &self,
        id: RecordId,
        remains: &Record,
        line: &Listed,
        index: u64,
        commitment: &[u8; 32],
    ) -> Result<(), Error> {
        let sha256 = &remains.verification.file.sha256;
        let mut staying = Vec::new();
        let mut pieces: Vec<KeptPiece> = self.on_disk(id).map(|(record, _)| record.evidence).unwrap_or_default();
        let mut content = Vec::new();
        for (at, of) in self.catalogue.acts(id)? {
            match self.read_act(id, &of) {
                Ok(act) if act.deed.event().stays() => staying.push((at, of)),
                Ok(act) => {
                    pieces.extend_from_slice(act.deed.evidence());
                    content.push(of);
                }
                // Gone already: a crash came in between.
                Err(Error::Damaged(_)) => {}
                Err(other) => return Err(other),
            }
        }
        if !staying.iter().any(|(at, _)| *at == index) {
            staying.push((index, *commitment));
        }
        if !self.reading {
            // First of all, so that nothing brings it back.
            disposed::add(self.directory(), self.options.ledger.anchor.as_deref(), id, &self.decision_on(id)?)?;
            self.documents.remove(sha256)?;
            self.remove_pieces(id, &pieces)?;
            for act in content {
                self.records.remove(&hex(&act))?;
            }
            self.salts.remove(&id.to_string())?;
            // Once, while the record is there: what was replayed at opening leaves a catalogue without its words.
            if !self.ledger.is_shared() && self.records.get(&id.to_string())?.is_some() {
                mark_stale(&Layout::new(self.directory()))?;
            }
            self.records.remove(&id.to_string())?;
        }
        let row = Row {
            index: line.index,
            sha256: sha256.clone(),
            record_sha256: String::new(),
            public: remains.public,
            unlinked: true,
            closed: Some(Closed::Disposed),
        };
        Ok(self.catalogue.apply_disposal(id, &row, remains, line, &staying)?)
    }

    /// The number of the decision to dispose of a record; empty where it can no longer be read.
    fn decision_on(&self, id: RecordId) -> Result<String, Error> {
        Ok(self.life(id)?.disposal().map_or_else(String::new, |disposal| disposal.decision.clone()))
    }

    /// Destroys evidence that no other record is kept with.
    fn remove_pieces(&self, id: RecordId, pieces: &[KeptPiece]) -> Result<(), Error> {
        if pieces.is_empty() {
            return Ok(());
        }
        let mut lone: BTreeSet<&str> = pieces.iter().map(|piece| piece.sha256.as_str()).collect();
        for other in self.catalogue.every()? {
            if other != id && self.catalogue.row(other)?.is_some_and(|row| row.closed != Some(Closed::Disposed)) {
                for piece in self.evidence_of(other)? {
                    lone.remove(piece.sha256.as_str());
                }
            }
        }
        for name in lone {
            self.evidence.remove(name)?;
        }
        Ok(())
    }

    /// Destroys a record's salt and keeps the record findable without it.
    pub(crate) fn unlink(&self, id: RecordId, registered: u64) -> Result<(), Error> {
        if !self.reading {
            self.salts.remove(&id.to_string())?;
        }
        let (record, bytes) = self.on_disk(id)?;
        let damaged = || Error::Damaged(format!("record {id}"));
        let document = unhex(&record.verification.file.sha256).ok_or_else(damaged)?;
        let known = self.catalogue.row(id)?.filter(|row| !row.is_lost());
        let row = known.unwrap_or_else(|| Row {
            index: registered,
            sha256: record.verification.file.sha256.clone(),
            record_sha256: hex(&crypto::sha256(&[&bytes])),
            public: record.public,
            unlinked: true,
            closed: None,
        });
        Ok(self.catalogue.put(id, &Row { unlinked: true, ..row }, &document, &record)?)
    }

    /// Today, where the archive is.
    pub(crate) fn today(&self) -> Date {
        self.now().to_zoned(stockholm()).date()
    }
}

/// The deed that proposes it, where the schedule allows it.
fn proposed(proposal: &str, answer: &Answer, today: Date) -> Result<Deed, Refusal> {
    if let Some(obstacle) = answer.obstacle() {
        return Err(Refusal::Kept(obstacle));
    }
    let over = match answer.outcome {
        Outcome::Dispose { .. } => answer.until.is_some_and(|until| until < today),
        // That a person proposes it says that it is obsolete.
        Outcome::DisposeWhenObsolete => true,
        Outcome::Preserve { .. } | Outcome::Investigate => false,
    };
    if !over {
        return Err(Refusal::Kept(answer.reason.clone()));
    }
    Ok(Deed::DisposalProposed {
        proposal: proposal.to_owned(),
        rule: answer.rule_id.clone().unwrap_or_default(),
        schedule_version: answer.schedule_version.clone(),
        until: answer.until.map(|day| day.to_string()),
    })
}

/// Refuses what is on hold, proposed, decided or gone.
fn free(life: &Life) -> Result<(), Refusal> {
    exists(life)?;
    not_held(&life.holds)?;
    match &life.disposal {
        Some(Stage::Proposed(proposed)) => Err(Refusal::Proposed(proposed.proposal.clone())),
        Some(Stage::Decided(disposal)) => Err(Refusal::Decided(disposal.not_before.clone())),
        Some(Stage::Done(disposal)) => Err(Refusal::Disposed(disposal.decision.clone())),
        None => Ok(()),
    }
}

fn not_held(holds: &[Hold]) -> Result<(), Refusal> {
    if holds.is_empty() { Ok(()) } else { Err(Refusal::Held(holds.iter().map(|hold| hold.reason.clone()).collect())) }
}

fn is_proposed(life: &Life, proposal: &str) -> Result<(), Refusal> {
    match &life.disposal {
        Some(Stage::Proposed(proposed)) if proposed.proposal == proposal => Ok(()),
        Some(_) | None => Err(Refusal::NoProposal(proposal.to_owned())),
    }
}

fn proposer(life: &Life) -> Option<&str> {
    match &life.disposal {
        Some(Stage::Proposed(proposed)) => Some(&proposed.by),
        Some(Stage::Decided(disposal) | Stage::Done(disposal)) => Some(&disposal.proposed_by),
        None => None,
    }
}

fn ids(records: &[Found]) -> Vec<RecordId> {
    records.iter().filter_map(|found| found.record.id.parse().ok()).collect()
}

fn id_of(found: Found) -> Option<RecordId> {
    found.record.id.parse().ok()
}

impl Record {
    /// What remains of a record when its content is destroyed: what it was, when, by which identifiers, and its hash. No
    /// name of a signer, a file or a paragraph. Every part is named here, so that no new one remains by oversight.
    fn remains(self) -> Self {
        let signed = self.verification.signatures.iter().filter(|one| one.kind == "signature").count();
        let Verification { schema, file, checked_at, policy, trust, verdict, headline, advice, .. } = self.verification;
        let verification = Verification {
            schema,
            file: File { name: String::new(), ..file },
            checked_at,
            policy,
            trust,
            verdict,
            original_record_id: None,
            headline,
            advice,
            signatures: Vec::new(),
            revisions: Vec::new(),
            unsigned_fields: Vec::new(),
            signature_page: None,
            minutes: None,
            signing: None,
            agreement: Vec::new(),
            bankid_evidence: Vec::new(),
            evidence_records: Vec::new(),
            warnings: Vec::new(),
            missing: Vec::new(),
        };
        Self {
            schema: self.schema,
            id: self.id,
            registered_at: self.registered_at,
            registered_by: self.registered_by,
            title: self.title,
            record_type: self.record_type,
            diary_number: self.diary_number,
            body: self.body,
            public: self.public,
            meeting_date: self.meeting_date,
            last_signed_at: self.last_signed_at,
            transaction_ids: self.transaction_ids,
            expected_signers: Vec::new(),
            verification,
            evidence: Vec::new(),
            signatures: Some(signed),
        }
    }
}

/// What happens to copies elsewhere, which nobody here can destroy.
pub fn about_backups() -> Text {
    Text::new(
        "Säkerhetskopior som gjordes före gallringen innehåller handlingen tills de skrivs över. Återställ aldrig en \
         sådan utan `--disposed` med filen `disposed` ur arkivets mapp; då kommer handlingen inte tillbaka.",
        "Backups made before the disposal hold the record until they are overwritten. Never restore such a one without \
         `--disposed` with the file `disposed` of the archive's directory; then the record does not come back.",
    )
}
