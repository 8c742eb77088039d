//! Finding records again: derived rows over a store. Everything here can be rebuilt from the ledger and the records.
//! INTERFACES, `sigill find`; a look-up answers from these rows, never from a scan of documents.

mod acts;
mod lines;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::archive::catalogue::lines::put_line;
use crate::archive::catalogue::lines::put_words;
use crate::archive::life::Life;
use crate::archive::listing::Listed;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::diary_key;
use crate::format::minutes::transaction::TransactionId;
use crate::store;
use crate::store::Batch;
use crate::store::Direction;
use crate::store::KeyRange;
use crate::store::Space;
use crate::store::Store;

/// Record id → [`Row`].
const RECORDS: Space = Space("record");
/// SHA-256 of the document → record id.
const DOCUMENTS: Space = Space("document");
/// Transaction id's key, 0, record id → nothing.
const TRANSACTIONS: Space = Space("transaction");
/// Diary number's key, 0, record id → nothing.
const DIARY: Space = Space("diary");
/// Ledger index, big-endian → record id.
const ORDER: Space = Space("order");
/// Record id, 0, ledger index of an act, big-endian → the act's commitment.
const ACTS: Space = Space("act");
/// SHA-256 of a copy or a statement that was made of a record → record id.
const COPIES: Space = Space("copy");
/// A proposal's name, 0, record id → nothing.
const PROPOSALS: Space = Space("proposal");
/// A word of a record's text, 0, record id → nothing.
const WORDS: Space = Space("word");
/// Record id → its words, a line each, so that they can be taken out again.
const TEXTS: Space = Space("text");
/// Record id → its line of the register.
const LISTED: Space = Space("listed");
/// Facts about the catalogue itself.
const META: Space = Space("meta");

/// Every space the catalogue's store must have.
pub const SPACES: &[Space] =
    &[RECORDS, DOCUMENTS, TRANSACTIONS, DIARY, ORDER, ACTS, COPIES, PROPOSALS, WORDS, TEXTS, LISTED, META];

/// How many ledger entries the rows stand for, in order and without a gap.
const APPLIED: &[u8] = b"applied";
/// Record id, after this: what is on the disk of it is not what was registered.
const LOST: &str = "lost";
/// That every record has its line of the register.
const LINED: &[u8] = b"lined";
/// Rows of the order that are read at a time.
const PAGE_ROWS: usize = 1024;
const PAGE_ROWS_U64: u64 = 1024;
/// Hits returned for one look-up; one transaction signs a handful of files.
const HITS_MAX: usize = 100;
/// Acts on one record that are read; each is somebody's doing.
const ACTS_MAX: usize = 10_000;
/// Records of one proposal that are read.
const PROPOSED_MAX: usize = 1_000_000;

/// What the catalogue knows of a record: enough to find it, list it and decide who may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The ledger index of its registration.
    pub index: u64,
    /// SHA-256 of the document, hex.
    pub sha256: String,
    /// SHA-256 of the record as written, hex.
    pub record_sha256: String,
    /// Whether anyone may look it up.
    pub public: bool,
    /// Whether its salt was destroyed, so that the ledger leads to it no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlinked: bool,
    /// Whether its document is given out no more, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
}

impl Row {
    /// Whether nothing is known but that it is registered.
    pub fn is_lost(&self) -> bool {
        self.closed == Some(Closed::Lost)
    }
}

/// Why a record's document is given out no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closed {
    /// Its disposal is decided, and can be undone yet.
    Decided,
    /// It was disposed of.
    Disposed,
    /// What is on the disk is not what was registered.
    Lost,
}

/// What an act changes in the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Whether anyone may look the record up from now on.
    pub public: Option<bool>,
    /// A diary number that leads to it too.
    pub diary_number: Option<String>,
    /// A copy that leads to it too.
    pub copy: Option<[u8; 32]>,
    /// A proposal that it belongs to.
    pub proposal: Option<String>,
    /// Whether its document is withheld from now on.
    pub withheld: Option<bool>,
    /// Its line of the register from now on.
    pub line: Option<Vec<u8>>,
}

/// What a person or a program asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// A Transaktions-ID.
    Transaction(TransactionId),
    /// A document's SHA-256.
    Document([u8; 32]),
    /// A record's id.
    Record(RecordId),
    /// A diary number.
    Diary(String),
}

/// The rows, and how far they follow the ledger.
pub struct Catalogue {
    store: Box<dyn Store>,
    /// None where other processes put rows too: then the store alone says how far they reach.
    progress: Option<Mutex<Progress>>,
    counted: Mutex<Counted>,
}

