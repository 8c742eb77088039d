//! What the minutes and their signature page say, however the page was cut into lines.

use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use jiff::civil::date;
use jiff::civil::time;
use proptest::prelude::ProptestConfig;
use proptest::prelude::prop;
use proptest::prelude::proptest;
use proptest::strategy::Strategy;
use sigill::format::minutes::Line;
use sigill::format::minutes::meeting;
use sigill::format::minutes::meeting::Finding;
use sigill::format::minutes::meeting::Kind;
use sigill::format::minutes::meeting::Minutes;
use sigill::format::minutes::person::Signatory;
use sigill::format::minutes::signpage;
use sigill::format::minutes::signpage::Doubt;
use sigill::format::minutes::signpage::Outcome;
use sigill::format::minutes::signpage::SignaturePage;
use sigill::format::minutes::signpage::Template;
use sigill::format::minutes::transaction::TransactionId;

/// Invented minutes with the oddities of real ones: nested brackets, a reference to a matter in prose, a matter
/// without a decision, local parties.
const MINUTES: &str = "\
Styrelseprotokoll

Plats: Digitalt, teams

Tid: 2031-02-07 kl. 13.00-16.00

Närvarande:

Edvin Lönn (S), Norrby, ordförande
Anna-Greta Åkerö (C), Söderköpinge, 1 v ordf.
Tor Askevik (M), Östanå (ersätter Sten Dalevik (S))
Berit Hägg (VI), Västanå (ersätter Jon Askevik)
Lina Matts (-), Norrby

Samt: Charlotta Sand, förbundsdirektör, Annika Lind, sekreterare, §8
deltog Camilla Karp, avdelningschef och
Malva Heim samordnare Digitalisering.

Frånvarande utan ersättare:

Alice Kap (M), Östanå

Utses att justera: Berit Hägg

Paragrafer 7-10

Underskrifter

Sekreterare: Annika Lind

Ordförande: Edvin Lönn

Justerande: Berit Hägg

§7 Ledningens information

Styrelsen beslutar att:

- Lägga informationen till handlingarna

Bakgrund:

Information har lämnats om kompetensförsörjningen enligt
§ 9 i delegationsordningen.

§8 Samordningsuppdragen; Utbildning, digitalisering, arbetsmarknad och socialtjänstens samverkans och stödstrukturer

Styrelsen beslutar att:

- I första hand betala in eventuellt överskott till stiftelsen för att säkerställa hela pensionsskulden.
- Om ytterligare överskott finns, återbetala det till respektive kommun.

Bakgrund:

Förbundet kan komma att få ett överskott.

Bilagor:

- Presentationsbilder Utbildning
- Presentationsbilder Digitalisering

§9 Besluts- och delegationsordning

Styrelsen beslutar att:

- Föreslå förbundsmötet besluta om reviderad ordning

Bilaga:

- Reviderad ordning

§10 Övriga frågor

Inga övriga frågor har anmälts.

Detta är ett elektroniskt undertecknat dokument

Underskrifterna i detta dokument uppfyller kraven för Avancerad Elektronisk Underskrift.

Underskrift 1

Namn: Annika Lind
Företag: Kommunförbundet Exempel
Identifieringsmetod: BankId
Datum och tid: 2031-02-10 18:19:22 GMT+01:00
Transaktions-ID: 0a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d

Underskrift 2

Namn: Edvin Lönn
Företag: Norrby kommun
Identifieringsmetod: BankId
Datum och tid: 2031-02-10 18:57:32 GMT+01:00
Transaktions-ID: 1a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d

Underskrift 3

Namn: Berit Hägg
Företag: Västanå kommun
Identifieringsmetod: BankId
Datum och tid: 2031-02-10 19:00:31 GMT+01:00
Transaktions-ID: 2a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d
";

fn minutes(text: &str) -> Minutes {
    meeting::read(&Line::of_text(text))
}

fn page(text: &str) -> SignaturePage {
    let Outcome::Known(page) = signpage::read(&Line::of_text(text)) else {
        panic!("a page of a known service: {text}");
    };
    page
}

fn seed(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seeds").join(name);
    let text = fs::read_to_string(path).ok();
    println!("seed {name}: {}", if text.is_some() { "read" } else { "not there, skipped" });
    text
}

fn names(named: &[Signatory]) -> Vec<&str> {
    named.iter().map(|one| one.name.as_str()).collect()
}

