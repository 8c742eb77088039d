//! What a signature validation token of ours says about a document: RFC 9321 3 and its PDF profile (annex B); VALIDATION 14.
//! Each signature with our answer about it; passed is said only of what passed. Signers are named by digest, for a token
//! is made to be shown and a certificate carries the personal number. Signing it needs a key: `archive::token`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::format::budget::Budget;
use crate::format::cms::SignedData;
use crate::format::pdf::Document;
use crate::format::pdf::SignatureField;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::etsi;
use crate::verify::indication::Indication;
use crate::verify::mask::masked;
use crate::verify::proof::Proof;
use crate::verify::proof::ProofKind;
use crate::verify::report::Kind;
use crate::verify::report::Report;
use crate::verify::report::Signature;

/// The algorithm's address, where tokens are made with it: the digest of the token's own signature.
fn address(algorithm: DigestAlgorithm) -> Option<&'static str> {
    match algorithm.name() {
        "SHA-256" => Some("http://www.w3.org/2001/04/xmlenc#sha256"),
        "SHA-384" => Some("http://www.w3.org/2001/04/xmldsig-more#sha384"),
        "SHA-512" => Some("http://www.w3.org/2001/04/xmlenc#sha512"),
        _ => None,
    }
}

/// The claim `sig_val_claims` about a document that was verified. `None`: no signature of it passed, so there is nothing
/// that a token could attest.
pub fn claims(report: &Report, document: &[u8], budget: &Budget, algorithm: DigestAlgorithm) -> Option<Value> {
    let read = Document::read(document, budget).ok()?;
    let judged = read.signatures().iter().zip(&report.signatures);
    let persons: Vec<_> = judged.filter(|(_, signature)| signature.kind == Kind::Signature).collect();
    if !persons.iter().any(|(_, signature)| signature.indication == Indication::Passed) {
        return None;
    }
    let told = persons.into_iter().filter_map(|(field, signature)| {
        let maker = Maker { report, document, budget, algorithm };
        maker.told(field, signature)
    });
    Some(json!({
        "ver": "1.0",
        "profile": "PDF",
        "hash_algo": address(algorithm)?,
        "sig": told.collect::<Vec<_>>(),
    }))
}

/// What each signature's entry is made from.
struct Maker<'a> {
    report: &'a Report,
    document: &'a [u8],
    budget: &'a Budget,
    algorithm: DigestAlgorithm,
}

impl Maker<'_> {
    fn digest(&self, parts: &[&[u8]]) -> String {
        STANDARD.encode(crypto::digest(self.algorithm, parts))
    }

    /// One signature, if its container can be read: what cannot be named cannot be told of.
    fn told(&self, field: &SignatureField, signature: &Signature) -> Option<Value> {
        let data = SignedData::read(field.contents.as_ref()?.value(), self.budget).ok()?;
        let signer = data.signers.first()?;
        let range: Vec<String> = field.byte_range.as_ref()?.iter().map(i64::to_string).collect();
        let parts = field.digest_parts(self.document)?;
        Some(json!({
            "sig_ref": {
                "sig_hash": self.digest(&[&signer.signature]),
                "sb_hash": self.digest(&[signer.signed.as_ref()?.stored_as_set()]),
            },
            "sig_data_ref": [{ "ref": range.join(" "), "hash": self.digest(&parts) }],
            "signer_cert_ref": { "type": "chain_hash", "ref": self.chain(&data, signature)? },
            "sig_val": [self.answer(signature)],
            "time_val": signature.times.proven.iter().map(time).collect::<Vec<_>>(),
        }))
    }

    /// The signer's certificate, and those above it that the signature itself brings, in the order of the path.
    fn chain(&self, data: &SignedData, signature: &Signature) -> Option<Vec<String>> {
        let brought = |sha256: &[u8; 32]| {
            let mut all = data.certificates.iter();
            all.find(|one| crypto::sha256(&[one.der()]) == *sha256)
        };
        let (own, above) = signature.certificates.split_first()?;
        let above: Vec<&[u8]> = above.iter().filter_map(|one| Some(brought(&one.sha256)?.der())).collect();
        let own = self.digest(&[brought(&own.sha256)?.der()]);
        let rest = (!above.is_empty()).then(|| self.digest(&above));
        Some([own].into_iter().chain(rest).collect())
    }

    /// Our answer, the rules by which it was given, and the checks that were remarked on.
    fn answer(&self, signature: &Signature) -> Value {
        let decisive = signature.reasons.first().map(|reason| reason.text.en.clone());
        let remarks: Vec<&str> = signature.warnings.iter().map(|warning| warning.code).collect();
        let digest: String = self.report.policy.digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut more = Map::from_iter([("policyDigest".to_owned(), Value::String(digest))]);
        if !remarks.is_empty() {
            more.insert("remarks".to_owned(), Value::String(remarks.join(" ")));
        }
        if let Some(sub) = signature.sub_indication {
            more.insert("subIndication".to_owned(), Value::String(sub.name().to_owned()));
        }
        json!({
            "pol": etsi::policy_address(&self.report.policy),
            "res": signature.indication.timestamp_name(),
            "msg": decisive.map_or_else(|| "OK".to_owned(), |text| masked(&text)),
            "ext": more,
        })
    }
}

/// A time that was proven, by whom, and of which kind the proof is.
fn time(proof: &Proof) -> Value {
    let kind = match proof.by {
        ProofKind::SignatureTimestamp => "sig-timestamp",
        ProofKind::DocumentTimestamp => "pdf-doc-timestamp",
        ProofKind::ContentTimestamp | ProofKind::EvidenceRecord => "verified-time",
    };
    json!({
        "time": proof.time.as_second(),
        "type": format!("http://id.swedenconnect.se/svt/timeval-type/{kind}/01"),
        "iss": proof.authority,
    })
}
