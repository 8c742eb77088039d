//! The report as ETSI's XML: what the schema demands of order and presence, and that it says what the JSON says.
//! ETSI TS 119 102-2 V1.4.1; VALIDATION 15. The schema itself is not among our material: its rules for what we write are
//! the table below, compared by hand with the schema.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

#[expect(dead_code, reason = "other tests ask for more")]
mod support;

use std::collections::BTreeSet;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Document;
use roxmltree::Node;
use sigill::archive::encoding::Verification;
use sigill::verify::crypto;
use sigill::verify::etsi;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Trust;
use sigill::verify::verdict;
use sigill::web::auth::Role;
use support::FORM;
use support::Service;
use support::form;

#[path = "support/minted.rs"]
#[expect(dead_code, reason = "its minutes are signed once and nothing else")]
mod minted;
#[path = "support/pki.rs"]
mod pki;
#[expect(dead_code, reason = "the moment is for other tests")]
#[path = "support/setting.rs"]
mod setting;
#[path = "support/writer.rs"]
#[expect(dead_code, reason = "this test needs the plainest of files")]
mod writer;

use minted::Minutes;
use pki::Holder;
use pki::Profile;
use setting::GENUINE;
use setting::Setting;
use setting::fixture;

const ETSI: &str = "http://uri.etsi.org/19102/v1.4.1#";
const OURS: &str = "urn:sigill:report:1";

/// Elements that other schemas define: each with its namespace. All others are ETSI's.
const BORROWED: &[(&str, &[&str])] = &[
    ("http://www.w3.org/2000/09/xmldsig#", &["SignatureValue", "DigestMethod", "DigestValue"]),
    ("http://uri.etsi.org/01903/v1.3.2#", &["SignaturePolicyId", "SigPolicyId", "Identifier", "SigPolicyHash"]),
];

/// Elements that refer to an object.
const REFERENCES: &[&str] = &[
    "reference",
    "SignersDocumentRef",
    "SignerCertificate",
    "POEObject",
    "TrustAnchor",
    "SigningCertificate",
    "IntermediateCertificate",
    "ValidationObjectId",
];

/// For each element its children in the schema's order, as far as we write them. `!` must be there, `*` may be there
/// several times. The process ID is optional in the schema, and the policy may be implied there: we always write both.
const ORDER: &[(&str, &[&str])] = &[
    ("ValidationReport", &["!SignatureValidationReport*", "SignatureValidationObjects"]),
    (
        "SignatureValidationReport",
        &[
            "SignatureIdentifier",
            "ValidationConstraintsEvaluationReport",
            "ValidationTimeInfo",
            "SignersDocument",
            "SignatureAttributes",
            "SignerInformation",
            "SignatureValidationProcess",
            "!SignatureValidationStatus",
            "OtherInformation",
        ],
    ),
    ("SignatureIdentifier", &["DigestAlgAndValue", "SignatureValue", "!HashOnly", "!DocHashOnly"]),
    ("DigestAlgAndValue", &["!DigestMethod", "!DigestValue"]),
    ("ValidationConstraintsEvaluationReport", &["SignatureValidationPolicy", "ValidationConstraint*"]),
    ("SignatureValidationPolicy", &["!SignaturePolicyIdentifier", "PolicyName"]),
    ("SignaturePolicyIdentifier", &["!SignaturePolicyId"]),
    ("SignaturePolicyId", &["!SigPolicyId", "!SigPolicyHash"]),
    ("SigPolicyId", &["!Identifier"]),
    ("SigPolicyHash", &["!DigestMethod", "!DigestValue"]),
    (
        "ValidationConstraint",
        &["!ValidationConstraintIdentifier", "!ConstraintStatus", "ValidationStatus", "Indications"],
    ),
    ("ConstraintStatus", &["!Status"]),
    ("ValidationStatus", &["!MainIndication", "SubIndication*"]),
    ("ValidationTimeInfo", &["!ValidationTime", "!BestSignatureTime"]),
    ("BestSignatureTime", &["!POETime", "!TypeOfProof", "POEObject"]),
    ("POE", &["!POETime", "!TypeOfProof", "POEObject"]),
    ("SignersDocument", &["!DigestAlgAndValue", "SignersDocumentRef"]),
    ("SignerInformation", &["!SignerCertificate", "Signer", "OtherInformation"]),
    ("SignatureValidationProcess", &["!SignatureValidationProcessID"]),
    ("SignatureValidationStatus", &["!MainIndication", "SubIndication*", "AssociatedValidationReportData*"]),
    (
        "AssociatedValidationReportData",
        &["TrustAnchor", "CertificateChain", "RevocationStatusInformation", "CryptoInformation"],
    ),
    ("CertificateChain", &["!SigningCertificate", "IntermediateCertificate*", "TrustAnchor"]),
    ("RevocationStatusInformation", &["!ValidationObjectId", "!RevocationTime", "RevocationReason"]),
    ("CryptoInformation", &["!ValidationObjectId", "!Algorithm", "!SecureAlgorithm"]),
    ("SignatureValidationObjects", &["!ValidationObject*"]),
    (
        "ValidationObject",
        &["!ObjectType", "!ValidationObjectRepresentation", "POE", "POEProvisioning", "ValidationReport"],
    ),
    ("POEProvisioning", &["!POETime", "ValidationObject*", "SignatureReference*"]),
    ("SigningTime", &["!Time"]),
    ("SubFilter", &["!SubFilterElement"]),
    ("Reason", &["!ReasonElement"]),
    ("Name", &["!NameElement"]),
    ("SignatureProductionPlace", &["!AddressString*"]),
];

