//! XML signatures: canonical forms as another library makes them, and what a signature covers is what is returned.
//! W3C Canonical XML 1.0 and 1.1, Exclusive C14N 1.0, XML Signature 1.1; BankID's sample from ../shared.

#![expect(clippy::unwrap_used, reason = "the documents are made here")]

#[path = "support/authority.rs"]
#[expect(dead_code, reason = "this test needs certificates alone")]
mod authority;
#[path = "support/seal.rs"]
mod seal;
#[path = "support/shared.rs"]
#[expect(dead_code, reason = "this test needs the path alone")]
mod shared;

use authority::Party;
use bergshamra_c14n::C14nMode;
use bergshamra_c14n::canonicalize_doc;
use bergshamra_xml::NodeSet;
use bergshamra_xml::XmlDocument;
use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
use ring::signature::EcdsaKeyPair;
use ring::signature::KeyPair as _;
use ring::signature::RSA_PKCS1_SHA256;
use ring::signature::RSA_PKCS1_SHA384;
use ring::signature::RSA_PKCS1_SHA512;
use ring::signature::RSA_PSS_SHA256;
use ring::signature::RSA_PSS_SHA384;
use ring::signature::RSA_PSS_SHA512;
use ring::signature::RsaEncoding;
use ring::signature::RsaKeyPair;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::pkcs8::EncodePublicKey as _;
use seal::EXCLUSIVE;
use seal::sign_xml;
use sigill::format::der;
use sigill::format::x509::Certificate;
use sigill::format::x509::PublicKeyInfo;
use sigill::format::xml;
use sigill::format::xml::Node;
use sigill::format::xml::algorithm;
use sigill::format::xml::canonical::Error as CanonicalError;
use sigill::format::xml::canonical::Method;
use sigill::format::xml::canonical::canonical;
use sigill::format::xml::signature::Error;
use sigill::format::xml::signature::NAMESPACE;
use sigill::format::xml::signature::Signature;
use sigill::verify::crypto;
use sigill::verify::xmldsig;
use sigill::verify::xmldsig::Fault;

/// The canonical form of the element with Id `it`, or of the document where there is none.
fn form(text: &str, method: &Method) -> Result<String, CanonicalError> {
    let document = xml::read(text).unwrap();
    let it = document.descendants().find(|node| node.attribute("Id") == Some("it"));
    canonical(it.unwrap_or(document.root()), method, None).map(|bytes| String::from_utf8(bytes).unwrap())
}

/// The same by bergshamra.
fn oracle(text: &str, method: &Method) -> String {
    let owned = XmlDocument::parse(text.to_owned()).unwrap();
    let document = owned.parse_doc().unwrap();
    let nodes = match owned.build_id_map(&document).unwrap().get("it") {
        Some(it) => NodeSet::tree_without_comments(*it, &document),
        None => NodeSet::all_without_comments(&document),
    };
    let (mode, prefixes) = match method {
        Method::Inclusive => (C14nMode::Inclusive, Vec::new()),
        Method::Inclusive11 => (C14nMode::Inclusive11, Vec::new()),
        Method::Exclusive(prefixes) => (C14nMode::Exclusive, prefixes.clone()),
    };
    String::from_utf8(canonicalize_doc(&document, mode, Some(&nodes), &prefixes).unwrap()).unwrap()
}

fn exclusive(prefixes: &[&str]) -> Method {
    Method::Exclusive(prefixes.iter().map(|one| (*one).to_owned()).collect())
}

#[test]
fn the_examples_of_the_standard() {
    let outside = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n\
                   <doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n";
    let expected = "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!</doc>\n\
                    <?pi-without-data?>";
    assert_eq!(form(outside, &Method::Inclusive).unwrap(), expected, "3.1");
    let tags = "<doc><e1   /><e2   ></e2><e3   name = \"elem3\"   id=\"elem3\"   /><e5 a:attr=\"out\" b:attr=\"sorted\" \
                attr2=\"all\" attr=\"I'm\"\n xmlns:b=\"http://www.ietf.org\"\n xmlns:a=\"http://www.w3.org\"\n \
                xmlns=\"http://example.org\"/><e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\"><e7 xmlns=\
                \"http://www.ietf.org\"><e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\"><e9 xmlns=\"\" \
                xmlns:a=\"http://www.ietf.org\"/></e8></e7></e6></doc>";
    let expected = "<doc><e1></e1><e2></e2><e3 id=\"elem3\" name=\"elem3\"></e3><e5 xmlns=\"http://example.org\" \
                    xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" \
                    b:attr=\"sorted\" a:attr=\"out\"></e5><e6 xmlns:a=\"http://www.w3.org\"><e7 \
                    xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\"><e9 xmlns:a=\"http://www.ietf.org\"></e9></e8></e7>\
                    </e6></doc>";
    assert_eq!(form(tags, &Method::Inclusive).unwrap(), expected, "3.3");
    let characters = "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value><value><![CDATA[value>\"0\" \
                      && value<\"10\" ?\"valid\":\"error\"]]></value><compute expr='value>\"0\" &amp;&amp; \
                      value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute><norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   \
                      &apos; '/></doc>";
    let expected = "<doc><text>First line&#xD;\nSecond line</text><value>2</value><value>value&gt;\"0\" &amp;&amp; \
                    value&lt;\"10\" ?\"valid\":\"error\"</value><compute expr=\"value>&quot;0&quot; &amp;&amp; \
                    value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute><norm \
                    attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm></doc>";
    assert_eq!(form(characters, &Method::Inclusive).unwrap(), expected, "3.4");
}

