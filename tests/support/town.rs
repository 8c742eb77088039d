//! Archives of several towns, each served on a port of this machine, so that they can witness and watch each other.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sigill::archive::Archive;
use sigill::archive::Options;
use sigill::web;
use tempfile::TempDir;
use tempfile::tempdir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

#[path = "copy.rs"]
mod copy;

use copy::copy_all;

/// A town's archive on disk.
pub(crate) struct Town {
    dir: TempDir,
}

/// It is reached here until this is dropped.
pub(crate) struct Served {
    pub(crate) url: String,
    pub(crate) archive: Arc<Archive>,
    runtime: Option<Runtime>,
}

impl Town {
    pub(crate) fn new(origin: &str) -> Self {
        let dir = tempdir().unwrap();
        Archive::create(&dir.path().join("a"), origin, None, &Options::default()).unwrap();
        Self { dir }
    }

    /// The same bytes in another place: what a backup is, and what a thief has.
    pub(crate) fn copy(&self) -> Self {
        let dir = tempdir().unwrap();
        copy_all(&self.path(), &dir.path().join("a"));
        Self { dir }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("a")
    }

    pub(crate) fn open(&self) -> Archive {
        Archive::open(&self.path(), Options::default()).unwrap()
    }

    pub(crate) fn serve(&self) -> Served {
        self.serve_with(Options::default())
    }

    pub(crate) fn serve_with(&self, options: Options) -> Served {
        let archive = Arc::new(Archive::open(&self.path(), options).unwrap());
        let runtime = Runtime::new().unwrap();
        let router = web::router(Arc::clone(&archive), web::Options::default()).unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Served { url, archive, runtime: Some(runtime) }
    }
}

impl Served {
    /// Entries as the archive itself makes none: enough for a ledger to grow by, while it stays open.
    pub(crate) fn grow(&self, to: u64, word: &str) {
        let ledger = self.archive.ledger();
        let entries = (ledger.size()..to).map(|number| format!("{word} {number}").into_bytes()).collect();
        ledger.append_all(entries).unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // What is still answered ends first: it holds the archive, and its lock.
            runtime.shutdown_timeout(Duration::from_secs(30));
        }
    }
}
