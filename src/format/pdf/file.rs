//! A PDF file's objects, read one at a time from the bytes that the cross-reference of a revision names.
//! ISO 32000-2, 7.5; validation spec, 5.1.

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use memchr::memmem;

use crate::format::budget::Budget;
use crate::format::pdf::encryption::Encryption;
use crate::format::pdf::encryption::Keys;
use crate::format::pdf::encryption::Sealed;
use crate::format::pdf::fault::Error;
use crate::format::pdf::filter;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::object::Stream;
use crate::format::pdf::revision::Change;
use crate::format::pdf::revision::ChangeKind;
use crate::format::pdf::revision::Entry;
use crate::format::pdf::revision::Revision;
use crate::format::pdf::revision::Skeleton;
use crate::format::pdf::syntax::Indirect;
use crate::format::pdf::syntax::Parser;
use crate::format::pdf::syntax::is_space;
use crate::format::pdf::xref::Slot;
use crate::format::pdf::xref::exact;

/// Bytes that may be read as objects, in multiples of the file's length: the same object is read each time it is asked
/// for, and a hostile file can make that often. A small file may cost as much as one of this size.
const READ_AGAIN_MAX: u64 = 16;
const READ_FREE: u64 = 256 << 20;

/// Bytes of objects that are kept once read, and the longest one kept: an object costs some twenty times its bytes.
const KEPT_TOTAL_MAX: usize = 4 << 20;
const KEPT_MAX: usize = 256 << 10;

/// The file's bytes with its revisions and what is known of its objects.
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    budget: Budget,
    revisions: Vec<Revision>,
    entries: Vec<Entry>,
    encryption: Encryption,
    /// Whether something in it was no ciphertext, or too much of it, so that nothing read from it can be relied on.
    garbled: Cell<bool>,
    /// Object streams by their offset: each is inflated once.
    containers: RefCell<HashMap<usize, Result<Rc<Container>, Error>>>,
    /// Objects that were read, by number and revision of their entry.
    kept: RefCell<HashMap<(u32, u16), Object>>,
    /// Bytes of objects that may still be kept.
    kept_left: Cell<usize>,
    /// Bytes that may still be inflated.
    inflated_left: Cell<u64>,
    /// Bytes that may still be read as objects.
    read_left: Cell<u64>,
}

/// An object stream, inflated.
#[derive(Debug)]
struct Container {
    bytes: Vec<u8>,
    /// Number and place of each object.
    objects: Vec<(u32, usize)>,
}

/// An object read where it stands, with what only a strict reader wants to know.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) indirect: Indirect,
    pub(crate) length: Length,
}

/// Whether a stream's `/Length` leads to its `endstream` (PF-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// It does, or there is no stream.
    Exact,
    /// There is more white space between than one end-of-line.
    Spaced,
    /// It does not.
    Wrong,
}

