//! The file as it stood at the end of one revision: its objects, its pages, its streams. ISO 32000-2, 7.5.6 and 7.7.

use std::collections::HashSet;
use std::ops::Range;

use crate::format::pdf::fault::Error;
use crate::format::pdf::file::File;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::object::Stream;
use crate::format::pdf::xref::Slot;

/// References that may lead to references.
const HOPS_MAX: usize = 16;

/// The file as it stood at the end of one revision.
#[derive(Clone, Copy)]
pub struct View<'d, 'a> {
    file: &'d File<'a>,
    revision: usize,
}

impl<'d, 'a> View<'d, 'a> {
    /// The file at the end of a revision, or of the last if there is none with that number.
    pub(crate) fn of(file: &'d File<'a>, revision: usize) -> Self {
        let last = file.revisions().len().saturating_sub(1);
        Self { file, revision: revision.min(last) }
    }

    /// The revision at whose end the file is seen.
    #[must_use]
    pub fn revision(&self) -> usize {
        self.revision
    }

    pub(crate) fn file(&self) -> &'d File<'a> {
        self.file
    }

    /// The object with this id, `None` if this revision has none.
    ///
    /// # Errors
    /// If there is something, but not what the cross-reference promises, or a budget is used up.
    pub fn get(&self, id: ObjectId) -> Result<Option<Object>, Error> {
        self.file.object(id, self.revision)
    }

    /// The value itself, or what it refers to; `Null` if that is nothing.
    ///
    /// # Errors
    /// As `get`, and if references lead to references without end.
    pub fn resolve(&self, object: &Object) -> Result<Object, Error> {
        let Some(mut id) = object.as_reference() else {
            return Ok(object.clone());
        };
        for _ in 0..HOPS_MAX {
            match self.get(id)? {
                Some(Object::Reference(next)) => id = next,
                Some(object) => return Ok(object),
                None => return Ok(Object::Null),
            }
        }
        Err(Error::Limit { rule: "LIM-3", at: 0, what: "references to references" })
    }

    /// The resolved value of a key; `Null` if the key is absent.
    ///
    /// # Errors
    /// As `resolve`.
    pub fn value(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Object, Error> {
        dictionary.get(key).map_or(Ok(Object::Null), |object| self.resolve(object))
    }

    /// This revision's trailer.
    #[must_use]
    pub fn trailer(&self) -> &'d Dictionary {
        &self.file.revisions().get(self.revision).expect("a view is only made of a revision that is there").trailer
    }

    /// The catalog.
    ///
    /// # Errors
    /// If `/Root` leads to no dictionary.
    pub fn catalog(&self) -> Result<Dictionary, Error> {
        if let Object::Dictionary(catalog) = self.value(self.trailer(), b"Root")? {
            Ok(catalog)
        } else {
            Err(Error::NeedsRepair { at: 0, what: "catalog" })
        }
    }

    /// The ids of all objects that are in use.
    pub fn ids(&self) -> impl Iterator<Item = ObjectId> + use<'d, 'a> {
        let revision = u16::try_from(self.revision).unwrap_or(u16::MAX);
        let entries = self.file.entries();
        let known = entries.iter().enumerate().filter(move |(place, entry)| {
            let later = entries.get(place + 1);
            let overridden = later.is_some_and(|later| later.number == entry.number && later.revision <= revision);
            entry.revision <= revision && !overridden
        });
        known.filter_map(|(_, entry)| {
            entry.slot.generation().map(|generation| ObjectId { number: entry.number, generation })
        })
    }

    /// The object numbers in a range that are in use.
    pub fn numbers(&self, range: Range<u32>) -> impl Iterator<Item = u32> + use<'d, 'a> {
        let entries = self.file.entries();
        let [start, end] = [range.start, range.end].map(|at| entries.partition_point(|entry| entry.number < at));
        let (file, revision) = (self.file, self.revision);
        let mut numbers: Vec<u32> =
            entries.get(start..end).unwrap_or_default().iter().map(|entry| entry.number).collect();
        numbers.dedup();
        let used =
            move |number: &u32| file.entry(*number, revision).is_some_and(|entry| entry.slot.generation().is_some());
        numbers.into_iter().filter(used)
    }

    /// The object stream that holds the object, if it is compressed.
    #[must_use]
    pub fn container(&self, id: ObjectId) -> Option<ObjectId> {
        match self.file.entry(id.number, self.revision)?.slot {
            Slot::Packed { container, .. } => Some(ObjectId { number: container, generation: 0 }),
            Slot::Free { .. } | Slot::Plain { .. } => None,
        }
    }

    /// The stream's bytes after all its filters.
    ///
    /// # Errors
    /// If the document is encrypted and cannot be read, a filter fails or is an image's; if a budget is used up (LIM-4).
    pub fn inflate(&self, stream: &Stream) -> Result<Vec<u8>, Error> {
        self.file.decode(stream, |object| self.resolve(object))
    }

    /// The pages in order. A node met again is passed over, so that a loop ends.
    ///
    /// # Errors
    /// If the page tree cannot be read.
    pub fn pages(&self) -> Result<Vec<ObjectId>, Error> {
        let catalog = self.catalog()?;
        let mut pages = Vec::new();
        let mut seen = HashSet::new();
        let mut waiting: Vec<ObjectId> = catalog.reference(b"Pages").into_iter().collect();
        while let Some(id) = waiting.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Some(Object::Dictionary(node)) = self.get(id)? else {
                continue;
            };
            let kids = self.value(&node, b"Kids")?;
            match kids.as_array().filter(|_| node.name(b"Type") != Some(b"Page")) {
                Some(kids) => waiting.extend(kids.iter().rev().filter_map(Object::as_reference)),
                None => pages.push(id),
            }
        }
        Ok(pages)
    }

    /// Whether two streams have the same encoded bytes, before encryption where the document is encrypted. Bytes that
    /// cannot be read are the same as nothing.
    #[must_use]
    pub fn same_bytes(&self, left: &Stream, right: &Stream) -> bool {
        matches!((self.file.clear(left), self.file.clear(right)), (Ok(left), Ok(right)) if left == right)
    }

    /// Whether two values are equal, streams by dictionary minus `/Length` and by their encoded bytes before encryption.
    #[must_use]
    pub fn same(&self, left: &Object, right: &Object) -> bool {
        let (Some(left), Some(right)) = (left.as_stream(), right.as_stream()) else {
            return left == right;
        };
        let left_keys = left.dictionary.iter().filter(|(key, _)| *key != b"Length");
        let right_keys = right.dictionary.iter().filter(|(key, _)| *key != b"Length");
        left_keys.eq(right_keys) && self.same_bytes(left, right)
    }
}
