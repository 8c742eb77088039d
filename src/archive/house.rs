//! The archive as it stands on disk: created once, opened often, rebuilt when what is derived is lost.
//! HOUSE, invariants 6 and 9. Documents, records and salts are plain files; the ledger is the truth about their order.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;

use crate::archive::anchors;
use crate::archive::backup;
use crate::archive::catalogue;
use crate::archive::catalogue::Catalogue;
use crate::archive::entry::Entry;
use crate::archive::error::Error;
use crate::archive::gather;
use crate::archive::listing::Listed;
use crate::archive::parts;
use crate::archive::parts::Key;
use crate::archive::parts::Parts;
use crate::archive::retention::Schedule;
use crate::archive::retention::Unfollowed;
use crate::archive::rooms::EXAMPLE_SCHEDULE;
use crate::archive::rooms::Layout;
use crate::archive::rooms::is_free;
use crate::archive::rooms::only_ours;
use crate::archive::rooms::read_schedule;
use crate::archive::settings;
use crate::archive::settings::Places;
use crate::archive::settings::Secrets;
use crate::archive::settings::Settings;
use crate::archive::upgrade;
use crate::archive::upgrade::Upgraded;
use crate::archive::witness::Duty;
use crate::archive::witness::Witnesses;
use crate::format::budget::Budget;
use crate::ledger;
use crate::ledger::Ledger;
use crate::ledger::note::Seed;
use crate::ledger::remake::Remade;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Change;
use crate::store;
use crate::store::blob::Blobs;
use crate::store::blob::FileBlobs;
use crate::store::disk;
use crate::store::memory::MemoryStore;
use crate::verify::completeness::dates::BodyType;
use crate::verify::policy::Policy;
use crate::verify::trust::Problem;
use crate::verify::trust::Trust;

/// How an archive runs. Plain data, chosen once.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the time comes from.
    pub clock: fn() -> Timestamp,
    /// The rules documents are judged by.
    pub policy: Policy,
    /// Whose minutes are registered, where it is said: it decides which days are computed.
    pub body: Option<BodyType>,
    /// What bytes from outside may cause.
    pub budget: Budget,
    /// How the ledger runs.
    pub ledger: ledger::options::Options,
    /// What the catalogue's database may cache, in bytes.
    pub catalogue_cache_bytes: u64,
    /// Within which limits revocation data is fetched for documents that are registered; none: the network is not
    /// used. For a mere verification, which anybody may ask for, it never is.
    pub gather: Option<gather::Options>,
    /// What opens the database and the object store, where the archive is in such.
    pub secrets: Secrets,
    /// How long a decided disposal can be undone before it is carried out.
    pub quarantine: Duration,
    /// Whether receipts are held back until enough witnesses have seen the ledger with their entry in it.
    pub require_witnesses: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Timestamp::now,
            policy: Policy::swedish_minutes(),
            body: None,
            budget: Budget::STANDARD,
            ledger: ledger::options::Options::default(),
            catalogue_cache_bytes: store::sled::CACHE_BYTES,
            gather: None,
            secrets: Secrets::default(),
            quarantine: Duration::from_secs(30 * 24 * 3600),
            require_witnesses: false,
        }
    }
}

/// An open archive. Threads share it by reference.
pub struct Archive {
    directory: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) options: Options,
    pub(crate) ledger: Ledger,
    pub(crate) documents: Box<dyn Blobs>,
    pub(crate) evidence: Box<dyn Blobs>,
    pub(crate) records: Box<dyn Blobs>,
    pub(crate) salts: Box<dyn Blobs>,
    pub(crate) catalogue: Catalogue,
    pub(crate) catalogue_lost: bool,
    /// Whether it was opened to be read only.
    pub(crate) reading: bool,
    upgraded: Option<Upgraded>,
    pub(crate) trust: anchors::Folder,
    schedule: RwLock<Arc<Schedule>>,
    schedule_problem: Option<Unfollowed>,
    pub(crate) witnesses: Option<Witnesses>,
    pub(crate) duty: Option<Duty>,
    /// Documents being ingested, so that the same bytes handed in twice at once become one record.
    pub(crate) under_way: Mutex<BTreeSet<[u8; 32]>>,
    pub(crate) finished: Condvar,
}

impl fmt::Debug for Archive {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Archive({})", self.directory.display())
    }
}

