//! Does an evidence record prove when documents existed? RFC 4998; VALIDATION 13.3 (digests) and 13.4 (renewal).
//! A digest that only an upper list holds is not a document's: a proof for an inner node proves nothing of a leaf.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::format::ers::ArchiveTimeStamp;
use crate::format::ers::EvidenceRecord;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::existence;
use crate::verify::existence::Circumstances;
use crate::verify::indication::SubIndication;
use crate::verify::integrity::DigestState;
use crate::verify::policy::Mechanism;
use crate::verify::proof::Proof;
use crate::verify::proof::ProofKind;
use crate::verify::proof::Proofs;
use crate::verify::text::Finding;
use crate::verify::wording;

/// What is said to be covered.
#[derive(Clone, Copy, Debug)]
pub enum Object<'o> {
    /// The bytes themselves.
    Bytes(&'o [u8]),
    /// Their digest, where the bytes are not at hand; renewal with another algorithm cannot be followed then.
    Digest(DigestAlgorithm, &'o [u8]),
}

/// How the objects relate to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The record may cover others too.
    Each,
    /// The objects are a data group: all of it, and nothing else.
    Group,
}

/// Why not, with what exactly.
pub type Failure = (SubIndication, Finding);

/// A record with everything that was found about it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The record, where it could be read.
    pub record: Option<EvidenceRecord>,
    /// Its tokens, oldest first.
    pub stamps: Vec<existence::Judged>,
    /// The proof for every object, by the first token, if the record passed.
    pub proof: Option<Proof>,
    /// Why not, the decisive one first.
    pub failures: Vec<Failure>,
}

/// Judges every record handed in with the document, over all of its bytes (4.6 step 1).
pub fn over(document: &[u8], known: Circumstances<'_>, meter: &mut Meter) -> Vec<Judged> {
    let objects = [Object::Bytes(document)];
    known.evidence.records().iter().map(|record| judge(record, &objects, Scope::Each, known, meter)).collect()
}

