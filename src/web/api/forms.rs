//! The forms in which a record and a verification are given: JSON, ETSI's XML, the statement in PDF, whatever `Accept` asks for most.
//! RFC 9110 12.5.1; USERS 4b.

use std::time::Instant;

use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::archive::pieces::Collected;
use crate::archive::record::RecordId;
use crate::archive::statement;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::api::records::visible;
use crate::web::api::verifications::counted;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::state::App;
use crate::web::upload::Upload;

/// A form that an answer can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Unless something else is asked for.
    Json,
    /// ETSI TS 119 102-2.
    Xml,
    /// The statement.
    Pdf,
    /// C2SP tlog-proof: the receipt.
    Proof,
    /// The page.
    Html,
}

/// The form that is asked for most; JSON where several are asked for alike, or none of ours.
pub(crate) fn asked(headers: &HeaderMap) -> Form {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let weight = |names: &[&str]| accept.split(',').filter_map(|range| weighed(range, names)).max().unwrap_or(0);
    let json = weight(&["application/json", "application/*", "*/*"]);
    let xml = (Form::Xml, weight(&["application/xml", "text/xml"]));
    let proof = (Form::Proof, weight(&["text/plain", "text/vnd.c2sp.tlog-proof"]));
    let html = (Form::Html, weight(&["text/html", "application/xhtml+xml"]));
    let others = [xml, (Form::Pdf, weight(&["application/pdf"])), proof, html];
    let most = others.into_iter().filter(|(_, weight)| *weight > json).max_by_key(|(_, weight)| *weight);
    most.map_or(Form::Json, |(form, _)| form)
}

/// The weight of a media range in thousandths, if it is one of these.
fn weighed(range: &str, names: &[&str]) -> Option<u16> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let stated = parts.find_map(|part| part.strip_prefix("q=")).map(thousandths);
    names.contains(&name.as_str()).then_some(stated.unwrap_or(1000))
}

/// `0.8` as 800; what is no weight weighs nothing.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits =
        |text: &str| text.chars().take(3).filter_map(|c| c.to_digit(10)).fold(0, |sum, digit| sum * 10 + digit);
    let scale = [1000, 100, 10, 1].get(fraction.len().min(3)).copied().unwrap_or(1);
    u16::try_from(digits(whole) * 1000 + digits(fraction) * scale).map_or(0, |sum| sum.min(1000))
}

/// The report of a registered document as XML: ETSI TS 119 102-2.
///
/// The document is verified once more, as of now: what the record says was found when it was registered stays. Certificates
/// are told by their digests, names with masked personal numbers. The same is given for `GET /api/v1/records/{id}` with
/// `Accept: application/xml`, and for `POST /api/v1/verifications` with one document.
///
/// **På svenska:** Kontrollrapporten för en registrerad handling som XML enligt ETSI TS 119 102-2. Handlingen kontrolleras på
/// nytt; svaret från registreringen står kvar. Certifikat anges med kontrollsumma, personnummer är maskade.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/report.xml",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The report. / Rapporten.", body = String, content_type = "application/xml"),
        Refusals,
        Absent,
    )
)]
pub(crate) async fn report(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (id, _) = visible(&app, &caller, &id).await?;
    record_as_xml(&app, id).await
}

/// A record's document, verified once more.
pub(crate) async fn record_as_xml(app: &App, id: RecordId) -> Result<Response, Problem> {
    let work = app.gate().work().await?;
    let answer = app.ask(move |archive| {
        let _held = work;
        archive.verify_again_as_xml(id)
    });
    Ok(xml(answer.await?.ok_or(Kind::NotFound)?))
}

/// One document that is handed in; nothing is stored.
pub(crate) async fn verification_as_xml(app: &App, upload: Upload) -> Result<Response, Problem> {
    if upload.files.len() != 1 {
        return Err(Problem::new(
            Kind::BadRequest,
            "En rapport i XML gäller en handling. Inget har sparats. Skicka varje fil för sig.",
            "A report in XML is about one document. Nothing was saved. Send each file by itself.",
        ));
    }
    let work = app.gate().work().await?;
    let Upload { files, evidence, place, .. } = upload;
    let answer = app.ask(move |archive| {
        let _held = (work, place);
        let (given, began) = (Collected::given(&evidence), Instant::now());
        let report = |bytes: &[u8]| {
            let report = archive.verify_with(bytes, &given);
            counted(&report, began);
            archive.as_xml(&report, bytes)
        };
        Ok(files.first().map(|file| report(&file.bytes)))
    });
    Ok(xml(answer.await?.ok_or(Kind::Internal)?))
}

