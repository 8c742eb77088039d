//! What is said of certificates and their revocation, in the words of registrars. USERS 1d and 10.

use jiff::Timestamp;

use crate::verify::calendar;
use crate::verify::indication::SubIndication;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Reliable;
use crate::verify::revocation::Datum;
use crate::verify::text::Finding;
use crate::verify::validity::Object;

/// XC-10.
pub(super) fn revoked(sub: SubIndication, since: Timestamp) -> Finding {
    let since = calendar::moment(since);
    Finding::new(
        sub.name(),
        format!("Certifikatet spärrades {} och vi kan inte visa att underskriften gjordes före spärren.", since.sv),
        format!(
            "The certificate was revoked on {}, and nothing shows that the signature was made before that.",
            since.en
        ),
    )
}

/// XC-11.
pub(super) fn on_hold(since: Timestamp) -> Finding {
    let since = calendar::moment(since);
    Finding::new(
        "XC-11",
        format!("Certifikatet är tillfälligt spärrat sedan {}.", since.sv),
        format!("The certificate is suspended since {}.", since.en),
    )
}

/// XC-16.
pub(super) fn issuer_outside() -> Finding {
    Finding::new(
        "XC-16",
        "Ett utfärdarcertifikat gäller inte, och inget visar att underskriften gjordes medan det gällde.",
        "An issuer's certificate is not valid, and nothing shows that the signature was made while it was.",
    )
}

/// XC-8, XC-9.
pub(super) fn no_data() -> Finding {
    Finding::new(
        "XC-8",
        "Spärruppgifter för certifikatet saknas, och policyn kräver dem.",
        "Revocation data for the certificate is missing, and the policy demands it.",
    )
}

/// XC-12.
pub(super) fn stale(datum: &Datum) -> Finding {
    let (sv, en) = match datum.next {
        Some(next) => (format!("Nyare skulle ha kommit {next}."), format!("Newer data was due at {next}.")),
        None => ("De anger inte när nyare kommer.".to_owned(), "It does not say when newer data is due.".to_owned()),
    };
    Finding::new(
        "XC-12",
        format!("Uppgifterna om spärrade certifikat är för gamla: de är från {}. {sv}", datum.issued),
        format!("The data about revoked certificates is too old: it is of {}. {en}", datum.issued),
    )
}

/// SAV-2, XC-13, XC-14: since when it is no longer reliable, or that nobody has called it so.
pub(super) fn weak(object: Object, mechanism: Mechanism, reliable: Reliable) -> Finding {
    let name = mechanism.name();
    let (code, sv, en) = match object {
        Object::Own => ("SAV-2", "Underskriften", "The signature"),
        Object::Certificate(_) => ("XC-13", "Ett certifikat", "A certificate"),
        Object::Datum(_) => ("XC-14", "Spärruppgifterna", "The revocation data"),
    };
    match reliable {
        Reliable::Until(day) => Finding::new(
            code,
            format!("{sv} använder {name}, som inte räknas som säker sedan {day}."),
            format!("{en} uses {name}, which has not counted as secure since {day}."),
        ),
        Reliable::Never | Reliable::Open => Finding::new(
            code,
            format!("{sv} använder {name}, som inte hör till de metoder som policyn räknar som säkra."),
            format!("{en} uses {name}, which is not among the methods that the policy counts as secure."),
        ),
    }
}

/// A revocation that came after the proven time.
pub(super) fn revoked_later() -> Finding {
    Finding::new(
        "REVOKED_AFTER_SIGNING",
        "Certifikatet spärrades senare. Tidsstämpeln visar att underskriften gjordes före spärren.",
        "The certificate was revoked later. The timestamp shows that the signature was made before that.",
    )
}

/// The policy spares a certificate that nothing is known about.
pub(super) fn not_checked(leaf: bool) -> Finding {
    match leaf {
        true => Finding::new(
            "REVOCATION_NOT_CHECKED",
            "Spärrkontroll har inte gjorts: filen saknar spärruppgifter. Policyn godtar det för certifikat vars nyckel \
             underskriftstjänsten använt en enda gång.",
            "Revocation was not checked: the file holds no revocation data. The policy accepts that for certificates \
             whose key the signing service used only once.",
        ),
        false => Finding::new(
            "CA_REVOCATION_NOT_CHECKED",
            "Spärrkontroll av utfärdarens certifikat har inte gjorts: filen saknar spärruppgifter.",
            "Revocation of the issuer's certificate was not checked: the file holds no revocation data.",
        ),
    }
}

/// The policy spares a certificate whose data is old.
pub(super) fn last_known() -> Finding {
    Finding::new(
        "REVOCATION_LAST_KNOWN_GOOD",
        "Spärruppgifterna i filen är äldre än kontrollen; senast kända läge var utan spärr.",
        "The revocation data in the file is older than the check; the last known state was not revoked.",
    )
}

/// RFC 9608.
pub(super) fn no_data_ever() -> Finding {
    Finding::new(
        "NO_REV_AVAIL",
        "Utfärdaren lämnar inga spärruppgifter för detta certifikat.",
        "The issuer gives no revocation data for this certificate.",
    )
}

/// 3.4 rule 4.
pub(super) fn older_than_signature() -> Finding {
    Finding::new(
        "REVOCATION_OLDER_THAN_SIGNATURE",
        "Spärruppgifterna är utfärdade före underskriften. De gällde fortfarande då, men visar läget dessförinnan.",
        "The revocation data was issued before the signature. It was still current then, but shows the state before.",
    )
}
