//! What every page stands in: language, navigation, the switch between languages. USERS 9.
//! The chosen language lives in links, not in a cookie.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::web::caller::Caller;
use crate::web::caller::Visitor;
use crate::web::caller::Way;
use crate::web::door;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::state::App;

/// The frame around a page.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) language: Language,
    /// Whether the language was chosen by a link, and so is carried on in links.
    chosen: bool,
    path: String,
    /// What was asked for, to come back to after login.
    here: String,
    organisation: Option<String>,
    caller: Caller,
}

impl Shell {
    pub(crate) fn new(app: &App, uri: &Uri, language: Language, caller: &Caller) -> Self {
        let chosen = uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("lang=")));
        // A page made by a form cannot be fetched anew by a link; its switch leads back to the form.
        // A path that begins with two slashes is, in a link, another site's address.
        let leads_away = uri.path().starts_with("//") || uri.path().contains('\\');
        let path = if uri.path() == "/kontrollera" || leads_away { "/" } else { uri.path() };
        let here = uri.path_and_query().filter(|_| !leads_away).map_or("/", PathAndQuery::as_str).to_owned();
        let organisation = app.archive().organisation().map(str::to_owned);
        Self { language, chosen, path: path.to_owned(), here, organisation, caller: caller.clone() }
    }

    /// Whether the page is what Kontrollera answers.
    pub(crate) fn is_form(&self) -> bool {
        self.here.split('?').next() == Some("/kontrollera")
    }

    /// Who is logged in, by a page.
    pub(crate) fn name(&self) -> Option<&str> {
        self.caller.known()
    }

    /// Whether a login has come to its end.
    pub(crate) fn ended(&self) -> bool {
        self.caller.way() == Way::Ended
    }

    /// Whether whoever looks reads all records, and so has pages to work in.
    pub(crate) fn works(&self) -> bool {
        self.caller.reads_all()
    }

    /// Whether whoever looks decides who may come in.
    pub(crate) fn administers(&self) -> bool {
        self.caller.role().administers()
    }

    /// Whether whoever looks may see who did what.
    pub(crate) fn audits(&self) -> bool {
        self.caller.role().audits()
    }

    /// The login page, with this page to come back to.
    pub(crate) fn login(&self) -> String {
        let door = [door::LOGIN, door::LOGOUT].contains(&self.path.as_str());
        if door || self.here == "/" {
            return self.href(door::LOGIN);
        }
        let language = self.carried().map(|tag| format!("&lang={tag}")).unwrap_or_default();
        format!("{}?to={}{language}", door::LOGIN, escaped(&self.here))
    }

    /// Where another way of logging in begins, with a place to come back to.
    pub(crate) fn login_by(&self, way: &str, to: &str) -> String {
        let language = self.carried().map(|tag| format!("&lang={tag}")).unwrap_or_default();
        format!("{way}?to={}{language}", escaped(to))
    }

    /// One of two words, in the page's language.
    pub(crate) fn say<'t>(&self, sv: &'t str, en: &'t str) -> &'t str {
        self.language.say(sv, en)
    }

    /// A link within the service that keeps the language.
    pub(crate) fn href(&self, path: &str) -> String {
        if self.chosen { format!("{path}?lang={}", self.language.tag()) } else { path.to_owned() }
    }

    /// The chosen language's tag, for forms.
    pub(crate) fn carried(&self) -> Option<&'static str> {
        self.chosen.then(|| self.language.tag())
    }

    /// This page in the other language.
    pub(crate) fn switch(&self) -> String {
        format!("{}?lang={}", self.path, self.language.say(Language::En, Language::Sv).tag())
    }

    pub(crate) fn tag(&self) -> &'static str {
        self.language.tag()
    }

    pub(crate) fn organisation(&self) -> Option<&str> {
        self.organisation.as_deref()
    }

    /// `page` for the navigation's link to the page that is shown.
    pub(crate) fn current(&self, path: &str) -> &'static str {
        if self.path == path { "page" } else { "false" }
    }

    pub(crate) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The page as an answer.
    pub(crate) fn answer(&self, status: StatusCode, page: &impl Template) -> Result<Response, Problem> {
        let html = page.render().map_err(|error| {
            tracing::error!(%error, "a page could not be made");
            Problem::from(Kind::Internal)
        })?;
        let language = HeaderValue::from_static(self.tag());
        Ok((status, [(header::CONTENT_LANGUAGE, language)], Html(html)).into_response())
    }
}

impl FromRequestParts<App> for Shell {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Ok(Visitor(caller)) = Visitor::from_request_parts(parts, app).await;
        Ok(Self::new(app, &parts.uri, Language::of(&parts.uri, &parts.headers), &caller))
    }
}

/// A value within a query: all but letters, digits and what cannot be misread is written as `%XX`.
fn escaped(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
        text
    })
}
