//! Why a request was refused: one list of kinds, each with its status, its words and its page. RFC 9457.
//! USERS 10: every refusal says what happened, whether anything was saved, and what to do.

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::http::header::WWW_AUTHENTICATE;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive;
use crate::archive::refusal::Refusal;
use crate::ledger;
use crate::store;
use crate::store::blob;
use crate::store::disk;
use crate::verify::text::Text;
use crate::web::language::Language;

/// The media type of problems.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What kind of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    MalformedIdentifier,
    BadRequest,
    WrongHost,
    EmptyDocument,
    Unauthorized,
    Forbidden,
    NotFound,
    Gone,
    Refused,
    MethodNotAllowed,
    Timeout,
    TooLarge,
    UnsupportedType,
    AddressTooLong,
    HeadersTooLarge,
    TooManyRequests,
    DigestMismatch,
    KeyReused,
    KeyInUse,
    RangeNotSatisfiable,
    JobGone,
    Internal,
    Damaged,
    Busy,
    LedgerStopped,
    DiskFull,
}

impl Kind {
    pub(crate) const ALL: [Self; 26] = [
        Self::MalformedIdentifier,
        Self::BadRequest,
        Self::WrongHost,
        Self::EmptyDocument,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::Gone,
        Self::Refused,
        Self::MethodNotAllowed,
        Self::Timeout,
        Self::TooLarge,
        Self::UnsupportedType,
        Self::AddressTooLong,
        Self::HeadersTooLarge,
        Self::TooManyRequests,
        Self::DigestMismatch,
        Self::KeyReused,
        Self::KeyInUse,
        Self::RangeNotSatisfiable,
        Self::JobGone,
        Self::Internal,
        Self::Damaged,
        Self::Busy,
        Self::LedgerStopped,
        Self::DiskFull,
    ];

