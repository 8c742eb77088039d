//! Signature validation tokens, made: RFC 9321 as a JSON Web Token in compact form (RFC 7515), by a key of ours.
//! The plain token. RFC 9321 puts it in a PDF by a document timestamp, for which the key of a time-stamping authority
//! would be needed, which an archive is not; the token says the same beside the file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use serde_json::Value;
use serde_json::json;

use crate::archive::encoding::hex;
use crate::archive::signer;
use crate::archive::signer::Signer;
use crate::format::budget::Budget;
use crate::verify::issue;
use crate::verify::report::Report;

/// A token about a document that was verified, signed now. `issuer`: what we call ourselves, by custom an address.
/// `None`: no signature of it passed, so there is nothing to attest.
///
/// # Errors
/// Without random numbers.
pub fn issue(
    report: &Report,
    document: &[u8],
    budget: &Budget,
    issuer: &str,
    signer: &Signer,
    now: Timestamp,
) -> Result<Option<String>, signer::Error> {
    let Some(found) = issue::claims(report, document, budget, signer.digest()) else { return Ok(None) };
    let mut number = [0; 16];
    SystemRandom::new().fill(&mut number).map_err(|_| signer::Error::Randomness)?;
    let chain: Vec<String> = signer.certificates().iter().map(|one| STANDARD.encode(one.der())).collect();
    let header = json!({ "typ": "JWT", "alg": signer.jose(), "x5c": chain });
    let claims = json!({
        "jti": hex(&number),
        "iss": issuer,
        "iat": now.as_second(),
        "sig_val_claims": found,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(signer.sign_jose(signed.as_bytes())?);
    Ok(Some(format!("{signed}.{signature}")))
}
