//! The ledger as a plain directory: readable by programs that share nothing with us, and back again.
//! C2SP tlog-tiles v0.1.0; LEDGER.md 1.5, 6.1 C, 6.4.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use sigill::ledger::Ledger;
use sigill::ledger::durable::Durable;
use sigill::ledger::error::Error;
use sigill::ledger::export::Exported;
use sigill::ledger::export::export;
use sigill::ledger::export::import;
use sigill::ledger::mirror::Fault;
use sigill::ledger::mirror::Mirror;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::note::VerifierKey;
use sigill::ledger::options::Options;
use tempfile::TempDir;
use tempfile::tempdir;

const ORIGIN: &str = "archive.example.se/ledger";
const SEED: Seed = Seed([9; 32]);

fn options() -> Options {
    Options { journal_segment_bytes: 2_000, batch_window: Duration::ZERO, ..Options::default() }
}

fn key() -> SigningKey {
    SigningKey::new(ORIGIN, &SEED).unwrap()
}

/// A ledger and a directory that it is exported to.
struct House(TempDir);

impl House {
    fn of(size: u64) -> (Self, Ledger) {
        let house = Self(tempdir().unwrap());
        Ledger::create(&house.ledger(), ORIGIN, &SEED, &options()).unwrap();
        let ledger = Ledger::open(&house.ledger(), options(), Timestamp::now).unwrap();
        grow(&ledger, size);
        (house, ledger)
    }

    fn ledger(&self) -> PathBuf {
        self.0.path().join("l")
    }

    fn mirror(&self) -> PathBuf {
        self.0.path().join("mirror")
    }

    fn export(&self) -> Result<Exported, Error> {
        export(&Durable::read(&self.ledger(), &options()).unwrap(), &self.mirror(), &mut |_, _| {})
    }

    fn faults(&self) -> Vec<Fault> {
        Mirror::open(&self.mirror(), key().verifier()).unwrap().check(&mut |_, _| {}).unwrap()
    }

    /// What the Python that shares no code with us says; none where there is no Python.
    fn python(&self) -> Option<(bool, String)> {
        python(&self.mirror(), &key().verifier().to_string())
    }
}

fn grow(ledger: &Ledger, size: u64) {
    let entries: Vec<Vec<u8>> =
        (ledger.size()..size).map(|number| format!("entry number {number}").into_bytes()).collect();
    for part in entries.chunks(97) {
        ledger.append_all(part.to_vec()).unwrap();
    }
}

fn python(directory: &Path, vkey: &str) -> Option<(bool, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiles/fsck.py");
    let Ok(run) = Command::new("python3").arg(script).arg(directory).arg(vkey).output() else {
        assert!(std::env::var_os("CI").is_none(), "there is no python3");
        println!("NOT RUN: there is no python3");
        return None;
    };
    Some((run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned()))
}

/// Of a checkpoint, a bit of what is signed: signatures by keys that a reader does not know mean nothing to it.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let at = if path.ends_with("checkpoint") { ORIGIN.len() + 20 } else { bytes.len() / 2 };
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_directory_of_every_shape_is_sound_to_us_and_to_a_stranger() {
    for size in [0, 1, 255, 256, 257, 700] {
        let (house, ledger) = House::of(size);
        let exported = house.export().unwrap();
        assert_eq!((exported.size, exported.root, exported.before), (size, ledger.root(), 0));
        assert_eq!(house.faults(), [], "{size}");
        if let Some((sound, said)) = house.python() {
            assert!(sound, "{size}: {said}");
        }
        assert_eq!(Mirror::claimed_key(&house.mirror()).unwrap(), *key().verifier());
    }
}

#[test]
fn exporting_again_writes_only_what_is_new_and_leaves_no_outgrown_pieces() {
    let (house, ledger) = House::of(300);
    house.export().unwrap();
    assert_eq!(house.export().unwrap().written, 0, "nothing is new");
    grow(&ledger, 600);
    let again = house.export().unwrap();
    // Level 0: tiles 1 and 2; the same two bundles; level 1 at its new width.
    assert_eq!((again.before, again.size, again.written), (300, 600, 5));
    let (fresh, _ledger) = House::of(600);
    fresh.export().unwrap();
    let inside = |house: &House| -> Vec<PathBuf> {
        let all = files(&house.mirror());
        all.iter().map(|path| path.strip_prefix(house.mirror()).unwrap().to_owned()).collect()
    };
    assert_eq!(inside(&house), inside(&fresh));
    assert_eq!(house.faults(), []);
}

#[test]
fn one_flipped_bit_in_any_file_is_found_by_both() {
    let (house, _ledger) = House::of(300);
    house.export().unwrap();
    for path in files(&house.mirror()).into_iter().filter(|path| !path.ends_with("vkey")) {
        let whole = fs::read(&path).unwrap();
        flip(&path);
        let opened = Mirror::open(&house.mirror(), key().verifier());
        let found =
            opened.map_or(true, |mirror| mirror.check(&mut |_, _| {}).map_or(true, |faults| !faults.is_empty()));
        assert!(found, "{}", path.display());
        if let Some((sound, said)) = house.python() {
            assert!(!sound, "{}: {said}", path.display());
        }
        fs::write(&path, whole).unwrap();
    }
    assert_eq!(house.faults(), [], "and every one was put back");
}

#[test]
fn a_missing_piece_is_named_and_a_stray_file_is_only_noted() {
    let (house, _ledger) = House::of(300);
    house.export().unwrap();
    fs::write(house.mirror().join("tile/0/letter.txt"), "x").unwrap();
    assert_eq!(house.faults(), [Fault::Stranger("tile/0/letter.txt".into())]);
    fs::remove_file(house.mirror().join("tile/0/001.p/44")).unwrap();
    assert!(matches!(house.faults()[0], Fault::Missing(path) if path.to_string() == "tile/0/001.p/44"));
}

