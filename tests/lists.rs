//! ETSI trust lists: believed only as a whole, only from those who may sign them, and only for what they say.
//! TS 119 612; no list is shipped and none is in ../shared, so lists and signers are made here.

#![expect(clippy::unwrap_used, reason = "the lists are made here")]

#[path = "support/authority.rs"]
#[expect(dead_code, reason = "this test needs certificates alone")]
mod authority;
#[path = "support/list.rs"]
mod list;
#[path = "support/seal.rs"]
mod seal;
#[path = "support/setting.rs"]
mod setting;

use std::fs;
use std::path::Path;

use authority::Party;
use jiff::Timestamp;
use list::CA_QC;
use list::Draft;
use list::GRANTED;
use list::OLD;
use list::TSA;
use list::WITHDRAWN;
use list::pointer;
use list::service;
use seal::sign_xml;
use setting::Setting;
use setting::fixture;
use setting::project;
use sigill::archive::anchors;
use sigill::archive::fetch::Limits;
use sigill::archive::lists;
use sigill::archive::lists::Error;
use sigill::archive::lists::Source;
use sigill::format::trustlist::TrustList;
use sigill::format::x509::Certificate;
use sigill::verify::listed;
use sigill::verify::listed::Refused;
use sigill::verify::policy::Policy;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;

/// The moment at which the fixtures are judged.
fn now() -> Timestamp {
    setting::VALIDATED_AT.parse().unwrap()
}

fn verify(text: &str, signer: &Party) -> Result<TrustList, Refused> {
    listed::verify(text.as_bytes(), std::slice::from_ref(&signer.certificate), &Policy::swedish_minutes())
}

/// The fixtures' root, which the list names as somebody's service.
fn root() -> Certificate {
    let pem = fs::read(project("keys/trust/test/sigill-test-root-ca.pem")).unwrap();
    sigill::verify::trust::certificates(&pem).unwrap().remove(0)
}

fn anchor(statuses: &[(&str, &str, &str)]) -> Option<Anchor> {
    let signer = Party::root("Operator", 1);
    let draft = Draft { services: service(&root(), statuses), ..Draft::default() };
    let list = verify(&draft.signed(&signer), &signer).unwrap();
    listed::anchors(&list, "se").pop()
}

fn at(day: &str) -> Timestamp {
    format!("{day}T00:00:00Z").parse().unwrap()
}

#[test]
fn a_service_is_believed_for_its_type_and_while_it_was_granted() {
    let history = [(CA_QC, WITHDRAWN, "2024-01-01"), (CA_QC, GRANTED, "2016-07-01"), (CA_QC, OLD, "2010-01-01")];
    let anchor = anchor(&history).unwrap();
    for (day, holds) in [("2009-12-31", false), ("2010-01-01", true), ("2016-07-01", true), ("2023-12-31", true)] {
        assert_eq!(anchor.vouches(Purpose::Signature, at(day)), holds, "{day}");
    }
    assert!(!anchor.vouches(Purpose::Signature, at("2024-01-01")), "withdrawn");
    assert_eq!(anchor.trusted_until(Purpose::Signature), Some(at("2024-01-01")));
    assert!(!anchor.serves(Purpose::Timestamp) && !anchor.serves(Purpose::BankId));
    assert_eq!(anchor.source, "se: Leverantören, Tjänsten");
}

#[test]
fn what_is_not_granted_or_of_another_type_gives_no_anchor() {
    for (kind, status) in [
        (CA_QC, WITHDRAWN),
        (CA_QC, "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel"),
        (CA_QC, "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/grantedx"),
        ("http://uri.etsi.org/TrstSvc/Svctype/CA/PKC", GRANTED),
        ("http://uri.etsi.org/TrstSvc/Svctype/Certstatus/OCSP/QC", GRANTED),
        ("http://uri.etsi.org/TrstSvc/Svctype/unspecified", GRANTED),
    ] {
        assert!(anchor(&[(kind, status, "2020-01-01")]).is_none(), "{kind} {status}");
    }
    let tsa = anchor(&[(TSA, GRANTED, "2020-01-01")]).unwrap();
    assert!(tsa.serves(Purpose::Timestamp) && !tsa.serves(Purpose::Signature));
}

