//! File, environment and flags → each room's options, read raw and resolved once.
//! INTERFACES section 1: file < environment (`SIGILL_…`) < flags. deploy/sigill.toml shows every key with its reason.

mod error;
mod values;
mod doors;
mod sources;
mod bounds;
mod places;
mod examine;

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::archive;
use crate::archive::fetch;
use crate::archive::fetch::Hosts;
use crate::archive::gather;
use crate::archive::policy_file;
use crate::archive::settings::Secret;
use crate::archive::settings::Secrets;
use crate::telemetry;
use crate::verify::completeness::dates::BodyType;
use crate::verify::policy::Policy;
use crate::verify::text::Text;
use crate::web;
use crate::web::certificate::Known;
use crate::web::network::Network;
use crate::web::oidc;
use crate::web::tls;

use doors::Desk;
use doors::Doors;
pub use error::Error;
use error::nearest;
pub use examine::Misfit;
pub use sources::{Origin, SECRET_KEYS, Sources, Told};

/// Where the archive is when nobody says otherwise.
pub const DATA: &str = "./sigill-data";
/// The folder of trust anchors that `verify` looks for when nobody says otherwise.
pub const TRUST: &str = "keys/trust";
/// What the names of environment variables begin with.
const PREFIX: &str = "SIGILL_";
/// The variable that names the configuration file.
const CONFIG: &str = "SIGILL_CONFIG";
/// Bytes in a megabyte, as people and their file managers count.
const MEGABYTE: u64 = 1_000_000;
/// Largest configuration file read, in bytes: a hundred times the example.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The language of what is said to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Swedish.
    #[default]
    Sv,
    /// English.
    En,
}

impl Lang {
    /// The one in this language.
    pub fn choose<'a>(self, sv: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Sv => sv,
            Self::En => en,
        }
    }

    /// The sentence in this language.
    pub fn of(self, text: &Text) -> &str {
        self.choose(&text.sv, &text.en)
    }

    /// Reads `sv` or `en`.
    pub fn read(text: &str) -> Option<Self> {
        Self::from_str(text, true).ok()
    }
}

