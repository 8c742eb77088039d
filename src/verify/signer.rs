//! Who signed, and how do we know? Certificate subject and the signing service's attestation. SWEDEN 1.3–1.8, 1.10.
//! Personal identity numbers are masked here already; a report never holds one whole.

use jiff::Timestamp;

use crate::format::authn::AuthnContexts;
use crate::format::authn::SamlAuthContext;
use crate::format::x509::Certificate;
use crate::verify::mask::masked;

/// serialNumber.
const SERIAL_NUMBER: &str = "2.5.4.5";
/// givenName.
const GIVEN_NAME: &str = "2.5.4.42";
/// surname.
const SURNAME: &str = "2.5.4.4";
/// organizationName.
const ORGANISATION: &str = "2.5.4.10";

/// How well the identification is evidenced. USERS 1d.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceLevel {
    /// BankID's own signature is there and verified.
    A,
    /// The signing service's certificate attests the identification.
    B,
    /// Stated in signed content only.
    C,
    /// Stated in text that nothing protects.
    D,
}

impl EvidenceLevel {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The common name, else given name and surname.
    pub name: Option<String>,
    /// All given names.
    pub given_name: Option<String>,
    /// The surname or surnames.
    pub surname: Option<String>,
    /// The whole subject, masked.
    pub subject: String,
    /// The person's or organisation's identifier, masked.
    pub identifier: Option<String>,
    /// The organisation named in the certificate.
    pub organisation: Option<String>,
    /// How the person was identified.
    pub identification: Option<Identification>,
}

/// What the signing service attests about the identification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identification {
    /// In plain words.
    pub method: String,
    /// The identity provider's name.
    pub provider: Option<String>,
    /// The service that asked for the signature.
    pub service: Option<String>,
    /// The level of assurance, as named by the framework.
    pub level_of_assurance: Option<String>,
    /// When.
    pub authenticated_at: Option<Timestamp>,
    /// The assertion's id.
    pub assertion: Option<String>,
    /// The transaction id, where the certificate carries one.
    pub transaction_id: Option<String>,
}

impl Signer {
    /// What a certificate says of its holder.
    pub fn of(certificate: &Certificate) -> Self {
        let subject = &certificate.subject;
        let attribute = |oid: &str| subject.find(oid).map(masked);
        let (given_name, surname) = (attribute(GIVEN_NAME), attribute(SURNAME));
        let both = [given_name.as_deref(), surname.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let name = subject.common_name().map(masked);
        Self {
            name: name.or_else(|| (!both.is_empty()).then_some(both)),
            given_name,
            surname,
            subject: masked(&subject.to_string()),
            identifier: attribute(SERIAL_NUMBER),
            organisation: attribute(ORGANISATION),
            identification: identification(certificate),
        }
    }

    /// The certificate alone: B where the service attests the identification, else C.
    pub fn evidence(&self) -> EvidenceLevel {
        if self.identification.is_some() { EvidenceLevel::B } else { EvidenceLevel::C }
    }

    /// The organisation whose seal it is, where the certificate names one, nobody's given name or surname, and no
    /// authentication (family B of SWEDEN 2.6): then who signed is the organisation's word.
    pub fn seal_of(&self) -> Option<&str> {
        let person = self.given_name.is_some() || self.surname.is_some() || self.identification.is_some();
        self.organisation.as_deref().filter(|_| !person)
    }
}

fn identification(certificate: &Certificate) -> Option<Identification> {
    let contexts = AuthnContexts::read(certificate.authn_contexts()?).ok()?;
    contexts.saml().map(|saml| Identification {
        method: method(saml),
        provider: saml.identity_provider.as_deref().map(masked),
        service: saml.service_id.as_deref().map(masked),
        level_of_assurance: saml.authn_context_class_ref.as_deref().map(masked),
        authenticated_at: saml.authentication_instant,
        assertion: saml.assertion_ref.as_deref().map(masked),
        transaction_id: saml.transaction_id().map(masked),
    })
}

/// The identification in plain words: the eID where the identity provider's name says which, else the level alone.
fn method(saml: &SamlAuthContext) -> String {
    let provider = saml.identity_provider.as_deref().unwrap_or_default().to_lowercase();
    let level = saml.authn_context_class_ref.as_deref().unwrap_or_default();
    let known = [("bankid", "BankID"), ("freja", "Freja"), ("siths", "SITHS"), ("eidas", "eIDAS")];
    if let Some((_, name)) = known.iter().find(|(part, _)| provider.contains(part)) {
        return (*name).to_owned();
    }
    let known = LEVELS.iter().find(|(address, _)| *address == level);
    known.map_or("inloggning", |(_, words)| words).to_owned()
}

/// Levels of assurance by their addresses, in plain words: the Swedish framework's, eIDAS's, and those of eduSign.
const LEVELS: [(&str, &str); 14] = [
    ("http://id.elegnamnden.se/loa/1.0/loa2", "e-legitimation, tillitsnivå 2"),
    ("http://id.elegnamnden.se/loa/1.0/loa3", "e-legitimation, tillitsnivå 3"),
    ("http://id.elegnamnden.se/loa/1.0/loa4", "e-legitimation, tillitsnivå 4"),
    ("http://id.swedenconnect.se/loa/1.0/uncertified-loa2", "e-legitimation som inte är granskad, nivå 2"),
    ("http://id.swedenconnect.se/loa/1.0/uncertified-loa3", "e-legitimation som inte är granskad, nivå 3"),
    ("http://id.swedenconnect.se/loa/1.0/loa2-nonresident", "e-legitimation, tillitsnivå 2, ej folkbokförd"),
    ("http://id.swedenconnect.se/loa/1.0/loa3-nonresident", "e-legitimation, tillitsnivå 3, ej folkbokförd"),
    ("http://id.swedenconnect.se/loa/1.0/loa4-nonresident", "e-legitimation, tillitsnivå 4, ej folkbokförd"),
    ("http://id.elegnamnden.se/loa/1.0/eidas-low", "utländsk e-legitimation (eIDAS), nivå låg"),
    ("http://id.elegnamnden.se/loa/1.0/eidas-sub", "utländsk e-legitimation (eIDAS), nivå väsentlig"),
    ("http://id.elegnamnden.se/loa/1.0/eidas-high", "utländsk e-legitimation (eIDAS), nivå hög"),
    ("https://refeds.org/profile/mfa", "inloggning med flera faktorer"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "inloggning med lösenord"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "inloggning med lösenord"),
];
