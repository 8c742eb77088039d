//! The archive's own settings, written once when it is created: `archive.toml`.
//! Creating is not opening (HOUSE, invariant 9): a directory without this file is no archive.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::archive::error::Error;
use crate::archive::rooms::Layout;
use crate::store::disk;
use crate::store::object;
use crate::store::object::Bucket;
use crate::store::postgres;
use crate::store::postgres::Server;

/// The data version this program writes; it reads every older one, and brings it forward (`archive::upgrade`).
pub const DATA_VERSION: u32 = 2;
/// The file's name.
pub const FILE: &str = "archive.toml";
/// What stands in its place while a backup is put back: no archive yet, and nothing that anyone would miss.
pub(crate) const UNFINISHED: &str = "archive.toml.restoring";

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
    /// The database that holds ledger and catalogue; none: this directory does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreAt>,
    /// The object store that holds documents, records and salts; none: this directory does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<DocumentsAt>,
}

/// Where an archive is put: the sections `[store]` and `[documents]` of its settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// The database.
    pub store: Option<StoreAt>,
    /// The object store.
    pub documents: Option<DocumentsAt>,
}

/// A PostgreSQL that several processes share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreAt {
    /// `postgres://user@host/database`, without a password. TLS is required unless it says `sslmode=disable`.
    pub url: String,
    /// The schema with the archive's tables, so that several archives may share a database.
    #[serde(default = "schema")]
    pub schema: String,
    /// A file with the password; else `SIGILL_STORE_PASSWORD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// A file (PEM) with the authority of the server's certificate; none: the public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roots: Option<PathBuf>,
}

/// A bucket that several processes share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentsAt {
    /// `s3://bucket/prefix`
    pub url: String,
    /// The server, where it is not Amazon's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The region, where the server has such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The access key's name.
    pub key_id: String,
    /// A file with its secret; else `SIGILL_DOCUMENTS_SECRET`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
}

/// A word that is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

/// What opens the database and the object store.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The database's password.
    pub store_password: Option<Secret>,
    /// The secret of the object store's access key.
    pub documents_secret: Option<Secret>,
}

/// What the schema is called where nobody says otherwise.
fn schema() -> String {
    "sigill".to_owned()
}

impl Places {
    /// Reads a file with the sections `[store]` and `[documents]`.
    ///
    /// # Errors
    /// [`Error::Settings`] where it cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |what: String| Error::Settings { path: path.to_owned(), what };
        let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        toml::from_str(&text).map_err(|error| unreadable(error.message().to_owned()))
    }
}

impl Settings {
    /// Those of a new archive.
    pub(crate) fn new(origin: &str, organisation: Option<&str>, places: Places) -> Self {
        let (origin, organisation) = (origin.to_owned(), organisation.map(str::to_owned));
        let Places { store, documents } = places;
        Self { data_version: DATA_VERSION, origin, organisation, store, documents }
    }

    /// Reads a directory's settings.
    ///
    /// # Errors
    /// [`Error::Missing`] where there are none, [`Error::Unfinished`] where restoring was interrupted,
    /// [`Error::Version`] where a newer program wrote them.
    pub fn read(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let unfinished = directory.join(UNFINISHED).exists();
                let error = if unfinished { Error::Unfinished } else { Error::Missing };
                return Err(error(directory.to_owned()));
            }
            Err(error) => return Err(disk::Error::at("read", &path)(error).into()),
        };
        let settings: Self =
            toml::from_str(&text).map_err(|error| Error::Settings { path, what: error.message().to_owned() })?;
        if settings.data_version > DATA_VERSION {
            return Err(Error::Version { found: settings.data_version, known: DATA_VERSION });
        }
        Ok(settings)
    }

    /// Refuses what must not be written down, and what several processes could not share.
    pub(crate) fn are_followable(&self, directory: &Path) -> Result<(), Error> {
        let refused = |what: &str| Err(Error::Settings { path: directory.join(FILE), what: what.to_owned() });
        let user = |url: &str| {
            url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(user, _)| user.to_owned())
        };
        if let Some(store) = &self.store
            && (user(&store.url).is_some_and(|user| user.contains(':')) || store.url.contains("password"))
        {
            return refused("a password stands in the address; name a password_file or set SIGILL_STORE_PASSWORD");
        }
        if self.store.is_none() && self.documents.is_some() {
            return refused("documents in an object store need [store] as well");
        }
        if self.documents.as_ref().is_some_and(|documents| documents.place().is_none()) {
            return refused("the documents' address is not s3://bucket/prefix");
        }
        Ok(())
    }

    /// The database, where the archive is in one.
    pub(crate) fn server(&self, layout: &Layout, secrets: &Secrets) -> Result<Option<Arc<Server>>, Error> {
        let Some(store) = &self.store else { return Ok(None) };
        let file = store.password_file.as_deref().map(|file| secret(&layout.named(file))).transpose()?;
        let read = |path: &PathBuf| {
            let path = layout.named(path);
            fs::read(&path).map_err(disk::Error::at("read", &path))
        };
        let settings = postgres::Settings {
            url: store.url.clone(),
            schema: store.schema.clone(),
            password: file.or_else(|| Some(secrets.store_password.clone()?.0)),
            roots: store.roots.as_ref().map(read).transpose()?,
        };
        Ok(Some(Server::connect(&settings)?))
    }

    /// The bucket, where the documents are in one.
    pub(crate) fn bucket(&self, layout: &Layout, secrets: &Secrets) -> Result<Option<Arc<Bucket>>, Error> {
        let Some(documents) = &self.documents else { return Ok(None) };
        let file = documents.secret_file.as_deref().map(|file| secret(&layout.named(file))).transpose()?;
        let missing = |what: &str| Error::Settings { path: layout.named(Path::new(FILE)), what: what.to_owned() };
        let (bucket, prefix) = documents.place().ok_or_else(|| missing("the documents' address"))?;
        let secret = file.or_else(|| Some(secrets.documents_secret.clone()?.0));
        let settings = object::Settings {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: documents.endpoint.clone(),
            region: documents.region.clone(),
            key_id: documents.key_id.clone(),
            secret: secret.ok_or_else(|| missing("no secret_file, and SIGILL_DOCUMENTS_SECRET is not set"))?,
        };
        let bucket = Bucket::connect(&settings)?;
        bucket.reach()?;
        Ok(Some(bucket))
    }

    /// Writes them, durably, as the last step of creating.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, directory: &Path) -> Result<(), Error> {
        Ok(disk::replace(&directory.join(FILE), self.text()?.as_bytes())?)
    }

    /// As the file says them.
    pub(crate) fn text(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|error| Error::Settings { path: FILE.into(), what: error.to_string() })
    }
}

impl DocumentsAt {
    /// Bucket and prefix.
    fn place(&self) -> Option<(&str, &str)> {
        let rest = self.url.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        (!bucket.is_empty()).then_some((bucket, prefix))
    }
}

/// The first line of a file.
fn secret(path: &Path) -> Result<String, Error> {
    let text = fs::read_to_string(path).map_err(disk::Error::at("read", path))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