#[test]
fn a_list_that_has_run_out_vouches_for_nothing_after_it() {
    let granted = anchor(&[(CA_QC, GRANTED, "2020-01-01")]).unwrap();
    assert!(granted.vouches(Purpose::Signature, now()));
    assert_eq!(granted.trusted_until(Purpose::Signature), Some(at("2027-03-01")), "no longer than the list lasts");
    let signer = Party::root("Operator", 1);
    let closed = Draft { next: "", services: service(&root(), &[(CA_QC, GRANTED, "2020-01-01")]), ..Draft::default() };
    let closed = verify(&closed.signed(&signer), &signer).unwrap();
    assert_eq!(closed.next, None);
    assert_eq!(
        listed::anchors(&closed, "se")[0].trusted_until(Purpose::Signature),
        Some(closed.issued),
        "a closed list"
    );
}

#[test]
fn only_the_whole_list_signed_by_those_who_may_is_read() {
    let (signer, stranger) = (Party::root("Operator", 1), Party::root("Stranger", 2));
    let draft = Draft { services: service(&root(), &[(CA_QC, GRANTED, "2020-01-01")]), ..Draft::default() };
    let signed = draft.signed(&signer);
    assert_eq!(verify(&signed, &signer).unwrap().sequence, 7);
    // Somebody else's signature, with his own certificate beside it.
    assert_eq!(verify(&draft.signed(&stranger), &signer), Err(Refused::Stranger));
    // The signature of one list under another.
    let other = Draft { sequence: 8, ..draft.clone() }.text();
    let stolen = &signed[signed.find("<ds:Signature ").unwrap()..signed.find("</TrustServiceStatusList>").unwrap()];
    assert_eq!(verify(&other.replace("{signature}", stolen), &signer), Err(Refused::Changed));
    assert_eq!(verify(&signed.replace(GRANTED, WITHDRAWN), &signer), Err(Refused::Changed));
    // Half a list is signed.
    assert_eq!(verify(&sign_xml(&draft.text(), &["#scheme"], &signer, &[]), &signer), Err(Refused::NotWhole));
    // The signed list is wrapped into another one that takes its signature.
    let inner = sign_xml(&draft.text(), &["#list"], &signer, &[]);
    let inner = inner.split_once("?>").unwrap().1.trim();
    let signature = &inner[inner.find("<ds:Signature ").unwrap()..inner.find("</TrustServiceStatusList>").unwrap()];
    let evil = Draft { sequence: 99, ..draft.clone() }
        .text()
        .replace("Id=\"list\"", "Id=\"evil\"")
        .replace("Id=\"scheme\"", "");
    let wrapped = evil.replace("{signature}", &format!("{signature}<aside>{}</aside>", inner.replace(signature, "")));
    assert!(matches!(verify(&wrapped, &signer), Err(Refused::NotWhole | Refused::Changed)), "wrapped");
    // Two signatures, none at all, and no list.
    let twice = signed.replace("</TrustServiceStatusList>", &format!("{stolen}</TrustServiceStatusList>"));
    for text in [twice.as_str(), &draft.text().replace("{signature}", ""), "<a/>", "", "<a"] {
        assert!(matches!(verify(text, &signer), Err(Refused::Signature(_) | Refused::Xml(_))), "{text:.40}");
    }
    let nobody = listed::verify(signed.as_bytes(), &[], &Policy::swedish_minutes());
    assert_eq!(nobody, Err(Refused::Stranger), "no pinned signer, no trust");
}

/// A folder of anchors that takes lists in.
struct House(tempfile::TempDir);

impl House {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn add(&self, name: &str, text: &str, signer: Option<&Party>) -> Result<u64, Error> {
        let source = self.path().join(format!("{name}.source"));
        fs::write(&source, text).unwrap();
        let signer = signer.map(|signer| signer.certificate.der().to_vec());
        lists::add(self.path(), name, &Source::File(source), signer.as_deref(), &Limits::PUBLIC)
            .map(|list| list.sequence)
    }

