//! One function for each reader of foreign bytes, to be run on anything: by libFuzzer (tests/fuzz) and by
//! tests/replay.rs on all that was kept. Whatever the bytes, each must return: soon, in little memory, without a panic.

use std::sync::OnceLock;

use sigill::archive::entry::Entry;
use sigill::archive::entry::Opening;
use sigill::archive::retention::Schedule;
use sigill::archive::retention::plan;
use sigill::format::authn::AuthnContexts;
use sigill::format::authn::SamlAuthContext;
use sigill::format::bankid;
use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::crl::Crl;
use sigill::format::der;
use sigill::format::ers::EvidenceRecord;
use sigill::format::ksi;
use sigill::format::minutes::Line;
use sigill::format::minutes::meeting;
use sigill::format::minutes::signpage;
use sigill::format::minutes::transaction;
use sigill::format::minutes::when;
use sigill::format::ocsp;
use sigill::format::pdf::Document;
use sigill::format::pdf::Object;
use sigill::format::pdf::copy;
use sigill::format::pdf::dss;
use sigill::format::pdf::dss::Dss;
use sigill::format::pdf::text;
use sigill::format::svt;
use sigill::format::timestamp::Response;
use sigill::format::timestamp::Token;
use sigill::format::timestamp::TstInfo;
use sigill::format::trustlist::TrustList;
use sigill::format::x509::Certificate;
use sigill::format::xml;
use sigill::format::xml::signature::Signature;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::note;
use sigill::ledger::receipt::Receipt;
use sigill::verify::agreement;
use sigill::verify::budget::Meter;
use sigill::verify::evidence::Evidence;
use sigill::verify::mask;
use sigill::verify::path;
use sigill::verify::policy::Policy;
use sigill::verify::trust::Trust;
use sigill::verify::verdict;
use sigill::verify::xmldsig;

use crate::objects;

/// Reads bytes that anyone may have made.
pub(crate) type Target = fn(&[u8]);

/// Every target by name; its seeds and what once broke it stand in tests/fuzz under that name.
pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("verify", verify),
    ("pdf", pdf),
    ("xref", xref),
    ("object", object),
    ("filter", filter),
    ("content", content),
    ("font", font),
    ("cms", cms),
    ("certificate", certificate),
    ("crl", crl),
    ("ocsp", ocsp),
    ("timestamp", timestamp),
    ("ers", ers),
    ("ksi", ksi),
    ("authn", authn),
    ("xml", xml),
    ("bankid", bankid),
    ("svt", svt),
    ("minutes", minutes),
    ("receipt", receipt),
    ("entry", entry),
    ("retention", retention),
    ("table", table),
    ("copy", copied),
];

const BUDGET: &Budget = &Budget::STANDARD;
/// The key that signed the seeds of `receipt`; its secret half is 32 times 7.
const KEY: &str = "sigill.example/log+7fabfab5+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
const ANCHOR: &[u8] = include_bytes!("../../keys/trust/test/sigill-test-root-ca.pem");

fn trust() -> &'static Trust {
    static TRUST: OnceLock<Trust> = OnceLock::new();
    TRUST.get_or_init(|| Trust::read([("root", ANCHOR)]).0)
}

fn anchor() -> &'static Certificate {
    &trust().anchors()[0].certificate
}

/// The whole verification, as the service does it.
fn verify(bytes: &[u8]) {
    let at = "2026-11-01T00:00:00Z".parse().expect("a moment");
    verdict::verify(bytes, &Evidence::none(), trust(), &Policy::swedish_minutes(), BUDGET, at);
}

/// A file: every revision, object, stream, page and security store.
fn pdf(bytes: &[u8]) {
    let Ok(document) = Document::read(bytes, BUDGET) else { return };
    for revision in 0..document.revisions().len() {
        let view = document.view(revision);
        document.changes(revision).for_each(drop);
        for id in view.ids() {
            if let Ok(Some(Object::Stream(stream))) = view.get(id) {
                let _ = view.inflate(&stream);
                let _ = text::drawn(view, &stream);
            }
        }
        if let Ok(Some(store)) = Dss::read(view) {
            store.vri_keys.iter().for_each(|key| drop(dss::related(view, key)));
        }
    }
    let _ = text::read(document.latest(), BUDGET);
    for field in document.signatures() {
        let _ = field.digest_parts(bytes);
    }
}

