//! What was said, and where: flags, environment, systemd's credentials, file. Every value knows its place.
//! USERS section 5: secrets come by file or credential, and are never shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use crate::config::CONFIG;
use crate::config::Config;
use crate::config::Error;
use crate::config::Flags;
use crate::config::Raw;
use crate::config::keys;
use crate::config::policy_at;
use crate::config::read_text;
use crate::config::set;

/// Keys whose values are never shown, and that may come as files of systemd's `LoadCredential=`.
pub const SECRET_KEYS: &[&str] = &["store_password", "documents_secret"];
/// Where systemd puts credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// Where a login's name stands, the person's before the one that was taken on.
const LOGIN: &[&str] = &["SUDO_USER", "LOGNAME", "USER"];

/// Where a value comes from, the strongest last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// A file that systemd handed over.
    Credential(PathBuf),
    /// An environment variable.
    Environment(String),
    /// The command line.
    Flag,
}

/// A key, what it is, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The key.
    pub key: String,
    /// Its value; null where there is none, and for every secret.
    pub value: Value,
    /// Whether it is a secret that was given.
    pub secret: bool,
    /// Who said so.
    pub origin: Origin,
}

/// What was said, before anything is decided.
#[derive(Clone, Debug)]
pub struct Sources {
    pub(super) flags: Raw,
    pub(super) environment: Raw,
    pub(super) credentials: Raw,
    credentials_directory: PathBuf,
    pub(super) file: Raw,
    pub(super) file_path: Option<PathBuf>,
    login: Option<String>,
}

impl Sources {
    /// Reads the file where one is named, the credentials, the environment and the flags.
    ///
    /// # Errors
    /// Everything that they say and that cannot be followed.
    pub fn read(
        file: Option<&Path>,
        variables: &BTreeMap<String, String>,
        flags: Flags,
    ) -> Result<Self, (Error, Vec<Error>)> {
        let named = variables.get(CONFIG).filter(|name| !name.is_empty()).map(PathBuf::from);
        let file_path = file.map(Path::to_owned).or(named);
        let mut faults = Vec::new();
        let read = file_path.as_deref().map_or_else(|| Ok(Raw::default()), Raw::of_file);
        let file = read.unwrap_or_else(|found| collect(&mut faults, found));
        let environment = Raw::of_environment(variables).unwrap_or_else(|found| collect(&mut faults, found));
        let directory = variables.get(CREDENTIALS).map(PathBuf::from).unwrap_or_default();
        let credentials = credentials(&directory).unwrap_or_else(|found| collect(&mut faults, vec![found]));
        if !faults.is_empty() {
            let first = faults.remove(0);
            return Err((first, faults));
        }
        let login = LOGIN.iter().find_map(|name| variables.get(*name).filter(|name| !name.is_empty()).cloned());
        Ok(Self {
            flags: flags.raw(),
            environment,
            credentials,
            credentials_directory: directory,
            file,
            file_path,
            login,
        })
    }

    /// Decides.
    ///
    /// # Errors
    /// A policy that cannot be read.
    pub fn decide(&self) -> Result<Config, Error> {
        let raw = self.merged();
        let policy = raw.policy.as_deref().map(policy_at).transpose()?;
        let mut config = Config::resolve(raw);
        config.actor = config.actor.or_else(|| self.login.clone());
        set(&mut config.archive.policy, policy);
        Ok(config)
    }

    /// Every key with its value and its place, in alphabetical order.
    pub fn told(&self) -> Vec<Told> {
        let layers = [&self.flags, &self.environment, &self.credentials, &self.file, &Raw::standard()].map(fields);
        keys().into_iter().map(|key| self.one(key, &layers)).collect()
    }

    fn one(&self, key: String, layers: &[BTreeMap<String, Value>; 5]) -> Told {
        let said = layers.iter().position(|layer| layer.contains_key(&key));
        let value = said.and_then(|at| layers.get(at)?.get(&key).cloned()).unwrap_or_default();
        let origin = match said {
            Some(0) => Origin::Flag,
            Some(1) => Origin::Environment(super::variable(&key)),
            Some(2) => Origin::Credential(self.credentials_directory.join(&key)),
            Some(3) => Origin::File(self.file_path.clone().unwrap_or_default()),
            _ => Origin::Default,
        };
        let secret = SECRET_KEYS.contains(&key.as_str());
        let given = secret && !value.is_null();
        Told { value: if secret { Value::Null } else { without_password(value) }, key, secret: given, origin }
    }

    pub(super) fn merged(&self) -> Raw {
        let Self { flags, environment, credentials, file, .. } = self.clone();
        flags.over(environment).over(credentials).over(file)
    }
}

fn collect(faults: &mut Vec<Error>, found: Vec<Error>) -> Raw {
    faults.extend(found);
    Raw::default()
}

/// The secrets that systemd hands over, a file each. A directory that is not there hands over nothing.
fn credentials(directory: &Path) -> Result<Raw, Error> {
    let mut table = toml::Table::new();
    if directory.as_os_str().is_empty() {
        return Ok(Raw::default());
    }
    for key in SECRET_KEYS {
        let path = directory.join(key);
        if fs::exists(&path).unwrap_or(true) {
            let line = read_text(&path)?.lines().next().unwrap_or_default().to_owned();
            table.insert((*key).to_owned(), toml::Value::String(line));
        }
    }
    let path = directory.to_owned();
    table.try_into().map_err(|error: toml::de::Error| Error::File { path, what: error.message().to_owned() })
}

/// What a layer says, key by key.
pub(super) fn fields(raw: &Raw) -> BTreeMap<String, Value> {
    let all = serde_json::to_value(raw).unwrap_or_default();
    let said = all.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    said.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// An address without the password that somebody wrote into it.
fn without_password(value: Value) -> Value {
    let Some((scheme, rest)) = value.as_str().and_then(|text| text.split_once("://")) else { return value };
    let (host, path) = rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
    let Some((_, host)) = host.rsplit_once('@') else { return value };
    Value::String(format!("{scheme}://…@{host}{path}"))
}
