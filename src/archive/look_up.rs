//! Looking up: by anything a person can hold in the hand. USERS 8 (6): "wrong form" and "not there" are two answers.

use jiff::civil::Date;

use crate::archive::act::Acted;
use crate::archive::act::Deed;
use crate::archive::catalogue::Closed;
use crate::archive::catalogue::Query;
use crate::archive::encoding::Verification;
use crate::archive::entry::Event;
use crate::archive::entry::Opening;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::life::Life;
use crate::archive::listing::Listed;
use crate::archive::record::KeptPiece;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::diary_key;
use crate::archive::record::unhex;
use crate::archive::refusal::Refusal;
use crate::archive::retention::Answer;
use crate::archive::retention::Due;
use crate::archive::retention::Schedule;
use crate::archive::versions;
use crate::archive::versions::Version;
use crate::format::minutes::transaction::TransactionId;
use crate::verify::indication::Verdict;

/// Longest question read, in bytes.
const QUESTION_BYTES_MAX: usize = 1_000;
/// The text is nothing that a record can be found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a Transaktions-ID, a SHA-256, a record id nor a diary number")]
pub struct Malformed;

impl Query {
    /// What a pasted text may mean, the likeliest first.
    ///
    /// # Errors
    /// [`Malformed`] where it can mean nothing.
    pub fn parse(text: &str) -> Result<Vec<Self>, Malformed> {
        let text = addressed(text.trim());
        if text.is_empty() || text.len() > QUESTION_BYTES_MAX {
            return Err(Malformed);
        }
        let bare: String = text.split_whitespace().collect();
        // As programs print it: in pairs, parted by blanks or colons.
        if let Some(sha256) = unhex(&bare.trim_start_matches("sha256:").replace(':', "")) {
            return Ok(vec![Self::Document(sha256)]);
        }
        let record = bare.parse().ok().map(Self::Record);
        let transaction = TransactionId::parse(text).ok().map(Self::Transaction);
        if is_cut_uuid(&bare) {
            return Err(Malformed);
        }
        let diary = diary_key(text);
        let diary = (diary.contains(|c: char| c.is_ascii_digit()) && diary.len() <= 80).then_some(Self::Diary(diary));
        let meanings: Vec<Self> = [record, transaction, diary].into_iter().flatten().collect();
        if meanings.is_empty() { Err(Malformed) } else { Ok(meanings) }
    }
}

/// The record's id in the address of its page or of the interface; any other text as it is.
fn addressed(text: &str) -> &str {
    let Some((_, path)) = text.split_once("://") else { return text };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let after = |part| path.split_once(part).and_then(|(_, rest)| rest.split('/').next());
    after("/handling/").or_else(|| after("/records/")).unwrap_or(text)
}

/// Whether a text is a UUID that was cut, or mistyped: its first groups have 8, 4 and 4 letters, hexadecimal ones in the
/// first, and the whole is none. No diary number is written so.
fn is_cut_uuid(text: &str) -> bool {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let begins = groups.len() >= 3 && groups.iter().zip(GROUPS).take(3).all(|(group, length)| group.len() == length);
    let lettered = groups.first().is_some_and(|first| hex(first) && first.contains(|c: char| c.is_ascii_alphabetic()));
    let whole = groups.iter().map(|group| group.len()).eq(GROUPS) && groups.iter().all(hex);
    begins && lettered && !whole
}

/// A record that was found, with its place in the ledger.
#[derive(Clone, Debug)]
pub struct Found {
    /// The record, with what is stated about it now; what remains of it where it was disposed of.
    pub record: Record,
    /// Its ledger index.
    pub index: u64,
    /// What it has become since it was registered.
    pub life: Life,
}

/// One thing that happened to a record.
#[derive(Clone, Debug)]
pub struct Happened {
    /// What.
    pub event: Event,
    /// When, UTC.
    pub at: String,
    /// By whom.
    pub actor: String,
    /// The ledger index of the event.
    pub index: u64,
    /// What verification found then, where it is about that.
    pub found: Option<Verification>,
    /// The evidence that came with it.
    pub evidence: Vec<KeptPiece>,
    /// What was done, where it is no registration.
    pub deed: Option<Deed>,
}

