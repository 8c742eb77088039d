//! Rows of what was done to records since they were registered. HOUSE, invariant 9: all of it follows from the ledger.

use crate::archive::catalogue::ACTS;
use crate::archive::catalogue::ACTS_MAX;
use crate::archive::catalogue::COPIES;
use crate::archive::catalogue::Catalogue;
use crate::archive::catalogue::Closed;
use crate::archive::catalogue::DIARY;
use crate::archive::catalogue::Effect;
use crate::archive::catalogue::LISTED;
use crate::archive::catalogue::PAGE_ROWS;
use crate::archive::catalogue::PROPOSALS;
use crate::archive::catalogue::PROPOSED_MAX;
use crate::archive::catalogue::RECORDS;
use crate::archive::catalogue::Row;
use crate::archive::catalogue::as_id;
use crate::archive::catalogue::joined;
use crate::archive::catalogue::lines::put_line;
use crate::archive::catalogue::put_record;
use crate::archive::listing::Listed;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::diary_key;
use crate::archive::record::unhex;
use crate::store;
use crate::store::Batch;
use crate::store::Direction;
use crate::store::KeyRange;

impl Catalogue {
    /// Adds what was done to a record. Applying one twice changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub fn apply_act(
        &self,
        id: RecordId,
        index: u64,
        commitment: &[u8; 32],
        effect: &Effect,
    ) -> Result<(), store::Error> {
        let mut batch = Batch::new();
        let name = id.to_string();
        batch.put(ACTS, act_key(&name, index), commitment.as_slice());
        if let Some(number) = &effect.diary_number {
            batch.put(DIARY, joined(&diary_key(number), &name), Vec::new());
        }
        if let Some(sha256) = &effect.copy {
            batch.put(COPIES, sha256.as_slice(), name.as_bytes());
        }
        if let Some(line) = &effect.line {
            batch.put(LISTED, name.as_bytes(), line.as_slice());
        }
        if let Some(proposal) = &effect.proposal {
            batch.put(PROPOSALS, joined(proposal, &name), Vec::new());
        }
        if let (Some(mut row), true) = (self.row(id)?, effect.public.is_some() || effect.withheld.is_some()) {
            row.public = effect.public.unwrap_or(row.public);
            if let Some(withheld) = effect.withheld.filter(|_| !row.is_lost()) {
                row.closed = withheld.then_some(Closed::Decided);
            }
            batch.put(RECORDS, name.as_bytes(), serde_json::to_vec(&row).unwrap_or_default());
        }
        self.pass_with(batch, index)
    }

    /// Puts what remains of a record that was disposed of in place of its rows. `acts` are those that stay, the last of
    /// them its disposal.
    ///
    /// # Errors
    /// The store's.
    pub fn apply_disposal(
        &self,
        id: RecordId,
        row: &Row,
        remains: &Record,
        line: &Listed,
        acts: &[(u64, [u8; 32])],
    ) -> Result<(), store::Error> {
        let mut batch = Batch::new();
        put_line(&mut batch, id, line);
        let name = id.to_string();
        for (index, _) in self.acts(id)? {
            batch.delete(ACTS, act_key(&name, index));
        }
        for (index, commitment) in acts {
            batch.put(ACTS, act_key(&name, *index), commitment.as_slice());
        }
        if let Some(document) = unhex::<32>(&row.sha256) {
            put_record(&mut batch, id, row, &document, remains);
        }
        self.without_text(id, &mut batch)?;
        match acts.last() {
            Some((index, _)) => self.pass_with(batch, *index),
            None => self.store.apply(&batch, None).map(drop),
        }
    }

    /// What was done to a record, oldest first: the index of each entry with its commitment.
    ///
    /// # Errors
    /// The store's.
    pub fn acts(&self, id: RecordId) -> Result<Vec<(u64, [u8; 32])>, store::Error> {
        let prefix = joined(&id.to_string(), "");
        let rows = self.store.scan(ACTS, &KeyRange::prefix(&prefix), ACTS_MAX, Direction::Ascending)?;
        let read = |(key, value): &(Vec<u8>, Vec<u8>)| {
            let index = u64::from_be_bytes(key.get(prefix.len()..)?.try_into().ok()?);
            Some((index, value.as_slice().try_into().ok()?))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Every record that something was done to, each once.
    ///
    /// # Errors
    /// The store's.
    pub fn acted_on(&self) -> Result<Vec<RecordId>, store::Error> {
        let (mut range, mut ids) = (KeyRange::all(), Vec::new());
        loop {
            let rows = self.store.scan(ACTS, &range, PAGE_ROWS, Direction::Ascending)?;
            let Some((last, _)) = rows.last() else { break };
            range = range.after(last);
            ids.extend(rows.iter().filter_map(|(key, _)| as_id(key.split(|byte| *byte == 0).next()?)));
            ids.dedup();
        }
        Ok(ids)
    }

    /// The records of a proposal; of every proposal where none is named, by proposal.
    ///
    /// # Errors
    /// The store's.
    pub fn proposed(&self, proposal: Option<&str>) -> Result<Vec<(String, RecordId)>, store::Error> {
        let range = proposal.map_or_else(KeyRange::all, |name| KeyRange::prefix(&joined(name, "")));
        let rows = self.store.scan(PROPOSALS, &range, PROPOSED_MAX, Direction::Ascending)?;
        let read = |(key, _): &(Vec<u8>, Vec<u8>)| {
            let (name, id) = std::str::from_utf8(key).ok()?.split_once('\0')?;
            Some((name.to_owned(), id.parse().ok()?))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// The record that a copy or a statement was made of.
    ///
    /// # Errors
    /// The store's.
    pub fn of_copy(&self, sha256: &[u8; 32]) -> Result<Option<RecordId>, store::Error> {
        Ok(self.store.get(COPIES, sha256)?.and_then(|name| as_id(&name)))
    }
}

fn act_key(name: &str, index: u64) -> Vec<u8> {
    [joined(name, "").as_slice(), &index.to_be_bytes()].concat()
}
