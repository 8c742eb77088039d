//! The ledger's forms and its life: hashes, proofs, notes, checkpoints, receipts, tiles; entries in, proofs out.
//! RFC 6962/9162, C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-proof. Foreign vectors run where they are.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;
use sigill::ledger::Appended;
use sigill::ledger::Ledger;
use sigill::ledger::checkpoint;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::error::Error;
use sigill::ledger::hash;
use sigill::ledger::hash::EMPTY_ROOT;
use sigill::ledger::hash::Hash;
use sigill::ledger::note;
use sigill::ledger::note::Note;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::note::VerifierKey;
use sigill::ledger::options::Hook;
use sigill::ledger::options::Options;
use sigill::ledger::options::Step;
use sigill::ledger::proof;
use sigill::ledger::proof::Node;
use sigill::ledger::receipt::Receipt;
use sigill::ledger::tile;
use tempfile::TempDir;
use tempfile::tempdir;

const ORIGIN: &str = "archive.example.se/ledger";
const SEED: Seed = Seed([7; 32]);
/// The key of `SEED`, as an independent implementation (pyca/cryptography) makes it.
const VKEY: &str =
    "archive.example.se/ledger+ebee34f9+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

// ---- What stands under ../shared, if it does ----

/// The vectors in `name`; none, with a line that says so, where they are not.
fn vectors(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/vectors")
        .join(name);
    let there = path.exists();
    println!(
        "{} {}",
        if there {
            "vectors read:"
        } else {
            "SKIPPED, vectors not there:"
        },
        path.display()
    );
    there.then_some(path)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Every JSON file below a directory.
fn json_files(path: &Path) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(json_files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let value = json(&path);
            found.push((path, value));
        }
    }
    found
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    value
        .as_str()
        .map_or_else(Vec::new, |text| STANDARD.decode(text).unwrap())
}

fn hash_of(value: &Value) -> Option<Hash> {
    bytes(value).try_into().ok()
}

/// A root that the vectors write as a short text ("don't care 1") because only its being equal matters.
fn stand_in(value: &Value) -> Option<Hash> {
    hash_of(value).or_else(|| Some(Sha256::digest(bytes(value)).into()))
}

/// A list of hashes in base64; a missing list is empty, a hash of another length spoils it.
fn hashes_of(value: &Value) -> Option<Vec<Hash>> {
    value.as_array().map_or_else(
        || Some(Vec::new()),
        |list| list.iter().map(hash_of).collect(),
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

// ---- Hashes: RFC 6962 2.1 ----

/// The leaves that Certificate Transparency has tested with since 2012, and the root after each of them.
const CT_LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn the_reference_leaves_have_the_reference_roots() {
    let leaves: Vec<Hash> = CT_LEAVES.iter().map(|entry| hash::leaf(entry)).collect();
    for (size, root) in CT_ROOTS.iter().enumerate() {
        assert_eq!(hex(&hash::root(&leaves[..size])), *root);
    }
    assert_eq!(hash::root(&[]), EMPTY_ROOT);
    let [left, right] = [b"N123", b"N456"].map(|text| text.to_vec());
    let pair = Sha256::digest([vec![1], left, right].concat());
    assert_eq!(
        hex(&pair),
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb",
        "as in RFC 6962's tests"
    );
}

// ---- Proofs: RFC 9162 2.1.3, 2.1.4 ----

/// A node over leaves in memory, as a ledger would fetch it.
fn in_memory(leaves: &[Hash]) -> impl FnMut(Node) -> Result<Hash, proof::Error> + '_ {
    |node| {
        let width = 1_usize << node.level;
        let from = usize::try_from(node.index).unwrap() * width;
        Ok(hash::root(&leaves[from..from + width]))
    }
}

fn inclusion(index: u64, leaves: &[Hash]) -> Vec<Hash> {
    proof::inclusion(
        index,
        leaves.len().try_into().unwrap(),
        &mut in_memory(leaves),
    )
    .unwrap()
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count)
        .map(|number| hash::leaf(&number.to_be_bytes()))
        .collect()
}

#[test]
fn every_small_inclusion_proof_proves_its_leaf_and_nothing_else() {
    let leaves = leaves(20);
    for size in 1..=20_usize {
        let root = hash::root(&leaves[..size]);
        let size64 = u64::try_from(size).unwrap();
        for index in 0..size64 {
            let place = usize::try_from(index).unwrap();
            let path = inclusion(index, &leaves[..size]);
            let verify = |index, size, leaf, path: &[Hash], root| {
                proof::verify_inclusion(index, size, leaf, path, root)
            };
            assert_eq!(verify(index, size64, &leaves[place], &path, &root), Ok(()));

            for other in (0..=size64).filter(|other| *other != index) {
                assert!(
                    verify(other, size64, &leaves[place], &path, &root).is_err(),
                    "{index} as {other} of {size}"
                );
            }
            assert!(verify(index, size64, &leaves[(place + 1) % 20], &path, &root).is_err());
            assert!(verify(index, size64, &leaves[place], &path, &EMPTY_ROOT).is_err());
            let longer = [path.as_slice(), &[EMPTY_ROOT]].concat();
            assert_eq!(
                verify(index, size64, &leaves[place], &longer, &root),
                Err(proof::Error::Length)
            );
            if let Some((_, shorter)) = path.split_last() {
                assert!(verify(index, size64, &leaves[place], shorter, &root).is_err());
            }
        }
    }
}

