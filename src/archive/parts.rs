//! Where an archive's parts stay: on this machine, or in a database and an object store that several processes share.
//! The choice is made once, in `archive.toml`; what is opened here is used without knowing it.

use std::sync::Arc;

use ring::rand::SecureRandom;
use ring::rand::SystemRandom;

use crate::archive::catalogue;
use crate::archive::catalogue::Catalogue;
use crate::archive::error::Error;
use crate::archive::house::Options;
use crate::archive::rooms::Layout;
use crate::archive::rooms::open_catalogue;
use crate::archive::rooms::open_evidence;
use crate::archive::rooms::remove_derived;
use crate::archive::settings::Settings;
use crate::archive::witness::duty;
use crate::ledger;
use crate::ledger::Ledger;
use crate::ledger::note::Seed;
use crate::store::Store;
use crate::store::blob;
use crate::store::blob::Blobs;
use crate::store::blob::FileBlobs;
use crate::store::object::Bucket;
use crate::store::postgres::PostgresStore;
use crate::store::postgres::Server;

/// The ledger's store among those in a database.
const LEDGER: &str = "ledger";
/// The catalogue's.
const CATALOGUE: &str = "catalogue";

/// What an archive is made of, opened.
pub(crate) struct Parts {
    pub(crate) ledger: Ledger,
    pub(crate) documents: Box<dyn Blobs>,
    pub(crate) evidence: Box<dyn Blobs>,
    pub(crate) records: Box<dyn Blobs>,
    pub(crate) salts: Box<dyn Blobs>,
    pub(crate) catalogue: Catalogue,
    /// Whether the catalogue was not there, or could not be opened, and is made anew.
    pub(crate) catalogue_lost: bool,
    /// The rows of a duty as a witness that several processes have; none where one process has it.
    pub(crate) duty: Option<Box<dyn Store>>,
}

/// The kinds of files, in the order of [`KINDS`].
struct Files([Box<dyn Blobs>; 4]);

/// Whose key a new ledger gets.
pub(crate) enum Key<'a> {
    /// One of its own.
    New(Seed),
    /// That of a ledger which it continues.
    Of(&'a Ledger),
}

/// Creates every part. Gives the ledger's public key.
pub(crate) fn create(layout: &Layout, settings: &Settings, key: &Key<'_>, options: &Options) -> Result<String, Error> {
    // What is most likely to be refused is asked first, so that a refusal leaves nothing behind.
    let (server, bucket) = vacant(layout, settings, options)?;
    let rows = server.map(|server| {
        let rows = PostgresStore::create(&server, LEDGER, &ledger::SHARED_SPACES)?;
        PostgresStore::create(&server, CATALOGUE, catalogue::SPACES).map(|_| rows)
    });
    let (directory, origin) = (layout.ledger(), settings.origin.as_str());
    let vkey = match (rows.transpose()?, key) {
        (None, Key::New(seed)) => Ledger::create(&directory, origin, seed, &options.ledger)?,
        (Some(rows), Key::New(seed)) => Ledger::found(&directory, &rows, origin, seed, &options.ledger)?,
        (Some(rows), Key::Of(ledger)) => ledger.found_again(&directory, &rows)?,
        (None, Key::Of(_)) => {
            return Err(Error::Settings { path: directory, what: "there is no [store] to move to".to_owned() });
        }
    };
    if bucket.is_none() {
        for folder in [layout.documents(), layout.evidence(), layout.records(), layout.salts()] {
            FileBlobs::create(&folder)?;
        }
    }
    Ok(vkey)
}

/// The database and the object store that the settings name, both without an archive.
///
/// # Errors
/// `Exists` where one of them holds anything already.
pub(crate) fn vacant(layout: &Layout, settings: &Settings, options: &Options) -> Result<Elsewhere, Error> {
    let bucket = settings.bucket(layout, &options.secrets)?;
    if let Some(bucket) = &bucket {
        for kind in KINDS {
            if !bucket.blobs(kind).list()?.is_empty() {
                return Err(blob::Error::Exists(kind.into()).into());
            }
        }
    }
    let server = settings.server(layout, &options.secrets)?;
    if let Some(server) = &server {
        [LEDGER, CATALOGUE].into_iter().try_for_each(|name| PostgresStore::vacant(server, name))?;
    }
    Ok((server, bucket))
}

