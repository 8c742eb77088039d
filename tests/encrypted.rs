//! Encrypted files: read where the empty password opens them, told where it does not, and never wrongly unchanged.
//! VALIDATION 5.6 and PF-8. Files that others made run where ../shared is.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

use std::collections::BTreeMap;
use std::sync::Arc;

use lopdf::EncryptionState;
use lopdf::EncryptionVersion;
use lopdf::Permissions;
use lopdf::StringFormat;
use lopdf::dictionary;
use lopdf::encryption::crypt_filters::Aes128CryptFilter;
use lopdf::encryption::crypt_filters::Aes256CryptFilter;
use lopdf::encryption::crypt_filters::CryptFilter;
use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::format::pdf::Object;
use sigill::format::pdf::ObjectId;
use sigill::format::pdf::Sealed;
use sigill::format::pdf::text;
use sigill::verify::changes::ChangeLevel;
use sigill::verify::changes::History;

#[expect(dead_code, reason = "no fixture is encrypted")]
#[path = "support/setting.rs"]
mod setting;
#[expect(dead_code, reason = "only the path is needed here")]
#[path = "support/shared.rs"]
mod shared;
#[expect(dead_code, reason = "these updates are of the plain kind")]
#[path = "support/update.rs"]
mod update;

use setting::Setting;
use update::Update;

/// The ways to encrypt that writers use.
#[derive(Clone, Copy, Debug)]
enum Way {
    Rc4Short,
    Rc4,
    Aes128,
    Aes256,
}

const WAYS: [Way; 4] = [Way::Rc4Short, Way::Rc4, Way::Aes128, Way::Aes256];
const CONTENT: &[u8] = b"BT /F 12 Tf 72 700 Td (Protokoll) Tj ET";

/// A page with this content, encrypted with this user password; and the numbers of its content, its catalog and its
/// encryption dictionary.
fn encrypted(way: Way, password: &str, content: &[u8]) -> (Vec<u8>, [u32; 3]) {
    let mut document = lopdf::Document::with_version("1.7");
    let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" };
    let font = document.add_object(font);
    let drawn = document.add_object(lopdf::Stream::new(dictionary! {}, content.to_vec()));
    let pages = document.new_object_id();
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => drawn, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F" => font } },
    });
    document.objects.insert(pages, dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 }.into());
    let title = lopdf::Object::string_literal("Underskrivet");
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages, "Lang" => title });
    document.trailer.set("Root", catalog);
    let id = || lopdf::Object::String(b"0123456789abcdef".to_vec(), StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id(), id()]);
    let state = state(way, &document, password);
    document.encrypt(&state).unwrap();
    let encryption = document.trailer.get(b"Encrypt").unwrap().as_reference().unwrap();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes.push(b'\n');
    (bytes, [drawn.0, catalog.0, encryption.0])
}

fn state(way: Way, document: &lopdf::Document, user_password: &str) -> EncryptionState {
    let (owner_password, permissions) = ("ägare", Permissions::all());
    let filters = |filter: Arc<dyn CryptFilter>| BTreeMap::from([(b"StdCF".to_vec(), filter)]);
    let named = || b"StdCF".to_vec();
    let version = match way {
        Way::Rc4Short => EncryptionVersion::V1 { document, owner_password, user_password, permissions },
        Way::Rc4 => EncryptionVersion::V2 { document, owner_password, user_password, key_length: 128, permissions },
        Way::Aes128 => EncryptionVersion::V4 {
            document,
            encrypt_metadata: true,
            crypt_filters: filters(Arc::new(Aes128CryptFilter)),
            stream_filter: named(),
            string_filter: named(),
            owner_password,
            user_password,
            permissions,
        },
        Way::Aes256 => EncryptionVersion::V5 {
            encrypt_metadata: true,
            crypt_filters: filters(Arc::new(Aes256CryptFilter)),
            file_encryption_key: &[7; 32],
            stream_filter: named(),
            string_filter: named(),
            owner_password,
            user_password,
            permissions,
        },
    };
    EncryptionState::try_from(version).unwrap()
}

fn read(bytes: &[u8]) -> Document<'_> {
    Document::read(bytes, &Budget::STANDARD).unwrap()
}

/// How far the changes of the second revision go.
fn level(bytes: &[u8]) -> ChangeLevel {
    let document = read(bytes);
    assert_eq!(document.revisions().len(), 2);
    History::read(&document, 1).after(Some(0)).level
}

/// The encoded bytes of a stream as they stand in the file.
fn stored(bytes: &[u8], number: u32) -> Vec<u8> {
    let document = read(bytes);
    let found = document.latest().get(ObjectId { number, generation: 0 }).unwrap().unwrap();
    bytes[found.as_stream().unwrap().raw.clone()].to_vec()
}

#[test]
fn strings_and_streams_are_read_as_they_were_before_encryption() {
    for way in WAYS {
        let (bytes, [drawn, ..]) = encrypted(way, "", CONTENT);
        let document = read(&bytes);
        assert_eq!(document.sealed(), None, "{way:?}");
        assert_ne!(stored(&bytes, drawn), CONTENT, "{way:?}: it is encrypted");
        let view = document.latest();
        assert_eq!(view.catalog().unwrap().get(b"Lang"), Some(&Object::String(b"Underskrivet"[..].into())), "{way:?}");
        assert_eq!(text::read(view, &Budget::STANDARD)[0].lines, ["Protokoll"], "{way:?}");
    }
}