#[test]
fn every_small_consistency_proof_proves_its_sizes_and_nothing_else() {
    let leaves = leaves(20);
    let root = |size: u64| hash::root(&leaves[..usize::try_from(size).unwrap()]);
    for size2 in 1..=20 {
        for size1 in 1..=size2 {
            let path = proof::consistency(size1, size2, &mut in_memory(&leaves)).unwrap();
            let verify = |size1, path: &[Hash]| {
                proof::verify_consistency(size1, size2, &root(size1), &root(size2), path)
            };
            assert_eq!(verify(size1, &path), Ok(()), "{size1} to {size2}");
            let longer = [path.as_slice(), &[EMPTY_ROOT]].concat();
            assert_eq!(verify(size1, &longer), Err(proof::Error::Length));
            if let Some((_, shorter)) = path.split_last() {
                assert!(verify(size1, shorter).is_err());
            }
            let forked = proof::verify_consistency(size1, size2, &EMPTY_ROOT, &root(size2), &path);
            assert!(forked.is_err(), "another tree is not continued");
            let forked = proof::verify_consistency(size1, size2, &root(size1), &EMPTY_ROOT, &path);
            assert!(forked.is_err(), "and does not continue");
        }
        assert_eq!(
            proof::verify_consistency(0, size2, &EMPTY_ROOT, &root(size2), &[]),
            Err(proof::Error::EmptyTree)
        );
        let shrunk = proof::verify_consistency(size2 + 1, size2, &EMPTY_ROOT, &root(size2), &[]);
        assert_eq!(
            shrunk,
            Err(proof::Error::Beyond {
                asked: size2 + 1,
                size: size2
            })
        );
    }
}

#[test]
fn a_proof_longer_than_any_tree_needs_is_refused_before_it_is_hashed() {
    let long = vec![EMPTY_ROOT; 65];
    assert_eq!(
        proof::verify_inclusion(0, u64::MAX, &EMPTY_ROOT, &long, &EMPTY_ROOT),
        Err(proof::Error::Length)
    );
    let answer = proof::verify_consistency(1, u64::MAX, &EMPTY_ROOT, &EMPTY_ROOT, &long);
    assert_eq!(answer, Err(proof::Error::Length));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// ct-merkle is another hand's RFC 6962: same roots, same proofs, each verifies the other's.
    #[test]
    fn an_independent_tree_agrees(size in 1..700_usize, old in 1..700_usize, index in 0..700_usize) {
        let (old, index) = (old % size + 1, index % size);
        let leaves = leaves(size);
        let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        (0..old).for_each(|number| oracle.push(number.to_be_bytes().to_vec()));
        let old_root = oracle.root();
        (old..size).for_each(|number| oracle.push(number.to_be_bytes().to_vec()));
        let root = oracle.root();
        prop_assert_eq!(hash::root(&leaves).to_vec(), root.as_bytes().to_vec());

        let (size64, old64, index64) = (size.try_into().unwrap(), old.try_into().unwrap(), index.try_into().unwrap());
        let ours = inclusion(index64, &leaves);
        let theirs = oracle.prove_inclusion(index);
        prop_assert_eq!(ours.as_flattened(), theirs.as_bytes());
        prop_assert!(root.verify_inclusion(&index.to_be_bytes(), index64, &theirs).is_ok());
        let verified = proof::verify_inclusion(index64, size64, &leaves[index], &ours, &hash::root(&leaves));
        prop_assert_eq!(verified, Ok(()));

        let ours = proof::consistency(old64, size64, &mut in_memory(&leaves)).unwrap();
        let theirs = oracle.prove_consistency(size - old);
        prop_assert_eq!(ours.as_flattened(), theirs.as_bytes());
        prop_assert!(root.verify_consistency(&old_root, &theirs).is_ok());
        let old_root = hash::root(&leaves[..old]);
        let verified = proof::verify_consistency(old64, size64, &old_root, &hash::root(&leaves), &ours);
        prop_assert_eq!(verified, Ok(()));
    }
}

#[test]
fn transparency_devs_inclusion_vectors() {
    let Some(path) = vectors("merkle/testdata/inclusion") else {
        return;
    };
    let cases = json_files(&path);
    for (file, case) in &cases {
        let [index, size] = ["leafIdx", "treeSize"].map(|key| case[key].as_u64().unwrap());
        let parsed = (
            hash_of(&case["leafHash"]),
            hashes_of(&case["proof"]),
            hash_of(&case["root"]),
        );
        let holds = match parsed {
            (Some(leaf), Some(path), Some(root)) => {
                proof::verify_inclusion(index, size, &leaf, &path, &root).is_ok()
            }
            _ => false,
        };
        assert_eq!(
            holds,
            !case["wantErr"].as_bool().unwrap(),
            "{}",
            file.display()
        );
    }
    println!("{} cases", cases.len());
    assert_eq!(cases.len(), 98);
}

