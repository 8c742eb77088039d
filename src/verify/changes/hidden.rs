//! What a signed document holds that its signers may not have seen, or that may look different tomorrow. Advice, never a
//! verdict. VALIDATION 6.5, SH-1 to SH-7.

use std::collections::BTreeSet;

use super::cover::CLEAR;
use super::field;
use super::geometry;
use super::geometry::Rect;
use super::geometry::Words;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;
use crate::format::pdf::text::PageText;
use crate::verify::text::Finding;

/// Objects that are gone through for what nothing shows; minutes have some hundred. Above this it is not looked for.
const OBJECTS_MAX: usize = 20_000;
/// Pages and annotations looked at.
const PAGES_MAX: usize = 500;
const ANNOTATIONS_MAX: usize = 2_000;
/// Findings of one kind that are told.
const TOLD_MAX: usize = 5;

/// Actions that do more than lead to a place or an address.
const ACTIONS: &[&[u8]] =
    &[b"JavaScript", b"Launch", b"SubmitForm", b"ImportData", b"Rendition", b"Movie", b"Sound", b"RichMediaExecute"];
/// Annotations that play something.
const PLAYED: &[&[u8]] = &[b"Screen", b"Movie", b"Sound", b"RichMedia", b"3D"];
/// Fonts that every viewer has (ISO 32000-1, 9.6.2.2), by how their names begin.
const EVERYWHERE: &[&str] = &["Helvetica", "Times-", "Courier", "Symbol", "ZapfDingbats", "Arial", "TimesNewRoman"];

const LAYERS: (&str, &str) = (
    "Dokumentet har lager som kan visas eller döljas, så att det kan se olika ut för olika läsare.",
    "The document has layers that can be shown or hidden, so that it may look different to different readers.",
);
const PORTFOLIO: (&str, &str) = (
    "Dokumentet är en portfölj: det som visas först är inte hela innehållet.",
    "The document is a portfolio: what is shown first is not all of it.",
);
const SCRIPTED: (&str, &str) = (
    "Dokumentet innehåller något som körs när det öppnas eller läses, och som kan ändra det som visas.",
    "The document holds something that runs when it is opened or read and may change what is shown.",
);
pub(super) const OUTSIDE: (&str, &str) = (
    "En del av dokumentets innehåll hämtas ur en annan fil, som inte är undertecknad.",
    "Part of the document's content is taken from another file, which is not signed.",
);
const XFA: (&str, &str) = (
    "Dokumentet är ett XFA-formulär: olika program kan visa det olika.",
    "The document is an XFA form: programs may show it differently.",
);

/// Everything worth a warning in one state of a document.
pub(super) struct Look<'d, 'a> {
    view: View<'d, 'a>,
    words: Words,
    annotations_left: usize,
    found: Vec<Finding>,
}

/// Looks a signed revision through, whose pages were read before. What cannot be read is passed over: this warns, it
/// decides nothing.
pub fn hidden(view: View<'_, '_>, pages: Vec<PageText>) -> Vec<Finding> {
    let mut look = Look { view, words: Words::of(pages), annotations_left: ANNOTATIONS_MAX, found: Vec::new() };
    let _ = look.catalog();
    let _ = look.pages();
    let _ = look.loose();
    look.found
}

