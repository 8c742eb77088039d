//! CRLs, OCSP responses, time stamps and authentication contexts of others: what they say is what we read.
//! Uses ../shared/vectors and the corpus when they are there; says so when they are not.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;

use base64::Engine;
use jiff::Timestamp;
use serde_json::Value;
use sigill::format::authn::AuthnContexts;
use sigill::format::authn::SamlAuthContext;
use sigill::format::budget::Budget;
use sigill::format::crl::Crl;
use sigill::format::crl::Reason;
use sigill::format::ocsp;
use sigill::format::ocsp::CertStatus;
use sigill::format::ocsp::ResponderId;
use sigill::format::ocsp::Response;
use sigill::format::ocsp::Shell;
use sigill::format::ocsp::Status;
use sigill::format::timestamp::TST_INFO;
use sigill::format::timestamp::Token;
use sigill::format::x509::Certificate;
use sigill::format::x509::Serial;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::Outcome;
use sigill::verify::crypto::verify;

#[path = "support/hex.rs"]
mod hexadecimal;
#[path = "support/shared.rs"]
mod shared;

const BUDGET: Budget = Budget::STANDARD;

#[test]
fn crl_vectors() {
    let Some(cases) = shared::json("vectors/crl-parse/cases.json") else {
        return;
    };
    let mut read = 0;
    for case in cases["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let bytes = without_pem(fs::read(shared::path("vectors/crl-parse").join(id)).unwrap());
        let crl = Crl::read(&bytes);
        if !case["parse_error"].is_null() {
            assert!(crl.is_err(), "{id} must be refused, at once");
            continue;
        }
        let crl = crl.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(crl.version, if case["version"] == "v2" { 2 } else { 1 }, "{id}");
        assert_eq!(crl.this_update, time(&case["this_update"]), "{id}");
        assert_eq!(crl.next_update, Some(time(&case["next_update"])), "{id}");
        assert_eq!(Value::from(crl.entry_count), case["entries"], "{id}");
        assert_eq!(crl.signature_algorithm, crl.tbs_signature_algorithm, "{id}");
        let stated = case["extensions"].as_object().unwrap();
        assert_eq!(crl.extensions.len(), stated.len(), "{id}");
        assert_eq!(crl.number.is_some(), stated.contains_key("crl_number"), "{id}");
        assert_eq!(crl.scope.is_some(), stated.contains_key("issuing_distribution_point"), "{id}");
        assert_eq!(crl.expired_certs_since.is_some(), stated.contains_key("2.5.29.60"), "{id}");
        assert_eq!(crl.base_number, None, "{id}");
        let issuer = case["issuer"].as_str().unwrap();
        assert!(issuer.contains(&format!("Common Name: {}", crl.issuer.common_name().unwrap())), "{id}");
        assert_eq!(crl.find(&crl.issuer, &Serial::new(&[1, 2, 3])), Ok(None), "{id}");
        read += 1;
    }
    println!("ran on {read} CRLs");
}

#[test]
fn ocsp_vectors() {
    let Some(cases) = shared::json("vectors/ocsp-parse/cases.json") else {
        return;
    };
    for case in cases["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let response = Response::read(&fs::read(shared::path("vectors/ocsp-parse").join(id)).unwrap());
        let as_expected = match &response {
            Ok(response) => reads_as(id, response),
            Err(error) => fails_as(id, error),
        };
        assert!(as_expected, "{id}: {} and found {response:?}", case["expect"]);
        // The same answer in the shell that CAdES attributes use.
        if let Ok(whole) = &response {
            let basic = Response::read(whole.basic()).unwrap();
            assert_eq!((whole.shell, basic.shell), (Shell::Whole, Shell::Basic), "{id}");
            assert_eq!((basic.tbs(), &basic.responses), (whole.tbs(), &whole.responses), "{id}");
        }
    }
    println!("ran on the OCSP vectors");
}

fn fails_as(id: &str, error: &ocsp::Error) -> bool {
    match id {
        "resp-invalid-version.der" => matches!(error, ocsp::Error::Version(_)),
        "resp-response-type-unknown-oid.der" => matches!(error, ocsp::Error::ResponseType(_)),
        "resp-successful-no-response-bytes.der" => *error == ocsp::Error::Empty,
        "resp-unauthorized.der" => *error == ocsp::Error::Unsuccessful(Status::Unauthorized),
        "resp-unknown-response-status.der" => matches!(error, ocsp::Error::UnknownStatus(_)),
        _ => false,
    }
}

