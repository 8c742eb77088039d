//! A described package written: a folder, or a tar file with that folder in it (CSIPSTR1, CSIPSTR3).
//! A file that exists is never written over; what was begun and not finished is taken away again.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use tar::Builder;
use tar::EntryType;
use tar::Header;

use crate::archive::encoding::hex;
use crate::archive::error::Error as Archived;
use crate::archive::house::Archive;
use crate::archive::package::Content;
use crate::archive::package::Filed;
use crate::archive::package::METS;
use crate::archive::package::Package;
use crate::store::disk;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::crypto::Hasher;
use crate::verify::crypto::sha256;

/// Why a package was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is something at its place.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The disk refused.
    #[error("cannot write {}: {source}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// What the archive holds is not what it was.
    #[error(transparent)]
    Archive(#[from] Archived),
}

/// A package as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The tar file, or the package's folder.
    pub path: PathBuf,
    /// SHA-256, hex: of the tar file; of METS.xml for a folder, which names the SHA-256 of all else.
    pub sha256: String,
}

impl Package {
    /// Writes the package as one tar file.
    ///
    /// # Errors
    /// [`Error`]; then there is no such file.
    pub fn write_tar(&self, archive: &Archive, path: &Path) -> Result<Written, Error> {
        let told = |source| Error::Disk { path: path.to_owned(), source };
        let file = new(path)?;
        let mut out = Hashed { file, hash: Hasher::new(DigestAlgorithm::Sha256) };
        let written = self.tar(archive, &mut out).and_then(|()| {
            out.file.sync_all()?;
            disk::sync_name(path).map_err(|error| Failed::Disk(error.source))
        });
        match written {
            Ok(()) => Ok(Written { path: path.to_owned(), sha256: hex(&out.hash.finish()) }),
            Err(error) => {
                let _ = fs::remove_file(path);
                Err(match error {
                    Failed::Disk(source) => told(source),
                    Failed::Archive(error) => error.into(),
                })
            }
        }
    }

    fn tar(&self, archive: &Archive, out: &mut Hashed) -> Result<(), Failed> {
        let mut tar = Builder::new(out);
        let time = u64::try_from(self.created.as_second()).unwrap_or(0);
        for filed in &self.files {
            let bytes = bytes(archive, filed)?;
            let mut header = Header::new_ustar();
            header.set_entry_type(EntryType::Regular);
            header.set_size(filed.size);
            header.set_mode(0o644);
            header.set_mtime(time);
            tar.append_data(&mut header, format!("{}/{}", self.name, filed.path), bytes.as_slice())?;
        }
        Ok(tar.finish()?)
    }

    /// Writes the package as a folder of its name in `parent`.
    ///
    /// # Errors
    /// [`Error`]; then there is no such folder.
    pub fn write_folder(&self, archive: &Archive, parent: &Path) -> Result<Written, Error> {
        let folder = parent.join(&self.name);
        let told = |source| Error::Disk { path: folder.clone(), source };
        fs::create_dir_all(parent).map_err(told)?;
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(Error::Exists(folder)),
            other => other.map_err(told)?,
        }
        let written = self.files.iter().try_for_each(|filed| {
            let path = folder.join(&filed.path);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut file = File::create_new(&path)?;
            file.write_all(&bytes(archive, filed)?)?;
            file.sync_all().map_err(Failed::Disk)
        });
        match written {
            Ok(()) => {
                let index = self.files.iter().find(|filed| filed.path == METS);
                let sha256 = index.map(|filed| filed.sha256.clone()).unwrap_or_default();
                Ok(Written { path: folder, sha256 })
            }
            Err(error) => {
                let _ = fs::remove_dir_all(&folder);
                Err(match error {
                    Failed::Disk(source) => told(source),
                    Failed::Archive(error) => error.into(),
                })
            }
        }
    }
}

/// Why, before it is known where.
enum Failed {
    Disk(io::Error),
    Archive(Archived),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<Archived> for Failed {
    fn from(error: Archived) -> Self {
        Self::Archive(error)
    }
}

fn new(path: &Path) -> Result<File, Error> {
    OpenOptions::new().write(true).create_new(true).open(path).map_err(|source| {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists { Error::Exists(path) } else { Error::Disk { path, source } }
    })
}

/// The bytes of one file, which are what METS.xml says they are.
fn bytes(archive: &Archive, filed: &Filed) -> Result<Vec<u8>, Archived> {
    let lost = || Archived::Damaged(format!("what belongs in {} is missing", filed.path));
    let bytes = match &filed.content {
        Content::Bytes(bytes) => bytes.clone(),
        Content::Document(id) => archive.document(*id)?.ok_or_else(lost)?,
        Content::Piece(kept) => archive.piece(kept)?.ok_or_else(lost)?.bytes,
    };
    if hex(&sha256(&[&bytes])) == filed.sha256 { Ok(bytes) } else { Err(lost()) }
}

/// Hashes what is written.
struct Hashed {
    file: File,
    hash: Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
