//! A ledger in a temporary directory, and what every test asks of one.
//! Keys and entries are fixed, so that roots and signatures are too.

use std::fs;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use sigill::ledger::Ledger;
use sigill::ledger::error::Error;
use sigill::ledger::hash;
use sigill::ledger::hash::Hash;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::options::Options;
use sigill::store::Space;
use tempfile::TempDir;
use tempfile::tempdir;

#[path = "../support/copy.rs"]
mod copy;

pub(crate) use copy::copy_all;

pub(crate) const ORIGIN: &str = "archive.example.se/ledger";
pub(crate) const SEED: Seed = Seed([7; 32]);
/// The key of `SEED`, as an independent implementation (pyca/cryptography) makes it.
pub(crate) const VKEY: &str = "archive.example.se/ledger+ebee34f9+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
/// The spaces of a ledger's database, to reach behind its back.
pub(crate) const SPACES: [Space; 4] = [Space("e"), Space("t"), Space("h"), Space("m")];

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn entry(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

pub(crate) fn key() -> SigningKey {
    SigningKey::new(ORIGIN, &SEED).unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Small segments, so that every test crosses some.
pub(crate) fn options() -> Options {
    Options { journal_segment_bytes: 500, batch_window: Duration::ZERO, ..Options::default() }
}

/// A ledger on disk, closed unless a test has it open.
pub(crate) struct House {
    dir: TempDir,
}

impl House {
    pub(crate) fn empty() -> Self {
        let dir = tempdir().unwrap();
        let vkey = Ledger::create(&dir.path().join("l"), ORIGIN, &SEED, &options()).unwrap();
        assert_eq!(vkey, VKEY);
        Self { dir }
    }

    /// With entries 0 to `size`, in several commits.
    pub(crate) fn of(size: u64) -> Self {
        let house = Self::empty();
        let ledger = house.open();
        house.grow(&ledger, size);
        house
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("l")
    }

    pub(crate) fn part(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn open(&self) -> Ledger {
        self.try_open().unwrap()
    }

    pub(crate) fn try_open(&self) -> Result<Ledger, Error> {
        Ledger::open(&self.path(), options(), now)
    }

    pub(crate) fn grow(&self, ledger: &Ledger, size: u64) {
        while ledger.size() < size {
            let until = size.min(ledger.size() + 50);
            ledger.append_all((ledger.size()..until).map(entry).collect()).unwrap();
        }
    }

    /// A copy of a part, to be put back later.
    pub(crate) fn copy(&self, name: &str) -> PathBuf {
        let copy = self.dir.path().join(format!("copy of {name}"));
        copy_all(&self.part(name), &copy);
        copy
    }

    pub(crate) fn put_back(&self, name: &str) {
        let part = self.part(name);
        if part.is_dir() {
            fs::remove_dir_all(&part).unwrap();
        }
        copy_all(&self.dir.path().join(format!("copy of {name}")), &part);
    }

    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let mut paths: Vec<_> =
            fs::read_dir(self.part("journal")).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort_unstable();
        paths
    }
}

/// What opening it repaired, as the operator is told.
pub(crate) fn told(ledger: &Ledger) -> String {
    let notes: Vec<String> = ledger.recovery().notes.iter().map(ToString::to_string).collect();
    notes.join("; ")
}

pub(crate) fn flip(path: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

/// Everything that 0 to `size` were appended for is there, and nothing is wrong.
pub(crate) fn holds(ledger: &Ledger, size: u64) {
    assert_eq!(ledger.size(), size);
    let leaves: Vec<Hash> = (0..size).map(|number| hash::leaf(&entry(number))).collect();
    assert_eq!(ledger.root(), hash::root(&leaves));
    let kept: Vec<_> = ledger.entries(0..size).map(|entry| entry.unwrap().1).collect();
    assert_eq!(kept, (0..size).map(entry).collect::<Vec<_>>());
    sound(ledger);
}

/// A check finds nothing.
pub(crate) fn sound(ledger: &Ledger) {
    assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
}
