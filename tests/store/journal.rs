//! The journal: append-only, chained, durable; torn ends are cut, everything else is refused.
//! LEDGER.md 6.1 A.

use std::fs;
use std::fs::OpenOptions;
use std::path::Path;

use sigill::store::journal;
use sigill::store::journal::Journal;
use sigill::store::journal::Mark;
use tempfile::tempdir;

const SEGMENT: u64 = 300;

fn journal_of(path: &Path, records: u8) -> Journal {
    let mut journal = Journal::create(path, SEGMENT).unwrap();
    for record in 0..records {
        journal.append(&[&[record; 40]]).unwrap();
    }
    journal
}

/// The bytes of all segments, first to last.
fn segments(path: &Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort_unstable();
    paths
}

#[test]
fn a_journal_gives_back_what_was_appended_from_any_place() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let end = journal_of(&path, 10).end();
    assert!(segments(&path).len() > 2, "so that the test crosses segments");
    let mut journal = Journal::open(&path, SEGMENT, end).unwrap();
    assert_eq!(journal.end(), end);
    assert_eq!(journal.torn(), None);
    journal.append(&[b"ten", b"", b"twelve"]).unwrap();
    for from in 0..=12 {
        let read: Vec<_> = journal::read(&path, from).unwrap().map(Result::unwrap).collect();
        let sequences: Vec<u64> = read.iter().map(|record| record.sequence).collect();
        assert_eq!(sequences, (from..=12).collect::<Vec<_>>());
        assert_eq!(read.last().unwrap().payload, b"twelve");
        assert_eq!(read.last().unwrap().end, journal.end());
    }
}

#[test]
fn a_journal_is_created_once_and_opened_only_if_there() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    assert!(matches!(Journal::open(&path, SEGMENT, Mark::START), Err(journal::Error::Missing(_))));
    drop(Journal::create(&path, SEGMENT).unwrap());
    assert!(matches!(Journal::create(&path, SEGMENT), Err(journal::Error::Exists(_))));
    assert_eq!(Journal::open(&path, SEGMENT, Mark::START).unwrap().end(), Mark::START);
}

#[test]
fn a_journal_whose_file_is_gone_from_its_place_takes_no_more() {
    type Harm = fn(&Path, &Path);
    let harms: [(&str, Harm); 4] = [
        ("its file is removed", |_, last| fs::remove_file(last).unwrap()),
        ("all of it is removed", |journal, _| fs::remove_dir_all(journal).unwrap()),
        ("it is moved away", |journal, _| fs::rename(journal, journal.with_extension("away")).unwrap()),
        ("a copy is put in its place", |_, last| {
            let bytes = fs::read(last).unwrap();
            fs::remove_file(last).unwrap();
            fs::write(last, bytes).unwrap();
        }),
    ];
    for (what, harm) in harms {
        let dir = tempdir().unwrap();
        let path = dir.path().join("j");
        let mut journal = journal_of(&path, 2);
        harm(&path, segments(&path).last().unwrap());
        let refused = journal.append(&[b"nobody would find it"]);
        assert!(matches!(refused, Err(journal::Error::Disk(_))), "{what}: {refused:?}");
        assert!(matches!(journal.append(&[b"again"]), Err(journal::Error::Poisoned)), "{what}");
    }
}

#[test]
fn a_torn_append_is_cut_off_wherever_it_was_torn() {
    let dir = tempdir().unwrap();
    // The record takes 16 + 40 + 32 bytes. All of them gone is no tear.
    for torn in 1..=88 {
        let path = dir.path().join(torn.to_string());
        let mut journal = Journal::create(&path, 1 << 20).unwrap();
        let durable = journal.append(&[&[7; 40]]).unwrap();
        journal.append(&[&[8; 40]]).unwrap();
        // Closed, so that the zeros ahead are gone and the file ends where the record does.
        drop(journal);
        let file = segments(&path).pop().unwrap();
        let length = fs::metadata(&file).unwrap().len();
        OpenOptions::new().write(true).open(&file).unwrap().set_len(length - torn).unwrap();

        let mut journal = Journal::open(&path, 1 << 20, durable).unwrap();
        assert_eq!(journal.torn().map_or(0, |torn| torn.bytes), 88 - torn);
        assert_eq!(journal.end(), durable);
        journal.append(&[b"after"]).unwrap();
        assert_eq!(journal::read(&path, 0).unwrap().map(Result::unwrap).count(), 2);
    }
}