fn numbers(minutes: &Minutes) -> Vec<Option<u32>> {
    minutes.paragraphs.iter().map(|matter| matter.number).collect()
}

// ---- the header ------------------------------------------------------------------------------------------------

#[test]
fn the_header_says_where_when_and_who_is_to_sign() {
    let read = minutes(MINUTES);
    assert_eq!((read.kind, read.title.as_str()), (Kind::Minutes, "Styrelseprotokoll"));
    assert_eq!(read.body.as_deref(), Some("Styrelsen"));
    assert_eq!(read.place.as_deref(), Some("Digitalt, teams"));
    assert_eq!(read.date, Some(date(2031, 2, 7)));
    assert_eq!((read.start, read.end), (Some(time(13, 0, 0, 0)), Some(time(16, 0, 0, 0))));
    assert_eq!(read.secretary.as_deref(), Some("Annika Lind"));
    assert_eq!(names(&read.chairs), ["Edvin Lönn"]);
    assert_eq!((names(&read.adjusters), names(&read.adjusting)), (vec!["Berit Hägg"], vec!["Berit Hägg"]));
    assert_eq!(read.range, Some((7, 10)));
    assert_eq!(read.findings, []);
}

#[test]
fn a_person_has_party_municipality_role_and_whom_they_stand_in_for() {
    let read = minutes(MINUTES);
    assert_eq!(read.present.len(), 5);
    assert_eq!(read.absent.len(), 1);
    let chair = &read.present[0];
    assert_eq!((chair.party.as_deref(), chair.municipality.as_deref()), (Some("S"), Some("Norrby")));
    assert_eq!(chair.role.as_deref(), Some("ordförande"));
    assert_eq!(read.present[1].role.as_deref(), Some("1 v ordf."));
    let nested = read.present[2].substitutes_for.as_ref().expect("a substitute");
    assert_eq!((nested.name.as_str(), nested.party.as_deref()), ("Sten Dalevik", Some("S")));
    assert_eq!(read.present[2].party.as_deref(), Some("M"), "a substitute may belong to another party");
    let bare = read.present[3].substitutes_for.as_ref().expect("a substitute");
    assert_eq!((bare.name.as_str(), bare.party.as_deref()), ("Jon Askevik", None));
    assert_eq!(read.present[3].party.as_deref(), Some("VI"));
    assert_eq!(read.present[4].party.as_deref(), Some("-"));
}

#[test]
fn a_reference_to_a_matter_in_the_header_is_not_its_heading() {
    let read = minutes(MINUTES);
    let also = read.also_present.expect("others took part");
    assert!(also.contains("§8 deltog Camilla Karp"), "{also}");
    assert!(also.ends_with("samordnare Digitalisering."), "{also}");
}

#[test]
fn ranges_are_written_in_many_ways() {
    for written in ["Paragrafer 43-55", "Paragrafer: 43–55", "§§ 43 -- 55", "§§43–55", "Paragrafer\n43 - 55"] {
        assert_eq!(minutes(written).range, Some((43, 55)), "{written}");
    }
}

#[test]
fn place_and_time_may_share_a_line() {
    let text = "Sammanträdesprotokoll\nKommunstyrelsen\n\
                Plats och tid Sal A, Stadshuset, tisdagen den 4 mars 2031 kl 8:15-11:30\n\
                Ordförande Roland Ask 6-7, Inga Dal\nSekreterare\nAnnika Lind\n§ 6 Budget\nKommunstyrelsens beslut\n\
                Budgeten godkänns.\n\nRapporten läggs till handlingarna.\n";
    let read = minutes(text);
    assert_eq!(read.body.as_deref(), Some("Kommunstyrelsen"));
    assert_eq!(read.place.as_deref(), Some("Sal A, Stadshuset"));
    assert_eq!((read.date, read.end), (Some(date(2031, 3, 4)), Some(time(11, 30, 0, 0))));
    assert_eq!(names(&read.chairs), ["Roland Ask", "Inga Dal"], "the chair may change during the meeting");
    assert_eq!(read.chairs[0].matters, [(6, 7)]);
    assert_eq!(read.secretary.as_deref(), Some("Annika Lind"));
    assert_eq!(read.paragraphs[0].decisions, ["Budgeten godkänns.", "Rapporten läggs till handlingarna."]);
}

// ---- the matters -----------------------------------------------------------------------------------------------

