//! A PDF file as a row of revisions, each of them readable as it stood. ISO 32000-2, 7.5; validation spec, 5.1.

use std::ops::Range;

use crate::format::budget::Budget;
use crate::format::pdf::fault::Error;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::object::Stream;

/// One state of the file: everything from the end of the state before to its own `%%EOF`.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its place in the row, counted from 0, the oldest.
    pub index: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte after its `%%EOF` and the end-of-line after that.
    pub end: usize,
    /// The byte after its `%%EOF` itself.
    pub eof: usize,
    /// Where its newest cross-reference section is.
    pub xref: usize,
    /// The trailer of that section.
    pub trailer: Dictionary,
    /// Its own cross-reference streams and object streams.
    pub containers: Vec<ObjectId>,
}

/// What a revision does to one object number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The object number.
    pub number: u32,
    /// What happens to it.
    pub kind: ChangeKind,
}

/// The ways a revision's cross-reference entry changes what a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Nothing had this number before.
    New,
    /// Something had, and now something else may.
    Override,
    /// Nothing has it any longer.
    Freed,
    /// It is in use again after having been free, or with another generation.
    Reused,
}

/// The file's bytes with their revisions.
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    revisions: Vec<Revision>,
}

/// The file as it stood at the end of one revision.
#[derive(Clone, Copy)]
pub struct View<'d, 'a> {
    file: &'d File<'a>,
    revision: usize,
}

impl<'d, 'a> View<'d, 'a> {
    /// The revision at whose end the file is seen.
    #[must_use]
    pub fn revision(&self) -> usize {
        self.revision
    }

    /// The object with this id, `None` if this revision has none.
    ///
    /// # Errors
    /// If there is something, but not what the cross-reference promises, or a budget is used up.
    pub fn get(&self, id: ObjectId) -> Result<Option<Object>, Error> {
        let _ = id;
        todo!()
    }

    /// The value itself, or what it refers to; `Null` if that is nothing.
    ///
    /// # Errors
    /// As `get`, and if references lead to references without end.
    pub fn resolve(&self, object: &Object) -> Result<Object, Error> {
        let _ = object;
        todo!()
    }

    /// The resolved value of a key; `Null` if the key is absent.
    ///
    /// # Errors
    /// As `resolve`.
    pub fn value(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Object, Error> {
        dictionary
            .get(key)
            .map_or(Ok(Object::Null), |object| self.resolve(object))
    }

    /// This revision's trailer.
    #[must_use]
    pub fn trailer(&self) -> &'d Dictionary {
        todo!()
    }

    /// The catalog.
    ///
    /// # Errors
    /// If `/Root` leads to no dictionary.
    pub fn catalog(&self) -> Result<Dictionary, Error> {
        todo!()
    }

    /// The ids of all objects that are in use.
    pub fn ids(&self) -> impl Iterator<Item = ObjectId> + use<'d, 'a> {
        std::iter::empty()
    }

    /// The object stream that holds the object, if it is compressed.
    #[must_use]
    pub fn container(&self, id: ObjectId) -> Option<ObjectId> {
        let _ = id;
        todo!()
    }

    /// The stream's encoded bytes, as they stand in the file.
    #[must_use]
    pub fn stream_bytes(&self, stream: &Stream) -> &'a [u8] {
        self.file.bytes.get(stream.raw.clone()).unwrap_or_default()
    }

    /// The stream's bytes after all its filters.
    ///
    /// # Errors
    /// If a filter fails or is an image's; if a budget is used up (LIM-4).
    pub fn inflate(&self, stream: &Stream) -> Result<Vec<u8>, Error> {
        let _ = stream;
        todo!()
    }

    /// The pages in order.
    ///
    /// # Errors
    /// If the page tree cannot be read, or has a loop.
    pub fn pages(&self) -> Result<Vec<ObjectId>, Error> {
        todo!()
    }

    /// Whether two values are equal, streams by dictionary minus `/Length` and by their encoded bytes.
    #[must_use]
    pub fn same(&self, left: &Object, right: &Object) -> bool {
        let _ = (left, right);
        todo!()
    }
}
