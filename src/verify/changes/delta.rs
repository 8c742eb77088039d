//! One revision against the one before it. VALIDATION 6.4: reject by default, grant by rule, top-down from the catalog.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Change;
use super::ChangeKind;
use super::ChangeLevel;
use super::references::References;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Document;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;
use crate::verify::text::Text;

/// How deep equal copies are followed (MD-0).
const COPY_DEPTH_MAX: u32 = 50;
/// How many values are compared in one copy, so that shared copies cost no more than their size.
const COPY_STEPS_MAX: u32 = 100_000;

/// How many changes of one revision are told apart. A form with a thousand fields filled in at once is no minutes.
const CHANGES_MAX: usize = 1_000;

/// What is carried from one revision's comparison to the next.
pub(super) struct Comparison<'d, 'a> {
    document: &'d Document<'a>,
    references: Option<References>,
    pages: Option<Vec<PageFacts>>,
}

/// What later rules ask about a page, so that unchanged pages are read once.
#[derive(Clone)]
pub(super) struct PageFacts {
    pub(super) id: ObjectId,
    /// The array that lists the annotations, where it is an object of its own.
    list: Option<u32>,
    /// The annotations themselves.
    annotations: BTreeSet<u32>,
    shows: BTreeSet<u32>,
}

impl<'d, 'a> Comparison<'d, 'a> {
    pub(super) fn new(document: &'d Document<'a>) -> Self {
        Self { document, references: None, pages: None }
    }

    /// The changes one revision brought. An unreadable revision is a change of its own.
    pub(super) fn revision(&mut self, revision: usize) -> Vec<Change> {
        let before = self.document.view(revision.saturating_sub(1));
        let after = self.document.view(revision);
        let references = self.references.take().unwrap_or_else(|| References::count(before));
        let pages = self.pages.take().map_or_else(|| page_facts(before), Ok);
        let mut delta = Delta::new(self.document, revision, before, after, references);
        let judged = pages.and_then(|pages| delta.judge(&pages));
        match judged {
            Ok(pages) => self.pages = pages,
            Err(_) => delta.refuse(ChangeKind::Content, None, "unreadable", UNREADABLE),
        }
        delta.carry_references();
        self.references = Some(delta.references);
        delta.found
    }
}

/// What is said of a revision that cannot be read.
const UNREADABLE: (&str, &str) =
    ("Filens innehåll har ändrats på ett sätt vi inte kan tolka", "The file was changed in a way we cannot interpret");

/// What is said of a revision that changes more than is told apart.
const TOO_MANY: (&str, &str) =
    ("Filen har ändrats på fler sätt än vi redovisar", "The file was changed in more ways than we list");

/// What is said of an annotation that runs something.
const ACTS: (&str, &str) =
    ("En kommentar som utför något lades till", "An annotation that carries out an action was added");

/// The comparison of two views.
pub(super) struct Delta<'d, 'a> {
    pub(super) before: View<'d, 'a>,
    pub(super) after: View<'d, 'a>,
    revision: usize,
    /// Object numbers this revision names, its own containers left out.
    named: BTreeMap<u32, (ObjectId, pdf::ChangeKind)>,
    granted: BTreeSet<u32>,
    /// Widgets of new or newly signed fields, which the pages' annotation lists may gain.
    pub(super) widgets: BTreeSet<u32>,
    pub(super) references: References,
    found: Vec<Change>,
}

impl<'d, 'a> Delta<'d, 'a> {
    fn new(
        document: &Document<'a>,
        revision: usize,
        before: View<'d, 'a>,
        after: View<'d, 'a>,
        references: References,
    ) -> Self {
        let containers = document.revisions().get(revision).map(|revision| revision.containers.as_slice());
        let own = containers.unwrap_or_default().iter().map(|id| id.number);
        // MD-2: a number that something refers to is what that something shows, whatever else it now also holds.
        let own: BTreeSet<u32> = own.filter(|number| references.to(*number) == 0).collect();
        let named = document.changes(revision).filter(|change| !own.contains(&change.id.number));
        let named = named.map(|change| (change.id.number, (change.id, change.kind))).collect();
        Self {
            before,
            after,
            revision,
            named,
            granted: BTreeSet::new(),
            widgets: BTreeSet::new(),
            references,
            found: Vec::new(),
        }
    }

