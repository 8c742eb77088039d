//! Deliveries: packages that a foreign validator accepts, with what lets a receiving archive check everything without us.
//! E-ARK CSIP and SIP 2.1.0; USERS 8 (18). `.ci/servers` installs the validator; without it a test says so, and CI insists.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

mod by_hand;
#[path = "support/archive.rs"]
#[expect(dead_code, reason = "the house, and nothing that damages it")]
mod support;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use by_hand::call;
use serde_json::Value;
use sigill::archive::Archive;
use sigill::archive::Options;
use sigill::archive::package::Order;
use sigill::archive::package::Package;
use sigill::archive::record::RecordId;
use sigill::format::xml::Document;
use sigill::verify::crypto;
use support::House;
use support::fixture;
use support::id_of;

const GENUINE: &str = "styrelseprotokoll-b-lta.pdf";
const NOTES: &str = "motesanteckningar-koncernledningsgruppen.pdf";

fn order() -> Order {
    Order { recipient: Some("Regionarkivet".to_owned()), agreement: Some("RA 2026-17".to_owned()), ..Order::default() }
}

fn package(archive: &Archive, ids: &[RecordId]) -> Package {
    archive.package(ids, &order()).unwrap().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    crypto::sha256(&[bytes]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The Python that has the validator; none where it is not installed.
fn validator() -> Option<PathBuf> {
    let found = env::var_os("TEST_EARK").map(PathBuf::from).filter(|python| python.exists());
    if found.is_none() {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "TEST_EARK is not set, and CI is to ask the validator");
        println!("NOT RUN: TEST_EARK is not set; `.ci/servers cargo test` installs the validator");
    }
    found
}

/// What it says of these packages.
fn judged(python: &Path, packages: &[&Path]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/eark_says.py");
    let said = Command::new(python).arg(script).args(packages).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every message of a report that is more than information: its severity, rule and words.
fn complaints(report: &Value) -> Vec<String> {
    let parts =
        [&report["structure"], &report["metadata"]["schema_results"], &report["metadata"]["schematron_results"]];
    let messages = parts.iter().flat_map(|part| part["messages"].as_array().cloned().unwrap_or_default());
    let told = messages.filter(|message| message["severity"] != "Info");
    told.map(|message| format!("{} {}", message["severity"], message["rule_id"]).replace('"', "")).collect()
}

/// Where we differ from the validator, and why. SIP14 asks of every note of a creator an attribute NOTETYPE without a
/// namespace. METS' schema forbids that attribute, and CSIP12 to CSIP16 demand a creator with one note: no package can meet
/// all three, whoever makes it. The profile itself means `csip:NOTETYPE` of the note of an organisation.
const EXCEPTIONS: [&str; 1] = ["Error SIP14"];

#[test]
fn a_foreign_validator_accepts_a_package_of_one_record_and_of_several() {
    let Some(python) = validator() else { return };
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    let [one, two] = [&ingested[0], &ingested[1]].map(id_of);
    let alone = package(&archive, &[one]).write_tar(&archive, &house.path("../alone.tar")).unwrap();
    let both = package(&archive, &[one, two]).write_folder(&archive, &house.path("../out")).unwrap();
    let reports = judged(&python, &[&alone.path, &both.path]);
    assert_eq!(reports.len(), 2);
    for report in &reports {
        assert_eq!(report["structure"]["status"], "WellFormed", "{report:#}");
        assert_eq!(report["metadata"]["schema_results"]["status"], "VALID", "{report:#}");
        assert_eq!(complaints(report), EXCEPTIONS, "not an error more, nor a warning; an unexpected pass is told too");
        assert_eq!(report["package"]["details"]["oaispackagetype"], "SIP");
    }

    // The validator sees what is wrong.
    let mets = both.path.join("METS.xml");
    let spoiled = fs::read_to_string(&mets).unwrap().replace("OBJID=", "OBIJD=");
    fs::write(&mets, spoiled).unwrap();
    assert!(complaints(&judged(&python, &[&both.path])[0]).len() > EXCEPTIONS.len());
}

/// Each file that a METS file names, with the SHA-256 and the size that it states.
fn named(mets: &Path) -> BTreeMap<PathBuf, (String, u64)> {
    let text = fs::read_to_string(mets).unwrap();
    let read = Document::parse(&text).unwrap();
    let href = ("http://www.w3.org/1999/xlink", "href");
    let mut all = BTreeMap::new();
    for node in read.descendants().filter(|node| node.has_tag_name("FLocat") || node.has_tag_name("mdRef")) {
        let stated = if node.has_tag_name("FLocat") { node.parent_element().unwrap() } else { node };
        assert_eq!(stated.attribute("CHECKSUMTYPE"), Some("SHA-256"));
        let path = mets.parent().unwrap().join(node.attribute(href).unwrap());
        let facts =
            (stated.attribute("CHECKSUM").unwrap().to_owned(), stated.attribute("SIZE").unwrap().parse().unwrap());
        assert_eq!(all.insert(path, facts), None, "each file is named once");
    }
    all
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files_below(&path)) } else { all.push(path) }
    }
    all
}

