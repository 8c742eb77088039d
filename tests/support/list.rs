//! Trust lists made here, signed by whom the test says. TS 119 612.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sigill::format::trustlist::NAMESPACE;
use sigill::format::x509::Certificate;

use crate::authority::Party;
use crate::seal::sign_xml;

pub(crate) const CA_QC: &str = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC";
pub(crate) const TSA: &str = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST";
pub(crate) const GRANTED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted";
pub(crate) const WITHDRAWN: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn";
pub(crate) const OLD: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision";

/// A list to be made.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) territory: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) sequence: u64,
    pub(crate) next: &'static str,
    pub(crate) pointers: String,
    pub(crate) services: String,
}

impl Default for Draft {
    fn default() -> Self {
        let next = "<dateTime>2027-03-01T00:00:00Z</dateTime>";
        let kind = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric";
        Self { territory: "SE", kind, sequence: 7, next, pointers: String::new(), services: String::new() }
    }
}

impl Draft {
    pub(crate) fn text(&self) -> String {
        let Self { territory, kind, sequence, next, pointers, services } = self;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrustServiceStatusList xmlns=\"{NAMESPACE}\" Id=\"list\">\
             <SchemeInformation Id=\"scheme\"><TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>{sequence}\
             </TSLSequenceNumber><TSLType>{kind}</TSLType><SchemeTerritory>{territory}</SchemeTerritory>{pointers}\
             <ListIssueDateTime>2026-09-01T00:00:00Z</ListIssueDateTime><NextUpdate>{next}</NextUpdate>\
             </SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName>\
             <Name xml:lang=\"sv\">Leverantören</Name></TSPName></TSPInformation><TSPServices>{services}</TSPServices>\
             </TrustServiceProvider></TrustServiceProviderList>{{signature}}</TrustServiceStatusList>"
        )
    }

    pub(crate) fn signed(&self, signer: &Party) -> String {
        sign_xml(&self.text(), &[""], signer, &[])
    }
}

/// A service with its statuses, the present one first: type, status, since.
pub(crate) fn service(certificate: &Certificate, statuses: &[(&str, &str, &str)]) -> String {
    let identity = format!(
        "<ServiceDigitalIdentity><DigitalId><X509Certificate>{}</X509Certificate></DigitalId></ServiceDigitalIdentity>",
        STANDARD.encode(certificate.der())
    );
    let state = |(kind, status, since): &(&str, &str, &str)| {
        format!(
            "<ServiceTypeIdentifier>{kind}</ServiceTypeIdentifier><ServiceName><Name xml:lang=\"sv\">Tjänsten</Name>\
             </ServiceName>{identity}<ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{since}T00:00:00Z\
             </StatusStartingTime>"
        )
    };
    let (present, before) = statuses.split_first().unwrap();
    let before = before.iter().map(|one| format!("<ServiceHistoryInstance>{}</ServiceHistoryInstance>", state(one)));
    format!(
        "<TSPService><ServiceInformation>{}</ServiceInformation><ServiceHistory>{}</ServiceHistory></TSPService>",
        state(present),
        before.collect::<String>()
    )
}

/// A pointer in a list of lists: whose list stands where, and who may sign it.
pub(crate) fn pointer(territory: &str, location: &str, signer: &Party) -> String {
    format!(
        "<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity><DigitalId><X509Certificate>{}\
         </X509Certificate></DigitalId></ServiceDigitalIdentity></ServiceDigitalIdentities><TSLLocation>{location}\
         </TSLLocation><AdditionalInformation><OtherInformation><SchemeTerritory>{territory}\
         </SchemeTerritory></OtherInformation></AdditionalInformation></OtherTSLPointer>",
        STANDARD.encode(signer.certificate.der())
    )
}
