//! Decided disposals are carried out while the service runs, once nobody can undo them any more. USERS 9.6.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::archive::house::Archive;
use crate::archive::repeat::Repeat;

/// How often it is looked whether anything is to be carried out.
const LOOK: Duration = Duration::from_secs(3600);

/// Decisions are carried out until this is dropped.
#[derive(Debug)]
pub struct CarryingOut {
    _repeat: Repeat,
}

impl CarryingOut {
    /// Begins.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(archive: Arc<Archive>) -> io::Result<Self> {
        let repeat = Repeat::start("disposal", LOOK, move || {
            match archive.carry_out_disposals() {
                Ok(gone) if gone.is_empty() => {}
                Ok(gone) => tracing::info!(records = gone.len(), "decided disposals were carried out"),
                Err(error) => tracing::warn!(%error, "a decided disposal could not be carried out; it is tried again"),
            }
            true
        })?;
        Ok(Self { _repeat: repeat })
    }
}
