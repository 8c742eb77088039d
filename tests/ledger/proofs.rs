//! Hashes, and the proofs of inclusion and consistency: made, verified, and refused.
//! RFC 6962 2.1; RFC 9162 2.1.3 and 2.1.4; ct-merkle as the other opinion.

use std::fs;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Digest;
use sha2::Sha256;
use sigill::ledger::hash;
use sigill::ledger::hash::EMPTY_ROOT;
use sigill::ledger::hash::Hash;
use sigill::ledger::proof;
use sigill::ledger::proof::Node;

use crate::house::hex;
use crate::vectors::hash_of;
use crate::vectors::hashes_of;
use crate::vectors::json;
use crate::vectors::json_files;
use crate::vectors::stand_in;
use crate::vectors::vectors;

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
    if let Some(path) = vectors("c2sp/rfc6962-reference.json") {
        let said = json(&path);
        let list = |key: &str| -> Vec<String> {
            said[key].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(list("leaf_inputs_hex"), CT_LEAVES.map(hex));
        assert_eq!(list("leaf_hashes_hex"), leaves.iter().map(|leaf| hex(leaf)).collect::<Vec<_>>());
        assert_eq!(list("roots_by_size_hex"), CT_ROOTS);
        assert_eq!(said["leaf_L123456"], hex(&hash::leaf(b"L123456")));
        assert_eq!(said["node_N123_N456"], hex(&pair));
    }
}

/// A node over leaves in memory, as a ledger would fetch it.
pub(crate) fn in_memory(leaves: &[Hash]) -> impl FnMut(Node) -> Result<Hash, proof::Error> + '_ {
    |node| {
        let width = 1_usize << node.level;
        let from = usize::try_from(node.index).unwrap() * width;
        Ok(hash::root(&leaves[from..from + width]))
    }
}

pub(crate) fn inclusion(index: u64, leaves: &[Hash]) -> Vec<Hash> {
    proof::inclusion(index, leaves.len().try_into().unwrap(), &mut in_memory(leaves)).unwrap()
}

pub(crate) fn consistency(old: u64, leaves: &[Hash]) -> Vec<Hash> {
    proof::consistency(old, leaves.len().try_into().unwrap(), &mut in_memory(leaves)).unwrap()
}

pub(crate) fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| hash::leaf(&number.to_be_bytes())).collect()
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
            let verify =
                |index, size, leaf, path: &[Hash], root| proof::verify_inclusion(index, size, leaf, path, root);
            assert_eq!(verify(index, size64, &leaves[place], &path, &root), Ok(()));

            for other in (0..=size64).filter(|other| *other != index) {
                assert!(verify(other, size64, &leaves[place], &path, &root).is_err(), "{index} as {other} of {size}");
            }
            assert!(verify(index, size64, &leaves[(place + 1) % 20], &path, &root).is_err());
            assert!(verify(index, size64, &leaves[place], &path, &EMPTY_ROOT).is_err());
            let longer = [path.as_slice(), &[EMPTY_ROOT]].concat();
            assert_eq!(verify(index, size64, &leaves[place], &longer, &root), Err(proof::Error::Length));
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
            let verify =
                |size1, path: &[Hash]| proof::verify_consistency(size1, size2, &root(size1), &root(size2), path);
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
        assert_eq!(proof::verify_consistency(0, size2, &EMPTY_ROOT, &root(size2), &[]), Err(proof::Error::EmptyTree));
        let shrunk = proof::verify_consistency(size2 + 1, size2, &EMPTY_ROOT, &root(size2), &[]);
        assert_eq!(shrunk, Err(proof::Error::Beyond { asked: size2 + 1, size: size2 }));
    }
}

#[test]
fn a_proof_longer_than_any_tree_needs_is_refused_before_it_is_hashed() {
    let long = vec![EMPTY_ROOT; 65];
    assert_eq!(proof::verify_inclusion(0, u64::MAX, &EMPTY_ROOT, &long, &EMPTY_ROOT), Err(proof::Error::Length));
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
        let parsed = (hash_of(&case["leafHash"]), hashes_of(&case["proof"]), hash_of(&case["root"]));
        let holds = match parsed {
            (Some(leaf), Some(path), Some(root)) => proof::verify_inclusion(index, size, &leaf, &path, &root).is_ok(),
            _ => false,
        };
        assert_eq!(holds, !case["wantErr"].as_bool().unwrap(), "{}", file.display());
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
        let parsed = (stand_in(&case["root1"]), stand_in(&case["root2"]), hashes_of(&case["proof"]));
        // Three of these want an error for size1 = 0, which RFC 9162 leaves open; so does our verifier.
        let holds = match parsed {
            (Some(root1), Some(root2), Some(path)) => {
                proof::verify_consistency(size1, size2, &root1, &root2, &path).is_ok()
            }
            _ => false,
        };
        assert_eq!(holds, !case["wantErr"].as_bool().unwrap(), "{}", file.display());
    }
    println!("{} cases", cases.len());
    assert_eq!(cases.len(), 98);
}