#[test]
fn bytes_behind_a_piece_and_a_wrong_or_missing_key_are_found() {
    let (house, _ledger) = House::of(300);
    house.export().unwrap();
    let pieces: Vec<_> = files(&house.mirror().join("tile"));
    assert!(pieces.len() > 3);
    for path in pieces {
        let whole = fs::read(&path).unwrap();
        for tail in [&[0_u8; 32][..], &[0, 0], &[0]] {
            fs::write(&path, [&whole, tail].concat()).unwrap();
            let found = house.faults();
            assert!(matches!(&found[..], [Fault::Missing(_)]), "{}: {found:?}", path.display());
        }
        fs::write(&path, whole).unwrap();
    }
    let vkey = house.mirror().join("vkey");
    let other = SigningKey::new("other.example", &Seed::generate().unwrap()).unwrap();
    fs::write(&vkey, format!("{}\n", other.verifier())).unwrap();
    assert_eq!(house.faults(), [Fault::OtherKey]);
    fs::remove_file(&vkey).unwrap();
    assert_eq!(house.faults(), [Fault::Keyless]);
}

#[test]
fn nothing_is_written_over_another_history_or_a_newer_one() {
    let (house, _ledger) = House::of(20);
    let (other, ledger) = House::of(0);
    ledger.append_all((0..30).map(|number| format!("other {number}").into_bytes()).collect()).unwrap();
    other.export().unwrap();
    fs::rename(other.mirror(), house.mirror()).unwrap();
    let before: Vec<_> = files(&house.mirror()).iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(matches!(house.export(), Err(Error::AnchorRolledBack { published: 30, anchor: 20 })));
    grow(&_ledger, 40);
    assert!(matches!(house.export(), Err(Error::Forked { size: 30, .. })));
    let after: Vec<_> = files(&house.mirror()).iter().map(|path| fs::read(path).unwrap()).collect();
    assert_eq!(before, after);
}

#[test]
fn a_directory_becomes_the_same_ledger_again_and_goes_on() {
    let (house, ledger) = House::of(700);
    house.export().unwrap();
    let (root, note) = (ledger.root(), ledger.checkpoint());
    drop(ledger);
    let mirror = Mirror::open(&house.mirror(), key().verifier()).unwrap();
    let new = house.0.path().join("again");
    import(&mirror, &new, &key(), &options(), Timestamp::now, &mut |_, _| {}).unwrap();
    let again = Ledger::open(&new, options(), Timestamp::now).unwrap();
    assert_eq!((again.size(), again.root(), again.checkpoint()), (700, root, note));
    assert_eq!(again.check(&mut |_, _| {}).unwrap(), []);
    assert_eq!(again.append(b"one more".to_vec()).unwrap().index, 700);
    let over = import(&mirror, &new, &key(), &options(), Timestamp::now, &mut |_, _| {});
    assert!(matches!(over, Err(Error::Exists(_))), "{over:?}");
}

#[test]
fn an_entry_that_was_changed_makes_no_ledger() {
    let (house, _ledger) = House::of(300);
    house.export().unwrap();
    flip(&house.mirror().join("tile/entries/000"));
    let mirror = Mirror::open(&house.mirror(), key().verifier()).unwrap();
    let new = house.0.path().join("again");
    let made = import(&mirror, &new, &key(), &options(), Timestamp::now, &mut |_, _| {});
    assert!(matches!(made, Err(Error::Foreign { .. })), "{made:?}");
    assert!(!new.exists());
}

#[test]
fn an_anchor_that_knows_more_than_the_directory_is_not_forgotten() {
    let (house, ledger) = House::of(10);
    house.export().unwrap();
    grow(&ledger, 11);
    drop(ledger);
    let anchor = house.0.path().join("anchor");
    fs::copy(house.ledger().join("head.anchor"), &anchor).unwrap();
    let elsewhere = Options { anchor: Some(anchor), ..options() };
    let mirror = Mirror::open(&house.mirror(), key().verifier()).unwrap();
    let new = house.0.path().join("again");
    let made = import(&mirror, &new, &key(), &elsewhere, Timestamp::now, &mut |_, _| {});
    assert!(matches!(made, Err(Error::AnchorRolledBack { published: 10, anchor: 11 })), "{made:?}");
}

#[test]
fn reading_while_another_writes_gives_a_size_that_was_published() {
    let (house, ledger) = House::of(5);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| grow(&ledger, 2_000));
        while !writer.is_finished() {
            let durable = Durable::read(&house.ledger(), &options()).unwrap();
            let mut entries = 0;
            let counted = durable.entries(&mut |_, _| {
                entries += 1;
                Ok(())
            });
            counted.unwrap();
            assert_eq!(entries, durable.size());
        }
    });
    assert_eq!(Durable::read(&house.ledger(), &options()).unwrap().root(), ledger.root());
}

#[test]
fn a_foreign_logs_directory_is_checked_too() {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/tessera-testlog/log");
    if !log.is_dir() {
        println!("NOT RUN: ../shared/vectors/tessera-testlog is not there");
        return;
    }
    let vkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    let mirror = Mirror::open(&log, &vkey.parse::<VerifierKey>().unwrap()).unwrap();
    assert_eq!(mirror.check(&mut |_, _| {}).unwrap(), [Fault::Keyless], "harmless: whoever checks has the key");
    assert_eq!(mirror.checkpoint().size, 15);
    if let Some((sound, said)) = python(&log, vkey) {
        assert!(sound, "{said}");
    }
}