impl Archive {
    /// The records that answer a question; none where nothing matches.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn find(&self, meanings: &[Query]) -> Result<Vec<Found>, Error> {
        self.find_shown(meanings, true)
    }

    /// As [`Archive::find`], among the public records alone unless `all`. What is not shown is not read either, so that
    /// neither its state nor the time it takes tells that it is there: where nothing is found a row is looked for all the
    /// same, and the next meaning is tried. Valid documents come first, then the oldest; one damaged record does not hide
    /// the others. While some record is lost, nobody can say that nothing matches.
    ///
    /// # Errors
    /// The store's; damage where nothing else was found.
    pub fn find_shown(&self, meanings: &[Query], all: bool) -> Result<Vec<Found>, Error> {
        for meaning in meanings {
            let mut ids = self.catalogue.find(meaning)?;
            if ids.is_empty() && !all {
                // No record has this id; looking for its row takes what it takes to see that one is not public.
                ids.push(RecordId::ARCHIVE);
            }
            let (mut found, mut damaged) = (Vec::new(), None);
            for id in ids {
                match self.record_shown(id, all) {
                    Err(Error::Damaged(what)) => damaged = Some(Error::Damaged(what)),
                    other => found.extend(other?),
                }
            }
            found.sort_by_key(|one: &Found| (one.record.verification.verdict != Verdict::Valid.name(), one.index));
            match damaged {
                Some(damaged) if found.is_empty() => return Err(damaged),
                Some(_) | None if found.is_empty() => {}
                Some(_) | None => return Ok(found),
            }
        }
        match self.catalogue.lost()? {
            0 => Ok(Vec::new()),
            lost => Err(Error::Damaged(format!("{lost} records cannot be read, and this may be one of them"))),
        }
    }

    /// A record, if it is public or `all` may be shown; otherwise as if it were not there.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn record_shown(&self, id: RecordId, all: bool) -> Result<Option<Found>, Error> {
        match self.catalogue.row(id)? {
            Some(row) if row.public || all => self.record(id),
            Some(_) | None => Ok(None),
        }
    }

    /// A record by its id.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn record(&self, id: RecordId) -> Result<Option<Found>, Error> {
        let Some(row) = self.catalogue.row(id)? else { return Ok(None) };
        let life = self.life(id)?;
        let record = match &life.remains {
            Some(remains) => remains.clone(),
            None => self.written(id)?,
        };
        Ok(Some(Found { record: life.amended(record), index: row.index, life }))
    }

    /// The record that a ledger entry is about.
    ///
    /// # Errors
    /// The store's.
    pub fn record_of_index(&self, index: u64) -> Result<Option<RecordId>, Error> {
        Ok(self.catalogue.of_index(index)?)
    }

    /// Records, newest first.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn newest(&self, offset: usize, limit: usize) -> Result<Vec<Found>, Error> {
        let ids = self.catalogue.newest(offset, limit)?;
        let healthy = |found: &Result<Found, Error>| !matches!(found, Err(Error::Damaged(_)));
        ids.into_iter().filter_map(|id| self.record(id).transpose()).filter(healthy).collect()
    }

    /// How many records there are, disposed of or not.
    ///
    /// # Errors
    /// The store's.
    pub fn count(&self) -> Result<u64, Error> {
        Ok(self.catalogue.count()?)
    }

    /// Whether look-ups are answered: the newest record is found and can be read. Where there is none yet, the catalogue
    /// has seen all that the ledger holds: tokens, plans and keys have entries too.
    ///
    /// # Errors
    /// The store's.
    pub fn is_answering(&self) -> Result<bool, Error> {
        match self.catalogue.newest(0, 1)?.first() {
            Some(id) => match self.record(*id) {
                // What is damaged is told to whoever asks for it; the others are found.
                Err(Error::Damaged(_)) => Ok(true),
                found => Ok(found?.is_some()),
            },
            None => Ok(self.catalogue.applied()? >= self.ledger.size()),
        }
    }

    /// The bytes of a record's document, compared with what was registered before they are given out.
    ///
    /// # Errors
    /// [`Error::Damaged`] where they are other bytes; the disk's.
    pub fn document(&self, id: RecordId) -> Result<Option<Vec<u8>>, Error> {
        let Some(row) = self.catalogue.row(id)? else { return Ok(None) };
        self.open_to_all(id, row.closed)?;
        let bytes = self.documents.get(&row.sha256)?;
        let bytes = bytes.ok_or_else(|| Error::Damaged(format!("the document of record {id} is missing")))?;
        if unhex(&row.sha256) != Some(crate::verify::crypto::sha256(&[&bytes])) {
            return Err(Error::Damaged(format!("the document of record {id} has changed on disk")));
        }
        Ok(Some(bytes))
    }

    /// The versions that a record's document holds, oldest first; none where it is no PDF file.
    ///
    /// # Errors
    /// As [`Self::document`].
    pub fn versions(&self, id: RecordId) -> Result<Option<Vec<Version>>, Error> {
        let Some(document) = self.document(id)? else { return Ok(None) };
        let versions = versions::list(&document, &self.options.budget).unwrap_or_default();
        Ok(Some(versions.into_iter().map(|(version, _)| version).collect()))
    }

    /// The bytes of one version of a record's document, by its revision.
    ///
    /// # Errors
    /// As [`Self::document`].
    pub fn version(&self, id: RecordId, revision: usize) -> Result<Option<Vec<u8>>, Error> {
        let Some(document) = self.document(id)? else { return Ok(None) };
        let versions = versions::list(&document, &self.options.budget).unwrap_or_default();
        let asked = versions.into_iter().find(|(version, _)| version.revision == revision);
        Ok(asked.map(|(_, bytes)| bytes.to_vec()))
    }

    /// A record's receipt against the newest checkpoint, with the opening that lets anyone recompute its entry.
    ///
    /// # Errors
    /// The ledger's, or damage.
    pub fn receipt(&self, id: RecordId) -> Result<Option<String>, Error> {
        let Some(row) = self.catalogue.row(id)? else { return Ok(None) };
        if row.closed == Some(Closed::Disposed) {
            self.open_to_all(id, row.closed)?;
        }
        if row.unlinked {
            return Err(Refusal::Unlinked.into());
        }
        let seen = self.ledger.cosigned().is_some_and(|cosigned| row.index < cosigned.size);
        if self.options.require_witnesses && !seen {
            return Err(Error::Unwitnessed);
        }
        let (entry, kept) = self.kept_at(row.index)?;
        let opening = Opening::of(&entry, &kept.salt, &kept.sha256).to_bytes();
        Ok(Some(self.ledger.receipt(row.index, Some(&opening))?))
    }

    /// What happened to a record, oldest first.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn events(&self, id: RecordId) -> Result<Option<Vec<Happened>>, Error> {
        let Some(Found { record, index, life }) = self.record(id)? else { return Ok(None) };
        let first = Happened {
            event: Event::Registered,
            at: record.registered_at,
            actor: record.registered_by,
            index,
            // What remains of a record that was disposed of is not what was found.
            found: life.remains.is_none().then_some(record.verification),
            evidence: record.evidence,
            deed: None,
        };
        let later = self.acts(id)?.into_iter().map(|Acted { act, index }| Happened {
            event: act.deed.event(),
            at: act.at,
            actor: act.by,
            index,
            found: act.deed.verification().cloned(),
            evidence: act.deed.evidence().to_vec(),
            deed: Some(act.deed),
        });
        Ok(Some(std::iter::once(first).chain(later).collect()))
    }

    /// Until when a record must be kept, and why.
    pub fn retention(&self, found: &Found) -> Answer {
        self.retention_by(&self.schedule(), found)
    }

    /// The same by a schedule that is not in force.
    pub(crate) fn retention_by(&self, schedule: &Schedule, found: &Found) -> Answer {
        Listed::of(found).answer(schedule)
    }

    /// Every record for which something is due by a day, with what. Reads all records.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn due(&self, by: Date) -> Result<Vec<(Found, Answer, Due)>, Error> {
        let mut due = Vec::new();
        self.each_record(|found| {
            let answer = self.retention(&found);
            if let Some(what) = answer.due(by) {
                due.push((found, answer, what));
            }
        })?;
        Ok(due)
    }

    /// Goes through all records, newest first; one that is damaged is passed over.
    ///
    /// # Errors
    /// The store's.
    pub fn each_record(&self, mut look: impl FnMut(Found)) -> Result<(), Error> {
        for id in self.catalogue.every()?.into_iter().rev() {
            match self.record(id) {
                Err(Error::Damaged(_)) => {}
                other => other?.into_iter().for_each(&mut look),
            }
        }
        Ok(())
    }
}