#[test]
fn an_element_taken_out_of_its_document_brings_along_what_its_form_says() {
    let text = "<n0:a xmlns:n0=\"urn:0\" xmlns=\"urn:d\" xml:lang=\"sv\" xml:id=\"x\"><n1:b xmlns:n1=\"urn:1\" \
                xml:space=\"preserve\"><n1:c Id=\"it\" n0:q=\"1\"><d xmlns=\"\"/></n1:c></n1:b></n0:a>";
    let inside = "Id=\"it\" n0:q=\"1\"";
    let all = "xmlns=\"urn:d\" xmlns:n0=\"urn:0\" xmlns:n1=\"urn:1\"";
    assert_eq!(
        form(text, &Method::Inclusive).unwrap(),
        format!("<n1:c {all} {inside} xml:id=\"x\" xml:lang=\"sv\" xml:space=\"preserve\"><d xmlns=\"\"></d></n1:c>")
            .replace(
                "n0:q=\"1\" xml:id=\"x\" xml:lang=\"sv\" xml:space=\"preserve\"",
                "xml:id=\"x\" xml:lang=\"sv\" xml:space=\"preserve\" n0:q=\"1\""
            )
    );
    assert!(!form(text, &Method::Inclusive11).unwrap().contains("xml:id"));
    assert_eq!(
        form(text, &exclusive(&[])).unwrap(),
        format!("<n1:c xmlns:n0=\"urn:0\" xmlns:n1=\"urn:1\" {inside}><d></d></n1:c>")
    );
    assert_eq!(
        form(text, &exclusive(&[""])).unwrap(),
        format!("<n1:c {all} {inside}><d xmlns=\"\"></d></n1:c>"),
        "#default listed"
    );
    let based = "<a xml:base=\"http://x/\"><b Id=\"it\"/></a>";
    assert_eq!(form(based, &Method::Inclusive11), Err(CanonicalError::Base));
    assert_eq!(form("<a xmlns=\"u\" xmlns=\"v\" Id=\"it\"/>", &exclusive(&[])), Err(CanonicalError::Namespaces));
}

