//! The description as it is given out: what the annotations say, and once for all calls what holds for every one.
//! OpenAPI 3.1; DIGG's REST API profile 1.2.0 (held by `tests/national_profile.rs`).

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::web::api::samples;
use crate::web::error::Kind;
use crate::web::error::PROBLEM_JSON;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::options::Options;
use crate::web::router;

/// Where the interface begins; paths in the description are relative to it. What lies elsewhere says so itself.
const ROOT: &str = "/api/v1";

/// A PDF, as far as an example needs one.
const PDF: &str = "%PDF-1.7";

/// SHA-256 of nothing, as an example of a digest.
const DIGEST: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// The whole description for a service that runs so.
pub(crate) fn document(options: &Options) -> Value {
    let mut document = serde_json::to_value(router::openapi()).unwrap_or_default();
    let base = options.public_url.as_deref().unwrap_or_default();
    if let Some(said) = document.pointer_mut("/info/description") {
        *said = json!(format!("{}\n\n{}", said.as_str().unwrap_or_default().trim_end(), terms(options)));
    }
    if let (Some(address), false) = (document.pointer_mut("/info/contact/url"), base.is_empty()) {
        *address = json!(format!("{base}{}", address.as_str().unwrap_or_default()));
    }
    let paths = document.get("paths").and_then(Value::as_object).cloned().unwrap_or_default();
    let complete = paths.into_iter().map(|(path, calls)| placed(path, completed(&document, calls), base));
    let complete: Map<String, Value> = complete.collect();
    if let Some(members) = document.as_object_mut() {
        members.insert("paths".to_owned(), Value::Object(complete));
        members.insert("servers".to_owned(), json!([{ "url": format!("{base}{ROOT}") }]));
    }
    document
}

/// What callers may count on, and what not: DOK.09 and DOK.11.
fn terms(options: &Options) -> String {
    let (files, mb) = (options.files_max, options.upload_bytes_max / 1_000_000);
    let (seconds, requests) = (options.request_time_max.as_secs(), options.requests_max);
    format!(
        "**Limits:** {mb} MB and {files} files in a request; {seconds} seconds; {requests} requests at a time, beyond which \
         503 says when to come back. **Service level:** the body that runs the service states it; `/readyz` tells how it \
         stands. Within `v1` members are only added: ignore those you do not know.\n\n\
         **Begränsningar:** {mb} MB och {files} filer i ett anrop; {seconds} sekunder; {requests} anrop samtidigt, därefter \
         503 med besked om när. **Servicenivå:** anges av myndigheten som driver tjänsten; `/readyz` visar läget. Inom `v1` \
         tillkommer bara uppgifter: bortse från dem du inte känner till."
    )
}

/// A path as it is written, with its server where that is not the interface's own.
fn placed(path: String, mut calls: Value, base: &str) -> (String, Value) {
    for (method, call) in calls.as_object_mut().into_iter().flatten() {
        let id = operation(method, &path);
        if let Some(call) = call.as_object_mut() {
            call.insert("operationId".to_owned(), json!(id));
        }
    }
    match path.strip_prefix(ROOT) {
        Some(own) => (own.to_owned(), calls),
        None => {
            let root = if base.is_empty() { "/" } else { base };
            if let Some(item) = calls.as_object_mut() {
                item.insert("servers".to_owned(), json!([{ "url": root }]));
            }
            (path, calls)
        }
    }
}

/// A call's name for generated clients: `getRecordsIdHolds`.
fn operation(method: &str, path: &str) -> String {
    let own = path.strip_prefix(ROOT).unwrap_or(path);
    let words = own.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |name, word| {
        let (first, rest) = word.split_at(word.len().min(1));
        name + &first.to_ascii_uppercase() + rest
    })
}

/// A path's calls, every request and answer with an example.
fn completed(document: &Value, mut calls: Value) -> Value {
    for (method, call) in calls.as_object_mut().into_iter().flatten() {
        shared(method, call);
        for parameter in call.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let schema = parameter.get("schema").cloned().unwrap_or_default();
            exemplified(parameter, || samples::of(document, &schema, &name));
        }
        let asked = call.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
        for (kind, content) in asked.into_iter().flatten() {
            let schema = content.get("schema").cloned().unwrap_or_default();
            exemplified(content, || body(document, kind, &schema));
        }
        let answers = call.get_mut("responses").and_then(Value::as_object_mut);
        for (status, answer) in answers.into_iter().flatten() {
            let contents = answer.get_mut("content").and_then(Value::as_object_mut);
            for (kind, content) in contents.into_iter().flatten() {
                let schema = content.get("schema").cloned().unwrap_or_default();
                let problem = || problem(status);
                exemplified(content, || if kind == PROBLEM_JSON { problem() } else { body(document, kind, &schema) });
            }
        }
    }
    calls
}