    fn trust(&self) -> (Trust, Vec<String>) {
        let (trust, problems) = anchors::read_folder(self.path()).unwrap();
        (trust, problems.iter().map(ToString::to_string).collect())
    }

    fn sequences(&self) -> Vec<u64> {
        self.trust().0.lists().iter().map(|list| list.sequence).collect()
    }
}

#[test]
fn an_older_list_is_refused_and_the_one_we_have_stays() {
    let (house, signer) = (House::new(), Party::root("Operator", 1));
    let list = |sequence| Draft { sequence, ..Draft::default() }.signed(&signer);
    assert!(matches!(house.add("se", &list(7), None), Err(Error::Refused(Refused::Stranger))), "nobody was pinned");
    assert!(house.trust().0.lists().is_empty());
    assert_eq!(house.add("se", &list(7), Some(&signer)).unwrap(), 7);
    assert_eq!(house.add("se", &list(8), None).unwrap(), 8, "the pinned signer stays");
    assert!(matches!(house.add("se", &list(7), None), Err(Error::Older { new: 7, old: 8 })));
    assert!(matches!(house.add("SE", &list(9), None), Err(Error::Name(_))));
    assert!(matches!(house.add("../se", &list(9), None), Err(Error::Name(_))));
    assert_eq!(house.sequences(), [8]);
    // `update` reads the sources again: a newer issue is taken, a spoiled one is not.
    fs::write(house.path().join("se.source"), list(9)).unwrap();
    assert!(lists::update(house.path(), &Limits::PUBLIC).unwrap().iter().all(|(_, outcome)| outcome.is_ok()));
    assert_eq!(house.sequences(), [9]);
    fs::write(house.path().join("se.source"), list(10).replace("Leverant", "Xeverant")).unwrap();
    let outcomes = lists::update(house.path(), &Limits::PUBLIC).unwrap();
    assert!(matches!(outcomes[0].1, Err(Error::Refused(Refused::Changed))));
    fs::remove_file(house.path().join("se.source")).unwrap();
    assert!(lists::update(house.path(), &Limits::PUBLIC).unwrap()[0].1.is_err());
    assert_eq!(house.sequences(), [9]);
    // What was taken in is remembered beside the list: an older one is refused even where the list itself is spoiled.
    let stored = house.path().join("lists/se.xml");
    let sound = fs::read(&stored).unwrap();
    fs::write(&stored, "spoiled").unwrap();
    assert!(matches!(house.add("se", &list(8), None), Err(Error::Older { new: 8, old: 9 })));
    fs::write(&stored, sound).unwrap();
    // What lies on disk is verified whenever it is read.
    fs::write(&stored, fs::read_to_string(&stored).unwrap().replace(">9<", ">11<")).unwrap();
    let (trust, problems) = house.trust();
    assert!(trust.lists().is_empty() && problems.len() == 1, "{problems:?}");
}

#[test]
fn a_national_list_is_believed_when_a_pinned_list_of_lists_names_its_signer_for_that_country() {
    let [europe, sweden, norway] =
        [("Europe", 1), ("Sweden", 2), ("Norway", 3)].map(|(name, key)| Party::root(name, key));
    let house = House::new();
    let kind = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists";
    let pointers =
        [("SE", &sweden), ("NO", &norway)].map(|(land, signer)| pointer(land, "https://land.example/list.xml", signer));
    let pointers = format!("<PointersToOtherTSL>{}</PointersToOtherTSL>", pointers.concat());
    let lotl = Draft { territory: "EU", kind, pointers: pointers.clone(), ..Draft::default() };
    house.add("eu", &lotl.signed(&europe), Some(&europe)).unwrap();
    let services = service(&root(), &[(CA_QC, GRANTED, "2020-01-01")]);
    let swedish = Draft { services, ..Draft::default() };
    assert!(
        matches!(house.add("se", &swedish.signed(&norway), None), Err(Error::Refused(Refused::Stranger))),
        "not hers to sign"
    );
    house.add("se", &swedish.signed(&sweden), None).unwrap();
    let (trust, problems) = house.trust();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        trust.lists().iter().map(|list| (list.name.as_str(), list.anchors)).collect::<Vec<_>>(),
        [("eu", 0), ("se", 1)]
    );
    // A list that is no list of lists names nobody, whatever it points at.
    let other = House::new();
    other.add("dk", &Draft { territory: "DK", pointers, ..Draft::default() }.signed(&europe), Some(&europe)).unwrap();
    assert!(other.add("se", &swedish.signed(&sweden), None).is_err());
}