/// A random element, without line ends of other kinds in values, CDATA and instructions, which the other library leaves as they are: prefixes that come and go, attributes in any order, text that needs escaping.
fn element() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["e", "p:e", "q:f"]);
    let declared = prop::sample::subsequence(
        vec!["xmlns='urn:d'", "xmlns:p='urn:1'", "xmlns:q='urn:1'", "xmlns:r='urn:2'", "xml:lang='sv'"],
        0..=5,
    );
    let undeclared = prop::sample::select(vec!["xmlns=''", "xmlns='urn:e'", "xmlns:p='urn:3'", "a='none'"]);
    let attributes = prop::sample::subsequence(
        vec!["b='&#10;&#13;&#9;&lt;&quot;'", "c='  x'", "q:a='1'", "p:z='&amp;>'", "xml:space='preserve'"],
        0..=5,
    );
    let text = prop::sample::select(vec!["", " å\r\n", "&#13;&gt;", "<!-- c -->", "<![CDATA[<&\n]]>", "<?pi d?>"]);
    let leaf =
        (name, declared, undeclared, attributes, text).prop_map(|(name, declared, undeclared, attributes, text)| {
            let shadowed = undeclared.split('=').next().unwrap_or_default();
            let declared = declared.into_iter().filter(|one| one.split('=').next() != Some(shadowed));
            let all: Vec<&str> = declared.chain([undeclared]).chain(attributes).collect();
            (name.to_owned(), all.join(" "), text.to_owned())
        });
    let tree = leaf.prop_map(|(name, all, text)| format!("<{name} {all}>{text}{{}}</{name}>"));
    prop::collection::vec(tree, 1..6).prop_map(|elements| {
        let nested = elements.into_iter().rev().fold("t".to_owned(), |inner, one| one.replace("{}", &inner));
        format!("<top xmlns:p='urn:1' xmlns:q='urn:4' xml:lang='en'>{nested}<q:after/></top>")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_form_is_the_one_another_library_makes(text in element(), which in 0..6_usize, all in prop::bool::ANY) {
        let text = match text.match_indices("e ").nth(which) {
            Some((at, found)) if !all => format!("{}Id='it' {}", &text[..at + found.len()], &text[at + found.len()..]),
            Some(_) | None => text,
        };
        prop_assume!(xml::read(&text).is_ok());
        for method in [Method::Inclusive, exclusive(&[]), exclusive(&["p", "r"])] {
            prop_assert_eq!(form(&text, &method).unwrap(), oracle(&text, &method), "{:?}: {}", method, text);
        }
    }
}

/// Verifies the first signature in a text with a key; what it covers, in canonical form.
fn covered(text: &str, key: &PublicKeyInfo) -> Result<Vec<String>, String> {
    let document = xml::read(text).map_err(|error| error.to_string())?;
    let element = document.descendants().find(|node| node.has_tag_name((NAMESPACE, "Signature")));
    let signature = Signature::read(element.ok_or("no signature")?).map_err(|error| error.to_string())?;
    let signed = xmldsig::verify(&signature, key).map_err(|fault| fault.to_string())?;
    let form = |node: &Node<'_, '_>| String::from_utf8(canonical(*node, &Method::Inclusive, None).unwrap()).unwrap();
    Ok(signed.targets().iter().map(form).collect())
}

/// A signer, and her key as a verifier has it.
fn signer(key: u8) -> (Party, PublicKeyInfo) {
    let party = Party::root("Anna", key);
    let key = party.certificate.public_key.clone();
    (party, key)
}

const LETTER: &str = "<letter xmlns=\"urn:l\"><body Id=\"body\"><vote>Ja</vote></body>{signature}</letter>";

#[test]
fn a_signature_over_the_whole_document_holds_until_a_byte_of_it_changes() {
    let (party, key) = signer(1);
    let signed = sign_xml(LETTER, &[""], &party, &[]);
    let [whole] = covered(&signed, &key).unwrap().try_into().unwrap();
    assert!(whole.contains("<vote>Ja</vote>"));
    assert_eq!(covered(&signed.replace(">Ja<", ">Nej<"), &key), Err(Fault::Changed.to_string()));
    assert_eq!(covered(&signed.replace("<body", " <body"), &key), Err(Fault::Changed.to_string()));
    assert_eq!(
        covered(&signed.replace("<body", "<!-- seen --><body"), &key).unwrap().len(),
        1,
        "comments are not signed"
    );
    let (_, another) = signer(2);
    assert_eq!(covered(&signed, &another), Err(Fault::NotThisKey.to_string()), "KeyInfo does not choose the key");
}

#[test]
fn what_was_signed_is_what_is_returned() {
    let (party, key) = signer(1);
    let signed = sign_xml(LETTER, &["#body"], &party, &[]);
    let [body] = covered(&signed, &key).unwrap().try_into().unwrap();
    assert!(body.starts_with("<body") && body.contains(">Ja<"));
    // The signed element is moved aside and another stands in its place: what is returned is still the signed one.
    let wrapped = signed
        .replace("<body Id=\"body\"><vote>Ja</vote></body>", "<body><vote>Nej</vote></body>")
        .replace("</letter>", "<aside><body Id=\"body\"><vote>Ja</vote></body></aside></letter>");
    let [still] = covered(&wrapped, &key).unwrap().try_into().unwrap();
    assert!(still.contains(">Ja<") && !still.contains(">Nej<"));
    // Two with one Id, whatever the attribute is called: nobody knows which was meant.
    for name in ["Id", "ID", "id", "xml:id"] {
        let twice = signed.replace("</letter>", &format!("<body {name}=\"body\"><vote>Nej</vote></body></letter>"));
        assert_eq!(covered(&twice, &key), Err(Error::Malformed("an Id given twice").to_string()), "{name}");
    }
}

#[test]
fn only_the_narrow_way_of_signing_is_taken_and_the_rest_is_no_forgery() {
    let (party, key) = signer(1);
    let signed = sign_xml(LETTER, &["#body"], &party, &[]);
    let transform = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms>");
    for (from, to) in [
        ("URI=\"#body\"", "URI=\"http://example.invalid/letter.xml\""),
        ("URI=\"#body\"", "URI=\"#xpointer(/)\""),
        ("URI=\"#body\"", ""),
        (
            transform.as_str(),
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></ds:Transforms>",
        ),
        (
            transform.as_str(),
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"/></ds:Transforms>",
        ),
        (EXCLUSIVE, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        (seal::ED25519, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmlenc#ripemd160"),
    ] {
        let other = signed.replacen(from, to, 1);
        assert_ne!(other, signed);
        let error = covered(&other, &key).unwrap_err();
        let told = error.starts_with("XML signature with") || error.starts_with("cannot be computed");
        // A digest method stands inside what is signed: there the value is seen to be wrong first.
        assert!(told || error == Fault::NotThisKey.to_string(), "{to}: {error}");
    }
    for (from, to) in [("URI=\"#body\"", "URI=\"#nobody\""), ("<ds:SignatureValue>", "<ds:SignatureValue>!")] {
        assert!(covered(&signed.replace(from, to), &key).unwrap_err().starts_with("malformed"));
    }
}

/// Every RSA algorithm by its address: ring signs, the library verifies as the address says.
#[test]
fn rsa_is_verified_as_its_address_says() {
    let private = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    let pkcs8 = private.to_pkcs8_der().unwrap();
    let pair = RsaKeyPair::from_pkcs8(pkcs8.as_bytes()).unwrap();
    let spki = private.to_public_key().to_public_key_der().unwrap();
    let key = PublicKeyInfo::read(spki.as_bytes()).unwrap();
    let rows: [(&str, &dyn RsaEncoding); 6] = [
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", &RSA_PKCS1_SHA256),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", &RSA_PKCS1_SHA384),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", &RSA_PKCS1_SHA512),
        ("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", &RSA_PSS_SHA256),
        ("http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", &RSA_PSS_SHA384),
        ("http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", &RSA_PSS_SHA512),
    ];
    for (made, (address, encoding)) in rows.iter().enumerate() {
        let mut value = vec![0; pair.public().modulus_len()];
        pair.sign(*encoding, &SystemRandom::new(), b"signed", &mut value).unwrap();
        for (read, (other, _)) in rows.iter().enumerate() {
            let algorithm = algorithm::signature(other).unwrap();
            let outcome = crypto::verify(&key, &algorithm, None, &[b"signed"], &value);
            assert_eq!(outcome.is_valid(), made == read, "{address} read as {other}");
        }
    }
}

/// prime256v1.
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// ECDSA values are two numbers in XML and a SEQUENCE of them in certificates.
#[test]
fn ecdsa_values_are_pairs() {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let algorithm = [authority::oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]), authority::oid(P256)].concat();
    let point = der::encode(der::BIT_STRING, &[&[0], pair.public_key().as_ref()]);
    let key = PublicKeyInfo::read(&authority::sequence(&[&authority::sequence(&[&algorithm]), &point])).unwrap();
    let address = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    assert!(algorithm::writes_a_pair(address));
    // Often enough that numbers with a leading zero, and with a leading bit, occur.
    for round in 0..200_u8 {
        let value = pair.sign(&random, &[round]).unwrap();
        let value = algorithm::pair(value.as_ref()).unwrap();
        let named = algorithm::signature(address).unwrap();
        assert!(crypto::verify(&key, &named, None, &[&[round]], &value).is_valid());
        assert!(!crypto::verify(&key, &named, None, &[b"another"], &value).is_valid());
    }
    assert_eq!((algorithm::pair(b""), algorithm::pair(b"odd")), (None, None));
}