/// What several calls take and answer alike, by what they are.
fn shared(method: &str, call: &mut Value) {
    let answers = |call: &Value, status: &str| call.pointer(&format!("/responses/{status}")).is_some();
    let sent = |call: &Value, kind: &str| {
        call.pointer("/requestBody/content").and_then(|contents| contents.get(kind)).is_some()
    };
    if sent(call, "multipart/form-data") {
        takes(
            call,
            "Content-Digest",
            &format!("sha-256=:{DIGEST}:"),
            "RFC 9530: the file is refused where it did not arrive whole; `Repr-Digest` means the same. / Filen tas inte emot \
             om den inte kom fram hel.",
        );
    }
    if method == "post" && answers(call, "403") {
        takes(
            call,
            "Idempotency-Key",
            "8e03978e-40d5-43e8-bc93-6894a57f9324",
            "The same request sent again with the same key, byte for byte, within a day is done once and answered alike. / \
             Samma anrop igen med samma nyckel inom ett dygn utförs en gång och får samma svar.",
        );
        refuses(
            call,
            "409",
            "It may not be done now, or the first request with this key is under way. / Det får inte göras nu.",
        );
        refuses(call, "422", "The key came with another request before. / Nyckeln är använd till något annat.");
    }
    if answers(call, "304") {
        takes(
            call,
            "If-None-Match",
            "\"1f3c0f6f8f2a6f0a9e4d0f0b6c3f1d2e5a7b8c9d0e1f2a3b4c5d6e7f8091a2b3\"",
            "The `ETag` of what you have. / `ETag` på det du har.",
        );
    }
    if answers(call, "206") {
        // A part is of the same kind as the whole.
        let whole = call.pointer("/responses/200/content").cloned().unwrap_or_default();
        if let Some(part) = call.pointer_mut("/responses/206/content") {
            *part = whole;
        }
        takes(call, "Range", "bytes=0-1023", "One range of bytes. / En del av filen.");
        takes(
            call,
            "If-Modified-Since",
            "Thu, 12 Mar 2026 13:07:00 GMT",
            "`Last-Modified` of what you have. / Av det du har.",
        );
    }
}

/// A request header that may be sent.
fn takes(call: &mut Value, name: &str, example: &str, said: &str) {
    let Some(call) = call.as_object_mut() else { return };
    let parameters = call.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(json!({
            "name": name,
            "in": "header",
            "required": false,
            "description": said,
            "schema": { "type": "string" },
            "example": example,
        }));
    }
}

/// A refusal that is told of, unless it is already.
fn refuses(call: &mut Value, status: &str, said: &str) {
    let answers = call.get_mut("responses").and_then(Value::as_object_mut);
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    if let Some(answers) = answers
        && !answers.contains_key(status)
    {
        answers.insert(
            status.to_owned(),
            json!({ "description": said, "content": { PROBLEM_JSON: { "schema": schema } } }),
        );
    }
}

fn exemplified(of: &mut Value, sample: impl FnOnce() -> Value) {
    let Some(members) = of.as_object_mut() else { return };
    if !members.contains_key("example") && !members.contains_key("examples") {
        members.insert("example".to_owned(), sample());
    }
}

/// An example of a body of this media type.
fn body(document: &Value, kind: &str, schema: &Value) -> Value {
    match kind {
        "application/pdf" | "application/octet-stream" => json!(PDF),
        "text/csv" => {
            json!(
                "handlingstyp;åtgärd;frist_år;utgångspunkt;beslut;beslutsdatum\nProtokoll;bevaras;5;årets slut;KS 2026/8;2026-01-15\n"
            )
        }
        "application/xml" => json!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
        "text/plain" => json!("sigill.exempel.se\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"),
        // The file alone: everything else may be left out.
        "multipart/form-data" => json!({ "file": PDF }),
        // What has no shape of its own is another description: this one.
        _ if schema.is_null() => json!({ "openapi": "3.1.0" }),
        _ => samples::of(document, schema, ""),
    }
}

/// The refusal that this status means.
fn problem(status: &str) -> Value {
    let status = status.parse::<u16>().ok().and_then(|status| axum::http::StatusCode::from_u16(status).ok());
    let kind = status.map_or(Kind::Internal, Kind::of_status);
    let document = Problem::from(kind).document(Language::En, "5f0c6a0be91d2f47");
    serde_json::to_value(document).unwrap_or_default()
}
