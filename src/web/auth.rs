//! Who may do what: tokens and their roles. INTERFACES section 3, RFC 6750.
//! A token is shown once and kept only as its SHA-256; it is 32 random bytes, so that a plain hash cannot be guessed.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::archive;
use crate::archive::Archive;
use crate::archive::act::Deed;
use crate::archive::actor::same_person;
use crate::archive::encoding::hex;
use crate::archive::record::unhex;
use crate::store::disk;
use crate::verify::crypto;
use crate::verify::mask::masked;
use crate::verify::text::Text;
use crate::web::oidc;

/// The file in the archive's directory.
pub const FILE: &str = "tokens.toml";
/// Whoever holds this file's lock may change that one.
const LOCK: &str = "tokens.lock";
/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 100;
/// Longest name of a person, in bytes: as an identity provider names one, issuer and subject.
const PERSON_BYTES_MAX: usize = 400;
/// What every token begins with, so that scanners find one that leaked.
const PREFIX: &str = "sgl_";
/// Bytes of randomness in a token.
const SECRET_BYTES: usize = 32;
/// Longest token looked at, in bytes; ours have 47.
const TOKEN_BYTES_MAX: usize = 128;

/// What the holder of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// What anybody may do without a token.
    Public,
    /// Reads everything.
    Auditor,
    /// Registers, and reads everything.
    Registrar,
    /// Reads everything, and decides on disposal.
    Archivist,
    /// Everything.
    Administrator,
}

impl Role {
    /// The word in the token file, in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Auditor => "auditor",
            Self::Registrar => "registrar",
            Self::Archivist => "archivist",
            Self::Administrator => "administrator",
        }
    }

    /// The word for people.
    pub fn text(self) -> Text {
        match self {
            Self::Public => Text::new("allmänheten", "public"),
            Self::Auditor => Text::new("revisor", "auditor"),
            Self::Registrar => Text::new("registrator", "registrar"),
            Self::Archivist => Text::new("arkivarie", "archivist"),
            Self::Administrator => Text::new("administratör", "administrator"),
        }
    }

    /// Every role.
    pub const ALL: [Self; 5] = [Self::Public, Self::Auditor, Self::Registrar, Self::Archivist, Self::Administrator];

    /// Whether records that are not public are seen.
    pub fn reads_all(self) -> bool {
        match self {
            Self::Public => false,
            Self::Auditor | Self::Registrar | Self::Archivist | Self::Administrator => true,
        }
    }

    /// Whether records may be held, corrected and proposed for disposal.
    pub fn keeps(self) -> bool {
        match self {
            Self::Public | Self::Auditor => false,
            Self::Registrar | Self::Archivist | Self::Administrator => true,
        }
    }

    /// Whether disposal may be decided.
    pub fn decides(self) -> bool {
        match self {
            Self::Public | Self::Auditor | Self::Registrar => false,
            Self::Archivist | Self::Administrator => true,
        }
    }

    /// Whether it may be seen who did what.
    pub fn audits(self) -> bool {
        match self {
            Self::Public | Self::Registrar | Self::Archivist => false,
            Self::Auditor | Self::Administrator => true,
        }
    }

    /// Whether tokens may be made and removed.
    pub fn administers(self) -> bool {
        match self {
            Self::Public | Self::Auditor | Self::Registrar | Self::Archivist => false,
            Self::Administrator => true,
        }
    }

    /// Whether documents may be registered.
    pub fn registers(self) -> bool {
        match self {
            Self::Public | Self::Auditor | Self::Archivist => false,
            Self::Registrar | Self::Administrator => true,
        }
    }
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Eight hex digits, for lists and for removing it.
    pub id: String,
    /// The system or desk that holds it; stands in the audit log, so it is no person's name.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// When it was made.
    #[serde(with = "moment")]
    pub created: Timestamp,
    /// From when on it is refused; none is never.
    #[serde(default, with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// The person behind it, where two tokens of one person must not count as two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Who made it, until the ledger has been told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_by: Option<String>,
    /// SHA-256 of the token, hex.
    sha256: String,
}

/// A token to be made.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The system, desk or person that is to hold it.
    pub name: String,
    /// What it is to allow.
    pub role: Role,
    /// From when on it is refused.
    pub expires: Option<Timestamp>,
    /// The person behind it.
    pub person: Option<String>,
}

/// A change of the tokens that the ledger has not been told.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who did it.
    pub by: String,
    /// What was done.
    pub deed: Deed,
}

/// A token that is gone, until the ledger has been told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gone {
    id: String,
    name: String,
    by: String,
}

impl Token {
    /// Whose acts are done with it: the person's where one is named, so that two tokens of one person are one.
    pub fn actor(&self) -> &str {
        self.person.as_deref().unwrap_or(&self.name)
    }