/// What a file or the environment says, key by key; nothing is decided yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Raw {
    /// The archive's directory.
    pub data: Option<PathBuf>,
    /// Language of what is said to people.
    pub lang: Option<Lang>,
    /// Folder of trust anchors for `sigill verify`; an archive has its own.
    pub trust: Option<PathBuf>,
    /// The rules documents are judged by: the name of one of ours, or a file.
    pub policy: Option<PathBuf>,
    /// What kind of body the minutes are of, which decides the days that are computed.
    pub body: Option<BodyType>,
    /// Who acts on the command line, where that is not whoever is logged in.
    pub actor: Option<String>,
    /// How many days a decided disposal can be undone.
    #[serde(deserialize_with = "values::number")]
    pub quarantine_days: Option<u64>,
    /// Where the service listens.
    pub listen: Option<SocketAddr>,
    /// Where figures and health are told separately, or `off`.
    #[serde(deserialize_with = "values::watch")]
    pub metrics_listen: Option<MetricsListen>,
    /// The address that people use.
    pub public_url: Option<String>,
    /// Whom to tell of a weakness, for `/.well-known/security.txt`.
    #[serde(deserialize_with = "values::list")]
    pub security_contact: Option<Vec<String>>,
    /// Until which day that holds.
    pub security_expires: Option<Date>,
    /// Whom to tell of gaps in accessibility.
    #[serde(deserialize_with = "values::list")]
    pub accessibility_contact: Option<Vec<String>>,
    /// The day on which the body assessed its installation.
    pub accessibility_assessed: Option<Date>,
    /// The day on which its accessibility statement was last changed.
    pub accessibility_updated: Option<Date>,
    /// Largest document read or registered, in megabytes.
    #[serde(deserialize_with = "values::number")]
    pub document_megabytes_max: Option<u64>,
    /// Largest upload, in megabytes.
    #[serde(deserialize_with = "values::number")]
    pub upload_megabytes_max: Option<u64>,
    /// Uploads in memory at once, in megabytes.
    #[serde(deserialize_with = "values::number")]
    pub uploads_megabytes_max: Option<u64>,
    /// Files added to the register in one go on the pages.
    #[serde(deserialize_with = "values::number")]
    pub batch_files_max: Option<u64>,
    /// All of them together, in megabytes.
    #[serde(deserialize_with = "values::number")]
    pub batch_megabytes_max: Option<u64>,
    /// Everything that waits between two steps of a form, everybody's, in megabytes.
    #[serde(deserialize_with = "values::number")]
    pub holding_megabytes_max: Option<u64>,
    /// How long it waits, in hours.
    #[serde(deserialize_with = "values::number")]
    pub holding_hours_max: Option<u64>,
    /// How long a request may take, in seconds.
    #[serde(deserialize_with = "values::number")]
    pub request_seconds_max: Option<u64>,
    /// Requests under way at most.
    #[serde(deserialize_with = "values::number")]
    pub requests_max: Option<u64>,
    /// Verifications worked on at once.
    #[serde(deserialize_with = "values::number")]
    pub verifications_max: Option<u64>,
    /// How long requests may go on after a stop was asked for, in seconds.
    #[serde(deserialize_with = "values::number")]
    pub stop_seconds_max: Option<u64>,
    /// How long a login on the pages lasts, in hours.
    #[serde(deserialize_with = "values::number")]
    pub session_hours_max: Option<u64>,
    /// How long a login lasts without a request, in minutes.
    #[serde(deserialize_with = "values::number")]
    pub session_idle_minutes_max: Option<u64>,
    /// Connections at most.
    #[serde(deserialize_with = "values::number")]
    pub connections_max: Option<u64>,
    /// Connections of one address at most.
    #[serde(deserialize_with = "values::number")]
    pub connections_per_address_max: Option<u64>,
    /// How long a header or a handshake may take, in seconds.
    #[serde(deserialize_with = "values::number")]
    pub header_seconds_max: Option<u64>,
    /// Proxies whose word on who asked them is taken.
    #[serde(deserialize_with = "values::list")]
    pub trusted_proxies: Option<Vec<Network>>,
    /// Origins whose pages may ask `/api` from a browser.
    #[serde(deserialize_with = "values::list")]
    pub cors_origins: Option<Vec<String>>,
    /// Unknown tokens and failed logins of one address a minute.
    #[serde(deserialize_with = "values::number")]
    pub failures_per_minute_max: Option<u64>,
    /// Verifications of one address a minute by nobody known.
    #[serde(deserialize_with = "values::number")]
    pub verifications_per_minute_max: Option<u64>,
    /// Look-ups of one address a minute by nobody known.
    #[serde(deserialize_with = "values::number")]
    pub look_ups_per_minute_max: Option<u64>,
    /// Our certificate for TLS, and those above it.
    pub tls_certificate: Option<PathBuf>,
    /// Its private key.
    pub tls_key: Option<PathBuf>,
    /// The authorities of clients' certificates.
    pub tls_clients: Option<PathBuf>,
    /// Who comes in by which client certificate.
    pub client_certificates: Option<Vec<Known>>,
    /// The identity provider that people log in through.
    pub oidc: Option<oidc::Settings>,
    /// What each of the two databases may cache, in megabytes.
    #[serde(deserialize_with = "values::number")]
    pub cache_megabytes: Option<u64>,
    /// In how many days everything in the ledger is read again and compared, in the background.
    #[serde(deserialize_with = "values::number")]
    pub scrub_days: Option<u64>,
    /// A file on another disk for the ledger's anchor.
    pub ledger_anchor: Option<PathBuf>,
    /// Whether receipts wait for the ledger's witnesses.
    #[serde(deserialize_with = "values::truth")]
    pub require_witnesses: Option<bool>,
    /// The time-stamping authority (RFC 3161) that `sigill serve` asks every day, and `sigill stamp`.
    pub stamp_url: Option<String>,
    /// The private key that validation tokens are signed with, PKCS #8.
    pub svt_key: Option<PathBuf>,
    /// Its certificate, and those above it.
    pub svt_certificate: Option<PathBuf>,
    /// Whether revocation data is fetched for documents that are registered: `off` or `on`.
    pub gather: Option<Gather>,
    /// The only hosts that are asked, where there are any; `.example.se` stands for every name below it.
    #[serde(deserialize_with = "values::list")]
    pub gather_hosts: Option<Vec<String>>,
    /// Addresses inside one's own network that may be asked.
    #[serde(deserialize_with = "values::list")]
    pub gather_inside: Option<Vec<IpAddr>>,
    /// The password of the database that `archive.toml` names.
    pub store_password: Option<Secret>,
    /// The secret of the access key that `archive.toml` names.
    pub documents_secret: Option<Secret>,
    /// `text` or `json`.
    pub log_format: Option<LogFormat>,
    /// What is logged, in `EnvFilter`'s language.
    pub log_filter: Option<String>,
    /// The collector that traces are sent to, by OTLP over HTTP.
    pub otlp_endpoint: Option<String>,
}

