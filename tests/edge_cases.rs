//! The twenty edge cases of Swedish minutes, each by its number in the notes (SWEDEN 5.2).

use jiff::civil::date;
use jiff::civil::time;
use sigill::format::minutes::Line;
use sigill::format::minutes::meeting;
use sigill::format::minutes::meeting::Finding;
use sigill::format::minutes::meeting::Kind;
use sigill::format::minutes::meeting::Minutes;
use sigill::format::minutes::person::Signatory;
use sigill::format::minutes::signpage;
use sigill::format::minutes::signpage::Outcome;
use sigill::format::minutes::signpage::SignaturePage;
use sigill::verify::agreement;
use sigill::verify::agreement::Agreement;
use sigill::verify::agreement::CertifiedSigner;
use sigill::verify::agreement::Subject;
use sigill::verify::completeness;
use sigill::verify::completeness::Completeness;
use sigill::verify::completeness::State;
use sigill::verify::completeness::Whole;

fn read(text: &str) -> Minutes {
    meeting::read(&Line::of_text(text))
}

/// Minutes with this header, and matters 6 to 8.
fn with_header(header: &str) -> Minutes {
    read(&format!(
        "Styrelseprotokoll\n\nPlats: Sal A\n\nTid: 2031-02-07 kl. 13.00-16.00\n\n{header}\n\n§6 Ett\n\nA\n\n§7 Två\n\nB\n\n§8 Tre\n\nC\n"
    ))
}

/// Minutes of one matter or several, below an ordinary header.
fn with_matters(matters: &str) -> Minutes {
    read(&format!("Styrelseprotokoll\n\nTid: 2031-02-07 kl. 13.00-16.00\n\nOrdförande: Edvin Lönn\n\n{matters}"))
}

fn page(entries: &[(&str, &str, &str)]) -> SignaturePage {
    let mut text = "Detta är ett elektroniskt undertecknat dokument\n".to_owned();
    for (at, (name, organisation, signed)) in entries.iter().enumerate() {
        text.push_str(&format!(
            "Underskrift {}\nNamn: {name}\nFöretag: {organisation}\nIdentifieringsmetod: BankId\n\
             Datum och tid: {signed}\nTransaktions-ID: {at}a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d\n",
            at + 1
        ));
    }
    known(&text)
}

fn known(text: &str) -> SignaturePage {
    let Outcome::Known(page) = signpage::read(&Line::of_text(text)) else {
        panic!("a page of a known service: {text}")
    };
    page
}

fn signer<'a>(given: &'a str, surname: &'a str, name: &'a str) -> CertifiedSigner<'a> {
    CertifiedSigner {
        name,
        given_name: Some(given),
        surname: Some(surname),
        authenticated_at: "2031-02-10T17:20:00Z".parse().ok(),
        claimed_at: None,
        transaction_ids: &[],
        holds: true,
        passed: true,
    }
}