    /// Whether it opens anything at this time.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// The tokens of an archive.
#[derive(Debug, PartialEq, Eq)]
pub struct Tokens {
    path: PathBuf,
    tokens: Vec<Token>,
    gone: Vec<Gone>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    token: Vec<Token>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gone: Vec<Gone>,
}

impl Tokens {
    /// Reads an archive's tokens; no file is no tokens.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(disk::Error::at("read", &path)(error).into()),
        };
        let file: File = toml::from_str(&text).map_err(|error| Error::Syntax(error.message().to_owned()))?;
        Ok(Self { path, tokens: file.token, gone: file.gone })
    }

    /// Changes an archive's tokens while nobody else does: the service's pages and the command line share one file.
    ///
    /// # Errors
    /// What reading says, and what the change says.
    pub fn change<T>(directory: &Path, change: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let path = directory.join(LOCK);
        let lock = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let lock = lock.map_err(disk::Error::at("open", &path))?;
        lock.lock().map_err(disk::Error::at("lock", &path))?;
        change(&mut Self::open(directory)?)
    }

    /// Makes a token and keeps its hash. Gives the token itself, which nothing can show again.
    ///
    /// # Errors
    /// The disk's; no randomness. Then there is no such token.
    pub fn create(
        &mut self,
        name: &str,
        role: Role,
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<String, Error> {
        self.make(Wish { name: name.to_owned(), role, expires, person: None }, None, now)
    }

    /// The same for a person where one is named, and by somebody, which the ledger is to be told.
    ///
    /// # Errors
    /// A name that cannot stand, or is another's; an end that has passed; the disk's; no randomness. Then there is no such
    /// token.
    pub fn make(&mut self, wish: Wish, by: Option<&str>, now: Timestamp) -> Result<String, Error> {
        let Wish { name, role, expires, person } = wish;
        let fits = |text: &str, bytes_max, error| if fit(text, bytes_max) { Ok(()) } else { Err(error) };
        fits(&name, NAME_BYTES_MAX, Error::Name)?;
        person.iter().try_for_each(|person| fits(person, PERSON_BYTES_MAX, Error::Person))?;
        if expires.is_some_and(|expires| expires <= now) {
            return Err(Error::Expired);
        }
        self.must_be_free(&name)?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()?));
        let (id, made_by) = (hex(&random::<4>()?), by.map(str::to_owned));
        let sha256 = hex(&crypto::sha256(&[secret.as_bytes()]));
        self.tokens.push(Token { id, name, role, created: now, expires, person, made_by, sha256 });
        if let Err(error) = self.write() {
            self.tokens.pop();
            return Err(error);
        }
        Ok(secret)
    }

    /// Acts stand under a token's name, so that no two have one at a time, however it is typed. That of a removed token is
    /// free when the ledger has been told, which then says until when it was whose.
    fn must_be_free(&self, name: &str) -> Result<(), Error> {
        if let Some(token) = self.tokens.iter().find(|token| same_person(&token.name, name)) {
            return Err(Error::Taken(token.name.clone()));
        }
        if self.is_leaving(name) { Err(Error::Leaving(name.to_owned())) } else { Ok(()) }
    }

    /// Whether a token that had this name was removed, and the ledger has not been told.
    pub(crate) fn is_leaving(&self, name: &str) -> bool {
        self.gone.iter().any(|gone| same_person(&gone.name, name))
    }

    /// Removes the token with this id. False where there is none.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove(&mut self, id: &str) -> Result<bool, Error> {
        Ok(self.take(id, None)?.is_some())
    }

    /// The same, giving it, by somebody, which the ledger is to be told.
    ///
    /// # Errors
    /// The disk's.
    pub fn take(&mut self, id: &str, by: Option<&str>) -> Result<Option<Token>, Error> {
        let Some(at) = self.tokens.iter().position(|token| token.id == id) else { return Ok(None) };
        let token = self.tokens.remove(at);
        if let Some(by) = by {
            self.gone.push(Gone { id: token.id.clone(), name: token.name.clone(), by: by.to_owned() });
        }
        self.write()?;
        Ok(Some(token))
    }

    /// What the ledger has not been told, oldest first.
    pub fn untold(&self) -> Vec<Change> {
        let made = self.tokens.iter().filter_map(|token| {
            let (role, expires) = (token.role.name().to_owned(), token.expires.map(|at| at.to_string()));
            let deed = Deed::TokenMade { token: token.id.clone(), name: token.name.clone(), role, expires };
            Some(Change { by: token.made_by.clone()?, deed })
        });
        let gone = self.gone.iter().map(|gone| {
            let deed = Deed::TokenRemoved { token: gone.id.clone(), name: gone.name.clone() };
            Change { by: gone.by.clone(), deed }
        });
        made.chain(gone).collect()
    }

    /// Notes that the ledger has been told all of [`Self::untold`].
    ///
    /// # Errors
    /// The disk's.
    pub fn told(&mut self) -> Result<(), Error> {
        self.tokens.iter_mut().for_each(|token| token.made_by = None);
        self.gone.clear();
        self.write()
    }

    /// The token that was presented, if it is one of these and has not expired.
    pub fn authenticate(&self, presented: &str, now: Timestamp) -> Option<&Token> {
        if presented.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let presented = crypto::sha256(&[presented.as_bytes()]);
        // Every token is compared, whole, whichever fits: the time taken says nothing.
        let fits = |token: &&Token| unhex(&token.sha256).is_some_and(|kept| equal(&kept, &presented));
        let found = self.tokens.iter().filter(fits).fold(None, |_, token| Some(token))?;
        found.holds(now).then_some(found)
    }

    /// The token with this id, if it is there and has not expired.
    pub fn find(&self, id: &str, now: Timestamp) -> Option<&Token> {
        self.tokens.iter().find(|token| token.id == id && token.holds(now))
    }

    /// The tokens, oldest first.
    pub fn list(&self) -> &[Token] {
        &self.tokens
    }

    /// Writes the file anew, readable by its owner alone from its first byte on.
    fn write(&self) -> Result<(), Error> {
        let text = toml::to_string(&File { token: self.tokens.clone(), gone: self.gone.clone() })
            .map_err(|error| Error::Syntax(error.to_string()))?;
        let temporary = self.path.with_extension("toml.new");
        if temporary.exists() {
            fs::remove_file(&temporary).map_err(disk::Error::at("remove", &temporary))?;
        }
        disk::write_new(&temporary, text.as_bytes(), fs::OpenOptions::new().mode(0o600))?;
        fs::rename(&temporary, &self.path).map_err(disk::Error::at("replace", &self.path))?;
        Ok(disk::sync_name(&self.path)?)
    }
}

