//! Another implementation reads our ledger unchanged, and we read what it writes: Cloudflare's azul (`signed_note`,
//! `tlog_tiles`), after Go's sumdb. It knows nothing of ML-DSA, and passes our second signature over.
//! Only files pass between the two: `TEST_SIGILL` names the built program.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::process::Command;

use signed_note::Signer;
use signed_note::StandardSigner;
use signed_note::StandardVerifier;
use signed_note::VerifierList;
use tempfile::TempDir;
use tlog_tiles::Hash;
use tlog_tiles::HashReader;
use tlog_tiles::Tile;
use tlog_tiles::TileHashReader;
use tlog_tiles::TileReader;

const ORIGIN: &str = "foreign.example/log";

/// Calls sigill; its exit status, and all that it said.
fn sigill(at: &Path, arguments: &[&str]) -> (i32, String) {
    let program = std::env::var("TEST_SIGILL").expect("TEST_SIGILL names the built program");
    let said = Command::new(program).current_dir(at).args(arguments).output().unwrap();
    (said.status.code().unwrap(), String::from_utf8([said.stdout, said.stderr].concat()).unwrap())
}

fn done(at: &Path, arguments: &[&str]) -> String {
    let (status, said) = sigill(at, arguments);
    assert_eq!(status, 0, "{arguments:?}: {said}");
    said
}

/// An archive in `house/` with documents up to a number, and its plain copy in `mirror/`.
fn grown(at: &Path, from: u64, to: u64) {
    let inbox = at.join(format!("inbox-{to}"));
    fs::create_dir(&inbox).unwrap();
    for number in from..to {
        fs::write(inbox.join(format!("{number:04}.txt")), format!("Protokoll\n§ {number} Handling\n")).unwrap();
    }
    done(at, &["--data", "house", "ingest", inbox.to_str().unwrap()]);
    done(at, &["--data", "house", "export", "mirror"]);
}

fn archive(size: u64) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    done(directory.path(), &["init", "--data", "house", "--origin", ORIGIN]);
    grown(directory.path(), 0, size);
    directory
}

/// What azul accepts of a note, by the key alone.
fn accepted(note: &str, vkey: &str) -> Result<tlog_tiles::Checkpoint, String> {
    let known = VerifierList::new(vec![Box::new(StandardVerifier::new(vkey).unwrap())]);
    let note = signed_note::Note::from_bytes(note.as_bytes()).map_err(|error| error.to_string())?;
    let (held, _) = note.verify(&known).map_err(|error| error.to_string())?;
    assert_eq!(held.len(), 1);
    tlog_tiles::Checkpoint::from_bytes(note.text()).map_err(|error| error.to_string())
}

/// Azul's paths name the height of tiles as Go's do; C2SP's leave it out.
fn path_of(tile: &Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

/// Azul's way to our tiles: by path, as over HTTP.
struct Ours<'a>(&'a Path);

impl TileReader for Ours<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        Ok(tiles.iter().map(|tile| fs::read(self.0.join(path_of(tile))).unwrap()).collect())
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

/// The entries of our bundles: each after its length in two bytes.
fn entries(mirror: &Path, size: u64) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for (bundle, from) in (0..size).step_by(256).enumerate() {
        let width = (size - from).min(256);
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        let bytes = fs::read(mirror.join(format!("tile/entries/{bundle:03}{partial}"))).unwrap();
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (entry, after) = after.split_at(u16::from_be_bytes(*length).into());
            found.push(entry.to_vec());
            rest = after;
        }
    }
    found
}

/// A receipt in its parts: the opening, the index, the proof, the checkpoint.
fn parts(receipt: &str) -> (String, u64, Vec<Hash>, String) {
    let (head, checkpoint) = receipt.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    let extra = lines.next().unwrap().to_owned();
    let index = lines.next().unwrap().strip_prefix("index ").unwrap().parse().unwrap();
    (extra, index, lines.map(|line| Hash::parse_hash(line).unwrap()).collect(), checkpoint.to_owned())
}

