//! `sigill token`: who may do what over HTTP, also while the service runs. USERS 4b and 9.8.
//! A change counts at the next request; the ledger is told by whoever holds it: this command, or the service.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::Archive;
use crate::archive::settings::Settings;
use crate::cli::Answer;
use crate::cli::args::Allowed;
use crate::cli::args::TokenOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::verify::text::Text;
use crate::web::audit;
use crate::web::auth;
use crate::web::auth::Role;
use crate::web::auth::Token;
use crate::web::auth::Tokens;
use crate::web::auth::Wish;
use crate::web::used::Used;

#[derive(Serialize)]
struct Made<'a> {
    schema: &'static str,
    #[serde(flatten)]
    told: Told<'a>,
    token: &'a str,
}

/// A token in JSON, without the token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    id: &'a str,
    name: &'a str,
    role: &'static str,
    person: Option<&'a str>,
    created: String,
    expires: Option<String>,
    last_used: Option<String>,
}

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    total: usize,
    tokens: Vec<Told<'a>>,
}

impl<'a> Told<'a> {
    fn of(token: &'a Token, used: &Used) -> Self {
        Self {
            id: &token.id,
            name: &token.name,
            role: token.role.name(),
            person: token.person.as_deref(),
            created: token.created.to_string(),
            expires: token.expires.map(|at| at.to_string()),
            last_used: used.day(&token.id),
        }
    }
}

pub(super) fn run(what: &TokenOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    // A directory without an archive gets no tokens.
    Settings::read(&config.data)?;
    match what {
        TokenOf::Create { name, role, expires, person } => {
            let wish = Wish {
                name: name.clone(),
                role: allowed(*role),
                expires: ends(expires.as_deref())?,
                person: person.clone(),
            };
            create(wish, config, console)
        }
        TokenOf::List => list(&config.data, console),
        TokenOf::Remove { id } => remove(id, config, console),
    }
}

fn create(wish: Wish, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let (by, now) = (actor(config), Timestamp::now());
    let made = Tokens::change(&config.data, |tokens| {
        let secret = tokens.make(wish, Some(by), now)?;
        Ok((secret, tokens.list().last().cloned()))
    });
    let (secret, Some(token)) = made.map_err(|error| not_changed(&error))? else { return Ok(Answer::No) };
    note(config, console, by, &format!("token create {} {}", token.id, token.role.name()));
    tell(config, console);
    if console.json {
        let told = Told::of(&token, &Used::open(&config.data));
        console.json(&Made { schema: "sigill.token/1", told, token: &secret })?;
        return Ok(Answer::Yes);
    }
    let choose = |sv, en| console.lang.choose(sv, en);
    let role = token.role.text();
    console.say(
        Style::Good,
        &format!("✓ {} {} ({}, {})", choose("Nyckel", "Token"), token.id, token.name, console.lang.of(&role)),
    )?;
    let shown = choose(
        "Nyckeln visas bara nu; lämna den till den som ska ha den på ett säkert sätt",
        "The token is shown only now; hand it safely to whoever is to have it",
    );
    console.say(Style::Plain, &format!("  {shown}:\n    {secret}"))?;
    Ok(Answer::Yes)
}

fn list(data: &Path, console: &Console) -> Result<Answer, Stop> {
    let tokens = Tokens::open(data).map_err(|error| unreadable(&error))?;
    let used = Used::open(data);
    let told: Vec<Told<'_>> = tokens.list().iter().map(|token| Told::of(token, &used)).collect();
    if console.json {
        console.json(&List { schema: "sigill.tokens/1", total: told.len(), tokens: told })?;
        return Ok(Answer::Yes);
    }
    let choose = |sv, en| console.lang.choose(sv, en);
    for (token, told) in tokens.list().iter().zip(&told) {
        let role = token.role.text();
        let until = told.expires.as_deref().unwrap_or(choose("tills vidare", "until removed"));
        let used = told.last_used.as_deref().unwrap_or(choose("aldrig", "never"));
        let ended = if token.holds(Timestamp::now()) { "" } else { choose(" – har gått ut", " – expired") };
        let line = format!(
            "{}  {}  {}  {} {until}{ended}  {} {used}",
            told.id,
            told.name,
            console.lang.of(&role),
            choose("gäller", "valid"),
            choose("senast använd", "last used"),
        );
        console.say(Style::Plain, &line)?;
    }
    Ok(Answer::Yes)
}

