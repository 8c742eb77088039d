//! What is known beside the document: certificates, revocation data and evidence records, collected before anything is
//! judged.
//! VALIDATION 2 and 9.1. The engine never fetches; what is missing stands in the report, and the call is made again.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::format::bankid::Completion;
use crate::format::budget::Budget;
use crate::format::cms::SignedData;
use crate::format::crl::Crl;
use crate::format::ocsp;
use crate::format::svt;
use crate::format::x509::Certificate;
use crate::verify::crypto;

/// Pieces of one kind that are kept; a hostile file could list millions.
pub const PIECES_MAX: usize = 2_000;
/// Evidence records that are kept; each may cost a reading of the whole document.
const RECORDS_MAX: usize = 100;
/// Tokens within tokens that are looked into.
const TOKENS_WITHIN_MAX: usize = 3;

/// BankID signatures that are kept; minutes have a handful of signers.
const BANKID_MAX: usize = 50;

/// A piece with its identity, which is computed once: a list may be of fifty million bytes.
#[derive(Clone, Debug)]
pub struct Held<T> {
    /// SHA-256 over the bytes as received.
    pub id: [u8; 32],
    piece: T,
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.piece
    }
}

/// Collected proofs, read once. What could not be read is counted, never believed.
#[derive(Clone, Default)]
pub struct Evidence {
    certificates: Vec<Certificate>,
    crls: Vec<Held<Crl>>,
    ocsp_responses: Vec<Held<ocsp::Response>>,
    bankid: Vec<Completion>,
    records: Vec<Vec<u8>>,
    tokens: Vec<svt::Token>,
    unreadable: usize,
    revisions: BTreeMap<[u8; 32], usize>,
}

impl Evidence {
    /// Nothing but what the document itself holds.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a certificate in DER.
    pub fn add_certificate(&mut self, der: &[u8]) {
        if self.certificates.iter().any(|known| known.der() == der) {
            return;
        }
        match Certificate::read(der) {
            Ok(certificate) => self.add_certificates([certificate]),
            Err(_) => self.unreadable += 1,
        }
    }

    /// Adds certificates already read; each is kept once.
    pub fn add_certificates(&mut self, certificates: impl IntoIterator<Item = Certificate>) {
        for certificate in certificates {
            if self.certificates.len() < PIECES_MAX && !self.certificates.contains(&certificate) {
                self.certificates.push(certificate);
            }
        }
    }

    /// Adds a revocation list in DER; each is kept once.
    pub fn add_crl(&mut self, der: &[u8]) {
        self.unreadable += usize::from(!add(&mut self.crls, crypto::sha256(&[der]), || Crl::read(der).ok()));
    }

    /// Adds an OCSP response in DER, whole or basic; its responders' certificates come with it. Each is kept once.
    pub fn add_ocsp(&mut self, der: &[u8]) {
        let read = || ocsp::Response::read(der).ok();
        self.unreadable += usize::from(!add(&mut self.ocsp_responses, crypto::sha256(&[der]), read));
    }

    /// Adds what BankID answered about one signing: JSON, or the bare XML signature.
    pub fn add_bankid(&mut self, bytes: &[u8]) {
        match Completion::read(bytes) {
            Ok(completion) if self.bankid.len() < BANKID_MAX && !self.bankid.contains(&completion) => {
                self.bankid.push(completion);
            }
            Ok(_) => {}
            Err(_) => self.unreadable += 1,
        }
    }

    /// Adds the same where a file embedded in the document is that; other files there are none of our concern.
    pub fn add_bankid_found(&mut self, bytes: &[u8]) {
        if Completion::read(bytes).is_ok() {
            self.add_bankid(bytes);
        }
    }

    /// BankID's own evidence, in the order it was given.
    pub fn bankid(&self) -> &[Completion] {
        &self.bankid
    }

    /// Adds an evidence record over the whole document (RFC 4998), as it was received.
    pub fn add_record(&mut self, der: &[u8]) {
        if self.records.len() < RECORDS_MAX {
            self.records.push(der.to_vec());
        }
    }

    /// Adds a signature validation token (RFC 9321) about the document; no more than its issuer's word.
    pub fn add_token(&mut self, token: &[u8]) {
        match svt::Token::read(token) {
            Ok(token) if self.tokens.len() < RECORDS_MAX => self.tokens.push(token),
            Ok(_) => {}
            Err(_) => self.unreadable = self.unreadable.saturating_add(1),
        }
    }

