//! How often each object is referred to by the live objects of a revision; kept up to date from revision to revision.
//! VALIDATION 6.4: MD-1 and MD-5 need it, and so does the single use of an appearance stream (MD-21).

use std::collections::BTreeMap;

use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;

/// Reference counts by object number.
pub(super) struct References {
    counts: BTreeMap<u32, u32>,
}

impl References {
    /// One pass over every live object. Objects that cannot be read refer to nothing that could be shown.
    pub(super) fn count(view: View<'_, '_>) -> Self {
        let mut references = Self { counts: BTreeMap::new() };
        for id in view.ids() {
            if let Ok(Some(object)) = view.get(id) {
                references.add(&object, view.container(id));
            }
        }
        references.add_trailer(view);
        references
    }

    fn add_trailer(&mut self, view: View<'_, '_>) {
        for key in [b"Root".as_slice(), b"Info"] {
            if let Some(id) = view.trailer().reference(key) {
                *self.counts.entry(id.number).or_default() += 1;
            }
        }
    }

    /// Adds what an object refers to. One that is compressed also needs the object stream that holds it: readers look
    /// for that by its number.
    pub(super) fn add(&mut self, object: &Object, container: Option<ObjectId>) {
        walk(object, container, &mut |number| {
            let count = self.counts.entry(number).or_default();
            *count = count.saturating_add(1);
        });
    }

    pub(super) fn remove(&mut self, object: &Object, container: Option<ObjectId>) {
        walk(object, container, &mut |number| {
            if let Some(count) = self.counts.get_mut(&number) {
                *count = count.saturating_sub(1);
            }
        });
    }

    /// How many references lead to the object.
    pub(super) fn to(&self, number: u32) -> u32 {
        self.counts.get(&number).copied().unwrap_or_default()
    }
}

/// Every reference inside a value. The reader has already bounded the depth.
fn walk(object: &Object, container: Option<ObjectId>, found: &mut impl FnMut(u32)) {
    container.into_iter().for_each(|container| found(container.number));
    let mut open = vec![object];
    while let Some(next) = open.pop() {
        if let Some(id) = next.as_reference() {
            found(id.number);
        }
        match next.as_stream() {
            // A cross-reference stream is also a trailer, and those are counted once for all.
            Some(stream) if stream.dictionary.name(b"Type") == Some(b"XRef") => {
                let keys = stream.dictionary.iter().filter(|(key, _)| !matches!(*key, b"Root" | b"Info"));
                open.extend(keys.map(|(_, value)| value));
            }
            Some(_) | None => open.extend(next.children()),
        }
    }
}
