//! Who is to sign minutes, who has, and which days follow: information for registrars, never a verdict.
//! Notes on Swedish minutes, 4.1–4.2 and 5.1; lag (1930:173).

use jiff::civil::Date;
use jiff::civil::date;
use sigill::format::minutes::Line;
use sigill::format::minutes::meeting;
use sigill::format::minutes::signpage;
use sigill::verify::agreement::CertifiedSigner;
use sigill::verify::agreement::Subject;
use sigill::verify::completeness;
use sigill::verify::completeness::Completeness;
use sigill::verify::completeness::State;
use sigill::verify::completeness::Whole;
use sigill::verify::completeness::dates::BodyType;
use sigill::verify::completeness::dates::InTime;
use sigill::verify::completeness::dates::appeal_until;
use sigill::verify::completeness::dates::dates;
use sigill::verify::completeness::dates::in_time;
use sigill::verify::completeness::days::is_free;
use sigill::verify::completeness::days::moved;

const MINUTES: &str = "Protokoll\nTid: 2031-02-07 kl. 13.00-16.00\nParagrafer 7-7\n\
    Sekreterare: Annika Lind\nOrdförande: Edvin Lönn\nJusterande: Berit Hägg\n§7 Budget\nNämnden beslutar att:\n- Godkänna\n";

const PAGE: &str = "Detta är ett elektroniskt undertecknat dokument\nUnderskrift 1\nNamn: Berit Hägg\nFöretag: Exempel\n\
    Identifieringsmetod: BankId\nDatum och tid: 2031-02-10 18:20:00 GMT+01:00\n\
    Transaktions-ID: 1a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d\n";

fn signer<'a>(name: &'a str, at: &str) -> CertifiedSigner<'a> {
    let (given, surname) = name.rsplit_once(' ').unwrap_or((name, ""));
    CertifiedSigner {
        name,
        given_name: Some(given),
        surname: Some(surname),
        authenticated_at: at.parse().ok(),
        claimed_at: None,
        transaction_ids: &[],
        holds: true,
        passed: true,
    }
}

