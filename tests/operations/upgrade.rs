//! An archive that an older program wrote is backed up and brought forward; a newer one is refused and left alone.
//! USERS section 5.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use sigill::archive::settings::DATA_VERSION;

use crate::archive;
use crate::by_hand::call;

fn set_version(data: &Path, version: u32) {
    let file = data.join("archive.toml");
    let text = fs::read_to_string(&file).unwrap();
    let now = format!("data_version = {DATA_VERSION}\n");
    assert!(text.contains(&now), "{text}");
    fs::write(&file, text.replace(&now, &format!("data_version = {version}\n"))).unwrap();
}

fn everything(folder: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, into);
        } else {
            into.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

#[test]
fn an_older_archive_is_backed_up_and_brought_forward() {
    let (directory, id) = archive();
    let data = directory.path().join("sigill-data");
    set_version(&data, 1);
    let looked = call(directory.path(), &["--json", "doctor"]).json().remove(0);
    let version = looked["checks"].as_array().unwrap().iter().find(|check| check["id"] == "data-version").unwrap();
    assert_eq!(version["status"], "warning");
    assert!(!data.join("upgrades").exists(), "looking changes nothing");

    let before = call(directory.path(), &["ledger", "root"]);
    let found = call(directory.path(), &["--lang", "en", "find", &id]);
    assert!(found.status == Some(0) && found.stderr.contains("upgraded from data version 1 to 2"), "{}", found.stderr);
    let again = call(directory.path(), &["--lang", "en", "find", &id]);
    assert_eq!((again.stdout.as_str(), again.stderr.contains("upgraded")), (found.stdout.as_str(), false), "once");
    let root = call(directory.path(), &["ledger", "root"]);
    assert_eq!(root.stdout, before.stdout, "the ledger is as it was");
    assert_eq!(call(directory.path(), &["check"]).status, Some(0));

    let before = data.join("upgrades/version-1.tar");
    let before = before.to_str().unwrap();
    let back = call(directory.path(), &["--data", "back", "restore", before]);
    assert_eq!(back.status, Some(0), "{}", back.stderr);
    let text = fs::read_to_string(directory.path().join("back/archive.toml")).unwrap();
    assert!(text.contains("data_version = 1\n"), "as it was: {text}");
    let restored = call(directory.path(), &["--data", "back", "ledger", "root"]);
    assert_eq!(restored.stdout, root.stdout);
    let copy = call(directory.path(), &["backup", "copy.tar"]);
    assert_eq!(copy.status, Some(0), "{}", copy.stderr);
    let listed = std::process::Command::new("tar").args(["-tf", "copy.tar"]).current_dir(directory.path()).output();
    assert!(!String::from_utf8(listed.unwrap().stdout).unwrap().contains("upgrades"), "no backup holds a backup");
}

#[test]
fn an_upgrade_that_cannot_be_backed_up_changes_nothing_that_is_kept() {
    let (directory, id) = archive();
    let data = directory.path().join("sigill-data");
    set_version(&data, 1);
    fs::write(data.join("upgrades"), "in the way").unwrap();
    let refused = call(directory.path(), &["find", &id]);
    assert_eq!(refused.status, Some(2), "{}", refused.stdout);
    assert!(fs::read_to_string(data.join("archive.toml")).unwrap().contains("data_version = 1\n"));
    fs::remove_file(data.join("upgrades")).unwrap();
    assert_eq!(call(directory.path(), &["find", &id]).status, Some(0), "and it goes on once the way is free");
}

#[test]
fn a_newer_archive_is_refused_and_left_alone() {
    let (directory, id) = archive();
    let data = directory.path().join("sigill-data");
    set_version(&data, DATA_VERSION + 1);
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    everything(&data, &mut before);
    for (lang, words) in [("sv", "En nyare version av sigill"), ("en", "A newer version of sigill")] {
        for command in [&["find", &id][..], &["serve", "--listen", "127.0.0.1:0"], &["rebuild"], &["check"]] {
            let refused = call(directory.path(), &[&["--lang", lang], command].concat());
            assert_eq!(refused.status, Some(2), "{command:?}: {}", refused.stdout);
            assert!(refused.stderr.contains(words), "{command:?}: {}", refused.stderr);
        }
    }
    everything(&data, &mut after);
    assert!(before == after, "nothing was changed");
}
