//! What does it say? Bytes to types, one file per published format.
//! Pure: no clock, disk, network, randomness or logging. Later modules may name earlier ones, never the reverse.

pub mod budget;
pub mod csv;
pub mod der;
pub mod x509;
pub mod xml;
pub mod crl;
pub mod ocsp;
pub mod cms;
pub mod timestamp;
pub mod ers;
pub mod ksi;
pub mod svt;
pub mod authn;
pub mod bankid;
pub mod trustlist;
pub mod pdf;
pub mod minutes;