    fn judge(&mut self, pages: &[PageFacts]) -> Result<Option<Vec<PageFacts>>, pdf::Error> {
        let (old, new) = (self.before.catalog()?, self.after.catalog()?);
        self.grant(self.before.trailer().reference(b"Root"), self.after.trailer().reference(b"Root"), 1);
        self.catalog(&old, &new);
        self.form(&old, &new)?;
        let pages = self.pages(pages)?;
        self.security_store(&old, &new)?;
        self.metadata(&old, &new)?;
        self.information()?;
        self.rest(&pages)?;
        Ok(Some(pages))
    }

    /// MD-6: the catalog's own keys. Those with rules of their own are judged there.
    fn catalog(&mut self, old: &Dictionary, new: &Dictionary) {
        for key in self.differing(old, new) {
            match key.as_slice() {
                b"AcroForm" | b"DSS" | b"Metadata" => {}
                b"Extensions" | b"Version" if new.has(&key) && !self.draws(new, &key) => self.note(
                    ChangeKind::Metadata,
                    ChangeLevel::LtaUpdates,
                    "MD-6 /Root",
                    ("Uppgift om PDF-version lades till", "A statement of the PDF version was added"),
                ),
                _ => self.refuse(ChangeKind::Content, None, &format!("MD-6 /Root/{}", printable(&key)), UNREADABLE),
            }
        }
    }

