//! The catalogue of sentences: each verdict, sub-indication and common limitation in the words of registrars.
//! USERS 1d and 10: cause first, then what to do; "cannot tell" never sounds like "forged".

use crate::format::pdf::Sealed;
use crate::verify::indication::{SubIndication, Verdict};
use crate::verify::text::{Finding, Text};

/// LIM-6: more work than one document may cause.
pub fn limit_met() -> Finding {
    Finding::new(
        "LIM-6",
        "Certifikaten och underskrifterna är fler eller längre än vi kontrollerar.",
        "There are more or longer certificates and signatures than we check.",
    )
}

/// Why a signature did not pass, in a sentence that needs no cryptographer.
pub fn cause(sub: SubIndication) -> Text {
    use SubIndication as S;
    match sub {
        S::HashFailure => {
            Text::new("Innehållet stämmer inte med det som skrevs under.", "The content is not what was signed.")
        }
        S::SigCryptoFailure => Text::new(
            "Underskriften stämmer inte med undertecknarens certifikat.",
            "The signature does not fit the signer's certificate.",
        ),
        S::SignedDataNotFound => {
            Text::new("Det underskrivna innehållet saknas i filen.", "The signed content is not in the file.")
        }
        S::FormatFailure => Text::new(
            "Underskriften följer inte standarden och kan inte godtas.",
            "The signature does not follow the standard and cannot be accepted.",
        ),
        S::NoCertificateChainFound | S::NoCertificateChainFoundNoPoe => Text::new(
            "Utfärdaren av certifikatet finns inte på vår lista över betrodda utfärdare. Det betyder inte att \
             underskriften är falsk.",
            "The issuer of the certificate is not on our list of trusted issuers. That does not mean that the signature \
             is forged.",
        ),
        S::NoSigningCertificateFound => {
            Text::new("Undertecknarens certifikat saknas i filen.", "The signer's certificate is not in the file.")
        }
        S::CertificateChainGeneralFailure | S::ChainConstraintsFailure => Text::new(
            "Certifikatet kunde inte kontrolleras hela vägen till utfärdaren.",
            "The certificate could not be checked all the way to its issuer.",
        ),
        S::Revoked => Text::new(
            "Certifikatet var spärrat när underskriften gjordes.",
            "The certificate was revoked when the signature was made.",
        ),
        S::RevokedNoPoe | S::RevokedCaNoPoe => Text::new(
            "Certifikatet är spärrat och vi kan inte visa att underskriften gjordes före spärren.",
            "The certificate is revoked, and nothing shows that the signature was made before that.",
        ),
        S::Expired => Text::new(
            "Certifikatet hade gått ut när underskriften gjordes.",
            "The certificate had expired when the signature was made.",
        ),
        S::NotYetValid => Text::new(
            "Certifikatet gällde ännu inte när underskriften gjordes.",
            "The certificate was not yet valid when the signature was made.",
        ),
        S::OutOfBoundsNoPoe | S::OutOfBoundsNotRevoked | S::RevocationOutOfBoundsNoPoe => Text::new(
            "Kontrollen ligger utanför certifikatets giltighetstid och filen saknar tidsstämpel som visar när \
             underskriften gjordes.",
            "The check lies outside the certificate's validity, and no timestamp in the file shows when the signature \
             was made.",
        ),
        S::NoPoe => {
            Text::new("Det går inte att visa när underskriften gjordes.", "Nothing shows when the signature was made.")
        }
        S::TimestampOrderFailure => {
            Text::new("Tidsstämplarna i filen motsäger varandra.", "The timestamps in the file contradict one another.")
        }
        S::CryptoConstraintsFailure | S::CryptoConstraintsFailureNoPoe => Text::new(
            "Underskriften använder en metod som inte längre räknas som säker, eller som vi inte kan kontrollera.",
            "The signature uses a method that no longer counts as secure, or that we cannot check.",
        ),
        S::SigConstraintsFailure | S::PolicyProcessingError | S::SignaturePolicyNotAvailable => Text::new(
            "Underskriften uppfyller inte reglerna i vår kontrollpolicy.",
            "The signature does not meet the rules of our policy.",
        ),
        S::TryLater => Text::new(
            "Uppgifterna om spärrade certifikat är för gamla eller saknas.",
            "The data about revoked certificates is too old or missing.",
        ),
    }
}

