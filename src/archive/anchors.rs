//! Reading a folder of trust anchors. VALIDATION 8.1; only the files that lie directly in it, so that `test/` below
//! `keys/trust` is never trusted by accident. Beside `NAME.pem` a `NAME.toml` may say what NAME is believed for.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::Deserialize;
use toml::value::Datetime;

use crate::archive::lists;
use crate::store::disk;
use crate::verify::trust;
use crate::verify::trust::Anchor;
use crate::verify::trust::Grant;
use crate::verify::trust::Problem;
use crate::verify::trust::Purpose;
use crate::verify::trust::Trust;

/// File name endings that hold certificates.
const ENDINGS: &[&str] = &["pem", "crt", "cer", "der"];
/// File name ending of what is said about the certificates of the same name.
const TERMS_ENDING: &str = "toml";
/// Largest file read; a bundle of a thousand certificates has about 2 MB.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// What a file holds, or why it was not read.
type Contents = Result<Vec<u8>, String>;
/// Files by their paths.
type Files = BTreeMap<PathBuf, Contents>;

/// What is believed of the certificates in a file. An unknown key is refused: a misspelt one would widen the trust.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    /// Names of purposes; the usual ones where nothing is said, nothing at all where the list is empty.
    purposes: Option<Vec<String>>,
    /// A day (from 00:00 UTC) or a moment.
    from: Option<Datetime>,
    /// The first day (00:00 UTC) or moment when it is believed no more.
    until: Option<Datetime>,
    /// For people.
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Terms {
    fn grants(&self) -> Result<Vec<Grant>, String> {
        let usual = || Purpose::USUAL.map(|purpose| purpose.name().to_owned()).to_vec();
        let (from, until) = (moment(self.from)?, moment(self.until)?);
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err("`until` is not later than `from`".to_owned());
        }
        let grant = |name: &String| {
            let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.name() == name);
            let known = || Purpose::ALL.map(Purpose::name).join(", ");
            let purpose = purpose.ok_or_else(|| format!("unknown purpose {name:?}; there are {}", known()))?;
            Ok(Grant { purpose, from, until, service: None })
        };
        self.purposes.clone().unwrap_or_else(usual).iter().map(grant).collect()
    }
}

/// A day begins at 00:00 UTC; a moment must say its offset, or nobody knows when it is.
fn moment(written: Option<Datetime>) -> Result<Option<Timestamp>, String> {
    let Some(written) = written else { return Ok(None) };
    let text = match written.time {
        None => format!("{written}T00:00:00Z"),
        Some(_) => written.to_string(),
    };
    text.parse().map(Some).map_err(|_| format!("{written} is neither a day nor a moment with its offset"))
}

/// A folder of anchors as it was last read. It is read again once anything in it has changed, so that a list that was
/// updated, or a certificate that was removed, counts at once while the archive is open.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    last: RwLock<Last>,
}

#[derive(Debug)]
struct Last {
    stamp: Stamp,
    trust: Arc<Trust>,
    problems: Vec<Problem>,
}

/// Tells one state of a folder from the next.
type Stamp = Vec<(PathBuf, Option<SystemTime>, u64)>;

impl Folder {
    /// Reads a folder. One that cannot be read trusts nobody, and is a problem; reading and verifying go on.
    pub fn open(path: &Path) -> Self {
        Self { path: path.to_owned(), last: RwLock::new(Last::read(path)) }
    }

    /// The anchors, as the folder is now.
    pub fn trust(&self) -> Arc<Trust> {
        self.refresh();
        Arc::clone(&self.last.read().unwrap_or_else(PoisonError::into_inner).trust)
    }

    /// What of the folder could not be read, as it is now.
    pub fn problems(&self) -> Vec<Problem> {
        self.refresh();
        self.last.read().unwrap_or_else(PoisonError::into_inner).problems.clone()
    }

    fn refresh(&self) {
        let stamp = stamp(&self.path);
        if self.last.read().unwrap_or_else(PoisonError::into_inner).stamp != stamp {
            *self.last.write().unwrap_or_else(PoisonError::into_inner) = Last::read(&self.path);
        }
    }
}

