//! Rows that list records and find them by their words. HOUSE, invariant 9: all of it follows from the records.

use std::collections::BTreeSet;

use crate::archive::catalogue::Catalogue;
use crate::archive::catalogue::LINED;
use crate::archive::catalogue::LISTED;
use crate::archive::catalogue::META;
use crate::archive::catalogue::PAGE_ROWS;
use crate::archive::catalogue::TEXTS;
use crate::archive::catalogue::WORDS;
use crate::archive::catalogue::as_id;
use crate::archive::catalogue::joined;
use crate::archive::listing::Listed;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::search;
use crate::store;
use crate::store::Batch;
use crate::store::Direction;
use crate::store::KeyRange;

impl Catalogue {
    /// The records that hold a word with this beginning, and how many rows were read, `rows` at most.
    ///
    /// # Errors
    /// The store's.
    pub fn worded(&self, beginning: &str, rows: usize) -> Result<(BTreeSet<RecordId>, usize), store::Error> {
        let mut range = KeyRange::prefix(beginning.as_bytes());
        let (mut ids, mut read) = (BTreeSet::new(), 0);
        while read < rows {
            let wanted = PAGE_ROWS.min(rows - read);
            let found = self.store.scan(WORDS, &range, wanted, Direction::Ascending)?;
            read += found.len();
            // No word holds a zero, so the first one ends it.
            ids.extend(found.iter().filter_map(|(key, _)| as_id(key.rsplit(|byte| *byte == 0).next()?)));
            match found.last().filter(|_| found.len() == wanted) {
                Some((last, _)) => range = range.after(last),
                None => break,
            }
        }
        Ok((ids, read))
    }

    /// Takes the words of a record out, whatever became of the record itself.
    ///
    /// # Errors
    /// The store's.
    pub fn forget_text(&self, id: RecordId) -> Result<(), store::Error> {
        let mut batch = Batch::new();
        self.without_text(id, &mut batch)?;
        self.store.apply(&batch, None).map(drop)
    }

    pub(super) fn without_text(&self, id: RecordId, batch: &mut Batch) -> Result<(), store::Error> {
        let name = id.to_string();
        let Some(words) = self.store.get(TEXTS, name.as_bytes())? else { return Ok(()) };
        String::from_utf8_lossy(&words).lines().for_each(|word| batch.delete(WORDS, joined(word, &name)));
        batch.delete(TEXTS, name.as_bytes());
        Ok(())
    }

    /// The register's line of a record, as it is kept.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn line(&self, id: RecordId) -> Result<Option<Vec<u8>>, store::Error> {
        self.store.get(LISTED, id.to_string().as_bytes())
    }

    /// Every line of the register, as it is kept.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn each_line(&self, mut look: impl FnMut(&[u8])) -> Result<(), store::Error> {
        let mut range = KeyRange::all();
        loop {
            let rows = self.store.scan(LISTED, &range, PAGE_ROWS, Direction::Ascending)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            range = range.after(last);
            rows.iter().for_each(|(_, line)| look(line));
        }
    }

    /// Whether every record has its line: a catalogue from before there were lines does not say so.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn is_listed(&self) -> Result<bool, store::Error> {
        Ok(self.store.get(META, LINED)?.is_some())
    }

    /// Notes that every record has its line.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn note_listed(&self) -> Result<(), store::Error> {
        let mut batch = Batch::new();
        batch.put(META, LINED, Vec::new());
        self.store.apply(&batch, None).map(drop)
    }

    /// Puts a record's line anew.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn put_line(&self, id: RecordId, line: &Listed) -> Result<(), store::Error> {
        let mut batch = Batch::new();
        put_line(&mut batch, id, line);
        self.store.apply(&batch, None).map(drop)
    }
}

/// The rows that find a record by the words of its text.
pub(super) fn put_words(batch: &mut Batch, id: RecordId, record: &Record) {
    let (name, words) = (id.to_string(), search::words_of(record));
    words.iter().for_each(|word| batch.put(WORDS, joined(word, &name), Vec::new()));
    batch.put(TEXTS, name.as_bytes(), words.into_iter().collect::<Vec<_>>().join("\n"));
}

/// A record's line of the register.
pub(super) fn put_line(batch: &mut Batch, id: RecordId, line: &Listed) {
    batch.put(LISTED, id.to_string().as_bytes(), serde_json::to_vec(line).unwrap_or_default());
}
