//! The forms others read: notes, checkpoints, tile paths, receipts.
//! C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-proof.

use std::fs;

use sigill::ledger::checkpoint;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::hash;
use sigill::ledger::hash::EMPTY_ROOT;
use sigill::ledger::note;
use sigill::ledger::note::Kind;
use sigill::ledger::note::Note;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::note::VerifierKey;
use sigill::ledger::receipt::Receipt;
use sigill::ledger::tile;

use crate::house::House;
use crate::house::ORIGIN;
use crate::house::SEED;
use crate::house::VKEY;
use crate::proofs::inclusion;
use crate::proofs::leaves;
use crate::vectors::bytes;
use crate::vectors::json;
use crate::vectors::text;
use crate::vectors::vectors;

// ---- Notes and keys: C2SP signed-note ----

/// The example in the specification.
const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2\
                       ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

const LEGACY_KEY: &str = "legacy.example+84ca3556+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABP3xRnx/DYFpQSQsXoyOWS57RQVayYEMku726qTd39FmRk5juFSlhja7beOSBuPWya+rY27+STPHbCHOWj7kZ50=";
const LEGACY: &str = "legacy.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u{2014} legacy.example hMo1VjBFAiA3r792lSYqtKsb8r2oSJyf2ACVeUovnYmSTkivmy9C7QIhAJxOm+b21HP/BFfzaCuLdmrUi/8Fa7KyhxbU6TiGnjRR\n";

#[test]
fn the_specifications_example_verifies() {
    let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    assert_eq!(Note::parse(EXAMPLE).unwrap().verify(&key), Ok("This is an example message.\n"));
}

#[test]
fn notes_that_break_a_rule_are_refused() {
    let line = EXAMPLE.split_once("\n\n").unwrap().1;
    let note = |text: &str| Note::parse(&format!("{text}\n{line}")).map(drop);
    assert_eq!(note("one\n"), Ok(()));
    assert_eq!(note("an empty line\n\ninside\n"), Ok(()));
    assert_eq!(note("åäö\n"), Ok(()));
    assert_eq!(note("a\ttab\n"), Err(note::Error::Text));
    assert_eq!(note("a return\r\n"), Err(note::Error::Text));
    assert_eq!(note("no end"), Err(note::Error::NoSignatures));
    for (from, to) in [
        ("\u{2014}", "-"),
        ("example.com/foo ", "example.com/f+o "),
        ("example.com/foo ", "example.com/f\u{a0}o "),
        ("example.com/foo ", " "),
        ("aQM=", "aQM"),
        ("aQM=", "aQN="),
        ("aQM=", "aQM= "),
    ] {
        assert_eq!(Note::parse(&EXAMPLE.replace(from, to)), Err(note::Error::SignatureLine), "{from} as {to}");
    }
    assert_eq!(Note::parse(EXAMPLE.trim_end()), Err(note::Error::NoSignatures));
    assert_eq!(Note::parse(&format!("{}\n{line}", "x\n".repeat(40_000))), Err(note::Error::Size));
    assert_eq!(Note::parse(&format!("x\n\n{}", line.repeat(65))), Err(note::Error::Size));
    assert!(Note::parse(&format!("x\n\n{}", line.repeat(64))).is_ok());
}

#[test]
fn unknown_keys_are_passed_over_and_a_known_one_that_fails_spoils_the_note() {
    let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
    let verify = |note: &str| Note::parse(note).unwrap().verify(&key).map(drop);
    assert_eq!(verify(&format!("{EXAMPLE}\u{2014} other.example/x AAAAAAAA\n")), Ok(()));
    assert_eq!(verify(&EXAMPLE.replace("foo Uw", "fob Uw")), Err(note::Error::NotSigned));
    assert_eq!(verify(&EXAMPLE.replace("foo Uw", "foo Ux")), Err(note::Error::NotSigned), "same name, other id");
    assert_eq!(verify(&EXAMPLE.replace("an example", "no example")), Err(note::Error::BadSignature));
    let twice = format!("{EXAMPLE}\u{2014} example.com/foo Uw2QOgAA\n");
    assert_eq!(verify(&twice), Err(note::Error::BadSignature), "one good line does not save a bad one");
}

