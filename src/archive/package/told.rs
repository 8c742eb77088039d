//! What a package says for people: its read-me, a statement about each record, and Dublin Core.
//! USERS 10: plain words, Swedish first.

use std::fmt::Write as _;

use crate::archive::encoding::Signature;
use crate::archive::entry::ordinal;
use crate::archive::package::Facts;
use crate::archive::package::Item;
use crate::archive::then;
use crate::format::xml::write::Writer;

const OURS: (&str, &str) = ("xmlns", "urn:sigill:record:1");
const DUBLIN_CORE: (&str, &str) = ("xmlns:dc", "http://purl.org/dc/elements/1.1/");

/// What is in the package, and how it is checked without us.
pub(super) fn readme(facts: &Facts<'_>) -> Vec<u8> {
    let Facts { name, created, organisation, origin, items, order } = facts;
    let n = items.len();
    let (document, said) = if order.without_signatures {
        (
            "en kopia av dokumentet utan underskrifter; kopians kontrollsumma är registrerad i loggen",
            "copies without signatures, whose hashes are registered; receipts and statements are about the originals",
        )
    } else {
        ("dokumentet som det registrerades, med sina underskrifter", "as they were registered, with their signatures")
    };
    format!(
        "{name}\n\n\
         SVENSKA\n\
         Leveranspaket enligt FGS Paketstruktur 2.0 (E-ARK CSIP och SIP 2.1.0), skapat {created} av {organisation}.\n\
         Antal handlingar: {n}.\n\n\
         representations/rep1/data/ID/             {document}\n\
         representations/rep1/metadata/other/ID/   för varje handling:\n\
         \x20 statement.pdf        kontrollintyg med arkivets sigill\n\
         \x20 statement.txt        vad kontrollen av underskrifterna visade, i ord\n\
         \x20 verification.json    samma svar som data (sigill.verification/1)\n\
         \x20 record.json          handlingen som den registrerades (sigill.record/1)\n\
         \x20 receipt.tlog-proof   kvitto: beviset för att handlingen fanns i loggen {origin} (C2SP tlog-proof)\n\
         \x20 evidence-N           bevis som sparades: spärrlistor, OCSP-svar, certifikat, bevisposter\n\
         metadata/preservation/premis.xml          händelser, med vem och när (PREMIS 3)\n\
         metadata/other/ledger-keys.txt            loggens publika nycklar\n\n\
         Kvittot kontrolleras utan oss och utan nät: sigill prove --key metadata/other/ledger-keys.txt DOKUMENT KVITTO\n\
         Jämför nyckeln med den som {organisation} har offentliggjort.\n\n\
         ENGLISH\n\
         Submission information package (E-ARK CSIP and SIP 2.1.0), made {created} by {organisation}. Records: {n}.\n\
         The documents lie in representations/rep1/data, {said}. Beside each, in\n\
         representations/rep1/metadata/other: what was found, in words and as data; the receipt, which proves that it was\n\
         in the ledger {origin}; the evidence that was kept. The receipt is checked without us and without network:\n\
         sigill prove --key metadata/other/ledger-keys.txt DOCUMENT RECEIPT\n\
         Compare the key with the one that {organisation} has published.\n"
    )
    .into_bytes()
}

/// What was found about one record when it came in, in words.
pub(super) fn statement(item: &Item, facts: &Facts<'_>) -> Vec<u8> {
    let Item { id, record, index, .. } = item;
    let found = &record.verification;
    let mut out = String::new();
    let mut line = |sv: &str, en: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{sv} / {en}: {value}");
    };
    line("Handling", "Record", record.title.as_deref().unwrap_or(&found.file.name));
    let headline = then::headline(found);
    line("Svar", "Answer", &format!("{} / {}", headline.sv, headline.en));
    line("Kontrollerad", "Verified", &found.checked_at);
    line("Regler", "Policy", &format!("{} {}", found.policy.name, found.policy.version));
    line("Handlings-id", "Record id", &id.to_string());
    line("Diarienummer", "Diary number", record.diary_number.as_deref().unwrap_or("–"));
    line("Organ", "Body", record.body.as_deref().unwrap_or("–"));
    line("Sammanträde", "Meeting", record.meeting_date.as_deref().unwrap_or("–"));
    line("Kontrollsumma", "SHA-256", &found.file.sha256);
    line("Loggen", "Ledger", &format!("{}, post nr / entry no. {}", facts.origin, ordinal(*index)));
    line("Registrerad", "Registered", &record.registered_at);
    for transaction in &record.transaction_ids {
        line("Transaktions-ID", "Transaction id", transaction);
    }
    for (number, signature) in found.signatures.iter().enumerate() {
        line("\nUnderskrift", "Signature", &(number + 1).to_string());
        line("Vem", "Who", signer(signature));
        let time = &signature.times;
        let time = time.proven.as_deref().or(time.authenticated.as_deref()).or(time.claimed.as_deref());
        line("När", "When", time.unwrap_or("–"));
        line("Svar", "Answer", &signature.indication);
        for reason in &signature.reasons {
            line("Skäl", "Reason", &format!("{} / {}", reason.sv, reason.en));
        }
    }
    out.into_bytes()
}

fn signer(signature: &Signature) -> &str {
    signature.signer.as_ref().and_then(|signer| signer.name.as_deref()).unwrap_or("–")
}

/// Dublin Core about the whole.
pub(super) fn package(facts: &Facts<'_>) -> Vec<u8> {
    let n = facts.items.len();
    let title = match facts.items {
        [one] => one.record.title.clone().unwrap_or_else(|| one.record.verification.file.name.clone()),
        _ => format!("{n} handlingar från {}", facts.organisation),
    };
    dublin_core(|xml| {
        xml.text("dc:title", &title);
        xml.text("dc:identifier", facts.name);
        xml.text("dc:publisher", facts.organisation);
        xml.text("dc:date", &facts.created.to_string());
        for item in facts.items {
            xml.text("dc:relation", &item.id.to_string());
        }
    })
}

/// Dublin Core about one record.
pub(super) fn record(item: &Item, facts: &Facts<'_>) -> Vec<u8> {
    let record = &item.record;
    dublin_core(|xml| {
        xml.text("dc:title", record.title.as_deref().unwrap_or(&record.verification.file.name));
        xml.text("dc:identifier", &item.id.to_string());
        record.diary_number.iter().for_each(|number| xml.text("dc:identifier", &format!("Diarienummer {number}")));
        for transaction in &record.transaction_ids {
            xml.text("dc:identifier", &format!("Transaktions-ID {transaction}"));
        }
        xml.text("dc:identifier", &format!("SHA-256 {}", record.verification.file.sha256));
        record.body.iter().for_each(|body| xml.text("dc:creator", body));
        xml.text("dc:publisher", facts.organisation);
        let signers =
            record.verification.signatures.iter().filter_map(|signature| signature.signer.as_ref()?.name.as_ref());
        signers.for_each(|name| xml.text("dc:contributor", name));
        record.meeting_date.iter().for_each(|day| xml.text("dc:date", day));
        xml.text("dc:type", &record.record_type);
        xml.text("dc:format", item.document.media);
        xml.text("dc:description", &then::headline(&record.verification).sv);
    })
}

fn dublin_core(inner: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut xml = Writer::new();
    xml.within("record", &[OURS, DUBLIN_CORE], inner);
    xml.finish()
}
