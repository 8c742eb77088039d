//! CRLs, OCSP responses, time stamps and authentication contexts of others: what they say is what we read.
//! Uses ../shared/vectors and the corpus when they are there; says so when they are not.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its material fails"
)]

use std::fs;

use base64::Engine;
use jiff::Timestamp;
use serde_json::Value;
use sigill::format::authn::AuthnContexts;
use sigill::format::authn::SamlAuthContext;
use sigill::format::budget::Budget;
use sigill::format::crl::Crl;
use sigill::format::crl::Reason;
use sigill::format::der;
use sigill::format::ocsp;
use sigill::format::ocsp::CertStatus;
use sigill::format::ocsp::ResponderId;
use sigill::format::ocsp::Response;
use sigill::format::timestamp;
use sigill::format::timestamp::TST_INFO;
use sigill::format::timestamp::Token;
use sigill::format::x509::Certificate;
use sigill::format::x509::Serial;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::Outcome;
use sigill::verify::crypto::verify;

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
        assert_eq!(
            crl.version,
            if case["version"] == "v2" { 2 } else { 1 },
            "{id}"
        );
        assert_eq!(crl.this_update, time(&case["this_update"]), "{id}");
        assert_eq!(crl.next_update, Some(time(&case["next_update"])), "{id}");
        assert_eq!(Value::from(crl.entry_count), case["entries"], "{id}");
        assert_eq!(crl.signature_algorithm, crl.tbs_signature_algorithm, "{id}");
        let stated = case["extensions"].as_object().unwrap();
        assert_eq!(crl.extensions.len(), stated.len(), "{id}");
        assert_eq!(
            crl.number.is_some(),
            stated.contains_key("crl_number"),
            "{id}"
        );
        assert_eq!(
            crl.scope.is_some(),
            stated.contains_key("issuing_distribution_point"),
            "{id}"
        );
        assert_eq!(
            crl.expired_certs_since.is_some(),
            stated.contains_key("2.5.29.60"),
            "{id}"
        );
        assert_eq!(crl.base_number, None, "{id}");
        for part in case["issuer"]
            .as_str()
            .unwrap()
            .split(", ")
            .filter_map(|part| part.strip_prefix("Common Name: "))
        {
            let common_name = part.split(';').next();
            assert_eq!(crl.issuer.common_name(), common_name, "{id}");
        }
        assert_eq!(
            crl.find(&crl.issuer, &Serial::new(&[1, 2, 3])),
            Ok(None),
            "{id}"
        );
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
        let response =
            Response::read(&fs::read(shared::path("vectors/ocsp-parse").join(id)).unwrap());
        let first = || {
            response
                .as_ref()
                .unwrap_or_else(|error| panic!("{id}: {error}"))
                .responses
                .first()
                .unwrap()
        };
        let revoked = |reason| matches!(first().status, CertStatus::Revoked { reason: found, .. } if found == reason);
        let as_expected = match id
            .strip_prefix("resp-")
            .and_then(|id| id.strip_suffix(".der"))
            .unwrap()
        {
            "delegate-unknown-cert" => first().status == CertStatus::Unknown,
            "invalid-signature-oid" => {
                let oid = &response.as_ref().unwrap().signature_algorithm.oid;
                DigestAlgorithm::from_oid(oid.as_str()).is_none()
                    && !response.as_ref().unwrap().tbs().is_empty()
            }
            "invalid-version" => matches!(response, Err(ocsp::Error::Version(_))),
            "responder-key-hash" => {
                matches!(&response.as_ref().unwrap().responder, ResponderId::KeyHash(hash) if hash.len() == 20)
            }
            "response-type-unknown-oid" => matches!(response, Err(ocsp::Error::ResponseType(_))),
            "revoked-no-next-update" => revoked(None) && first().next_update.is_none(),
            "revoked-reason" => revoked(Some(Reason::Superseded)),
            "revoked" => revoked(None) && first().next_update.is_some(),
            "sct-extension" => {
                first().unknown_critical.is_empty() && !first().extensions.is_empty()
            }
            // Not as its note says: the CertID has SHA-1 (OpenSSL agrees), the signature SHA-256.
            "sha256" => {
                let sha1 = DigestAlgorithm::Sha1.oid();
                first().cert_id.digest_algorithm == sha1 && first().status == CertStatus::Good
            }
            "single-extension-reason" => !first().extensions.is_empty(),
            "successful-no-response-bytes" => matches!(response, Err(ocsp::Error::Empty)),
            "unauthorized" => matches!(
                response,
                Err(ocsp::Error::Unsuccessful(ocsp::Status::Unauthorized))
            ),
            "unknown-extension" => {
                let response = response.as_ref().unwrap();
                !response.extensions.is_empty() && response.unknown_critical.is_empty()
            }
            "unknown-hash-alg" => {
                DigestAlgorithm::from_oid(first().cert_id.digest_algorithm.as_str()).is_none()
            }
            "unknown-response-status" => matches!(response, Err(ocsp::Error::UnknownStatus(_))),
            other => panic!("a new case: {other}"),
        };
        assert!(
            as_expected,
            "{id}: {} and found {response:?}",
            case["expect"]
        );
        // The same answer in the shell that CAdES attributes use.
        if let Ok(whole) = &response {
            let basic = Response::read(whole.basic()).unwrap();
            assert_eq!(
                (whole.shell, basic.shell),
                (ocsp::Shell::Whole, ocsp::Shell::Basic)
            );
            assert_eq!(
                (basic.tbs(), &basic.responses),
                (whole.tbs(), &whole.responses),
                "{id}"
            );
        }
    }
    println!("ran on the OCSP vectors");
}

