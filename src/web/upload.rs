//! Reading what was sent: one document as the body, or several as `multipart/form-data` (RFC 7578).
//! Everything is counted: bytes of the whole body, parts, and characters of the words that come with a file.

use axum::body::Body;
use axum::body::Bytes;
use axum::extract::FromRequest;
use axum::extract::Multipart;
use axum::extract::Request;
use axum::extract::multipart::Field;
use axum::extract::multipart::MultipartError;
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use tokio::sync::OwnedSemaphorePermit;

use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;

/// Parts beside files: metadata fields, and what forms add.
const FIELDS_MAX: usize = 20;
/// Longest value of such a part, in bytes.
const FIELD_BYTES_MAX: usize = 2_000;
/// Longest file name kept, in characters; file systems end at 255 bytes.
const NAME_CHARS_MAX: usize = 200;
/// How many times the limit is read and thrown away, so that a browser that is still sending can read the refusal.
const DRAINED_TIMES: u64 = 4;

/// A file that was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

/// What was sent.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) files: Vec<Sent>,
    /// Whether it came as multipart, and is answered with a list.
    pub(crate) multipart: bool,
    /// The other parts, in order.
    pub(crate) fields: Vec<(String, String)>,
    /// The place at the gate, given back when the answer is made.
    pub(crate) place: OwnedSemaphorePermit,
}

impl Upload {
    /// A part by its name; one that is blank is none.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    }
}

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let place = app.gate().admit()?;
        let max = app.options().upload_bytes_max;
        let request = within(request, max).await?;
        let form = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if form.is_some_and(|form| form.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")) {
            let parts = Multipart::from_request(request, app).await.map_err(|_| not_multipart())?;
            return parts_of(parts, app.options().files_max, max, place).await;
        }
        let bytes =
            Bytes::from_request(request, app).await.map_err(|error| refused(error.into_response().status(), max))?;
        if bytes.is_empty() {
            return Err(Kind::EmptyDocument.into());
        }
        let files = vec![Sent { name: String::new(), bytes }];
        Ok(Self { files, multipart: false, fields: Vec::new(), place })
    }
}

/// Refuses a body that says that it is too large, before any of it is kept.
async fn within(request: Request, max: u64) -> Result<Request, Problem> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > max => {
            if length <= max.saturating_mul(DRAINED_TIMES) {
                drain(request.into_body()).await;
            }
            Err(too_large(Some(length), max))
        }
        Some(_) | None => Ok(request),
    }
}

async fn drain(body: Body) {
    use axum::body::HttpBody;
    use std::future::poll_fn;
    use std::pin::pin;

    let mut body = pin!(body);
    while let Some(Ok(_)) = poll_fn(|context| body.as_mut().poll_frame(context)).await {}
}

async fn parts_of(
    mut parts: Multipart,
    files_max: usize,
    max: u64,
    place: OwnedSemaphorePermit,
) -> Result<Upload, Problem> {
    let (mut files, mut fields) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|error| broken(&error, max))? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(display_name) {
            // A browser sends an empty, nameless part for a file field that nobody filled in.
            Some(file) => {
                let bytes = part.bytes().await.map_err(|error| broken(&error, max))?;
                if !(file.is_empty() && bytes.is_empty()) {
                    files.push(Sent { name: file, bytes });
                }
            }
            None => fields.push((name, words(part, max).await?)),
        }
        if files.len() > files_max || fields.len() > FIELDS_MAX {
            return Err(Problem::new(
                Kind::BadRequest,
                format!("Högst {files_max} filer och {FIELDS_MAX} uppgifter tas emot på en gång. Inget har sparats."),
                format!("At most {files_max} files and {FIELDS_MAX} fields are taken at once. Nothing was saved."),
            ));
        }
    }
    if files.is_empty() {
        return Err(Kind::EmptyDocument.into());
    }
    Ok(Upload { files, multipart: true, fields, place })
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
