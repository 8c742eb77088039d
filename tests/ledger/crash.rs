//! What becomes of a ledger when its process dies, after any step or at any moment.
//! LEDGER.md 6.3: nothing acknowledged is lost, no size has two roots.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use sigill::ledger::Ledger;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::error::Error;
use sigill::ledger::hash;
use sigill::ledger::options::Hook;
use sigill::ledger::options::Options;
use sigill::ledger::options::Step;
use sigill::ledger::receipt::Receipt;

use crate::house::House;
use crate::house::entry;
use crate::house::hex;
use crate::house::holds;
use crate::house::key;
use crate::house::now;
use crate::house::options;
use crate::house::sound;

/// What the child prints for every acknowledged entry: number, index, size and root of the checkpoint it was given.
#[derive(Debug)]
struct Acknowledged {
    number: u64,
    index: u64,
    size: u64,
    root: String,
}

/// Run by the tests below in a process of its own; as a test of this process it has nothing to do.
#[test]
fn child() {
    let Ok(order) = std::env::var("TEST_CHILD") else {
        return;
    };
    let mut words = order.split(' ');
    let mut word = || words.next().unwrap();
    let (path, first, step, nth) = (word(), word().parse::<u64>().unwrap(), word(), word().parse::<u32>().unwrap());
    let seen = AtomicU32::new(0);
    let step = step.to_owned();
    let hook = Hook(Arc::new(move |at| {
        if format!("{at:?}") == step && seen.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            std::process::abort();
        }
        Ok(())
    }));
    let options = Options { hook: Some(hook), sync_commits: 2, ..options() };
    let ledger = match Ledger::open(Path::new(path), options, now) {
        Ok(ledger) => ledger,
        Err(error) => {
            println!("refused {error}");
            return;
        }
    };
    println!("opened");
    // Three writers, so that commits hold one to three entries.
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let ledger = &ledger;
            scope.spawn(move || {
                for number in (first + writer..first + 3000).step_by(3) {
                    let appended = ledger.append(entry(number)).unwrap();
                    let receipt: Receipt = appended.receipt(None).parse().unwrap();
                    let checkpoint = receipt.verify(key().verifier(), &hash::leaf(&entry(number))).unwrap();
                    println!("ack {number} {} {} {}", appended.index, checkpoint.size, hex(&checkpoint.root));
                }
            });
        }
    });
}

