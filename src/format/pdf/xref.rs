//! One cross-reference section: where it says that objects are. ISO 32000-2, 7.5.4 and 7.5.8.

use crate::format::pdf::fault::Error;
use crate::format::pdf::filter;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::syntax::Parser;

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Nowhere; with the generation its number would have next.
    Free { generation: u16 },
    /// At an offset in the file.
    Plain { offset: usize, generation: u16 },
    /// In an object stream.
    Packed { container: u32, index: u32 },
}

impl Slot {
    /// The generation of the object that is there; none in a free entry, 0 in an object stream (7.5.8.3).
    pub(crate) fn generation(self) -> Option<u16> {
        match self {
            Self::Free { .. } => None,
            Self::Plain { generation, .. } => Some(generation),
            Self::Packed { .. } => Some(0),
        }
    }
}

/// What may still be read of one file's cross-reference.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) nesting_max: u32,
    /// Entries (LIM-3).
    pub(crate) entries: u64,
    /// Bytes of cross-reference streams after inflation (LIM-4).
    pub(crate) inflated: usize,
}

impl Room {
    fn take(&mut self, at: usize) -> Result<(), Error> {
        let left = self.entries.checked_sub(1);
        self.entries = left.ok_or(Error::Limit { rule: "LIM-3", at, what: "cross-reference entries" })?;
        Ok(())
    }
}

/// One section as stored.
#[derive(Debug)]
pub(crate) struct Section {
    /// Where it begins.
    pub(crate) at: usize,
    /// Where its trailer, or the stream's `endstream`, ends.
    pub(crate) end: usize,
    /// The cross-reference stream's own id.
    pub(crate) stream: Option<ObjectId>,
    pub(crate) trailer: Dictionary,
    pub(crate) entries: Vec<(u32, Slot)>,
}

impl Section {
    /// Reads the section that begins at an offset.
    pub(crate) fn read(bytes: &[u8], at: usize, room: &mut Room) -> Result<Self, Error> {
        let mut parser = Parser::new(bytes, at, room.nesting_max);
        parser.skip_space();
        if parser.word(b"xref") { table(parser, at, room) } else { stream(bytes, parser, at, room) }
    }

    /// An offset that the trailer gives under a key, such as `/Prev`.
    pub(crate) fn offset(&self, key: &[u8]) -> Result<Option<usize>, Error> {
        let broken = Error::NeedsRepair { at: self.at, what: "offset in a trailer" };
        let value = self.trailer.get(key);
        value.map(|value| value.as_int().and_then(|value| usize::try_from(value).ok()).ok_or(broken)).transpose()
    }
}

fn table(mut parser: Parser<'_>, at: usize, room: &mut Room) -> Result<Section, Error> {
    let broken = |parser: &Parser<'_>, what| Error::NeedsRepair { at: parser.at(), what };
    let mut entries = Vec::new();
    loop {
        parser.skip_space();
        if parser.word(b"trailer") {
            break;
        }
        let first = parser.unsigned().ok_or(broken(&parser, "subsection of a cross-reference table"))?;
        parser.skip_space();
        let count = parser.unsigned().ok_or(broken(&parser, "subsection of a cross-reference table"))?;
        for number in first..first.saturating_add(count) {
            let entry = entry(&mut parser).ok_or(broken(&parser, "cross-reference entry"))?;
            entries.push((object_number(number, &parser)?, entry));
            room.take(parser.at())?;
        }
    }
    match parser.value() {
        Ok(Object::Dictionary(trailer)) => Ok(Section { at, end: parser.at(), stream: None, trailer, entries }),
        Ok(_) | Err(_) => Err(broken(&parser, "trailer")),
    }
}

/// `0000000017 00000 n`. White space may vary: several producers end their lines with one character instead of two.
fn entry(parser: &mut Parser<'_>) -> Option<Slot> {
    parser.skip_space();
    let offset = parser.unsigned()?;
    parser.skip_space();
    let generation = parser.unsigned()?;
    parser.skip_space();
    if parser.word(b"n") {
        let generation = u16::try_from(generation).ok()?;
        return Some(used(usize::try_from(offset).ok()?, generation));
    }
    // Some write 65536 for the number that is never used; a free entry's generation says nothing of an object.
    let generation = u16::try_from(generation).unwrap_or(u16::MAX);
    parser.word(b"f").then_some(Slot::Free { generation })
}

/// Some producers write offset 0 for a number they do not use; nothing but the header can be there.
fn used(offset: usize, generation: u16) -> Slot {
    if offset == 0 { Slot::Free { generation } } else { Slot::Plain { offset, generation } }
}

