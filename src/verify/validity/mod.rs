//! Is the certificate good: now, and when it mattered? Paths with all that is known of their revocation, judged at the
//! validation time (XCV, VALIDATION 3.5) and by the processes that later proofs allow (4.4 to 4.6, 4.10).

mod chain;
mod past;
mod process;
mod receipt;
mod words;

pub use chain::Chain;
pub use chain::Failure;
pub use chain::Link;
pub use chain::Object;
pub use chain::Trouble;
pub use past::slide;
pub use process::Process;
pub use process::Question;
pub use process::Settled;
pub use process::Unsettled;
pub use process::settle;
pub use receipt::InTime;
pub use receipt::NotRevoked;
pub use receipt::Reliable;
