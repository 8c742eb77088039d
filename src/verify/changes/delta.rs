//! One revision against the one before it. VALIDATION 6.4: reject by default, grant by rule, top-down from the catalog.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Change;
use super::ChangeKind;
use super::ChangeLevel;
use super::form::Shown;
use super::geometry::Rect;
use super::geometry::Words;
use super::hidden::OUTSIDE;
use super::pages::PageFacts;
use super::pages::page_facts;
use super::references::References;
use super::store::Uses;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Document;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;

/// How deep equal copies are followed (MD-0).
const COPY_DEPTH_MAX: u32 = 50;
/// How many values are compared in one copy, so that shared copies cost no more than their size.
const COPY_STEPS_MAX: u32 = 100_000;

/// How many changes of one revision are told apart. A form with a thousand fields filled in at once is no minutes.
const CHANGES_MAX: usize = 1_000;

/// New objects that nothing refers to, above which a reader is warned (MD-3).
const LOOSE_MAX: usize = 100;

/// What is carried from one revision's comparison to the next.
pub(super) struct Comparison<'d, 'a> {
    document: &'d Document<'a>,
    references: Option<References>,
    pages: Option<Vec<PageFacts>>,
    words: Words,
    store: Option<Uses>,
}

impl<'d, 'a> Comparison<'d, 'a> {
    pub(super) fn new(document: &'d Document<'a>) -> Self {
        Self { document, references: None, pages: None, words: Words::default(), store: None }
    }

    /// The changes one revision brought. An unreadable revision is a change of its own.
    pub(super) fn revision(&mut self, revision: usize) -> Vec<Change> {
        let before = self.document.view(revision.saturating_sub(1));
        let after = self.document.view(revision);
        let references = self.references.take().unwrap_or_else(|| References::count(before));
        let pages = self.pages.take().map_or_else(|| page_facts(before), Ok);
        let mut delta = Delta::new(self.document, revision, before, after, references);
        delta.words = std::mem::take(&mut self.words);
        delta.store = self.store.take();
        match pages.and_then(|pages| delta.judge(&pages)) {
            Ok(pages) => self.pages = Some(pages),
            Err(_) => {
                delta.refuse(ChangeKind::Content, ("R1", "unreadable"), UNREADABLE);
                delta.store = None;
            }
        }
        delta.carry_references();
        delta.loose();
        self.references = Some(delta.references);
        (self.words, self.store) = (delta.words, delta.store);
        delta.found
    }
}

/// What is said of a revision that cannot be read.
pub(super) const UNREADABLE: (&str, &str) =
    ("Filens innehåll har ändrats på ett sätt vi inte kan tolka", "The file was changed in a way we cannot interpret");

/// What is said of a revision that changes more than is told apart.
const TOO_MANY: (&str, &str) =
    ("Filen har ändrats på fler sätt än vi redovisar", "The file was changed in more ways than we list");

/// What is said of many objects that nothing shows.
const LOOSE: (&str, &str) =
    ("Filen fick innehåll som inget i den visar", "The file gained content that nothing in it shows");

/// The comparison of two views.
pub(super) struct Delta<'d, 'a> {
    pub(super) document: &'d Document<'a>,
    pub(super) before: View<'d, 'a>,
    pub(super) after: View<'d, 'a>,
    pub(super) revision: usize,
    /// Object numbers this revision names, its own containers left out.
    pub(super) named: BTreeMap<u32, (ObjectId, pdf::ChangeKind)>,
    granted: BTreeSet<u32>,
    /// Widgets of new or newly signed fields, which the pages' annotation lists may gain.
    pub(super) widgets: BTreeSet<u32>,
    /// What fields show that did not show it before; judged when the pages are known.
    pub(super) shown: Vec<Shown>,
    pub(super) words: Words,
    /// What the security store was made of before this revision; then, after it.
    pub(super) store: Option<Uses>,
    /// Other annotations' words on pages, as they were before this revision.
    pub(super) laid: BTreeMap<ObjectId, Vec<(ObjectId, Rect)>>,
    pub(super) references: References,
    found: Vec<Change>,
}

