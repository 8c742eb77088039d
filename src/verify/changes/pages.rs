//! The pages and what lies on them, before and after. VALIDATION 6.4, MD-15 and MD-30 to MD-34.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Change;
use super::ChangeKind;
use super::ChangeLevel;
use super::cover;
use super::delta::Delta;
use super::delta::dictionary;
use super::delta::printable;
use super::geometry;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;

/// What later rules ask about a page, so that unchanged pages are read once.
#[derive(Clone)]
pub(super) struct PageFacts {
    pub(super) id: ObjectId,
    /// The array that lists the annotations, where it is an object of its own.
    list: Option<u32>,
    /// The annotations themselves.
    pub(super) annotations: BTreeSet<u32>,
    pub(super) shows: BTreeSet<u32>,
}

/// What is said of an annotation that carries a file.
const ATTACHES: (&str, &str) = ("En fil bifogades", "A file was attached");

/// What is said of an annotation that runs something.
const ACTS: (&str, &str) =
    ("En kommentar som utför något lades till", "An annotation that carries out an action was added");

/// Letters of an annotation's own text that are told.
const TOLD_MAX: usize = 80;

impl Delta<'_, '_> {
    /// MD-15: the same pages in the same order; on a page only annotations may be added.
    pub(super) fn pages(&mut self, old: &[PageFacts]) -> Result<Vec<PageFacts>, pdf::Error> {
        let new = self.after.pages()?;
        if new.len() != old.len() {
            let said = (
                format!("Antalet sidor har ändrats från {} till {}", old.len(), new.len()),
                format!("The number of pages changed from {} to {}", old.len(), new.len()),
            );
            self.refuse(ChangeKind::Content, ("MD-15", "/Root/Pages/Count"), (&said.0, &said.1));
        } else if old.iter().zip(&new).any(|(old, new)| old.id != *new) {
            let said = ("Sidor har bytts ut eller flyttats", "Pages were replaced or moved");
            self.refuse(ChangeKind::Content, ("MD-15", "/Root/Pages"), said);
        }
        let mut lists: BTreeMap<u32, u32> = BTreeMap::new();
        for list in old.iter().filter_map(|facts| facts.list) {
            *lists.entry(list).or_default() += 1;
        }
        let mut facts = Vec::with_capacity(new.len());
        for (index, id) in new.iter().enumerate() {
            let known = old.get(index).filter(|facts| facts.id == *id);
            let untouched = known.filter(|facts| {
                let mut parts = facts.annotations.iter().copied().chain(facts.list).chain([id.number]);
                !parts.any(|number| self.is_named(number))
            });
            match untouched {
                Some(known) => facts.push(known.clone()),
                None => {
                    if let Some(known) = known {
                        let lists = known.list.and_then(|list| lists.get(&list).copied()).unwrap_or_default();
                        self.page(*id, index + 1, lists)?;
                    }
                    facts.push(page_fact(self.after, *id)?);
                }
            }
        }
        Ok(facts)
    }

    /// `lists`: how many pages had this page's annotation list for their own.
    fn page(&mut self, id: ObjectId, number: usize, lists: u32) -> Result<(), pdf::Error> {
        let (old, new) = (dictionary(self.before, id)?, dictionary(self.after, id)?);
        self.grant_dictionary(id)?;
        for key in self.differing(&old, &new) {
            let allowed = match key.as_slice() {
                b"Annots" | b"LastModified" => true,
                b"Tabs" | b"StructParents" => !old.has(&key),
                b"PieceInfo" => self.private_data(),
                _ => false,
            };
            if !allowed || self.draws(&new, &key) {
                self.page_differs(number, ("MD-15", &format!("page {number} /{}", printable(&key))));
            }
        }
        self.grant(old.reference(b"Annots"), new.reference(b"Annots"), lists);
        self.annotations((number, id), &old, &new)
    }