#[test]
fn transparency_devs_consistency_vectors() {
    let Some(path) = vectors("merkle/testdata/consistency") else {
        return;
    };
    let cases = json_files(&path);
    for (file, case) in &cases {
        let [size1, size2] = ["size1", "size2"].map(|key| case[key].as_u64().unwrap());
        let parsed = (
            stand_in(&case["root1"]),
            stand_in(&case["root2"]),
            hashes_of(&case["proof"]),
        );
        // Three of these want an error for size1 = 0, which RFC 9162 leaves open; so does our verifier.
        let holds = match parsed {
            (Some(root1), Some(root2), Some(path)) => {
                proof::verify_consistency(size1, size2, &root1, &root2, &path).is_ok()
            }
            _ => false,
        };
        assert_eq!(
            holds,
            !case["wantErr"].as_bool().unwrap(),
            "{}",
            file.display()
        );
    }
    println!("{} cases", cases.len());
    assert_eq!(cases.len(), 98);
}

#[test]
fn all_consistency_proofs_of_the_tessera_log() {
    let Some(path) = vectors("tlog-proof/consistency-testlog.json") else {
        return;
    };
    let Some(log) = vectors("tessera-testlog/log/tile/0/000.p/15") else {
        return;
    };
    let hashes: Vec<Hash> = fs::read(log).unwrap().as_chunks::<32>().0.to_vec();
    let cases = json(&path);
    for case in cases.as_array().unwrap() {
        let [size1, size2] = ["size1", "size2"].map(|key| case[key].as_u64().unwrap());
        let ours = proof::consistency(size1, size2, &mut in_memory(&hashes)).unwrap();
        assert_eq!(
            Some(&ours),
            hashes_of(&case["proof"]).as_ref(),
            "{size1} to {size2}"
        );
        let [root1, root2] = ["root1", "root2"].map(|key| hash_of(&case[key]).unwrap());
        assert_eq!(
            proof::verify_consistency(size1, size2, &root1, &root2, &ours),
            Ok(())
        );
    }
    println!("{} cases", cases.as_array().unwrap().len());
}

// ---- Notes and keys: C2SP signed-note ----

/// The example in the specification.
const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2\
                       ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

#[test]
fn the_specifications_example_verifies() {
    let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    assert_eq!(
        Note::parse(EXAMPLE).unwrap().verify(&key),
        Ok("This is an example message.\n")
    );
}

#[test]
fn notes_that_break_a_rule_are_refused() {
    let line = EXAMPLE.split_once("\n\n").unwrap().1;
    let note = |text: &str| Note::parse(&format!("{text}\n{line}")).map(drop);
    assert_eq!(note("one\n"), Ok(()));
    assert_eq!(note("an empty line\n\ninside\n"), Ok(()));
    assert_eq!(note("åäö\n"), Ok(()));
    assert_eq!(note("a\ttab\n"), Err(note::Error::Text));
    assert_eq!(note("a return\r\n"), Err(note::Error::Text));
    assert_eq!(note("no end"), Err(note::Error::NoSignatures));
    for (from, to) in [
        ("\u{2014}", "-"),
        ("example.com/foo ", "example.com/f+o "),
        ("example.com/foo ", "example.com/f\u{a0}o "),
        ("example.com/foo ", " "),
        ("aQM=", "aQM"),
        ("aQM=", "aQN="),
        ("aQM=", "aQM= "),
    ] {
        assert_eq!(
            Note::parse(&EXAMPLE.replace(from, to)),
            Err(note::Error::SignatureLine),
            "{from} as {to}"
        );
    }
    assert_eq!(
        Note::parse(EXAMPLE.trim_end()),
        Err(note::Error::NoSignatures)
    );
    assert_eq!(
        Note::parse(&format!("{}\n{line}", "x\n".repeat(40_000))),
        Err(note::Error::Size)
    );
    assert_eq!(
        Note::parse(&format!("x\n\n{}", line.repeat(65))),
        Err(note::Error::Size)
    );
    assert!(Note::parse(&format!("x\n\n{}", line.repeat(64))).is_ok());
}

#[test]
fn unknown_keys_are_passed_over_and_a_known_one_that_fails_spoils_the_note() {
    let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
    let verify = |note: &str| Note::parse(note).unwrap().verify(&key).map(drop);
    assert_eq!(
        verify(&format!("{EXAMPLE}\u{2014} other.example/x AAAAAAAA\n")),
        Ok(())
    );
    assert_eq!(
        verify(&EXAMPLE.replace("foo Uw", "fob Uw")),
        Err(note::Error::NotSigned)
    );
    assert_eq!(
        verify(&EXAMPLE.replace("foo Uw", "foo Ux")),
        Err(note::Error::NotSigned),
        "same name, other id"
    );
    assert_eq!(
        verify(&EXAMPLE.replace("an example", "no example")),
        Err(note::Error::BadSignature)
    );
    let twice = format!("{EXAMPLE}\u{2014} example.com/foo Uw2QOgAA\n");
    assert_eq!(
        verify(&twice),
        Err(note::Error::BadSignature),
        "one good line does not save a bad one"
    );
}

