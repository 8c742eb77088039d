//! Blobs: put once, never changed, nowhere but in their directory.
//! The contract is `sigill::store::blob`'s documentation.

use std::fs;

use sigill::store::blob;
use sigill::store::blob::Blobs;
use sigill::store::blob::FileBlobs;
use sigill::store::blob::Put;
use tempfile::tempdir;

#[test]
fn blobs_are_put_once_got_listed_and_removed() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("b");
    assert!(matches!(FileBlobs::open(&path), Err(blob::Error::Missing(_))));
    let blobs = FileBlobs::create(&path).unwrap();
    assert_eq!(blobs.put("00ff", b"one").unwrap(), Put::New);
    assert_eq!(blobs.put("00ff", b"one").unwrap(), Put::Existing);
    assert_eq!(blobs.put("0a0b", b"").unwrap(), Put::New);
    assert!(matches!(blobs.put("00ff", b"two"), Err(blob::Error::Differs { .. })));
    assert!(matches!(FileBlobs::create(&path), Err(blob::Error::Exists(_))));
    fs::write(path.join("tmp").join("left"), b"by a crash").unwrap();
    fs::write(path.join("00").join("stranger"), b"").unwrap();

    let blobs = FileBlobs::open(&path).unwrap();
    assert!(path.join("tmp").join("left").exists(), "somebody else may be about to put it in place");
    blobs.clear_away().unwrap();
    assert_eq!(fs::read_dir(path.join("tmp")).unwrap().count(), 0);
    assert_eq!(blobs.list().unwrap(), ["00ff", "0a0b"]);
    assert_eq!(blobs.get("00ff").unwrap(), Some(b"one".to_vec()), "the second put changed nothing");
    assert_eq!(blobs.get("dead").unwrap(), None);
    assert!(blobs.exists("0a0b").unwrap());
    assert!(blobs.remove("00ff").unwrap());
    assert!(!blobs.remove("00ff").unwrap());
    assert!(!blobs.exists("00ff").unwrap());
}

#[test]
fn no_name_leads_out_of_the_directory() {
    let dir = tempdir().unwrap();
    let blobs = FileBlobs::create(&dir.path().join("b")).unwrap();
    let long = "ab".repeat(65);
    for name in ["", "ab", "abc", "ABCD", "../../x", "ab/cd", "åäöå", "abcg", "ab\0d", "tmp/", &long] {
        assert!(matches!(blobs.put(name, b""), Err(blob::Error::Name)), "{name:?}");
        assert!(matches!(blobs.get(name), Err(blob::Error::Name)), "{name:?}");
        assert!(matches!(blobs.remove(name), Err(blob::Error::Name)), "{name:?}");
    }
}
