//! Where a trust list comes from: a file, an address, or wherever the list of lists says that a territory's stands.
//! TS 119 612, 5.3.13. What is fetched is believed for its signature alone, so redirects may be followed.

use std::fmt;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::archive::fetch::Exchange;
use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::archive::lists::Error;
use crate::format::trustlist::TrustList;
use crate::format::xml;
use crate::store::disk;
use crate::verify::listed::Refused;

/// Letters of a territory's code (ISO 3166-1 and EU).
const TERRITORY_CHARS: usize = 2;

/// Where a list comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A file.
    #[serde(rename = "source")]
    File(PathBuf),
    /// An address, HTTP or HTTPS.
    Url(String),
    /// Where a pinned list of lists says that this territory's stands.
    Territory(String),
}

impl Source {
    /// What a person typed: an address, a territory's two capital letters, or else a file.
    pub fn typed(text: &Path) -> Self {
        let word = text.to_str().unwrap_or_default();
        let territory = word.len() == TERRITORY_CHARS && word.bytes().all(|byte| byte.is_ascii_uppercase());
        if word.contains("://") {
            Self::Url(word.to_owned())
        } else if territory && !text.exists() {
            Self::Territory(word.to_owned())
        } else {
            Self::File(fs::canonicalize(text).unwrap_or_else(|_| text.to_owned()))
        }
    }

    /// The list's bytes, not yet believed; from each place that may have them, until `believed`.
    ///
    /// # Errors
    /// Why they are not to be had; the last place's reason where there are several.
    pub(super) fn read<T>(
        &self,
        parents: &[TrustList],
        limits: &Limits,
        believed: impl Fn(Vec<u8>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self {
            Self::File(path) => believed(read_file(path)?),
            Self::Url(url) => {
                let hosts = limits.hosts.clone().and(url);
                believed(fetch(url, &Limits { hosts, ..limits.clone() })?)
            }
            Self::Territory(territory) => {
                let mut last = Err(Error::Unpointed(territory.clone()));
                for url in places(parents, territory) {
                    last = fetch(url, limits).and_then(&believed);
                    if last.is_ok() {
                        break;
                    }
                }
                last
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(out),
            Self::Url(url) => out.write_str(url),
            Self::Territory(territory) => out.write_str(territory),
        }
    }
}

/// Where the lists of lists say that a territory's list stands; the same list for people to read (PDF) is none.
fn places<'l>(parents: &'l [TrustList], territory: &str) -> Vec<&'l str> {
    let pointers = parents.iter().flat_map(|parent| &parent.pointers);
    let about = pointers.filter(|pointer| pointer.territory.as_deref() == Some(territory));
    let places = about.map(|pointer| pointer.location.as_str());
    places.filter(|place| !place.to_ascii_lowercase().ends_with(".pdf")).collect()
}

fn fetch(url: &str, limits: &Limits) -> Result<Vec<u8>, Error> {
    let max = u64::try_from(xml::BYTES_MAX).unwrap_or(u64::MAX);
    let answer = Exchange::new(limits).get(url, limits.answer_time_max, max);
    let refused = |trouble: Trouble| Error::Fetch { url: url.to_owned(), trouble };
    answer.and_then(crate::archive::fetch::Answer::ok).map_err(refused)
}

/// A list from the disk, unless it is larger than any.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let size = fs::metadata(path).map_err(disk::Error::at("read", path))?.len();
    match usize::try_from(size).ok().filter(|size| *size <= xml::BYTES_MAX) {
        Some(_) => Ok(fs::read(path).map_err(disk::Error::at("read", path))?),
        None => Err(Refused::Xml(xml::Error::TooLarge(usize::try_from(size).unwrap_or(usize::MAX))).into()),
    }
}
