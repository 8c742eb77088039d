//! The fonts of a statement: Open Sans, regular and bold, by Google, under the Apache License 2.0; cut down to Latin letters.
//! Read for glyph numbers and widths alone: OpenType 1.9, `cmap` in format 4, `hhea` and `hmtx`.

use unicode_normalization::UnicodeNormalization;

/// A glyph's number in the font.
pub(super) type Glyph = u16;

/// A TrueType font of ours.
pub(super) struct Font {
    /// PostScript name.
    pub(super) name: &'static str,
    /// The whole file.
    pub(super) bytes: &'static [u8],
    cmap: &'static [u8],
    widths: Vec<u16>,
}

/// Units of the em in both fonts.
const EM: f32 = 2048.0;
/// What stands for a letter that the font does not have.
const UNKNOWN: char = '?';

impl Font {
    /// Running text.
    pub(super) fn regular() -> Option<Self> {
        Self::read("OpenSans", include_bytes!("OpenSans-Regular.ttf"))
    }

    /// Headings and names.
    pub(super) fn bold() -> Option<Self> {
        Self::read("OpenSans-Bold", include_bytes!("OpenSans-Bold.ttf"))
    }

    fn read(name: &'static str, bytes: &'static [u8]) -> Option<Self> {
        let (hhea, hmtx) = (table(bytes, b"hhea")?, table(bytes, b"hmtx")?);
        let metrics = usize::from(number(hhea, 34)?);
        let widths = (0..metrics).map(|glyph| number(hmtx, glyph * 4)).collect::<Option<Vec<u16>>>()?;
        let cmap = table(bytes, b"cmap")?;
        let first = usize::from(number(cmap, 10)?);
        let cmap = cmap.get(first..).filter(|cmap| number(cmap, 0) == Some(4))?;
        Some(Self { name, bytes, cmap, widths })
    }

    /// The glyphs of a text, with the letter that each stands for.
    pub(super) fn glyphs(&self, text: &str) -> Vec<(Glyph, char)> {
        text.chars().map(|c| self.known(c)).collect()
    }

    /// A letter the font lacks is written without its marks, or as a question mark.
    fn known(&self, c: char) -> (Glyph, char) {
        let c = match c {
            '\u{2011}' => '-',
            c if c.is_control() => ' ',
            c => c,
        };
        let parts: Vec<char> = c.nfd().collect();
        let fewer = (1..parts.len()).rev().filter_map(|kept| {
            let mut made = parts.iter().take(kept).copied().nfc();
            made.next().filter(|_| made.next().is_none())
        });
        let found = [c].into_iter().chain(fewer).chain([UNKNOWN]).find_map(|c| Some((self.glyph(c)?, c)));
        found.unwrap_or((0, UNKNOWN))
    }

    fn glyph(&self, c: char) -> Option<Glyph> {
        let code = u16::try_from(u32::from(c)).ok()?;
        let doubled = usize::from(number(self.cmap, 6)?);
        let (ends, starts) = (14, 16 + doubled);
        let (deltas, offsets) = (starts + doubled, starts + 2 * doubled);
        let segment = (0..doubled / 2).find(|one| number(self.cmap, ends + one * 2).is_some_and(|end| end >= code))?;
        let at = segment * 2;
        let past = code.checked_sub(number(self.cmap, starts + at)?)?;
        let delta = number(self.cmap, deltas + at)?;
        let glyph = match number(self.cmap, offsets + at)? {
            0 => code.wrapping_add(delta),
            offset => match number(self.cmap, offsets + at + usize::from(offset) + 2 * usize::from(past))? {
                0 => 0,
                glyph => glyph.wrapping_add(delta),
            },
        };
        (glyph != 0).then_some(glyph)
    }

    /// A glyph's width in thousandths of the em, as PDF wants it.
    pub(super) fn width(&self, glyph: Glyph) -> f32 {
        let width = self.widths.get(usize::from(glyph)).or(self.widths.last()).copied().unwrap_or_default();
        f32::from(width) * 1000.0 / EM
    }

    /// How wide a text is at a size, in points.
    pub(super) fn measure(&self, text: &str, size: f32) -> f32 {
        self.glyphs(text).iter().map(|(glyph, _)| self.width(*glyph)).sum::<f32>() * size / 1000.0
    }
}

/// A big-endian number of two bytes.
fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(pair.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes(four.try_into().ok()?)).ok()
}

fn table(bytes: &'static [u8], tag: &[u8; 4]) -> Option<&'static [u8]> {
    let count = usize::from(number(bytes, 4)?);
    let entry = (0..count).map(|one| 12 + one * 16).find(|at| bytes.get(*at..*at + 4) == Some(tag))?;
    let (start, length) = (long(bytes, entry + 8)?, long(bytes, entry + 12)?);
    bytes.get(start..start.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swedish_letters_are_there_and_what_is_not_is_written_plainly() {
        for font in [Font::regular().unwrap(), Font::bold().unwrap()] {
            for c in "abcåäöÅÄÖéüłŠ•–—”’§0123456789 ".chars() {
                assert_eq!(font.known(c).1, c, "{c}");
            }
            assert_eq!(font.known('漢').1, '?');
            assert_eq!(font.known('ǻ').1, 'å', "one mark less");
            assert!(font.measure("ii", 10.0) < font.measure("WW", 10.0));
            // Open Sans: a space is 532 units of 2048 wide.
            assert_eq!(font.width(font.glyph(' ').unwrap()).round(), 260.0);
        }
    }
}
