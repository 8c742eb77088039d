//! A body's own verification policy, from a TOML file: what differs from one of ours, by name and version.
//! VALIDATION 12 (dates are policy, not code) and 3.3. An unknown key is refused: a misspelt one would change verdicts.

use jiff::SignedDuration;
use jiff::civil::Date;
use serde::Deserialize;

use crate::verify::crypto::DigestAlgorithm;
use crate::verify::policy::AnnotationRule;
use crate::verify::policy::Kind;
use crate::verify::policy::Policy;
use crate::verify::policy::Reliable;
use crate::verify::policy::RevocationRule;
use crate::verify::policy::Row;
use crate::verify::policy::SignaturePolicy;

/// What the file says. Everything but the name and the version may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    version: String,
    /// One of ours, by name; `sigill-se-minutes` where nothing is said.
    base: Option<String>,
    revocation: Option<String>,
    annotations: Option<String>,
    revocation_max_age_days: Option<u32>,
    /// Check ids that decide though they only warn by default.
    decisive: Option<Vec<String>>,
    /// Organisation numbers, ten digits, of the services whose BankID signatures count.
    bankid_relying_parties: Option<Vec<String>>,
    #[serde(default)]
    algorithm: Vec<Algorithm>,
    #[serde(default)]
    signature_policy: Vec<Known>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Algorithm {
    kind: String,
    name: String,
    #[serde(default)]
    min_bits: u32,
    /// A day, `open` or `never`.
    until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    oid: String,
    /// Of the policy's document, in hexadecimal.
    sha256: Option<String>,
}

/// One of the policies that come with sigill, by its name.
pub fn named(name: &str) -> Option<Policy> {
    [Policy::swedish_minutes(), Policy::strict()].into_iter().find(|policy| policy.name == name)
}

/// Reads a policy file.
///
/// # Errors
/// What is wrong with it, in a sentence for whoever wrote it.
pub fn read(text: &str) -> Result<Policy, String> {
    let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
    let base = written.base.as_deref().unwrap_or("sigill-se-minutes");
    let mut policy = named(base).ok_or_else(|| format!("base: there is no policy {base:?}"))?;
    if written.name.trim().is_empty() || written.version.trim().is_empty() {
        return Err("name and version must say something: they stand in every report".to_owned());
    }
    if named(&written.name).is_some() {
        return Err(format!("name: {:?} is ours; a policy that differs needs a name of its own", written.name));
    }
    (policy.name, policy.version) = (written.name, written.version);
    if let Some(rule) = &written.revocation {
        let known = RevocationRule::ALL.into_iter().find(|known| known.name() == rule);
        policy.revocation =
            known.ok_or_else(|| unknown("revocation", rule, &RevocationRule::ALL.map(RevocationRule::name)))?;
    }
    if let Some(rule) = &written.annotations {
        let known = AnnotationRule::ALL.into_iter().find(|known| known.name() == rule);
        policy.annotations =
            known.ok_or_else(|| unknown("annotations", rule, &AnnotationRule::ALL.map(AnnotationRule::name)))?;
    }
    if let Some(days) = written.revocation_max_age_days {
        policy.revocation_max_age = Some(SignedDuration::from_hours(i64::from(days).saturating_mul(24)));
    }
    if let Some(decisive) = written.decisive {
        policy.decisive = decisive;
    }
    for number in written.bankid_relying_parties.unwrap_or_default() {
        if number.len() != 10 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("bankid_relying_parties: {number:?} is no organisation number of ten digits"));
        }
        policy.relying_parties.push(number);
    }
    for algorithm in &written.algorithm {
        policy.algorithms.set(row(algorithm)?);
    }
    for known in &written.signature_policy {
        policy.signature_policies.push(signature_policy(known)?);
    }
    Ok(policy)
}

fn unknown(key: &str, value: &str, known: &[&str]) -> String {
    format!("{key}: {value:?} is none of {}", known.join(", "))
}

fn row(written: &Algorithm) -> Result<Row, String> {
    let kinds = [Kind::Digest, Kind::Signature];
    let kind = kinds.into_iter().find(|kind| kind.name() == written.kind);
    let kind = kind.ok_or_else(|| unknown("algorithm.kind", &written.kind, &kinds.map(Kind::name)))?;
    let reliable = match written.until.as_str() {
        "open" => Reliable::Open,
        "never" => Reliable::Never,
        day => Reliable::Until(
            day.parse::<Date>().map_err(|_| format!("algorithm.until: {day:?} is no day, open or never"))?,
        ),
    };
    Ok(Row { kind, name: written.name.clone(), min_bits: written.min_bits, reliable })
}

fn signature_policy(written: &Known) -> Result<SignaturePolicy, String> {
    let digest = |hex: &String| {
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
        let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
        let bytes = bytes.filter(|bytes| bytes.len() == 32);
        let bytes = bytes.ok_or_else(|| format!("signature_policy.sha256: {hex:?} is not 64 hexadecimal digits"))?;
        Ok((DigestAlgorithm::Sha256, bytes))
    };
    let digests: Result<Vec<_>, String> = written.sha256.iter().map(digest).collect();
    Ok(SignaturePolicy { oid: written.oid.clone(), digests: digests? })
}
