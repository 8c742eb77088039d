//! Reading what was sent: one document as the body, or several as `multipart/form-data` (RFC 7578), with evidence.
//! Everything is counted: bytes of the whole body, parts, and characters of the words that come with a file.

use std::future::poll_fn;
use std::pin::Pin;
use std::pin::pin;

use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use axum::extract::FromRequest;
use axum::extract::Multipart;
use axum::extract::Request;
use axum::extract::multipart::Field;
use axum::extract::multipart::MultipartError;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::CONTENT_ENCODING;
use axum::http::header::CONTENT_LENGTH;
use axum::http::header::CONTENT_TYPE;

use crate::archive::pieces::Kind as Evidence;
use crate::archive::pieces::PIECES_MAX;
use crate::archive::pieces::Piece;
use crate::web::digest;
use crate::web::digest::Claim;
use crate::web::digest::Watched;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::jobs::FILES_TIMES;
use crate::web::limit::Gate;
use crate::web::limit::Place;
use crate::web::state::App;

/// Parts beside files: metadata fields, and what forms add.
const FIELDS_MAX: usize = 20;
/// Longest value of such a part, in bytes.
const FIELD_BYTES_MAX: usize = 2_000;
/// Longest file name kept, in characters; file systems end at 255 bytes.
const NAME_CHARS_MAX: usize = 200;
/// How many times the limit is read and thrown away, so that a browser that is still sending can read the refusal.
const DRAINED_TIMES: u64 = 4;
/// The part that holds evidence of any kind; a part named as a kind holds that kind.
const EVIDENCE: &str = "evidence";

/// A file that was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What was sent.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) files: Vec<Sent>,
    /// What was sent beside them to be taken into account.
    pub(crate) evidence: Vec<Piece>,
    /// Whether it came as multipart, and is answered with a list.
    pub(crate) multipart: bool,
    /// The other parts, in order.
    pub(crate) fields: Vec<(String, String)>,
    /// The memory it takes, given back when the answer is made.
    pub(crate) place: Place,
}

impl Upload {
    /// A part by its name; one that is blank is none.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    }
}

/// The same, of more files than are answered while somebody waits: a job.
pub(crate) struct Batch(pub(crate) Upload);

impl FromRequest<App> for Batch {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        Upload::read(request, app, app.options().files_max.saturating_mul(FILES_TIMES)).await.map(Self)
    }
}

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        Self::read(request, app, app.options().files_max).await
    }
}

impl Upload {
    async fn read(request: Request, app: &App, files_max: usize) -> Result<Self, Problem> {
        let max = app.options().upload_bytes_max;
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().trim().to_ascii_lowercase();
        if is_no_file(&kind) {
            return Err(Kind::UnsupportedType.into());
        }
        if is_packed(request.headers()) {
            return Err(packed());
        }
        let claims = digest::claims(request.headers())?;
        let length = length(&request);
        let request = within(request, length, max).await?;
        let (head, body) = request.into_parts();
        let (body, watched) = digest::watch(body, &claims);
        let request = Request::from_parts(head, body);
        let place = app.gate().admit(length).await?;
        let mut room = Room { gate: app.gate(), place, capacity: length.unwrap_or(0), bytes: 0, max };
        if kind.starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, app).await.map_err(|_| not_multipart())?;
            let parts = parts_of(parts, files_max, &mut room).await?;
            confirmed(watched, &claims, max).await?;
            let Parts { files, evidence, fields } = parts;
            return Ok(Self { files, evidence, multipart: true, fields, place: room.place });
        }
        let bytes = whole(request.into_body(), &mut room).await?;
        if bytes.is_empty() {
            return Err(Kind::EmptyDocument.into());
        }
        confirmed(watched, &claims, max).await?;
        let files = vec![Sent { name: String::new(), bytes }];
        Ok(Self { files, evidence: Vec::new(), multipart: false, fields: Vec::new(), place: room.place })
    }
}

