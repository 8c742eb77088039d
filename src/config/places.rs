//! Addresses and files that a configuration names: refused where nobody could reach or read them. USERS section 5.

use std::path::Path;

use axum::http::Uri;

use crate::config::Config;
use crate::config::Misfit;
use crate::config::Raw;
use crate::verify::text::Text;
use crate::web::Watch;

/// Everything that is named and is not there, or is something else.
pub(super) fn strange(raw: &Raw, config: &Config) -> Vec<Misfit> {
    let found = [
        no_data(config),
        public_url(config),
        stamp_url(config),
        otlp_endpoint(config),
        tls(raw, config),
        ledger_anchor(raw),
        one_door(config),
        unnamed_proxy(config),
    ];
    found.into_iter().flatten().collect()
}

fn grave(key: &'static str, sv: String, en: String) -> Misfit {
    Misfit { key, grave: true, text: Text::new(sv, en) }
}

/// An empty path is this directory to some and none to others.
fn no_data(config: &Config) -> Option<Misfit> {
    config.data.as_os_str().is_empty().then(|| {
        grave(
            "data",
            "data är tom. Skriv arkivets katalog, till exempel /var/lib/sigill.".to_owned(),
            "data is empty. Write the archive's directory, for example /var/lib/sigill.".to_owned(),
        )
    })
}

/// Links are made by writing a path after it, so nothing may stand there that a path cannot follow.
fn public_url(config: &Config) -> Option<Misfit> {
    let url = config.web.public_url.as_deref()?;
    if takes_path(url) {
        return None;
    }
    Some(grave(
        "public_url",
        "public_url är ingen adress som länkar kan byggas av. Skriv till exempel https://sigill.example.se: https:// och \
         värdnamn, utan ?, #, användarnamn eller lösenord."
            .to_owned(),
        "public_url is no address that links can be made of. Write for example https://sigill.example.se: https:// and \
         a host, without ?, #, user name or password."
            .to_owned(),
    ))
}

/// Whether a path can be written after it.
fn takes_path(url: &str) -> bool {
    let whole = url.parse::<Uri>().is_ok_and(|uri| {
        let reached = uri.authority().is_some_and(|at| !at.host().is_empty() && !at.as_str().contains('@'));
        reached && matches!(uri.scheme_str(), Some("https" | "http"))
    });
    // `Uri` drops a fragment without a word.
    whole && !url.contains(['#', '?'])
}

/// OTLP's own place is written after it.
fn otlp_endpoint(config: &Config) -> Option<Misfit> {
    let url = config.otlp_endpoint.as_deref()?;
    (!takes_path(url)).then(|| {
        grave(
            "otlp_endpoint",
            "otlp_endpoint är ingen adress. Skriv till exempel http://127.0.0.1:4318: utan ?, #, användarnamn eller lösenord."
                .to_owned(),
            "otlp_endpoint is no address. Write for example http://127.0.0.1:4318: without ?, #, user name or password."
                .to_owned(),
        )
    })
}

fn stamp_url(config: &Config) -> Option<Misfit> {
    let url = config.stamp_url.as_deref()?;
    let known = url.starts_with("https://") || url.starts_with("http://");
    (!known).then(|| {
        grave(
            "stamp_url",
            "stamp_url är ingen adress. Den ska börja med https://.".to_owned(),
            "stamp_url is no address. It begins with https://.".to_owned(),
        )
    })
}

/// A key or authorities without a certificate would be served in the clear without a word.
fn tls(raw: &Raw, config: &Config) -> Option<Misfit> {
    let Some(files) = &config.web.tls else {
        let alone = [("tls_key", &raw.tls_key), ("tls_clients", &raw.tls_clients)];
        let (key, _) = alone.into_iter().find(|(_, path)| path.is_some())?;
        return Some(grave(
            key,
            format!(
                "{key} är angiven men inte tls_certificate: utan den talar tjänsten okrypterat. Ange båda eller ingen."
            ),
            format!(
                "{key} is given but not tls_certificate: without it the service speaks in the clear. Give both or neither."
            ),
        ));
    };
    let error = files.examine().err()?;
    let alone = raw.tls_key.is_none();
    let key = if alone { "tls_certificate" } else { "tls_key" };
    let (sv, en) = if alone {
        (
            " Nyckeln söks i samma fil, då tls_key inte är angiven.",
            " The key is sought in the same file, as tls_key is not given.",
        )
    } else {
        ("", "")
    };
    let of = error.path().map_or(key, |path| files.named(path));
    Some(grave(
        of,
        format!(
            "{of}: certifikat och nyckel för TLS kan inte användas ({error}).{sv} Ange PEM-filer som hör ihop och som \
             tjänstens användare får läsa."
        ),
        format!(
            "{of}: certificate and key of TLS cannot be used ({error}).{en} Name PEM files that belong together and that \
             the service's user may read."
        ),
    ))
}

/// The anchor is made where it is missing; its folder is not.
fn ledger_anchor(raw: &Raw) -> Option<Misfit> {
    let path = raw.ledger_anchor.as_deref()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() && !path.is_dir() {
        return None;
    }
    let (path, folder) = (path.display(), folder.display());
    Some(grave(
        "ledger_anchor",
        format!(
            "ledger_anchor = {path} går inte: den ska vara en fil i en mapp som finns. Skapa {folder}, eller rätta den."
        ),
        format!(
            "ledger_anchor = {path} cannot work: it is a file in a folder that exists. Make {folder}, or correct it."
        ),
    ))
}

/// Two listeners cannot have one door.
fn one_door(config: &Config) -> Option<Misfit> {
    let listen = config.web.listen;
    if config.web.watch != Watch::At(listen) || listen.port() == 0 {
        return None;
    }
    Some(grave(
        "metrics_listen",
        format!(
            "metrics_listen är samma adress som listen ({listen}): tjänsten kan inte lyssna två gånger. Ge den en egen port, \
             eller skriv off."
        ),
        format!(
            "metrics_listen is the same address as listen ({listen}): the service cannot listen twice. Give it a port of \
             its own, or write off."
        ),
    ))
}

/// A service that people reach by another address than it listens at has a proxy in front. This machine is never counted,
/// so a proxy here that is not named lets everybody ask without limit.
fn unnamed_proxy(config: &Config) -> Option<Misfit> {
    let web = &config.web;
    let behind = web.public_url.as_deref().is_some_and(|url| url.starts_with("https://")) && web.tls.is_none();
    if !behind || !web.trusted_proxies.is_empty() || !web.listen.ip().is_loopback() {
        return None;
    }
    let text = Text::new(
        "public_url är https men tjänsten talar okrypterat på den egna maskinen: en proxy står framför, och \
         trusted_proxies nämner den inte. Då räknas ingen besökare mot gränserna. Skriv proxyns adress, till exempel \
         trusted_proxies = [\"127.0.0.1\"].",
        "public_url is https but the service speaks in the clear on this machine: a proxy stands in front, and \
         trusted_proxies does not name it. No visitor is then counted against the limits. Write the proxy's address, for \
         example trusted_proxies = [\"127.0.0.1\"].",
    );
    Some(Misfit { key: "trusted_proxies", grave: false, text })
}
