//! What differs between the text of an original and that of a copy: a printout, a transcript, a flattened PDF file.
//! SWEDEN 5 and USERS 11 number 1: likeness of text is a hint, evidence level D, and never a verdict. The work is bounded.

use std::collections::HashMap;
use std::ops::Range;

use crate::format::minutes::Line;
use crate::format::minutes::author_lines;
use crate::verify::mask::masked;
use crate::verify::text::Text;

/// Words compared of each text; 2000 dense pages.
const WORDS_MAX: usize = 1_000_000;
/// Places that are listed; the rest is counted.
const PLACES_MAX: usize = 200;
/// Pairs of words that are compared one by one, where nothing better is known of a stretch; more is one difference.
const PAIRS_MAX: usize = 4_000_000;
/// Words around a difference, so that it is found in the text.
const AROUND: usize = 6;
/// Fewer equal words than this between two differences join them.
const APART: usize = 3;
/// Letters told of one place.
const TOLD_MAX: usize = 600;

/// How two texts differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Lines of the original that the copy has word for word.
    pub equal: usize,
    /// Lines of the original.
    pub lines: usize,
    /// Where they differ, in the original's order.
    pub places: Vec<Place>,
    /// Further places that are not listed.
    pub more: usize,
    /// Whether texts were so long that only their beginnings were compared.
    pub truncated: bool,
    /// The sum in a sentence, with what it is worth.
    pub text: Text,
}

/// One place where two texts differ. Personal numbers are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What happened there.
    pub kind: Kind,
    /// The page of the original, from 1; text without pages is page 1.
    pub page: usize,
    /// The words before it, which both have.
    pub before: String,
    /// What only the original has.
    pub original: String,
    /// What only the copy has.
    pub copy: String,
}

/// What happened to a place of the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Other words stand there.
    Differs,
    /// The copy lacks it.
    Missing,
    /// Only the copy has it.
    Added,
}

impl Kind {
    /// The code other programs see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::Added => "added",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Differs => Text::new("skiljer sig", "differs"),
            Self::Missing => Text::new("saknas i kopian", "is missing in the copy"),
            Self::Added => Text::new("finns bara i kopian", "is only in the copy"),
        }
    }
}

/// Compares a copy with its original, word by word, so that neither wrapped lines nor page breaks make a difference.
#[must_use]
pub fn compare(original: &[Line], copy: &[Line]) -> Comparison {
    let (original, copy) = (Words::of(original), Words::of(copy));
    let (left, right) = (original.keys(), copy.keys());
    let mut search = Search { pairs: PAIRS_MAX, hunks: Vec::new() };
    search.between(&left, &right, 0..left.len(), 0..right.len());
    let hunks = joined(search.hunks);
    let equal = original.untouched(&hunks);
    let shown = hunks.iter().take(PLACES_MAX).map(|hunk| place(hunk, &original, &copy)).collect();
    let more = hunks.len().saturating_sub(PLACES_MAX);
    let truncated = original.truncated || copy.truncated;
    let text = told(equal, original.rows.len(), hunks.len(), truncated);
    Comparison { equal, lines: original.rows.len(), places: shown, more, truncated, text }
}

/// A stretch of the original's words and of the copy's that stand for each other and differ.
#[derive(Clone, Debug)]
struct Hunk {
    left: Range<usize>,
    right: Range<usize>,
}

/// The words of a text: letters and digits together, every other sign by itself, so that blanks make no difference.
struct Words {
    rows: Vec<(usize, String)>,
    /// The row of each word and its place in it.
    places: Vec<(usize, Range<usize>)>,
    truncated: bool,
}

impl Words {
    fn of(lines: &[Line]) -> Self {
        let (rows, mut truncated) = author_lines(lines);
        let mut words = Self { rows: Vec::with_capacity(rows.len()), places: Vec::new(), truncated: false };
        for (page, text) in rows {
            let text = levelled(&text);
            let row = words.rows.len();
            let room = WORDS_MAX.saturating_sub(words.places.len());
            let cut = cut(&text);
            truncated |= cut.len() > room;
            words.places.extend(cut.into_iter().take(room).map(|span| (row, span)));
            words.rows.push((page, text));
        }
        Self { truncated, ..words }
    }

    fn keys(&self) -> Vec<&str> {
        self.places.iter().map(|(row, span)| self.word(*row, span)).collect()
    }

    fn word(&self, row: usize, span: &Range<usize>) -> &str {
        self.rows.get(row).and_then(|(_, text)| text.get(span.clone())).unwrap_or_default()
    }

    /// The text of a stretch of words as it is written.
    fn written(&self, words: Range<usize>) -> String {
        let mut out = String::new();
        let mut before: Option<(usize, usize)> = None;
        for (row, span) in self.places.get(words).unwrap_or_default() {
            if before.is_some_and(|(last, end)| last != *row || end < span.start) {
                out.push(' ');
            }
            out.push_str(self.word(*row, span));
            before = Some((*row, span.end));
            if out.len() > TOLD_MAX {
                out.push_str(" …");
                break;
            }
        }
        masked(&out)
    }