/// Runs a child on this ledger until it dies, or until `kill` says so, and gives what it printed.
fn run_child(house: &House, first: u64, step: &str, nth: u32, kill: Option<usize>) -> (Vec<Acknowledged>, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture", "--test-threads=1"])
        .env("TEST_CHILD", format!("{} {first} {step} {nth}", house.path().display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    let mut rest = String::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        // libtest prints the test's name without a line end before what the test prints.
        let words: Vec<&str> = line.split(' ').collect();
        if let [.., "ack", number, index, size, root] = words[..]
            && root.len() == 64
        {
            let [number, index, size] = [number, index, size].map(|word| word.parse().unwrap());
            acknowledged.push(Acknowledged { number, index, size, root: root.to_owned() });
        } else {
            rest.push_str(&line);
        }
        if kill == Some(acknowledged.len()) {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    (acknowledged, rest)
}

/// Everything that was ever told about one ledger.
#[derive(Default)]
struct Told {
    roots: BTreeMap<u64, String>,
    indices: BTreeMap<u64, u64>,
}

impl Told {
    fn root(&mut self, size: u64, root: &str) {
        let known = self.roots.entry(size).or_insert_with(|| root.to_owned());
        assert_eq!(known, root, "two roots for size {size}");
    }

    /// What the child told, what it published, and what the ledger says when it is opened again.
    fn hear(&mut self, house: &House, acknowledged: &[Acknowledged]) {
        for told in acknowledged {
            self.root(told.size, &told.root);
            let known = self.indices.entry(told.number).or_insert(told.index);
            assert_eq!(*known, told.index, "two places for entry {}", told.number);
        }
        let published = fs::read_to_string(house.part("checkpoint")).unwrap();
        let published = Checkpoint::verify(&published, key().verifier()).unwrap();
        self.root(published.size, &hex(&published.root));

        let ledger = house.open();
        for (number, index) in &self.indices {
            assert_eq!(ledger.entry(*index).unwrap(), entry(*number), "acknowledged, then lost");
        }
        for (size, root) in &self.roots {
            assert_eq!(hex(&ledger.root_at(*size).unwrap()), *root, "size {size} has another root now");
        }
        sound(&ledger);
        let (size, root) = (ledger.size(), hex(&ledger.root()));
        self.root(size, &root);
    }
}

#[test]
fn a_crash_after_any_step_loses_nothing_acknowledged_and_signs_no_second_root() {
    let house = House::empty();
    let mut told = Told::default();
    let mut first = 0;
    for nth in [1, 2, 5] {
        for step in Step::ALL {
            let (acknowledged, rest) = run_child(&house, first, &format!("{step:?}"), nth, None);
            assert!(rest.contains("opened"), "{step:?}: {rest}");
            assert!(acknowledged.len() < 3000, "{step:?} {nth}: the child did not crash");
            told.hear(&house, &acknowledged);
            // The same entries again: what was committed without an answer must come back as a duplicate.
            first += u64::try_from(acknowledged.len()).unwrap() / 2;
        }
    }
    println!("{} entries acknowledged, {} sizes signed", told.indices.len(), told.roots.len());
}

#[test]
fn kill_minus_nine_at_any_moment_loses_nothing_acknowledged_and_signs_no_second_root() {
    let house = House::empty();
    let mut told = Told::default();
    for round in 0..12 {
        let first = u64::try_from(told.indices.len()).unwrap() / 2;
        let (acknowledged, rest) = run_child(&house, first, "never", 0, Some(5 + 17 * round));
        assert!(rest.contains("opened"), "{rest}");
        told.hear(&house, &acknowledged);
    }
    println!("{} entries acknowledged, {} sizes signed", told.indices.len(), told.roots.len());
}

#[test]
fn a_step_that_fails_answers_fatal_and_opening_repairs() {
    for failing in Step::ALL {
        let house = House::of(20);
        let hook = Hook(Arc::new(move |step| if step == failing { Err("failed".to_owned()) } else { Ok(()) }));
        let options = Options { hook: Some(hook), sync_commits: 1, ..options() };
        let ledger = Ledger::open(&house.path(), options, now).unwrap();
        let answer = ledger.append(entry(20));
        if failing < Step::Answered {
            assert!(matches!(answer, Err(Error::Fatal(_))), "{failing:?}");
        } else {
            assert_eq!(answer.unwrap().index, 20);
        }
        // The database is synced beside the commits: that it failed is known some commits later.
        let more = (21..300).map(|number| ledger.append(entry(number)));
        let stopped = more.map(|answer| matches!(answer, Err(Error::Fatal(_)))).position(|fatal| fatal);
        let after = stopped.expect("a failed step stops the ledger");
        assert!(after == 0 || failing == Step::Synced, "{failing:?} stops the ledger at once");
        assert!(matches!(ledger.append(entry(301)), Err(Error::Fatal(_))), "{failing:?} stops it for good");
        drop(ledger);
        let size = if failing < Step::Journaled { 20 } else { 21 + u64::try_from(after).unwrap() };
        holds(&house.open(), size);
    }
}

#[test]
fn one_process_at_a_time() {
    let house = House::of(10);
    let ledger = house.open();
    assert!(matches!(house.try_open(), Err(Error::InUse(_))), "not twice in this process");
    let (acknowledged, rest) = run_child(&house, 0, "never", 0, None);
    assert!(rest.contains("refused") && rest.contains("held by another process"), "nor in another: {rest}");
    assert!(acknowledged.is_empty());
    assert!(matches!(Ledger::rebuild(&house.path(), options(), now), Err(Error::InUse(_))));
    drop(ledger);
    holds(&house.open(), 10);
}
