//! `sigill stamp` and `sigill evidence`: time from an authority over what was registered, and each record's share of it.
//! RFC 3161 and RFC 4998; nightly by a timer, beside the service as well as without it.

use serde::Serialize;

use crate::archive::record::RecordId;
use crate::archive::stamps::Authority;
use crate::archive::stamps::Error;
use crate::cli::Answer;
use crate::cli::args::EvidenceOf;
use crate::cli::args::StampBy;
use crate::cli::console::Console;
use crate::cli::find;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::cli::words;
use crate::config::Config;
use crate::store::disk;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Stamped {
    schema: &'static str,
    entries: u64,
    renewed: u64,
    rehashed: u64,
    covered: u64,
    time: Option<String>,
}

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    record: &'a str,
    entry: u64,
    file: String,
    bytes: usize,
}

pub(super) fn stamp(args: &StampBy, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let url = args.url.clone().or_else(|| config.stamp_url.clone()).ok_or_else(|| {
        Stop::trouble(
            "Ingen tidsstämplingstjänst är angiven. Inget har stämplats. Ange --url, eller stamp_url i \
             inställningsfilen.",
            "No time-stamping authority is named. Nothing was stamped. Give --url, or stamp_url in the configuration.",
        )
    })?;
    let archive = open::reading(config, console)?;
    let done = archive.stamp(&Authority { url }).map_err(|error| Stop::Trouble(text(&error)))?;
    if console.json {
        console.json(&Stamped {
            schema: "sigill.stamped/1",
            entries: done.entries,
            renewed: done.renewed,
            rehashed: done.rehashed,
            covered: done.covered,
            time: done.time.map(|time| time.to_string()),
        })?;
        return Ok(Answer::Yes);
    }
    let time = done.time.map(|time| words::moment(time, console.lang)).unwrap_or_default();
    let (new, again, covered) = (done.entries, done.renewed + done.rehashed, done.covered);
    console.tell(&match done.time {
        None => Text::new(
            format!("Inget nytt att stämpla; {covered} poster har tidsstämpel."),
            format!("Nothing new to stamp; {covered} entries have a time stamp."),
        ),
        Some(_) => Text::new(
            format!("Tidsstämplat {time}: {new} nya poster, {again} stämplar förnyade; {covered} poster har stämpel."),
            format!("Stamped {time}: {new} new entries, {again} stamps renewed; {covered} entries have a time stamp."),
        ),
    })?;
    Ok(Answer::Yes)
}

pub(super) fn evidence(args: &EvidenceOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let archive = open::reading(config, console)?;
    let found = find::only(&args.record, config, &archive)?;
    let id: RecordId = found.record.id.parse().map_err(|_| Stop::Trouble(text(&Error::NotYet(found.index))))?;
    let record = archive.evidence_record(id, found.index).map_err(|error| Stop::Trouble(text(&error)))?;
    if args.new_file.symlink_metadata().is_ok() {
        let path = args.new_file.display();
        return Err(Stop::trouble(
            format!("{path} finns redan och är orörd. Välj ett annat namn med -o."),
            format!("{path} exists and was left alone. Choose another name with -o."),
        ));
    }
    disk::replace(&args.new_file, &record).map_err(|error| Stop::Trouble(told::disk(&error).text(While::Other)))?;
    let file = args.new_file.display().to_string();
    if console.json {
        let (record_id, bytes) = (found.record.id.as_str(), record.len());
        console.json(&Written { schema: "sigill.evidence/1", record: record_id, entry: found.index, file, bytes })?;
    } else {
        console.tell(&Text::new(
            format!("Bevisposten är skriven till {file}. Kontrollera: sigill verify --evidence {file} FIL"),
            format!("The evidence record was written to {file}. Verify: sigill verify --evidence {file} FILE"),
        ))?;
    }
    Ok(Answer::Yes)
}

fn text(error: &Error) -> Text {
    match error {
        Error::Unasked(error) => Text::new(
            format!("Tidsstämplingstjänsten svarar inte: {error}. Inget nytt har stämplats. Försök igen senare."),
            format!("The time-stamping authority does not answer: {error}. Nothing new was stamped. Try again later."),
        ),
        Error::Refused(_) | Error::Unreadable => Text::new(
            format!("Tidsstämplingstjänstens svar är inget svar på frågan: {error}. Inget nytt har stämplats."),
            format!("The authority's answer is none to the question: {error}. Nothing new was stamped."),
        ),
        Error::NotProven(why) => Text::new(
            format!(
                "Tidsstämpeln håller inte: {} Lägg tjänstens utfärdare i mappen trust, eller slå på gather så att \
                 spärrdata hämtas.",
                why.sv
            ),
            format!(
                "The time stamp does not hold: {} Put the authority's issuer in the folder trust, or turn gather on \
                 so that revocation data is fetched.",
                why.en
            ),
        ),
        Error::UnderWay => Text::new(
            "Arkivet tidsstämplas redan, av tjänsten eller av någon annan. Inget har gjorts här. Vänta en stund.",
            "The archive is being stamped already, by the service or by somebody else. Nothing was done here. Wait a while.",
        ),
        Error::NotYet(index) => Text::new(
            format!("Post {index} har ingen tidsstämpel än. Inget har skrivits. Kör `sigill stamp`."),
            format!("Entry {index} has no time stamp yet. Nothing was written. Run `sigill stamp`."),
        ),
        Error::NoAlgorithm => Text::new(
            "Ingen nyare kontrollsumma finns att förnya med. Uppdatera programmet.",
            "There is no newer digest to renew with. Update the program.",
        ),
        Error::Archive(error) => told::archive(error).text(While::Other),
    }
}