fn reads_as(id: &str, response: &Response) -> bool {
    let first = response.responses.first().unwrap();
    let revoked = |why| matches!(first.status, CertStatus::Revoked { reason, .. } if reason == why);
    let digest = DigestAlgorithm::from_oid(first.cert_id.digest_algorithm.as_str());
    let known_signature = |oid: &str| oid == "1.2.840.113549.1.1.11";
    match id {
        "resp-delegate-unknown-cert.der" => first.status == CertStatus::Unknown,
        "resp-invalid-signature-oid.der" => !known_signature(response.signature_algorithm.oid.as_str()),
        "resp-responder-key-hash.der" => {
            matches!(&response.responder, ResponderId::KeyHash(hash) if hash.len() == 20)
        }
        "resp-revoked-no-next-update.der" => revoked(None) && first.next_update.is_none(),
        "resp-revoked-reason.der" => revoked(Some(Reason::Superseded)),
        "resp-revoked.der" => revoked(None) && first.next_update.is_some(),
        "resp-sct-extension.der" => first.unknown_critical.is_empty() && !first.extensions.is_empty(),
        // Not as its note says: the CertID has SHA-1 (OpenSSL agrees), the signature SHA-256.
        "resp-sha256.der" => digest == Some(DigestAlgorithm::Sha1) && first.status == CertStatus::Good,
        "resp-single-extension-reason.der" => !first.extensions.is_empty(),
        "resp-unknown-extension.der" => !response.extensions.is_empty() && response.unknown_critical.is_empty(),
        "resp-unknown-hash-alg.der" => digest.is_none(),
        _ => false,
    }
}

#[test]
fn time_stamp_vectors() {
    let Some(cases) = shared::json("vectors/tsp-real/cases.json") else {
        return;
    };
    for case in cases["cases"].as_array().unwrap() {
        let (id, text) = (case["id"].as_str().unwrap(), |field: &str| case[field].as_str().unwrap());
        let bytes = fs::read(shared::path("vectors/tsp-real").join(id)).unwrap();
        let token = Token::read(&bytes, &BUDGET).unwrap_or_else(|error| panic!("{id}: {error}"));
        let (info, data) = (&token.info, &token.signed_data);
        assert_eq!(info.imprint_algorithm.oid, DigestAlgorithm::Sha256.oid(), "{id}");
        assert_eq!(info.imprint, hexadecimal::hex(text("imprint_hex")), "{id}");
        assert_eq!(info.gen_time, time(&case["gen_time"]), "{id}");
        assert_eq!(info.policy, text("policy"), "{id}");
        assert_eq!(info.serial.to_string(), format!("{:02X}", Decimal(text("serial"))), "{id}");
        assert_eq!(Value::from(info.tsa.is_some()), case["tsa_present"], "{id}");
        assert_eq!(Value::from(data.certificates.len()), case["certificates"], "{id}");
        let [signer] = data.signers.as_slice() else { panic!("{id}: one signer") };
        let signed = signer.signed.as_ref().unwrap();
        assert_eq!(signed.attributes().all().len(), case["signed_attrs"].as_array().unwrap().len(), "{id}");
        assert_eq!(signed.attributes().content_type().unwrap().unwrap(), TST_INFO, "{id}");
        let key = &data.certificates.iter().find(|one| signer.sid.names(one)).unwrap().public_key;
        let digest_algorithm = DigestAlgorithm::from_oid(signer.digest_algorithm.oid.as_str());
        let message = &[signed.stored_as_set()];
        let outcome = verify(key, &signer.signature_algorithm, digest_algorithm, message, &signer.signature);
        assert!(matches!(outcome, Outcome::Valid { .. }), "{id}: {outcome:?}");
    }
    println!("ran on the time-stamp vectors");
}

/// What other suites hold and this one refuses to read, each of them made to be refused.
const REFUSED: [&str; 3] = ["BadSignedCACert.crt", "BadCRLSignatureCACRL.crl", "pathological::nc-dos-1"];

#[test]
fn certificates_and_crls_of_other_suites_are_read() {
    let Some(limbo) = shared::json("vectors/limbo/cases.json") else {
        return;
    };
    let mut pieces: Vec<(String, bool, Vec<u8>)> = Vec::new();
    for (folder, is_crl) in [("vectors/pkits/certs", false), ("vectors/pkits/crls", true)] {
        for entry in fs::read_dir(shared::path(folder)).unwrap() {
            let entry = entry.unwrap();
            pieces.push((entry.file_name().into_string().unwrap(), is_crl, fs::read(entry.path()).unwrap()));
        }
    }
    for case in limbo["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let mut add = |text: &Value, is_crl| {
            pieces.push((id.to_owned(), is_crl, without_pem(text.as_str().unwrap().as_bytes().to_vec())));
        };
        add(&case["leaf"], false);
        for (field, is_crl) in [("trust_anchors", false), ("intermediates", false), ("crls", true)] {
            case[field].as_array().unwrap().iter().for_each(|text| add(text, is_crl));
        }
    }
    for (id, is_crl, bytes) in &pieces {
        let read = if *is_crl { Crl::read(bytes).is_ok() } else { Certificate::read(bytes).is_ok() };
        // Every certificate of a refused limbo case but the refused one is read, so only the rest is asked.
        assert!(read || REFUSED.contains(&id.as_str()), "{id}");
    }
    println!("ran on {} certificates and CRLs", pieces.len());
}

/// Reads bytes of one kind; whether that went well.
type Read = fn(&[u8]) -> bool;

