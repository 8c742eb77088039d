//! Fields filled in and signed after signing: what each rule grants, and the attack that a looser rule would let through.
//! VALIDATION 6.1 (SSA, overlay through form fill) and 6.4 to 6.6, MD-20 to MD-27.

use sigill::verify::changes::ChangeLevel::Annotations;
use sigill::verify::changes::ChangeLevel::FormFilling;
use sigill::verify::changes::ChangeLevel::LtaUpdates;
use sigill::verify::changes::ChangeLevel::Other;

#[path = "support/judged.rs"]
#[expect(dead_code, reason = "other tests judge other updates")]
mod judged;
#[path = "support/paper.rs"]
mod paper;
#[path = "support/update.rs"]
#[expect(dead_code, reason = "other tests write other updates")]
mod update;

use judged::ALL;
use judged::APPROVAL;
use judged::Author;
use judged::CADES;
use judged::COVERING;
use judged::FILLING;
use judged::Forbidden;
use judged::NONE;
use judged::Permitted;
use judged::Undecided;
use judged::assert_cases;
use judged::fill;
use judged::judged;
use judged::sign;
use judged::with;
use paper::ABOVE;
use paper::CATALOG;
use paper::DRAWN;
use paper::EMPTY;
use paper::FILLED;
use paper::KID;
use paper::OVER;
use paper::UNSIGNED;
use paper::drawing;
use update::Update;

#[test]
fn fields_are_filled_in_within_their_own_frame() {
    assert_cases(&[
        ("an empty field", |u| fill(u, 10, EMPTY, "Nils", "Nils").table(), FormFilling, FILLING),
        ("drawn in several lines", |u| fill(u, 10, EMPTY, "Nils H", "NilsH").table(), FormFilling, FILLING),
        (
            "a value that was signed",
            |u| fill(u, 11, FILLED, "Avslag", "Avslag").table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value that stays and is drawn as another",
            |u| fill(u, 11, FILLED, "Bifall", "Avslag").table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value wiped out",
            |u| with(u, 11, FILLED).table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "its own appearance drawn anew",
            |u| u.stream(12, DRAWN, &drawing("Avslag")).table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value that stays under a picture",
            |u| {
                let u = with(u, 11, &format!("{FILLED} /V (Bifall) /AP <</N 50 0 R>>"));
                u.stream(50, DRAWN, b"BT /F1 12 Tf 2 5 Td (Bifall) Tj ET 1 g 0 0 200 20 re f").table()
            },
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value over the text that nothing draws yet",
            |u| with(u, 13, &format!("{OVER} /V (Avslag)")).table(),
            FormFilling,
            COVERING,
        ),
        (
            "a value above a widget over the text, which is left as it was",
            |u| with(u, 22, &format!("{ABOVE} /V (Avslag)")).table(),
            FormFilling,
            COVERING,
        ),
        (
            "a value that stays, in white",
            |u| {
                let white = FILLED.replace("/F1 12 Tf", "1 g /F1 12 Tf");
                with(u, 11, &format!("{white} /V (Bifall) /AP <</N 12 0 R>>")).table()
            },
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value that stays, no longer printed",
            |u| with(u, 11, &format!("{FILLED} /V (Bifall) /AP <</N 12 0 R>> /F 256")).table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        ("an appearance that the page draws too", |u| u.stream(14, DRAWN, &drawing("Avslag")).table(), Other, NONE),
        ("a field over the text", |u| fill(u, 13, OVER, "Avslag", "Avslag").table(), FormFilling, COVERING),
        ("a field that moves", |u| fill(u, 10, &EMPTY.replace("[100 500", "[70 690"), "x", "x").table(), Other, NONE),
        ("a border", |u| fill(u, 10, &format!("{EMPTY} /BS <</W 400>>"), "x", "x").table(), Other, NONE),
        ("a field hidden", |u| fill(u, 10, &format!("{EMPTY} /F 2"), "x", "x").table(), Other, NONE),
        ("another name", |u| fill(u, 10, &EMPTY.replace("namn", "annat"), "x", "x").table(), Other, NONE),
        ("an action", |u| with(u, 10, &format!("{EMPTY} /AA <</F <</S /JavaScript /JS (x)>>>>")).table(), Other, NONE),
        ("a field that is locked", |u| with(u, 17, "/FT /Tx /T (locked) /Ff 1 /V (x)").table(), Other, NONE),
        ("a field turned into a button", |u| with(u, 10, &EMPTY.replace("/Tx", "/Btn")).table(), Other, NONE),
    ]);
}

#[test]
fn what_a_field_shows_is_compared_with_what_it_says() {
    let rules = |shows: &'static str| {
        let write: fn(Update) -> Vec<u8> = match shows {
            "Nils" => |u| fill(u, 10, EMPTY, "Nils", "Nils").table(),
            _ => |u| fill(u, 10, EMPTY, "Nils", "Avslag").table(),
        };
        let (after, _) = judged(APPROVAL, write);
        after.changes.into_iter().map(|change| (change.rule, change.warns)).collect::<Vec<_>>()
    };
    assert_eq!(rules("Nils"), [("MD-21", false)]);
    assert_eq!(rules("Avslag"), [("MD-26", true)]);
}

