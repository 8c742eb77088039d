//! The archive in one file and back: nothing lost, nothing brought back that must not come, nothing believed unproven.
//! LEDGER.md 6.3 and 6.4; INTERFACES section 1 (`backup`, `restore`); HOUSE, invariants 6, 7 and 9.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::panic;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use sigill::archive::Archive;
use sigill::archive::Error as ArchiveError;
use sigill::archive::backup;
use sigill::archive::backup::Backup;
use sigill::archive::backup::Error;
use sigill::archive::backup::Restored;
use sigill::archive::backup::Secret;
use sigill::archive::backup::Wanted;
use sigill::archive::check::Weight;
use sigill::archive::pieces::Collected;
use sigill::archive::pieces::Kind;
use sigill::archive::pieces::Piece;
use sigill::ledger::note::Note;
use sigill::ledger::options::Options as LedgerOptions;
use tempfile::TempDir;
use tempfile::tempdir;

#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/archive.rs"]
mod house;

use house::House;
use house::fixture;
use house::flip;
use house::found;
use house::id_of;
use house::options;
use house::submission;
use house::weights;

const GENUINE: &str = "styrelseprotokoll-genuine.pdf";
const NOTES: &str = "motesanteckningar-koncernledningsgruppen.pdf";
const NEWSLETTER: &str = "nytt-fran-kommunledningsgruppen-2025-09.pdf";

/// A place for backups and for what is restored from them.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("backup.tar")
    }

    fn directory(&self) -> PathBuf {
        self.0.path().join("restored")
    }

    fn back_up(&self, house: &House) -> Backup {
        backup::write(&house.path(""), &options(), &self.file(), Secret::In, &mut |_, _| {}).unwrap()
    }

    fn restore(&self, wanted: &Wanted<'_>) -> Result<Restored, Error> {
        backup::restore(&self.file(), &self.directory(), &options(), wanted, &mut |_, _| {})
    }

    fn restored(&self) -> Archive {
        Archive::open(&self.directory(), options()).unwrap()
    }

    /// Whether restoring left anything behind.
    fn is_empty(&self) -> bool {
        fs::read_dir(self.directory()).map_or(true, |mut entries| entries.next().is_none())
    }
}

/// The names in a backup, as an ordinary reader of such files tells them.
fn names(file: &Path) -> Vec<String> {
    let mut tape = tar::Archive::new(fs::File::open(file).unwrap());
    tape.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect()
}

#[test]
fn what_was_backed_up_comes_back_the_same() {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    let place = Place::new();
    let made = place.back_up(&house);
    assert_eq!((made.about.size, made.gone), (2, 0));
    let back = place.restore(&Wanted::default()).unwrap();
    assert_eq!((back.files, &back.fingerprint, back.about.clone()), (made.files, &made.fingerprint, made.about));
    assert_eq!(back.faults, []);
    let again = place.restored();
    assert_eq!(again.ledger().root(), archive.ledger().root());
    assert_eq!(again.ledger().checkpoint(), archive.ledger().checkpoint());
    let id = id_of(&ingested[0]);
    assert_eq!(again.receipt(id).unwrap(), archive.receipt(id).unwrap());
    assert_eq!(found(&again, &ingested[0].record.transaction_ids[0]), [ingested[0].record.id.clone()]);
    assert_eq!((again.organisation(), weights(&again)), (archive.organisation(), vec![]));
    assert_eq!(again.ingest(&fixture(NEWSLETTER), &submission()).unwrap().index, 2, "and it goes on");
}

