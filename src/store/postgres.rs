//! A store on PostgreSQL, and on what speaks its protocol: one table for each space, one transaction for each batch.
//! LEDGER.md 6.6. Only plain SQL: rows are locked by being updated, serialization failures (40001) are tried again.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::Semaphore;
use tokio_postgres::Client;
use tokio_postgres::Config;
use tokio_postgres::NoTls;
use tokio_postgres::Statement;
use tokio_postgres::config::Host;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::Batch;
use crate::store::Change;
use crate::store::Direction;
use crate::store::Error;
use crate::store::Expectation;
use crate::store::KeyRange;
use crate::store::Outcome;
use crate::store::Row;
use crate::store::Space;
use crate::store::Store;
use crate::store::key_within_limits;
use crate::store::remote::Remote;

/// Connections of one process at most: a ledger's writer and a handful of readers. Servers allow some hundred.
const CONNECTIONS_MAX: usize = 8;
/// For how long a connection may take to come about.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// For how long one answer is waited for. Batches take some tens of milliseconds; a server that is failing over, more.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// How often a batch that met another transaction is tried again.
const TRIES: u32 = 20;
/// A writer that has gone silent in the middle of a batch holds up all others: the server gives up on it after this.
const SILENCE: &str = "SET idle_in_transaction_session_timeout = '4s'";
/// The least of `synchronous_commit` that keeps what was acknowledged.
const DURABLE: &str = "SET synchronous_commit = on";

/// Where the server is and how it is spoken to. The password never appears in text made from this.
#[derive(Clone)]
pub struct Settings {
    /// `postgres://user@host/database?sslmode=require`, or key-value pairs.
    pub url: String,
    /// The schema that holds the tables: lower-case letters, digits, underscores.
    pub schema: String,
    /// The password, where the address has none.
    pub password: Option<String>,
    /// Certificates (PEM) that the server's is checked against; none: Mozilla's.
    pub roots: Option<Vec<u8>>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Settings(schema {})", self.schema)
    }
}

/// A server and the connections to it, shared by the stores in it.
pub struct Server {
    remote: Remote,
    pool: Arc<Pool>,
    schema: String,
    /// Host and database, for people.
    shown: String,
}

struct Pool {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    idle: Mutex<Vec<Connection>>,
    gate: Semaphore,
}

/// A connection, with the statements that the server has parsed.
struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Server {
    /// Connects once, to see that it can be done and that the server keeps what it acknowledges.
    ///
    /// # Errors
    /// [`Error::Engine`] where the settings cannot be followed; [`Error::Unavailable`] where nobody answers.
    pub fn connect(settings: &Settings) -> Result<Arc<Self>, Error> {
        let named = |what: &str| Error::Engine(format!("the store's settings: {what}"));
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if settings.schema.is_empty() || settings.schema.len() > 40 || !settings.schema.bytes().all(plain) {
            return Err(named("a schema is 1 to 40 of a-z, 0-9 and _"));
        }
        // The parser's own words might repeat the address, and the password in it.
        let mut config: Config = settings.url.parse().map_err(|_| named("the address cannot be read"))?;
        if let Some(password) = &settings.password {
            config.password(password);
        }
        config.connect_timeout(CONNECT_MAX).keepalives_idle(CONNECT_MAX).application_name("sigill");
        let tls = encrypted(&mut config, settings.roots.as_deref())?;
        let shown = format!("{} ({})", config.get_dbname().unwrap_or_default(), settings.schema);
        let pool = Pool { config, tls, idle: Mutex::default(), gate: Semaphore::new(CONNECTIONS_MAX) };
        let remote = Remote::start().map_err(|error| Error::Engine(error.to_string()))?;
        let server = Self { remote, pool: Arc::new(pool), schema: settings.schema.clone(), shown };
        server
            .ask(|mut connection| async move { (connection.execute("SELECT 1", &[]).await.map(drop), connection) })?;
        Ok(Arc::new(server))
    }

    /// Runs `work` on a connection and waits for it. A connection that failed is not used again.
    fn ask<T, W, F>(&self, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: FnOnce(Connection) -> F + Send + 'static,
        F: Future<Output = (Result<T, Error>, Connection)> + Send + 'static,
    {
        let pool = Arc::clone(&self.pool);
        let done = self.remote.wait(ANSWER_MAX, async move {
            let _permit = pool.gate.acquire().await;
            let (done, connection) = work(pool.connection().await?).await;
            if done.is_ok() {
                pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            }
            done
        });
        done.unwrap_or_else(|| Err(Error::Unavailable("the database server does not answer".to_owned())))
    }

    fn table(&self, store: &str, space: &str) -> String {
        format!("\"{}\".\"{store}_{space}\"", self.schema)
    }
}

impl Pool {
    /// One that is idle and alive, or a new one.
    async fn connection(&self) -> Result<Connection, Error> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                Some(connection) if !connection.client.is_closed() => return Ok(connection),
                Some(_) => {}
                None => break,
            }
        }
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await.map_err(told)?;
                tokio::spawn(connection);
                client
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(told)?;
                tokio::spawn(connection);
                client
            }
        };
        keeps_what_it_acknowledges(&client).await?;
        Ok(Connection { client, statements: HashMap::new() })
    }
}