    /// How many rows no difference touches. What is only added between two rows touches neither.
    fn untouched(&self, hunks: &[Hunk]) -> usize {
        let mut touched = vec![false; self.rows.len()];
        let row = |word: usize| self.places.get(word).map(|(row, _)| *row);
        for hunk in hunks {
            let inside = row(hunk.left.start).filter(|at| hunk.left.start > 0 && row(hunk.left.start - 1) == Some(*at));
            let rows = hunk.left.clone().filter_map(row).chain(inside);
            rows.for_each(|at| touched.get_mut(at).into_iter().for_each(|mark| *mark = true));
        }
        touched.iter().filter(|mark| !**mark).count()
    }

    fn page(&self, word: usize) -> usize {
        let place = self.places.get(word).or(self.places.last());
        place.and_then(|(row, _)| self.rows.get(*row)).map_or(1, |(page, _)| *page)
    }
}

/// Text in which what typesetting changes is level: dashes, quotation marks, the frame of a Markdown link.
fn levelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // `[words](address)` is its words: only text files have the address.
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let link = after.split_once("](").and_then(|(words, more)| Some((words, more.split_once(')')?.1)));
        match link.filter(|(words, _)| !words.contains(['[', ']'])) {
            Some((words, more)) => {
                out.push_str(words);
                rest = more;
            }
            None => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    let level = |letter| match letter {
        '–' | '—' | '−' => '-',
        '”' | '“' | '»' | '«' | '„' => '"',
        '’' | '‘' | '´' | '`' => '\'',
        other => other,
    };
    out.chars().filter(|letter| *letter != '*').map(level).collect()
}

fn cut(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        match spans.last_mut().filter(|_| open && letter.is_alphanumeric()) {
            Some(last) => last.end = end,
            None if letter.is_whitespace() => {}
            None => spans.push(at..end),
        }
        open = letter.is_alphanumeric();
    }
    spans
}

/// The differences found so far, and how much may still be spent on pairs.
struct Search {
    pairs: usize,
    hunks: Vec<Hunk>,
}

/// Stretches within stretches; each is shorter than the one around it, so this many are never needed.
const WITHIN_MAX: usize = 64;

impl Search {
    /// Goes through two stretches: equal beginnings and ends aside, words that stand once in both hold the texts
    /// together (patience diff); where there are none, the longest common run of words is looked for.
    fn between(&mut self, left: &[&str], right: &[&str], a: Range<usize>, b: Range<usize>) {
        let mut open = vec![(a, b, 0_usize)];
        while let Some((a, b, depth)) = open.pop() {
            let (a, b) = trimmed(left, right, a, b);
            if a.is_empty() || b.is_empty() {
                if !(a.is_empty() && b.is_empty()) {
                    self.hunks.push(Hunk { left: a, right: b });
                }
                continue;
            }
            let anchors = if depth < WITHIN_MAX { anchors(left, right, &a, &b) } else { Vec::new() };
            if anchors.is_empty() {
                self.pair(left, right, a, b);
                continue;
            }
            let (mut from_a, mut from_b) = (a.start, b.start);
            for (at_a, at_b) in anchors {
                open.push((from_a..at_a, from_b..at_b, depth + 1));
                (from_a, from_b) = (at_a + 1, at_b + 1);
            }
            open.push((from_a..a.end, from_b..b.end, depth + 1));
        }
        self.hunks.sort_by_key(|hunk| (hunk.left.start, hunk.right.start));
    }

    /// The longest common subsequence of two short stretches; long ones are one difference.
    fn pair(&mut self, left: &[&str], right: &[&str], a: Range<usize>, b: Range<usize>) {
        let cells = a.len().saturating_add(1).saturating_mul(b.len().saturating_add(1));
        if cells > self.pairs {
            self.hunks.push(Hunk { left: a, right: b });
            return;
        }
        self.pairs -= cells;
        let width = b.len() + 1;
        let mut longest = vec![0_u32; cells];
        let same = |i: usize, j: usize| left.get(a.start + i) == right.get(b.start + j);
        let at = |longest: &[u32], i: usize, j: usize| longest.get(i * width + j).copied().unwrap_or(0);
        for i in (0..a.len()).rev() {
            for j in (0..b.len()).rev() {
                let best = if same(i, j) {
                    at(&longest, i + 1, j + 1) + 1
                } else {
                    at(&longest, i + 1, j).max(at(&longest, i, j + 1))
                };
                longest.get_mut(i * width + j).into_iter().for_each(|cell| *cell = best);
            }
        }
        let (mut i, mut j, mut from) = (0, 0, (0, 0));
        while i < a.len() || j < b.len() {
            if i < a.len() && j < b.len() && same(i, j) {
                self.push(&a, &b, from, (i, j));
                (i, j) = (i + 1, j + 1);
                from = (i, j);
            } else if j == b.len() || (i < a.len() && at(&longest, i + 1, j) >= at(&longest, i, j + 1)) {
                i += 1;
            } else {
                j += 1;
            }
        }
        self.push(&a, &b, from, (i, j));
    }