fn of(text: &str, signers: &[CertifiedSigner<'_>]) -> Option<Completeness> {
    completeness::of(&meeting::read(&Line::of_text(text)), None, signers)
}

fn states(found: &Completeness) -> Vec<State> {
    found.duties.iter().map(|duty| duty.state).collect()
}

#[test]
fn three_of_three_have_signed_and_the_last_one_adjusts() {
    let all = [
        signer("Berit Maria Hägg", "2031-02-10T17:30:00Z"),
        signer("Annika Lind", "2031-02-10T17:10:00Z"),
        // Eleven at night in London is the next day in Sweden.
        signer("Edvin Lönn", "2031-02-11T23:30:00Z"),
    ];
    let found = of(MINUTES, &all).expect("they are minutes");
    assert_eq!(found.whole, Whole::Complete);
    assert_eq!(
        found.duties.iter().map(|duty| duty.role).collect::<Vec<_>>(),
        [Subject::Secretary, Subject::Chair, Subject::Adjuster]
    );
    assert_eq!(found.adjusted_on, Some(date(2031, 2, 12)));
    assert_eq!(found.text.sv, "3 av 3 som ska skriva under har en bekräftad underskrift.");
}

#[test]
fn the_law_demands_chair_and_adjusters_and_custom_the_secretary() {
    let two = [signer("Berit Hägg", "2031-02-10T17:30:00Z"), signer("Edvin Lönn", "2031-02-10T17:40:00Z")];
    let found = of(MINUTES, &two).expect("they are minutes");
    assert_eq!((found.whole, found.adjusted_on), (Whole::CompleteByLaw, Some(date(2031, 2, 10))));
    assert_eq!(
        found.text.sv,
        "2 av 3 som ska skriva under har en bekräftad underskrift. Saknas: Annika Lind (sekreterare)."
    );

    let found = of(MINUTES, &two[..1]).expect("they are minutes");
    assert_eq!((found.whole, found.adjusted_on), (Whole::Incomplete, None), "the chair is missing");
    assert_eq!(states(&found), [State::Missing, State::Missing, State::Signed]);
}

#[test]
fn a_signature_that_does_not_hold_or_is_only_printed_is_unclear_and_adjusts_nothing() {
    let mut broken = signer("Berit Hägg", "2031-02-10T17:30:00Z");
    broken.holds = false;
    let chair = signer("Edvin Lönn", "2031-02-10T17:40:00Z");
    let found = of(MINUTES, &[broken, chair]).expect("they are minutes");
    assert_eq!(states(&found), [State::Missing, State::Signed, State::Unclear]);
    assert_eq!((found.whole, found.adjusted_on), (Whole::Unclear, None));

    // Anybody can write a certificate with this name: until its issuer is believed, nothing is confirmed.
    let stranger = CertifiedSigner { passed: false, ..signer("Berit Hägg", "2031-02-10T17:30:00Z") };
    let found = of(MINUTES, &[stranger, chair]).expect("they are minutes");
    assert_eq!((found.whole, found.adjusted_on), (Whole::Unclear, None));
    assert_eq!(
        found.text.sv,
        "1 av 3 som ska skriva under har en bekräftad underskrift. Obekräftade: Berit Hägg (justerare). \
         Saknas: Annika Lind (sekreterare)."
    );

    let signpage::Outcome::Known(page) = signpage::read(&Line::of_text(PAGE)) else { panic!("a known page") };
    let minutes = meeting::read(&Line::of_text(MINUTES));
    let found = completeness::of(&minutes, Some(&page), &[chair]).expect("they are minutes");
    assert_eq!(states(&found), [State::Missing, State::Signed, State::Printed]);
    assert_eq!((found.whole, found.adjusted_on), (Whole::Unclear, None), "text on a page is no signature");
}

#[test]
fn one_person_with_two_roles_signs_once() {
    let text = MINUTES.replace("Annika Lind", "Edvin Lönn");
    let both = [signer("Edvin Lönn", "2031-02-10T17:40:00Z"), signer("Berit Hägg", "2031-02-10T17:50:00Z")];
    assert_eq!(of(&text, &both).expect("minutes").text.sv, "2 av 2 som ska skriva under har en bekräftad underskrift.");
}

#[test]
fn what_is_not_minutes_has_nobody_who_must_sign() {
    assert_eq!(of("Informationsbrev\nHej alla medarbetare!\n", &[]), None);
    assert_eq!(of(&MINUTES.replace("Protokoll", "Mötesanteckningar"), &[]), None);
}

#[test]
fn free_days_are_those_of_the_act_of_1930() {
    let free = [
        date(2026, 1, 1),
        date(2026, 1, 6),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2028, 6, 6),
        date(2026, 6, 19),
        date(2026, 6, 20),
        date(2026, 10, 31),
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2026, 12, 31),
        date(2026, 11, 22),
    ];
    let open = [date(2026, 4, 2), date(2026, 4, 7), date(2026, 5, 13), date(2026, 6, 26), date(2026, 12, 23)];
    assert_eq!(free.into_iter().filter(|day| !is_free(*day)).collect::<Vec<Date>>(), []);
    assert_eq!(open.into_iter().filter(|day| is_free(*day)).collect::<Vec<Date>>(), []);
    // Christmas Eve 2026 is a Thursday: Friday is Christmas Day, then Boxing Day and a Sunday.
    assert_eq!(moved(date(2026, 12, 24)), date(2026, 12, 28));
    // Easter as published: early, late, and the two exceptions of the table.
    for (year, month, day) in [(2008, 3, 21), (2038, 4, 23), (2049, 4, 16), (1981, 4, 17), (2100, 3, 26)] {
        assert!(is_free(date(year, month, day)), "Good Friday {year}");
    }
    assert_eq!(moved(Date::MAX), Date::MAX);
}

