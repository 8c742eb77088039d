//! Revocation lists: what those in reach of a certificate say, alone, over their bases and together. VALIDATION 9.3.

use crate::format::crl::Crl;
use crate::format::crl::Reason;
use crate::format::crl::Revoked;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::evidence::Held;
use crate::verify::policy::Mechanism;
use crate::verify::revocation::Datum;
use crate::verify::revocation::Kind;
use crate::verify::revocation::Says;
use crate::verify::revocation::issuer::Issuers;
use crate::verify::revocation::question::Question;
use crate::verify::revocation::question::Standing;
use crate::verify::revocation::question::doubtful;
use crate::verify::revocation::reach;
use crate::verify::revocation::reach::EVERY_REASON;
use crate::verify::text::Finding;

/// What one list says of the certificate, or a delta over its base.
#[derive(Clone)]
struct Told<'l> {
    list: &'l Held<Crl>,
    /// The reasons it speaks of.
    reasons: u16,
    /// A delta takes the certificate off the list (CL-7).
    removed: bool,
    datum: Datum,
}

/// Everything that acceptable lists say of the certificate. A list that says revoked says it alone; one that does not
/// must speak of all reasons, or be joined by others that speak of the rest (CL-5).
pub(super) fn answers(question: &Question<'_>, meter: &mut Meter) -> Result<Vec<Datum>, Exhausted> {
    let mut issuers = Issuers::default();
    let (mut whole, mut deltas) = (Vec::new(), Vec::new());
    for list in question.context.evidence.crls() {
        match told(list, question, &mut issuers, meter)? {
            Some(told) if list.base_number.is_some() => deltas.push(told),
            Some(told) => whole.push(told),
            None => {}
        }
    }
    let updated: Vec<Told<'_>> = deltas.iter().filter_map(|delta| delta.over(&whole)).collect();
    // A delta alone can only revoke.
    whole.extend(deltas.into_iter().filter(|delta| delta.datum.says != Says::Good));
    whole.extend(updated);
    let alone = |told: &Told<'_>| told.datum.says != Says::Good || told.reasons == EVERY_REASON;
    let (alone, mut partial): (Vec<Told<'_>>, Vec<Told<'_>>) = whole.into_iter().partition(alone);
    partial.sort_by_key(|told| std::cmp::Reverse((told.datum.issued, told.datum.digest)));
    let together: Vec<Datum> = (0..partial.len()).map_while(|first| joined(partial.get(first..)?)).collect();
    Ok(alone.into_iter().map(|told| told.datum).chain(together).collect())
}

/// CL-1 to CL-4, CL-6, CL-8 and CL-9: what the list says of the certificate, if it may be taken to say anything.
fn told<'l>(
    list: &'l Held<Crl>,
    question: &Question<'_>,
    issuers: &mut Issuers,
    meter: &mut Meter,
) -> Result<Option<Told<'l>>, Exhausted> {
    let reasons = reach::reasons(list, question.certificate);
    let sound = list.unknown_critical.is_empty() && list.signature_algorithm == list.tbs_signature_algorithm;
    if reasons == 0 || !sound || !question.in_time(list.this_update, list.next_update) {
        return Ok(None);
    }
    let Some((signer, standing)) = issuers.signer(list, question, meter)? else { return Ok(None) };
    let certificate = question.certificate;
    let Ok(entry) = list.find(&certificate.issuer, &certificate.serial) else { return Ok(None) };
    let removed = entry.as_ref().is_some_and(|entry| entry.reason == Reason::RemoveFromCrl);
    let says = entry.filter(|_| !removed).map_or(Says::Good, says);
    let good = says == Says::Good;
    // Only deltas take certificates off.
    let nonsense = removed && list.base_number.is_none();
    if nonsense || (good && question.forgotten(list.this_update, list.expired_certs_since)) {
        return Ok(None);
    }
    let mut warnings = oddities(list);
    let mut mechanisms = Mechanism::of(&signer.public_key, &list.signature_algorithm, None);
    match standing {
        Standing::Good(further) => mechanisms.extend(further),
        Standing::Unknown if !good => warnings.push(doubtful()),
        Standing::Unknown | Standing::Revoked => return Ok(None),
    }
    let datum = Datum {
        kind: Kind::Crl,
        digest: list.id,
        with: Vec::new(),
        issued: list.this_update,
        produced: list.this_update,
        next: list.next_update,
        says,
        mechanisms,
        delegated: signer.public_key != question.issuer.public_key,
        issuer: signer,
        warnings,
    };
    Ok(Some(Told { list, reasons, removed, datum }))
}

fn says(entry: Revoked) -> Says {
    Says::Revoked { since: entry.date, reason: entry.reason, invalid_since: entry.invalidity_date }
}

/// CL-1: a list as it should not be, and may.
fn oddities(list: &Crl) -> Vec<Finding> {
    let old = (list.version < 2).then(|| {
        Finding::new("CL-1", "Spärrlistan är av en äldre version.", "The revocation list is of an older version.")
    });
    let unnumbered = list
        .number
        .is_none()
        .then(|| Finding::new("CL-1", "Spärrlistan saknar löpnummer.", "The revocation list has no number."));
    old.into_iter().chain(unnumbered).collect()
}

impl Told<'_> {
    /// CL-7: this delta over the newest base that it fits: same scope, same signer, and not older than it builds on.
    fn over(&self, bases: &[Self]) -> Option<Self> {
        let fits = |base: &&Self| {
            base.list.scope == self.list.scope
                && base.list.issuer == self.list.issuer
                && base.datum.issuer.public_key == self.datum.issuer.public_key
                && base.list.this_update <= self.list.this_update
                && base.list.number >= self.list.base_number
                && base.list.number <= self.list.number
        };
        let base = bases.iter().filter(fits).max_by_key(|base| (base.datum.issued, base.datum.digest))?;
        let says = match (self.datum.says, self.removed) {
            (Says::Good, false) => base.datum.says,
            (said, _) => said,
        };
        let mut datum = self.datum.clone();
        datum.says = says;
        rest_on(&mut datum, &base.datum);
        Some(Self { datum, reasons: self.reasons & base.reasons, ..self.clone() })
    }
}

/// CL-5: the first of these lists joined by as few of the others, newest first, as it takes to speak of every reason.
/// What they say together is as old as the oldest.
fn joined(partial: &[Told<'_>]) -> Option<Datum> {
    let (first, others) = partial.split_first()?;
    let (mut reasons, mut datum) = (first.reasons, first.datum.clone());
    for other in others {
        if other.reasons & !reasons != 0 {
            reasons |= other.reasons;
            datum.issued = datum.issued.min(other.datum.issued);
            datum.next = datum.next.zip(other.datum.next).map(|(one, other)| one.min(other));
            rest_on(&mut datum, &other.datum);
        }
    }
    datum.produced = datum.issued;
    (reasons == EVERY_REASON).then_some(datum)
}

/// What one datum says rests on another one too.
fn rest_on(datum: &mut Datum, other: &Datum) {
    datum.with.push(other.digest);
    datum.with.extend(&other.with);
    datum.mechanisms.extend(&other.mechanisms);
    datum.delegated |= other.delegated;
    datum.warnings.extend(other.warnings.iter().cloned());
}