    /// Signature validation tokens, in the order they were given.
    pub fn tokens(&self) -> &[svt::Token] {
        &self.tokens
    }

    /// Notes that a piece stands in the document from a revision on: a proof over that revision is one over the piece
    /// (VALIDATION 4.3). The first revision counts; what was only handed in stands in none.
    pub fn place(&mut self, der: &[u8], revision: usize) {
        self.place_id(crypto::sha256(&[der]), revision);
    }

    fn place_id(&mut self, id: [u8; 32], revision: usize) {
        let first = self.revisions.entry(id).or_insert(revision);
        *first = revision.min(*first);
    }

    /// Adds what a signature or token carries in its own CMS (VALIDATION 9.1, 2 to 5): certificates, lists and answers, in
    /// its attributes and in the tokens among them too. `revision`: the first that a proof over it must cover.
    pub fn hold(&mut self, data: &SignedData, revision: usize, budget: &Budget) {
        self.hold_within(data, revision, budget, TOKENS_WITHIN_MAX);
    }

    fn hold_within(&mut self, data: &SignedData, revision: usize, budget: &Budget, deeper: usize) {
        data.certificates.iter().for_each(|certificate| self.place(certificate.der(), revision));
        self.add_certificates(data.certificates.iter().cloned());
        self.hold_revocation(&data.crls, &data.ocsps, revision);
        for signer in &data.signers {
            let signed = signer.signed.as_ref();
            let signed = signed.and_then(|signed| signed.attributes().adobe_revocation().ok().flatten());
            let unsigned = signer.unsigned.revocation_values().ok().flatten();
            for carried in signed.iter().chain(&unsigned) {
                self.hold_revocation(&carried.crls, &carried.ocsps, revision);
            }
            for der in signer.unsigned.certificate_values().ok().flatten().unwrap_or_default() {
                self.add_certificate(&der);
                self.place(&der, revision);
            }
            let tokens = signer.signature_time_stamps().chain(signer.content_time_stamps());
            for token in tokens.chain(signer.archive_time_stamps()) {
                if let (Some(deeper), Ok(token)) = (deeper.checked_sub(1), SignedData::read(token, budget)) {
                    self.hold_within(&token, revision, budget, deeper);
                }
            }
        }
    }

    /// Adds revocation data that stands in the document from a revision on.
    pub fn hold_revocation(&mut self, crls: &[Vec<u8>], ocsp_responses: &[Vec<u8>], revision: usize) {
        for der in crls {
            let id = crypto::sha256(&[der]);
            self.unreadable += usize::from(!add(&mut self.crls, id, || Crl::read(der).ok()));
            self.place_id(id, revision);
        }
        for der in ocsp_responses {
            self.add_ocsp(der);
            self.place(der, revision);
        }
    }

    /// The same evidence, as if it were handed in: standing in no document.
    #[must_use]
    pub fn unplaced(&self) -> Self {
        Self { revisions: BTreeMap::new(), ..self.clone() }
    }

    /// The first revision that holds the piece with this SHA-256, if the document holds it.
    pub fn revision_of(&self, piece: &[u8; 32]) -> Option<usize> {
        self.revisions.get(piece).copied()
    }

    /// Every certificate known.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Every revocation list known.
    pub fn crls(&self) -> &[Held<Crl>] {
        &self.crls
    }

    /// Every OCSP response known.
    pub fn ocsp_responses(&self) -> &[Held<ocsp::Response>] {
        &self.ocsp_responses
    }

    /// Every evidence record handed in.
    pub fn records(&self) -> &[Vec<u8>] {
        &self.records
    }

    /// Pieces that could not be read.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }
}

/// Adds what is read, unless it is there or there is no room; false where it cannot be read.
fn add<T>(to: &mut Vec<Held<T>>, id: [u8; 32], read: impl FnOnce() -> Option<T>) -> bool {
    if to.len() >= PIECES_MAX || to.iter().any(|held| held.id == id) {
        return true;
    }
    let piece = read();
    let read = piece.is_some();
    to.extend(piece.map(|piece| Held { id, piece }));
    read
}
