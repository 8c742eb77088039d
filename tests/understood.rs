//! The four sample documents through `sigill ingest`: what was read of each, as a table and in JSON. Runs the built binary.
//! Our own copies are always read; the originals in ../shared/seeds too where they are, and the test says so.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

mod by_hand;

use std::fs;
use std::path::{Path, PathBuf};

use by_hand::{Said, call};
use serde_json::Value;
use tempfile::TempDir;

const PLACES: [&str; 4] = [
    "styrelseprotokoll.txt",
    "motesanteckningar-koncernledningsgruppen.txt",
    "nytt-fran-kommunledningsgruppen-2025-09.txt",
    "nytt-fran-kommunledningsgruppen-2024-05-20.txt",
];
const SEEDS: [&str; 4] =
    ["002_480e0e4801be92f3.txt", "003_a21fee1b4be90dac.txt", "000_0d4b621bc3d9d8b2.txt", "001_41a53a39c5edeae2.txt"];
const TRANSACTIONS: [&str; 3] =
    ["41c226cf4468491abafd389e9b0451b4", "44721efd515f4a07ba48f00d7c344b85", "fa6350839ce24398a6386ab88bc07b50"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/minutes").join(name)
}

/// An archive that trusts the test issuer.
fn archive() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let made = call(directory.path(), &["init", "--data", "house", "--origin", "test.example/log"]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let anchor = Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/trust/test/sigill-test-root-ca.pem");
    fs::copy(anchor, directory.path().join("house/trust/test.pem")).unwrap();
    directory
}

fn house(directory: &TempDir, arguments: &[&str]) -> Said {
    let mut all = vec!["--data", "house"];
    all.extend(arguments);
    call(directory.path(), &all)
}

fn ingest(directory: &TempDir, paths: &[PathBuf], options: &[&str]) -> Said {
    let mut arguments = vec!["ingest"];
    arguments.extend(options);
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    let said = house(directory, &arguments);
    assert_eq!(said.status, Some(0), "{}{}", said.stdout, said.stderr);
    said
}

/// The line about a file.
fn of<'a>(lines: &'a [Value], name: &str) -> &'a Value {
    lines.iter().find(|line| line["file"].as_str().unwrap().ends_with(name)).unwrap()
}

fn four(names: [&str; 4], folder: &Path) -> [Value; 4] {
    let directory = archive();
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    let lines = ingest(&directory, &paths, &["--json"]).json();
    names.map(|name| of(&lines, name).clone())
}

fn assert_understood([minutes, notes, autumn, spring]: [Value; 4]) {
    for line in [&minutes, &notes, &autumn, &spring] {
        assert_eq!((&line["outcome"], &line["verdict"]), (&"new".into(), &"unsigned".into()), "{line}");
    }
    let read = &minutes["minutes"];
    assert_eq!(
        (&read["kind"], &read["title"], &read["date"]),
        (&"minutes".into(), &"Styrelseprotokoll".into(), &"2024-12-13".into())
    );
    assert_eq!(
        (&read["start"], &read["end"], &read["place"]),
        (&"13:00:00".into(), &"16:00:00".into(), &"Digitalt, teams".into())
    );
    assert_eq!(
        (read["present"].as_array().unwrap().len(), &read["absent"]),
        (13, &serde_json::json!(["Alicia Kapica"]))
    );
    assert_eq!(
        (&read["secretary"], &read["chairs"][0], &read["adjusters"][0]),
        (&"Annelie Ledin".into(), &"Erik Lövgren".into(), &"Malin Svanholm".into())
    );
    assert_eq!(read["paragraphRange"], serde_json::json!([43, 55]));
    let matters = read["paragraphs"].as_array().unwrap();
    assert_eq!((matters.len(), &matters[8]["title"]), (13, &"Inriktning Välfärdskonferensen".into()));
    let decisions: Vec<usize> = matters.iter().map(|matter| matter["decisions"].as_array().unwrap().len()).collect();
    assert_eq!(decisions, [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 0, 0, 0]);
    assert!(read["oddities"].is_null(), "nothing is odd about them: {}", read["oddities"]);
    assert_eq!(minutes["transactionIds"], serde_json::json!(TRANSACTIONS));
    let page = &minutes["signaturePage"];
    assert_eq!((&page["template"], page["entries"].as_array().unwrap().len()), (&"signport".into(), 3));
    assert!(page["entries"].as_array().unwrap().iter().all(|entry| entry["evidence"] == "D"), "nothing protects text");
    let signing = &read["signing"];
    assert!(signing["sv"].as_str().unwrap().starts_with("0 av 3"), "text signs nothing: {signing}");
    assert!(signing["duties"].as_array().unwrap().iter().all(|duty| duty["state"] == "printed"), "{signing}");

    let read = &notes["minutes"];
    assert_eq!((&read["kind"], &read["body"]), (&"meeting-notes".into(), &"Koncernledningsgruppen".into()));
    assert_eq!(
        (&read["date"], &read["timeAsWritten"], &read["place"]),
        (&Value::Null, &"17 september".into(), &"Pukeberg".into())
    );
    assert_eq!((read["present"].as_array().unwrap().len(), read["paragraphs"].as_array().unwrap().len()), (10, 9));
    assert!(read["signing"].is_null() && notes["transactionIds"] == serde_json::json!([]), "nobody signs notes");
    assert_eq!(read["oddities"][0]["code"], "MINUTES_DATE_INCOMPLETE");

    for (letter, day, written) in
        [(&autumn, Value::Null, "September 2025"), (&spring, "2024-05-20".into(), "20 maj 2024")]
    {
        let read = &letter["minutes"];
        assert_eq!((&read["kind"], &read["body"]), (&"information".into(), &"kommunledningsgruppen".into()));
        assert_eq!((&read["date"], &read["timeAsWritten"]), (&day, &written.into()));
        assert!(read["signing"].is_null() && letter["signaturePage"].is_null());
    }
}