    /// The last part of the problem's type, and of the page that explains it.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::MalformedIdentifier => "malformed-identifier",
            Self::BadRequest => "bad-request",
            Self::WrongHost => "wrong-host",
            Self::EmptyDocument => "empty-document",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Timeout => "timeout",
            Self::TooLarge => "too-large",
            Self::UnsupportedType => "unsupported-type",
            Self::AddressTooLong => "address-too-long",
            Self::HeadersTooLarge => "headers-too-large",
            Self::TooManyRequests => "too-many-requests",
            Self::DigestMismatch => "digest-mismatch",
            Self::KeyReused => "idempotency-key-reused",
            Self::KeyInUse => "idempotency-key-in-use",
            Self::RangeNotSatisfiable => "range-not-satisfiable",
            Self::JobGone => "job-gone",
            Self::Internal => "internal",
            Self::Damaged => "damaged",
            Self::Busy => "busy",
            Self::LedgerStopped => "ledger-stopped",
            Self::DiskFull => "disk-full",
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::MalformedIdentifier | Self::BadRequest | Self::WrongHost | Self::EmptyDocument => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::Refused => StatusCode::CONFLICT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::AddressTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::DigestMismatch => StatusCode::BAD_REQUEST,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::KeyInUse => StatusCode::CONFLICT,
            Self::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::JobGone => StatusCode::GONE,
            Self::Internal | Self::Damaged => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::LedgerStopped => StatusCode::SERVICE_UNAVAILABLE,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    /// The kind that an answer without words means.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Refused,
            410 => Self::Gone,
            405 => Self::MethodNotAllowed,
            408 => Self::Timeout,
            413 => Self::TooLarge,
            414 => Self::AddressTooLong,
            415 => Self::UnsupportedType,
            416 => Self::RangeNotSatisfiable,
            422 => Self::KeyReused,
            429 => Self::TooManyRequests,
            431 => Self::HeadersTooLarge,
            503 => Self::Busy,
            507 => Self::DiskFull,
            400..500 => Self::BadRequest,
            _ => Self::Internal,
        }
    }

    pub(crate) fn title(self) -> Text {
        match self {
            Self::MalformedIdentifier => {
                Text::new("Det ser inte ut som ett ID", "That does not look like an identifier")
            }
            Self::BadRequest => Text::new("Frågan gick inte att tolka", "The request could not be understood"),
            Self::WrongHost => Text::new("Frågan säger inte vart den ska", "The request does not say where it goes"),
            Self::EmptyDocument => Text::new("Ingen fil, eller en tom", "No file, or an empty one"),
            Self::Unauthorized => Text::new("Inloggning krävs", "A token is required"),
            Self::Forbidden => Text::new("Behörighet saknas", "The token does not allow this"),
            Self::NotFound => Text::new("Sidan finns inte", "There is nothing here"),
            Self::Gone => Text::new("Handlingen är gallrad", "The record was disposed of"),
            Self::Refused => Text::new("Det får inte göras", "That may not be done"),
            Self::MethodNotAllowed => Text::new("Metoden stöds inte här", "The method is not supported here"),
            Self::Timeout => Text::new("Det tog för lång tid", "It took too long"),
            Self::TooLarge => Text::new("Filen är för stor", "The file is too large"),
            Self::UnsupportedType => Text::new("Det är ingen fil", "That is no file"),
            Self::AddressTooLong => Text::new("Adressen är för lång", "The address is too long"),
            Self::HeadersTooLarge => Text::new("Frågans huvud är för stort", "The request's headers are too large"),
            Self::TooManyRequests => Text::new("För många frågor på kort tid", "Too many requests"),
            Self::DigestMismatch => Text::new("Filen kom inte fram hel", "The file did not arrive whole"),
            Self::KeyReused => {
                Text::new("Nyckeln är redan använd till något annat", "The key was used for something else")
            }
            Self::KeyInUse => Text::new("Det första anropet pågår ännu", "The first request is still under way"),
            Self::RangeNotSatisfiable => Text::new("Den delen finns inte", "There is no such part"),
            Self::JobGone => Text::new("Jobbet finns inte kvar", "The job is no longer here"),
            Self::Internal => Text::new("Något gick fel hos oss", "Something went wrong on our side"),
            Self::Damaged => Text::new("Uppgifter i arkivet är skadade", "Data in the archive is damaged"),
            Self::Busy => Text::new("Många kontrollerar just nu", "Busy right now"),
            Self::LedgerStopped => Text::new("Registreringen har stannat", "Registration has stopped"),
            Self::DiskFull => Text::new("Arkivets disk är full", "The archive's disk is full"),
        }
    }

    /// What happened, whether anything was saved, what to do.
    pub(crate) fn explanation(self) -> Text {
        match self {
            Self::MalformedIdentifier => Text::new(
                "Det du angav kan inte vara ett Transaktions-ID, en kontrollsumma, ett handlings-id eller ett \
                 diarienummer. Inget har ändrats. Kontrollera att du kopierat hela ID:t.",
                "What you gave cannot be a transaction id, a SHA-256, a record id or a diary number. Nothing was changed. \
                 Make sure that you copied all of it.",
            ),
            Self::BadRequest => Text::new(
                "Något i frågan följer inte gränssnittets beskrivning. Inget har sparats. Rätta och försök igen.",
                "Something in the request does not follow the interface's description. Nothing was saved. Correct it and \
                 try again.",
            ),
            Self::WrongHost => Text::new(
                "Host ska finnas en gång i frågans huvud och ange värd och eventuell port, till exempel \
                 ”Host: sigill.example.se”. Inget har sparats. Rätta programmet som frågar, eller proxyn framför oss.",
                "Host must stand once among the request's headers and name a host and perhaps a port, such as \
                 \"Host: sigill.example.se\". Nothing was saved. Correct the program that asks, or the proxy in front of us.",
            ),
            Self::EmptyDocument => Text::new(
                "Vi fick ingen fil, eller en fil utan innehåll. Inget har sparats. Välj en fil att kontrollera.",
                "We received no file, or one without content. Nothing was saved. Choose a file to check.",
            ),
            Self::Unauthorized => Text::new(
                "Det här kräver en giltig nyckel. Inget har sparats. Logga in med den, eller skicka den som \
                 ”Authorization: Bearer …”; be administratören om en.",
                "This needs a valid token. Nothing was saved. Log in with it, or send it as \
                 \"Authorization: Bearer …\"; ask the administrator for one.",
            ),
            Self::Forbidden => Text::new(
                "Nyckelns roll tillåter inte det här. Inget har sparats. Be administratören om en nyckel med rätt roll.",
                "The token's role does not allow this. Nothing was saved. Ask the administrator for one that does.",
            ),
            Self::NotFound => Text::new(
                "Det finns inget här som du kan se. Inget har ändrats. Kontrollera adressen. Handlingen kan finnas hos \
                 en annan myndighet, eller kräva behörighet.",
                "There is nothing here that you can see. Nothing was changed. Check the address. The record may be kept \
                 by another body, or need a token.",
            ),
            Self::Gone => Text::new(
                "Handlingen är gallrad, eller dess gallring är beslutad: dokumentet lämnas inte ut. Vad den var, dess \
                 kontrollsumma och beslutet står kvar. Inget har ändrats.",
                "The record was disposed of, or its disposal is decided: the document is not given out. What it was, its \
                 SHA-256 and the decision remain. Nothing was changed.",
            ),
            Self::Refused => Text::new(
                "Så som handlingen är nu får det inte göras. Inget har ändrats.",
                "As the record is now, that may not be done. Nothing was changed.",
            ),
            Self::MethodNotAllowed => Text::new(
                "Adressen finns, men inte med den metoden. Inget har sparats. Se gränssnittets beskrivning.",
                "The address exists, but not with this method. Nothing was saved. See the interface's description.",
            ),
            Self::Timeout => Text::new(
                "Frågan hann inte bli klar. Kontrollerade du sparades inget. Registrerade du: skicka samma fil igen, det \
                 blir aldrig två handlingar av den.",
                "The request was not finished in time. A check saves nothing. If you were registering, send the same file \
                 again; it never becomes two records.",
            ),
            Self::UnsupportedType => Text::new(
                "Skicka filen själv (application/pdf) eller ett formulär (multipart/form-data), inte JSON eller XML. \
                 Inget har sparats.",
                "Send the file itself (application/pdf) or a form (multipart/form-data), not JSON or XML. Nothing was \
                 saved.",
            ),
            Self::TooLarge => Text::new(
                "Filen är större än vi tar emot. Inget har sparats. Be arkivet ta emot den på annat sätt.",
                "The file is larger than we take. Nothing was saved. Ask the archive to take it another way.",
            ),
            Self::AddressTooLong => Text::new(
                "Adressen är längre än vi läser. Inget har sparats. Fråga om färre saker åt gången.",
                "The address is longer than we read. Nothing was saved. Ask for fewer things at a time.",
            ),
            Self::HeadersTooLarge => Text::new(
                "Frågans huvud är större än vi tar emot. Inget har sparats.",
                "The request's headers are larger than we take. Nothing was saved.",
            ),
            Self::TooManyRequests => Text::new(
                "Det kom fler frågor från dig än vi svarar på i samma takt. Inget har sparats. Vänta så länge som Retry-After \
                 säger och försök igen.",
                "More requests came from you than we answer at that pace. Nothing was saved. Wait for as long as Retry-After \
                 says and try again.",
            ),
            Self::DigestMismatch => Text::new(
                "Det som kom är inte det som Content-Digest eller Repr-Digest anger. Inget har sparats. \
                 Skicka filen igen.",
                "What came is not what Content-Digest or Repr-Digest states. Nothing was saved. Send the \
                 file again.",
            ),
            Self::KeyReused => Text::new(
                "Samma Idempotency-Key har redan följt med ett annat anrop. Inget har sparats nu. Använd \
                 en ny nyckel för varje nytt ärende; ett omtag skickas byte för byte som förut.",
                "The same Idempotency-Key came with another request before. Nothing was saved now. Use a \
                 new key for each new errand; a repetition is sent byte for byte as before.",
            ),
            Self::KeyInUse => Text::new(
                "Ett anrop med samma Idempotency-Key pågår. Inget har sparats av det här. Försök igen om \
                 en stund.",
                "A request with the same Idempotency-Key is under way. Nothing was saved by this one. Try \
                 again in a moment.",
            ),
            Self::RangeNotSatisfiable => Text::new(
                "Range anger en del som börjar efter filens slut. Inget har ändrats. Content-Range säger \
                 hur lång filen är.",
                "Range names a part that begins after the file's end. Nothing was changed. Content-Range \
                 says how long the file is.",
            ),
            Self::JobGone => Text::new(
                "Jobbet hör till en tidigare körning av tjänsten, eller blev klart för länge sedan, och \
                 dess svar finns inte kvar. Det som hann registreras är registrerat. Skicka filerna igen: \
                 ingen fil blir två handlingar.",
                "The job belongs to an earlier run of the service, or ended long ago, and its answers are \
                 gone. What was registered is registered. Send the files again: no file becomes two \
                 records.",
            ),
            Self::Internal => Text::new(
                "Felet är vårt och har antecknats. Försök igen; ange ärende-id om du hör av dig.",
                "The fault is ours and has been noted. Try again; give the request id if you contact us.",
            ),
            Self::Damaged => Text::new(
                "Uppgifterna på disken är inte de som registrerades, och lämnas därför inte ut. Driften ska köra \
                 ”sigill check”. Utlämnade kvitton gäller fortfarande.",
                "The bytes on disk are not those that were registered, and are not given out. Operations should run \
                 \"sigill check\". Receipts already handed out still hold.",
            ),
            Self::Busy => Text::new(
                "Fler filer väntar än vi hinner med. Inget har sparats. Försök igen om en stund.",
                "More files are waiting than we can take. Nothing was saved. Try again in a moment.",
            ),
            Self::LedgerStopped => Text::new(
                "Loggen har stannat och måste startas om. Kontroller och sökningar fungerar; registrera igen när driften \
                 har startat om tjänsten.",
                "The ledger has stopped and must be opened anew. Checks and look-ups work; register again once operations \
                 have restarted the service.",
            ),
            Self::DiskFull => Text::new(
                "Det finns ingen plats kvar, och registreringen har stannat. Det här har inte sparats; det som redan är \
                 registrerat är orört. Kontroller och sökningar fungerar. Driften ska frigöra plats och starta om tjänsten; \
                 skicka sedan samma sak igen.",
                "There is no room left, and registration has stopped. This was not saved; what is registered already is \
                 untouched. Checks and look-ups work. Operations should make room and restart the service; then send the \
                 same again.",
            ),
        }
    }
}

