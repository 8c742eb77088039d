//! A delivery to a long-term archive: a submission information package, described before a byte of it is written.
//! E-ARK CSIP and SIP 2.1.0, which is Riksarkivet's FGS Paketstruktur 2.0 (SWEDEN 4.5); USERS 8 (18).

mod told;
mod premis;
mod mets;
pub mod write;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::encoding::hex;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::look_up::Found;
use crate::archive::look_up::Happened;
use crate::archive::record::KeptPiece;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::statement::Language;
use crate::verify::crypto;

/// Where the documents lie in a package.
const REPRESENTATION: &str = "representations/rep1";
/// The index of a package and of a representation.
const METS: &str = "METS.xml";
/// The schema of what we write ourselves about a record.
const SCHEMA: &[u8] = include_bytes!("record.xsd");

/// What somebody says about a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The archive that it goes to.
    pub recipient: Option<String>,
    /// The agreement on deliveries that it follows.
    pub agreement: Option<String>,
    /// Whether copies without signatures go, for an archive that takes none.
    pub without_signatures: bool,
}

/// A package as it will be: every file with its place and its SHA-256, nothing written yet.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its identifier, and the name of its only folder.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its records.
    pub records: Vec<RecordId>,
    /// The copies without signatures that go instead of the documents, where they do.
    pub copies: Vec<(RecordId, Filed)>,
    /// Its files, METS.xml last.
    pub files: Vec<Filed>,
}

/// A file of a package.
#[derive(Clone, Debug)]
pub struct Filed {
    /// Where it lies below the package's folder: letters, digits, `.`, `-` and `/` alone.
    pub path: String,
    /// Its media type, as IANA lists it.
    pub media: &'static str,
    /// SHA-256, hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// What it holds.
    pub content: Content,
}

/// What a file of a package holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A record's document, which stays in the archive until it is written.
    Document(RecordId),
    /// A piece of evidence, likewise.
    Piece(KeptPiece),
}

impl Filed {
    fn bytes(path: String, media: &'static str, bytes: Vec<u8>) -> Self {
        let sha256 = hex(&crypto::sha256(&[&bytes]));
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { path, media, sha256, size, content: Content::Bytes(bytes) }
    }
}

/// One record of a package, with all that is said about it.
pub(crate) struct Item {
    id: RecordId,
    record: Record,
    index: u64,
    events: Vec<Happened>,
    document: Filed,
}

/// What all parts of a package are written from.
pub(crate) struct Facts<'a> {
    name: &'a str,
    created: Timestamp,
    organisation: &'a str,
    origin: String,
    order: &'a Order,
    items: &'a [Item],
}

impl Archive {
    /// Describes the delivery of these records: the documents as they were registered, or copies of them without
    /// signatures, and with each what was found, a statement under the archive's seal, its receipt, the kept evidence and its events. None where a record is not there.
    ///
    /// # Errors
    /// The store's and the ledger's, damage; [`Error::Unwitnessed`] while a receipt waits for witnesses.
    pub fn package(&self, ids: &[RecordId], order: &Order) -> Result<Option<Package>, Error> {
        let (mut items, mut seen) = (Vec::new(), BTreeSet::new());
        for id in ids.iter().filter(|id| seen.insert(**id)) {
            let (Some(found), Some(events)) = (self.record(*id)?, self.events(*id)?) else { return Ok(None) };
            let copy = if order.without_signatures { Some(self.without_signatures(*id)?) } else { None };
            items.push(item(*id, found, events, copy));
        }
        let created = self.now();
        let name = named(&items);
        let origin = self.ledger().origin().to_owned();
        let organisation = self.organisation().unwrap_or(&origin);
        let facts = Facts { name: &name, created, organisation, origin: origin.clone(), order, items: &items };
        let mut files = vec![
            Filed::bytes("documentation/readme.txt".to_owned(), "text/plain", told::readme(&facts)),
            Filed::bytes("schemas/record.xsd".to_owned(), "application/xml", SCHEMA.to_vec()),
            Filed::bytes("metadata/descriptive/package.xml".to_owned(), "application/xml", told::package(&facts)),
            Filed::bytes("metadata/preservation/premis.xml".to_owned(), "application/xml", premis::package(&facts)),
            Filed::bytes("metadata/other/ledger-keys.txt".to_owned(), "text/plain", self.published_keys().into_bytes()),
            Filed::bytes("metadata/other/trust.policy".to_owned(), "text/plain", self.trust_file().into_bytes()),
        ];
        let mut inner = Vec::new();
        for item in &items {
            inner.push(item.document.clone());
            inner.extend(self.beside(item, &facts)?);
        }
        inner.push(Filed::bytes(
            format!("{REPRESENTATION}/{METS}"),
            "application/xml",
            mets::representation(&facts, &inner),
        ));
        files.extend(inner);
        files.push(Filed::bytes(METS.to_owned(), "application/xml", mets::package(&facts, &files)));
        let records = items.iter().map(|item| item.id).collect();
        let copies = items.into_iter().filter(|_| order.without_signatures).map(|item| (item.id, item.document));
        Ok(Some(Package { name, created, records, copies: copies.collect(), files }))
    }