/// When a token ends: a time, or a day, which it lasts to the end of in Sweden.
pub fn ends(typed: &str) -> Option<Timestamp> {
    let day = |day: Date| day.tomorrow().ok()?.in_tz("Europe/Stockholm").ok().map(|end| end.timestamp());
    typed.parse().ok().or_else(|| typed.parse().ok().and_then(day))
}

/// Whether a name can stand in logs: not one that says nothing, is endless, would break a line, or holds a personal number.
fn fit(name: &str, bytes_max: usize) -> bool {
    let whole = !name.trim().is_empty() && name.len() <= bytes_max && !name.chars().any(char::is_control);
    whole && masked(name) == name
}

/// Tells the ledger what was changed about the tokens since it was told last. Doing it twice at once tells it twice,
/// which hides nothing.
///
/// # Errors
/// The ledger's or the disk's; what was not told is told the next time.
pub fn tell(archive: &Archive) -> Result<usize, Error> {
    Tokens::change(archive.directory(), |tokens| {
        let changes = tokens.untold();
        if changes.is_empty() {
            return Ok(0);
        }
        for change in &changes {
            archive.done_to_archive(change.deed.clone(), &change.by)?;
        }
        tokens.told()?;
        Ok(changes.len())
    })
}

/// Compares without leaving early.
fn equal(left: &[u8; 32], right: &[u8; 32]) -> bool {
    left.iter().zip(right).fold(0, |differs, (left, right)| differs | (left ^ right)) == 0
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::Randomness)?;
    Ok(bytes)
}

/// Times as RFC 3339 text.
mod moment {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        String::deserialize(from)?.parse().map_err(|_| de::Error::custom("a time is written 2026-01-31T12:00:00Z"))
    }

    pub(super) mod optional {
        use super::{Deserializer, Serializer, Timestamp};

        pub(in super::super) fn serialize<S: Serializer>(time: &Option<Timestamp>, out: S) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => super::serialize(time, out),
                None => out.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
            super::deserialize(from).map(Some)
        }
    }
}

/// Why tokens cannot be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is no list of tokens. Says nothing of its content.
    #[error("tokens.toml cannot be read: {0}")]
    Syntax(String),
    /// The name cannot stand in logs.
    #[error("a token's name has 1 to 100 characters on one line, and no personal number")]
    Name,
    /// Whose token it is cannot stand in logs.
    #[error("whose token it is has 1 to 400 characters on one line, and no personal number")]
    Person,
    /// The time when it is to end has passed.
    #[error("a token that has ended opens nothing")]
    Expired,
    /// Another token has the name.
    #[error("there is a token named {0}")]
    Taken(String),
    /// A token that had the name was removed, and the ledger has not been told.
    #[error("the ledger has not been told that the token {0} was removed")]
    Leaving(String),
    /// The ledger was not told.
    #[error("the ledger: {0}")]
    Ledger(Box<archive::Error>),
    /// The identity provider cannot be used as it is configured.
    #[error("{0}")]
    Provider(oidc::Error),
    /// The system gave no random bytes.
    #[error("the system has no randomness; no token was made")]
    Randomness,
    /// The file.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}

