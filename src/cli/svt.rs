//! `sigill svt`: a file is verified and what was found is attested in a token that other programs check. RFC 9321.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::signer::Signer;
use crate::archive::token;
use crate::cli::Answer;
use crate::cli::args::SvtOf;
use crate::cli::console::Console;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::verify;
use crate::config::Config;
use crate::verify::text::Text;
use crate::verify::verdict;

/// Largest key or certificate file read, in bytes: they have some thousands.
const KEY_BYTES_MAX: u64 = 1 << 20;

#[derive(Serialize)]
struct Issued<'a> {
    schema: &'static str,
    verdict: &'a str,
    token: Option<&'a str>,
}

pub(super) fn run(args: &SvtOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let signer = signer(config)?;
    let trust = verify::trust(config, console)?;
    let given = args.evidence.as_deref().map(open::evidence).transpose()?.unwrap_or_default();
    let (policy, budget) = (&config.archive.policy, &config.archive.budget);
    let document = open::file(&args.file, budget.document_bytes_max).map_err(Stop::Trouble)?;
    let now = Timestamp::now();
    let report = verdict::verify(&document, &given.evidence, &trust, policy, budget, now);
    let issuer = config.web.public_url.as_deref().unwrap_or("sigill");
    let token = token::issue(&report, &document, budget, issuer, &signer, now).map_err(|error| {
        Stop::trouble(
            format!("Intyget kunde inte undertecknas: {error}. Inget har skrivits."),
            format!("The token could not be signed: {error}. Nothing was written."),
        )
    })?;
    let output = args.output.as_deref().filter(|path| path.as_os_str() != open::STDIN);
    if let (Some(path), Some(token)) = (output, &token) {
        open::save(path, token.as_bytes())?;
        console.note(&Text::new(
            format!("Intyget är skrivet till {}.", path.display()),
            format!("The token was written to {}.", path.display()),
        ));
    }
    if console.json {
        let (schema, verdict) = ("sigill.svt/1", report.verdict.name());
        console.json(&Issued { schema, verdict, token: token.as_deref() })?;
    } else if let (None, Some(token)) = (output, &token) {
        console.raw(&format!("{token}\n"))?;
    }
    if token.is_none() {
        console.note(&Text::new(
            format!("Inget intyg har utfärdats, för ingen underskrift är giltig. {}.", report.headline.sv),
            format!("No token was issued, for no signature is valid. {}.", report.headline.en),
        ));
    }
    Ok(Answer::from(token.is_some()))
}

/// The key that the configuration names.
fn signer(config: &Config) -> Result<Signer, Stop> {
    let (Some(key), Some(certificate)) = (&config.svt_key, &config.svt_certificate) else {
        return Err(Stop::trouble(
            "Ingen nyckel att underteckna intyg med är angiven. Inget har utfärdats. Ange svt_key och svt_certificate i \
             inställningsfilen.",
            "No key to sign tokens with is named. Nothing was issued. Give svt_key and svt_certificate in the \
             configuration.",
        ));
    };
    let read = |path: &Path| open::file(path, KEY_BYTES_MAX).map_err(Stop::Trouble);
    Signer::read(&read(key)?, &read(certificate)?).map_err(|error| {
        Stop::trouble(
            format!("Nyckeln i svt_key eller certifikatet i svt_certificate kan inte användas: {error}. Inget har utfärdats."),
            format!("The key in svt_key or the certificate in svt_certificate cannot be used: {error}. Nothing was issued."),
        )
    })
}
