//! Examples for everything that is described, made from the description itself. DIGG's REST profile DOK.15 and DOK.17.
//! What stands beside a property in its annotation is taken; the rest comes from one table of words.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// How deep an example goes; no shape of ours nests deeper.
const DEPTH_MAX: usize = 12;

const MOMENT: &str = "2026-03-12T13:07:00Z";
const DAY: &str = "2026-03-12";
const RECORD: &str = "8d1f0c2a4be69f7035d8a1c2";
const SHA256: &str = "1f3c0f6f8f2a6f0a9e4d0f0b6c3f1d2e5a7b8c9d0e1f2a3b4c5d6e7f8091a2b3";
const TRANSACTION: &str = "41c226cf-4468-491a-bafd-389e9b0451b4";
const RECORD_AT: &str = "/api/v1/records/8d1f0c2a4be69f7035d8a1c2";

/// What stands in a property of this name, or of this name in this shape.
const WORDS: &[(&str, &str)] = &[
    ("Agreement.left", "Anna Ek"),
    ("Agreement.outcome", "agrees"),
    ("Agreement.right", "Anna Ek"),
    ("Agreement.subject", "signer"),
    ("Algorithms.digest", "SHA-256"),
    ("Algorithms.signature", "RSA-PKCS1"),
    ("BankIdEvidence.field", "Signature1"),
    ("BankIdEvidence.order", "131daac9-16c6-4618-beb0-365768f37288"),
    ("Change.kind", "annotation"),
    ("Change.level", "annotations"),
    ("Change.path", "/Pages/0/Annots/1"),
    ("Change.rule", "MD-1"),
    ("Claims.location", "Exempelstad"),
    ("Claims.reason", "Justering"),
    ("Delivery.package", "uuid-5f0c6a0b-e91d-4f47-8a01-2b3c4d5e6f70"),
    ("DueRecord.due", "disposal"),
    ("DutyFacts.inTime", "within"),
    ("DutyFacts.role", "chair"),
    ("DutyFacts.state", "signed"),
    ("EvidenceRecord.indication", "PASSED"),
    ("File.name", "protokoll.pdf"),
    ("Finding.code", "SIGNED"),
    ("Integrity.digest", "match"),
    ("Integrity.signature", "valid"),
    ("KeptPiece.kind", "ocsp"),
    ("KeptPiece.name", "svar.ocsp"),
    ("Link.relation", "bilaga till"),
    ("Mention.source", "signature-page"),
    ("MinutesFacts.kind", "minutes"),
    ("MinutesFacts.place", "Kommunhuset"),
    ("MinutesFacts.start", "18:00"),
    ("MinutesFacts.end", "20:15"),
    ("Needed.subject", "http://crl.exempel.se/ca.crl"),
    ("Needed.type", "crl"),
    ("Page.template", "signport"),
    ("PageEntry.method", "BankID"),
    ("ParagraphFacts.title", "Ekonomisk uppföljning"),
    ("Policy.digest", SHA256),
    ("Policy.name", "sigill-se-minutes"),
    ("Policy.version", "1"),
    ("Problem.type", "/problem/bad-request"),
    ("Retention.decided", DAY),
    ("Revision.author", "signature"),
    ("Signature.process", "long-term"),
    ("Signature.type", "signature"),
    ("SigningFacts.state", "complete"),
    ("SvtAnswer.message", "OK"),
    ("SvtAnswer.result", "PASSED"),
    ("Times.provenBy", "signature-timestamp"),
    ("Trust.digest", SHA256),
    ("TrustList.name", "Swedish Trusted List"),
    ("Version.author", "signature"),
    ("Webhook.name", "diariet"),
    ("actor", "kansliet"),
    ("adjustNoLaterThan", DAY),
    ("adjustedInTime", "within"),
    ("adjustedOn", DAY),
    ("apiDocumentation", "https://sigill.exempel.se/api/v1/openapi.json"),
    ("appealUntilIfPosted", DAY),
    ("at", MOMENT),
    ("authority", "CN=Exempel TSA, C=SE"),
    ("authenticated", MOMENT),
    ("body", "Kommunstyrelsen"),
    ("by", "kansliet"),
    ("changesAfter", "none"),
    ("claimed", MOMENT),
    ("contact", "arkivet@exempel.se"),
    ("coverage", "whole-file"),
    ("date", DAY),
    ("decidedBy", "arkivarien"),
    ("decision", "KS 2026/45"),
    ("deliverFrom", DAY),
    ("diaryNumber", "KS 2026/123"),
    ("document", "/api/v1/records/8d1f0c2a4be69f7035d8a1c2/document"),
    ("en", "The signatures are valid"),
    ("event", "registered"),
    ("events", "/api/v1/records/8d1f0c2a4be69f7035d8a1c2/events"),
    ("evidence", "B"),
    ("expires", MOMENT),
    ("field", "Signature1"),
    ("fileName", "protokoll.pdf"),
    ("hold", "h-1"),
    ("id", RECORD),
    ("identifier", "19620314-••••"),
    ("indication", "TOTAL-PASSED"),
    ("issued", MOMENT),
    ("issuer", "CN=Exempel CA, C=SE"),
    ("level", "PAdES-B-LT"),
    ("levelOfAssurance", "http://id.elegnamnden.se/loa/1.0/loa3"),
    ("link", RECORD_AT),
    ("lang", "sv"),
    ("meetingDate", DAY),
    ("method", "BankID"),
    ("name", "Anna Ek"),
    ("nextUpdate", MOMENT),
    ("notAfter", MOMENT),
    ("notBefore", MOMENT),
    ("organisation", "Exempelkommunen"),
    ("origin", "sigill.exempel.se"),
    ("originalRecordId", RECORD),
    ("package", SHA256),
    ("page", "/handling/8d1f0c2a4be69f7035d8a1c2"),
    ("plan", "KS 2025/9"),
    ("policy", "sigill-se-minutes"),
    ("postNoLaterThan", DAY),
    ("proposal", "3c9e1f0a7b2d4c5e"),
    ("proposedBy", "kansliet"),
    ("proven", MOMENT),
    ("provider", "Finansiell ID-Teknik BID AB"),
    ("purpose", "Anslagstavlan"),
    ("reason", "Målet är avgjort"),
    ("receipt", "/api/v1/records/8d1f0c2a4be69f7035d8a1c2/receipt"),
    ("recipient", "Stadsarkivet"),
    ("record", RECORD),
    ("recordId", RECORD),
    ("recordType", "minutes"),
    ("registeredBy", "kansliet"),
    ("retention", "/api/v1/records/8d1f0c2a4be69f7035d8a1c2/retention"),
    ("revisions", "/api/v1/records/8d1f0c2a4be69f7035d8a1c2/revisions"),
    ("rule", "protokoll-bevaras"),
    ("ruleId", "protokoll-bevaras"),
    ("schema", "sigill.verification/1"),
    ("scheduleVersion", "1"),
    ("secretary", "Bo Berg"),
    ("self", RECORD_AT),
    ("serial", "0a1b2c3d"),
    ("service", "Exempel underskriftstjänst"),
    ("sha256", SHA256),
    ("snippet", "Kommunstyrelsen beslutar att godkänna rapporten."),
    ("softwareVersion", "0.1.0"),
    ("subFilter", "ETSI.CAdES.detached"),
    ("subject", "CN=Anna Ek, C=SE"),
    ("subIndication", "NO_POE"),
    ("sv", "Underskrifterna är giltiga"),
    ("territory", "SE"),
    ("text", "avgift förskola"),
    ("timeAsWritten", "12 mars 2026 kl. 18.00"),
    ("title", "Protokoll 2026-03-12"),
    ("to", RECORD),
    ("transactionId", TRANSACTION),
    ("undoUntil", MOMENT),
    ("until", "2036-12-31"),
    ("verdict", "valid"),
    ("verifiableUntil", MOMENT),
    ("verification", "/api/v1/records/8d1f0c2a4be69f7035d8a1c2/verification"),
    ("vkey", "sigill.exempel.se+6f2c0830+AWWPWlSxBjJgU/fwqGAyIYYRDrJWsWxtI7vazS40X22C"),
    // Elements of lists, by the list's name.
    ("absent", "Cia Dal"),
    ("adjusters", "Anna Ek"),
    ("chairs", "Anna Ek"),
    ("decisions", "Kommunstyrelsen beslutar att godkänna rapporten."),
    ("doubts", "EXPIRED"),
    ("done", RECORD),
    ("fields", "Signature1"),
    ("linked", RECORD),
    ("present", "Anna Ek"),
    ("records", RECORD),
    ("roles", "undertecknare"),
    ("stamped", MOMENT),
    ("transactionIds", TRANSACTION),
    ("unsignedFields", "Signature2"),
];

