//! The index of a package, and that of its one representation: METS as E-ARK CSIP and SIP 2.1.0 profile it.
//! Each file is named once, with its size and SHA-256; clause numbers are those of the profiles.

use jiff::Timestamp;

use crate::archive::package::Facts;
use crate::archive::package::Filed;
use crate::archive::package::METS;
use crate::archive::package::REPRESENTATION;
use crate::format::xml::write::Writer;

const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns", "http://www.loc.gov/METS/"),
    ("xmlns:xlink", "http://www.w3.org/1999/xlink"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ("xmlns:csip", "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"),
    ("xmlns:sip", "https://DILCIS.eu/XML/METS/SIPExtensionMETS"),
    (
        "xsi:schemaLocation",
        "http://www.loc.gov/METS/ https://www.loc.gov/standards/mets/mets.xsd \
         https://DILCIS.eu/XML/METS/CSIPExtensionMETS https://earkcsip.dilcis.eu/schema/DILCISExtensionMETS.xsd \
         https://DILCIS.eu/XML/METS/SIPExtensionMETS https://earksip.dilcis.eu/schema/DILCISExtensionSIPMETS.xsd",
    ),
];
const PROFILE_SIP: &str = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml";
const PROFILE_CSIP: &str = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml";
/// CSIP2, a term of its vocabulary of content categories.
const CATEGORY: &str = "Textual works – Digital";
/// CSIP4, CSIP5: what the vocabulary of content has no word for.
const CONTENT: [(&str, &str); 2] = [
    ("csip:CONTENTINFORMATIONTYPE", "OTHER"),
    ("csip:OTHERCONTENTINFORMATIONTYPE", "Electronically signed records with their verification"),
];

/// One METS file: of the package or of the representation.
struct Level<'l> {
    id: &'l str,
    label: &'l str,
    profile: &'static str,
    created: Timestamp,
    /// `metadata/descriptive`.
    descriptive: Vec<Entry<'l>>,
    /// `metadata/preservation` and `metadata/other`.
    provenance: Vec<Entry<'l>>,
    groups: Vec<Group<'l>>,
}

/// A file as this level names it.
struct Entry<'l> {
    id: String,
    href: &'l str,
    file: &'l Filed,
}

/// Files of one use (CSIP64).
struct Group<'l> {
    id: &'static str,
    label: &'static str,
    files: Vec<Entry<'l>>,
}

/// The files below `folder`, named from `base`.
fn below<'l>(files: &'l [Filed], base: &str, folder: &str, id: &str) -> Vec<Entry<'l>> {
    let inside = files.iter().filter_map(|file| Some((file, file.path.strip_prefix(base)?)));
    let inside = inside.filter(|(_, href)| href.starts_with(folder));
    inside.enumerate().map(|(n, (file, href))| Entry { id: format!("{id}-{}", n + 1), href, file }).collect()
}

/// The package's METS.xml over all its other files.
pub(super) fn package(facts: &Facts<'_>, files: &[Filed]) -> Vec<u8> {
    let group = |id, label, folder: &str| Group { id, label, files: below(files, "", folder, id) };
    let level = Level {
        id: facts.name,
        label: facts.name,
        profile: PROFILE_SIP,
        created: facts.created,
        descriptive: below(files, "", "metadata/descriptive/", "dmd"),
        provenance: [
            below(files, "", "metadata/preservation/", "premis"),
            below(files, "", "metadata/other/", "other"),
        ]
        .into_iter()
        .flatten()
        .collect(),
        groups: vec![
            group("documentation", "Documentation", "documentation/"),
            group("schemas", "Schemas", "schemas/"),
            // The representation speaks for its own files; here it is named by its index alone.
            group("rep1", "Representations", &format!("{REPRESENTATION}/{METS}")),
        ],
    };
    written(&level, |xml| header(xml, facts))
}

/// The representation's METS.xml over all its other files.
pub(super) fn representation(facts: &Facts<'_>, files: &[Filed]) -> Vec<u8> {
    let base = format!("{REPRESENTATION}/");
    let level = Level {
        id: "rep1",
        label: facts.name,
        profile: PROFILE_CSIP,
        created: facts.created,
        descriptive: below(files, &base, "metadata/descriptive/", "dmd"),
        provenance: below(files, &base, "metadata/other/", "other"),
        groups: vec![Group { id: "data", label: "Data", files: below(files, &base, "data/", "data") }],
    };
    written(&level, |xml| {
        let created = facts.created.to_string();
        let header = [("CREATEDATE", created.as_str()), ("LASTMODDATE", &created), ("csip:OAISPACKAGETYPE", "SIP")];
        xml.within("metsHdr", &header, software);
    })
}

fn written(level: &Level<'_>, header: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut attributes = NAMESPACES.to_vec();
    attributes.extend([("OBJID", level.id), ("LABEL", level.label), ("TYPE", CATEGORY), ("PROFILE", level.profile)]);
    attributes.extend(CONTENT);
    let mut xml = Writer::new();
    xml.within("mets", &attributes, |xml| {
        header(xml);
        let created = level.created.to_string();
        for entry in &level.descriptive {
            let section = [("ID", entry.id.as_str()), ("CREATED", &created), ("STATUS", "CURRENT")];
            xml.within("dmdSec", &section, |xml| reference(xml, entry, &created, &[("MDTYPE", "DC")]));
        }
        xml.within("amdSec", &[("ID", "amd")], |xml| {
            for entry in &level.provenance {
                let section = [("ID", entry.id.as_str()), ("CREATED", &created), ("STATUS", "CURRENT")];
                xml.within("digiprovMD", &section, |xml| reference(xml, entry, &created, kind(entry.href)));
            }
        });
        xml.within("fileSec", &[("ID", "files")], |xml| {
            level.groups.iter().for_each(|group| files(xml, group, &created));
        });
        map(xml, level);
    });
    xml.finish()
}

