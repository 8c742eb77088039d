//! Finding records by what they decided: words in titles, matters and decisions. Rows of the catalogue, derived like the
//! others; personal numbers are masked in what they are made of, and a long number is no word. Issue 5, part 1.

use std::collections::BTreeSet;

use crate::archive::encoding::ParagraphFacts;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::look_up::Found;
use crate::archive::record::Record;
use crate::archive::record::RecordId;

/// Different words of one record that can be found; the minutes of a whole day have a thousand.
const WORDS_MAX: usize = 5_000;
/// Longest word that is kept, in letters; the rest of a longer one is not found by.
const LETTERS_MAX: usize = 40;
/// Fewer letters begin too many words.
const LETTERS_MIN: usize = 2;
/// Digits in a row that could be a person's number; such a word is neither kept nor looked for.
const DIGITS_MAX: usize = 5;
/// Words of one question that are looked for.
const TERMS_MAX: usize = 10;
/// Rows read for one word; more, and the answer says that it is not whole.
const ROWS_MAX: usize = 20_000;
/// Matters told of one record.
const MATTERS_MAX: usize = 5;
/// Letters of a decision that are told.
const SNIPPET_MAX: usize = 240;

/// What words to look for: each begins a word of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms(Vec<String>);

/// The text holds no word that can be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no word of two letters or more; long numbers are not looked for")]
pub struct NoWords;

impl Terms {
    /// Reads a question.
    ///
    /// # Errors
    /// [`NoWords`] where nothing is left to look for.
    pub fn read(question: &str) -> Result<Self, NoWords> {
        let mut terms: Vec<String> = words(question).take(TERMS_MAX).collect();
        terms.sort_unstable();
        terms.dedup();
        if terms.is_empty() { Err(NoWords) } else { Ok(Self(terms)) }
    }

    /// How many of them begin a word of these texts.
    fn within<'a>(&self, texts: impl Iterator<Item = &'a str>) -> usize {
        let own: BTreeSet<String> = texts.flat_map(words).collect();
        self.0
            .iter()
            .filter(|term| own.range((*term).clone()..).next().is_some_and(|word| word.starts_with(*term)))
            .count()
    }
}

/// A record that holds all the words, and the matters that hold most of them.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The record.
    pub found: Found,
    /// Its matters, in their order; none where only the record's title fits.
    pub matters: Vec<Matter>,
}

/// A matter that holds words that were looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Its number; none in notes.
    pub number: Option<u32>,
    /// Its heading.
    pub title: String,
    /// The decision that holds the words, else the first; shortened.
    pub snippet: Option<String>,
}

/// What came of a search.
#[derive(Clone, Debug, Default)]
pub struct Searched {
    /// Those asked for, the last registered first.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
    /// False where a word begins so many that not all were looked through.
    pub whole: bool,
}

impl Archive {
    /// The records that hold every word; among the public ones alone unless `all`. What is not shown is not read.
    ///
    /// # Errors
    /// The store's.
    pub fn search(&self, terms: &Terms, all: bool, offset: usize, limit: usize) -> Result<Searched, Error> {
        let (fitting, whole) = self.fitting(terms)?;
        let mut shown = Vec::new();
        for id in fitting {
            let row = self.catalogue.row(id)?.filter(|row| row.public || all);
            shown.extend(row.map(|row| (row.index, id)));
        }
        shown.sort_unstable_by(|one, other| other.cmp(one));
        let mut hits = Vec::new();
        for (_, id) in shown.iter().skip(offset).take(limit) {
            match self.record_shown(*id, all) {
                // One damaged record does not hide the others; `check` tells it.
                Err(Error::Damaged(_)) => {}
                found => hits.extend(found?.map(|found| Hit { matters: matters(&found.record, terms), found })),
            }
        }
        Ok(Searched { hits, total: shown.len(), whole })
    }

