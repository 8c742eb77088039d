//! What certificates say of policies besides naming them.
//! RFC 5280 4.2.1.5, 4.2.1.11 and 4.2.1.14; what follows from it is `verify::path`'s.

use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;

/// One pair of policyMappings: the issuer's policy, and the subject's that counts as equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyMapping {
    /// issuerDomainPolicy.
    pub issuer: Oid,
    /// subjectDomainPolicy.
    pub subject: Oid,
}

/// policyConstraints: after how many further certificates a rule begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// requireExplicitPolicy: each further certificate must be under a policy.
    pub require_explicit: Option<u64>,
    /// inhibitPolicyMapping: mappings no longer count.
    pub inhibit_mapping: Option<u64>,
}

/// `SEQUENCE SIZE (1..MAX) OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }`
pub(super) fn mappings(value: &[u8]) -> Result<Vec<PolicyMapping>, der::Error> {
    let mut list = Reader::new(value).only_sequence()?;
    let mut found = Vec::new();
    while !list.is_empty() || found.is_empty() {
        let mut pair = list.sequence()?;
        found.push(PolicyMapping { issuer: pair.oid()?, subject: pair.oid()? });
        pair.finish()?;
    }
    Ok(found)
}

/// `SEQUENCE { requireExplicitPolicy [0], inhibitPolicyMapping [1] }`, one of them at least.
pub(super) fn constraints(value: &[u8]) -> Result<PolicyConstraints, der::Error> {
    let mut fields = Reader::new(value).only_sequence()?;
    let require_explicit = fields.optional(der::context(0))?.map(|skip| skip.unsigned()).transpose()?;
    let inhibit_mapping = fields.optional(der::context(1))?.map(|skip| skip.unsigned()).transpose()?;
    fields.finish()?;
    match (require_explicit, inhibit_mapping) {
        (None, None) => Err(der::Error::Content { at: 0, what: "policy constraint, for it is empty" }),
        (Some(_), _) | (None, Some(_)) => Ok(PolicyConstraints { require_explicit, inhibit_mapping }),
    }
}

/// `INTEGER (0..MAX)`
pub(super) fn inhibit_any(value: &[u8]) -> Result<u64, der::Error> {
    let mut fields = Reader::new(value);
    let skip = fields.expect(der::INTEGER)?.unsigned()?;
    fields.finish()?;
    Ok(skip)
}
