//! A PostgreSQL of the test's own: one that restarts, one whose standby takes over, one that has a certificate.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use sigill::ledger::Ledger;
use sigill::ledger::SHARED_SPACES;
use sigill::ledger::options::Options;
use sigill::store::Error;
use sigill::store::postgres::PostgresStore;
use sigill::store::postgres::Server;
use sigill::store::postgres::Settings;
use tempfile::TempDir;

use crate::House;
use crate::enter;
use crate::servers;
use crate::sound;

/// Where PostgreSQL's programs are, and a place for clusters of them that its user may enter.
struct Workshop {
    binaries: PathBuf,
    directory: TempDir,
    is_root: bool,
}

impl Workshop {
    fn new() -> Option<Self> {
        let binaries = PathBuf::from(servers::address("TEST_POSTGRES_BIN")?);
        let directory = tempfile::tempdir().unwrap();
        let whose = Command::new("id").arg("-u").output().unwrap();
        let is_root = String::from_utf8(whose.stdout).unwrap().trim() == "0";
        let workshop = Self { binaries, directory, is_root };
        workshop.hand_over();
        Some(workshop)
    }

    /// PostgreSQL refuses to run as root.
    fn hand_over(&self) {
        if self.is_root {
            let done = Command::new("chown").args(["-R", "postgres"]).arg(self.directory.path()).status().unwrap();
            assert!(done.success());
        }
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let path = self.binaries.join(program);
        let mut command = if self.is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // Whatever it starts keeps its outputs open, so that they must not be ours.
        let log = fs::File::options().create(true).append(true).open(self.directory.path().join("log")).unwrap();
        command.args(arguments).current_dir("/").stdout(log.try_clone().unwrap()).stderr(log);
        let done = command.status().unwrap();
        let said = fs::read_to_string(self.directory.path().join("log")).unwrap();
        assert!(done.success(), "{program} {arguments:?}: {said}");
    }

    fn data(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn control<'w>(&'w self, name: &str, port: u16) -> Running<'w> {
        Running { workshop: self, data: self.data(name), port }
    }

    /// A new server, not started.
    fn server(&self, name: &str) -> Running<'_> {
        self.run("initdb", &["-D", &self.data(name), "-U", "sigill", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
        self.control(name, free_port())
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server that is stopped when the test lets go of it.
struct Running<'w> {
    workshop: &'w Workshop,
    data: String,
    port: u16,
}

impl Running<'_> {
    fn start(&self, options: &str) {
        let (port, place) = (self.port, self.workshop.directory.path().display());
        let options = format!("-p {port} -k {place} -c listen_addresses=127.0.0.1 {options}");
        let log = format!("{}.log", self.data);
        self.workshop.run("pg_ctl", &["-D", &self.data, "-w", "-l", &log, "-o", &options, "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        self.workshop.run("pg_ctl", &[&["-D", &self.data, "-w"], arguments].concat());
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if Path::new(&self.data).join("postmaster.pid").exists() {
            self.control(&["-m", "immediate", "stop"]);
        }
    }
}

fn settings(url: String) -> Settings {
    Settings { url, schema: "prov".to_owned(), password: None, roots: None }
}

/// A shared ledger at this address, and its house.
fn house(url: &str) -> House {
    let at = settings(url.to_owned());
    PostgresStore::create(&Server::connect(&at).unwrap(), "ledger", &SHARED_SPACES).unwrap();
    House::found(Box::new(move || {
        Arc::new(PostgresStore::open(&Server::connect(&at).unwrap(), "ledger", &SHARED_SPACES).unwrap())
    }))
}

/// Appends from two members until told to stop, again what failed; gives what was acknowledged. `trouble` runs meanwhile
/// and is over when something new has been acknowledged after it.
fn append_through(members: [&Ledger; 2], trouble: impl FnOnce()) -> Vec<(Vec<u8>, u64)> {
    let (answered, done) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for (writer, ledger) in members.into_iter().enumerate() {
            let (answered, done) = (&answered, &done);
            scope.spawn(move || {
                let mut number = 0_u64;
                while !done.load(Ordering::Relaxed) {
                    let entry = format!("{writer} {number}").into_bytes();
                    match ledger.append(entry.clone()) {
                        Ok(appended) => {
                            answered.lock().unwrap().push((entry, appended.index));
                            number += 1;
                        }
                        Err(error) => assert!(error.is_passing(), "what may pass stops nobody: {error}"),
                    }
                }
            });
        }
        let count = || answered.lock().unwrap().len();
        let until = |wanted: usize| {
            let limit = Instant::now() + Duration::from_secs(120);
            while count() < wanted && Instant::now() < limit {
                std::thread::sleep(Duration::from_millis(20));
            }
            count() >= wanted
        };
        let before = until(40);
        trouble();
        let after = before && until(count() + 40);
        done.store(true, Ordering::Relaxed);
        assert!(after, "they never went on");
    });
    answered.into_inner().unwrap()
}

