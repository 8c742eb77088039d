//! When did it exist at the latest? A time stamp over what was registered since the one before, asked of an authority
//! (RFC 3161), from which every record gets its own evidence record (RFC 4998). VALIDATION 7, 13; LEDGER 6.7.
//!
//! The ledger's own tree cannot be re-expressed: RFC 4998 sorts children and has no domain bytes. So each stamp has a
//! tree of its own: first the checkpoint, then one blinded leaf for every entry. One token serves all of them, and as
//! the checkpoint is a leaf, it dates the whole ledger below it.
//!
//! A stamp is a file in `stamps/`, replaced only by itself with a renewal more. What renewal needs is kept with it; its
//! leaves say nothing once a record's salt is destroyed.

pub mod daily;
mod examine;
mod renew;
mod tree;
mod wire;

use std::fs;
use std::fs::File;
use std::fs::TryLockError;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use jiff::Timestamp;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use serde::{Deserialize, Serialize};

use crate::archive::encoding::hex;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::entry::Salt;
use crate::archive::error as archive;
use crate::archive::fetch::Exchange;
use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::archive::gather;
use crate::archive::house::Archive;
use crate::archive::pieces::Collected;
use crate::archive::pieces::Piece;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::format::timestamp::Response;
use crate::format::timestamp::Token;
use crate::format::x509::Serial;
use crate::store::disk;
use crate::verify::asked::Refusal;
use crate::verify::asked::Request;
use crate::verify::budget;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::ers;
use crate::verify::evidence::Evidence;
use crate::verify::existence;
use crate::verify::existence::Circumstances;
use crate::verify::integrity::DigestState;
use crate::verify::proof::Proof;
use crate::verify::proof::ProofKind;
use crate::verify::proof::Proofs;
use crate::verify::text::Text;
use crate::verify::trust::Trust;

/// The folder of stamps in the archive's directory.
const FOLDER: &str = "stamps";
const SCHEMA: &str = "sigill.stamp/1";
/// The media types of RFC 3161 3.4.
const QUESTION: &str = "application/timestamp-query";
/// Largest answer of an authority, in bytes: a token with its certificates has some five thousand.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Time for the authority to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// Entries under one stamp at most: its leaves are held in memory, and 64 MB of digests are enough.
const ENTRIES_MAX: u64 = 1 << 20;
/// Renewed so long before a certificate or an algorithm ends (VALIDATION 13.5).
const BEFORE_END: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Whom to ask for time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Its address, https by custom; only this very host is asked.
    pub url: String,
}

/// One stamp as it lies on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stamp {
    schema: String,
    /// The first entry under it, and the first that no longer is.
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The checkpoint, over `to` entries or more: the first leaf.
    checkpoint: String,
    /// One for each digest algorithm, oldest first.
    chains: Vec<Chain>,
    /// Certificates and revocation data fetched for the tokens, as they came; base64.
    #[serde(default)]
    material: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    /// Its name, such as `SHA-256`.
    algorithm: String,
    /// The checkpoint's leaf, then those of the entries; hex.
    leaves: Vec<String>,
    /// Tokens, oldest first, each after the first over the one before; base64.
    tokens: Vec<String>,
}

/// What a round of stamping did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamped {
    /// Entries under new stamps.
    pub entries: u64,
    /// Stamps renewed with a newer token.
    pub renewed: u64,
    /// Stamps renewed with a newer algorithm.
    pub rehashed: u64,
    /// When the newest token says it was made.
    pub time: Option<Timestamp>,
    /// Entries that have a stamp, of all.
    pub covered: u64,
}