fn remove(id: &str, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let by = actor(config);
    let taken = Tokens::change(&config.data, |tokens| tokens.take(id, Some(by)));
    let Some(token) = taken.map_err(|error| not_changed(&error))? else {
        console.tell(&Text::new(
            "Det finns ingen nyckel med det id:t. Inget har ändrats. `sigill token list` visar dem som finns.",
            "There is no token with that id. Nothing was changed. `sigill token list` shows those there are.",
        ))?;
        return Ok(Answer::No);
    };
    note(config, console, by, &format!("token remove {}", token.id));
    tell(config, console);
    console.tell(&Text::new(
        format!("Nyckeln {} ({}) är borttagen och gäller inte längre.", token.id, token.name),
        format!("The token {} ({}) is removed and opens nothing any more.", token.id, token.name),
    ))?;
    Ok(Answer::Yes)
}

/// Tells the ledger where nobody else holds it; else the service does, when the next token is shown to it.
fn tell(config: &Config, console: &Console) {
    let told = Archive::open(&config.data, config.archive.clone()).map(|archive| auth::tell(&archive));
    if !matches!(told, Ok(Ok(_))) {
        console.note(&Text::new(
            "Ändringen gäller nu. Den som har arkivet öppet för in den i loggen.",
            "The change holds now. Whoever has the archive open enters it in the ledger.",
        ));
    }
}

/// A line in the audit log. What was done is done, also where it cannot be written.
fn note(config: &Config, console: &Console, by: &str, what: &str) {
    if let Err(error) = audit::append(&config.data, &audit::by_hand(Timestamp::now(), by, what)) {
        console.note(&Text::new(
            format!("Granskningsloggen kunde inte skrivas: {error}. Nycklarna är ändrade."),
            format!("The audit log could not be written: {error}. The tokens are changed."),
        ));
    }
}

fn actor(config: &Config) -> &str {
    config.actor.as_deref().unwrap_or("command-line")
}

fn allowed(role: Allowed) -> Role {
    match role {
        Allowed::Public => Role::Public,
        Allowed::Auditor => Role::Auditor,
        Allowed::Registrar => Role::Registrar,
        Allowed::Archivist => Role::Archivist,
        Allowed::Administrator => Role::Administrator,
    }
}

/// When a token ends: a time, or a day, which it lasts to the end of in Sweden.
fn ends(typed: Option<&str>) -> Result<Option<Timestamp>, Stop> {
    let Some(typed) = typed else { return Ok(None) };
    auth::ends(typed).map(Some).ok_or_else(|| {
        Stop::trouble(
            format!("”{typed}” är varken en dag (2027-12-31) eller en tidpunkt som kommer. Ingen nyckel har skapats."),
            format!("\"{typed}\" is neither a day (2027-12-31) nor a time to come. No token was made."),
        )
    })
}

fn unreadable(error: &auth::Error) -> Stop {
    Stop::trouble(
        format!("Nycklarna kunde inte läsas: {error}. Inget har ändrats."),
        format!("The tokens could not be read: {error}. Nothing was changed."),
    )
}

fn not_changed(error: &auth::Error) -> Stop {
    if let Some(text) = error.asked() {
        return Stop::Trouble(text);
    }
    Stop::trouble(
        format!("Nycklarna kunde inte ändras: {error}. Det som gällde gäller."),
        format!("The tokens could not be changed: {error}. What held still holds."),
    )
}
