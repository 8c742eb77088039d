//! Whom to tell of a weakness: `/.well-known/security.txt`. RFC 9116.
//! Contact and last day come from the configuration; without them there is no such file, rather than one that lies.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::options::SecurityContact;
use crate::web::state::App;

pub(crate) async fn contact(State(app): State<App>) -> Result<Response, Problem> {
    let options = app.options();
    let security = options.security.as_ref().ok_or(Kind::NotFound)?;
    let text = text(security, options.public_url.as_deref());
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

fn text(security: &SecurityContact, address: Option<&str>) -> String {
    let mut text = String::new();
    for contact in &security.contacts {
        text.push_str(&format!("Contact: {contact}\n"));
    }
    text.push_str(&format!("Expires: {}\nPreferred-Languages: sv, en\n", security.expires));
    if let Some(address) = address {
        text.push_str(&format!("Canonical: {address}/.well-known/security.txt\n"));
    }
    text
}
