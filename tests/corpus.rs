//! The corpus of signed PDFs that nobody on this project made, file by file, when ../shared/corpus is there.
//! What is compared, and what the manifest is taken to expect, is said at each fact below; the rest it does not decide.
//!
//! * `listed`: every signature of the manifest is among those we list (same ByteRange, else same field).
//! * `integrity`: a gold signature called `intact` is not called broken, one called `broken` is not called intact.
//!   Undecided (an algorithm we do not compute) is counted and bounded, for it says neither.
//! * `coverage`: `covers_whole_file`, or nothing but an end-of-line after the range (5.5) → `whole-file`. Else a gap that is
//!   not exactly /Contents, a range that ends at the end of the file all the same (wrapping), or pyHanko's
//!   CONTIGUOUS_BLOCK_FROM_START or UNCLEAR → `partial`. Else pyHanko's ENTIRE_REVISION → `whole-revision`. Else the manifest
//!   does not say.
//! * `changes` (gold modification): coverage `partial` → `not-checked`, for there is no revision to start from (where
//!   only one of us says partial, the disagreement counts once, as coverage); `whole-file` → `none`; else pyHanko's level: NONE →
//!   `none` or `lta-updates` (a revision that changes nothing still came after); LTA_UPDATES →
//!   `lta-updates`; FORM_FILLING → `form-filling`, but `lta-updates` where every later signature is a document timestamp
//!   (MD-13 counts it as preservation, pyHanko its field as filling); OTHER → `other` or `annotations`, or a signature that
//!   fails for what came after (a permission or lock was broken). In a not-permitted file the label is the file's, so that
//!   only its first signature is compared. Without pyHanko's level a permitted file must be neither `other`, `annotations`
//!   nor `not-checked`.
//! * `tampering`: a gold not-permitted file is told apart: verdict altered, invalid or unreadable, a broken or partial
//!   signature, or changes `other` or `annotations`. `valid` is never excused.
//! * `alarm`: a gold permitted file is not called altered, and no signature's changes `other`.
//! * `oracle`: what EU DSS's and SiVa's own tests assert, where it can be compared without their trust anchors: the number
//!   of signatures, their integrity, FORMAT_FAILURE, HASH_FAILURE and SIG_CRYPTO_FAILURE, TOTAL-PASSED (then ours must
//!   not fail for good), the baseline level, and undefined changes. Chains, revocation and qualification are not.
//!
//! A disagreement stands in tests/corpus-exceptions.toml with its reason, or fails; an entry there that agrees fails too.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize;
use serde_json::Value;
use sigill::archive::encoding::Signature;
use sigill::archive::encoding::Verification;

#[path = "support/setting.rs"]
#[expect(dead_code, reason = "the fixtures are other tests' affair")]
mod setting;
#[path = "support/shared.rs"]
mod shared;

use setting::Setting;
use setting::project;

/// A disagreement that is ours to keep.
#[derive(Deserialize)]
struct Exception {
    id: String,
    fact: String,
    /// The signature's field, where the fact concerns one.
    #[serde(default)]
    field: String,
    /// What differs and by which clause.
    why: String,
}

#[derive(Deserialize)]
struct Exceptions {
    exception: Vec<Exception>,
}