impl Archive {
    /// Creates an empty archive: directories, ledger with a new key, example schedule. Gives the ledger's public key.
    ///
    /// # Errors
    /// [`Error::Exists`] where the directory holds anything already; nothing is changed then.
    pub fn create(
        directory: &Path,
        origin: &str,
        organisation: Option<&str>,
        options: &Options,
    ) -> Result<String, Error> {
        Self::create_at(directory, origin, organisation, Places::default(), options)
    }

    /// Creates an empty archive whose database and documents are where `places` says, on this machine or elsewhere.
    ///
    /// # Errors
    /// As [`Archive::create`]; also where the database or the object store holds an archive already.
    pub fn create_at(
        directory: &Path,
        origin: &str,
        organisation: Option<&str>,
        places: Places,
        options: &Options,
    ) -> Result<String, Error> {
        let key = Key::New(Seed::generate().map_err(|_| Error::Randomness)?);
        Self::create_with(directory, origin, organisation, places, &key, options)
    }

    /// Creates one with a given key, as moving an archive does.
    pub(crate) fn create_with(
        directory: &Path,
        origin: &str,
        organisation: Option<&str>,
        places: Places,
        key: &Key<'_>,
        options: &Options,
    ) -> Result<String, Error> {
        is_free(directory)?;
        let settings = Settings::new(origin, organisation, places);
        settings.are_followable(directory)?;
        disk::create_directory(directory)?;
        only_ours(directory)?;
        let layout = Layout::new(directory);
        let vkey = parts::create(&layout, &settings, key, options)?;
        disk::create_directory(&layout.trust())?;
        disk::replace(&layout.schedule(), EXAMPLE_SCHEDULE.as_bytes())?;
        // The settings come last: a directory that was half made when the power went is no archive.
        settings.write(directory)?;
        Ok(vkey)
    }

    /// Looks whether an archive could be created there, before much work is done for it.
    ///
    /// # Errors
    /// As [`Archive::create_at`].
    pub(crate) fn may_be_created_at(directory: &Path, places: &Places, options: &Options) -> Result<(), Error> {
        is_free(directory)?;
        let settings = Settings::new("", None, places.clone());
        settings.are_followable(directory)?;
        parts::vacant(&Layout::new(directory), &settings, options).map(drop)
    }

    /// Opens an archive, repairs what an interruption left, and brings the catalogue up to the ledger. One that an older
    /// program wrote is backed up and brought forward first.
    ///
    /// # Errors
    /// [`Error::Missing`] where there is none; whatever makes it unsafe to go on.
    pub fn open(directory: &Path, options: Options) -> Result<Self, Error> {
        let settings = Settings::read(directory)?;
        let upgraded = upgrade::bring_forward(directory, &settings, &options)?;
        let settings = if upgraded.is_some() { Settings::read(directory)? } else { settings };
        let mut archive = Self::open_with(directory, settings, options)?;
        archive.upgraded = upgraded;
        Ok(archive)
    }

    /// Opens an archive whose settings are known, whether or not they are in place yet.
    pub(crate) fn open_with(directory: &Path, settings: Settings, options: Options) -> Result<Self, Error> {
        let parts = parts::open(&Layout::new(directory), &settings, &options, false)?;
        Self::furnished(directory, settings, options, parts, false)
    }

