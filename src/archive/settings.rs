//! The archive's own settings, written once when it is created: `archive.toml`.
//! Creating is not opening (HOUSE, invariant 9): a directory without this file is no archive.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::archive::error::Error;
use crate::store::disk;

/// The data version this program writes and reads.
pub const DATA_VERSION: u32 = 1;
/// The file's name.
pub const FILE: &str = "archive.toml";

/// What is said once about an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Rises when the layout on disk changes.
    pub data_version: u32,
    /// The ledger's name.
    pub origin: String,
    /// The body that keeps it, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
}

impl Settings {
    /// Reads a directory's settings.
    ///
    /// # Errors
    /// [`Error::Missing`] where there are none, [`Error::Version`] where another program wrote them.
    pub fn read(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Missing(directory.to_owned()));
            }
            Err(error) => return Err(disk::Error::at("read", &path)(error).into()),
        };
        let settings: Self =
            toml::from_str(&text).map_err(|error| Error::Settings { path, what: error.message().to_owned() })?;
        if settings.data_version != DATA_VERSION {
            return Err(Error::Version { found: settings.data_version, known: DATA_VERSION });
        }
        Ok(settings)
    }

    /// Writes them, durably, as the last step of creating.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, directory: &Path) -> Result<(), Error> {
        let path = directory.join(FILE);
        let text =
            toml::to_string(self).map_err(|error| Error::Settings { path: path.clone(), what: error.to_string() })?;
        Ok(disk::replace(&path, text.as_bytes())?)
    }
}
