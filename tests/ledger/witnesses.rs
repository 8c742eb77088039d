//! The witness protocol without a network: every answer that a witness gives, and what each means to the log.
//! C2SP tlog-witness; recorded exchanges of torchwood's witness, Sunlight's monitoring trees.

use std::fs;

use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::error::Error;
use sigill::ledger::hash;
use sigill::ledger::hash::EMPTY_ROOT;
use sigill::ledger::hash::Hash;
use sigill::ledger::note::Kind;
use sigill::ledger::note::Note;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::note::VerifierKey;
use sigill::ledger::receipt::Receipt;
use sigill::ledger::witness::Alarm;
use sigill::ledger::witness::Declined;
use sigill::ledger::witness::Known;
use sigill::ledger::witness::Meaning;
use sigill::ledger::witness::Request;
use sigill::ledger::witness::SIZE_KIND;
use sigill::ledger::witness::Trouble;
use sigill::ledger::witness::meaning;
use sigill::ledger::witness::view;

use crate::house::House;
use crate::house::ORIGIN;
use crate::house::entry;
use crate::house::key;
use crate::proofs::consistency;
use crate::proofs::leaves;
use crate::vectors::json;
use crate::vectors::text;
use crate::vectors::vectors;

fn witness() -> SigningKey {
    SigningKey::of_kind(Kind::Witness, "example.com/witness", &Seed([42; 32])).unwrap()
}

fn known() -> [Known; 1] {
    [Known { origin: ORIGIN.to_owned(), keys: vec![key().verifier().clone()] }]
}

/// What a witness of one log does, its state in a variable.
fn ask(known: &[Known], state: &mut Option<Checkpoint>, request: &str) -> Result<Vec<VerifierKey>, Declined> {
    let request: Request = request.parse()?;
    let (log, checkpoint) = request.log(known)?;
    request.continues(&checkpoint, state.as_ref())?;
    let witness = witness();
    let (lines, note) = request.cosigned(log, &[&witness], 1_700_000_000)?;
    assert_eq!(lines.len(), 1);
    assert_eq!(note.seen(witness.verifier()).unwrap().seconds, Some(1_700_000_000));
    assert!(note.verify_any(&log.keys).is_ok(), "what is kept is signed by the log too");
    *state = Some(checkpoint);
    Ok(vec![witness.verifier().clone()])
}

fn status(answer: &Result<Vec<VerifierKey>, Declined>) -> u64 {
    answer.as_ref().map_or_else(|declined| u64::from(declined.status()), |_| 200)
}

#[test]
fn torchwoods_recorded_exchanges() {
    let Some(path) = vectors("c2sp/witness-add-checkpoint.json") else {
        return;
    };
    let vectors = json(&path);
    let log: VerifierKey = text(&vectors, "log_vkey").parse().unwrap();
    let known = [Known { origin: log.name().to_owned(), keys: vec![log] }];
    let mut state = None;
    for (number, step) in vectors["steps"].as_array().unwrap().iter().enumerate() {
        let answer = ask(&known, &mut state, text(step, "request"));
        assert_eq!(status(&answer), step["status_spec_2026_07"].as_u64().unwrap(), "step {number}: {answer:?}");
    }
    assert_eq!(state.unwrap().size, 5);
    println!("{} steps", vectors["steps"].as_array().unwrap().len());
}

/// The request in a recording: what stands between the fences.
fn recorded(name: &str) -> Option<String> {
    let recording = fs::read_to_string(vectors(&format!("torchwood-witness/{name}"))?).unwrap();
    let (_, rest) = recording.split_once("```\n").unwrap();
    Some(rest.split_once("```\n").unwrap().0.to_owned())
}

fn key_in(name: &str) -> VerifierKey {
    let recording = fs::read_to_string(vectors(&format!("torchwood-witness/{name}")).unwrap()).unwrap();
    let line = recording.lines().find(|line| line.contains("add-key")).unwrap();
    line.split(" -key ").nth(1).or(line.split(" -key=").nth(1)).unwrap().trim().parse().unwrap()
}

#[test]
fn logs_of_gos_modules_and_of_lattices_are_witnessed() {
    for (name, origin, size) in
        [("mldsa.txt", "example.com/mldsa-log", 1), ("sumdb.txt", "go.sum database tree", 35_225_469)]
    {
        let Some(request) = recorded(name) else { return };
        // The key of Go's log bears another name than the log: a witness is told both.
        let known = [Known { origin: origin.to_owned(), keys: vec![key_in(name)] }];
        let mut state = None;
        assert_eq!(status(&ask(&known, &mut state, &request)), 200, "{name}");
        assert_eq!(state.unwrap().size, size);
    }
}

