//! Personal identity numbers are never shown whole: `196203141234` reads `19620314-••••`.
//! USERS 1d; a number counts as personal if its first digits are a date, also a co-ordination number's (day + 60), however
//! people space and hyphenate it.

use std::ops::Range;

/// The text as one line with every personal identity number in it masked, and without characters that mislead the eye: a
/// name with a line break in it must not pass for a line of ours. See [`masked_lines`].
pub fn masked(text: &str) -> String {
    if text.contains(ends_line) { masked_lines(&text.replace(ends_line, " ")) } else { masked_lines(text) }
}

/// The same of a text of several lines: 10 or 12 digits, with or without a hyphen of any kind or `+` before the last four;
/// after eight digits also with a space, a slash or a full stop, though a day with a time looks the same. Organisation
/// numbers, whose third digit is 2 or more, stay. Linear in the text.
pub fn masked_lines(text: &str) -> String {
    let visible: String;
    let text = if text.chars().any(misleads) {
        visible = text.chars().filter(|c| !misleads(*c)).collect();
        &visible
    } else {
        text
    };
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for hidden in personal(text) {
        out.push_str(text.get(copied..hidden.start).unwrap_or_default());
        out.push_str("-••••");
        copied = hidden.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// The digits of a birthday as people group them, with a space between the groups.
const BIRTHDAYS: [&[usize]; 6] = [&[8], &[6], &[4, 4], &[2, 6], &[4, 2, 2], &[2, 2, 2]];
/// Digits after the birthday.
const LAST: usize = 4;

/// The bytes of a text that `masked` hides: what follows the birthday in each personal identity number, its sign included.
pub fn personal(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let length = digits(bytes, at);
        if length == 0 {
            at += 1;
            continue;
        }
        let number = match length {
            10 | 12 => unparted(bytes, at, length),
            4 => dashed(bytes, at).or_else(|| grouped(bytes, at)),
            _ => grouped(bytes, at),
        };
        let number = number.filter(|hidden| !within_word(bytes, at, hidden.end) || is_plain(bytes, at, hidden));
        at = number.as_ref().map_or(at + length, |hidden| hidden.end);
        found.extend(number);
    }
    found
}

/// What is hidden of so many digits in a row.
fn unparted(bytes: &[u8], at: usize, length: usize) -> Option<Range<usize>> {
    let (birthday, end) = (at + length - LAST, at + length);
    is_date(bytes.get(at..birthday)?).then_some(birthday..end)
}

fn grouped(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    BIRTHDAYS.iter().find_map(|groups| parted(bytes, at, groups))
}

/// What is hidden of a number whose birthday is written as a date, `1912-12-12-1212`: the same plain hyphen throughout, and
/// none after it, where another date would go on.
fn dashed(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let whole = bytes.get(at..at + 15)?;
    let birthday: Vec<u8> = whole.get(..10)?.iter().copied().filter(u8::is_ascii_digit).collect();
    let formed = whole.iter().zip(b"dddd-dd-dd-dddd").all(|(byte, form)| match form {
        b'-' => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let ended = bytes.get(at + 15).is_none_or(|next| !next.is_ascii_digit() && *next != b'-');
    (formed && ended && is_date(&birthday) && century(&birthday)).then_some(at + 10..at + 15)
}

/// What is hidden of a birthday in these groups, a sign, and the last digits. After eight digits a space will do for a sign;
/// a birthday in groups has a century that somebody living or remembered was born in.
fn parted(bytes: &[u8], start: usize, groups: &[usize]) -> Option<Range<usize>> {
    let (mut at, mut birthday) = (start, Vec::new());
    for group in groups {
        at += if at == start { 0 } else { space(bytes, at)? };
        if digits(bytes, at) != *group {
            return None;
        }
        birthday.extend_from_slice(bytes.get(at..at + group)?);
        at += group;
    }
    let dated = is_date(&birthday) && (groups.len() == 1 || birthday.len() == 6 || century(&birthday));
    let before = at + space(bytes, at).unwrap_or(0);
    let joint = match sign(bytes, before) {
        Some(length) => before + length + space(bytes, before + length).unwrap_or(0),
        // A day at the end of a line says nothing of the digits that the next begins with.
        None if birthday.len() == 8 && bytes.get(at) != Some(&b'\n') => {
            at + space(bytes, at).or_else(|| length_of(&[b"/", b"."], bytes, at))?
        }
        None => return None,
    };
    (dated && digits(bytes, joint) == LAST).then_some(at..joint + LAST)
}

/// The length of a space of any kind, or of a line's end.
fn space(bytes: &[u8], at: usize) -> Option<usize> {
    // No-break, thin and narrow no-break space, in UTF-8.
    const SPACES: [&[u8]; 6] = [b" ", b"\t", b"\n", b"\xc2\xa0", b"\xe2\x80\x89", b"\xe2\x80\xaf"];
    length_of(&SPACES, bytes, at)
}

/// The length of a plus, or of anything that looks like a hyphen.
fn sign(bytes: &[u8], at: usize) -> Option<usize> {
    // Soft hyphen; hyphen, no-break hyphen, figure dash, en dash, em dash, bar; minus; full width.
    const SIGNS: [&[u8]; 11] = [
        b"-",
        b"+",
        b"\xc2\xad",
        b"\xe2\x80\x90",
        b"\xe2\x80\x91",
        b"\xe2\x80\x92",
        b"\xe2\x80\x93",
        b"\xe2\x80\x94",
        b"\xe2\x80\x95",
        b"\xe2\x88\x92",
        b"\xef\xbc\x8d",
    ];
    length_of(&SIGNS, bytes, at)
}

fn length_of(kinds: &[&[u8]], bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    kinds.iter().find(|kind| rest.starts_with(kind)).map(|kind| kind.len())
}

fn century(birthday: &[u8]) -> bool {
    [b"18", b"19", b"20"].iter().any(|century| birthday.starts_with(*century))
}

/// Whatever a terminal or a page may take for the end of a line, and a tab.
fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}')
}

/// Characters that show nothing and change how others read: controls, and the ones that turn the direction of writing.
fn misleads(c: char) -> bool {
    let turns = matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    turns || c == '\u{feff}' || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn digits(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Month 1–12, day 1–31 or 61–91 in the last four digits.
fn is_date(digits: &[u8]) -> bool {
    let two = |from: usize| digits.get(from..from + 2).map_or(0, |d| (d[0] - b'0') * 10 + (d[1] - b'0'));
    let (month, day) = (two(digits.len() - 4), two(digits.len() - 2));
    (1..=12).contains(&month) && ((1..=31).contains(&day) || (61..=91).contains(&day))
}

/// Eight digits of a birthday with a century, a sign and the last four: no token looks so, whatever letters stand beside it.
fn is_plain(bytes: &[u8], at: usize, hidden: &Range<usize>) -> bool {
    let birthday = bytes.get(at..hidden.start).unwrap_or_default();
    birthday.len() == 8
        && century(birthday)
        && sign(bytes, hidden.start).is_some()
        && bytes.get(hidden.end).is_none_or(|next| *next != b'-' && !next.is_ascii_digit())
        && !at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_digit)
}

/// Digits inside a longer token (a hash, a transaction id) are no personal number; after a prefix of capital letters and
/// nothing else (`SE191212121212`) they are.
fn within_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = bytes.get(..start).unwrap_or_default();
    let prefix = before.iter().rev().take_while(|byte| byte.is_ascii_uppercase()).count();
    let odd = before.len().checked_sub(prefix + 1).and_then(|at| before.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    odd || bytes.get(end).is_some_and(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::masked;
    use super::masked_lines;

    #[test]
    fn every_form_of_a_personal_number_is_masked() {
        for text in ["191212121212", "19121212-1212", "SERIALNUMBER=191212121212, C=SE", "121212+1212", "1912126212+1"]
        {
            assert!(!masked(text).contains("1212, C") && !masked(text).is_empty(), "{text}");
        }
        assert_eq!(masked("PNOSE-191212121212"), "PNOSE-19121212-••••");
        assert_eq!(masked("121212-1212 och 19121212-1212"), "121212-•••• och 19121212-••••");
        assert_eq!(masked("SERIALNUMBER=SE191212121212"), "SERIALNUMBER=SE19121212-••••");
        assert_eq!(masked("197010632391"), "19701063-••••", "a co-ordination number");
        assert_eq!(masked("19121212 1212, 2024 1212"), "19121212-••••, 2024 1212");
    }

    #[test]
    fn however_it_is_spaced_and_hyphenated() {
        for dash in ["-", "+", "–", "—", "\u{2010}", "\u{2011}", "\u{2212}", "\u{ad}", " - ", " – ", "-\n", "\u{a0}-"]
        {
            assert_eq!(masked(&format!("(121212{dash}1212)")), "(121212-••••)", "{dash:?}");
            assert_eq!(masked(&format!("(19121212{dash}1212)")), "(19121212-••••)", "{dash:?}");
        }
        assert_eq!(masked("1890 0101-9802"), "1890 0101-••••");
        assert_eq!(masked("1912 12 12 1212 och 19 121212–1212"), "1912 12 12-•••• och 19 121212-••••");
        assert_eq!(masked("12 12 12-1212"), "12 12 12-••••");
        assert_eq!(masked("19121212\u{a0}1212"), "19121212-••••");
        for text in ["1912-12-12-1212", "(1912-12-12-1212)", "19121212/1212", "19121212.1212"] {
            assert!(!masked(text).contains("1212)") && masked(text).contains("-••••"), "{text}");
        }
        assert_eq!(masked("1912-12-12-1212"), "1912-12-12-••••");
        assert_eq!(masked("pnr19121212-1212x"), "pnr19121212-••••x");
        assert_eq!(masked_lines("den 20241216\n2025 blir"), "den 20241216\n2025 blir");
        assert_eq!(masked_lines("121212-\n1212, 19121212\n-1212"), "121212-••••, 19121212-••••");
    }

    #[test]
    fn nothing_invisible_changes_how_a_name_reads() {
        assert_eq!(masked("Anna\n✓ Giltig\r\u{2028}a\u{85}b\tc"), "Anna ✓ Giltig  ab c", "no name is a line of ours");
        assert_eq!(masked_lines("Beslut\n§ 43"), "Beslut\n§ 43");
        assert_eq!(masked("Anna\u{202e} nossnevS\u{0}"), "Anna nossnevS");
        assert_eq!(masked("1912\u{200b}12121212"), "19121212-••••");
    }

    #[test]
    fn other_numbers_stay_readable() {
        for text in [
            "556677-8899",
            "5566778899",
            "41c226cf4468491abafd389e9b0451b4",
            "41C226CF4468191212121212",
            "a191212121212",
            "2024-12-16 18:19:22",
            "§ 43",
            "2024-12-16 – 2025-01-31",
            "kl. 13.00–16.00 den 16 12 2024",
            "5123 0412 3456 7890",
            "08-123 45 67",
            "1 250 000 kr, 12 12 12",
            "2019–2024",
            "2024-12-16-2025-01-31",
            "KS 2024-12-16-1",
            "å 123456789012345",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