#[test]
fn whatever_is_cut_off_or_spoiled_nothing_panics() {
    let read: [(&str, Read); 4] = [
        ("vectors/authncontext-cert.der", |bytes| {
            let certificate = Certificate::read(bytes);
            certificate.is_ok_and(|one| one.authn_contexts().is_none_or(|value| AuthnContexts::read(value).is_ok()))
        }),
        ("vectors/crl-parse/LTGRCA.crl", |bytes| Crl::read(bytes).is_ok()),
        ("vectors/ocsp-parse/resp-revoked-reason.der", |bytes| Response::read(bytes).is_ok()),
        ("vectors/tsp-real/archive_timestamp.tst", |bytes| Token::read(bytes, &BUDGET).is_ok()),
    ];
    for (name, read) in read {
        let Ok(whole) = fs::read(shared::path(name)) else {
            println!("NOT RUN: ../shared/{name} is not there");
            continue;
        };
        assert!(read(&whole), "{name}");
        for index in 0..whole.len() {
            assert!(!read(&whole[..index]), "{name} cut at {index}");
            for mask in [0x21, 0x80] {
                let mut spoiled = whole.clone();
                spoiled[index] ^= mask;
                read(&spoiled);
            }
        }
    }
}

#[test]
fn authentication_contexts_of_the_corpus() {
    let Ok(folder) = fs::read_dir(shared::path("corpus/dev/authn-context")) else {
        println!("NOT RUN: ../shared/corpus is not there");
        return;
    };
    let mut read = 0;
    for path in folder.map(|entry| entry.unwrap().path()) {
        let Some(stem) = path.to_str().unwrap().strip_suffix(".cert.der") else {
            continue;
        };
        let certificate = Certificate::read(&fs::read(&path).unwrap()).unwrap();
        let contexts = AuthnContexts::read(certificate.authn_contexts().unwrap()).unwrap();
        let xml = fs::read_to_string(format!("{stem}.xml")).unwrap();
        let saml = contexts.saml().unwrap();
        assert_eq!(*saml, SamlAuthContext::read(&xml).unwrap(), "{stem}");
        let literal = &saml.authentication_instant_literal;
        for field in [&saml.identity_provider, literal, &saml.assertion_ref, &saml.service_id] {
            assert!(xml.contains(field.as_deref().unwrap()), "{stem}");
        }
        assert!(saml.authentication_instant.is_some(), "{stem}");
        // Every mapped part of the subject has the value that was asserted, but for letter case (SWEDEN.md 1.6).
        for mapping in saml.mappings.iter().filter(|mapping| mapping.kind == "rdn") {
            let subject = certificate.subject.find(&mapping.reference).unwrap_or_default().to_lowercase();
            assert_eq!(subject, mapping.value.as_deref().unwrap().to_lowercase(), "{stem}");
        }
        read += 1;
    }
    assert_eq!(read, 7, "every certificate of the folder");
    println!("ran on {read} certificates");
}

#[test]
fn the_authentication_context_of_the_vectors() {
    let Ok(bytes) = fs::read(shared::path("vectors/authncontext-cert.der")) else {
        println!("NOT RUN: ../shared/vectors is not there");
        return;
    };
    let certificate = Certificate::read(&bytes).unwrap();
    let contexts = AuthnContexts::read(certificate.authn_contexts().unwrap()).unwrap();
    let saml = contexts.saml().unwrap();
    assert_eq!(saml.identity_provider.as_deref(), Some("http://dev.test.swedenconnect.se/idp"));
    assert_eq!(saml.authentication_instant, Some("2023-01-11T12:46:00.435Z".parse().unwrap()));
    assert_eq!(saml.authn_context_class_ref.as_deref(), Some("http://id.elegnamnden.se/loa/1.0/loa3"));
    assert_eq!(saml.assertion_ref.as_deref(), Some("_8db6eb9e8dc043d554eaa0dad145cfda"));
    assert_eq!(saml.service_id.as_deref(), Some("https://eid2cssp.3xasecurity.com/sign"));
    assert_eq!(saml.mapped("2.5.4.5"), certificate.subject.find("2.5.4.5"));
    assert_eq!((saml.mappings.len(), saml.transaction_id()), (5, None));
    let country = saml.mappings.iter().find(|mapping| mapping.reference == "2.5.4.6").unwrap();
    assert_eq!((country.name.as_deref(), country.friendly_name.as_deref()), (None, Some("country")));
}

fn time(text: &Value) -> Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

fn without_pem(bytes: Vec<u8>) -> Vec<u8> {
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|text| text.starts_with("-----BEGIN")) else {
        return bytes;
    };
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}

/// A decimal number too long for a machine word, shown in hexadecimal.
struct Decimal<'a>(&'a str);

impl std::fmt::UpperHex for Decimal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut octets = vec![0_u8];
        for digit in self.0.bytes().map(|byte| u32::from(byte - b'0')) {
            let mut carry = digit;
            for octet in octets.iter_mut().rev() {
                let sum = u32::from(*octet) * 10 + carry;
                *octet = u8::try_from(sum & 0xff).unwrap();
                carry = sum >> 8;
            }
            if carry > 0 {
                octets.insert(0, u8::try_from(carry).unwrap());
            }
        }
        octets.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}