#[test]
fn what_is_signed_verifies_and_is_always_the_same() {
    let key = SigningKey::new(ORIGIN, &SEED).unwrap();
    assert_eq!(key.verifier().to_string(), VKEY);
    let note = key.sign("hello\n").unwrap();
    assert_eq!(key.sign("hello\n").unwrap(), note);
    assert_eq!(Note::parse(&note).unwrap().verify(&VKEY.parse().unwrap()), Ok("hello\n"));
    assert_eq!(key.sign("no line feed"), Err(note::Error::Text));
    let again = SigningKey::from_private(&key.to_private()).unwrap();
    assert_eq!(again.verifier(), key.verifier());
    assert!(!format!("{key:?}{SEED:?}").contains("BwcH"), "a secret is not printed");
    for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b"] {
        assert_eq!(SigningKey::new(name, &SEED).map(drop), Err(note::Error::Name), "{name:?}");
    }
    let spoiled = VKEY.replacen("archive", "archivd", 1);
    assert_eq!(spoiled.parse::<VerifierKey>(), Err(note::Error::KeyHash));
    assert_eq!("a+b".parse::<VerifierKey>(), Err(note::Error::VerifierKey));
}

#[test]
fn signed_note_vectors() {
    let Some(path) = vectors("c2sp/signed-note.json") else {
        return;
    };
    let mut ran = 0;
    for case in json(&path).as_array().unwrap() {
        let key: VerifierKey = text(case, "vkey").parse().unwrap();
        assert_eq!(key.to_string(), text(case, "vkey"));
        let accepted = Note::parse(text(case, "note")).is_ok_and(|note| note.verify(&key).is_ok());
        assert_eq!(accepted, case["valid"].as_bool().unwrap(), "{}", text(case, "desc"));
        ran += 1;
    }
    println!("{ran} cases");
    assert_eq!(ran, 30);
}

// ---- Cosignatures: C2SP tlog-cosignature ----

#[test]
fn a_cosignature_says_when_and_a_logs_own_says_nothing_of_time() {
    let text = Checkpoint::new(ORIGIN, 0, EMPTY_ROOT).to_string();
    let log = SigningKey::new(ORIGIN, &SEED).unwrap();
    let note = Note::parse(&log.sign(&text).unwrap()).unwrap();
    for kind in [Kind::Witness, Kind::Subtree] {
        let witness = SigningKey::of_kind(kind, "witness.example", &Seed([9; 32])).unwrap();
        let vkey = witness.verifier().to_string();
        assert_eq!(vkey.parse::<VerifierKey>().unwrap(), *witness.verifier());
        let again = SigningKey::from_private(&witness.to_private()).unwrap();
        assert_eq!(again.verifier(), witness.verifier());
        let (early, late) =
            (witness.cosign(&text, 1_700_000_000).unwrap(), witness.cosign(&text, 1_700_000_060).unwrap());
        assert_eq!(witness.cosign(&text, 1_700_000_000).unwrap(), early, "the same text, the same bytes");
        let cosigned = note.with(&[late.clone(), early.clone(), early.clone()]).unwrap();
        assert_eq!(cosigned.signatures().len(), 3, "a line is not written twice");
        assert_eq!(Note::parse(&cosigned.to_string()).unwrap(), cosigned);
        assert_eq!(cosigned.seen(witness.verifier()).unwrap().seconds, Some(1_700_000_000), "the earliest counts");
        assert_eq!(cosigned.seen(log.verifier()).unwrap().seconds, None);
        assert_eq!(note.seen(witness.verifier()), Err(note::Error::NotSigned));
        let mut moved = early.clone();
        moved.bytes[7] ^= 1;
        assert_eq!(note.with(&[moved]).unwrap().seen(witness.verifier()), Err(note::Error::BadSignature));
        let other = Note::parse(&log.sign(&text.replace("\n0\n", "\n1\n")).unwrap()).unwrap();
        assert_eq!(other.with(&[early]).unwrap().seen(witness.verifier()), Err(note::Error::BadSignature));
        assert_eq!(witness.cosign(&text, 0), Err(note::Error::NotAWitnessKey), "a witness says when");
        assert_eq!(witness.cosign(&text, 1 << 63), Err(note::Error::Text), "no such time");
    }
    assert_eq!(log.cosign(&text, 1), Err(note::Error::NotAWitnessKey));
    let lattice = SigningKey::of_kind(Kind::Subtree, "witness.example", &SEED).unwrap();
    assert_eq!(lattice.cosign("no checkpoint\n", 1), Err(note::Error::Text), "trees are signed, not texts");
    assert_eq!(SigningKey::of_kind(Kind::Legacy, ORIGIN, &SEED).map(drop), Err(note::Error::KeyType(2)));
}