#[test]
fn a_file_with_a_password_is_told_as_such_and_never_called_unsigned() {
    for way in WAYS {
        let (bytes, _) = encrypted(way, "hemligt", CONTENT);
        assert_eq!(read(&bytes).sealed(), Some(Sealed::Password), "{way:?}");
        let answer = Setting::new().verify(&bytes);
        assert_eq!(answer.verdict, "unreadable", "{way:?}");
        let told = answer.warnings.iter().find(|warning| warning.code == "ENCRYPTED").unwrap();
        assert!(told.sv.contains("kan bara öppnas med lösenord"), "{}", told.sv);
    }
}

#[test]
fn what_an_update_brings_is_compared_before_encryption() {
    for way in WAYS {
        let (bytes, [drawn, catalog, encryption]) = encrypted(way, "", CONTENT);
        let keys = format!("/Root {catalog} 0 R /Encrypt {encryption} 0 R");
        let update = |data: &[u8]| Update::onto(&bytes).root(&keys).stream(drawn, "", data).table();
        assert_eq!(level(&update(&stored(&bytes, drawn))), ChangeLevel::LtaUpdates, "{way:?}: the same again");
        let (other, _) = encrypted(way, "", b"BT /F 12 Tf 72 700 Td (Protokolx) Tj ET");
        assert_eq!(level(&update(&stored(&other, drawn))), ChangeLevel::Other, "{way:?}: other content");
        assert_eq!(level(&update(b"not the ciphertext of anything")), ChangeLevel::Other, "{way:?}: no ciphertext");
    }
}

#[test]
fn where_the_key_may_be_another_nothing_is_called_unchanged() {
    for way in WAYS {
        let (bytes, [_, catalog, encryption]) = encrypted(way, "", CONTENT);
        let (root, same) = (format!("/Root {catalog} 0 R"), format!("/Encrypt {encryption} 0 R"));
        let dictionary = "<</Filter /Standard /V 1 /R 2 /O (x) /U (y) /P -4>>";
        let updates = [
            ("dropped", Update::onto(&bytes).root(&root).table()),
            ("direct", Update::onto(&bytes).root(&format!("{root} /Encrypt {dictionary}")).table()),
            ("replaced", Update::onto(&bytes).root(&format!("{root} {same}")).object(encryption, dictionary).table()),
        ];
        for (what, update) in updates {
            assert_eq!(read(&update).sealed(), Some(Sealed::Unknown), "{way:?} {what}");
            assert_eq!(level(&update), ChangeLevel::NotChecked, "{way:?} {what}");
            assert!(read(&update).faults().iter().any(|fault| fault.rule == "PF-8"), "{way:?} {what}");
        }
    }
}

#[test]
fn a_string_that_is_no_ciphertext_makes_nothing_of_the_rest_certain() {
    let (bytes, [_, catalog, encryption]) = encrypted(Way::Aes256, "", CONTENT);
    let keys = format!("/Root {catalog} 0 R /Encrypt {encryption} 0 R");
    let update = Update::onto(&bytes).root(&keys).object(90, "<</Title (in the clear)>>").table();
    assert_eq!(read(&update).sealed(), Some(Sealed::Unknown));
    assert_eq!(level(&update), ChangeLevel::NotChecked);
}

/// Files of others: the kind of seal, the verdict and what the first signature claims as its reason.
const OTHERS: [(&str, Option<Sealed>, &str, Option<&str>); 9] = [
    ("dss__encrypted", None, "indeterminate", Some("Výstup z informačního systému veřejné správy")),
    ("pdfminer__kampo", None, "invalid", Some("（なし）")),
    ("openpdf__Demo1_encrypted", None, "indeterminate", Some("Agreement certified by Adobe Sign")),
    ("qpdf__minimal-signed-restricted", None, "indeterminate", Some("Agreement certified by Adobe Acrobat Sign")),
    ("itext__cmp_signedEncrypted", Some(Sealed::Password), "indeterminate", None),
    ("edusign__encrypted", None, "unsigned", None),
    ("mkl-pdfbox2__SR16_ANF_DIP", Some(Sealed::Unknown), "unreadable", None),
    ("pdfbox__AES128ExposedMeta", Some(Sealed::Recipient), "unreadable", None),
    ("pyhanko__minimal-aes256", Some(Sealed::Password), "unreadable", None),
];

#[test]
fn files_that_others_encrypted_are_read_or_told() {
    let directory = shared::path("corpus/dev/pdf");
    if !directory.is_dir() {
        println!("NOT RUN: {} is not there", directory.display());
        return;
    }
    for (name, sealed, verdict, reason) in OTHERS {
        let bytes = std::fs::read(directory.join(format!("{name}.pdf"))).unwrap();
        let document = read(&bytes);
        let claimed = document.signatures().first().and_then(|signature| signature.reason.as_deref());
        assert_eq!((document.sealed(), claimed), (sealed, reason), "{name}");
        let answer = Setting::new().verify(&bytes);
        assert_eq!(answer.verdict, verdict, "{name}");
        let integrity = answer.signatures.iter().map(|signature| &signature.integrity);
        assert!(integrity.into_iter().all(|one| one.digest == "match" && one.signature == "valid"), "{name}");
    }
    println!("RAN: {} files", OTHERS.len());
}
