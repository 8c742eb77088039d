//! Text strings outside of page content. ISO 32000-2, 7.9.2.

/// A text string: UTF-16 or UTF-8 with a byte order mark, else PDFDocEncoding.
pub(crate) fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|&byte| pdf_doc(byte)).collect(),
    }
}

/// UTF-16, either way round.
pub(crate) fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| {
        unit([
            pair.first().copied().unwrap_or(0),
            pair.last().copied().unwrap_or(0),
        ])
    });
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn pdf_doc(byte: u8) -> char {
    let special = |first: u8, table: &str| table.chars().nth(usize::from(byte - first));
    let character = match byte {
        0x18..=0x1F => special(0x18, "˘ˇˆ˙˝˛˚˜"),
        0x80..=0xA0 => special(0x80, "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\u{FFFD}€"),
        0..=0x17 | 0x20..=0x7F | 0xA1..=0xFF => Some(char::from(byte)),
    };
    character.unwrap_or(char::REPLACEMENT_CHARACTER)
}