/// Numbers that are not 1.
const NUMBERS: &[(&str, u64)] =
    &[("index", 41), ("keyBits", 3072), ("limit", 20), ("offset", 0), ("size", 123_456), ("revision", 0), ("start", 0)];

/// An example of a schema of this document; `name` is the property or parameter it stands in.
pub(crate) fn of(document: &Value, schema: &Value, name: &str) -> Value {
    Samples { document }.of(schema, ("", name), 0)
}

struct Samples<'d> {
    document: &'d Value,
}

impl Samples<'_> {
    fn of(&self, schema: &Value, place: (&str, &str), depth: usize) -> Value {
        if let Some(example) = schema.get("example").or_else(|| schema.get("examples")?.get(0)) {
            return example.clone();
        }
        if let Some(first) = schema.get("const").or_else(|| schema.get("enum")?.get(0)) {
            return first.clone();
        }
        if depth > DEPTH_MAX {
            return Value::Null;
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let shape = target.rsplit('/').next().unwrap_or_default();
            let found = self.document.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
            return self.of(found, (shape, place.1), depth + 1);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.merged(parts, place, depth);
        }
        let choices = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
        if let Some(choices) = choices {
            let nothing = |choice: &&Value| choice.get("type").and_then(Value::as_str) != Some("null");
            return choices.iter().find(nothing).map_or(Value::Null, |choice| self.of(choice, place, depth + 1));
        }
        self.plain(schema, place, depth)
    }

    fn merged(&self, parts: &[Value], place: (&str, &str), depth: usize) -> Value {
        let all = parts.iter().filter_map(|part| match self.of(part, place, depth + 1) {
            Value::Object(members) => Some(members),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        });
        Value::Object(all.fold(Map::new(), |mut sum, members| {
            sum.extend(members);
            sum
        }))
    }

    fn plain(&self, schema: &Value, place: (&str, &str), depth: usize) -> Value {
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        match kinds.into_iter().find(|kind| *kind != "null") {
            Some("object") => self.object(schema, place.0, depth),
            Some("array") => self.array(schema, place, depth),
            Some("integer" | "number") => json!(NUMBERS.iter().find(|(own, _)| *own == place.1).map_or(1, |(_, n)| *n)),
            Some("boolean") => json!(false),
            Some("string") => json!(word(place)),
            Some(_) | None => Value::Null,
        }
    }

    fn object(&self, schema: &Value, shape: &str, depth: usize) -> Value {
        let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        Value::Object(members.map(|(name, of)| (name.clone(), self.of(of, (shape, name), depth + 1))).collect())
    }

    fn array(&self, schema: &Value, place: (&str, &str), depth: usize) -> Value {
        let each = schema.get("prefixItems").and_then(Value::as_array);
        if let Some(each) = each {
            return each.iter().map(|one| self.of(one, place, depth + 1)).collect();
        }
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).clamp(1, 8);
        let one = schema.get("items").map_or(Value::Null, |items| self.of(items, place, depth + 1));
        (0..least).map(|_| one.clone()).collect()
    }
}

fn word((shape, name): (&str, &str)) -> &'static str {
    let own = format!("{shape}.{name}");
    let found = WORDS.iter().find(|(key, _)| *key == own).or_else(|| WORDS.iter().find(|(key, _)| *key == name));
    match found {
        Some((_, word)) => word,
        None if name.ends_with("At") => MOMENT,
        None => "text",
    }
}
