//! Following another's ledger by its published pieces alone: whatever is changed in them is found. C2SP tlog-tiles.

use std::collections::BTreeMap;
use std::fs;

use sigill::ledger::Ledger;
use sigill::ledger::audit::Ended;
use sigill::ledger::audit::Fault;
use sigill::ledger::audit::audit;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::hash::Hash;
use sigill::ledger::note::VerifierKey;
use sigill::ledger::tile::Path;

use crate::house::House;
use crate::vectors::hash_of;
use crate::vectors::json;
use crate::vectors::vectors;

/// Everything that a ledger serves, or that somebody says it does.
type Pieces = BTreeMap<String, Vec<u8>>;

fn pieces(ledger: &Ledger) -> Pieces {
    let mut found = Pieces::new();
    for index in 0..4 {
        for width in 1..=256 {
            for (level, path) in
                [(0, Path::Tile { level: 0, index, width }), (1, Path::Tile { level: 1, index, width })]
            {
                found.extend(ledger.tile_bytes(level, index, width).unwrap().map(|bytes| (path.to_string(), bytes)));
            }
            let path = Path::Bundle { index, width }.to_string();
            found.extend(ledger.bundle_bytes(index, width).unwrap().map(|bytes| (path, bytes)));
        }
    }
    found
}

fn follow(pieces: &Pieces, before: Option<(u64, Hash)>, now: (u64, Hash)) -> Result<(), Ended<()>> {
    audit(before, now, &mut |path| Ok(pieces.get(&path.to_string()).cloned()), &mut |_, _| {}, &mut |_, _| {})
}

#[test]
fn a_ledger_is_followed_from_any_size_to_any_later_one() {
    let house = House::of(600);
    let ledger = house.open();
    let pieces = pieces(&ledger);
    let at = |size| (size, ledger.root_at(size).unwrap());
    for size in [0, 1, 255, 256, 257, 511, 512, 600] {
        assert_eq!(follow(&pieces, None, at(size)), Ok(()), "{size}");
        for before in [0, 1, 100, 255, 256, 300, 512, 600] {
            let expected = match before > size {
                true => Err(Ended::Fault(Fault::WentBack { before, now: size })),
                false => Ok(()),
            };
            assert_eq!(follow(&pieces, Some(at(before)), at(size)), expected, "{before} to {size}");
        }
    }
    assert_eq!(follow(&pieces, Some((300, [1; 32])), at(600)), Err(Ended::Fault(Fault::Forked { size: 300 })));
    assert_eq!(follow(&pieces, Some(at(300)), (600, [1; 32])), Err(Ended::Fault(Fault::Root { size: 600 })));
    let full: Pieces =
        pieces.iter().filter(|(path, _)| !path.contains(".p/")).map(|(p, b)| (p.clone(), b.clone())).collect();
    assert_eq!(follow(&full, Some(at(100)), at(512)), Err(Ended::Fault(Fault::Missing("tile/1/000.p/2".to_owned()))));
}

#[test]
fn whatever_is_changed_in_a_piece_is_found() {
    let house = House::of(300);
    let ledger = house.open();
    let all = pieces(&ledger);
    let at = |size| (size, ledger.root_at(size).unwrap());
    let needed = ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"];
    for path in needed {
        for (place, mask) in [(0, 1), (1, 1), (5, 0x80), (usize::MAX, 4)] {
            let mut changed = all.clone();
            let bytes = changed.get_mut(path).unwrap();
            let place = place.min(bytes.len() - 1);
            bytes[place] ^= mask;
            for before in [None, Some(at(200))] {
                let found = follow(&changed, before, at(300));
                assert!(matches!(found, Err(Ended::Fault(_))), "{path} byte {place} from {before:?}: {found:?}");
            }
        }
        let mut without = all.clone();
        without.remove(path);
        assert_eq!(follow(&without, None, at(300)), Err(Ended::Fault(Fault::Missing(path.to_owned()))));
    }
    let unasked = audit(None, at(300), &mut |_| Err("no network"), &mut |_, _| {}, &mut |_, _| {});
    assert_eq!(unasked, Err(Ended::Unasked("no network")), "what cannot be asked is no fault of the ledger");
}

#[test]
fn tesseras_log_is_followed_from_size_to_size() {
    let Some(path) = vectors("tessera-testlog/log") else {
        return;
    };
    let key: VerifierKey =
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx".parse().unwrap();
    let mut before = None;
    for size in 0..=15 {
        let note = fs::read_to_string(path.join(format!("checkpoint.{size}"))).unwrap();
        let now = Checkpoint::verify(&note, &key).unwrap();
        assert_eq!(now.size, size);
        let mut fetch = |piece: Path| Ok::<_, ()>(fs::read(path.join(piece.to_string())).ok());
        assert_eq!(
            audit(before, (now.size, now.root), &mut fetch, &mut |_, _| {}, &mut |_, _| {}),
            Ok(()),
            "size {size}"
        );
        assert_eq!(
            audit(None, (now.size, now.root), &mut fetch, &mut |_, _| {}, &mut |_, _| {}),
            Ok(()),
            "size {size}"
        );
        before = Some((now.size, now.root));
    }
    // Tessera's own note of where its log stands.
    let state = json(&path.join(".state/treeState"));
    assert_eq!(state["size"].as_u64().zip(hash_of(&state["root"])), before);
}
