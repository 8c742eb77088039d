//! Signature values over messages made for these tests; Project Wycheproof's are in `wycheproof.rs`.
//! VALIDATION 10 (CM-10, CM-17, CM-18) and 12.

use sigill::format::x509::PublicKeyInfo;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::KeyKind;
use sigill::verify::crypto::Outcome;
use sigill::verify::crypto::P256;
use sigill::verify::crypto::Quirk;
use sigill::verify::crypto::Scheme;
use sigill::verify::crypto::describe;
use sigill::verify::crypto::verify;

use crate::algorithm::identifier;
use crate::hexadecimal::hex;

/// A key and a message signed by OpenSSL 3 for this test; P-256, SHA-256.
const KEY: &str = concat!(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004157682fa4c362b68336bdce913",
    "1385b658440490cf0a2be4240a48e1320111d53580d7abd433ae0a819d082ccda3cd51db56d0e655",
    "146f2e28cdb5d17ba6094d",
);
const MESSAGE: &[u8] = b"Protokoll justerat";
const SIGNATURE: &str = concat!(
    "304402202e5cce76553dfc340e0df00ae3e42dd9f08b3d256617dcf39c18367eb12a18c002205675",
    "63b01e155d84e385325bb4ff09f41f0c5b4c6fb8406208457377192f9bc3",
);