/// Why there is no stamp, or no evidence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The authority could not be asked.
    #[error("the authority does not answer: {0}")]
    Unasked(#[from] Trouble),
    /// What it answered is not an answer to what was asked.
    #[error("the authority did not answer what was asked: {0}")]
    Refused(#[from] Refusal),
    /// What it answered is none.
    #[error("the authority's answer cannot be read")]
    Unreadable,
    /// The token does not hold by our own verification; why.
    #[error("the token was not kept: {}", .0.en)]
    NotProven(Text),
    /// Somebody else is stamping this archive at this moment.
    #[error("the archive is being stamped already")]
    UnderWay,
    /// The record has no stamp yet.
    #[error("entry {0} has no time stamp yet")]
    NotYet(u64),
    /// No newer algorithm is known here.
    #[error("no digest algorithm is left to renew with")]
    NoAlgorithm,
    /// The archive.
    #[error(transparent)]
    Archive(#[from] archive::Error),
}

/// A token that was kept in mind, with what it proves and what was fetched for that.
struct Answer {
    token: Vec<u8>,
    proof: Proof,
    pieces: Vec<Piece>,
}

/// The proof, or why there is none.
fn proven(judged: existence::Judged) -> Result<Proof, Error> {
    judged.proof.ok_or_else(|| {
        let why = judged.failures.into_iter().next().map(|(_, finding)| finding.text);
        Error::NotProven(why.unwrap_or_else(|| Text::new("Okänt skäl.", "Unknown reason.")))
    })
}

impl Stamp {
    /// Keeps what was fetched for a token, each piece once.
    fn hold(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            let text = STANDARD.encode(&piece.bytes);
            if !self.material.contains(&text) {
                self.material.push(text);
            }
        }
    }

    /// What was kept, as evidence.
    fn evidence(&self) -> Evidence {
        let piece = |text: &String| {
            let bytes = STANDARD.decode(text).ok()?;
            Some(Piece { name: String::new(), kind: None, bytes, address: None })
        };
        let pieces: Vec<Piece> = self.material.iter().filter_map(piece).collect();
        Collected::of(&pieces).evidence
    }
}

impl Chain {
    fn digest_algorithm(&self) -> Result<DigestAlgorithm, archive::Error> {
        let known = wire::ALGORITHMS.into_iter().find(|one| one.name() == self.algorithm);
        known.ok_or_else(|| archive::Error::Damaged(format!("a stamp's algorithm {}", self.algorithm)))
    }

    fn leaves(&self) -> Result<Vec<Vec<u8>>, archive::Error> {
        let read = |leaf: &String| {
            let short = unhex::<32>(leaf).map(|leaf| leaf.to_vec());
            short.or_else(|| unhex::<64>(leaf).map(|leaf| leaf.to_vec()))
        };
        let leaves: Option<_> = self.leaves.iter().map(read).collect();
        leaves.ok_or_else(|| archive::Error::Damaged("a stamp's leaves".to_owned()))
    }

    fn tokens(&self) -> Result<Vec<Vec<u8>>, archive::Error> {
        let tokens = self.tokens.iter().map(|token| STANDARD.decode(token)).collect::<Result<Vec<_>, _>>();
        tokens.map_err(|_| archive::Error::Damaged("a stamp's tokens".to_owned()))
    }
}

impl Archive {
    /// Stamps what was registered since the last time, and renews what would age within 90 days. Each token is verified
    /// before it is kept.
    ///
    /// # Errors
    /// The first reason why something was not stamped or renewed; all else was, and is kept.
    pub fn stamp(&self, authority: &Authority) -> Result<Stamped, Error> {
        let _alone = self.stamping_alone()?;
        let mut done = Stamped::default();
        let mut stamps = self.stamps()?;
        let fresh = self.stamp_new(authority, &mut stamps, &mut done);
        done.covered = stamps.last().map_or(0, |(_, stamp)| stamp.to);
        // What ages does not wait for what is new.
        let renewed = self.renew(authority, &mut stamps, &mut done);
        fresh.and(renewed).map(|()| done)
    }

    fn stamp_new(
        &self,
        authority: &Authority,
        stamps: &mut Vec<(u64, Stamp)>,
        done: &mut Stamped,
    ) -> Result<(), Error> {
        let next = stamps.last().map_or(0, |(_, stamp)| stamp.to);
        let size = self.ledger.size();
        if next < size {
            let (number, stamp, time) = self.new_stamp(authority, next, size.min(next.saturating_add(ENTRIES_MAX)))?;
            done.entries = stamp.to - stamp.from;
            done.time = Some(time);
            self.keep(number, &stamp)?;
            stamps.push((number, stamp));
        }
        Ok(())
    }

    /// The folder, locked while stamps are made: the service and a person may both come to do it.
    fn stamping_alone(&self) -> Result<File, Error> {
        let folder = self.directory().join(FOLDER);
        disk::create_directory(&folder).map_err(archive::Error::from)?;
        let opened = File::open(&folder).map_err(disk::Error::at("open", &folder)).map_err(archive::Error::from)?;
        match opened.try_lock() {
            Ok(()) => Ok(opened),
            Err(TryLockError::WouldBlock) => Err(Error::UnderWay),
            Err(TryLockError::Error(error)) => {
                Err(archive::Error::from(disk::Error::at("lock", &folder)(error)).into())
            }
        }
    }

    /// When the newest stamp was made, by its newest token; none where there is none.
    pub(crate) fn last_stamped(&self) -> Result<Option<Timestamp>, Error> {
        let Some((_, stamp)) = self.stamps()?.pop() else { return Ok(None) };
        let newest = stamp.chains.last().map(Chain::tokens).transpose()?.and_then(|mut tokens| tokens.pop());
        let read = newest.and_then(|token| Token::read(&token, &self.options.budget).ok());
        Ok(read.map(|token| token.info.gen_time))
    }

    /// A stamp over some entries, not kept yet: its number, itself, its time.
    fn new_stamp(&self, authority: &Authority, from: u64, to: u64) -> Result<(u64, Stamp, Timestamp), Error> {
        let algorithm = wire::ALGORITHMS[0];
        let checkpoint = self.ledger.checkpoint().to_string();
        let mut leaves = vec![crypto::digest(algorithm, &[checkpoint.as_bytes()])];
        for entry in self.ledger.entries(from..to) {
            let (_, bytes) = entry.map_err(archive::Error::from)?;
            leaves.push(self.leaf(algorithm, &bytes)?);
        }
        let root = tree::root(algorithm, &leaves).unwrap_or_default();
        let answer = self.ask(authority, algorithm, &root)?;
        let chain = Chain {
            algorithm: algorithm.name().to_owned(),
            leaves: leaves.iter().map(|leaf| hex(leaf)).collect(),
            tokens: vec![STANDARD.encode(&answer.token)],
        };
        let mut stamp =
            Stamp { schema: SCHEMA.to_owned(), from, to, checkpoint, chains: vec![chain], material: Vec::new() };
        stamp.hold(&answer.pieces);
        Ok((from, stamp, answer.proof.time))
    }

    /// An entry's leaf: its document's digest and the blinder; of what was disposed of, and of what registers no
    /// document, the entry's own digest.
    fn leaf(&self, algorithm: DigestAlgorithm, entry: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.leaf_now(algorithm, entry)?.unwrap_or_else(|| crypto::digest(algorithm, &[entry])))
    }

    /// The leaf of an entry's document; none where that is gone.
    fn leaf_now(&self, algorithm: DigestAlgorithm, entry: &[u8]) -> Result<Option<Vec<u8>>, archive::Error> {
        let registered = self.registered_by(entry)?;
        Ok(registered.map(|(salt, document)| {
            let own = crypto::digest(algorithm, &[&document]);
            tree::node(algorithm, &[&own, &tree::blinder(algorithm, &salt)])
        }))
    }

    /// The document that an entry registers, with its salt; none where that is gone, or is not what was registered: that is
    /// for `check` to tell of, and not to be stamped.
    fn registered_by(&self, entry: &[u8]) -> Result<Option<(Salt, Vec<u8>)>, archive::Error> {
        let Some(entry) = Entry::read(entry).filter(|entry| entry.event == Event::Registered) else { return Ok(None) };
        let Ok(kept) = self.kept_on_disk(entry.record) else { return Ok(None) };
        let Some(stated) = kept.document(&entry) else { return Ok(None) };
        let document = self.documents.get(&hex(&stated))?;
        let genuine = document.filter(|document| crypto::sha256(&[document]) == stated);
        Ok(genuine.map(|document| (kept.salt, document)))
    }

    /// Asks for a token over a digest and verifies it; fetches what that takes, where the archive fetches at all.
    fn ask(&self, authority: &Authority, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Answer, Error> {
        let mut random = [0; 16];
        SystemRandom::new().fill(&mut random).map_err(|_| archive::Error::Randomness)?;
        let nonce = wire::nonce(random);
        let question = wire::question(algorithm, digest, &nonce);
        let limits = Limits { answer_time_max: ANSWER_TIME_MAX, ..Limits::named([authority.url.as_str()]) };
        let exchange = Exchange::new(&limits);
        let answer = exchange.post(&authority.url, QUESTION, &question, ANSWER_TIME_MAX, ANSWER_BYTES_MAX)?.ok()?;
        let response = Response::read(&answer, &self.options.budget).map_err(|_| Error::Unreadable)?;
        let request = Request {
            algorithm,
            imprint: digest.to_vec(),
            nonce: Some(Serial::new(&nonce)),
            policy: None,
            certificates: true,
        };
        request.answered_by(&response)?;
        let token = wire::token(&answer, &self.options.budget).ok_or(Error::Unreadable)?;
        let read = Token::read(&token, &self.options.budget).map_err(|_| Error::Unreadable)?;
        let judge = |evidence: &Evidence| self.weigh(&read, evidence).missing;
        let pieces = self.options.gather.as_ref().map(|options| gather::settle(options, judge)).unwrap_or_default();
        let proof = proven(self.weigh(&read, &Collected::of(&pieces).evidence))?;
        Ok(Answer { token, proof, pieces })
    }

    /// What a token proves now, by our own rules; its imprint is known to be right.
    fn judge_token(&self, token: &[u8], evidence: &Evidence) -> Result<Proof, Error> {
        let token = Token::read(token, &self.options.budget).map_err(|_| Error::Unreadable)?;
        proven(self.weigh(&token, evidence))
    }

    fn weigh(&self, token: &Token, evidence: &Evidence) -> existence::Judged {
        let (trust, proofs) = (self.trust.trust(), Proofs::none(self.now()));
        let known = self.circumstances(&trust, evidence, &proofs);
        let mut meter = Meter::new(budget::Budget::STANDARD);
        let by = ProofKind::EvidenceRecord;
        existence::weigh(token.clone(), DigestState::Match, by, None, known, &mut meter)
    }

    fn circumstances<'k>(&'k self, trust: &'k Trust, evidence: &'k Evidence, proofs: &'k Proofs) -> Circumstances<'k> {
        let (policy, budget) = (&self.options.policy, &self.options.budget);
        Circumstances { evidence, trust, policy, budget, proofs }
    }

    /// A record's evidence: that its document existed at the latest when the stamp over it was made (RFC 4998). It is
    /// verified over the document before it is given.
    ///
    /// # Errors
    /// [`Error::NotYet`]; [`Error::NotProven`] where it would not hold any more.
    pub fn evidence_record(&self, id: RecordId, index: u64) -> Result<Vec<u8>, Error> {
        let stamps = self.stamps()?;
        let covering = stamps.iter().find(|(_, stamp)| (stamp.from..stamp.to).contains(&index));
        let (_, stamp) = covering.ok_or(Error::NotYet(index))?;
        let (_, kept) = self.kept_at(index)?;
        let lost = || archive::Error::Damaged(format!("the document of record {id} is missing"));
        let document = self.documents.get(&kept.record.verification.file.sha256).map_err(archive::Error::from)?;
        let document = document.ok_or_else(lost)?;
        let place = usize::try_from(index - stamp.from).unwrap_or(usize::MAX).saturating_add(1);
        let (algorithms, chains) = stamp.chains_of(place, &document, Some(&kept.salt))?;
        let record = wire::record(&algorithms, &chains);
        let (trust, evidence, proofs) = (self.trust.trust(), stamp.evidence(), Proofs::none(self.now()));
        let known = self.circumstances(&trust, &evidence, &proofs);
        let mut meter = Meter::new(budget::Budget::STANDARD);
        let judged = ers::judge(&record, &[ers::Object::Bytes(&document)], ers::Scope::Each, known, &mut meter);
        match judged.failures.into_iter().next() {
            Some((_, finding)) => Err(Error::NotProven(finding.text)),
            None => Ok(record),
        }
    }

    /// The stamps in their order, each with its number: its first entry.
    pub(crate) fn stamps(&self) -> Result<Vec<(u64, Stamp)>, archive::Error> {
        let folder = self.directory().join(FOLDER);
        let mut numbers = Vec::new();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(disk::Error::at("list", &folder))?,
        };
        for entry in entries {
            let name = entry.map_err(disk::Error::at("list", &folder))?.file_name();
            numbers.extend(name.to_str().and_then(number_of));
        }
        numbers.sort_unstable();
        let mut next = 0;
        let mut stamps = Vec::new();
        for number in numbers {
            let path = self.stamp_path(number);
            let damaged = || archive::Error::Damaged(format!("the time stamp {}", path.display()));
            let bytes = fs::read(&path).map_err(disk::Error::at("read", &path))?;
            let stamp: Stamp = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
            let leaves = usize::try_from(stamp.to.saturating_sub(stamp.from)).unwrap_or(usize::MAX).saturating_add(1);
            let whole = stamp.chains.iter().all(|chain| chain.leaves.len() == leaves && !chain.tokens.is_empty());
            let follows = stamp.schema == SCHEMA && stamp.from == next && stamp.from == number && stamp.to > next;
            if !follows || !whole || stamp.chains.is_empty() || stamp.to > self.ledger.size() {
                return Err(damaged());
            }
            next = stamp.to;
            stamps.push((number, stamp));
        }
        Ok(stamps)
    }

    fn stamp_path(&self, number: u64) -> PathBuf {
        self.directory().join(FOLDER).join(name_of(number))
    }

    /// Keeps a stamp, durably: the old one is there until the new one is.
    fn keep(&self, number: u64, stamp: &Stamp) -> Result<(), archive::Error> {
        disk::create_directory(&self.directory().join(FOLDER))?;
        // A struct of strings and numbers always serialises.
        let bytes = serde_json::to_vec(stamp).unwrap_or_default();
        Ok(disk::replace(&self.stamp_path(number), &bytes)?)
    }
}

/// The name of a stamp's file, by its first entry.
fn name_of(number: u64) -> String {
    format!("{number:020}.json")
}

/// The first entry of a stamp whose file has this name; none of a file that is none.
fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_suffix(".json")?.parse().ok()?;
    (name == name_of(number)).then_some(number)
}