#[test]
fn a_matter_has_title_decisions_background_and_attachments() {
    let read = minutes(MINUTES);
    assert_eq!(numbers(&read), [Some(7), Some(8), Some(9), Some(10)]);
    let matter = &read.paragraphs[1];
    assert!(matter.title.starts_with("Samordningsuppdragen; Utbildning"));
    assert!(matter.title.ends_with("stödstrukturer"));
    assert_eq!(matter.decisions.len(), 2);
    assert_eq!(matter.background.as_deref(), Some("Förbundet kan komma att få ett överskott."));
    assert_eq!(matter.attachments, ["Presentationsbilder Utbildning", "Presentationsbilder Digitalisering"]);
    assert_eq!(read.paragraphs[3].decisions, Vec::<String>::new(), "some matters decide nothing");
}

#[test]
fn a_table_of_contents_and_stray_references_do_not_become_matters() {
    let contents = "Protokoll\nInnehåll\n§ 7 Ett\n§ 8 Två\n§ 9 Tre\n\nOrdförande: Edvin Lönn\n";
    let body = "§ 7 Ett\nText\n§ 9 Tre nämns här i förbigående\n§ 8 Två\nMer text\n§ 9 Tre\nSlut\n";
    let read = minutes(&format!("{contents}{body}"));
    assert_eq!(numbers(&read), [Some(7), Some(8), Some(9)]);
    assert_eq!(read.paragraphs[2].background.as_deref(), Some("Slut"));
}

#[test]
fn what_does_not_add_up_is_said() {
    let read = minutes(
        "Protokoll\nParagrafer 7-11\nOrdförande: Edvin Lönn\n§ 7 Ett\nA\n§ 8 Två\nB\n§ 10 Fyra\nC\n§ 12 Sex\nD\n",
    );
    assert_eq!(
        read.findings,
        [
            Finding::CountDiffers { promised: 5, found: 4 },
            Finding::OutsideRange { number: 12 },
            Finding::NumbersMissing { from: 9, to: 9 },
            Finding::NumbersMissing { from: 11, to: 11 },
            Finding::DateMissing,
        ]
    );
}

// ---- the same minutes, cut otherwise ------------------------------------------------------------------------------

/// Breaks lines at a width as a page does, cutting words with hyphens where there is room for a part.
fn wrapped(text: &str, width: usize, hyphens: bool) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut column = 0;
        for word in line.split(' ') {
            let letters: Vec<char> = word.chars().collect();
            let cut = width.saturating_sub(column + 2);
            let plain = letters.iter().all(|c| c.is_lowercase());
            if column + letters.len() < width {
                out.extend((column > 0).then_some(' '));
                out.extend(&letters);
                column += letters.len() + 1;
            } else if hyphens && plain && cut > 3 && letters.len() > cut + 3 {
                out.push(' ');
                out.extend(&letters[..cut]);
                out.push_str("-\n");
                out.extend(&letters[cut..]);
                column = letters.len() - cut + 1;
            } else {
                out.extend((column > 0).then_some('\n'));
                out.extend(&letters);
                column = letters.len() + 1;
            }
        }
        out.push('\n');
    }
    out
}

/// Cuts into pages with a running header and a page number, and no blank lines.
fn paged(text: &str, rows: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let count = lines.len().div_ceil(rows);
    let pages = lines
        .chunks(rows)
        .zip(1..)
        .map(|(page, number)| format!("Kommunförbundet Exempel\n{}\nSida {number} av {count}\n", page.join("\n")));
    pages.collect::<Vec<_>>().join("\u{c}")
}

fn assert_same_meeting(cut: &Minutes, whole: &Minutes, how: &str) {
    assert_eq!(cut.kind, whole.kind, "{how}");
    assert_eq!((&cut.date, &cut.start, &cut.end), (&whole.date, &whole.start, &whole.end), "{how}");
    assert_eq!(cut.present, whole.present, "{how}");
    assert_eq!(cut.absent, whole.absent, "{how}");
    assert_eq!(cut.also_present, whole.also_present, "{how}");
    assert_eq!((&cut.secretary, &cut.chairs), (&whole.secretary, &whole.chairs), "{how}");
    assert_eq!((&cut.adjusters, &cut.adjusting), (&whole.adjusters, &whole.adjusting), "{how}");
    assert_eq!(cut.range, whole.range, "{how}");
    let matters = |minutes: &Minutes| {
        let matters = minutes.paragraphs.iter().cloned();
        matters.map(|matter| (matter.number, matter.title, matter.decisions, matter.attachments)).collect::<Vec<_>>()
    };
    assert_eq!(matters(cut), matters(whole), "{how}");
}