impl Error {
    /// Whether what was asked for could be, but for what there is.
    pub(crate) fn conflicts(&self) -> bool {
        matches!(self, Self::Taken(_) | Self::Leaving(_))
    }

    /// What is wrong with what was asked for, and what to do; none where the fault is not the asker's.
    pub(crate) fn asked(&self) -> Option<Text> {
        let (sv, en) = match self {
            Self::Name => (
                "En nyckels namn är 1 till 100 tecken på en rad, utan personnummer. Ingen nyckel har skapats.",
                "A token's name has 1 to 100 characters on one line, and no personal number. No token was made.",
            ),
            Self::Person => (
                "Vems nyckeln är skrivs med 1 till 400 tecken på en rad, utan personnummer. Ingen nyckel har skapats.",
                "Whose token it is has 1 to 400 characters on one line, and no personal number. No token was made.",
            ),
            Self::Expired => (
                "Nyckeln skulle redan ha slutat gälla. Ingen nyckel har skapats. Ange en dag som kommer.",
                "The token would have ended already. No token was made. Give a day to come.",
            ),
            Self::Taken(name) => return Some(taken(name)),
            Self::Leaving(name) => return Some(leaving(name)),
            Self::Syntax(_) | Self::Provider(_) | Self::Ledger(_) | Self::Randomness | Self::Disk(_) => return None,
        };
        Some(Text::new(sv, en))
    }
}

fn taken(name: &str) -> Text {
    Text::new(
        format!(
            "Det finns redan en nyckel som heter ”{name}”. Med två av samma namn kan ingen se vem som har gjort vad. Ingen \
             nyckel har skapats, och inget har ändrats. Välj ett annat namn, eller ta först bort den nyckel som finns."
        ),
        format!(
            "There is a token named \"{name}\" already. With two of one name nobody can tell who did what. No token was \
             made, and nothing was changed. Choose another name, or remove the token that there is first."
        ),
    )
}

fn leaving(name: &str) -> Text {
    Text::new(
        format!(
            "Nyckeln ”{name}” är borttagen, men det är ännu inte infört i loggen, så ingen skulle kunna se vem av de två \
             som har gjort vad. Ingen nyckel har skapats, och inget har ändrats. Välj ett annat namn, eller försök igen \
             när någon med nyckel har använt tjänsten: då är det infört."
        ),
        format!(
            "The token \"{name}\" is removed, but the ledger has not been told, so that nobody could tell which of the two \
             did what. No token was made, and nothing was changed. Choose another name, or try again when somebody with a token \
             has used the service: then the ledger has been told."
        ),
    )
}

impl From<archive::Error> for Error {
    fn from(error: archive::Error) -> Self {
        Self::Ledger(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_token_opens_once_made_and_until_it_expires() {
        let directory = tempfile::tempdir().unwrap();
        let mut tokens = Tokens::open(directory.path()).unwrap();
        let secret = tokens.create("desk", Role::Registrar, Some(at(100)), at(0)).unwrap();
        let read = Tokens::open(directory.path()).unwrap();
        assert_eq!(read, tokens);
        assert_eq!(read.authenticate(&secret, at(99)).map(|token| token.role), Some(Role::Registrar));
        assert_eq!(read.authenticate(&secret, at(100)), None, "expired");
        let mut other = secret.clone();
        other.pop();
        assert_eq!(read.authenticate(&other, at(99)), None);
        assert_eq!(read.authenticate("", at(99)), None);
    }

    #[test]
    fn the_file_is_its_owners_alone_and_does_not_hold_the_token() {
        let directory = tempfile::tempdir().unwrap();
        let mut tokens = Tokens::open(directory.path()).unwrap();
        let secret = tokens.create("desk", Role::Auditor, None, at(0)).unwrap();
        let path = directory.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!fs::read_to_string(&path).unwrap().contains(secret.strip_prefix(PREFIX).unwrap()));
        assert_eq!(secret.len(), PREFIX.len() + 43);
        let id = tokens.list().first().unwrap().id.clone();
        assert!(tokens.remove(&id).unwrap() && !tokens.remove(&id).unwrap());
        assert_eq!(Tokens::open(directory.path()).unwrap().authenticate(&secret, at(1)), None);
    }
}
