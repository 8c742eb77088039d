//! New keys for the same ledger: it goes on, what the old ones signed is proven still, and they sign nothing more.
//! LEDGER.md 1.3: one origin for decades. A change is interrupted at each of its steps.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use sigill::ledger::Ledger;
use sigill::ledger::checkpoint;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::durable::Durable;
use sigill::ledger::error::Error;
use sigill::ledger::export::export;
use sigill::ledger::export::import;
use sigill::ledger::hash;
use sigill::ledger::mirror::Fault;
use sigill::ledger::mirror::Mirror;
use sigill::ledger::note::Note;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::note::VerifierKey;
use sigill::ledger::options::Hook;
use sigill::ledger::options::Options;
use sigill::ledger::options::Step;
use sigill::ledger::policy::Policy;
use sigill::ledger::receipt::Receipt;
use sigill::ledger::repair::Repair;
use sigill::ledger::succession;
use sigill::ledger::succession::Bounded;
use sigill::ledger::succession::Change;
use sigill::ledger::succession::Succession;

use crate::house::House;
use crate::house::ORIGIN;
use crate::house::SEED;
use crate::house::VKEY;
use crate::house::entry;
use crate::house::key;
use crate::house::now;
use crate::house::options;
use crate::house::sound;

const NEXT: Seed = Seed([8; 32]);
const THIRD: Seed = Seed([9; 32]);

fn rotate(house: &House, seed: &Seed) -> Ledger {
    Ledger::rotate(&house.path(), seed, options(), now).unwrap()
}

fn ed25519(seed: &Seed) -> VerifierKey {
    SigningKey::new(ORIGIN, seed).unwrap().verifier().clone()
}

/// A checkpoint that the first key makes behind the ledger's back: what a thief of it can do.
fn stolen(size: u64, root: [u8; 32]) -> Note {
    Note::parse(&Checkpoint::new(ORIGIN, size, root).sign(&key()).unwrap()).unwrap()
}

fn receipt(ledger: &Ledger, index: u64) -> Receipt {
    ledger.receipt(index, None).unwrap().parse().unwrap()
}

#[test]
fn the_ledger_goes_on_under_new_keys_and_old_receipts_hold() {
    let house = House::of(300);
    let before = house.open();
    let (old_receipt, old_vkeys) = (receipt(&before, 7), before.vkeys());
    drop(before);
    let ledger = rotate(&house, &NEXT);
    assert_eq!((ledger.size(), ledger.origin()), (301, ORIGIN), "one entry more, of the same name");
    assert_eq!(ledger.vkey(), ed25519(&NEXT).to_string());
    let both = Note::parse(&ledger.checkpoint()).unwrap();
    assert_eq!(both.signatures().len(), 4, "the tree of the change is signed by all keys, old and new");
    assert!(ledger.vkeys().iter().chain(&old_vkeys).all(|key| both.verify(key).is_ok()));
    ledger.append(entry(301)).unwrap();
    let alone = Note::parse(&ledger.checkpoint()).unwrap();
    assert!(ledger.vkeys().iter().all(|key| alone.verify(key).is_ok()));
    assert!(old_vkeys.iter().all(|key| alone.verify(key).is_err()), "the old ones sign nothing more");
    let ring = ledger.ring();
    let until: Vec<_> = ring.iter().map(|held| held.until).collect();
    assert_eq!(until, [None, None, Some(301), Some(301)], "the retired keys are known still, and for how much");
    let policy = Policy::of_keys(ring);
    assert!(old_receipt.fulfils(&policy, &hash::leaf(&entry(7))).is_ok(), "what was handed out holds");
    assert!(receipt(&ledger, 7).fulfils(&policy, &hash::leaf(&entry(7))).is_ok(), "and so does a new one");
    sound(&ledger);
    drop(ledger);
    assert!(!fs::read_to_string(house.part("key")).unwrap().contains(&key().to_private()), "the old secret is gone");
    assert!(!house.part("key.next").exists());
    assert_eq!(house.open().recovery().notes, [], "nothing to repair");
    sound(&Ledger::rebuild(&house.path(), options(), now).unwrap());
}

