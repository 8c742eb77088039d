//! Do the signature page, the minutes and the certificates tell the same story?

use jiff::Timestamp;
use sigill::format::minutes::Line;
use sigill::format::minutes::meeting;
use sigill::format::minutes::meeting::Minutes;
use sigill::format::minutes::signpage;
use sigill::format::minutes::signpage::SignaturePage;
use sigill::verify::agreement::Agreement;
use sigill::verify::agreement::CertifiedSigner;
use sigill::verify::agreement::Outcome;
use sigill::verify::agreement::Subject;
use sigill::verify::agreement::agree;
use sigill::verify::agreement::describe;

const MINUTES: &str = "Styrelseprotokoll\nTid: 2031-02-07 kl. 13.00-16.00\nParagrafer 7-7\n\
    Sekreterare: Annika Lind\nOrdförande: Edvin Lönn\n\
    Justerande: Berit Hägg\n§7 Budget\nStyrelsen beslutar att:\n- Godkänna\n";

fn minutes() -> Minutes {
    meeting::read(&Line::of_text(MINUTES))
}

/// A page with a block for each name, signed at that second after 2031-02-10 18:19 Swedish winter time.
fn page(names: &[&str]) -> SignaturePage {
    let blocks = names.iter().zip(1..).map(|(name, number)| {
        format!(
            "Underskrift {number}\nNamn: {name}\nFöretag: Exempel\nIdentifieringsmetod: BankId\n\
             Datum och tid: 2031-02-10 18:{:02}:00 GMT+01:00\n\
             Transaktions-ID: {number}a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d\n",
            number * 10
        )
    });
    let text = format!("Detta är ett elektroniskt undertecknat dokument\n{}", blocks.collect::<String>());
    let signpage::Outcome::Known(page) = signpage::read(&Line::of_text(&text)) else {
        panic!("a page of a known service");
    };
    page
}