#[test]
fn checkpoint_bodies_have_the_status_that_the_vectors_say() {
    let Some(path) = vectors("c2sp/checkpoint-body.json") else {
        return;
    };
    let mut asked = 0;
    for case in json(&path).as_array().unwrap().iter().filter(|case| !case["witness_status"].is_null()) {
        let body = text(case, "body");
        let origin = body.lines().next().unwrap();
        let log = SigningKey::new(origin, &Seed([1; 32])).unwrap();
        let known = [Known { origin: origin.to_owned(), keys: vec![log.verifier().clone()] }];
        let answer = ask(&known, &mut None, &format!("old 0\n\n{}", log.sign(body).unwrap()));
        assert_eq!(status(&answer), case["witness_status"].as_u64().unwrap(), "{}", text(case, "desc"));
        asked += 1;
    }
    println!("{asked} bodies have a status");
}

/// Witness and mirror of Sunlight's test data: the cosignatures hold, and the tiles give the mirror's root.
#[test]
fn sunlights_monitoring_trees() {
    let origin = "rome2026h1.example.org";
    let Some(path) = vectors("sunlight-mirror/cmd/skylight/testdata/witness") else {
        return;
    };
    let folder = "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706";
    for (place, about) in [("", "witness.v0.json"), ("mirror", "mirror.v0.json")] {
        // What witness and mirror say of themselves names the key.
        let about = json(&path.join(place).join(about));
        let key = about["verifier_keys"][0].as_str().unwrap();
        let note = fs::read_to_string(path.join(place).join(folder).join("checkpoint")).unwrap();
        let note = Note::parse(&note).unwrap();
        let key: VerifierKey = key.parse().unwrap();
        assert!(note.seen(&key).unwrap().seconds.is_some());
        let seen: Checkpoint = note.text().parse().unwrap();
        assert_eq!((seen.origin.as_str(), seen.size), (origin, 300));
        let at = |ours: u64, root: Hash| view(&note, origin, std::slice::from_ref(&key), ours, |_| Ok::<_, ()>(root));
        assert_eq!(at(300, seen.root), Ok(None));
        assert_eq!(at(301, [0; 32]), Ok(Some(Alarm::Forked { size: 300 })));
        assert_eq!(at(299, seen.root), Ok(Some(Alarm::RolledBack { witness: 300, ours: 299 })));
    }
    let tile = |inside: &str| fs::read(path.join("mirror").join(folder).join("tile").join(inside)).unwrap();
    let leaves: Vec<Hash> = [tile("0/000"), tile("0/001.p/44")].concat().as_chunks::<32>().0.to_vec();
    let note = fs::read_to_string(path.join("mirror").join(folder).join("checkpoint")).unwrap();
    let seen: Checkpoint = Note::parse(&note).unwrap().text().parse().unwrap();
    assert_eq!(leaves.len(), 300);
    assert_eq!(root_of(&leaves), seen.root);
    assert_eq!(tile("1/000.p/1"), root_of(&leaves[..256]));
}

fn root_of(leaves: &[Hash]) -> Hash {
    hash::root(leaves)
}

fn request(old: u64, size: u64) -> Request {
    let all = leaves(size.try_into().unwrap());
    let note = Checkpoint::new(ORIGIN, size, hash::root(&all)).sign(&key()).unwrap();
    let proof = if old == 0 || old > size { Vec::new() } else { consistency(old, &all) };
    Request { old, proof, checkpoint: Note::parse(&note).unwrap() }
}