    /// Throws away everything derived - the ledger's rows, the catalogue - and makes it anew from the journal, the
    /// records and the documents. Of an archive that several processes share, the catalogue.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn rebuild(directory: &Path, options: Options) -> Result<Self, Error> {
        let settings = Settings::read(directory)?;
        let parts = parts::open(&Layout::new(directory), &settings, &options, true)?;
        Self::furnished(directory, settings, options, parts, false)
    }

    /// Makes the ledger's journal and anchor anew where one of them is damaged or gone, of what else holds the entries,
    /// and opens the archive. `progress` hears of entries written, of how many.
    ///
    /// # Errors
    /// The ledger's `Unfounded` where nothing here holds all that was published; [`Error::NoJournal`] of an archive that
    /// several processes share; as [`Archive::open`].
    pub fn remake_journal(
        directory: &Path,
        options: Options,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Self, Remade), Error> {
        let settings = Settings::read(directory)?;
        if settings.store.is_some() {
            return Err(Error::NoJournal);
        }
        let (ledger, clock) = (options.ledger.clone(), options.clock);
        let (opened, remade) = Ledger::remake(&Layout::new(directory).ledger(), ledger, clock, progress)?;
        drop(opened);
        // The catalogue is kept: one that knows more entries tells of an older ledger.
        Ok((Self::open_with(directory, settings, options)?, remade))
    }

    /// Opens an archive to read what is registered, beside the service or from a disk that cannot be written. The
    /// catalogue is derived anew in memory from the records, which takes a second for some thousands of them. Of an
    /// archive that several processes share, the common one is used.
    ///
    /// # Errors
    /// As [`Archive::open`]; where nothing was ever published.
    pub fn read(directory: &Path, options: Options) -> Result<Self, Error> {
        let settings = Settings::read(directory)?;
        let layout = Layout::new(directory);
        if let Some(server) = settings.server(&layout, &options.secrets)? {
            let parts = parts::look_at(&layout, &settings, &server, &options)?;
            return Self::furnished(directory, settings, options, parts, true);
        }
        let blobs = |path: PathBuf| -> Result<Box<dyn Blobs>, Error> { Ok(Box::new(FileBlobs::read_only(&path)?)) };
        let parts = Parts {
            ledger: Ledger::read(&layout.ledger(), &options.ledger)?,
            catalogue: Catalogue::open(Box::new(MemoryStore::new(catalogue::SPACES)))?,
            catalogue_lost: false,
            documents: blobs(layout.documents())?,
            evidence: blobs(layout.evidence())?,
            records: blobs(layout.records())?,
            salts: blobs(layout.salts())?,
            duty: None,
        };
        Self::furnished(directory, settings, options, parts, true)
    }

    /// Replaces the keys of the ledger by new ones and opens the archive. The old secret is gone then; what it signed is
    /// still proven by the retired public key. Nobody else may have the archive open.
    ///
    /// # Errors
    /// [`Error::SharedKey`] of an archive that several processes share; as [`Archive::open`].
    pub fn rotate(directory: &Path, options: Options) -> Result<Self, Error> {
        let settings = Settings::read(directory)?;
        if settings.store.is_some() {
            return Err(Error::SharedKey);
        }
        let seed = Seed::generate().map_err(|_| Error::Randomness)?;
        let (ledger, clock) = (options.ledger.clone(), options.clock);
        drop(Ledger::rotate(&Layout::new(directory).ledger(), &seed, ledger, clock)?);
        Self::open_with(directory, settings, options)
    }

    fn furnished(
        directory: &Path,
        settings: Settings,
        options: Options,
        parts: Parts,
        reading: bool,
    ) -> Result<Self, Error> {
        let layout = Layout::new(directory);
        let Parts { ledger, documents, evidence, records, salts, catalogue, catalogue_lost, duty } = parts;
        let (schedule, schedule_problem) = read_schedule(&layout.schedule());
        let archive = Self {
            directory: directory.to_owned(),
            settings,
            documents,
            evidence,
            records,
            salts,
            // A new ledger has none yet.
            catalogue_lost: catalogue_lost && ledger.size() > 0,
            catalogue,
            ledger,
            reading,
            upgraded: None,
            trust: anchors::Folder::open(&layout.trust()),
            schedule: RwLock::new(Arc::new(schedule)),
            schedule_problem,
            witnesses: Witnesses::open(directory)?,
            duty: Duty::open(directory, duty)?,
            under_way: Mutex::new(BTreeSet::new()),
            finished: Condvar::new(),
            options,
        };
        archive.catch_up()?;
        archive.holds_what_was_backed_up()?;
        Ok(archive)
    }

    /// Refuses a ledger that is shorter than what was backed up from this directory: an older one was put in its place.
    fn holds_what_was_backed_up(&self) -> Result<(), Error> {
        let (known, found) = (backup::last(&self.directory).map_or(0, |last| last.size), self.ledger.size());
        if known > found { Err(Error::RolledBack { known, found }) } else { Ok(()) }
    }

    /// Applies the ledger's entries that the catalogue has not seen: the same code after a crash and after `rebuild`.
    /// Of a record that is lost or damaged only this is noted, so that the others are found; `check` tells of it.
    pub(crate) fn catch_up(&self) -> Result<(), Error> {
        let from = self.catalogue.applied()?;
        // Of a ledger that others append to, what is published here may be older than what they catalogued.
        self.ledger.catch_up()?;
        let to = self.ledger.size();
        if from > to {
            // The catalogue is written after the ledger is durable and never leads: an older ledger was put back.
            return Err(Error::RolledBack { known: from, found: to });
        }
        let from = self.catalogue.reach_of_rows(from)?;
        self.draw_lines()?;
        for entry in self.ledger.entries(from..to) {
            let (index, bytes) = entry?;
            let Some(entry) = Entry::read(&bytes) else {
                // The ledger's own entry: no record's.
                Change::read(&bytes).ok_or_else(|| Error::Damaged(format!("entry {index} of the ledger")))?;
                self.catalogue.pass_over(index)?;
                continue;
            };
            match self.catalogue_entry(index, &entry) {
                Err(Error::Damaged(_)) => self.pass_over(index, &entry)?,
                other => other?,
            }
        }
        if from < to {
            self.catalogue.sync()?;
        }
        Ok(())
    }

    /// Lines of the register for a catalogue from before there were any.
    fn draw_lines(&self) -> Result<(), Error> {
        if self.catalogue.is_listed()? || (self.reading && self.ledger.is_shared()) {
            return Ok(());
        }
        for id in self.catalogue.every()? {
            match self.record(id) {
                Err(Error::Damaged(_)) | Ok(None) => {}
                found => found?.iter().try_for_each(|found| self.catalogue.put_line(id, &Listed::of(found)))?,
            }
        }
        Ok(self.catalogue.note_listed()?)
    }

    /// The kinds of files, by the folders that they lie in.
    pub(crate) fn rooms(&self) -> [(&'static str, &dyn Blobs); 4] {
        let [documents, evidence, records, salts] = parts::KINDS;
        [
            (documents, self.documents.as_ref()),
            (evidence, self.evidence.as_ref()),
            (records, self.records.as_ref()),
            (salts, self.salts.as_ref()),
        ]
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Who witnesses the ledger, where anybody does.
    pub fn witnesses(&self) -> Option<&Witnesses> {
        self.witnesses.as_ref()
    }

    /// The trust file that goes with evidence from this archive, as C2SP tlog-policy: its keys, and its witnesses with
    /// how many of them are enough.
    pub fn trust_file(&self) -> String {
        let keys = self.ledger.vkeys();
        let alone = || keys.iter().map(|key| format!("log {key}\n")).chain(["quorum none\n".to_owned()]).collect();
        self.witnesses.as_ref().map_or_else(alone, |witnesses| witnesses.trust_file(&keys))
    }

    /// The ledger's public keys as they are published: a line each, a retired one with until when it signed.
    pub fn published_keys(&self) -> String {
        let changes = self.ledger.succession().handovers();
        let when =
            |key: &Bounded| changes.iter().find(|one| Some(one.change.size()) == key.until).map(|one| one.change.at);
        let line = |key: &Bounded| when(key).map_or_else(|| format!("{key}\n"), |at| format!("{key} {at}\n"));
        self.ledger.ring().iter().map(line).collect()
    }

    /// Its duty as a witness for others, where it has one.
    pub fn duty(&self) -> Option<&Duty> {
        self.duty.as_ref()
    }

    /// The archive's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether its directory still is where it was opened: not moved away, unmounted or deleted meanwhile.
    pub fn is_in_place(&self) -> bool {
        self.directory.join(settings::FILE).is_file()
    }

    /// Whether it was opened to be read only: databases were not looked at, and nothing can be registered.
    pub fn is_reading(&self) -> bool {
        self.reading
    }

    /// From which version opening brought it forward, where it did.
    pub fn upgraded(&self) -> Option<&Upgraded> {
        self.upgraded.as_ref()
    }

    /// The body that keeps it, where it said so.
    pub fn organisation(&self) -> Option<&str> {
        self.settings.organisation.as_deref()
    }

    /// The rules in force.
    pub fn policy(&self) -> &Policy {
        &self.options.policy
    }

    /// Whose minutes are registered, where it is said.
    pub fn body(&self) -> Option<BodyType> {
        self.options.body
    }

    /// The anchors in force, as the folder is now.
    pub fn trust(&self) -> Arc<Trust> {
        self.trust.trust()
    }

    /// Files in the trust folder that could not be read; the folder itself where it cannot.
    pub fn trust_problems(&self) -> Vec<Problem> {
        self.trust.problems()
    }

    /// Why the retention schedule is not followed: then everything is kept, and all else goes on.
    pub fn schedule_problem(&self) -> Option<&Unfollowed> {
        self.schedule_problem.as_ref()
    }

    /// The retention schedule in force.
    pub fn schedule(&self) -> Arc<Schedule> {
        Arc::clone(&self.schedule.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a schedule in force in this process.
    pub(crate) fn follow(&self, schedule: Schedule) {
        *self.schedule.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(schedule);
    }

    /// The archive's clock.
    pub fn now(&self) -> Timestamp {
        (self.options.clock)()
    }
}