/// What a piece of metadata is (CSIP39).
fn kind(href: &str) -> &'static [(&'static str, &'static str)] {
    if href.starts_with("metadata/preservation/") {
        &[("MDTYPE", "PREMIS"), ("MDTYPEVERSION", "3.0")]
    } else if href.ends_with("/verification.json") {
        &[("MDTYPE", "OTHER"), ("OTHERMDTYPE", "sigill.verification/1")]
    } else if href.ends_with("/record.json") {
        &[("MDTYPE", "OTHER"), ("OTHERMDTYPE", "sigill.record/1")]
    } else if href.ends_with(".tlog-proof") {
        &[("MDTYPE", "OTHER"), ("OTHERMDTYPE", "C2SP tlog-proof")]
    } else {
        &[("MDTYPE", "OTHER"), ("OTHERMDTYPE", "evidence")]
    }
}

/// CSIP7 to CSIP16, SIP4 to SIP31. Who submits has a role of its own, for CSIP12 lets only software be a creator.
fn header(xml: &mut Writer, facts: &Facts<'_>) {
    let created = facts.created.to_string();
    let attributes = [
        ("CREATEDATE", created.as_str()),
        ("LASTMODDATE", &created),
        ("RECORDSTATUS", "NEW"),
        ("csip:OAISPACKAGETYPE", "SIP"),
    ];
    let organisation = |xml: &mut Writer, role: &[(&str, &str)], name: &str| {
        let attributes = [role, &[("TYPE", "ORGANIZATION")]].concat();
        xml.within("agent", &attributes, |xml| xml.text("name", name));
    };
    xml.within("metsHdr", &attributes, |xml| {
        software(xml);
        organisation(xml, &[("ROLE", "ARCHIVIST")], facts.organisation);
        organisation(xml, &[("ROLE", "OTHER"), ("OTHERROLE", "SUBMITTER")], facts.organisation);
        facts.order.recipient.iter().for_each(|name| organisation(xml, &[("ROLE", "PRESERVATION")], name));
        let agreement = facts.order.agreement.iter();
        agreement.for_each(|text| xml.text_with("altRecordID", &[("TYPE", "SUBMISSIONAGREEMENT")], text));
    });
}

fn software(xml: &mut Writer) {
    xml.within("agent", &[("ROLE", "CREATOR"), ("TYPE", "OTHER"), ("OTHERTYPE", "SOFTWARE")], |xml| {
        xml.text("name", "sigill");
        xml.text_with("note", &[("csip:NOTETYPE", "SOFTWARE VERSION")], env!("CARGO_PKG_VERSION"));
    });
}

fn reference(xml: &mut Writer, entry: &Entry<'_>, created: &str, kind: &[(&str, &str)]) {
    let size = entry.file.size.to_string();
    let place = [("LOCTYPE", "URL"), ("xlink:type", "simple"), ("xlink:href", entry.href)];
    let facts = facts(entry, &size, created);
    xml.empty("mdRef", &[place.as_slice(), kind, &facts].concat());
}

fn facts<'e>(entry: &'e Entry<'_>, size: &'e str, created: &'e str) -> [(&'e str, &'e str); 5] {
    [
        ("MIMETYPE", entry.file.media),
        ("SIZE", size),
        ("CREATED", created),
        ("CHECKSUM", &entry.file.sha256),
        ("CHECKSUMTYPE", "SHA-256"),
    ]
}

fn files(xml: &mut Writer, group: &Group<'_>, created: &str) {
    let mut attributes = vec![("ID", group.id), ("USE", group.label), ("ADMID", "amd")];
    attributes.extend(CONTENT);
    xml.within("fileGrp", &attributes, |xml| {
        for entry in &group.files {
            let size = entry.file.size.to_string();
            let mut attributes = vec![("ID", entry.id.as_str()), ("ADMID", "amd")];
            attributes.extend(facts(entry, &size, created));
            xml.within("file", &attributes, |xml| {
                xml.empty("FLocat", &[("LOCTYPE", "URL"), ("xlink:type", "simple"), ("xlink:href", entry.href)]);
            });
        }
    });
}

/// CSIP80 to CSIP119.
fn map(xml: &mut Writer, level: &Level<'_>) {
    let ids = |entries: &[Entry<'_>]| entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>().join(" ");
    let (admin, descriptive) = (ids(&level.provenance), ids(&level.descriptive));
    let map = [("ID", "map"), ("TYPE", "PHYSICAL"), ("LABEL", "CSIP")];
    xml.within("structMap", &map, |xml| {
        xml.within("div", &[("ID", "div-root"), ("LABEL", level.id)], |xml| {
            let metadata =
                [("ID", "div-metadata"), ("LABEL", "Metadata"), ("ADMID", admin.as_str()), ("DMDID", &descriptive)];
            xml.empty("div", &metadata);
            for group in &level.groups {
                let id = format!("div-{}", group.id);
                xml.within("div", &[("ID", &id), ("LABEL", group.label)], |xml| {
                    xml.empty("fptr", &[("FILEID", group.id)]);
                    if group.label == "Representations" {
                        let index = format!("{REPRESENTATION}/{METS}");
                        xml.within("div", &[("ID", "div-rep1-index"), ("LABEL", "Representations/rep1")], |xml| {
                            let title = [("xlink:title", "rep1"), ("LOCTYPE", "URL"), ("xlink:type", "simple")];
                            xml.empty("mptr", &[title.as_slice(), &[("xlink:href", &index)]].concat());
                        });
                    }
                });
            }
        });
    });
}