/// Refuses a server that acknowledges before it has synced, and one that only follows another.
async fn keeps_what_it_acknowledges(client: &Client) -> Result<(), Error> {
    let asked = "SELECT current_setting('fsync', true), current_setting('synchronous_commit', true), \
                 current_setting('transaction_read_only', true)";
    let row = client.query_one(asked, &[]).await.map_err(told)?;
    let is = |column: usize, value: &str| row.get::<_, Option<&str>>(column) == Some(value);
    if is(0, "off") {
        return Err(Error::Engine("the database server runs with fsync off; nothing it says would be kept".to_owned()));
    }
    if is(2, "on") {
        return Err(Error::Unavailable("the database server is a standby, or read-only".to_owned()));
    }
    client.batch_execute(SILENCE).await.map_err(told)?;
    if is(1, "off") || is(1, "local") {
        client.batch_execute(DURABLE).await.map_err(told)?;
    }
    Ok(())
}

/// TLS, which only an explicit `sslmode=disable` or a server on this machine goes without.
fn encrypted(config: &mut Config, roots: Option<&[u8]>) -> Result<Option<MakeRustlsConnect>, Error> {
    let here = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        Host::Unix(_) => true,
    };
    let local = config.get_hosts().iter().all(here);
    if config.get_ssl_mode() == SslMode::Disable || (local && config.get_ssl_mode() != SslMode::Require) {
        config.ssl_mode(SslMode::Disable);
        return Ok(None);
    }
    config.ssl_mode(SslMode::Require);
    let unreadable = |what: String| Error::Engine(format!("the store's root certificates: {what}"));
    let mut store = RootCertStore::empty();
    match roots {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                store.add(certificate).map_err(|error| unreadable(error.to_string()))?;
            }
        }
        None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let client = versions.map_err(|error| unreadable(error.to_string()))?.with_root_certificates(store);
    Ok(Some(MakeRustlsConnect::new(client.with_no_client_auth())))
}

/// What the server said, as the contract says it. What may pass - a restart, a failover, no room, no connection -
/// is `Unavailable`; what will not - a table that is not there, damage - is `Engine`.
fn told(error: tokio_postgres::Error) -> Error {
    let text =
        error.as_db_error().map_or_else(|| whole(&error), |db| format!("{}: {}", db.code().code(), db.message()));
    if distrusted(&error) {
        return Error::Engine(text);
    }
    match error.code().map(|code| code.code().get(..2).unwrap_or_default()) {
        // Syntax and rights, data, integrity, internal damage, wrong password, no such database.
        Some("42" | "22" | "23" | "XX" | "28" | "3D" | "3F") => Error::Engine(text),
        Some(_) | None => Error::Unavailable(text),
    }
}

/// An error with its causes, each once.
fn whole(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}