#[test]
fn azul_accepts_our_checkpoints_tiles_proofs_and_receipts_and_we_accept_its_receipt() {
    let directory = archive(257);
    let (at, mirror) = (directory.path(), directory.path().join("mirror"));
    let vkey = done(at, &["--data", "house", "ledger", "key"]).trim().to_owned();
    let before = accepted(&fs::read_to_string(mirror.join("checkpoint")).unwrap(), &vkey).unwrap();
    assert_eq!((before.origin(), before.size()), (ORIGIN, 257));
    grown(at, 257, 300);
    let note = fs::read_to_string(mirror.join("checkpoint")).unwrap();
    let now = accepted(&note, &vkey).unwrap();
    assert_eq!(now.size(), 300);
    assert!(accepted(&note.replacen("\n300\n", "\n301\n", 1), &vkey).is_err(), "and would not accept anything");

    let ours = Ours(&mirror);
    let tree = TileHashReader::new(300, *now.hash(), &ours);
    let entries = entries(&mirror, 300);
    assert_eq!(entries.len(), 300);
    for index in [0, 1, 255, 256, 299] {
        let leaf = tlog_tiles::record_hash(&entries[usize::try_from(index).unwrap()]);
        let proof = tlog_tiles::prove_record(300, index, &tree).unwrap();
        tlog_tiles::check_record(&proof, 300, *now.hash(), index, leaf).unwrap();
    }
    let continues = tlog_tiles::prove_tree(300, 257, &tree).unwrap();
    tlog_tiles::check_tree(&continues, 300, *now.hash(), 257, *before.hash()).unwrap();

    // Our receipt holds to azul, and azul's to us: its proof, under a checkpoint that it signed with our key.
    let file = at.join("inbox-257/0007.txt");
    let file = file.to_str().unwrap();
    done(at, &["--data", "house", "receipt", file, "-o", "ours.tlog-proof"]);
    let (extra, index, proof, checkpoint) = parts(&fs::read_to_string(at.join("ours.tlog-proof")).unwrap());
    let head = accepted(&checkpoint, &vkey).unwrap();
    let leaf = tlog_tiles::record_hash(&entries[usize::try_from(index).unwrap()]);
    tlog_tiles::check_record(&proof, head.size(), *head.hash(), index, leaf).unwrap();
    assert!(tlog_tiles::check_record(&proof, head.size(), *head.hash(), index, Hash([0; 32])).is_err());
    assert_eq!(tlog_tiles::prove_record(300, index, &tree).unwrap(), proof, "the same proof from our tiles as from us");

    let secret = fs::read_to_string(at.join("house/ledger/key")).unwrap();
    let signed = signed_by_azul(secret.trim_end(), 300, *now.hash());
    let lines: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
    let theirs = format!("c2sp.org/tlog-proof@v1\n{extra}\nindex {index}\n{lines}\n{signed}");
    fs::write(at.join("azul.tlog-proof"), &theirs).unwrap();
    done(at, &["prove", "--key", &vkey, file, "azul.tlog-proof"]);
    fs::write(at.join("azul.tlog-proof"), theirs.replacen(&format!("index {index}"), "index 8", 1)).unwrap();
    assert_eq!(sigill(at, &["prove", "--key", &vkey, file, "azul.tlog-proof"]).0, 1);
}

fn signed_by_azul(secret: &str, size: u64, root: Hash) -> String {
    let signer = StandardSigner::new(secret).unwrap();
    let text = tlog_tiles::Checkpoint::new(ORIGIN, size, root, "").unwrap().to_bytes();
    let mut note = signed_note::Note::new(&text, &[]).unwrap();
    note.add_sigs(&[&signer as &dyn Signer]).unwrap();
    String::from_utf8(note.to_bytes()).unwrap()
}

/// A tree that azul keeps, by its own numbering of stored hashes.
#[derive(Default)]
struct Theirs(RefCell<Vec<Hash>>);

impl HashReader for Theirs {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let hashes = self.0.borrow();
        Ok(indexes.iter().map(|index| hashes[usize::try_from(*index).unwrap()]).collect())
    }
}

#[test]
fn we_accept_the_log_that_azul_writes() {
    let directory = archive(1);
    let (at, log) = (directory.path(), directory.path().join("azul"));
    let vkey = done(at, &["--data", "house", "ledger", "key"]).trim().to_owned();
    let secret = fs::read_to_string(at.join("house/ledger/key")).unwrap();
    let (theirs, size) = (Theirs::default(), 300_u64);
    let mut bundles = vec![Vec::new(), Vec::new()];
    for number in 0..size {
        let entry = format!("entry {number}").into_bytes();
        let bundle = &mut bundles[usize::try_from(number / 256).unwrap()];
        bundle.extend(u16::try_from(entry.len()).unwrap().to_be_bytes());
        bundle.extend(&entry);
        let hashes = tlog_tiles::stored_hashes(number, &entry, &theirs).unwrap();
        theirs.0.borrow_mut().extend(hashes);
    }
    let write = |path: &str, bytes: &[u8]| {
        let path = log.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for tile in Tile::new_tiles(8, 0, size) {
        write(&path_of(&tile), &tile.read_data(&theirs).unwrap());
    }
    write("tile/entries/000", &bundles[0]);
    write("tile/entries/001.p/44", &bundles[1]);
    let root = tlog_tiles::tree_hash(size, &theirs).unwrap();
    write("checkpoint", signed_by_azul(secret.trim_end(), size, root).as_bytes());
    done(at, &["check", "--directory", "azul", "--key", &vkey]);
    bundles[1][3] ^= 1;
    write("tile/entries/001.p/44", &bundles[1]);
    assert_eq!(sigill(at, &["check", "--directory", "azul", "--key", &vkey]).0, 1);
}
