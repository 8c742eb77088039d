//! What is known beside the document: certificates and revocation data, collected before anything is judged.
//! VALIDATION 2 and 9.1. The engine never fetches; what is missing stands in the report, and the call is made again.

use crate::format::bankid::Completion;
use crate::format::crl::Crl;
use crate::format::ocsp;
use crate::format::x509::Certificate;

/// Pieces of one kind that are kept; a hostile file could list millions.
pub const PIECES_MAX: usize = 2_000;

/// BankID signatures that are kept; minutes have a handful of signers.
const BANKID_MAX: usize = 50;

/// Collected proofs, read once. What could not be read is counted, never believed.
#[derive(Clone, Default)]
pub struct Evidence {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    ocsp_responses: Vec<ocsp::Response>,
    bankid: Vec<Completion>,
    unreadable: usize,
}

impl Evidence {
    /// Nothing but what the document itself holds.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a certificate in DER.
    pub fn add_certificate(&mut self, der: &[u8]) {
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

    /// Adds a revocation list in DER.
    pub fn add_crl(&mut self, der: &[u8]) {
        match Crl::read(der) {
            Ok(list) if self.crls.len() < PIECES_MAX => self.crls.push(list),
            Ok(_) => {}
            Err(_) => self.unreadable += 1,
        }
    }

    /// Adds an OCSP response in DER, whole or basic; its responders' certificates come with it.
    pub fn add_ocsp(&mut self, der: &[u8]) {
        match ocsp::Response::read(der) {
            Ok(response) if self.ocsp_responses.len() < PIECES_MAX => self.ocsp_responses.push(response),
            Ok(_) => {}
            Err(_) => self.unreadable += 1,
        }
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

    /// Every certificate known.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Every revocation list known.
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// Every OCSP response known.
    pub fn ocsp_responses(&self) -> &[ocsp::Response] {
        &self.ocsp_responses
    }

    /// Pieces that could not be read.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }
}