/// Elements of any content or a choice, and those that hold text or a reference alone.
const OTHERS: &[&str] = &["SignatureAttributes", "ValidationObjectRepresentation", "SignatureReference"];

fn assert_in_order(element: Node<'_, '_>) {
    let name = element.tag_name().name();
    let children: Vec<_> = element.children().filter(Node::is_element).collect();
    let is = |name| element.has_tag_name((ETSI, name));
    if is("OtherInformation") || is("Indications") {
        let ours = |child: &Node<'_, '_>| child.tag_name().namespace() == Some(OURS);
        assert!(children.iter().all(ours), "what is ours says so");
        return;
    }
    // A timestamp's own report, and what it is over, have the names of other elements.
    let name = match (name, element.parent_element().map(|parent| parent.tag_name().name())) {
        ("ValidationReport", Some("ValidationObject")) => "SignatureValidationReport",
        ("ValidationObject", Some("POEProvisioning")) => "reference",
        (name, _) => name,
    };
    let borrowed = BORROWED.iter().find(|(_, names)| names.contains(&name));
    assert_eq!(element.tag_name().namespace(), Some(borrowed.map_or(ETSI, |(of, _)| *of)), "{name}");
    assert_eq!(element.has_attribute("VOReference"), REFERENCES.contains(&name), "{name}");
    assert!(name != "ValidationObject" || element.has_attribute("id"), "an object without id");
    assert!(name != "DigestMethod" || element.has_attribute("Algorithm"), "a digest without its algorithm");
    assert!(!OTHERS.contains(&name) || !children.is_empty(), "{name} is empty");
    let rule = ORDER.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, rule)| rule);
    let mut rest = children.as_slice();
    for one in rule {
        let wanted = one.trim_matches(['!', '*']);
        let found = rest.iter().take_while(|child| child.tag_name().name() == wanted).count();
        assert!(found > 0 || !one.starts_with('!'), "{name} has no {wanted}");
        assert!(found <= 1 || one.ends_with('*'), "{name} has {found} {wanted}");
        rest = &rest[found..];
    }
    let out_of_place = rest.first().map(|child| child.tag_name().name());
    assert!(out_of_place.is_none() || OTHERS.contains(&name), "{out_of_place:?} is out of place in {name}");
    children.into_iter().for_each(assert_in_order);
}

/// What every report must be, whatever it says.
fn assert_wellformed(xml: &str) {
    let document = Document::parse(xml).unwrap();
    let root = document.root_element();
    assert!(root.has_tag_name((ETSI, "ValidationReport")));
    assert_in_order(root);
    let ids: Vec<&str> = root.descendants().filter_map(|node| node.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "each id is given once");
    for reference in root.descendants().filter_map(|node| node.attribute("VOReference")) {
        assert!(ids.contains(&reference), "{reference} is not there");
    }
    let texts = |name| root.descendants().filter(move |node| node.tag_name().name() == name).map(|node| node.text());
    for digest in texts("DigestValue") {
        assert_eq!(STANDARD.decode(digest.unwrap()).unwrap().len(), 32);
    }
    for time in texts("POETime").chain(texts("ValidationTime")).chain(texts("Time")) {
        assert!(time.unwrap().parse::<jiff::Timestamp>().is_ok() && time.unwrap().ends_with('Z'), "{time:?}");
        let year = time.unwrap().split('-').next().unwrap();
        assert!(year.len() == 4 && year != "0000", "{time:?}: the schema's dateTime has no such year");
    }
    for number in ["890101-9802", "8901019802", "890102-9819", "8901029819", "890103-9800", "8901039800"] {
        assert!(!xml.contains(number), "a personal number is whole");
    }
}

