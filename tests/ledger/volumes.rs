//! Sealed volumes: the same ledger, with most of it in static files. Small volumes, so that every test crosses some.
//! LEDGER.md 6.5: nobody outside sees where a row lies; what is sealed can be lost and is made again.

use std::fs;
use std::path::PathBuf;

use sigill::ledger::Ledger;
use sigill::ledger::Part;
use sigill::ledger::hash;
use sigill::ledger::options::Options;
use sigill::ledger::scrub::Scrubbed;

use crate::house::House;
use crate::house::entry;
use crate::house::flip;
use crate::house::holds;
use crate::house::now;
use crate::house::options;
use crate::house::sound;
use crate::house::told;

/// Volumes of 2^`doublings` entries, sealed at every commit.
fn small(doublings: u32) -> Options {
    Options { volume_doublings: doublings, sync_commits: 1, ..options() }
}

fn open(house: &House, doublings: u32) -> Ledger {
    Ledger::open(&house.path(), small(doublings), now).unwrap()
}

fn sealed(house: &House) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(house.part("volumes")) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort_unstable();
    paths
}

/// Grown by commits of fifty entries, which end nowhere near a volume's end, and sealed as it grew.
fn grown(size: u64, doublings: u32) -> House {
    let house = House::empty();
    let ledger = open(&house, doublings);
    house.grow(&ledger, size);
    drop(ledger);
    house
}

#[test]
fn a_ledger_of_volumes_is_the_ledger_without_them() {
    let (plain, volumes) = (House::of(1500), grown(1500, 8));
    assert_eq!(sealed(&plain).len(), 0);
    assert_eq!(sealed(&volumes).len(), 5);
    let (plain, sealed) = (plain.open(), open(&volumes, 8));
    assert_eq!(plain.checkpoint(), sealed.checkpoint(), "to the last bit of its signature");
    for size in [0, 1, 255, 256, 257, 1024, 1280, 1500] {
        assert_eq!(plain.root_at(size).unwrap(), sealed.root_at(size).unwrap());
        assert_eq!(plain.consistency(size, 1500).unwrap(), sealed.consistency(size, 1500).unwrap());
    }
    for index in [0, 255, 256, 700, 1279, 1280, 1499] {
        assert_eq!(plain.receipt(index, None).unwrap(), sealed.receipt(index, None).unwrap());
    }
    for (level, index, width) in [(0, 0, 256), (0, 3, 17), (0, 4, 256), (0, 5, 220), (1, 0, 5), (1, 0, 2), (2, 0, 1)] {
        assert_eq!(plain.tile_bytes(level, index, width).unwrap(), sealed.tile_bytes(level, index, width).unwrap());
    }
    for (index, width) in [(0, 256), (2, 1), (4, 256), (5, 220), (5, 221), (6, 1)] {
        assert_eq!(plain.bundle_bytes(index, width).unwrap(), sealed.bundle_bytes(index, width).unwrap());
    }
    holds(&sealed, 1500);
}

#[test]
fn every_entry_is_found_wherever_it_lies_and_none_is_taken_twice() {
    let house = grown(1500, 8);
    let ledger = open(&house, 8);
    for number in 0..1500 {
        assert_eq!(ledger.find(&hash::leaf(&entry(number))).unwrap(), Some(number));
    }
    for number in 1500..1600 {
        assert_eq!(ledger.find(&hash::leaf(&entry(number))).unwrap(), None);
    }
    let again = ledger.append_all((0..1600).map(entry).collect()).unwrap();
    for (number, appended) in (0..).zip(again) {
        assert_eq!((appended.index, appended.duplicate), (number, number < 1500));
    }
    holds(&ledger, 1600);
}

#[test]
fn the_database_keeps_only_what_is_not_sealed() {
    let house = grown(1500, 8);
    assert!(house.part("store-1280").is_dir());
    for gone in ["store", "store-256", "store-1024"] {
        assert!(!house.part(gone).exists(), "{gone}");
    }
    let ledger = open(&house, 8);
    assert_eq!(ledger.recovery().notes, []);
    assert_eq!(ledger.recovery().replayed, 0, "a clean stop needs no repair");
}