#[test]
fn time_stamp_vectors() {
    let Some(cases) = shared::json("vectors/tsp-real/cases.json") else {
        return;
    };
    for case in cases["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let bytes = fs::read(shared::path("vectors/tsp-real").join(id)).unwrap();
        let token = Token::read(&bytes, &BUDGET).unwrap_or_else(|error| panic!("{id}: {error}"));
        let response = |status| {
            der::encode(
                der::SEQUENCE,
                &[&der::encode(der::SEQUENCE, &[&[2, 1, status]]), &bytes],
            )
        };
        let granted = Token::read_response(&response(0), &BUDGET).unwrap();
        assert_eq!(granted.info.gen_time, token.info.gen_time, "{id}");
        let refused = Token::read_response(&response(2), &BUDGET);
        assert!(
            matches!(refused, Err(timestamp::Error::Refused(2))),
            "{id}: a token is no excuse for its status"
        );
        let trailing = Token::read(&[&bytes[..], &[0, 1]].concat(), &BUDGET);
        assert!(
            matches!(trailing, Err(timestamp::Error::Trailing(2))),
            "{id}"
        );
        let info = &token.info;
        assert_eq!(
            info.imprint_algorithm.oid,
            DigestAlgorithm::Sha256.oid(),
            "{id}"
        );
        assert_eq!(
            info.imprint,
            shared::hex(case["imprint_hex"].as_str().unwrap()),
            "{id}"
        );
        assert_eq!(info.gen_time, time(&case["gen_time"]), "{id}");
        assert_eq!(info.policy, case["policy"].as_str().unwrap(), "{id}");
        assert_eq!(
            info.serial.to_string(),
            format!("{:02X}", Decimal(case["serial"].as_str().unwrap())),
            "{id}"
        );
        assert_eq!(Value::from(info.tsa.is_some()), case["tsa_present"], "{id}");
        assert_eq!(
            Value::from(token.signed_data.certificates.len()),
            case["certificates"],
            "{id}"
        );
        let [signer] = token.signed_data.signers.as_slice() else {
            panic!("{id}: one signer")
        };
        let attributes = signer.signed.as_ref().unwrap().attributes();
        assert_eq!(
            attributes.all().len(),
            case["signed_attrs"].as_array().unwrap().len(),
            "{id}"
        );
        assert_eq!(
            attributes.content_type().unwrap().unwrap(),
            TST_INFO,
            "{id}"
        );
        let mut certificates = token.signed_data.certificates.iter();
        let certificate = certificates.find(|one| signer.sid.names(one)).unwrap();
        let signed = signer.signed.as_ref().unwrap().stored_as_set();
        let algorithm = &signer.signature_algorithm;
        let outcome = verify(
            &certificate.public_key,
            algorithm,
            Some(DigestAlgorithm::Sha256),
            &[signed],
            &signer.signature,
        );
        assert!(
            matches!(outcome, Outcome::Valid { .. }),
            "{id}: {outcome:?}"
        );
    }
    println!("ran on the time-stamp vectors");
}