/// A fixture's report in both forms.
fn reported(document: &[u8], setting: &Setting) -> (String, Verification) {
    let Setting { evidence, trust, policy, budget, at } = setting;
    let report = verdict::verify(document, evidence, trust, policy, budget, *at);
    let xml = String::from_utf8(etsi::write(&report, document, budget)).unwrap();
    assert_wellformed(&xml);
    (xml, Verification::of(&report, "p.pdf", None))
}

/// Main indications of the signatures, with sub-indications where there are any.
fn indications(xml: &str) -> Vec<String> {
    let document = Document::parse(xml).unwrap();
    let reports =
        document.root_element().children().filter(|node| node.has_tag_name((ETSI, "SignatureValidationReport")));
    let status = reports.map(|report| child(report, "SignatureValidationStatus"));
    status
        .map(|status| {
            let words = status.children().filter(Node::is_element).filter_map(|node| node.text());
            words.filter(|text| text.starts_with("urn:")).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn child<'a, 'd>(node: Node<'a, 'd>, name: &str) -> Node<'a, 'd> {
    node.children().find(|child| child.tag_name().name() == name).unwrap_or_else(|| panic!("no {name}"))
}

/// The digest of the object with this id.
fn digest_of(xml: &str, id: &str) -> Vec<u8> {
    let document = Document::parse(xml).unwrap();
    let object = document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
    let value = object.descendants().find(|node| node.tag_name().name() == "DigestValue").unwrap();
    STANDARD.decode(value.text().unwrap()).unwrap()
}

#[test]
fn every_signature_is_told_with_the_indication_that_json_gives() {
    let names = std::fs::read_dir(setting::project("fixtures/minutes")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut seen = BTreeSet::new();
    for name in names.filter(|name| name.ends_with(".pdf")) {
        let document = fixture(&name);
        let (xml, json) = reported(&document, &Setting::new());
        let persons = json.signatures.iter().filter(|signature| signature.kind == "signature");
        let expected: Vec<String> = persons
            .map(|signature| {
                let sub = signature.sub_indication.iter().map(|sub| format!(" urn:etsi:019102:subindication:{sub}"));
                let main = signature.indication.to_lowercase();
                format!("urn:etsi:019102:mainindication:{main}{}", sub.collect::<String>())
            })
            .collect();
        seen.insert(json.verdict.clone());
        match expected.is_empty() {
            true => assert_eq!(indications(&xml), ["urn:cef:dss:mainindication:noSignatureFound"], "{name}"),
            false => assert_eq!(indications(&xml), expected, "{name}"),
        }
        assert_eq!(digest_of(&xml, "FILE"), crypto::sha256(&[&document]), "{name}");
    }
    assert!(
        ["valid", "altered", "indeterminate", "unsigned"].iter().all(|verdict| seen.contains(*verdict)),
        "{seen:?}"
    );
}

#[test]
fn a_signature_is_identified_by_its_value_and_by_what_it_covers() {
    let document = fixture(GENUINE);
    let (xml, json) = reported(&document, &Setting::new());
    let [start, length, second, rest] = json.signatures[0].byte_range[..] else { panic!("four numbers") };
    let part = |from: i64, length: i64| {
        let from = usize::try_from(from).unwrap();
        &document[from..from + usize::try_from(length).unwrap()]
    };
    let covered = crypto::sha256(&[part(start, length), part(second, rest)]);
    assert_eq!(digest_of(&xml, "D-1"), covered);
    let read = Document::parse(&xml).unwrap();
    let first = child(read.root_element(), "SignatureValidationReport");
    let value = child(child(first, "SignatureIdentifier"), "SignatureValue");
    let value = STANDARD.decode(value.text().unwrap()).unwrap();
    assert_eq!(value.len(), 384, "RSA of 3072 bits");
    let hexadecimal: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    let container = String::from_utf8_lossy(part(length, second - length)).to_lowercase();
    assert!(container.contains(&hexadecimal), "the value stands in the container");
    let signer = child(first, "SignerInformation");
    let name = json.signatures[0].signer.as_ref().unwrap().name.clone().unwrap();
    assert!(child(signer, "Signer").text().unwrap().contains(&name) && xml.contains("<s:Evidence>B</s:Evidence>"));
}

#[test]
fn proofs_of_time_name_the_timestamps_that_give_them() {
    let (xml, json) = reported(&fixture("styrelseprotokoll-b-lta.pdf"), &Setting::new());
    let read = Document::parse(&xml).unwrap();
    let first = child(read.root_element(), "SignatureValidationReport");
    let best = child(child(first, "ValidationTimeInfo"), "BestSignatureTime");
    assert_eq!(child(best, "POETime").text(), json.signatures[0].times.proven.as_deref());
    let by = child(best, "POEObject").attribute("VOReference").unwrap();
    let stamp = read.descendants().find(|node| node.attribute("id") == Some(by)).unwrap();
    assert_eq!(child(stamp, "ObjectType").text(), Some("urn:etsi:019102:validationObject:timestamp"));
    assert_eq!(child(child(stamp, "POEProvisioning"), "POETime").text(), json.signatures[0].times.proven.as_deref());
    let (unstamped, json) = reported(&fixture(GENUINE), &Setting::new());
    let read = Document::parse(&unstamped).unwrap();
    let best = read.descendants().find(|node| node.tag_name().name() == "BestSignatureTime").unwrap();
    assert_eq!(
        child(best, "POETime").text(),
        Some(json.checked_at.as_str()),
        "nothing proves more than that it is here"
    );
}

/// The document with these bytes in place of others, which stand there once.
fn replaced(document: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len(), "no byte moves");
    let mut places = document.windows(old.len()).enumerate().filter(|(_, bytes)| *bytes == old);
    let (place, _) = places.next().unwrap();
    assert!(places.next().is_none(), "it stands there once");
    let mut document = document.to_vec();
    document[place..place + old.len()].copy_from_slice(new);
    document
}

#[test]
fn a_claimed_time_that_the_schema_cannot_hold_is_left_out() {
    let claim = br"(D\07220241216181922\05301\04700\047)";
    for (claimed, written) in [
        (claim, Some("2024-12-16T17:19:22Z")),
        (br"(D\07200000101000000\05301\04700\047)", None),
        (br"(D\07200010101000000\05301\04700\047)", None),
        (br"(D\07200010102000000\05301\04700\047)", Some("0001-01-01T23:00:00Z")),
    ] {
        let (xml, json) = reported(&replaced(&fixture(GENUINE), claim, claimed), &Setting::new());
        let read = Document::parse(&xml).unwrap();
        let attributes = child(child(read.root_element(), "SignatureValidationReport"), "SignatureAttributes");
        let time = attributes.descendants().find(|node| node.tag_name().name() == "Time").and_then(|node| node.text());
        assert_eq!(time, written, "{:?}", json.signatures[0].times.claimed);
    }
}

#[test]
fn a_timestamp_whose_time_the_schema_cannot_hold_is_told_without_it() {
    // GeneralizedTime 20241216183500Z in the container's hexadecimal.
    let (stated, year_0) = (b"180F32303234313231363138333530305A", b"180F30303030313231363138333530305A");
    let (xml, _) = reported(&replaced(&fixture("styrelseprotokoll-b-lta.pdf"), stated, year_0), &Setting::new());
    let read = Document::parse(&xml).unwrap();
    let stamps: Vec<_> =
        read.descendants().filter(|node| node.attribute("id").is_some_and(|id| id.starts_with("T-"))).collect();
    let last = stamps.last().unwrap();
    assert!(last.children().all(|child| child.tag_name().name() != "POEProvisioning"));
    let status = child(child(*last, "ValidationReport"), "SignatureValidationStatus");
    assert_eq!(child(status, "MainIndication").text(), Some("urn:etsi:019102:mainindication:failed"));
}

#[test]
fn a_moment_that_the_schema_cannot_hold_is_left_out() {
    let at = "0000-12-31T23:59:59Z".parse().unwrap();
    for document in [fixture(GENUINE), b"%PDF-1.7 nothing that can be read".to_vec()] {
        let (xml, _) = reported(&document, &Setting { at, ..Setting::new() });
        assert!(!xml.contains("ValidationTimeInfo"));
    }
    let at = "0001-01-01T00:00:00Z".parse().unwrap();
    let (xml, _) = reported(&fixture(GENUINE), &Setting { at, ..Setting::new() });
    assert!(xml.contains("<ValidationTime>0001-01-01T00:00:00Z</ValidationTime>"));
}

#[test]
fn a_revoked_certificate_is_told_with_since_when_and_why() {
    let [is_ca, may_issue] = pki::authority();
    let root = Holder::root(&Profile::new("Root", 1, "2020-01-01", "2040-01-01").with(is_ca).with(may_issue));
    let signer = root.issues(&Profile::new("Signer", 2, "2024-01-01", "2030-01-01").with(pki::signing()));
    let minutes = Minutes::blank().signed(|covered| signer.sign(covered, &[])).bytes().to_vec();
    let mut setting = Setting::new();
    setting.trust = Trust::of(vec![Anchor::usual(root.certificate(), "test")]);
    setting.evidence.add_crl(&root.crl("2026-10-30", "2026-12-01", &[(2, "2026-03-01", 1)]));
    let (xml, _) = reported(&minutes, &setting);
    let sub = "urn:etsi:019102:subindication:REVOKED_NO_POE";
    assert!(xml.contains(sub), "{xml}");
    let document = Document::parse(&xml).unwrap();
    let told = document.descendants().find(|node| node.has_tag_name((ETSI, "RevocationStatusInformation"))).unwrap();
    let signing = document.descendants().find(|node| node.has_tag_name((ETSI, "SigningCertificate"))).unwrap();
    assert_eq!(child(told, "ValidationObjectId").attribute("VOReference"), signing.attribute("VOReference"));
    assert_eq!(child(told, "RevocationTime").text(), Some("2026-03-01T00:00:00Z"));
    assert_eq!(child(told, "RevocationReason").text(), Some("urn:etsi:019102:revocationReason:keyCompromise"));
    let (valid, _) = reported(&fixture(GENUINE), &Setting::new());
    assert!(!valid.contains("RevocationStatusInformation"));
}

#[test]
fn what_decided_is_told_with_its_check_and_its_words() {
    let (xml, json) = reported(&fixture("styrelseprotokoll-unknown-issuer.pdf"), &Setting::new());
    let reason = &json.signatures[0].reasons[0];
    assert!(xml.contains(&format!("urn:sigill:check:{}<", reason.code)), "{}", reason.code);
    assert!(xml.contains("urn:etsi:019102:subindication:NO_CERTIFICATE_CHAIN_FOUND"));
    assert!(xml.contains(&format!("<s:Text xml:lang=\"sv\">{}</s:Text>", reason.sv)), "{}", reason.sv);
    assert!(xml.contains("<s:DocumentVerdict>indeterminate</s:DocumentVerdict>"));
    let (xml, _) = reported(&fixture("styrelseprotokoll-altered-vote.pdf"), &Setting::new());
    assert!(xml.contains("<s:DocumentVerdict>altered</s:DocumentVerdict>"));
    let (xml, _) = reported(b"%PDF-1.7 nothing that can be read", &Setting::new());
    assert_eq!(indications(&xml), ["urn:etsi:019102:mainindication:indeterminate"]);
}

#[test]
fn the_service_gives_it_where_it_is_asked_for() {
    let service = Service::new();
    let ask = |method: &str, path: &str, accept: &str, body: Vec<u8>| {
        let request = service.request(Some(Role::Registrar), method, path).header("accept", accept);
        service.ask(request.header("content-type", "application/pdf").body(Body::from(body)).unwrap())
    };
    let answer = ask("POST", "/api/v1/verifications", "application/xml", fixture(GENUINE));
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/xml"));
    assert_wellformed(&answer.text());
    let record = ask("POST", "/api/v1/records", "application/json", fixture(GENUINE)).json();
    let path = format!("/api/v1/records/{}", record["id"].as_str().unwrap());
    for (path, accept) in [(format!("{path}/report.xml"), "*/*"), (path.clone(), "application/xml")] {
        let answer = ask("GET", &path, accept, Vec::new());
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/xml"));
        assert_wellformed(&answer.text());
    }
    assert_eq!(ask("GET", &path, "*/*", Vec::new()).header("content-type"), "application/json");
    let hidden = service.get(None, &format!("{path}/report.xml"));
    assert_eq!(hidden.status.as_u16(), 404, "to whoever may not see the record it is not there");
    let document = fixture(GENUINE);
    let parts: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a"), &document), ("file", Some("b"), &document)];
    let several = service.request(None, "POST", "/api/v1/verifications").header("content-type", FORM);
    let several = several.header("accept", "application/xml").body(Body::from(form(&parts))).unwrap();
    assert_eq!(service.ask(several).status.as_u16(), 400);
}
