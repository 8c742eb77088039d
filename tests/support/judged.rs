//! Updates of the paper, each judged for an approval and for certifications: how far it goes, and who permits it.

use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::verify::changes::After;
use sigill::verify::changes::ChangeLevel;
use sigill::verify::changes::History;
use sigill::verify::changes::Permission;
use sigill::verify::indication::SubIndication;
use sigill::verify::policy::Policy;

use crate::paper::ANNOTATIONS;
use crate::paper::DRAWN;
use crate::paper::FIELDS;
use crate::paper::PAGE;
use crate::paper::drawing;
use crate::paper::paper;
use crate::update::Update;

/// What an author says of later changes, in the signature's dictionary and in its field.
#[derive(Clone, Copy)]
pub(crate) struct Author {
    pub(crate) signature: &'static str,
    pub(crate) field: &'static str,
}

pub(crate) const APPROVAL: Author = Author { signature: "/SubFilter /ETSI.CAdES.detached", field: "" };

pub(crate) fn certified(permission: u8) -> Author {
    let signature = match permission {
        1 => {
            "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /DocMDP /TransformParams <</P 1 /V /1.2>>>>]"
        }
        2 => {
            "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /DocMDP /TransformParams <</P 2 /V /1.2>>>>]"
        }
        _ => {
            "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /DocMDP /TransformParams <</P 3 /V /1.2>>>>]"
        }
    };
    Author { signature, field: "" }
}

/// What is said of an update: how far it goes, and whether the author of the signature before it permits that.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    Permitted,
    Undecided,
    Forbidden,
}

pub(crate) use Said::Forbidden;
pub(crate) use Said::Permitted;
pub(crate) use Said::Undecided;

pub(crate) fn judged(author: Author, write: fn(Update) -> Vec<u8>) -> (After, Said) {
    let signed = Update::onto(&paper(author.signature, author.field)).root("/Root 1 0 R /Info 7 0 R");
    let bytes = write(signed);
    let document = Document::read(&bytes, &Budget::STANDARD).expect("it reads");
    let field = document.signatures().iter().find(|one| one.name.as_deref() == Some("first")).expect("it is signed");
    let range = field.range.as_ref().expect("its range is exact");
    assert_eq!((range.revision(), document.revisions().len() > 1), (0, true));
    let after = History::read(&document, 1).after(Some(0));
    let permission = Permission::of(field, document.signatures());
    let said = match after.permitted(&permission, &Policy::swedish_minutes()) {
        Ok(_) => Permitted,
        Err(SubIndication::FormatFailure) => Forbidden,
        Err(_) => Undecided,
    };
    (after, said)
}

pub(crate) type Case = (&'static str, fn(Update) -> Vec<u8>, ChangeLevel, [Said; 4]);

/// Each case for an approval, and for certifications with P = 1, 2 and 3.
pub(crate) fn assert_cases(cases: &[Case]) {
    for (what, write, level, said) in cases {
        let authors = [APPROVAL, certified(1), certified(2), certified(3)];
        for (author, said) in authors.into_iter().zip(said) {
            let (after, found) = judged(author, *write);
            assert_eq!(after.level, *level, "{what}: {:#?}", after.changes);
            assert_eq!(found, *said, "{what}, {}: {:#?}", author.signature, after.changes);
        }
    }
}

pub(crate) fn with(update: Update, number: u32, body: &str) -> Update {
    update.object(number, &format!("<<{body}>>"))
}

pub(crate) fn form(update: Update, fields: &str, more: &str) -> Update {
    with(update, 6, &format!("/Fields [{FIELDS} {fields}] /SigFlags 3 {more}"))
}

pub(crate) fn annotated(update: Update, annotations: &str) -> Update {
    with(update, 3, &format!("{PAGE} /Annots [{ANNOTATIONS} {annotations}]"))
}

/// A field filled in with a value, drawn by a new appearance as something.
pub(crate) fn fill(update: Update, number: u32, field: &str, value: &str, shows: &str) -> Update {
    let update = with(update, number, &format!("{field} /V ({value}) /AP <</N 50 0 R>>"));
    update.stream(50, DRAWN, &drawing(shows))
}

/// A field of the second signer's own, with its signature, at a rectangle.
pub(crate) fn sign(update: Update, rect: &str, sub_filter: &str) -> Update {
    let field = "/FT /Sig /T (andra) /Type /Annot /Subtype /Widget /P 3 0 R /F 4 /AP <</N 50 0 R>> /V 52 0 R";
    let update = with(form(update, "51 0 R", ""), 51, &format!("{field} /Rect [{rect}]"));
    let update = with(update, 52, &format!("/Type /Sig /Filter /A {sub_filter} /Contents <00>"));
    annotated(update, "51 0 R").stream(50, DRAWN, &drawing("andra"))
}

pub(crate) const CADES: &str = "/SubFilter /ETSI.CAdES.detached";
pub(crate) const ALL: [Said; 4] = [Permitted, Permitted, Permitted, Permitted];
pub(crate) const FILLING: [Said; 4] = [Permitted, Forbidden, Permitted, Permitted];
pub(crate) const NONE: [Said; 4] = [Forbidden, Forbidden, Forbidden, Forbidden];
pub(crate) const COVERING: [Said; 4] = [Undecided, Forbidden, Undecided, Undecided];

/// The level after two updates.
pub(crate) fn judged_twice(first: fn(Update) -> Vec<u8>, second: fn(Update) -> Vec<u8>) -> ChangeLevel {
    let root = "/Root 1 0 R /Info 7 0 R";
    let once = first(Update::onto(&paper(APPROVAL.signature, "")).root(root));
    let bytes = second(Update::onto(&once).root(root));
    let document = Document::read(&bytes, &Budget::STANDARD).expect("it reads");
    History::read(&document, 1).after(Some(0)).level
}
