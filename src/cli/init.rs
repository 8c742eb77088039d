//! `sigill init`: an archive comes into being, once.
//! HOUSE, invariant 9: creating is not opening, and nothing is created over what is there.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::Archive;
use crate::archive::settings::Places;
use crate::cli::Answer;
use crate::cli::args::Init;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::web::auth::Role;
use crate::web::auth::Tokens;

/// What people call the first token.
const TOKEN_NAME: &str = "init";

#[derive(Serialize)]
struct Created<'a> {
    schema: &'static str,
    data: String,
    origin: &'a str,
    vkey: &'a str,
    token: &'a str,
}

pub(super) fn run(args: &Init, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let places = args.places.as_deref().map(Places::read).transpose()?.unwrap_or_default();
    let vkey = Archive::create_at(&config.data, &args.origin, args.organisation.as_deref(), places, &config.archive)?;
    let token = token(&config.data, TOKEN_NAME)?;
    let data = config.data.display().to_string();
    if console.json {
        console.json(&Created {
            schema: "sigill.created/1",
            data,
            origin: &args.origin,
            vkey: &vkey,
            token: &token,
        })?;
        return Ok(Answer::Yes);
    }
    let choose = |sv, en| console.lang.choose(sv, en);
    console.say(Style::Good, &format!("✓ {} {data}", choose("Arkivet är skapat i", "The archive was created in")))?;
    let key = choose(
        "Loggens publika nyckel, som kvitton kontrolleras med",
        "The ledger's public key, which receipts are checked with",
    );
    console.say(Style::Plain, &format!("  {key}:\n    {vkey}"))?;
    let shown = choose(
        "Administratörens nyckel till tjänsten. Den visas bara nu; spara den på ett säkert ställe",
        "The administrator's token for the service. It is shown only now; keep it in a safe place",
    );
    console.say(Style::Plain, &format!("  {shown}:\n    {token}"))?;
    let next = choose(
        "  Nästa steg: lägg era betrodda utfärdares certifikat i {data}/trust, anpassa {data}/retention.toml, och \
         kör\n    sigill --data {data} serve",
        "  Next: put the certificates of the issuers you trust in {data}/trust, adapt {data}/retention.toml, and \
         run\n    sigill --data {data} serve",
    );
    console.say(Style::Plain, &next.replace("{data}", &data))?;
    Ok(Answer::Yes)
}

/// Makes an administrator's token.
pub(super) fn token(data: &Path, name: &str) -> Result<String, Stop> {
    let made =
        Tokens::open(data).and_then(|mut tokens| tokens.create(name, Role::Administrator, None, Timestamp::now()));
    made.map_err(|error| {
        if let Some(asked) = error.asked() {
            return Stop::Trouble(asked);
        }
        Stop::trouble(
            format!(
                "Administratörens nyckel kunde inte skapas: {error}. Arkivet finns, men ingen kan logga in. Ta \
                 bort mappen och börja om."
            ),
            format!(
                "The administrator's token could not be made: {error}. The archive exists, but nobody can sign \
                 in. Remove the folder and start again."
            ),
        )
    })
}
