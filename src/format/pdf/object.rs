//! The values a PDF file is made of, and the few questions asked of them. ISO 32000-2, 7.3.

use std::ops::Range;
use std::rc::Rc;

/// The name of an indirect object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// The object number; 0 is never in use.
    pub number: u32,
    /// The generation: how often the number was freed before.
    pub generation: u16,
}

/// One value, cheap to clone: what is large in it is shared. Equality is deep, but compares references as ids and
/// streams by place; `View::same` compares the bytes of streams.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// `null`, and whatever an undefined reference means.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number without a point.
    Integer(i64),
    /// A number with a point.
    Real(f64),
    /// A string, unescaped; ciphertext where the document is encrypted.
    String(Rc<[u8]>),
    /// A name, unescaped and without its slash.
    Name(Rc<[u8]>),
    /// Values in a row.
    Array(Rc<[Self]>),
    /// Keys and values.
    Dictionary(Dictionary),
    /// A dictionary with bytes.
    Stream(Stream),
    /// `12 0 R`.
    Reference(ObjectId),
}

impl Object {
    /// The integer, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Integer(value) = self { Some(*value) } else { None }
    }

    /// The number, integer or real; integers beyond 32 bits are no measure of anything on a page.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => i32::try_from(*value).ok().map(f64::from),
            Self::Real(value) => Some(*value),
            Self::Null
            | Self::Boolean(_)
            | Self::String(_)
            | Self::Name(_)
            | Self::Array(_)
            | Self::Dictionary(_)
            | Self::Stream(_)
            | Self::Reference(_) => None,
        }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(value) = self { Some(*value) } else { None }
    }

    /// The name without its slash, if it is one.
    #[must_use]
    pub fn as_name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    /// The bytes of the string, if it is one.
    #[must_use]
    pub fn as_string(&self) -> Option<&[u8]> {
        if let Self::String(bytes) = self { Some(bytes) } else { None }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    /// The dictionary, also that of a stream.
    #[must_use]
    pub fn as_dict(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) | Self::Stream(Stream { dictionary, .. }) => Some(dictionary),
            Self::Null
            | Self::Boolean(_)
            | Self::Integer(_)
            | Self::Real(_)
            | Self::String(_)
            | Self::Name(_)
            | Self::Array(_)
            | Self::Reference(_) => None,
        }
    }

    /// The stream, if it is one.
    #[must_use]
    pub fn as_stream(&self) -> Option<&Stream> {
        if let Self::Stream(stream) = self { Some(stream) } else { None }
    }

    /// The id referred to, if it is a reference.
    #[must_use]
    pub fn as_reference(&self) -> Option<ObjectId> {
        if let Self::Reference(id) = self { Some(*id) } else { None }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Puts something else in the place of every string, save `/Contents` of a signature. `false` where there was nothing
    /// else to put; what a signature dictionary claims may be.
    pub(crate) fn map_strings(&mut self, change: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> bool {
        match self {
            Self::String(bytes) => change(bytes).map(|other| *bytes = other.into()).is_some(),
            Self::Array(elements) => {
                let elements = Rc::make_mut(elements).iter_mut();
                elements.map(|element| element.map_strings(change)).fold(true, |all, one| all & one)
            }
            Self::Dictionary(dictionary) | Self::Stream(Stream { dictionary, .. }) => dictionary.map_strings(change),
            Self::Null | Self::Boolean(_) | Self::Integer(_) | Self::Real(_) | Self::Name(_) | Self::Reference(_) => {
                true
            }
        }
    }

    /// What the value holds directly: an array's elements, a dictionary's values.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        match (self.as_array(), self.as_dict()) {
            (Some(elements), _) => elements.iter().collect(),
            (None, Some(dictionary)) => dictionary.iter().map(|(_, value)| value).collect(),
            (None, None) => Vec::new(),
        }
    }
}

/// Keys and values, sorted by key. A key with the value `null` is absent (ISO 32000-2, 7.3.7).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dictionary {
    entries: Rc<[Pair]>,
    duplicated: Option<Key>,
}

/// A key without its slash.
pub(crate) type Key = Rc<[u8]>;

/// A key and its value.
pub(crate) type Pair = (Key, Object);

impl Dictionary {
    /// From pairs in the order of the file; of a key that occurs twice the last value counts, as in most readers.
    pub(crate) fn from_pairs(mut pairs: Vec<Pair>) -> Self {
        pairs.sort_by(|(left, _), (right, _)| left.cmp(right));
        let twice = |pair: &&[Pair]| matches!(pair, [(left, _), (right, _)] if left == right);
        let duplicated = pairs.windows(2).find(twice).and_then(|pair| pair.first()).map(|(key, _)| key.clone());
        if duplicated.is_some() {
            pairs.reverse();
            pairs.dedup_by(|(left, _), (right, _)| left == right);
            pairs.reverse();
        }
        pairs.retain(|(_, value)| !value.is_null());
        Self { entries: pairs.into(), duplicated }
    }

    /// The value of a key, not followed if it is a reference.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&Object> {
        let place = self.entries.binary_search_by(|(known, _)| known.as_ref().cmp(key)).ok()?;
        self.entries.get(place).map(|(_, value)| value)
    }

    /// Whether the key is there.
    #[must_use]
    pub fn has(&self, key: &[u8]) -> bool {
        self.get(key).is_some()
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.entries.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// How many keys have a value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no key has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether it is a signature's, wherever it is found (validation spec, 5.2).
    #[must_use]
    pub fn is_signature(&self) -> bool {
        self.has(b"ByteRange")
            || matches!(self.name(b"Type"), Some(b"Sig" | b"DocTimeStamp"))
            || (self.has(b"Contents") && self.has(b"SubFilter"))
    }

    fn map_strings(&mut self, change: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> bool {
        let signature = self.is_signature();
        let mut all = true;
        for (key, value) in Rc::make_mut(&mut self.entries) {
            if !signature || **key != *b"Contents" {
                all &= value.map_strings(change);
            }
        }
        all || signature
    }

    /// The first key that the file gave twice, if it did (PF-9).
    #[must_use]
    pub fn duplicated(&self) -> Option<&[u8]> {
        self.duplicated.as_deref()
    }

    /// The integer of a key that is stored directly.
    #[must_use]
    pub fn int(&self, key: &[u8]) -> Option<i64> {
        self.get(key).and_then(Object::as_int)
    }

    /// The name of a key that is stored directly.
    #[must_use]
    pub fn name(&self, key: &[u8]) -> Option<&[u8]> {
        self.get(key).and_then(Object::as_name)
    }

    /// The reference of a key.
    #[must_use]
    pub fn reference(&self, key: &[u8]) -> Option<ObjectId> {
        self.get(key).and_then(Object::as_reference)
    }
}

/// A dictionary with bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The object that it is.
    pub id: ObjectId,
    /// The stream's dictionary.
    pub dictionary: Dictionary,
    /// The place of its encoded bytes in the file.
    pub raw: Range<usize>,
}