#[test]
fn every_file_of_a_package_is_named_once_with_its_sha256() {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    let ids: Vec<RecordId> = ingested.iter().map(id_of).collect();
    let written = package(&archive, &ids).write_folder(&archive, &house.path("../out")).unwrap();
    let mut stated = named(&written.path.join("METS.xml"));
    stated.extend(named(&written.path.join("representations/rep1/METS.xml")));
    let root = written.path.join("METS.xml");
    let mut there: Vec<PathBuf> = files_below(&written.path).into_iter().filter(|path| *path != root).collect();
    there.sort();
    assert_eq!(stated.keys().cloned().collect::<Vec<_>>(), there);
    for (path, (sha256, size)) in &stated {
        let bytes = fs::read(path).unwrap();
        assert_eq!((&hex(&bytes), &u64::try_from(bytes.len()).unwrap()), (sha256, size), "{}", path.display());
    }
    assert_eq!(written.sha256, hex(&fs::read(&root).unwrap()), "what names all of them is the package's own hash");
}

#[test]
fn a_receiving_archive_proves_and_verifies_everything_without_us() {
    let (house, archive, ingested) = House::with(&[GENUINE]);
    let id = id_of(&ingested[0]);
    let written = package(&archive, &[id]).write_folder(&archive, &house.path("../out")).unwrap();
    let place = |inside: &str| written.path.join(inside);
    let document = place(&format!("representations/rep1/data/{id}/document.pdf"));
    assert_eq!(fs::read(&document).unwrap(), fixture(GENUINE), "the original with its signatures");
    let other = |name: &str| place(&format!("representations/rep1/metadata/other/{id}/{name}"));
    let proven = call(
        &written.path,
        &[
            "prove",
            "--key",
            "metadata/other/ledger-keys.txt",
            document.to_str().unwrap(),
            other("receipt.tlog-proof").to_str().unwrap(),
        ],
    );
    assert_eq!(proven.status, Some(0), "{}{}", proven.stdout, proven.stderr);

    let verification: Value = serde_json::from_slice(&fs::read(other("verification.json")).unwrap()).unwrap();
    assert_eq!(verification["verdict"], "valid");
    let statement = fs::read_to_string(other("statement.txt")).unwrap();
    // As what it was when the record came in, with the time.
    let checked = format!("Kontrollerad / Verified: {}", ingested[0].record.verification.checked_at);
    let answer = "Svar / Answer: Underskrifterna var giltiga / The signatures were valid";
    for said in [answer, &checked, "KS 2024/123", &ingested[0].record.transaction_ids[0]] {
        assert!(statement.contains(said), "{said}: {statement}");
    }
    assert!(!statement.contains("är giltiga") && !statement.contains("are valid"), "{statement}");
    let described = fs::read_to_string(place(&format!("representations/rep1/metadata/descriptive/{id}.xml"))).unwrap();
    assert!(described.contains("Underskrifterna var giltiga"), "{described}");

    let premis = fs::read_to_string(place("metadata/preservation/premis.xml")).unwrap();
    let premis = Document::parse(&premis).unwrap();
    let texts = |name: &str| -> Vec<String> {
        let nodes = premis.descendants().filter(|node| node.has_tag_name(("http://www.loc.gov/premis/v3", name)));
        nodes.filter_map(|node| node.text().map(str::to_owned)).collect()
    };
    assert_eq!(texts("eventType"), ["digital signature validation", "registration"]);
    assert_eq!(texts("eventOutcome"), ["valid"]);
    assert_eq!(texts("agentName"), ["Exempelförbundet", "sigill"]);
    assert_eq!(texts("messageDigest"), [ingested[0].record.verification.file.sha256.clone()]);
    let mets = fs::read_to_string(place("METS.xml")).unwrap();
    for said in ["Regionarkivet", "RA 2026-17", "Exempelförbundet"] {
        assert!(mets.contains(said), "{said}");
    }
}

