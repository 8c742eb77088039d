//! The trust lists an archive believes: `trust/lists/NAME.xml` as it was issued, `NAME.pem` with the certificates that
//! may sign it, and `NAME.toml` with where it came from. Without a `NAME.pem` the lists of lists beside it must name its
//! signers. What lies there is verified each time it is read.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::format::trustlist::TrustList;
use crate::format::xml;
use crate::store::disk;
use crate::verify::listed;
use crate::verify::listed::Refused;
use crate::verify::policy::Policy;
use crate::verify::trust;
use crate::verify::trust::Anchor;
use crate::verify::trust::ListName;
use crate::verify::trust::Problem;

/// The folder below the folder of anchors.
const FOLDER: &str = "lists";
/// What the type of a list of lists ends with (TS 119 612, annex D): only such a list says who signs others.
const OF_LISTS: &str = "EUlistofthelists";
/// Longest name of a list.
const NAME_CHARS_MAX: usize = 40;

/// What stands beside a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    /// The file that `update` reads again.
    source: PathBuf,
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

/// Takes in a list from a file under a name, signed by one of the certificates in `signers` (PEM or DER), or, without
/// those, by one that a list of lists names for its territory. Again under the same name: a newer issue, and the signers
/// that were pinned stay.
///
/// # Errors
/// Why it is not taken in; then nothing is changed.
pub fn add(trust: &Path, name: &str, source: &Path, signers: Option<&[u8]>) -> Result<ListName, Error> {
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
    let bytes = read_list(source)?;
    let list = believe(&bytes, pinned.as_deref(), &parents)?;
    if let Ok(old) = house.stored(name, &parents)
        && (list.sequence, list.issued) < (old.sequence, old.issued)
    {
        return Err(Error::Older { new: list.sequence, old: old.sequence });
    }
    disk::create_directory(&house.0)?;
    if let Some(pinned) = pinned {
        disk::replace(&house.file(name, "pem"), &pinned)?;
    }
    disk::replace(&house.xml(name), &bytes)?;
    let beside =
        toml::to_string(&Beside { source: source.to_owned() }).map_err(|error| Error::Beside(error.to_string()))?;
    disk::replace(&house.file(name, "toml"), beside.as_bytes())?;
    Ok(facts(&list, name).0)
}

/// Reads every list's source again, lists of lists first. Each is taken in or stays as it was, with the reason.
///
/// # Errors
/// When the folder cannot be listed.
pub fn update(trust: &Path) -> Result<Vec<Updated>, disk::Error> {
    let house = House::new(trust);
    let (pinned, others): (Vec<String>, Vec<String>) =
        house.names()?.into_iter().partition(|name| house.file(name, "pem").is_file());
    let again = |name: String| {
        let source = house.source(&name);
        let outcome = source.and_then(|source| add(trust, &name, &source, None));
        (name, outcome)
    };
    Ok(pinned.into_iter().chain(others).map(again).collect())
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

fn read_list(path: &Path) -> Result<Vec<u8>, Error> {
    let size = fs::metadata(path).map_err(disk::Error::at("read", path))?.len();
    match usize::try_from(size).ok().filter(|size| *size <= xml::BYTES_MAX) {
        Some(_) => Ok(fs::read(path).map_err(disk::Error::at("read", path))?),
        None => Err(Refused::Xml(xml::Error::TooLarge(usize::try_from(size).unwrap_or(usize::MAX))).into()),
    }
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

    fn source(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.file(name, "toml");
        let text = fs::read_to_string(&path).map_err(disk::Error::at("read", &path))?;
        let beside: Beside = toml::from_str(&text).map_err(|error| Error::Beside(error.message().to_owned()))?;
        Ok(beside.source)
    }

    fn stored(&self, name: &str, parents: &[TrustList]) -> Result<TrustList, Error> {
        let path = self.xml(name);
        if !path.is_file() {
            return Err(Error::Missing(name.to_owned()));
        }
        believe(&read_list(&path)?, self.pinned(name)?.as_deref(), parents)
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