fn assert_survives_cutting(text: &str) {
    let whole = minutes(text);
    let signed = page(text).entries;
    for width in [64, 72, 90] {
        for hyphens in [false, true] {
            for rows in [usize::MAX, 30] {
                let cut = wrapped(text, width, hyphens);
                let cut = if rows == usize::MAX { cut } else { paged(&cut, rows) };
                let how = format!("width {width}, hyphens {hyphens}, rows {rows}");
                assert_same_meeting(&minutes(&cut), &whole, &how);
                assert_eq!(page(&cut).entries, signed, "{how}");
            }
        }
    }
}

#[test]
fn wrapped_hyphenated_paged_and_without_blank_lines_it_is_the_same_meeting() {
    assert_survives_cutting(MINUTES);
}

#[test]
fn decomposed_letters_make_no_difference() {
    let decomposed: String = MINUTES
        .chars()
        .flat_map(|c| match c {
            'å' => vec!['a', '\u{30a}'],
            'ä' => vec!['a', '\u{308}'],
            'ö' => vec!['o', '\u{308}'],
            other => vec![other],
        })
        .collect();
    assert_eq!(minutes(&decomposed), minutes(MINUTES));
    assert_eq!(page(&decomposed), page(MINUTES));
}

// ---- the signature page ------------------------------------------------------------------------------------------

#[test]
fn a_signature_page_says_who_signed_when_and_under_which_id() {
    let page = page(MINUTES);
    assert_eq!((page.template, page.template.id()), (Template::Signport, "signport"));
    assert!(page.is_complete() && !page.repeated);
    assert_eq!(page.entries.len(), 3);
    let first = &page.entries[0];
    assert_eq!((first.ordinal, first.name.as_deref()), (1, Some("Annika Lind")));
    assert_eq!(first.organisation.as_deref(), Some("Kommunförbundet Exempel"));
    assert_eq!(first.method.as_deref(), Some("BankId"));
    assert_eq!(first.signed_at_literal.as_deref(), Some("2031-02-10 18:19:22 GMT+01:00"));
    assert_eq!(first.signed_at.map(|at| at.to_string()).as_deref(), Some("2031-02-10T17:19:22Z"));
    assert_eq!(first.transaction_id.as_ref().map(|id| id.key()), Some("0a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d"));
}

#[test]
fn label_and_value_may_stand_apart() {
    let opening = "Detta är ett elektroniskt undertecknat\ndokument\nUnderskrift 1\n";
    let apart = "Namn:\nAnnika Lind\nFöretag:\nKommunförbundet\nExempel\nIdentifieringsmetod:\nBankId\n\
                 Datum och tid:\n2031-02-10 18:19:22\nGMT+01:00\n\
                 Transaktions-ID:\n0a1b2c3d-4e5f-4a6b-\n8c7d-9e0f1a2b3c4d\n";
    let columns = "Namn\nFöretag\nIdentifieringsmetod\nDatum och tid\nTransaktions-ID\nAnnika Lind\n\
                   Kommunförbundet Exempel\n\
                   BankId\n2031-02-10 18:19:22 GMT+01:00\n0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d\n";
    let apart = page(&format!("{opening}{apart}Sida 9 av 9\n"));
    let columns = page(&format!("{opening}{columns}"));
    assert!(apart.is_complete());
    assert_eq!(apart.entries, columns.entries);
    assert_eq!(apart.entries[0].organisation.as_deref(), Some("Kommunförbundet Exempel"));
}

#[test]
fn a_page_that_lacks_something_is_not_complete() {
    let without = |line: &str| page(&MINUTES.replace(line, ""));
    assert!(!without("Transaktions-ID: 1a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d\n").is_complete());
    assert!(!without("Namn: Berit Hägg\n").is_complete());
    assert!(!without("Underskrift 2\n").is_complete());
}

