//! A font as far as reading needs it: which characters its codes mean and how wide they are. ISO 32000-2, 9.5–9.10.

use std::ops::Range;

use crate::format::pdf::encoding::Encoding;
use crate::format::pdf::encoding::glyph;
use crate::format::pdf::encoding::utf_16;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::syntax::Parser;
use crate::format::pdf::syntax::Token;
use crate::format::pdf::view::View;

/// Codes that all fonts of a document may map together; a Chinese font has some 30 000.
pub(crate) const CODES_MAX: usize = 500_000;

/// Broken tokens after which a CMap is given up.
const BROKEN_MAX: u32 = 20;

/// A glyph's width where nothing says it, in thousandths of the font size.
const WIDTH: f64 = 500.0;

/// Widths of the printable ASCII characters in the two families that files need not describe (Adobe's metrics).
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500,
    500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889,
    722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500,
    444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480,
    200, 480, 541,
];

/// What a code of a font means.
#[derive(Debug)]
pub(crate) struct Font {
    /// Bytes of one code: 1, or 2 for composite fonts, unless a CMap says otherwise.
    code_bytes: usize,
    /// Where codes have several lengths: length, lowest, highest.
    code_spaces: Vec<(usize, u32, u32)>,
    characters: Characters,
    widths: ByCode<f64>,
    width: f64,
}

/// Something for each of many codes: the last that was said of a code counts.
#[derive(Debug)]
struct ByCode<T>(Vec<(u32, T)>);

impl<T> Default for ByCode<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByCode<T> {
    /// Puts what was said in the order in which `get` finds it. Sorting is stable: what was said later stands later.
    fn settle(&mut self) {
        self.0.sort_by_key(|(code, _)| *code);
    }

    fn get(&self, code: u32) -> Option<&T> {
        let after = self.0.partition_point(|(known, _)| *known <= code);
        self.0.get(after.checked_sub(1)?).filter(|(known, _)| *known == code).map(|(_, value)| value)
    }
}

/// What codes mean: pieces of one long text. An empty piece is a code that means nothing.
#[derive(Debug, Default)]
struct Characters {
    text: String,
    pieces: ByCode<Range<usize>>,
}

impl Characters {
    fn say(&mut self, code: u32, text: impl Iterator<Item = char>) {
        let start = self.text.len();
        self.text.extend(text);
        self.pieces.0.push((code, start..self.text.len()));
    }

    fn get(&self, code: u32) -> &str {
        self.pieces.get(code).and_then(|piece| self.text.get(piece.clone())).unwrap_or_default()
    }
}

/// One code of a shown string.
#[derive(Debug)]
pub(crate) struct Shown<'f> {
    pub(crate) text: &'f str,
    /// In thousandths of the font size.
    pub(crate) width: f64,
    /// How many bytes of the string it is.
    pub(crate) length: usize,
    /// Whether it is the one-byte code 32, to which word spacing applies.
    pub(crate) space: bool,
}

impl Font {
    /// Reads a font; what is missing or broken in it just means nothing. `room` is what is left of `CODES_MAX`.
    pub(crate) fn read(view: View<'_, '_>, dictionary: &Dictionary, room: &mut usize) -> Self {
        let value = |dictionary: &Dictionary, key: &[u8]| view.value(dictionary, key).unwrap_or(Object::Null);
        let composite = dictionary.name(b"Subtype") == Some(b"Type0");
        let mut font = Self {
            code_bytes: if composite { 2 } else { 1 },
            code_spaces: Vec::new(),
            characters: Characters::default(),
            widths: ByCode::default(),
            width: WIDTH,
        };
        if composite {
            let descendants = value(dictionary, b"DescendantFonts");
            let descendant = descendants.as_array().and_then(<[Object]>::first);
            let descendant = descendant.and_then(|descendant| view.resolve(descendant).ok());
            if let Some(descendant) = descendant.as_ref().and_then(Object::as_dict) {
                font.width = value(descendant, b"DW").as_number().unwrap_or(1000.0);
                font.composite_widths(view, &value(descendant, b"W"), room);
            }
            if let Some(map) = value(dictionary, b"Encoding").as_stream() {
                font.code_spaces = CMap::read(&view.inflate(map).unwrap_or_default(), room, &mut Characters::default());
            }
        } else {
            font.encoded(view, dictionary);
            font.simple_widths(view, dictionary);
        }
        if let Some(map) = value(dictionary, b"ToUnicode").as_stream() {
            CMap::read(&view.inflate(map).unwrap_or_default(), room, &mut font.characters);
        }
        font.characters.pieces.settle();
        font.widths.settle();
        font
    }