#[test]
fn authentication_contexts() {
    let Some(_) = shared::json("corpus/dev/manifest.json") else {
        return;
    };
    let mut read = 0;
    for entry in fs::read_dir(shared::path("corpus/dev/authn-context")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "der") {
            continue;
        }
        let certificate = Certificate::read(&fs::read(&path).unwrap()).unwrap();
        let contexts = AuthnContexts::read(certificate.authn_contexts().unwrap()).unwrap();
        let xml = fs::read_to_string(path.to_str().unwrap().replace(".cert.der", ".xml")).unwrap();
        let saml = contexts.saml().unwrap();
        assert_eq!(
            *saml,
            SamlAuthContext::read(&xml).unwrap(),
            "{}",
            path.display()
        );
        for field in [
            &saml.identity_provider,
            &saml.authentication_instant_literal,
            &saml.assertion_ref,
            &saml.service_id,
        ] {
            assert!(
                xml.contains(field.as_deref().unwrap()),
                "{}",
                path.display()
            );
        }
        assert!(saml.authentication_instant.is_some(), "{}", path.display());
        // Every mapped part of the subject has the value the assertion had (SWEDEN.md 1.6); eduSign maps C in lower case.
        for mapping in saml.mappings.iter().filter(|mapping| mapping.kind == "rdn") {
            let subject = certificate
                .subject
                .find(&mapping.reference)
                .unwrap_or_default()
                .to_lowercase();
            assert_eq!(
                subject,
                mapping.value.as_deref().unwrap().to_lowercase(),
                "{}",
                path.display()
            );
        }
        read += 1;
    }
    assert_eq!(read, 7, "every certificate of the folder");

    let certificate =
        Certificate::read(&fs::read(shared::path("vectors/authncontext-cert.der")).unwrap())
            .unwrap();
    let contexts = AuthnContexts::read(certificate.authn_contexts().unwrap()).unwrap();
    let saml = contexts.saml().unwrap();
    assert_eq!(
        saml.authn_context_class_ref.as_deref(),
        Some("http://id.elegnamnden.se/loa/1.0/loa3")
    );
    assert_eq!(
        saml.authentication_instant,
        Some("2023-01-11T12:46:00.435Z".parse().unwrap())
    );
    assert_eq!(
        saml.assertion_ref.as_deref(),
        Some("_8db6eb9e8dc043d554eaa0dad145cfda")
    );
    assert_eq!(saml.mapped("2.5.4.5"), certificate.subject.find("2.5.4.5"));
    let country = saml
        .mappings
        .iter()
        .find(|mapping| mapping.reference == "2.5.4.6")
        .unwrap();
    assert_eq!(
        (country.name.as_deref(), country.friendly_name.as_deref()),
        (None, Some("country"))
    );
    println!("ran on {read} certificates of the corpus and the one of the vectors");
}

fn time(text: &Value) -> Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

fn without_pem(bytes: Vec<u8>) -> Vec<u8> {
    let Some(text) = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.starts_with("-----BEGIN"))
    else {
        return bytes;
    };
    let body: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    base64::engine::general_purpose::STANDARD
        .decode(body)
        .unwrap()
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