/// The same message signed by OpenSSL 3 with what Wycheproof's files leave out: algorithm, key and signature. OpenSSL has
/// no name for FRP256v1: it signed with the curve's parameters spelled out, and the key was given the name.
const RARE: [(&str, &str, &str, &str); 9] = [
    (
        "secp224r1",
        "1.2.840.10045.4.3.3",
        concat!(
            "304e301006072a8648ce3d020106052b81040021033a00046c682b2cd3623d71b001be83beac5e47f90d21b13001c02e",
            "f576906e3e04f8ef55764b57806f67deac8ea7d586dbcc94c3b164b0e2913541",
        ),
        concat!(
            "303d021d0088a82db7d159b7dc640f0b0c0a1753666a951a4a7bdc7e5be629c88b021c10717a51bee03c6e8cc8bc2987",
            "dd61d52d02eeacd62ce36a0be07f16",
        ),
    ),
    (
        "secp256k1",
        "1.2.840.10045.4.3.3",
        concat!(
            "3056301006072a8648ce3d020106052b8104000a03420004f8c2b3ee45733ab0e4771f7688399aae7b7089a2cb224412",
            "20d04bbc1afa01e8f6a51c2c1a6a0e851b398941e04cc4aacafc7cdcd4ccdf7bf27ad88d4c3971ef",
        ),
        concat!(
            "304402201c084811256dfb20c6ae3dd538ac15c1c19789b97f66afa483c154cedd8e583c02201eff3db4364215fcfe13",
            "7f7a02580e91e24b0c20834e1f2a84d3ed902e336a26",
        ),
    ),
    (
        "brainpoolP256r1",
        "1.2.840.10045.4.3.3",
        concat!(
            "305a301406072a8648ce3d020106092b2403030208010107034200042b631fc39212c7cbd0e2eb82c73eddd2624b2d8d",
            "4f1ef2ae0206161fddb7e5fa4f5e3853236cd6d172deea8d2e13d6347c486827dbbbb394762152d789e8e230",
        ),
        concat!(
            "30450221008bb094d2bfbc2ddb0ec10d8b1b81bdf9e7283d63f92c6f96f0627d640e2e406d02207b2b4402103b0e3f1e",
            "4e1a1f4a911df09aa65130fd48a0a2cd087c0326a7067e",
        ),
    ),
    (
        "brainpoolP384r1",
        "1.2.840.10045.4.3.3",
        concat!(
            "307a301406072a8648ce3d020106092b240303020801010b036200044cdac65a5b12e218de24ed7855f0f8654afdcaf0",
            "a55ac58ebdc0354616c41a1e0b8229c58a1624a98ad4be9924f87395064d32a91e7a22af3a111f1ebdde52c32141c4b5",
            "6cd614bc42f0ec26977bd2d8f00d77fb92dab90b830582ced4d80f8b",
        ),
        concat!(
            "30650231008b4861d44df5706000d37fe06fb311a68d1ca28a47fb39223d199864f9b8fb7750b6b066831f891bc80b26",
            "86224194a8023048d812ec13809db96b41610bdd90223e3e6ba39688b59a5b5129791934fc32efe2199202782f510ce7",
            "0fafb6931fbeaf",
        ),
    ),
    (
        "FRP256v1",
        "1.2.840.10045.4.3.2",
        concat!(
            "305b301506072a8648ce3d0201060a2a817a01815f658200010342000469698e3315b5e2980a6ae664d03fd26c62fe4b",
            "345ec37a49b31df296ab3657fe09b5cab04a6df12bd8ef6473b0d2cf63b6230152d30bf6c5cff20fb2031d76ae",
        ),
        concat!(
            "3045022100c1fbc97c7f49e84aa94f7ec5c6e610c0c273c5b6fe5233a441e9587d1a58652c022071bbe58e7e09e821ea",
            "352ce51538d4e0ecd5dcdf6c69f233ee77fce9c7f97634",
        ),
    ),
    (
        "brainpoolP320r1",
        "1.2.840.10045.4.3.3",
        concat!(
            "306a301406072a8648ce3d020106092b2403030208010109035200047882320f5a6d6c8143195fbea8176a7f86a35043",
            "ddefefd3a8733cf9d24330e42b8dbfaf0de3abafaa73c63456def57eb2b5c64f850f941458cf7416e9de71b37d514f7e",
            "b193868a280494847bd9f799",
        ),
        concat!(
            "3054022832c2dcf02ab2e071191db7fe92f857100f5ed7ff63f08edb53440bb2381bcf48ade9bde60f4a4ea0022812b1",
            "37eabefba1c3b6dba71bf7bb9184a8fb89528b7ae6ca7a7d5bc7736d3e2a90637097b0603bcd",
        ),
    ),
    (
        "brainpoolP512r1",
        "1.2.840.10045.4.3.4",
        concat!(
            "30819b301406072a8648ce3d020106092b240303020801010d03818200049adfa8b47c05faea6929edbdcb96ee14e4a0",
            "e33cbb299f1d7e5e321e8b40ca3f8b4574afece71e8cf42a2e3e3a618b590ede3f0707c88fcc6fc4bf63a59596df665c",
            "d7e18a36b1c122335ecada76975a68ee68a991a396b27fae4e183ace0a81105fd81f34d08f892403367985d695e7d9b1",
            "894fe57724162b5fca362f2bb92c",
        ),
        concat!(
            "30818402404c2185240161185748ae9ea4079f51cce2d9a881b66b5a91329fea17b804f566ad919217a7170750dab32e",
            "56ac50197b07a968b79b58df5d53b15cf388c1f80502400c786fdca444ae007a42880158f53a9f6cfd883548c5413631",
            "6eefa7d4d5e4e5f234d65e06a6f3406c5d967158f00a0b8cc91bae795e745d3d040f7982cd5da1",
        ),
    ),
    (
        "secp192r1",
        "1.2.840.10045.4.3.2",
        concat!(
            "3049301306072a8648ce3d020106082a8648ce3d030101033200043e58be16ab6f203ffb53c6e4e4fc495e06bacde9a1",
            "78bfa3797b4a5582d26027194c473c4882bb1efa8b9682e768952e",
        ),
        concat!(
            "303402181be210fa0278c58bb61e2f122ba05b397bf350cb3736d4cd02187e35cddb3a5f41cac86f9a5f92e29cc36488",
            "789821ecbf43",
        ),
    ),
    (
        "dsa",
        "2.16.840.1.101.3.4.3.2",
        concat!(
            "308201be3082013306072a8648ce38040130820126028181009d80f1001f972a2a19ff0cbede5baff427354bb32053df",
            "b6f530cb4bcb91e3dcce6c5d2837373992fc8c4e7539c4858be8dc8a9877baecbc68339fac09910fbf353e562e094246",
            "4ac6503db2f8f3fb999978bfb49fafa67f02e4fcce1d3d191c72c10726a325a9752c7e05eb55cd20b93fbb0a02aac39f",
            "d8600214281e018465021d00c3a4861a8f4c642e6ddcc58319cf49d6a3e4b23df8f9718259c3b0e9028180620c6f060f",
            "f2a4cc07ef2a705a02734630d35e4949afde0387073671e3c237bff358b3567a3f82965c3e40088e2050983bbc7e8c36",
            "b16dfa985417bbf7068c024e72afe46ed750ee1dca7fd153182feec12315e31348d76398411357f49e58488a82d0ab76",
            "ebbf452da93373c6ae16606384cc2197909583c25b09bd6824248d0381840002818069097164da2737d1d4e717a85f6e",
            "6bff63d9f1ecb4a3788fe05af4b32a6f1c29bc2e99fbdbcb5ea368d5b994ff08181f15e0821d6ebecbeaf6c4dcd25028",
            "c524924d36fcfde86b4e9eaf72a45ff253e5d06103cd79d245480718b1b88636673e2b24be20bddea9784d58d5323959",
            "3b69af3247e6540380990b13533035da3597",
        ),
        concat!(
            "303e021d00b7b395e05fd24bb5b143bdcb18952e62fecc87db5da09d3ad4b0d122021d00b8d1186eaf29b918d4f46fea",
            "688287467f9f71036ecb97c618962916",
        ),
    ),
];