#[test]
fn a_witnesss_key_is_no_logs_key() {
    let checkpoint = Checkpoint::new(ORIGIN, 0, EMPTY_ROOT);
    let witness = SigningKey::of_kind(Kind::Witness, ORIGIN, &SEED).unwrap();
    assert_eq!(checkpoint.sign(&witness), Err(checkpoint::Error::NotALogKey));
    let log = SigningKey::new(ORIGIN, &SEED).unwrap();
    let note = Note::parse(&checkpoint.sign(&log).unwrap()).unwrap();
    let note = note.with(&[witness.cosign(note.text(), 1).unwrap()]).unwrap();
    assert_eq!(Checkpoint::signed(&note, &[witness.verifier().clone()]), Err(checkpoint::Error::NotALogKey));
    assert_eq!(Checkpoint::signed(&note, &[log.verifier().clone()]), Ok(checkpoint));
}

/// A key on P-256 as older logs have it: made by OpenSSL (pyca/cryptography), key id by the key alone.
#[test]
fn an_ecdsa_line_is_read() {
    let key: VerifierKey = LEGACY_KEY.parse().unwrap();
    assert_eq!((key.kind(), key.to_string().as_str()), (Kind::Legacy, LEGACY_KEY));
    let note = Note::parse(LEGACY).unwrap();
    assert_eq!(note.verify(&key), Ok("legacy.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
    assert_eq!(Note::parse(&LEGACY.replace("\n0\n", "\n1\n")).unwrap().verify(&key), Err(note::Error::BadSignature));
    assert_eq!(Checkpoint::verify(LEGACY, &key).unwrap().size, 0);
}

#[test]
fn a_ledger_signs_every_checkpoint_with_both_keys() {
    let house = House::of(3);
    let ledger = house.open();
    let note = Note::parse(&ledger.checkpoint()).unwrap();
    let [first, second] = ledger.vkeys().try_into().unwrap();
    assert_eq!((first.to_string().as_str(), first.kind(), second.kind()), (VKEY, Kind::Log, Kind::Subtree));
    assert_eq!(note.signatures().len(), 2);
    for key in [first, second] {
        assert_eq!(Checkpoint::verify(&note.to_string(), &key).unwrap().size, 3, "each by itself");
        assert_eq!(note.seen(&key).unwrap().seconds, None, "a log's own line states no time");
    }
}

// ---- Checkpoints: C2SP tlog-checkpoint ----

#[test]
fn a_checkpoint_is_three_lines_signed_by_the_key_that_bears_its_origin() {
    let key = SigningKey::new(ORIGIN, &SEED).unwrap();
    let empty = Checkpoint::new(ORIGIN, 0, EMPTY_ROOT);
    assert_eq!(empty.to_string(), format!("{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
    let note = empty.sign(&key).unwrap();
    assert_eq!(Checkpoint::verify(&note, key.verifier()), Ok(empty.clone()));
    assert_eq!(Checkpoint::new("other", 0, EMPTY_ROOT).sign(&key), Err(checkpoint::Error::Origin));
    let foreign = key.sign(&Checkpoint::new("other", 0, EMPTY_ROOT).to_string()).unwrap();
    assert_eq!(Checkpoint::verify(&foreign, key.verifier()), Err(checkpoint::Error::Origin));
    let body = empty.to_string();
    let parse = |from: &str, to: &str| body.replace(from, to).parse::<Checkpoint>().map(drop);
    assert_eq!(parse("\n0\n", "\n00\n"), Err(checkpoint::Error::Size));
    assert_eq!(parse("\n0\n", "\n+0\n"), Err(checkpoint::Error::Size));
    assert_eq!(parse("\n0\n", "\n18446744073709551616\n"), Err(checkpoint::Error::Size));
    assert_eq!(parse("\n0\n", "\n18446744073709551615\n"), Ok(()));
    assert_eq!(parse("uFU=", "uFU"), Err(checkpoint::Error::Root));
    assert_eq!(parse("uFU=\n", "uFU="), Err(checkpoint::Error::Lines));
    assert_eq!(parse(ORIGIN, ""), Err(checkpoint::Error::Lines));
    assert_eq!(parse("uFU=\n", "uFU=\n\nx\n"), Err(checkpoint::Error::Lines));
    assert_eq!(parse("uFU=\n", "uFU=\nextension\n"), Ok(()));
}

#[test]
fn checkpoint_body_vectors() {
    let Some(path) = vectors("c2sp/checkpoint-body.json") else {
        return;
    };
    for case in json(&path).as_array().unwrap() {
        let parsed = text(case, "body").parse::<Checkpoint>();
        assert_eq!(parsed.is_ok(), case["valid"].as_bool().unwrap(), "{}", text(case, "desc"));
        if let Ok(parsed) = parsed {
            assert_eq!(parsed.to_string(), text(case, "body"));
        }
    }
}

// ---- Tiles: C2SP tlog-tiles ----

#[test]
fn tile_paths_are_written_one_way() {
    for path in [
        "tile/0/000",
        "tile/0/x001/x234/067",
        "tile/0/x001/x234/067.p/89",
        "tile/63/x001/000.p/1",
        "tile/entries/000.p/255",
        "tile/entries/x001/000",
    ] {
        assert_eq!(path.parse::<tile::Path>().unwrap().to_string(), path);
    }
    let (level, index, width) = (0, 1_234_067, 89);
    assert_eq!("tile/0/x001/x234/067.p/89".parse(), Ok(tile::Path::Tile { level, index, width }));
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/1",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/0/0001",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000/",
        "tile/0/x+01/000",
        "tile/entries/",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "/tile/0/000",
    ] {
        assert_eq!(path.parse::<tile::Path>(), Err(tile::Error), "{path}");
    }
}

#[test]
fn tile_path_vectors() {
    let Some(path) = vectors("c2sp/tile-paths.json") else {
        return;
    };
    let cases = json(&path);
    for case in cases["valid"].as_array().unwrap() {
        let width = case["width"].as_u64().unwrap_or(256).try_into().unwrap();
        let index = case["index"].as_u64().unwrap();
        let expected = match case["level"].as_u64() {
            Some(level) => tile::Path::Tile { level: level.try_into().unwrap(), index, width },
            None => tile::Path::Bundle { index, width },
        };
        assert_eq!(text(case, "path").parse(), Ok(expected));
        assert_eq!(expected.to_string(), text(case, "path"));
    }
    for case in cases["invalid"].as_array().unwrap() {
        assert_eq!(case.as_str().unwrap().parse::<tile::Path>(), Err(tile::Error), "{case}");
    }
}

// ---- Receipts: C2SP tlog-proof ----

#[test]
fn a_receipt_reads_back_and_verifies_and_its_extra_proves_nothing() {
    let key = SigningKey::new(ORIGIN, &SEED).unwrap();
    let leaves = leaves(5);
    let receipt = Receipt {
        extra: Some(b"salt".to_vec()),
        index: 3,
        proof: inclusion(3, &leaves),
        checkpoint: Checkpoint::new(ORIGIN, 5, hash::root(&leaves)).sign(&key).unwrap(),
    };
    let written = receipt.to_string();
    assert!(written.starts_with("c2sp.org/tlog-proof@v1\nextra c2FsdA==\nindex 3\n"));
    assert_eq!(written.parse(), Ok(receipt.clone()));
    assert_eq!(receipt.verify(key.verifier(), &leaves[3]).unwrap().size, 5);
    assert!(receipt.verify(key.verifier(), &leaves[2]).is_err());
    let other = SigningKey::new(ORIGIN, &Seed([8; 32])).unwrap();
    assert!(receipt.verify(other.verifier(), &leaves[3]).is_err());
    let swapped: Receipt = written.replace("c2FsdA==", "bGllcw==").parse().unwrap();
    assert!(swapped.verify(key.verifier(), &leaves[3]).is_ok(), "nothing authenticates the extra line");
    for (from, to) in [
        ("@v1", "@v2"),
        ("index 3", "index 03"),
        ("index 3", "index -3"),
        ("index 3\n", ""),
        ("extra c2FsdA==", "extra c2FsdA"),
        ("\n", "\r\n"),
        ("\n\n", "\n"),
    ] {
        assert!(written.replacen(from, to, 1).parse::<Receipt>().is_err(), "{from:?} as {to:?}");
    }
}

#[test]
fn tlog_proof_vectors() {
    let Some(path) = vectors("tlog-proof") else {
        return;
    };
    let manifest = json(&path.join("manifest.json"));
    let key: VerifierKey = text(&manifest, "log_vkey").parse().unwrap();
    let cases = manifest["cases"].as_array().unwrap();
    for case in cases {
        let written = fs::read_to_string(path.join(text(case, "file"))).unwrap();
        let leaf = hash::leaf(&bytes(&case["leaf_data_b64"]));
        let parsed = written.parse::<Receipt>();
        let holds = parsed.as_ref().is_ok_and(|receipt| receipt.verify(&key, &leaf).is_ok());
        assert_eq!(holds, case["valid"].as_bool().unwrap(), "{}: {}", text(case, "file"), text(case, "desc"));
        if let Ok(parsed) = parsed {
            assert_eq!(parsed.to_string(), written, "what is read is written the same");
        }
    }
    println!("{} cases", cases.len());
    assert_eq!(cases.len(), 24);
}