#[test]
fn other_services_are_recognised_by_their_words_only() {
    let known = |text| {
        let page = page(text);
        assert!(page.entries.is_empty() && !page.is_complete());
        page.template.id()
    };
    assert_eq!(known("This document has been electronically signed using eduSign."), "edusign");
    assert_eq!(known("Dokumentet är stämplat av Netpublicator"), "netpublicator");
    assert_eq!(known("Detta verifikat är utfärdat av Scrive."), "scrive");
    assert_eq!(known("https://sign.visma.net/sv/document-check/0"), "visma");
}

#[test]
fn a_page_of_no_known_service_is_said_to_be_unknown() {
    let outcome = |text| signpage::read(&Line::of_text(text));
    let unknown = |why| Outcome::Unknown { why };
    assert_eq!(outcome("Dokumentet är digitalt signerat\nAnnika Lind"), unknown(Doubt::UnknownHeading));
    let labels = "Identifieringsmetod: BankId\nTransaktions-ID: 0a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d";
    assert_eq!(outcome(labels), unknown(Doubt::LabelsWithoutHeading));
    assert_eq!(outcome("Detta är ett elektroniskt undertecknat dokument"), unknown(Doubt::NoEntries));
    assert_eq!(outcome("§ 7 Upphandling av ett digitalt signerat arkiv\nText."), Outcome::None);
    assert_eq!(outcome(""), Outcome::None);
}

#[test]
fn of_two_signature_pages_the_last_is_read_and_the_doubling_is_said() {
    let at = MINUTES.find("Detta är").expect("the page's opening");
    let doubled = format!("{}\n{}", MINUTES.replace("Annika Lind\nFör", "Falsk Person\nFör"), &MINUTES[at..]);
    let page = page(&doubled);
    assert!(page.repeated);
    assert_eq!(page.entries.len(), 3);
    assert_eq!(page.entries[0].name.as_deref(), Some("Annika Lind"));
}

// ---- the four sample documents -----------------------------------------------------------------------------------