/// How many records there are among the entries before one that no row can come before any more.
#[derive(Default)]
struct Counted {
    before: u64,
    records: u64,
}

/// Entries are applied by whoever registered them, so not always in order.
struct Progress {
    applied: u64,
    ahead: BTreeSet<u64>,
}

impl Catalogue {
    /// Over a store opened with [`SPACES`].
    ///
    /// # Errors
    /// The store's.
    pub fn open(store: Box<dyn Store>) -> Result<Self, store::Error> {
        let applied = applied(store.as_ref())?;
        Ok(Self {
            store,
            progress: Some(Mutex::new(Progress { applied, ahead: BTreeSet::new() })),
            counted: Mutex::default(),
        })
    }

    /// Over a store opened with [`SPACES`] that other processes put rows into as well.
    pub fn open_shared(store: Box<dyn Store>) -> Self {
        Self { store, progress: None, counted: Mutex::default() }
    }

    /// Forgets how far the rows of a shared catalogue reach, so that all are put once more.
    ///
    /// # Errors
    /// The store's.
    pub fn begin_anew(&self) -> Result<(), store::Error> {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = Counted::default();
        let mut from = KeyRange::all();
        loop {
            let rows = self.store.scan(ORDER, &from, PAGE_ROWS, Direction::Ascending)?;
            let Some((last, _)) = rows.last() else { break };
            from = from.after(last);
            let mut batch = Batch::new();
            rows.iter().for_each(|(index, _)| batch.delete(ORDER, index.clone()));
            let _ = self.store.apply(&batch, None)?;
        }
        self.write_applied(0)
    }

    fn write_applied(&self, applied: u64) -> Result<(), store::Error> {
        let mut batch = Batch::new();
        batch.put(META, APPLIED, applied.to_be_bytes());
        self.store.apply(&batch, None).map(drop)
    }

    /// How far, from `from` on, the rows of a shared catalogue go without a gap.
    ///
    /// # Errors
    /// The store's.
    pub fn reach_of_rows(&self, from: u64) -> Result<u64, store::Error> {
        if self.progress.is_some() {
            return Ok(from);
        }
        let mut reach = from;
        loop {
            let range = KeyRange::starting_at(&reach.to_be_bytes());
            let rows = self.store.scan(ORDER, &range, PAGE_ROWS, Direction::Ascending)?;
            let before = reach;
            for (index, _) in &rows {
                if index.as_slice() == reach.to_be_bytes() {
                    reach += 1;
                }
            }
            if reach == before || rows.len() < PAGE_ROWS {
                break;
            }
        }
        if reach > from {
            self.write_applied(reach)?;
        }
        Ok(reach)
    }

    /// How many ledger entries are applied without a gap; the rest is to be applied from the ledger.
    ///
    /// # Errors
    /// The store's.
    pub fn applied(&self) -> Result<u64, store::Error> {
        match &self.progress {
            Some(progress) => Ok(progress.lock().unwrap_or_else(PoisonError::into_inner).applied),
            None => applied(self.store.as_ref()),
        }
    }