/// A refusal on its way out; `guard` gives it its form once language and place are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) detail: Text,
    /// Seconds to wait, where waiting helps.
    pub(crate) retry_after: Option<u32>,
}

impl Problem {
    /// Of a kind, with words of its own.
    pub(crate) fn new(kind: Kind, sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { retry_after: None, ..Self { detail: Text::new(sv, en), ..kind.into() } }
    }

    /// The wire form.
    pub(crate) fn document(&self, language: Language, request: &str) -> ProblemDocument {
        let say = |text: Text| language.say(text.sv, text.en);
        ProblemDocument {
            kind: format!("/problem/{}", self.kind.slug()),
            title: say(self.kind.title()),
            status: self.kind.status().as_u16(),
            detail: say(self.detail.clone()),
            instance: format!("urn:sigill:request:{request}"),
        }
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        let retry_after = match kind {
            Kind::Busy | Kind::KeyInUse => Some(5),
            Kind::TooManyRequests => Some(10),
            Kind::LedgerStopped | Kind::DiskFull => Some(60),
            Kind::MalformedIdentifier
            | Kind::BadRequest
            | Kind::WrongHost
            | Kind::EmptyDocument
            | Kind::Unauthorized
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Gone
            | Kind::Refused
            | Kind::MethodNotAllowed
            | Kind::Timeout
            | Kind::TooLarge
            | Kind::UnsupportedType
            | Kind::AddressTooLong
            | Kind::HeadersTooLarge
            | Kind::DigestMismatch
            | Kind::KeyReused
            | Kind::RangeNotSatisfiable
            | Kind::JobGone
            | Kind::Internal
            | Kind::Damaged => None,
        };
        Self { kind, detail: kind.explanation(), retry_after }
    }
}