#[test]
fn nothing_is_written_over_and_what_fails_leaves_nothing() {
    let (house, archive, ingested) = House::with(&[NOTES]);
    let id = id_of(&ingested[0]);
    let tar = house.path("../alone.tar");
    let described = package(&archive, &[id]);
    let first = described.write_tar(&archive, &tar).unwrap();
    assert_eq!(first.sha256, hex(&fs::read(&tar).unwrap()));
    let before = fs::read(&tar).unwrap();
    assert!(described.write_tar(&archive, &tar).is_err());
    assert_eq!(fs::read(&tar).unwrap(), before);
    let sha256 = &ingested[0].record.verification.file.sha256;
    let kept = house.path("documents").join(&sha256[..2]).join(sha256);
    fs::write(&kept, b"other bytes").unwrap();
    let (other, out) = (house.path("../other.tar"), house.path("../out"));
    assert!(described.write_tar(&archive, &other).is_err(), "a document that changed is not delivered");
    assert!(described.write_folder(&archive, &out).is_err());
    assert!(!other.exists() && !out.join(&described.name).exists());
    let stranger: RecordId = "0123456789ab0123456789ab".parse().unwrap();
    assert!(archive.package(&[stranger], &order()).unwrap().is_none());
}

/// The archive by the clock that the command goes by.
fn now(house: &House) -> Archive {
    Archive::open(&house.path(""), Options::default()).unwrap()
}

/// What happened to a record.
fn events(house: &House, id: RecordId) -> Vec<&'static str> {
    now(house).events(id).unwrap().unwrap().iter().map(|one| one.event.name()).collect()
}

