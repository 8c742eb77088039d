//! Whether a time-stamping authority answered what it was asked, before its token is judged as any other.
//! RFC 3161 2.4.2; VALIDATION 7, of responses.

use crate::format::cms::SignerInfo;
use crate::format::timestamp::Response;
use crate::format::timestamp::Token;
use crate::format::x509::Serial;
use crate::verify::crypto::DigestAlgorithm;

/// What was asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The digest algorithm of the imprint.
    pub algorithm: DigestAlgorithm,
    /// The digest of what is to be stamped.
    pub imprint: Vec<u8>,
    /// The number that only the answer to this question repeats.
    pub nonce: Option<Serial>,
    /// Under which policy, dotted; `None`: any.
    pub policy: Option<String>,
    /// Whether the authority's certificate was asked for.
    pub certificates: bool,
}

/// Why a response is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The authority says no, whatever else it sent.
    #[error("the authority answered with status {0}")]
    Status(u64),
    /// Granted, and nothing sent.
    #[error("the answer holds no token")]
    NoToken,
    /// The token is over something else.
    #[error("the token is not over what was sent")]
    Imprint,
    /// The token answers another question, or an old one.
    #[error("the token does not repeat the nonce")]
    Nonce,
    /// The token was made under another policy.
    #[error("the token has another policy")]
    Policy,
    /// The certificate that was asked for is not there.
    #[error("the token lacks its certificate")]
    NoCertificate,
}

impl Request {
    /// The token, if the response is the answer to this.
    ///
    /// # Errors
    /// The first thing that is not as it was asked.
    pub fn answered_by<'r>(&self, response: &'r Response) -> Result<&'r Token, Refusal> {
        if response.status > 1 {
            return Err(Refusal::Status(response.status));
        }
        let token = response.token.as_ref().ok_or(Refusal::NoToken)?;
        let info = &token.info;
        if info.imprint_algorithm.oid != self.algorithm.oid() || info.imprint != self.imprint {
            return Err(Refusal::Imprint);
        }
        if self.nonce.is_some() && info.nonce != self.nonce {
            return Err(Refusal::Nonce);
        }
        if self.policy.as_ref().is_some_and(|policy| info.policy != policy.as_str()) {
            return Err(Refusal::Policy);
        }
        let certificates = &token.signed_data.certificates;
        let sent = |signer: &SignerInfo| certificates.iter().any(|one| signer.sid.names(one));
        if self.certificates && !token.signed_data.signers.iter().any(sent) {
            return Err(Refusal::NoCertificate);
        }
        Ok(token)
    }
}
