//! The document security store: certificates and revocation data kept in the file. ISO 32000-2, 12.8.4.3.

use crate::format::pdf::fault::Error;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::view::View;

/// Entries in one array; a store with more is no help to anyone.
const ENTRIES_MAX: usize = 10_000;

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
    /// How many entries of `/VRI` state a time of their own: `/TS`, a timestamp, or `/TU`, a date.
    pub vri_times: usize,
    /// How many entries could not be read.
    pub unreadable: usize,
}

impl Dss {
    /// Reads `/DSS` of the catalog; `None` if there is none.
    ///
    /// # Errors
    /// If the catalog cannot be read or a budget is used up. A store with unreadable entries is no error.
    pub fn read(view: View<'_, '_>) -> Result<Option<Self>, Error> {
        let store = view.value(&view.catalog()?, b"DSS")?;
        let Some(store) = store.as_dict() else {
            return Ok(None);
        };
        let mut dss = Self::default();
        dss.certificates = dss.streams(view, store, b"Certs")?;
        dss.ocsp_responses = dss.streams(view, store, b"OCSPs")?;
        dss.crls = dss.streams(view, store, b"CRLs")?;
        dss.related_to(view, store)?;
        Ok(Some(dss))
    }

    fn related_to(&mut self, view: View<'_, '_>, store: &Dictionary) -> Result<(), Error> {
        let entries = view.value(store, b"VRI")?;
        for (key, entry) in entries.as_dict().into_iter().flat_map(Dictionary::iter).take(ENTRIES_MAX) {
            if key == b"Type" {
                continue;
            }
            self.vri_keys.push(String::from_utf8_lossy(key).into_owned());
            match view.resolve(entry) {
                Ok(entry) => {
                    let states = |key: &[u8]| entry.as_dict().is_some_and(|entry| entry.get(key).is_some());
                    self.vri_times += usize::from(states(b"TS") || states(b"TU"));
                }
                Err(error @ Error::Limit { .. }) => return Err(error),
                Err(_) => self.unreadable += 1,
            }
        }
        Ok(())
    }

    /// Whether the store of a revision holds anything, or lists what it should hold; nothing is inflated.
    ///
    /// # Errors
    /// As [`Dss::read`].
    pub fn holds_anything(view: View<'_, '_>) -> Result<bool, Error> {
        let store = view.value(&view.catalog()?, b"DSS")?;
        let Some(store) = store.as_dict() else {
            return Ok(false);
        };
        for key in [b"Certs".as_slice(), b"OCSPs", b"CRLs"] {
            if view.value(store, key)?.as_array().is_some_and(|list| !list.is_empty()) {
                return Ok(true);
            }
        }
        Ok(view.value(store, b"VRI")?.as_dict().is_some_and(|entries| entries.iter().any(|(key, _)| key != b"Type")))
    }

    fn streams(&mut self, view: View<'_, '_>, store: &Dictionary, key: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let array = view.value(store, key)?;
        let mut streams = Vec::new();
        for element in array.as_array().unwrap_or_default().iter().take(ENTRIES_MAX) {
            let stream = view.resolve(element);
            let bytes = stream.and_then(|stream| stream.as_stream().map(|stream| view.inflate(stream)).transpose());
            match bytes {
                Ok(Some(bytes)) => streams.push(bytes),
                Err(error @ Error::Limit { .. }) => return Err(error),
                Ok(None) | Err(_) => self.unreadable += 1,
            }
        }
        Ok(streams)
    }
}

/// What `/VRI` keeps for one signature, so that its own data is found first; empty where it has no entry.
///
/// # Errors
/// As `Dss::read`.
pub fn related(view: View<'_, '_>, key: &str) -> Result<Dss, Error> {
    let mut dss = Dss::default();
    let store = view.value(&view.catalog()?, b"DSS")?;
    let entries = store.as_dict().map_or(Ok(Object::Null), |store| view.value(store, b"VRI"))?;
    let entry = entries.as_dict().map_or(Ok(Object::Null), |entries| view.value(entries, key.as_bytes()))?;
    let Some(entry) = entry.as_dict() else {
        return Ok(dss);
    };
    dss.certificates = dss.streams(view, entry, b"Cert")?;
    dss.ocsp_responses = dss.streams(view, entry, b"OCSP")?;
    dss.crls = dss.streams(view, entry, b"CRL")?;
    Ok(dss)
}
