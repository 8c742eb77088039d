//! Between what every figure of a configuration may lie: the one place that says so. USERS section 5: what cannot work
//! is refused before the service starts.

use serde_json::Value;

use crate::config::Config;
use crate::config::MEGABYTE;
use crate::config::Misfit;
use crate::config::Raw;
use crate::config::sources::fields;
use crate::verify::text::Text;

/// What a figure counts, for the sentence that refuses it.
type Unit = (&'static str, &'static str);

const MEGABYTES: Unit = ("megabyte", "megabytes");
const SECONDS: Unit = ("sekunder", "seconds");
const MINUTES: Unit = ("minuter", "minutes");
const HOURS: Unit = ("timmar", "hours");
const DAYS: Unit = ("dagar", "days");
const PIECES: Unit = ("stycken", "of them");
const A_MINUTE: Unit = ("i minuten", "a minute");

/// A key, the least and the most it may be, and of what. Most is what no machine or archive of a municipality needs:
/// beyond it stands a slip of the hand, or a limit that limits nothing.
const BOUNDS: &[(&str, u64, u64, Unit)] = &[
    ("document_megabytes_max", 1, 4_000, MEGABYTES),
    ("upload_megabytes_max", 1, 4_000, MEGABYTES),
    ("uploads_megabytes_max", 1, 1_000_000, MEGABYTES),
    ("batch_files_max", 1, 100_000, PIECES),
    ("batch_megabytes_max", 1, 1_000_000, MEGABYTES),
    ("holding_megabytes_max", 1, 100_000_000, MEGABYTES),
    ("holding_hours_max", 1, 31 * 24, HOURS),
    ("request_seconds_max", 1, 24 * 3600, SECONDS),
    ("requests_max", 1, 1_000_000, PIECES),
    ("verifications_max", 1, 4_096, PIECES),
    ("stop_seconds_max", 1, 600, SECONDS),
    ("session_hours_max", 1, 31 * 24, HOURS),
    ("session_idle_minutes_max", 1, 31 * 24 * 60, MINUTES),
    ("connections_max", 1, 1_000_000, PIECES),
    ("connections_per_address_max", 1, 1_000_000, PIECES),
    ("header_seconds_max", 1, 600, SECONDS),
    // 0: nothing is counted, as where a proxy in front does.
    ("failures_per_minute_max", 0, 1_000_000, A_MINUTE),
    ("verifications_per_minute_max", 0, 1_000_000, A_MINUTE),
    ("look_ups_per_minute_max", 0, 1_000_000, A_MINUTE),
    ("cache_megabytes", 1, 1_000_000, MEGABYTES),
    ("scrub_days", 1, 3_650, DAYS),
    // 0: what is decided is destroyed at once, as a body may decide.
    ("quarantine_days", 0, 36_500, DAYS),
];

/// Every figure that was given and lies beyond its bounds.
pub(super) fn beyond(raw: &Raw) -> Vec<Misfit> {
    let given = fields(raw);
    let beyond = BOUNDS.iter().filter_map(|&(key, least, most, unit)| {
        let number = given.get(key).and_then(Value::as_u64)?;
        (!(least..=most).contains(&number)).then(|| out_of_bounds(key, number, (least, most), unit))
    });
    beyond.collect()
}

fn out_of_bounds(key: &'static str, number: u64, (least, most): (u64, u64), unit: Unit) -> Misfit {
    let text = Text::new(
        format!(
            "{key} = {number} går inte: den ska vara {least}–{most} {}. Ändra den, eller ta bort den så gäller förvalet.",
            unit.0
        ),
        format!(
            "{key} = {number} cannot work: it is {least} to {most} {}. Change it, or remove it for the default.",
            unit.1
        ),
    );
    Misfit { key, grave: true, text }
}

/// Figures of which one has to have room in the other.
pub(super) fn cramped(config: &Config) -> Vec<Misfit> {
    let web = &config.web;
    let pairs = [
        ("uploads_megabytes_max", web.uploads_bytes_max, "upload_megabytes_max", web.upload_bytes_max),
        ("holding_megabytes_max", web.holding_bytes_max, "batch_megabytes_max", web.batch_bytes_max),
    ];
    let cramped = pairs.into_iter().filter(|(_, room, _, one)| room < one);
    let misfit = |(whole, room, part, one): (&'static str, u64, &'static str, u64)| {
        let (room, one) = (room / MEGABYTE, one / MEGABYTE);
        let text = Text::new(
            format!(
                "{part} = {one} får inte plats i {whole} = {room}: de största filerna kunde aldrig tas emot. Höj \
                 {whole} till minst {one}, eller sänk {part}."
            ),
            format!(
                "{part} = {one} has no room in {whole} = {room}: the largest files could never be taken. Raise {whole} \
                 to {one} at least, or lower {part}."
            ),
        );
        Misfit { key: part, grave: true, text }
    };
    cramped.map(misfit).collect()
}