/// Judges a record over the objects (13.4). Without objects it proves nothing.
pub fn judge(
    bytes: &[u8],
    objects: &[Object<'_>],
    scope: Scope,
    known: Circumstances<'_>,
    meter: &mut Meter,
) -> Judged {
    let mut judged = Judged { record: None, stamps: Vec::new(), proof: None, failures: Vec::new() };
    let record = match EvidenceRecord::read(bytes, known.budget) {
        Ok(record) => record,
        Err(error) => {
            let finding = Finding::new("ERS-1", "Bevisposten kan inte läsas.", error.to_string());
            judged.failures.push((SubIndication::FormatFailure, finding));
            return judged;
        }
    };
    judged.failures.extend(digests(&record, objects, scope, meter).err());
    judged.failures.extend(order(&record));
    judged.stamps = tokens(&record, known, meter);
    judged.failures.extend(judged.stamps.iter().flat_map(|stamp| stamp.failures.iter().cloned()));
    judged.failures.extend(algorithms(&record, known));
    judged.failures.sort_by_key(|(sub, _)| std::cmp::Reverse(sub.indication()));
    if judged.failures.is_empty() {
        let proof = |stamp: Option<&existence::Judged>| stamp.and_then(|stamp| stamp.proof.clone());
        let holds_until = proof(judged.stamps.last()).and_then(|newest| newest.holds_until);
        judged.proof = proof(judged.stamps.first()).map(|first| Proof { holds_until, ..first });
    }
    judged.record = Some(record);
    judged
}

/// Steps 1 and 2: whether every chain leads from the objects, and every renewal from what it renews, to its imprint.
///
/// # Errors
/// `HASH_FAILURE` or `FORMAT_FAILURE`; `SIG_CONSTRAINTS_FAILURE` for an encrypted record,
/// `CRYPTO_CONSTRAINTS_FAILURE_NO_POE` where a digest cannot be computed.
pub fn digests(
    record: &EvidenceRecord,
    objects: &[Object<'_>],
    scope: Scope,
    meter: &mut Meter,
) -> Result<(), Failure> {
    if record.encrypted {
        return Err(failure(
            SubIndication::SigConstraintsFailure,
            "ERS-1",
            "Bevisposten gäller krypterade handlingar och kan inte kontrolleras här.",
            "The evidence record is over encrypted documents and cannot be checked here.",
        ));
    }
    let mut known = Digests { objects, meter, made: BTreeMap::new() };
    for (place, chain) in record.chains.iter().enumerate() {
        let Some((first, renewals)) = chain.stamps.split_first() else { continue };
        let algorithm = algorithm(first)?;
        let mut covered = known.of_objects(algorithm)?;
        if let Some(before) = record.before(place) {
            let before = known.of(algorithm, &before)?;
            let renewed = |own: &Vec<u8>| crypto::digest(algorithm, &[own, &before]);
            covered = covered.iter().map(renewed).collect();
        }
        leads(first, algorithm, &covered, scope)?;
        let mut previous = first;
        for renewal in renewals {
            if self::algorithm(renewal)? != algorithm {
                return Err(mismatch("A chain has two digest algorithms."));
            }
            let covered = [known.of(algorithm, &previous.raw_token)?];
            leads(renewal, algorithm, &covered, Scope::Each)?;
            previous = renewal;
        }
    }
    Ok(())
}

/// The digests of the objects, each made once for each algorithm.
struct Digests<'d, 'o> {
    objects: &'d [Object<'o>],
    meter: &'d mut Meter,
    made: BTreeMap<DigestAlgorithm, Vec<Vec<u8>>>,
}

impl Digests<'_, '_> {
    fn of(&mut self, algorithm: DigestAlgorithm, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let sub = SubIndication::CryptoConstraintsFailureNoPoe;
        self.meter.digest(length).map_err(|_| (sub, wording::limit_met()))?;
        Ok(crypto::digest(algorithm, &[bytes]))
    }

    fn of_objects(&mut self, algorithm: DigestAlgorithm) -> Result<Vec<Vec<u8>>, Failure> {
        if let Some(made) = self.made.get(&algorithm) {
            return Ok(made.clone());
        }
        let mut made = Vec::new();
        for object in self.objects {
            made.push(match *object {
                Object::Bytes(bytes) => self.of(algorithm, bytes)?,
                Object::Digest(given, digest) if given == algorithm => digest.to_vec(),
                Object::Digest(..) => return Err(unknown("The object itself is needed for another digest algorithm.")),
            });
        }
        self.made.insert(algorithm, made.clone());
        Ok(made)
    }
}

/// The algorithm of the lists, which must be the imprint's.
fn algorithm(stamp: &ArchiveTimeStamp) -> Result<DigestAlgorithm, Failure> {
    if *stamp.algorithm() != stamp.token.info.imprint_algorithm.oid {
        return Err(mismatch("The lists have another digest algorithm than the time stamp."));
    }
    let known = DigestAlgorithm::from_oid(stamp.algorithm().as_str());
    known.ok_or_else(|| unknown("The digest algorithm is not one we compute."))
}

/// 13.3: from the digests of what is covered, list by list, to the imprint.
fn leads(
    stamp: &ArchiveTimeStamp,
    algorithm: DigestAlgorithm,
    covered: &[Vec<u8>],
    scope: Scope,
) -> Result<(), Failure> {
    let lists = stamp.lists.as_deref();
    let root = match (lists, covered) {
        (_, []) => return Err(mismatch("Nothing was presented.")),
        (None, [only]) => only.clone(),
        (None, _) => return Err(mismatch("The record is over one object and several were presented.")),
        (Some(lists), _) => {
            let first = lists.first().map(Vec::as_slice).unwrap_or_default();
            if !covered.iter().all(|digest| first.contains(digest)) {
                return Err(mismatch("An object is not in the record."));
            }
            if scope == Scope::Group && !first.iter().all(|digest| covered.contains(digest)) {
                return Err(mismatch("The record is over more than the group that was presented."));
            }
            climb(lists, algorithm)?
        }
    };
    match root == stamp.token.info.imprint {
        true => Ok(()),
        false => Err(mismatch("The lists do not lead to what was stamped.")),
    }
}

/// The root over the lists: of each list with what the one below it came to, sorted; one digest alone stays itself.
fn climb(lists: &[Vec<Vec<u8>>], algorithm: DigestAlgorithm) -> Result<Vec<u8>, Failure> {
    let mut below: Option<Vec<u8>> = None;
    for list in lists {
        let mut digests: Vec<&[u8]> = list.iter().chain(&below).map(Vec::as_slice).collect();
        if digests.iter().any(|digest| digest.len() != algorithm.len()) {
            return Err(failure(
                SubIndication::FormatFailure,
                "ERS-2",
                "En kontrollsumma i bevisposten har fel längd.",
                "A digest in the evidence record has the wrong length.",
            ));
        }
        digests.sort_unstable();
        below = match digests.as_slice() {
            [] => None,
            [only] => Some(only.to_vec()),
            several => Some(crypto::digest(algorithm, several)),
        };
    }
    below.ok_or_else(|| mismatch("The lists are empty."))
}

/// Step 3: no time stamp may be older than the one it renews.
fn order(record: &EvidenceRecord) -> Option<Failure> {
    let times: Vec<Timestamp> = record.stamps().map(|stamp| stamp.token.info.gen_time).collect();
    let sub = SubIndication::TimestampOrderFailure;
    (!times.is_sorted()).then(|| (sub, Finding { code: "ERS-3", text: wording::cause(sub) }))
}

/// Step 4: the newest token now; each that passes proves the one before it, with all that this carries. That the imprints
/// are right is step 2's to say.
fn tokens(record: &EvidenceRecord, known: Circumstances<'_>, meter: &mut Meter) -> Vec<existence::Judged> {
    let mut evidence = known.evidence.unplaced();
    let stamps: Vec<&ArchiveTimeStamp> = record.stamps().collect();
    for (place, stamp) in stamps.iter().enumerate() {
        evidence.hold(&stamp.token.signed_data, place.saturating_add(1), known.budget);
    }
    let mut proofs = Proofs::none(known.proofs.now());
    let mut judged = Vec::with_capacity(stamps.len());
    for (place, stamp) in stamps.into_iter().enumerate().rev() {
        let existed = proofs.of_revision(place.saturating_add(1)).map(|proof| proof.time);
        let known = Circumstances { evidence: &evidence, proofs: &proofs, ..known };
        let (token, by) = (stamp.token.clone(), ProofKind::EvidenceRecord);
        let one = existence::weigh(token, DigestState::Match, by, existed, known, meter);
        if let Some(proof) = one.proof.clone() {
            proofs.add(place, proof);
        }
        judged.push(one);
    }
    judged.reverse();
    judged
}

/// Step 5: each chain's digest algorithm reliable until the next chain took over; the last one's, now.
fn algorithms(record: &EvidenceRecord, known: Circumstances<'_>) -> Option<Failure> {
    let taken_over = record.chains.iter().skip(1).filter_map(|chain| chain.stamps.first());
    let ends = taken_over.map(|stamp| stamp.token.info.gen_time).chain([known.proofs.now()]);
    let weak = record.chains.iter().zip(ends).any(|(chain, end)| {
        let used = chain.stamps.first().and_then(|stamp| DigestAlgorithm::from_oid(stamp.algorithm().as_str()));
        used.is_none_or(|used| !known.policy.reliable(Mechanism::Digest(used.name())).at(end))
    });
    let sub = SubIndication::CryptoConstraintsFailureNoPoe;
    weak.then(|| (sub, Finding { code: "ERS-5", text: wording::cause(sub) }))
}

/// The digests lead elsewhere.
fn mismatch(en: &str) -> Failure {
    failure(SubIndication::HashFailure, "ERS-2", "Bevisposten gäller något annat än den här filen.", en)
}

/// The digests cannot be followed.
fn unknown(en: &str) -> Failure {
    let sub = SubIndication::CryptoConstraintsFailureNoPoe;
    failure(sub, "ERS-2", "Bevispostens kontrollsummor kan inte räknas ut.", en)
}

fn failure(sub: SubIndication, code: &'static str, sv: &str, en: &str) -> Failure {
    (sub, Finding::new(code, sv, en))
}