#[test]
fn what_is_signed_verifies_and_is_always_the_same() {
    let key = SigningKey::new(ORIGIN, &SEED).unwrap();
    assert_eq!(key.verifier().to_string(), VKEY);
    let note = key.sign("hello\n").unwrap();
    assert_eq!(key.sign("hello\n").unwrap(), note);
    assert_eq!(
        Note::parse(&note).unwrap().verify(&VKEY.parse().unwrap()),
        Ok("hello\n")
    );
    assert_eq!(key.sign("no line feed"), Err(note::Error::Text));
    let again = SigningKey::from_private(&key.to_private()).unwrap();
    assert_eq!(again.verifier(), key.verifier());
    assert!(
        !format!("{key:?}{SEED:?}").contains("BwcH"),
        "a secret is not printed"
    );
    for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b"] {
        assert_eq!(
            SigningKey::new(name, &SEED).map(drop),
            Err(note::Error::Name),
            "{name:?}"
        );
    }
    let spoiled = VKEY.replacen("archive", "archivd", 1);
    assert_eq!(spoiled.parse::<VerifierKey>(), Err(note::Error::KeyHash));
    assert_eq!("a+b".parse::<VerifierKey>(), Err(note::Error::VerifierKey));
}

#[test]
fn signed_note_vectors() {
    let Some(path) = vectors("c2sp/signed-note.json") else {
        return;
    };
    let (mut ran, mut other_types) = (0, 0);
    for case in json(&path).as_array().unwrap() {
        let key = match text(case, "vkey").parse::<VerifierKey>() {
            // ring has no ML-DSA-44: such lines are passed over as an unknown key's.
            Err(note::Error::KeyType(0x06)) => {
                other_types += 1;
                continue;
            }
            key => key.unwrap(),
        };
        let accepted = Note::parse(text(case, "note")).is_ok_and(|note| note.verify(&key).is_ok());
        assert_eq!(
            accepted,
            case["valid"].as_bool().unwrap(),
            "{}",
            text(case, "desc")
        );
        ran += 1;
    }
    println!("{ran} cases; {other_types} of ML-DSA-44 left out");
    assert_eq!((ran, other_types), (28, 2));
}

// ---- Checkpoints: C2SP tlog-checkpoint ----

#[test]
fn a_checkpoint_is_three_lines_signed_by_the_key_that_bears_its_origin() {
    let key = SigningKey::new(ORIGIN, &SEED).unwrap();
    let empty = Checkpoint::new(ORIGIN, 0, EMPTY_ROOT);
    assert_eq!(
        empty.to_string(),
        format!("{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
    );
    let note = empty.sign(&key).unwrap();
    assert_eq!(Checkpoint::verify(&note, key.verifier()), Ok(empty.clone()));
    assert_eq!(
        Checkpoint::new("other", 0, EMPTY_ROOT).sign(&key),
        Err(checkpoint::Error::Origin)
    );
    let foreign = key
        .sign(&Checkpoint::new("other", 0, EMPTY_ROOT).to_string())
        .unwrap();
    assert_eq!(
        Checkpoint::verify(&foreign, key.verifier()),
        Err(checkpoint::Error::Origin)
    );
    let body = empty.to_string();
    let parse = |from: &str, to: &str| body.replace(from, to).parse::<Checkpoint>().map(drop);
    assert_eq!(parse("\n0\n", "\n00\n"), Err(checkpoint::Error::Size));
    assert_eq!(parse("\n0\n", "\n+0\n"), Err(checkpoint::Error::Size));
    assert_eq!(
        parse("\n0\n", "\n18446744073709551616\n"),
        Err(checkpoint::Error::Size)
    );
    assert_eq!(parse("\n0\n", "\n18446744073709551615\n"), Ok(()));
    assert_eq!(parse("uFU=", "uFU"), Err(checkpoint::Error::Root));
    assert_eq!(parse("uFU=\n", "uFU="), Err(checkpoint::Error::Lines));
    assert_eq!(parse(ORIGIN, ""), Err(checkpoint::Error::Lines));
    assert_eq!(
        parse("uFU=\n", "uFU=\n\nx\n"),
        Err(checkpoint::Error::Lines)
    );
    assert_eq!(parse("uFU=\n", "uFU=\nextension\n"), Ok(()));
}

#[test]
fn checkpoint_body_vectors() {
    let Some(path) = vectors("c2sp/checkpoint-body.json") else {
        return;
    };
    for case in json(&path).as_array().unwrap() {
        let parsed = text(case, "body").parse::<Checkpoint>();
        assert_eq!(
            parsed.is_ok(),
            case["valid"].as_bool().unwrap(),
            "{}",
            text(case, "desc")
        );
        if let Ok(parsed) = parsed {
            assert_eq!(parsed.to_string(), text(case, "body"));
        }
    }
}

// ---- Tiles: C2SP tlog-tiles ----

#[test]
fn tile_paths_are_written_one_way() {
    for path in [
        "tile/0/000",
        "tile/0/x001/x234/067",
        "tile/0/x001/x234/067.p/89",
        "tile/63/x001/000.p/1",
        "tile/entries/000.p/255",
        "tile/entries/x001/000",
    ] {
        assert_eq!(path.parse::<tile::Path>().unwrap().to_string(), path);
    }
    let (level, index, width) = (0, 1_234_067, 89);
    assert_eq!(
        "tile/0/x001/x234/067.p/89".parse(),
        Ok(tile::Path::Tile {
            level,
            index,
            width
        })
    );
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/1",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/0/0001",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000/",
        "tile/0/x+01/000",
        "tile/entries/",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "/tile/0/000",
    ] {
        assert_eq!(path.parse::<tile::Path>(), Err(tile::Error), "{path}");
    }
}

