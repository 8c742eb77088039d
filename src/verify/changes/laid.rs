//! What a rectangle would hide of a page: its words, and those of fields and notes that lie on it.
//! VALIDATION 6.4, MD-24, MD-25 and MD-33.

use super::delta::Delta;
use super::delta::dictionary;
use super::field::drawn;
use super::field::inherited;
use super::geometry;
use super::geometry::Rect;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;

/// Annotations whose words are read of one page.
const ANNOTATIONS_MAX: usize = 500;

impl Delta<'_, '_> {
    /// Whether a rectangle lies over words of a page, those left out that its `own` annotation drew.
    pub(super) fn hides(&mut self, page: ObjectId, rect: Rect, own: Option<ObjectId>) -> bool {
        if geometry::large(rect) || self.words.under(self.before, page, rect) {
            return true;
        }
        let before = self.before;
        let laid = self.laid.entry(page).or_insert_with(|| laid(before, page));
        laid.iter().any(|(id, words)| Some(*id) != own && geometry::covers(rect, *words))
    }
}

/// Where the annotations of a page show words. A signature's picture is left out: the next one may lie partly over it.
fn laid(view: View<'_, '_>, page: ObjectId) -> Vec<(ObjectId, Rect)> {
    let listed = dictionary(view, page).and_then(|page| view.value(&page, b"Annots")).unwrap_or(Object::Null);
    let ids = listed.as_array().unwrap_or_default().iter().filter_map(Object::as_reference);
    let words = |id: ObjectId| {
        let annotation = dictionary(view, id).ok()?;
        let kind = inherited(view, &annotation, b"FT").ok()?.0;
        let shows = annotation.has(b"AP") && kind.as_name() != Some(b"Sig");
        let rect = geometry::seen(view, &annotation).ok()?.filter(|_| shows)?;
        drawn(view, &annotation).chars().any(char::is_alphanumeric).then_some((id, rect))
    };
    ids.take(ANNOTATIONS_MAX).filter_map(words).collect()
}