    pub(super) fn page_differs(&mut self, number: usize, place: (&'static str, &str)) {
        let said = (
            format!("Sidan {number} ser annorlunda ut än när den skrevs under"),
            format!("Page {number} is not as it was when signed"),
        );
        let change = Change::new(ChangeKind::Content, ChangeLevel::Other, place, (&said.0, &said.1));
        self.push(change.on(Some(number)));
    }

    /// MD-15, MD-30: widgets of granted fields may be added; everything else is an annotation.
    fn annotations(&mut self, page: (usize, ObjectId), old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let list = |view: View<'_, '_>, on: &Dictionary| -> Result<Vec<Object>, pdf::Error> {
            Ok(view.value(on, b"Annots")?.as_array().unwrap_or_default().to_vec())
        };
        let (before, after) = (list(self.before, old)?, list(self.after, new)?);
        let mut kept = before.iter().peekable();
        for annotation in &after {
            if kept.next_if_eq(&annotation).is_some() {
                continue;
            }
            let widget = annotation.as_reference().is_some_and(|id| self.widgets.contains(&id.number));
            if !widget && self.attaches(annotation)? {
                let place = format!("page {} /Annots", page.0);
                let change = Change::new(ChangeKind::Content, ChangeLevel::Other, ("MD-9", &place), ATTACHES);
                self.push(change.on(Some(page.0)));
            } else if !widget && self.acts(annotation)? {
                let place = format!("page {} /Annots", page.0);
                let change = Change::new(ChangeKind::Annotation, ChangeLevel::Other, ("MD-32", &place), ACTS);
                self.push(change.on(Some(page.0)));
            } else if !widget {
                let annotation = self.after.resolve(annotation)?;
                self.annotation(
                    page,
                    "MD-31",
                    annotation.as_dict().map(|new| (None, new)),
                    ("lades till", "was added"),
                )?;
            }
        }
        if kept.next().is_some() {
            self.annotation(page, "MD-30", None, ("togs bort eller flyttades", "was removed or moved"))?;
        }
        for annotation in before.iter().filter_map(Object::as_reference) {
            self.old_annotation(page, annotation)?;
        }
        Ok(())
    }

    /// MD-32: whether an annotation does anything but lead to a place or an address.
    fn acts(&self, annotation: &Object) -> Result<bool, pdf::Error> {
        let annotation = self.after.resolve(annotation)?;
        let Some(annotation) = annotation.as_dict() else { return Ok(false) };
        let action = self.after.value(annotation, b"A")?;
        let leads = action
            .as_dict()
            .is_none_or(|action| matches!(action.name(b"S"), Some(b"GoTo" | b"URI")) && !action.has(b"Next"));
        Ok(annotation.has(b"AA") || !leads)
    }

    /// MD-9: whether an annotation carries a file.
    fn attaches(&self, annotation: &Object) -> Result<bool, pdf::Error> {
        Ok(self.after.resolve(annotation)?.as_dict().is_some_and(|annotation| annotation.has(b"FS")))
    }

    /// An annotation that was there and may have been changed. Widgets are judged with their fields.
    fn old_annotation(&mut self, page: (usize, ObjectId), id: ObjectId) -> Result<(), pdf::Error> {
        if !self.is_named(id.number) || self.is_granted(id.number) {
            return Ok(());
        }
        let (old, new) = (dictionary(self.before, id)?, dictionary(self.after, id)?);
        let differing = self.differing(&old, &new);
        let acts = differing.iter().any(|key| matches!(key.as_slice(), b"A" | b"AA" | b"Subtype"));
        if old.name(b"Subtype") != Some(b"Widget") && !acts {
            self.grant_dictionary(id)?;
            if !differing.is_empty() {
                self.annotation(page, "MD-30", Some((Some(id), &new)), ("ändrades", "was changed"))?;
            }
        }
        Ok(())
    }

    /// MD-30, MD-31, MD-33: told with its page, rectangle, kind and text; and whether it hides anything.
    fn annotation(
        &mut self,
        (number, page): (usize, ObjectId),
        rule: &'static str,
        annotation: Option<(Option<ObjectId>, &Dictionary)>,
        done: (&str, &str),
    ) -> Result<(), pdf::Error> {
        let (what, rect, text) = match annotation {
            None => (kind(None), None, String::new()),
            Some((_, annotation)) => {
                let text = self.after.value(annotation, b"Contents")?.as_string().map(pdf::text_string);
                let text: String = text.unwrap_or_default().chars().take(TOLD_MAX).collect();
                let rect = geometry::rectangle(self.after, annotation)?;
                (kind(annotation.name(b"Subtype")), rect, text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
        };
        let quoted = if text.is_empty() { String::new() } else { format!(": ”{text}”") };
        let (sv, en) = (
            format!("{} på sidan {number} {}{quoted}", what.0, done.0),
            format!("{} on page {number} {}{quoted}", what.1, done.1),
        );
        let place = format!("page {number} /Annots");
        let (kind, level) = (ChangeKind::Annotation, ChangeLevel::Annotations);
        let change = Change::new(kind, level, (rule, &place), (&sv, &en)).on(Some(number)).at(rect).warning();
        let own = annotation.and_then(|(own, _)| own);
        let areas = annotation.map_or(Ok(Vec::new()), |(_, annotation)| cover::areas(self.after, annotation))?;
        let covers = areas.into_iter().any(|area| self.hides(page, area, own));
        self.push(Change { covers, ..change });
        Ok(())
    }
}

/// What kind of annotation it is, for people.
fn kind(subtype: Option<&[u8]>) -> (&'static str, &'static str) {
    match subtype {
        Some(b"FreeText") => ("En textruta", "A text box"),
        Some(b"Stamp") => ("En stämpel", "A stamp"),
        Some(b"Redact") => ("En maskering", "A redaction"),
        Some(b"Link") => ("En länk", "A link"),
        Some(b"Ink") => ("En handritad linje", "A freehand drawing"),
        Some(b"Highlight" | b"Underline" | b"StrikeOut" | b"Squiggly") => ("En textmarkering", "A text markup"),
        Some(_) | None => ("En kommentar eller bild", "An annotation or picture"),
    }
}

pub(super) fn page_facts(view: View<'_, '_>) -> Result<Vec<PageFacts>, pdf::Error> {
    view.pages()?.into_iter().map(|id| page_fact(view, id)).collect()
}

fn page_fact(view: View<'_, '_>, id: ObjectId) -> Result<PageFacts, pdf::Error> {
    let page = dictionary(view, id)?;
    let contents = page.reference(b"Contents").map(|id| id.number);
    let parts = view.value(&page, b"Contents")?;
    let parts = parts.as_array().unwrap_or_default().iter().filter_map(Object::as_reference).map(|id| id.number);
    let listed = view.value(&page, b"Annots")?;
    let listed = listed.as_array().unwrap_or_default().iter().filter_map(Object::as_reference);
    Ok(PageFacts {
        id,
        list: page.reference(b"Annots").map(|id| id.number),
        annotations: listed.map(|id| id.number).collect(),
        shows: contents.into_iter().chain(parts).collect(),
    })
}