impl<'d, 'a> Delta<'d, 'a> {
    fn new(
        document: &'d Document<'a>,
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
            document,
            before,
            after,
            revision,
            named,
            granted: BTreeSet::new(),
            widgets: BTreeSet::new(),
            shown: Vec::new(),
            words: Words::default(),
            store: None,
            laid: BTreeMap::new(),
            references,
            found: Vec::new(),
        }
    }

    fn judge(&mut self, pages: &[PageFacts]) -> Result<Vec<PageFacts>, pdf::Error> {
        let (old, new) = (self.before.catalog()?, self.after.catalog()?);
        self.grant(self.before.trailer().reference(b"Root"), self.after.trailer().reference(b"Root"), 1);
        self.reach();
        self.catalog(&old, &new)?;
        self.form(&old, &new)?;
        let pages = self.pages(pages)?;
        self.overlays(&pages);
        self.structure(&old, &new)?;
        self.security_store(&old, &new)?;
        self.metadata(&old, &new)?;
        self.information()?;
        self.rest(&pages)?;
        Ok(pages)
    }

    /// Everything this revision names that no rule granted. MD-1, MD-4, MD-5.
    fn rest(&mut self, pages: &[PageFacts]) -> Result<(), pdf::Error> {
        let named: Vec<(ObjectId, pdf::ChangeKind)> = self.named.values().copied().collect();
        for (id, kind) in named {
            let referred = self.references.to(id.number) > 0;
            let rule = match kind {
                pdf::ChangeKind::New if referred => "MD-5",
                pdf::ChangeKind::Freed if referred && self.before.get(id)?.is_some_and(|old| !old.is_null()) => "MD-1",
                pdf::ChangeKind::Reused if referred => "MD-4",
                pdf::ChangeKind::Override if !self.is_granted(id.number) && !self.equal_objects(id)? => "MD-0",
                pdf::ChangeKind::New | pdf::ChangeKind::Freed | pdf::ChangeKind::Reused | pdf::ChangeKind::Override => {
                    continue;
                }
            };
            let path = format!("object {}", id.number);
            match pages.iter().position(|page| page.shows.contains(&id.number)) {
                Some(index) => self.page_differs(index + 1, (rule, &path)),
                None => self.refuse(ChangeKind::Content, (rule, &path), UNREADABLE),
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

    /// Moves the reference counts on to the state after this revision. What it brings must not be in another file.
    fn carry_references(&mut self) {
        let mut outside = false;
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
                outside |= new.as_stream().is_some_and(|stream| stream.dictionary.has(b"F"));
            }
        }
        if outside {
            self.refuse(ChangeKind::Content, ("SH-4", "/F"), OUTSIDE);
        }
    }

    /// MD-3: content that nothing shows is harmless, but much of it is odd.
    fn loose(&mut self) {
        let new = self.named.iter().filter(|(_, (_, kind))| *kind == pdf::ChangeKind::New);
        let loose = new.filter(|(number, _)| self.references.to(**number) == 0).count();
        if loose > LOOSE_MAX {
            let place = ("MD-3", "unreferenced objects");
            self.push(Change::new(ChangeKind::Content, ChangeLevel::LtaUpdates, place, LOOSE).warning());
        }
    }

    pub(super) fn is_named(&self, number: u32) -> bool {
        self.named.contains_key(&number)
    }

    pub(super) fn is_new(&self, number: u32) -> bool {
        self.named.get(&number).is_some_and(|(_, kind)| *kind == pdf::ChangeKind::New)
    }

    pub(super) fn is_granted(&self, number: u32) -> bool {
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
    pub(super) fn note(
        &mut self,
        kind: ChangeKind,
        level: ChangeLevel,
        place: (&'static str, &str),
        said: (&str, &str),
    ) {
        self.push(Change::new(kind, level, place, said));
    }

    /// A change that no rule grants.
    pub(super) fn refuse(&mut self, kind: ChangeKind, place: (&'static str, &str), said: (&str, &str)) {
        self.push(Change::new(kind, ChangeLevel::Other, place, said));
    }

    pub(super) fn push(&mut self, change: Change) {
        let change = Change { revision: self.revision, ..change };
        // One sentence said once is enough; a hostile file can break one rule a million times. What decides is kept.
        let known = |old: &Change| {
            let decides = |one: &Change| (one.kind, one.level, one.page, one.overwrites, one.covers, one.warns);
            old.text == change.text && old.field == change.field && decides(old) == decides(&change)
        };
        if self.found.len() >= CHANGES_MAX {
            self.found.truncate(CHANGES_MAX - 1);
            let too_many = Change::new(ChangeKind::Content, ChangeLevel::Other, ("LIM-8", ""), TOO_MANY);
            self.found.push(Change { revision: self.revision, ..too_many });
        } else if !self.found.iter().any(known) {
            self.found.push(change);
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
                old.len() == new.len()
                    && old.iter().zip(new.iter()).all(|(old, new)| self.copies(old, new, depth - 1, steps))
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

/// A key for people: names are bytes, and hostile ones are long.
pub(super) fn printable(key: &[u8]) -> String {
    String::from_utf8_lossy(key.get(..key.len().min(40)).unwrap_or_default()).escape_default().to_string()
}
