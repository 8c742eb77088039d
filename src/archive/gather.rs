//! What a report says is missing is fetched, within limits, and the same pure call is made again.
//! VALIDATION 2 (fetch permission), 8.2 (AIA), 9.1 (7) and OC-12; RFC 5280 4.2.1.13, RFC 6960 A.1.

use std::time::Duration;
use std::time::Instant;

use ring::rand::SecureRandom;
use ring::rand::SystemRandom;

use crate::archive::fetch::Exchange;
use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::archive::pieces;
use crate::archive::pieces::Kind;
use crate::archive::pieces::Piece;
use crate::format::ocsp;
use crate::format::ocsp::Nonce;
use crate::verify::evidence::Evidence;
use crate::verify::missing::Missing;
use crate::verify::report::Report;

/// The media type of a question to a responder.
const OCSP_REQUEST: &str = "application/ocsp-request";

/// How much may be fetched for one document, from whom, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Who may be asked, and how long one answer may take.
    pub limits: Limits,
    /// Time for everything one document needs.
    pub time_max: Duration,
    /// Answers asked for.
    pub answers_max: usize,
    /// Times that the report is made again: an issuer, then its revocation data, then its list.
    pub rounds_max: usize,
    /// Bytes of one revocation list.
    pub list_bytes_max: u64,
    /// Bytes of one OCSP answer, certificate or bundle of certificates.
    pub piece_bytes_max: u64,
    /// Bytes of all answers.
    pub bytes_max: u64,
}

impl Options {
    /// The limits that hold when nobody asked for others.
    pub const STANDARD: Self = Self {
        limits: Limits::PUBLIC,
        time_max: Duration::from_secs(25),
        answers_max: 20,
        rounds_max: 3,
        list_bytes_max: 64 << 20,
        piece_bytes_max: 256 << 10,
        bytes_max: 128 << 20,
    };
}

/// One thing that was asked for.
#[derive(Debug)]
pub struct Asked {
    /// What.
    pub missing: Missing,
    /// Its bytes, as they came; or why there are none.
    pub answer: Result<Vec<u8>, Trouble>,
}

/// A report with what was fetched for it.
#[derive(Debug)]
pub struct Gathered {
    /// The last report.
    pub report: Report,
    /// Everything that was asked for, in the order of asking.
    pub asked: Vec<Asked>,
}

/// Judges, fetches what is missing, and judges again, until nothing new can be fetched or a limit is met. `judge` makes
/// the report from the evidence; it is called at least once.
pub fn gather(options: &Options, given: Evidence, judge: impl Fn(&Evidence) -> Report) -> Gathered {
    let mut round = Round { options, exchange: Exchange::new(&options.limits), asked: Vec::new(), bytes: 0 };
    let deadline = Instant::now() + options.time_max;
    let mut evidence = given;
    let mut report = judge(&evidence);
    for _ in 0..options.rounds_max {
        if !round.fetch(&report.missing, deadline, &mut evidence) {
            break;
        }
        report = judge(&evidence);
    }
    Gathered { report, asked: round.asked }
}

/// Fetches what a judgement of something else than a document lacks, and asks it again, as [`gather`] does for a report.
/// `judge` says what is missing. Gives what came.
pub fn settle(options: &Options, judge: impl Fn(&Evidence) -> Vec<Missing>) -> Vec<Piece> {
    let mut round = Round { options, exchange: Exchange::new(&options.limits), asked: Vec::new(), bytes: 0 };
    let deadline = Instant::now() + options.time_max;
    let mut evidence = Evidence::none();
    for _ in 0..options.rounds_max {
        if !round.fetch(&judge(&evidence), deadline, &mut evidence) {
            break;
        }
    }
    pieces(&round.asked)
}

/// What was spent so far.
struct Round<'o> {
    options: &'o Options,
    exchange: Exchange,
    asked: Vec<Asked>,
    bytes: u64,
}

