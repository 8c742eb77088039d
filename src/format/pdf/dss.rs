//! The document security store: certificates and revocation data kept in the file. ISO 32000-2, 12.8.4.3.

use crate::format::pdf::fault::Error;
use crate::format::pdf::file::View;

/// What the document security store of one revision holds, as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dss {
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// OCSP responses, DER.
    pub ocsp_responses: Vec<Vec<u8>>,
    /// Revocation lists, DER.
    pub crls: Vec<Vec<u8>>,
    /// The keys of `/VRI`: upper-case hexadecimal SHA-1 of signatures, unless someone wrote something else.
    pub vri_keys: Vec<String>,
    /// How many entries could not be read.
    pub unreadable: usize,
}

impl Dss {
    /// Reads `/DSS` of the catalog; `None` if there is none.
    ///
    /// # Errors
    /// If the catalog cannot be read or a budget is used up. A store with unreadable entries is no error.
    pub fn read(view: View<'_, '_>) -> Result<Option<Self>, Error> {
        let _ = view;
        todo!()
    }
}