fn of(minutes: &Minutes, signers: &[CertifiedSigner<'_>]) -> Completeness {
    completeness::of(minutes, None, signers).expect("somebody is named as signing")
}

fn outcomes(found: &[Agreement], subject: Subject) -> Vec<agreement::Outcome> {
    found.iter().filter(|one| one.subject == subject).map(|one| one.outcome).collect()
}

fn named(name: &str, matters: &[(u32, u32)]) -> Signatory {
    Signatory { name: name.to_owned(), matters: matters.to_vec() }
}

#[test]
fn case_1_a_substitute_in_nested_brackets_may_be_of_another_party() {
    let minutes = with_header("Närvarande:\n\nTor Askevik (M), Östanå (ersätter Sten Dalevik (S))");
    let [tor] = minutes.present.as_slice() else { panic!("{:?}", minutes.present) };
    assert_eq!((tor.name.as_str(), tor.party.as_deref()), ("Tor Askevik", Some("M")));
    assert_eq!(tor.municipality.as_deref(), Some("Östanå"));
    let stands_for = tor.substitutes_for.as_ref().expect("a member");
    assert_eq!((stands_for.name.as_str(), stands_for.party.as_deref()), ("Sten Dalevik", Some("S")));
}

#[test]
fn case_2_a_substituted_member_may_have_no_party() {
    let minutes = with_header("Närvarande:\n\nBerit Hägg (VI), Västanå (ersätter Jon Askevik)");
    let stands_for = minutes.present[0].substitutes_for.as_ref().expect("a member");
    assert_eq!((stands_for.name.as_str(), &stands_for.party), ("Jon Askevik", &None));
}

#[test]
fn case_3_parties_have_several_letters_small_ones_or_a_dash() {
    let minutes = with_header(
        "Närvarande:\n\nLina Matts (VF), Norrby\nBerit Hägg (VI), Västanå\nOlof Ny (-), Norrby\nIda Fri (kd), Norrby",
    );
    let parties: Vec<_> = minutes.present.iter().map(|person| person.party.as_deref().unwrap_or_default()).collect();
    assert_eq!(parties, ["VF", "VI", "-", "kd"]);
}

#[test]
fn case_4_a_line_that_begins_with_a_matter_in_the_header_is_no_heading() {
    let minutes = with_header(
        "Samt: Charlotta Sand, förbundsdirektör, Annika Lind, sekreterare, §7\ndeltog Camilla Karp, avdelningschef.\n\n§8 deltog också Malva Heim, samordnare.\n\nUnderskrifter\n\nSekreterare: Annika Lind",
    );
    let numbers: Vec<_> = minutes.paragraphs.iter().map(|matter| (matter.number, matter.title.as_str())).collect();
    assert_eq!(numbers, [(Some(6), "Ett"), (Some(7), "Två"), (Some(8), "Tre")]);
    assert!(minutes.also_present.is_some_and(|also| also.contains("§7 deltog Camilla Karp, avdelningschef.")));
}

#[test]
fn case_5_matters_without_a_decision_are_matters() {
    let minutes = with_matters(
        "§53 Samverkansrådet\n\nStående punkt. Inget annat förmedlas.\n\n§54 Styrelsen enskilt\n\nStyrelsen diskuterar i enrum.\n\n§55 Övriga frågor\n\nInga övriga frågor har anmälts.\n",
    );
    assert_eq!(
        minutes.paragraphs.iter().map(|matter| matter.number).collect::<Vec<_>>(),
        [Some(53), Some(54), Some(55)]
    );
    assert!(minutes.paragraphs.iter().all(|matter| matter.decisions.is_empty()));
    assert_eq!(minutes.paragraphs[1].background.as_deref(), Some("Styrelsen diskuterar i enrum."));
    assert_eq!(minutes.findings, []);
}

#[test]
fn case_6_attachments_stand_under_one_word_or_the_other() {
    let minutes = with_matters("§6 Ett\n\nBilaga:\n\n- Verksamhetsplan\n\n§7 Två\n\nBilagor:\n\n- Budget\n- Plan\n");
    let attached: Vec<_> = minutes.paragraphs.iter().map(|matter| matter.attachments.join("|")).collect();
    assert_eq!(attached, ["Verksamhetsplan", "Budget|Plan"]);
}

#[test]
fn case_7_a_heading_may_hold_a_semicolon() {
    let minutes =
        with_matters("§44 Samordningsuppdragen; Utbildning, digitalisering\n\nStyrelsen beslutar att:\n\n- Godkänna\n");
    assert_eq!(minutes.paragraphs[0].title, "Samordningsuppdragen; Utbildning, digitalisering");
    assert_eq!(minutes.paragraphs[0].decisions, ["Godkänna"]);
}

#[test]
fn case_8_a_page_break_inside_a_matter_leaves_it_whole_and_names_as_they_are_written() {
    let minutes = with_matters(
        "§6 Mål för Kfvm\n\nStyrelsen beslutar att:\n\n- Anta de mål som förbunds-\nSida 1 av 2\n\u{c}mötet har föreslagit för Kfvn\n- Återkomma\nSida 2 av 2\n",
    );
    let [matter] = minutes.paragraphs.as_slice() else { panic!("{:?}", minutes.paragraphs) };
    assert_eq!(matter.title, "Mål för Kfvm");
    assert_eq!(matter.decisions, ["Anta de mål som förbundsmötet har föreslagit för Kfvn", "Återkomma"]);
}

#[test]
fn case_9_a_first_name_in_a_decision_is_nobody_who_signs() {
    let minutes = with_matters(
        "§52 Ordförande förbundsmötet\n\nStyrelsen beslutar att:\n\n- Charlotte kollar om Anette kan vara intresserad.\n",
    );
    assert_eq!(minutes.paragraphs[0].title, "Ordförande förbundsmötet");
    assert_eq!(minutes.paragraphs[0].decisions, ["Charlotte kollar om Anette kan vara intresserad."]);
    assert_eq!(minutes.chairs, [named("Edvin Lönn", &[])], "a matter about the chair names none");
    assert!(minutes.present.is_empty());
}

#[test]
fn case_10_a_range_has_a_colon_or_none_and_any_dash() {
    for written in ["Paragrafer 6-8", "Paragrafer: 6–8", "§§ 6–8", "Paragrafer 6 -- 8", "Paragrafer § 6 - § 8"]
    {
        let minutes = with_header(written);
        assert_eq!((minutes.range, minutes.findings), (Some((6, 8)), Vec::new()), "{written}");
    }
}

#[test]
fn case_11_a_signature_page_whose_link_lost_its_target_is_read_all_the_same() {
    let text = "Detta är ett elektroniskt undertecknat dokument\n\nAnvänd till exempel valideringstjänsten [Signport](#). \
                För validering med Adobe Acrobat Reader, [läs mer här](#).\n\nUnderskrift 1\n\nNamn: Annika Lind\n\
                Företag: Exempel\nIdentifieringsmetod: BankId\nDatum och tid: 2031-02-10 18:19:22 GMT+01:00\n\
                Transaktions-ID: 0a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d";
    let page = known(text);
    assert_eq!((page.template.id(), page.is_complete(), page.repeated), ("signport", true, false));
}

#[test]
fn case_12_the_organisation_on_the_page_is_not_the_body_that_met() {
    let minutes = with_header("Sekreterare: Annika Lind\n\nOrdförande: Edvin Lönn");
    let page = page(&[("Edvin Lönn", "Norrby kommun", "2031-02-10 18:20:00 GMT+01:00")]);
    let found = agreement::agree(Some(&page), Some(&minutes), &[signer("Edvin", "Lönn", "Edvin Lönn")]);
    assert_eq!(outcomes(&found, Subject::PageSigner), [agreement::Outcome::Match]);
    assert!(found.iter().all(|one| !one.text.sv.contains("Norrby")), "the employer contradicts nothing");
}

#[test]
fn case_13_a_certificate_has_all_given_names_double_surnames_or_a_protected_identity() {
    let minutes = with_header("Ordförande: Annelie Ek\n\nJusterande: Åsa Nord");
    let outcome = |chair: CertifiedSigner<'static>| {
        let found = agreement::agree(None, Some(&minutes), &[chair]);
        (outcomes(&found, Subject::Chair), outcomes(&found, Subject::Adjuster))
    };
    use agreement::Outcome::{Match, Missing, Partial};
    assert_eq!(outcome(signer("Eva Annelie", "Ek", "Eva Annelie Ek")), (vec![Match], vec![Missing]));
    assert_eq!(outcome(signer("Åsa Maria", "Dal Nord", "Åsa Maria Dal Nord")), (vec![Missing], vec![Partial]));
    assert_eq!(outcome(signer("Karl", "Ek", "Karl Ek")), (vec![Missing], vec![Missing]), "a relative is somebody else");
    // A protected identity signs under another name or none: told as somebody else, never as the one who is missing.
    let page = page(&[("Annelie Ek", "Exempel", "2031-02-10 18:20:00 GMT+01:00")]);
    let hidden = CertifiedSigner { given_name: None, surname: None, ..signer("", "", "") };
    let found = agreement::agree(Some(&page), Some(&minutes), &[hidden]);
    assert_eq!(outcomes(&found, Subject::Chair), [Partial], "only the page says so");
}

