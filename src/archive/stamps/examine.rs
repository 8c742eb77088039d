//! Examining the stamps: each is about the ledger as it is, and each of its tokens about what it says to be about.
//! Whether an authority is still believed is asked when evidence is written; here only what lies on disk is.

use std::fs;

use crate::archive::check::Fault;
use crate::archive::check::Weight;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::stamps::FOLDER;
use crate::archive::stamps::Stamp;
use crate::archive::stamps::number_of;
use crate::archive::stamps::tree;
use crate::format::timestamp::Token;
use crate::ledger::note::Note;
use crate::ledger::succession;
use crate::store::disk;
use crate::verify::crypto;
use crate::verify::integrity::SignatureState;

impl Archive {
    /// What is wrong with the stamps. Time that is lost here is lost: a new stamp says a later one.
    pub(crate) fn check_stamps(&self) -> Result<Vec<Fault>, Error> {
        let mut faults: Vec<Fault> = self.strange_files()?.into_iter().collect();
        let stamps = match self.stamps() {
            Ok(stamps) => stamps,
            Err(Error::Damaged(what)) => {
                faults.push(lost(
                    &format!("{what} kan inte läsas, eller följer inte på den före"),
                    &format!("{what} cannot be read, or does not follow the one before"),
                ));
                return Ok(faults);
            }
            Err(other) => return Err(other),
        };
        for (number, stamp) in stamps {
            if !self.is_of_ledger(&stamp)? {
                faults.push(lost(
                    &format!("tidsstämpeln från post {number} gäller en annan logg än den som finns här"),
                    &format!("the time stamp from entry {number} is about another ledger than the one here"),
                ));
            }
            if !self.is_whole(&stamp)? {
                faults.push(lost(
                    &format!("tidsstämpeln från post {number} har ändrats på disken"),
                    &format!("the time stamp from entry {number} was changed on disk"),
                ));
            }
        }
        Ok(faults)
    }

    /// Its checkpoint is this ledger's own, over a tree that this one continues.
    fn is_of_ledger(&self, stamp: &Stamp) -> Result<bool, Error> {
        let note = Note::parse(&stamp.checkpoint).ok();
        let Some(Ok(seen)) = note.map(|note| succession::signed(&note, &self.ledger.ring())) else { return Ok(false) };
        Ok(stamp.to <= seen.size && seen.size <= self.ledger.size() && self.ledger.root_at(seen.size)? == seen.root)
    }

    /// The leaves are those of checkpoint and documents, the first token is over their tree, each further one over the
    /// one before, and each is what its authority signed. Of what was disposed of the leaf cannot be made again; the tree holds it.
    fn is_whole(&self, stamp: &Stamp) -> Result<bool, Error> {
        for (place, chain) in stamp.chains.iter().enumerate() {
            let (Ok(algorithm), Ok(leaves), Ok(tokens)) = (chain.digest_algorithm(), chain.leaves(), chain.tokens())
            else {
                return Ok(false);
            };
            if place == 0 {
                let own = crypto::digest(algorithm, &[stamp.checkpoint.as_bytes()]);
                if leaves.first() != Some(&own) {
                    return Ok(false);
                }
                for (leaf, entry) in leaves.iter().skip(1).zip(self.ledger.entries(stamp.from..stamp.to)) {
                    let (_, bytes) = entry?;
                    let bare = crypto::digest(algorithm, &[&bytes]);
                    // Without its document it was stamped bare, if that was gone, or lost for a while.
                    if *leaf != bare && self.leaf_now(algorithm, &bytes)?.is_some_and(|now| now != *leaf) {
                        return Ok(false);
                    }
                }
            }
            let mut imprint = tree::root(algorithm, &leaves).unwrap_or_default();
            let material = stamp.evidence();
            for token in &tokens {
                let Ok(read) = Token::read(token, &self.options.budget) else { return Ok(false) };
                let signed = self.weigh(&read, &material).integrity.signature == SignatureState::Valid;
                if read.info.imprint != imprint || !signed {
                    return Ok(false);
                }
                imprint = crypto::digest(algorithm, &[token]);
            }
        }
        Ok(true)
    }

    /// Files that are no stamps.
    fn strange_files(&self) -> Result<Option<Fault>, Error> {
        let folder = self.directory().join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            entries => entries.map_err(disk::Error::at("list", &folder))?,
        };
        let is_stamp = |name: &str| number_of(name).is_some();
        let count = entries.flatten().filter(|entry| !entry.file_name().to_str().is_some_and(is_stamp)).count();
        Ok((count > 0).then(|| {
            Fault::new(
                Weight::Note,
                format!("{count} filer i stamps/ är inga tidsstämplar."),
                format!("{count} files in stamps/ are no time stamps."),
            )
        }))
    }
}

fn lost(sv: &str, en: &str) -> Fault {
    Fault::new(Weight::Lost, format!("Tidsstämplar: {sv}."), format!("Time stamps: {en}."))
}