#[test]
fn the_four_sample_documents_are_classified_and_read() {
    assert_understood(four(PLACES, &fixture("")));
}

#[test]
fn so_are_the_originals_where_they_are() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seeds");
    if !SEEDS.iter().all(|name| seeds.join(name).is_file()) {
        println!("../shared/seeds is not here: only our own copies were read");
        return;
    }
    println!("../shared/seeds is here: the four originals are read");
    assert_understood(four(SEEDS, &seeds));
}

#[test]
fn a_few_files_are_told_in_a_table_and_a_folder_only_when_asked() {
    let directory = archive();
    let told = ingest(&directory, &[fixture(PLACES[0]), fixture(PLACES[1])], &[]).stdout;
    for row in [
        "Slag                protokoll",
        "Datum               2024-12-13",
        "Närvarande          13",
        "Justerare           Malin Svanholm",
        "Ärenden             13, §§ 43–55",
        "§ 51 Inriktning Välfärdskonferensen",
        "– Godkänna inriktning av Välfärdskonferensen",
        "Underskriftssida    signport (nivå D: bara text, inget skyddar den)",
        "Erik Lövgren, 2024-12-16T18:57:32+01:00, 44721efd515f4a07ba48f00d7c344b85",
        "Slag                mötesanteckningar",
        "Datum               17 september",
        "Att se över         Datumet saknar år eller dag.",
    ] {
        assert!(told.contains(row), "{row}: {told}");
    }
    let signed = ingest(&directory, &[fixture("styrelseprotokoll-genuine.pdf")], &[]).stdout;
    assert!(signed.contains("Underskrifter       3 av 3 som ska skriva under"), "{signed}");
    assert!(signed.contains("signport (nivå C"), "{signed}");

    let folder = tempfile::tempdir().unwrap();
    for at in 0..6 {
        fs::write(folder.path().join(format!("{at}.txt")), format!("Protokoll {at}\n\nOrdförande: Edvin Lönn\n"))
            .unwrap();
    }
    let calm = ingest(&directory, &[folder.path().to_owned()], &[]).stdout;
    assert_eq!(calm.lines().count(), 6, "one line for each file: {calm}");
    let asked = ingest(&directory, &[folder.path().to_owned()], &["--details"]).stdout;
    assert_eq!(asked.matches("Ordförande          Edvin Lönn").count(), 6, "{asked}");
}

#[test]
fn expected_signers_are_kept_and_counted_beside_those_the_minutes_name() {
    let directory = archive();
    let options = ["--json", "--expect", "Erik Lövgren (ordförande)", "--expect", "Bo Ny"];
    let line = &ingest(&directory, &[fixture("styrelseprotokoll-genuine.pdf")], &options).json()[0];
    let signing = &line["minutes"]["signing"];
    assert_eq!(
        signing["sv"], "3 av 4 som ska skriva under har en bekräftad underskrift. Saknas: Bo Ny.",
        "the chair is named by both and counted once"
    );
    assert_eq!(signing["state"], "incomplete");
    let found = house(&directory, &["--json", "find", line["record"].as_str().unwrap()]).json();
    assert_eq!(found[0]["records"][0]["expectedSigners"], serde_json::json!(["Erik Lövgren (ordförande)", "Bo Ny"]));

    // In what is no minutes those alone are counted.
    let notes = fixture("motesanteckningar-koncernledningsgruppen.pdf");
    let line = &ingest(&directory, &[notes], &["--json", "--expect", "Ida Fri"]).json()[0];
    assert_eq!(
        line["minutes"]["signing"]["sv"],
        "0 av 1 som ska skriva under har en bekräftad underskrift. Saknas: Ida Fri."
    );
}

