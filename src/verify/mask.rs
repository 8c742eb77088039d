//! Personal identity numbers are never shown whole: `196203141234` reads `19620314-••••`.
//! USERS 1d; a number counts as personal if its first digits are a date, also a co-ordination number's (day + 60).

use std::ops::Range;

/// The text with every personal identity number in it masked, and without characters that mislead the eye: 10 or 12
/// digits, with or without `-` or `+` before the last four; after eight digits also with a space, though a day with a
/// time looks the same. Organisation numbers, whose third digit is 2 or more, stay. Linear in the text.
pub fn masked(text: &str) -> String {
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
        let parted = digits(bytes, at + length + 1) == 4;
        let signed = parted && matches!(bytes.get(at + length), Some(b'-' | b'+'));
        let spaced = parted && bytes.get(at + length) == Some(&b' ');
        let (date, end) = match length {
            10 | 12 => (length - 4, at + length),
            6 | 8 if signed => (length, at + length + 5),
            8 if spaced => (length, at + length + 5),
            _ => (0, at + length),
        };
        if date > 0 && is_date(&bytes[at..at + date]) && !within_word(bytes, at, end) {
            found.push(at + date..end);
        }
        at = end;
    }
    found
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
    fn nothing_invisible_changes_how_a_name_reads() {
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
            "å 123456789012345",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
