//! A living ledger: entries in, proofs and tiles out; what it answers, and what it refuses.
//! C2SP tlog-tiles; LEDGER.md 6.2.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use sha2::Digest;
use sha2::Sha256;
use sigill::ledger::Appended;
use sigill::ledger::Ledger;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::error::Error;
use sigill::ledger::hash;
use sigill::ledger::hash::EMPTY_ROOT;
use sigill::ledger::note::VerifierKey;
use sigill::ledger::options::Hook;
use sigill::ledger::options::Options;
use sigill::ledger::options::Step;
use sigill::ledger::proof;
use sigill::ledger::receipt::Receipt;
use sigill::ledger::tile;

use crate::house::House;
use crate::house::ORIGIN;
use crate::house::VKEY;
use crate::house::hex;
use crate::house::now;
use crate::house::sound;
use crate::proofs::leaves;
use crate::vectors::json;
use crate::vectors::vectors;

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(|number| number.to_be_bytes().to_vec()).collect()
}

fn verify(appended: &Appended, entry: &[u8], extra: Option<&[u8]>) {
    let receipt: Receipt = appended.receipt(extra).parse().unwrap();
    let checkpoint = receipt.verify(&VKEY.parse().unwrap(), &hash::leaf(entry)).unwrap();
    assert_eq!(checkpoint.size, appended.size);
}

#[test]
fn a_new_ledger_is_empty_signed_and_published() {
    let house = House::empty();
    let ledger = house.open();
    assert_eq!((ledger.size(), ledger.root()), (0, EMPTY_ROOT));
    assert_eq!((ledger.origin(), ledger.vkey().as_str()), (ORIGIN, VKEY));
    assert_eq!(Checkpoint::verify(&ledger.checkpoint(), &VKEY.parse().unwrap()).unwrap().size, 0);
    assert_eq!(fs::read_to_string(house.path().join("checkpoint")).unwrap(), &*ledger.checkpoint());
    assert!(matches!(ledger.entry(0), Err(Error::Beyond { asked: 0, size: 0 })));
    assert!(matches!(ledger.receipt(0, None), Err(Error::Proof(proof::Error::Beyond { .. }))));
    assert_eq!(ledger.tile_bytes(0, 0, 1).unwrap(), None);
    sound(&ledger);
}

#[test]
fn an_entry_is_answered_with_a_proof_that_holds_by_the_key_alone() {
    let house = House::empty();
    let ledger = house.open();
    let appended = ledger.append(b"first".to_vec()).unwrap();
    assert_eq!((appended.index, appended.duplicate, appended.size), (0, false, 1));
    verify(&appended, b"first", Some(b"extra"));
    assert_eq!(ledger.entry(0).unwrap(), b"first");
    assert_eq!(ledger.find(&hash::leaf(b"first")).unwrap(), Some(0));
    let later = ledger.append(b"second".to_vec()).unwrap();
    verify(&later, b"second", None);
    let fresh: Receipt = ledger.receipt(0, Some(b"x")).unwrap().parse().unwrap();
    assert_eq!(fresh.verify(&VKEY.parse().unwrap(), &hash::leaf(b"first")).unwrap().size, 2);
    sound(&ledger);
}

#[test]
fn the_same_bytes_are_one_entry_in_a_batch_later_and_after_opening() {
    let house = House::empty();
    let ledger = house.open();
    let same = [b"a", b"b", b"a", b"a"].map(|entry| entry.to_vec()).to_vec();
    let answers = ledger.append_all(same).unwrap();
    let told: Vec<_> = answers.iter().map(|answer| (answer.index, answer.duplicate)).collect();
    assert_eq!(told, [(0, false), (1, false), (0, true), (0, true)]);
    answers.iter().zip([b"a", b"b", b"a", b"a"]).for_each(|(answer, entry)| verify(answer, entry, None));
    drop(ledger);
    let ledger = house.open();
    let again = ledger.append(b"b".to_vec()).unwrap();
    assert_eq!((again.index, again.duplicate, again.size), (1, true, 2));
    verify(&again, b"b", None);
    assert_eq!(ledger.size(), 2);
}

#[test]
fn entries_of_every_length_up_to_two_bytes_of_length_are_kept() {
    let house = House::empty();
    let ledger = house.open();
    let entry = |length: usize| vec![u8::try_from(length % 251).unwrap(); length];
    let lengths = [0, 1, 4093, 4094, 4095, 65_535, 65_534, 100, 65_533];
    for length in lengths {
        verify(&ledger.append(entry(length)).unwrap(), &entry(length), None);
    }
    assert!(matches!(ledger.append(vec![0; 65_536]), Err(Error::EntrySize { bytes: 65_536 })));
    drop(ledger);
    let ledger = house.open();
    let kept: Vec<_> = ledger.entries(0..100).map(|entry| entry.unwrap().1).collect();
    assert_eq!(kept, lengths.map(entry));
    sound(&ledger);
}

