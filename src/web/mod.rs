//! How do I ask? HTTP: a JSON interface, pages for people, and the ledger for foreign tools.
//! INTERFACES section 3; RFC 9110, 9457 and 6750; C2SP tlog-tiles.

pub mod auth;
pub mod audit;
pub mod used;
pub mod finding;
pub mod options;
pub mod webhooks;
mod language;
mod error;
mod session;
pub mod oidc;
mod rate;
pub mod certificate;
pub mod tls;
mod listen;
mod state;
mod caller;
mod door;
mod holding;
mod limit;
mod digest;
mod repeat;
mod upload;
mod noted;
mod jobs;
mod answered;
pub mod cors;
mod traced;
mod guard;
mod since;
mod doing;
mod batch;
mod wire;
mod api;
mod pages;
mod router;
mod serve;

pub use options::Accessibility;
pub use options::Hook;
pub use options::Options;
pub use options::SecurityContact;
pub use options::Watch;
pub use router::openapi;
pub use router::router;
pub use serve::Error;
pub use serve::serve;
