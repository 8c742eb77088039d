//! Witnessing both ways: others see our ledger grow (`feed`), and we see theirs (`duty`). LEDGER.md 1.6 and 6.4.
//! Who our witnesses are stands in `witnesses.policy`, whom we witness in `witness/logs.policy`: both C2SP tlog-policy.

pub mod duty;
pub mod feed;
pub mod feeding;

use std::fs;
use std::io;
use std::path::Path;

use crate::archive::error::Error;
use crate::ledger::policy::Policy;
use crate::store::disk;

pub use self::duty::Duty;
pub use self::feed::Feeder;
pub use self::feed::Standing;
pub use self::feed::Witnesses;
pub use self::feeding::Feeding;

/// The file that names an archive's own witnesses and how many of them are enough.
pub const WITNESSES_FILE: &str = "witnesses.policy";

/// Reads a policy; none where there is no such file.
fn read_policy(path: &Path) -> Result<Option<(Policy, String)>, Error> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(disk::Error::at("read", path))?,
    };
    let unreadable = |what: String| Error::Settings { path: path.to_owned(), what };
    let policy = Policy::parse(&bytes).map_err(|error| unreadable(error.to_string()))?;
    Ok(Some((policy, String::from_utf8_lossy(&bytes).into_owned())))
}

/// The folder under which a log's checkpoint is shown: SHA-256 of its origin, in hexadecimal.
fn folder(origin: &str) -> String {
    crate::archive::encoding::hex(&crate::verify::crypto::sha256(&[origin.as_bytes()]))
}