#[test]
fn a_journal_that_was_not_closed_has_zeros_ahead_and_an_append_over_them_leaves_its_length() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let mut journal = Journal::create(&path, 1 << 16).unwrap();
    let file = segments(&path).pop().unwrap();
    let length = || fs::metadata(&file).unwrap().len();
    journal.append(&[&[7; 40]]).unwrap();
    let ahead = length();
    assert_eq!(ahead, 1 << 16, "no further than the segment goes");
    let end = journal.append(&[&[8; 40]]).unwrap();
    assert_eq!(length(), ahead);
    let as_the_power_left_it = fs::read(&file).unwrap();
    drop(journal);
    assert_eq!(length(), 80 + 2 * 88, "a clean stop gives the zeros back");

    fs::write(&file, &as_the_power_left_it).unwrap();
    let journal = Journal::open(&path, 1 << 16, end).unwrap();
    assert_eq!((journal.end(), journal.torn()), (end, None));
    drop(journal);
    let mut torn = as_the_power_left_it;
    // An append of which the second page was written and the first was not.
    torn[9000] = 1;
    fs::write(&file, &torn).unwrap();
    assert!(journal::read(&path, 0).unwrap().any(|record| record.is_err()));
    let journal = Journal::open(&path, 1 << 16, end).unwrap();
    assert!(journal.torn().is_some());
    assert_eq!(journal.end(), end);
}

#[test]
fn a_torn_header_of_a_new_segment_is_written_again() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let end = journal_of(&path, 3).end();
    fs::write(path.join(format!("{:020}.jnl", end.records)), b"SIGJ").unwrap();
    let mut journal = Journal::open(&path, SEGMENT, end).unwrap();
    journal.append(&[b"after"]).unwrap();
    let end = journal.end();
    assert_eq!(Journal::open(&path, SEGMENT, end).unwrap().end(), end);
}

#[test]
fn a_journal_shorter_than_what_was_durable_is_refused_and_left_alone() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let end = journal_of(&path, 10).end();
    let last = segments(&path).pop().unwrap();
    let bytes = fs::read(&last).unwrap();

    fs::remove_file(&last).unwrap();
    let refused = Journal::open(&path, SEGMENT, end);
    assert!(matches!(refused, Err(journal::Error::Lost { durable: 10, found }) if found < 10));

    fs::write(&last, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(Journal::open(&path, SEGMENT, end), Err(journal::Error::Damaged { sequence: 9, .. })));
    assert_eq!(fs::read(&last).unwrap().len(), bytes.len() - 1, "nothing was cut");
}

#[test]
fn every_flipped_bit_in_what_was_durable_is_found() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let end = journal_of(&path, 6).end();
    for segment in segments(&path) {
        let bytes = fs::read(&segment).unwrap();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(&segment, &flipped).unwrap();
            assert!(Journal::open(&path, SEGMENT, end).is_err(), "byte {at} of {}", segment.display());
            assert!(journal::read(&path, 0).unwrap().any(|record| record.is_err()), "byte {at}");
        }
        fs::write(&segment, bytes).unwrap();
    }
    assert!(Journal::open(&path, SEGMENT, end).is_ok());
}

#[test]
fn another_journal_of_the_same_length_is_not_this_one() {
    let dir = tempdir().unwrap();
    let end = journal_of(&dir.path().join("one"), 3).end();
    let path = dir.path().join("two");
    let mut other = Journal::create(&path, SEGMENT).unwrap();
    for _ in 0..3 {
        other.append(&[b"else"]).unwrap();
    }
    assert!(matches!(Journal::open(&path, SEGMENT, end), Err(journal::Error::OtherHistory { records: 3 })));
}

#[test]
fn a_journal_refuses_what_no_reader_would_take() {
    let dir = tempdir().unwrap();
    let mut journal = Journal::create(&dir.path().join("j"), SEGMENT).unwrap();
    let long = vec![0; journal::PAYLOAD_BYTES_MAX + 1];
    assert!(matches!(journal.append(&[&long]), Err(journal::Error::Payload { .. })));
    assert_eq!(journal.append(&[b"still open"]).unwrap().records, 1);
}
