//! A bank and the signings made with BankIDs of it, for the signers of the fixtures. SWEDEN 2.1 to 2.4.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sigill::format::bankid::NAMESPACE;
use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::pdf::Document;
use sigill::verify::crypto;
use sigill::verify::crypto::DigestAlgorithm;

use crate::authority;
use crate::authority::Answer;
use crate::authority::Draft;
use crate::authority::Party;
use crate::seal;
use crate::setting;
use crate::setting::fixture;

/// The signing service's organisation number.
pub(crate) const OURS: &str = "5560000001";

/// The identity numbers of the fixtures' signers, as their certificates have them: read here, printed nowhere.
pub(crate) fn signers() -> Vec<String> {
    let bytes = fixture(setting::GENUINE);
    let document = Document::read(&bytes, &Budget::STANDARD).unwrap();
    let number = |field: &sigill::format::pdf::SignatureField| {
        let data = SignedData::read(field.contents.as_ref().unwrap().value(), &Budget::STANDARD).unwrap();
        let signer = data.signers.first().unwrap();
        let certificate = data.certificates.iter().find(|one| signer.sid.names(one)).unwrap();
        certificate.subject.find("2.5.4.5").unwrap().to_owned()
    };
    document.signatures().iter().map(number).collect()
}

/// The SHA-256 of the minutes as they were before the first signature.
pub(crate) fn unsigned_minutes() -> [u8; 32] {
    let bytes = fixture(setting::GENUINE);
    let document = Document::read(&bytes, &Budget::STANDARD).unwrap();
    let first = document.signatures().iter().map(|field| field.revision).min().unwrap();
    assert!(first > 0, "the fixtures' first revision is the unsigned one");
    crypto::sha256(&[&bytes[..document.revisions()[first - 1].end]])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A bank with a root, a customer CA and a responder, and one signing with a BankID of it.
pub(crate) struct Signing {
    pub(crate) number: String,
    pub(crate) visible: String,
    pub(crate) hidden: String,
    pub(crate) function: &'static str,
    pub(crate) service: &'static str,
    pub(crate) answered: &'static str,
    pub(crate) status: Vec<u8>,
    pub(crate) bound: bool,
    pub(crate) expires: &'static str,
}

impl Signing {
    pub(crate) fn by(number: &str) -> Self {
        Self {
            number: number.to_owned(),
            visible: format!("Jag justerar protokollet. SHA-256: {}", hex(&unsigned_minutes())),
            hidden: String::new(),
            function: "Signing",
            service: OURS,
            answered: "2024-06-01",
            status: Answer::default().status,
            bound: true,
            expires: "2025-01-01",
        }
    }

    pub(crate) fn bank() -> (Party, Party) {
        let root = Party::root("Bank Root", 1);
        let ca = root.issue(&Draft {
            serial: 2,
            subject: "Customer CA",
            key: 2,
            extensions: authority::ca(),
            ..Draft::default()
        });
        (root, ca)
    }

    /// `completionData`, as JSON.
    pub(crate) fn evidence(&self) -> Vec<u8> {
        let (_, ca) = Self::bank();
        let draft = Draft {
            serial: 7,
            subject: "Anna Exempel",
            number: &self.number,
            key: 7,
            not_after: self.expires,
            ..Draft::default()
        };
        let person = ca.issue(&draft);
        let mut responder = vec![authority::usage(0), authority::ocsp_signing()];
        responder.push(authority::extension(authority::NO_CHECK, false, &[5, 0]));
        let responder =
            ca.issue(&Draft { serial: 8, subject: "OCSP", key: 8, extensions: responder, ..Draft::default() });
        let encoded = |text: &str| STANDARD.encode(text);
        let relying_party = format!("cn=Underskrift AB,name=Underskrift,serialNumber={},o=Bank,c=SE", self.service);
        let document = format!(
            "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
             {{inside}}<Object><bankIdSignedData xmlns=\"{NAMESPACE}\" Id=\"data\"><usrVisibleData charset=\"UTF-8\">{}\
             </usrVisibleData><usrNonVisibleData>{}</usrNonVisibleData><srvInfo><name>{}</name><nonce>AAAA</nonce>\
             <displayName>{}</displayName></srvInfo><clientInfo><funcId>{}</funcId></clientInfo></bankIdSignedData>\
             </Object></Signature>",
            encoded(&self.visible),
            encoded(&self.hidden),
            encoded(&relying_party),
            encoded("Underskrift"),
            self.function,
        );
        let signature = STANDARD.encode(seal::sign_xml(&document, &["#data", "#key"], &person, &[&ca]));
        let mut nonce = crypto::digest(DigestAlgorithm::Sha1, &[signature.as_bytes()]);
        nonce.extend([9; 12]);
        nonce[0] ^= u8::from(!self.bound);
        let answer = Answer { issued: self.answered, status: self.status.clone(), nonce, ..Answer::default() };
        let ocsp = STANDARD.encode(responder.ocsp(&person.certificate, &ca.certificate, &answer));
        let user = format!("{{\"personalNumber\":\"{}\",\"name\":\"Anna Exempel\"}}", self.number);
        format!("{{\"user\":{user},\"signature\":\"{signature}\",\"ocspResponse\":\"{ocsp}\",\"risk\":\"low\"}}")
            .into_bytes()
    }
}