impl From<archive::Error> for Problem {
    fn from(error: archive::Error) -> Self {
        let kind = match &error {
            full if disk::answers(full).any(disk::is_full) => Kind::DiskFull,
            archive::Error::Empty => Kind::EmptyDocument,
            archive::Error::TooLarge { .. } => Kind::TooLarge,
            archive::Error::Damaged(_) => Kind::Damaged,
            archive::Error::Ledger(ledger::error::Error::Busy) => Kind::Busy,
            // Whether it happened is unknown, and asking again is safe: so "try again", not "it failed".
            archive::Error::Store(store::Error::Unavailable(_))
            | archive::Error::Blob(blob::Error::Unavailable(_))
            | archive::Error::Ledger(ledger::error::Error::Store(store::Error::Unavailable(_))) => Kind::Busy,
            // What a failed write left is unknown; opening anew finds out.
            archive::Error::Ledger(ledger::error::Error::Fatal(_) | ledger::error::Error::Alarm(_))
            | archive::Error::Blob(blob::Error::Poisoned) => Kind::LedgerStopped,
            archive::Error::Unwitnessed => {
                return Self {
                    retry_after: Some(5),
                    ..Self::new(
                        Kind::Busy,
                        "Kvittot väntar på loggens vittnen. Handlingen är registrerad. Hämta kvittot om en stund.",
                        "The receipt waits for the ledger's witnesses. The record is registered. Ask for it again shortly.",
                    )
                };
            }
            archive::Error::Refused(refusal) => return refused(refusal),
            archive::Error::Exists(_)
            | archive::Error::NotMoved { .. }
            | archive::Error::Missing(_)
            | archive::Error::Unfinished(_)
            | archive::Error::RolledBack { .. }
            | archive::Error::Version { .. }
            | archive::Error::NotUpgraded(_)
            | archive::Error::Settings { .. }
            | archive::Error::SharedKey
            | archive::Error::NoJournal
            | archive::Error::Randomness
            | archive::Error::Ledger(_)
            | archive::Error::Store(_)
            | archive::Error::Blob(_)
            | archive::Error::Disk(_) => Kind::Internal,
        };
        if kind.status().is_server_error() {
            tracing::error!(%error, "archive");
        }
        kind.into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind == Kind::Unauthorized {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A refusal as RFC 9457 writes it. Title and detail follow `Accept-Language`; everything else is stable.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Where the problem is explained; switch on this. / Var problemet förklaras; styr på detta.
    #[serde(rename = "type")]
    #[schema(example = "/problem/malformed-identifier")]
    kind: String,
    /// What happened, in short. / Vad som hände, kort.
    #[schema(example = "That does not look like an identifier")]
    title: String,
    /// The HTTP status. / HTTP-status.
    #[schema(example = 400)]
    status: u16,
    /// What happened here, whether anything was saved, what to do. / Vad som hände, om något sparades, vad man gör.
    #[schema(example = "A transaction id has at least 16 characters, this has 3. Nothing was changed.")]
    detail: String,
    /// This very occurrence, as it stands in the log. / Just denna händelse, som den står i loggen.
    #[schema(example = "urn:sigill:request:5f0c6a0be91d2f47")]
    instance: String,
}

/// Why something was not done, with the kind that programs tell it by.
fn refused(refusal: &Refusal) -> Problem {
    let kind = match refusal {
        Refusal::NoRecord(_) | Refusal::NoProposal(_) | Refusal::NotHeld => Kind::NotFound,
        Refusal::Empty(_) => Kind::BadRequest,
        Refusal::Decided(_) | Refusal::Disposed(_) => Kind::Gone,
        Refusal::OwnProposal => Kind::Forbidden,
        Refusal::Held(_)
        | Refusal::Kept(_)
        | Refusal::Proposed(_)
        | Refusal::NothingDecided
        | Refusal::NothingNew
        | Refusal::NoCopy(_)
        | Refusal::Unlinked
        | Refusal::NotDelivered
        | Refusal::Copy(_) => Kind::Refused,
    };
    let Text { sv, en } = refusal.text();
    Problem::new(kind, format!("{sv} Inget har ändrats."), format!("{en} Nothing was changed."))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn a_full_disk_is_told_as_one_wherever_it_was_met() {
        let full = |kind: ErrorKind| disk::Error {
            doing: "write",
            path: "documents/tmp/00".into(),
            source: io::Error::from(kind),
        };
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            let met: [archive::Error; 3] =
                [full(kind).into(), blob::Error::Disk(full(kind)).into(), store::Error::Disk(full(kind)).into()];
            assert!(met.into_iter().all(|error| Problem::from(error).kind == Kind::DiskFull), "{kind:?}");
        }
        let other: archive::Error = full(ErrorKind::PermissionDenied).into();
        assert_eq!(Problem::from(other).kind, Kind::Internal);
        let after: archive::Error = blob::Error::Poisoned.into();
        assert_eq!(Problem::from(after).kind, Kind::LedgerStopped, "and what follows needs a restart, which is said");
    }
}
