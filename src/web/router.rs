//! Every route on one page. INTERFACES section 3.
//! Stub: signatures first.

use std::sync::Arc;

use axum::Router;

use crate::archive::Archive;
use crate::web::auth;
use crate::web::options::Options;

/// The whole service as a router, for serving and for tests.
///
/// # Errors
/// The tokens cannot be read.
pub fn router(_archive: Arc<Archive>, _options: Options) -> Result<Router, auth::Error> {
    Ok(Router::new())
}

/// The description of the interface, OpenAPI 3.1.
pub fn openapi() -> utoipa::openapi::OpenApi {
    utoipa::openapi::OpenApi::default()
}