#[test]
fn a_lock_keeps_its_fields_as_they_are() {
    let said = |field: &'static str| judged(Author { field, ..APPROVAL }, |u| fill(u, 10, EMPTY, "x", "x").table()).1;
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /All>>"), Forbidden);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Include /Fields [(namn)]>>"), Forbidden);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Include /Fields [(beslut)]>>"), Permitted);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Exclude /Fields [(beslut)]>>"), Forbidden);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Exclude /Fields [(namn)]>>"), Permitted);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Exclude /Fields [(namn)] /P 1>>"), Forbidden);
    let moved = "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /FieldMDP /TransformParams \
        <</Action /Include /Fields [(namn)]>>>>]";
    let author = Author { signature: moved, field: "" };
    assert_eq!(judged(author, |u| fill(u, 10, EMPTY, "x", "x").table()).1, Forbidden);
    // A later update cannot unlock anything: the lock is that of the signed revision.
    let locked = Author { field: "/Lock <</Type /SigFieldLock /Action /All>>", ..APPROVAL };
    assert_eq!(
        judged(locked, |u| with(fill(u, 10, EMPTY, "x", "x"), 20, "/FT /Sig /T (first) /V 21 0 R").table()).1,
        Forbidden
    );
}

#[test]
fn a_field_for_a_signature_is_locked_like_any_other_seen_or_unseen() {
    fn signed(update: Update, looks: &str) -> Vec<u8> {
        let update = with(update, 15, &format!("{UNSIGNED} /V 52 0 R"));
        let update = with(update, 52, "/Type /Sig /Filter /A /SubFilter /ETSI.CAdES.detached /Contents <00>");
        with(update, 16, &format!("{KID} {looks}")).stream(50, DRAWN, &drawing("andra")).table()
    }
    fn stamped(update: Update, looks: &str) -> Vec<u8> {
        let update = with(update, 15, &format!("{UNSIGNED} /V 52 0 R"));
        let update = with(update, 52, "/Type /DocTimeStamp /Filter /A /SubFilter /ETSI.RFC3161 /Contents <00>");
        with(update, 16, &format!("{KID} {looks}")).stream(50, DRAWN, &drawing("andra")).table()
    }
    let writes: [fn(Update) -> Vec<u8>; 4] = [
        |u| signed(u, "/AP <</N 50 0 R>>"),
        |u| signed(u, ""),
        |u| stamped(u, "/AP <</N 50 0 R>>"),
        |u| stamped(u, ""),
    ];
    let said = |field| writes.map(|write| judged(Author { field, ..APPROVAL }, write).1);
    let lock = "/Lock <</Type /SigFieldLock /Action /Include /Fields [(next)]>>";
    assert_eq!(said(lock), [Forbidden, Forbidden, Forbidden, Forbidden]);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /All>>"), [Forbidden, Forbidden, Forbidden, Forbidden]);
    let moved = "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /FieldMDP /TransformParams \
        <</Action /Include /Fields [(next)]>>>>]";
    let said_by = |author| writes.map(|write| judged(author, write).1);
    assert_eq!(said_by(Author { signature: moved, field: "" }), [Forbidden, Forbidden, Forbidden, Forbidden]);
    let other = "/Lock <</Type /SigFieldLock /Action /Include /Fields [(beslut)]>>";
    assert_eq!(said(other), [Permitted, Permitted, Permitted, Permitted]);
    // 6.6: a field of the second signer's own is locked by nobody.
    let own = |rect: &'static str| match rect {
        "seen" => judged(Author { field: lock, ..APPROVAL }, |u| sign(u, "300 100 500 150", CADES).table()).1,
        _ => judged(Author { field: lock, ..APPROVAL }, |u| sign(u, "0 0 0 0", CADES).table()).1,
    };
    assert_eq!([own("seen"), own("unseen")], [Permitted, Permitted]);
}