/// What to do about it.
pub fn remedy(sub: SubIndication) -> Text {
    use SubIndication as S;
    match sub {
        S::HashFailure | S::SigCryptoFailure | S::Revoked => {
            Text::new("Använd inte filen. Begär originalet.", "Do not use the file. Ask for the original.")
        }
        S::FormatFailure | S::SignedDataNotFound | S::NoSigningCertificateFound | S::TimestampOrderFailure => {
            Text::new(
                "Be om filen direkt från underskriftstjänsten.",
                "Ask for the file directly from the signing service.",
            )
        }
        S::NoCertificateChainFound | S::NoCertificateChainFoundNoPoe => Text::new(
            "Kontrollera vilken underskriftstjänst som använts och be IT lägga till den om ni litar på den.",
            "Find out which signing service was used and ask IT to add it if you trust it.",
        ),
        S::CertificateChainGeneralFailure | S::ChainConstraintsFailure => {
            Text::new("Försök igen. Kontakta IT om felet kvarstår.", "Try again. Contact IT if it persists.")
        }
        S::RevokedNoPoe | S::RevokedCaNoPoe => Text::new(
            "Leta efter ett tidigare kontrollintyg eller kvitto.",
            "Look for an earlier statement or receipt.",
        ),
        S::Expired | S::NotYetValid => Text::new("Begär ny underskrift.", "Ask for a new signature."),
        S::OutOfBoundsNoPoe | S::OutOfBoundsNotRevoked | S::RevocationOutOfBoundsNoPoe | S::NoPoe => Text::new(
            "Finns handlingen i registret? Då gäller kontrollen som gjordes när den registrerades.",
            "Is the document registered? Then the check made at registration holds.",
        ),
        S::CryptoConstraintsFailure | S::CryptoConstraintsFailureNoPoe => {
            Text::new("Bevara tillsammans med kontrollintyget.", "Keep it together with the statement.")
        }
        S::SigConstraintsFailure | S::PolicyProcessingError | S::SignaturePolicyNotAvailable => Text::new(
            "Se tekniska detaljer eller kontakta arkivarien.",
            "See the technical details or ask the archivist.",
        ),
        S::TryLater => Text::new("Försök igen senare.", "Try again later."),
    }
}

/// What is missing can be had from these hosts.
pub fn fetchable(hosts: &[&str]) -> Text {
    let hosts = hosts.join(", ");
    Text::new(
        format!("Uppgifter som saknas kan hämtas från {hosts}; det görs när hämtning är påslagen."),
        format!("Data that is missing can be fetched from {hosts}; that is done where fetching is on."),
    )
}

/// The answer about the document in one sentence. `passed` of `total` signatures hold.
pub fn headline(verdict: Verdict, passed: usize, total: usize) -> Text {
    let one = total == 1;
    match verdict {
        Verdict::Valid if one => Text::new("Underskriften är giltig", "The signature is valid"),
        Verdict::Valid => Text::new("Underskrifterna är giltiga", "The signatures are valid"),
        Verdict::RegisteredCopy => {
            Text::new("Det här är en kopia av ett registrerat original", "This is a copy of a registered original")
        }
        Verdict::PartlyValid => Text::new(
            format!("{passed} av {total} underskrifter är giltiga"),
            format!("{passed} of {total} signatures are valid"),
        ),
        Verdict::Altered => {
            Text::new("Dokumentet har ändrats efter underskrift", "The document was changed after signing")
        }
        Verdict::Indeterminate if one => Text::new(
            "Vi kan inte avgöra om underskriften är giltig",
            "We cannot determine whether the signature is valid",
        ),
        Verdict::Indeterminate => Text::new(
            "Vi kan inte avgöra om underskrifterna är giltiga",
            "We cannot determine whether the signatures are valid",
        ),
        Verdict::Invalid if one => Text::new("Underskriften är ogiltig", "The signature is invalid"),
        Verdict::Invalid => Text::new("Underskrifterna är ogiltiga", "The signatures are invalid"),
        Verdict::Unsigned => {
            Text::new("Dokumentet har ingen elektronisk underskrift", "The document has no electronic signature")
        }
        Verdict::Unreadable => Text::new("Filen gick inte att läsa", "The file could not be read"),
    }
}