    /// The codes of a shown string.
    pub(crate) fn shown<'f>(&'f self, string: &[u8]) -> impl Iterator<Item = Shown<'f>> {
        let mut rest = string;
        std::iter::from_fn(move || {
            let (code, length) = self.code(rest)?;
            rest = rest.get(length..).unwrap_or_default();
            let text = self.characters.get(code);
            let width = self.widths.get(code).copied().unwrap_or(self.width);
            Some(Shown { text, width, length, space: code == 32 && length == 1 })
        })
    }

    fn code(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        let number = |length: usize| {
            let code = bytes.get(..length)?;
            Some(code.iter().fold(0_u32, |code, &byte| code << 8 | u32::from(byte)))
        };
        let fits = |&&(length, low, high): &&(usize, u32, u32)| {
            number(length).is_some_and(|code| (low..=high).contains(&code))
        };
        let length = self.code_spaces.iter().find(fits).map_or(self.code_bytes, |(length, _, _)| *length);
        let length = length.min(bytes.len());
        if length == 0 { None } else { Some((number(length)?, length)) }
    }

    /// `/Encoding` of a simple font, or what its program most likely uses.
    fn encoded(&mut self, view: View<'_, '_>, dictionary: &Dictionary) {
        let encoding = view.value(dictionary, b"Encoding").unwrap_or(Object::Null);
        let base = encoding.as_dict().map(|encoding| view.value(encoding, b"BaseEncoding").unwrap_or(Object::Null));
        let table = match base.as_ref().unwrap_or(&encoding).as_name() {
            Some(b"WinAnsiEncoding") => Encoding::WinAnsi,
            Some(b"MacRomanEncoding") => Encoding::MacRoman,
            Some(_) | None if dictionary.name(b"Subtype") == Some(b"TrueType") => Encoding::WinAnsi,
            Some(_) | None => Encoding::Standard,
        };
        for (code, character) in (0..).zip(table.table()) {
            self.characters.say(code, character.into_iter());
        }
        let differences = encoding.as_dict().map(|encoding| view.value(encoding, b"Differences"));
        let differences = differences.and_then(Result::ok).unwrap_or(Object::Null);
        let mut code = 0;
        for element in differences.as_array().unwrap_or_default() {
            if let Some(start) = element.as_int() {
                code = u32::try_from(start).unwrap_or_default();
            } else if let Some(name) = element.as_name() {
                let character = std::str::from_utf8(name).ok().and_then(glyph);
                self.characters.say(code, character.filter(|_| code < 256).into_iter());
                code = code.saturating_add(1);
            }
        }
    }

    fn simple_widths(&mut self, view: View<'_, '_>, dictionary: &Dictionary) {
        let number = |dictionary: &Dictionary, key: &[u8]| view.value(dictionary, key).ok()?.as_number();
        let first = view.value(dictionary, b"FirstChar").ok().and_then(|first| first.as_int());
        let widths = view.value(dictionary, b"Widths").unwrap_or(Object::Null);
        if let (Some(widths), Some(first)) = (widths.as_array(), first.and_then(|first| u32::try_from(first).ok())) {
            let descriptor = view.value(dictionary, b"FontDescriptor").unwrap_or(Object::Null);
            let missing = descriptor.as_dict().and_then(|descriptor| number(descriptor, b"MissingWidth"));
            self.width = missing.unwrap_or(WIDTH);
            // A Type 3 font measures in its own space; its matrix says how that relates to a thousandth.
            let matrix = view.value(dictionary, b"FontMatrix").unwrap_or(Object::Null);
            let scale = matrix.as_array().and_then(<[Object]>::first).and_then(Object::as_number);
            let scale = scale.map_or(1.0, |scale| scale.abs() * 1000.0);
            for (code, width) in (first..=u32::MAX).zip(widths.iter().take(256)) {
                let width = view.resolve(width).ok().and_then(|width| width.as_number());
                self.widths.0.extend(width.map(|width| (code, width * scale)));
            }
            return;
        }
        let name = String::from_utf8_lossy(dictionary.name(b"BaseFont").unwrap_or_default()).into_owned();
        let family = if name.contains("Times") { &TIMES } else { &HELVETICA };
        let courier = name.contains("Courier");
        self.width = if courier { 600.0 } else { 556.0 };
        if !courier {
            self.widths.0.extend((32..).zip(family.iter().map(|&width| f64::from(width))));
        }
    }

    /// `/W`: `first [w w w]` and `first last w` in any order (ISO 32000-2, 9.7.4.3).
    fn composite_widths(&mut self, view: View<'_, '_>, widths: &Object, room: &mut usize) {
        let mut elements = widths.as_array().unwrap_or_default().iter();
        let code = |object: &Object| u32::try_from(object.as_int()?).ok();
        while let (Some(first), Some(second)) = (elements.next().and_then(code), elements.next()) {
            let second = view.resolve(second).unwrap_or(Object::Null);
            let run: Vec<(u32, f64)> = if let Some(run) = second.as_array() {
                (first..=u32::MAX).zip(run.iter().filter_map(Object::as_number)).take(*room).collect()
            } else {
                let (Some(last), Some(width)) = (code(&second), elements.next().and_then(Object::as_number)) else {
                    return;
                };
                (first..=last).take(*room).map(|code| (code, width)).collect()
            };
            *room -= run.len();
            self.widths.0.extend(run);
        }
    }
}

