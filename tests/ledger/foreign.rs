//! Another implementation reads our ledger unchanged, and we read what it writes: Cloudflare's azul (signed_note and
//! tlog_tiles), after Go's sumdb. It knows nothing of ML-DSA, and passes our second signature over.

use sigill::ledger::Ledger;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::hash;
use sigill::ledger::note::VerifierKey;
use sigill::ledger::proof;
use sigill::ledger::receipt::Receipt;
use sigill::ledger::tile;
use signed_note::Signer;
use signed_note::StandardSigner;
use signed_note::StandardVerifier;
use signed_note::VerifierList;
use tlog_tiles::Hash;
use tlog_tiles::Tile;
use tlog_tiles::TileHashReader;
use tlog_tiles::TileReader;

use crate::house::House;
use crate::house::ORIGIN;
use crate::house::VKEY;
use crate::house::entry;
use crate::house::key;

/// What azul accepts of a note, by the key alone.
fn accepted(note: &str, vkey: &str) -> Result<tlog_tiles::Checkpoint, String> {
    let known = VerifierList::new(vec![Box::new(StandardVerifier::new(vkey).unwrap())]);
    let note = signed_note::Note::from_bytes(note.as_bytes()).map_err(|error| error.to_string())?;
    let (held, _) = note.verify(&known).map_err(|error| error.to_string())?;
    assert_eq!(held.len(), 1);
    tlog_tiles::Checkpoint::from_bytes(note.text()).map_err(|error| error.to_string())
}

/// Azul's way to our tiles: by path, as over HTTP.
struct Ours<'a>(&'a Ledger);

impl TileReader for Ours<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            // Azul's paths name the height of tiles as Go's do; C2SP's leave it out.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let tile::Path::Tile { level, index, width } = path.parse().unwrap() else { panic!("{path}") };
            self.0.tile_bytes(level, index, width).unwrap().unwrap_or_else(|| panic!("{path}"))
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

#[test]
fn azul_accepts_our_checkpoints_tiles_and_receipts() {
    let house = House::of(700);
    let ledger = house.open();
    let seen = accepted(&ledger.checkpoint(), VKEY).unwrap();
    assert_eq!((seen.origin(), seen.size(), seen.hash().0), (ORIGIN, 700, ledger.root()));
    let spoiled = ledger.checkpoint().replacen("\n700\n", "\n701\n", 1);
    assert!(accepted(&spoiled, VKEY).is_err(), "and would not accept anything");

    let ours = Ours(&ledger);
    let tree = TileHashReader::new(700, *seen.hash(), &ours);
    for index in [0, 1, 255, 256, 511, 512, 699] {
        let leaf = tlog_tiles::record_hash(&entry(index));
        assert_eq!(leaf.0, hash::leaf(&entry(index)));
        let theirs = tlog_tiles::prove_record(700, index, &tree).unwrap();
        let receipt: Receipt = ledger.receipt(index, None).unwrap().parse().unwrap();
        let proof: Vec<Hash> = receipt.proof.iter().copied().map(Hash).collect();
        assert_eq!(theirs, proof, "the same proof from our tiles as from us");
        tlog_tiles::check_record(&proof, 700, *seen.hash(), index, leaf).unwrap();
        let wrong = tlog_tiles::check_record(&proof, 700, *seen.hash(), index, Hash([0; 32]));
        assert!(wrong.is_err());
    }
    for old in [1, 100, 256, 512, 699] {
        let root = Hash(ledger.root_at(old).unwrap());
        let ours: Vec<Hash> = ledger.consistency(old, 700).unwrap().into_iter().map(Hash).collect();
        tlog_tiles::check_tree(&ours, 700, *seen.hash(), old, root).unwrap();
        let theirs: Vec<[u8; 32]> =
            tlog_tiles::prove_tree(700, old, &tree).unwrap().into_iter().map(|hash| hash.0).collect();
        proof::verify_consistency(old, 700, &root.0, &ledger.root(), &theirs).unwrap();
    }
}

#[test]
fn we_accept_what_azul_signs_with_our_key() {
    let signer = StandardSigner::new(&key().to_private()).unwrap();
    let text = tlog_tiles::Checkpoint::new(ORIGIN, 7, Hash([9; 32]), "").unwrap().to_bytes();
    let mut note = signed_note::Note::new(&text, &[]).unwrap();
    note.add_sigs(&[&signer as &dyn Signer]).unwrap();
    let note = String::from_utf8(note.to_bytes()).unwrap();
    let vkey: VerifierKey = VKEY.parse().unwrap();
    assert_eq!(Checkpoint::verify(&note, &vkey).unwrap(), Checkpoint::new(ORIGIN, 7, [9; 32]));
    assert_eq!(note, Checkpoint::new(ORIGIN, 7, [9; 32]).sign(&key()).unwrap(), "and to the last byte what we write");
}
