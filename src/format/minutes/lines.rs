//! Lines as their author wrote them, from lines as a page was cut: whole words, no page numbers, marks set apart.
//! Notes on Swedish minutes, 5.1 ("line oriented, after de-hyphenation and NFC") and 5.2 number 8.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::format::minutes::Line;

/// Lines read of one document. 2000 pages of 50 lines, the page limit of `format::budget::Budget`.
const LINES_MAX: usize = 100_000;
/// Rows at the top and at the bottom of a page where headers and footers stand.
const EDGE_ROWS: usize = 3;
/// On how many pages a row must stand at the edge before it is a header, where there are that many.
const EDGE_PAGES: usize = 3;

/// What stood in front of a row's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    None,
    /// A Markdown heading, or a line that is bold from end to end.
    Heading,
    /// A line that begins in bold and goes on plain.
    Bold,
    /// A bullet or a list number.
    Bullet,
}

/// One line of the text without its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) page: usize,
    /// Never empty; plain text.
    pub(super) text: String,
    pub(super) mark: Mark,
    /// True where a blank line stands before it.
    pub(super) gap: bool,
    /// True where it ends in a soft hyphen.
    soft: bool,
}

/// The rows of a document, and whether there were too many lines to read them all.
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) truncated: bool,
}

/// Text with composed Swedish letters, plain spaces and plain hyphens, without invisible characters.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            '\u{2010}' | '\u{2011}' => out.push('-'),
            '\u{fb00}' => out.push_str("ff"),
            '\u{fb01}' => out.push_str("fi"),
            '\u{fb02}' => out.push_str("fl"),
            '\u{300}'..='\u{30a}' => {
                if let Some(base) = out.pop() {
                    compose(base, letter, &mut out);
                }
            }
            blank if blank.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            hidden if hidden.is_control() => {}
            shown => out.push(shown),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The lines of a document as their author wrote them, each with its page: marks, page headers and numbers gone, hyphenated
/// words joined. True where there were too many lines to read them all.
#[must_use]
pub fn author_lines(lines: &[Line]) -> (Vec<(usize, String)>, bool) {
    let Rows { rows, truncated } = tidy(lines);
    (rows.into_iter().map(|row| (row.page, row.text)).collect(), truncated)
}

/// The rows of a document: marks read, page headers and numbers gone, hyphenated words joined.
pub(super) fn tidy(lines: &[Line]) -> Rows {
    let truncated = lines.len() > LINES_MAX;
    let rows = dressed(lines.get(..LINES_MAX).unwrap_or(lines));
    Rows { rows: joined(without_furniture(rows)), truncated }
}

/// The letters that Swedish names and words compose, as Unicode's canonical composition has them.
const COMPOSED: [(char, char, char); 20] = [
    ('a', '\u{30a}', 'å'),
    ('A', '\u{30a}', 'Å'),
    ('a', '\u{308}', 'ä'),
    ('A', '\u{308}', 'Ä'),
    ('o', '\u{308}', 'ö'),
    ('O', '\u{308}', 'Ö'),
    ('e', '\u{301}', 'é'),
    ('E', '\u{301}', 'É'),
    ('u', '\u{308}', 'ü'),
    ('U', '\u{308}', 'Ü'),
    ('e', '\u{308}', 'ë'),
    ('E', '\u{308}', 'Ë'),
    ('e', '\u{300}', 'è'),
    ('E', '\u{300}', 'È'),
    ('a', '\u{301}', 'á'),
    ('A', '\u{301}', 'Á'),
    ('a', '\u{300}', 'à'),
    ('A', '\u{300}', 'À'),
    ('o', '\u{301}', 'ó'),
    ('i', '\u{301}', 'í'),
];

fn compose(base: char, accent: char, out: &mut String) {
    let whole = COMPOSED.iter().find(|(letter, mark, _)| *letter == base && *mark == accent);
    match whole {
        Some((_, _, composed)) => out.push(*composed),
        None => out.extend([base, accent]),
    }
}

/// Reads the marks and forgets blank lines, remembering where they were.
fn dressed(lines: &[Line]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
    let mut gap = false;
    let mut bullet = false;
    for line in lines {
        let soft = line.text.trim_end().ends_with('\u{ad}');
        let (text, mark) = unmarked(&plain(&line.text));
        if text.is_empty() {
            bullet |= mark == Mark::Bullet;
            gap |= mark != Mark::Bullet;
            continue;
        }
        let mark = if bullet { Mark::Bullet } else { mark };
        rows.push(Row { page: line.page, text, mark, gap, soft });
        gap = false;
        bullet = false;
    }
    rows
}