    /// The records that hold every word, as far as the rows are looked through.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn holding(&self, terms: &Terms) -> Result<BTreeSet<RecordId>, Error> {
        Ok(self.fitting(terms)?.0)
    }

    /// The records that hold every word, and whether all rows were looked through.
    fn fitting(&self, terms: &Terms) -> Result<(BTreeSet<RecordId>, bool), Error> {
        let mut whole = true;
        let mut fitting: Option<BTreeSet<RecordId>> = None;
        for term in &terms.0 {
            let (ids, rows) = self.catalogue.worded(term, ROWS_MAX)?;
            whole &= rows < ROWS_MAX;
            fitting = Some(match fitting {
                None => ids,
                Some(before) => before.intersection(&ids).copied().collect(),
            });
        }
        Ok((fitting.unwrap_or_default(), whole))
    }

    /// Takes a record's words out of the catalogue: nobody finds it by them any more.
    ///
    /// # Errors
    /// The store's.
    pub fn forget_text(&self, id: RecordId) -> Result<(), Error> {
        Ok(self.catalogue.forget_text(id)?)
    }
}

/// The different words that a record is found by, in order.
pub(crate) fn words_of(record: &Record) -> BTreeSet<String> {
    let minutes = record.verification.minutes.as_ref();
    let matters = minutes.into_iter().flat_map(|minutes| &minutes.paragraphs);
    let texts = matters.flat_map(|matter| std::iter::once(&matter.title).chain(&matter.decisions));
    let mut found = BTreeSet::new();
    for word in record.title.iter().chain(texts).flat_map(|text| words(text)) {
        if found.len() == WORDS_MAX {
            break;
        }
        found.insert(word);
    }
    found
}

/// The words of a text as they are compared: small letters, å ä ö as they are, other accents gone.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter_map(|word| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let word: String = word.chars().flat_map(char::to_lowercase).map(without_accent).take(LETTERS_MAX).collect();
        let long = word.chars().nth(LETTERS_MIN - 1).is_some();
        (long && digits <= DIGITS_MAX).then_some(word)
    })
}

fn without_accent(letter: char) -> char {
    match letter {
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'á' | 'à' | 'â' => 'a',
        'ó' | 'ò' | 'ô' => 'o',
        'í' | 'ì' => 'i',
        'ü' | 'ú' | 'ù' => 'u',
        'æ' => 'ä',
        'ø' => 'ö',
        plain => plain,
    }
}

/// The matters of a record that hold most of the words.
fn matters(record: &Record, terms: &Terms) -> Vec<Matter> {
    let minutes = record.verification.minutes.as_ref();
    let counted = |matter: &ParagraphFacts| {
        terms.within(std::iter::once(&matter.title).chain(&matter.decisions).map(String::as_str))
    };
    let counted: Vec<(usize, &ParagraphFacts)> = minutes
        .into_iter()
        .flat_map(|minutes| &minutes.paragraphs)
        .map(|matter| (counted(matter), matter))
        .filter(|(count, _)| *count > 0)
        .collect();
    let most = counted.iter().map(|(count, _)| *count).max().unwrap_or_default();
    let told = |matter: &ParagraphFacts| Matter {
        number: matter.number,
        title: matter.title.clone(),
        snippet: snippet(matter, terms),
    };
    counted.iter().filter(|(count, _)| *count == most).take(MATTERS_MAX).map(|(_, matter)| told(matter)).collect()
}

fn snippet(matter: &ParagraphFacts, terms: &Terms) -> Option<String> {
    let holds = |decision: &&String| terms.within(std::iter::once(decision.as_str()));
    let mut best: Option<(usize, &String)> = None;
    for decision in &matter.decisions {
        let count = holds(&decision);
        if best.is_none_or(|(before, _)| count > before) {
            best = Some((count, decision));
        }
    }
    let (_, decision) = best?;
    let mut cut: String = decision.chars().take(SNIPPET_MAX).collect();
    if cut.len() < decision.len() {
        cut.push('…');
    }
    Some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn words_keep_their_swedish_letters_and_lose_other_accents_and_case() {
        assert_eq!(read("Åre, ÄLG & Idé-förråd 2025"), ["åre", "älg", "ide", "förråd", "2025"]);
        assert_ne!(read("får"), read("far"));
    }

    #[test]
    fn a_persons_number_and_a_single_letter_are_no_words() {
        assert_eq!(read("19121212-•••• a 191212 § 7"), Vec::<String>::new());
        assert_eq!(Terms::read("§ 7"), Err(NoWords));
    }
}
