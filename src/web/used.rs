//! When tokens were last used, by the day: enough to see which nobody needs, too coarse to follow anybody. USERS 9.8.
//! Kept beside the tokens; losing it loses nothing but that.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::runtime::Handle;

use crate::store::disk;

/// The file in the archive's directory: a day for each token's id.
const FILE: &str = "tokens-used.json";

/// The day of each token's last use.
pub struct Used {
    path: PathBuf,
    days: Mutex<BTreeMap<String, String>>,
}

impl Used {
    /// What was written; nothing where it cannot be read.
    pub fn open(directory: &Path) -> Self {
        let path = directory.join(FILE);
        let days = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { path, days: Mutex::new(days) }
    }

    /// Notes a use. Only the first of a day is written, and the request does not wait for it.
    pub fn note(&self, id: &str, now: Timestamp) {
        let today = now.to_zoned(TimeZone::UTC).date().to_string();
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if days.get(id) == Some(&today) {
            return;
        }
        days.insert(id.to_owned(), today);
        let (path, text) = (self.path.clone(), serde_json::to_vec(&*days));
        let write = move || match text.map(|text| disk::replace(&path, &text)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "when a token was last used is not kept"),
            Err(error) => tracing::warn!(%error, "when a token was last used is not kept"),
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(write)),
            Err(_) => write(),
        }
    }

    /// The day of a token's last use.
    pub fn day(&self, id: &str) -> Option<String> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}