impl Look<'_, '_> {
    fn tell(&mut self, code: &'static str, (sv, en): (&str, &str)) {
        let finding = Finding::new(code, sv, en);
        let same = self.found.iter().filter(|one| one.code == code).count();
        if same < TOLD_MAX && !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    /// SH-4, SH-6, SH-7: what the catalog says.
    fn catalog(&mut self) -> Result<(), pdf::Error> {
        let catalog = self.view.catalog()?;
        let names = self.view.value(&catalog, b"Names")?;
        let scripts = names.as_dict().is_some_and(|names| names.has(b"JavaScript"));
        let opens = self.view.value(&catalog, b"OpenAction")?;
        if scripts || catalog.has(b"AA") || self.runs(&opens)? {
            self.tell("SH-4", SCRIPTED);
        }
        let form = self.view.value(&catalog, b"AcroForm")?;
        if form.as_dict().is_some_and(|form| form.has(b"XFA")) {
            self.tell("SH-4", XFA);
        }
        let layers = self.view.value(&catalog, b"OCProperties")?;
        let shown = layers.as_dict().map_or(Ok(Object::Null), |layers| self.view.value(layers, b"D"))?;
        if shown.as_dict().is_some_and(|shown| self.varies(shown)) {
            self.tell("SH-6", LAYERS);
        }
        if catalog.has(b"Collection") {
            self.tell("SH-7", PORTFOLIO);
        }
        Ok(())
    }

    /// Whether some layer is not simply always shown.
    fn varies(&self, configuration: &Dictionary) -> bool {
        let lists = |key: &[u8]| {
            let list = self.view.value(configuration, key).unwrap_or(Object::Null);
            list.as_array().is_some_and(|list| !list.is_empty())
        };
        let base = configuration.name(b"BaseState").is_some_and(|state| state != b"ON");
        base || lists(b"OFF") || lists(b"AS")
    }

    /// Whether an action, or one that follows it, does more than lead somewhere.
    fn runs(&self, action: &Object) -> Result<bool, pdf::Error> {
        let action = self.view.resolve(action)?;
        let Some(action) = action.as_dict() else { return Ok(false) };
        Ok(action.name(b"S").is_some_and(|kind| ACTIONS.contains(&kind)) || action.has(b"Next"))
    }

    fn pages(&mut self) -> Result<(), pdf::Error> {
        for (place, id) in self.view.pages()?.into_iter().take(PAGES_MAX).enumerate() {
            let Some(Object::Dictionary(page)) = self.view.get(id)? else { continue };
            if page.has(b"AA") {
                self.tell("SH-4", SCRIPTED);
            }
            self.fonts(&page)?;
            let annotations = self.view.value(&page, b"Annots")?;
            for annotation in annotations.as_array().unwrap_or_default() {
                let Some(left) = self.annotations_left.checked_sub(1) else { return Ok(()) };
                self.annotations_left = left;
                if let Some(annotation) = self.view.resolve(annotation)?.as_dict() {
                    self.annotation(place + 1, id, annotation)?;
                }
            }
        }
        Ok(())
    }

    /// SH-1, SH-4, SH-5: what lies on a page.
    fn annotation(&mut self, number: usize, page: ObjectId, annotation: &Dictionary) -> Result<(), pdf::Error> {
        let rect = geometry::rectangle(self.view, annotation)?;
        let place = rect.map_or_else(String::new, placed);
        let kind = annotation.name(b"Subtype").unwrap_or_default();
        let acts = annotation.has(b"AA") || self.runs(&self.view.value(annotation, b"A")?)?;
        if acts || PLAYED.contains(&kind) {
            let sv = format!("På sidan {number}{place} finns något som körs eller spelas upp.");
            self.tell("SH-4", (&sv, &format!("Page {number}{place} holds something that runs or plays.")));
        }
        let field = field::inherited(self.view, annotation, b"FT")?.0;
        let signature = field.as_name() == Some(b"Sig");
        let seen = geometry::seen(self.view, annotation)?.filter(|_| annotation.has(b"AP") && !CLEAR.contains(&kind));
        if let Some(rect) = seen.filter(|_| !signature)
            && self.words.inside(self.view, page, rect)
        {
            let sv = format!("På sidan {number}{place} ligger en bild eller ett fält ovanpå text, som kan tas bort.");
            let en = format!("On page {number}{place} a picture or field lies over text and can be taken away.");
            self.tell("SH-1", (&sv, &en));
        }
        if kind == b"Widget" && seen.is_some() && matches!(field.as_name(), Some(b"Tx" | b"Ch")) {
            let says = field::folded(&field::value(self.view, field.as_name(), annotation)?);
            if says != field::drawn(self.view, annotation) {
                let sv =
                    format!("Formulärfältet på sidan {number}{place} visar något annat än det värde som är sparat.");
                let en = format!("The form field on page {number}{place} shows something else than its stored value.");
                self.tell("SH-5", (&sv, &en));
            }
        }
        Ok(())
    }

    /// SH-3: fonts that are not in the file, those left out that every viewer has.
    fn fonts(&mut self, page: &Dictionary) -> Result<(), pdf::Error> {
        let (resources, _) = field::inherited(self.view, page, b"Resources")?;
        let fonts = resources.as_dict().map_or(Ok(Object::Null), |resources| self.view.value(resources, b"Font"))?;
        for (_, font) in fonts.as_dict().into_iter().flat_map(Dictionary::iter).take(ANNOTATIONS_MAX) {
            let font = self.view.resolve(font)?;
            let Some(font) = font.as_dict() else { continue };
            let name = String::from_utf8_lossy(font.name(b"BaseFont").unwrap_or_default()).into_owned();
            if self.embedded(font)? || EVERYWHERE.iter().any(|known| name.starts_with(known)) {
                continue;
            }
            let sv = format!("Typsnittet {name} finns inte i filen, så texten kan se annorlunda ut i andra program.");
            let en = format!("The font {name} is not in the file, so that text may look different in other programs.");
            self.tell("SH-3", (&sv, &en));
        }
        Ok(())
    }

    fn embedded(&self, font: &Dictionary) -> Result<bool, pdf::Error> {
        let inner = self.view.value(font, b"DescendantFonts")?;
        let inner = inner.as_array().and_then(<[Object]>::first).map(|inner| self.view.resolve(inner)).transpose()?;
        let font = inner.as_ref().and_then(Object::as_dict).unwrap_or(font);
        let descriptor = self.view.value(font, b"FontDescriptor")?;
        let programs: [&[u8]; 3] = [b"FontFile", b"FontFile2", b"FontFile3"];
        let has = |descriptor: &Dictionary| programs.iter().any(|key| descriptor.has(key));
        Ok(font.name(b"Subtype") == Some(b"Type3") || descriptor.as_dict().is_some_and(has))
    }

    /// SH-2: pages and catalogs that nothing leads to; SH-4: streams whose content is in another file.
    fn loose(&mut self) -> Result<(), pdf::Error> {
        let ids: Vec<ObjectId> = self.view.ids().take(OBJECTS_MAX + 1).collect();
        if ids.len() > OBJECTS_MAX {
            return Ok(());
        }
        let mut reached: BTreeSet<u32> = BTreeSet::new();
        let roots: [&[u8]; 2] = [b"Root", b"Info"];
        let mut open: Vec<ObjectId> = roots.iter().filter_map(|key| self.view.trailer().reference(key)).collect();
        let mut outside = false;
        while let Some(id) = open.pop() {
            if reached.insert(id.number)
                && let Ok(Some(object)) = self.view.get(id)
            {
                outside |= object.as_stream().is_some_and(|stream| stream.dictionary.has(b"F"));
                references(&object, &mut open);
            }
        }
        let shows = |id: &ObjectId| {
            let object = self.view.get(*id).ok().flatten();
            let kind = object.as_ref().and_then(Object::as_dict).and_then(|object| object.name(b"Type"));
            matches!(kind, Some(b"Page" | b"Pages" | b"Catalog"))
        };
        let loose = ids.iter().filter(|id| !reached.contains(&id.number) && shows(id)).count();
        if loose > 0 {
            let sv = format!("Filen innehåller {loose} sidor eller delar av dokument som inte visas.");
            self.tell(
                "SH-2",
                (&sv, &format!("The file holds {loose} pages or parts of documents that are not shown.")),
            );
        }
        if outside {
            self.tell("SH-4", OUTSIDE);
        }
        Ok(())
    }
}

/// Every reference inside a value. The reader has bounded the depth.
fn references(object: &Object, into: &mut Vec<ObjectId>) {
    let mut open = vec![object];
    while let Some(next) = open.pop() {
        into.extend(next.as_reference());
        open.extend(next.children());
    }
}

/// Where on a page, for people who can measure.
fn placed([left, bottom, right, top]: Rect) -> String {
    format!(" (ruta {left:.0}, {bottom:.0} – {right:.0}, {top:.0})")
}