#[test]
fn the_minutes_hold_on_a_lists_word_for_as_long_as_the_word_goes() {
    let verdict = |statuses: &[(&str, &str, &str)], next: &'static str| {
        let (house, signer) = (House::new(), Party::root("Operator", 1));
        let draft = Draft { services: service(&root(), statuses), next, ..Draft::default() };
        house.add("se", &draft.signed(&signer), Some(&signer)).unwrap();
        let found = Setting { trust: house.trust().0, ..Setting::new() }.verify(&fixture(setting::GENUINE));
        let sub = found.signatures[0].sub_indication.clone().unwrap_or_default();
        (found.verdict, sub)
    };
    let lasting = Draft::default().next;
    assert_eq!(verdict(&[(CA_QC, GRANTED, "2020-01-01")], lasting).0, "valid");
    let none = ("indeterminate".to_owned(), "NO_CERTIFICATE_CHAIN_FOUND".to_owned());
    assert_eq!(verdict(&[(TSA, GRANTED, "2020-01-01")], lasting), none, "another service");
    assert_eq!(verdict(&[(CA_QC, WITHDRAWN, "2021-01-01"), (CA_QC, GRANTED, "2020-01-01")], lasting), none, "XC-18");
    let ended = verdict(&[(CA_QC, GRANTED, "2020-01-01")], "<dateTime>2026-10-01T00:00:00Z</dateTime>");
    let sunset = ("indeterminate".to_owned(), "NO_CERTIFICATE_CHAIN_FOUND_NO_POE".to_owned());
    assert_eq!(ended, sunset, "the list has run out, and nothing proves the signatures older");
}

/// An archive that is open believes what its folder says now, and goes on where the folder is gone.
#[test]
fn a_folder_counts_as_it_is_now() {
    let (house, signer) = (House::new(), Party::root("Operator", 1));
    let folder = anchors::Folder::open(house.path());
    assert!(folder.trust().anchors().is_empty() && folder.problems().is_empty());
    let draft = Draft { services: service(&root(), &[(CA_QC, GRANTED, "2020-01-01")]), ..Draft::default() };
    house.add("se", &draft.signed(&signer), Some(&signer)).unwrap();
    assert_eq!((folder.trust().anchors().len(), folder.trust().lists().len()), (1, 1));
    fs::write(house.path().join("root.der"), root().der()).unwrap();
    fs::write(house.path().join("root.toml"), "purposes = []").unwrap();
    assert!(!folder.trust().anchors()[0].serves(Purpose::Signature), "distrusted while open");
    fs::remove_dir_all(house.path()).unwrap();
    assert!(folder.trust().anchors().is_empty());
    assert_eq!(folder.problems().len(), 1);
    fs::create_dir(house.path()).unwrap();
    assert!(folder.problems().is_empty());
}

#[test]
fn what_a_person_chose_is_not_widened_by_a_list() {
    let (house, signer) = (House::new(), Party::root("Operator", 1));
    let draft = Draft { services: service(&root(), &[(CA_QC, GRANTED, "2020-01-01")]), ..Draft::default() };
    house.add("se", &draft.signed(&signer), Some(&signer)).unwrap();
    let with_list = house.trust().0;
    assert!(with_list.anchors()[0].serves(Purpose::Signature));
    fs::write(house.path().join("root.der"), root().der()).unwrap();
    fs::write(house.path().join("root.toml"), "purposes = []").unwrap();
    let (trust, _) = house.trust();
    assert!(!trust.anchors()[0].serves(Purpose::Signature), "distrusted by name");
    assert_ne!(trust.digest(), with_list.digest());
}
