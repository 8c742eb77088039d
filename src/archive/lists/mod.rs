//! The trust lists an archive believes: `trust/lists/NAME.xml` as it was issued, `NAME.pem` with the certificates that
//! may sign it, and `NAME.toml` with where it came from. Without a `NAME.pem` the lists of lists beside it must name its
//! signers. What lies there is verified each time it is read.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::format::trustlist::TrustList;
use crate::store::disk;
use crate::verify::listed;
use crate::verify::listed::Refused;
use crate::verify::policy::Policy;
use crate::verify::trust;
use crate::verify::trust::Anchor;
use crate::verify::trust::ListName;
use crate::verify::trust::Problem;

mod source;

pub use self::source::Source;

use self::source::read_file;

/// The folder below the folder of anchors.
pub(super) const FOLDER: &str = "lists";
/// What the type of a list of lists ends with (TS 119 612, annex D): only such a list says who signs others.
const OF_LISTS: &str = "EUlistofthelists";
/// Longest name of a list.
const NAME_CHARS_MAX: usize = 40;

/// What stands beside a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Beside {
    /// Where `update` reads it again.
    #[serde(flatten)]
    source: Source,
    /// The issue that was taken in, so that none older is, whoever signs it and whatever became of the file. Not there
    /// where an older program took the list in.
    sequence: Option<u64>,
    /// When that issue was made, UTC.
    issued: Option<String>,
}

/// Why a list was not taken in. What was there before is still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Letters, digits and hyphens only.
    #[error("{0:?} is no name for a list")]
    Name(String),
    /// There is no such list.
    #[error("there is no list {0:?}")]
    Missing(String),
    /// It is not believed.
    #[error("the list is refused: {0}")]
    Refused(#[from] Refused),
    /// Its signers' file holds no certificate.
    #[error("the signers' certificates cannot be read: {0}")]
    Signers(String),
    /// An older issue, or another one with the same number: somebody may want withdrawn services back.
    #[error("number {new} is not newer than number {old}, which we have")]
    Older {
        /// What was given.
        new: u64,
        /// What we have.
        old: u64,
    },
    /// No list of lists that was pinned says where this territory's stands.
    #[error("no list of lists that we have says where the list of {0} is")]
    Unpointed(String),
    /// It could not be fetched.
    #[error("{url}: {trouble}")]
    Fetch {
        /// The address.
        url: String,
        /// Why not.
        trouble: Trouble,
    },
    /// The file beside it cannot be read.
    #[error("{0}")]
    Beside(String),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}

/// A list's name, and what came of reading its source again.
pub type Updated = (String, Result<ListName, Error>);
/// A list as it is taken from the folder.
type Taken = (ListName, Vec<Anchor>);

/// The lists below a folder of anchors, verified; and those that are not believed, with the reason.
///
/// # Errors
/// When the folder cannot be listed or a file cannot be read.
pub fn read(trust: &Path) -> Result<(Vec<Taken>, Vec<Problem>), disk::Error> {
    let house = House::new(trust);
    let (mut taken, mut problems) = (Vec::new(), Vec::new());
    let names = house.names()?;
    let parents = house.lists_of_lists(&names)?;
    for name in names {
        match house.stored(&name, &parents) {
            Ok(list) => taken.push(facts(&list, &name)),
            Err(Error::Disk(error)) => return Err(error),
            Err(error) => {
                problems.push(Problem { file: house.xml(&name).display().to_string(), what: error.to_string() })
            }
        }
    }
    Ok((taken, problems))
}

/// Takes in a list under a name, signed by one of the certificates in `signers` (PEM or DER), or, without those, by one
/// that a list of lists names for its territory. Again under the same name: a newer issue, and the signers that were
/// pinned stay. `limits`: how addresses are asked; the host of one that the operator wrote down may stand anywhere.
///
/// # Errors
/// Why it is not taken in; then nothing is changed.
pub fn add(
    trust: &Path,
    name: &str,
    source: &Source,
    signers: Option<&[u8]>,
    limits: &Limits,
) -> Result<ListName, Error> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(fine) {
        return Err(Error::Name(name.to_owned()));
    }
    let house = House::new(trust);
    let parents = house.lists_of_lists(&house.names()?)?;
    let pinned = match signers {
        Some(bytes) => Some(bytes.to_vec()),
        None => house.pinned(name)?,
    };
    let (list, bytes) = source.read(&parents, limits, |bytes| {
        let list = believe(&bytes, pinned.as_deref(), &parents)?;
        of_territory(source, &list)?;
        Ok((list, bytes))
    })?;
    if let Some(old) = house.taken(name, &parents).filter(|old| (list.sequence, list.issued) < *old) {
        return Err(Error::Older { new: list.sequence, old: old.0 });
    }
    house.write(name, source, &list, &bytes, pinned.as_deref())?;
    Ok(facts(&list, name).0)
}

/// Reads every list's source again, lists of lists first. Each is taken in or stays as it was, with the reason.
///
/// # Errors
/// When the folder cannot be listed.
pub fn update(trust: &Path, limits: &Limits) -> Result<Vec<Updated>, disk::Error> {
    let house = House::new(trust);
    let (pinned, others): (Vec<String>, Vec<String>) =
        house.names()?.into_iter().partition(|name| house.file(name, "pem").is_file());
    let again = |name: String| {
        let outcome = house.beside(&name).and_then(|beside| add(trust, &name, &beside.source, None, limits));
        (name, outcome)
    };
    Ok(pinned.into_iter().chain(others).map(again).collect())
}