#[test]
fn bankids_sample_holds_and_no_changed_byte_of_what_is_signed_passes() {
    let Ok(bytes) = std::fs::read(shared::path("vectors/bankid/sample-signature.xml")) else {
        println!("NOT RUN: ../shared/vectors/bankid is not there");
        return;
    };
    let text = xml::decode(&bytes).unwrap().to_owned();
    let key = {
        let document = xml::read(&text).unwrap();
        let signature = Signature::read(document.root_element()).unwrap();
        assert_eq!((signature.references.len(), signature.certificates.len()), (2, 3));
        Certificate::read(signature.certificates.first().unwrap()).unwrap().public_key.clone()
    };
    let original = covered(&text, &key).unwrap();
    assert!(original.iter().any(|part| part.starts_with("<bankIdSignedData")), "{original:?}");
    assert!(original.iter().any(|part| part.starts_with("<KeyInfo")));
    let mut spoiled = 0;
    for at in (0..text.len()).step_by(5) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let Ok(changed) = std::str::from_utf8(&changed) else { continue };
        match covered(changed, &key) {
            Err(_) => spoiled += 1,
            Ok(same) => assert_eq!(same, original, "byte {at}: what is returned is what was signed"),
        }
    }
    println!("BankID's sample: {spoiled} spoiled copies refused");
    assert!(spoiled > 1_500, "{spoiled}");
}