#[test]
fn who_holds_the_old_key_is_led_to_the_new_one_and_further() {
    let house = House::of(5);
    drop(rotate(&house, &NEXT));
    let ledger = rotate(&house, &THIRD);
    ledger.append(entry(7)).unwrap();
    let note = Note::parse(&ledger.checkpoint()).unwrap();
    let old = Bounded::current(VKEY.parse().unwrap());
    let refused = succession::signed(&note, std::slice::from_ref(&old));
    assert!(refused.is_err(), "the old key by itself knows nothing of it");
    let file = format!("{VKEY}\n{}", ledger.succession());
    let keys = succession::keys(&file).unwrap();
    let until: Vec<_> = keys.iter().map(|held| held.until).collect();
    assert_eq!(until, [Some(6), Some(7), Some(7), None, None], "{keys:?}");
    assert_eq!(succession::signed(&note, &keys).unwrap().size, 8);
    let lines: String = ledger.ring().iter().map(|held| format!("{held} and what is for people\n")).collect();
    assert!(succession::keys(&lines).is_err(), "behind a key in force nothing stands");
    let lines: String = ledger.ring().iter().map(|held| format!("{held}\n")).collect();
    assert_eq!(succession::keys(&lines).unwrap(), ledger.ring(), "the published list reads back");
    let stranger = SigningKey::new(ORIGIN, &Seed([1; 32])).unwrap();
    let stranger = Bounded::current(stranger.verifier().clone());
    assert_eq!(ledger.succession().follow(std::slice::from_ref(&stranger)), [stranger], "another key leads nowhere");
}

#[test]
fn a_stolen_old_key_makes_nothing_larger_that_is_believed() {
    let house = House::of(5);
    let ledger = rotate(&house, &NEXT);
    ledger.append(entry(6)).unwrap();
    let ring = ledger.succession().follow(&[Bounded::current(VKEY.parse().unwrap())]);
    let late = checkpoint::Error::Retired { size: 7, until: 6 };
    assert_eq!(succession::signed(&stolen(7, ledger.root()), &ring), Err(late), "even over the genuine tree");
    assert_eq!(succession::signed(&stolen(9, [1; 32]), &ring), Err(checkpoint::Error::Retired { size: 9, until: 6 }));
    assert!(succession::signed(&stolen(6, [1; 32]), &ring).is_ok(), "what is not larger only others' memory refutes");
    // A thief who knows only the old key cannot bring about a change of keys either: the new one signs it too.
    let change = ledger.entry(5).unwrap();
    assert_eq!(Change::read(&change).unwrap().index, 5);
    let text = String::from_utf8(change).unwrap();
    for (from, to) in [("index 5", "index 4"), ("\nnew ", "\nold "), ("at 20", "at 21")] {
        assert_eq!(Change::read(text.replacen(from, to, 1).as_bytes()), None, "{from}");
    }
    let one = text.rsplit_once("\u{2014} ").unwrap().0;
    assert_eq!(Change::read(one.as_bytes()), None, "one signature is not enough");
    // Nor may the proof be of another place, or lack a key.
    let proof = ledger.succession().to_string();
    assert_eq!(proof.parse::<Succession>().unwrap(), *ledger.succession());
    for wrong in [proof.replacen("index 5", "index 4", 1), proof.rsplit_once("\u{2014} ").unwrap().0.to_owned()] {
        assert!(wrong.parse::<Succession>().is_err());
    }
    assert!(format!("{proof}{proof}").parse::<Succession>().is_err(), "no change twice");
}

/// Runs a change of keys that a crash ends after this step; none where it is never reached.
fn interrupted(house: &House, step: Step) -> bool {
    let hook = move |reached: Step| if reached == step { Err("the power is gone".to_owned()) } else { Ok(()) };
    let options = Options { hook: Some(Hook(Arc::new(hook))), ..options() };
    Ledger::rotate(&house.path(), &NEXT, options, now).is_err()
}

#[test]
fn who_repeats_an_interrupted_change_has_changed_the_keys_once() {
    let house = House::of(40);
    assert!(interrupted(&house, Step::HandedOver));
    let ledger = rotate(&house, &THIRD);
    assert_eq!((ledger.size(), ledger.succession().handovers().len()), (41, 1));
    assert_eq!(ledger.vkey(), ed25519(&NEXT).to_string());
    assert_eq!(ledger.recovery().notes, [Repair::KeysChanged], "and is told so");
}