/// Goes on where nothing was stated of the body, or it is what was stated.
async fn confirmed(watched: Option<Watched>, claims: &[Claim], bytes_max: u64) -> Result<(), Problem> {
    match watched {
        Some(watched) => watched.confirm(claims, bytes_max).await,
        None => Ok(()),
    }
}

/// Whether the body is packed for the way: what would be registered is not what somebody has.
fn is_packed(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn packed() -> Problem {
    Problem::new(
        Kind::UnsupportedType,
        "Filen kom packad (Content-Encoding). Inget har sparats. Skicka den som den är.",
        "The file came packed (Content-Encoding). Nothing was saved. Send it as it is.",
    )
}

/// Whether a body of this media type is certainly no document but a program's words, which sent them to the wrong place.
fn is_no_file(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let structured = kind.ends_with("/json") || kind.ends_with("+json") || kind.ends_with("/xml");
    structured || (kind.starts_with("multipart/") && kind != "multipart/form-data")
}

fn length(request: &Request) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok())
}

/// Refuses a body that says that it is too large, before any of it is kept.
async fn within(request: Request, length: Option<u64>, max: u64) -> Result<Request, Problem> {
    match length {
        Some(length) if length > max => {
            if length <= max.saturating_mul(DRAINED_TIMES) {
                let mut body = pin!(request.into_body());
                while let Some(Ok(_)) = frame(&mut body).await {}
            }
            Err(too_large(Some(length), max))
        }
        Some(_) | None => Ok(request),
    }
}

/// The memory of one upload while it is read.
struct Room<'g> {
    gate: &'g Gate,
    place: Place,
    /// What is still to come by its own word.
    capacity: u64,
    bytes: u64,
    max: u64,
}

impl Room<'_> {
    /// Space for a file: as much as may still come, so that it is never moved while it grows. Pages that nothing is
    /// written to cost nothing.
    fn file(&self) -> Vec<u8> {
        Vec::with_capacity(usize::try_from(self.capacity.min(self.max)).unwrap_or(0))
    }

    /// Adds what came, where there is room for it.
    async fn add(&mut self, file: &mut Vec<u8>, chunk: &[u8]) -> Result<(), Problem> {
        let came = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(came);
        self.capacity = self.capacity.saturating_sub(came);
        if self.bytes > self.max {
            return Err(too_large(None, self.max));
        }
        self.gate.grow(&mut self.place, self.bytes).await?;
        file.extend_from_slice(chunk);
        Ok(())
    }
}

/// The next piece of a body's data.
async fn frame(body: &mut Pin<&mut Body>) -> Option<Result<Bytes, Problem>> {
    loop {
        match poll_fn(|context| body.as_mut().poll_frame(context)).await? {
            Ok(frame) => match frame.into_data() {
                Ok(data) => return Some(Ok(data)),
                // Trailers say nothing that is asked for.
                Err(_) => continue,
            },
            Err(_) => return Some(Err(not_multipart())),
        }
    }
}

async fn whole(body: Body, room: &mut Room<'_>) -> Result<Vec<u8>, Problem> {
    let (mut body, mut bytes) = (pin!(body), room.file());
    while let Some(data) = frame(&mut body).await {
        room.add(&mut bytes, &data?).await?;
    }
    Ok(bytes)
}

/// The kind of evidence that a part of this name holds; `evidence-record` is an older name of `evidenceRecord`.
fn evidence(name: &str) -> Option<Evidence> {
    Evidence::named(if name == "evidenceRecord" { "evidence-record" } else { name })
}

/// The parts of a form.
#[derive(Default)]
struct Parts {
    files: Vec<Sent>,
    evidence: Vec<Piece>,
    fields: Vec<(String, String)>,
}