/// Where parts of an archive are that are not on this machine.
type Elsewhere = (Option<Arc<Server>>, Option<Arc<Bucket>>);

/// Opens every part, to read what several processes share beside them.
pub(crate) fn look_at(
    layout: &Layout,
    settings: &Settings,
    server: &Arc<Server>,
    options: &Options,
) -> Result<Parts, Error> {
    let Files([documents, evidence, records, salts]) = files(layout, settings, options, false)?;
    let rows = Arc::new(PostgresStore::open(server, LEDGER, &ledger::SHARED_SPACES)?);
    let ledger = Ledger::look_at(&layout.ledger(), rows, &options.ledger)?;
    let rows = PostgresStore::open(server, CATALOGUE, catalogue::SPACES)?;
    let catalogue = Catalogue::open_shared(Box::new(rows));
    Ok(Parts {
        ledger,
        documents,
        evidence,
        records,
        salts,
        catalogue,
        catalogue_lost: false,
        duty: Some(duty(server)?),
    })
}

/// Opens every part. `anew` throws away what is derived first.
pub(crate) fn open(layout: &Layout, settings: &Settings, options: &Options, anew: bool) -> Result<Parts, Error> {
    let server = settings.server(layout, &options.secrets)?;
    let alone = server.is_none();
    let (ledger, catalogue, catalogue_lost, duty) = match server {
        None => {
            let open = if anew { Ledger::rebuild } else { Ledger::open };
            let ledger = open(&layout.ledger(), options.ledger.clone(), options.clock)?;
            if anew {
                remove_derived(&layout.catalogue())?;
            }
            let (catalogue, was_there) = open_catalogue(&layout.catalogue(), options.catalogue_cache_bytes)?;
            (ledger, catalogue, !was_there && !anew, None)
        }
        Some(server) => {
            let rows = Arc::new(PostgresStore::open(&server, LEDGER, &ledger::SHARED_SPACES)?);
            let mut name = [0; 16];
            SystemRandom::new().fill(&mut name).map_err(|_| Error::Randomness)?;
            let ledger = Ledger::join(&layout.ledger(), rows, name, options.ledger.clone(), options.clock)?;
            let rows = PostgresStore::open(&server, CATALOGUE, catalogue::SPACES)?;
            // Rows of the shared ledger are the truth, only the catalogue is derived: its rows are put once more.
            let catalogue = Catalogue::open_shared(Box::new(rows));
            if anew {
                catalogue.begin_anew()?;
            }
            (ledger, catalogue, false, Some(duty(&server)?))
        }
    };
    // After the ledger: whoever has that open on this machine may be about to put a file in place.
    let Files([documents, evidence, records, salts]) = files(layout, settings, options, alone)?;
    Ok(Parts { ledger, documents, evidence, records, salts, catalogue, catalogue_lost, duty })
}

/// The rows of the duty as a witness, a table beside the ledger's.
fn duty(server: &Arc<Server>) -> Result<Box<dyn Store>, Error> {
    Ok(Box::new(PostgresStore::open(server, LEDGER, &[duty::SPACE])?))
}

/// What the kinds are called in a bucket, and the folders that they lie in on a disk.
pub(crate) const KINDS: [&str; 4] = ["documents", "evidence", "records", "salts"];

/// Opens the files, and where nobody else has them open clears away what was left of them half written.
fn files(layout: &Layout, settings: &Settings, options: &Options, alone: bool) -> Result<Files, Error> {
    if let Some(bucket) = settings.bucket(layout, &options.secrets)? {
        let kind = |kind: &str| -> Box<dyn Blobs> { Box::new(bucket.blobs(kind)) };
        return Ok(Files(KINDS.map(kind)));
    }
    let open = |blobs: FileBlobs| -> Result<Box<dyn Blobs>, Error> {
        if alone {
            blobs.clear_away()?;
        }
        Ok(Box::new(blobs))
    };
    let [documents, records, salts] = [layout.documents(), layout.records(), layout.salts()];
    Ok(Files([
        open(FileBlobs::open(&documents)?)?,
        open(open_evidence(&layout.evidence())?)?,
        open(FileBlobs::open(&records)?)?,
        open(FileBlobs::open(&salts)?)?,
    ]))
}
