//! Files that wait for their caller between two steps of a form: uploads to be examined, copies and packages to be fetched.
//! Each caller's apart, under a name nobody guesses, bounded in size and time; nothing of it is part of the archive.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use serde::Deserialize;
use serde::Serialize;

use crate::archive::encoding::hex;
use crate::archive::record::unhex;
use crate::verify::crypto;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::options::Options;

/// The folder in the archive's directory.
pub(crate) const FOLDER: &str = "holding";
/// Random bytes of a ticket.
const TICKET_BYTES: usize = 16;
/// What is said of a file that waits to be fetched, and the file.
const ABOUT: &str = "about.json";
pub(crate) const FILE: &str = "file";

/// The place where files wait.
#[derive(Debug)]
pub(crate) struct Holding {
    root: PathBuf,
    bytes_max: u64,
    time_max: Duration,
}

/// What waits to be fetched.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct About {
    /// What the file is called when it is saved.
    pub(crate) name: String,
    pub(crate) media: String,
    /// Heading and sentences of its page, Swedish and English.
    pub(crate) heading: (String, String),
    pub(crate) said: Vec<(String, String)>,
    /// Where to go from there.
    pub(crate) back: String,
}

impl Holding {
    pub(crate) fn new(directory: &Path, options: &Options) -> Self {
        let root = directory.join(FOLDER);
        Self { root, bytes_max: options.holding_bytes_max, time_max: options.holding_time_max }
    }

    /// An empty folder for a caller, and its ticket. What has waited too long is taken away first.
    ///
    /// # Errors
    /// `StorageFull` where too much waits; the disk's.
    pub(crate) fn begin(&self, caller: &str) -> io::Result<(String, PathBuf)> {
        self.sweep();
        if self.room() == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut bytes = [0; TICKET_BYTES];
        SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
        let ticket = hex(&bytes);
        let folder = self.of(caller).join(&ticket);
        fs::create_dir_all(&folder)?;
        only_ours(&self.root)?;
        Ok((ticket, folder))
    }

    /// The folder that a ticket stands for, where it is this caller's and still there.
    pub(crate) fn folder(&self, caller: &str, ticket: &str) -> Option<PathBuf> {
        let ticket = hex(&unhex::<TICKET_BYTES>(ticket)?);
        let folder = self.of(caller).join(ticket);
        folder.is_dir().then_some(folder)
    }

    /// Keeps a file until it is fetched; gives its ticket.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub(crate) fn keep(&self, caller: &str, about: &About, bytes: &[u8]) -> io::Result<String> {
        let (ticket, folder) = self.begin(caller)?;
        fs::write(folder.join(FILE), bytes)?;
        self.say(&folder, about)?;
        Ok(ticket)
    }

    /// What is said of a file that stands there already.
    pub(crate) fn say(&self, folder: &Path, about: &About) -> io::Result<()> {
        fs::write(folder.join(ABOUT), serde_json::to_vec(about)?)
    }

    /// What waits to be fetched under a ticket.
    pub(crate) fn fetch(&self, caller: &str, ticket: &str) -> Option<(About, Vec<u8>)> {
        let folder = self.folder(caller, ticket)?;
        let about = serde_json::from_slice(&fs::read(folder.join(ABOUT)).ok()?).ok()?;
        Some((about, fs::read(folder.join(FILE)).ok()?))
    }

    /// Bytes that may still come.
    pub(crate) fn room(&self) -> u64 {
        self.bytes_max.saturating_sub(size(&self.root))
    }

    /// Takes away what has waited too long.
    fn sweep(&self) {
        let old = |path: &Path| {
            let modified = fs::metadata(path).and_then(|facts| facts.modified());
            modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > self.time_max))
        };
        for caller in entries(&self.root) {
            for folder in entries(&caller).into_iter().filter(|folder| old(folder)) {
                if let Err(error) = fs::remove_dir_all(&folder) {
                    tracing::warn!(%error, "what has waited too long could not be removed");
                }
            }
        }
    }

    fn of(&self, caller: &str) -> PathBuf {
        let name = hex(&crypto::sha256(&[caller.as_bytes()]));
        self.root.join(name.get(..TICKET_BYTES).unwrap_or(&name))
    }
}

fn entries(path: &Path) -> Vec<PathBuf> {
    fs::read_dir(path).map_or_else(|_| Vec::new(), |found| found.flatten().map(|entry| entry.path()).collect())
}

fn size(path: &Path) -> u64 {
    let below = |path: &PathBuf| match fs::symlink_metadata(path) {
        Ok(facts) if facts.is_dir() => size(path),
        Ok(facts) => facts.len(),
        Err(_) => 0,
    };
    entries(path).iter().map(below).sum()
}

fn only_ours(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// What to say where nothing can be kept.
pub(crate) fn refused(error: &io::Error) -> Problem {
    if error.kind() != io::ErrorKind::StorageFull {
        tracing::error!(%error, "files that wait");
        return Kind::Internal.into();
    }
    Problem::new(
        Kind::Busy,
        "Platsen för filer som väntar är full. Inget har sparats. Försök igen om en stund, eller med färre filer.",
        "The place for waiting files is full. Nothing was saved. Try again shortly, or with fewer files.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(bytes_max: u64, time_max: Duration) -> (tempfile::TempDir, Holding) {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { holding_bytes_max: bytes_max, holding_time_max: time_max, ..Options::default() };
        let holding = Holding::new(directory.path(), &options);
        (directory, holding)
    }

    fn about() -> About {
        let (name, media) = ("kopia.pdf".to_owned(), "application/pdf".to_owned());
        About { name, media, heading: Default::default(), said: Vec::new(), back: String::new() }
    }

    #[test]
    fn a_file_waits_for_its_caller_and_nobody_else() {
        let (_directory, holding) = holding(1000, Duration::from_secs(60));
        let ticket = holding.keep("anna", &about(), b"kopia").unwrap();
        assert_eq!(holding.fetch("anna", &ticket).unwrap().1, b"kopia");
        for (caller, ticket) in [("bo", ticket.as_str()), ("anna", "../../x"), ("anna", ""), ("anna", &"0".repeat(32))]
        {
            assert!(holding.fetch(caller, ticket).is_none(), "{caller} {ticket}");
        }
    }

    #[test]
    fn what_is_too_much_is_refused_and_what_waited_too_long_goes() {
        let (_directory, holding) = holding(4, Duration::ZERO);
        let ticket = holding.keep("anna", &about(), b"kopia").unwrap();
        assert_eq!(holding.room(), 0);
        std::thread::sleep(Duration::from_millis(20));
        // The first has waited too long, so that there is room again.
        assert!(holding.begin("bo").is_ok());
        assert!(holding.folder("anna", &ticket).is_none());
        let patient = Holding { time_max: Duration::from_secs(60), ..holding };
        patient.keep("bo", &about(), b"kopia").unwrap();
        assert_eq!(patient.begin("bo").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