fn unmarked(text: &str) -> (String, Mark) {
    let rule = !text.is_empty() && text.chars().all(|c| matches!(c, '-' | '_' | '*' | '=' | '.' | '…' | ' '));
    if rule && text.chars().count() > 1 {
        return (String::new(), Mark::None);
    }
    if let Some(rest) = text.strip_prefix('#') {
        let rest = rest.trim_start_matches('#');
        if rest.starts_with(' ') {
            return (without_emphasis(rest), Mark::Heading);
        }
    }
    if let Some(rest) = after_bullet(text) {
        return (without_emphasis(rest), Mark::Bullet);
    }
    let mark = match (text.starts_with("**"), text.ends_with("**")) {
        (true, true) => Mark::Heading,
        (true, false) => Mark::Bold,
        (false, _) => Mark::None,
    };
    (without_emphasis(text), mark)
}

/// Plain text without the stars of emphasis; what is given is plain.
fn without_emphasis(text: &str) -> String {
    if !text.contains("**") {
        return text.trim().to_owned();
    }
    plain(&text.replace("***", "").replace("**", ""))
}

fn after_bullet(text: &str) -> Option<&str> {
    let mut letters = text.chars();
    let first = letters.next()?;
    if matches!(first, '-' | '–' | '*' | '•' | '●' | '▪' | '\u{f0b7}' | '\u{f0a7}') {
        let rest = letters.as_str();
        return (rest.is_empty() || rest.starts_with(' ')).then_some(rest);
    }
    let (number, rest) = text.split_once(['.', ')'])?;
    let counted = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let begins = rest.strip_prefix(' ')?.chars().next()?.is_uppercase();
    (counted && begins).then_some(rest)
}

/// Drops page numbers, and the second and later standings of a row that stands at the edge of page after page.
fn without_furniture(rows: Vec<Row>) -> Vec<Row> {
    let edge = edges(&rows);
    let mut pages_of: HashMap<String, (usize, usize)> = HashMap::new();
    let mut pages = 0;
    let mut page_before = None;
    for (row, at_edge) in rows.iter().zip(&edge) {
        if page_before.replace(row.page) != Some(row.page) {
            pages += 1;
        }
        if *at_edge && may_be_furniture(row) {
            let (count, last) = pages_of.entry(masked(&row.text)).or_insert((0, 0));
            if *last != pages {
                *count += 1;
                *last = pages;
            }
        }
    }
    let wanted = EDGE_PAGES.min(pages).max(2);
    let mut seen: HashSet<String> = HashSet::new();
    let mut kept = Vec::with_capacity(rows.len());
    for (row, at_edge) in rows.into_iter().zip(edge) {
        let key = masked(&row.text);
        let repeats = at_edge
            && may_be_furniture(&row)
            && pages_of.get(&key).is_some_and(|(count, _)| *count >= wanted)
            && !seen.insert(key);
        if !repeats && !is_page_number(&row.text, at_edge) {
            kept.push(row);
        }
    }
    kept
}

/// For each row, whether it is among the first or last rows of its page.
fn edges(rows: &[Row]) -> Vec<bool> {
    rows.chunk_by(|a, b| a.page == b.page)
        .flat_map(|page| {
            let count = page.len();
            (0..count).map(move |place| place < EDGE_ROWS || place + EDGE_ROWS >= count)
        })
        .collect()
}

/// Headings of matters, bullets and bare labels recur at page edges without being headers.
fn may_be_furniture(row: &Row) -> bool {
    row.mark != Mark::Bullet && !row.text.contains('§') && !row.text.contains(':')
}

fn masked(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
}

/// `Sida 3 av 5` anywhere; `3 (5)`, `3/5`, `- 3 -` and `3` at the edge of a page.
fn is_page_number(text: &str, at_edge: bool) -> bool {
    if text.len() > 40 {
        return false;
    }
    let lower = text.to_lowercase();
    let said = ["sidan ", "sida ", "sid ", "page "].iter().find_map(|word| lower.strip_prefix(word));
    if said.is_none() && !at_edge {
        return false;
    }
    let numbers: Vec<&str> = said
        .unwrap_or(lower.trim_matches(['-', '–']))
        .split([' ', '(', ')', '/'])
        .filter(|part| !matches!(*part, "" | "av" | "of"))
        .collect();
    let digits = |part: &&str| part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    (1..=2).contains(&numbers.len()) && numbers.iter().all(digits)
}