/// What was asked for as a territory's list must be that, whoever signed it.
fn of_territory(source: &Source, list: &TrustList) -> Result<(), Error> {
    match source {
        Source::Territory(asked) if *asked != list.territory => Err(Error::Unpointed(asked.clone())),
        Source::Territory(_) | Source::File(_) | Source::Url(_) => Ok(()),
    }
}

fn facts(list: &TrustList, name: &str) -> Taken {
    let anchors = listed::anchors(list, name);
    let name = ListName {
        name: name.to_owned(),
        territory: list.territory.clone(),
        sequence: list.sequence,
        issued: list.issued,
        next: list.next,
        anchors: anchors.len(),
    };
    (name, anchors)
}

/// A list by its pinned signers, or by those that the lists of lists name for the very territory it claims.
fn believe(bytes: &[u8], pinned: Option<&[u8]>, parents: &[TrustList]) -> Result<TrustList, Error> {
    // Algorithms are judged when the list was issued, by the dates of ETSI; no policy makes an old list good again.
    let policy = Policy::swedish_minutes();
    if let Some(pinned) = pinned {
        let signers = trust::certificates(pinned).map_err(Error::Signers)?;
        return Ok(listed::verify(bytes, &signers, &policy)?);
    }
    let territories = parents.iter().flat_map(|parent| &parent.pointers).filter_map(|one| one.territory.as_deref());
    let all = territories.flat_map(|territory| listed::signers_of(parents, territory)).collect::<Vec<_>>();
    let claimed = listed::verify(bytes, &all, &policy)?.territory;
    Ok(listed::verify(bytes, &listed::signers_of(parents, &claimed), &policy)?)
}

/// The folder.
struct House(PathBuf);

impl House {
    fn new(trust: &Path) -> Self {
        Self(trust.join(FOLDER))
    }

    fn file(&self, name: &str, ending: &str) -> PathBuf {
        self.0.join(format!("{name}.{ending}"))
    }

    fn xml(&self, name: &str) -> PathBuf {
        self.file(name, "xml")
    }

    /// The names of the lists, sorted.
    fn names(&self) -> Result<Vec<String>, disk::Error> {
        if !self.0.is_dir() {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(disk::Error::at("list", &self.0))? {
            let path = entry.map_err(disk::Error::at("list", &self.0))?.path();
            if path.extension().is_some_and(|ending| ending == "xml") {
                names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
            }
        }
        names.sort();
        Ok(names)
    }

    fn pinned(&self, name: &str) -> Result<Option<Vec<u8>>, disk::Error> {
        let path = self.file(name, "pem");
        if path.is_file() { fs::read(&path).map(Some).map_err(disk::Error::at("read", &path)) } else { Ok(None) }
    }

    fn beside(&self, name: &str) -> Result<Beside, Error> {
        let path = self.file(name, "toml");
        let text = fs::read_to_string(&path).map_err(disk::Error::at("read", &path))?;
        toml::from_str(&text).map_err(|error| Error::Beside(error.message().to_owned()))
    }

    /// The issue that was taken in last: by what was noted then, or else by the list itself.
    fn taken(&self, name: &str, parents: &[TrustList]) -> Option<(u64, Timestamp)> {
        let noted = |beside: Beside| Some((beside.sequence?, beside.issued?.parse().ok()?));
        let noted = self.beside(name).ok().and_then(noted);
        noted.or_else(|| self.stored(name, parents).ok().map(|old| (old.sequence, old.issued)))
    }

    /// The list last, so that whoever reads meanwhile reads the old one or the new one.
    fn write(
        &self,
        name: &str,
        source: &Source,
        list: &TrustList,
        bytes: &[u8],
        pinned: Option<&[u8]>,
    ) -> Result<(), Error> {
        let beside =
            Beside { source: source.clone(), sequence: Some(list.sequence), issued: Some(list.issued.to_string()) };
        let beside = toml::to_string(&beside).map_err(|error| Error::Beside(error.to_string()))?;
        disk::create_directory(&self.0)?;
        if let Some(pinned) = pinned {
            disk::replace(&self.file(name, "pem"), pinned)?;
        }
        disk::replace(&self.file(name, "toml"), beside.as_bytes())?;
        Ok(disk::replace(&self.xml(name), bytes)?)
    }

    fn stored(&self, name: &str, parents: &[TrustList]) -> Result<TrustList, Error> {
        let path = self.xml(name);
        if !path.is_file() {
            return Err(Error::Missing(name.to_owned()));
        }
        believe(&read_file(&path)?, self.pinned(name)?.as_deref(), parents)
    }

    /// The pinned lists of lists: only what a person pinned may name further signers.
    fn lists_of_lists(&self, names: &[String]) -> Result<Vec<TrustList>, disk::Error> {
        let mut parents = Vec::new();
        for name in names {
            if self.pinned(name)?.is_some()
                && let Ok(list) = self.stored(name, &[])
                && list.kind.ends_with(OF_LISTS)
            {
                parents.push(list);
            }
        }
        Ok(parents)
    }
}