impl Last {
    /// The stamp is taken first: what changes meanwhile is read again.
    fn read(path: &Path) -> Self {
        let stamp = stamp(path);
        match read_folder(path) {
            Ok((trust, problems)) => Self { stamp, trust: Arc::new(trust), problems },
            Err(error) => {
                let problem = Problem { file: path.display().to_string(), what: error.to_string() };
                Self { stamp, trust: Arc::new(Trust::nobody()), problems: vec![problem] }
            }
        }
    }
}

/// What lies in the folder and in its folder of lists, with times and lengths.
fn stamp(folder: &Path) -> Stamp {
    let mut stamp = Stamp::new();
    for folder in [folder.to_owned(), folder.join(lists::FOLDER)] {
        let inside = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in inside.chain([folder]) {
            let facts = fs::metadata(&path).ok();
            let changed = facts.as_ref().and_then(|facts| facts.modified().ok());
            stamp.push((path, changed, facts.map_or(0, |facts| facts.len())));
        }
    }
    stamp.sort();
    stamp
}

/// The anchors in a folder and of its trust lists, and the files that were meant to be and are not.
///
/// # Errors
/// When the folder cannot be listed or a file cannot be read.
pub fn read_folder(folder: &Path) -> Result<(Trust, Vec<Problem>), disk::Error> {
    let (certificates, sidecars): (Files, Files) =
        files(folder)?.into_iter().partition(|(path, _)| ending(path) != TERMS_ENDING);
    let (mut anchors, mut problems) = (Vec::new(), Vec::new());
    let mut used = BTreeSet::new();
    for (path, bytes) in &certificates {
        let source = path.display().to_string();
        let sidecar = path.with_extension(TERMS_ENDING);
        let grants = sidecars.get(&sidecar).map_or_else(|| Terms::default().grants(), terms);
        used.insert(sidecar);
        match grants.and_then(|grants| Ok((grants, trust::certificates(bytes.as_ref()?)?))) {
            Ok((grants, found)) => {
                anchors.extend(found.into_iter().map(|certificate| Anchor {
                    grants: grants.clone(),
                    ..Anchor::usual(certificate, source.as_str())
                }))
            }
            Err(what) => problems.push(Problem { file: source, what }),
        }
    }
    problems.extend(sidecars.keys().filter(|path| !used.contains(*path)).map(|path| Problem {
        file: path.display().to_string(),
        what: "there is no certificate of this name".to_owned(),
    }));
    let (lists, refused) = lists::read(folder)?;
    problems.extend(refused);
    Ok((Trust::of(anchors).with_lists(lists), problems))
}

/// What a sidecar grants. One that cannot be read grants nothing, so its certificates are not believed.
fn terms(read: &Contents) -> Result<Vec<Grant>, String> {
    let text = std::str::from_utf8(read.as_ref()?).map_err(|_| "its .toml is not UTF-8".to_owned())?;
    let terms: Terms = toml::from_str(text).map_err(|error| format!("its .toml: {}", error.message()))?;
    terms.grants().map_err(|what| format!("its .toml: {what}"))
}

/// The certificates and sidecars that lie directly in the folder.
fn files(folder: &Path) -> Result<Files, disk::Error> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).map_err(disk::Error::at("list", folder))? {
        let path = entry.map_err(disk::Error::at("list", folder))?.path();
        let size = fs::metadata(&path).map_or(0, |facts| if facts.is_file() { facts.len() } else { 0 });
        let meant = ENDINGS.contains(&ending(&path).as_str()) || ending(&path) == TERMS_ENDING;
        if meant && size > 0 {
            let bytes = match size {
                0..=FILE_BYTES_MAX => Ok(fs::read(&path).map_err(disk::Error::at("read", &path))?),
                _ => Err(format!("{size} bytes are more than we read")),
            };
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

fn ending(path: &Path) -> String {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase()
}