#[test]
fn a_delivery_and_its_acknowledgement_are_events_and_end_what_is_due() {
    let (house, archive, ingested) = House::with(&[GENUINE]);
    let (id, far) = (id_of(&ingested[0]), "2100-01-01".parse().unwrap());
    assert_eq!(archive.due(far).unwrap().len(), 1, "minutes are to be delivered one day");
    drop(archive);
    let here = house.path("..");
    fs::write(here.join("kvittens.txt"), "Mottaget och godkänt.").unwrap();
    let name = id.to_string();
    let acknowledge = ["--data", "a", "--json", "deliver", "--received", "kvittens.txt", "--reference", "RA-17", &name];
    let early = call(&here, &acknowledge);
    assert_eq!(early.status, Some(2));
    assert!(early.stderr.contains("har inte levererats"), "{}", early.stderr);

    let deliver = ["--data", "a", "--json", "deliver", &name, "--recipient", "Regionarkivet", "-o", "leverans.tar"];
    let done = call(&here, &[&deliver[..], &["--as", "arkivarien"]].concat());
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let said = &done.json()[0];
    assert_eq!(said["sha256"], hex(&fs::read(here.join("leverans.tar")).unwrap()));
    assert_eq!((&said["records"][0], &said["signatures"]), (&name.as_str().into(), &true.into()));
    assert_eq!(events(&house, id), ["registered", "delivered"]);
    let archive = now(&house);
    assert_eq!(archive.due(far).unwrap().len(), 0, "what is delivered waits for nothing");
    let life = archive.life(id).unwrap();
    let delivery = &life.deliveries[0];
    assert_eq!((&delivery.recipient[..], &delivery.received_at), ("Regionarkivet", &None));
    assert_eq!(delivery.package, said["sha256"], "the ledger's entry is about this package");
    drop(archive);

    assert_eq!(call(&here, &acknowledge).status, Some(0));
    assert_eq!(events(&house, id), ["registered", "delivered", "received"]);
    let archive = now(&house);
    let received = archive.events(id).unwrap().unwrap().pop().unwrap();
    let kept = archive.piece(&received.evidence[0]).unwrap().unwrap();
    assert_eq!(kept.bytes, "Mottaget och godkänt.".as_bytes(), "what the archive sent is kept");
    assert!(archive.life(id).unwrap().deliveries[0].received_at.is_some());
    let again = archive.verify_again(id).unwrap().unwrap();
    assert_eq!((again.verdict.name(), again.warnings.len()), ("valid", 0), "it is no evidence of signatures");
    assert_eq!(archive.check(&mut |_, _| {}).unwrap(), [], "and nothing that is left over");
}

#[test]
fn an_archive_that_takes_no_signatures_gets_copies_without_them_and_they_are_registered() {
    let (house, archive, ingested) = House::with(&[GENUINE]);
    let id = id_of(&ingested[0]);
    let order = Order { without_signatures: true, ..Order::default() };
    let package = archive.package(&[id], &order).unwrap().unwrap();
    let written = package.write_folder(&archive, &house.path("../out")).unwrap();
    archive.hand_over(&package, &written, "Regionarkivet", "arkivarie").unwrap();
    let copy = fs::read(written.path.join(format!("representations/rep1/data/{id}/document.pdf"))).unwrap();
    assert!(!copy.windows(9).any(|window| window == b"ByteRange"), "no signature goes");
    let mut found = sigill::archive::encoding::Verification::of(&archive.verify(&copy), "kopia.pdf", None);
    archive.recognise(&mut found, true).unwrap();
    assert_eq!((found.verdict.as_str(), found.original_record_id), ("registered-copy", Some(id.to_string())));
    let other = written.path.join(format!("representations/rep1/metadata/other/{id}"));
    let statement = fs::read(other.join("statement.pdf")).unwrap();
    assert!(statement.starts_with(b"%PDF-") && statement.windows(9).any(|window| window == b"ByteRange"), "sealed");
    drop(archive);
    assert_eq!(events(&house, id), ["registered", "copy-registered", "delivered"]);
}

#[test]
fn the_command_refuses_what_it_cannot_do_and_records_nothing_then() {
    let (house, archive, ingested) = House::with(&[NOTES]);
    let id = id_of(&ingested[0]);
    drop(archive);
    let (here, name) = (house.path(".."), id.to_string());
    fs::write(here.join("there.tar"), "something").unwrap();
    for (arguments, told) in [(&["-o", "there.tar"][..], "finns redan"), (&["-o", "x.zip"], "mapp eller .tar")] {
        let fixed = ["--data", "a", "deliver", &name, "--recipient", "Regionarkivet"];
        let refused = call(&here, &[&fixed[..], arguments].concat());
        assert_eq!(refused.status, Some(2), "{}", refused.stderr);
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    assert_eq!(events(&house, id), ["registered"]);
}