/// Every octet of signature, message and key changed, and every signature cut short.
fn never_holds_when_spoiled(name: &str, oid: &str, key: &str, signature: &str, key_starts: usize) {
    let key = PublicKeyInfo::read(&hex(key)).unwrap();
    let (algorithm, signature) = (identifier(oid, None), hex(signature));
    assert_eq!(verify(&key, &algorithm, None, &[MESSAGE], &signature), Outcome::Valid { quirk: None }, "{name}");
    for index in 0..signature.len() {
        let mut spoiled = signature.clone();
        spoiled[index] ^= 1;
        assert_eq!(verify(&key, &algorithm, None, &[MESSAGE], &spoiled), Outcome::Invalid, "{name} signature {index}");
        assert_eq!(verify(&key, &algorithm, None, &[MESSAGE], &signature[..index]), Outcome::Invalid);
    }
    for index in 0..MESSAGE.len() {
        let mut spoiled = MESSAGE.to_vec();
        spoiled[index] ^= 1;
        assert_eq!(verify(&key, &algorithm, None, &[&spoiled], &signature), Outcome::Invalid, "{name} message {index}");
    }
    for index in key_starts..key.key.len() {
        let mut spoiled = key.clone();
        spoiled.key[index] ^= 1;
        assert_eq!(verify(&spoiled, &algorithm, None, &[MESSAGE], &signature), Outcome::Invalid, "{name} key {index}");
    }
}

#[test]
fn a_spoiled_signature_message_or_key_never_holds() {
    never_holds_when_spoiled("P-256", "1.2.840.10045.4.3.2", KEY, SIGNATURE, 0);
    for (name, oid, key, signature) in RARE {
        // A DSA key is an INTEGER: with its tag or length spoiled it is no key, and that is "unsupported".
        never_holds_when_spoiled(name, oid, key, signature, if name == "dsa" { 3 } else { 0 });
    }
}

#[test]
fn both_of_the_two_signatures_that_an_ecdsa_signature_stands_for_hold() {
    // The order of secp256k1 minus the s of the signature above; Bitcoin refuses the larger, PDF does not.
    let (_, oid, key, signature) = RARE[1];
    let (key, signature) = (PublicKeyInfo::read(&hex(key)).unwrap(), hex(signature));
    let order = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let s_at = signature.len() - 32;
    let mut borrow = 0;
    let mut mirrored = signature.clone();
    for place in (0..32).rev() {
        let difference = i16::from(order[place]) - i16::from(signature[s_at + place]) - borrow;
        borrow = i16::from(difference < 0);
        mirrored[s_at + place] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    // A high s needs a zero before it to be positive.
    if mirrored[s_at] & 0x80 != 0 {
        mirrored.insert(s_at, 0);
        mirrored[1] += 1;
        mirrored[s_at - 1] += 1;
    }
    let outcome = verify(&key, &identifier(oid, None), None, &[MESSAGE], &mirrored);
    assert_eq!(outcome, Outcome::Valid { quirk: None });
}

#[test]
fn what_we_cannot_tell_is_unsupported_and_what_does_not_fit_is_invalid() {
    let key = PublicKeyInfo::read(&hex(KEY)).unwrap();
    let signature = hex(SIGNATURE);
    let outcome = |oid: &str, digest| verify(&key, &identifier(oid, None), digest, &[MESSAGE], &signature);
    assert!(matches!(outcome("1.2.3.4", None), Outcome::Unsupported(_)), "an unknown algorithm");
    assert!(matches!(outcome("1.2.840.10045.2.1", None), Outcome::Unsupported(_)), "no digest is named anywhere");
    let sha256 = Some(DigestAlgorithm::Sha256);
    assert_eq!(outcome("1.2.840.10045.2.1", sha256), Outcome::Valid { quirk: None }, "the SignerInfo's digest");
    assert_eq!(outcome("1.2.840.113549.1.1.11", sha256), Outcome::Invalid, "RSA with a key on a curve");
    let differs = outcome("1.2.840.10045.4.3.2", Some(DigestAlgorithm::Sha512));
    assert_eq!(differs, Outcome::Valid { quirk: Some(Quirk::DigestDiffers(DigestAlgorithm::Sha256)) });

    let mut explicit = key.clone();
    explicit.algorithm.parameters = Some(vec![0x30, 0]);
    let outcome = verify(&explicit, &identifier("1.2.840.10045.4.3.2", None), None, &[MESSAGE], &signature);
    assert!(matches!(outcome, Outcome::Unsupported(_)), "CM-18: parameters of its own");
}

#[test]
fn a_signature_is_described_without_being_computed() {
    let key = PublicKeyInfo::read(&hex(KEY)).unwrap();
    let description = describe(&key, &identifier("1.2.840.10045.2.1", None), Some(DigestAlgorithm::Sha384));
    assert_eq!(description.scheme, Some(Scheme::Ecdsa));
    assert_eq!(description.digest.map(DigestAlgorithm::name), Some("SHA-384"));
    assert_eq!((description.key, description.key_bits), (KeyKind::Ec(P256), 256));
    assert_eq!(describe(&key, &identifier("1.2.3.4", None), None).scheme, None);
}