impl Round<'_> {
    /// Asks for what is missing and was not asked for before; for lists only when nothing smaller came. Whether anything
    /// came.
    fn fetch(&mut self, missing: &[Missing], deadline: Instant, evidence: &mut Evidence) -> bool {
        let new = missing.iter().filter(|one| !self.asked.iter().any(|asked| asked.missing == **one));
        let new = new.filter(|one| !matches!(one, Missing::Anchor(_))).cloned();
        let (lists, small): (Vec<Missing>, Vec<Missing>) = new.partition(|one| matches!(one, Missing::Crl(_)));
        let mut all = |wanted: Vec<Missing>| {
            let came = wanted.into_iter().map(|one| self.one(one, deadline, evidence));
            came.fold(false, |any, came| any | came)
        };
        all(small) || all(lists)
    }

    fn one(&mut self, missing: Missing, deadline: Instant, evidence: &mut Evidence) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let bytes_left = self.options.bytes_max.saturating_sub(self.bytes);
        if self.asked.len() >= self.options.answers_max || left.is_zero() || bytes_left == 0 {
            return false;
        }
        let answer = self.ask(&missing, left, bytes_left);
        self.bytes += answer.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let answer = answer.and_then(|bytes| take(&missing, bytes, evidence));
        let came = answer.is_ok();
        self.asked.push(Asked { missing, answer });
        came
    }

    fn ask(&self, missing: &Missing, left: Duration, bytes_left: u64) -> Result<Vec<u8>, Trouble> {
        let piece = self.options.piece_bytes_max.min(bytes_left);
        match missing {
            Missing::Crl(url) => self.exchange.get(url, left, self.options.list_bytes_max.min(bytes_left))?.ok(),
            Missing::Issuer(url) => self.exchange.get(url, left, piece)?.ok(),
            Missing::Ocsp(url, request) => {
                let nonce = nonce()?;
                let answer = self.exchange.post(url, OCSP_REQUEST, &request.to_der(&nonce), left, piece)?.ok()?;
                let response = ocsp::Response::read(&answer).map_err(|error| Trouble::Unreadable(error.to_string()))?;
                if nonce.fits(&response) { Ok(answer) } else { Err(Trouble::Nonce) }
            }
            Missing::Anchor(_) => Err(Trouble::Address),
        }
    }
}

fn nonce() -> Result<Nonce, Trouble> {
    let mut random = [0; 32];
    SystemRandom::new().fill(&mut random).map_err(|_| Trouble::Nonce)?;
    Ok(Nonce::new(random))
}

/// Adds an answer to the evidence. What is not what was asked for is refused, and believed in no case: that is for the
/// verification to say.
fn take(missing: &Missing, bytes: Vec<u8>, evidence: &mut Evidence) -> Result<Vec<u8>, Trouble> {
    let kind = kind(missing).ok_or(Trouble::Address)?;
    match pieces::add(kind, &bytes, evidence) {
        true => Ok(bytes),
        false => Err(Trouble::Unreadable("it is not what was asked for".to_owned())),
    }
}

/// What is asked for where this is missing; nobody is asked whom to trust.
fn kind(missing: &Missing) -> Option<Kind> {
    match missing {
        Missing::Crl(_) => Some(Kind::Crl),
        Missing::Ocsp(..) => Some(Kind::Ocsp),
        Missing::Issuer(_) => Some(Kind::Certificate),
        Missing::Anchor(_) => None,
    }
}

impl Gathered {
    /// What came, as pieces of evidence.
    pub fn pieces(&self) -> Vec<Piece> {
        pieces(&self.asked)
    }
}

fn pieces(asked: &[Asked]) -> Vec<Piece> {
    let piece = |asked: &Asked| {
        let (Missing::Crl(url) | Missing::Ocsp(url, _) | Missing::Issuer(url)) = &asked.missing else {
            return None;
        };
        let name = url.rsplit('/').next().unwrap_or_default().to_owned();
        let bytes = asked.answer.as_ref().ok()?.clone();
        Some(Piece { name, kind: kind(&asked.missing), bytes, address: Some(url.clone()) })
    };
    asked.iter().filter_map(piece).collect()
}
