//! Which certificate belongs to which entry of the signature page?
//! Notes on Swedish minutes, 1.8 (times, ids) and 5.2 number 16 (signers in any order, seals among them).

use std::cmp::Reverse;

use crate::format::minutes::signpage::PageEntry;
use crate::format::minutes::transaction::transaction_key;
use crate::verify::agreement::CertifiedSigner;
use crate::verify::agreement::name::Likeness;

/// How far a printed time may lie from the certificate's (notes 1.8: within ten seconds is expected, 120 allowed).
pub(super) const TIME_TOLERANCE_SECONDS: u64 = 120;

/// A page entry and the certificate that belongs to it, if any.
pub(super) struct Pair<'a> {
    pub(super) entry: &'a PageEntry,
    pub(super) signer: Option<&'a CertifiedSigner<'a>>,
    pub(super) likeness: Likeness,
}

impl Pair<'_> {
    pub(super) fn is(&self, signer: &CertifiedSigner<'_>) -> bool {
        self.signer.is_some_and(|own| std::ptr::eq(own, signer))
    }

    /// True where a certificate that holds confirms the entry.
    pub(super) fn confirmed(&self) -> bool {
        self.likeness > Likeness::Other && self.signer.is_some_and(|signer| signer.holds)
    }

    pub(super) fn name(&self) -> &str {
        self.entry.name.as_deref().unwrap_or_default()
    }
}

/// Gives every entry the certificate that fits best, each certificate once: first those with the same id or name,
/// then those that are close, then those that at least signed at that time.
pub(super) fn pairs<'a>(entries: &'a [PageEntry], signers: &'a [CertifiedSigner<'a>]) -> Vec<Pair<'a>> {
    let mut free: Vec<&CertifiedSigner<'_>> = signers.iter().collect();
    let mut pairs: Vec<Pair<'_>> =
        entries.iter().map(|entry| Pair { entry, signer: None, likeness: Likeness::Other }).collect();
    for wanted in [Likeness::Same, Likeness::Close, Likeness::Other] {
        for pair in pairs.iter_mut().filter(|pair| pair.signer.is_none()) {
            let fits = |signer: &CertifiedSigner<'_>| {
                let likeness = signer.likeness(pair.name());
                let likeness = if same_id(pair.entry, signer) { likeness.max(Likeness::Close) } else { likeness };
                let apart = seconds_apart(pair.entry, signer).unwrap_or(u64::MAX);
                let fits = likeness >= wanted && (wanted > Likeness::Other || apart <= TIME_TOLERANCE_SECONDS);
                fits.then_some((same_id(pair.entry, signer), likeness, Reverse(apart)))
            };
            let best = (0..free.len())
                .filter_map(|at| Some((fits(free.get(at)?)?, at)))
                .max_by_key(|(rank, at)| (*rank, Reverse(*at)));
            if let Some(((_, likeness, _), at)) = best {
                pair.signer = Some(free.remove(at));
                pair.likeness = likeness;
            }
        }
    }
    pairs
}

pub(super) fn same_id(entry: &PageEntry, signer: &CertifiedSigner<'_>) -> bool {
    entry
        .transaction_id
        .as_ref()
        .is_some_and(|id| signer.transaction_ids.iter().any(|own| transaction_key(own) == id.key()))
}

pub(super) fn seconds_apart(entry: &PageEntry, signer: &CertifiedSigner<'_>) -> Option<u64> {
    Some(entry.signed_at?.as_second().abs_diff(signer.certified_at()?.as_second()))
}