/// Joins words and numbers that were cut at the end of a row.
fn joined(rows: Vec<Row>) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(last) = out.last_mut()
            && let Some(seam) = seam(last, &row)
        {
            if seam == Seam::WithoutHyphen && last.text.ends_with('-') {
                last.text.pop();
            }
            if seam == Seam::Spaced {
                last.text.push(' ');
            }
            last.text.push_str(&row.text);
            last.soft = row.soft;
            continue;
        }
        out.push(row);
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seam {
    WithoutHyphen,
    WithHyphen,
    Spaced,
}

/// Words that follow a hyphen which stands for the rest of a compound: `besluts- och delegationsordning`.
const AFTER_OPEN_COMPOUND: [&str; 4] = ["och", "eller", "samt", "respektive"];

fn seam(last: &Row, next: &Row) -> Option<Seam> {
    let apart = next.gap && next.page == last.page;
    if apart || matches!(next.mark, Mark::Bullet | Mark::Heading) {
        return None;
    }
    let first = next.text.chars().next()?;
    if last.soft && first.is_lowercase() {
        return Some(Seam::WithoutHyphen);
    }
    let stem = last.text.strip_suffix('-')?;
    let end = stem.chars().next_back().filter(|c| c.is_alphanumeric())?;
    if !first.is_alphanumeric() {
        return None;
    }
    if !first.is_lowercase() || !end.is_lowercase() {
        return Some(Seam::WithHyphen);
    }
    let word = next.text.split(' ').next().unwrap_or_default();
    if AFTER_OPEN_COMPOUND.contains(&word) {
        return Some(Seam::Spaced);
    }
    let single = stem.chars().rev().nth(1).is_none_or(|c| !c.is_alphanumeric());
    Some(if single { Seam::WithHyphen } else { Seam::WithoutHyphen })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tidy(&Line::of_text(text)).rows.into_iter().map(|row| row.text).collect()
    }

    #[test]
    fn decomposed_letters_compose() {
        assert_eq!(plain("O\u{308}rnsko\u{308}ldsvik\u{a0}\u{200b} A\u{30a}nge"), "Örnsköldsvik Ånge");
    }

    #[test]
    fn cut_words_become_whole_and_written_hyphens_stay() {
        assert_eq!(texts("kompetens-\nförsörjning"), ["kompetensförsörjning"]);
        assert_eq!(texts("Anna-\nBritta"), ["Anna-Britta"]);
        assert_eq!(texts("IT-\nstrateg och e-\npost"), ["IT-strateg och e-post"]);
        assert_eq!(texts("besluts-\noch delegationsordning"), ["besluts- och delegationsordning"]);
        assert_eq!(texts("kl. 13.00-\n16.00"), ["kl. 13.00-16.00"]);
        assert_eq!(texts("för\u{ad}\nbund"), ["förbund"]);
    }

    #[test]
    fn page_numbers_and_running_headers_go_but_their_first_standing_stays() {
        let page = |n: u32| format!("Exempelkommun\nSammanträde 2024-12-1{n}\ntext {n} a\nb\nc\nd\n§ {n}\n{n} (3)\n");
        let text = format!("{}\u{c}{}\u{c}{}", page(1), page(2), page(3));
        let rows = texts(&text);
        assert_eq!(rows.iter().filter(|row| *row == "Exempelkommun").count(), 1);
        assert_eq!(rows.iter().filter(|row| row.starts_with("Sammanträde")).count(), 1);
        assert_eq!(rows.iter().filter(|row| row.starts_with('§')).count(), 3);
        assert!(!rows.iter().any(|row| row.ends_with("(3)")));
    }

    #[test]
    fn a_bullet_alone_belongs_to_the_next_line() {
        let rows = tidy(&Line::of_text("•\nGodkänna")).rows;
        assert_eq!(rows.first().map(|row| (row.text.as_str(), row.mark)), Some(("Godkänna", Mark::Bullet)));
    }
}
