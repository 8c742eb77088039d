//! The table of errors: each with four answers in both languages, and no command that recommends itself.
//! USERS section 5.

use std::io::ErrorKind;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::archive::error as archive_error;
use crate::cli::told::Remedy;
use crate::cli::told::While;
use crate::cli::told::archive;
use crate::cli::told::ledger;
use crate::ledger::checkpoint;
use crate::ledger::error as ledger_error;
use crate::ledger::note;
use crate::ledger::proof;
use crate::ledger::witness::Alarm;
use crate::store;
use crate::store::anchor;
use crate::store::blob;
use crate::store::disk;
use crate::store::journal;

fn io(kind: ErrorKind) -> disk::Error {
    disk::Error { doing: "write", path: PathBuf::from("/p"), source: kind.into() }
}

fn ledger_errors() -> Vec<ledger_error::Error> {
    use ledger_error::Error as E;
    let (path, what) = (|| PathBuf::from("/p"), || "w".to_owned());
    let now = Timestamp::UNIX_EPOCH;
    vec![
        E::Busy,
        E::EntrySize { bytes: 1 },
        E::Fatal(what()),
        E::Alarm(Alarm::Forked { size: 1 }),
        E::Beyond { asked: 2, size: 1 },
        E::Exists(path()),
        E::Missing(path()),
        E::InUse(path()),
        E::RolledBack { anchor: 2, journal: 1 },
        E::AnchorRolledBack { published: 2, anchor: 1 },
        E::RolledBackShared { known: 2, found: 1 },
        E::Forked { size: 1, between: "a and b" },
        E::Unfounded { published: 2, found: 1 },
        E::ClockBehind { now, last: now },
        E::Foreign { directory: path(), what: what() },
        E::Damaged(what()),
        E::Store(store::Error::Engine(what())),
        E::Store(store::Error::Poisoned),
        E::Store(store::Error::Unavailable(what())),
        E::Journal(journal::Error::Missing(path())),
        E::Journal(journal::Error::Stranger(path())),
        E::Journal(journal::Error::Damaged { sequence: 1, offset: 1 }),
        E::Journal(journal::Error::Poisoned),
        E::Anchor(anchor::Error::Unreadable),
        E::Anchor(anchor::Error::Missing(path())),
        E::Anchor(anchor::Error::Conflict),
        E::Disk(io(ErrorKind::StorageFull)),
        E::Disk(io(ErrorKind::PermissionDenied)),
        E::Disk(io(ErrorKind::ReadOnlyFilesystem)),
        E::Disk(io(ErrorKind::NotFound)),
        E::Disk(io(ErrorKind::Other)),
        E::Note(note::Error::Name),
        E::Checkpoint(checkpoint::Error::Root),
        E::Proof(proof::Error::Root),
    ]
}

fn archive_errors() -> Vec<archive_error::Error> {
    use archive_error::Error as E;
    let (path, what) = (|| PathBuf::from("/p"), || "w".to_owned());
    let mut errors = vec![
        E::Exists(path()),
        E::Missing(path()),
        E::Unfinished(path()),
        E::Version { found: 2, known: 1 },
        E::Settings { path: path(), what: what() },
        E::RolledBack { known: 2, found: 1 },
        E::NotMoved { here: 1, there: 2 },
        E::Damaged(what()),
        E::Unwitnessed,
        E::SharedKey,
        E::NoJournal,
        E::Randomness,
        E::Store(store::Error::Engine(what())),
        E::Blob(blob::Error::Missing(path())),
        E::Blob(blob::Error::Differs { name: what() }),
        E::Blob(blob::Error::Refused(what())),
        E::Blob(blob::Error::Poisoned),
        E::Disk(io(ErrorKind::StorageFull)),
    ];
    errors.extend(ledger_errors().into_iter().map(E::Ledger));
    errors
}

#[test]
fn every_error_has_the_four_answers_in_both_languages_and_no_command_recommends_itself() {
    for error in archive_errors() {
        let told = archive(&error);
        for (met, own) in [
            (While::Other, ""),
            (While::Checking, "`sigill check`, som"),
            (While::Rebuilding, "`sigill rebuild`"),
            (While::Restoring, "`sigill restore`)"),
        ] {
            let remedy = told.remedy(met);
            for text in [&told.what, &told.harm, &remedy, &told.works] {
                assert!(text.sv.ends_with(['.', '?']) && text.en.ends_with('.'), "{error:?}: {text:?}");
                assert_ne!(text.sv, text.en, "{error:?}");
            }
            let derived = matches!(told.remedy, Remedy::Check | Remedy::Rebuild | Remedy::Restore);
            assert!(own.is_empty() || !derived || !remedy.sv.contains(own), "{error:?} {met:?}: {}", remedy.sv);
        }
    }
}

#[test]
fn what_cannot_be_rebuilt_is_not_to_be_rebuilt_and_what_can_is() {
    let recommends = |error: ledger_error::Error| ledger(&error).text(While::Other).en;
    let (engine, path) = (store::Error::Engine("w".to_owned()), PathBuf::from("/p"));
    assert!(recommends(ledger_error::Error::Store(engine)).contains("sigill rebuild"));
    for lost in [ledger_error::Error::Missing(path), ledger_error::Error::Damaged("w".to_owned())] {
        let text = recommends(lost);
        assert!(text.contains("sigill restore") && !text.contains("rebuild"), "{text}");
    }
    let full = recommends(ledger_error::Error::Disk(io(ErrorKind::StorageFull)));
    assert!(full.contains("Free some space") && !full.contains("backup"), "{full}");
    let foreign = ledger_error::Error::Foreign { directory: PathBuf::from("/m"), what: "w".to_owned() };
    assert!(recommends(foreign).contains("The archive is untouched"));
}
