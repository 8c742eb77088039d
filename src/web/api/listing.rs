//! The register as a list: what of it is wanted, and where the next page is. USERS 9.5; RFC 8288; DIGG's REST profile FNS.

use axum::Json;
use axum::http::HeaderValue;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::civil::Date;

use crate::archive;
use crate::archive::Archive;
use crate::archive::look_up::Found;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::wire::RecordList;

/// Records looked through for one answer: what that takes is waited for.
const LOOKED_AT_MAX: usize = 20_000;
/// Records read at a time.
const PAGE: usize = 200;

/// What of the register is wanted; each that is given must fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters {
    pub(crate) record_type: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) verdict: Option<String>,
    pub(crate) on_hold: Option<bool>,
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
}

/// A part of what fits.
pub(crate) struct Part {
    pub(crate) found: Vec<Found>,
    pub(crate) total: usize,
    /// Whether the whole register was looked through.
    pub(crate) whole: bool,
}

impl Filters {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { record_type, body, verdict, on_hold, from, to } = self;
        record_type.is_none()
            && body.is_none()
            && verdict.is_none()
            && on_hold.is_none()
            && from.is_none()
            && to.is_none()
    }

    /// Whether a record is wanted. The period is that of the meeting, else of the registration (UTC).
    fn fits(&self, found: &Found) -> bool {
        let record = &found.record;
        let day = record.meeting_date.as_deref().or_else(|| record.registered_at.get(..10));
        let day = day.and_then(|day| day.parse::<Date>().ok());
        let alike = |wanted: &Option<String>, own: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| own.is_some_and(|own| own.to_lowercase() == wanted.to_lowercase()))
        };
        alike(&self.record_type, Some(&record.record_type))
            && alike(&self.body, record.body.as_deref())
            && alike(&self.verdict, Some(&record.verification.verdict))
            && self.on_hold.is_none_or(|wanted| wanted != found.life.holds.is_empty())
            && self.from.is_none_or(|from| day.is_some_and(|day| day >= from))
            && self.to.is_none_or(|to| day.is_some_and(|day| day <= to))
    }

    /// What fits, newest first.
    pub(crate) fn part(&self, archive: &Archive, offset: usize, limit: usize) -> Result<Part, archive::Error> {
        let (mut part, mut looked_at) = (Part { found: Vec::new(), total: 0, whole: false }, 0);
        while looked_at < LOOKED_AT_MAX {
            let page = archive.newest(looked_at, PAGE)?;
            // A damaged record is left out of a page, so that only an empty one is the last.
            if page.is_empty() {
                part.whole = true;
                break;
            }
            looked_at = looked_at.saturating_add(PAGE);
            for found in page.into_iter().filter(|found| self.fits(found)) {
                if part.total >= offset && part.found.len() < limit {
                    part.found.push(found);
                }
                part.total = part.total.saturating_add(1);
            }
        }
        Ok(part)
    }
}

/// A list as an answer, which says where its next page is.
pub(crate) fn linked(uri: &Uri, list: RecordList) -> Result<Response, Problem> {
    let seen = list.offset.saturating_add(list.items.len());
    let more = !list.items.is_empty() && u64::try_from(seen).is_ok_and(|seen| seen < list.total);
    let mut response = Json(list).into_response();
    if more {
        let others = uri.query().unwrap_or_default().split('&');
        let others = others.filter(|pair| !pair.is_empty() && !pair.starts_with("offset="));
        let query: Vec<String> = others.map(str::to_owned).chain([format!("offset={seen}")]).collect();
        let next = format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"));
        let next = HeaderValue::try_from(next).map_err(|_| Problem::from(Kind::Internal))?;
        response.headers_mut().insert(header::LINK, next);
    }
    Ok(response)
}
