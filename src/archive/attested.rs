//! How we know who signed, in words: one wording for page, statement and command line. USERS 1d, "Hur vet vi det?", and 10.
//! A certificate whose issuer we do not know, or that the signature does not fit, attests nothing.

use crate::archive::encoding::Identification;
use crate::archive::encoding::Signature;
use crate::archive::encoding::Signer;
use crate::archive::encoding::Verification;
use crate::format::minutes::transaction::transaction_key;
use crate::verify::agreement::Outcome;
use crate::verify::agreement::Subject;
use crate::verify::text::Text;

/// The service or provider that identified somebody; an address is known by its host.
pub fn service(found: &Identification) -> Option<&str> {
    let named = found.service.as_deref().or(found.provider.as_deref())?;
    let host = named.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    Some(host.filter(|host| !host.is_empty()).unwrap_or(named))
}

/// What the signer's identification rests on, by its level of evidence (A to D).
pub fn evidence(signature: &Signature, signer: &Signer) -> Text {
    match signer.evidence.as_str() {
        "A" => Text::new(
            "BankID-underskriften finns med och är kontrollerad.",
            "BankID's own signature is there and has been checked.",
        ),
        "B" => by_certificate(signature, signer),
        "C" => Text::new(
            "Hur personen legitimerade sig framgår inte av själva underskriften, högst av underskrivet innehåll.",
            "The signature itself does not say how the person identified; signed content may.",
        ),
        _ => printed(),
    }
}

/// Whether a certificate in the file bears the name on the signature page's line at `place` (from 0). Where none does, the
/// line is only text, however well it is protected.
pub fn is_confirmed(found: &Verification, place: usize) -> bool {
    let agrees = [Outcome::Match.code(), Outcome::Partial.code()];
    // One for each line of the page, in its order.
    let mut told = found.agreement.iter().filter(|line| line.subject == Subject::PageSigner.code());
    told.nth(place).is_some_and(|line| agrees.contains(&line.outcome.as_str()))
}

/// The transaction ids that stand in the document's text and belong to no signature in the file: a copy without
/// signatures has such, and one with somebody else's page. An id belongs to a signature whose certificate names it, or
/// whose certificate the line that prints it was found to be about.
pub fn printed_alone(found: &Verification) -> Vec<String> {
    let attested = found.signatures.iter().filter_map(|one| one.signer.as_ref()?.identification.as_ref());
    let mut known: Vec<String> =
        attested.filter_map(|one| one.transaction_id.as_deref()).map(transaction_key).collect();
    let entries = found.signature_page.iter().flat_map(|page| &page.entries).enumerate();
    let printed =
        entries.filter_map(|(place, entry)| Some((is_confirmed(found, place), entry.transaction_id.as_ref()?)));
    let (confirmed, alone): (Vec<_>, Vec<_>) = printed.partition(|(is_confirmed, _)| *is_confirmed);
    known.extend(confirmed.iter().map(|(_, id)| transaction_key(id)));
    let mut ids = Vec::new();
    for (_, id) in alone {
        let key = transaction_key(id);
        if !known.contains(&key) {
            known.push(key);
            ids.push(id.clone());
        }
    }
    ids
}

/// What is said of such an id.
pub fn not_a_signatures() -> Text {
    Text::new(
        "står i texten, hör inte till någon underskrift i filen",
        "stands in the text, belongs to no signature in the file",
    )
}

/// What is said of an id whose document is destroyed.
pub fn stood() -> Text {
    Text::new("stod i handlingen", "stood in the document")
}

/// What is said of names that stand in the document and nowhere else: level D.
pub fn printed() -> Text {
    Text::new("Uppgiften står bara som text och är inte skyddad.", "It stands only as text and is not protected.")
}

fn by_certificate(signature: &Signature, signer: &Signer) -> Text {
    let found = signer.identification.as_ref();
    let (sv, en) = found.map_or(("e-legitimation", "an e-ID"), |found| (found.method.as_str(), found.method.as_str()));
    let named = found.and_then(service);
    let (by_sv, by_en) = (named.unwrap_or("Underskriftstjänsten"), named.unwrap_or("The signing service"));
    if !signature.certificates.iter().any(|issuer| issuer.trusted) {
        return Text::new(
            format!(
                "Certifikatet säger att personen legitimerade sig med {sv}, men utfärdaren finns inte på vår lista."
            ),
            format!("The certificate says that the person identified with {en}, but its issuer is not on our list."),
        );
    }
    if signature.integrity.signature != "valid" {
        return Text::new(
            format!(
                "Certifikatet säger att personen legitimerade sig med {sv}, men underskriften stämmer inte med det."
            ),
            format!("The certificate says that the person identified with {en}, but the signature does not fit it."),
        );
    }
    Text::new(
        format!("{by_sv} intygar att personen legitimerade sig med {sv}. Intyget är kontrollerat."),
        format!("{by_en} attests that the person identified with {en}. The attestation has been checked."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_by_its_host_and_the_signing_service_goes_first() {
        let found = |service: Option<&str>, provider: Option<&str>| Identification {
            method: "BankID".to_owned(),
            level_of_assurance: None,
            service: service.map(str::to_owned),
            provider: provider.map(str::to_owned),
            transaction_id: None,
            authenticated_at: None,
            assertion: None,
        };
        let both = found(Some("https://sign.example.se/sp"), Some("https://idp.example.se/bankid"));
        assert_eq!(service(&both), Some("sign.example.se"));
        assert_eq!(service(&found(None, Some("https://idp.example.se/bankid"))), Some("idp.example.se"));
        assert_eq!(service(&found(Some("Exempelsign"), None)), Some("Exempelsign"));
        assert_eq!(service(&found(None, None)), None);
    }
}
