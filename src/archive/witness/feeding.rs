//! The thread that shows the ledger to its witnesses while the archive is open.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::archive::house::Archive;
use crate::archive::repeat::Repeat;
use crate::archive::witness::Feeder;

/// How often the ledger is looked at. A receipt that waits for witnesses waits this long and one exchange more.
const LOOK: Duration = Duration::from_millis(500);

/// Feeding goes on until this is dropped.
#[derive(Debug)]
pub struct Feeding {
    _repeat: Repeat,
}

impl Feeding {
    /// Begins. An alarm ends it: the ledger is stopped then, and says why.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(archive: Arc<Archive>, mut feeder: Feeder) -> io::Result<Self> {
        let repeat = Repeat::start("witnesses", LOOK, move || {
            if archive.ledger().alarm().is_some() {
                return false;
            }
            if let Err(error) = feeder.round(&archive) {
                tracing::error!(%error, "witnesses");
            }
            true
        })?;
        Ok(Self { _repeat: repeat })
    }
}
