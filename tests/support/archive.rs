//! An archive in a temporary directory with a clock that stands still, and ways to damage it behind its back.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use sigill::archive::Archive;
use sigill::archive::Options;
use sigill::archive::catalogue::Query;
use sigill::archive::check::Weight;
use sigill::archive::ingest::Ingested;
use sigill::archive::record::RecordId;
use sigill::archive::record::Submission;
use tempfile::TempDir;
use tempfile::tempdir;

#[path = "copy.rs"]
mod copy;

use copy::copy_all;

pub(crate) const ORIGIN: &str = "arkiv.example.se/protokoll";

/// When everything happens in these tests.
pub(crate) const NOW: &str = "2026-11-01T00:00:00Z";

fn clock() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn options() -> Options {
    Options { clock, ..Options::default() }
}

/// A path in the project.
fn project(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    fs::read(project("fixtures/minutes").join(name)).unwrap()
}

/// What a registrar says about the minutes.
pub(crate) fn submission() -> Submission {
    Submission {
        name: "protokoll.pdf".to_owned(),
        diary_number: Some("KS 2024/123".to_owned()),
        public: true,
        actor: "registrator".to_owned(),
        ..Submission::default()
    }
}

/// An archive on disk that believes the test anchors, closed unless a test has it open.
pub(crate) struct House {
    dir: TempDir,
    pub(crate) vkey: String,
}

impl House {
    pub(crate) fn empty() -> Self {
        let dir = tempdir().unwrap();
        let vkey = Archive::create(&dir.path().join("a"), ORIGIN, Some("Exempelförbundet"), &options()).unwrap();
        let anchor = "sigill-test-root-ca.pem";
        fs::copy(project("keys/trust/test").join(anchor), dir.path().join("a/trust").join(anchor)).unwrap();
        Self { dir, vkey }
    }

    /// With these fixtures registered, the archive open.
    pub(crate) fn with(names: &[&str]) -> (Self, Archive, Vec<Ingested>) {
        let house = Self::empty();
        let archive = house.open();
        let ingested = names.iter().map(|name| archive.ingest(&fixture(name), &submission()).unwrap()).collect();
        (house, archive, ingested)
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.dir.path().join("a").join(inside)
    }

    pub(crate) fn open(&self) -> Archive {
        Archive::open(&self.path(""), options()).unwrap()
    }

    pub(crate) fn rebuild(&self) -> Archive {
        Archive::rebuild(&self.path(""), options()).unwrap()
    }

    /// The file of a blob: `documents`, `records` or `salts`, and its name.
    pub(crate) fn blob(&self, room: &str, name: &str) -> PathBuf {
        let path = self.path(room).join(&name[..2]).join(name);
        assert!(path.is_file(), "{}", path.display());
        path
    }

    /// A copy of a part of the archive, to be put back later.
    pub(crate) fn copy(&self, part: &str) -> PathBuf {
        let copy = self.dir.path().join("copy");
        copy_all(&self.path(part), &copy);
        copy
    }

    pub(crate) fn put_back(&self, part: &str) {
        fs::remove_dir_all(self.path(part)).unwrap();
        copy_all(&self.dir.path().join("copy"), &self.path(part));
    }
}

/// One byte of a file becomes another.
pub(crate) fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// What `check` finds, by weight.
pub(crate) fn weights(archive: &Archive) -> Vec<Weight> {
    archive.check(&mut |_, _| {}).unwrap().into_iter().map(|fault| fault.weight).collect()
}

/// Ids of the records that a pasted text leads to.
pub(crate) fn found(archive: &Archive, pasted: &str) -> Vec<String> {
    let meanings = Query::parse(pasted).unwrap();
    archive.find(&meanings).unwrap().into_iter().map(|found| found.record.id).collect()
}

pub(crate) fn id_of(ingested: &Ingested) -> RecordId {
    ingested.record.id.parse().unwrap()
}