/// The statement about a record (kontrollintyg): a sealed PDF.
///
/// One A4 page for up to four signers: the answer when it was registered, who signed and how well that is evidenced, the
/// document's digest, policy, retention, and its place in the ledger. Tagged PDF/A-2a, sealed with the archive's own key. The
/// same is given for `GET /api/v1/records/{id}` with `Accept: application/pdf`. `lang` or `Accept-Language` chooses the
/// language. It is not registered; `POST …/statements` issues one that is.
///
/// **På svenska:** Kontrollintyget för en handling: en förseglad PDF på en A4-sida för upp till fyra undertecknare.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/statement",
    tag = "records",
    params(
        ("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror."),
        ("lang" = Option<String>, Query, description = "sv or en. / sv eller en."),
    ),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The statement. / Intyget.", content((Vec<u8> = "application/pdf"))),
        Refusals,
        Absent,
    )
)]
pub(crate) async fn statement(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (id, _) = visible(&app, &caller, &id).await?;
    record_as_pdf(&app, id, Language::of(&uri, &headers)).await
}

/// Issue a statement about a record (kontrollintyg): a sealed PDF whose issue is registered.
///
/// The same page as `GET`, and an event of the record with its digest, so that whoever holds the file can find out that it
/// is ours. Needs the role registrar or administrator.
///
/// **På svenska:** Utfärda ett kontrollintyg. Det registreras med sin kontrollsumma som en händelse på handlingen. Kräver
/// rollen registrar eller administrator.
#[utoipa::path(
    post,
    path = "/api/v1/records/{id}/statements",
    tag = "records",
    params(
        ("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror."),
        ("lang" = Option<String>, Query, description = "sv or en. / sv eller en."),
    ),
    security(("token" = [])),
    responses(
        (status = 201, description = "The statement. / Intyget.", content((Vec<u8> = "application/pdf"))),
        Refusals,
        RoleRefusals,
        Absent,
    )
)]
pub(crate) async fn issue(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.must_register()?;
    let (id, _) = visible(&app, &caller, &id).await?;
    let language = Language::of(&uri, &headers).say(statement::Language::Sv, statement::Language::En);
    let (bytes, _) = doing::issue(&app, &caller, id, language).await?;
    let mut response = pdf(id, bytes)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// A record's statement.
pub(crate) async fn record_as_pdf(app: &App, id: RecordId, language: Language) -> Result<Response, Problem> {
    let work = app.gate().work().await?;
    let address = app.options().public_url.clone();
    let language = language.say(statement::Language::Sv, statement::Language::En);
    let answer = app.ask(move |archive| {
        let _held = work;
        archive.statement(id, language, address.as_deref())
    });
    pdf(id, answer.await?.ok_or(Kind::NotFound)?)
}

fn pdf(id: RecordId, bytes: Vec<u8>) -> Result<Response, Problem> {
    let mut response = given("application/pdf", bytes);
    let name = format!("inline; filename=\"kontrollintyg-{id}.pdf\"");
    let name = HeaderValue::try_from(name).map_err(|_| Kind::Internal)?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

fn xml(bytes: Vec<u8>) -> Response {
    given("application/xml", bytes)
}

fn given(kind: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, authorization, cookie, accept-language"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_asked_for_most_is_given_and_json_otherwise() {
        for (accept, form) in [
            ("", Form::Json),
            ("*/*", Form::Json),
            ("application/xml", Form::Xml),
            ("text/xml", Form::Xml),
            ("application/json, application/xml;q=0.9", Form::Json),
            ("application/json;q=0.5, Application/XML;q=0.51", Form::Xml),
            ("application/xml, */*;q=0.1", Form::Xml),
            ("application/xml;q=0", Form::Json),
            ("text/html, application/xhtml+xml", Form::Html),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Form::Html),
            ("text/plain", Form::Proof),
            ("application/xml;q=what", Form::Json),
            ("application/pdf", Form::Pdf),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().expect("a header"));
            assert_eq!(asked(&headers), form, "{accept}");
        }
    }
}
