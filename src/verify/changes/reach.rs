//! How far a revision's cross-reference reaches: what it leads past, and what `/Size` declares missing.
//! VALIDATION 5.1, PF-3 and PF-8; ISO 32000-2, 7.5.5: an object whose number is not below `/Size` is missing.

use super::ChangeKind;
use super::delta::Delta;
use super::delta::UNREADABLE;
use crate::format::pdf::View;

const PASSED_OVER: (&str, &str) = (
    "Filen har sparats så att en undertecknad version inte längre räknas",
    "The file was saved so that a signed version no longer counts",
);

impl Delta<'_, '_> {
    /// PF-3: a version that somebody signed is no longer part of the file. PF-8: objects that something refers to
    /// come to be, or cease to be, by `/Size` alone, for those readers that heed it.
    pub(super) fn reach(&mut self) {
        if self.document.passes_over(self.revision) {
            self.refuse(ChangeKind::Content, ("PF-3", "/Prev"), PASSED_OVER);
        }
        let before = (0..self.revision).rev().find_map(|revision| size(self.document.view(revision)));
        let (Some(before), Some(after)) = (before, size(self.after)) else { return };
        let between = before.min(after)..before.max(after);
        let seen = if after < before { self.before } else { self.after };
        let moved = seen.numbers(between).find(|number| {
            // What the revision itself brings is judged by the rules for that.
            let stood = after < before || !self.is_new(*number);
            stood && self.references.to(*number) > 0
        });
        if let Some(number) = moved {
            self.refuse(ChangeKind::Content, ("PF-8", &format!("/Size, object {number}")), UNREADABLE);
        }
    }
}

/// `/Size`, where a reader can heed it: one that leaves the catalog out, PDFBox has written such, opens nothing.
fn size(view: View<'_, '_>) -> Option<u32> {
    let size = u32::try_from(view.trailer().int(b"Size")?).ok()?;
    view.trailer().reference(b"Root").is_some_and(|root| root.number < size).then_some(size)
}