#[test]
fn tile_path_vectors() {
    let Some(path) = vectors("c2sp/tile-paths.json") else {
        return;
    };
    let cases = json(&path);
    for case in cases["valid"].as_array().unwrap() {
        let width = case["width"].as_u64().unwrap_or(256).try_into().unwrap();
        let index = case["index"].as_u64().unwrap();
        let expected = match case["level"].as_u64() {
            Some(level) => tile::Path::Tile {
                level: level.try_into().unwrap(),
                index,
                width,
            },
            None => tile::Path::Bundle { index, width },
        };
        assert_eq!(text(case, "path").parse(), Ok(expected));
        assert_eq!(expected.to_string(), text(case, "path"));
    }
    for case in cases["invalid"].as_array().unwrap() {
        assert_eq!(
            case.as_str().unwrap().parse::<tile::Path>(),
            Err(tile::Error),
            "{case}"
        );
    }
}

// ---- Receipts: C2SP tlog-proof ----

#[test]
fn a_receipt_reads_back_and_verifies_and_its_extra_proves_nothing() {
    let key = SigningKey::new(ORIGIN, &SEED).unwrap();
    let leaves = leaves(5);
    let receipt = Receipt {
        extra: Some(b"salt".to_vec()),
        index: 3,
        proof: inclusion(3, &leaves),
        checkpoint: Checkpoint::new(ORIGIN, 5, hash::root(&leaves))
            .sign(&key)
            .unwrap(),
    };
    let written = receipt.to_string();
    assert!(written.starts_with("c2sp.org/tlog-proof@v1\nextra c2FsdA==\nindex 3\n"));
    assert_eq!(written.parse(), Ok(receipt.clone()));
    assert_eq!(receipt.verify(key.verifier(), &leaves[3]).unwrap().size, 5);
    assert!(receipt.verify(key.verifier(), &leaves[2]).is_err());
    let other = SigningKey::new(ORIGIN, &Seed([8; 32])).unwrap();
    assert!(receipt.verify(other.verifier(), &leaves[3]).is_err());
    let swapped: Receipt = written.replace("c2FsdA==", "bGllcw==").parse().unwrap();
    assert!(
        swapped.verify(key.verifier(), &leaves[3]).is_ok(),
        "nothing authenticates the extra line"
    );
    for (from, to) in [
        ("@v1", "@v2"),
        ("index 3", "index 03"),
        ("index 3", "index -3"),
        ("index 3\n", ""),
        ("extra c2FsdA==", "extra c2FsdA"),
        ("\n", "\r\n"),
        ("\n\n", "\n"),
    ] {
        assert!(
            written.replacen(from, to, 1).parse::<Receipt>().is_err(),
            "{from:?} as {to:?}"
        );
    }
}

#[test]
fn tlog_proof_vectors() {
    let Some(path) = vectors("tlog-proof") else {
        return;
    };
    let manifest = json(&path.join("manifest.json"));
    let key: VerifierKey = text(&manifest, "log_vkey").parse().unwrap();
    let cases = manifest["cases"].as_array().unwrap();
    for case in cases {
        let written = fs::read_to_string(path.join(text(case, "file"))).unwrap();
        let leaf = hash::leaf(&bytes(&case["leaf_data_b64"]));
        let parsed = written.parse::<Receipt>();
        let holds = parsed
            .as_ref()
            .is_ok_and(|receipt| receipt.verify(&key, &leaf).is_ok());
        assert_eq!(
            holds,
            case["valid"].as_bool().unwrap(),
            "{}: {}",
            text(case, "file"),
            text(case, "desc")
        );
        if let Ok(parsed) = parsed {
            assert_eq!(
                parsed.to_string(),
                written,
                "what is read is written the same"
            );
        }
    }
    println!("{} cases", cases.len());
    assert_eq!(cases.len(), 24);
}

// ---- A living ledger ----

fn now() -> Timestamp {
    Timestamp::now()
}

struct House {
    dir: TempDir,
}

impl House {
    fn new() -> Self {
        let dir = tempdir().unwrap();
        assert_eq!(
            Ledger::create(&dir.path().join("l"), ORIGIN, &SEED, &Options::default()).unwrap(),
            VKEY
        );
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("l")
    }

    fn open(&self) -> Ledger {
        Ledger::open(&self.path(), Options::default(), now).unwrap()
    }
}

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(|number| number.to_be_bytes().to_vec()).collect()
}

fn verify(appended: &Appended, entry: &[u8], extra: Option<&[u8]>) {
    let receipt: Receipt = appended.receipt(extra).parse().unwrap();
    let checkpoint = receipt
        .verify(&VKEY.parse().unwrap(), &hash::leaf(entry))
        .unwrap();
    assert_eq!(checkpoint.size, appended.size);
}