impl<'a> File<'a> {
    pub(crate) fn new(bytes: &'a [u8], budget: &Budget, skeleton: Skeleton) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut file = Self {
            bytes,
            budget: *budget,
            revisions: skeleton.revisions,
            entries: skeleton.entries,
            encryption: Encryption::None,
            garbled: Cell::new(false),
            containers: RefCell::default(),
            kept: RefCell::default(),
            kept_left: Cell::new(KEPT_TOTAL_MAX),
            inflated_left: Cell::new(budget.inflated_total_max),
            read_left: Cell::new(length.saturating_mul(READ_AGAIN_MAX).saturating_add(READ_FREE)),
        };
        file.encryption = file.unlock();
        file
    }

    /// How the file is encrypted. Only one way, the same in every revision, can be read (PF-8).
    fn unlock(&self) -> Encryption {
        let stored = |revision: &Revision| {
            let stored = revision.trailer.get(b"Encrypt")?;
            let dictionary = match stored.as_reference() {
                Some(id) => self.object(id, revision.index).ok().flatten().unwrap_or(Object::Null),
                None => stored.clone(),
            };
            Some((stored.as_reference(), dictionary, revision.first_id().map(<[u8]>::to_vec)))
        };
        let mut all = self.revisions.iter().map(stored);
        let first = all.next().flatten();
        match first {
            None if all.all(|other| other.is_none()) => Encryption::None,
            Some((own, Object::Dictionary(dictionary), id)) => {
                let first = Some((own, Object::Dictionary(dictionary.clone()), id.clone()));
                let keys = match all.all(|other| other == first) {
                    true => Keys::open(&dictionary, own, &id.unwrap_or_default()),
                    false => Err(Sealed::Unknown),
                };
                keys.map_or_else(Encryption::Sealed, Encryption::Open)
            }
            Some(_) | None => Encryption::Sealed(Sealed::Unknown),
        }
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(crate) fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The entries of all revisions, sorted by number, then revision.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What each revision said of a number, oldest first.
    pub(crate) fn history(&self, number: u32) -> &[Entry] {
        let start = self.entries.partition_point(|entry| entry.number < number);
        let end = self.entries.partition_point(|entry| entry.number <= number);
        self.entries.get(start..end).unwrap_or_default()
    }

    /// Why its strings and streams cannot be read, if they cannot.
    pub(crate) fn sealed(&self) -> Option<Sealed> {
        match &self.encryption {
            Encryption::None => None,
            Encryption::Open(_) => self.garbled.get().then_some(Sealed::Unknown),
            Encryption::Sealed(why) => Some(*why),
        }
    }

    /// A stream's bytes before encryption, its filters not undone.
    pub(crate) fn clear(&self, stream: &Stream) -> Result<Cow<'a, [u8]>, Error> {
        let sealed = Error::Filter { at: stream.raw.start, what: "encrypted" };
        let raw = self.bytes.get(stream.raw.clone()).unwrap_or_default();
        match &self.encryption {
            Encryption::None => Ok(Cow::Borrowed(raw)),
            Encryption::Sealed(_) => Err(sealed),
            Encryption::Open(keys) => {
                if !take(&self.inflated_left, raw.len()) {
                    // Two streams that were not compared are neither alike nor different.
                    self.garbled.set(true);
                    return Err(Error::Limit { rule: "LIM-4", at: stream.raw.start, what: "bytes in all streams" });
                }
                keys.open_stream(stream.id, &stream.dictionary, raw).ok_or(sealed)
            }
        }
    }

    /// What a revision does to a number; `None` if it frees what was free.
    pub(crate) fn change(&self, number: u32, revision: usize) -> Option<Change> {
        let history = self.history(number);
        let now = history.iter().position(|entry| usize::from(entry.revision) == revision)?;
        let (before, now) = (history.get(..now)?, history.get(now)?);
        let old = before.last().and_then(|entry| entry.slot.generation());
        let new = now.slot.generation();
        let id = ObjectId { number, generation: new.or(old).unwrap_or_default() };
        let kind = match (old, new) {
            (None, None) => return None,
            (Some(_), None) => ChangeKind::Freed,
            (Some(old), Some(new)) if old == new => ChangeKind::Override,
            (None, Some(_)) if before.iter().all(|entry| entry.slot.generation().is_none()) => ChangeKind::New,
            (Some(_) | None, Some(_)) => ChangeKind::Reused,
        };
        Some(Change { id, kind })
    }

    /// Where an object is at the end of a revision.
    pub(crate) fn entry(&self, number: u32, revision: usize) -> Option<&Entry> {
        let revision = u16::try_from(revision).unwrap_or(u16::MAX);
        let after = self.entries.partition_point(|entry| (entry.number, entry.revision) <= (number, revision));
        self.entries.get(after.checked_sub(1)?).filter(|entry| entry.number == number)
    }

    /// The object with this id at the end of a revision.
    pub(crate) fn object(&self, id: ObjectId, revision: usize) -> Result<Option<Object>, Error> {
        let here = |entry: &&Entry| entry.slot.generation() == Some(id.generation);
        let Some(entry) = self.entry(id.number, revision).filter(here) else {
            return Ok(None);
        };
        let kept = self.kept.borrow().get(&(entry.number, entry.revision)).cloned();
        match (kept, entry.slot) {
            (Some(object), _) => Ok(Some(object)),
            (None, Slot::Free { .. }) => Ok(None),
            (None, Slot::Plain { .. }) => Ok(self.plain(entry)?.map(|found| found.indirect.object)),
            (None, Slot::Packed { container, index }) => self.packed(entry, container, index).map(Some),
        }
    }

    /// Reads the object that an entry places in an object stream.
    fn packed(&self, entry: &Entry, container: u32, index: u32) -> Result<Object, Error> {
        let container = self.container(container, entry.revision)?;
        let wrong = Error::WrongObject { at: 0 };
        let place = usize::try_from(index).ok().and_then(|index| container.objects.get(index));
        let &(number, place) = place.ok_or(wrong.clone())?;
        if number != entry.number {
            return Err(wrong);
        }
        let mut parser = Parser::new(&container.bytes, place, self.budget.nesting_max);
        let object = self.reading(&mut parser, Parser::value)?;
        self.keep(entry, &object, parser.at().saturating_sub(place));
        Ok(object)
    }

    /// Keeps an object for whoever asks next, while there is room.
    fn keep(&self, entry: &Entry, object: &Object, bytes: usize) {
        let left = self.kept_left.get().checked_sub(bytes).filter(|_| bytes <= KEPT_MAX);
        if let Some(left) = left {
            self.kept_left.set(left);
            self.kept.borrow_mut().insert((entry.number, entry.revision), object.clone());
        }
    }

    /// Reads the object that an entry places in the file itself, with its stream. `None` for other entries.
    pub(crate) fn plain(&self, entry: &Entry) -> Result<Option<Found>, Error> {
        let revision = usize::from(entry.revision);
        let found = self.with_stream(entry, |length| {
            let id = length.as_reference();
            let slot = id.and_then(|id| self.entry(id.number, revision)).map(|entry| entry.slot);
            match (id, slot) {
                (Some(id), Some(Slot::Packed { .. })) => Ok(self.object(id, revision)?.unwrap_or(Object::Null)),
                (_, _) => self.simple(length, revision),
            }
        })?;
        if let Some(Found { indirect, .. }) = &found {
            self.keep(entry, &indirect.object, indirect.extent.len());
        }
        Ok(found)
    }

    /// Reads the object that an entry places in the file itself, with the extents of its values. `None` for other
    /// entries. A stream's bytes are left aside.
    pub(crate) fn traced(&self, entry: &Entry) -> Result<Option<Indirect>, Error> {
        self.bare(entry, Parser::traced)
    }

    /// `follow` says what a reference to a stream's length means. It must not read another stream for that, unless an
    /// object stream, so that this ends.
    fn with_stream(
        &self,
        entry: &Entry,
        follow: impl Fn(&Object) -> Result<Object, Error>,
    ) -> Result<Option<Found>, Error> {
        let Some(mut indirect) = self.bare(entry, Parser::indirect)? else {
            return Ok(None);
        };
        let (Object::Dictionary(dictionary), Some(data)) = (&mut indirect.object, indirect.data) else {
            return Ok(Some(Found { indirect, length: Length::Exact }));
        };
        let stated = dictionary.get(b"Length").and_then(|length| follow(length).ok());
        let stated = stated.and_then(|stated| usize::try_from(stated.as_int()?).ok());
        let (raw, length) = match stated.and_then(|stated| exact(self.bytes, data, stated)) {
            Some(raw) => (raw, Length::Exact),
            None => self.measured(data, stated),
        };
        indirect.end = raw.end;
        let id = indirect.id;
        indirect.object = Object::Stream(Stream { id, dictionary: std::mem::take(dictionary), raw });
        Ok(Some(Found { indirect, length }))
    }

    /// The object without its stream's bytes; `None` for entries that are not plain.
    fn bare(
        &self,
        entry: &Entry,
        read: fn(&mut Parser<'a>) -> Result<Indirect, Error>,
    ) -> Result<Option<Indirect>, Error> {
        let Slot::Plain { offset, generation } = entry.slot else {
            return Ok(None);
        };
        let mut parser = Parser::new(self.bytes, offset, self.budget.nesting_max);
        let mut indirect = self.reading(&mut parser, read)?;
        let promised = ObjectId { number: entry.number, generation };
        if indirect.id != promised {
            return Err(Error::WrongObject { at: offset });
        }
        if let Encryption::Open(keys) = &self.encryption
            && !keys.open_strings(promised, &mut indirect.object)
        {
            self.garbled.set(true);
        }
        Ok(Some(indirect))
    }

    /// Reads something and takes what was looked at from the allowance, whether or not it was found.
    fn reading<'b, T>(
        &self,
        parser: &mut Parser<'b>,
        read: impl FnOnce(&mut Parser<'b>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let from = parser.at();
        let spent = Error::Limit { rule: "LIM-8", at: from, what: "reading the same objects" };
        if self.read_left.get() == 0 {
            return Err(spent);
        }
        let found = read(parser);
        if take(&self.read_left, parser.at().saturating_sub(from)) { found } else { Err(spent) }
    }

    /// Follows a reference to an object that stands plainly in the file and is no stream.
    fn simple(&self, object: &Object, revision: usize) -> Result<Object, Error> {
        let Some(id) = object.as_reference() else {
            return Ok(object.clone());
        };
        let Some(entry) = self.entry(id.number, revision) else {
            return Ok(Object::Null);
        };
        Ok(self.bare(entry, Parser::indirect)?.map_or(Object::Null, |indirect| indirect.object))
    }

    /// The bytes up to the next `endstream`, where `/Length` does not lead there. Such a stream is a fault (PF-10), but
    /// its file can still be looked at. If only white space is left between, the stated length counts.
    fn measured(&self, data: usize, stated: Option<usize>) -> (Range<usize>, Length) {
        let rest = self.bytes.get(data..).unwrap_or_default();
        let length = memmem::find(rest, b"endstream");
        let end = data + length.unwrap_or(rest.len());
        // The search is work as reading is; the next object meets the limit if it was too much.
        let searched = u64::try_from(end - data).unwrap_or(u64::MAX);
        self.read_left.set(self.read_left.get().saturating_sub(searched));
        let stated = stated.and_then(|stated| data.checked_add(stated)).filter(|&stated| stated <= end);
        if let Some(stated) = stated
            && self.bytes.get(stated..end).is_some_and(|rest| rest.iter().all(|&byte| is_space(byte)))
        {
            return (data..stated, Length::Spaced);
        }
        let end_of_line = match self.bytes.get(data..end) {
            Some([.., b'\r', b'\n']) => 2,
            Some([.., b'\r' | b'\n']) => 1,
            Some(_) | None => 0,
        };
        (data..end - end_of_line, Length::Wrong)
    }

    /// The object stream that an entry names, seen from the entry's own revision: later ones do not change it (PF-6).
    fn container(&self, number: u32, revision: u16) -> Result<Rc<Container>, Error> {
        let missing = Error::NeedsRepair { at: 0, what: "object stream" };
        let entry = self.entry(number, usize::from(revision)).ok_or(missing.clone())?;
        let Slot::Plain { offset, .. } = entry.slot else {
            return Err(missing);
        };
        if let Some(known) = self.containers.borrow().get(&offset) {
            return known.clone();
        }
        let container = self.unpack(entry).map(Rc::new);
        self.containers.borrow_mut().insert(offset, container.clone());
        container
    }

    fn unpack(&self, entry: &Entry) -> Result<Container, Error> {
        let plainly = |object: &Object| self.simple(object, usize::from(entry.revision));
        let found = self.with_stream(entry, plainly)?;
        let Some(Object::Stream(stream)) = found.map(|found| found.indirect.object) else {
            return Err(Error::NeedsRepair { at: 0, what: "object stream" });
        };
        let at = stream.raw.start;
        let broken = Error::NeedsRepair { at, what: "object stream" };
        let revision = usize::from(entry.revision);
        let number = |key: &[u8]| {
            let value = stream.dictionary.get(key).map(|value| self.simple(value, revision));
            value.and_then(Result::ok).and_then(|value| usize::try_from(value.as_int()?).ok())
        };
        let (count, first) = (number(b"N").ok_or(broken.clone())?, number(b"First").ok_or(broken.clone())?);
        let bytes = self.decode(&stream, |object| self.simple(object, revision))?;
        let mut objects = Vec::new();
        let mut header = Parser::new(bytes.get(..first).ok_or(broken.clone())?, 0, 0);
        for _ in 0..count {
            let mut next = || {
                header.skip_space();
                header.unsigned()
            };
            let (Some(number), Some(place)) = (next(), next()) else {
                return Err(broken);
            };
            let number = u32::try_from(number).map_err(|_| broken.clone())?;
            let place = usize::try_from(place).ok().and_then(|place| place.checked_add(first));
            objects.push((number, place.ok_or(broken.clone())?));
        }
        Ok(Container { bytes, objects })
    }

    /// Decodes a stream; `follow` says what a reference among its filters means.
    pub(crate) fn decode(
        &self,
        stream: &Stream,
        follow: impl Fn(&Object) -> Result<Object, Error>,
    ) -> Result<Vec<u8>, Error> {
        let at = stream.raw.start;
        let deep = |key: &[u8]| -> Result<Object, Error> {
            let value = follow(stream.dictionary.get(key).unwrap_or(&Object::Null))?;
            let Some(elements) = value.as_array() else {
                return Ok(value);
            };
            elements.iter().map(&follow).collect::<Result<Rc<[_]>, _>>().map(Object::Array)
        };
        let raw = self.clear(stream)?;
        let most = self.budget.inflated_bytes_max.min(self.inflated_left.get());
        let limit = usize::try_from(most).unwrap_or(usize::MAX);
        let decoded = filter::decode(&raw, &deep(b"Filter")?, &deep(b"DecodeParms")?, limit);
        if decoded == Err(filter::Failure::TooLarge) {
            // What was thrown away was work all the same.
            self.inflated_left.set(self.inflated_left.get().saturating_sub(most));
        }
        let decoded = decoded.map_err(|failure| failure.at(at))?;
        let spent = Error::Limit { rule: "LIM-4", at, what: "bytes in all streams" };
        if take(&self.inflated_left, decoded.len()) { Ok(decoded) } else { Err(spent) }
    }
}

/// Takes from an allowance, or all there is of it where that is not enough.
fn take(left: &Cell<u64>, cost: usize) -> bool {
    let enough = u64::try_from(cost).ok().and_then(|cost| left.get().checked_sub(cost));
    left.set(enough.unwrap_or_default());
    enough.is_some()
}