/// Whether the network is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gather {
    /// Never.
    Off,
    /// For documents that are registered.
    On,
}

/// Where figures and health are told separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MetricsListen {
    /// There.
    At(SocketAddr),
    /// Nowhere.
    #[serde(serialize_with = "values::off")]
    Off,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people and journald.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the flags of one call say; they win over everything else.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--lang`
    pub lang: Option<Lang>,
    /// `--trust`
    pub trust: Option<PathBuf>,
    /// `--policy`
    pub policy: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<SocketAddr>,
}

impl Flags {
    fn raw(self) -> Raw {
        let Self { data, lang, trust, policy, listen } = self;
        Raw { data, lang, trust, policy, listen, ..Raw::default() }
    }
}

/// How this process runs: every choice made.
#[derive(Clone, Debug)]
pub struct Config {
    /// The archive's directory.
    pub data: PathBuf,
    /// Language of what is said to people.
    pub lang: Lang,
    /// Folder of trust anchors for `sigill verify`, where one was named.
    pub trust: Option<PathBuf>,
    /// How the archive runs.
    pub archive: archive::Options,
    /// Within which limits something is fetched where a command asks for it.
    pub online: gather::Options,
    /// Who acts on the command line; none where nobody is logged in.
    pub actor: Option<String>,
    /// The time-stamping authority that is asked, where one is named.
    pub stamp_url: Option<String>,
    /// The private key that validation tokens are signed with, where one is named.
    pub svt_key: Option<PathBuf>,
    /// Its certificate, and those above it.
    pub svt_certificate: Option<PathBuf>,
    /// How the service runs.
    pub web: web::Options,
    /// How log lines are written.
    pub log_format: telemetry::Format,
    /// What is logged.
    pub log_filter: String,
    /// The collector that traces are sent to, where one is named.
    pub otlp_endpoint: Option<String>,
}

impl Raw {
    /// Reads a configuration file.
    fn of_file(path: &Path) -> Result<Self, Vec<Error>> {
        let unreadable = |what: String| Error::File { path: path.to_owned(), what };
        let text = read_text(path).map_err(|error| vec![error])?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| vec![unreadable(error.to_string())])?;
        let known = keys();
        let fault = |(key, value): (&String, &toml::Value)| {
            if !known.contains(key) {
                return Some(Error::UnknownKey {
                    path: path.to_owned(),
                    key: key.clone(),
                    nearest: nearest(key, &known),
                });
            }
            Self::alone(key, value).err().map(|what| unreadable(format!("`{key}`: {what}")))
        };
        let faults: Vec<Error> = table.iter().filter_map(fault).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        table.try_into().map_err(|error: toml::de::Error| vec![unreadable(error.to_string())])
    }

    /// Reads the variables `SIGILL_KEY`; variables that do not begin so are none of our business.
    fn of_environment(variables: &BTreeMap<String, String>) -> Result<Self, Vec<Error>> {
        let known = keys();
        let ours = |name: &str| name == CONFIG || known.iter().any(|key| name == variable(key));
        let mut faults = Vec::new();
        for name in variables.keys().filter(|name| name.starts_with(PREFIX) && !ours(name)) {
            let key = name.strip_prefix(PREFIX).unwrap_or_default();
            let nearest = nearest(key, &known).map(|key| variable(&key));
            faults.push(Error::UnknownVariable { name: name.clone(), nearest });
        }
        let mut table = toml::Table::new();
        for key in known {
            let name = variable(&key);
            if let Some(value) = variables.get(&name).filter(|value| !value.is_empty()) {
                let value = toml::Value::String(value.clone());
                match Self::alone(&key, &value) {
                    Ok(()) => drop(table.insert(key, value)),
                    Err(what) => faults.push(Error::Variable { name, what }),
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let what =
            |error: toml::de::Error| Error::Variable { name: PREFIX.to_owned(), what: error.message().to_owned() };
        table.try_into().map_err(|error| vec![what(error)])
    }

    /// Reads one value alone, so that what is wrong with it can be told with its name.
    fn alone(key: &str, value: &toml::Value) -> Result<(), String> {
        let one = toml::Table::from_iter([(key.to_owned(), value.clone())]);
        one.try_into().map(|_: Self| ()).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    /// What holds where nobody says anything, as far as that is a value.
    fn standard() -> Self {
        let (archive, web) = (archive::Options::default(), web::Options::default());
        let number = |count: usize| u64::try_from(count).ok();
        let days = |time: Duration| Some(time.as_secs() / (24 * 3600));
        Self {
            data: Some(DATA.into()),
            lang: Some(Lang::default()),
            policy: Some(archive.policy.name.clone().into()),
            listen: Some(web.listen),
            metrics_listen: match web.watch {
                web::Watch::Off => Some(MetricsListen::Off),
                web::Watch::At(at) | web::Watch::Perhaps(at) => Some(MetricsListen::At(at)),
            },
            document_megabytes_max: Some(archive.budget.document_bytes_max / MEGABYTE),
            upload_megabytes_max: Some(web.upload_bytes_max / MEGABYTE),
            uploads_megabytes_max: Some(web.uploads_bytes_max / MEGABYTE),
            batch_files_max: number(web.batch_files_max),
            batch_megabytes_max: Some(web.batch_bytes_max / MEGABYTE),
            holding_megabytes_max: Some(web.holding_bytes_max / MEGABYTE),
            holding_hours_max: Some(web.holding_time_max.as_secs() / 3600),
            request_seconds_max: Some(web.request_time_max.as_secs()),
            requests_max: number(web.requests_max),
            verifications_max: number(web.verifications_max),
            stop_seconds_max: Some(web.stop_time_max.as_secs()),
            cache_megabytes: Some(archive.catalogue_cache_bytes / MEGABYTE),
            scrub_days: days(archive.ledger.scrub_cycle),
            quarantine_days: days(archive.quarantine),
            require_witnesses: Some(archive.require_witnesses),
            gather: Some(Gather::Off),
            session_hours_max: Some(web.session_time_max.as_secs() / 3600),
            session_idle_minutes_max: Some(web.session_idle_max.as_secs() / 60),
            connections_max: number(web.connections_max),
            connections_per_address_max: number(web.connections_per_address_max),
            header_seconds_max: Some(web.header_time_max.as_secs()),
            failures_per_minute_max: Some(web.failures_per_minute_max.into()),
            verifications_per_minute_max: Some(web.verifications_per_minute_max.into()),
            look_ups_per_minute_max: Some(web.look_ups_per_minute_max.into()),
            log_format: Some(LogFormat::Text),
            log_filter: Some(telemetry::FILTER.to_owned()),
            ..Self::default()
        }
    }

    /// This, and what lies below where this says nothing.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            data: self.data.or(below.data),
            lang: self.lang.or(below.lang),
            trust: self.trust.or(below.trust),
            policy: self.policy.or(below.policy),
            body: self.body.or(below.body),
            listen: self.listen.or(below.listen),
            metrics_listen: self.metrics_listen.or(below.metrics_listen),
            public_url: self.public_url.or(below.public_url),
            security_contact: self.security_contact.or(below.security_contact),
            security_expires: self.security_expires.or(below.security_expires),
            accessibility_contact: self.accessibility_contact.or(below.accessibility_contact),
            accessibility_assessed: self.accessibility_assessed.or(below.accessibility_assessed),
            accessibility_updated: self.accessibility_updated.or(below.accessibility_updated),
            document_megabytes_max: self.document_megabytes_max.or(below.document_megabytes_max),
            upload_megabytes_max: self.upload_megabytes_max.or(below.upload_megabytes_max),
            uploads_megabytes_max: self.uploads_megabytes_max.or(below.uploads_megabytes_max),
            batch_files_max: self.batch_files_max.or(below.batch_files_max),
            batch_megabytes_max: self.batch_megabytes_max.or(below.batch_megabytes_max),
            holding_megabytes_max: self.holding_megabytes_max.or(below.holding_megabytes_max),
            holding_hours_max: self.holding_hours_max.or(below.holding_hours_max),
            request_seconds_max: self.request_seconds_max.or(below.request_seconds_max),
            requests_max: self.requests_max.or(below.requests_max),
            verifications_max: self.verifications_max.or(below.verifications_max),
            stop_seconds_max: self.stop_seconds_max.or(below.stop_seconds_max),
            session_hours_max: self.session_hours_max.or(below.session_hours_max),
            session_idle_minutes_max: self.session_idle_minutes_max.or(below.session_idle_minutes_max),
            connections_max: self.connections_max.or(below.connections_max),
            connections_per_address_max: self.connections_per_address_max.or(below.connections_per_address_max),
            header_seconds_max: self.header_seconds_max.or(below.header_seconds_max),
            trusted_proxies: self.trusted_proxies.or(below.trusted_proxies),
            cors_origins: self.cors_origins.or(below.cors_origins),
            failures_per_minute_max: self.failures_per_minute_max.or(below.failures_per_minute_max),
            verifications_per_minute_max: self.verifications_per_minute_max.or(below.verifications_per_minute_max),
            look_ups_per_minute_max: self.look_ups_per_minute_max.or(below.look_ups_per_minute_max),
            tls_certificate: self.tls_certificate.or(below.tls_certificate),
            tls_key: self.tls_key.or(below.tls_key),
            tls_clients: self.tls_clients.or(below.tls_clients),
            client_certificates: self.client_certificates.or(below.client_certificates),
            oidc: self.oidc.or(below.oidc),
            cache_megabytes: self.cache_megabytes.or(below.cache_megabytes),
            scrub_days: self.scrub_days.or(below.scrub_days),
            actor: self.actor.or(below.actor),
            quarantine_days: self.quarantine_days.or(below.quarantine_days),
            ledger_anchor: self.ledger_anchor.or(below.ledger_anchor),
            require_witnesses: self.require_witnesses.or(below.require_witnesses),
            stamp_url: self.stamp_url.or(below.stamp_url),
            svt_key: self.svt_key.or(below.svt_key),
            svt_certificate: self.svt_certificate.or(below.svt_certificate),
            gather: self.gather.or(below.gather),
            gather_hosts: self.gather_hosts.or(below.gather_hosts),
            gather_inside: self.gather_inside.or(below.gather_inside),
            store_password: self.store_password.or(below.store_password),
            documents_secret: self.documents_secret.or(below.documents_secret),
            log_format: self.log_format.or(below.log_format),
            log_filter: self.log_filter.or(below.log_filter),
            otlp_endpoint: self.otlp_endpoint.or(below.otlp_endpoint),
        }
    }
}

impl Config {
    /// Reads the file where one is named, then the environment, then the flags, and decides.
    ///
    /// # Errors
    /// What a file or a variable says that cannot be followed.
    pub fn read(file: Option<&Path>, variables: &BTreeMap<String, String>, flags: Flags) -> Result<Self, Error> {
        Sources::read(file, variables, flags).map_err(|(first, _)| first)?.decide()
    }

    fn resolve(raw: Raw) -> Self {
        let mut archive = archive::Options::default();
        set(&mut archive.budget.document_bytes_max, raw.document_megabytes_max.map(megabytes));
        set(&mut archive.catalogue_cache_bytes, raw.cache_megabytes.map(megabytes));
        set(&mut archive.ledger.cache_bytes, raw.cache_megabytes.map(megabytes));
        let days = |days: u64| Duration::from_secs(days.saturating_mul(24 * 3600));
        set(&mut archive.ledger.scrub_cycle, raw.scrub_days.map(days));
        set(&mut archive.quarantine, raw.quarantine_days.map(days));
        archive.body = raw.body;
        archive.ledger.anchor = raw.ledger_anchor;
        archive.secrets = Secrets { store_password: raw.store_password, documents_secret: raw.documents_secret };
        set(&mut archive.require_witnesses, raw.require_witnesses);
        let (only, inside) = (raw.gather_hosts.unwrap_or_default(), raw.gather_inside.unwrap_or_default());
        let limits = fetch::Limits { hosts: Hosts { only, inside, ..Hosts::PUBLIC }, ..fetch::Limits::PUBLIC };
        let online = gather::Options { limits, ..gather::Options::STANDARD };
        archive.gather = match raw.gather {
            None | Some(Gather::Off) => None,
            Some(Gather::On) => Some(online.clone()),
        };

        let mut web = web::Options::default();
        set(&mut web.listen, raw.listen);
        web.watch = match raw.metrics_listen {
            None => web.watch,
            Some(MetricsListen::Off) => web::Watch::Off,
            Some(MetricsListen::At(at)) => web::Watch::At(at),
        };
        web.public_url = raw.public_url.map(|url| url.trim_end_matches('/').to_owned());
        web.security = raw.security_contact.zip(raw.security_expires).and_then(|(contacts, day)| {
            let expires = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
            Some(web::SecurityContact { contacts, expires })
        });
        web.accessibility = web::Accessibility {
            contacts: raw.accessibility_contact.unwrap_or_default(),
            assessed: raw.accessibility_assessed,
            updated: raw.accessibility_updated,
        };
        set(&mut web.cors_origins, raw.cors_origins);
        let desk = Desk {
            files: raw.batch_files_max,
            megabytes: raw.batch_megabytes_max,
            held_megabytes: raw.holding_megabytes_max,
            held_hours: raw.holding_hours_max,
        };
        desk.set(&mut web);
        set(&mut web.upload_bytes_max, raw.upload_megabytes_max.map(megabytes));
        set(&mut web.uploads_bytes_max, raw.uploads_megabytes_max.map(megabytes));
        set(&mut web.request_time_max, raw.request_seconds_max.map(Duration::from_secs));
        set(&mut web.requests_max, raw.requests_max.map(count));
        set(&mut web.verifications_max, raw.verifications_max.map(count));
        set(&mut web.stop_time_max, raw.stop_seconds_max.map(Duration::from_secs));
        let doors = Doors {
            session_hours: raw.session_hours_max,
            session_idle_minutes: raw.session_idle_minutes_max,
            connections: raw.connections_max,
            connections_per_address: raw.connections_per_address_max,
            header_seconds: raw.header_seconds_max,
            failures: raw.failures_per_minute_max,
            verifications: raw.verifications_per_minute_max,
            look_ups: raw.look_ups_per_minute_max,
        };
        doors.set(&mut web);
        set(&mut web.trusted_proxies, raw.trusted_proxies);
        set(&mut web.client_certificates, raw.client_certificates);
        web.oidc = raw.oidc;
        web.tls = raw.tls_certificate.map(|certificate| tls::Files {
            // Where the key stands in the certificate's own file, one name is enough.
            key: raw.tls_key.unwrap_or_else(|| certificate.clone()),
            clients: raw.tls_clients,
            certificate,
        });

        Self {
            data: raw.data.unwrap_or_else(|| PathBuf::from(DATA)),
            lang: raw.lang.unwrap_or_default(),
            trust: raw.trust,
            archive,
            actor: raw.actor,
            stamp_url: raw.stamp_url,
            svt_key: raw.svt_key,
            svt_certificate: raw.svt_certificate,
            online,
            web,
            log_format: match raw.log_format {
                None | Some(LogFormat::Text) => telemetry::Format::Text,
                Some(LogFormat::Json) => telemetry::Format::Json,
            },
            log_filter: raw.log_filter.unwrap_or_else(|| telemetry::FILTER.to_owned()),
            otlp_endpoint: raw.otlp_endpoint,
        }
    }
}

/// One of our policies by its name, or a body's own from a file.
fn policy_at(path: &Path) -> Result<Policy, Error> {
    if let Some(ours) = path.to_str().and_then(policy_file::named) {
        return Ok(ours);
    }
    policy_file::read(&read_text(path)?).map_err(|what| Error::File { path: path.to_owned(), what })
}

/// A small text file, whole.
fn read_text(path: &Path) -> Result<String, Error> {
    let unreadable = |what: String| Error::File { path: path.to_owned(), what };
    let facts = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if facts.len() > FILE_BYTES_MAX {
        return Err(unreadable(format!("{} bytes", facts.len())));
    }
    fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn megabytes(megabytes: u64) -> u64 {
    megabytes.saturating_mul(MEGABYTE)
}

/// A limit of nothing would stop the service, so the least is one.
fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX).max(1)
}

/// The environment variable of a key.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase())
}

/// Every key there is: the fields of [`Raw`].
fn keys() -> Vec<String> {
    let empty = serde_json::to_value(Raw::default()).unwrap_or_default();
    empty.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sigill.toml");
        fs::write(&path, text).unwrap();
        (directory, path)
    }

    #[test]
    fn flags_win_over_environment_and_environment_over_file() {
        let (_kept, path) = file("data = \"/file\"\nlang = \"en\"\nlisten = \"127.0.0.1:1\"\ncache_megabytes = 3");
        let variables = environment(&[("SIGILL_DATA", "/environment"), ("SIGILL_CACHE_MEGABYTES", "5")]);
        let read = |flags| Config::read(Some(&path), &variables, flags).unwrap();
        let config = read(Flags::default());
        assert_eq!((config.data, config.lang), (PathBuf::from("/environment"), Lang::En));
        assert_eq!(config.web.listen, "127.0.0.1:1".parse().unwrap());
        assert_eq!(config.archive.catalogue_cache_bytes, 5_000_000);
        let flags = Flags { data: Some("/flag".into()), lang: Some(Lang::Sv), ..Flags::default() };
        let config = read(flags);
        assert_eq!((config.data, config.lang), (PathBuf::from("/flag"), Lang::Sv));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_a_suggestion() {
        for (written, meant) in [
            ("dta", Some("data")),
            ("listn", Some("listen")),
            ("upload-megabytes-max", Some("upload_megabytes_max")),
            ("sunshine", None),
        ] {
            let (_kept, path) = file(&format!("{written} = \"x\""));
            let error = Config::read(Some(&path), &BTreeMap::new(), Flags::default()).unwrap_err();
            let Error::UnknownKey { key, nearest, .. } = &error else { panic!("{error}") };
            assert_eq!((key.as_str(), nearest.as_deref()), (written, meant));
            assert_eq!(error.text().sv.contains("Menade du"), meant.is_some());
        }
    }

    #[test]
    fn an_unknown_variable_is_an_error_with_a_suggestion() {
        for (written, meant) in [("SIGILL_LISTN", Some("SIGILL_LISTEN")), ("SIGILL_SUNSHINE", None), ("SIGILL_", None)]
        {
            let error = Config::read(None, &environment(&[(written, "")]), Flags::default()).unwrap_err();
            let Error::UnknownVariable { name, nearest } = &error else { panic!("{error}") };
            assert_eq!((name.as_str(), nearest.as_deref()), (written, meant));
            assert_eq!(error.text().sv.contains("Menade du"), meant.is_some());
        }
        let others =
            environment(&[("SIGILLUM", "x"), ("HOME", "x"), ("SIGILL_CONFIG", ""), ("SIGILL_STORE_PASSWORD", "x")]);
        assert!(Config::read(None, &others, Flags::default()).is_ok());
    }

    #[test]
    fn a_value_that_is_none_is_named() {
        let (_kept, path) = file("cache_megabytes = -1");
        assert!(matches!(Config::read(Some(&path), &BTreeMap::new(), Flags::default()), Err(Error::File { .. })));
        let variables = environment(&[("SIGILL_LISTEN", "here")]);
        let error = Config::read(None, &variables, Flags::default()).unwrap_err();
        assert!(error.to_string().contains("SIGILL_LISTEN"), "{error}");
    }

    #[test]
    fn what_is_shown_as_default_is_what_holds_without_a_word() {
        let (mut shown, silent) = (Config::resolve(Raw::standard()), Config::resolve(Raw::default()));
        let web::Watch::At(at) = shown.web.watch else { panic!("{:?}", shown.web.watch) };
        // What nobody asked for may be taken by somebody else; that is the only difference.
        shown.web.watch = web::Watch::Perhaps(at);
        assert_eq!(format!("{shown:?}"), format!("{silent:?}"));
        let told = Sources::read(None, &BTreeMap::new(), Flags::default()).unwrap().told();
        let policy = told.iter().find(|told| told.key == "policy").unwrap();
        assert_eq!(policy.value, silent.archive.policy.name);
    }

    #[test]
    fn the_example_names_every_key_with_its_default() {
        let text = include_str!("../../deploy/sigill.toml");
        let uncommented: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#: ")).collect();
        let (_kept, path) = file(&uncommented.join("\n"));
        let table: toml::Table = uncommented.join("\n").parse().unwrap();
        let mut named: Vec<&String> = table.keys().collect();
        named.sort();
        let known = keys();
        let mut known: Vec<&String> = known.iter().collect();
        known.sort();
        assert_eq!(named, known);
        let (given, standard) =
            (Config::read(Some(&path), &BTreeMap::new(), Flags::default()).unwrap(), Config::resolve(Raw::default()));
        assert_eq!(given.data, standard.data);
        assert_eq!(given.web.upload_bytes_max, standard.web.upload_bytes_max);
        assert_eq!(given.web.uploads_bytes_max, standard.web.uploads_bytes_max);
        assert_eq!(given.web.request_time_max, standard.web.request_time_max);
        assert_eq!(given.web.stop_time_max, standard.web.stop_time_max);
        assert_eq!(given.web.requests_max, standard.web.requests_max);
    }
}