fn sound(ledger: &Ledger) {
    assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn a_new_ledger_is_empty_signed_and_published() {
    let house = House::new();
    let ledger = house.open();
    assert_eq!((ledger.size(), ledger.root()), (0, EMPTY_ROOT));
    assert_eq!((ledger.origin(), ledger.vkey().as_str()), (ORIGIN, VKEY));
    assert_eq!(
        Checkpoint::verify(&ledger.checkpoint(), &VKEY.parse().unwrap())
            .unwrap()
            .size,
        0
    );
    assert_eq!(
        fs::read_to_string(house.path().join("checkpoint")).unwrap(),
        &*ledger.checkpoint()
    );
    assert!(matches!(
        ledger.entry(0),
        Err(Error::Beyond { asked: 0, size: 0 })
    ));
    assert!(matches!(
        ledger.receipt(0, None),
        Err(Error::Proof(proof::Error::Beyond { .. }))
    ));
    assert_eq!(ledger.tile_bytes(0, 0, 1).unwrap(), None);
    sound(&ledger);
}

#[test]
fn an_entry_is_answered_with_a_proof_that_holds_by_the_key_alone() {
    let house = House::new();
    let ledger = house.open();
    let appended = ledger.append(b"first".to_vec()).unwrap();
    assert_eq!(
        (appended.index, appended.duplicate, appended.size),
        (0, false, 1)
    );
    verify(&appended, b"first", Some(b"extra"));
    assert_eq!(ledger.entry(0).unwrap(), b"first");
    assert_eq!(ledger.find(&hash::leaf(b"first")).unwrap(), Some(0));
    let later = ledger.append(b"second".to_vec()).unwrap();
    verify(&later, b"second", None);
    let fresh: Receipt = ledger.receipt(0, Some(b"x")).unwrap().parse().unwrap();
    assert_eq!(
        fresh
            .verify(&VKEY.parse().unwrap(), &hash::leaf(b"first"))
            .unwrap()
            .size,
        2
    );
    sound(&ledger);
}

#[test]
fn the_same_bytes_are_one_entry_in_a_batch_later_and_after_opening() {
    let house = House::new();
    let ledger = house.open();
    let same = [b"a", b"b", b"a", b"a"]
        .map(|entry| entry.to_vec())
        .to_vec();
    let answers = ledger.append_all(same).unwrap();
    let told: Vec<_> = answers
        .iter()
        .map(|answer| (answer.index, answer.duplicate))
        .collect();
    assert_eq!(told, [(0, false), (1, false), (0, true), (0, true)]);
    answers
        .iter()
        .zip([b"a", b"b", b"a", b"a"])
        .for_each(|(answer, entry)| verify(answer, entry, None));
    drop(ledger);
    let ledger = house.open();
    let again = ledger.append(b"b".to_vec()).unwrap();
    assert_eq!((again.index, again.duplicate, again.size), (1, true, 2));
    verify(&again, b"b", None);
    assert_eq!(ledger.size(), 2);
}

#[test]
fn entries_of_every_length_up_to_two_bytes_of_length_are_kept() {
    let house = House::new();
    let ledger = house.open();
    let entry = |length: usize| vec![u8::try_from(length % 251).unwrap(); length];
    let lengths = [0, 1, 4093, 4094, 4095, 65_535, 65_534, 100, 65_533];
    for length in lengths {
        verify(&ledger.append(entry(length)).unwrap(), &entry(length), None);
    }
    assert!(matches!(
        ledger.append(vec![0; 65_536]),
        Err(Error::EntrySize { bytes: 65_536 })
    ));
    drop(ledger);
    let ledger = house.open();
    let kept: Vec<_> = ledger
        .entries(0..100)
        .map(|entry| entry.unwrap().1)
        .collect();
    assert_eq!(kept, lengths.map(entry));
    sound(&ledger);
}

#[test]
fn every_size_is_consistent_with_every_later_one_and_every_old_tile_is_served() {
    let house = House::new();
    let ledger = house.open();
    let leaves = leaves(600);
    let mut sizes = vec![0];
    for step in [1, 2, 5, 248, 1, 3, 255, 85] {
        let from = *sizes.last().unwrap();
        ledger.append_all(entries(from..from + step)).unwrap();
        sizes.push(ledger.size());
        let old = &leaves[..usize::try_from(ledger.size()).unwrap()];
        assert_eq!(ledger.root(), hash::root(old));
    }
    assert_eq!(ledger.size(), 600);
    for size2 in &sizes {
        for size1 in sizes.iter().filter(|size1| *size1 <= size2) {
            let path = ledger.consistency(*size1, *size2).unwrap();
            let [root1, root2] = [size1, size2].map(|size| ledger.root_at(*size).unwrap());
            match size1 {
                0 => assert!(path.is_empty()),
                _ => assert_eq!(
                    proof::verify_consistency(*size1, *size2, &root1, &root2, &path),
                    Ok(())
                ),
            }
        }
    }
    for index in (0..600).step_by(7) {
        let receipt: Receipt = ledger.receipt(index, None).unwrap().parse().unwrap();
        assert!(
            receipt
                .verify(
                    &VKEY.parse().unwrap(),
                    &leaves[usize::try_from(index).unwrap()]
                )
                .is_ok()
        );
    }
    for width in 1..=88_u16 {
        let tile = ledger.tile_bytes(0, 2, width).unwrap().unwrap();
        assert_eq!(tile, leaves[512..512 + usize::from(width)].as_flattened());
    }
    assert_eq!(
        ledger.tile_bytes(0, 2, 89).unwrap(),
        None,
        "beyond the published size"
    );
    assert_eq!(ledger.tile_bytes(0, 2, 256).unwrap(), None);
    assert_eq!(ledger.tile_bytes(0, 0, 0).unwrap(), None);
    assert_eq!(ledger.tile_bytes(0, 0, 257).unwrap(), None);
    assert_eq!(ledger.tile_bytes(0, u64::MAX, 256).unwrap(), None);
    assert_eq!(ledger.tile_bytes(63, 0, 1).unwrap(), None);
    let upper = ledger.tile_bytes(1, 0, 2).unwrap().unwrap();
    assert_eq!(
        upper,
        [hash::root(&leaves[..256]), hash::root(&leaves[256..512])].as_flattened()
    );
    assert_eq!(
        ledger.tile_bytes(1, 0, 3).unwrap(),
        None,
        "a partial tile is not hashed upward"
    );
    let bundle = ledger.bundle_bytes(2, 88).unwrap().unwrap();
    assert_eq!(bundle.len(), 88 * 10);
    assert_eq!(ledger.bundle_bytes(2, 3).unwrap().unwrap(), bundle[..30]);
    assert_eq!(ledger.bundle_bytes(2, 89).unwrap(), None);
    assert!(matches!(
        ledger.consistency(1, 601),
        Err(Error::Beyond {
            asked: 601,
            size: 600
        })
    ));
    assert!(matches!(
        ledger.consistency(7, 5),
        Err(Error::Proof(proof::Error::Beyond { asked: 7, size: 5 }))
    ));
    let middle: Vec<u64> = ledger
        .entries(250..260)
        .map(|entry| entry.unwrap().0)
        .collect();
    assert_eq!(middle, (250..260).collect::<Vec<_>>());
    assert_eq!(ledger.entries(590..u64::MAX).count(), 10);
    sound(&ledger);
}

#[test]
fn many_threads_append_at_once_and_each_gets_its_own_place() {
    let house = House::new();
    let ledger = house.open();
    let mut indices: Vec<u64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8_u64)
            .map(|writer| {
                let ledger = &ledger;
                scope.spawn(move || {
                    let mut indices = Vec::new();
                    for entry in entries(writer * 1000..writer * 1000 + 50) {
                        let appended = ledger.append(entry.clone()).unwrap();
                        verify(&appended, &entry, None);
                        indices.push(appended.index);
                    }
                    indices
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    });
    indices.sort_unstable();
    assert_eq!(indices, (0..400).collect::<Vec<_>>());
    sound(&ledger);
}

#[test]
fn a_full_queue_is_busy_and_a_failed_step_stops_the_ledger() {
    let house = House::new();
    let (entered, has_entered) = std::sync::mpsc::sync_channel(1);
    let (release, released) = std::sync::mpsc::sync_channel::<()>(1);
    let released = std::sync::Mutex::new(released);
    let hook = Hook(Arc::new(move |step| {
        if step == Step::Computed {
            let _ = entered.send(());
            released
                .lock()
                .unwrap()
                .recv()
                .map_err(|_| "gone".to_owned())?;
        }
        if step == Step::Anchored {
            Err("the disk is gone".to_owned())
        } else {
            Ok(())
        }
    }));
    let options = Options {
        queue_entries_max: 2,
        hook: Some(hook),
        ..Options::default()
    };
    let ledger = Ledger::open(&house.path(), options, now).unwrap();
    let first = ledger.submit(b"1".to_vec()).unwrap();
    has_entered.recv().unwrap();
    let others = [
        ledger.submit(b"2".to_vec()).unwrap(),
        ledger.submit(b"3".to_vec()).unwrap(),
    ];
    assert!(matches!(ledger.submit(b"4".to_vec()), Err(Error::Busy)));
    release.send(()).unwrap();
    assert!(matches!(first.wait(), Err(Error::Fatal(why)) if why.contains("the disk is gone")));
    for other in others {
        assert!(
            matches!(other.wait(), Err(Error::Fatal(_))),
            "they come after the failure"
        );
    }
    assert!(
        matches!(ledger.append(b"5".to_vec()), Err(Error::Fatal(_))),
        "and so does everything later"
    );
    assert_eq!(ledger.size(), 0, "what was not published is not told");
    drop(ledger);
    let ledger = house.open();
    assert_eq!(
        ledger.size(),
        1,
        "the journal had it: opening completes the commit"
    );
    assert!(ledger.append(b"1".to_vec()).unwrap().duplicate);
    sound(&ledger);
}

static STOPPED_CLOCK: AtomicI64 = AtomicI64::new(2_000_000_000);

fn stopped_clock() -> Timestamp {
    Timestamp::from_second(STOPPED_CLOCK.load(Ordering::SeqCst)).unwrap()
}

#[test]
fn a_clock_that_goes_back_is_waited_out_if_little_and_refused_if_much() {
    let house = House::new();
    let options = Options {
        clock_back_max: Duration::from_secs(300),
        ..Options::default()
    };
    let ledger = Ledger::open(&house.path(), options.clone(), stopped_clock).unwrap();
    ledger.append(b"1".to_vec()).unwrap();
    STOPPED_CLOCK.fetch_sub(300, Ordering::SeqCst);
    ledger.append(b"2".to_vec()).unwrap();
    STOPPED_CLOCK.fetch_sub(1, Ordering::SeqCst);
    assert!(matches!(
        ledger.append(b"3".to_vec()),
        Err(Error::ClockBehind { .. })
    ));
    STOPPED_CLOCK.fetch_add(1, Ordering::SeqCst);
    assert_eq!(
        ledger.append(b"3".to_vec()).unwrap().index,
        2,
        "the ledger did not stop"
    );
    drop(ledger);
    STOPPED_CLOCK.fetch_sub(1, Ordering::SeqCst);
    let refused = Ledger::open(&house.path(), options, stopped_clock);
    assert!(matches!(refused, Err(Error::ClockBehind { .. })));
}

// ---- Other people's logs ----

#[test]
fn the_tessera_log_is_ours_bit_by_bit() {
    let Some(log) = vectors("tessera-testlog/log") else {
        return;
    };
    let key: VerifierKey =
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
            .parse()
            .unwrap();
    let bundle = fs::read(log.join("tile/entries/000.p/15")).unwrap();
    let mut rest = bundle.as_slice();
    let house = House::new();
    let ledger = house.open();
    let mut size: u16 = 0;
    loop {
        let note = fs::read_to_string(log.join(format!("checkpoint.{size}"))).unwrap();
        let checkpoint = Checkpoint::verify(&note, &key).unwrap();
        assert_eq!(
            (checkpoint.size, checkpoint.root),
            (u64::from(size), ledger.root())
        );
        let Some((length, after)) = rest.split_first_chunk::<2>() else {
            break;
        };
        let (entry, after) = after.split_at(u16::from_be_bytes(*length).into());
        ledger.append(entry.to_vec()).unwrap();
        rest = after;
        size += 1;
        for kind in ["0", "entries"] {
            let path = format!("tile/{kind}/000.p/{size}");
            let ours = match path.parse().unwrap() {
                tile::Path::Tile {
                    level,
                    index,
                    width,
                } => ledger.tile_bytes(level, index, width),
                tile::Path::Bundle { index, width } => ledger.bundle_bytes(index, width),
            };
            assert_eq!(
                ours.unwrap().unwrap(),
                fs::read(log.join(&path)).unwrap(),
                "{path}"
            );
        }
    }
    assert_eq!(size, 15);
}

/// Roots and tiles of the tree whose entry i is i in eight bytes, by an independent implementation (Python, hashlib).
const SYNTHETIC: [(u64, &str); 4] = [
    (
        1,
        "3e7077fd2f66d689e0cee6a7cf5b37bf2dca7c979af356d0a31cbc5c85605c7d",
    ),
    (
        255,
        "bb3b9743e08118ea583ae77df04a1449a0601cde6f75146d79c2cab6366ce210",
    ),
    (
        257,
        "d418c0873259bce7d0561ab004486112416c1c4490865415342bfe06e673146c",
    ),
    (
        70_000,
        "0759167a0f98e35e802d46ff7c7d29d2c3f03a63a256deb6abbff357a91b63b1",
    ),
];

#[test]
fn seventy_thousand_entries_have_the_roots_and_tiles_of_an_independent_implementation() {
    let house = House::new();
    let ledger = house.open();
    let answers = ledger.append_all(entries(0..70_000)).unwrap();
    verify(&answers[69_999], &69_999_u64.to_be_bytes(), None);
    for (size, root) in SYNTHETIC {
        assert_eq!(hex(&ledger.root_at(size).unwrap()), root, "size {size}");
    }
    assert_eq!(hex(&ledger.root()), SYNTHETIC[3].1);
    if let Some(path) = vectors("c2sp/synthetic-70000.json") {
        let known = json(&path);
        for (size, root) in known["roots_hex"].as_object().unwrap() {
            assert_eq!(
                hex(&ledger.root_at(size.parse().unwrap()).unwrap()),
                root.as_str().unwrap(),
                "size {size}"
            );
        }
        for (path, hash) in known["tile_sha256_at_size_70000"].as_object().unwrap() {
            let bytes = match path.parse().unwrap() {
                tile::Path::Tile {
                    level,
                    index,
                    width,
                } => ledger.tile_bytes(level, index, width),
                tile::Path::Bundle { index, width } => ledger.bundle_bytes(index, width),
            };
            assert_eq!(
                hex(&Sha256::digest(bytes.unwrap().unwrap())),
                hash.as_str().unwrap(),
                "{path}"
            );
        }
    }
    let [root1, root2] = [65_537, 70_000].map(|size| ledger.root_at(size).unwrap());
    let path = ledger.consistency(65_537, 70_000).unwrap();
    assert_eq!(
        proof::verify_consistency(65_537, 70_000, &root1, &root2, &path),
        Ok(())
    );
    let mut seen = (0, 0);
    assert_eq!(
        ledger
            .check(&mut |done, total| seen = (done, total))
            .unwrap(),
        []
    );
    assert_eq!(seen, (140_000, 140_000));
}