/// A cross-reference section and what follows it, behind a sound page.
fn xref(bytes: &[u8]) {
    let mut file = objects::pdf(&objects::page(objects::stream("", b"BT ET")), "");
    let at = file.windows(5).position(|window| window == b"xref\n").expect("the table that was written");
    file.truncate(at);
    file.extend([bytes, format!("\nstartxref\n{at}\n%%EOF\n").as_bytes()].concat());
    pdf(&file);
}

/// The value of one object.
fn object(bytes: &[u8]) {
    pdf(&objects::pdf(&objects::page(bytes.to_vec()), "/Root 1 0 R"));
}

/// A stream: the first line holds the keys of its dictionary, the rest is its bytes.
fn filter(bytes: &[u8]) {
    pdf(&objects::pdf(&objects::page(keyed_stream(bytes)), "/Root 1 0 R"));
}

/// A page's content stream.
fn content(bytes: &[u8]) {
    let simple = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
    written(bytes, simple, &objects::stream("", b""));
}

/// A font: the first line holds the keys of its dictionary, the rest is its `ToUnicode` map.
fn font(bytes: &[u8]) {
    let (keys, map) = first_line(bytes);
    let font = [b"<< /Type /Font /ToUnicode 6 0 R ", keys, b" >>"].concat();
    let map = objects::stream("", map);
    written(b"BT /F 9 Tf (abc\\344 \\001\\002) Tj <0001 0041 00e4 ffff> Tj [(A) -900 (B)] TJ ET", &font, &map);
}

/// A page with this content, set in this font with this map.
fn written(content: &[u8], font: &[u8], map: &[u8]) {
    let mut objects = objects::page(objects::stream("", content));
    objects.extend([font.to_vec(), map.to_vec()]);
    objects[1] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F 5 0 R >> >> >>".to_vec();
    let file = objects::pdf(&objects, "/Root 1 0 R");
    if let Ok(document) = Document::read(&file, BUDGET) {
        let _ = text::read(document.latest(), BUDGET);
    }
}

fn keyed_stream(bytes: &[u8]) -> Vec<u8> {
    let (keys, data) = first_line(bytes);
    objects::stream(&String::from_utf8_lossy(keys), data)
}

fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

/// A CMS structure with everything its attributes hold.
fn cms(bytes: &[u8]) {
    let _ = der::to_der(bytes, BUDGET);
    let Ok(data) = SignedData::read(bytes, BUDGET) else { return };
    for signer in &data.signers {
        let signed = signer.signed.as_ref().map(|signed| {
            let _ = (signed.is_der(), signed.der_sorted());
            signed.attributes()
        });
        for attributes in signed.into_iter().chain([&signer.unsigned]) {
            let _ = (
                attributes.irregular(),
                attributes.content_type(),
                attributes.message_digest(),
                attributes.signing_time(),
            );
            let _ = (attributes.signing_certificate(), attributes.signing_certificate_v2());
            let _ = (attributes.algorithm_protection(), attributes.signature_policy(), attributes.commitment_type());
            let _ = (attributes.adobe_revocation(), attributes.revocation_values());
        }
        signer.signature_time_stamps().chain(signer.content_time_stamps()).for_each(timestamp);
        let _ = data.certificates.iter().filter(|certificate| signer.sid.names(certificate)).count();
    }
}

/// A certificate, its names and extensions, and its key at work on its own signature.
fn certificate(bytes: &[u8]) {
    let Ok(certificate) = Certificate::read(bytes) else { return };
    let _ = (certificate.subject.to_string(), certificate.subject.within(&certificate.issuer));
    certificate.authn_contexts().into_iter().for_each(authn);
    certificate.extensions.crl_urls().for_each(drop);
    let _ = path::issued(&certificate, &certificate, &mut Meter::new(sigill::verify::budget::Budget::STANDARD));
}