/// A character map while it is read (ISO 32000-2, 9.7.5 and 9.10.3).
struct CMap<'m> {
    characters: &'m mut Characters,
    room: &'m mut usize,
}

impl CMap<'_> {
    /// Reads what codes mean into `characters`; gives the lengths of codes where there are several.
    fn read(bytes: &[u8], room: &mut usize, characters: &mut Characters) -> Vec<(usize, u32, u32)> {
        let mut map = CMap { characters, room };
        let mut code_spaces = Vec::new();
        let mut parser = Parser::of_content(bytes, 8);
        let mut operands: Vec<Object> = Vec::new();
        let mut broken = 0;
        while broken < BROKEN_MAX {
            let start = parser.at();
            match parser.token() {
                Ok(None) => break,
                Ok(Some(Token::Value(value))) => operands.push(value),
                Ok(Some(Token::Word(word))) => {
                    match word {
                        b"endcodespacerange" => code_spaces.extend(spaces(&operands).take(100)),
                        b"endbfchar" => map.singles(&operands),
                        b"endbfrange" => map.ranges(&operands),
                        _ => {}
                    }
                    operands.clear();
                    parser.refresh();
                }
                Err(_) => {
                    broken += 1;
                    parser.seek(parser.at().max(start + 1));
                }
            }
        }
        code_spaces.sort_unstable();
        code_spaces
    }

    fn singles(&mut self, operands: &[Object]) {
        for pair in operands.chunks_exact(2) {
            let [code, text] = pair else { continue };
            let Some((code, _)) = code.as_string().and_then(number) else {
                continue;
            };
            self.insert(code, text, 0);
        }
    }

    fn ranges(&mut self, operands: &[Object]) {
        for triple in operands.chunks_exact(3) {
            let [first, last, text] = triple else {
                continue;
            };
            let (Some((first, _)), Some((last, _))) =
                (first.as_string().and_then(number), last.as_string().and_then(number))
            else {
                continue;
            };
            for (step, code) in (0..).zip(first..=last).take(0x1_0000) {
                if *self.room == 0 {
                    return;
                }
                match text.as_array() {
                    Some(texts) => match texts.get(usize::try_from(step).unwrap_or(usize::MAX)) {
                        Some(text) => self.insert(code, text, 0),
                        None => break,
                    },
                    None => self.insert(code, text, step),
                }
            }
        }
    }

    /// Enters the text of a code; in a range its last unit rises by `step`.
    fn insert(&mut self, code: u32, text: &Object, step: u32) {
        // Every attempt costs room, or a range of nothing could be tried without end.
        let Some(left) = self.room.checked_sub(1) else {
            return;
        };
        *self.room = left;
        let Some(text) = text.as_string().filter(|text| text.len() <= 64) else {
            return;
        };
        let single = if let [single] = text { Some([0, *single]) } else { None };
        let mut characters = utf_16(single.as_ref().map_or(text, <[u8; 2]>::as_slice), u16::from_be_bytes);
        if step > 0
            && let Some(last) = characters.pop()
        {
            let next = u32::from(last).checked_add(step).and_then(char::from_u32);
            characters.push(next.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if !characters.starts_with('\0') {
            self.characters.say(code, characters.chars());
        }
    }
}

fn spaces(operands: &[Object]) -> impl Iterator<Item = (usize, u32, u32)> {
    operands.chunks_exact(2).filter_map(|pair| {
        let (low, length) = pair.first()?.as_string().and_then(number)?;
        let (high, _) = pair.last()?.as_string().and_then(number)?;
        Some((length, low, high))
    })
}

/// A code of one to four bytes, and how many.
fn number(bytes: &[u8]) -> Option<(u32, usize)> {
    let code = bytes.iter().fold(0_u32, |code, &byte| code << 8 | u32::from(byte));
    (1..=4).contains(&bytes.len()).then_some((code, bytes.len()))
}