async fn parts_of(mut form: Multipart, files_max: usize, room: &mut Room<'_>) -> Result<Parts, Problem> {
    let mut parts = Parts::default();
    while let Some(part) = form.next_field().await.map_err(|error| broken(&error, room.max))? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(display_name);
        let evidence = evidence(&name).map(Some).or_else(|| (name == EVIDENCE).then_some(None));
        match (evidence, file) {
            (Some(kind), file) => {
                let bytes = bytes(part, room).await?;
                if !bytes.is_empty() {
                    let name = file.filter(|file| !file.is_empty()).unwrap_or(name);
                    parts.evidence.push(Piece { name, kind, bytes, address: None });
                }
            }
            // A browser sends an empty, nameless part for a file field that nobody filled in.
            (None, Some(file)) => {
                let bytes = bytes(part, room).await?;
                if !(file.is_empty() && bytes.is_empty()) {
                    parts.files.push(Sent { name: file, bytes });
                }
            }
            (None, None) => parts.fields.push((name, words(part, room.max).await?)),
        }
        parts.within(files_max)?;
    }
    if parts.files.is_empty() {
        return Err(Kind::EmptyDocument.into());
    }
    Ok(parts)
}

impl Parts {
    fn within(&self, files_max: usize) -> Result<(), Problem> {
        let Self { files, evidence, fields } = self;
        if files.len() <= files_max && evidence.len() <= PIECES_MAX && fields.len() <= FIELDS_MAX {
            return Ok(());
        }
        Err(Problem::new(
            Kind::BadRequest,
            format!(
                "Högst {files_max} filer, {PIECES_MAX} bevis och {FIELDS_MAX} uppgifter tas emot på en gång. Inget har \
                 sparats."
            ),
            format!(
                "At most {files_max} files, {PIECES_MAX} pieces of evidence and {FIELDS_MAX} fields are taken at once. \
                 Nothing was saved."
            ),
        ))
    }
}

async fn bytes(mut part: Field<'_>, room: &mut Room<'_>) -> Result<Vec<u8>, Problem> {
    let mut bytes = room.file();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error, room.max))? {
        room.add(&mut bytes, &chunk).await?;
    }
    bytes.shrink_to_fit();
    Ok(bytes)
}

async fn words(mut part: Field<'_>, max: u64) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error, max))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > FIELD_BYTES_MAX {
            return Err(Problem::new(
                Kind::BadRequest,
                format!("En uppgift får ha högst {FIELD_BYTES_MAX} byte. Inget har sparats."),
                format!("A field takes at most {FIELD_BYTES_MAX} bytes. Nothing was saved."),
            ));
        }
    }
    String::from_utf8(bytes).map_err(|_| {
        Problem::new(
            Kind::BadRequest,
            "En uppgift är inte UTF-8. Inget har sparats.",
            "A field is not UTF-8. Nothing was saved.",
        )
    })
}

/// The last part of a path, without control characters, of bounded length: for people, never for a disk.
pub(crate) fn display_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(NAME_CHARS_MAX).collect()
}

fn broken(error: &MultipartError, max: u64) -> Problem {
    refused(error.status(), max)
}

fn refused(status: StatusCode, max: u64) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE { too_large(None, max) } else { not_multipart() }
}

fn not_multipart() -> Problem {
    Problem::new(
        Kind::BadRequest,
        "Det som skickades bröts av eller är inte multipart/form-data som det säger. Inget har sparats.",
        "What was sent broke off or is not the multipart/form-data it says. Nothing was saved.",
    )
}

fn too_large(length: Option<u64>, max: u64) -> Problem {
    let size = length.map(|length| format!(" ({} MB)", megabytes(length))).unwrap_or_default();
    let max = max / 1_000_000;
    Problem::new(
        Kind::TooLarge,
        format!("Filen är för stor{size}. Högst {max} MB. Inget har sparats."),
        format!("The file is too large{size}. At most {max} MB. Nothing was saved."),
    )
}

/// Rounded up, so that a file that is just too large does not look as if it fitted.
fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_for_people_only() {
        assert_eq!(display_name(r"C:\Users\anna\protokoll.pdf"), "protokoll.pdf");
        assert_eq!(display_name("../../etc/passwd"), "passwd");
        assert_eq!(display_name("a\u{0}b\nc.pdf"), "abc.pdf");
        assert_eq!(display_name(&"x".repeat(999)).len(), NAME_CHARS_MAX);
    }
}