#[test]
fn transparency_devs_subtree_vectors() {
    let Some(path) = vectors("merkle/testdata") else {
        return;
    };
    let number = |case: &serde_json::Value, key: &str| case[key].as_u64().unwrap();
    let inclusions = json_files(&path.join("subtreeinclusion"));
    for (file, case) in &inclusions {
        let range = (number(case, "start"), number(case, "end"));
        let parsed = (hash_of(&case["leafHash"]), hashes_of(&case["proof"]), hash_of(&case["root"]));
        let holds = match parsed {
            (Some(leaf), Some(path), Some(root)) => {
                proof::verify_subtree_inclusion(number(case, "leafIdx"), range, &leaf, &path, &root).is_ok()
            }
            _ => false,
        };
        assert_eq!(holds, !case["wantErr"].as_bool().unwrap(), "{}", file.display());
    }
    let consistencies = json_files(&path.join("subtreeconsistency"));
    for (file, case) in &consistencies {
        let range = (number(case, "start"), number(case, "end"));
        let parsed = (stand_in(&case["root1"]), stand_in(&case["root2"]), hashes_of(&case["proof"]));
        let holds = match parsed {
            (Some(part), Some(root), Some(path)) => {
                proof::verify_subtree_consistency(range, number(case, "size"), &part, &root, &path).is_ok()
            }
            _ => false,
        };
        assert_eq!(holds, !case["wantErr"].as_bool().unwrap(), "{}", file.display());
    }
    assert_eq!(inclusions.len() + consistencies.len(), 322);
}

/// Every subtree of every small tree, by a proof made as the draft defines it and not as we verify it.
#[test]
fn every_small_subtree_is_proven_and_nothing_else() {
    let leaves = leaves(20);
    let root = |from: usize, to: usize| hash::root(&leaves[from..to]);
    for size in 1..=20_usize {
        for start in 0..size {
            for end in start + 1..=size {
                let path = subtree_proof(start, end, &leaves[..size], true);
                let range = (u64::try_from(start).unwrap(), u64::try_from(end).unwrap());
                let of = |path: &[Hash], part: Hash| {
                    let size = u64::try_from(size).unwrap();
                    proof::verify_subtree_consistency(range, size, &part, &root(0, size.try_into().unwrap()), path)
                };
                if start % (end - start).next_power_of_two() != 0 {
                    assert_eq!(of(&path, EMPTY_ROOT), Err(proof::Error::Subtree));
                    continue;
                }
                assert_eq!(of(&path, root(start, end)), Ok(()), "{start}..{end} of {size}");
                assert!(of(&path, EMPTY_ROOT).is_err());
                assert!(of(&[path.as_slice(), &[EMPTY_ROOT]].concat(), root(start, end)).is_err());
                if let Some((_, shorter)) = path.split_last() {
                    assert!(of(shorter, root(start, end)).is_err());
                }
            }
        }
    }
}

/// SUBTREE_SUBPROOF of draft-ietf-plants-merkle-tree-certs 4.4.1, word for word.
fn subtree_proof(start: usize, end: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if (start, end) == (0, leaves.len()) {
        return if known { Vec::new() } else { vec![hash::root(leaves)] };
    }
    let middle = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(middle);
    if end <= middle {
        [subtree_proof(start, end, left, known), vec![hash::root(right)]].concat()
    } else if middle <= start {
        [subtree_proof(start - middle, end - middle, right, known), vec![hash::root(left)]].concat()
    } else {
        [subtree_proof(0, end - middle, right, false), vec![hash::root(left)]].concat()
    }
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
        assert_eq!(Some(&ours), hashes_of(&case["proof"]).as_ref(), "{size1} to {size2}");
        let [root1, root2] = ["root1", "root2"].map(|key| hash_of(&case[key]).unwrap());
        assert_eq!(proof::verify_consistency(size1, size2, &root1, &root2, &ours), Ok(()));
    }
    println!("{} cases", cases.as_array().unwrap().len());
}
