//! The real servers that `.ci/servers` starts for a test run; without them a test says so, and only CI insists.

use std::env;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use sigill::store::postgres::Server;
use sigill::store::postgres::Settings;

/// The address in this variable; none where no such server runs.
pub(crate) fn address(variable: &str) -> Option<String> {
    let found = env::var(variable).ok().filter(|address| !address.is_empty());
    if found.is_none() {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{variable} is not set, and CI is to run on real servers");
        println!("NOT RUN: {variable} is not set; `.ci/servers cargo test` starts the servers");
    }
    found
}

/// The address of a PostgreSQL that may be filled.
pub(crate) fn postgres() -> Option<String> {
    address("TEST_POSTGRES")
}

/// A schema that no other test uses.
pub(crate) fn schema() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A process's own connections to a schema.
pub(crate) fn connect(url: &str, schema: &str) -> Arc<Server> {
    let settings = Settings { url: url.to_owned(), schema: schema.to_owned(), password: None, roots: None };
    Server::connect(&settings).expect("the server that the environment names answers")
}
