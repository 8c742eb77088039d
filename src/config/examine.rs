//! What does not fit together in a configuration that can be read: said before the service starts, not at three at night.
//! USERS section 5: `sigill config check`, and `serve` at its start.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::Config;
use crate::config::Raw;
use crate::config::bounds;
use crate::config::places;
use crate::config::sources::SECRET_KEYS;
use crate::config::sources::Sources;
use crate::telemetry;
use crate::verify::text::Text;
use crate::web::cors;

/// Something that does not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The key it is about.
    pub key: &'static str,
    /// Whether the service cannot start so; otherwise a warning.
    pub grave: bool,
    /// What, and what to do.
    pub text: Text,
}

impl Sources {
    /// Everything that does not fit together.
    pub fn misfits(&self, config: &Config) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let mut grave =
            |key, sv: String, en: String| misfits.push(Misfit { key, grave: true, text: Text::new(sv, en) });
        if let Err(error) = telemetry::filter(&config.log_filter) {
            grave(
                "log_filter",
                format!("log_filter kan inte läsas: {error}. Skriv till exempel ”info,sigill::ledger=debug”."),
                format!("log_filter cannot be read: {error}. Write for example \"info,sigill::ledger=debug\"."),
            );
        }
        if config.svt_key.is_some() != config.svt_certificate.is_some() {
            grave(
                "svt_key",
                "svt_key och svt_certificate hör ihop: ange båda eller ingen.".to_owned(),
                "svt_key and svt_certificate belong together: give both or neither.".to_owned(),
            );
        }
        let raw = self.merged();
        let beyond = bounds::beyond(&raw);
        // What is out of bounds has room nowhere; one sentence about it is enough.
        misfits.extend(if beyond.is_empty() { bounds::cramped(config) } else { beyond });
        misfits.extend(places::strange(&raw, config));
        misfits.extend(self.weakness_contact());
        misfits.extend(expired_contact(config, Timestamp::now()));
        misfits.extend(strange_origins(config));
        misfits.extend(strange_contacts(config));
        misfits.extend(self.open_secret());
        misfits
    }

    /// Whom to tell of a weakness, and until when: both, and addresses that RFC 9116 knows.
    fn weakness_contact(&self) -> Option<Misfit> {
        let Raw { security_contact, security_expires, .. } = self.merged();
        let whole = security_contact.is_some() == security_expires.is_some();
        if whole && security_contact.iter().flatten().all(|contact| is_contact(contact)) {
            return None;
        }
        let text = Text::new(
            "security_contact (mailto:, https: eller tel:) och security_expires (en dag) hör ihop: ange båda eller ingen.",
            "security_contact (mailto:, https: or tel:) and security_expires (a day) belong together: give both or neither.",
        );
        Some(Misfit { key: "security_contact", grave: true, text })
    }

    /// A secret in a file that others on the machine may read.
    fn open_secret(&self) -> Option<Misfit> {
        let held = [self.file.store_password.is_some(), self.file.documents_secret.is_some()];
        let key = SECRET_KEYS.iter().zip(held).find(|(_, held)| *held).map(|(key, _)| *key)?;
        let path = self.file_path.as_deref()?;
        let mode = fs::metadata(path).ok()?.permissions().mode();
        if mode & 0o004 == 0 {
            return None;
        }
        let path = path.display();
        let text = Text::new(
            format!(
                "{key} står i {path}, som alla på datorn kan läsa. Kör `chmod o-r {path}`, eller använd LoadCredential."
            ),
            format!(
                "{key} stands in {path}, which everybody on the machine can read. Run `chmod o-r {path}`, or use LoadCredential."
            ),
        );
        Some(Misfit { key, grave: false, text })
    }
}

/// Whoever reads security.txt does not believe one whose day has come (RFC 9116, 2.5.5).
fn expired_contact(config: &Config, now: Timestamp) -> Option<Misfit> {
    let security = config.web.security.as_ref().filter(|security| security.expires <= now)?;
    let day = security.expires.to_zoned(TimeZone::UTC).date();
    let text = Text::new(
        format!(
            "security_expires har varit ({day}): ingen litar längre på security.txt. Se att security_contact stämmer och \
             skriv en ny dag, helst inom ett år."
        ),
        format!(
            "security_expires has passed ({day}): nobody believes security.txt any more. See that security_contact still \
             holds and write a new day, at best within a year."
        ),
    );
    Some(Misfit { key: "security_expires", grave: false, text })
}

/// An address that people can be reached by.
fn is_contact(text: &str) -> bool {
    const KINDS: [&str; 3] = ["mailto:", "https:", "tel:"];
    KINDS.iter().any(|kind| text.starts_with(kind) && text.len() > kind.len()) && !text.contains(char::is_control)
}

/// Whom to tell of gaps in accessibility: the same kinds of addresses.
fn strange_contacts(config: &Config) -> Option<Misfit> {
    if config.web.accessibility.contacts.iter().all(|contact| is_contact(contact)) {
        return None;
    }
    let text = Text::new(
        "accessibility_contact är en lista av adresser som börjar med mailto:, https: eller tel:.",
        "accessibility_contact is a list of addresses that begin with mailto:, https: or tel:.",
    );
    Some(Misfit { key: "accessibility_contact", grave: true, text })
}

/// An origin that no browser writes would let nobody in, or everybody.
fn strange_origins(config: &Config) -> Option<Misfit> {
    let strange = config.web.cors_origins.iter().find(|origin| !cors::is_origin(origin))?;
    let text = Text::new(
        format!(
            "cors_origins: ”{strange}” är inget ursprung. Skriv som webbläsare gör, till exempel https://www.example.se: små \
             bokstäver, utan sökväg, snedstreck sist, * eller den vanliga porten."
        ),
        format!(
            "cors_origins: \"{strange}\" is no origin. Write it as browsers do, such as https://www.example.se: small \
             letters, without path, final slash, * or the usual port."
        ),
    );
    Some(Misfit { key: "cors_origins", grave: true, text })
}