#[test]
fn a_witness_answers_each_wrong_request_with_its_own_status() {
    let mut state = None;
    let mut send = |request: &str| status(&ask(&known(), &mut state, request));
    let good = request(0, 3).to_string();
    assert_eq!(good.parse::<Request>().unwrap().to_string(), good);
    for malformed in [
        String::new(),
        good.replacen("old 0", "old 00", 1),
        good.replacen("old 0", "old -1", 1),
        good.replacen("old 0\n\n", "old 0\n", 1),
        good.replacen("old 0\n", "old 0\nAAAA\n", 1),
        good.replacen("old 0\n", &format!("old 0\n{}", format!("{}=\n", "A".repeat(43)).repeat(64)), 1),
        good.replacen("\n3\n", "\n03\n", 1),
        good.split("\u{2014}").next().unwrap().to_owned(),
        request(4, 3).to_string(),
    ] {
        assert_eq!(send(&malformed), 400, "{malformed:?}");
    }
    let stranger = SigningKey::new("other.example", &Seed([5; 32])).unwrap();
    let other = Checkpoint::new("other.example", 0, EMPTY_ROOT).sign(&stranger).unwrap();
    assert_eq!(send(&format!("old 0\n\n{other}")), 404);
    assert_eq!(send(&good.replacen("\n3\n", "\n4\n", 1)), 403, "signed, but not this");
    let foreign = SigningKey::new(ORIGIN, &Seed([5; 32])).unwrap();
    let foreign = Checkpoint::new(ORIGIN, 0, EMPTY_ROOT).sign(&foreign).unwrap();
    assert_eq!(send(&format!("old 0\n\n{foreign}")), 403, "the origin, and another key");
    let wrong_empty = Checkpoint::new(ORIGIN, 0, [1; 32]).sign(&key()).unwrap();
    assert_eq!(send(&format!("old 0\n\n{wrong_empty}")), 422, "the empty tree has one root");
    assert_eq!(
        send(&good.replacen("old 0\n", &format!("old 0\n{}=\n", "A".repeat(43)), 1)),
        422,
        "a proof from nothing"
    );
    assert_eq!(send(&request(2, 3).to_string()), 409, "it has cosigned nothing yet");
    assert_eq!(send(&good), 200);
    assert_eq!(send(&good), 409);
    assert_eq!(send(&request(3, 3).to_string()), 200, "again, for a fresh time");
    let fork = Checkpoint::new(ORIGIN, 3, [1; 32]).sign(&key()).unwrap();
    assert_eq!(send(&format!("old 3\n\n{fork}")), 422, "another root for the same size");
    let mut cut = request(3, 7);
    cut.proof.pop();
    assert_eq!(send(&cut.to_string()), 422);
    assert_eq!(send(&request(3, 7).to_string()), 200);
    assert_eq!(send(&request(3, 7).to_string()), 409);
}

#[test]
fn every_answer_means_one_thing_to_the_log() {
    let (witness, asked) = (witness(), request(3, 7));
    let keys = [witness.verifier().clone()];
    let of = |status: u16, kind: &str, body: &str| meaning(&asked, 7, &keys, status, kind, body.as_bytes());
    let line = witness.cosign(asked.checkpoint.text(), 5).unwrap();
    let lattice = SigningKey::of_kind(Kind::Subtree, "unknown.example", &Seed([1; 32])).unwrap();
    let unknown = lattice.cosign(asked.checkpoint.text(), 5).unwrap();
    assert_eq!(of(200, "text/plain", &format!("{unknown}{line}")), Meaning::Cosigned(vec![line.clone()]));
    let elsewhere = witness.cosign(request(3, 6).checkpoint.text(), 5).unwrap();
    for nothing in [String::new(), unknown.to_string(), elsewhere.to_string(), line.to_string().trim().to_owned()] {
        assert_eq!(of(200, "", &nothing), Meaning::Trouble(Trouble::NoSignature), "{nothing:?}");
    }
    assert_eq!(of(409, SIZE_KIND, "5\n"), Meaning::At(5));
    assert_eq!(of(409, SIZE_KIND, "0\n"), Meaning::At(0));
    assert_eq!(of(409, SIZE_KIND, "8\n"), Meaning::Alarm(Alarm::RolledBack { witness: 8, ours: 7 }));
    assert_eq!(of(409, SIZE_KIND, "3\n"), Meaning::Trouble(Trouble::Status(409)), "no loop without end");
    for unreadable in ["", "5", "05\n", "x\n", "5\n5\n"] {
        assert_eq!(of(409, SIZE_KIND, unreadable), Meaning::Trouble(Trouble::Status(409)), "{unreadable:?}");
    }
    assert_eq!(of(409, "text/plain", ""), Meaning::Alarm(Alarm::Forked { size: 3 }));
    assert_eq!(of(422, "", ""), Meaning::Alarm(Alarm::Forked { size: 3 }));
    assert_eq!(of(400, "", ""), Meaning::Trouble(Trouble::Malformed));
    assert_eq!(of(403, "", ""), Meaning::Trouble(Trouble::Untrusted));
    assert_eq!(of(404, "", ""), Meaning::Trouble(Trouble::Unknown));
    for later in [429, 500, 502, 503] {
        assert_eq!(of(later, "", ""), Meaning::Later);
    }
    assert_eq!(of(302, "", ""), Meaning::Trouble(Trouble::Status(302)));
}

