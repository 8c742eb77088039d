//! What a trust list makes believable: its signature, whose it is, and which service was granted when. TS 119 612 and
//! 119 615, VALIDATION 8.5. A list that has run out vouches for nothing that came after it.

use jiff::Timestamp;

use crate::format::trustlist;
use crate::format::trustlist::Service;
use crate::format::trustlist::TrustList;
use crate::format::x509::Certificate;
use crate::format::xml;
use crate::format::xml::signature;
use crate::format::xml::signature::Signature;
use crate::verify::policy::Policy;
use crate::verify::trust::Anchor;
use crate::verify::trust::Grant;
use crate::verify::trust::Purpose;
use crate::verify::xmldsig;
use crate::verify::xmldsig::Fault;

/// Service types that are believed for something. Others are not, granted or not.
const TYPES: [(&str, Purpose); 2] = [
    ("http://uri.etsi.org/TrstSvc/Svctype/CA/QC", Purpose::Signature),
    ("http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST", Purpose::Timestamp),
];
/// Statuses that say so: today's, and those before July 2016 (TS 119 615, PRO-4.4.4).
const GRANTED: [&str; 7] = [
    "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted",
    "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision",
    "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/supervisionincessation",
    "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/accredited",
    "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/undersupervision",
    "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/supervisionincessation",
    "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/accredited",
];

/// Why a list is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No XML within limits.
    #[error(transparent)]
    Xml(#[from] xml::Error),
    /// No signature, several, or one that is malformed or not computed.
    #[error("its signature cannot be judged: {0}")]
    Signature(String),
    /// It is signed by somebody else than those who may.
    #[error("it is not signed with a pinned certificate")]
    Stranger,
    /// It has been changed since it was signed.
    #[error("it has been changed since it was signed")]
    Changed,
    /// What is signed is not the list, or not all of it.
    #[error("what is signed is not the whole list")]
    NotWhole,
    /// Its signature rests on something that was no longer reliable when it was issued.
    #[error("its signature rests on {0}")]
    Algorithm(String),
    /// Signed, and not what the standard says.
    #[error(transparent)]
    Format(#[from] trustlist::Error),
}

/// Reads a list that one of these certificates' keys signed whole.
///
/// # Errors
/// The first thing that does not hold. Nothing is read from a list before its signature was found to hold.
pub fn verify(bytes: &[u8], signers: &[Certificate], policy: &Policy) -> Result<TrustList, Refused> {
    let document = xml::read(xml::decode(bytes)?)?;
    let root = document.root_element();
    let element = xml::only(root, (signature::NAMESPACE, "Signature"));
    let element = element.ok_or_else(|| Refused::Signature("there is not exactly one".to_owned()))?;
    let read = Signature::read(element).map_err(|error| Refused::Signature(error.to_string()))?;
    for signer in signers {
        match xmldsig::verify(&read, &signer.public_key) {
            Ok(signed) if !signed.whole_document() => return Err(Refused::NotWhole),
            Ok(signed) => {
                let list = TrustList::read(root)?;
                let weak = signed.mechanisms().iter().find(|used| !policy.reliable(**used).at(list.issued));
                return weak.map_or(Ok(list), |weak| Err(Refused::Algorithm(weak.name())));
            }
            Err(Fault::Changed) => return Err(Refused::Changed),
            Err(Fault::Unsupported(what)) => return Err(Refused::Signature(what)),
            Err(Fault::NotThisKey) => {}
        }
    }
    Err(Refused::Stranger)
}

/// The anchors of a list: every certificate of every service that is or was granted, for as long as it was.
pub fn anchors(list: &TrustList, name: &str) -> Vec<Anchor> {
    let mut anchors = Vec::new();
    for service in &list.services {
        let grants = grants(service, list.next.unwrap_or(list.issued));
        let source = format!("{name}: {}, {}", service.provider, service.name);
        let certificates = service.certificates.iter().filter_map(|der| Certificate::read(der).ok());
        anchors.extend(certificates.filter(|_| !grants.is_empty()).map(|certificate| Anchor {
            certificate,
            source: source.clone(),
            grants: grants.clone(),
            keeps_expired_since: service.keeps_expired_since,
        }));
    }
    anchors
}

/// One grant for each time the service was granted: until its next status, and in no case longer than the list lasts.
fn grants(service: &Service, ends: Timestamp) -> Vec<Grant> {
    let next = service.statuses.iter().skip(1).map(|status| status.since).chain([ends]);
    let granted = service.statuses.iter().zip(next).filter_map(|(status, until)| {
        let (kind, purpose) = TYPES.into_iter().find(|(kind, _)| *kind == status.kind)?;
        let until = until.min(ends);
        let holds = GRANTED.contains(&status.status.as_str()) && status.since < until;
        let service = Some(kind.to_owned());
        holds.then_some(Grant { purpose, from: Some(status.since), until: Some(until), service })
    });
    granted.collect()
}

/// Who may sign the list of a territory, as a list of lists says.
pub fn signers_of(lists: &[TrustList], territory: &str) -> Vec<Certificate> {
    let pointers = lists.iter().flat_map(|list| &list.pointers);
    let about = pointers.filter(|pointer| pointer.territory.as_deref() == Some(territory));
    about.flat_map(|pointer| &pointer.signers).filter_map(|der| Certificate::read(der).ok()).collect()
}
