//! How a case of a foreign suite is judged: path, then dates and revocation at its validation time, by the public API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sigill::format::x509::Certificate;
use sigill::verify::budget::Budget;
use sigill::verify::budget::Meter;
use sigill::verify::evidence::Evidence;
use sigill::verify::path;
use sigill::verify::path::Demands;
use sigill::verify::path::TrustedPath;
use sigill::verify::policy::Policy;
use sigill::verify::revocation;
use sigill::verify::revocation::Context;
use sigill::verify::revocation::Says;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;

/// Codes of what was noticed, or why not.
pub(crate) type Answer = Result<Vec<&'static str>, String>;

/// What one case gives to judge by.
pub(crate) struct Case {
    pub(crate) trust: Trust,
    pub(crate) leaf: Vec<u8>,
    pub(crate) evidence: Evidence,
    pub(crate) demands: Demands,
    pub(crate) at: Timestamp,
    /// Whether a certificate without usable revocation data fails.
    pub(crate) revocation_required: bool,
}

impl Case {
    /// What is noticed on a path that holds, or why the best one does not.
    pub(crate) fn judge(&self) -> Answer {
        let leaf = Certificate::read(&self.leaf).map_err(|error| error.to_string())?;
        let mut meter = Meter::new(Budget::STANDARD);
        let pool = self.evidence.certificates();
        let paths = path::all(&leaf, pool, &self.trust, Purpose::Signature, &self.demands, &mut meter);
        let paths = paths.map_err(|untrusted| format!("{}: {}", untrusted.finding.code, untrusted.finding.text.en))?;
        let mut best = None;
        for path in &paths {
            let answer = self.judge_path(path, &mut meter);
            if answer.is_ok() {
                return answer;
            }
            best = best.or(Some(answer));
        }
        best.unwrap()
    }

    fn judge_path(&self, path: &TrustedPath, meter: &mut Meter) -> Answer {
        if path.links().any(|(one, _)| !(one.not_before..=one.not_after).contains(&self.at)) {
            return Err("dates".to_owned());
        }
        let policy = Policy::swedish_minutes();
        let context = Context { evidence: &self.evidence, trust: &self.trust, policy: &policy, now: self.at };
        for place in 0..path.links().count() {
            let data = revocation::data(path, place, &context, meter).map_err(|error| error.to_string())?;
            match revocation::choose(&data) {
                None if self.revocation_required => return Err(format!("no revocation data at {place}")),
                None => {}
                Some(datum) if datum.says != Says::Good => return Err(format!("revoked at {place}")),
                Some(datum) if !revocation::fresh(datum, self.at) => return Err(format!("stale at {place}")),
                Some(_) => {}
            }
        }
        Ok(path.warnings().iter().map(|warning| warning.code).collect())
    }
}

/// The cases of one suite against what it expects.
#[derive(Default)]
pub(crate) struct Tally {
    run: usize,
    excepted: usize,
    faults: Vec<String>,
}

impl Tally {
    /// Counts one case. One with an exception must differ from what is expected.
    pub(crate) fn count(&mut self, case: &Value, answer: &Answer, exceptions: &BTreeMap<&str, &str>) {
        let (id, expected) = (case["id"].as_str().unwrap(), case["expect"] == "valid");
        self.run += 1;
        match exceptions.get(id) {
            Some(reason) if answer.is_ok() == expected => self.faults.push(format!("{id} agrees, against: {reason}")),
            Some(_) => self.excepted += 1,
            None if answer.is_ok() == expected => {}
            None => self.faults.push(format!("{id} expects {}, {:?}: {answer:?}", case["expect"], case["reason"])),
        }
    }

    /// Fails with every fault, or says what ran.
    pub(crate) fn conclude(self, suite: &str, exceptions: &BTreeMap<&str, &str>) {
        let Self { run, excepted, faults } = self;
        assert!(faults.is_empty(), "{suite}, {} faults:\n{}", faults.len(), faults.join("\n"));
        assert_eq!(excepted, exceptions.len(), "{suite}: every exception names a case");
        println!("ran {run} cases of {suite}: {} as expected, {excepted} excepted with a reason", run - excepted);
    }
}

/// The strings of a JSON list.
pub(crate) fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().map(|one| one.as_str().unwrap())
}