fn crl(bytes: &[u8]) {
    let Ok(list) = Crl::read(bytes) else { return };
    let _ = list.find(&anchor().issuer, &anchor().serial);
    let _ = list.find(&list.issuer, &anchor().serial);
}

fn ocsp(bytes: &[u8]) {
    let _ = ocsp::Response::read(bytes);
}

/// A token, a response that holds one, or a statement alone.
fn timestamp(bytes: &[u8]) {
    let _ = (Token::read(bytes, BUDGET), Response::read(bytes, BUDGET));
    if let Ok(info) = TstInfo::read(bytes, BUDGET) {
        let _ = (info.svt(), info.gen_time_is_canonical(), info.to_string());
    }
}

fn ers(bytes: &[u8]) {
    let Ok(record) = EvidenceRecord::read(bytes, BUDGET) else { return };
    (0..record.chains.len()).for_each(|chain| drop(record.before(chain)));
    record.stamps().for_each(|stamp| drop(stamp.algorithm().to_string()));
}

fn ksi(bytes: &[u8]) {
    let _ = ksi::Seal::read(bytes);
}

/// The certificate extension that says how a person was identified, or the XML inside.
fn authn(bytes: &[u8]) {
    let _ = AuthnContexts::read(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = SamlAuthContext::read(text).map(|context| context.transaction_id().map(str::len));
    }
}

/// XML with what it may hold: a trust list, and signatures, computed with a key that made none of them.
fn xml(bytes: &[u8]) {
    let Ok(document) = xml::decode(bytes).map_err(drop).and_then(|text| xml::read(text).map_err(drop)) else { return };
    let _ = TrustList::read(document.root_element());
    for element in document.descendants() {
        if let Ok(signature) = Signature::read(element) {
            let _ = xmldsig::verify(&signature, &anchor().public_key);
        }
    }
}

fn bankid(bytes: &[u8]) {
    if let Ok(completion) = bankid::Completion::read(bytes) {
        xml(completion.xml.as_bytes());
    }
}

fn svt(bytes: &[u8]) {
    let _ = svt::Token::read(bytes);
}

/// Minutes and signature page in plain text, compared with nobody.
fn minutes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = Line::of_text(&text);
    let minutes = meeting::read(&lines);
    if let signpage::Outcome::Known(page) = signpage::read(&lines) {
        let _ = agreement::agree(Some(&page), Some(&minutes), &[]);
    }
    let _ = (when::find_date(&text), when::find_times(&text), transaction::TransactionId::parse(&text));
}

/// A receipt, its checkpoint, and the key that should have signed it.
fn receipt(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let key: note::VerifierKey = KEY.parse().expect("a sound key");
    let _ = (text.parse::<note::VerifierKey>(), note::SigningKey::from_private(text));
    let _ = (Checkpoint::verify(text, &key), text.parse::<Checkpoint>());
    if let Ok(receipt) = text.parse::<Receipt>() {
        assert_eq!(receipt.to_string(), text, "a receipt is written in one way");
        let _ = receipt.verify(&key, &[0; 32]);
    }
}

fn entry(bytes: &[u8]) {
    if let Some(entry) = Entry::read(bytes) {
        assert_eq!(entry.to_bytes(), bytes, "an entry is written in one way");
    }
    let _ = Opening::entry(bytes, &[0; 32]);
}

/// A document plan as a table: what it says as a schedule is one, or the reader of schedules says why not.
fn table(bytes: &[u8]) {
    if let Ok(text) = plan::toml_of(bytes, "1", "plan") {
        let _ = Schedule::parse(&text);
    }
}

/// A copy for other eyes: what is written can be read, and carries neither signature nor personal number.
fn copied(bytes: &[u8]) {
    let Ok(document) = Document::read(bytes, BUDGET) else { return };
    let Ok(copy) = copy::redacted(&document, &mask::personal, BUDGET) else { return };
    let again = Document::read(&copy.bytes, BUDGET).expect("a copy can be read");
    assert!(again.signatures().is_empty(), "no signature is copied");
}

fn retention(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Schedule::parse(text);
    }
}
