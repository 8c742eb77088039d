//! The anchor: compare-and-swap over two slots, of which one may be torn.
//! LEDGER.md 6.1 D.

use std::fs;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use sigill::store::anchor;
use sigill::store::anchor::Anchor;
use tempfile::tempdir;

#[test]
fn an_anchor_moves_only_from_what_is_expected() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("anchor");
    assert!(matches!(Anchor::open(&path), Err(anchor::Error::Missing(_))));
    let mut anchor = Anchor::create(&path, b"0").unwrap();
    assert!(matches!(Anchor::create(&path, b"0"), Err(anchor::Error::Exists(_))));
    assert!(matches!(anchor.swap(b"1", b"2"), Err(anchor::Error::Conflict)));
    for round in 0..5_u8 {
        anchor.swap(&[b'0' + round], &[b'1' + round]).unwrap();
        assert_eq!(Anchor::open(&path).unwrap().payload(), [b'1' + round]);
    }
    let mut other = Anchor::open(&path).unwrap();
    anchor.swap(b"5", b"6").unwrap();
    assert!(matches!(other.swap(b"5", b"7"), Err(anchor::Error::Conflict)), "the other one moved it on disk");
}

#[test]
fn one_torn_slot_leaves_the_head_before_it() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("anchor");
    let mut anchor = Anchor::create(&path, b"0").unwrap();
    anchor.swap(b"0", b"1").unwrap();
    anchor.swap(b"1", b"2").unwrap();
    drop(anchor);
    let sound = fs::read(&path).unwrap();
    // The head is counter 3, in the second slot; the next one is written to the first. Tear that at every 512 bytes.
    for torn in (0..4096).step_by(512) {
        let mut bytes = sound.clone();
        bytes[torn..4096].fill(0xee);
        fs::write(&path, &bytes).unwrap();
        let mut anchor = Anchor::open(&path).unwrap();
        assert_eq!(anchor.payload(), b"2");
        assert!(anchor.is_damaged());
        anchor.swap(b"2", b"3").unwrap();
        assert!(!Anchor::open(&path).unwrap().is_damaged(), "the next swap heals it");
    }
}

#[test]
fn every_flipped_bit_in_an_anchor_is_found_and_two_bad_slots_are_refused() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("anchor");
    let anchor = Anchor::create(&path, b"payload").unwrap();
    let bytes = fs::read(&path).unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    for (at, byte) in bytes.iter().enumerate() {
        file.write_all_at(&[byte ^ 1], at.try_into().unwrap()).unwrap();
        assert!(!anchor.is_sound().unwrap(), "byte {at}");
        file.write_all_at(&[*byte], at.try_into().unwrap()).unwrap();
    }
    assert!(anchor.is_sound().unwrap());
    file.write_all_at(b"x", 100).unwrap();
    file.write_all_at(b"x", 5000).unwrap();
    assert!(matches!(Anchor::open(&path), Err(anchor::Error::Unreadable)));
}