#[test]
fn an_archive_from_before_there_were_volumes_is_sealed_when_it_is_opened() {
    let house = House::of(1500);
    let ledger = open(&house, 9);
    assert_eq!(sealed(&house).len(), 2);
    assert!(told(&ledger).contains("sealed"));
    holds(&ledger, 1500);
    drop(ledger);
    assert_eq!(open(&house, 9).recovery().notes, [], "once");
}

#[test]
fn volumes_of_several_sizes_stand_in_one_ledger() {
    let house = grown(800, 8);
    assert_eq!(sealed(&house).len(), 3);
    let ledger = open(&house, 10);
    house.grow(&ledger, 3000);
    // 768 is no multiple of 1024: one small one more, and then the large.
    let entries: Vec<u64> =
        (0..3000).step_by(256).filter(|first| house.part(&format!("volumes/{first:020}.vol")).exists()).collect();
    assert_eq!(entries, [0, 256, 512, 768, 1024]);
    holds(&ledger, 3000);
}

#[test]
fn a_batch_larger_than_volumes_is_sealed_into_several() {
    let house = House::empty();
    let options = Options { batch_window: std::time::Duration::from_millis(50), ..small(8) };
    let ledger = Ledger::open(&house.path(), options, now).unwrap();
    ledger.append_all((0..1000).map(entry).collect()).unwrap();
    drop(ledger);
    assert_eq!(sealed(&house).len(), 3);
    holds(&open(&house, 8), 1000);
}

#[test]
fn whatever_is_lost_of_what_is_sealed_is_made_again() {
    type Damage = fn(&House);
    let damages: [(&str, Damage); 8] = [
        ("the first volume", |house| fs::remove_file(&sealed(house)[0]).unwrap()),
        ("one in the middle", |house| fs::remove_file(&sealed(house)[2]).unwrap()),
        ("the last", |house| fs::remove_file(&sealed(house)[4]).unwrap()),
        ("all of them", |house| fs::remove_dir_all(house.part("volumes")).unwrap()),
        ("the database behind them", |house| fs::remove_dir_all(house.part("store-1280")).unwrap()),
        ("both", |house| {
            fs::remove_dir_all(house.part("volumes")).unwrap();
            fs::remove_dir_all(house.part("store-1280")).unwrap();
        }),
        ("the end of one", |house| {
            let path = &sealed(house)[3];
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        }),
        ("what an interrupted sealing left", |house| {
            fs::write(house.part("volumes/00000000000000001280.tmp"), b"half").unwrap()
        }),
    ];
    for (what, damage) in damages {
        println!("{what}");
        let house = grown(1500, 8);
        damage(&house);
        let ledger = open(&house, 8);
        holds(&ledger, 1500);
        drop(ledger);
        assert_eq!(sealed(&house).len(), 5, "{what}");
        let ledger = open(&house, 8);
        assert_eq!(ledger.recovery().notes, [], "{what}: once repaired, it stays so");
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_volume_is_found_and_never_answers() {
    let house = grown(600, 8);
    let good = open(&house, 8);
    let receipts: Vec<String> = (0..600).map(|index| good.receipt(index, None).unwrap()).collect();
    drop(good);
    let path = sealed(&house)[1].clone();
    let length = fs::metadata(&path).unwrap().len();
    for at in (0..length).step_by(97).chain(length - 150..length) {
        flip(&path, at);
        let ledger = open(&house, 8);
        // Either opening saw it and sealed the volume again, or a check sees it; no read gives another answer.
        let repaired = !ledger.recovery().notes.is_empty();
        let faults = ledger.check(&mut |_, _| {}).unwrap();
        assert_eq!(repaired, faults.is_empty(), "byte {at}: {faults:?}");
        assert!(faults.iter().all(|fault| fault.part == Part::Store), "{faults:?}");
        for number in (256..512).step_by(31) {
            let receipt = ledger.receipt(number, None).ok();
            let (found, at) = (ledger.entry(number).ok(), ledger.find(&hash::leaf(&entry(number))).ok());
            // After a repair every read answers; before it, one that answers answers right.
            assert!(!repaired || (receipt.is_some() && found.is_some() && at.is_some()));
            assert!(receipt.is_none_or(|receipt| receipt == receipts[usize::try_from(number).unwrap()]));
            assert!(found.is_none_or(|found| found == entry(number)));
            assert!(at.is_none_or(|at| at == Some(number)), "a duplicate must not be taken for new");
        }
        drop(ledger);
        if !repaired {
            flip(&path, at);
        }
    }
    sound(&open(&house, 8));
}

#[test]
fn rebuilding_makes_volumes_and_database_anew() {
    let house = grown(1500, 8);
    let before = open(&house, 8).checkpoint();
    flip(&sealed(&house)[1], 5000);
    let ledger = Ledger::rebuild(&house.path(), small(8), now).unwrap();
    assert_eq!(ledger.checkpoint(), before);
    holds(&ledger, 1500);
    let left: Vec<_> = fs::read_dir(house.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("aside")), "{left:?}");
}

#[test]
fn volumes_of_another_history_are_set_aside() {
    let house = grown(1500, 8);
    let other = House::empty();
    let ledger = open(&other, 8);
    (0..600).for_each(|number| drop(ledger.append(entry(number + 1)).unwrap()));
    drop(ledger);
    for (path, from) in sealed(&house).into_iter().zip(sealed(&other)) {
        fs::copy(from, path).unwrap();
    }
    let ledger = open(&house, 8);
    assert!(told(&ledger).contains("not what the journal knows"));
    assert!(house.part("volumes.aside-1").is_dir(), "they are kept");
    holds(&ledger, 1500);
}

#[test]
fn reading_goes_on_while_volumes_are_sealed() {
    let house = House::empty();
    let ledger = open(&house, 8);
    house.grow(&ledger, 300);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| house.grow(&ledger, 3000));
        let mut read = 0;
        while !writer.is_finished() {
            let size = ledger.size();
            for number in [0, 255, 256, size / 2, size - 1] {
                assert_eq!(ledger.entry(number).unwrap(), entry(number));
                assert_eq!(ledger.find(&hash::leaf(&entry(number))).unwrap(), Some(number));
                ledger.receipt(number, None).unwrap();
                read += 1;
            }
            sound(&ledger);
        }
        println!("{read} reads meanwhile");
    });
    holds(&ledger, 3000);
}

