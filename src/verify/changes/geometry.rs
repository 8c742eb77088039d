//! What a widget or an annotation covers of its page. VALIDATION 6.4, MD-13, MD-24, MD-25 and MD-33.

use std::collections::BTreeMap;

use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;
use crate::format::pdf::text;
use crate::format::pdf::text::PageText;
use crate::format::pdf::text::Placed;

/// Lower left and upper right corner, in points.
pub(super) type Rect = [f64; 4];

/// Half of 595 × 842 points: no signature's own picture needs that (MD-33).
const HALF_PAGE: f64 = 250_000.0;

/// How much of a line's height and of a letter's width lies under what hides it.
const HIDDEN_HEIGHT: f64 = 0.35;
const HIDDEN_WIDTH: f64 = 0.5;

/// Flags of an annotation (ISO 32000-2, 12.5.3).
pub(super) const HIDDEN: i64 = 1 << 1;
const PRINT: i64 = 1 << 2;
pub(super) const NO_VIEW: i64 = 1 << 5;
const TOGGLE_NO_VIEW: i64 = 1 << 8;

/// The rectangle of a widget or an annotation, its corners in order. Numbers may stand behind references; one that is
/// missing counts as nothing and a fifth is left aside, as readers that draw such a rectangle do.
pub(super) fn rectangle(view: View<'_, '_>, annotation: &Dictionary) -> Result<Option<Rect>, pdf::Error> {
    let stored = view.value(annotation, b"Rect")?;
    let Some(stored) = stored.as_array() else { return Ok(None) };
    let mut sides = Rect::default();
    for (side, stored) in sides.iter_mut().zip(stored) {
        *side = view.resolve(stored)?.as_number().unwrap_or_default();
    }
    let [left, bottom, right, top] = sides;
    Ok(Some([left.min(right), bottom.min(top), left.max(right), bottom.max(top)]))
}

/// Whether it takes more than half a page.
pub(super) fn large([left, bottom, right, top]: Rect) -> bool {
    (right - left) * (top - bottom) > HALF_PAGE
}

/// Where a widget can be seen, on screen or on paper: its rectangle, if it has an area and no flag hides it.
pub(super) fn seen(view: View<'_, '_>, widget: &Dictionary) -> Result<Option<Rect>, pdf::Error> {
    let area = rectangle(view, widget)?.filter(|[left, bottom, right, top]| left < right && bottom < top);
    let flags = view.value(widget, b"F")?.as_int().unwrap_or_default();
    let hidden = flags & HIDDEN != 0 || (flags & NO_VIEW != 0 && flags & (PRINT | TOGGLE_NO_VIEW) == 0);
    Ok(area.filter(|_| !hidden))
}

/// Width and height of what two rectangles share; negative where they share nothing.
fn common([a, b, c, d]: Rect, [e, f, g, h]: Rect) -> [f64; 2] {
    [c.min(g) - a.max(e), d.min(h) - b.max(f)]
}

/// Whether a rectangle hides a good part of another one that shows something.
pub(super) fn covers(rect: Rect, shown: Rect) -> bool {
    let [width, height] = common(shown, rect);
    let [left, bottom, right, top] = shown;
    width > HIDDEN_WIDTH * (top - bottom).min(right - left) && height > HIDDEN_HEIGHT * (top - bottom)
}

/// The words of pages with their places, each page read once however many revisions draw on it: a page whose content
/// changed is refused, whatever lies on it.
#[derive(Default)]
pub(super) struct Words(BTreeMap<ObjectId, Vec<Placed>>);

impl Words {
    /// What is known already of some pages.
    pub(super) fn of(pages: Vec<PageText>) -> Self {
        Self(pages.into_iter().map(|page| (page.id, page.words)).collect())
    }

    /// Whether a letter or digit on the page lies under a rectangle. Lines to write on do not count.
    pub(super) fn under(&mut self, view: View<'_, '_>, page: ObjectId, rect: Rect) -> bool {
        self.on(view, page).iter().any(|word| {
            let [width, height] = common(word.rect, rect);
            width > HIDDEN_WIDTH * word.size.min(word.rect[2] - word.rect[0]) && height > HIDDEN_HEIGHT * word.size
        })
    }

    /// Whether a whole run of text lies within a rectangle (SH-1).
    pub(super) fn inside(&mut self, view: View<'_, '_>, page: ObjectId, [left, bottom, right, top]: Rect) -> bool {
        let within = |[a, b, c, d]: Rect| left <= a && bottom <= b && c <= right && d <= top;
        self.on(view, page).iter().any(|word| within(word.rect))
    }

    fn on(&mut self, view: View<'_, '_>, page: ObjectId) -> &[Placed] {
        self.0.entry(page).or_insert_with(|| text::placed(view, page))
    }
}