#[test]
fn a_change_that_is_interrupted_anywhere_is_completed_or_never_happened() {
    for step in Step::OF_KEYS.into_iter().chain(Step::ALL) {
        let house = House::of(40);
        let ended = interrupted(&house, step);
        let told_before = matches!(step, Step::Answered | Step::Synced);
        assert!(ended || told_before, "{step:?} was reached");
        let read = Ledger::read(&house.path(), &options());
        assert!(read.is_ok(), "what was published is readable before anyone repairs: {step:?} {:?}", read.err());
        let ledger = house.try_open().unwrap_or_else(|error| panic!("{step:?}: {error}"));
        let happened = ledger.size() == 41;
        match step {
            Step::KeyMade | Step::Computed => assert!(!happened, "{step:?}"),
            // Anchor and journal are synced side by side: the entry may or may not have come so far.
            Step::Anchored => {}
            Step::Journaled
            | Step::Signed
            | Step::Applied
            | Step::Published
            | Step::Answered
            | Step::Synced
            | Step::HandedOver
            | Step::KeyTaken => assert!(happened, "{step:?}"),
        }
        assert_eq!(ledger.vkey() == ed25519(&NEXT).to_string(), happened, "{step:?}");
        assert!(!house.part("key.next").exists(), "{step:?}");
        ledger.append(entry(99)).unwrap();
        sound(&ledger);
        let ring = ledger.succession().follow(&[Bounded::current(VKEY.parse().unwrap())]);
        let note = Note::parse(&ledger.checkpoint()).unwrap();
        assert!(succession::signed(&note, &ring).is_ok(), "{step:?}: the old key leads to what is signed now");
        drop(ledger);
        let again = rotate(&house, &THIRD);
        assert_eq!(again.vkey(), ed25519(&THIRD).to_string(), "and it can be changed after that");
    }
}

#[test]
fn an_export_without_the_proof_of_a_change_is_not_sound() {
    let house = House::of(300);
    drop(rotate(&house, &NEXT));
    let to = house.path().join("../mirror");
    let mirror = exported(&house, &to);
    assert_eq!(mirror.check(&mut |_, _| {}).unwrap(), []);
    let now = Mirror::claimed_key(&to).unwrap();
    fs::remove_file(to.join("succession")).unwrap();
    let found = Mirror::open(&to, &now).unwrap().check(&mut |_, _| {}).unwrap();
    assert_eq!(found, [Fault::Unproven(301)], "who holds the old key is not led on");
}

#[test]
fn keys_that_are_not_the_ledgers_are_refused() {
    let house = House::of(5);
    let old = fs::read_to_string(house.part("key")).unwrap();
    drop(rotate(&house, &NEXT));
    let refused = |expected: &str| match house.try_open() {
        Err(Error::Damaged(what)) => assert!(what.contains(expected), "{what}"),
        other => panic!("{other:?}"),
    };
    let new = fs::read_to_string(house.part("key")).unwrap();
    fs::write(house.part("key"), &old).unwrap();
    refused("replaced at 6 entries");
    fs::write(house.part("key"), &new).unwrap();
    let proof = fs::read_to_string(house.part("succession")).unwrap();
    fs::write(house.part("succession"), proof.replacen('A', "B", 1)).unwrap();
    refused("succession");
    fs::remove_file(house.part("succession")).unwrap();
    refused("no file `succession` says that it was changed");
    fs::write(house.part("succession"), proof).unwrap();
    sound(&house.open());
    let again = Ledger::rotate(&house.path(), &SEED, options(), now);
    assert!(matches!(again, Err(Error::Damaged(_))), "a key that was retired never comes back");
}

fn exported(house: &House, to: &Path) -> Mirror {
    let durable = Durable::read(&house.path(), &options()).unwrap();
    export(&durable, to, &mut |_, _| {}).unwrap();
    let mirror = Mirror::open(to, &VKEY.parse().unwrap()).unwrap();
    assert_eq!(mirror.check(&mut |_, _| {}).unwrap(), [], "by the key it began with");
    mirror
}

#[test]
fn an_exported_ledger_is_proven_by_the_old_key_and_comes_back() {
    let house = House::of(300);
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("mirror");
    exported(&house, &to);
    rotate(&house, &NEXT).append(entry(400)).unwrap();
    let mirror = exported(&house, &to);
    assert_eq!(mirror.checkpoint().size, 302, "the same directory goes on");
    let secret = SigningKey::new(ORIGIN, &NEXT).unwrap();
    assert!(Mirror::open(&to, secret.verifier()).is_ok(), "and by the key of now");
    let back = place.path().join("back");
    import(&mirror, &back, &secret, &options(), now, &mut |_, _| {}).unwrap();
    let ledger = Ledger::open(&back, options(), now).unwrap();
    assert_eq!(ledger.ring(), house.open().ring(), "with all its keys");
    sound(&ledger);
    fs::remove_file(to.join("succession")).unwrap();
    assert!(Mirror::open(&to, &VKEY.parse().unwrap()).is_err(), "nothing but the proof leads from the old key");
}
