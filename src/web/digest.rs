//! Digests of what is sent: `Content-Digest` and `Repr-Digest`, checked on what comes in and stated on what goes out.
//! RFC 9530. A body is digested while somebody else reads it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;

use axum::Error;
use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body::Frame;

use crate::verify::crypto::DigestAlgorithm;
use crate::verify::crypto::Hasher;
use crate::web::error::Kind;
use crate::web::error::Problem;

/// Of the bytes in this message.
pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
/// Of the whole that they are a part of.
pub(crate) const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// The algorithms that are not broken; others are passed over, as RFC 9530 lets us.
const KNOWN: [(&str, DigestAlgorithm); 2] =
    [("sha-256", DigestAlgorithm::Sha256), ("sha-512", DigestAlgorithm::Sha512)];

/// A digest that the sender states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

/// What a request states of its body. An upload is sent whole and as it is, so that both fields mean the same.
pub(crate) fn claims(headers: &HeaderMap) -> Result<Vec<Claim>, Problem> {
    let fields = [CONTENT_DIGEST, REPR_DIGEST];
    let stated = fields.iter().flat_map(|field| headers.get_all(field));
    let mut claims = Vec::new();
    for value in stated {
        for member in value.to_str().map_err(|_| malformed())?.split(',') {
            claims.extend(claim(member).ok_or_else(malformed)?);
        }
    }
    Ok(claims)
}

/// One member of the dictionary; nothing where the algorithm is not known.
fn claim(member: &str) -> Option<Option<Claim>> {
    let (name, value) = member.trim().split_once('=')?;
    let inner = value.strip_prefix(':')?.strip_suffix(':')?;
    let digest = STANDARD.decode(inner).ok()?;
    let known = KNOWN.iter().find(|(own, _)| *own == name);
    Some(known.map(|(_, algorithm)| Claim { algorithm: *algorithm, digest }))
}

fn malformed() -> Problem {
    Problem::new(
        Kind::BadRequest,
        "Content-Digest och Repr-Digest skrivs som RFC 9530 säger: sha-256=:BASE64:. Inget har sparats.",
        "Content-Digest and Repr-Digest are written as RFC 9530 says: sha-256=:BASE64:. Nothing was saved.",
    )
}

/// The field's value for bytes whose SHA-256 is known.
pub(crate) fn field(sha256: &[u8; 32]) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("sha-256=:{}:", STANDARD.encode(sha256))).ok()
}

/// A body that is digested while it is read.
#[derive(Clone)]
pub(crate) struct Watched(Arc<Mutex<Inner>>);

struct Inner {
    body: Body,
    hashers: Vec<Hasher>,
}

impl Watched {
    /// Digested by each of these.
    pub(crate) fn new(body: Body, algorithms: impl IntoIterator<Item = DigestAlgorithm>) -> Self {
        Self(Arc::new(Mutex::new(Inner { body, hashers: algorithms.into_iter().map(Hasher::new).collect() })))
    }

    /// The body for whoever reads it.
    pub(crate) fn body(&self) -> Body {
        Body::new(self.clone())
    }

    /// The digests, once what nobody read has been read as well.
    pub(crate) async fn finish(mut self, bytes_max: u64) -> Result<Vec<Vec<u8>>, Problem> {
        let mut rest: u64 = 0;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut self).poll_frame(context)).await {
            let frame = frame.map_err(|_| Problem::from(Kind::BadRequest))?;
            rest =
                rest.saturating_add(frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX)));
            if rest > bytes_max {
                return Err(Kind::TooLarge.into());
            }
        }
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(inner.hashers.iter().map(|hasher| hasher.clone().finish()).collect())
    }

    /// Goes on where the body is the one that the sender stated.
    pub(crate) async fn confirm(self, claims: &[Claim], bytes_max: u64) -> Result<(), Problem> {
        let digests = self.finish(bytes_max).await?;
        let same = claims.iter().zip(&digests).all(|(claim, digest)| claim.digest == *digest);
        if same { Ok(()) } else { Err(Kind::DigestMismatch.into()) }
    }
}

/// A body that will be compared with what is stated of it; as it is, where nothing is.
pub(crate) fn watch(body: Body, claims: &[Claim]) -> (Body, Option<Watched>) {
    if claims.is_empty() {
        return (body, None);
    }
    let watched = Watched::new(body, claims.iter().map(|claim| claim.algorithm));
    (watched.body(), Some(watched))
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { body, hashers } = &mut *inner;
        let polled = Pin::new(body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            hashers.iter_mut().for_each(|hasher| hasher.update(data));
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(value: &str) -> Result<Vec<Claim>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_DIGEST, value.parse().expect("a header"));
        claims(&headers)
    }

    #[test]
    fn a_field_is_read_as_it_is_written() {
        let sha256 = [7; 32];
        let own = field(&sha256).expect("a header");
        let read = stated(own.to_str().expect("ASCII")).expect("well formed");
        assert_eq!(read, [Claim { algorithm: DigestAlgorithm::Sha256, digest: sha256.to_vec() }]);
        assert_eq!(stated("md5=:AAAA:, sha-512=:AAAA:").expect("well formed").len(), 1, "md5 is passed over");
        for wrong in ["", "sha-256", "sha-256=AAAA", "sha-256=:A:", "sha-256=:AAAA:,"] {
            assert!(stated(wrong).is_err(), "{wrong}");
        }
    }
}