    /// MD-15: the same pages in the same order; on a page only annotations may be added.
    fn pages(&mut self, old: &[PageFacts]) -> Result<Vec<PageFacts>, pdf::Error> {
        let new = self.after.pages()?;
        if new.len() != old.len() {
            let said = (
                format!("Antalet sidor har ändrats från {} till {}", old.len(), new.len()),
                format!("The number of pages changed from {} to {}", old.len(), new.len()),
            );
            self.refuse(ChangeKind::Content, None, "MD-15 /Root/Pages", (&said.0, &said.1));
        } else if old.iter().zip(&new).any(|(old, new)| old.id != *new) {
            let said = ("Sidor har bytts ut eller flyttats", "Pages were replaced or moved");
            self.refuse(ChangeKind::Content, None, "MD-15 /Root/Pages", said);
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
                _ => false,
            };
            if !allowed || self.draws(&new, &key) {
                self.page_differs(number, &format!("MD-15 page {number} /{}", printable(&key)));
            }
        }
        self.grant(old.reference(b"Annots"), new.reference(b"Annots"), lists);
        self.annotations(number, &old, &new)
    }

    fn page_differs(&mut self, number: usize, path: &str) {
        let said = (
            format!("Sidan {number} ser annorlunda ut än när den skrevs under"),
            format!("Page {number} is not as it was when signed"),
        );
        self.refuse(ChangeKind::Content, Some(number), path, (&said.0, &said.1));
    }

    /// MD-15, MD-30: widgets of granted fields may be added; everything else is an annotation.
    fn annotations(&mut self, page: usize, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
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
            if !widget && self.acts(annotation)? {
                self.refuse(ChangeKind::Annotation, Some(page), &format!("MD-32 page {page} /Annots"), ACTS);
            } else if !widget {
                self.annotation(page, "MD-31", ("lades till", "was added"));
            }
        }
        if kept.next().is_some() {
            self.annotation(page, "MD-30", ("togs bort eller flyttades", "was removed or moved"));
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

    /// An annotation that was there and may have been changed. Widgets are judged with their fields.
    fn old_annotation(&mut self, page: usize, id: ObjectId) -> Result<(), pdf::Error> {
        if !self.is_named(id.number) || self.is_granted(id.number) {
            return Ok(());
        }
        let (old, new) = (dictionary(self.before, id)?, dictionary(self.after, id)?);
        let differing = self.differing(&old, &new);
        let acts = differing.iter().any(|key| matches!(key.as_slice(), b"A" | b"AA" | b"Subtype"));
        if old.name(b"Subtype") != Some(b"Widget") && !acts {
            self.grant_dictionary(id)?;
            if !differing.is_empty() {
                self.annotation(page, "MD-30", ("ändrades", "was changed"));
            }
        }
        Ok(())
    }

    pub(super) fn annotation(&mut self, page: usize, rule: &str, done: (&str, &str)) {
        let text = Text::new(
            format!("En kommentar eller bild ovanpå sidan {page} {}", done.0),
            format!("An annotation on top of page {page} {}", done.1),
        );
        let path = format!("{rule} page {page} /Annots");
        let (kind, level) = (ChangeKind::Annotation, ChangeLevel::Annotations);
        self.push(kind, level, Some(page), None, &path, (&text.sv, &text.en));
    }

    /// Everything this revision names that no rule granted. MD-1, MD-4, MD-5.
    fn rest(&mut self, pages: &[PageFacts]) -> Result<(), pdf::Error> {
        let named: Vec<(ObjectId, pdf::ChangeKind)> = self.named.values().copied().collect();
        for (id, kind) in named {
            let referred = self.references.to(id.number) > 0;
            let path = match kind {
                pdf::ChangeKind::New if referred => "MD-5",
                pdf::ChangeKind::Freed if referred && self.before.get(id)?.is_some_and(|old| !old.is_null()) => "MD-1",
                pdf::ChangeKind::Reused if referred => "MD-4",
                pdf::ChangeKind::Override if !self.is_granted(id.number) && !self.equal_objects(id)? => "MD-0",
                pdf::ChangeKind::New | pdf::ChangeKind::Freed | pdf::ChangeKind::Reused | pdf::ChangeKind::Override => {
                    continue;
                }
            };
            let path = format!("{path} object {}", id.number);
            match pages.iter().position(|page| page.shows.contains(&id.number)) {
                Some(index) => self.page_differs(index + 1, &path),
                None => self.refuse(ChangeKind::Content, None, &path, UNREADABLE),
            }
        }
        Ok(())
    }

    fn equal_objects(&self, id: ObjectId) -> Result<bool, pdf::Error> {
        Ok(match (self.before.get(id)?, self.after.get(id)?) {
            (Some(old), Some(new)) => self.equal(&old, &new),
            (None | Some(Object::Null), None | Some(Object::Null)) => true,
            (Some(_), None) | (None, Some(_)) => false,
        })
    }

    /// Moves the reference counts on to the state after this revision.
    fn carry_references(&mut self) {
        for (id, kind) in self.named.values() {
            if *kind != pdf::ChangeKind::New
                && let Ok(Some(old)) = self.before.get(*id)
            {
                self.references.remove(&old, self.before.container(*id));
            }
            if *kind != pdf::ChangeKind::Freed
                && let Ok(Some(new)) = self.after.get(*id)
            {
                self.references.add(&new, self.after.container(*id));
            }
        }
    }

    pub(super) fn is_named(&self, number: u32) -> bool {
        self.named.contains_key(&number)
    }

    pub(super) fn is_new(&self, number: u32) -> bool {
        self.named.get(&number).is_some_and(|(_, kind)| *kind == pdf::ChangeKind::New)
    }

    fn is_granted(&self, number: u32) -> bool {
        self.granted.contains(&number)
    }

    /// The rules have judged the object in the place that these references name; whatever was wrong with it has been
    /// said. It counts only if the object was in that place before and nowhere else, but in `places` such places: what
    /// else it is, nobody has judged.
    pub(super) fn grant(&mut self, old: Option<ObjectId>, new: Option<ObjectId>, places: u32) {
        let same = old.filter(|_| old == new);
        self.granted.extend(same.map(|id| id.number).filter(|number| self.references.to(*number) <= places));
    }

    /// The rules have judged every key of this dictionary. A stream's bytes they have not.
    pub(super) fn grant_dictionary(&mut self, id: ObjectId) -> Result<(), pdf::Error> {
        let stream = |object: Option<Object>| object.is_some_and(|object| object.as_stream().is_some());
        if !stream(self.before.get(id)?) && !stream(self.after.get(id)?) {
            self.granted.insert(id.number);
        }
        Ok(())
    }

    /// An object whose bytes the rules have judged too.
    pub(super) fn grant_whole(&mut self, id: ObjectId) {
        self.granted.insert(id.number);
    }

    /// Whether a key leads to a stream or cannot be read. No key that may change freely does: its dictionary could also
    /// be a list of drawings or appearances, where the key is but a name.
    pub(super) fn draws(&self, on: &Dictionary, key: &[u8]) -> bool {
        !self.after.value(on, key).is_ok_and(|value| value.as_stream().is_none())
    }

    /// A change that a rule grants at a level.
    pub(super) fn note(&mut self, kind: ChangeKind, level: ChangeLevel, path: &str, said: (&str, &str)) {
        self.push(kind, level, None, None, path, said);
    }

    /// A field was filled in.
    pub(super) fn filled(&mut self, name: String, path: &str, said: (&str, &str)) {
        self.push(ChangeKind::Form, ChangeLevel::FormFilling, None, Some(name), path, said);
    }

    /// A change that no rule grants.
    pub(super) fn refuse(&mut self, kind: ChangeKind, page: Option<usize>, path: &str, said: (&str, &str)) {
        self.push(kind, ChangeLevel::Other, page, None, path, said);
    }

    fn push(
        &mut self,
        kind: ChangeKind,
        level: ChangeLevel,
        page: Option<usize>,
        field: Option<String>,
        path: &str,
        said: (&str, &str),
    ) {
        let text = Text::new(said.0, said.1);
        let known = |old: &Change| old.text == text && old.kind == kind && old.page == page && old.field == field;
        // One sentence said once is enough; a hostile file can break one rule a million times.
        if self.found.len() >= CHANGES_MAX {
            self.found.truncate(CHANGES_MAX - 1);
            let (kind, level, text) = (ChangeKind::Content, ChangeLevel::Other, Text::new(TOO_MANY.0, TOO_MANY.1));
            let path = "LIM-8".to_owned();
            self.found.push(Change { revision: self.revision, kind, level, page: None, field: None, path, text });
        } else if !self.found.iter().any(known) {
            self.found.push(Change { revision: self.revision, kind, level, page, field, path: path.to_owned(), text });
        }
    }

    /// The keys whose values differ between the two views, in their order.
    pub(super) fn differing(&self, old: &Dictionary, new: &Dictionary) -> Vec<Vec<u8>> {
        let keys: BTreeSet<&[u8]> = old.iter().chain(new.iter()).map(|(key, _)| key).collect();
        let differs = |key: &&[u8]| match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) => !self.equal(old, new),
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        };
        keys.into_iter().filter(differs).map(<[u8]>::to_vec).collect()
    }

    /// MD-0: the same value, or an equal copy. A reference to the same id is the same; that object is judged itself.
    pub(super) fn equal(&self, old: &Object, new: &Object) -> bool {
        self.after.same(old, new) || self.copies(old, new, COPY_DEPTH_MAX, &mut COPY_STEPS_MAX.clone())
    }

    fn copies(&self, old: &Object, new: &Object, depth: u32, steps: &mut u32) -> bool {
        if depth == 0 || *steps == 0 {
            return false;
        }
        *steps -= 1;
        if let (Some(old), Some(new)) = (old.as_reference(), new.as_reference())
            && old == new
        {
            return true;
        }
        let (Ok(old), Ok(new)) = (self.before.resolve(old), self.after.resolve(new)) else { return false };
        match (&old, &new) {
            (Object::Array(old), Object::Array(new)) => {
                old.len() == new.len() && old.iter().zip(new).all(|(old, new)| self.copies(old, new, depth - 1, steps))
            }
            (Object::Stream(left), Object::Stream(right)) => {
                self.before.same_bytes(left, right) && self.copied(&left.dictionary, &right.dictionary, depth, steps)
            }
            (Object::Dictionary(old), Object::Dictionary(new)) => self.copied(old, new, depth, steps),
            _ => old == new,
        }
    }

    fn copied(&self, old: &Dictionary, new: &Dictionary, depth: u32, steps: &mut u32) -> bool {
        let keys: BTreeSet<&[u8]> = old.iter().chain(new.iter()).map(|(key, _)| key).collect();
        keys.into_iter().filter(|key| *key != b"Length").all(|key| match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) => self.copies(old, new, depth - 1, steps),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        })
    }
}

/// The object as a dictionary; an empty one where it is none.
pub(super) fn dictionary(view: View<'_, '_>, id: ObjectId) -> Result<Dictionary, pdf::Error> {
    Ok(view.get(id)?.as_ref().and_then(Object::as_dict).cloned().unwrap_or_default())
}

fn page_facts(view: View<'_, '_>) -> Result<Vec<PageFacts>, pdf::Error> {
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

/// A key for people: names are bytes, and hostile ones are long.
pub(super) fn printable(key: &[u8]) -> String {
    String::from_utf8_lossy(key.get(..key.len().min(40)).unwrap_or_default()).escape_default().to_string()
}
