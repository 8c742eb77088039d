//! A ledger as it was published: at an address, or in a folder that `sigill export` made. C2SP tlog-tiles, by its paths.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::archive::fetch::Exchange;
use crate::archive::fetch::Limits;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::ledger::mirror::CHECKPOINT;
use crate::ledger::mirror::PIECE_BYTES_MAX;
use crate::ledger::mirror::SUCCESSION;
use crate::ledger::note::NOTE_BYTES_MAX;
use crate::ledger::succession::Succession;
use crate::ledger::tile;

/// Longest proof of changed keys that is read.
const CHANGES_BYTES_MAX: u64 = 8 << 20;
/// Time for the ledger's address to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// How an address says that it has no such thing.
const NOT_FOUND: u16 = 404;

/// What somebody holds of a ledger.
pub(super) struct Published {
    /// Its checkpoint, a signed note.
    pub(super) note: String,
    /// How its keys were changed; none where nothing is said of that. What does not prove itself leads nowhere, and the
    /// checkpoint is then refused.
    pub(super) changes: Option<Succession>,
    place: Place,
}

/// Where the rest of it is.
enum Place {
    Address(String, Exchange),
    Folder(PathBuf),
}

impl Published {
    /// Reads a checkpoint: a file, the one in an export's folder, or what the ledger's address publishes.
    pub(super) fn read(place: &str) -> Result<Self, Stop> {
        let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let (place, bytes) = match address(place) {
            Some(base) => {
                let url = format!("{base}/checkpoint");
                let exchange = Exchange::new(&Limits::named([url.as_str()]));
                let asked = exchange.get(&url, ANSWER_TIME_MAX, bytes_max).and_then(|answer| answer.ok());
                (Place::Address(base.to_owned(), exchange), asked.map_err(|error| silent(&url, &error.to_string()))?)
            }
            None => {
                let path = Path::new(place);
                let file = if path.is_dir() { path.join(CHECKPOINT) } else { path.to_owned() };
                let bytes = open::file(&file, bytes_max).map_err(Stop::Trouble)?;
                (Place::Folder(file.parent().unwrap_or(Path::new("")).to_owned()), bytes)
            }
        };
        let changes = place.changes().and_then(|bytes| String::from_utf8_lossy(&bytes).parse().ok());
        Ok(Self { note: String::from_utf8_lossy(&bytes).into_owned(), changes, place })
    }

    /// A tile or a bundle of entries; none where there is nothing at its path.
    pub(super) fn piece(&self, path: tile::Path) -> Result<Option<Vec<u8>>, String> {
        match &self.place {
            Place::Address(base, exchange) => {
                let answer = exchange.get(&format!("{base}/{path}"), ANSWER_TIME_MAX, PIECE_BYTES_MAX);
                let answer = answer.map_err(|error| error.to_string())?;
                if answer.status == NOT_FOUND {
                    return Ok(None);
                }
                answer.ok().map(Some).map_err(|error| error.to_string())
            }
            Place::Folder(folder) => {
                let path = folder.join(path.to_string());
                if !path.exists() {
                    return Ok(None);
                }
                open::file(&path, PIECE_BYTES_MAX).map(Some).map_err(|text| text.en)
            }
        }
    }
}

impl Place {
    fn changes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Address(base, exchange) => {
                let asked = exchange.get(&format!("{base}/ledger.succession"), ANSWER_TIME_MAX, CHANGES_BYTES_MAX);
                asked.and_then(|answer| answer.ok()).ok()
            }
            Self::Folder(folder) => open::file(&folder.join(SUCCESSION), CHANGES_BYTES_MAX).ok(),
        }
    }
}

/// The ledger's address, where the place is one.
fn address(place: &str) -> Option<&str> {
    let named = place.starts_with("http://") || place.starts_with("https://");
    named.then(|| place.trim_end_matches('/').trim_end_matches("/checkpoint"))
}

fn silent(url: &str, error: &str) -> Stop {
    Stop::trouble(
        format!("{url} svarar inte: {error}. Inget har återställts. Försök igen, eller ange en fil."),
        format!("{url} does not answer: {error}. Nothing was restored. Try again, or name a file."),
    )
}
