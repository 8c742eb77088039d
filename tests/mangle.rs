//! Every fixture mangled anywhere: a byte changed, put in or left out, revisions taken out or in another order, an end
//! at every joint. What was signed stays `valid` in no way; what was not `valid` becomes it in none. VALIDATION R1, R2.

use std::collections::BTreeSet;

use serde::Deserialize;
use sigill::format::budget::Budget;
use sigill::format::pdf::Document;

#[path = "support/setting.rs"]
mod setting;

use setting::GENUINE;
use setting::Setting;
use setting::fixture;
use setting::project;

/// Places tried in each fixture and in each way; another seed tries others.
const PLACES: usize = 20;
const SEED: u64 = 20_241_213;

#[derive(Deserialize)]
struct Expected {
    file: Vec<Fixture>,
}

/// What expected.toml says of a fixture.
#[derive(Deserialize)]
struct Fixture {
    file: String,
    verdict: String,
}

/// Every fixture and its bytes, with whether it is valid.
fn fixtures() -> Vec<(String, Vec<u8>, bool)> {
    let text = std::fs::read_to_string(project("fixtures/minutes/expected.toml")).expect("expectations");
    let expected: Expected = toml::from_str(&text).expect("expectations can be read");
    let known = |one: Fixture| (one.file.clone(), fixture(&one.file), one.verdict == "valid");
    let all: Vec<_> = expected.file.into_iter().map(known).filter(|(name, ..)| name.ends_with(".pdf")).collect();
    assert!(all.iter().any(|(.., valid)| *valid) && all.iter().any(|(.., valid)| !*valid), "both kinds are there");
    all
}

/// The words of the pages decide nothing here, and reading them takes most of the time.
fn setting() -> Setting {
    Setting { budget: Budget { pages_max: 0, ..Budget::STANDARD }, ..Setting::new() }
}

/// Places below `end`, spread by chance: SplitMix64, the same on every run.
fn places(end: usize) -> impl Iterator<Item = usize> {
    let end = u64::try_from(end).expect("a small file");
    let mut state = SEED;
    std::iter::from_fn(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(usize::try_from((mixed ^ (mixed >> 31)) % end).expect("below the end"))
    })
}

/// Whether a signature's digest covers the byte.
fn covered(document: &Document<'_>, at: usize) -> bool {
    let at = i64::try_from(at).expect("a small file");
    let ranges = document.signatures().iter().filter_map(|field| field.byte_range.as_deref());
    ranges.flat_map(|range| range.chunks(2)).any(|pair| (pair[0]..pair[0] + pair[1]).contains(&at))
}

/// Some place of each token that holds a file together, and a byte before and after it.
fn joints(bytes: &[u8]) -> BTreeSet<usize> {
    let tokens: [&[u8]; 10] =
        [b" obj", b"endobj", b"stream", b"xref", b"trailer", b"%%EOF", b"/ByteRange", b"/Contents", b"/Prev", b"/Root"];
    let mut found = BTreeSet::new();
    for token in tokens {
        let starts: Vec<usize> =
            bytes.windows(token.len()).enumerate().filter(|(_, window)| *window == token).map(|(at, _)| at).collect();
        // The last ones belong to the newest revisions.
        for at in starts.iter().rev().take(2) {
            found.extend([at - 1, *at, at + 1, at + token.len()]);
        }
    }
    found
}

#[test]
fn no_covered_byte_may_change_in_any_valid_fixture() {
    let setting = setting();
    for (name, bytes, _) in fixtures().into_iter().filter(|(.., valid)| *valid) {
        let document = Document::read(&bytes, &Budget::STANDARD).expect("a fixture reads");
        let mut tried = 0;
        for at in places(bytes.len()).filter(|at| covered(&document, *at)).take(PLACES) {
            let mut spoiled = bytes.clone();
            spoiled[at] ^= 1 << (at % 8);
            assert_ne!(setting.verify(&spoiled).verdict, "valid", "{name}: byte {at}");
            tried += 1;
        }
        println!("{name}: {tried} covered bytes changed");
    }
}

#[test]
fn no_byte_makes_a_bad_document_valid() {
    let setting = setting();
    for (name, bytes, _) in fixtures().into_iter().filter(|(.., valid)| !*valid) {
        for at in places(bytes.len()).take(PLACES) {
            let mut spoiled = bytes.clone();
            spoiled[at] ^= 1 << (at % 8);
            assert_ne!(setting.verify(&spoiled).verdict, "valid", "{name}: byte {at}");
        }
    }
}

#[test]
fn no_byte_may_be_put_in_or_left_out() {
    let setting = setting();
    for (name, bytes, _) in fixtures() {
        let document = Document::read(&bytes, &Budget::STANDARD).expect("a fixture reads");
        // Where nothing is signed no byte is covered.
        let tried = if document.signatures().is_empty() { 0 } else { PLACES / 2 };
        for at in places(bytes.len()).filter(|at| covered(&document, *at)).take(tried) {
            let (before, after) = bytes.split_at(at);
            let longer = [before, b" ", after].concat();
            assert_ne!(setting.verify(&longer).verdict, "valid", "{name}: a byte more at {at}");
            let shorter = [before, &after[1..]].concat();
            assert_ne!(setting.verify(&shorter).verdict, "valid", "{name}: a byte less at {at}");
        }
    }
}

#[test]
fn a_file_cut_at_any_joint_is_not_valid() {
    let setting = setting();
    for (name, bytes, _) in fixtures() {
        let document = Document::read(&bytes, &Budget::STANDARD).expect("a fixture reads");
        // Where a revision ends, the file was whole once: tests/spoil.rs says what is right there.
        let whole: Vec<usize> = document.revisions().iter().map(|revision| revision.end).collect();
        let cuts = joints(&bytes).into_iter().filter(|at| !whole.iter().any(|end| at.abs_diff(*end) < 3));
        for at in cuts.collect::<Vec<_>>() {
            assert_ne!(setting.verify(&bytes[..at]).verdict, "valid", "{name}: the first {at} bytes");
        }
    }
}

#[test]
fn revisions_are_neither_left_out_nor_exchanged() {
    let (setting, bytes) = (setting(), fixture(GENUINE));
    let document = Document::read(&bytes, &Budget::STANDARD).expect("a fixture reads");
    let ends: Vec<usize> = document.revisions().iter().map(|revision| revision.end).collect();
    let starts = [0].into_iter().chain(ends.iter().copied());
    let parts: Vec<&[u8]> = starts.zip(&ends).map(|(start, end)| &bytes[start..*end]).collect();
    let [base, first, second, third] = parts[..] else { panic!("the minutes have four revisions") };
    let orders: [&[&[u8]]; 9] = [
        &[base, second, first, third],
        &[base, first, third, second],
        &[base, third, second, first],
        &[base, first, third],
        &[base, second, third],
        &[base, third],
        &[base, first, first, second, third],
        &[base, first, second, third, third],
        &[first, second, third],
    ];
    for (which, order) in orders.iter().enumerate() {
        assert_ne!(setting.verify(&order.concat()).verdict, "valid", "order {which}");
    }
    assert_eq!(setting.verify(&parts.concat()).verdict, "valid", "in their own order");
}