#[test]
fn an_ordinary_tar_and_sha256sum_read_it() {
    let (house, _archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    place.back_up(&house);
    let script = "mkdir out && tar -xf backup.tar -C out && cd out && cat sums/* | sha256sum --quiet -c";
    let run = Command::new("sh").arg("-c").arg(script).current_dir(place.0.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn it_is_packed_where_its_name_says_so() {
    let (house, _archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    let packed = place.0.path().join("backup.tar.gz");
    backup::write(&house.path(""), &options(), &packed, Secret::In, &mut |_, _| {}).unwrap();
    assert!(fs::read(&packed).unwrap().starts_with(&[0x1f, 0x8b]));
    backup::restore(&packed, &place.directory(), &options(), &Wanted::default(), &mut |_, _| {}).unwrap();
    assert_eq!(place.restored().ledger().size(), 1);
}

#[test]
fn it_is_whole_at_every_moment_of_a_busy_archive() {
    let house = House::empty();
    let archive = house.open();
    let files = [GENUINE, NOTES, NEWSLETTER].map(fixture);
    let mut sizes = BTreeSet::new();
    thread::scope(|scope| {
        let registrar = scope.spawn(|| {
            for number in 0..30 {
                let document = [&files[number % 3][..], format!("\n% {number}\n").as_bytes()].concat();
                archive.ingest(&document, &submission()).unwrap();
            }
        });
        while !registrar.is_finished() {
            let place = Place::new();
            let made = place.back_up(&house);
            let back = place.restore(&Wanted::default()).unwrap();
            assert!(back.faults.iter().all(|fault| fault.weight.is_sound()), "{:?}", back.faults);
            assert_eq!(place.restored().ledger().size(), made.about.size);
            sizes.insert(made.about.size);
        }
    });
    println!("backed up at sizes {sizes:?}");
    assert_eq!((archive.ledger().size(), weights(&archive)), (30, vec![]), "the archive was not disturbed");
}

#[test]
fn what_witnesses_see_while_it_is_taken_does_not_spoil_it() {
    let (house, archive, _ingested) = House::with(&[NOTES]);
    let seen = || {
        let note = Note::parse(&archive.ledger().checkpoint()).unwrap();
        archive.ledger().keep_cosigned(&note).unwrap();
    };
    seen();
    let place = Place::new();
    let mut begun = false;
    backup::write(&house.path(""), &options(), &place.file(), Secret::In, &mut |_, _| {
        if !std::mem::replace(&mut begun, true) {
            archive.ingest(&fixture(NEWSLETTER), &submission()).unwrap();
            seen();
        }
    })
    .unwrap();
    assert!(begun);
    assert_eq!(place.restore(&Wanted::default()).unwrap().faults, []);
    let restored = place.restored();
    assert_eq!((restored.ledger().size(), restored.ledger().cosigned().unwrap().size), (1, 1));
}

#[test]
fn one_flipped_bit_or_a_cut_anywhere_restores_nothing() {
    let (house, _archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    place.back_up(&house);
    let whole = fs::read(place.file()).unwrap();
    for part in 0..40 {
        let at = whole.len() * part / 40 + 300;
        let mut bytes = whole.clone();
        if let Some(byte) = bytes.get_mut(at) {
            // Padding means nothing; what means something is found.
            let padding = *byte == 0;
            *byte ^= 1;
            fs::write(place.file(), &bytes).unwrap();
            let restored = place.restore(&Wanted::default());
            assert!(restored.is_err() || padding, "byte {at}");
            assert!(restored.is_ok() || place.is_empty(), "byte {at}");
            drop(fs::remove_dir_all(place.directory()));
        }
        fs::write(place.file(), &whole[..whole.len() * part / 40]).unwrap();
        let refused = place.restore(&Wanted::default()).map(drop);
        // Before anything says what it is, it may be anything.
        let known = part > 2;
        assert!(if known { matches!(refused, Err(Error::Cut)) } else { refused.is_err() }, "{part}: {refused:?}");
        assert!(place.is_empty(), "cut at part {part}");
    }
}

#[test]
fn a_restore_that_was_cut_off_is_no_archive_and_begins_anew_when_it_is_asked_for_again() {
    let (house, _archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    let made = place.back_up(&house);
    for last in 1..made.files {
        let cut_off = panic::catch_unwind(|| {
            let mut progress = |done, _| assert!(done < last, "as if the power went");
            backup::restore(&place.file(), &place.directory(), &options(), &Wanted::default(), &mut progress)
        });
        assert!(cut_off.is_err() && !place.is_empty(), "after {last}");
        let opened = Archive::open(&place.directory(), options());
        assert!(matches!(opened, Err(ArchiveError::Unfinished(_))), "after {last}");
    }
    place.restore(&Wanted::default()).unwrap();
    assert_eq!(place.restored().ledger().size(), made.about.size);
    assert!(
        matches!(place.restore(&Wanted::default()), Err(Error::Exists(_))),
        "what was restored is not touched again"
    );
}

#[test]
fn it_is_put_back_only_into_an_empty_directory() {
    let (house, _archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    place.back_up(&house);
    fs::create_dir(place.directory()).unwrap();
    fs::write(place.directory().join("letter.txt"), "x").unwrap();
    assert!(matches!(place.restore(&Wanted::default()), Err(Error::Exists(_))));
    assert_eq!(fs::read_dir(place.directory()).unwrap().count(), 1, "and what is there stays");
    let over = backup::write(&house.path(""), &options(), &place.file(), Secret::In, &mut |_, _| {});
    assert!(matches!(over, Err(Error::Exists(_))));
}

#[test]
fn an_older_state_is_not_put_over_a_newer_published_one_unless_told() {
    let (house, archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    place.back_up(&house);
    let same = archive.ledger().checkpoint().to_string();
    archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    let newer = archive.ledger().checkpoint().to_string();
    let with = |note: &str| Wanted { published: vec![note.to_owned()], ..Wanted::default() };
    let refused = place.restore(&with(&newer));
    assert!(matches!(refused, Err(Error::Older { published: 2, backup: 1 })), "{refused:?}");
    assert!(place.is_empty());
    assert_eq!(place.restore(&with(&same)).unwrap().newer, None);
    fs::remove_dir_all(place.directory()).unwrap();
    let told = place.restore(&Wanted { older: true, ..with(&newer) }).unwrap();
    assert_eq!(told.newer, Some(2));
    let altered = newer.replacen("\n2\n", "\n1\n", 1);
    fs::remove_dir_all(place.directory()).unwrap();
    assert!(matches!(place.restore(&with(&altered)), Err(Error::Checkpoint(_))), "a checkpoint that nobody signed");
}

#[test]
fn another_history_of_the_same_ledger_is_not_put_back() {
    let (house, archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    place.back_up(&house);
    // The same key in a second archive that goes another way.
    place.restore(&Wanted::default()).unwrap();
    archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    let other = place.restored();
    other.ingest(&fixture(NEWSLETTER), &submission()).unwrap();
    drop(other);
    let second = Place::new();
    second.back_up(&house);
    let forked = Archive::open(&place.directory(), options()).unwrap().ledger().checkpoint().to_string();
    let refused = second.restore(&Wanted { published: vec![forked], ..Wanted::default() });
    assert!(matches!(refused, Err(Error::OtherHistory(2))), "{refused:?}");
    assert!(second.is_empty());
}

#[test]
fn an_anchor_on_another_disk_remembers_what_was_published() {
    let (house, archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    place.back_up(&house);
    archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    drop(archive);
    let anchor = place.0.path().join("anchor");
    fs::copy(house.path("ledger/head.anchor"), &anchor).unwrap();
    let mut elsewhere = options();
    elsewhere.ledger = LedgerOptions { anchor: Some(anchor.clone()), ..elsewhere.ledger };
    let restore =
        |wanted: &Wanted<'_>| backup::restore(&place.file(), &place.directory(), &elsewhere, wanted, &mut |_, _| {});
    assert!(matches!(restore(&Wanted::default()), Err(Error::Older { published: 2, backup: 1 })));
    let back = restore(&Wanted { older: true, ..Wanted::default() }).unwrap();
    assert_eq!(back.newer, Some(2));
    assert!(anchor.with_extension("before-restore").is_file(), "what it knew is kept");
    assert_eq!(Archive::open(&place.directory(), elsewhere).unwrap().ledger().size(), 1);
}

#[test]
fn the_secret_key_is_in_it_or_asked_for() {
    let (house, _archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    let secret = fs::read_to_string(house.path("ledger/key")).unwrap();
    backup::write(&house.path(""), &options(), &place.file(), Secret::Out, &mut |_, _| {}).unwrap();
    let mut bytes = Vec::new();
    fs::File::open(place.file()).unwrap().read_to_end(&mut bytes).unwrap();
    let seed = secret.lines().next().unwrap().as_bytes();
    assert!(!bytes.windows(seed.len()).any(|window| window == seed), "the key is nowhere in the file");
    assert!(matches!(place.restore(&Wanted::default()), Err(Error::KeyNeeded)));
    let other = House::empty();
    let wrong = fs::read_to_string(other.path("ledger/key")).unwrap();
    let given = |key| Wanted { key: Some(key), ..Wanted::default() };
    assert!(matches!(place.restore(&given(wrong.trim_end())), Err(Error::OtherKey)));
    place.restore(&given(secret.trim_end())).unwrap();
    assert_eq!(place.restored().ingest(&fixture(GENUINE), &submission()).unwrap().index, 1);
}

#[test]
fn a_backup_that_could_not_be_restored_is_not_made() {
    let (house, _archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    let back_up = |secret| backup::write(&house.path(""), &options(), &place.file(), secret, &mut |_, _| {}).map(drop);
    let key = fs::read(house.path("ledger/key")).unwrap();
    fs::copy(house.path("ledger/key"), house.path("ledger/key.next")).unwrap();
    assert!(matches!(back_up(Secret::In), Err(Error::KeysChanging)), "a change of keys is under way");
    fs::remove_file(house.path("ledger/key.next")).unwrap();
    for wrong in [&b""[..], &key[1..], &fs::read(House::empty().path("ledger/key")).unwrap()] {
        fs::write(house.path("ledger/key"), wrong).unwrap();
        assert!(matches!(back_up(Secret::In), Err(Error::KeyMissing)));
    }
    fs::remove_file(house.path("ledger/key")).unwrap();
    assert!(matches!(back_up(Secret::In), Err(Error::KeyMissing)));
    assert!(!place.file().exists());
    back_up(Secret::Out).unwrap();
}

#[test]
fn what_was_disposed_of_since_does_not_come_back() {
    let (house, archive, ingested) = House::with(&[NOTES, GENUINE]);
    // Evidence was added to both, one piece of it the same.
    let pem = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/trust/test/sigill-test-root-ca.pem")).unwrap();
    let add = |document: &str, endings: &[&str]| {
        let piece = |ending: &&str| {
            let bytes = [pem.as_slice(), ending.as_bytes()].concat();
            Piece { name: "intyg.pem".to_owned(), kind: Some(Kind::Certificate), bytes, address: None }
        };
        let given = Collected::given(&endings.iter().map(piece).collect::<Vec<_>>());
        archive
            .ingest_with(&fixture(document), &submission(), &given)
            .unwrap()
            .added
            .unwrap()
            .act
            .deed
            .evidence()
            .to_vec()
    };
    let (theirs, others) = (add(NOTES, &["", "\n"]), add(GENUINE, &[""]));
    assert_eq!(theirs[0].sha256, others[0].sha256);
    let place = Place::new();
    place.back_up(&house);
    let gone = id_of(&ingested[0]);
    let back = place
        .restore(&Wanted { disposed: BTreeMap::from([(gone, "KS 2031/44".to_owned())]), ..Wanted::default() })
        .unwrap();
    assert_eq!(back.faults, [], "its entry stays, and nothing is missed");
    let again = place.restored();
    assert_eq!(again.ledger().root(), archive.ledger().root());
    assert!(found(&again, &ingested[0].record.id).is_empty());
    assert_eq!(found(&again, &ingested[1].record.id).len(), 1);
    let left: Vec<String> = files(&place.directory()).iter().map(|path| path.display().to_string()).collect();
    let sha256 = &ingested[0].record.verification.file.sha256;
    assert!(!left.iter().any(|path| path.contains(&gone.to_string()) || path.contains(sha256)), "{left:?}");
    let kept = |sha256: &str| left.iter().any(|path| path.contains(sha256));
    assert_eq!((kept(&theirs[0].sha256), kept(&theirs[1].sha256)), (true, false), "what the other record needs stays");
    assert_eq!(left.iter().filter(|path| path.contains("/records/")).count(), 2, "a record and what was added to it");
    // A backup of the restored archive remembers it.
    let second = Place::new();
    backup::write(&place.directory(), &options(), &second.file(), Secret::In, &mut |_, _| {}).unwrap();
    assert_eq!(second.restore(&Wanted::default()).unwrap().faults, []);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn what_was_wrong_already_is_told_and_restored_all_the_same() {
    let (house, archive, ingested) = House::with(&[NOTES]);
    drop(archive);
    flip(&house.blob("documents", &ingested[0].record.verification.file.sha256));
    let place = Place::new();
    place.back_up(&house);
    let back = place.restore(&Wanted::default()).unwrap();
    assert!(matches!(&back.faults[..], [fault] if fault.weight == Weight::Lost), "{:?}", back.faults);
    assert_eq!(place.restored().ledger().size(), 1);
}

#[test]
fn what_is_missing_or_changed_is_told_when_it_is_backed_up() {
    let (house, archive, ingested) = House::with(&[NOTES, GENUINE]);
    let pem = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/trust/test/sigill-test-root-ca.pem")).unwrap();
    let piece = Piece { name: "intyg.pem".to_owned(), kind: Some(Kind::Certificate), bytes: pem, address: None };
    archive.ingest_with(&fixture(NOTES), &submission(), &Collected::given(&[piece])).unwrap();
    drop(archive);
    let (id, sha256) = (&ingested[0].record.id, &ingested[0].record.verification.file.sha256);
    let evidence = files(&house.path("evidence")).into_iter().next().unwrap();
    let added = files(&house.path("records"))
        .into_iter()
        .find(|path| path.file_name().is_some_and(|name| name.len() == 64))
        .unwrap();
    let places = [
        (house.blob("documents", sha256), "document"),
        (house.blob("records", id), "data"),
        (house.blob("salts", id), ""),
        (evidence, "evidence"),
        (added, "about the event"),
    ];
    for (path, what) in places {
        let kept = fs::read(&path).unwrap();
        for change in [|path: &Path| fs::remove_file(path).unwrap(), |path: &Path| flip(path)] {
            change(&path);
            let place = Place::new();
            let made = place.back_up(&house);
            assert_eq!(made.faults.len(), 1, "{what}: {:?}", made.faults);
            assert!(made.faults.iter().all(|fault| fault.weight == Weight::Lost), "{:?}", made.faults);
            assert!(made.faults.iter().any(|fault| fault.what.en.contains(what)), "{what}: {:?}", made.faults);
            assert!(place.restore(&Wanted::default()).is_ok(), "it is made all the same");
            fs::write(&path, &kept).unwrap();
        }
    }
    assert_eq!(Place::new().back_up(&house).faults, [], "whole again");
}

#[test]
fn what_was_published_after_a_change_of_keys_is_known_by_the_proof_of_the_change() {
    let (house, archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    place.back_up(&house);
    drop(archive);
    let archive = Archive::rotate(&house.path(""), options()).unwrap();
    archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    let (newer, changes) = (archive.ledger().checkpoint(), archive.ledger().succession());
    let published = vec![newer.to_string()];
    let alone = place.restore(&Wanted { published: published.clone(), ..Wanted::default() });
    assert!(matches!(alone, Err(Error::Checkpoint(_))), "nothing leads to the new key: {alone:?}");
    let wanted = Wanted { published, changes: vec![changes.clone()], ..Wanted::default() };
    let refused = place.restore(&wanted);
    assert!(matches!(refused, Err(Error::Older { published: 3, backup: 1 })), "{refused:?}");
    assert_eq!(place.restore(&Wanted { older: true, ..wanted }).unwrap().newer, Some(3));
    let other = House::empty();
    let foreign = Archive::rotate(&other.path(""), options()).unwrap();
    let wanted = Wanted {
        published: vec![foreign.ledger().checkpoint().to_string()],
        changes: vec![foreign.ledger().succession().clone()],
        ..Wanted::default()
    };
    fs::remove_dir_all(place.directory()).unwrap();
    assert!(matches!(place.restore(&wanted), Err(Error::Checkpoint(_))), "another ledger's proof leads nowhere");
}

#[test]
fn paths_that_lead_out_of_the_directory_are_no_backup() {
    let (house, _archive, _ingested) = House::with(&[NOTES]);
    let place = Place::new();
    place.back_up(&house);
    let about = fs::read(place.file()).unwrap();
    for evil in ["../outside", "/tmp/sigill-outside", "documents/../../outside"] {
        // The first file as it is, then one that has no business there.
        let mut bytes = about[..1024 * 4].to_vec();
        let end = names(&place.file()).len();
        assert!(end > 3);
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..evil.len()].copy_from_slice(evil.as_bytes());
        header.set_size(0);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        bytes.truncate(first_file_end(&about));
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&[0; 1024]);
        let file = place.0.path().join("evil.tar");
        fs::write(&file, bytes).unwrap();
        let refused = backup::restore(&file, &place.directory(), &options(), &Wanted::default(), &mut |_, _| {});
        assert!(matches!(refused, Err(Error::NotABackup(_))), "{evil}: {refused:?}");
        assert!(!place.0.path().join("outside").exists());
    }
}

/// Where the second file of a tar begins: a header, and the first file in blocks of 512 bytes.
fn first_file_end(tar: &[u8]) -> usize {
    let size = std::str::from_utf8(&tar[124..135]).unwrap();
    let size = usize::from_str_radix(size, 8).unwrap();
    512 + size.div_ceil(512) * 512
}

#[test]
fn an_archive_that_was_never_opened_is_backed_up_too() {
    let (house, place) = (House::empty(), Place::new());
    assert_eq!(place.back_up(&house).about.checkpoint, None);
    place.restore(&Wanted::default()).unwrap();
    assert_eq!(place.restored().ledger().size(), 0);
    let nowhere = backup::write(&place.0.path().join("x"), &options(), &place.file(), Secret::In, &mut |_, _| {});
    assert!(matches!(nowhere, Err(Error::Exists(_))));
    fs::remove_file(place.file()).unwrap();
    let nowhere = backup::write(&place.0.path().join("x"), &options(), &place.file(), Secret::In, &mut |_, _| {});
    assert!(matches!(nowhere, Err(Error::Archive(ArchiveError::Missing(_)))));
}
