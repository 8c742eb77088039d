//! Who signed a revocation list, and whether that one may. CL-4: a path to the same anchor, cRLSign, not revoked.

use crate::format::crl::Crl;
use crate::format::x509::Certificate;
use crate::format::x509::KeyUsage;
use crate::format::x509::Name;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::evidence::Held;
use crate::verify::path;
use crate::verify::path::Demands;
use crate::verify::path::Role;
use crate::verify::path::Untrusted;
use crate::verify::revocation::question::Question;
use crate::verify::revocation::question::Standing;
use crate::verify::trust::Anchor;
use crate::verify::trust::Purpose;
use crate::verify::trust::Trust;
use crate::verify::wording;

/// Chains from issuers of lists to the question's anchor, found once for each name.
#[derive(Default)]
pub(super) struct Issuers(Vec<(Name, Vec<Vec<Certificate>>)>);

impl Issuers {
    /// Who signed the list, with its standing; the best standing, where one key has several certificates.
    pub(super) fn signer(
        &mut self,
        list: &Held<Crl>,
        question: &Question<'_>,
        meter: &mut Meter,
    ) -> Result<Option<(Certificate, Standing)>, Exhausted> {
        let own = std::iter::once(question.certificate).chain(question.above).enumerate();
        let own = own.filter(|(_, certificate)| certificate.subject == list.issuer).map(|(place, _)| {
            let chain = std::iter::once(question.certificate).chain(question.above).skip(place);
            chain.cloned().collect::<Vec<Certificate>>()
        });
        // The question's own path first: the usual case needs no search.
        let own = best(own.collect::<Vec<_>>().as_slice(), list, question, meter)?;
        match own {
            Some((_, Standing::Good(_))) => Ok(own),
            Some((_, Standing::Unknown | Standing::Revoked)) | None => {
                Ok(best(self.elsewhere(&list.issuer, question, meter)?, list, question, meter)?.or(own))
            }
        }
    }

    /// Chains of certificates with this subject that are not on the question's path.
    fn elsewhere(
        &mut self,
        name: &Name,
        question: &Question<'_>,
        meter: &mut Meter,
    ) -> Result<&[Vec<Certificate>], Exhausted> {
        let place = match self.0.iter().position(|(known, _)| known == name) {
            Some(place) => place,
            None => {
                let found = chains(name, question, meter)?;
                self.0.push((name.clone(), found));
                self.0.len() - 1
            }
        };
        Ok(self.0.get(place).map_or(&[], |(_, chains)| chains))
    }
}

fn chains(name: &Name, question: &Question<'_>, meter: &mut Meter) -> Result<Vec<Vec<Certificate>>, Exhausted> {
    let pool = question.context.evidence.certificates();
    let Some(anchor) = question.above.last() else { return Ok(Vec::new()) };
    // The anchor is believed about the certificate, and so about who speaks of its revocation.
    let trust = Trust::of(vec![Anchor::usual(anchor.clone(), "")]);
    let demands = Demands { role: Role::CrlIssuer, ..Demands::default() };
    let mut chains = Vec::new();
    for candidate in pool.iter().filter(|known| known.subject == *name && may_sign(known)) {
        if question.above.contains(candidate) || candidate == question.certificate {
            continue;
        }
        meter.signature_check(0)?;
        match path::all(candidate, pool, &trust, Purpose::Signature, &demands, meter) {
            Ok(paths) => chains.extend(paths.iter().map(|path| path.certificates().to_vec())),
            Err(Untrusted { finding, .. }) if finding == wording::limit_met() => {
                return Err(Exhausted::Paths(meter.budget().paths_max));
            }
            Err(_) => {}
        }
    }
    Ok(chains)
}

/// The first of the chains whose key made the list's signature and whose standing is good, else the first that signed.
fn best(
    chains: &[Vec<Certificate>],
    list: &Held<Crl>,
    question: &Question<'_>,
    meter: &mut Meter,
) -> Result<Option<(Certificate, Standing)>, Exhausted> {
    let mut found = None;
    let mut others = Vec::new();
    for (chain, signer) in chains.iter().filter_map(|chain| Some((chain, chain.first()?))) {
        let key = &signer.public_key;
        if !may_sign(signer) || others.contains(&key) {
            continue;
        }
        if !meter.verify_held(key, &list.signature_algorithm, &list.id, (list.tbs(), &list.signature))?.is_valid() {
            others.push(key);
            continue;
        }
        let standing = question.standing(chain, list.this_update, meter)?;
        let good = matches!(standing, Standing::Good(_));
        if good || found.is_none() {
            found = Some((signer.clone(), standing));
        }
        if good {
            break;
        }
    }
    Ok(found)
}

/// cRLSign, where keyUsage is stated.
fn may_sign(issuer: &Certificate) -> bool {
    issuer.extensions.key_usage.is_none_or(|usage| usage.any(&[KeyUsage::CRL_SIGN]))
}