    /// Adds a record's rows. Applying one twice changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub fn apply(&self, id: RecordId, row: &Row, document: &[u8; 32], record: &Record) -> Result<(), store::Error> {
        let mut batch = Batch::new();
        put_record(&mut batch, id, row, document, record);
        put_line(&mut batch, id, &Listed::line(record, row.index, &Life::default()));
        if row.closed != Some(Closed::Disposed) {
            put_words(&mut batch, id, record);
        }
        self.reach(batch, row.index)
    }

    /// Goes on past an entry that is about no record, or whose act is lost.
    ///
    /// # Errors
    /// The store's.
    pub fn pass_over(&self, index: u64) -> Result<(), store::Error> {
        self.pass_with(Batch::new(), index)
    }

    /// Goes on past the registration of a record that is lost: it is known to be registered, and nothing else of it.
    ///
    /// # Errors
    /// The store's.
    pub fn pass_over_lost(&self, id: RecordId, index: u64) -> Result<(), store::Error> {
        let (name, none) = (id.to_string(), String::new());
        let closed = Some(Closed::Lost);
        let row = Row { index, sha256: none.clone(), record_sha256: none, public: false, unlinked: false, closed };
        let mut batch = Batch::new();
        batch.put(RECORDS, name.as_bytes(), serde_json::to_vec(&row).unwrap_or_default());
        batch.put(ORDER, index.to_be_bytes(), name.as_bytes());
        batch.put(META, joined(LOST, &name), Vec::new());
        self.reach(batch, index)
    }

    /// How many records were lost when the rows were made, a million at most: nothing but its id leads to one.
    ///
    /// # Errors
    /// The store's.
    pub fn lost(&self) -> Result<usize, store::Error> {
        let lost = KeyRange::prefix(&joined(LOST, ""));
        Ok(self.store.scan(META, &lost, PROPOSED_MAX, Direction::Ascending)?.len())
    }

    /// Applies rows of an entry that registers nothing.
    fn pass_with(&self, mut batch: Batch, index: u64) -> Result<(), store::Error> {
        if self.progress.is_none() {
            // A row that leads nowhere, so that the others have no gap.
            batch.put(ORDER, index.to_be_bytes(), Vec::new());
        }
        self.reach(batch, index)
    }

    /// Applies rows together with how far they reach.
    fn reach(&self, mut batch: Batch, index: u64) -> Result<(), store::Error> {
        let Some(progress) = &self.progress else {
            let _ = self.store.apply(&batch, None)?;
            // Now and then, so that the next opening has little to look through.
            if index % PAGE_ROWS_U64 == PAGE_ROWS_U64 - 1 {
                self.reach_of_rows(applied(self.store.as_ref())?)?;
            }
            return Ok(());
        };
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        let applied = progress.with(index);
        batch.put(META, APPLIED, applied.to_be_bytes());
        let _ = self.store.apply(&batch, None)?;
        progress.reach(index);
        Ok(())
    }

    /// The row of a record.
    ///
    /// # Errors
    /// The store's.
    pub fn row(&self, id: RecordId) -> Result<Option<Row>, store::Error> {
        let bytes = self.store.get(RECORDS, id.to_string().as_bytes())?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// The record of a document.
    ///
    /// # Errors
    /// The store's.
    pub fn of_document(&self, sha256: &[u8; 32]) -> Result<Option<RecordId>, store::Error> {
        Ok(self.store.get(DOCUMENTS, sha256)?.and_then(|name| as_id(&name)))
    }

    /// The record of a ledger entry.
    ///
    /// # Errors
    /// The store's.
    pub fn of_index(&self, index: u64) -> Result<Option<RecordId>, store::Error> {
        Ok(self.store.get(ORDER, &index.to_be_bytes())?.and_then(|name| as_id(&name)))
    }

    /// The records that answer a query, by id; at most a hundred.
    ///
    /// # Errors
    /// The store's.
    pub fn find(&self, query: &Query) -> Result<Vec<RecordId>, store::Error> {
        match query {
            // A copy leads to what it is a copy of.
            Query::Document(sha256) => {
                let found = self.of_document(sha256)?;
                Ok(if found.is_some() { found } else { self.of_copy(sha256)? }.into_iter().collect())
            }
            Query::Record(id) => Ok(self.row(*id)?.map(|_| *id).into_iter().collect()),
            Query::Transaction(transaction) => self.listed(TRANSACTIONS, transaction.key()),
            Query::Diary(number) => self.listed(DIARY, &diary_key(number)),
        }
    }

    /// Puts a record's rows anew, outside of the ledger's order.
    ///
    /// # Errors
    /// The store's.
    pub fn put(&self, id: RecordId, row: &Row, document: &[u8; 32], record: &Record) -> Result<(), store::Error> {
        let mut batch = Batch::new();
        put_record(&mut batch, id, row, document, record);
        self.store.apply(&batch, None).map(drop)
    }

    /// Every record's id, in the order of registration.
    ///
    /// # Errors
    /// The store's.
    pub fn every(&self) -> Result<Vec<RecordId>, store::Error> {
        let (mut range, mut ids) = (KeyRange::all(), Vec::new());
        loop {
            let rows = self.store.scan(ORDER, &range, PAGE_ROWS, Direction::Ascending)?;
            let Some((last, _)) = rows.last() else { break };
            range = range.after(last);
            // Rows of entries that register nothing lead nowhere.
            ids.extend(rows.iter().filter_map(|(_, name)| as_id(name)));
        }
        Ok(ids)
    }

    /// Whether a query leads to this record, among however many.
    ///
    /// # Errors
    /// The store's.
    pub fn leads(&self, query: &Query, id: RecordId) -> Result<bool, store::Error> {
        let listed = |space, key: &str| Ok(self.store.get(space, &joined(key, &id.to_string()))?.is_some());
        match query {
            Query::Transaction(transaction) => listed(TRANSACTIONS, transaction.key()),
            Query::Diary(number) => listed(DIARY, &diary_key(number)),
            Query::Document(_) | Query::Record(_) => Ok(self.find(query)?.contains(&id)),
        }
    }

    /// Record ids in the order of registration, newest first, from `offset` on.
    ///
    /// # Errors
    /// The store's.
    pub fn newest(&self, offset: usize, limit: usize) -> Result<Vec<RecordId>, store::Error> {
        let reach = offset.saturating_add(limit);
        let (mut range, mut ids) = (KeyRange::all(), Vec::new());
        while ids.len() < reach {
            let rows = self.store.scan(ORDER, &range, reach, Direction::Descending)?;
            let Some((last, _)) = rows.last() else { break };
            range = range.before(last);
            // Rows of entries that register nothing lead nowhere.
            ids.extend(rows.iter().filter_map(|(_, name)| as_id(name)));
        }
        Ok(ids.into_iter().skip(offset).take(limit).collect())
    }

    /// How many records there are. What was counted once is not read again.
    ///
    /// # Errors
    /// The store's.
    pub fn count(&self) -> Result<u64, store::Error> {
        let settled = self.applied()?;
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut range, mut beyond) = (KeyRange::starting_at(&counted.before.to_be_bytes()), 0);
        loop {
            let rows = self.store.scan(ORDER, &range, PAGE_ROWS, Direction::Ascending)?;
            let Some((last, _)) = rows.last() else { break };
            range = range.after(last);
            // Rows of entries that register nothing lead nowhere.
            for (index, _) in rows.iter().filter(|(_, name)| as_id(name).is_some()) {
                match index.as_slice() < settled.to_be_bytes().as_slice() {
                    true => counted.records += 1,
                    false => beyond += 1,
                }
            }
        }
        counted.before = counted.before.max(settled);
        Ok(counted.records + beyond)
    }

    /// Makes the rows survive a power cut. Nothing depends on it but the time the next opening takes.
    ///
    /// # Errors
    /// The store's.
    pub fn sync(&self) -> Result<(), store::Error> {
        self.store.sync()
    }

    fn listed(&self, space: Space, key: &str) -> Result<Vec<RecordId>, store::Error> {
        let prefix = joined(key, "");
        let rows = self.store.scan(space, &KeyRange::prefix(&prefix), HITS_MAX, Direction::Ascending)?;
        Ok(rows.iter().filter_map(|(key, _)| as_id(key.get(prefix.len()..)?)).collect())
    }
}