#[test]
fn a_server_that_is_restarted_under_load_stops_nobody_and_loses_nothing() {
    let Some(workshop) = Workshop::new() else { return };
    let server = workshop.server("one");
    server.start("");
    let house = house(&format!("postgres://sigill@127.0.0.1:{}/postgres", server.port));
    let (one, other) = (house.join(), house.join());
    let answered = append_through([&one, &other], || {
        server.control(&["-m", "fast", "stop"]);
        std::thread::sleep(Duration::from_secs(1));
        server.start("");
        // And once as a crash: what was acknowledged is in its log.
        server.control(&["-m", "immediate", "stop"]);
        server.start("");
    });
    drop((one, other));
    sound(&house, &answered);
}

#[test]
fn a_standby_that_acknowledges_too_takes_over_with_everything_that_was_acknowledged() {
    let Some(workshop) = Workshop::new() else { return };
    let primary = workshop.server("primary");
    primary.start("-c max_wal_senders=4");
    let standby = workshop.control("standby", free_port());
    let source = format!("host=127.0.0.1 port={} user=sigill application_name=standby", primary.port);
    workshop
        .run("pg_basebackup", &["-d", &source, "-D", &standby.data, "-R", "-X", "stream", "-c", "fast", "--no-sync"]);
    standby.start("");
    // From now on nothing is acknowledged before the standby has it too.
    primary.control(&["-m", "fast", "stop"]);
    primary.start("-c max_wal_senders=4 -c synchronous_standby_names=standby");
    let url = format!(
        "postgres://sigill@127.0.0.1:{},127.0.0.1:{}/postgres?target_session_attrs=read-write",
        primary.port, standby.port
    );
    let house = house(&url);
    let (one, other) = (house.join(), house.join());
    let answered = append_through([&one, &other], || {
        primary.control(&["-m", "immediate", "stop"]);
        standby.control(&["promote"]);
    });
    drop((one, other));
    sound(&house, &answered);
}

fn openssl(inside: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(inside).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_server_elsewhere_is_spoken_to_encrypted_and_only_with_a_certificate_that_is_believed() {
    let Some(workshop) = Workshop::new() else { return };
    let inside = workshop.directory.path();
    fs::write(inside.join("san"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    for name in ["ours", "another"] {
        openssl(
            inside,
            &format!("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -keyout {name}.key -out {name}.pem"),
        );
    }
    openssl(inside, "req -newkey rsa:2048 -nodes -subj /CN=db -keyout server.key -out server.csr");
    openssl(
        inside,
        "x509 -req -in server.csr -CA ours.pem -CAkey ours.key -CAcreateserial -days 2 -extfile san -out server.crt",
    );
    let server = workshop.server("tls");
    for file in ["server.key", "server.crt"] {
        fs::copy(inside.join(file), Path::new(&server.data).join(file)).unwrap();
        // PostgreSQL refuses a key that others may read.
        let done = Command::new("chmod").arg("600").arg(Path::new(&server.data).join(file)).status().unwrap();
        assert!(done.success());
    }
    fs::write(Path::new(&server.data).join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\nlocal all all trust\n")
        .unwrap();
    workshop.hand_over();
    server.start("-c ssl=on");
    let url = |mode: &str| format!("postgres://sigill@127.0.0.1:{}/postgres?sslmode={mode}", server.port);
    let pem = |name: &str| Some(fs::read(inside.join(format!("{name}.pem"))).unwrap());

    // The server lets nobody in who is not encrypted, so that whoever is in is.
    let open = Server::connect(&settings(url("disable"))).err().unwrap();
    assert!(matches!(open, Error::Engine(_)), "{open}");
    let believed = Settings { roots: pem("ours"), ..settings(url("require")) };
    PostgresStore::create(&Server::connect(&believed).unwrap(), "ledger", &SHARED_SPACES).unwrap();
    let store = PostgresStore::open(&Server::connect(&believed).unwrap(), "ledger", &SHARED_SPACES).unwrap();
    let member = inside.join("member");
    Ledger::found(&member, &store, "kommun.example/logg", &crate::seed(), &Options::default()).unwrap();
    assert_eq!(enter(&member, Arc::new(store), Options::default()).unwrap().append(b"x".to_vec()).unwrap().index, 0);

    // Another authority's, or none of the public ones: refused, in words, and not as something that passes.
    for roots in [pem("another"), None] {
        let refused = Server::connect(&Settings { roots, ..settings(url("require")) }).err().unwrap();
        assert!(matches!(&refused, Error::Engine(what) if what.contains("certificate")), "{refused}");
    }
}