    /// What goes with a record's document.
    fn beside(&self, item: &Item, facts: &Facts<'_>) -> Result<Vec<Filed>, Error> {
        let Item { id, record, events, index, .. } = item;
        let missing = || Error::Damaged(format!("record {id}"));
        let receipt = self.receipt(*id)?.ok_or_else(missing)?;
        // The very bytes that the ledger's entry commits to.
        let written = self.kept_at(*index)?.1.bytes;
        let metadata = format!("{REPRESENTATION}/metadata");
        let other = format!("{metadata}/other/{id}");
        let mut files = vec![
            Filed::bytes(format!("{metadata}/descriptive/{id}.xml"), "application/xml", told::record(item, facts)),
            Filed::bytes(format!("{other}/record.json"), "application/json", written),
            Filed::bytes(format!("{other}/verification.json"), "application/json", json(&record.verification)?),
            Filed::bytes(format!("{other}/statement.txt"), "text/plain", told::statement(item, facts)),
            Filed::bytes(
                format!("{other}/statement.pdf"),
                "application/pdf",
                self.statement(*id, Language::Sv, None)?.ok_or_else(missing)?,
            ),
            Filed::bytes(format!("{other}/receipt.tlog-proof"), "text/plain", receipt.into_bytes()),
        ];
        let pieces = events.iter().flat_map(|event| &event.evidence);
        for (number, piece) in pieces.enumerate() {
            files.push(Filed {
                path: format!("{other}/evidence-{}.{}", number + 1, ending_of(&piece.name)),
                media: "application/octet-stream",
                sha256: piece.sha256.clone(),
                size: piece.size,
                content: Content::Piece(piece.clone()),
            });
        }
        Ok(files)
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec_pretty(value).map_err(|error| Error::Damaged(error.to_string()))
}

fn item(id: RecordId, found: Found, events: Vec<Happened>, copy: Option<Vec<u8>>) -> Item {
    let Found { record, index, .. } = found;
    let file = &record.verification.file;
    let ending = ending_of(&file.name);
    let (path, media) = (format!("{REPRESENTATION}/data/{id}/document.{ending}"), media_of(&ending));
    let document = match copy {
        Some(bytes) => Filed::bytes(path, media, bytes),
        None => Filed { path, media, sha256: file.sha256.clone(), size: file.size, content: Content::Document(id) },
    };
    Item { id, record, index, events, document }
}

/// The ending of a name where it is a plain one; a name from outside never becomes a path.
fn ending_of(name: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let plain = (1..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { ending.to_ascii_lowercase() } else { "bin".to_owned() }
}

fn media_of(ending: &str) -> &'static str {
    match ending {
        "pdf" => "application/pdf",
        "txt" | "md" => "text/plain",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}

/// A package of one record bears its name, one of several a name that follows from theirs.
fn named(items: &[Item]) -> String {
    match items {
        [one] => format!("sigill-{}", one.id),
        several => {
            let ids: String = several.iter().map(|item| item.id.to_string()).collect();
            let hash = hex(&crypto::sha256(&[ids.as_bytes()]));
            format!("sigill-{}", hash.get(..24).unwrap_or(&hash))
        }
    }
}