#[test]
fn the_days_follow_from_the_meeting_and_the_last_signature() {
    let found = dates(date(2026, 3, 10), Some(date(2026, 3, 12)), BodyType::Kommun).expect("the act applies");
    let adjusted = found.adjusted.expect("it is adjusted");
    assert_eq!((found.adjust_by, adjusted.in_time), (date(2026, 3, 24), InTime::Within));
    // The second day is a Saturday; three weeks on is Easter Saturday, and Monday is Easter Monday.
    assert_eq!((adjusted.post_by, adjusted.appeal_until), (date(2026, 3, 14), date(2026, 4, 7)));
    assert_eq!(
        found.told.iter().map(|text| text.sv.as_str()).collect::<Vec<_>>(),
        [
            "Beräknat: justerat 12 mars 2026, inom fjorton dagar efter sammanträdet (kommunallagen 5 kap. 69 §).",
            "Beräknat: anslå senast 14 mars 2026 eller, om lag 1930:173 gäller, 16 mars 2026 (kommunallagen 8 kap. 12 §).",
            "Beräknat: om anslaget sätts upp 14 mars 2026 och sitter uppe hela tiden går överklagandetiden ut 7 april 2026 \
         (kommunallagen 13 kap. 5 §).",
        ]
    );
    assert_eq!(appeal_until(date(2026, 3, 12)), Some(date(2026, 4, 2)));
}

#[test]
fn in_time_has_three_answers_and_never_a_bare_no() {
    // The fourteenth day after is a Saturday.
    let on = |day| dates(date(2026, 3, 7), Some(day), BodyType::GemensamNamnd).expect("the act applies");
    let in_time = |day| on(day).adjusted.expect("it is adjusted").in_time;
    assert_eq!(in_time(date(2026, 3, 21)), InTime::Within);
    assert_eq!(in_time(date(2026, 3, 23)), InTime::WithinIfMoved);
    assert_eq!(in_time(date(2026, 3, 24)), InTime::Late);
    assert!(on(date(2026, 3, 24)).told[0].sv.contains("Bedöm själv"));
    assert!(on(date(2026, 3, 24)).told[2].sv.contains("hos alla medlemmar"));
}

#[test]
fn unadjusted_minutes_have_one_day_and_other_bodies_none() {
    let open = dates(date(2026, 3, 10), None, BodyType::Region).expect("the act applies");
    assert_eq!((open.adjusted, open.told.len()), (None, 1));
    assert_eq!(open.told[0].sv, "Beräknat: ska justeras senast 24 mars 2026 (kommunallagen 5 kap. 69 §).");
    // A signature before the meeting adjusts nothing.
    assert_eq!(
        dates(date(2026, 3, 10), Some(date(2026, 3, 9)), BodyType::Kommun).and_then(|dates| dates.adjusted),
        None
    );
    for body in [BodyType::Bolag, BodyType::Forening] {
        assert_eq!(dates(date(2026, 3, 10), Some(date(2026, 3, 12)), body), None);
    }
}

#[test]
fn of_two_signers_with_one_name_the_one_that_passed_counts_whatever_their_order() {
    let passed = signer("Berit Hägg", "2031-02-10T17:30:00Z");
    // The same name below an issuer nobody believes: it holds, and confirms nothing.
    let stranger = CertifiedSigner { passed: false, ..signer("Berit Hägg", "2031-02-10T18:30:00Z") };
    let chair = signer("Edvin Lönn", "2031-02-10T17:40:00Z");
    for signers in [[passed, stranger, chair], [stranger, passed, chair], [stranger, chair, passed]] {
        let found = of(MINUTES, &signers).expect("they are minutes");
        assert_eq!((states(&found)[2], found.whole), (State::Signed, Whole::CompleteByLaw));
        assert_eq!(found.duties[2].at, passed.authenticated_at, "and its time, not the stranger's");
    }
}