#[test]
fn every_size_is_consistent_with_every_later_one_and_every_entry_has_a_receipt() {
    let house = House::empty();
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
                _ => assert_eq!(proof::verify_consistency(*size1, *size2, &root1, &root2, &path), Ok(())),
            }
        }
    }
    for index in (0..600).step_by(7) {
        let receipt: Receipt = ledger.receipt(index, None).unwrap().parse().unwrap();
        assert!(receipt.verify(&VKEY.parse().unwrap(), &leaves[usize::try_from(index).unwrap()]).is_ok());
    }
    assert!(matches!(ledger.consistency(1, 601), Err(Error::Beyond { asked: 601, size: 600 })));
    assert!(matches!(ledger.consistency(7, 5), Err(Error::Proof(proof::Error::Beyond { asked: 7, size: 5 }))));
    sound(&ledger);
}

#[test]
fn every_width_of_a_tile_that_was_ever_published_is_served_and_none_beyond() {
    let house = House::empty();
    let ledger = house.open();
    let leaves = leaves(600);
    ledger.append_all(entries(0..600)).unwrap();
    for width in 1..=88_u16 {
        let tile = ledger.tile_bytes(0, 2, width).unwrap().unwrap();
        assert_eq!(tile, leaves[512..512 + usize::from(width)].as_flattened());
    }
    assert_eq!(ledger.tile_bytes(0, 2, 89).unwrap(), None, "beyond the published size");
    assert_eq!(ledger.tile_bytes(0, 2, 256).unwrap(), None);
    assert_eq!(ledger.tile_bytes(0, 0, 0).unwrap(), None);
    assert_eq!(ledger.tile_bytes(0, 0, 257).unwrap(), None);
    assert_eq!(ledger.tile_bytes(0, u64::MAX, 256).unwrap(), None);
    assert_eq!(ledger.tile_bytes(63, 0, 1).unwrap(), None);
    let upper = ledger.tile_bytes(1, 0, 2).unwrap().unwrap();
    assert_eq!(upper, [hash::root(&leaves[..256]), hash::root(&leaves[256..512])].as_flattened());
    assert_eq!(ledger.tile_bytes(1, 0, 3).unwrap(), None, "a partial tile is not hashed upward");
    let bundle = ledger.bundle_bytes(2, 88).unwrap().unwrap();
    assert_eq!(bundle.len(), 88 * 10);
    assert_eq!(ledger.bundle_bytes(2, 3).unwrap().unwrap(), bundle[..30]);
    assert_eq!(ledger.bundle_bytes(2, 89).unwrap(), None);
}

#[test]
fn entries_are_read_in_order_from_any_place() {
    let house = House::empty();
    let ledger = house.open();
    ledger.append_all(entries(0..600)).unwrap();
    let middle: Vec<u64> = ledger.entries(250..260).map(|entry| entry.unwrap().0).collect();
    assert_eq!(middle, (250..260).collect::<Vec<_>>());
    assert_eq!(ledger.entries(590..u64::MAX).count(), 10);
}

#[test]
fn many_threads_append_at_once_and_each_gets_its_own_place() {
    let house = House::empty();
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
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    indices.sort_unstable();
    assert_eq!(indices, (0..400).collect::<Vec<_>>());
    sound(&ledger);
}

#[test]
fn a_full_queue_is_busy_and_a_failed_step_stops_the_ledger() {
    let house = House::empty();
    let (entered, has_entered) = std::sync::mpsc::sync_channel(1);
    let (release, released) = std::sync::mpsc::sync_channel::<()>(1);
    let released = std::sync::Mutex::new(released);
    let hook = Hook(Arc::new(move |step| {
        if step == Step::Computed {
            let _ = entered.send(());
            released.lock().unwrap().recv().map_err(|_| "gone".to_owned())?;
        }
        if step == Step::Journaled { Err("the disk is gone".to_owned()) } else { Ok(()) }
    }));
    let options = Options { queue_entries_max: 2, hook: Some(hook), ..Options::default() };
    let ledger = Ledger::open(&house.path(), options, now).unwrap();
    let first = ledger.submit(b"1".to_vec()).unwrap();
    has_entered.recv().unwrap();
    let others = [ledger.submit(b"2".to_vec()).unwrap(), ledger.submit(b"3".to_vec()).unwrap()];
    assert!(matches!(ledger.submit(b"4".to_vec()), Err(Error::Busy)));
    release.send(()).unwrap();
    assert!(matches!(first.wait(), Err(Error::Fatal(why)) if why.contains("the disk is gone")));
    for other in others {
        assert!(matches!(other.wait(), Err(Error::Fatal(_))), "they come after the failure");
    }
    assert!(matches!(ledger.append(b"5".to_vec()), Err(Error::Fatal(_))), "and so does everything later");
    assert_eq!(ledger.size(), 0, "what was not published is not told");
    drop(ledger);
    let ledger = house.open();
    assert_eq!(ledger.size(), 1, "the journal had it: opening completes the commit");
    assert!(ledger.append(b"1".to_vec()).unwrap().duplicate);
    sound(&ledger);
}

