//! What do we keep, and how long? The two pillars meet: documents and their verification, and the ledger over them.
//! HOUSE, the walk of one document and invariants 6 to 9.

pub mod record;
pub mod encoding;
pub mod encode;
pub mod entry;
pub mod retention;
pub mod error;
pub mod catalogue;
pub mod anchors;
pub mod lists;
pub mod policy_file;
pub mod settings;
pub mod fetch;
pub mod pieces;
pub mod gather;
mod parts;
mod migrate;
pub mod house;
mod repeat;
pub mod witness;
mod alarm;
pub mod monitor;
pub mod refusal;
pub mod act;
pub mod life;
pub mod addition;
pub mod ingest;
pub mod look_up;
pub mod deeds;
pub mod disposal;
pub mod copies;
pub mod protocol;
pub mod carrying_out;
pub mod schedules;
pub mod prove;
pub mod disposed;
pub mod check;
pub mod backup;
pub mod mirror;
pub mod stamps;
pub mod versions;
pub mod package;
pub mod delivery;

pub use error::Error;
pub use house::Archive;
pub use house::Options;