#[test]
fn a_further_signature_shows_itself_beside_the_text() {
    assert_cases(&[
        ("unseen", |u| sign(u, "0 0 0 0", CADES).table(), FormFilling, FILLING),
        (
            "SSA: in a field of its own",
            |u| sign(u, "300 100 500 150", CADES).table(),
            FormFilling,
            [Permitted, Forbidden, Forbidden, Permitted],
        ),
        (
            "SSA: over the text",
            |u| sign(u, "70 690 300 720", CADES).table(),
            FormFilling,
            [Undecided, Forbidden, Forbidden, Undecided],
        ),
        (
            "SSA: over what was filled in",
            |u| sign(u, "90 390 310 430", CADES).table(),
            FormFilling,
            [Undecided, Forbidden, Forbidden, Undecided],
        ),
        (
            "SSA: over the page",
            |u| sign(u, "0 0 595 842", CADES).table(),
            Annotations,
            [Undecided, Forbidden, Forbidden, Undecided],
        ),
        (
            "in a field that waited for it",
            |u| {
                let u = with(u, 15, &format!("{UNSIGNED} /V 52 0 R"));
                let u = with(u, 52, "/Type /Sig /Filter /A /SubFilter /ETSI.CAdES.detached /Contents <00>");
                with(u, 16, &format!("{KID} /AP <</N 50 0 R>>")).stream(50, DRAWN, &drawing("andra")).table()
            },
            FormFilling,
            FILLING,
        ),
        (
            "a widget that shows something though nobody signs",
            |u| with(u, 16, &format!("{KID} /AP <</N 50 0 R>>")).stream(50, DRAWN, &drawing("x")).table(),
            Other,
            NONE,
        ),
        (
            "a timestamp beside the text",
            |u| sign(u, "20 807 198 827", "/SubFilter /ETSI.RFC3161").table(),
            FormFilling,
            [Permitted, Forbidden, Forbidden, Permitted],
        ),
        (
            "a timestamp over the text",
            |u| sign(u, "70 690 300 720", "/SubFilter /ETSI.RFC3161").table(),
            Annotations,
            [Undecided, Forbidden, Forbidden, Undecided],
        ),
        ("a timestamp unseen", |u| sign(u, "0 0 0 0", "/SubFilter /ETSI.RFC3161").table(), LtaUpdates, ALL),
    ]);
    let (after, _) = judged(APPROVAL, |u| sign(u, "300 100 500 150", CADES).table());
    let seen = after.changes.iter().find(|change| change.rule == "MD-24").expect("it is told");
    assert_eq!((seen.page, seen.rect, seen.warns), (Some(1), Some([300.0, 100.0, 500.0, 150.0]), true));
}

#[test]
fn permissions_are_made_once_by_the_first_who_signs() {
    fn certify(update: Update, more: &str) -> Vec<u8> {
        let reference = "/Reference [<</TransformMethod /DocMDP /TransformParams <</P 2 /V /1.2>>>>]";
        let update = sign(update, "0 0 0 0", &format!("{CADES} {reference} /ByteRange [0 1 2 3]"));
        with(update, 1, &format!("{CATALOG} /Perms <<{more}>>")).table()
    }
    const STAMPED: Author = Author { signature: "/SubFilter /ETSI.RFC3161", field: "" };
    let after = |author, write| judged(author, write).0.level;
    assert_eq!(after(STAMPED, |u| certify(u, "/DocMDP 52 0 R")), FormFilling, "a timestamp is nobody's approval");
    assert_eq!(after(STAMPED, |u| certify(u, "/DocMDP 52 0 R /UR3 52 0 R")), Other);
    assert_eq!(after(STAMPED, |u| certify(u, "/DocMDP 21 0 R")), Other, "not the signature of this revision");
    assert_eq!(after(STAMPED, |u| with(u, 1, &format!("{CATALOG} /Perms <</DocMDP 21 0 R>>")).table()), Other);
    assert_eq!(after(APPROVAL, |u| certify(u, "/DocMDP 52 0 R")), Other, "someone signed before");
}