static STOPPED_CLOCK: AtomicI64 = AtomicI64::new(2_000_000_000);

fn stopped_clock() -> Timestamp {
    Timestamp::from_second(STOPPED_CLOCK.load(Ordering::SeqCst)).unwrap()
}

#[test]
fn a_clock_that_goes_back_is_waited_out_if_little_and_refused_if_much() {
    let house = House::empty();
    let options = Options { clock_back_max: Duration::from_secs(300), ..Options::default() };
    let ledger = Ledger::open(&house.path(), options.clone(), stopped_clock).unwrap();
    ledger.append(b"1".to_vec()).unwrap();
    STOPPED_CLOCK.fetch_sub(300, Ordering::SeqCst);
    ledger.append(b"2".to_vec()).unwrap();
    STOPPED_CLOCK.fetch_sub(1, Ordering::SeqCst);
    assert!(matches!(ledger.append(b"3".to_vec()), Err(Error::ClockBehind { .. })));
    STOPPED_CLOCK.fetch_add(1, Ordering::SeqCst);
    assert_eq!(ledger.append(b"3".to_vec()).unwrap().index, 2, "the ledger did not stop");
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
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx".parse().unwrap();
    let bundle = fs::read(log.join("tile/entries/000.p/15")).unwrap();
    let mut rest = bundle.as_slice();
    let house = House::empty();
    let ledger = house.open();
    let mut size: u16 = 0;
    loop {
        let note = fs::read_to_string(log.join(format!("checkpoint.{size}"))).unwrap();
        let checkpoint = Checkpoint::verify(&note, &key).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (u64::from(size), ledger.root()));
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
                tile::Path::Tile { level, index, width } => ledger.tile_bytes(level, index, width),
                tile::Path::Bundle { index, width } => ledger.bundle_bytes(index, width),
            };
            assert_eq!(ours.unwrap().unwrap(), fs::read(log.join(&path)).unwrap(), "{path}");
        }
    }
    assert_eq!(size, 15);
}

/// Roots and tiles of the tree whose entry i is i in eight bytes, by an independent implementation (Python, hashlib).
const SYNTHETIC: [(u64, &str); 4] = [
    (1, "3e7077fd2f66d689e0cee6a7cf5b37bf2dca7c979af356d0a31cbc5c85605c7d"),
    (255, "bb3b9743e08118ea583ae77df04a1449a0601cde6f75146d79c2cab6366ce210"),
    (257, "d418c0873259bce7d0561ab004486112416c1c4490865415342bfe06e673146c"),
    (70_000, "0759167a0f98e35e802d46ff7c7d29d2c3f03a63a256deb6abbff357a91b63b1"),
];

#[test]
fn seventy_thousand_entries_have_the_roots_and_tiles_of_an_independent_implementation() {
    let house = House::empty();
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
            assert_eq!(hex(&ledger.root_at(size.parse().unwrap()).unwrap()), root.as_str().unwrap(), "size {size}");
        }
        for (path, hash) in known["tile_sha256_at_size_70000"].as_object().unwrap() {
            let bytes = match path.parse().unwrap() {
                tile::Path::Tile { level, index, width } => ledger.tile_bytes(level, index, width),
                tile::Path::Bundle { index, width } => ledger.bundle_bytes(index, width),
            };
            assert_eq!(hex(&Sha256::digest(bytes.unwrap().unwrap())), hash.as_str().unwrap(), "{path}");
        }
    }
    let [root1, root2] = [65_537, 70_000].map(|size| ledger.root_at(size).unwrap());
    let path = ledger.consistency(65_537, 70_000).unwrap();
    assert_eq!(proof::verify_consistency(65_537, 70_000, &root1, &root2, &path), Ok(()));
    let mut seen = (0, 0);
    assert_eq!(ledger.check(&mut |done, total| seen = (done, total)).unwrap(), []);
    assert_eq!(seen, (140_000, 140_000));
}