impl Progress {
    /// How far `applied` reaches once `index` is there.
    fn with(&self, index: u64) -> u64 {
        let mut reach = self.applied;
        while reach == index || self.ahead.contains(&reach) {
            reach += 1;
        }
        reach
    }

    fn reach(&mut self, index: u64) {
        self.applied = self.with(index);
        self.ahead.insert(index);
        self.ahead = self.ahead.split_off(&self.applied);
    }
}

/// How far the store says that its rows reach.
fn applied(store: &dyn Store) -> Result<u64, store::Error> {
    let found = store.get(META, APPLIED)?;
    Ok(found.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes))
}

/// The rows that lead to a record.
fn put_record(batch: &mut Batch, id: RecordId, row: &Row, document: &[u8; 32], record: &Record) {
    let name = id.to_string();
    batch.put(RECORDS, name.as_bytes(), serde_json::to_vec(row).unwrap_or_default());
    batch.put(DOCUMENTS, document.as_slice(), name.as_bytes());
    batch.put(ORDER, row.index.to_be_bytes(), name.as_bytes());
    batch.delete(META, joined(LOST, &name));
    for transaction in record.transaction_ids.iter().filter_map(|text| TransactionId::parse(text).ok()) {
        batch.put(TRANSACTIONS, joined(transaction.key(), &name), Vec::new());
    }
    if let Some(number) = &record.diary_number {
        batch.put(DIARY, joined(&diary_key(number), &name), Vec::new());
    }
}

/// A key that no other key is a prefix of.
fn joined(key: &str, name: &str) -> Vec<u8> {
    [key.as_bytes(), &[0], name.as_bytes()].concat()
}

fn as_id(name: &[u8]) -> Option<RecordId> {
    std::str::from_utf8(name).ok()?.parse().ok()
}