// ---- Scrubbing ----

#[test]
fn scrubbing_reads_everything_a_little_at_a_time() {
    let house = grown(1500, 8);
    let ledger = open(&house, 8);
    assert_eq!(ledger.scrubbed(), Scrubbed::default());
    let mut turns = 0;
    while ledger.scrub(300).cycles == 0 {
        turns += 1;
        assert!(ledger.scrubbed().entries >= 300 * turns, "at least so much in each turn");
    }
    assert!((3..=5).contains(&turns), "{turns}");
    assert_eq!(ledger.scrubbed().faults, []);
    let finished = ledger.scrubbed().finished;
    assert!(finished.is_some());
    house.grow(&ledger, 2000);
    assert_eq!(ledger.scrub(u64::MAX).cycles, 2);
    assert_eq!(ledger.scrubbed().faults, []);
    drop(ledger);
    assert!(open(&house, 8).scrubbed().finished >= finished, "remembered over a stop");
}

#[test]
fn scrubbing_finds_what_has_rotted() {
    let house = grown(1500, 8);
    let segment = house.segments().swap_remove(2);
    for (part, path, at) in [(Part::Store, sealed(&house)[1].clone(), 3000), (Part::Journal, segment, 200)] {
        let ledger = open(&house, 8);
        flip(&path, at);
        let faults = ledger.scrub(u64::MAX).faults;
        assert!(faults.iter().any(|fault| fault.part == part), "{part:?}: {faults:?}");
        assert_eq!(ledger.scrub(u64::MAX).faults, faults, "and tells each once");
        flip(&path, at);
    }
}