/// A certificate whose holder identified themselves at a minute past 18 Swedish winter time.
fn certificate(name: &'static str, minute: u32) -> CertifiedSigner<'static> {
    let (given, surname) = name.rsplit_once(' ').unwrap_or((name, ""));
    CertifiedSigner {
        name,
        given_name: Some(given),
        surname: Some(surname),
        authenticated_at: Some(moment(&format!("2031-02-10T17:{minute:02}:04Z"))),
        claimed_at: None,
        transaction_ids: &[],
        holds: true,
        passed: true,
    }
}

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn outcomes(found: &[Agreement], subject: Subject) -> Vec<Outcome> {
    found.iter().filter(|own| own.subject == subject).map(|own| own.outcome).collect()
}

fn sentence(found: &[Agreement], subject: Subject) -> String {
    found.iter().find(|own| own.subject == subject).map(|own| own.text.sv.clone()).unwrap_or_default()
}

const THREE: [&str; 3] = ["Annika Lind", "Edvin Lönn", "Berit Hägg"];

fn three() -> [CertifiedSigner<'static>; 3] {
    // In another order than on the page, with all given names, as certificates have them.
    [certificate("Berit Maria Hägg", 30), certificate("Eva Annika Lind", 10), certificate("Edvin Lönn", 20)]
}

#[test]
fn when_all_three_tell_the_same_story_everything_matches() {
    let found = agree(Some(&page(&THREE)), Some(&minutes()), &three());
    for subject in [Subject::PageSigner, Subject::PageTime, Subject::AfterMeeting] {
        assert_eq!(outcomes(&found, subject), [Outcome::Match; 3], "{subject:?}");
    }
    for subject in [Subject::PageCount, Subject::Secretary, Subject::Chair, Subject::Adjuster] {
        assert_eq!(outcomes(&found, subject), [Outcome::Match], "{subject:?}");
    }
    assert_eq!(
        sentence(&found, Subject::PageCount),
        "3 av 3 underskrifter på underskriftssidan bekräftas av ett certifikat i filen."
    );
    assert_eq!(sentence(&found, Subject::Chair), "Edvin Lönn (ordförande) har skrivit under.");
    assert_eq!(outcomes(&found, Subject::CertificateSigner), []);
    assert!(found.iter().all(|own| !own.text.sv.is_empty() && !own.text.en.is_empty()));
}

#[test]
fn a_certificate_normally_holds_no_transaction_id() {
    let found = agree(Some(&page(&THREE)), None, &three());
    assert_eq!(outcomes(&found, Subject::PageTransaction), [Outcome::Missing; 3]);
    assert!(sentence(&found, Subject::PageTransaction).contains("normalt"));
}

#[test]
fn a_transaction_id_in_the_evidence_is_compared_in_any_writing() {
    let same = ["1A1B2C3D-4E5F-4A6B-8C7D-9E0F1A2B3C4D".to_owned()];
    let other = ["ffffffff-4e5f-4a6b-8c7d-9e0f1a2b3c4d".to_owned()];
    let with = |ids| {
        let signer = CertifiedSigner { transaction_ids: ids, ..certificate("Annika Lind", 10) };
        outcomes(&agree(Some(&page(&["Annika Lind"])), None, &[signer]), Subject::PageTransaction)
    };
    assert_eq!(with(&same), [Outcome::Match]);
    assert_eq!(with(&other), [Outcome::Different]);
}

#[test]
fn a_protected_identity_is_found_by_its_transaction_id() {
    let ids = ["1a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d".to_owned()];
    let nameless = CertifiedSigner { transaction_ids: &ids, given_name: None, surname: None, ..certificate("", 10) };
    let found = agree(Some(&page(&["Annika Lind"])), None, &[nameless]);
    assert_eq!(outcomes(&found, Subject::PageSigner), [Outcome::Partial]);
}

#[test]
fn a_name_nobody_signed_with_is_only_text() {
    let found = agree(Some(&page(&THREE)), Some(&minutes()), &three()[..2]);
    assert_eq!(outcomes(&found, Subject::PageSigner), [Outcome::Match, Outcome::Missing, Outcome::Match]);
    assert_eq!(outcomes(&found, Subject::PageCount), [Outcome::Partial]);
    assert!(sentence(&found, Subject::PageCount).starts_with("2 av 3"));
    assert_eq!(outcomes(&found, Subject::Chair), [Outcome::Partial], "the page names him, no certificate does");
}

#[test]
fn somebody_else_signing_at_that_very_time_is_a_difference() {
    let found = agree(Some(&page(&["Annika Lind"])), None, &[certificate("Karl Dal", 10)]);
    assert_eq!(outcomes(&found, Subject::PageSigner), [Outcome::Different]);
    assert_eq!(
        sentence(&found, Subject::PageSigner),
        "Underskriftssidan säger Annika Lind, certifikatet från samma tid säger Karl Dal."
    );
    assert_eq!(outcomes(&found, Subject::PageCount), [Outcome::Missing]);
}

#[test]
fn a_certificate_that_is_not_on_the_page_is_named() {
    let seal = CertifiedSigner { given_name: None, surname: None, ..certificate("Exempeltjänsten AB", 50) };
    let found = agree(Some(&page(&["Annika Lind"])), None, &[certificate("Annika Lind", 10), seal]);
    assert_eq!(outcomes(&found, Subject::CertificateSigner), [Outcome::Missing]);
    assert!(sentence(&found, Subject::CertificateSigner).starts_with("Exempeltjänsten AB"));
}

#[test]
fn a_signature_that_does_not_hold_confirms_nothing() {
    let broken = CertifiedSigner { holds: false, ..certificate("Annika Lind", 10) };
    let found = agree(Some(&page(&["Annika Lind"])), Some(&minutes()), &[broken]);
    assert_eq!(outcomes(&found, Subject::PageSigner), [Outcome::Partial]);
    assert_eq!(outcomes(&found, Subject::PageCount), [Outcome::Missing]);
    assert_eq!(outcomes(&found, Subject::Secretary), [Outcome::Partial]);
}

#[test]
fn two_minutes_apart_are_the_same_time_and_more_are_not() {
    let apart = |text: &str| {
        let signer = CertifiedSigner { authenticated_at: Some(moment(text)), ..certificate("Annika Lind", 10) };
        outcomes(&agree(Some(&page(&["Annika Lind"])), None, &[signer]), Subject::PageTime)
    };
    assert_eq!(apart("2031-02-10T17:12:00Z"), [Outcome::Match]);
    assert_eq!(apart("2031-02-10T17:08:00Z"), [Outcome::Match]);
    assert_eq!(apart("2031-02-10T17:12:01Z"), [Outcome::Different]);
}

#[test]
fn a_signature_from_before_the_end_of_the_meeting_is_noticed_in_swedish_time() {
    let signed = |text: &str| {
        let signer = CertifiedSigner { authenticated_at: Some(moment(text)), ..certificate("Annika Lind", 10) };
        let found = agree(None, Some(&minutes()), &[signer]);
        (outcomes(&found, Subject::AfterMeeting), sentence(&found, Subject::AfterMeeting))
    };
    assert_eq!(signed("2031-02-07T15:00:00Z").0, [Outcome::Match], "16.00 in Sweden in winter");
    let (early, said) = signed("2031-02-07T14:59:59Z");
    assert_eq!(early, [Outcome::Different]);
    assert_eq!(said, "Annika Lind skrev under före mötet, som slutade 2031-02-07 kl. 16.00.");
}

#[test]
fn a_secretary_who_did_not_sign_breaks_no_law() {
    let found = agree(None, Some(&minutes()), &three()[..1]);
    assert_eq!(outcomes(&found, Subject::Secretary), [Outcome::Missing]);
    assert!(sentence(&found, Subject::Secretary).contains("kräver inte sekreterarens underskrift"));
    assert!(!sentence(&found, Subject::Chair).contains("Kommunallagen"));
    assert_eq!(outcomes(&found, Subject::Adjuster), [Outcome::Match]);
}

#[test]
fn a_flattened_copy_has_only_its_page() {
    let found = agree(Some(&page(&THREE)), Some(&minutes()), &[]);
    assert_eq!(outcomes(&found, Subject::PageSigner), [Outcome::Missing; 3]);
    assert_eq!(outcomes(&found, Subject::Chair), [Outcome::Partial]);
    assert_eq!(agree(None, Some(&minutes()), &[]), [], "nothing is compared where nobody signed");
}

#[test]
fn codes_and_sentences_are_stable() {
    assert_eq!((Subject::PageSigner.code(), Outcome::Partial.code()), ("page-signer", "partial"));
    let finding = describe(meeting::Finding::NumbersMissing { from: 9, to: 11 });
    assert_eq!(finding.code, "MINUTES_NUMBERS_MISSING");
    assert!(finding.text.sv.contains("§ 9–11"));
}