/// File, fact, field.
type Key = (String, &'static str, String);

/// How often each fact was compared, and where it disagreed.
#[derive(Default)]
struct Tally {
    compared: BTreeMap<&'static str, usize>,
    differing: BTreeMap<Key, String>,
    undecided: usize,
}

impl Tally {
    fn fact(&mut self, id: &str, fact: &'static str, field: &str, agrees: bool, said: impl FnOnce() -> String) {
        *self.compared.entry(fact).or_default() += 1;
        if !agrees {
            self.differing.entry((id.to_owned(), fact, field.to_owned())).or_insert_with(said);
        }
    }
}

/// Why a file is looked at: its place in the manifest, with our answer.
struct Case<'a> {
    id: &'a str,
    entry: &'a Value,
    found: &'a Verification,
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn broken(signature: &Signature) -> bool {
    signature.integrity.digest == "mismatch" || signature.integrity.signature == "invalid"
}

fn intact(signature: &Signature) -> bool {
    signature.integrity.digest == "match" && signature.integrity.signature == "valid"
}

impl Case<'_> {
    fn stated(&self) -> &[Value] {
        self.entry["signatures"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// Our answers about the manifest's signatures, each used once.
    fn pairs(&self) -> Vec<(&Value, Option<&Signature>)> {
        let mut left: Vec<&Signature> = self.found.signatures.iter().collect();
        let mut take = |is: &dyn Fn(&Signature) -> bool| {
            let place = left.iter().position(|one| is(one))?;
            Some(left.remove(place))
        };
        let ranged = self.stated().iter().map(|stated| {
            let range = stated["byte_range"].as_array().into_iter().flatten();
            let range: Vec<i64> = range.filter_map(Value::as_i64).collect();
            (stated, take(&|one| !range.is_empty() && one.byte_range == range))
        });
        let ranged: Vec<(&Value, Option<&Signature>)> = ranged.collect();
        let named =
            |stated: &Value, one: &Signature| one.field.is_some() && one.field.as_deref() == stated["field"].as_str();
        ranged.into_iter().map(|(stated, ours)| (stated, ours.or_else(|| take(&|one| named(stated, one))))).collect()
    }

    fn compare(&self, tally: &mut Tally) {
        for (stated, ours) in self.pairs() {
            let field = text(stated, "field");
            tally.fact(self.id, "listed", field, ours.is_some(), || "not listed".to_owned());
            let truth = &stated["truth"];
            let Some(ours) = ours.filter(|_| text(truth, "confidence") == "gold") else { continue };
            if truth["accept_either"].is_null() {
                self.integrity(tally, text(truth, "integrity"), ours, field);
            }
            self.coverage(tally, stated, ours, field);
        }
        self.file(tally);
        for expected in self.entry["repo_expectation"].as_array().into_iter().flatten() {
            if matches!(text(expected, "oracle"), "DSS test" | "SiVa-Test test") {
                self.oracle(tally, expected);
            }
        }
    }

    fn integrity(&self, tally: &mut Tally, truth: &str, ours: &Signature, field: &str) {
        let agrees = match truth {
            "intact" => !broken(ours),
            "broken" => !intact(ours),
            _ => return,
        };
        tally.undecided += usize::from(truth == "intact" && !intact(ours));
        tally.fact(self.id, "integrity", field, agrees, || format!("{truth}, ours {:?}", ours.integrity));
    }

    fn coverage(&self, tally: &mut Tally, stated: &Value, ours: &Signature, field: &str) {
        let is = |key: &str| stated[key].as_bool();
        let by_pyhanko = text(&stated["pyhanko"], "coverage");
        let end_of_line = stated["bytes_after_signed_range"].as_u64().is_some_and(|after| after <= 2);
        let whole = is("covers_whole_file") == Some(true) || (end_of_line && is("contents_gap_exact") == Some(true));
        let wrapped = is("contents_gap_exact") == Some(false) || is("range_ends_at_eof") == Some(true);
        let expected = match (whole, wrapped, by_pyhanko) {
            (true, _, _) => Some("whole-file"),
            (false, true, _) | (false, false, "CONTIGUOUS_BLOCK_FROM_START" | "UNCLEAR") => Some("partial"),
            (false, false, "ENTIRE_REVISION") => Some("whole-revision"),
            (false, false, _) => None,
        };
        if let Some(expected) = expected {
            let said = || format!("coverage {expected}, ours {}", ours.coverage);
            tally.fact(self.id, "coverage", field, ours.coverage == expected, said);
        }
        let counted = expected.is_some() && (expected == Some("partial")) != (ours.coverage == "partial");
        if text(&self.entry["modification"], "label") == "gold" && !counted {
            self.changes(tally, stated, ours, expected);
        }
    }

    fn changes(&self, tally: &mut Tally, stated: &Value, ours: &Signature, coverage: Option<&str>) {
        let permitted = text(&self.entry["modification"], "expected") == "permitted-or-none";
        let end = |one: &Value| -> Option<i64> {
            one["byte_range"].as_array().map(|range| range.iter().filter_map(Value::as_i64).sum())
        };
        let later: Vec<&Value> = self.stated().iter().filter(|one| end(one) > end(stated)).collect();
        let stamps = later.iter().all(|one| one["is_doc_timestamp"].as_bool() == Some(true));
        let after = ours.reasons.iter().any(|reason| reason.code == "CHANGED_AFTER_SIGNING");
        let got = ours.changes_after.as_str();
        let first = self.stated().first() == Some(stated);
        let agrees = match (coverage, text(&stated["pyhanko"], "modification_level")) {
            (Some("whole-file"), _) => got == "none",
            (Some("partial"), _) => got == "not-checked",
            (_, _) if !permitted && !first => return,
            (_, "NONE") => matches!(got, "none" | "lta-updates"),
            (_, "LTA_UPDATES") => got == "lta-updates",
            (_, "FORM_FILLING") => got == "form-filling" || (stamps && got == "lta-updates"),
            (_, "OTHER") => matches!(got, "other" | "annotations") || after,
            (_, _) if permitted => !matches!(got, "other" | "annotations" | "not-checked"),
            (_, _) => return,
        };
        let level = text(&stated["pyhanko"], "modification_level");
        tally.fact(self.id, "changes", text(stated, "field"), agrees, || format!("{level}, ours {got}"));
    }

    fn file(&self, tally: &mut Tally) {
        let modification = &self.entry["modification"];
        let verdict = self.found.verdict.as_str();
        let any = |is: &dyn Fn(&Signature) -> bool| self.found.signatures.iter().any(is);
        match (text(modification, "label"), text(modification, "expected")) {
            ("gold", "not-permitted") => {
                assert_ne!(verdict, "valid", "{}: tampered with and called valid", self.id);
                let told = matches!(verdict, "altered" | "invalid" | "unreadable")
                    || any(&|one| broken(one) || one.coverage == "partial")
                    || any(&|one| matches!(one.changes_after.as_str(), "other" | "annotations"));
                tally.fact(self.id, "tampering", "", told, || format!("{}: {verdict}", modification["kind"]));
            }
            ("gold", "permitted-or-none") => {
                let alarm = verdict == "altered" || any(&|one| one.changes_after == "other");
                tally.fact(self.id, "alarm", "", !alarm, || verdict.to_owned());
            }
            (_, _) => {}
        }
    }

    fn oracle(&self, tally: &mut Tally, expected: &Value) {
        let test = text(expected, "test");
        let signed: Vec<&Signature> = self.found.signatures.iter().filter(|one| one.kind == "signature").collect();
        let mut fact = |what: &str, agrees: bool| {
            tally.fact(self.id, "oracle", test, agrees, || format!("{what}; ours {}", self.summary()));
        };
        if let Some(count) = expected["signature_count"][0].as_u64() {
            fact(&format!("{count} signatures"), usize::try_from(count).ok() == Some(signed.len()));
        }
        for key in ["expects_intact", "expects_valid"] {
            match expected[key].as_bool() {
                Some(true) => fact(key, signed.iter().all(|one| !broken(one))),
                Some(false) => fact(&format!("not {key}"), signed.iter().any(|one| !intact(one))),
                None => {}
            }
        }
        for sub in words(&expected["sub_indications"]) {
            if matches!(sub, "FORMAT_FAILURE" | "HASH_FAILURE" | "SIG_CRYPTO_FAILURE") {
                fact(sub, signed.iter().any(|one| one.indication == "TOTAL-FAILED"));
            }
        }
        if indications(expected).iter().all(|one| *one == "TOTAL-PASSED") && !indications(expected).is_empty() {
            fact("TOTAL-PASSED", signed.iter().all(|one| one.indication != "TOTAL-FAILED"));
        }
        let asserted = [words(&expected["asserts"]), words(&expected["pdf_modifications"])].concat();
        for line in asserted {
            if let Some((_, level)) = line.split_once("signatureFormat\", is(SignatureFormat.PAdES_BASELINE_") {
                let level = format!("PAdES-B-{}", level.trim_end_matches(')'));
                fact(&level, signed.iter().any(|one| one.level.as_deref() == Some(&level)));
            }
            if line.starts_with("assertFalse") && line.contains("getPdfUndefinedChanges") && test.contains("signature")
            {
                fact("no undefined changes", signed.iter().all(|one| one.changes_after != "other"));
            }
        }
    }

    fn summary(&self) -> String {
        let one = |one: &Signature| {
            let sub = one.sub_indication.as_deref().unwrap_or("-");
            format!("{} {sub} {:?} {}", one.indication, one.level, one.changes_after)
        };
        self.found.signatures.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// DSS lists them; SiVa pairs each with the signature's place.
fn indications(expected: &Value) -> Vec<&str> {
    let all = expected["indications"].as_array().into_iter().flatten();
    all.filter_map(|one| one.as_str().or_else(|| one[1].as_str())).collect()
}

#[test]
fn the_corpus_is_judged_as_its_oracles_judge_it_or_for_a_reason() {
    let Some(manifest) = shared::json("corpus/dev/manifest.json") else { return };
    let setting = Setting { at: "2026-11-22T12:00:00Z".parse().expect("a moment"), ..Setting::new() };
    let mut tally = Tally::default();
    let entries = manifest.as_array().expect("a list of files");
    for entry in entries {
        let id = text(entry, "id");
        let bytes = fs::read(shared::path(&format!("corpus/dev/pdf/{id}.pdf"))).expect("the corpus is whole");
        Case { id, entry, found: &setting.verify(&bytes) }.compare(&mut tally);
    }
    let table = fs::read_to_string(project("tests/corpus-exceptions.toml")).expect("the table is there");
    let table: Exceptions = toml::from_str(&table).expect("the table reads");
    let mut excused = BTreeSet::new();
    for Exception { id, fact, field, why } in &table.exception {
        assert!(why.len() > 20, "{id} {fact}: a reason says more");
        assert!(excused.insert((id.as_str(), fact.as_str(), field.as_str())), "{id} {fact} {field} twice");
    }
    let mut faults = Vec::new();
    for ((id, fact, field), said) in &tally.differing {
        if !excused.remove(&(id.as_str(), *fact, field.as_str())) {
            faults.push(format!("{id} {fact} {field:?}: {said}"));
        }
    }
    faults.extend(excused.into_iter().map(|unneeded| format!("agrees, and is excused: {unneeded:?}")));
    let share = |fact: &str| {
        let of = tally.compared.get(fact).copied().unwrap_or_default();
        let differing = tally.differing.keys().filter(|(_, own, _)| *own == fact).count();
        let percent =
            100.0 * f64::from(u32::try_from(of - differing).expect("few")) / f64::from(u32::try_from(of).expect("few"));
        println!("{fact}: {} of {of} agree, {percent:.2} %", of - differing);
        percent
    };
    println!("RAN: {} files; {} gold intact signatures undecided", entries.len(), tally.undecided);
    let shares: BTreeMap<&str, f64> = tally.compared.keys().map(|fact| (*fact, share(fact))).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(tally.undecided <= 12, "{} undecided", tally.undecided);
    for (fact, least) in [("integrity", 100.0), ("coverage", 98.0), ("changes", 98.0), ("alarm", 100.0)] {
        assert!(shares[fact] >= least, "{fact}: {} %", shares[fact]);
    }
}