fn stream(bytes: &[u8], mut parser: Parser<'_>, at: usize, room: &mut Room) -> Result<Section, Error> {
    let broken = |what| Error::NeedsRepair { at, what };
    let section = parser.indirect().map_err(|error| match error {
        Error::Limit { .. } => error,
        Error::NotPdf
        | Error::NeedsRepair { .. }
        | Error::XrefLoop { .. }
        | Error::WrongObject { .. }
        | Error::Syntax { .. }
        | Error::Filter { .. } => broken("cross-reference section"),
    })?;
    let (Object::Dictionary(trailer), Some(data)) = (section.object, section.data) else {
        return Err(broken("cross-reference section"));
    };
    if trailer.name(b"Type") != Some(b"XRef") {
        return Err(broken("cross-reference stream"));
    }
    let length = trailer.int(b"Length").and_then(|length| usize::try_from(length).ok());
    let raw = length.and_then(|length| exact(bytes, data, length)).ok_or(broken("length of the stream"))?;
    let end = raw.end;
    let decoded = contents(&trailer, bytes.get(raw.clone()).unwrap_or_default(), raw.start, room)?;
    let entries = rows(&trailer, &decoded, at, room)?;
    Ok(Section { at, end, stream: Some(section.id), trailer, entries })
}

/// The stream's bytes, if `endstream` follows them, at most one end-of-line between (PF-10).
pub(crate) fn exact(bytes: &[u8], data: usize, length: usize) -> Option<std::ops::Range<usize>> {
    let raw = data..data.checked_add(length)?;
    let after = bytes.get(raw.end..)?;
    let after = match after {
        [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => rest,
        _ => after,
    };
    after.starts_with(b"endstream").then_some(raw)
}

/// A cross-reference stream decoded; its filters have to be stored directly, for nothing can be looked up yet.
fn contents(trailer: &Dictionary, raw: &[u8], at: usize, room: &mut Room) -> Result<Vec<u8>, Error> {
    let direct = |key| trailer.get(key).cloned().unwrap_or(Object::Null);
    let decoded = filter::decode(raw, &direct(b"Filter"), &direct(b"DecodeParms"), room.inflated);
    let decoded = decoded.map_err(|failure| failure.at(at))?;
    room.inflated = room.inflated.saturating_sub(decoded.len());
    Ok(decoded)
}

fn rows(trailer: &Dictionary, decoded: &[u8], at: usize, room: &mut Room) -> Result<Vec<(u32, Slot)>, Error> {
    let broken = |what| Error::NeedsRepair { at, what };
    let numbers = |key: &[u8]| -> Option<Vec<u64>> {
        let elements = trailer.get(key)?.as_array()?;
        elements.iter().map(|element| u64::try_from(element.as_int()?).ok()).collect()
    };
    let widths: Option<Vec<usize>> =
        numbers(b"W").map(|widths| widths.into_iter().filter_map(|width| usize::try_from(width).ok()).collect());
    let Some(&[kind, second, third]) = widths.as_deref() else {
        return Err(broken("/W"));
    };
    if kind > 8 || second > 8 || third > 8 || kind + second + third == 0 {
        return Err(broken("/W"));
    }
    let size = trailer.int(b"Size").and_then(|size| u64::try_from(size).ok()).ok_or(broken("/Size"))?;
    let index = if trailer.has(b"Index") { numbers(b"Index").ok_or(broken("/Index"))? } else { vec![0, size] };
    let mut rows = decoded.chunks_exact(kind + second + third);
    let mut entries = Vec::new();
    for pair in index.chunks(2) {
        let &[first, count] = pair else {
            return Err(broken("/Index"));
        };
        for number in first..first.saturating_add(count) {
            let row = rows.next().ok_or(broken("rows of a cross-reference stream"))?;
            let (head, rest) = row.split_at(kind);
            let (middle, tail) = rest.split_at(second);
            let number = u32::try_from(number).ok().filter(|&number| number < u32::MAX).ok_or(broken("/Index"))?;
            entries.extend(slot(head, middle, tail).map(|slot| (number, slot)));
            room.take(at)?;
        }
    }
    Ok(entries)
}

/// One row; a type this standard does not know means a null object, so the number is free.
fn slot(head: &[u8], middle: &[u8], tail: &[u8]) -> Option<Slot> {
    let number = |field: &[u8]| field.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    let (second, third) = (number(middle), number(tail));
    match if head.is_empty() { 1 } else { number(head) } {
        0 => Some(Slot::Free { generation: u16::try_from(third).unwrap_or(u16::MAX) }),
        1 => Some(used(usize::try_from(second).ok()?, u16::try_from(third).ok()?)),
        2 => Some(Slot::Packed { container: u32::try_from(second).ok()?, index: u32::try_from(third).ok()? }),
        _ => Some(Slot::Free { generation: u16::MAX }),
    }
}

fn object_number(number: u64, parser: &Parser<'_>) -> Result<u32, Error> {
    let broken = Error::NeedsRepair { at: parser.at(), what: "object number" };
    u32::try_from(number).ok().filter(|&number| number < u32::MAX).ok_or(broken)
}