#[test]
fn a_text_with_the_signed_minutes_transaction_ids_claims_to_be_a_copy_and_is_linked() {
    let directory = archive();
    let signed = &ingest(&directory, &[fixture("styrelseprotokoll-genuine.pdf")], &["--json"]).json()[0];
    assert_eq!(signed["related"], serde_json::json!([]));
    let text = &ingest(&directory, &[fixture(PLACES[0])], &["--json"]).json()[0];
    assert_eq!((&text["verdict"], &text["transactionIds"]), (&"unsigned".into(), &signed["transactionIds"]));
    let [related] = text["related"].as_array().unwrap().as_slice() else { panic!("{text}") };
    assert_eq!((&related["record"], &related["kind"]), (&signed["record"], &"original".into()));
    assert_eq!(related["sharedTransactionIds"], 3);
    assert!(related["sv"].as_str().unwrap().contains("nivå D"), "never more than a hint: {related}");

    let id = signed["record"].as_str().unwrap();
    let back = house(&directory, &["--json", "find", id]).json();
    assert_eq!(back[0]["records"][0]["related"][0]["kind"], "copy", "the original knows of it too");
    assert_eq!(back[0]["records"][0]["related"][0]["record"], text["record"]);
    let told = house(&directory, &["find", TRANSACTIONS[1]]).stdout;
    assert_eq!(told.matches("Hör ihop med: Styrelseprotokoll").count(), 2, "{told}");
    assert!(told.contains("säger sig vara en kopia"), "{told}");
}

#[test]
fn a_copy_is_compared_with_the_record_it_claims() {
    let directory = archive();
    let path = |name: &str| fixture(name).to_str().unwrap().to_owned();
    let nobody = house(&directory, &["compare", &path(PLACES[0])]);
    assert_eq!((nobody.status, nobody.stdout.as_str()), (Some(2), ""));
    assert!(nobody.stderr.contains("Inget har jämförts"), "{}", nobody.stderr);

    let id = ingest(&directory, &[fixture("styrelseprotokoll-genuine.pdf")], &["--json"]).json()[0]["record"].clone();
    let flat = house(&directory, &["--json", "compare", &path("styrelseprotokoll-flattened.pdf")]);
    assert_eq!(flat.status, Some(0), "the flattened copy says the same: {}{}", flat.stdout, flat.stderr);
    let answer = &flat.json()[0];
    assert_eq!((&answer["record"], &answer["evidence"], &answer["places"]), (&id, &"D".into(), &serde_json::json!([])));
    assert_eq!(answer["equalLines"], answer["lines"]);

    let altered =
        fs::read_to_string(fixture(PLACES[0])).unwrap().replace("Godkänna inriktning av", "Avslå inriktning av");
    fs::write(directory.path().join("avskrift.txt"), altered).unwrap();
    let text = house(&directory, &["--json", "compare", "avskrift.txt"]);
    assert_eq!(text.status, Some(1), "{}", text.stderr);
    let places = text.json()[0]["places"].as_array().unwrap().clone();
    println!("the transcript differs in {} places: {places:#?}", places.len());
    assert!(places.iter().any(|place| place["original"] == "Godkänna" && place["copy"] == "Avslå"), "{places:#?}");
    assert_eq!(places.len(), 1, "nothing else differs: {places:#?}");
    let told = house(&directory, &["compare", "avskrift.txt", id.as_str().unwrap()]).stdout;
    assert!(told.contains("skiljer sig") && told.contains("Filen: Avslå") && told.contains("nivå D"), "{told}");
}

#[test]
fn what_wraps_in_a_pdf_is_read_as_in_its_text() {
    let directory = archive();
    let names = ["nytt-fran-kommunledningsgruppen-2025-09", "nytt-fran-kommunledningsgruppen-2024-05-20"];
    for name in names {
        let both = ["pdf", "txt"].map(|kind| fixture(&format!("{name}.{kind}")));
        let lines = ingest(&directory, &both, &["--json"]).json();
        let read = |line: &Value| ["title", "body", "timeAsWritten", "date"].map(|key| line["minutes"][key].clone());
        assert_eq!(read(&lines[0]), read(&lines[1]), "{name}");
    }
    let both = ["styrelseprotokoll-genuine.pdf", "styrelseprotokoll.txt"].map(fixture);
    let lines = ingest(&directory, &both, &["--json"]).json();
    let decisions = |line: &Value| -> Vec<Vec<Value>> {
        let matters = line["minutes"]["paragraphs"].as_array().unwrap().iter();
        matters.map(|matter| matter["decisions"].as_array().cloned().unwrap_or_default()).collect()
    };
    assert_eq!(decisions(&lines[0]), decisions(&lines[1]));
}