#[test]
fn expected_signers_stand_beside_the_minutes_own_or_alone() {
    let expecting = |text: &str, names: &[&str], signers: &[CertifiedSigner<'_>]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        completeness::expecting(Some(&meeting::read(&Line::of_text(text))), &names, None, signers)
    };
    let all = [
        signer("Berit Hägg", "2031-02-10T17:30:00Z"),
        signer("Annika Lind", "2031-02-10T17:10:00Z"),
        signer("Edvin Lönn", "2031-02-10T17:20:00Z"),
    ];
    let beside = expecting(MINUTES, &["Edvin Lönn", "Bo Ny (justerare)"], &all).expect("they are minutes");
    assert_eq!((beside.duties.len(), beside.whole), (4, Whole::Incomplete));
    assert_eq!((beside.duties[3].role, beside.duties[3].by_law), (Subject::Adjuster, true));
    assert!(beside.text.sv.ends_with("Saknas: Bo Ny (justerare)."), "{}", beside.text.sv);
    // A secretary signs by custom, unless somebody says that she is to.
    let custom = expecting(MINUTES, &["Annika Lind"], &[all[0], all[2]]).expect("they are minutes");
    assert_eq!((custom.whole, custom.duties[0].expected), (Whole::Incomplete, true));
    let alone = expecting("Avtal\nHej.\n", &["Bo Ny", " "], &[signer("Bo Ny", "2031-02-10T17:30:00Z")]);
    let alone = alone.expect("somebody is expected");
    assert_eq!(
        (alone.whole, alone.text.sv.as_str()),
        (Whole::Complete, "1 av 1 som ska skriva under har en bekräftad underskrift.")
    );
    assert_eq!(alone.adjusted_on, None, "nothing is adjusted by it");
    assert_eq!(expecting("Avtal\nHej.\n", &[], &[]), None);
}

#[test]
fn the_kind_of_body_decides_which_rules_apply() {
    let two = [signer("Berit Hägg", "2031-02-10T17:30:00Z"), signer("Edvin Lönn", "2031-02-10T17:40:00Z")];
    let found = of(MINUTES, &two).expect("they are minutes");
    // Body; whether the act says how minutes are adjusted; whether the record is public; words of its rules.
    let table = [
        (BodyType::Kommun, true, true, "Kommunallagen 5 kap. 65–69 §§"),
        (BodyType::Region, true, true, "Kommunallagen 5 kap. 65–69 §§"),
        (BodyType::Kommunalforbund, true, true, "egen anslagstavla (9 kap. 2 §)"),
        (BodyType::GemensamNamnd, true, true, "hos alla medlemmar"),
        (BodyType::Bolag, false, true, "bolagsordningen avgör"),
        (BodyType::Forening, false, false, "stadgarna avgör"),
    ];
    for (body, act, public, words) in table {
        assert_eq!((body.follows_the_act(), body.keeps_public_records()), (act, public), "{body:?}");
        assert!(body.rules().sv.contains(words), "{body:?}: {}", body.rules().sv);
        let under = found.under(Some(body));
        let by_law: Vec<bool> = under.duties.iter().map(|duty| duty.by_law).collect();
        let late = in_time(date(2031, 2, 7), date(2031, 3, 7), body);
        let days = dates(date(2031, 2, 7), found.adjusted_on, body);
        if act {
            assert_eq!((under.whole, by_law), (Whole::CompleteByLaw, vec![false, true, true]), "{body:?}");
            assert_eq!((late, days.is_some()), (Some(InTime::Late), true), "{body:?}");
        } else {
            // No law tells the secretary from the others: she is missing, and what that means the statutes say.
            assert_eq!((under.whole, by_law), (Whole::Incomplete, vec![false; 3]), "{body:?}");
            assert!(under.text.sv.contains("Kommunallagen gäller inte"), "{}", under.text.sv);
            assert_eq!((late, days), (None, None), "no fourteen days where the act does not apply: {body:?}");
        }
    }
    assert_eq!(found.under(None), found, "where nobody says what body it is, nothing changes");
}