/// Whether the server's certificate is not one that we believe, which does not pass by itself.
fn distrusted(error: &tokio_postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let within = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = inner.downcast_ref().or_else(|| within?.downcast_ref());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// Whether another transaction came between, so that the same one may pass when it is tried again.
fn met_another(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .is_some_and(|code| *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED)
}

type Parameter<'a> = &'a (dyn tokio_postgres::types::ToSql + Sync);

impl Connection {
    async fn statement(&mut self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn execute(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
        let statement = self.statement(sql).await.map_err(told)?;
        self.client.execute(&statement, parameters).await.map_err(told)
    }

    async fn rows(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Error> {
        let statement = self.statement(sql).await.map_err(told)?;
        let rows = self.client.query(&statement, parameters).await.map_err(told)?;
        let read = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
        rows.iter().map(read).collect::<Result<_, _>>().map_err(told)
    }

    /// One transaction. Updating the order's only row first makes all batches of a store stand in one order.
    async fn apply(&mut self, work: &Work) -> Result<Outcome, tokio_postgres::Error> {
        let order = self.statement(&work.order).await?;
        let compared = match &work.expect {
            Some((sql, _, _)) => Some(self.statement(sql).await?),
            None => None,
        };
        let mut changes = Vec::new();
        for (sql, keys, values) in &work.changes {
            changes.push((self.statement(sql).await?, keys, values));
        }
        let transaction = self.client.transaction().await?;
        transaction.query_one(&order, &[]).await?;
        if let (Some(statement), Some((_, key, value))) = (compared, &work.expect) {
            let found = transaction.query_opt(&statement, &[key]).await?;
            let found = found.map(|row| row.try_get::<_, Vec<u8>>(0)).transpose()?;
            if found != *value {
                transaction.rollback().await?;
                return Ok(Outcome::Conflict);
            }
        }
        for (statement, keys, values) in changes {
            match values {
                Some(values) => transaction.execute(&statement, &[keys, values]).await?,
                None => transaction.execute(&statement, &[keys]).await?,
            };
        }
        transaction.commit().await?;
        Ok(Outcome::Applied)
    }
}

/// Keys or values, handed over as one array.
type Column = Vec<Vec<u8>>;

/// A batch as SQL.
struct Work {
    order: String,
    expect: Option<(String, Vec<u8>, Option<Vec<u8>>)>,
    /// For each statement its keys, and for those that put the values.
    changes: Vec<(String, Column, Option<Column>)>,
}

/// One store among those in a server: a table for each space, named after it.
pub struct PostgresStore {
    server: Arc<Server>,
    name: &'static str,
    spaces: Vec<Space>,
}

impl PostgresStore {
    /// Looks that there is no store of this name.
    ///
    /// # Errors
    /// [`Error::Exists`]; the server's.
    pub fn vacant(server: &Arc<Server>, name: &'static str) -> Result<(), Error> {
        let store = Self { server: Arc::clone(server), name, spaces: Vec::new() };
        if store.is_there()? { Err(Error::Exists(store.shown())) } else { Ok(()) }
    }

    /// Creates the tables, which must not be there.
    ///
    /// # Errors
    /// [`Error::Exists`]; the server's.
    pub fn create(server: &Arc<Server>, name: &'static str, spaces: &[Space]) -> Result<Self, Error> {
        Self::vacant(server, name)?;
        let store = Self { server: Arc::clone(server), name, spaces: spaces.to_vec() };
        let order = server.table(name, ORDER);
        let sql = format!(
            "CREATE SCHEMA IF NOT EXISTS \"{}\"; \
             CREATE TABLE {order} (one int PRIMARY KEY CHECK (one = 1), number bigint NOT NULL) WITH (fillfactor = 50); \
             INSERT INTO {order} VALUES (1, 0); {}",
            server.schema,
            store.tables()
        );
        store.run(sql)?;
        Ok(store)
    }

    /// Opens what was created before, with spaces that a newer program has added.
    ///
    /// # Errors
    /// [`Error::Missing`]; the server's.
    pub fn open(server: &Arc<Server>, name: &'static str, spaces: &[Space]) -> Result<Self, Error> {
        let store = Self { server: Arc::clone(server), name, spaces: spaces.to_vec() };
        if !store.is_there()? {
            return Err(Error::Missing(store.shown()));
        }
        // The order's lock first: two processes that create one table at one moment would meet.
        store.run(format!("{}; {}", store.next(), store.tables()))?;
        Ok(store)
    }

    fn shown(&self) -> PathBuf {
        PathBuf::from(format!("{} in the database {}", self.name, self.server.shown))
    }

    fn tables(&self) -> String {
        let table = |space: &Space| {
            let table = self.server.table(self.name, space.0);
            format!(
                "CREATE TABLE IF NOT EXISTS {table} (key bytea PRIMARY KEY, value bytea NOT NULL) WITH (fillfactor = 80);"
            )
        };
        self.spaces.iter().map(table).collect()
    }

    /// Takes the next place in the order of batches, and with it the lock.
    fn next(&self) -> String {
        format!("UPDATE {} SET number = number + 1 WHERE one = 1", self.server.table(self.name, ORDER))
    }

    fn is_there(&self) -> Result<bool, Error> {
        let name = (self.server.schema.clone(), format!("{}_{ORDER}", self.name));
        self.server.ask(move |mut connection| async move {
            let sql = "SELECT ''::bytea, ''::bytea FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = $2";
            let found = connection.rows(sql, &[&name.0, &name.1]).await;
            (found.map(|rows| !rows.is_empty()), connection)
        })
    }

    /// Runs several statements as one transaction.
    fn run(&self, sql: String) -> Result<(), Error> {
        self.server.ask(move |connection| async move {
            let done = connection.client.batch_execute(&format!("BEGIN; {sql}; COMMIT")).await;
            (done.map_err(told), connection)
        })
    }

    fn table(&self, space: Space) -> Result<String, Error> {
        let known = self.spaces.contains(&space);
        known.then(|| self.server.table(self.name, space.0)).ok_or(Error::UnknownSpace(space.0))
    }

    /// The batch as SQL: of changes to one key only the last, keys in order, so that no two transactions cross.
    fn work(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Work, Error> {
        let mut last: BTreeMap<(Space, &[u8]), Option<&[u8]>> = BTreeMap::new();
        for (space, key, change) in batch.changes() {
            self.table(*space)?;
            let value = match change {
                Change::Put(value) => Some(value.as_slice()),
                Change::Delete => None,
            };
            last.insert((*space, key), value);
        }
        let mut changes: BTreeMap<(Space, bool), (Column, Column)> = BTreeMap::new();
        for ((space, key), value) in last {
            let (keys, values) = changes.entry((space, value.is_some())).or_default();
            keys.push(key.to_vec());
            values.extend(value.map(<[u8]>::to_vec));
        }
        let changes = changes.into_iter().map(|((space, puts), (keys, values))| {
            let table = self.table(space)?;
            Ok(match puts {
                true => {
                    let sql = format!(
                        "INSERT INTO {table} (key, value) SELECT * FROM unnest($1::bytea[], $2::bytea[]) \
                         ON CONFLICT (key) DO UPDATE SET value = excluded.value"
                    );
                    (sql, keys, Some(values))
                }
                false => (format!("DELETE FROM {table} WHERE key = ANY($1::bytea[])"), keys, None),
            })
        });
        let expect = expect.map(|expect| {
            let table = self.table(expect.space)?;
            Ok::<_, Error>((
                format!("SELECT value FROM {table} WHERE key = $1"),
                expect.key.clone(),
                expect.value.clone(),
            ))
        });
        Ok(Work {
            order: format!("{} RETURNING number", self.next()),
            expect: expect.transpose()?,
            changes: changes.collect::<Result<_, Error>>()?,
        })
    }
}

/// The table in which batches stand in line; no space bears its name.
const ORDER: &str = "-order";

impl Store for PostgresStore {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.get_all(space, &[key])?.pop().flatten())
    }

    fn get_all(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        keys.iter().try_for_each(|key| key_within_limits(key))?;
        let sql = format!("SELECT key, value FROM {} WHERE key = ANY($1::bytea[])", self.table(space)?);
        let asked: Vec<Vec<u8>> = keys.iter().map(|key| key.to_vec()).collect();
        let found = self.server.ask(move |mut connection| async move {
            let rows = connection.rows(&sql, &[&asked]).await;
            (rows, connection)
        })?;
        let found: HashMap<Vec<u8>, Vec<u8>> = found.into_iter().collect();
        Ok(keys.iter().map(|key| found.get(*key).cloned()).collect())
    }

    fn scan(&self, space: Space, range: &KeyRange, limit: usize, direction: Direction) -> Result<Vec<Row>, Error> {
        let (table, limit) = (self.table(space)?, i64::try_from(limit).unwrap_or(i64::MAX));
        let order = match direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        let range = range.clone();
        self.server.ask(move |mut connection| async move {
            let end = if range.to.is_some() { "AND key < $3" } else { "" };
            let sql = format!("SELECT key, value FROM {table} WHERE key >= $1 {end} ORDER BY key {order} LIMIT $2");
            let rows = match &range.to {
                Some(to) => connection.rows(&sql, &[&range.from, &limit, to]).await,
                None => connection.rows(&sql, &[&range.from, &limit]).await,
            };
            (rows, connection)
        })
    }

    fn apply(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Outcome, Error> {
        batch.within_limits()?;
        let work = self.work(batch, expect)?;
        self.server.ask(move |mut connection| async move {
            let mut tries = TRIES;
            loop {
                match connection.apply(&work).await {
                    Err(error) if met_another(&error) && tries > 0 => tries -= 1,
                    done => return (done.map_err(told), connection),
                }
            }
        })
    }

    /// The server has synced what it has acknowledged; that it does was seen when the connection was made.
    fn sync(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PostgresStore({})", self.shown().display())
    }
}
