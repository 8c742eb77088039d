//! Pieces of text with their places, put together to lines as a reader sees them.

/// Text drawn at one place, in points, with y growing upwards.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// The writing direction in quarter turns, 0 for ordinary text.
    pub(crate) turn: u8,
    /// Along the writing direction.
    pub(crate) start: f64,
    pub(crate) end: f64,
    /// Across it.
    pub(crate) baseline: f64,
    /// The height of the font as drawn.
    pub(crate) size: f64,
    pub(crate) text: String,
}

/// Baselines nearer to one another than this share of the size are one line.
const SAME_LINE: f64 = 0.35;

/// A gap wider than this share of the size is a space that nobody drew.
const SPACE: f64 = 0.12;

/// Lines from top to bottom, upright text first; words in a line separated by one space.
pub(crate) fn lines(mut pieces: Vec<Piece>) -> Vec<String> {
    pieces.sort_by(|left, right| left.turn.cmp(&right.turn).then(right.baseline.total_cmp(&left.baseline)));
    let mut lines: Vec<String> = Vec::new();
    let mut line: Vec<Piece> = Vec::new();
    for piece in pieces {
        let same = line.first().is_some_and(|first| {
            let near = SAME_LINE * first.size.min(piece.size).max(1.0);
            first.turn == piece.turn && (first.baseline - piece.baseline).abs() <= near
        });
        if !same {
            lines.extend(joined(std::mem::take(&mut line)));
        }
        line.push(piece);
    }
    lines.extend(joined(line));
    lines
}

/// One line; `None` if there is nothing but spaces.
fn joined(mut line: Vec<Piece>) -> Option<String> {
    line.sort_by(|left, right| left.start.total_cmp(&right.start));
    let mut text = String::new();
    let mut before: Option<&Piece> = None;
    for piece in &line {
        if let Some(before) = before {
            // Some producers draw text twice, a little apart, to make it bold.
            let twice = before.text == piece.text && (before.start - piece.start).abs() < SPACE * piece.size;
            if twice {
                continue;
            }
            if piece.start - before.end > SPACE * piece.size.min(before.size) {
                text.push(' ');
            }
        }
        text.push_str(&piece.text);
        before = Some(piece);
    }
    let line = composed(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line).filter(|line| !line.is_empty())
}

/// Ligatures as letters, and the letters that some fonts put together from a base and an accent.
fn composed(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    for character in text.chars() {
        let whole = letters.chars().next_back().and_then(|base| accented(base, character));
        match (character, whole) {
            (_, Some(whole)) => {
                letters.pop();
                letters.push(whole);
            }
            ('ﬀ', None) => letters.push_str("ff"),
            ('ﬁ', None) => letters.push_str("fi"),
            ('ﬂ', None) => letters.push_str("fl"),
            ('ﬃ', None) => letters.push_str("ffi"),
            ('ﬄ', None) => letters.push_str("ffl"),
            ('\u{AD}', None) => letters.push('-'),
            ('\u{200B}' | '\u{FEFF}', None) => {}
            (other, None) => letters.push(if other.is_control() { ' ' } else { other }),
        }
    }
    letters
}

/// The Nordic letters and é with a combining accent; other languages' stay as they were drawn.
fn accented(base: char, accent: char) -> Option<char> {
    match (base, accent) {
        ('a', '\u{30A}') => Some('å'),
        ('A', '\u{30A}') => Some('Å'),
        ('a', '\u{308}') => Some('ä'),
        ('A', '\u{308}') => Some('Ä'),
        ('o', '\u{308}') => Some('ö'),
        ('O', '\u{308}') => Some('Ö'),
        ('u', '\u{308}') => Some('ü'),
        ('U', '\u{308}') => Some('Ü'),
        ('e', '\u{301}') => Some('é'),
        ('E', '\u{301}') => Some('É'),
        _ => None,
    }
}