#[test]
fn case_14_each_chair_signs_for_a_range_of_matters() {
    let minutes = with_header(
        "Paragrafer 6-16\n\nOrdförande Roger Hansson 6-13, Ingrid Cassel\n\nJusterande: Berit Hägg §§ 6–13, 15 och Bo Ny § 14",
    );
    assert_eq!(minutes.chairs, [named("Roger Hansson", &[(6, 13)]), named("Ingrid Cassel", &[])]);
    assert_eq!(minutes.adjusting, [named("Berit Hägg", &[(6, 13), (15, 15)]), named("Bo Ny", &[(14, 14)])]);
    let found = of(&minutes, &[signer("Roger", "Hansson", "Roger Hansson"), signer("Berit", "Hägg", "Berit Hägg")]);
    assert_eq!(found.whole, Whole::Incomplete);
    assert_eq!(
        found.text.sv,
        "2 av 4 som ska skriva under har en bekräftad underskrift. Saknas: Ingrid Cassel (ordförande §§ 14–16), \
         Bo Ny (justerare § 14)."
    );
    assert_eq!(found.duties[1].matters, [(14, 16)], "the second chair has what the first leaves");
}

#[test]
fn case_15_a_matter_with_minutes_of_its_own_leaves_a_legitimate_gap() {
    let minutes = with_matters("Paragrafer 6-9\n\n§6 Ett\n\nA\n\n§7 Två\n\nB\n\n§9 Fyra\n\nC\n");
    assert_eq!(
        minutes.findings,
        [Finding::CountDiffers { promised: 4, found: 3 }, Finding::NumbersMissing { from: 8, to: 8 }]
    );
    let told = agreement::describe(Finding::NumbersMissing { from: 8, to: 8 });
    assert!(told.text.sv.contains("egna protokoll (sekretess, omedelbar justering)"), "{}", told.text.sv);
    let found = of(&minutes, &[signer("Edvin", "Lönn", "Edvin Lönn")]);
    assert_eq!(found.whole, Whole::Complete, "a gap takes nothing from who has signed");
}