/// What to do with the document. Where one signature's cause decides, its own remedy is used instead.
pub fn advice(verdict: Verdict) -> Text {
    match verdict {
        Verdict::Valid => Text::new(
            "Ingen åtgärd behövs. Spara originalfilen, inte en utskrift.",
            "Nothing needs to be done. Keep the original file, not a printout.",
        ),
        Verdict::RegisteredCopy => Text::new(
            "Kopian saknar underskrifter men innehållet är registrerat.",
            "The copy carries no signatures, but its content is registered.",
        ),
        Verdict::PartlyValid => Text::new(
            "Se vilken underskrift som brister nedan. Be den personen skriva under på nytt.",
            "See below which signature fails. Ask that person to sign again.",
        ),
        Verdict::Altered => Text::new(
            "Använd inte filen. Öppna den underskrivna versionen eller begär originalet.",
            "Do not use the file. Open the signed version or ask for the original.",
        ),
        Verdict::Indeterminate => {
            Text::new("Se orsaken vid varje underskrift nedan.", "See the cause at each signature below.")
        }
        Verdict::Invalid => Text::new(
            "Använd inte filen. Kontakta avsändaren och begär originalfilen.",
            "Do not use the file. Contact the sender and ask for the original file.",
        ),
        Verdict::Unsigned => Text::new(
            "Filen kan vara en utskrift eller skanning. Be om originalfilen från underskriftstjänsten.",
            "The file may be a printout or a scan. Ask for the original file from the signing service.",
        ),
        Verdict::Unreadable => Text::new(
            "Kontrollera att det är en hel PDF utan lösenord och försök igen.",
            "Make sure that it is a complete PDF without a password and try again.",
        ),
    }
}

/// What to do with a document that was changed after its `number`th signature, which still holds for what it covers.
pub fn signed_version(number: usize) -> Text {
    Text::new(
        format!(
            "Använd inte filen som den är. Versionen som undertecknades är intakt och finns kvar i filen: ta fram den \
             med ”sigill revision FIL --signature {number} -o UT”, eller begär originalet."
        ),
        format!(
            "Do not use the file as it is. The version that was signed is intact and still in the file: write it with \
             \"sigill revision FILE --signature {number} -o OUT\", or ask for the original."
        ),
    )
}

/// A sub-indication as a finding: its name as the code, its cause as the sentence.
pub fn reason(sub: SubIndication) -> Finding {
    Finding { code: sub.name(), text: cause(sub) }
}

/// Why neither the text nor what came after a signature was read: the document is encrypted. VALIDATION 5.6.
pub fn sealed(why: Sealed) -> Text {
    let (sv, en) = match why {
        Sealed::Password => ("kan bara öppnas med lösenord", "opens only with a password"),
        Sealed::Recipient => ("kan bara öppnas av vissa mottagare", "opens only for certain recipients"),
        Sealed::Unknown => ("har krypterats på ett sätt som vi inte kan läsa", "is encrypted in a way we cannot read"),
    };
    Text::new(
        format!("Filen är krypterad och {sv}. Varken texten eller ändringar efter en underskrift har kunnat läsas."),
        format!("The file is encrypted and {en}. Neither its text nor changes after a signature could be read."),
    )
}