#[test]
fn the_signed_board_minutes_are_read_in_full() {
    let Some(text) = seed("002_480e0e4801be92f3.txt") else {
        return;
    };
    let read = minutes(&text);
    assert_eq!(read.kind, Kind::Minutes);
    assert_eq!((read.date, read.end), (Some(date(2024, 12, 13)), Some(time(16, 0, 0, 0))));
    assert_eq!((read.present.len(), read.absent.len()), (13, 1));
    assert_eq!(read.range, Some((43, 55)));
    assert_eq!(numbers(&read), (43..=55).map(Some).collect::<Vec<_>>());
    let decisions: Vec<usize> = read.paragraphs.iter().map(|matter| matter.decisions.len()).collect();
    assert_eq!(decisions, [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 0, 0, 0]);
    let attachments: Vec<usize> = read.paragraphs.iter().map(|matter| matter.attachments.len()).collect();
    assert_eq!(attachments, [0, 4, 2, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(read.findings, []);
    let page = page(&text);
    assert!(page.is_complete());
    let times: Vec<_> = page.entries.iter().filter_map(|entry| entry.signed_at).map(|at| at.to_string()).collect();
    assert_eq!(times, ["2024-12-16T17:19:22Z", "2024-12-16T17:57:32Z", "2024-12-16T18:00:31Z"]);
    assert_survives_cutting(&text);
}

#[test]
fn the_notes_of_a_meeting_are_notes_with_what_was_agreed() {
    let Some(text) = seed("003_a21fee1b4be90dac.txt") else {
        return;
    };
    let read = minutes(&text);
    assert_eq!((read.kind, read.title.as_str()), (Kind::MeetingNotes, "Mötesanteckningar"));
    assert_eq!(read.body.as_deref(), Some("Koncernledningsgruppen"));
    assert_eq!((read.date, read.time_literal.as_deref()), (None, Some("17 september")));
    assert_eq!(read.place.as_deref(), Some("Pukeberg"));
    assert_eq!(read.present.len(), 10);
    assert!(read.also_present.is_some_and(|also| also.ends_with("kom senare.")));
    assert_eq!(read.paragraphs.len(), 9, "headings of several levels, and bold lines");
    assert!(read.paragraphs.iter().all(|matter| matter.number.is_none() && matter.decisions.len() == 1));
    assert_eq!(read.findings, [Finding::DateIncomplete]);
    assert_eq!(signpage::read(&Line::of_text(&text)), Outcome::None);
}

#[test]
fn the_information_letters_are_information() {
    let letters = [
        ("000_0d4b621bc3d9d8b2.txt", None, "September 2025"),
        ("001_41a53a39c5edeae2.txt", Some(date(2024, 5, 20)), "20 maj 2024"),
    ];
    for (name, day, literal) in letters {
        let Some(text) = seed(name) else { return };
        let read = minutes(&text);
        assert_eq!(read.kind, Kind::Information);
        assert_eq!(read.body.as_deref(), Some("kommunledningsgruppen"));
        assert_eq!((read.date, read.time_literal.as_deref()), (day, Some(literal)));
        assert_eq!((read.paragraphs.len(), read.present.len()), (0, 0));
        assert_eq!(signpage::read(&Line::of_text(&text)), Outcome::None);
    }
}

// ---- text from anywhere ------------------------------------------------------------------------------------------

/// The same line over and over, with rising numbers, fifty to a page.
fn repeated(line: &str, count: usize) -> Vec<Line> {
    let line = |at: usize| Line { page: at / 50 + 1, text: line.replace('1', &at.to_string()) };
    (0..count).map(line).collect()
}

#[test]
fn eight_times_the_text_costs_about_eight_times_the_work() {
    let hostile = [
        "§ 1 Aa",
        "((((((",
        "Namn:",
        "a-",
        "Underskrift 1",
        "Närvarande: A (",
        "beslutar att beslutar att",
        "Tid: kl. 1.",
        "# a",
    ];
    // The quickest of three, because other programs use the machine too.
    let work = |lines: &[Line]| {
        let once = || {
            let before = Instant::now();
            let _ = (meeting::read(lines), signpage::read(lines));
            before.elapsed()
        };
        [once(), once(), once()].into_iter().min().expect("three runs")
    };
    for line in hostile {
        let (short, long) = (work(&repeated(line, 500)), work(&repeated(line, 4_000)));
        println!("{line}: {short:?}, {long:?}");
        assert!(long < short * 24 + Duration::from_millis(200), "{line}: {short:?}, then {long:?}");
        let one = |count| Line { page: 1, text: format!("{line} ").repeat(count) };
        let (short, long) = (work(&[one(500)]), work(&[one(4_000)]));
        assert!(long < short * 24 + Duration::from_millis(200), "{line}: {short:?}, then {long:?}");
    }
}

#[test]
fn more_lines_than_are_read_is_said() {
    assert!(meeting::read(&repeated("", 100_001)).findings.contains(&Finding::Truncated));
}

/// Lines made of the words of minutes in any order, and of any letters.
fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    let words = prop::sample::select(vec![
        "§",
        "§43",
        "43-55",
        "Närvarande:",
        "Samt:",
        "(ersätter",
        "(S)",
        ")",
        "(",
        "Underskrift 1",
        "Namn:",
        "Datum och tid",
        "Transaktions-ID:",
        "2024-12-16",
        "18:19:22",
        "GMT+01:00",
        "beslutar att:",
        "-",
        "**",
        "#",
        "Tid:",
        "kl.",
        "13.00-",
        "Åsa",
        "och",
        ",",
        "\u{ad}",
        "a\u{308}",
        "\u{308}",
        "Detta är ett elektroniskt undertecknat dokument",
        "Protokoll",
        "𝕬",
        "İ",
    ]);
    let line = prop::collection::vec(proptest::prop_oneof![words.prop_map(str::to_owned), "\\PC{0,12}"], 0..6);
    let lines = prop::collection::vec((0..4_usize, line, proptest::bool::ANY), 0..60);
    lines.prop_map(|lines| {
        let join = |(page, words, spaced): (usize, Vec<String>, bool)| Line {
            page,
            text: words.join(if spaced { " " } else { "" }),
        };
        lines.into_iter().map(join).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_readers_panic(lines in any_lines()) {
        let read = meeting::read(&lines);
        let numbers: Vec<_> = read.paragraphs.iter().filter_map(|matter| matter.number).collect();
        assert!(numbers.is_sorted());
        let _ = signpage::read(&lines);
    }

    #[test]
    fn a_printed_id_is_found_again_however_it_is_pasted(id in "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{15}") {
        let bare = id.replace('-', "");
        let labelled = format!(" Transaktions-ID: {} ", id.to_uppercase());
        for pasted in [&id, &id.to_uppercase(), &bare, &labelled] {
            assert_eq!(TransactionId::parse(pasted).map(|id| id.key().to_owned()), Ok(bare.clone()));
        }
    }
}