#[test]
fn a_view_that_the_witness_has_not_cosigned_means_nothing() {
    let (witness, asked) = (witness(), request(0, 7));
    let keys = [witness.verifier().clone()];
    let fearful = |note: &Note| view(note, ORIGIN, &keys, 3, |_| Ok::<_, ()>([0; 32])).unwrap();
    assert_eq!(fearful(&asked.checkpoint), None);
    let seen = asked.checkpoint.with(&[witness.cosign(asked.checkpoint.text(), 5).unwrap()]).unwrap();
    assert_eq!(fearful(&seen), Some(Alarm::RolledBack { witness: 7, ours: 3 }));
}

#[test]
fn a_cosigned_checkpoint_is_shown_kept_and_led_to_by_receipts_and_none_but_ours_is_taken() {
    let house = House::of(5);
    let witness = witness();
    let cosign = |note: &str| {
        let note = Note::parse(note).unwrap();
        note.with(&[witness.cosign(note.text(), 1_700_000_000).unwrap()]).unwrap()
    };
    let ledger = house.open();
    let seen = cosign(&ledger.checkpoint());
    ledger.keep_cosigned(&seen).unwrap();
    assert_eq!(&*ledger.checkpoint(), seen.to_string(), "the published checkpoint, seen");
    house.grow(&ledger, 9);
    assert_ne!(&*ledger.checkpoint(), seen.to_string(), "the newest is published at once");
    drop(ledger);
    let ledger = house.open();
    assert_eq!(ledger.cosigned().unwrap().size, 5, "kept over a restart");
    for index in 0..9 {
        let receipt: Receipt = ledger.receipt(index, None).unwrap().parse().unwrap();
        let size = receipt.verify(key().verifier(), &hash::leaf(&entry(index))).unwrap().size;
        assert_eq!(size, if index < 5 { 5 } else { 9 }, "the seen one where it covers the entry");
        let note = Note::parse(&receipt.checkpoint).unwrap();
        assert_eq!(note.seen(witness.verifier()).is_ok(), index < 5);
    }
    let newer = cosign(&ledger.checkpoint());
    ledger.keep_cosigned(&newer).unwrap();
    ledger.keep_cosigned(&seen).unwrap();
    assert_eq!(ledger.cosigned().unwrap().size, 9, "an older one does not come back");
    let signed = |size: u64, root: Hash| cosign(&Checkpoint::new(ORIGIN, size, root).sign(&key()).unwrap());
    assert!(matches!(ledger.keep_cosigned(&signed(9, [1; 32])), Err(Error::Forked { size: 9, .. })));
    assert!(matches!(ledger.keep_cosigned(&signed(10, [1; 32])), Err(Error::Beyond { .. })));
    drop(ledger);
    let path = house.part("cosigned");
    fs::write(&path, signed(10, [1; 32]).to_string()).unwrap();
    assert!(matches!(house.try_open(), Err(Error::AnchorRolledBack { published: 10, anchor: 9 })));
    fs::write(&path, "damaged").unwrap();
    assert!(house.open().cosigned().is_none(), "what the witnesses can give again is no reason to stop");
}

#[test]
fn an_alarm_stops_signing_and_nothing_else() {
    let house = House::of(5);
    let ledger = house.open();
    ledger.stop(Alarm::RolledBack { witness: 7, ours: 5 });
    for refused in [ledger.append(entry(5)).map(drop), ledger.append_all(vec![entry(5)]).map(drop)] {
        assert!(matches!(refused, Err(Error::Alarm(Alarm::RolledBack { witness: 7, ours: 5 }))), "{refused:?}");
    }
    ledger.stop(Alarm::Forked { size: 3 });
    assert_eq!(ledger.alarm(), Some(Alarm::RolledBack { witness: 7, ours: 5 }), "the first is told of");
    assert_eq!(ledger.size(), 5);
    assert!(ledger.receipt(4, None).is_ok(), "receipts go on");
    drop(ledger);
    assert!(house.open().append(entry(5)).is_ok(), "opening it anew is the operator's word");
}