    fn push(&mut self, a: &Range<usize>, b: &Range<usize>, from: (usize, usize), to: (usize, usize)) {
        if from != to {
            let left = a.start + from.0..a.start + to.0;
            self.hunks.push(Hunk { left, right: b.start + from.1..b.start + to.1 });
        }
    }
}

fn trimmed(left: &[&str], right: &[&str], a: Range<usize>, b: Range<usize>) -> (Range<usize>, Range<usize>) {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() && left.get(a.start) == right.get(b.start) {
        (a.start, b.start) = (a.start + 1, b.start + 1);
    }
    while !a.is_empty() && !b.is_empty() && left.get(a.end - 1) == right.get(b.end - 1) {
        (a.end, b.end) = (a.end - 1, b.end - 1);
    }
    (a, b)
}

/// Words that stand once in each stretch, in the longest order that both have.
fn anchors(left: &[&str], right: &[&str], a: &Range<usize>, b: &Range<usize>) -> Vec<(usize, usize)> {
    /// Where a word stands in each stretch, and how often.
    #[derive(Default)]
    struct Seen {
        left: (usize, usize),
        right: (usize, usize),
    }
    let mut seen: HashMap<&str, Seen> = HashMap::new();
    for at in a.clone() {
        let Some(word) = left.get(at) else { break };
        let place = &mut seen.entry(word).or_default().left;
        *place = (place.0 + 1, at);
    }
    for at in b.clone() {
        let Some(word) = right.get(at) else { break };
        seen.entry(word).and_modify(|seen| seen.right = (seen.right.0 + 1, at));
    }
    let mut once: Vec<(usize, usize)> = seen
        .into_values()
        .filter(|seen| seen.left.0 == 1 && seen.right.0 == 1)
        .map(|seen| (seen.left.1, seen.right.1))
        .collect();
    once.sort_unstable();
    rising(&once)
}

/// The longest run of pairs whose second numbers rise as the first do.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |at: &usize| pairs.get(*at).map(|(_, second)| *second);
    for (at, (_, own)) in pairs.iter().enumerate() {
        let length = tails.partition_point(|tail| second(tail) < Some(*own));
        before.push(length.checked_sub(1).and_then(|last| tails.get(last).copied()));
        match tails.get_mut(length) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut run = Vec::new();
    let mut next = tails.last().copied();
    while let Some(at) = next {
        run.extend(pairs.get(at));
        next = before.get(at).copied().flatten();
    }
    run.reverse();
    run
}

/// Joins differences between which hardly anything is equal.
fn joined(hunks: Vec<Hunk>) -> Vec<Hunk> {
    let mut out: Vec<Hunk> = Vec::with_capacity(hunks.len());
    for hunk in hunks {
        match out.last_mut().filter(|last| hunk.left.start.saturating_sub(last.left.end) < APART) {
            Some(last) => (last.left.end, last.right.end) = (hunk.left.end, hunk.right.end),
            None => out.push(hunk),
        }
    }
    out
}

fn place(hunk: &Hunk, original: &Words, copy: &Words) -> Place {
    let kind = match (hunk.left.is_empty(), hunk.right.is_empty()) {
        (false, false) => Kind::Differs,
        (_, true) => Kind::Missing,
        (true, false) => Kind::Added,
    };
    let start = hunk.left.start;
    Place {
        kind,
        page: original.page(start),
        before: original.written(start.saturating_sub(AROUND)..start),
        original: original.written(hunk.left.clone()),
        copy: copy.written(hunk.right.clone()),
    }
}

fn told(equal: usize, lines: usize, places: usize, truncated: bool) -> Text {
    let (sv, en) = match places {
        0 => ("texten är densamma".to_owned(), "the text is the same".to_owned()),
        1 => ("på ett ställe skiljer de sig".to_owned(), "they differ in one place".to_owned()),
        _ => (format!("på {places} ställen skiljer de sig"), format!("they differ in {places} places")),
    };
    let (cut_sv, cut_en) = if truncated {
        (
            " Texterna är så långa att slutet inte jämfördes.",
            " The texts are so long that their ends were not compared.",
        )
    } else {
        ("", "")
    };
    Text::new(
        format!(
            "{equal} av originalets {lines} rader finns ordagrant i filen; {sv}.{cut_sv} Bara texten är jämförd, och text \
             bevisar ingenting (nivå D): det är originalet som gäller."
        ),
        format!(
            "{equal} of the original's {lines} lines stand word for word in the file; {en}.{cut_en} Only text was \
             compared, and text proves nothing (level D): the original counts."
        ),
    )
}
