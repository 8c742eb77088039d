//! What is laid on pages after signing: told, and never over what was signed. VALIDATION 6.1 (EAA), MD-30 to MD-34.

use sigill::verify::changes::ChangeLevel::Annotations;
use sigill::verify::changes::ChangeLevel::Other;

#[path = "support/judged.rs"]
#[expect(dead_code, reason = "other tests judge other updates")]
mod judged;
#[path = "support/paper.rs"]
mod paper;
#[path = "support/update.rs"]
#[expect(dead_code, reason = "other tests write other updates")]
mod update;

use judged::Forbidden;
use judged::NONE;
use judged::Permitted;
use judged::Said;
use judged::Undecided;
use judged::annotated;
use judged::assert_cases;
use judged::with;
use paper::DRAWN;
use update::Update;

fn link(border: &str) -> String {
    format!("/Type /Annot /Subtype /Link /Rect [70 690 300 720] {border} /A <</S /URI /URI (https://x.invalid)>>")
}

fn marking(colour: &str) -> String {
    format!("/Type /Annot /Subtype /Highlight /Rect [70 690 300 720] {colour}")
}

#[test]
fn annotations_are_told_and_do_not_hide_what_was_signed() {
    const LAID: [Said; 4] = [Undecided, Forbidden, Forbidden, Permitted];
    const HIDING: [Said; 4] = [Undecided, Forbidden, Forbidden, Undecided];
    assert_cases(&[
        (
            "a text box in the margin",
            |u| {
                let note = "/Type /Annot /Subtype /FreeText /Rect [20 20 120 60] /Contents (Sett)";
                annotated(with(u, 50, note), "50 0 R").table()
            },
            Annotations,
            LAID,
        ),
        (
            "EAA: a text box over the text",
            |u| {
                let note = "/Type /Annot /Subtype /FreeText /Rect [70 690 300 720] /Contents (Avslag)";
                annotated(with(u, 50, note), "50 0 R").table()
            },
            Annotations,
            HIDING,
        ),
        (
            "EAA: a text box over what was filled in",
            |u| {
                let note = "/Type /Annot /Subtype /FreeText /Rect [100 400 300 420] /Contents (Avslag)";
                annotated(with(u, 50, note), "50 0 R").table()
            },
            Annotations,
            HIDING,
        ),
        (
            "EAA: a stamp over the page",
            |u| annotated(with(u, 50, "/Type /Annot /Subtype /Stamp /Rect [0 0 595 842]"), "50 0 R").table(),
            Annotations,
            HIDING,
        ),
        (
            "EAA: a redaction",
            |u| annotated(with(u, 50, "/Type /Annot /Subtype /Redact /Rect [70 690 300 720]"), "50 0 R").table(),
            Annotations,
            HIDING,
        ),
        (
            "a marking that the text shows through",
            |u| annotated(with(u, 50, "/Type /Annot /Subtype /Highlight /Rect [70 690 300 720]"), "50 0 R").table(),
            Annotations,
            LAID,
        ),
        (
            "a marking with a picture of its own",
            |u| {
                let marking = "/Type /Annot /Subtype /Highlight /Rect [70 690 300 720] /AP <</N 51 0 R>>";
                annotated(with(u, 50, marking), "50 0 R").stream(51, DRAWN, b"1 g 0 0 200 20 re f").table()
            },
            Annotations,
            HIDING,
        ),
        (
            "a link framed by a thin line",
            |u| annotated(with(u, 50, &link("/Border [0 0 1]")), "50 0 R").table(),
            Annotations,
            LAID,
        ),
        (
            "EAA: a link framed by a line as thick as itself",
            |u| annotated(with(u, 50, &link("/Border [0 0 30] /C [1 1 1]")), "50 0 R").table(),
            Annotations,
            HIDING,
        ),
        (
            "EAA: a link beside the text, framed by a line that reaches it",
            |u| {
                let link = link("/BS <</W 60>> /C [1 1 1]").replace("690 300 720", "720 300 730");
                annotated(with(u, 50, &link), "50 0 R").table()
            },
            Annotations,
            HIDING,
        ),
        (
            "EAA: a link that was there, framed anew",
            |u| {
                let clear = annotated(with(u, 50, &link("/Border [0 0 0]")), "50 0 R").table();
                let again = Update::onto(&clear).root("/Root 1 0 R /Info 7 0 R");
                with(again, 50, &link("/Border [0 0 30]")).table()
            },
            Annotations,
            HIDING,
        ),
        (
            "EAA: a marking in black",
            |u| annotated(with(u, 50, &marking("/C [0 0 0]")), "50 0 R").table(),
            Annotations,
            HIDING,
        ),
        (
            "a marking in yellow",
            |u| annotated(with(u, 50, &marking("/C [1 1 0]")), "50 0 R").table(),
            Annotations,
            LAID,
        ),
        (
            "EAA: a thick stroke over the text, from an annotation in the margin",
            |u| {
                let ink = "/Type /Annot /Subtype /Ink /Rect [0 0 9 9] /InkList [[70 706 300 706]] /BS <</W 30>>";
                annotated(with(u, 50, ink), "50 0 R").table()
            },
            Annotations,
            HIDING,
        ),
        (
            "a thin stroke through the text",
            |u| {
                let ink = "/Type /Annot /Subtype /Ink /Rect [0 0 9 9] /InkList [[70 706 300 706]] /BS <</W 1>>";
                annotated(with(u, 50, ink), "50 0 R").table()
            },
            Annotations,
            LAID,
        ),
        (
            "an attached file",
            |u| {
                let file = "/Type /Annot /Subtype /FileAttachment /Rect [20 20 40 40] /FS <</F (x)>>";
                annotated(with(u, 50, file), "50 0 R").table()
            },
            Other,
            NONE,
        ),
        (
            "a form to be sent",
            |u| {
                let link = "/Type /Annot /Subtype /Link /Rect [20 20 40 40] /A <</S /SubmitForm /F (x)>>";
                annotated(with(u, 50, link), "50 0 R").table()
            },
            Other,
            NONE,
        ),
    ]);
}