#[test]
fn case_16_signers_come_in_any_order_and_a_seal_is_nobody() {
    let minutes = with_header("Sekreterare: Annika Lind\n\nOrdförande: Edvin Lönn\n\nJusterande: Berit Hägg och Bo Ny");
    let seal = CertifiedSigner { given_name: None, surname: None, ..signer("", "", "Kommunförbundet Exempel") };
    let (annika, edvin) = (signer("Annika", "Lind", "Annika Lind"), signer("Edvin", "Lönn", "Edvin Lönn"));
    let (berit, bo) = (signer("Berit", "Hägg", "Berit Hägg"), signer("Bo", "Ny", "Bo Ny"));
    let found = of(&minutes, &[bo, seal, berit, annika, edvin]);
    assert_eq!(
        found.text.sv, "4 av 4 som ska skriva under har en bekräftad underskrift.",
        "two adjusters, and no seal"
    );
    let one = with_header("Ordförande: Edvin Lönn\n\nJusterande: Berit Hägg");
    assert_eq!(of(&one, &[berit, edvin]).duties.len(), 2, "or one");
    assert_eq!(of(&one, &[seal, edvin]).duties[1].state, State::Missing, "a seal adjusts nothing");
}

#[test]
fn case_17_winter_time_printed_in_july_is_kept_and_read_literally() {
    let page = page(&[("Edvin Lönn", "Norrby kommun", "2031-07-10 18:20:00 GMT+01:00")]);
    assert_eq!(page.entries[0].signed_at_literal.as_deref(), Some("2031-07-10 18:20:00 GMT+01:00"));
    assert_eq!(page.entries[0].signed_at.map(|at| at.to_string()).as_deref(), Some("2031-07-10T17:20:00Z"));
}

#[test]
fn case_18_a_meeting_may_be_held_nowhere() {
    let minutes = read(
        "Styrelseprotokoll\n\nPlats: Digitalt, teams\n\nTid: 2024-12-13 kl. 13.00-16.00\n\nOrdförande: Edvin Lönn\n",
    );
    assert_eq!(minutes.place.as_deref(), Some("Digitalt, teams"));
    assert_eq!((minutes.date, minutes.end), (Some(date(2024, 12, 13)), Some(time(16, 0, 0, 0))));
}

#[test]
fn case_19_headings_of_any_level_and_bold_lines_begin_matters() {
    let minutes = read(
        "## Mötesanteckningar\n\n# Ledningsgruppen\n\n**Datum** 17 september, Ängen\n\n**Närvarande** Bo Ny, Ida Fri\n\n## Dagordning\n\n\
         ### **Larm**\n\nText.\n\n#### ***Mötet överenskommer***\n\nBo Ny kontaktas.\n\n**Vaccin**\n\nText.\n\n**Mötet överenskommer**\n\nIda Fri återkommer.\n",
    );
    assert_eq!(minutes.kind, Kind::MeetingNotes);
    let matters: Vec<_> = minutes.paragraphs.iter().map(|m| (m.title.as_str(), m.decisions.join("|"))).collect();
    assert_eq!(matters, [("Larm", "Bo Ny kontaktas.".to_owned()), ("Vaccin", "Ida Fri återkommer.".to_owned())]);
}

#[test]
fn case_20_one_person_in_two_roles_signs_once() {
    let minutes = with_header("Sekreterare: Edvin Lönn\n\nOrdförande: Edvin Lönn\n\nJusterande: Berit Hägg");
    let found = of(&minutes, &[signer("Edvin", "Lönn", "Edvin Lönn"), signer("Berit", "Hägg", "Berit Hägg")]);
    assert_eq!(found.whole, Whole::Complete);
    assert_eq!(
        (found.duties.len(), found.text.sv.as_str()),
        (3, "2 av 2 som ska skriva under har en bekräftad underskrift.")
    );
}
