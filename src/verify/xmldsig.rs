//! Does an XML signature hold, and over what? W3C XML Signature 1.1 with the algorithms of RFC 9231.
//! What was signed is what is returned: a reader goes on from the nodes of the receipt and from no others.

use crate::format::x509::PublicKeyInfo;
use crate::format::xml::Node;
use crate::format::xml::algorithm;
use crate::format::xml::canonical;
use crate::format::xml::canonical::canonical;
use crate::format::xml::signature::Signature;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::crypto::Outcome;
use crate::verify::policy::Mechanism;

/// Receipt: the key signed these nodes, as they are read here.
#[derive(Debug)]
pub struct Signed<'a, 'input> {
    targets: Vec<Node<'a, 'input>>,
    mechanisms: Vec<Mechanism>,
}

impl<'a, 'input> Signed<'a, 'input> {
    /// What is signed: the root of the document, or elements, with all that is in them save an enveloped signature.
    pub fn targets(&self) -> &[Node<'a, 'input>] {
        &self.targets
    }

    /// Whether the whole document is signed, as its root or as its element.
    pub fn whole_document(&self) -> bool {
        let whole = |node: &Node<'_, '_>| node.is_root() || *node == node.document().root_element();
        self.targets.iter().any(whole)
    }

    /// What the signature rests on; whether that is reliable is the policy's to say.
    pub fn mechanisms(&self) -> &[Mechanism] {
        &self.mechanisms
    }
}

/// Why a signature is no receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// What is signed has been changed (HASH_FAILURE).
    #[error("what is signed has been changed")]
    Changed,
    /// The value is not this key's (SIG_CRYPTO_FAILURE).
    #[error("the signature is not this key's")]
    NotThisKey,
    /// We cannot tell. Never to be read as "no".
    #[error("cannot be computed: {0}")]
    Unsupported(String),
}

impl From<canonical::Error> for Fault {
    fn from(error: canonical::Error) -> Self {
        Self::Unsupported(error.to_string())
    }
}

/// Verifies a signature with a key that the caller chose: KeyInfo is only a hint at which.
///
/// # Errors
/// The first thing that does not hold: the value, then each reference in turn.
pub fn verify<'a, 'input>(signature: &Signature<'a, 'input>, key: &PublicKeyInfo) -> Result<Signed<'a, 'input>, Fault> {
    let unknown = |identifier: &str| Fault::Unsupported(identifier.to_owned());
    let named = algorithm::signature(signature.algorithm).ok_or_else(|| unknown(signature.algorithm))?;
    let value = match algorithm::writes_a_pair(signature.algorithm) {
        true => algorithm::pair(&signature.value),
        false => Some(signature.value.clone()),
    };
    let signed_info = canonical(signature.signed_info, &signature.canonicalization, None)?;
    match value.map(|value| crypto::verify(key, &named, None, &[&signed_info], &value)) {
        Some(Outcome::Valid { .. }) => {}
        Some(Outcome::Unsupported(what)) => return Err(Fault::Unsupported(what)),
        Some(Outcome::Invalid) | None => return Err(Fault::NotThisKey),
    }
    let mut mechanisms = Mechanism::of(key, &named, None);
    for reference in &signature.references {
        let named = algorithm::digest(reference.digest_algorithm).and_then(DigestAlgorithm::from_oid);
        let named = named.ok_or_else(|| unknown(reference.digest_algorithm))?;
        let without = reference.enveloped.then_some(signature.element);
        let bytes = canonical(reference.target, &reference.canonicalization, without)?;
        if crypto::digest(named, &[&bytes]) != reference.digest {
            return Err(Fault::Changed);
        }
        mechanisms.push(Mechanism::Digest(named.name()));
    }
    let targets = signature.references.iter().map(|reference| reference.target).collect();
    Ok(Signed { targets, mechanisms })
}
