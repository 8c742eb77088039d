//! What was done to the records, by whom and when, and what their documents are. PREMIS 3.0, CITS Preservation Metadata.

use crate::archive::entry::ordinal;
use crate::archive::look_up::Happened;
use crate::archive::package::Facts;
use crate::archive::package::Item;
use crate::format::xml::write::Writer;

const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns", "http://www.loc.gov/premis/v3"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ("xsi:schemaLocation", "http://www.loc.gov/premis/v3 https://www.loc.gov/standards/premis/premis.xsd"),
    ("version", "3.0"),
];
/// Who verified and registered.
const SOFTWARE: &str = concat!("sigill-", env!("CARGO_PKG_VERSION"));

/// All records of a package: their documents, then what happened, then who did it.
pub(super) fn package(facts: &Facts<'_>) -> Vec<u8> {
    let mut xml = Writer::new();
    xml.within("premis", NAMESPACES, |xml| {
        facts.items.iter().for_each(|item| object(xml, item));
        for item in facts.items {
            verified(xml, item);
            item.events.iter().for_each(|event| happened(xml, item, event, facts));
        }
        agent(xml, "organisation", facts.organisation, "organization", None);
        agent(xml, SOFTWARE, "sigill", "software", Some(env!("CARGO_PKG_VERSION")));
    });
    xml.finish()
}

fn object(xml: &mut Writer, item: &Item) {
    let file = &item.document;
    xml.within("object", &[("xsi:type", "file")], |xml| {
        identifier(xml, "object", &item.id.to_string());
        xml.within("objectCharacteristics", &[], |xml| {
            xml.within("fixity", &[], |xml| {
                xml.text("messageDigestAlgorithm", "SHA-256");
                xml.text("messageDigest", &file.sha256);
            });
            xml.text("size", &file.size.to_string());
            xml.within("format", &[], |xml| {
                xml.within("formatDesignation", &[], |xml| xml.text("formatName", file.media));
            });
        });
        xml.text("originalName", &item.record.verification.file.name);
        xml.within("storage", &[], |xml| {
            xml.within("contentLocation", &[], |xml| {
                xml.text("contentLocationType", "URI");
                xml.text("contentLocationValue", &file.path);
            });
        });
    });
}

/// The verification when the document came in: what is preserved is the proof that it was genuine on arrival.
fn verified(xml: &mut Writer, item: &Item) {
    let found = &item.record.verification;
    let policy = format!("{} {}", found.policy.name, found.policy.version);
    let detail = format!("{} / {} ({policy})", found.headline.sv, found.headline.en);
    xml.within("event", &[], |xml| {
        identifier(xml, "event", &format!("{}-verification", item.id));
        xml.text("eventType", "digital signature validation");
        xml.text("eventDateTime", &found.checked_at);
        xml.within("eventOutcomeInformation", &[], |xml| {
            xml.text("eventOutcome", &found.verdict);
            xml.within("eventOutcomeDetail", &[], |xml| xml.text("eventOutcomeDetailNote", &detail));
        });
        linked(xml, "Agent", SOFTWARE, "executing program");
        linked(xml, "Object", &item.id.to_string(), "source");
    });
}

fn happened(xml: &mut Writer, item: &Item, event: &Happened, facts: &Facts<'_>) {
    let name = match event.event.name() {
        "registered" => "registration",
        other => other,
    };
    let detail = format!("{}: post nr / entry no. {}, {}", facts.origin, ordinal(event.index), event.actor);
    xml.within("event", &[], |xml| {
        identifier(xml, "event", &format!("{}-{}", item.id, event.index));
        xml.text("eventType", name);
        xml.text("eventDateTime", &event.at);
        xml.within("eventDetailInformation", &[], |xml| xml.text("eventDetail", &detail));
        linked(xml, "Agent", "organisation", "implementer");
        linked(xml, "Object", &item.id.to_string(), "source");
    });
}

fn agent(xml: &mut Writer, id: &str, name: &str, kind: &str, version: Option<&str>) {
    xml.within("agent", &[], |xml| {
        identifier(xml, "agent", id);
        xml.text("agentName", name);
        xml.text("agentType", kind);
        version.iter().for_each(|version| xml.text("agentVersion", version));
    });
}

fn identifier(xml: &mut Writer, of: &str, value: &str) {
    xml.within(&format!("{of}Identifier"), &[], |xml| {
        xml.text(&format!("{of}IdentifierType"), "local");
        xml.text(&format!("{of}IdentifierValue"), value);
    });
}

fn linked(xml: &mut Writer, to: &str, value: &str, role: &str) {
    xml.within(&format!("linking{to}Identifier"), &[], |xml| {
        xml.text(&format!("linking{to}IdentifierType"), "local");
        xml.text(&format!("linking{to}IdentifierValue"), value);
        xml.text(&format!("linking{to}Role"), role);
    });
}
