//! What became of a delivery: that records were handed over, and that the archive they went to acknowledged them.
//! Each is an act upon the record, so that its events and its retention tell. PAIMAS; USERS 3 and 9.6.

use crate::archive::act::Acted;
use crate::archive::act::Deed;
use crate::archive::deeds::exists;
use crate::archive::deeds::given;
use crate::archive::encoding::hex;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::package::Package;
use crate::archive::package::write::Written;
use crate::archive::record::ACKNOWLEDGEMENT;
use crate::archive::record::KeptPiece;
use crate::archive::record::RecordId;
use crate::archive::refusal::Refusal;
use crate::verify::crypto;
use crate::verify::mask::masked;

/// What a copy without signatures is for.
const COPY: &str = "Leveranskopia utan underskrifter";

impl Archive {
    /// States that the records of a written package were handed to an archive, and registers the copies that went.
    ///
    /// # Errors
    /// [`Refusal`] where no recipient is named, or a record was disposed of; the disk's and the ledger's. Those before it
    /// are stated then.
    pub fn hand_over(
        &self,
        package: &Package,
        written: &Written,
        recipient: &str,
        by: &str,
    ) -> Result<Vec<Acted>, Error> {
        let recipient = given(recipient, "mottagaren", "the recipient")?;
        for (id, copy) in &package.copies {
            let (sha256, size, purpose) = (copy.sha256.clone(), copy.size, COPY.to_owned());
            let deed = Deed::CopyRegistered { sha256, size, purpose, masked: 0 };
            self.do_to(*id, by, |life| exists(life).map(|()| deed))?;
        }
        let with_signatures = package.copies.is_empty();
        let state = |id: &RecordId| {
            let (package, recipient) = (written.sha256.clone(), recipient.clone());
            self.do_to(*id, by, |life| exists(life).map(|()| Deed::Delivered { package, recipient, with_signatures }))
        };
        package.records.iter().map(state).collect()
    }

    /// States that the archive which a record was handed to acknowledged it, and keeps what it sent.
    ///
    /// # Errors
    /// [`Refusal::NotDelivered`]; the disk's and the ledger's.
    pub fn acknowledge(
        &self,
        id: RecordId,
        name: &str,
        bytes: &[u8],
        reference: Option<&str>,
        by: &str,
    ) -> Result<Acted, Error> {
        // Known before anything is kept; asked once more when nobody else acts on the record.
        delivered(self.life(id)?.deliveries.is_empty())?;
        let sha256 = hex(&crypto::sha256(&[bytes]));
        self.evidence.put(&sha256, bytes)?;
        let piece = KeptPiece {
            kind: ACKNOWLEDGEMENT.to_owned(),
            name: masked(name),
            sha256,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            address: None,
        };
        let reference = reference.map(masked).filter(|text| !text.trim().is_empty());
        self.do_to(id, by, |life| {
            delivered(life.deliveries.is_empty())?;
            Ok(Deed::Received { reference, evidence: vec![piece] })
        })
    }
}

fn delivered(never: bool) -> Result<(), Refusal> {
    if never { Err(Refusal::NotDelivered) } else { Ok(()) }
}
